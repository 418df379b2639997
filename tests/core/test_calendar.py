"""Working days and due dates: laws, days worked out by hand, and the calculation that is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.calendar import (
    Calendar,
    Deadline,
    NotKnownYet,
    Pause,
    State,
    Term,
    Unit,
    deadline,
    in_words,
)

LONDON = ZoneInfo("Europe/London")
# The bank holidays of England and Wales for three years, written out for these tests.
CLOSED = {
    date(2024, 1, 1): "New Year’s Day",
    date(2024, 3, 29): "Good Friday",
    date(2024, 4, 1): "Easter Monday",
    date(2024, 5, 6): "Early May bank holiday",
    date(2024, 5, 27): "Spring bank holiday",
    date(2024, 8, 26): "Summer bank holiday",
    date(2024, 12, 25): "Christmas Day",
    date(2024, 12, 26): "Boxing Day",
    date(2025, 1, 1): "New Year’s Day",
    date(2025, 4, 18): "Good Friday",
    date(2025, 4, 21): "Easter Monday",
    date(2025, 5, 5): "Early May bank holiday",
    date(2025, 5, 26): "Spring bank holiday",
    date(2025, 8, 25): "Summer bank holiday",
    date(2025, 12, 25): "Christmas Day",
    date(2025, 12, 26): "Boxing Day",
    date(2026, 1, 1): "New Year’s Day",
    date(2026, 4, 3): "Good Friday",
    date(2026, 4, 6): "Easter Monday",
    date(2026, 5, 4): "Early May bank holiday",
    date(2026, 5, 25): "Spring bank holiday",
    date(2026, 8, 31): "Summer bank holiday",
    date(2026, 12, 25): "Christmas Day",
    date(2026, 12, 28): "Boxing Day",
}
ENGLISH = Calendar(CLOSED, known_until=date(2026, 12, 31), known_from=date(2024, 1, 1))
TWENTY = Term(20, Unit.WORKING)
LATER = datetime(2027, 6, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """``2025-04-01 10:00`` as a moment in London."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def pause(since: str, until: str | None = None, reason: str = "asked what “repeat” means") -> Pause:
    return Pause(at(since), at(until) if until else None, reason)


def due(
    started: datetime,
    term: Term = TWENTY,
    pauses: tuple[Pause, ...] = (),
    calendar: Calendar = ENGLISH,
    as_of: datetime = LATER,
) -> Deadline:
    return deadline(started=started, term=term, calendar=calendar, pauses=pauses, as_of=as_of)


def day_after_day(started: datetime, term: Term, pauses: tuple[Pause, ...]) -> date:
    """The second implementation, naively: strike days off a list until enough are left."""
    zero = started.astimezone(LONDON).date()
    days = [date.fromordinal(n) for n in range(zero.toordinal() + 1, zero.toordinal() + 700)]
    if term.unit == "working days":
        days = [d for d in days if d.isoweekday() not in (6, 7) and d not in CLOSED]
    for one in pauses:
        assert one.until is not None
        first, last = one.since.astimezone(LONDON), one.until.astimezone(LONDON)
        struck = {(first.date() + timedelta(n)).isoformat() for n in range(400)}
        struck -= {(last.date() + timedelta(n)).isoformat() for n in range(1, 400)}
        days = [d for d in days if d.isoformat() not in struck]
    return days[term.length - 1]


# ---- laws -------------------------------------------------------------------------------------

