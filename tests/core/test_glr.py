"""Likelihood ratio detectors against a search over every beginning and size of a change."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import Change, glr

nan = float("nan")


def log_likelihood(x: np.ndarray, mean: np.ndarray, a: float) -> float:
    if a == 0:
        return float(stats.poisson.logpmf(x, mean).sum())
    return float(stats.nbinom.logpmf(x, 1 / a, 1 / (1 + a * mean)).sum())


def best_ratio(x: np.ndarray, m: np.ndarray, gain: np.ndarray, a: float, down: bool) -> float:
    """The largest log likelihood ratio over the size of one change, by a general optimiser."""
    if not gain.any():
        return 0.0
    none = log_likelihood(x, m, a)

    def lost(size: float) -> float:
        return none - log_likelihood(x, m + size * gain, a)

    most = max((x - m)[gain > 0] / gain[gain > 0])
    ends = (-1 + 1e-12, 0.0) if down else (0.0, max(most, 1e-9))
    grid = np.linspace(*ends, 40)
    at = int(np.argmin([lost(g) for g in grid]))
    inner = (grid[max(at - 1, 0)], grid[min(at + 1, 39)])
    found = optimize.minimize_scalar(lost, bounds=inner, method="bounded", options={"xatol": 1e-11})
    return max(0.0, -float(found.fun), -lost(ends[0]), -lost(ends[1]))


def slowly(
    y: list[float],
    m: list[float],
    regimes: list[int],
    *,
    a: float,
    epidemic: bool,
    down: bool,
    threshold: float,
    window: int,
) -> list[float]:
    out, start, first = [], 0, 0
    for t in range(len(y)):
        if math.isnan(y[t]) or not m[t] > 0 or regimes[t] < 0:
            out.append(nan)
            start = first = t + 1
            continue
        if t and regimes[t] != regimes[t - 1]:
            start = first = t
        ratios = [0.0]
        for k in range(max(start, t + 1 - window), t + 1):
            x, mean = np.array(y[k : t + 1]), np.array(m[k : t + 1])
            before = [0.0 if i == first else y[i - 1] for i in range(k, t + 1)]
            ratios.append(best_ratio(x, mean, np.array(before) if epidemic else mean, a, down))
        out.append(max(ratios))
        if out[-1] >= threshold:
            start = t + 1
    return out


@st.composite
def monitored(draw: st.DrawFn) -> tuple[list[float], list[float], list[int]]:
    n = draw(st.integers(1, 8))
    count = st.one_of(st.integers(0, 20).map(float), st.integers(0, 3).map(float), st.just(nan))
    y = draw(st.lists(count, min_size=n, max_size=n))
    m = draw(st.lists(st.sampled_from([0.5, 2.0, 2.0, 6.0, 0.0]), min_size=n, max_size=n))
    regimes = sorted(draw(st.lists(st.sampled_from([-1, 0, 0, 0, 1]), min_size=n, max_size=n)))
    return y, m, regimes


@settings(max_examples=60)
@given(
    monitored(),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([(False, False), (False, True), (True, False)]),
    st.sampled_from([1, 3, 20]),
)
def test_every_month_agrees_with_a_search_over_all_changes(
    given_series: tuple[list[float], list[float], list[int]],
    a: float,
    kind: tuple[bool, bool],
    window: int,
) -> None:
    y, m, regimes = given_series
    epidemic, down = kind
    found = glr(
        y,
        m,
        dispersion=a,
        change="epidemic" if epidemic else "intercept",
        threshold=2.503,
        downward=down,
        window=window,
        regimes=regimes,
    )
    wanted = slowly(
        y, m, regimes, a=a, epidemic=epidemic, down=down, threshold=2.503, window=window
    )
    assert found.statistic == pytest.approx(np.array(wanted), abs=1e-6, nan_ok=True)
    assert np.array_equal(found.alarm, np.nan_to_num(found.statistic) >= 2.503)
    assert np.array_equal(found.direction, found.alarm * (-1 if down else 1))
    assert np.array_equal(np.isnan(found.limit), np.isnan(wanted))
    assert np.isnan(found.count_limit).all()


def test_the_statistic_by_hand() -> None:
    found = glr([4.0, 9.0, 2.0], [4.0, 4.0, 4.0])
    one = 9 * math.log(9 / 4) - 5
    assert found.statistic == pytest.approx(
        [0, one, max(15 * math.log(15 / 12) - 3, 11 * math.log(11 / 8) - 3)]
    )
    assert list(found.since) == [-1, 1, 1]
    assert found.limit == pytest.approx([5.0] * 3)
    assert not found.alarm.any()
    wide = glr([9.0], [4.0], dispersion=0.5)
    assert wide.statistic[0] == pytest.approx(9 * math.log(9 / 4) + 11 * math.log(3 / 5.5))
    less = glr([1.0, 0.0], [4.0, 4.0], downward=True, threshold=6.0)
    assert less.statistic == pytest.approx([math.log(1 / 4) + 3, math.log(1 / 8) + 7])
    assert list(less.since) == [0, 0]
    none = glr([0.0, 0.0], [4.0, 4.0], downward=True, dispersion=0.5)
    assert none.statistic == pytest.approx([2 * math.log(3), 4 * math.log(3)])
    more = glr([2.0, 8.0], [4.0, 4.0], change=Change.EPIDEMIC)
    # 8 = 4 + 2 x 2: log(8/4) x 8 - 4.
    assert more.statistic == pytest.approx([0, 8 * math.log(2) - 4])
    assert list(more.since) == [-1, 1]


def test_an_alarm_at_the_threshold_itself_starts_the_chart_again() -> None:
    exactly = float(glr([20.0], [5.0]).statistic[0])
    found = glr([20.0, 5.0, 5.0], [5.0] * 3, threshold=exactly)
    assert list(found.alarm) == [True, False, False]
    assert found.statistic[1] == 0
    above = glr([20.0, 5.0, 5.0], [5.0] * 3, threshold=exactly * (1 + 1e-12))
    assert not above.alarm[0]
    assert above.statistic[1] > 5
    assert above.since[1] == 0
    again = glr([20.0, 20.0], [5.0] * 2)
    assert list(again.alarm) == [True, True]
    assert list(again.since) == [0, 1]
    # After an alarm the month before is still known to the epidemic change.
    spread = glr([5.0, 60.0, 60.0], [5.0] * 3, change="epidemic", threshold=3.0)
    assert list(spread.alarm) == [False, True, True]


@pytest.mark.parametrize("a", [0.0, 0.2])
@pytest.mark.parametrize("change", list(Change))
def test_the_limit_is_the_first_whole_count_that_signals(a: float, change: Change) -> None:
    y, m = [3.0, 6.0, 4.0, 9.0, 5.0, 0.0, 4.0], [4.0, 4.0, 3.0, 5.0, 4.0, 4.0, 4.0]
    settings_ = {"dispersion": a, "change": change, "threshold": 3.0}
    found = glr(y, m, count_limits=True, **settings_)
    for t, edge in enumerate(found.count_limit):
        if np.isnan(edge):
            assert change is Change.EPIDEMIC
            assert t in (0, 6)  # nothing came before: the month itself cannot be a consequence
            continue
        assert edge == int(edge)
        for count, signals in ((edge, True), (edge - 1, False)):
            assert glr([*y[:t], count], m[: t + 1], **settings_).alarm[t] == signals


def test_downward_the_limit_is_the_largest_count_that_signals() -> None:
    y, m = [10.0, 6.0, 5.0, 2.0], [10.0] * 4
    found = glr(y, m, downward=True, count_limits=True, threshold=3.0)
    assert list(found.direction) == [0, 0, 0, -1]
    for t, edge in enumerate(found.count_limit):
        for count, signals in ((edge, True), (edge + 1, False)):
            tried = glr([*y[:t], count], m[: t + 1], downward=True, threshold=3.0)
            assert tried.alarm[t] == signals
    assert np.isnan(glr([1.0], [1.0], downward=True, count_limits=True).count_limit[0])
    edge = glr([9.0], [3.0], downward=True, count_limits=True, threshold=3.0).count_limit[0]
    assert edge == 0


def test_a_month_without_an_answer_parts_what_is_before_from_what_is_after() -> None:
    y = [9.0, nan, 9.0, 9.0, 9.0]
    found = glr(y, [4.0, 4.0, 4.0, 0.0, 4.0], count_limits=True)
    alone = glr([9.0], [4.0], count_limits=True)
    for t in (0, 2, 4):
        assert found.statistic[t] == pytest.approx(alone.statistic[0])
        assert found.since[t] == t
        assert found.count_limit[t] == alone.count_limit[0]
    for t in (1, 3):
        assert np.isnan([found.statistic[t], found.limit[t], found.count_limit[t]]).all()
        assert found.since[t] == -1
        assert not found.alarm[t]
    regimes = glr([9.0, 9.0], [4.0, 4.0], regimes=[0, 1])
    assert regimes.statistic == pytest.approx([alone.statistic[0]] * 2)


def test_many_series_at_once_are_each_their_own_with_their_own_dispersion() -> None:
    rng = np.random.default_rng(11)
    y = rng.poisson(6.0, (2, 3, 12)).astype(float)
    m = np.full(y.shape, 5.0)
    wide = np.array([0.0, 0.1, 0.4])[None, :, None]
    for change in Change:
        together = glr(y, m, dispersion=wide, change=change, threshold=1.5, window=6)
        for i in np.ndindex(2, 3):
            a = float(wide[0, i[1], 0])
            alone = glr(y[i], m[i], dispersion=a, change=change, threshold=1.5, window=6)
            assert together.statistic[i] == pytest.approx(alone.statistic, abs=1e-8)
            assert np.array_equal(together.since[i], alone.since)
            assert np.array_equal(together.alarm[i], alone.alarm)


def test_groups_of_series_that_fit_in_memory_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    y = np.random.default_rng(12).poisson(6.0, (7, 9)).astype(float)
    whole = glr(y, 5.0, dispersion=0.1, window=4)
    monkeypatch.setattr(sys.modules["openscrutiny.core.surveillance.glr"], "_CELLS_AT_ONCE", 40)
    parts = glr(y, 5.0, dispersion=0.1, window=4)
    assert parts.statistic == pytest.approx(whole.statistic, abs=1e-10)
    assert np.array_equal(parts.since, whole.since)


@given(st.lists(st.integers(0, 30).map(float), min_size=1, max_size=10))
def test_a_small_dispersion_is_the_poisson_and_a_larger_one_says_less(y: list[float]) -> None:
    m = [7.0] * len(y)
    for change in Change:
        poisson = glr(y, m, change=change, threshold=1e9).statistic
        near = glr(y, m, change=change, threshold=1e9, dispersion=1e-9).statistic
        wide = glr(y, m, change=change, threshold=1e9, dispersion=0.5).statistic
        assert near == pytest.approx(poisson, rel=1e-4, abs=1e-5)
        assert (wide <= poisson + 1e-6).all()


def test_a_huge_count_is_answered() -> None:
    for a in (0.0, 0.1):
        for change in Change:
            found = glr([3.0, 1e9, 1.0], [3.0, 3.0, 3.0], dispersion=a, change=change)
            assert found.alarm[1]
            assert np.isfinite(found.statistic).all()
    assert glr([], []).alarm.shape == (0,)
    assert glr(np.zeros((0, 4)), np.zeros((0, 4))).alarm.shape == (0, 4)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(Refused, match="“threshold” must be a positive number, not 0.0."):
        glr([1.0], [1.0], threshold=0.0)
    for a in (-0.1, np.inf, nan, [[0.1], [-1.0]]):
        with pytest.raises(Refused, match=r"^“dispersion” must be 0 \(Poisson\) or more.$"):
            glr([[1.0], [1.0]], 1.0, dispersion=a)
    with pytest.raises(Refused, match="An epidemic change adds events: it can only be looked for"):
        glr([1.0], [1.0], change="epidemic", downward=True)
    with pytest.raises(Refused, match="A window of 0 months holds no month: take 1 or more."):
        glr([1.0], [1.0], window=0)
    with pytest.raises(Refused, match="The series holds a negative count"):
        glr([-1.0], [1.0])


def test_months_of_different_means_weigh_as_their_distribution_says() -> None:
    y, m = np.array([9.0, 30.0, 12.0]), np.array([1.0, 12.0, 4.0])
    for a in (0.0, 0.4, 2.0):
        for change in Change:
            found = glr(y, m, dispersion=a, change=change, threshold=1e6)
            ratios = []
            for k in range(3):
                gain = m if change is Change.INTERCEPT else np.array([0.0, 9.0, 30.0])
                ratios.append(best_ratio(y[k:], m[k:], gain[k:], a, down=False))
            assert found.statistic[2] == pytest.approx(max(ratios), rel=1e-9)
        low = glr(y, m * 9, dispersion=a, downward=True, threshold=1e6)
        ratios = [best_ratio(y[k:], m[k:] * 9, m[k:] * 9, a, down=True) for k in range(3)]
        assert low.statistic[2] == pytest.approx(max(ratios), rel=1e-9)
