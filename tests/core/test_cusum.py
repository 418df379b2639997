"""Cumulative sums and moving averages, against loops and numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import (
    Transform,
    ewma,
    mean_before,
    percentile_cusum,
    poisson_cusum,
    seasonal_mean_before,
    tabular_cusum,
)

nan = float("nan")
Regimes = list[int]


def z_of(x: float, m: float, how: Transform) -> float:
    if how is Transform.ROSSI:
        return (x - 3 * m + 2 * math.sqrt(x * m)) / (2 * math.sqrt(m))
    if how is Transform.STANDARD:
        return (x - m) / math.sqrt(m)
    if how is Transform.ANSCOMBE:
        return 1.5 * (x ** (2 / 3) - m ** (2 / 3)) / m ** (1 / 6)
    return x


def one_by_one(steps: list[float], regimes: Regimes) -> list[float]:
    out, before = [], 0.0
    for t, step in enumerate(steps):
        if math.isnan(step) or regimes[t] < 0:
            out.append(nan)
            before = 0.0
            continue
        if t and regimes[t] != regimes[t - 1]:
            before = 0.0
        before = max(0.0, before + step)
        out.append(before)
    return out


known_counts = st.one_of(st.just(nan), st.integers(0, 40).map(float))


@st.composite
def monitored(draw: st.DrawFn) -> tuple[list[float], list[float], Regimes]:
    n = draw(st.integers(1, 25))
    y = draw(st.lists(known_counts, min_size=n, max_size=n))
    m = draw(st.lists(st.sampled_from([nan, 0.0, 0.4, 3.0, 17.0]), min_size=n, max_size=n))
    regimes = draw(st.lists(st.sampled_from([-1, 0, 0, 0, 1]), min_size=n, max_size=n))
    return y, m, sorted(regimes) if draw(st.booleans()) else regimes


@given(monitored(), st.sampled_from(Transform), st.booleans())
def test_the_count_cusum_agrees_with_a_loop(
    given_series: tuple[list[float], list[float], Regimes], how: Transform, downward: bool
) -> None:
    y, m, regimes = given_series
    k, h, side = 0.5, 1.7, -1 if downward else 1
    found = poisson_cusum(y, m, k=k, h=h, transform=how, downward=downward, regimes=regimes)
    steps = [
        side * z_of(x, e, how) - k if e > 0 and not math.isnan(x) else nan
        for x, e in zip(y, m, strict=True)
    ]
    wanted = one_by_one(steps, regimes)
    assert found.statistic == pytest.approx(np.array(wanted), nan_ok=True, abs=1e-9)
    assert np.array_equal(found.alarm, np.nan_to_num(found.statistic) >= h)
    assert np.array_equal(found.direction, side * found.alarm)
    assert np.array_equal(np.isnan(found.limit), np.isnan(wanted))


@given(monitored(), st.sampled_from(Transform), st.booleans())
def test_a_count_beyond_its_limit_signals_and_one_short_of_it_does_not(
    given_series: tuple[list[float], list[float], Regimes], how: Transform, downward: bool
) -> None:
    y, m, regimes = given_series
    settings = {"k": 0.5, "h": 1.7, "transform": how, "downward": downward, "regimes": regimes}
    found = poisson_cusum(y, m, **settings)
    for t in np.flatnonzero(~np.isnan(found.statistic)):
        edge = found.count_limit[t]

        def signals(count: float, at: int = t) -> bool:
            return bool(poisson_cusum([*y[:at], count, *y[at + 1 :]], m, **settings).alarm[at])

        if downward:
            assert signals(0.0) == (not np.isnan(edge)) or edge == pytest.approx(0, abs=1e-6)
            if edge > 1e-6:
                assert signals(edge * (1 - 1e-9))
                assert not signals(edge * (1 + 1e-9) + 1e-9)
        else:
            assert signals(edge * (1 + 1e-9) + 1e-9)
            assert edge < 1e-6 or not signals(edge * (1 - 1e-9))


def test_the_count_cusum_by_hand() -> None:
    m = [4.0] * 4
    found = poisson_cusum([4.0, 9.0, 9.0, 0.0], m)
    # (9 - 12 + 12) / 4 = 2.25; the sums are 0, 1.21, 2.42 and below 0.
    assert found.statistic == pytest.approx([0, 1.21, 2.42, 0.0])
    assert list(found.alarm) == [False, False, True, False]
    assert list(found.direction) == [0, 0, 1, 0]
    assert found.limit == pytest.approx([2.26] * 4)
    root = math.sqrt(16 + 4 * (2.26 + 1.04)) - 2
    assert found.count_limit[0] == pytest.approx(root**2)
    plain = poisson_cusum([4.0, 9.0, 9.0, 0.0], m, transform="standard", k=0.5, h=2.0)
    assert plain.statistic == pytest.approx([0, 2.0, 4.0, 1.5])
    assert list(plain.alarm) == [False, True, True, False]
    assert plain.count_limit == pytest.approx([9.0, 9.0, 5.0, 1.0])
    down = poisson_cusum(
        [4.0, 0.0, 0.0], [4.0] * 3, transform="standard", k=0.5, h=2.0, downward=True
    )
    assert down.statistic == pytest.approx([0, 1.5, 3.0])
    assert list(down.direction) == [0, 0, -1]
    assert np.isnan(down.count_limit[0])
    assert down.count_limit[2] == pytest.approx(2.0)
    events = poisson_cusum([1.0, 2.0], [1.0, 1.0], transform="none", k=1.0, h=2.5)
    assert events.count_limit == pytest.approx([3.5, 3.5])
    residual = poisson_cusum([8.0], [1.0], transform=Transform.ANSCOMBE, k=1.0, h=3.5)
    assert residual.statistic == pytest.approx([3.5])
    assert residual.alarm[0]
    assert residual.count_limit == pytest.approx([8.0])


def test_a_huge_month_or_no_month_at_all_is_answered() -> None:
    found = poisson_cusum([[1e9, 3.0], [0.0, 0.0]], [[3.0, 3.0], [0.0, nan]])
    assert found.alarm[0].all()
    assert np.isfinite(found.statistic[0]).all()
    assert np.isnan(found.statistic[1]).all()
    assert not found.alarm[1].any()
    assert found.count_limit[0, 1] == 0
    assert poisson_cusum([], []).alarm.shape == (0,)


def test_what_a_count_cusum_cannot_be_asked_is_refused() -> None:
    for k, h in ((0.0, 1.0), (1.0, 0.0), (1.0, np.inf), (nan, 1.0)):
        with pytest.raises(Refused, match="must be a positive number, not"):
            poisson_cusum([1.0], [1.0], k=k, h=h)
    with pytest.raises(Refused, match="^“k” must be a positive number, not 0.0.$"):
        poisson_cusum([1.0], [1.0], k=0.0)
    with pytest.raises(Refused, match="^“h” must be"):
        poisson_cusum([1.0], [1.0], h=-1.0)
    with pytest.raises(Refused, match="The series holds a negative count"):
        poisson_cusum([-1.0], [1.0])
    with pytest.raises(Refused, match="The expected counts holds a negative count"):
        poisson_cusum([1.0], [-1.0])
    with pytest.raises(Refused, match="The expected counts holds an infinite value"):
        poisson_cusum([1.0], [np.inf])
    with pytest.raises(
        Refused, match=r"Counts of shape \(2,\) and expected counts of shape \(3,\)"
    ):
        poisson_cusum([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(Refused, match="give one expected count for each count"):
        poisson_cusum([1.0, 2.0], [1.0, 2.0, 3.0])


values = st.one_of(st.just(nan), st.floats(-5, 5))


@given(st.lists(values, min_size=1, max_size=25), st.floats(-1, 1), st.floats(0.5, 3))
def test_the_tabular_cusum_agrees_with_a_loop(x: list[float], target: float, sd: float) -> None:
    found = tabular_cusum(x, target=target, sd=sd, k=0.4, h=1.5)
    z = [(v - target) / sd for v in x]
    high = one_by_one([v - 0.4 for v in z], [0] * len(x))
    low = one_by_one([-v - 0.4 for v in z], [0] * len(x))
    assert found.high == pytest.approx(np.array(high), nan_ok=True, abs=1e-9)
    assert found.low == pytest.approx(np.array(low), nan_ok=True, abs=1e-9)
    assert np.array_equal(found.alarm, np.nan_to_num(found.statistic) > 1.5)
    mirrored = tabular_cusum([-v for v in x], target=-target, sd=sd, k=0.4, h=1.5)
    assert mirrored.high == pytest.approx(found.low, nan_ok=True, abs=1e-9)


def test_the_tabular_cusum_by_hand() -> None:
    found = tabular_cusum([11.0, 14.0, 14.0, 2.0, 2.0], target=10.0, sd=2.0, h=2.0)
    assert found.high == pytest.approx([0, 1.5, 3.0, 0, 0])
    assert found.low == pytest.approx([0, 0, 0, 3.5, 7.0])
    assert found.statistic == pytest.approx([0, 1.5, 3.0, 3.5, 7.0])
    assert list(found.direction) == [0, 0, 1, -1, -1]
    assert found.limit == pytest.approx([2.0] * 5)
    assert not tabular_cusum([5.5], target=0.0).alarm[0]  # 5 is not more than 5
    assert tabular_cusum([5.6], target=0.0).direction[0] == 1
    assert tabular_cusum([3.0], target=0.0, k=0.0, h=2.0).alarm[0]
    regimes = tabular_cusum([2.0, 2.0, 2.0], target=0.0, regimes=[0, 0, 1])
    assert regimes.high == pytest.approx([1.5, 3.0, 1.5])
    equal = tabular_cusum([3.0, -5.0], target=0.0, k=1.0, h=1.5)
    assert equal.high[1] == 0
    assert list(equal.direction) == [1, -1]


def test_a_series_without_spread_has_no_answer() -> None:
    for sd in (0.0, -1.0, nan):
        found = tabular_cusum([1.0, 2.0], target=0.0, sd=sd)
        assert np.isnan(found.statistic).all()
        assert np.isnan(found.limit).all()
        assert not found.alarm.any()
        average = ewma([1.0, 2.0], target=0.0, sd=sd)
        assert np.isnan(average.statistic).all()
        assert np.isnan(average.limit).all()
        assert not average.alarm.any()
    each = tabular_cusum([[3.0], [3.0]], target=[[0.0], [3.0]], sd=1.0)
    assert each.high[:, 0] == pytest.approx([2.5, 0.0])


def test_what_a_tabular_cusum_cannot_be_asked_is_refused() -> None:
    with pytest.raises(Refused, match="“h” must be a positive number"):
        tabular_cusum([1.0], target=0.0, h=0.0)
    for k in (-0.1, np.inf, nan):
        with pytest.raises(Refused, match="“k” must be 0 or more, not"):
            tabular_cusum([1.0], target=0.0, k=k)
    with pytest.raises(Refused, match="The target or the standard deviation does not fit"):
        tabular_cusum([1.0, 2.0], target=[1.0, 2.0, 3.0])
    with pytest.raises(Refused, match="The target holds an infinite value"):
        tabular_cusum([1.0], target=np.inf)
    with pytest.raises(Refused, match="The standard deviation holds an infinite value"):
        tabular_cusum([1.0], target=0.0, sd=np.inf)
    with pytest.raises(Refused, match="The series holds an infinite value"):
        tabular_cusum([np.inf], target=0.0)


@given(st.lists(values, min_size=1, max_size=25), st.floats(0.05, 1), st.booleans())
def test_the_moving_average_agrees_with_a_loop(x: list[float], weight: float, exact: bool) -> None:
    found = ewma(x, target=1.0, sd=2.0, weight=weight, width=2.0, exact_limits=exact)
    before, months = 1.0, 0
    for t, v in enumerate(x):
        if math.isnan(v):
            before, months = 1.0, 0
            assert np.isnan([found.statistic[t], found.limit[t], found.low[t]]).all()
            assert not found.alarm[t]
            continue
        before, months = weight * v + (1 - weight) * before, months + 1
        share = sum((weight * (1 - weight) ** j) ** 2 for j in range(months if exact else 5000))
        reach = 2 * 2.0 * math.sqrt(share)
        assert found.statistic[t] == pytest.approx(before, abs=1e-9)
        assert found.limit[t] == pytest.approx(1 + reach)
        assert found.low[t] == pytest.approx(1 - reach)
        if abs(abs(before - 1) - reach) > 1e-9:
            assert found.alarm[t] == (abs(before - 1) > reach)
            assert found.direction[t] == found.alarm[t] * (1 if before > 1 else -1)


def test_the_moving_average_by_hand() -> None:
    found = ewma([15.0, 15.0, -15.0], target=10.0, sd=1.0)
    assert found.statistic == pytest.approx([11.0, 11.8, 6.44])
    assert found.limit[0] == pytest.approx(10 + 2.86 * 0.2)
    assert found.low[0] == pytest.approx(10 - 2.86 * 0.2)
    assert found.limit[1] == pytest.approx(10 + 2.86 * 0.2 * math.sqrt(1.64))
    assert list(found.direction) == [1, 1, -1]
    end = ewma([15.0], target=10.0, exact_limits=False)
    assert end.limit[0] == pytest.approx(10 + 2.86 / 3)
    assert ewma([4.0, 4.0], target=0.0, regimes=[0, 1]).statistic == pytest.approx([0.8, 0.8])
    single = ewma([3.0, -2.0], target=0.0, weight=1.0, width=2.5)
    assert single.statistic == pytest.approx([3.0, -2.0])
    assert list(single.direction) == [1, 0]


def test_what_a_moving_average_cannot_be_asked_is_refused() -> None:
    for weight in (0.0, 1.01, -1, nan):
        with pytest.raises(Refused, match="“weight” must be more than 0 and at most 1, not"):
            ewma([1.0], target=0.0, weight=weight)
    with pytest.raises(Refused, match="“width” must be a positive number"):
        ewma([1.0], target=0.0, width=0.0)


def percentiles_slowly(x: list[float], window: int, sensitivity: float) -> list[int]:
    """The percentile CUSUM month by month, as its authors describe it."""

    def known(part: list[float]) -> list[float]:
        return [v for v in part if not math.isnan(v)]

    def mean_limit(part: list[float]) -> tuple[float, float]:
        some = known(part)
        if not some:
            return nan, nan
        mean = sum(some) / len(some)
        return mean, sensitivity * math.sqrt(sum((v - mean) ** 2 for v in some) / len(some))

    def sums(v: float, high: float, low: float, target: float, limit: float) -> tuple[float, float]:
        if math.isnan(target):
            return nan, nan
        slack = limit / sensitivity / 2
        if math.isnan(v):
            return 0.0, 0.0
        return round(max(0, high + v - target - slack), 2), round(
            min(0, low + v - target + slack), 2
        )

    out: list[int] = []
    start = next((i for i in range(len(x)) if known(x[i : i + window])), len(x))
    high = low = target = limit = nan
    for i, v in enumerate(x):
        if i <= start:
            target, limit = mean_limit(x[i : i + window])
            high, low = sums(v, 0, 0, target, limit)
        elif high > limit or low < -limit:
            target, anew = mean_limit(x[max(0, i - window) : i])
            up, down = sums(v, high, low, target, limit)
            if (high > limit and up > high) or (low < -limit and down < low):
                high, low = up, down
            else:
                limit = anew
                high, low = sums(v, 0, 0, target, limit)
        else:
            high, low = sums(v, high, low, target, limit)
        out.append(1 if high > limit else -1 if low < -limit else 0)
    return out


@given(
    st.lists(st.one_of(st.just(nan), st.integers(0, 64).map(lambda v: v / 64)), max_size=30),
    st.integers(2, 6),
    st.sampled_from([0.5, 1.0, 3.0, 5.0]),
)
def test_the_percentile_cusum_agrees_with_a_loop(
    x: list[float], window: int, sensitivity: float
) -> None:
    # Percentiles of which no sum or mean stands half way between two decimals.
    x = [v * 73.10585786 + 0.0031415 for v in x]
    found = percentile_cusum(x, window=window, sensitivity=sensitivity)
    close = np.abs(np.abs(np.nan_to_num(found.statistic)) - np.nan_to_num(found.limit)) < 1e-9
    if not close.any():
        assert list(found.direction) == percentiles_slowly(x, window, sensitivity)
    assert np.array_equal(found.alarm, found.direction != 0)


def test_the_percentile_cusum_by_hand() -> None:
    found = percentile_cusum([1.0, 1.0, 1.0, 1.0, 0.9, 0.8, 0.7, 0.7], window=3)
    assert found.low == pytest.approx([0, 0, 0, 0, -0.1, -0.27, -0.47, -0.57])
    assert found.high == pytest.approx([0.0] * 8)
    assert found.limit == pytest.approx([0.0] * 8)
    assert found.target == pytest.approx([1, 1, 1, 1, 1, 29 / 30, 0.9, 0.8])
    assert list(found.direction) == [0, 0, 0, 0, -1, -1, -1, -1]
    assert found.statistic == pytest.approx(found.low)
    whole = percentile_cusum([10.0, 20.0] * 6 + [60.0, 60.0])
    assert whole.target[0] == 15
    assert whole.limit[0] == 25
    assert whole.high[12] == pytest.approx(60 - 17.5 + whole.high[11])
    assert list(whole.direction[12:]) == [1, 1]


def test_percentiles_that_are_not_known_have_no_answer() -> None:
    found = percentile_cusum([[nan] * 6, [nan, nan, nan, nan, 1.0, 2.0]], window=2)
    assert np.isnan(found.limit[0]).all()
    assert np.isnan(found.statistic[0]).all()
    assert np.isnan(found.limit[1, :3]).all()
    assert found.target[1, 3:] == pytest.approx([1.0, 1.0, 1.0])
    assert not found.alarm[0].any()
    with pytest.raises(Refused, match="A window of 1 has no spread: take 2 or more."):
        percentile_cusum([1.0], window=1)
    with pytest.raises(Refused, match="“sensitivity” must be a positive number"):
        percentile_cusum([1.0], sensitivity=0)


def test_a_noisy_start_hides_all_that_follows_as_its_authors_say() -> None:
    found = percentile_cusum([100.0, 0, 100, 0, 100, 0, 20, 30, 40, 50, 60, 70, 80, 90], window=3)
    assert not found.alarm.any()


def test_the_mean_before_is_that_of_the_known_months_before() -> None:
    y = [[2.0, nan, 4.0, 9.0, 9.0], [0.0, 0.0, 0.0, 5.0, 5.0], [nan, nan, nan, 1.0, 1.0]]
    found = mean_before(y, 3)
    assert found[0] == pytest.approx([nan, nan, nan, 3.0, 3.0], nan_ok=True)
    assert np.isnan(found[1:]).all()
    assert mean_before([1.0, 2.0, 0.0], 2)[2] == 1.5
    for start in (1, 0, 3):
        with pytest.raises(Refused, match=f"Monitoring from month {start} of 3 leaves too little"):
            mean_before([1.0, 2.0, 3.0], start)
    with pytest.raises(Refused, match="at least 2 months must come before it"):
        mean_before([1.0, 2.0, 3.0], 1)


def test_the_seasonal_mean_finds_the_wave_it_was_given() -> None:
    t = np.arange(48)
    mean = np.exp(3 + 0.4 * np.cos(2 * np.pi * t / 12) - 0.3 * np.sin(2 * np.pi * t / 12))
    found = seasonal_mean_before(np.stack([mean, 2 * mean]), 36)
    assert np.isnan(found[:, :36]).all()
    assert found[0, 36:] == pytest.approx(mean[36:], rel=1e-9)
    assert found[1, 36:] == pytest.approx(2 * mean[36:], rel=1e-9)
    quarters = np.exp(1 + 0.5 * np.cos(np.pi * t / 2))
    assert seasonal_mean_before(quarters, 12, period=4)[12:] == pytest.approx(
        quarters[12:], rel=1e-9
    )


def test_the_seasonal_mean_solves_the_likelihood_equations() -> None:
    rng = np.random.default_rng(8)
    y = rng.poisson(4.0, (5, 60)).astype(float)
    y[2, 7] = nan
    angle = 2 * np.pi / 12 * np.arange(60)
    waves = np.stack([np.ones(60), np.cos(angle), np.sin(angle)])
    # A whole number of years on, the fitted season is what was fitted to the months before.
    fitted = np.roll(seasonal_mean_before(y, 36)[:, 36:48], 0, axis=1)
    mu = np.tile(fitted, 3)
    known = ~np.isnan(y[:, :36])
    left = np.where(known, np.nan_to_num(y[:, :36]) - mu, 0.0)
    assert np.abs(left @ waves[:, :36].T).max() < 1e-8


def test_a_season_cannot_be_had_from_little() -> None:
    y = np.zeros((2, 30))
    y[1, 20:] = 3.0
    assert np.isnan(seasonal_mean_before(y, 15)).all()
    few = np.r_[np.full(13, nan), np.full(11, 4.0), np.full(6, 4.0)]
    assert np.isnan(seasonal_mean_before(few, 24)).all()
    assert seasonal_mean_before(np.r_[nan, np.full(29, 4.0)], 13)[13:] == pytest.approx([4.0] * 17)
    with pytest.raises(Refused, match="A season of 2 months has no shape: take 3 or more."):
        seasonal_mean_before(y, 15, period=2)
    with pytest.raises(Refused, match="at least 12 months must come before it"):
        seasonal_mean_before(y, 11)


@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, 1e9, nan]), min_size=14, max_size=30))
def test_whatever_came_before_the_season_is_positive_or_unknown(y: list[float]) -> None:
    found = seasonal_mean_before(y, 12)
    assert np.isnan(found[:12]).all()
    assert (np.isnan(found[12:]) | (found[12:] >= 0)).all()
    assert not np.isinf(found).any()


def test_where_both_sums_are_equal_the_alarm_is_upward() -> None:
    found = tabular_cusum([3.0, -1.5], target=0.0, k=0.0, h=1.0)
    assert found.high[1] == found.low[1] == 1.5
    assert list(found.direction) == [1, 1]