moments = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 (the strategy adds the zone)
    datetime(2025, 6, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
terms = st.builds(Term, st.integers(1, 60), st.sampled_from(Unit))


@st.composite
def closed_pauses(draw: st.DrawFn) -> tuple[Pause, ...]:
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        since = draw(moments)
        length = timedelta(minutes=draw(st.integers(0, 60 * 24 * 30)))
        pauses.append(Pause(since, since + length, "asked"))
    return tuple(pauses)


@given(moments, terms, closed_pauses())
def test_the_due_date_is_that_of_a_naive_second_calculation(
    started: datetime, term: Term, pauses: tuple[Pause, ...]
) -> None:
    assert due(started, term, pauses).due_on == day_after_day(started, term, pauses)


@given(moments, moments, terms, closed_pauses())
def test_what_is_sent_later_is_never_due_earlier(
    one: datetime, other: datetime, term: Term, pauses: tuple[Pause, ...]
) -> None:
    early, late = sorted((one, other))
    a, b = due(early, term, pauses).due, due(late, term, pauses).due
    assert a is not None
    assert b is not None
    assert a <= b


@given(moments, terms, st.integers(0, 20), closed_pauses())
def test_a_longer_term_is_never_due_earlier(
    started: datetime, term: Term, more: int, pauses: tuple[Pause, ...]
) -> None:
    a = due(started, term, pauses).due_on
    b = due(started, Term(term.length + more, term.unit), pauses).due_on
    assert a is not None
    assert b is not None
    assert (b - a).days >= more


@given(moments, terms, closed_pauses(), closed_pauses())
def test_more_pause_never_makes_it_due_earlier(
    started: datetime, term: Term, pauses: tuple[Pause, ...], more: tuple[Pause, ...]
) -> None:
    a, b = due(started, term, pauses).due, due(started, term, pauses + more).due
    assert a is not None
    assert b is not None
    assert a <= b


@given(moments, terms, closed_pauses(), moments)
def test_what_is_due_by_then_a_pause_leaves_alone(
    started: datetime, term: Term, pauses: tuple[Pause, ...], since: datetime
) -> None:
    settled = due(started, term, pauses)
    reopened = due(started, term, (*pauses, Pause(since, None, "asked")))
    assert settled.due is not None
    if since >= settled.due:
        assert reopened.due == settled.due
    else:
        assert reopened.paused


@given(moments, st.integers(1, 60), closed_pauses())
def test_working_days_end_on_a_working_day_no_clock_stood_still_on(
    started: datetime, length: int, pauses: tuple[Pause, ...]
) -> None:
    due_on = due(started, Term(length, Unit.WORKING), pauses).due_on
    assert due_on is not None
    assert ENGLISH.is_working(due_on)
    for one in pauses:
        assert one.until is not None
        assert (
            not one.since.astimezone(LONDON).date() <= due_on <= one.until.astimezone(LONDON).date()
        )


@given(moments, terms)
def test_it_is_late_from_the_midnight_that_ends_the_last_day(started: datetime, term: Term) -> None:
    found = due(started, term)
    assert found.due is not None
    assert found.due_on is not None
    local = found.due.astimezone(LONDON)
    assert (local.date(), local.hour, local.minute) == (found.due_on + timedelta(1), 0, 0)
    last_minute = found.due - timedelta(microseconds=1)
    assert last_minute.astimezone(LONDON).date() == found.due_on
    assert found.state(last_minute) is State.DUE_SOON
    assert found.late_by(last_minute) == ""
    assert found.state(found.due) is State.OVERDUE
    assert found.late_by(found.due) == "less than a minute late"


@given(moments, terms, st.lists(st.integers(0, 24 * 200), min_size=2, max_size=6))
def test_a_clock_never_goes_back_to_a_better_state(
    started: datetime, term: Term, hours: list[int]
) -> None:
    found = due(started, term)
    order = list(State)
    places = [order.index(found.state(started + timedelta(hours=h))) for h in sorted(hours)]
    assert places == sorted(places)


@given(st.dates(date(2024, 1, 1), date(2026, 6, 1)), st.integers(0, 200))
def test_working_days_are_as_many_as_counting_them_one_by_one_finds(
    after: date, length: int
) -> None:
    until = after + timedelta(days=length)
    days = (after + timedelta(days=n) for n in range(1, length + 1))
    assert ENGLISH.working_days(after, until) == sum(ENGLISH.is_working(d) for d in days)


def test_working_days_that_are_not_known_are_refused_by_the_first_of_them() -> None:
    with pytest.raises(NotKnownYet, match="said about Friday 1 January 2027 yet"):
        ENGLISH.working_days(date(2026, 12, 20), date(2027, 6, 1))
    with pytest.raises(NotKnownYet, match="said about Sunday 31 December 2023"):
        ENGLISH.working_days(date(2023, 12, 30), date(2024, 6, 1))
    with pytest.raises(NotKnownYet, match="said about Tuesday 2 February 2027 yet"):
        ENGLISH.working_days(date(2027, 2, 1), date(2027, 6, 1))
    assert ENGLISH.working_days(date(2027, 2, 1), date(2027, 2, 1)) == 0


@given(moments, st.integers(0, 40))
def test_counting_working_days_forth_and_how_many_there_were_agree(start: datetime, n: int) -> None:
    end = ENGLISH.add_working_days(start.date(), n)
    assert ENGLISH.working_days(start.date(), end) == n
    assert n == 0 or ENGLISH.is_working(end)


# ---- days worked out by hand ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "length", "due_on"),
    [
        # Sent on Tuesday 1 April 2025. Working days 2-4 April (3), 7-11 (8), 14-17 (12; 18 is Good
        # Friday), 22-25 (16; 21 is Easter Monday), 28-30 April (19), Thursday 1 May (20).
        ("2025-04-01 10:00", 20, date(2025, 5, 1)),
        # No holiday: 4-7 March (4), 10-14 (9), 17-21 (14), 24-28 (19), Monday 31 March (20).
        ("2025-03-03 10:00", 20, date(2025, 3, 31)),
        # Christmas: 22, 23, 24 December (3), 29, 30, 31 (6), 2 January (7; 1 is New Year's Day),
        # 5-9 (12), 12-16 (17), 19, 20, Wednesday 21 January (20).
        ("2025-12-19 16:00", 20, date(2026, 1, 21)),
        # Substitute day: Boxing Day 2026 is a Saturday and is kept on Monday 28 December.
        ("2026-12-24 09:00", 1, date(2026, 12, 29)),
        # A leap day is a working Thursday: 28 (1), 29 February (2), Friday 1 March (3).
        ("2024-02-27 09:00", 3, date(2024, 3, 1)),
        # Sent on a Saturday, a Sunday, a bank holiday: day zero; then the next working day.
        ("2025-04-05 09:00", 1, date(2025, 4, 7)),
        ("2025-04-06 23:59", 1, date(2025, 4, 7)),
        ("2025-05-05 12:00", 1, date(2025, 5, 6)),
        # The last minute of a day and the first of the next are different days zero.
        ("2025-04-07 23:59", 1, date(2025, 4, 8)),
        ("2025-04-08 00:00", 1, date(2025, 4, 9)),
    ],
)
def test_working_days_are_those_counted_by_hand(sent: str, length: int, due_on: date) -> None:
    assert due(at(sent), Term(length, Unit.WORKING)).due_on == due_on


