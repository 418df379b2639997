"""Recommendations, their parts and verifications on the thread, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from openscrutiny.accountability.deadlines import due_at
from openscrutiny.accountability.models import Part, Plan, Recommendation, Verification
from openscrutiny.accountability.pages.parts import (
    anchor_of,
    cases_of,
    in_short,
    plan_late,
    standing_of_part,
    with_everything,
)
from openscrutiny.accountability.pages.recommendations import address_of_recommendation
from openscrutiny.accountability.services.guards import (
    PartCase,
    RecommendationCase,
    history_of,
)
from openscrutiny.accountability.services.independence import own_work_among
from openscrutiny.accountability.threads import texts
from openscrutiny.base.thread import Described, Kind
from openscrutiny.base.work import Pile, Waits, WorkItem, rows_waiting
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.candidates import Candidate
from openscrutiny.forum.decisions import Decisions
from openscrutiny.forum.terms import read_once

_WITH_ASKED = "limb__recommendation__limbs__addressees"


def describe_recommendations(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Recommendations by their heading, with the standing of the parts a person may read."""
    rows = Recommendation.objects.filter(number__in=numbers).prefetch_related(
        "limbs__addressees", "limbs__parts__organisation"
    )
    found = {}
    for row in rows:
        action, concerning = row.reading_needs
        states = [
            part.state
            for limb in row.limbs.all()
            for part in limb.parts.all()
            if _may_read(part, standing)
        ]
        found[row.number] = Described(
            row.title,
            address_of_recommendation(row),
            in_short(states) if row.state == "issued" else row.state_in_words,
            may(standing, action, concerning=concerning),
            concerning=tuple(
                sorted({o.code for limb in row.limbs.all() for o in limb.addressees.all()})
            ),
        )
    return found


