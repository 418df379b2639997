"""Clear days before a meeting, and hours on the wall on the days the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.calendar import Calendar, NotKnownYet, Term, Unit
from openscrutiny.core.local_time import NoOneMoment, moment_of
from openscrutiny.core.notice import clear_days, latest_day
from tests.core.test_calendar import CLOSED, ENGLISH

FIVE = Term(5, Unit.WORKING)
LONDON = ZoneInfo("Europe/London")

days = st.dates(date(2024, 3, 1), date(2026, 12, 31))
terms = st.builds(Term, st.integers(1, 15), st.sampled_from(Unit))


def counted(day: date, term: Term) -> bool:
    """Whether a day counts, from the list written out for these tests."""
    working = day.isoweekday() < 6 and day not in CLOSED
    return working or term.unit is Unit.CALENDAR


def naively(given_on: date, meets_on: date, term: Term) -> int:
    """How many days there are between two, one after the other."""
    found, day = 0, given_on + timedelta(1)
    while day < meets_on:
        found += 1 if counted(day, term) else 0
        day += timedelta(1)
    return found


@given(days, st.integers(-3, 60), terms)
def test_clear_days_are_those_of_a_naive_count(meets_on: date, before: int, term: Term) -> None:
    given_on = max(meets_on - timedelta(before), date(2024, 1, 1))
    found = clear_days(meets_on=meets_on, given_on=given_on, term=term, calendar=ENGLISH)
    assert found.days == naively(given_on, meets_on, term)
    assert found.enough == (given_on <= found.latest)


@given(days, terms)
def test_the_latest_day_is_the_last_one_with_enough_clear_days(meets_on: date, term: Term) -> None:
    latest = latest_day(meets_on, term, ENGLISH)
    assert naively(latest, meets_on, term) == term.length
    assert naively(latest + timedelta(1), meets_on, term) == term.length - 1


def test_neither_the_day_it_goes_out_nor_the_day_of_the_meeting_counts() -> None:
    # Monday to Friday lie between the two Tuesdays but for the first Tuesday itself.
    found = clear_days(
        meets_on=date(2025, 10, 14), given_on=date(2025, 10, 7), term=FIVE, calendar=ENGLISH
    )
    assert (found.days, found.enough, found.latest) == (4, False, date(2025, 10, 6))
    assert found.in_one_sentence == (
        "From Tuesday 7 October 2025 to Tuesday 14 October 2025 there are 4 clear working days; "
        "the terms of reference ask for 5."
    )


def test_the_calculation_names_the_bank_holidays_it_leaves_out() -> None:
    found = clear_days(
        meets_on=date(2026, 1, 6), given_on=date(2025, 12, 22), term=FIVE, calendar=ENGLISH
    )
    assert found.latest == date(2025, 12, 28)
    how_counted = (
        "5 clear working days must lie before it, not counting Saturdays, Sundays and New Year’s "
        "Day (Thursday 1 January 2026)."
    )
    goes_out = (
        "The first of the clear days is Monday 29 December 2025, and the day on which the agenda "
        "goes out does not count: it goes out by the end of Sunday 28 December 2025."
    )
    assert found.steps == (
        "The meeting is on Tuesday 6 January 2026. That day does not count.",
        how_counted,
        goes_out,
        "The last working day until then is Wednesday 24 December 2025.",
        "If it goes out on Monday 22 December 2025, there are 7 clear working days.",
    )


def test_calendar_days_count_weekends_and_say_so() -> None:
    found = clear_days(
        meets_on=date(2025, 10, 14),
        given_on=date(2025, 10, 12),
        term=Term(1, Unit.CALENDAR),
        calendar=ENGLISH,
    )
    assert (found.days, found.enough) == (1, True)
    assert "weekends and bank holidays count too" in found.steps[1]
    assert found.steps[-1].endswith("there is 1 clear day.")


def test_an_agenda_that_goes_out_on_the_day_gives_no_notice_at_all() -> None:
    found = clear_days(
        meets_on=date(2025, 10, 14), given_on=date(2025, 10, 14), term=FIVE, calendar=ENGLISH
    )
    assert (found.days, found.enough) == (0, False)
    assert "there are no clear working days" in found.in_one_sentence


def test_nothing_is_said_of_days_whose_bank_holidays_are_not_known() -> None:
    unknown = Calendar({}, known_until=date(2025, 10, 10))
    with pytest.raises(NotKnownYet, match="10 October 2025"):
        latest_day(date(2025, 10, 14), FIVE, unknown)


# ---- hours on the wall -----------------------------------------------------------------------


@given(days, st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_an_hour_keeps_its_place_on_the_wall_or_is_refused(day: date, hour: time) -> None:
    try:
        found = moment_of(day, hour, "Europe/London")
    except NoOneMoment:
        # Only the night of a clock change has such an hour.
        assert (day.month, day.isoweekday(), hour.hour) in {(3, 7, 1), (10, 7, 1)}
        assert day.day > 24
    else:
        shown = found.astimezone(LONDON)
        assert (shown.date(), shown.time()) == (day, hour)
        assert found.tzinfo is UTC


def test_an_hour_that_is_left_out_is_refused_with_the_reason() -> None:
    with pytest.raises(NoOneMoment, match="There is no 01:30 on Sunday 29 March 2026"):
        moment_of(date(2026, 3, 29), time(1, 30), "Europe/London")


def test_an_hour_that_comes_twice_is_refused_with_the_reason() -> None:
    with pytest.raises(NoOneMoment, match="There are two of 01:30 on Sunday 25 October 2026"):
        moment_of(date(2026, 10, 25), time(1, 30), "Europe/London")


def test_the_same_hour_is_another_moment_in_summer_and_in_winter() -> None:
    assert moment_of(date(2026, 10, 24), time(14), "Europe/London") == datetime(
        2026, 10, 24, 13, tzinfo=UTC
    )
    assert moment_of(date(2026, 10, 26), time(14), "Europe/London") == datetime(
        2026, 10, 26, 14, tzinfo=UTC
    )
