"""Shrinkage: against the likelihood written out, by laws, and at its edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import rates
from openscrutiny.core.measures import Refused

areas = st.lists(st.tuples(st.integers(0, 60), st.floats(0.5, 40)), min_size=2, max_size=15)


def likelihood(x: np.ndarray, e: np.ndarray, whole: float, size: float) -> float:
    if math.isinf(size):
        return float(stats.poisson(whole * e).logpmf(x).sum())
    return float(stats.nbinom(size, size / (size + whole * e)).logpmf(x).sum())


@settings(max_examples=20)
@given(areas)
def test_no_other_size_or_whole_nearby_is_likelier(table: list[tuple[int, float]]) -> None:
    x, e = np.array(table, float).T
    found = rates.poisson_gamma(x, e)
    whole, size = float(found.whole), float(found.size)
    if whole == 0:
        assert x.sum() == 0
        return
    here = likelihood(x, e, whole, size)
    for factor in (0.9, 0.99, 1.01, 1.1):
        assert likelihood(x, e, whole * factor, size) <= here + 1e-7
        if not math.isinf(size):
            assert likelihood(x, e, whole, size * factor) <= here + 1e-7
    if math.isinf(size):
        assert likelihood(x, e, whole, 1e5) <= here + 1e-4


@settings(max_examples=20)
@given(areas, st.floats(0.1, 10), st.integers(0, 2**32 - 1))
def test_shrinkage_follows_laws(table: list[tuple[int, float]], scale: float, seed: int) -> None:
    x, e = np.array(table, float).T
    order = np.random.default_rng(seed).permutation(len(x))
    for method in (rates.poisson_gamma, rates.marshall):
        found = method(x, e)
        low, high = np.minimum(x / e, found.whole), np.maximum(x / e, found.whole)
        assert (found.ratio >= low * (1 - 1e-9) - 1e-12).all()
        assert (found.ratio <= high * (1 + 1e-9) + 1e-12).all()
        assert ((found.weight >= 0) & (found.weight <= 1)).all()
        mixed = method(x[order], e[order])
        assert mixed.ratio == pytest.approx(found.ratio[order], rel=1e-5, abs=1e-9)
        scaled = method(x, e * scale)
        assert scaled.ratio * scale == pytest.approx(found.ratio, rel=1e-5, abs=1e-9)


def test_the_smaller_area_is_moved_further() -> None:
    found = rates.poisson_gamma([2, 20, 40, 90, 30], [1, 10, 50, 60, 40])
    assert found.weight[0] > found.weight[1]
    assert 1 < found.ratio[0] < found.ratio[1] < 2
    r, m = float(found.size), float(found.whole)
    assert found.weight[0] == pytest.approx(r / (r + m), rel=1e-12)
    assert found.ratio[1] == pytest.approx((20 + r) / (10 + r / m), rel=1e-12)


def test_a_fit_worked_out_by_another_way() -> None:
    x, e = np.array([6.0, 1, 15, 40, 2, 22]), np.array([8.0, 3, 6, 30, 6, 25])
    found = rates.poisson_gamma(x, e)
    w, s = np.meshgrid(np.linspace(0.8, 1.4, 121), np.geomspace(1, 60, 300))
    share = s[..., None] / (s[..., None] + w[..., None] * e)
    grid = stats.nbinom(s[..., None], share).logpmf(x).sum(axis=-1)
    best = (grid.max(), w.flat[grid.argmax()], s.flat[grid.argmax()])
    assert found.whole == pytest.approx(best[1], rel=5e-3)
    assert found.size == pytest.approx(best[2], rel=2e-2)
    assert likelihood(x, e, float(found.whole), float(found.size)) >= best[0]


def test_marshall_worked_by_hand() -> None:
    # Ratios 2, 0.5 and 1 with 10, 20 and 20 expected: the whole is 1, the variance 0.3.
    found = rates.marshall([20, 10, 20], [10, 20, 20])
    between = (10 * 1 + 20 * 0.25) / 50 - 1 / (50 / 3)
    assert found.whole == pytest.approx(1)
    assert found.size == pytest.approx(1 / between)
    assert found.weight[0] == pytest.approx((1 / 10) / (between + 1 / 10))
    assert found.ratio[1] == pytest.approx(1 - 0.5 * between / (between + 1 / 20))


def test_areas_that_differ_by_chance_alone_are_all_shown_the_whole() -> None:
    for method in (rates.poisson_gamma, rates.marshall):
        found = method([[10, 12, 9], [0, 0, 0]], [[10, 10, 10], [4, 5, 6]])
        assert np.isposinf(found.size).all()
        assert found.ratio[0] == pytest.approx(31 / 30)
        assert found.ratio[1].tolist() == [0, 0, 0]
        assert (found.weight == 1).all()


def test_just_as_much_spread_as_chance_is_no_spread() -> None:
    # Squared distances of 1, 1 and 0 sum to the count of 2: not above it.
    found = rates.poisson_gamma([1, 0, 1], [1, 1, 0])
    assert np.isposinf(found.size)
    exact = rates.poisson_gamma([6, 2], [4, 4])
    assert np.isposinf(exact.size)
    wider = rates.poisson_gamma([7, 1], [4, 4])
    assert np.isfinite(wider.size)


def test_what_is_left_out_changes_nothing() -> None:
    x, e = [9, 30, 2, 14.0], [4, 35, 6, 10.0]
    for method in (rates.poisson_gamma, rates.marshall):
        found = method(x, e)
        padded = method([*x, np.nan, 3, 5], [*e, 2, 0, np.nan])
        assert padded.ratio[:4] == pytest.approx(found.ratio)
        assert padded.size == pytest.approx(float(found.size))
        assert np.isnan(padded.ratio[4:]).all()
        assert np.isnan(padded.weight[4:]).all()
        both = method([x, x[::-1]], [e, e[::-1]])
        assert both.ratio[1][::-1] == pytest.approx(found.ratio)


def test_shrinkage_at_its_edges() -> None:
    for method in (rates.poisson_gamma, rates.marshall):
        nothing = method([np.nan, 1], [1, 0])
        assert np.isnan(nothing.whole)
        assert np.isnan(nothing.ratio).all()
        assert np.isposinf(method([5], [2]).size)
        assert method([5], [2]).ratio == pytest.approx([2.5])
        outlier = method([1e9, 0, 3, 4], [1, 1, 1, 1])
        assert outlier.ratio[0] == pytest.approx(1e9, rel=1e-6)
        assert np.isfinite(outlier.ratio).all()
        with pytest.raises(Refused, match="negative or infinite"):
            method([-1, 2], [1, 1])


def test_the_sentence_says_what_was_moved_and_by_how_much() -> None:
    assert rates.moved("Ashby", "town", "1.60", "1.32", 0.4567) == (
        "Ashby: 1.32, moved from 1.60 towards the town figure because few cases stand behind it. "
        "46% of what is shown is the town figure."
    )
    assert rates.moved("Ashby", "town", "1.60", "1.60", 0.001) == (
        "Ashby: 1.60. Enough cases stand behind it to be shown as it is."
    )
