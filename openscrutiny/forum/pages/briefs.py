"""What the chair reads in ten minutes before a meeting: item by item, from what is on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from openscrutiny.base.access import standing_of
from openscrutiny.base.thread import Reference, Step, Thread, thread_of
from openscrutiny.core.permits import Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Attendance,
    Interest,
    Meeting,
    Membership,
)
from openscrutiny.forum.services.decisions import settled_by_decision
from openscrutiny.monitor.models import Finding

_COMING = (Attendance.Reply.COMING, Attendance.Reply.REMOTE)
_OVER_ACTIONS = ("confirmed", "cancelled")
_LAST_STEPS = 3


@dataclass(frozen=True)
class BriefItem:
    """One item: ``at`` is the time it comes up if all keep to their minutes.

    ``why`` says why it is there, ``asked`` what the meeting is to do, ``last_time`` what was said
    before, ``actions`` what is still open on it, ``figure`` the sentence of the finding it goes
    back to, if it does. ``aside`` is who should step aside and why, ``declared`` who declared an
    interest, of whom the meeting decides whether they do.
    """

    position: int
    heading: str
    text: str
    presenter: str
    at: datetime
    minutes: int
    closed: bool
    why: tuple[str, ...]
    asked: str
    papers: tuple[tuple[str, str], ...]
    figure: str
    last_time: tuple[str, ...]
    before: tuple[Step, ...]
    actions: tuple[str, ...]
    aside: tuple[str, ...]
    declared: tuple[str, ...]


@dataclass(frozen=True)
class MeetingBrief:
    """The brief of a meeting. ``quorum`` says what the replies promise; ``over`` by how many
    minutes the items together go beyond the time of the meeting."""

    number: str
    href: str
    heading: str
    body: str
    starts_at: datetime
    ends_at: datetime
    venue: str
    quorum: tuple[str, ...]
    planned: int
    over: int
    items: tuple[BriefItem, ...]


def meeting_brief(meeting: Meeting, *, by: Any) -> MeetingBrief:
    """The brief for somebody who may read what is not yet published of the meeting.

    What is on the thread is shown as far as that person may see it: one walk for each item that is
    about something there, and a fixed number of queries for everything else.
    """
    standing = standing_of(by)
    rows = meeting.items.exclude(state__in=("proposed", "withdrawn")).order_by("position", "id")
    items = list(
        rows.select_related("deferred_from__meeting").prefetch_related(
            "papers__owner", "deferred_from__decisions", "deferred_from__notes"
        )
    )
    threads = {i.pk: thread_of(i.about, standing=standing) for i in items if i.about}
    aside, declared = _to_step_aside(meeting, items)
    found = _Found(
        actions=_open_actions(meeting, items),
        aside=aside,
        declared=declared,
        figures=_figures(threads.values()),
    )
    at = meeting.starts_at
    briefed = []
    for item in items:
        briefed.append(_item(item, at, threads.get(item.pk), found, standing))
        at += timedelta(minutes=item.minutes_planned)
    over = int((at - meeting.ends_at) / timedelta(minutes=1))
    return MeetingBrief(
        number=meeting.number,
        href=meeting.href,
        heading=meeting.heading,
        body=meeting.body.name,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        venue=meeting.venue,
        quorum=_promised(meeting),
        planned=sum(i.minutes_planned for i in items),
        over=max(over, 0),
        items=tuple(briefed),
    )


@dataclass(frozen=True)
class _Found:
    """What was read for all items at once."""

    actions: Mapping[int, Sequence[str]]
    aside: Mapping[int, Sequence[str]]
    declared: Mapping[int, Sequence[str]]
    figures: Mapping[str, str]


def _item(
    item: AgendaItem, at: datetime, thread: Thread | None, found: _Found, standing: Standing
) -> BriefItem:
    steps = thread.steps if thread else ()
    figure = next((found.figures[s.reference] for s in steps if s.reference in found.figures), "")
    here = next((s for s in steps if s.here), None)
    papers = [p for p in item.papers.all() if p.state not in ("draft", "withdrawn")]
    return BriefItem(
        position=item.position,
        heading=item.heading,
        text=item.text,
        presenter=item.presenter,
        at=at,
        minutes=item.minutes_planned,
        closed=item.closed,
        why=tuple(_why(item, here, figure)),
        asked=_asked(item, has_papers=bool(papers)),
        papers=tuple((p.href, p.heading) for p in papers if p.open_to(standing)),
        figure=figure,
        last_time=tuple(_last_time(item)),
        before=() if _of_a_meeting(item) else _before(steps),
        actions=tuple(found.actions.get(item.pk, ())),
        aside=tuple(found.aside.get(item.pk, ())),
        declared=tuple(found.declared.get(item.pk, ())),
    )


def _of_a_meeting(item: AgendaItem) -> bool:
    """Whether it is about a whole meeting: what was said there is in its minutes, and not here."""
    return item.about.startswith(f"{Meeting.KIND}:")


def _before(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The last steps that led here."""
    return tuple(s for s in steps if not s.here and s.href and _tells(s))[-_LAST_STEPS:]


def _tells(step: Step) -> bool:
    """Whether a step says what was done; the figures themselves stand in their own sentence."""
    return Reference.parse(step.reference).kind not in ("batch", "finding")


