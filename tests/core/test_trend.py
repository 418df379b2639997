"""The recent-trend marker and the single break, against general regression and a full search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import Marker, recent_trend, single_break

nan = float("nan")


def line(y: np.ndarray, sd: np.ndarray) -> tuple[float, float]:
    """Slope and its chi-square by the normal equations of weighted least squares."""
    x = np.stack([np.ones(len(y)), np.arange(len(y))])
    information = (x / sd**2) @ x.T
    beta = np.linalg.solve(information, (x / sd**2) @ y)
    return float(beta[1]), float(beta[1] ** 2 / np.linalg.inv(information)[1, 1])


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 5)), min_size=1, max_size=9),
    st.integers(3, 6),
)
def test_every_marker_agrees_with_general_regression(
    rows: list[tuple[float, float]], points: int
) -> None:
    y, sd = np.array(rows).T
    found = recent_trend(y, y - 1.96 * sd, y + 1.96 * sd, points=points, limit=4.0)
    for t in range(len(y)):
        if t + 1 < points:
            assert found.marker[t] == Marker.CANNOT_BE_CALCULATED
            assert np.isnan([found.slope[t], found.statistic[t], found.limit[t]]).all()
            continue
        part, s = y[t + 1 - points : t + 1], sd[t + 1 - points : t + 1]
        slope, chi2 = line(part, s)
        assert found.slope[t] == pytest.approx(slope, abs=1e-6)
        assert found.statistic[t] == pytest.approx(chi2, rel=1e-6, abs=1e-6)
        x = np.arange(points)
        without = []
        for i in range(points):
            keep = x != i
            without.append(np.polyfit(x[keep], part[keep], 1, w=1 / s[keep])[0])
        if min(np.abs(without)) > 1e-6 and abs(chi2 - 4) > 1e-6 and abs(slope) > 1e-6:
            steady = bool((np.sign(without) == np.sign(slope)).all())
            assert found.alarm[t] == (steady and chi2 > 4)
            assert found.direction[t] == found.alarm[t] * np.sign(slope)
            assert found.marker[t] == found.direction[t]


def test_the_marker_by_hand() -> None:
    y = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 1.96  # a standard error of 1: the information on the slope is 4 + 1 + 0 + 1 + 4
    found = recent_trend(y, y - half, y + half)
    assert found.slope[-1] == pytest.approx(1)
    assert found.statistic[-1] == pytest.approx(10)
    assert found.limit[-1] == 9.5495
    assert found.marker.tolist() == [-9, -9, -9, -9, 1]
    falling = recent_trend(-y, -y - half, -y + half)
    assert falling.marker[-1] == Marker.DECREASING
    assert falling.direction[-1] == -1
    level = recent_trend(y, y - 1.03 * half, y + 1.03 * half)
    assert level.statistic[-1] == pytest.approx(10 / 1.03**2)
    assert level.marker[-1] == Marker.NO_SIGNIFICANT_CHANGE
    assert not level.alarm[-1]
    at = recent_trend(y, y - half, y + half, limit=float(found.statistic[-1]))
    assert not at.alarm[-1]
    same = recent_trend(np.full(5, 3.0), np.full(5, 2.0), np.full(5, 4.0))
    assert same.marker[-1] == Marker.NO_SIGNIFICANT_CHANGE


def test_a_slope_that_hangs_on_one_point_is_no_trend() -> None:
    y = np.array([0.0, -0.2, -0.4, -0.6, 30.0])
    found = recent_trend(y, y - 1, y + 1)
    assert found.statistic[-1] > 100
    assert found.marker[-1] == Marker.NO_SIGNIFICANT_CHANGE
    assert found.direction[-1] == 0


def test_what_cannot_be_calculated_says_so() -> None:
    y = np.arange(1.0, 6.0)
    for low, high in ((y, y), (y + 1, y - 1), (np.full(5, nan), y + 1), (y - 1, np.full(5, nan))):
        found = recent_trend(y, low, high)
        assert found.marker[-1] == Marker.CANNOT_BE_CALCULATED
        assert not found.alarm.any()
        assert found.direction[-1] == 0
    gap = np.where(y == 3, nan, y)
    assert recent_trend(gap, y - 1, y + 1).marker[-1] == Marker.CANNOT_BE_CALCULATED
    regimes = recent_trend(y, y - 1, y + 1, regimes=[0, 0, 1, 1, 1])
    assert regimes.marker[-1] == Marker.CANNOT_BE_CALCULATED
    together = recent_trend(np.stack([y, y * 9]), np.stack([y, y]), np.stack([y + 4, y + 4]))
    assert together.marker[:, -1].tolist() == [1, 1]
    assert recent_trend([], [], []).alarm.shape == (0,)


def test_what_a_trend_cannot_be_asked_is_refused() -> None:
    y = np.arange(1.0, 6.0)
    with pytest.raises(Refused, match="2 points do not make a trend: take 3 or more."):
        recent_trend(y, y, y, points=2)
    for limit in (0.0, nan):
        with pytest.raises(Refused, match="“limit” must be positive, not"):
            recent_trend(y, y, y, limit=limit)
    for shapes in ((y, y[1:], y), (y, y, y[1:])):
        with pytest.raises(Refused, match="Values and their two limits must have one shape."):
            recent_trend(*shapes)
    with pytest.raises(Refused, match="The values holds an infinite value"):
        recent_trend(y, y, np.full(5, np.inf))


def all_breaks(y: np.ndarray, share: float) -> dict[int, float]:
    """F of every place, by fitting both parts anew."""
    n = len(y)
    least = max(1, int(np.floor(share * n + 1e-9)))
    whole = ((y - y.mean()) ** 2).sum()
    out = {}
    for b in range(least, n - least + 1):
        parts = (y[:b], y[b:])
        left = sum(((p - p.mean()) ** 2).sum() for p in parts)
        out[b] = (whole - left) / (left / (n - 2))
    return out


@given(st.integers(0, 2**32 - 1), st.integers(10, 30), st.sampled_from([0.01, 0.15, 0.3]))
def test_every_place_agrees_with_fitting_both_parts(seed: int, n: int, share: float) -> None:
    y = np.random.default_rng(seed).normal(5, 2, n)
    found = single_break(y, share=share)
    wanted = all_breaks(y, share)
    assert set(np.flatnonzero(~np.isnan(found.statistic))) == set(wanted)
    for place, f in wanted.items():
        assert found.statistic[place] == pytest.approx(f, rel=1e-6, abs=1e-9)
    best = max(wanted, key=lambda b: wanted[b])
    assert found.at == best
    assert found.largest == pytest.approx(wanted[best])
    assert found.before == pytest.approx(y[:best].mean())
    assert found.after == pytest.approx(y[best:].mean())
    assert found.alarm.sum() == (wanted[best] > np.nanmax(found.limit))
    assert np.array_equal(np.isnan(found.limit), np.isnan(found.statistic))


def test_a_break_by_hand() -> None:
    y = np.array([1.0, 3, 1, 3, 1, 3, 11, 13, 11, 13])
    found = single_break(y)
    # Two means leave 1 a value; one mean leaves 10 + 10 x 4 x 6.
    assert found.at == 6
    assert found.largest == pytest.approx(240 / (10 / 8))
    assert found.before == pytest.approx(2)
    assert found.after == pytest.approx(12)
    assert np.flatnonzero(found.alarm).tolist() == [6]
    assert found.direction[6] == 1
    assert found.p < 1e-6
    assert single_break(-y).direction[6] == -1
    assert single_break(y, share=0.45).at == 6
    assert np.flatnonzero(~np.isnan(single_break(y, share=0.45).statistic)).tolist() == [4, 5, 6]


def test_the_limit_is_close_to_that_of_the_tables() -> None:
    """Andrews (1993), table 1, one parameter: 10, 5 and 1 percent with 15 % at either end."""
    y = np.random.default_rng(41).normal(0, 1, 40)
    for alpha, wanted in ((0.1, 7.17), (0.05, 8.85), (0.01, 12.35)):
        found = single_break(y, alpha=alpha)
        assert np.nanmax(found.limit) == pytest.approx(wanted, rel=0.02)
    assert np.nanmax(single_break(y).limit) == pytest.approx(8.856887, rel=1e-6)
    assert np.nanmax(single_break(y, share=0.05, alpha=0.05).limit) > 9.5
    at_limit = single_break(y, alpha=float(single_break(y).p))
    assert np.nanmax(at_limit.limit) == pytest.approx(float(at_limit.largest), rel=1e-6)


def test_false_alarms_keep_to_their_share() -> None:
    y = np.random.default_rng(42).normal(3, 1, (3000, 80))
    assert single_break(y).alarm.any(axis=1).mean() == pytest.approx(0.05, abs=0.015)


def test_a_perfect_step_is_infinitely_clear_and_a_level_row_has_no_answer() -> None:
    step = single_break([2.0] * 6 + [7.0] * 6)
    assert step.at == 6
    assert np.isinf(step.largest)
    assert step.p < 1e-12
    assert step.alarm[6]
    for row in ([4.0] * 12, [0.0] * 12, [1e9] * 12, [nan] * 12, [1.0, 2.0] * 4 + [5.0]):
        found = single_break(row)
        assert found.at == -1
        assert np.isnan([found.largest, found.p, found.before, found.after]).all()
        assert np.isnan(found.statistic).all()
        assert not found.alarm.any()
    assert single_break([1.0, 2.0] * 5).at >= 0
    assert single_break([]).at == -1


def test_unknown_months_are_left_out() -> None:
    y = np.array([1.0, 3, 1, 3, 1, 3, 11, 13, 11, 13])
    gappy = np.insert(y, [0, 4, 6], nan)
    found = single_break(gappy)
    assert found.largest == pytest.approx(float(single_break(y).largest))
    assert found.at == 9
    assert np.isnan(found.statistic[np.isnan(gappy)]).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1e6), st.floats(-1e6, 1e6))
def test_unit_and_zero_point_do_not_matter(seed: int, unit: float, zero: float) -> None:
    y = np.random.default_rng(seed).normal(0, 1, (2, 24))
    one, other = single_break(y), single_break(y * unit + zero * unit)
    assert np.array_equal(one.at, other.at)
    assert other.largest == pytest.approx(one.largest, rel=1e-4)


def test_what_a_break_cannot_be_asked_is_refused() -> None:
    for share in (0.0, 0.5, nan):
        with pytest.raises(Refused, match="“share” must lie between 0 and 0.5, not be"):
            single_break([1.0], share=share)
    for alpha in (0.0, 1.0):
        with pytest.raises(Refused, match="“alpha” must lie between 0 and 1, not be"):
            single_break([1.0], alpha=alpha)
    with pytest.raises(Refused, match="The series holds an infinite value"):
        single_break([np.inf])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.15, 0.3]))
def test_p_is_the_published_approximation_and_never_above_one(seed: int, share: float) -> None:
    found = single_break(np.random.default_rng(seed).normal(0, 1, 30), share=share)
    b = float(np.sqrt(found.largest))
    near = np.exp(-b * b / 2) / np.sqrt(2 * np.pi)
    near *= (b - 1 / b) * 2 * np.log((1 - share) / share) + 4 / b
    assert found.p == pytest.approx(1.0 if b <= 1 else min(1.0, near), rel=1e-9)


def test_values_that_differ_by_rounding_alone_are_alike() -> None:
    found = single_break([1e15, 1e15 + 0.125] * 6)
    assert found.at == -1
    assert not found.alarm.any()
    y = np.arange(1.0, 6.0)
    assert recent_trend(y, y - 9, y + 9, limit=0.1).alarm[-1]
