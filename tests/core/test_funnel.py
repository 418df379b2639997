"""The over-dispersed funnel, against one written out area by area."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core import counting, funnel
from openscrutiny.core.measures import Refused


def by_hand(observed: list[float], expected: list[float], trim: float) -> tuple[float, float]:
    """phi and tau² on the square-root scale, winsorised, for areas that are all there."""
    s = [1 / (2 * math.sqrt(e)) for e in expected]
    z = [(math.sqrt(o / e) - 1) / d for o, e, d in zip(observed, expected, s, strict=True)]
    low, high = np.quantile(z, trim), np.quantile(z, 1 - trim)
    z = [min(max(v, low), high) for v in z]
    n = len(z)
    phi = sum(v * v for v in z) / n
    weights = [1 / (d * d) for d in s]
    total = sum(weights)
    scale = total - sum(w * w for w in weights) / total
    return phi, max(0.0, (n * phi - (n - 1)) / scale)


pairs = st.lists(st.tuples(st.integers(0, 300), st.floats(0.5, 300)), min_size=3, max_size=40)


@settings(deadline=None)
@given(pairs)
def test_phi_and_tau2_agree_with_the_formulas_written_out(areas: list[tuple[int, float]]) -> None:
    observed, expected = (list(v) for v in zip(*areas, strict=True))
    z, s = funnel.on_root_scale(np.array(observed, float), np.array(expected))
    found = funnel.dispersion(z, s)
    phi, tau2 = by_hand(observed, expected, 0.1)
    assert found.phi == pytest.approx(phi, rel=1e-9, abs=1e-12)
    assert found.tau2 == pytest.approx(tau2, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(pairs, st.integers(0, 2**32 - 1))
def test_renaming_the_areas_only_reorders_the_funnel(
    areas: list[tuple[int, float]], seed: int
) -> None:
    observed, expected = np.array(areas, float).T
    order = np.random.default_rng(seed).permutation(len(observed))
    one = funnel.funnel(observed, expected)
    other = funnel.funnel(observed[order], expected[order])
    assert other.p == pytest.approx(one.p[order], rel=1e-6)
    assert np.array_equal(other.low, one.low[order])
    assert np.array_equal(other.high, one.high[order])


def test_without_spread_between_areas_the_test_is_the_exact_poisson_one() -> None:
    expected = np.array([0.8, 3.0, 7.0, 20.0, 60.0, 4.0, 9.0, 11.0])
    observed = np.round(expected)
    found = funnel.funnel(observed, expected)
    assert found.tau2 == 0
    assert found.p == pytest.approx(counting.two_sided(observed, expected, np.inf))


def test_ordinary_spread_between_areas_is_not_flagged() -> None:
    rng = np.random.default_rng(3)
    expected = np.broadcast_to(rng.uniform(50, 500, 32), (400, 32))
    observed = rng.poisson(expected * rng.gamma(20, 1 / 20, expected.shape)).astype(float)
    found = funnel.funnel(observed, expected)
    assert np.mean(found.p < 0.05) == pytest.approx(0.05, abs=0.012)
    assert np.median(found.tau2) == pytest.approx(0.05, rel=0.15)


def test_one_extreme_area_hardly_widens_the_funnel() -> None:
    rng = np.random.default_rng(4)
    expected = rng.uniform(50, 500, 32)
    observed = rng.poisson(expected).astype(float)
    quiet = funnel.funnel(observed, expected)
    observed[5] = 6 * expected[5]
    loud = funnel.funnel(observed, expected)
    assert loud.p[5] < 1e-6
    assert loud.tau2 - quiet.tau2 < 0.01


def test_an_absent_area_stays_absent_and_changes_nothing() -> None:
    observed = np.array([12.0, 30.0, 7.0, 44.0, np.nan])
    expected = np.array([10.0, 33.0, 8.0, 40.0, 9.0])
    found = funnel.funnel(observed, expected)
    without = funnel.funnel(observed[:4], expected[:4])
    assert np.isnan(found.p[4])
    assert np.isnan(found.low[4])
    assert np.isnan(found.z[4])
    assert found.p[:4] == pytest.approx(without.p)
    assert found.tau2 == pytest.approx(without.tau2)


def test_many_funnels_at_once_are_each_their_own() -> None:
    rng = np.random.default_rng(5)
    expected = rng.uniform(1, 80, (3, 4, 12))
    observed = rng.poisson(expected * rng.gamma(4, 1 / 4, expected.shape)).astype(float)
    together = funnel.funnel(observed, expected)
    for i in np.ndindex(3, 4):
        alone = funnel.funnel(observed[i], expected[i])
        assert together.tau2[i] == pytest.approx(float(alone.tau2))
        assert together.p[i] == pytest.approx(alone.p)
        assert together.high[i] == pytest.approx(alone.high)


def test_one_area_alone_has_no_spread() -> None:
    assert funnel.funnel(np.array([9.0]), np.array([2.0])).tau2 == 0


@pytest.mark.parametrize("wrong", [-1.0, np.inf])
def test_figures_that_cannot_be_are_refused(wrong: float) -> None:
    good = np.array([1.0, 2.0, 3.0])
    bad = np.array([1.0, wrong, 3.0])
    for ask in (funnel.funnel, funnel.between_areas, funnel.on_root_scale, funnel.on_log_scale):
        for pair in ((good, bad), (bad, good)):
            with pytest.raises(Refused, match="negative or infinite"):
                ask(*pair)


def test_a_funnel_of_nothing_and_one_with_nothing_in_it() -> None:
    empty = funnel.funnel(np.empty((2, 0)), np.empty((2, 0)))
    assert empty.p.shape == (2, 0)
    assert empty.tau2.tolist() == [0, 0]
    nothing = funnel.funnel(np.zeros(3), np.zeros(3))
    assert np.isnan([nothing.z, nothing.p, nothing.low, nothing.high]).all()
    assert nothing.tau2 == 0
    z, s = funnel.on_log_scale(np.array([0.0, 2.0, 2.0]), np.array([1.0, 0.0, 4.0]))
    assert np.isnan([z[:2], s[:2]]).all()
    assert (z[2], s[2]) == pytest.approx((2 * math.log(0.5), 0.5))


@pytest.mark.parametrize("trim", [-0.01, 0.5, np.nan])
def test_no_more_than_all_is_drawn_in(trim: float) -> None:
    sentence = f"^What is drawn in at either end is from 0 to below a half, and not {trim}.$"
    with pytest.raises(Refused, match=sentence):
        funnel.dispersion(np.ones(5), np.ones(5), trim=trim)


def test_drawing_in_nothing_takes_no_variance_away() -> None:
    z, s = np.array([-2.0, 0.0, 1.0, 5.0]), np.array([0.5, 0.2, 0.1, 0.3])
    plain = funnel.dispersion(z, s, trim=0.0)
    assert plain.phi == pytest.approx(7.5)
    assert funnel.dispersion(z, s, trim=0.0, consistent=True).phi == pytest.approx(7.5)
    # Of a standard normal drawn in at 10 % either end, 0.6787 of the variance is left.
    drawn = funnel.dispersion(z, s)
    assert funnel.dispersion(z, s, consistent=True).phi == pytest.approx(
        float(drawn.phi) / 0.6786545589528744, rel=1e-9
    )
