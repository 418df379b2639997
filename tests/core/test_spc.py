"""The chart of single values: its rules, its refusals, and that it is for display."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openscrutiny.core.measures import Polarity, Refused
from openscrutiny.core.spc import (
    LEAST_POINTS,
    Assurance,
    Chart,
    Rule,
    Variation,
    assurance,
    chart,
    rebased,
    variation,
)

CALM = [10, 12, 9, 11, 10, 8, 12, 9, 11, 10, 12, 9]


def rules(values: list[float]) -> list[Rule]:
    return [Rule(r) for r in chart(values, least=1).rule]


def test_fewer_than_twelve_points_get_no_limits() -> None:
    assert LEAST_POINTS == 12
    words = "^A chart of single values needs at least 12 points to say what is usual; this series h"
    with pytest.raises(Refused, match=f"{words}as 11. Show the figures without limits.$"):
        chart(CALM[:11])
    with pytest.raises(Refused, match="this series has 0"):
        chart([], least=0)
    assert np.isnan(chart([3.0], least=0).high).all()
    assert chart([3.0, 4.0], least=1).high[0] == pytest.approx(3.5 + 2.66)
    assert chart(CALM).rule.any() == 0


def slowly(y: list[float], low: float, centre: float, high: float) -> list[tuple[Rule, int]]:
    """The four rules of one series, point by point: the strongest, and its side."""
    side = [int(v > centre) - int(v < centre) for v in y]
    outside = [v > high or v < low for v in y]
    reach = (high - centre) * 2 / 3
    near = [abs(v - centre) >= reach and not out for v, out in zip(y, outside, strict=True)]
    found = [(Rule.NONE, 0)] * len(y)

    def mark(first: int, last: int, rule: Rule, sign: int, only: list[bool] | None = None) -> None:
        for k in range(first, last):
            if only is None or only[k]:
                found[k] = (rule, sign)

    for k in range(len(y) - 6):
        if abs(sum(side[k : k + 7])) == 7:
            mark(k, k + 7, Rule.ONE_SIDE, side[k])
    for k in range(len(y) - 2):
        if abs(sum(side[k : k + 3])) == 3 and sum(near[k : k + 3]) >= 2:
            mark(k, k + 3, Rule.TWO_IN_THREE, side[k], near)
    for k in range(len(y) - 6):
        steps = [y[j + 1] - y[j] for j in range(k, k + 6)]
        if min(steps) > 0 or max(steps) < 0:
            mark(k, k + 7, Rule.TREND, 1 if steps[0] > 0 else -1)
    for k, out in enumerate(outside):
        if out:
            found[k] = (Rule.OUTSIDE, side[k])
    return found


@settings(deadline=None)
@given(arrays(float, (4, 30), elements=st.integers(-4, 9).map(float)), st.booleans())
def test_limits_and_rules_agree_with_a_loop(values: np.ndarray, screen: bool) -> None:
    found = chart(values, screen=screen)
    for k, y in enumerate(values.tolist()):
        steps = [abs(b - a) for a, b in zip(y, y[1:], strict=False)]
        typical = sum(steps) / len(steps)
        kept = [s for s in steps if s < 3.267 * typical] if screen else steps
        if not kept:
            assert np.isnan(found.high[k]).all()
            continue
        reach = 2.66 * sum(kept) / len(kept)
        centre = sum(y) / len(y)
        assert found.centre[k] == pytest.approx([centre] * 30)
        assert found.high[k] == pytest.approx([centre + reach] * 30)
        assert found.low[k] == pytest.approx([centre - reach] * 30)
        wanted = slowly(y, found.low[k, 0], found.centre[k, 0], found.high[k, 0])
        told = [(Rule(r), int(s)) for r, s in zip(found.rule[k], found.side[k], strict=True)]
        assert told == wanted


def test_a_month_missing_is_refused() -> None:
    for wrong in (np.nan, np.inf, -np.inf):
        with pytest.raises(Refused, match="unbroken"):
            chart([*CALM, wrong])


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
    for level in (0.1, 1e9 + 0.1, -7.3):  # whose mean is not always the number itself
        assert not chart([level] * 15).side.any()
        assert not chart([level] * 15, screen=False).rule.any()


def test_where_nearly_all_are_alike_the_limits_close_on_the_mean() -> None:
    """As the published rules have it: the ranges left after screening are all 0."""
    found = chart([0.0] * 20 + [15.0] + [0.0] * 3)
    assert found.low[0] == found.centre[0] == found.high[0] == 0.625
    assert (found.rule == Rule.OUTSIDE).all()


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


# Limits that begin afresh, where somebody says so.

RISEN = [v + 20 for v in CALM]


def same(one: Chart, other: Chart) -> bool:
    names = ("centre", "low", "high", "rule", "side")
    return all(np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True) for n in names)


def test_limits_begin_afresh_where_the_caller_says_so_and_no_rule_reaches_across() -> None:
    values = [*CALM, *RISEN, *CALM]
    found = rebased(values, [12, 24])
    assert found.centre[[0, 12, 24]].tolist() == [10.25, 30.25, 10.25]
    assert not found.rule.any()
    parts = [chart(part) for part in (CALM, RISEN, CALM)]
    assert found.high.tolist() == [v for part in parts for v in part.high]
    assert chart(values).rule.any()
    assert same(rebased(CALM, []), chart(CALM))
    wild = [*CALM, 90.0, *CALM]
    assert same(rebased(wild, [], screen=False), chart(wild, screen=False))
    assert rebased([CALM * 2, RISEN * 2], [12]).high.shape == (2, 24)


def test_a_stretch_of_eleven_between_fresh_starts_is_refused() -> None:
    words = (
        r"^Between two fresh starts there must be at least 12 points; here a stretch has 11\. Ke"
    )
    for starts in ([11], [13], [12, 23]):
        with pytest.raises(Refused, match=words if len(starts) == 1 else "a stretch has 1"):
            rebased(CALM * 2, starts)
    assert rebased(CALM * 2, [11], least=11).centre[11] != 10.25
    assert rebased([*CALM, 3.0], [12], least=1).centre[12] == 3.0


@pytest.mark.parametrize("starts", [[0], [24], [25], [-1], [14, 12], [12, 12]])
def test_fresh_starts_must_be_in_order_inside_the_series(starts: list[int]) -> None:
    words = r"^Limits cannot begin afresh at \[.*\]: the points must be in order, .* the end \(24\)"
    with pytest.raises(Refused, match=words):
        rebased(CALM * 2, starts)


@pytest.mark.parametrize("fixed", [-1, 0, 11, 25])
def test_limits_cannot_be_fixed_on_too_few_points_or_on_more_than_there_are(fixed: int) -> None:
    words = f"^Limits cannot be fixed on the first {fixed} of 24 points: choose from 12 to 24"
    with pytest.raises(Refused, match=words):
        chart(CALM * 2, fixed_points=fixed)
    with pytest.raises(Refused, match="choose from 1 to 24"):
        chart(CALM * 2, fixed_points=0, least=0)
    assert same(chart(CALM * 2, fixed_points=24), chart(CALM * 2))
    assert chart([*CALM, *RISEN], fixed_points=12).centre[0] == 10.25


# Good and bad, where that is agreed.

SHIFTED = chart([*CALM, 30, 9, -20], fixed_points=12)


def test_a_point_is_good_or_bad_only_where_a_direction_is_agreed() -> None:
    ordinary = [Variation.COMMON] * 12
    for polarity, high, low in (
        (Polarity.AMBIGUOUS, Variation.HIGHER, Variation.LOWER),
        (Polarity.HIGHER_GOOD, Variation.IMPROVING, Variation.CONCERNING),
        (Polarity.LOWER_GOOD, Variation.CONCERNING, Variation.IMPROVING),
    ):
        told = [Variation(v) for v in variation(SHIFTED, polarity)]
        assert told == [*ordinary, high, Variation.COMMON, low]
    two = chart([[*CALM, 90.0], [*CALM, 10.0]])
    assert variation(two, Polarity.AMBIGUOUS)[:, -1].tolist() == [1, 0]


def test_a_trend_is_called_after_its_direction_wherever_it_stands() -> None:
    rising = [20, 0, 30, 1, 9, 11, 13, 15, 17, 19, 21, 4, 25, 3]
    told = variation(chart(rising), Polarity.LOWER_GOOD)
    assert [Variation(v) for v in told[3:11]] == [Variation.CONCERNING] * 8


def test_a_target_within_the_limits_is_hit_or_miss_and_beyond_them_met_or_missed() -> None:
    low, high = SHIFTED.low[0], SHIFTED.high[0]
    for target, more_is_good, less_is_good in (
        (low - 0.01, Assurance.CONSISTENTLY_MET, Assurance.CONSISTENTLY_MISSED),
        (low, Assurance.HIT_OR_MISS, Assurance.HIT_OR_MISS),
        (10.0, Assurance.HIT_OR_MISS, Assurance.HIT_OR_MISS),
        (high, Assurance.HIT_OR_MISS, Assurance.HIT_OR_MISS),
        (high + 0.01, Assurance.CONSISTENTLY_MISSED, Assurance.CONSISTENTLY_MET),
        (np.nan, Assurance.UNKNOWN, Assurance.UNKNOWN),
    ):
        assert (assurance(SHIFTED, target, Polarity.HIGHER_GOOD) == more_is_good).all()
        assert (assurance(SHIFTED, target, Polarity.LOWER_GOOD) == less_is_good).all()
    moving = np.r_[np.full(14, 10.0), 99.0]
    assert assurance(SHIFTED, moving, Polarity.HIGHER_GOOD)[-2:].tolist() == [1, 3]


def test_without_limits_or_an_agreed_direction_a_target_says_nothing() -> None:
    assert not assurance(chart([4.0] * 15), 9.0, Polarity.HIGHER_GOOD).any()
    words = r"^No direction of this measure is agreed .* Agree the polarity of the measure first\.$"
    with pytest.raises(Refused, match=words):
        assurance(SHIFTED, 10.0, Polarity.AMBIGUOUS)
