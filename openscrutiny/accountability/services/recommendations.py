"""Every write of a recommendation itself: draft, limbs, agree, issue, withdraw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from openscrutiny.accountability.deadlines import terms_in_force
from openscrutiny.accountability.models import Limb, Part, Recommendation, Response
from openscrutiny.accountability.services.guards import (
    case_of_part,
    case_of_recommendation,
)
from openscrutiny.base.models import Organisation, User
from openscrutiny.base.moves import Overtaken, move, note
from openscrutiny.base.thread import link, next_number
from openscrutiny.core.machines import PART
from openscrutiny.core.permits import Action
from openscrutiny.core.terms import ANSWERING
from openscrutiny.core.workflow import NotPossible

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 40


@transaction.atomic
def draft_recommendation(
    *,
    response: Response | None = None,
    heading: str,
    why: str,
    outcome: str,
    by: User,
    now: datetime,
) -> Recommendation:
    """Begin a recommendation, as what an answer led to where there is one."""
    _needed(heading=heading, why=why)
    number = next_number(Recommendation.KIND, now=now)
    recommendation = Recommendation(
        number=number,
        state=Recommendation.MACHINE.initial,
        response=response,
        heading=heading.strip(),
        why=why.strip(),
        outcome=Recommendation.Outcome(outcome),
        created_by=by,
        created_at=now,
    )
    note(
        "accountability.recommendation.draft",
        reference=recommendation.reference,
        action=Action.DRAFT_RECOMMENDATION,
        by=by,
        now=now,
        details={"response": response.number if response else ""},
    )
    recommendation.save()
    if response is not None:
        link(response.reference, recommendation.reference, kind="led to", by=by.pk, now=now)
    return recommendation


@transaction.atomic
def edit_recommendation(
    *,
    recommendation: Recommendation,
    heading: str,
    why: str,
    outcome: str,
    seen: int,
    by: User,
    now: datetime,
) -> None:
    """Change what a recommendation says while it is being drafted."""
    _needed(heading=heading, why=why)
    _while_drafting(
        recommendation,
        "edit",
        seen=seen,
        by=by,
        now=now,
        heading=heading.strip(),
        why=why.strip(),
        outcome=Recommendation.Outcome(outcome),
    )


@transaction.atomic
def add_limb(
    *,
    recommendation: Recommendation,
    text: str,
    success: str,
    addressees: Iterable[Organisation],
    seen: int,
    by: User,
    now: datetime,
) -> Limb:
    """Add one thing to be done, for organisations that must answer; it gets the next letter."""
    asked = _asked(addressees)
    _needed(text=text, success=success)
    taken = recommendation.limbs.count()
    _while_drafting(recommendation, "add_limb", seen=seen, by=by, now=now)
    if taken >= len(_LETTERS):
        raise NotPossible(
            f"A recommendation has at most {len(_LETTERS)} limbs.", "Draft a second one."
        )
    limb = Limb.objects.create(
        recommendation=recommendation,
        letter=_LETTERS[taken],
        text=_one_line(text),
        success=success.strip(),
    )
    limb.addressees.set(asked)
    return limb


@transaction.atomic
def edit_limb(
    *,
    limb: Limb,
    text: str,
    success: str,
    addressees: Iterable[Organisation],
    seen: int,
    by: User,
    now: datetime,
) -> None:
    """Change a limb of a draft; ``seen`` is the revision of its recommendation."""
    asked = _asked(addressees)
    _needed(text=text, success=success)
    _while_drafting(
        limb.recommendation, "edit_limb", seen=seen, by=by, now=now, details={"limb": limb.letter}
    )
    limb.text, limb.success = _one_line(text), success.strip()
    limb.save(update_fields=["text", "success"])
    limb.addressees.set(asked)


@transaction.atomic
def remove_limb(*, limb: Limb, seen: int, by: User, now: datetime) -> None:
    """Take a limb out of a draft. Those after it move up, so that no letter is missing."""
    recommendation, letter = limb.recommendation, limb.letter
    _while_drafting(
        recommendation, "remove_limb", seen=seen, by=by, now=now, details={"limb": letter}
    )
    limb.delete()
    for later in recommendation.limbs.filter(letter__gt=letter).order_by("letter"):
        later.letter = _LETTERS[_LETTERS.index(later.letter) - 1]
        later.save(update_fields=["letter"])


@transaction.atomic
def agree_recommendation(
    *, recommendation: Recommendation, seen: int | None = None, by: User, now: datetime
) -> None:
    """Mark as agreed what the forum agreed by a certified decision on the text as it stands."""
    case = case_of_recommendation(recommendation)
    decision = case.decision("agree")
    move(
        recommendation,
        "agree",
        by=by,
        now=now,
        facts=case.facts("agree"),
        seen=seen,
        details={"decision": decision.number} if decision else {},
    )
    assert decision is not None
    link(decision.reference, recommendation.reference, kind="agreed by", by=by.pk, now=now)


@transaction.atomic
def issue_recommendation(
    *, recommendation: Recommendation, seen: int | None = None, by: User, now: datetime
) -> Sequence[Part]:
    """Send it to everybody it names: one part for each limb and organisation, clocks running.

    The term of the response is taken from the terms of reference of the day and kept.
    """
    term = terms_in_force(now).deadlines.recommendation_response.term
    move(
        recommendation,
        "issue",
        by=by,
        now=now,
        concerning=recommendation.asked,
        seen=seen,
        issued_at=now,
        term_length=term.length,
        term_unit=term.unit.value,
    )
    return Part.objects.bulk_create(
        Part(
            number=number,
            state=PART.initial,
            limb=limb,
            organisation=organisation,
            clock_started_at=now,
        )
        for limb in recommendation.limbs.prefetch_related("addressees")
        for number, organisation in _numbered(recommendation, limb)
    )


@transaction.atomic
def withdraw_recommendation(
    *,
    recommendation: Recommendation,
    reason: str,
    seen: int | None = None,
    by: User,
    now: datetime,
) -> None:
    """Take back what was agreed or issued, by a certified decision, with every open part."""
    case = case_of_recommendation(recommendation)
    decision = case.decision("withdraw")
    details = {"decision": decision.number} if decision else {}
    move(
        recommendation,
        "withdraw",
        by=by,
        now=now,
        concerning=recommendation.asked,
        facts=case.facts("withdraw"),
        reason=reason,
        seen=seen,
        details=details,
    )
    assert decision is not None
    link(decision.reference, recommendation.reference, kind="settled by", by=by.pk, now=now)
    open_states = next(t.sources for t in PART.transitions if t.event == "withdraw")
    parts = Part.objects.filter(
        limb__recommendation=recommendation, state__in=open_states
    ).select_related("limb__recommendation", "organisation")
    for part in parts:
        move(
            part,
            "withdraw",
            by=by,
            now=now,
            concerning={part.organisation.code},
            facts={**case_of_part(part).facts("withdraw"), "decided": True},
            reason=reason,
            details=details,
        )


@transaction.atomic
def abandon_recommendation(
    *,
    recommendation: Recommendation,
    reason: str,
    seen: int | None = None,
    by: User,
    now: datetime,
) -> None:
    """Give up a draft that the forum never agreed. Its record stays."""
    move(recommendation, "abandon", by=by, now=now, reason=reason, seen=seen)


def _while_drafting(
    recommendation: Recommendation,
    event: str,
    *,
    seen: int,
    by: User,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """The permission, the record and the revision of a change to a draft."""
    note(
        f"accountability.recommendation.{event}",
        reference=recommendation.reference,
        action=Action.DRAFT_RECOMMENDATION,
        by=by,
        now=now,
        details=details,
    )
    changed = Recommendation.objects.filter(
        pk=recommendation.pk, state="drafting", revision=seen
    ).update(revision=F("revision") + 1, **changes)
    recommendation.refresh_from_db(fields=["state", "revision", *changes])
    if not changed:
        refuse_unless_drafting(recommendation)
        raise Overtaken(Recommendation.MACHINE.noun)


def refuse_unless_drafting(recommendation: Recommendation) -> None:
    """NotPossible once the forum has agreed it: from then on its text stands."""
    if recommendation.state != "drafting":
        raise NotPossible(
            f"This recommendation is {recommendation.state_in_words}, so its text stands.",
            "Withdraw it and draft another one if it must say something else.",
        )


def _numbered(recommendation: Recommendation, limb: Limb) -> Iterable[tuple[str, Organisation]]:
    """Each organisation a limb is addressed to, with the number of its part."""
    asked = list(limb.addressees.all())
    for place, organisation in enumerate(asked, start=1):
        number = f"{recommendation.number}.{limb.letter}"
        if len(asked) > 1:
            named = f"{number}-{organisation.code}"
            number = named if len(named) <= _LONGEST_NUMBER else f"{number}-{place}"
        yield number, organisation


def _asked(addressees: Iterable[Organisation]) -> list[Organisation]:
    asked = list(dict.fromkeys(addressees))
    if not asked:
        raise NotPossible("Nobody is asked to do this.", "Choose at least one organisation.")
    if wrong := [o.name for o in asked if o.kind not in ANSWERING]:
        raise NotPossible(
            f"{wrong[0]} does not answer recommendations.", "Choose the police or a partner."
        )
    return asked


def _needed(**texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise NotPossible(f"The {name} is empty.", "Write it, then save again.")


def _one_line(text: str) -> str:
    return " ".join(text.split())
