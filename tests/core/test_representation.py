"""Who has a voice, and whose was in the room: sentences by example, tables by law and twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.bodies import Seat
from openscrutiny.core.representation import (
    WHOLE,
    Gap,
    GapKind,
    Representation,
    Sat,
    Sitting,
    Stay,
    representation,
    vacant_since,
)

ON = date(2026, 11, 2)
STRANDS = {"age": "Age", "race": "Race", "religion": "Religion or belief"}
AGENCIES = {"community": "Community bodies", "health": "Health"}
GROUPS = {"North": ("A1", "A2"), "South": ("A3",)}
SEATS = (
    Seat("age", "Older and younger people", "community", strands=("age",)),
    Seat("race", "First voice on race", "community", strands=("race",), holders=2),
    Seat("jewish", "Jewish communities", "community", strands=("religion", "race")),
    Seat("health", "Health services", "health"),
    Seat("north", "Northern boroughs", "community", strands=("race",), areas=("A2",)),
)
LONG_AGO = date(2020, 1, 1)


def met(on: date, *seats: str, minutes: int = 60) -> Sat:
    """A meeting at which these seats were, for so many minutes."""
    begins = datetime(on.year, on.month, on.day, 13, tzinfo=UTC)
    return Sat(on, tuple(Stay(s, begins, begins + timedelta(minutes=minutes)) for s in seats))


def looked_at(
    sittings: list[Sitting], meetings: list[Sat] | None = None, *, last: int = 4, on: date = ON
) -> Representation:
    return representation(
        SEATS, sittings, meetings or [], on=on, last=last, strands=STRANDS, agencies=AGENCIES,
        groups=GROUPS,
    )  # fmt: skip


def filled(*without: str) -> list[Sitting]:
    """Somebody in every seat but these."""
    return [Sitting(s.code, n, LONG_AGO) for n, s in enumerate(SEATS, 1) if s.code not in without]


def words(found: Representation, kind: GapKind) -> list[str]:
    return [g.words for g in found.gaps if g.kind is kind]


# ---- the sentences ------------------------------------------------------------------------------


def test_a_strand_whose_only_seat_is_empty_has_no_voice_since_the_month_it_was_left() -> None:
    left = Sitting("age", 9, LONG_AGO, date(2026, 2, 28))
    found = looked_at([*filled("age"), left])
    assert words(found, GapKind.NO_VOICE) == ["No voice for age since March 2026."]
    assert words(found, GapKind.VACANT) == [
        "Older and younger people: seat vacant since 1 March 2026."
    ]


def test_a_strand_with_another_filled_seat_still_has_a_voice() -> None:
    found = looked_at(filled("race", "north"))
    assert words(found, GapKind.NO_VOICE) == []
    assert len(words(found, GapKind.VACANT)) == 2


def test_a_strand_no_seat_speaks_for_is_said_by_name() -> None:
    found = representation(
        SEATS, filled(), [], on=ON, last=1, strands={"gender": "Gender"}, agencies=AGENCIES
    )
    assert words(found, GapKind.NO_VOICE) == ["No seat speaks for gender by name."]


def test_a_seat_nobody_ever_sat_in_has_no_date_and_one_that_is_taken_soon_says_when() -> None:
    found = looked_at([*filled("health", "age"), Sitting("age", 8, date(2027, 1, 1))])
    assert words(found, GapKind.VACANT) == [
        (
            "Older and younger people: nobody has sat in this seat yet; somebody takes it on "
            "1 January 2027."
        ),
        "Health services: nobody has sat in this seat yet.",
    ]


def test_required_seats_come_first_among_vacancies_and_others_may_stay_empty() -> None:
    seats = (Seat("a", "A", "health", required=False), Seat("b", "B", "health"))
    found = representation(seats, [], [], on=ON, last=1, strands={}, agencies=AGENCIES)
    assert [g.about for g in found.gaps] == ["b", "a"]
    assert found.gaps[1].words == "A: nobody has sat in this seat yet; it may stay empty."


def test_a_substitute_alone_fills_no_seat() -> None:
    found = looked_at([*filled("age"), Sitting("age", 8, LONG_AGO, substitute=True)])
    assert found.by_agency.cells["age", "community"].filled == 0
    assert words(found, GapKind.NO_VOICE) == ["No voice for age so far."]


def test_a_filled_seat_that_missed_the_last_meetings_is_not_in_the_room() -> None:
    others = [s.code for s in SEATS if s.code != "age"]
    meetings = [
        met(date(2026, 1, 6), *others, "age"),
        met(date(2026, 4, 7), *others),
        met(date(2026, 7, 7), *others),
        met(date(2026, 10, 6), *others),
    ]
    found = looked_at(filled(), meetings)
    assert words(found, GapKind.ABSENT) == [
        (
            "Older and younger people: the seat is filled but was not in the room at the last "
            "3 meetings."
        )
    ]
    assert found.by_agency.cells["age", "community"].attended == 1


def test_one_missed_meeting_is_no_gap_nor_are_those_before_somebody_sat_there() -> None:
    others = [s.code for s in SEATS if s.code != "age"]
    meetings = [met(date(2026, m, 7), *others) for m in (1, 4, 7, 10)]
    new = [*filled("age"), Sitting("age", 9, date(2026, 9, 1))]
    assert words(looked_at(new, meetings), GapKind.ABSENT) == []


def test_a_meeting_without_any_presence_is_not_known_and_is_said_so() -> None:
    others = [s.code for s in SEATS if s.code != "age"]
    meetings = [met(date(2026, m, 7), *others) for m in (4, 10)] + [Sat(date(2026, 7, 7))]
    found = looked_at(filled(), meetings)
    assert (found.meetings, found.known) == (3, 2)
    cell = found.by_agency.cells["race", "community"]
    assert (cell.attended, cell.known) == (2, 2)
    assert words(found, GapKind.ABSENT) == [
        (
            "Older and younger people: the seat is filled but was not in the room at the last "
            "2 meetings whose attendance is known."
        )
    ]


def test_presence_of_the_secretariat_alone_makes_attendance_known_and_nought() -> None:
    found = looked_at(filled(), [met(date(2026, 10, 6), "")])
    assert found.known == 1
    assert found.by_agency.cells["age", "community"].attended == 0


def test_an_arrival_taken_back_at_once_is_no_presence_and_an_open_one_is() -> None:
    begins = datetime(2026, 10, 6, 13, tzinfo=UTC)
    assert met(ON, "age", minutes=0).seats == frozenset()
    assert Sat(ON, (Stay("age", begins),)).seats == {"age"}


def test_only_the_last_meetings_until_the_day_are_looked_at() -> None:
    meetings = [met(date(2026, m, 7), "age") for m in range(1, 13)]
    found = looked_at(filled(), meetings, last=3)
    assert found.meetings == 3
    assert looked_at(filled(), meetings, on=date(2026, 1, 31)).meetings == 1


def test_a_term_ends_soon_within_ninety_days_unless_somebody_follows() -> None:
    soon = Sitting("age", 1, LONG_AGO, ON + timedelta(days=90))
    assert words(looked_at([*filled("age"), soon]), GapKind.ENDING) == [
        "Older and younger people: a term ends on 31 January 2027."
    ]
    later = Sitting("age", 1, LONG_AGO, ON + timedelta(days=91))
    assert words(looked_at([*filled("age"), later]), GapKind.ENDING) == []
    follows = Sitting("age", 1, ON + timedelta(days=91))
    assert words(looked_at([*filled("age"), soon, follows]), GapKind.ENDING) == []


def test_a_seat_of_several_strands_counts_for_each_and_one_of_none_for_the_whole_remit() -> None:
    cells = looked_at(filled()).by_agency.cells
    assert cells["race", "community"].target == 3
    assert cells["religion", "community"].target == 1
    assert cells[WHOLE, "health"].target == 1
    assert ("age", "health") not in cells


def test_every_group_of_areas_stands_in_the_table_and_one_no_seat_names_is_a_gap() -> None:
    found = looked_at(filled())
    assert found.by_group.columns == (("North", "North"), ("South", "South"))
    assert set(found.by_group.cells) == {("race", "North")}
    assert words(found, GapKind.NO_AREA) == ["No seat speaks for South."]


def test_an_area_whose_only_seat_is_empty_has_no_voice_since_the_month_it_was_left() -> None:
    left = Sitting("north", 9, LONG_AGO, date(2026, 2, 28))
    found = looked_at([*filled("north"), left])
    assert words(found, GapKind.NO_AREA) == [
        "No voice for North since March 2026.",
        "No seat speaks for South.",
    ]


def test_where_no_seat_names_an_area_that_is_said_once() -> None:
    found = representation(
        SEATS[:-1], [], [], on=ON, last=1, strands={}, agencies=AGENCIES, groups=GROUPS
    )
    assert words(found, GapKind.NO_AREA) == ["No seat speaks for any area by name."]
    assert found.by_group.columns == ()
    nowhere = representation(SEATS[:-1], [], [], on=ON, last=1, strands={}, agencies=AGENCIES)
    assert words(nowhere, GapKind.NO_AREA) == []


def test_a_seat_that_comes_hides_none_that_stays_away() -> None:
    meetings = [met(date(2026, m, 7), "race", "jewish") for m in (1, 4, 7, 10)]
    cell = looked_at(filled(), meetings).by_agency.cells["race", "community"]
    assert (cell.target, cell.filled, cell.seen, cell.attended) == (3, 3, 2, 4)


def test_looking_at_no_meeting_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        looked_at(filled(), last=0)


def test_a_seat_is_vacant_since_the_day_after_the_last_of_several_terms() -> None:
    ends = (date(2022, 5, 31), date(2024, 2, 29))
    terms = [Sitting("age", n, LONG_AGO, end) for n, end in enumerate(ends)]
    assert vacant_since("age", terms, ON) == date(2024, 3, 1)
    assert vacant_since("race", terms, ON) is None


# ---- the laws -----------------------------------------------------------------------------------

_codes = st.sampled_from([s.code for s in SEATS])
_days = st.dates(date(2025, 1, 1), date(2027, 6, 1))


@st.composite
def _sittings(draw: st.DrawFn) -> Sitting:
    since = draw(_days)
    until = draw(st.none() | st.dates(since, date(2027, 12, 31)))
    return Sitting(draw(_codes), draw(st.integers(1, 9)), since, until, draw(st.booleans()))


def _within(sittings: list[Sitting]) -> list[Sitting]:
    """As the services leave them: never more holders at once than a seat may have."""
    kept: list[Sitting] = []
    for new in sittings:
        places = next(s.holders for s in SEATS if s.code == new.seat)
        rivals = [s for s in kept if s.seat == new.seat and not s.substitute]
        if new.substitute or len(rivals) < places:
            kept.append(new)
    return kept


_records = st.lists(_sittings(), max_size=14).map(_within)
_meetings = st.lists(
    st.builds(
        lambda on, seats, minutes: met(on, *seats, minutes=minutes),
        _days,
        st.lists(_codes | st.just(""), max_size=6),
        st.sampled_from([0, 30]),
    ),
    max_size=7,
    unique_by=lambda m: m.on,
)


@given(_records, _meetings, st.integers(1, 5))
def test_no_cell_has_more_than_it_can(
    sittings: list[Sitting], meetings: list[Sat], last: int
) -> None:
    found = looked_at(sittings, meetings, last=last)
    assert found.known <= found.meetings <= last
    for matrix in (found.by_agency, found.by_group):
        for cell in matrix.cells.values():
            assert 0 <= cell.filled <= cell.target
            assert cell.filled <= cell.people <= cell.places
            assert 0 <= cell.attended <= cell.known == found.known
            assert 0 <= cell.seen <= cell.target
            assert (cell.seen == 0) == (cell.attended == 0)


@given(_records, _meetings, st.permutations(range(1, 10)), st.randoms(use_true_random=False))
def test_who_is_who_and_in_which_order_changes_nothing(
    sittings: list[Sitting], meetings: list[Sat], others: list[int], chance: object
) -> None:
    renamed = [
        Sitting(s.seat, others[s.person - 1], s.since, s.until, s.substitute) for s in sittings
    ]
    chance.shuffle(renamed)  # type: ignore[attr-defined]
    turned = list(reversed(meetings))
    assert looked_at(renamed, turned) == looked_at(sittings, meetings)


def _mine(seat: Seat, strand: str, agency: str) -> bool:
    """Whether a seat belongs to a row and a column, said once more in other words."""
    spoken = list(seat.strands) if len(seat.strands) > 0 else [WHOLE]
    return seat.agency == agency and spoken.count(strand) == 1


def _counted(sittings: list[Sitting], strand: str, agency: str) -> tuple[int, int, int]:
    """Seats, filled seats and people of a cell, one by one."""
    target = full = heads = 0
    for seat in SEATS:
        if _mine(seat, strand, agency):
            there = set()
            for s in sittings:
                over = s.until is not None and s.until < ON
                if s.seat == seat.code and not s.substitute and s.since <= ON and not over:
                    there.add(s.person)
            target, full, heads = target + 1, full + bool(there), heads + len(there)
    return target, full, heads


def _came(meeting: Sat, strand: str, agency: str, only: str = "") -> bool:
    for stay in meeting.stays:
        if stay.left == stay.arrived:
            continue
        for seat in SEATS:
            if only in ("", seat.code) and seat.code == stay.seat and _mine(seat, strand, agency):
                return True
    return False


@given(_records, _meetings, st.integers(1, 5))
def test_the_tables_are_what_counting_one_by_one_gives(
    sittings: list[Sitting], meetings: list[Sat], last: int
) -> None:
    found = looked_at(sittings, meetings, last=last)
    recent = sorted((m for m in meetings if m.on <= ON), key=lambda m: m.on)[-last:]
    for strand in (*STRANDS, WHOLE):
        for agency in AGENCIES:
            target, full, heads = _counted(sittings, strand, agency)
            attended = sum(_came(m, strand, agency) for m in recent)
            cell = found.by_agency.cells.get((strand, agency))
            if target == 0:
                assert cell is None
            else:
                assert cell is not None
                seen = sum(
                    any(_came(m, strand, agency, only=seat.code) for m in recent) for seat in SEATS
                )
                said = (cell.target, cell.filled, cell.people, cell.attended, cell.seen)
                assert said == (target, full, heads, attended, seen)


@given(_records, _meetings)
def test_a_seat_is_either_filled_or_among_the_vacant_ones(
    sittings: list[Sitting], meetings: list[Sat]
) -> None:
    found = looked_at(sittings, meetings)
    vacant = {g.about for g in found.gaps if g.kind is GapKind.VACANT}
    for seat in SEATS:
        held = any(s.seat == seat.code and not s.substitute and s.holds_on(ON) for s in sittings)
        assert held == (seat.code not in vacant)
    absent = {g.about for g in found.gaps if g.kind is GapKind.ABSENT}
    assert absent.isdisjoint(vacant)
    assert all(isinstance(g, Gap) and g.words.endswith(".") for g in found.gaps)
