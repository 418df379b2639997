"""Months and periods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.months import Month, Period

months = st.integers(1900 * 12, 2200 * 12).map(Month)


@given(months)
def test_a_month_survives_being_written_and_read(month: Month) -> None:
    assert Month.parse(str(month)) == month


@given(months, st.integers(-500, 500))
def test_adding_months_and_taking_the_difference_undo_each_other(month: Month, n: int) -> None:
    assert (month + n) - month == n


@given(months, st.integers(1, 60))
def test_a_period_of_n_months_holds_n_months(last: Month, n: int) -> None:
    period = Period.ending(last, n)
    assert len(period) == n == len(period.first.through(period.last))
    assert last in period
    assert period.first + -1 not in period


def test_the_months_through_another_are_all_of_them_in_order() -> None:
    november = Month.of(2023, 11)
    named = [str(m) for m in november.through(Month.of(2024, 2))]
    assert named == ["2023-11", "2023-12", "2024-01", "2024-02"]
    assert november.through(november + -1) == ()


@pytest.mark.parametrize("text", ["2024-13", "2024-00", "24-01", "March 2024", "", "2024-3"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        Month.parse(text)


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Period(Month.of(2024, 3), Month.of(2024, 2))


def test_periods_are_said_in_words() -> None:
    march = Month.of(2024, 3)
    assert Period(march, march).words == "March 2024"
    assert Period(march, march + 12).words == "March 2024 to March 2025"
    assert str(Period(march, march + 1)) == "2024-03 to 2024-04"
