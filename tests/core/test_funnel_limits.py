"""Limits of a funnel: against the distributions themselves, by laws, and at their edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import funnel, rates
from openscrutiny.core.measures import Refused
from tests.core.invented import MEASURES

coverages = st.sampled_from([0.5, 0.95, 0.998])


@settings(max_examples=30)
@given(st.floats(0.01, 2000), coverages)
def test_a_count_is_outside_just_when_its_exact_interval_leaves_the_mean_out(
    mean: float, coverage: float
) -> None:
    low, high = (float(v) for v in funnel.poisson_limits(mean, coverage=coverage))
    tail = (1 - coverage) / 2
    for x in {int(low), int(low) + 1, int(high), int(high) + 1}:
        at_most, at_least = stats.poisson(mean).cdf(x), stats.poisson(mean).sf(x - 1)
        if abs(at_most - tail) > 1e-9:
            assert (x < low or (x == low > 0)) == (at_most < tail)
        if abs(at_least - tail) > 1e-9:
            assert (x >= high) == (at_least < tail)


@settings(max_examples=30)
@given(st.integers(1, 400), st.floats(0.01, 0.99), coverages)
def test_a_part_is_outside_just_when_its_binomial_tail_is_too_small(
    n: int, target: float, coverage: float
) -> None:
    low, high = (float(v) * n for v in funnel.binomial_limits(n, target, coverage=coverage))
    tail = (1 - coverage) / 2
    assert 0 <= low <= n * target <= high <= n
    for x in {int(low), int(low) + 1, int(high), min(int(high) + 1, n)}:
        at_most, at_least = stats.binom(n, target).cdf(x), stats.binom(n, target).sf(x - 1)
        if abs(at_most - tail) > 1e-9 and abs(x - low) > 1e-9:
            assert (x < low) == (at_most < tail)
        if abs(at_least - tail) > 1e-9 and abs(x - high) > 1e-9 and x < n:
            assert (x >= high) == (at_least < tail)


@settings(max_examples=12)
@given(st.floats(0.05, 0.95), st.integers(0, 2**32 - 1), coverages)
def test_limits_narrow_as_areas_grow_in_whatever_order_they_come(
    target: float, seed: int, coverage: float
) -> None:
    rng = np.random.default_rng(seed)
    sizes = np.unique(np.geomspace(1, 20000, 60).round())
    order = rng.permutation(len(sizes))
    back = np.argsort(order)
    for limits in (
        lambda n: tuple(v / n for v in funnel.poisson_limits(n, coverage=coverage)),
        lambda n: funnel.binomial_limits(n, target, coverage=coverage),
        lambda n: funnel.wilson_limits(n, target, coverage=coverage),
        lambda n: funnel.scale_limits(
            funnel.Scale.ROOT, target, 1 / (2 * np.sqrt(n)), tau2=0.01, coverage=coverage
        ),
    ):
        low, high = (np.asarray(v)[back] for v in limits(sizes[order]))
        assert (np.diff(low) >= -1e-12).all()
        assert (np.diff(high) <= 1e-12).all()
        assert (low <= high).all()


@given(st.integers(1, 500))
def test_the_poisson_limit_at_the_end_of_a_counts_interval_is_the_count(x: int) -> None:
    low, high = rates.poisson_interval(x)
    assert funnel.poisson_limits(high)[0] == pytest.approx(x, rel=1e-9)
    assert funnel.poisson_limits(low)[1] == pytest.approx(x, rel=1e-9)


def test_limits_worked_by_hand() -> None:
    # A count of 0 has the chance exp(-mean): no surprise up to -log(0.025) = 3.689.
    low, _ = funnel.poisson_limits([0.1, 3.68, 3.7, 0, np.nan])
    assert low[:2].tolist() == [0, 0]
    assert 0 < low[2] < 0.01
    assert np.isnan(low[3:]).all()
    # None of 10 at a half is 1 in 1024; all of 5 is 1 in 32 and no surprise.
    low, high = funnel.binomial_limits([10, 5, 0, np.nan], 0.5)
    assert low[0] > 0
    assert (low[1], high[1]) == (0, 1)
    assert np.isnan([low[2:], high[2:]]).all()
    low, high = funnel.binomial_limits([6, 60], 0.5, coverage=1 - 1 / 32)
    assert (low[0], high[0]) == pytest.approx((0, 1), abs=1e-9)
    low, high = funnel.wilson_limits([1, 25, 100, 0], 0.2)
    assert low[:3] == pytest.approx([0, 0.0432028, 0.1216014], abs=1e-7)
    assert high[:3] == pytest.approx([0.983986, 0.3567972, 0.2783986], abs=1e-6)
    assert np.isnan([low[3], high[3]]).all()
    assert funnel.wilson_limits(1, 0.8)[1] == 1
    low, high = funnel.binomial_limits(10, [0.0, 1.0])
    assert low.tolist() == [0, 1]
    assert high[1] == 1


def test_a_thousand_million_events_are_no_difficulty() -> None:
    low, high = funnel.poisson_limits(1e9)
    assert (1e9 - low, high - 1e9) == pytest.approx((61980, 61980), rel=1e-3)
    low, high = funnel.binomial_limits(1e9, 0.5)
    assert (0.5 - low, high - 0.5) == pytest.approx((3.099e-5, 3.099e-5), rel=1e-3)


def test_limits_cover_95_percent_without_being_told() -> None:
    assert funnel.poisson_limits(7.5) == funnel.poisson_limits(7.5, coverage=0.95)
    assert funnel.binomial_limits(75, 0.3) == funnel.binomial_limits(75, 0.3, coverage=0.95)
    assert funnel.wilson_limits(75, 0.3) == funnel.wilson_limits(75, 0.3, coverage=0.95)


def test_what_is_no_proportion_gets_no_binomial_limits() -> None:
    for limits in (funnel.binomial_limits, funnel.wilson_limits):
        with pytest.raises(Refused, match="not a proportion"):
            limits(50, 0.1, measure=MEASURES["outcomes_per_100"])
        assert np.isfinite(limits(50, 0.1, measure=MEASURES["share_of_whole"])).all()
        with pytest.raises(Refused, match="^The target of a proportion lies between 0 and 1.$"):
            limits(50, 1.01)
        with pytest.raises(Refused, match="negative or infinite"):
            limits(-1, 0.5)
    with pytest.raises(Refused, match="negative or infinite"):
        funnel.poisson_limits(np.inf)
