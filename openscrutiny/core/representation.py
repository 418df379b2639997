"""Who has a voice in a body, and whose voice was in the room: strand by kind of agency, or by area.

Seats are the target; people in them are what was filled; presence at meetings is what came of it.
A seat that names several strands speaks for each of them and counts in each of their rows, so rows
overlap and are never added. What was not recorded is not known, which is not the same as nought.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from openscrutiny.core.bodies import Seat
from openscrutiny.core.months import Month

# The row of seats that name no strand: they speak for the whole remit.
WHOLE = ""
SOON = timedelta(days=90)
# From how many missed meetings in a row on a filled seat is said to be missing.
MISSED = 2


@dataclass(frozen=True)
class Sitting:
    """Somebody in a seat, both days included; ``person`` is a number. Substitutes fill none."""

    seat: str
    person: int
    since: date
    until: date | None = None
    substitute: bool = False

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Stay:
    """A stretch of time in a meeting, in the room or from elsewhere.

    ``seat`` is the seat somebody spoke for, as its holder or a substitute; empty for anybody else.
    """

    seat: str
    arrived: datetime
    left: datetime | None = None


@dataclass(frozen=True)
class Sat:
    """A meeting that took place, and who was in it. A cancelled or postponed one is no ``Sat``."""

    on: date
    stays: tuple[Stay, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anybody's presence was recorded at all."""
        return bool(self.stays)

    @property
    def seats(self) -> frozenset[str]:
        """The seats that were in the room for any length of time."""
        return frozenset(s.seat for s in self.stays if s.left is None or s.left > s.arrived)


@dataclass(frozen=True)
class Cell:
    """The seats of one row and column.

    ``target`` seats, of which ``filled`` have somebody in them; ``places`` is how many people they
    may have and ``people`` how many they do. Of the ``known`` meetings, ``attended`` had at least
    one of these seats in the room; ``seen`` seats were in the room at any of them.
    """

    target: int
    filled: int
    places: int
    people: int
    attended: int
    seen: int
    known: int


@dataclass(frozen=True)
class Matrix:
    """Rows and columns as (code, name), and a cell where any seat belongs to both."""

    rows: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)


class GapKind(StrEnum):
    """What is wrong with a voice."""

    NO_VOICE = "no voice"
    NO_AREA = "area without a voice"
    VACANT = "vacant"
    ABSENT = "not in the room"
    ENDING = "term ending"


@dataclass(frozen=True)
class Gap:
    """One gap in a sentence; ``about`` is the code of the strand or the seat, or a group's name."""

    kind: GapKind
    about: str
    words: str


@dataclass(frozen=True)
class Representation:
    """How a body stood on a day. ``meetings`` were looked at, of which ``known`` are known."""

    on: date
    meetings: int
    known: int
    by_agency: Matrix
    by_group: Matrix
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class _Record:
    """What the cells and sentences are worked out from."""

    on: date
    seats: tuple[Seat, ...]
    sittings: tuple[Sitting, ...]
    known: tuple[Sat, ...]  # newest first
    gappy: bool  # whether some of the last meetings are not known

    def holders(self, seat: str, day: date) -> frozenset[int]:
        return frozenset(
            s.person
            for s in self.sittings
            if s.seat == seat and not s.substitute and s.holds_on(day)
        )

    def vacant(self, seat: Seat) -> bool:
        return not self.holders(seat.code, self.on)


def representation(
    seats: Collection[Seat],
    sittings: Collection[Sitting],
    meetings: Collection[Sat],
    *,
    on: date,
    last: int,
    strands: Mapping[str, str],
    agencies: Mapping[str, str],
    groups: Mapping[str, Collection[str]] | None = None,
) -> Representation:
    """How the seats of a day were filled and how they attended the ``last`` meetings until then.

    ``strands`` and ``agencies`` give each code its name, in the order of the table; ``groups`` the
    areas of each group of areas. ValueError for ``last`` under 1.
    """
    if last < 1:
        raise ValueError("Look at one meeting at least.")
    recent = sorted((m for m in meetings if m.on <= on), key=lambda m: m.on, reverse=True)[:last]
    known = tuple(m for m in recent if m.known)
    record = _Record(on, tuple(seats), tuple(sittings), known, len(known) < len(recent))
    areas = {name: frozenset(members) for name, members in (groups or {}).items()}
    # Where no seat names any area, every seat speaks for all of them and there is nothing to table.
    named = [(name, name) for name in areas if any(s.areas for s in seats)]
    return Representation(
        on=on,
        meetings=len(recent),
        known=len(known),
        by_agency=_matrix(
            record, strands, list(agencies.items()), lambda seat, code: seat.agency == code
        ),
        by_group=_matrix(
            record, strands, named, lambda seat, name: bool(areas[name] & set(seat.areas))
        ),
        gaps=(
            *_voiceless(record, strands),
            *_areas_without(record, areas),
            *_vacant(record),
            *_absent(record),
            *_ending(record),
        ),
    )


def vacant_since(seat: str, sittings: Collection[Sitting], on: date) -> date | None:
    """The first day without anybody after the last term that was over; None if there was none."""
    over = [
        s.until
        for s in sittings
        if s.seat == seat and not s.substitute and s.until is not None and s.until < on
    ]
    return max(over) + timedelta(days=1) if over else None