def test_fifty_six_calendar_days_are_eight_weeks_to_the_day() -> None:
    found = due(at("2025-04-01 10:00"), Term(56, Unit.CALENDAR))
    assert found.due_on == date(2025, 5, 27)
    assert found.steps[1] == "56 calendar days: weekends and bank holidays count too."


@pytest.mark.parametrize(
    ("sent", "late_from"),
    [
        ("2025-03-28 10:00", "2025-03-31T23:00+00:00"),  # summer time began on Sunday 30 March
        ("2025-03-27 10:00", "2025-03-29T00:00+00:00"),
        ("2025-10-24 10:00", "2025-10-28T00:00+00:00"),  # and ended on Sunday 26 October
        ("2025-10-23 10:00", "2025-10-24T23:00+00:00"),
    ],
)
def test_the_last_minute_is_local_when_the_clocks_change(sent: str, late_from: str) -> None:
    found = due(at(sent), Term(1, Unit.WORKING))
    assert found.due == datetime.fromisoformat(late_from)


def test_the_day_of_sending_is_the_respondents_day() -> None:
    half_past_eleven_at_night = datetime(2025, 6, 2, 23, 30, tzinfo=UTC)
    assert due(half_past_eleven_at_night).started_on == date(2025, 6, 3)


def test_a_bank_holiday_added_later_moves_the_due_date_of_what_is_open() -> None:
    more = Calendar({**CLOSED, date(2025, 4, 14): "A day of mourning"}, date(2026, 12, 31))
    assert due(at("2025-04-01 10:00")).due_on == date(2025, 5, 1)
    moved = due(at("2025-04-01 10:00"), calendar=more)
    assert moved.due_on == date(2025, 5, 2)
    assert "A day of mourning (14 April 2025)" in moved.steps[1]


# ---- pauses -----------------------------------------------------------------------------------


def test_a_day_on_any_part_of_which_the_clock_stood_still_does_not_count() -> None:
    paused = pause("2025-03-05 16:59", "2025-03-07 09:01")
    assert due(at("2025-03-03 10:00"), Term(3, Unit.WORKING)).due_on == date(2025, 3, 6)
    found = due(at("2025-03-03 10:00"), Term(3, Unit.WORKING), (paused,))
    assert found.due_on == date(2025, 3, 11)


def test_a_pause_on_the_day_of_sending_takes_nothing_out() -> None:
    same_day = pause("2025-03-03 11:00", "2025-03-03 15:00")
    found = due(at("2025-03-03 10:00"), pauses=(same_day,))
    assert found.due_on == date(2025, 3, 31)
    assert not any("stood still" in step for step in found.steps)