def _why(item: AgendaItem, here: Step | None, figure: str) -> Iterable[str]:
    if here is not None and here.title == figure:
        yield "It is about this figure."
    elif here is not None:
        state = f", which is {here.state}" if here.state else ""
        yield f"It is about the {here.label.lower()} “{here.title}”{state}."
    if item.deferred_from:
        yield f"It was deferred from {item.deferred_from.meeting.heading}."
    if item.late_reason:
        yield f"It is a late item: {item.late_reason}"
    if item.closed:
        yield f"It is closed to the public, ground {item.get_exemption_display()}."
    if here is None and not item.deferred_from:
        standing = {
            AgendaItem.Section.BUSINESS: "It was proposed for this meeting.",
            AgendaItem.Section.ARISING: "It arises from an earlier meeting.",
        }
        yield standing.get(item.section, "It is on every agenda.")  # type: ignore[call-overload]


def _asked(item: AgendaItem, *, has_papers: bool) -> str:
    """What the meeting may do here, by the state table of what it is about."""
    kind = Reference.parse(item.about).kind if item.about else ""
    labels = [label.lower() for label in settled_by_decision(kind).values()] if kind else []
    if item.section == AgendaItem.Section.MINUTES and "sign the minutes as approved" in labels:
        return "Say whether the minutes are right, and decide to approve them."
    if labels:
        return f"Discuss it. A decision of the meeting can lead to: {'; '.join(labels)}."
    return "Discuss the paper, then note it or decide." if has_papers else "Note it, or decide."


def _last_time(item: AgendaItem) -> Iterable[str]:
    before = item.deferred_from
    if before is None:
        return
    for decision in before.decisions.all():
        yield f"Decision {decision.number}: {decision.heading}."
    for note in list(before.notes.all())[-2:]:
        text = " ".join(note.text.replace("\n- ", "; ").split())
        yield text if len(text) <= 280 else f"{text[:279]}…"


def _figures(threads: Iterable[Thread]) -> Mapping[str, str]:
    """The one sentence of each finding on some threads. One query."""
    ids = {
        Reference.parse(step.reference).number
        for thread in threads
        for step in thread.steps
        if step.reference.startswith("finding:") and step.href
    }
    found = Finding.objects.filter(id__in=ids) if ids else ()
    return {f"finding:{one.id}": one.sentence for one in found}


def _open_actions(meeting: Meeting, items: Sequence[AgendaItem]) -> Mapping[int, Sequence[str]]:
    """What was promised on the same subject and is not done. One query."""
    about = {i.about for i in items if i.about}
    earlier = {i.deferred_from_id for i in items if i.deferred_from_id}
    rows = (
        ActionPoint.objects.filter(Q(item__about__in=about) | Q(item__in=earlier))
        .filter(item__meeting__body=meeting.body)
        .exclude(state__in=_OVER_ACTIONS)
        .select_related("item", "owner")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        due = row.carried_to or row.due_on
        words = (
            f"{row.get_sort_display()} {row.number}, {row.owner.name}, until "
            f"{due.day} {due:%B %Y}: {row.text}"
        )
        for item in items:
            if row.item_id == item.deferred_from_id or (
                item.about and item.about == row.item.about
            ):
                found[item.pk].append(words)
    return found


def _to_step_aside(
    meeting: Meeting, items: Sequence[AgendaItem]
) -> tuple[Mapping[int, Sequence[str]], Mapping[int, Sequence[str]]]:
    """By item: who belongs to the organisation its papers are from; who declared an interest in it.

    Two queries. Whom the thing concerns that an item is about is not known to the forum itself.
    """
    day = timezone.localtime(meeting.starts_at).date()
    in_force = Q(item=None, since__lte=day) & (Q(until=None) | Q(until__gte=day))
    rows = Interest.objects.filter(Q(item__in=items) | in_force, body=meeting.body)
    interests = list(rows.select_related("person", "organisation"))
    seated = Membership.objects.on(day).filter(body=meeting.body)  # type: ignore[attr-defined]
    members = list(seated.select_related("person", "person__organisation", "on_behalf_of"))
    aside: dict[int, list[str]] = {}
    declared: dict[int, list[str]] = {}
    for item in items:
        owners = {p.owner_id for p in item.papers.all() if p.state != "withdrawn"}
        declared[item.pk] = [
            f"{one.person.name}: {one.text}"
            for one in interests
            if one.item_id == item.pk or (one.item_id is None and one.organisation_id in owners)
        ]
        aside[item.pk] = [
            f"{member.person.name}: the paper is from their own organisation"
            for member in members
            if {member.on_behalf_of_id, member.person.organisation_id} & owners - {None}
        ]
    return aside, declared


def _promised(meeting: Meeting) -> tuple[str, ...]:
    """What the replies promise of the quorum, which counts voting seats. Two queries."""
    day = timezone.localtime(meeting.starts_at).date()
    try:
        in_force = terms.in_force(day)
        rules = terms.of_body(meeting.body.code, on=day)
    except NotPossible as unknown:
        return (unknown.reason,)
    replies = list(
        meeting.attendances.filter(membership__isnull=False).select_related("membership")
    )
    voting = {s.code: s.agency for s in rules.voting_seats}
    seats = {
        a.membership.seat
        for a in replies
        if a.reply in _COMING and a.membership and a.membership.seat in voting
    }
    names = {agency.code: agency.name for agency in in_force.agencies}
    missing = [a for a in rules.quorum.agencies if a not in {voting[s] for s in seats}]
    enough = len(seats) >= rules.quorum.least and not missing
    waiting = sum(1 for a in replies if a.reply == Attendance.Reply.NONE)
    said = [
        f"{len(seats)} voting seats have said that they come; {rules.quorum.least} are needed.",
        *(f"Nobody from {names.get(a, a).lower()} has said so, and they must be there."
          for a in missing),
        f"{waiting} have not answered yet." if waiting else "",
        "The replies promise a quorum." if enough else "The replies do not promise a quorum yet.",
    ]  # fmt: skip
    return tuple(s for s in said if s)
