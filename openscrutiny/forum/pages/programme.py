"""The pages of the work programme: all of it, one subject, proposing one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.layout import area_set
from openscrutiny.base.lists import Asked, Listed, listed_in_groups
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, last_reason, offers
from openscrutiny.base.thread import Reference, Thread, described, thread_of
from openscrutiny.core import programme as rules
from openscrutiny.core.calendar import in_words
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum import terms
from openscrutiny.forum.candidates import Candidate, candidates
from openscrutiny.forum.models import Meeting, WorkItem
from openscrutiny.forum.services.programme import TO_COME, facts_of
from openscrutiny.monitor.models import Finding
from openscrutiny.warehouse import definitions

_PLACED = ("schedule", "move")
_LOOKED = ("scheduled", "done")
_CANDIDATES = 20
_SECTIONS = ("scheduled", "proposed", "accepted", "done", "declined")


@dataclass(frozen=True)
class WorkLine:
    """A subject in the list. ``section`` is what it stands under; ``score`` is for the forum."""

    number: str
    href: str
    heading: str
    section: str
    body: str
    strands: tuple[str, ...]
    origin: str
    score: str
    score_parts: tuple[rules.Part, ...]


@dataclass(frozen=True)
class ProgrammePage:
    """The programme. What nobody looks at is told in sentences, strands and places apart;
    ``candidates`` propose themselves to officers, and ``more`` counts those that are not shown.
    """

    listed: Listed
    strand_gaps: tuple[str, ...]
    place_gaps: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    more: int
    may_propose: bool
    for_forum: bool


@dataclass(frozen=True)
class WorkPage:
    """One subject. What the forum keeps to itself is empty for others."""

    number: str
    href: str
    revision: int
    heading: str
    why: str
    state: str
    body: str
    origin: str
    origin_title: str
    origin_href: str
    strands: tuple[str, ...]
    areas: tuple[str, ...]
    proposed_on: datetime
    meeting: str
    meeting_href: str
    meeting_on: str
    score: rules.Score | None
    as_sent: str
    reason: str
    offers: tuple[Offer, ...]
    place: Offer | None
    meetings: tuple[Meeting, ...]
    may_plan: bool
    may_change: bool
    thread: Thread


@dataclass(frozen=True)
class Start:
    """Where a proposal begins: what the form holds at first, and the thing it came from."""

    origin: str = ""
    reference: str = ""
    title: str = ""
    href: str = ""
    initial: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Followed:
    """What became of a suggestion, for whoever holds its receipt."""

    receipt: str
    as_sent: str
    sent_on: datetime
    state: str
    reason: str
    meeting_on: str
    href: str


def programme_page(user: Any, asked: Asked, *, now: datetime) -> ProgrammePage:
    """The programme as far as a person may see it, by strand, in a fixed number of queries."""
    standing = standing_of(user)
    own = standing.organisations
    visible_rows = WorkItem.objects.visible_to(standing).values_list(*_Row._fields)
    rows = sorted((_Row(*values) for values in visible_rows), key=_order)
    names = strand_names(now)
    groups = {"all": rows, **{c: [r for r in rows if c in r.strands] for c in names}}
    inside = may(standing, Action.READ_WORK, concerning=own)
    officer = may(standing, Action.PLAN_WORK, concerning=own)
    late = candidates(standing, now=now) if officer else ()
    strand_gaps, place_gaps = _gaps(rows, now)
    return ProgrammePage(
        listed=listed_in_groups(
            groups,
            labels={"all": "All", **names},
            asked=asked,
            lines=lambda shown: _lines(shown, names, inside=inside),
        ),
        strand_gaps=strand_gaps,
        place_gaps=place_gaps,
        candidates=late[:_CANDIDATES],
        more=max(0, len(late) - _CANDIDATES),
        may_propose=may(standing, Action.PROPOSE_WORK, concerning=own),
        for_forum=inside,
    )


def work_page(work: WorkItem, *, by: Any, now: datetime) -> WorkPage:
    """One subject, for a person who may read it."""
    standing = standing_of(by)
    inside = may(standing, Action.READ_WORK, concerning=work.concerning)
    plans = may(standing, Action.PLAN_WORK, concerning=work.concerning)
    meetings = tuple(meetings_to_come(work, now=now)) if plans else ()
    chosen = meetings[0] if meetings else None
    offered = offers(
        work,
        by=by,
        concerning=work.concerning,
        facts=facts_of(work, meeting=chosen, now=now),
    )
    origin = described([work.origin_reference], standing=standing) if work.origin_reference else {}
    came = origin.get(work.origin_reference)
    on = work.meeting
    return WorkPage(
        number=work.number,
        href=work.href,
        revision=work.revision,
        heading=work.heading,
        why=work.why,
        state=work.state_in_words,
        body=work.body.name,
        origin=work.get_origin_display(),
        origin_title=came.title if came else "",
        origin_href=came.href if came else "",
        strands=_named(work.strands, strand_names(now)),
        areas=_named(work.areas, dict(area_names())),
        proposed_on=work.proposed_at,
        meeting=on.heading if on else "",
        meeting_href=on.href if on and (inside or on.agenda_published_at) else "",
        meeting_on=_day_of(on) if on else "",
        score=_score(work.scores) if inside else None,
        as_sent=work.as_sent if inside else "",
        reason=last_reason(work) if inside else "",
        offers=tuple(o for o in offered if o.event not in _PLACED),
        place=next((o for o in offered if o.event in _PLACED), None),
        meetings=meetings,
        may_plan=plans,
        may_change=plans and work.state in ("proposed", "accepted"),
        thread=thread_of(work.reference, standing=standing),
    )


def meetings_to_come(work: WorkItem, *, now: datetime) -> Any:
    """The meetings a subject may be scheduled for or moved to, the next one first."""
    found = Meeting.objects.filter(body=work.body, state__in=TO_COME, starts_at__gt=now)
    return found.exclude(pk=work.meeting_id).order_by("starts_at")


def start_of(reference: str, *, by: Any, now: datetime) -> Start:
    """What a proposal from a thing begins with; an empty one where there is no such thing."""
    standing = standing_of(by)
    try:
        kind = Reference.parse(reference).kind
        thing = described([reference], standing=standing).get(reference)
    except ValueError:
        return Start()
    if thing is None:
        return Start()
    late = {c.reference: c for c in candidates(standing, now=now)}
    origin = WorkItem.Origin.MEMBER.value
    if kind == "finding":
        origin = WorkItem.Origin.FINDING.value
    elif reference in late:
        origin = WorkItem.Origin.OVERDUE.value
    steps = thread_of(reference, standing=standing).steps
    found = [Reference.parse(s.reference) for s in steps]
    rests_on = Finding.objects.filter(pk__in=[r.number for r in found if r.kind == "finding"])
    strands, areas = strand_names(now), dict(area_names())
    about = list(rests_on.values_list("strand", "area"))
    heading, why = thing.title, late[reference].why if reference in late else ""
    if kind == "finding":
        heading, why = _of_finding(about, strands, areas), thing.title
    return Start(
        origin=origin,
        reference=reference,
        title=thing.title,
        href=thing.href,
        initial={
            "heading": heading[:200],
            "why": why[:3000],
            "strands": [s for s in strands if s in {strand for strand, _ in about}],
            "areas": [a for a in areas if a in {area for _, area in about}],
            "origin_reference": reference,
        },
    )


def _of_finding(
    about: Sequence[tuple[str, str]], strands: Mapping[str, str], areas: Mapping[str, str]
) -> str:
    """A short title, such as ``Race in Copperley``; its sentence is too long for one."""
    found = [
        (strands.get(strand, "Hate crime"), f" in {areas[area]}" if area in areas else "")
        for strand, area in about
    ]
    return "".join(found[0]) if found else ""


def followed(receipt: str) -> Followed | None:
    """What became of the suggestion with a receipt, however it is written; None for no such one."""
    asked = receipt.strip().upper().replace(" ", "")
    work = WorkItem.objects.filter(receipt=asked).select_related("meeting").first()
    if work is None or not asked:
        return None
    on = work.meeting
    return Followed(
        receipt=asked,
        as_sent=work.as_sent,
        sent_on=work.proposed_at,
        state=work.state_in_words,
        reason=last_reason(work) if work.state == "declined" else "",
        meeting_on=_day_of(on) if on else "",
        href=work.href if work.state in WorkItem.PUBLIC else "",
    )


def bodies_for(user: Any) -> list[tuple[str, str]]:
    """The bodies whose programme a person may propose for, by code; the forum first."""
    meeting = Organisation.objects.filter(kind__in=["forum", "subgroup", "committee"])
    found = [o for o in meeting if allows(user, Action.PROPOSE_WORK, concerning=[o.code])]
    found.sort(key=lambda o: (o.kind != "forum", o.name))
    return [(o.code, o.name) for o in found]


def strand_names(now: datetime) -> dict[str, str]:
    """The strands of the remit of today, with their names."""
    tree = definitions.taxonomy()
    return {c: tree[c].label for c in terms.in_force(timezone.localtime(now).date()).strands}


def area_names() -> list[tuple[str, str]]:
    """The areas of the place, with their names."""
    known = area_set()
    return [(a.code, a.name) for a in known.areas] if known else []


class _Row(NamedTuple):
    """What every subject is sorted and counted by; the rest is read for one sheet alone."""

    pk: int
    state: str
    strands: list[str]
    areas: list[str]
    scores: dict[str, int]
    meeting__starts_at: datetime | None
    proposed_at: datetime


def _order(row: _Row) -> tuple[Any, ...]:
    """By meeting, then what was proposed or waits for one by score, then what is done."""
    place = _SECTIONS.index(row.state)
    on = row.meeting__starts_at.timestamp() if row.meeting__starts_at else 0.0
    found = _score(row.scores)
    total = found.total if found else 0
    return (place, on if row.state == "scheduled" else -on, -total, row.proposed_at, row.pk)


def _lines(rows: Sequence[_Row], names: Mapping[str, str], *, inside: bool) -> Iterable[WorkLine]:
    shown = WorkItem.objects.select_related("meeting", "body").in_bulk([r.pk for r in rows])
    for row in (shown[r.pk] for r in rows):
        found = _score(row.scores) if inside else None
        yield WorkLine(
            number=row.number,
            href=row.href,
            heading=row.heading,
            section=_section(row),
            body=row.body.name,
            strands=_named(row.strands, names),
            origin=row.get_origin_display(),
            score=found.words if found else "",
            score_parts=found.parts if found else (),
        )


def _section(work: WorkItem) -> str:
    if work.state in _LOOKED and work.meeting:
        word = "For" if work.state == "scheduled" else "Done at"
        return f"{word} the meeting of {_day_of(work.meeting)}: {work.meeting.heading}"
    return {
        "proposed": "Proposed",
        "accepted": "Taken in, and without a meeting yet",
        "declined": "Declined",
    }[work.state]


def _score(scores: Mapping[str, int]) -> rules.Score | None:
    """The score that is stored, None also where it was made with other questions than today's."""
    try:
        return rules.score(scores)
    except ValueError:
        return None