def test_a_pause_on_the_last_day_still_moves_it() -> None:
    last = pause("2025-03-31 23:50", "2025-03-31 23:55")
    assert due(at("2025-03-03 10:00"), pauses=(last,)).due_on == date(2025, 4, 1)


def test_overlapping_pauses_take_each_day_out_once() -> None:
    both = (
        pause("2025-03-05 09:00", "2025-03-07 09:00"),
        pause("2025-03-06 09:00", "2025-03-10 09:00"),
    )
    assert due(at("2025-03-03 10:00"), Term(2, Unit.WORKING), both).due_on == date(2025, 3, 11)


def test_while_a_pause_is_open_no_due_date_is_fixed() -> None:
    found = due(at("2025-03-03 10:00"), pauses=(pause("2025-03-10 09:00"),))
    assert found.paused
    assert (found.due_on, found.due, found.days_to_go) == (None, None, 16)
    assert found.state(at("2025-09-01 12:00")) is State.PAUSED
    assert found.late_by(at("2025-09-01 12:00")) == ""
    assert (
        found.left(at("2025-09-01 12:00"))
        == "16 working days left from when the clock starts again"
    )
    assert found.steps[2:] == (
        (
            "The clock has stood still since Monday 10 March 2025 (asked what “repeat” means). No "
            "day counts until it starts again."
        ),
        "No due date is fixed: 16 working days of 20 are still to run.",
    )


def test_how_it_stood_earlier_knows_nothing_of_what_came_later() -> None:
    later = pause("2025-03-10 09:00", "2025-03-12 09:00")
    sent = at("2025-03-03 10:00")
    assert due(sent, pauses=(later,), as_of=at("2025-03-09 12:00")).due_on == date(2025, 3, 31)
    assert due(sent, pauses=(later,), as_of=at("2025-03-11 12:00")).paused
    assert due(sent, pauses=(later,), as_of=at("2025-03-12 09:00")).due_on == date(2025, 4, 3)


# ---- what is said -----------------------------------------------------------------------------


def test_the_whole_calculation_is_said_in_plain_sentences() -> None:
    asked = pause("2025-04-07 09:00", "2025-04-09 17:00")
    found = due(at("2025-04-01 10:00"), pauses=(asked,))
    assert found.steps == (
        "Sent on Tuesday 1 April 2025, which is day zero. Day one is Wednesday 2 April 2025.",
        (
            "20 working days, not counting Saturdays, Sundays, Good Friday (18 April 2025), Easter "
            "Monday (21 April 2025) and Early May bank holiday (5 May 2025)."
        ),
        (
            "The clock stood still from Monday 7 April 2025 to Wednesday 9 April 2025 (asked what "
            "“repeat” means). These days, first and last included, do not count."
        ),
        "Due by the end of Wednesday 7 May 2025.",
    )
    assert found.in_one_sentence == (
        "Sent on Tuesday 1 April 2025 with 20 working days from the next day on, less the days the "
        "clock stood still: due by the end of Wednesday 7 May 2025."
    )


def test_a_pause_of_one_day_is_said_as_one_day() -> None:
    found = due(at("2025-03-03 10:00"), pauses=(pause("2025-03-05 09:00", "2025-03-05 17:00"),))
    assert found.steps[2] == (
        "The clock stood still on Wednesday 5 March 2025 (asked what “repeat” means). That day "
        "does not count."
    )


@pytest.mark.parametrize(
    ("when", "state", "late", "left"),
    [
        ("2025-04-01 10:00", State.RUNNING, "", "20 working days left"),
        ("2025-04-23 23:59", State.RUNNING, "", "6 working days left"),
        ("2025-04-24 00:00", State.DUE_SOON, "", "5 working days left"),
        ("2025-04-30 12:00", State.DUE_SOON, "", "1 working day left"),
        ("2025-05-01 23:59", State.DUE_SOON, "", "due by the end of today"),
        ("2025-05-02 00:01", State.OVERDUE, "1 minute late", ""),
        ("2025-05-02 00:59", State.OVERDUE, "59 minutes late", ""),
        ("2025-05-02 01:00", State.OVERDUE, "1 hour late", ""),
        ("2025-05-02 23:59", State.OVERDUE, "23 hours late", ""),
        ("2025-05-03 09:00", State.OVERDUE, "1 working day late", ""),
        ("2025-05-05 09:00", State.OVERDUE, "1 working day late", ""),  # a bank holiday
        ("2025-05-07 09:00", State.OVERDUE, "3 working days late", ""),
        # 20 working days after 1 May: 2, 6-9, 12-16, 19-23, 27-30 May (19), Monday 2 June (20).
        ("2025-06-02 23:59", State.OVERDUE, "20 working days late", ""),
        ("2025-06-03 00:00", State.LONG_OVERDUE, "21 working days late", ""),
    ],
)
def test_how_it_stands_at_a_moment(when: str, state: State, late: str, left: str) -> None:
    found = due(at("2025-04-01 10:00"))
    assert (found.state(at(when)), found.late_by(at(when)), found.left(at(when))) == (
        state,
        late,
        left,
    )


