"""The distribution of a count: tails that agree with a second implementation, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openscrutiny.core import counting

means = st.floats(0.05, 3000)
sizes = st.one_of(st.floats(0.3, 5000), st.just(np.inf))
counts = st.integers(0, 4000)


def naive_tails(x: int, mean: float, size: float) -> tuple[float, float]:
    d = stats.poisson(mean) if np.isinf(size) else stats.nbinom(size, size / (size + mean))
    return d.cdf(x - 1) + d.pmf(x) / 2, d.sf(x) + d.pmf(x) / 2


@settings(deadline=None)
@given(counts, means, sizes)
def test_tails_agree_with_a_second_implementation(x: int, mean: float, size: float) -> None:
    low, high = naive_tails(x, mean, size)
    assert counting.lower_tail(x, mean, size) == pytest.approx(low, rel=1e-6, abs=1e-12)
    assert counting.upper_tail(x, mean, size) == pytest.approx(high, rel=1e-6, abs=1e-12)


@settings(deadline=None)
@given(counts, means, sizes)
def test_the_two_tails_add_up_to_one(x: int, mean: float, size: float) -> None:
    total = counting.lower_tail(x, mean, size) + counting.upper_tail(x, mean, size)
    assert total == pytest.approx(1, abs=1e-9)


@settings(deadline=None)
@given(counts, means, sizes)
def test_the_two_sided_p_is_twice_the_smaller_tail(x: int, mean: float, size: float) -> None:
    low, high = naive_tails(x, mean, size)
    p = counting.two_sided(x, mean, size)
    assert p == pytest.approx(2 * min(low, high), rel=1e-5, abs=1e-12)
    assert 0 <= p <= 1


def test_far_tails_keep_their_digits() -> None:
    assert counting.upper_tail(400, 50, np.inf) == pytest.approx(
        stats.poisson(50).sf(400) + stats.poisson(50).pmf(400) / 2, rel=1e-8
    )
    assert 0 < float(counting.upper_tail(400, 50, np.inf)) < 1e-100


@settings(deadline=None)
@given(counts, means)
def test_a_large_size_is_the_poisson(x: int, mean: float) -> None:
    assert counting.two_sided(x, mean, 1e9) == pytest.approx(
        counting.two_sided(x, mean, np.inf), rel=1e-3, abs=1e-9
    )


@settings(deadline=None)
@given(means, sizes, st.sampled_from([0.5, 0.95, 0.998]))
def test_the_usual_range_holds_exactly_what_is_not_surprising(
    mean: float, size: float, coverage: float
) -> None:
    low, high = (float(v) for v in counting.usual_range(mean, size, coverage))
    assert 0 <= low <= high
    p = [float(counting.two_sided(x, mean, size)) for x in (low - 1, low, high, high + 1)]
    limit = 1 - coverage
    if low < high:  # a range of one count is that count, however unlikely
        assert p[1] >= limit * (1 - 1e-9)
        assert p[2] >= limit * (1 - 1e-9)
    assert p[3] < limit
    assert low == 0 or p[0] < limit


def test_what_is_unknown_has_no_p() -> None:
    p = counting.two_sided([np.nan, 3, 3, 3], [2, np.nan, 2, 0], [1, 1, np.nan, 1])
    assert np.isnan(p).all()


def test_the_size_gives_the_variance_back() -> None:
    mean = np.array([4.0, 4.0, 4.0])
    size = counting.size_from_variance(mean, np.array([10.0, 4.0, 3.0]))
    assert size[0] == pytest.approx(16 / 6)
    assert np.isinf(size[1:]).all()
