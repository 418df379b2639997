"""The list of recommendations, and one recommendation from why it was made to how it was closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from openscrutiny.accountability.models import Limb, Part, Recommendation, Response
from openscrutiny.accountability.pages.needed_decisions import (
    Needed,
    needed_decision,
    waits_for_decision,
)
from openscrutiny.accountability.pages.parts import (
    PartShown,
    Standing,
    cases_of,
    cases_of_recommendation,
    in_short,
    may_read,
    part_shown,
    standing_of_part,
    with_everything,
)
from openscrutiny.accountability.services.guards import RecommendationCase, history_of
from openscrutiny.accountability.services.independence import own_work_among
from openscrutiny.base.access import allows, fetch_or_deny, standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, thread_of, warned
from openscrutiny.core.machines import RECOMMENDATION
from openscrutiny.core.permits import Action
from openscrutiny.forum.decisions import Decisions


@dataclass(frozen=True)
class Row:
    """A recommendation in the list: how its parts stand, and what is late."""

    number: str
    heading: str
    href: str
    state: str
    asked: tuple[str, ...]
    standing: str
    marks: tuple[str, ...]
    warned: bool


@dataclass(frozen=True)
class RecommendationsPage:
    """One sheet of the recommendations a person may read, newest first, by their state."""

    listed: Listed
    may_draft: bool


def recommendations_page(user: Any, asked: Asked, *, now: datetime) -> RecommendationsPage:
    """The list for one person, in a fixed number of queries."""
    readable = Recommendation.objects.visible_to(standing_of(user)).prefetch_related(  # type: ignore[attr-defined]
        "limbs__addressees"
    )
    labels = {state: words.capitalize() for state, words in RECOMMENDATION.states.items()}
    lines = partial(_rows, user=user, now=now)
    sheet = listed(readable, by="state", labels=labels, asked=asked, lines=lines)
    return RecommendationsPage(sheet, allows(user, Action.DRAFT_RECOMMENDATION))


def _rows(found: list[Recommendation], *, user: Any, now: datetime) -> Iterable[Row]:
    parts = [
        p
        for p in with_everything(Part.objects.filter(limb__recommendation__in=found))
        if may_read(p, user)
    ]
    by_recommendation: dict[int, list[tuple[Part, Standing]]] = {r.pk: [] for r in found}
    for case in cases_of(parts):
        by_recommendation[case.part.limb.recommendation_id].append(
            (case.part, standing_of_part(case, now=now))
        )
    doubtful = warned((r.reference for r in found), standing=standing_of(user))
    for one in found:
        yield _row(one, by_recommendation[one.pk], user, warned=one.reference in doubtful)


def _row(
    recommendation: Recommendation,
    parts: Sequence[tuple[Part, Standing]],
    user: Any,
    *,
    warned: bool,
) -> Row:
    asked = {
        o.name
        for limb in recommendation.limbs.all()
        for o in limb.addressees.all()
        if recommendation.issued_at is None
        or allows(user, Action.READ_RECOMMENDATION, concerning={o.code})
    }
    marks: dict[str, int] = {}
    for _, standing in parts:
        for mark in standing.marks:
            marks[mark] = marks.get(mark, 0) + 1
    return Row(
        number=recommendation.number,
        heading=recommendation.heading,
        href=address_of_recommendation(recommendation),
        state=recommendation.state_in_words,
        asked=tuple(sorted(asked)),
        standing=in_short(p.state for p, _ in parts),
        marks=tuple(f"{n} {mark}" for mark, n in marks.items()),
        warned=warned,
    )


@dataclass(frozen=True)
class LimbShown:
    """One thing to be done, how the forum will know, and what became of it at each organisation."""

    letter: str
    text: str
    success: str
    asked: tuple[str, ...]
    parts: tuple[PartShown, ...]
    editing: str
    removing: str


@dataclass(frozen=True)
class Settled:
    """What the forum did with the recommendation as a whole."""

    at: datetime
    words: str
    reason: str
    decision: str
    decided_on: date | None
    href: str


@dataclass(frozen=True)
class RecommendationPage:
    """A recommendation as one person may see it.

    ``elsewhere`` counts parts asked of other organisations, which this person does not see.
    """

    number: str
    heading: str
    state: str
    standing: str
    why: str
    outcome: str
    source: str
    source_href: str
    limbs: tuple[LimbShown, ...]
    elsewhere: int
    settled: tuple[Settled, ...]
    drafting: bool
    may_edit: bool
    address: str
    offers: tuple[Offer, ...]
    needed: tuple[Needed, ...]
    seen: int
    thread: Thread


def recommendation_of(number: str, user: Any) -> Recommendation:
    """The recommendation with this number through the one door: refused, not there, or readable."""
    found = (
        Recommendation.objects.filter(number=number)
        .select_related("response__question__addressee")
        .prefetch_related("limbs__addressees")
        .first()
    )
    return fetch_or_deny(
        found,
        by=user,
        hidden=Action.READ_RECOMMENDATION_DRAFT,
        needs=lambda r: r.reading_needs,
    )


def part_of(recommendation: Recommendation, number: str, user: Any) -> Part:
    """A part of a recommendation through the same door."""
    found = (
        Part.objects.filter(limb__recommendation=recommendation, number=number)
        .select_related("limb__recommendation", "organisation", "draft")
        .first()
    )
    return fetch_or_deny(
        found,
        by=user,
        hidden=Action.READ_RECOMMENDATION_DRAFT,
        needs=lambda p: (Action.READ_RECOMMENDATION, {p.organisation.code}),
    )


def recommendation_page(number: str, user: Any, *, now: datetime) -> RecommendationPage:
    """One recommendation for one person, in a fixed number of queries."""
    recommendation = recommendation_of(number, user)
    parts = with_everything(Part.objects.filter(limb__recommendation=recommendation))
    cases = cases_of_recommendation(parts, user)
    own = [recommendation.reference]
    decisions = Decisions.about([*own, *(p.reference for p in parts)])
    case = RecommendationCase(
        recommendation, history_of(own).get(recommendation.reference, ()), decisions
    )
    names = dict(Organisation.objects.values_list("code", "name"))
    mine: frozenset[int] = frozenset()
    if allows(user, Action.VERIFY, concerning=recommendation.asked):
        mine = own_work_among((c.part for c in cases), of=user, now=now)
    shown: dict[int, list[PartShown]] = {}
    for one in cases:
        shown.setdefault(one.part.limb_id, []).append(
            part_shown(
                one,
                user=user,
                names=names,
                decisions=decisions,
                own_work=one.part.pk in mine,
                now=now,
            )
        )
    drafting = recommendation.state == "drafting"
    address = address_of_recommendation(recommendation)
    limbs = tuple(
        _limb_shown(limb, shown.get(limb.pk, []), address)
        for limb in recommendation.limbs.all()
        if not parts or limb.pk in shown
    )
    source, source_href = _source(recommendation.response, user)
    return RecommendationPage(
        number=recommendation.number,
        heading=recommendation.heading,
        state=recommendation.state_in_words,
        standing=in_short(c.part.state for c in cases),
        why=recommendation.why,
        outcome=recommendation.get_outcome_display(),
        source=source,
        source_href=source_href,
        limbs=limbs,
        elsewhere=len(parts) - len(cases),
        settled=_settled(case, allows(user, Action.READ_RECOMMENDATION_DRAFT)),
        drafting=drafting,
        may_edit=drafting and allows(user, Action.DRAFT_RECOMMENDATION),
        address=address,
        offers=_offers(case, user),
        needed=_needed(case, user),
        seen=recommendation.revision,
        thread=thread_of(recommendation.reference, standing=standing_of(user)),
    )


def address_of_recommendation(recommendation: Recommendation) -> str:
    return f"/recommendations/{recommendation.number}/"


def _limb_shown(limb: Limb, parts: Sequence[PartShown], address: str) -> LimbShown:
    return LimbShown(
        letter=limb.letter,
        text=limb.text,
        success=limb.success,
        asked=tuple(p.organisation for p in parts) or tuple(o.name for o in limb.addressees.all()),
        parts=tuple(parts),
        editing=f"{address}limbs/{limb.letter}/",
        removing=f"{address}limbs/{limb.letter}/remove/",
    )


def _source(response: Response | None, user: Any) -> tuple[str, str]:
    """The answer a recommendation came from, where the person may read it."""
    if response is None:
        return "", ""
    question = response.question
    asked = {question.addressee.code} if question.addressee else set()
    if not allows(user, Action.READ_QUESTION, concerning=asked):
        return "", ""
    return (
        f"{question.addressee}’s answer to the question “{question.heading}”",
        f"/questions/{question.number}/",
    )


_SETTLED: Mapping[str, str] = {
    "agree": "Agreed by the forum",
    "issue": "Issued",
    "withdraw": "Withdrawn",
    "abandon": "Abandoned before it was agreed",
}


def _settled(case: RecommendationCase, forum: bool) -> tuple[Settled, ...]:
    told = []
    for event in case.history:
        verb = event.event.rpartition(".")[2]
        if verb not in _SETTLED:
            continue
        number = str(event.details.get("decision", ""))
        decision = case.decisions.by_number(number) if number else None
        told.append(
            Settled(
                event.at,
                _SETTLED[verb],
                str(event.details.get("reason", "")),
                number,
                decision.decided_on if decision else None,
                f"/decisions/{number}/" if number and forum else "",
            )
        )
    return tuple(told)


def _offers(case: RecommendationCase, user: Any) -> tuple[Offer, ...]:
    """What may be done with the whole; what waits for a decision is told apart."""
    found: list[Offer] = []
    for row in RECOMMENDATION.possible(case.recommendation.state):
        if waits_for_decision(case, row):
            continue
        found += offers(
            case.recommendation,
            by=user,
            concerning=case.recommendation.asked,
            facts=case.facts(row.event),
            without=set(RECOMMENDATION.events) - {row.event},
        )
    return tuple(found)


def _needed(case: RecommendationCase, user: Any) -> tuple[Needed, ...]:
    if not allows(user, Action.RECORD_DECISION):
        return ()
    recommendation = case.recommendation
    verbs = {"agree": "Agree", "withdraw": "Withdraw"}
    text = "\n".join(f"({limb.letter}) {limb.text}" for limb in recommendation.limbs.all())
    return tuple(
        needed_decision(
            case,
            row,
            recommendation.reference,
            heading=f"{verbs[row.event]}: {recommendation.heading}",
            text=text,
            seldom=row.event == "withdraw",
        )
        for row in RECOMMENDATION.possible(recommendation.state)
        if waits_for_decision(case, row)
    )


def begun_from(response: Response | None) -> Mapping[str, str]:
    """What a draft says at first, out of the question and the answer that led to it."""
    if response is None:
        return {}
    question = response.question
    why = (
        f"The forum asked {question.addressee}: {question.text}\n\nThe answer was: {response.text}"
    )
    if question.why:
        why = f"{question.why}\n\n{why}"
    return {"heading": question.heading, "why": why[:5000]}
