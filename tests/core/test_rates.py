"""Intervals and the exact test: laws, refusals, and a second implementation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import rates
from openscrutiny.core.measures import Refused
from tests.core.invented import MEASURES

counts = st.integers(0, 400)


@settings(deadline=None)
@given(counts, st.floats(0.5, 0.999))
def test_the_exact_interval_leaves_half_the_doubt_on_each_side(x: int, coverage: float) -> None:
    low, high = rates.poisson_interval(x, coverage)
    tail = (1 - coverage) / 2
    assert stats.poisson(float(high)).cdf(x) == pytest.approx(tail, rel=1e-6)
    if x:
        assert stats.poisson(float(low)).sf(x - 1) == pytest.approx(tail, rel=1e-6)
    else:
        assert low == 0


@settings(deadline=None)
@given(st.integers(10, 5000))
def test_byar_is_close_to_exact_from_ten_on(x: int) -> None:
    for byar, exact in zip(rates.byar_interval(x), rates.poisson_interval(x), strict=True):
        assert byar == pytest.approx(exact, abs=0.1)


def test_byar_of_nothing_starts_at_nothing() -> None:
    assert rates.byar_interval(0)[0] == 0


@settings(deadline=None)
@given(counts, st.floats(0.1, 1000))
def test_ten_times_the_people_is_a_tenth_of_the_rate(x: int, exposure: float) -> None:
    one, ten = rates.rate_interval(x, exposure), rates.rate_interval(x, 10 * exposure)
    assert one[0] == pytest.approx(10 * ten[0])
    assert one[1] == pytest.approx(10 * ten[1])


@settings(deadline=None)
@given(counts, st.floats(0.2, 50), counts, st.floats(0.2, 50))
def test_the_mid_p_of_two_rates_agrees_with_the_binomial_written_out(
    x: int, e: float, y: int, f: float
) -> None:
    d = stats.binom(x + y, e / (e + f))
    lower = d.cdf(x) - d.pmf(x) / 2
    p = rates.rate_ratio_p(x, e, y, f)
    assert p == pytest.approx(2 * min(lower, 1 - lower), rel=1e-5, abs=1e-9)


@settings(deadline=None)
@given(counts, st.floats(0.2, 50), counts, st.floats(0.2, 50))
def test_it_does_not_matter_which_rate_is_named_first(x: int, e: float, y: int, f: float) -> None:
    for mid in (True, False):
        one, other = (
            rates.rate_ratio_p(x, e, y, f, mid=mid),
            rates.rate_ratio_p(y, f, x, e, mid=mid),
        )
        assert one == pytest.approx(other, rel=1e-4, abs=1e-9)
        assert 0 <= one <= 1


def test_equal_rates_are_no_surprise() -> None:
    assert rates.rate_ratio_p(10, 1, 10, 1, mid=False) == pytest.approx(1)
    assert rates.rate_ratio_p(10, 1, 40, 1) < 0.001


def test_the_ratio_of_two_counts_gets_no_binomial_interval() -> None:
    with pytest.raises(Refused, match="not a proportion"):
        rates.wilson_interval(18, 497, measure=MEASURES["outcomes_per_100"])


def test_more_outcomes_than_offences_is_no_proportion() -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        rates.wilson_interval([3, 9], [10, 8])


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 60))
def test_a_wilson_interval_holds_its_proportion_and_stays_within_nought_and_one(
    x: int, more: int
) -> None:
    n = x + more
    low, high = rates.wilson_interval(x, n, measure=MEASURES["share_of_whole"])
    assert 0 <= low <= x / n + 1e-12
    assert x / n - 1e-12 <= high <= 1
    assert np.isfinite(low + high)
