"""The room on one screen: the quorum now, who is here, and the item before the meeting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openscrutiny.base.access import allows
from openscrutiny.base.models import Person, User
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Reference
from openscrutiny.core.machines.meetings import WAS_QUORATE
from openscrutiny.core.permits import Action, Role
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Attendance,
    Ballot,
    Decision,
    Meeting,
    Membership,
    Presence,
    RoomNote,
)
from openscrutiny.forum.pages.ballots import BallotShown, shown_ballot
from openscrutiny.forum.pages.room_offers import (
    PaperHere,
    Proposal,
    declarers,
    papers_here,
    proposals,
)
from openscrutiny.forum.quorum import Room, day_of
from openscrutiny.forum.services import room as services
from openscrutiny.forum.services.decisions import settled_by_decision


@dataclass(frozen=True)
class Someone:
    """Somebody expected or here. ``field`` and ``key`` say whose button was pressed."""

    field: str
    key: int
    name: str
    seat: str
    here: Presence | None
    words: str
    stays: tuple[Presence, ...]

    @property
    def anchor(self) -> str:
        return f"{self.field}-{self.key}"


@dataclass(frozen=True)
class Before:
    """The item before the meeting, with everything that was recorded under it."""

    item: AgendaItem
    quorum: str
    quorate: bool
    aside: tuple[tuple[str, str], ...]
    proposals: tuple[Proposal, ...]
    declarers: tuple[Attendance, ...]
    choices: tuple[Attendance, ...]
    notes: tuple[RoomNote, ...]
    actions: tuple[ActionPoint, ...]
    decisions: tuple[Decision, ...]
    ballots: tuple[BallotShown, ...]
    allows: tuple[tuple[str, str], ...]
    about: str
    papers: tuple[PaperHere, ...]
    tables: bool

    @property
    def voting(self) -> BallotShown | None:
        return next((b for b in self.ballots if b.open), None)


@dataclass(frozen=True)
class ItemLine:
    """An item of the agenda, and what may be done with it now."""

    item: AgendaItem
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class RoomPage:
    """The room of a meeting as it is at a moment. ``records`` and ``runs`` say what the reader may
    do: take down who comes and what is said, or lead through the agenda. ``written`` holds the
    notes of every item once the meeting is over."""

    meeting: Meeting
    title: str
    href: str
    on: datetime
    quorum: str
    quorate: bool
    presides: str
    deputies: tuple[Attendance, ...]
    offers: tuple[Offer, ...]
    records: bool
    runs: bool
    attends: bool
    writes: bool
    before: Before | None
    items: tuple[ItemLine, ...]
    here: tuple[Someone, ...]
    expected: tuple[Someone, ...]
    guests: tuple[Person, ...]
    notes: tuple[RoomNote, ...]
    turns: tuple[tuple[datetime, bool], ...]
    written: tuple[tuple[AgendaItem, tuple[RoomNote, ...]], ...]
    shown_at: datetime

    @property
    def begins(self) -> bool:
        """Whether what comes next is to open the meeting, or to go on with it."""
        return self.meeting.state in ("agenda_published", "adjourned")

    @property
    def over(self) -> bool:
        """Whether nobody is expected in the room any more."""
        return self.meeting.closed_at is not None

    @property
    def notes_here(self) -> tuple[RoomNote, ...]:
        """The notes under the item before the meeting, or of the meeting itself where none is."""
        return self.before.notes if self.before else self.notes


def room_page(meeting: Meeting, *, by: User, now: datetime) -> RoomPage:
    """The room, for somebody who leads through the meeting or records it."""
    room = Room.of(meeting)
    items = _items(meeting)
    open_now = next((i for i in items if i.state == "opened"), None)
    # A meeting that is over is shown as it was when it was closed.
    at = now if meeting.closed_at is None else meeting.closed_at
    found = room.count(at=now)
    concerning = meeting.concerning
    records = allows(by, Action.RECORD_ATTENDANCE, concerning=concerning)
    facts = services.facts_of_meeting(meeting, now=at, room=room)
    # A meeting is closed in one way or in the other, and only the one that applies is offered.
    not_so = "close_inquorate" if facts[WAS_QUORATE.name] else "close"
    presiding = room.presiding(at=now, item=open_now)
    present = room.present(at=now)
    here = [_someone(a, room, now=now, item=open_now) for a in present]
    return RoomPage(
        meeting=meeting,
        title=meeting.title,
        href=room_address(meeting),
        on=meeting.starts_at,
        quorum=room.sentence(found),
        quorate=found.quorate,
        presides=_presides(presiding, room),
        deputies=tuple(a for a in present if room.holds(a, Role.DEPUTY) and a != presiding),
        offers=tuple(
            o
            for o in offers(meeting, by=by, concerning=concerning, facts=_every(meeting, facts))
            if o.event in services.OF_MEETING and o.event != not_so
        ),
        records=records,
        runs=allows(by, Action.RUN_MEETING, concerning=concerning),
        attends=records and meeting.state in ("agenda_published", "in_session", "adjourned"),
        writes=records and meeting.state in ("in_session", "adjourned", "held", "inquorate"),
        before=_before(open_now, room, by=by, now=now) if open_now else None,
        items=tuple(_line(i, by, meeting, open_now) for i in items),
        here=tuple(sorted(here, key=lambda s: (not s.seat, s.name))),
        expected=_expected(room, now=now),
        guests=_guests(room) if records else (),
        notes=tuple(meeting.notes.filter(item=None)),
        turns=tuple((t.at, t.count.quorate) for t in room.turns(until=at)),
        written=_written(items) if meeting.closed_at is not None else (),
        shown_at=now,
    )


def room_address(meeting: Meeting) -> str:
    return f"{meeting.href}room/"


def _items(meeting: Meeting) -> Sequence[AgendaItem]:
    shown = meeting.items.exclude(state__in=["proposed", "scheduled", "withdrawn"])
    return list(shown.select_related("meeting__body").prefetch_related("decisions"))


def _written(items: Sequence[AgendaItem]) -> tuple[tuple[AgendaItem, tuple[RoomNote, ...]], ...]:
    """The notes under each item that has any, in the order of the agenda. One query."""
    notes = list(RoomNote.objects.filter(item__in=items))
    found = ((item, tuple(n for n in notes if n.item_id == item.pk)) for item in items)
    return tuple((item, own) for item, own in found if own)


def _line(item: AgendaItem, by: User, meeting: Meeting, open_now: AgendaItem | None) -> ItemLine:
    facts = {
        "in_session": meeting.state == "in_session",
        "no_item_open": open_now is None or open_now == item,
        "decision_taken": any(d.state != "not_certified" for d in item.decisions.all()),
    }
    offered = offers(item, by=by, concerning=meeting.concerning, facts=_every(item, facts))
    # What waits for another item to be closed is not offered beside every one of them.
    return ItemLine(
        item,
        tuple(
            o
            for o in offered
            if o.event in services.OF_ITEM and (not o.blocked or item == open_now)
        ),
    )


def _every(thing: Meeting | AgendaItem, known: Mapping[str, bool]) -> dict[str, bool]:
    """Facts for every guard of a table; those of steps that are not offered here do not matter."""
    guards = {g.name: False for t in thing.MACHINE.transitions for g in t.guards}
    return {**guards, **known}


def _someone(
    attending: Attendance, room: Room, *, now: datetime, item: AgendaItem | None = None
) -> Someone:
    seat = room.seat_of(attending)
    stay = room.stay_of(attending, at=now)
    words = []
    if stay is not None:
        words.append("from elsewhere" if stay.remote else "in the room")
        if attending.person_id in room.aside_from(item):
            words.append("stepped aside from this item")
        elif seat is not None and seat.voting and not room.counts(attending, at=now, item=item):
            words.append("not counted: the seat is")
        elif seat is None or not seat.voting:
            words.append("not counted")
    elif attending.reply != Attendance.Reply.NONE:
        words.append(attending.get_reply_display().lower())
    title = seat.title if seat else attending.get_capacity_display()
    if seat is not None and attending.capacity == Attendance.Capacity.SUBSTITUTE:
        title = f"{title}, as a substitute"
    return Someone(
        "attendance",
        attending.pk,
        attending.person.name,
        title,
        stay,
        ", ".join(words),
        tuple(attending.presences.all()),
    )


def _expected(room: Room, *, now: datetime) -> tuple[Someone, ...]:
    """Everybody who is not here and could come: who was expected, and who holds a seat."""
    present = {a.pk for a in room.present(at=now)}
    known = {a.person_id for a in room.attendances}
    expected = [_someone(a, room, now=now) for a in room.attendances if a.pk not in present]
    seats = {s.code: s.title for s in room.terms.seats}
    holding = Membership.objects.on(day_of(room.meeting)).filter(  # type: ignore[attr-defined]
        body=room.meeting.body
    )
    for one in holding.select_related("person"):
        if one.person_id in known:
            continue
        title = seats.get(one.seat, one.seat)
        if one.substitute_for_id is not None:
            title = f"{title}, as a substitute"
        expected.append(Someone("membership", one.pk, one.person.name, title, None, "", ()))
    return tuple(sorted(expected, key=lambda s: s.name))


def _guests(room: Room) -> tuple[Person, ...]:
    """Everybody known who is neither expected nor holds a seat: who could come as a guest."""
    known = [a.person_id for a in room.attendances]
    seated = Membership.objects.on(day_of(room.meeting)).filter(  # type: ignore[attr-defined]
        body=room.meeting.body
    )
    others = Person.objects.exclude(pk__in=known).exclude(pk__in=seated.values("person"))
    return tuple(others)


def _presides(presiding: Attendance | None, room: Room) -> str:
    if presiding is None:
        return "Nobody presides."
    if room.holds(presiding, Role.CHAIR):
        return f"{presiding.person.name}, the chair, presides."
    because = presiding.presides_because.rstrip(".")
    return f"{presiding.person.name}, a deputy chair, presides: {because}."


def _before(item: AgendaItem, room: Room, *, by: User, now: datetime) -> Before:
    found = room.count(at=now, item=item)
    aside = room.aside_from(item)
    present = room.present(at=now)
    kind = Reference.parse(item.about).kind if item.about else AgendaItem.KIND
    settles = settled_by_decision(kind) if item.meeting.body.kind == "forum" else {}
    names = {a.pk: a.person.name for a in room.attendances}
    ballots = Ballot.objects.filter(item=item).prefetch_related("votes__attendance__person")
    return Before(
        item=item,
        quorum=room.sentence(found),
        quorate=found.quorate,
        aside=tuple(
            (names[r.attendance_id], r.reason) for r in room.recusals if r.item_id == item.pk
        ),
        proposals=proposals(item, room, present, aside),
        declarers=declarers(room, by),
        choices=tuple(a for a in room.attendances if a.person_id not in aside),
        notes=tuple(item.notes.all()),
        actions=tuple(item.actions.select_related("owner").order_by("created_at", "pk")),
        decisions=tuple(item.decisions.all()),
        ballots=tuple(shown_ballot(b, room, now=now) for b in ballots),
        allows=tuple(settles.items()),
        about=item.about or item.reference,
        papers=papers_here(item, room, by=by, now=now),
        tables=allows(by, Action.SUBMIT_PAPER, concerning=item.meeting.concerning),
    )


def own_attendance(meeting: Meeting, user: Any) -> Attendance | None:
    """Somebody's own place in a meeting."""
    own = Attendance.objects.filter(meeting=meeting, person__user=user)
    return own.select_related("person", "membership").first()
