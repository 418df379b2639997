"""The distribution of a count around its expectation: Poisson, or wider than Poisson.

One family serves every test: the negative binomial with mean ``mean`` and variance
``mean + mean² / size``. It is a Poisson count whose mean itself varies by gamma with squared
coefficient of variation ``1 / size``, and it tends to the Poisson as ``size`` grows, so that the
same function is exact at small numbers and over-dispersed at large ones. ``size`` may be
``inf``: that is the Poisson itself.

Tails are taken from the incomplete beta and gamma functions, each on the side it is accurate on.
The *mid-p* counts half of the observed value's own probability (Lancaster, 1961): the exact p-value
of a discrete count is too large on average, the mid-p is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

# Beyond this size the two distributions agree to 1e-8 for any count the monitor meets.
_AS_POISSON = 1e10


def lower_tail(observed: ArrayLike, mean: ArrayLike, size: ArrayLike) -> Floats:
    """P(X < observed) + ½ P(X = observed): the chance of a count this low, by mid-p."""
    x, m, r = _three(observed, mean, size)
    return (_at_most(x, m, r) + _at_most(x - 1, m, r)) / 2


def upper_tail(observed: ArrayLike, mean: ArrayLike, size: ArrayLike) -> Floats:
    """P(X > observed) + ½ P(X = observed): the chance of a count this high, by mid-p."""
    x, m, r = _three(observed, mean, size)
    return (_more_than(x, m, r) + _more_than(x - 1, m, r)) / 2


def two_sided(observed: ArrayLike, mean: ArrayLike, size: ArrayLike) -> Floats:
    """Twice the smaller mid-p tail, between 0 and 1. NaN where anything is NaN or mean is 0."""
    x, m, r = _three(observed, mean, size)
    p = np.full(x.shape, np.nan)
    known = ~(np.isnan(x) | np.isnan(m) | np.isnan(r)) & (np.nan_to_num(m) > 0)
    above = known & (x >= m)
    below = known & (x < m)
    # Only the tail on the count's own side is worked out, where it is accurate when small.
    p[above] = upper_tail(x[above], m[above], r[above])
    p[below] = lower_tail(x[below], m[below], r[below])
    smaller = np.minimum(p, 1 - p)
    return np.asarray(2 * smaller, np.float64)


def usual_range(mean: ArrayLike, size: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """The lowest and highest count that ``two_sided`` would not find surprising.

    Exactly the counts whose two-sided mid-p is at least ``1 - coverage`` lie in it, so a range and
    a p-value can never contradict each other. Both ends are whole numbers of events.
    """
    m, r, _ = _three(mean, size, 0.0)
    tail = (1 - coverage) / 2
    spread = np.sqrt(m + m * m / r)
    start = np.floor(m)
    low = _first_true(
        lambda x: lower_tail(x, m, r) >= tail, np.maximum(start - 10 * spread - 1, 0), start + 1
    )
    # Highest x whose upper tail is large enough = one before the first whose tail is too small.
    reach = start + 20 * spread + 60 * np.maximum(1, m / r)
    high = _first_true(lambda x: upper_tail(x, m, r) < tail, start, np.ceil(reach)) - 1
    return low, np.maximum(high, low)


def size_from_variance(mean: Floats, variance: Floats) -> Floats:
    """The size that gives a count of this mean this variance; inf where it is Poisson or less."""
    with np.errstate(divide="ignore", invalid="ignore"):
        extra = variance - mean
        return np.where(extra > 1e-9 * mean, mean * mean / extra, np.inf)


def _at_most(x: Floats, mean: Floats, size: Floats) -> Floats:
    """P(X <= x), accurate when small."""
    out = np.zeros(x.shape)
    poisson = (size > _AS_POISSON) & (x >= 0)
    wide = (size <= _AS_POISSON) & (x >= 0)
    out[poisson] = special.gammaincc(x[poisson] + 1, mean[poisson])
    r, m = size[wide], mean[wide]
    out[wide] = special.betainc(r, x[wide] + 1, r / (r + m))
    return out


def _more_than(x: Floats, mean: Floats, size: Floats) -> Floats:
    """P(X > x), accurate when small."""
    out = np.ones(x.shape)
    poisson = (size > _AS_POISSON) & (x >= 0)
    wide = (size <= _AS_POISSON) & (x >= 0)
    out[poisson] = special.gammainc(x[poisson] + 1, mean[poisson])
    r, m = size[wide], mean[wide]
    out[wide] = special.betainc(x[wide] + 1, r, m / (r + m))
    return out


def _first_true(holds, low: Floats, high: Floats) -> Floats:  # type: ignore[no-untyped-def]
    """By bisection the smallest whole number in [low, high] from which ``holds`` is true."""
    low, high = np.floor(low), np.ceil(high)
    while np.any(low < high):
        middle = np.floor((low + high) / 2)
        yes = holds(middle)
        high = np.where(yes, middle, high)
        low = np.where(yes, low, np.minimum(middle + 1, high))
    return low


def _three(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, y, z = np.broadcast_arrays(
        np.asarray(a, np.float64), np.asarray(b, np.float64), np.asarray(c, np.float64)
    )
    return x, y, z