def ends_soon(sitting: Sitting, sittings: Collection[Sitting], on: date) -> bool:
    """Whether a term runs out within 90 days of a day, and nobody follows in the seat."""
    until = sitting.until
    if until is None or sitting.substitute or not sitting.holds_on(on) or until > on + SOON:
        return False
    after = until + timedelta(days=1)
    return not any(
        s.seat == sitting.seat and not s.substitute and s is not sitting and s.holds_on(after)
        for s in sittings
    )


# ---- the tables ---------------------------------------------------------------------------------


def _matrix(
    record: _Record,
    strands: Mapping[str, str],
    columns: Sequence[tuple[str, str]],
    belongs: Callable[[Seat, str], bool],
) -> Matrix:
    rows = [*strands.items(), (WHOLE, "The whole remit")]
    cells = {}
    for strand, _ in rows:
        speaking = [s for s in record.seats if _speaks_for(s, strand)]
        for code, _ in columns:
            of_both = [s for s in speaking if belongs(s, code)]
            if of_both:
                cells[strand, code] = _cell(record, of_both)
    return Matrix(tuple(rows), tuple(columns), cells)


def _speaks_for(seat: Seat, strand: str) -> bool:
    return strand in seat.strands if strand != WHOLE else not seat.strands


def _cell(record: _Record, seats: Sequence[Seat]) -> Cell:
    codes = frozenset(s.code for s in seats)
    holders = [record.holders(code, record.on) for code in codes]
    return Cell(
        target=len(codes),
        filled=sum(bool(h) for h in holders),
        places=sum(s.holders for s in seats),
        people=sum(len(h) for h in holders),
        attended=sum(not codes.isdisjoint(m.seats) for m in record.known),
        seen=sum(any(code in m.seats for m in record.known) for code in codes),
        known=len(record.known),
    )


# ---- the sentences ------------------------------------------------------------------------------


def _voiceless(record: _Record, strands: Mapping[str, str]) -> list[Gap]:
    found = []
    for code, name in strands.items():
        speaking = [s for s in record.seats if code in s.strands]
        said = name[:1].lower() + name[1:]
        if not speaking:
            found.append(Gap(GapKind.NO_VOICE, code, f"No seat speaks for {said} by name."))
        elif all(record.vacant(s) for s in speaking):
            found.append(Gap(GapKind.NO_VOICE, code, _no_voice(record, said, speaking)))
    return found


def _areas_without(record: _Record, groups: Mapping[str, frozenset[str]]) -> list[Gap]:
    if groups and record.seats and not any(s.areas for s in record.seats):
        return [Gap(GapKind.NO_AREA, "", "No seat speaks for any area by name.")]
    found = []
    for name, areas in groups.items():
        speaking = [s for s in record.seats if areas.intersection(s.areas)]
        if not speaking:
            found.append(Gap(GapKind.NO_AREA, name, f"No seat speaks for {name}."))
        elif all(record.vacant(s) for s in speaking):
            found.append(Gap(GapKind.NO_AREA, name, _no_voice(record, name, speaking)))
    return found


def _no_voice(record: _Record, what: str, seats: Sequence[Seat]) -> str:
    """That every seat that speaks for something is empty, and since when."""
    since = [vacant_since(s.code, record.sittings, record.on) for s in seats]
    last = max((d for d in since if d is not None), default=None)
    when = f"since {Month.of(last.year, last.month).words}" if last else "so far"
    return f"No voice for {what} {when}."


def _vacant(record: _Record) -> list[Gap]:
    empty = [s for s in record.seats if record.vacant(s)]
    return [
        Gap(GapKind.VACANT, s.code, _vacancy(record, s))
        for s in sorted(empty, key=lambda s: not s.required)
    ]


def _vacancy(record: _Record, seat: Seat) -> str:
    since = vacant_since(seat.code, record.sittings, record.on)
    words = f"{seat.title}: seat vacant since {_day(since)}" if since else f"{seat.title}: nobody "
    words += "" if since else "has sat in this seat yet"
    coming = [
        s.since
        for s in record.sittings
        if s.seat == seat.code and not s.substitute and s.since > record.on
    ]
    if coming:
        words += f"; somebody takes it on {_day(min(coming))}"
    elif not seat.required:
        words += "; it may stay empty"
    return f"{words}."


def _absent(record: _Record) -> list[Gap]:
    found = []
    for seat in record.seats:
        missed = 0
        for meeting in record.known:
            if seat.code in meeting.seats or not record.holders(seat.code, meeting.on):
                break
            missed += 1
        if missed >= MISSED and not record.vacant(seat):
            those = "whose attendance is known" if record.gappy else ""
            which = f"the last {missed} meetings {those}".strip()
            said = f"{seat.title}: the seat is filled but was not in the room at {which}."
            found.append(Gap(GapKind.ABSENT, seat.code, said))
    return found


def _ending(record: _Record) -> list[Gap]:
    titles = {s.code: s.title for s in record.seats}
    ending = [
        s for s in record.sittings if s.seat in titles and ends_soon(s, record.sittings, record.on)
    ]
    return [
        Gap(GapKind.ENDING, code, f"{titles[code]}: a term ends on {_day(until)}.")
        for until, code in sorted({(s.until, s.seat) for s in ending if s.until is not None})
    ]


def _day(day: date) -> str:
    return f"{day.day} {Month.of(day.year, day.month).words}"
