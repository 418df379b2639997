"""One part as a page shows it: how it stands, its story in order, and what a person may do next.

Nothing here is stored: lateness, slipping and stalling are worked out each time they are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from openscrutiny.accountability.deadlines import Due, due_at, terms_in_force
from openscrutiny.accountability.models import Part, Plan
from openscrutiny.accountability.pages.needed_decisions import (
    Needed,
    needed_decision,
    waits_for_decision,
)
from openscrutiny.accountability.pages.part_story import Entry, story_of
from openscrutiny.accountability.services.guards import PartCase, history_of
from openscrutiny.accountability.services.parts import PLAIN_STEPS, TAKES_EVIDENCE
from openscrutiny.base.access import allows
from openscrutiny.base.moves import Offer, offers
from openscrutiny.core.calendar import NotKnownYet, State, deadline, in_words
from openscrutiny.core.machines import PART
from openscrutiny.core.permits import Action
from openscrutiny.forum.decisions import Decisions
from openscrutiny.warehouse import definitions

AT_WORK = frozenset({"planned", "in_progress"})
MUST_MOVE = AT_WORK | {"accepted", "part_accepted"}
_LATE = (State.OVERDUE, State.LONG_OVERDUE)


def with_everything(parts: QuerySet[Part]) -> list[Part]:
    """Parts with all that standings and stories are made of, in a fixed number of queries."""
    return list(
        parts.select_related("limb__recommendation", "organisation", "draft").prefetch_related(
            "limb__recommendation__limbs__addressees",
            "responses",
            "plans",
            "updates",
            "evidence",
            "verifications__evidence",
        )
    )


def cases_of(parts: Iterable[Part]) -> list[PartCase]:
    """The cases of some parts, in three queries."""
    listed = list(parts)
    references = [p.reference for p in listed]
    history, decisions = history_of(references), Decisions.about(references)
    return [PartCase(p, history.get(p.reference, ()), decisions) for p in listed]


@dataclass(frozen=True)
class Standing:
    """How a part stands at a moment.

    ``due`` is the clock of a response that is awaited. A plan is measured against its first day,
    whatever was said later: moving the day does not make anything less late. ``marks`` are the
    short words of all of it for lists.
    """

    due: Due | None
    response_late: str
    first: Plan | None
    current: Plan | None
    plan_late: str
    slipped: str
    stalled: str

    @property
    def marks(self) -> tuple[str, ...]:
        found = {
            "response overdue": self.response_late,
            "plan overdue": self.plan_late,
            "date moved": self.slipped,
            "stalled": self.stalled,
        }
        return tuple(mark for mark, said in found.items() if said)


def standing_of_part(case: PartCase, *, now: datetime) -> Standing:
    """How a part stands. No queries where the part came from ``with_everything``."""
    part = case.part
    due = due_at(part, now) if part.state == "issued" else None
    plans = sorted(part.plans.all(), key=lambda p: (p.at, p.pk))
    first, current = (plans[0], plans[-1]) if plans else (None, None)
    slipped = ""
    if first and current and current.complete_by > first.complete_by:
        slipped = (
            f"The day was moved: first {in_words(first.complete_by)}, "
            f"now {in_words(current.complete_by)}."
        )
    return Standing(
        due=due,
        response_late=due.late if due else "",
        first=first,
        current=current,
        plan_late=plan_late(part, first.complete_by if first else None, now=now),
        slipped=slipped,
        stalled=_stalled(case, now),
    )


def plan_late(part: Part, first_day: date | None, *, now: datetime) -> str:
    """A sentence where a part was to be complete by the day first planned, and is not."""
    today = timezone.localtime(now).date()
    if first_day is None or part.state not in AT_WORK or first_day >= today:
        return ""
    days = (today - first_day).days
    return (
        f"It was to be complete by {in_words(first_day)}: "
        f"{days:,} day{'s' if days > 1 else ''} ago."
    )


def stalled_since(case: PartCase, now: datetime) -> date | None:
    """The day of the last news of a part, where that is longer ago than the terms allow."""
    part = case.part
    if part.state not in MUST_MOVE:
        return None
    heard = [case.changed_at]
    heard += [r.signed_at for r in part.responses.all()]
    heard += [row.at for rows in (part.plans, part.updates, part.evidence) for row in rows.all()]
    terms = terms_in_force(now)
    try:
        clock = deadline(
            started=max(heard),
            term=terms.deadlines.progress_update.term,
            calendar=definitions.calendar(terms),
            as_of=now,
            zone=terms.time_zone,
        )
    except NotKnownYet:
        return None
    return clock.started_on if clock.state(now) in _LATE else None


def _stalled(case: PartCase, now: datetime) -> str:
    """A sentence where nothing was heard for longer than the terms allow."""
    since = stalled_since(case, now)
    if since is None:
        return ""
    term = terms_in_force(now).deadlines.progress_update.term
    return f"Nothing was heard since {in_words(since)}, for more than {term}."


def in_short(states: Iterable[str]) -> str:
    """The standing of a recommendation from its parts: ``2 parts: 1 closed as carried out, …``."""
    counted = Counter(states)
    if not counted:
        return ""
    told = [
        f"{counted[state]} {words.replace('closed: ', 'closed as ')}"
        for state, words in PART.states.items()
        if counted[state]
    ]
    total = sum(counted.values())
    return f"{total} part{'s' if total > 1 else ''}: {'; '.join(told)}"


@dataclass(frozen=True)
class Way:
    """A page on which a person may take a step."""

    label: str
    href: str
    first: bool = False


@dataclass(frozen=True)
class PartShown:
    """A part on the page of its recommendation, as one person sees it."""

    number: str
    anchor: str
    organisation: str
    state: str
    closed: bool
    standing: Standing
    answer_due: str
    due_steps: tuple[str, ...]
    due_words: str
    waits: str
    first_day: str
    current_day: str
    story: tuple[Entry, ...]
    draft: str
    offers: tuple[Offer, ...]
    ways: tuple[Way, ...]
    needed: tuple[Needed, ...]
    moving: str
    seen: int

    @property
    def called(self) -> str:
        """What tells its buttons from those of other parts, for somebody who only hears them."""
        return f"part {self.number}"

    @property
    def has_next(self) -> bool:
        return bool(self.offers or self.ways or self.needed)


# Whom a part waits for, by its state, as everybody may read it.
_WAITS: Mapping[str, str] = {
    "issued": "This waits for {asked} to respond.",
    "accepted": "This waits for {asked} to say what it will do and by when.",
    "part_accepted": "This waits for {asked} to say what it will do and by when.",
    "not_accepted": "This waits for the forum: to ask again, or to decide to close it.",
    "planned": "This waits for {asked} to begin.",
    "in_progress": "This waits for {asked} to carry it out and report it complete.",
    "reported_complete": (
        "This waits for a verifier from outside the organisations that were asked."
    ),
    "verifying": "This waits for the verifier to say what was found.",
    "verified": "This waits for the forum to decide about what the verifier found.",
}


def part_shown(
    case: PartCase,
    *,
    user: Any,
    names: Mapping[str, str],
    decisions: Decisions,
    own_work: bool,
    now: datetime,
) -> PartShown:
    """A part for one person. No queries beyond those that made the case.

    ``own_work``: the person belonged to an organisation that was asked, so does not verify it.
    """
    part = case.part
    own = {part.organisation.code}
    standing = standing_of_part(case, now=now)
    due = standing.due
    waits = _WAITS.get(part.state, "")
    address = address_of(part)
    draft = case.draft
    return PartShown(
        number=part.number,
        anchor=anchor_of(part),
        organisation=part.organisation.name,
        state=part.state_in_words,
        closed=part.state.startswith("closed") or part.state == "withdrawn",
        standing=standing,
        answer_due=in_words(due.on) if due and due.on else "",
        due_steps=due.steps if due else (),
        due_words=due.how if due else "",
        waits=waits.format(asked=part.organisation.name),
        first_day=in_words(standing.first.complete_by) if standing.first else "",
        current_day=in_words(standing.current.complete_by) if standing.current else "",
        story=story_of(
            case,
            names=names,
            forum=allows(user, Action.READ_RECOMMENDATION_DRAFT),
            decisions=decisions,
        ),
        draft=(
            draft.text if draft and allows(user, Action.DRAFT_LIMB_RESPONSE, concerning=own) else ""
        ),
        offers=offers_of(case, user, own_work=own_work),
        ways=_ways(case, user, address, own_work=own_work),
        needed=_needed(case, user),
        moving=f"{address}move/",
        seen=part.revision,
    )


def offers_of(case: PartCase, user: Any, *, own_work: bool) -> tuple[Offer, ...]:
    """The plain steps this person may take. What waits for a decision is told apart from them."""
    found: list[Offer] = []
    for row in PART.possible(case.part.state):
        if row.event not in PLAIN_STEPS or (own_work and row.action is Action.VERIFY):
            continue
        facts = case.facts(row.event)
        if any(not facts[g.name] for g in row.guards if g.name != "has_evidence"):
            continue
        found += offers(
            case.part,
            by=user,
            concerning=case.concerning(row.action),
            facts=facts,
            without=set(PART.events) - {row.event},
        )
    return tuple(found)


def _ways(case: PartCase, user: Any, address: str, *, own_work: bool) -> tuple[Way, ...]:
    state, draft = case.part.state, case.draft
    possible = (
        (
            state == "issued" and draft is not None,
            Action.ANSWER_LIMB,
            "Sign and send the response",
            "sign/",
            True,
        ),
        (
            state == "issued",
            Action.DRAFT_LIMB_RESPONSE,
            "Change the drafted response" if draft else "Draft the response",
            "respond/",
            draft is None,
        ),
        (
            state in ("accepted", "part_accepted"),
            Action.REPORT_PROGRESS,
            "Send the plan",
            "plan/",
            True,
        ),
        (state == "in_progress", Action.REPORT_PROGRESS, "Report progress", "progress/", True),
        (
            state == "verifying" and not own_work,
            Action.VERIFY,
            "Record what was found",
            "verify/",
            True,
        ),
        (state in TAKES_EVIDENCE, Action.ADD_EVIDENCE, "Add evidence", "evidence/", False),
        (state in AT_WORK, Action.REPORT_PROGRESS, "Change the plan", "plan/", False),
    )
    return tuple(
        Way(label, address + page, first)
        for fits, action, label, page, first in possible
        if fits and allows(user, action, concerning=case.concerning(action))
    )


# Steps that the forum may decide on at any time, but seldom does.
_SELDOM = {("in_progress", "close_not_implemented")}


def _needed(case: PartCase, user: Any) -> tuple[Needed, ...]:
    """The decisions that steps of the secretariat wait for."""
    if not allows(user, Action.RECORD_DECISION):
        return ()
    part = case.part
    return tuple(
        needed_decision(
            case,
            row,
            part.reference,
            heading=f"{row.label}: {part.title}",
            text=part.limb.text,
            seldom=row.event == "withdraw" or (part.state, row.event) in _SELDOM,
        )
        for row in PART.possible(part.state)
        if waits_for_decision(case, row)
    )


def address_of(part: Part) -> str:
    """Where the steps of a part are taken."""
    return f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}/"


def anchor_of(part: Part) -> str:
    return f"part-{part.number}"


def may_read(part: Part, user: Any) -> bool:
    """Whether a person may read what became of a part: an organisation reads its own alone."""
    return allows(user, Action.READ_RECOMMENDATION, concerning={part.organisation.code})


def cases_of_recommendation(parts: Sequence[Part], user: Any) -> list[PartCase]:
    """The cases of those parts that a person may read."""
    return cases_of(p for p in parts if may_read(p, user))
