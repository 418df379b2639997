"""Rare events: waits against every division of their total, and a sum set by its run length."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import (
    days_between,
    months_between,
    poisson_cusum_run_length,
    rare_cusum,
)

nan = float("nan")


def at_least(wait: int, waits: int, total: int) -> float:
    """P(the last of ``waits`` positive whole waits of this total >= wait), by counting them all."""
    cuts = list(combinations(range(1, total), waits - 1))
    return sum(total - (c[-1] if c else 0) >= wait for c in cuts) / len(cuts)


def slowly(y: list[float], regimes: list[int], least: int) -> list[tuple[float, float, int, int]]:
    """Wait, p, side and events of each month, from the list of event months of its run."""
    out = []
    events: list[int] = []
    for t, count in enumerate(y):
        if math.isnan(count) or regimes[t] < 0:
            events = []
            out.append((nan, nan, 0, 0))
            continue
        if t and regimes[t] != regimes[t - 1]:
            events = []
        wait = t - events[-1] if events else nan
        p, side = nan, 0
        if len(events) >= least:
            total, n = events[-1] - events[0], len(events)
            if count > 0:
                upper = (at_least(wait, n, total + wait) + at_least(wait + 1, n, total + wait)) / 2
                p, side = 2 * min(upper, 1 - upper), -1 if upper < 0.5 else 1
            else:
                p, side = min(1.0, 2 * at_least(wait + 1, n, total + wait + 1)), -1
        out.append((wait, p, side, len(events)))
        if count > 0:
            events.append(t)
    return out


@settings(max_examples=80)
@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, nan]), max_size=18),
    st.lists(st.sampled_from([0, 0, 0, 0, 1, -1]), min_size=18, max_size=18),
    st.integers(2, 4),
    st.booleans(),
)
def test_every_wait_agrees_with_counting_all_divisions(
    y: list[float], regimes: list[int], least: int, ordered: bool
) -> None:
    regimes = sorted(regimes)[: len(y)] if ordered else regimes[: len(y)]
    found = months_between(y, alpha=0.2, least_events=least, regimes=regimes)
    wanted = slowly(y, regimes, least)
    wait, p, side, events = np.array(wanted, float).reshape(-1, 4).T
    assert found.statistic == pytest.approx(wait, nan_ok=True)
    assert found.p == pytest.approx(p, nan_ok=True, abs=1e-9)
    assert np.array_equal(found.events, events)
    sure = np.abs(np.nan_to_num(p, nan=1.0) - 0.2) > 1e-9
    assert np.array_equal(found.alarm[sure], (np.nan_to_num(p, nan=1.0) < 0.2)[sure])
    even = np.abs(np.nan_to_num(p, nan=0.0) - 1) < 1e-9
    assert np.array_equal(found.direction[sure & ~even], (found.alarm * side)[sure & ~even])
    assert np.array_equal(np.isnan(found.limit), np.isnan(found.p))


EVERY_OTHER = [1.0, 0.0] * 8


def test_a_silence_by_hand() -> None:
    y = np.array([*EVERY_OTHER, *[0.0] * 12, 1.0])
    found = months_between(y)
    # Eight events, seven waits of two months: the eighth event is that of month 14.
    assert np.isnan(found.p[14])
    assert found.events[14] == 7
    assert found.events[15] == 8
    assert list(found.statistic[13:18]) == [1, 2, 1, 2, 3]
    for passed in (2, 7, 13):
        chance = math.comb(14, 7) / math.comb(14 + passed, 7)
        assert found.p[14 + passed] == pytest.approx(min(1, 2 * chance))
    first = next(g for g in range(1, 30) if 2 * math.comb(14, 7) / math.comb(14 + g, 7) < 0.01)
    assert first == 13
    assert found.limit[15] == first
    assert list(np.flatnonzero(found.alarm)) == [27, 28]
    closed = (math.comb(14, 7) + math.comb(13, 7)) / math.comb(27, 7)
    assert found.statistic[28] == 14
    assert found.p[28] == pytest.approx(closed)
    assert list(found.direction[26:]) == [0, -1, -1]


def test_below_eight_events_it_is_too_few_to_tell() -> None:
    seven = [1.0, 0.0] * 6 + [1.0] + [0.0] * 200
    found = months_between(seven)
    assert np.isnan(found.p).all()
    assert np.isnan(found.limit).all()
    assert not found.alarm.any()
    assert found.statistic[-1] == 200
    assert months_between([1.0, 0.0] * 2 + [0.0] * 500, least_events=2).alarm[-1]
    eight = months_between([*EVERY_OTHER, *[0.0] * 200])
    assert eight.alarm[-1]
    assert eight.direction[-1] == -1


def test_a_crowd_of_events_after_long_waits_is_a_rise() -> None:
    y = np.zeros(700)
    y[np.arange(0, 600, 30)] = 1
    y[571] = 1
    found = months_between(y, alpha=0.1)
    assert found.direction[571] == 1
    assert found.alarm[571]
    assert found.p[571] == pytest.approx(20 / 571, rel=0.2)


def test_no_wait_crosses_a_break_or_a_gap() -> None:
    y = np.array([*EVERY_OTHER, *[0.0] * 30])
    gap = y.copy()
    gap[17] = nan
    assert not months_between(gap).alarm.any()
    assert np.isnan(months_between(gap).statistic[17:]).all()
    regimes = (np.arange(46) >= 17).astype(int)
    parted = months_between(y, regimes=regimes)
    assert not parted.alarm.any()
    assert np.isnan(parted.statistic[17:]).all()
    assert months_between(y).alarm.any()
    assert (parted.events[17:] == 0).all()


def test_where_no_month_is_empty_or_none_has_an_event_nothing_is_found() -> None:
    for y in ([5.0] * 40, [0.0] * 40, [1e9] * 40, [nan] * 40):
        assert not months_between(y).alarm.any()
    assert months_between([]).alarm.shape == (0,)
    assert months_between(np.ones((2, 0))).alarm.shape == (2, 0)


def test_false_alarms_keep_to_their_share() -> None:
    y = np.random.default_rng(31).poisson(0.2, (600, 150)).astype(float)
    found = months_between(y, alpha=0.05)
    complete = (y > 0) & ~np.isnan(found.p)
    assert 0.01 < found.alarm[complete].mean() < 0.055


def test_days_by_hand() -> None:
    days = [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 170.0, 170.0]
    found = days_between(days, rounded_to=0)
    assert np.isnan(found.p[:8]).all()
    assert found.p[8] == pytest.approx(2 * (70 / 170) ** 7)
    assert found.limit[8] == pytest.approx(70 * (0.005 ** (-1 / 7) - 1))
    assert list(found.events) == list(range(10))
    assert found.p[9] == 0
    assert found.direction[9] == 1
    assert found.alarm[9]
    rounded = days_between(days)
    assert rounded.p[8] == pytest.approx((70 / 169.5) ** 7 + (70 / 170.5) ** 7)
    assert rounded.p[9] == pytest.approx(2 * (1 - (1 + (170 / 170.5) ** 8) / 2))
    assert rounded.alarm[8]
    assert not days_between([*days[:8], 130.0]).alarm[8]
    late = days_between([*days[:8], 270.0])
    assert late.alarm[8]
    assert late.direction[8] == -1
    assert late.statistic[1:] == pytest.approx([10.0] * 7 + [200.0])


@given(st.integers(2, 20), st.floats(0.01, 500))
def test_a_wait_of_days_is_held_against_the_f_distribution(n: int, wait: float) -> None:
    days = np.r_[np.arange(n + 1) * 7.0, n * 7.0 + wait]
    found = days_between(days, least_events=2, rounded_to=0)
    upper = stats.f.sf(wait / 7.0, 2, 2 * n)
    assert found.p[-1] == pytest.approx(2 * min(upper, 1 - upper), rel=1e-6, abs=1e-12)


@given(st.floats(0.1, 50), st.floats(-1000, 1000))
def test_the_unit_and_the_first_day_do_not_matter_to_exact_times(unit: float, first: float) -> None:
    days = np.cumsum(np.random.default_rng(32).exponential(10, 20))
    one = days_between(days, rounded_to=0)
    other = days_between(days * unit + first, rounded_to=0)
    assert other.p == pytest.approx(one.p, nan_ok=True, rel=1e-5)


def test_days_that_all_fall_together_or_are_unknown_say_nothing() -> None:
    together = days_between([5.0] * 12)
    assert np.isnan(together.p).all()
    assert not together.alarm.any()
    days = [0.0, 10, 20, 30, 40, 50, 60, 70, nan, 400.0, 401.0]
    gap = days_between(days)
    assert np.isnan(gap.statistic[8:10]).all()
    assert gap.events[10] == 1
    assert not gap.alarm.any()
    regimes = days_between([0.0, 10, 20, 30, 40, 50, 60, 70, 5.0], regimes=[0] * 8 + [1])
    assert np.isnan(regimes.statistic[8])


def test_the_sum_is_set_by_its_run_length() -> None:
    found = rare_cusum(np.zeros((3, 5)), [0.1, 0.4, 0.1], run_length=100.0)
    # 0.1 / log 2 = 0.144 is two steps of a fourteenth; 0.4 / log 2 = 0.577 four of a seventh.
    assert found.reference[:, 0] == pytest.approx([1 / 7, 4 / 7, 1 / 7])
    for mean, reference, limit, per in zip(
        [0.1, 0.4], [2, 4], found.limit[:2, 0], [14, 7], strict=True
    ):
        steps = round(limit * per)
        assert limit * per == pytest.approx(steps)
        assert poisson_cusum_run_length(mean, reference, steps, per=per) >= 100
        assert poisson_cusum_run_length(mean, reference, steps - 1, per=per) < 100
    assert (found.limit[0] == found.limit[2]).all()
    longer = rare_cusum([0.0], 0.1)
    assert longer.limit[0] == rare_cusum([0.0], 0.1, run_length=200.0, ratio=2.0).limit[0]
    assert longer.limit[0] > found.limit[0, 0]
    assert rare_cusum([0.0], 0.1, ratio=3.0).reference[0] == pytest.approx(2 / 11)


def test_the_sum_by_hand() -> None:
    y = [0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0]
    found = rare_cusum(y, 0.1, run_length=100.0)
    k, h = 1 / 7, found.limit[0]
    assert 1 < h < 3 - 3 * k
    total, alarms = [], []
    before = 0.0
    for count in y:
        before = max(0.0, before + count - k)
        total.append(before)
        alarms.append(before > h + 1e-9)
        if alarms[-1]:
            before = 0.0
    assert found.statistic == pytest.approx(total)
    assert list(found.alarm) == alarms
    assert any(alarms)
    assert list(found.direction) == [int(a) for a in alarms]


def test_a_sum_that_meets_its_threshold_has_not_passed_it() -> None:
    found = rare_cusum(np.zeros(3), 0.4, run_length=30.0)
    k, h = found.reference[0], found.limit[0]
    meeting = [h + k, 0.0, h + k + k / 4]
    assert list(rare_cusum(meeting, 0.4, run_length=30.0).alarm)[:1] == [False]
    assert rare_cusum([h + k + 0.999 * k], 0.4, run_length=30.0).alarm[0]


def test_the_false_alarms_of_the_sum_are_as_rare_as_wished() -> None:
    y = np.random.default_rng(33).poisson(0.3, (1500, 900)).astype(float)
    found = rare_cusum(y, 0.3, run_length=60.0)
    first = np.where(found.alarm.any(axis=1), found.alarm.argmax(axis=1) + 1, 900)
    per = 7 if found.reference[0, 0] == pytest.approx(3 / 7) else 9
    steps = round(found.limit[0, 0] * per)
    exact = float(poisson_cusum_run_length(0.3, round(found.reference[0, 0] * per), steps, per=per))
    assert first.mean() == pytest.approx(exact, rel=0.06)
    assert first.mean() > 57


def test_a_series_without_a_mean_has_no_sum() -> None:
    found = rare_cusum(np.ones((3, 12)), [nan, 0.0, 0.2])
    assert np.isnan(found.statistic[:2]).all()
    assert np.isnan(found.limit[:2]).all()
    assert np.isnan(found.reference[:2]).all()
    assert not found.alarm[:2].any()
    assert found.alarm[2].any()
    assert np.isnan(rare_cusum([1.0, 1.0], nan).limit).all()
    gap = rare_cusum([1.0, nan, 1.0], 0.2)
    assert gap.statistic[2] == pytest.approx(gap.statistic[0])
    assert np.isnan(gap.limit[1])
    assert rare_cusum([1.0, 1.0], 0.2, regimes=[0, 1]).statistic[1] == gap.statistic[0]


def test_what_cannot_be_asked_is_refused() -> None:
    for method in (months_between, days_between):
        for alpha in (0.0, 1.0, nan):
            with pytest.raises(Refused, match="“alpha” must lie between 0 and 1, not be"):
                method([1.0], alpha=alpha)
        with pytest.raises(Refused, match="From 1 events no wait is known: take 2 or more."):
            method([1.0], least_events=1)
    with pytest.raises(Refused, match="The series holds a negative count"):
        months_between([-1.0])
    with pytest.raises(Refused, match="The days of events must be in their order within a regime."):
        days_between([3.0, 2.0])
    with pytest.raises(Refused, match="The days of events holds an infinite value"):
        days_between([np.inf])
    for rounding in (-1.0, np.inf):
        with pytest.raises(Refused, match="“rounded_to” must be 0 or more days, not"):
            days_between([1.0], rounded_to=rounding)
    for ratio in (1.0, np.inf):
        with pytest.raises(
            Refused, match="“ratio” must be above 1, not .*: the sum looks for a rise"
        ):
            rare_cusum([1.0], 0.1, ratio=ratio)
    for wished in (1.0, np.inf):
        with pytest.raises(Refused, match="“run_length” must be above 1 month, not"):
            rare_cusum([1.0], 0.1, run_length=wished)
    with pytest.raises(Refused, match="The expected counts holds a negative count"):
        rare_cusum([1.0], -0.1)


def test_p_at_alpha_itself_is_no_alarm() -> None:
    days = [0.0, 10, 20, 30, 40, 50, 60, 70, 130]
    p = float(days_between(days).p[-1])
    assert not days_between(days, alpha=p).alarm[-1]
    assert days_between(days, alpha=p * (1 + 1e-9)).alarm[-1]


def test_many_series_at_once_are_each_their_own() -> None:
    rng = np.random.default_rng(34)
    y = rng.poisson(0.3, (2, 3, 60)).astype(float)
    y[0, 1, 20] = nan
    days = np.cumsum(rng.integers(0, 30, (2, 3, 20)), axis=-1).astype(float)
    days[1, 2, 15:] = nan
    for method, series in ((months_between, y), (days_between, days)):
        together = method(series, alpha=0.2, least_events=3)
        for i in np.ndindex(2, 3):
            alone = method(series[i], alpha=0.2, least_events=3)
            for name in ("statistic", "limit", "p"):
                theirs = getattr(together, name)[i]
                assert theirs == pytest.approx(getattr(alone, name), nan_ok=True), name
            for name in ("alarm", "direction", "events"):
                assert np.array_equal(getattr(together, name)[i], getattr(alone, name)), name
    assert (days_between(days).events[1, 2, 15:] == 0).all()


def test_the_lattice_of_the_sum_is_as_fine_as_its_mean_is_small() -> None:
    # 0.02 / log 2 = 0.029 is one step of 1/35; 0.08 / log 2 = 0.115 two of 1/17.
    found = rare_cusum(np.zeros((3, 2)), [0.02, 0.08, 0.8])
    assert found.reference[:, 0] == pytest.approx([1 / 35, 2 / 17, 1.0])
    assert found.direction.dtype == np.int64
