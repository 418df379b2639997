"""EARS against a loop that does one month at a time, its laws, and numbers worked out by hand."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import Method, ears

ROW = [2.0, 4.0, 6.0, 4.0, 9.0, 5.0, 20.0, 3.0]


def slowly(
    y: list[float], method: Method, baseline: int, z: float, least: float
) -> list[float | None]:
    """The limit of each month, from lists and the statistics module."""
    lag = 0 if method is Method.C1 else 2

    def usual(t: int) -> tuple[float, float] | None:
        part = y[max(0, t - lag - baseline) : max(0, t - lag)]
        if len(part) < baseline:
            return None
        return statistics.fmean(part), max(statistics.stdev(part), least)

    limits: list[float | None] = []
    for t, count in enumerate(y):
        now = usual(t)
        if now is None:
            limits.append(None)
            continue
        mean, sd = now
        if method in (Method.C1, Method.C2):
            limits.append(mean + z * sd)
            continue
        earlier = [usual(t - 1) if t else None, usual(t - 2) if t > 1 else None]
        if None in earlier:
            limits.append(None)
            continue
        excess = sum(max(0.0, (y[t - i - 1] - e[0]) / e[1] - 1) for i, e in enumerate(earlier) if e)
        centre = mean if method is Method.C3 else count
        limits.append(max(0.0, centre + sd * (z - excess)))
    return limits


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=30),
    st.sampled_from(Method),
    st.integers(3, 9),
    st.sampled_from([0.25, 0.5, 2.0]),
)
def test_every_limit_agrees_with_a_loop(
    counts: list[int], method: Method, baseline: int, least: float
) -> None:
    y = [float(c) for c in counts]
    found = ears(y, method=method, baseline=baseline, alpha=0.01, least_spread=least)
    wanted = slowly(y, method, baseline, float(stats.norm.ppf(0.99)), least)
    assert found.limit == pytest.approx(np.array(wanted, float), nan_ok=True, abs=1e-9)
    answered = np.array([w is not None for w in wanted])
    assert np.array_equal(~np.isnan(found.statistic), answered)
    away = np.abs(np.array(y) - found.limit) > 1e-9
    assert np.array_equal(found.alarm[answered & away], (y > found.limit)[answered & away])
    assert np.array_equal(found.direction, found.alarm.astype(int))


def test_c1_by_hand() -> None:
    found = ears(ROW, baseline=4, alpha=0.025)
    assert found.expected[4:] == pytest.approx([4.0, 5.75, 6.0, 9.5])
    assert found.spread[4] == pytest.approx(np.sqrt(8 / 3))
    assert found.limit[4] == pytest.approx(4 + 1.959964 * np.sqrt(8 / 3), rel=1e-6)
    assert list(found.alarm) == [False] * 4 + [True, False, True, False]
    assert np.isnan(found.limit[:4]).all()
    assert np.isnan(found.expected[3])
    assert found.statistic[4:] == pytest.approx(ROW[4:])


def test_the_defaults_are_c1_over_seven_months_at_one_in_a_thousand() -> None:
    found = ears([3.0, 5.0] * 5)
    assert np.isnan(found.limit[6])
    assert found.limit[7] == pytest.approx(
        27 / 7 + 3.0902323 * np.std([3, 5, 3, 5, 3, 5, 3], ddof=1)
    )
    # One of the two months before is a 5, which is 1.069 standard deviations above expected.
    for method, z in (("C2", 3.0902323), (Method.C3, 1.9599640 - 0.0690450)):
        later = ears([3.0, 5.0] * 7, method=method)
        spread = np.std([3, 5, 3, 5, 3, 5, 3], ddof=1)
        assert later.limit[11] == pytest.approx(27 / 7 + z * spread)


def test_answers_begin_where_the_baseline_is_whole() -> None:
    y = np.arange(20.0) % 3
    for method, first in ((Method.C1, 7), (Method.C2, 9), (Method.C3, 11)):
        found = ears(y, method=method)
        assert np.flatnonzero(~np.isnan(found.limit))[0] == first


def test_the_present_month_counts_in_c3_and_not_in_the_other() -> None:
    y = [2.0, 4.0] * 6 + [50.0]
    assert ears(y, method=Method.C3).alarm[-1]
    assert not ears(y, method=Method.C3_EARLIER).alarm[-1]


def test_without_spread_the_least_spread_decides() -> None:
    empty = [0.0] * 7 + [1.0]
    assert not ears(empty).alarm[-1]
    assert ears(empty).limit[-1] == pytest.approx(0.5 * 3.0902323)
    assert ears(empty, least_spread=0.0).alarm[-1]
    assert ears(empty, least_spread=0.0).limit[-1] == 0
    level = [6.0] * 13
    found = ears(level, method=Method.C3, least_spread=0.0)
    assert np.isnan(found.limit).all()
    assert not found.alarm.any()
    usual = ears(level, method=Method.C3)
    assert usual.limit[-1] == pytest.approx(6 + 0.5 * 1.9599640)


def test_an_earlier_month_above_a_level_row_leaves_no_room() -> None:
    y = [6.0] * 9 + [9.0, 6.0, 6.0, 6.0]
    found = ears(y, method=Method.C3)
    # Month 9 is 6 spreads of 0.5 above a level row: 5 more than one, against 1.96.
    assert found.limit[11] == pytest.approx(6 + 0.5 * (1.9599640 - 5))
    assert found.alarm[11]
    high = ears([6.0] * 9 + [90.0, 6.0, 0.0, 1.0], method=Method.C3)
    assert high.limit[11] == 0
    assert not high.alarm[11]
    none_at_all = ears(y, method=Method.C3, least_spread=0.0)
    assert np.isnan(none_at_all.limit[11])


def test_a_gap_or_a_new_regime_starts_the_baseline_anew() -> None:
    y = np.array([3.0, 5.0] * 10)
    gap = y.copy()
    gap[8] = np.nan
    found = ears(gap, baseline=4)
    assert np.flatnonzero(~np.isnan(found.limit)).tolist() == [4, 5, 6, 7, *range(13, 20)]
    regimes = np.r_[np.zeros(8, int), -1, np.ones(11, int)]
    again = ears(y, baseline=4, regimes=regimes)
    assert np.array_equal(np.isnan(found.limit), np.isnan(again.limit))
    assert np.isnan(found.statistic[8])
    break_only = ears(y, baseline=4, regimes=np.r_[np.zeros(8, int), np.ones(12, int)])
    assert np.flatnonzero(~np.isnan(break_only.limit)).tolist() == [4, 5, 6, 7, *range(12, 20)]


@given(st.integers(0, 2**32 - 1), st.sampled_from(Method))
def test_many_series_at_once_are_each_their_own(seed: int, method: Method) -> None:
    y = np.random.default_rng(seed).poisson(3.0, (2, 3, 16)).astype(float)
    together = ears(y, method=method, baseline=5)
    alone = ears(y[1, 2], method=method, baseline=5)
    assert together.limit[1, 2] == pytest.approx(alone.limit, nan_ok=True)
    assert np.array_equal(together.alarm[1, 2], alone.alarm)


@given(st.floats(0.01, 1e6), st.sampled_from(Method))
def test_counting_in_another_unit_moves_nothing(unit: float, method: Method) -> None:
    y = np.random.default_rng(5).poisson(9.0, 20).astype(float)
    one, other = (ears(y * u, method=method, baseline=5, least_spread=0.5 * u) for u in (1.0, unit))
    assert other.limit == pytest.approx(one.limit * unit, nan_ok=True)
    assert np.array_equal(one.alarm, other.alarm)


@given(st.lists(st.one_of(st.just(np.nan), st.sampled_from([0.0, 1.0, 1e9])), max_size=25))
def test_whatever_the_counts_there_is_an_answer_or_none(y: list[float]) -> None:
    for method in Method:
        for least in (0.0, 0.5):
            found = ears(y, method=method, baseline=3, least_spread=least)
            assert found.alarm.shape == (len(y),)
            assert not found.alarm[np.isnan(found.limit)].any()
            assert np.array_equal(np.isnan(found.limit), np.isnan(found.statistic))


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(Refused, match="A baseline of 2 months has no spread to speak of"):
        ears(ROW, baseline=2)
    assert not np.isnan(ears(ROW, baseline=3).limit[3])
    for alpha in (0.0, 0.5, -1, np.nan):
        with pytest.raises(Refused, match="“alpha” must lie between 0 and 0.5, not be"):
            ears(ROW, alpha=alpha)
    for least in (-0.1, np.inf, np.nan):
        with pytest.raises(Refused, match="“least_spread” must be 0 or more, not"):
            ears(ROW, least_spread=least)
    with pytest.raises(Refused, match="The series holds a negative count. Leave NaN where"):
        ears([1.0, -1.0])
    with pytest.raises(Refused, match="The series holds an infinite value. Leave NaN where"):
        ears([1.0, np.inf])
    with pytest.raises(ValueError, match="C4"):
        ears(ROW, method="C4")
