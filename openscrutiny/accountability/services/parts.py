"""Every write of a part by the organisation that was asked, and by the secretariat after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from openscrutiny.accountability.deadlines import due_when_signed
from openscrutiny.accountability.models import (
    EvidenceItem,
    Part,
    PartDraft,
    PartResponse,
    Plan,
    ProgressUpdate,
)
from openscrutiny.accountability.services.guards import case_of_part
from openscrutiny.accountability.services.independence import refuse_own_work
from openscrutiny.base import access
from openscrutiny.base.models import User
from openscrutiny.base.moves import Overtaken, move, note
from openscrutiny.base.thread import link
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible

ANSWERED_BY = {
    "accepted": "accept",
    "part_accepted": "accept_in_part",
    "not_accepted": "not_accept",
}
# Steps that need nothing but the step itself and perhaps a reason.
PLAIN_STEPS = frozenset(
    {
        "start",
        "report_complete",
        "take_up",
        "ask_again",
        "close_implemented",
        "close_alternative",
        "close_not_implemented",
        "reopen",
        "withdraw",
    }
)
TAKES_EVIDENCE = frozenset({"planned", "in_progress", "reported_complete", "verifying", "verified"})
_NOT_THE_REST = "\n\nWhat is not accepted, and why: "


def in_part(accepted: str, rest: str) -> str:
    """The one text of an acceptance in part: what is accepted, and why not the rest."""
    return f"{accepted.strip()}{_NOT_THE_REST}{rest.strip()}"


def both_parts(text: str) -> tuple[str, str]:
    """What is accepted and why not the rest, out of the text of an acceptance in part."""
    accepted, _, rest = text.partition(_NOT_THE_REST)
    return accepted, rest


@transaction.atomic
def save_part_draft(
    *, part: Part, answer: str, text: str, rest: str = "", seen: int, by: User, now: datetime
) -> PartDraft:
    """Keep what an organisation means to answer. ``seen`` is the draft's revision, 0 for a first.

    An acceptance in part says in ``text`` what is accepted and in ``rest`` why not the rest.
    """
    note(
        "accountability.part.save_draft",
        reference=part.reference,
        action=Action.DRAFT_LIMB_RESPONSE,
        by=by,
        now=now,
        concerning={part.organisation.code},
    )
    _in_state(part, {"issued"}, "its response stands as it was sent")
    if answer not in ANSWERED_BY:
        raise NotPossible("This is no answer to a recommendation.", "Choose one of the three.")
    if not text.strip():
        raise NotPossible("The response is empty.", "Write it, then save again.")
    if answer == "part_accepted":
        if not rest.strip():
            raise NotPossible(
                "Accepting in part says what is not accepted, and why.", "Write that as well."
            )
        text = in_part(text, rest)
    saved = {"answer": answer, "text": text.strip(), "saved_by": by, "saved_at": now}
    if seen == 0:
        draft, made = PartDraft.objects.get_or_create(part=part, defaults=saved)
    else:
        made = bool(
            PartDraft.objects.filter(part=part, revision=seen).update(
                revision=F("revision") + 1, **saved
            )
        )
        draft = PartDraft.objects.filter(part=part).first()
    if not made or draft is None:
        raise Overtaken("response")
    return draft


@transaction.atomic
def sign_part_response(
    *, part: Part, seen_draft: int | None = None, by: User, now: datetime
) -> PartResponse:
    """Sign and send the drafted response. It stands as sent, with when it was due.

    ``seen_draft`` is the revision of the draft that the signatory read.
    """
    # What is sent is the draft as it is now, not as it was when the part was read.
    part.refresh_from_db()
    case = case_of_part(part)
    draft = case.draft
    if draft is not None and seen_draft not in (None, draft.revision):
        access.require(by, Action.ANSWER_LIMB, on=_day(now), concerning={part.organisation.code})
        raise Overtaken("response")
    due = due_when_signed(part, now)
    event = ANSWERED_BY[draft.answer] if draft else "accept"
    move(
        part,
        event,
        by=by,
        now=now,
        concerning={part.organisation.code},
        facts=case.facts(event),
    )
    assert draft is not None
    response = PartResponse(
        part=part,
        version=part.responses.count() + 1,
        answer=draft.answer,
        text=draft.text,
        drafted_by=draft.saved_by,
        signed_by=by,
        signed_at=now,
        due=due,
    )
    response.save()
    draft.delete()
    return response


@transaction.atomic
def send_plan(
    *,
    part: Part,
    steps: str,
    complete_by: date,
    seen: int | None = None,
    by: User,
    now: datetime,
) -> Plan:
    """Say what will be done and by when: a day that is not in the past."""
    move(
        part,
        "plan",
        by=by,
        now=now,
        concerning={part.organisation.code},
        facts={"has_plan": bool(steps.strip())},
        seen=seen,
    )
    return _plan(part, steps, complete_by, by=by, now=now)


@transaction.atomic
def change_plan(
    *,
    part: Part,
    steps: str,
    complete_by: date,
    reason: str,
    seen: int,
    by: User,
    now: datetime,
) -> Plan:
    """Send a later plan, with why it changed. The first date stays in view and still counts."""
    _noted(part, "change_plan", Action.REPORT_PROGRESS, by=by, now=now, reason=reason.strip())
    _in_state(part, {"planned", "in_progress"}, "its plan cannot be changed")
    if not (steps.strip() and reason.strip()):
        raise NotPossible(
            "A changed plan says what will be done, by when, and why it changed.",
            "Write all three.",
        )
    if not Part.objects.filter(pk=part.pk, revision=seen).update(revision=F("revision") + 1):
        raise Overtaken("plan")
    part.refresh_from_db(fields=["revision"])
    return _plan(part, steps, complete_by, by=by, now=now)


@transaction.atomic
def report_progress(
    *, part: Part, text: str, seen: int | None = None, by: User, now: datetime
) -> ProgressUpdate:
    """Tell how the work is going."""
    move(
        part,
        "report_progress",
        by=by,
        now=now,
        concerning={part.organisation.code},
        reason=text,
        seen=seen,
    )
    update = ProgressUpdate(part=part, text=text.strip(), by=by, at=now)
    update.save()
    return update


def refuse_evidence_now(part: Part) -> None:
    """NotPossible where a part takes no evidence in its present state."""
    _in_state(part, TAKES_EVIDENCE, "no evidence can be added")


@transaction.atomic
def add_evidence(
    *,
    part: Part,
    method: str,
    heading: str,
    shows: str,
    where: str,
    by: User,
    now: datetime,
) -> EvidenceItem:
    """Add something that shows whether it was carried out, and where it may be seen."""
    _noted(part, "add_evidence", Action.ADD_EVIDENCE, by=by, now=now, heading=heading.strip())
    refuse_evidence_now(part)
    if not (heading.strip() and shows.strip() and where.strip()):
        raise NotPossible(
            "Evidence says what it is, what it shows and where it may be seen.", "Write all three."
        )
    item = EvidenceItem(
        part=part,
        method=EvidenceItem.Method(method),
        heading=heading.strip(),
        shows=shows.strip(),
        where=where.strip(),
        by=by,
        at=now,
    )
    item.save()
    return item


@transaction.atomic
def take_step(
    *,
    part: Part,
    event: str,
    reason: str = "",
    seen: int | None = None,
    by: User,
    now: datetime,
) -> None:
    """One of the plain steps (``PLAIN_STEPS``): what the table asks for is found out here.

    Asking again starts the clock of the response anew. A decision that allows the step is kept in
    the record with it. ValueError for an event that has a service of its own.
    """
    if event not in PLAIN_STEPS:
        raise ValueError(f"{event} is no plain step of a part.")
    case = case_of_part(part)
    action = part.MACHINE.action_of(event)
    decision = case.decision(event)
    access.require(by, action, on=_day(now), concerning=case.concerning(action))
    if action is Action.VERIFY:
        refuse_own_work(part, by=by, now=now)
    if event == "reopen" and part.limb.recommendation.state == "withdrawn":
        raise NotPossible(
            "The recommendation was withdrawn, so its parts are not reopened.",
            "Draft another recommendation.",
        )
    if decision is not None:
        whole = part.limb.recommendation.reference
        link(decision.reference, whole, kind="settled by", by=by.pk, now=now)
    changes: Mapping[str, Any] = {"clock_started_at": now} if event == "ask_again" else {}
    move(
        part,
        event,
        by=by,
        now=now,
        concerning={part.organisation.code},
        facts=case.facts(event),
        reason=reason,
        seen=seen,
        details={"decision": decision.number} if decision else {},
        **changes,
    )


def _plan(part: Part, steps: str, complete_by: date, *, by: User, now: datetime) -> Plan:
    if complete_by < _day(now):
        raise NotPossible(
            "The day by which the plan is complete has passed.", "Give today or a later day."
        )
    plan = Plan(part=part, steps=steps.strip(), complete_by=complete_by, by=by, at=now)
    plan.save()
    return plan


def _noted(
    part: Part, event: str, action: Action, *, by: User, now: datetime, **details: str
) -> None:
    note(
        f"accountability.part.{event}",
        reference=part.reference,
        action=action,
        by=by,
        now=now,
        concerning={part.organisation.code},
        details=details,
    )


def _in_state(part: Part, states: set[str] | frozenset[str], so: str) -> None:
    """NotPossible where the part, as it is now and not as it was read, is in another state."""
    part.refresh_from_db(fields=["state", "revision"])
    if part.state not in states:
        raise NotPossible(
            f"This {part.MACHINE.noun} is {part.state_in_words}, so {so}.",
            "Load the page again to see what can be done.",
        )


def _day(now: datetime) -> date:
    return timezone.localtime(now).date()