def upstream_of_parts(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The recommendation each part belongs to. One query."""
    found = Part.objects.filter(number__in=numbers).values_list(
        "number", "limb__recommendation__number"
    )
    return {number: [f"{Recommendation.KIND}:{whole}"] for number, whole in found}


def describe_parts(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Parts where they stand on the page of their recommendation. One query."""
    rows = Part.objects.filter(number__in=numbers).select_related(
        "limb__recommendation", "organisation"
    )
    return {
        row.number: Described(
            f"{row.title}, asked of {row.organisation}",
            _at(row, anchor_of(row)),
            row.state_in_words,
            _may_read(row, standing),
            concerning=(row.organisation.code,),
        )
        for row in rows
    }


def describe_verifications(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Verifications by what was found, where they stand in the story of their part. One query."""
    rows = Verification.objects.filter(number__in=numbers).select_related(
        "part__limb__recommendation", "part__organisation"
    )
    return {
        row.number: Described(
            f"Part {row.part.limb.letter}, {row.part.organisation}: "
            f"{row.get_found_display().lower()}",
            _at(row.part, f"verification-{row.number}"),
            "",
            _may_read(row.part, standing),
            concerning=(row.part.organisation.code,),
        )
        for row in rows
    }


def _at(part: Part, anchor: str) -> str:
    return f"{address_of_recommendation(part.limb.recommendation)}#{anchor}"


def _may_read(part: Part, standing: Standing) -> bool:
    return may(standing, Action.READ_RECOMMENDATION, concerning={part.organisation.code})


RECOMMENDATION = Kind(
    "recommendation",
    "Recommendation",
    describe_recommendations,
    text=texts.of_recommendations,
)
PART = Kind("part", "Part of a recommendation", describe_parts, upstream_of_parts, texts.of_parts)
VERIFICATION = Kind(
    "verification", "Verification", describe_verifications, text=texts.of_verifications
)


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What waits for this person among recommendations and their parts."""
    if may(standing, Action.ISSUE_RECOMMENDATION):
        yield rows_waiting(
            Recommendation.objects.filter(state__in=("drafting", "agreed")).prefetch_related(
                "limbs__addressees"
            ),
            _secretariat_on_recommendations,
        )
    waiting = _waiting(standing)
    if waiting is not None:
        rows = Part.objects.filter(waiting, limb__recommendation__state="issued")
        yield _parts_waiting(rows, user, standing, now)


def _parts_waiting(rows: QuerySet[Part], user: Any, standing: Standing, now: datetime) -> Pile:
    """Of every part whether and by when it waits; of those that are shown, in which words."""
    short = _in_short(rows)
    verifies = may(standing, Action.VERIFY)
    if verifies:
        short = short.prefetch_related("limb__recommendation__limbs__addressees")
    parts = list(short)
    mine = own_work_among(parts, of=user, now=now) if verifies else frozenset()
    waits = [
        Waits(_day_of(part, now), part.reference, part.pk)
        for part in parts
        if _waits_for(part, standing, own_work=part.pk in mine)
    ]

    def read(keys: Sequence[Any]) -> Mapping[Any, WorkItem]:
        shown = cases_of(with_everything(rows.filter(pk__in=keys)))
        return {case.part.pk: _of_part(case, standing, now) for case in shown}

    return Pile(waits, read)


def _in_short(rows: QuerySet[Part]) -> QuerySet[Part]:
    """Parts with what puts them in order and no more: their clock, and the first day planned."""
    first = Plan.objects.filter(part=OuterRef("pk")).order_by("at", "pk")
    clock = ("number", "heading", "issued_at", "term_length", "term_unit")
    return (
        rows.select_related("limb__recommendation", "organisation")
        .only(
            *("number", "state", "clock_started_at", "organisation__code", "organisation__name"),
            *("limb__letter", *(f"limb__recommendation__{name}" for name in clock)),
        )
        .annotate(first_day=Subquery(first.values("complete_by")[:1]))
    )


def _day_of(part: Any, now: datetime) -> date | None:
    """The day a respondent is waited for: by its clock, then by the day first planned."""
    if part.state not in _RESPONDING:
        return None
    due = due_at(part, now) if part.state == "issued" else None
    day: date | None = due.on if due else part.first_day
    return day


def _waits_for(part: Part, standing: Standing, *, own_work: bool) -> bool:
    if part.state in _RESPONDING:
        own = {part.organisation.code}
        return may(standing, Action.DRAFT_LIMB_RESPONSE, concerning=own)
    if part.state in ("reported_complete", "verifying"):
        if own_work or not may(standing, Action.VERIFY):
            return False
        # Nobody asked by any limb verifies.
        return may(standing, Action.VERIFY, concerning=part.limb.recommendation.asked)
    return may(standing, Action.CLOSE_LIMB)


_RESPONDING = ("issued", "accepted", "part_accepted", "planned", "in_progress")


def _waiting(standing: Standing) -> Q | None:
    """The parts that may wait for this person; None where none ever does."""
    own = standing.organisations
    kinds: list[Q] = []
    if may(standing, Action.DRAFT_LIMB_RESPONSE, concerning=own):
        kinds.append(Q(state__in=_RESPONDING, organisation__code__in=own))
    if may(standing, Action.VERIFY):
        kinds.append(Q(state__in=("reported_complete", "verifying")))
    if may(standing, Action.CLOSE_LIMB):
        kinds.append(Q(state__in=("verified", "not_accepted")))
    return reduce(or_, kinds) if kinds else None


def _of_part(case: PartCase, standing: Standing, now: datetime) -> WorkItem:
    """A part that waits for somebody, in words."""
    part = case.part
    day: date | None = None
    words = ""
    if part.state in _RESPONDING:
        stands = standing_of_part(case, now=now)
        signing = may(standing, Action.ANSWER_LIMB, concerning={part.organisation.code})
        to_do = _respondent_to_do(case, signing)
        if stands.due:
            day, words = stands.due.on, stands.due.how
        elif stands.first:
            day, words = stands.first.complete_by, "overdue" if stands.plan_late else ""
    elif part.state in ("reported_complete", "verifying"):
        to_do = "Verify whether it was carried out."
    else:
        to_do = _secretariat_to_do(case)
    return WorkItem(
        part.reference,
        f"{part.title} ({part.organisation})",
        _at(part, anchor_of(part)),
        to_do,
        day,
        words,
    )


def _respondent_to_do(case: PartCase, signing: bool) -> str:
    if case.part.state == "issued":
        if case.draft is None:
            return "Draft the response."
        return "Sign and send the response." if signing else "The response waits for a signature."
    return {
        "accepted": "Send the plan.",
        "part_accepted": "Send the plan.",
        "planned": "Say when work has begun.",
        "in_progress": "Report progress, or report it complete.",
    }[case.part.state]


def _secretariat_to_do(case: PartCase) -> str:
    events = [
        t.event for t in case.part.MACHINE.possible(case.part.state) if t.event.startswith("close_")
    ]
    if any(case.decision(e) for e in events):
        return "Close it: the decision is certified."
    if any(case.decisions.waiting(case.part.reference, e) for e in events):
        return "The chair has still to certify the decision."
    if case.part.state == "not_accepted":
        return "It was not accepted: ask again, or record the forum's decision."
    return "Record the forum's decision."


def _secretariat_on_recommendations(rows: Sequence[Recommendation]) -> Iterator[WorkItem]:
    """Drafts and agreed recommendations that the secretariat takes further. Three queries."""
    references = [r.reference for r in rows]
    history, decisions = history_of(references), Decisions.about(references)
    for row in rows:
        case = RecommendationCase(row, history.get(row.reference, ()), decisions)
        facts = case.facts("agree")
        if row.state == "agreed":
            to_do = "Issue it: the forum agreed it."
        elif not facts["has_parts"]:
            to_do = "Add what is to be done, and by whom."
        elif facts["decided"]:
            to_do = "Mark it as agreed: the decision is certified."
        elif decisions.waiting(row.reference, "agree"):
            to_do = "The chair has still to certify the decision."
        else:
            to_do = "Record the forum's decision to agree it."
        yield WorkItem(row.reference, row.title, address_of_recommendation(row), to_do)


@read_once()
def overdue(standing: Standing, now: datetime) -> Sequence[Candidate]:
    """Recommendations with a response or a plan that is late, for the work programme.

    Those a person may read, and why each is late. A fixed number of queries.
    """
    responding = Part.objects.filter(state__in=_RESPONDING, limb__recommendation__state="issued")
    late: dict[Recommendation, list[str]] = {}
    for part in _in_short(responding):
        why = _late_because(part, now)
        if why and _may_read(part, standing):
            said = f"Part {part.limb.letter}, {part.organisation}: {why}."
            late.setdefault(part.limb.recommendation, []).append(said)
    return [
        Candidate(row.reference, row.title, address_of_recommendation(row), " ".join(said))
        for row, said in late.items()
    ]


def _late_because(part: Any, now: datetime) -> str:
    """Why a part is late, empty where it is not: its response, or what was first planned."""
    if part.state == "issued":
        due = due_at(part, now)
        return due.late if due else ""
    return plan_late(part, part.first_day, now=now).removesuffix(".")
