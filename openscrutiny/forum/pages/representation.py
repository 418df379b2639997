"""The representation matrix as pages show it: the gaps in sentences, then the tables. No names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from openscrutiny.base.layout import area_set
from openscrutiny.core.months import Month
from openscrutiny.core.representation import (
    MISSED,
    Cell,
    GapKind,
    Matrix,
    Representation,
    Sat,
    Stay,
    representation,
)
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.forum.models import Attendance, Meeting
from openscrutiny.forum.pages.seats import BodyTab, body_of_day, body_tabs, sittings_of
from openscrutiny.forum.pages.terms import names

MEETINGS = 4
MOST_MEETINGS = 12
# A meeting that took place, whatever became of its minutes. One closed without a quorum did too:
# who was missing there is what the matrix must show.
TOOK_PLACE = ("held", "inquorate", "minutes_draft", "circulated", "approved")
_FOR_A_SEAT = (Attendance.Capacity.SEAT, Attendance.Capacity.SUBSTITUTE)
COLUMNS = (
    "strand", "agency", "group_of_areas", "seats", "seats_filled", "people", "places",
    "seats_in_the_room", "meetings_in_the_room", "meetings_known",
)  # fmt: skip
_HEADINGS = {
    GapKind.NO_VOICE: "Strands without a voice",
    GapKind.NO_AREA: "Areas without a voice",
    GapKind.VACANT: "Vacant seats",
    GapKind.ABSENT: "Filled, but not in the room",
    GapKind.ENDING: "Terms that end within 90 days",
}


@dataclass(frozen=True)
class Shown:
    """A cell in words, empty where no seat is for this strand and column, whose name it has.

    ``gap`` says that a seat is empty, ``away`` that one stayed away from several meetings.
    """

    column: str
    filled: str
    attended: str
    gap: bool
    away: bool


@dataclass(frozen=True)
class Table:
    """A matrix in words: the headings of columns, and rows of a heading and cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shown, ...]], ...]


@dataclass(frozen=True)
class RepresentationPage:
    """How a body is represented on a day. ``gaps`` are sentences under headings."""

    code: str
    body: str
    tabs: tuple[BodyTab, ...]
    on: date
    today: bool
    asked: int
    meetings: int
    known: int
    seats: int
    filled: int
    gaps: tuple[tuple[str, tuple[str, ...]], ...]
    table: Table
    groups: Table
    matrix: Matrix
    by_group: Matrix
    query: str


def representation_page(code: str, *, on: date, last: int, today: date) -> RepresentationPage:
    """The matrix of a body; of the first one where ``code`` is empty. Five queries."""
    found, body = body_of_day(code, on)
    stood = _worked_out(found, body.code, on, last)
    vacant = sum(g.kind is GapKind.VACANT for g in stood.gaps)
    return RepresentationPage(
        code=body.code,
        body=found.organisation(body.code).name,
        tabs=body_tabs(found, body.code),
        on=on,
        today=on == today,
        asked=last,
        meetings=stood.meetings,
        known=stood.known,
        seats=len(body.seats),
        filled=len(body.seats) - vacant,
        gaps=tuple(_gaps(stood)),
        table=_table(stood.by_agency),
        groups=_table(stood.by_group),
        matrix=stood.by_agency,
        by_group=stood.by_group,
        query=f"?body={body.code}&on={on}&meetings={last}",
    )


def csv_rows(page: RepresentationPage) -> Iterator[tuple[str | int, ...]]:
    """The tables as ``COLUMNS`` names them: one row for each strand and kind of agency that has a
    seat, then one for each strand and group of areas, and one for a group that no seat names."""
    strands = dict(page.matrix.rows)
    for (strand, agency), c in page.matrix.cells.items():
        yield (strands[strand], dict(page.matrix.columns)[agency], "", *_counts(c))
    for group, _ in page.by_group.columns:
        named = [(row, c) for (row, of), c in page.by_group.cells.items() if of == group]
        for strand, c in named:
            yield (strands[strand], "", group, *_counts(c))
        if not named:
            yield ("", "", group, *_counts(Cell(0, 0, 0, 0, 0, 0, page.known)))


def _counts(c: Cell) -> tuple[int, ...]:
    return (c.target, c.filled, c.people, c.places, c.seen, c.attended, c.known)


def _worked_out(found: TermsOfReference, code: str, on: date, last: int) -> Representation:
    body = found.body(code)
    assert body is not None
    named = names(found)
    areas = area_set()
    month = Month.of(on.year, on.month)
    groups = {
        g.name: g.members
        for g in (areas.groups if areas else ())
        if g.valid_from <= month and (g.valid_to is None or month <= g.valid_to)
    }
    seated = {s.agency for s in body.seats}
    return representation(
        body.seats,
        sittings_of(code),
        last_meetings(code, on=on, last=last),
        on=on,
        last=last,
        strands={s: named.get(s, s) for s in found.strands},
        agencies={a.code: a.name for a in found.agencies if a.code in seated},
        groups=groups,
    )


def last_meetings(code: str, *, on: date, last: int) -> list[Sat]:
    """The last meetings of a body that took place until the end of a day. Three queries."""
    # The end of the day in the forum's own time.
    end = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min)).astimezone(UTC)
    rows = Meeting.objects.filter(body__code=code, state__in=TOOK_PLACE, starts_at__lt=end)
    found = rows.order_by("-starts_at", "-id").prefetch_related(
        "attendances__membership", "attendances__presences"
    )[:last]
    return [
        Sat(
            timezone.localtime(m.starts_at).date(),
            tuple(
                Stay(_spoken_for(a), p.arrived_at, p.left_at)
                for a in m.attendances.all()
                for p in a.presences.all()
            ),
        )
        for m in found
    ]


def _spoken_for(attending: Attendance) -> str:
    """The seat somebody spoke for; none for who only presents, observes or writes."""
    member = attending.membership
    return member.seat if member and attending.capacity in _FOR_A_SEAT else ""


def _gaps(stood: Representation) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind, heading in _HEADINGS.items():
        listed = tuple(g.words for g in stood.gaps if g.kind is kind)
        if listed:
            yield heading, listed


def _table(matrix: Matrix) -> Table:
    return Table(
        columns=tuple(name for _, name in matrix.columns),
        rows=tuple(
            (name, tuple(_shown(said, matrix.cells.get((row, c))) for c, said in matrix.columns))
            for row, name in matrix.rows
        ),
    )


def _shown(column: str, cell: Cell | None) -> Shown:
    if cell is None:
        return Shown(column, "", "", gap=False, away=False)
    seats = "seat" if cell.target == 1 else "seats"
    return Shown(
        column,
        f"{cell.filled} of {cell.target} {seats} filled",
        _attended(cell),
        gap=cell.filled < cell.target,
        away=cell.known >= MISSED and cell.seen < cell.filled,
    )


def _attended(cell: Cell) -> str:
    """How many of the seats were in the room, so that one that comes hides none that does not."""
    if not cell.known:
        return "attendance not known"
    meetings = "meeting" if cell.known == 1 else f"{cell.known} meetings"
    if cell.target == 1:
        return f"in the room at {cell.attended} of the last {meetings}"
    if cell.known == 1:
        return f"{cell.seen} of {cell.target} seats in the room at the last meeting"
    return (
        f"{cell.seen} of {cell.target} seats in the room at any of the last {meetings}, "
        f"one or more at {cell.attended}"
    )