def test_lateness_over_a_weekend_is_said_in_plain_days() -> None:
    found = due(at("2025-03-27 10:00"), Term(1, Unit.WORKING))  # due on a Friday
    assert found.late_by(at("2025-03-29 12:00")) == "12 hours late"
    assert found.late_by(at("2025-03-30 12:00")) == "2 days late"
    assert found.late_by(at("2025-03-31 12:00")) == "1 working day late"


def test_calendar_days_are_late_and_left_in_plain_days() -> None:
    found = due(at("2025-04-01 10:00"), Term(56, Unit.CALENDAR))
    assert found.left(at("2025-05-26 12:00")) == "1 calendar day left"
    assert found.late_by(at("2025-05-30 12:00")) == "3 days late"
    assert found.state(at("2025-07-22 23:59")) is State.OVERDUE
    assert found.state(at("2025-07-23 00:00")) is State.LONG_OVERDUE


# ---- refusals ---------------------------------------------------------------------------------


def test_beyond_the_known_bank_holidays_no_due_date_is_made_up() -> None:
    with pytest.raises(NotKnownYet, match=r"known until Thursday 31 December 2026.*up to date"):
        due(at("2026-12-10 10:00"))
    assert due(at("2026-12-10 10:00"), Term(56, Unit.CALENDAR)).due_on == date(2027, 2, 4)
    with pytest.raises(NotKnownYet, match="known from Monday 1 January 2024"):
        ENGLISH.is_working(date(2023, 12, 31))


def test_lateness_beyond_the_known_bank_holidays_is_said_without_working_days() -> None:
    found = due(at("2026-12-01 10:00"))
    assert found.due_on == date(2026, 12, 31)
    assert found.late_by(at("2027-03-01 10:00")) == "60 days late"
    assert found.state(at("2027-03-01 10:00")) is State.OVERDUE


def test_due_soon_beyond_the_known_bank_holidays_is_still_a_hint() -> None:
    found = due(at("2026-12-10 10:00"), Term(56, Unit.CALENDAR))
    assert found.state(at("2027-01-20 10:00")) is State.RUNNING
    assert found.state(at("2027-02-01 10:00")) is State.DUE_SOON


def test_a_moment_without_a_zone_is_refused_everywhere() -> None:
    naive = at("2025-04-01 10:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        due(naive)
    with pytest.raises(ValueError, match="no time zone"):
        due(at("2025-04-01 10:00"), as_of=naive)
    with pytest.raises(ValueError, match="no time zone"):
        Pause(naive, None, "asked")
    found = due(at("2025-04-01 10:00"))
    for method in (found.state, found.late_by, found.left):
        with pytest.raises(ValueError, match="no time zone"):
            method(naive)


def test_a_pause_without_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^A pause cannot end before it begins\.$"):
        pause("2025-04-02 10:00", "2025-04-01 10:00")
    with pytest.raises(ValueError, match=r"^A pause needs its reason: what was asked\.$"):
        pause("2025-04-01 10:00", reason=" ")


def test_working_days_are_counted_forwards_from_day_zero() -> None:
    assert ENGLISH.add_working_days(date(2025, 4, 17), 0) == date(2025, 4, 17)
    assert ENGLISH.add_working_days(date(2025, 4, 17), 1) == date(2025, 4, 22)
    with pytest.raises(ValueError, match=r"^Working days are only counted forwards\.$"):
        ENGLISH.add_working_days(date(2025, 4, 17), -1)


def test_a_term_of_nothing_and_an_unknown_unit_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Term(0, Unit.WORKING)
    with pytest.raises(ValueError, match="fortnights"):
        Term(1, "fortnights")  # type: ignore[arg-type]


def test_days_are_said_in_words_whatever_the_language_of_the_machine() -> None:
    assert in_words(date(2025, 3, 3)) == "Monday 3 March 2025"
    assert str(Term(1, Unit.WORKING)) == "1 working day"