def _gaps(rows: Sequence[_Row], now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What nothing scheduled or done in twelve months touches: strands; groups of areas."""
    today = timezone.localtime(now).date()
    month = Month.of(today.year, today.month)
    known = area_set()
    groups = {
        g.name: g.members
        for g in (known.groups if known else ())
        if g.valid_from <= month and (g.valid_to is None or month <= g.valid_to)
    }
    kind = f" ({known.group_kind})" if known and known.group_kind else ""
    on_it = [
        (r, timezone.localtime(r.meeting__starts_at).date())
        for r in rows
        if r.state in _LOOKED and r.meeting__starts_at
    ]
    strands = [rules.Looked(frozenset(r.strands), day) for r, day in on_it]
    places = [rules.Looked(rules.in_groups(groups, r.areas), day) for r, day in on_it]
    labels = {code: label.lower() for code, label in strand_names(now).items()}
    names = {name: f"{name}{kind}" for name in groups}
    return (
        tuple(gap.sentence for gap in rules.gaps(labels, strands, today=today)),
        tuple(gap.sentence for gap in rules.gaps(names, places, today=today)),
    )


def _named(codes: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names.get(code, code) for code in codes)


def _day_of(meeting: Meeting) -> str:
    return in_words(timezone.localtime(meeting.starts_at).date())


def visible(work: WorkItem, standing: Standing, user: Any) -> bool:
    """Whether a person may read a subject: a public one, the own body's, or their own."""
    return (
        work.state in WorkItem.PUBLIC
        or may(standing, Action.READ_WORK, concerning=work.concerning)
        or (work.proposed_by_id is not None and work.proposed_by_id == getattr(user, "pk", None))
    )
