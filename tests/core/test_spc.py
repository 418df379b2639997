"""The chart of single values: its rules, its refusals, and that it is for display."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openscrutiny.core.measures import Refused
from openscrutiny.core.spc import Rule, chart

CALM = [10, 12, 9, 11, 10, 8, 12, 9, 11, 10, 12, 9]


def rules(values: list[float]) -> list[Rule]:
    return [Rule(r) for r in chart(values, least=1).rule]


def test_fewer_than_twelve_points_get_no_limits() -> None:
    with pytest.raises(Refused, match="at least 12 points"):
        chart(CALM[:11])
    assert chart(CALM).rule.any() == 0


def test_a_month_missing_is_refused() -> None:
    with pytest.raises(Refused, match="unbroken"):
        chart([*CALM, np.nan])


def test_limits_are_the_mean_and_266_mean_moving_ranges() -> None:
    found = chart(CALM)
    moving = np.abs(np.diff(CALM)).mean()
    assert found.centre[0] == pytest.approx(np.mean(CALM))
    assert found.high[-1] == pytest.approx(np.mean(CALM) + 2.66 * moving)
    assert found.low[0] == pytest.approx(np.mean(CALM) - 2.66 * moving)


def test_one_wild_step_does_not_widen_the_limits() -> None:
    wild = [*CALM, 90, *CALM]
    assert chart(wild).high[0] - chart(wild).centre[0] < (
        chart(wild, screen=False).high[0] - chart(wild).centre[0]
    )


def test_limits_may_be_fixed_on_the_first_points() -> None:
    found = chart([*CALM, 30, 31, 30], fixed_points=12)
    assert found.centre[-1] == pytest.approx(np.mean(CALM))
    assert list(found.rule[-3:]) == [Rule.OUTSIDE] * 3
    assert list(found.side[-3:]) == [1, 1, 1]


def test_seven_points_that_only_rise_are_a_trend_and_six_are_not() -> None:
    seven = [20, 0, 30, 1, 9, 11, 13, 15, 17, 19, 21, 4, 25, 3]
    assert [i for i, r in enumerate(rules(seven)) if r is Rule.TREND] == list(range(3, 11))
    six = [20, 0, 30, 9, 11, 13, 15, 17, 19, 4, 25, 3, 16]
    assert Rule.TREND not in rules(six)


def test_seven_equal_points_are_no_trend() -> None:
    assert Rule.TREND not in rules([5, 9, 7, 7, 7, 7, 7, 7, 7, 7, 5, 9])


def test_a_series_that_never_varies_breaks_no_rule() -> None:
    found = chart([4.0] * 15)
    assert not found.rule.any()
    assert np.isnan(found.high).all()


@settings(deadline=None)
@given(arrays(float, (3, 20), elements=st.integers(0, 60).map(float)))
def test_many_charts_at_once_are_each_their_own(values: np.ndarray) -> None:
    together = chart(values)
    for i, row in enumerate(values):
        alone = chart(row)
        assert np.array_equal(together.rule[i], alone.rule)
        assert np.array_equal(together.side[i], alone.side)
        assert together.high[i] == pytest.approx(alone.high, nan_ok=True)


@settings(deadline=None)
@given(arrays(float, 24, elements=st.integers(0, 60).map(float)))
def test_upside_down_only_the_sides_change(values: np.ndarray) -> None:
    up, down = chart(values), chart(-values)
    assert np.array_equal(up.rule, down.rule)
    assert np.array_equal(up.side, -down.side)
