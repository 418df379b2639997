"""Intervals for counts, rates and proportions, and the exact test of two rates.

For display and for questions about a single figure; ``funnel`` and ``surveillance`` make findings.
All functions take arrays that broadcast and return arrays. NaN marks a figure that is not there and
stays NaN, and so does a rate over an exposure of 0. A negative or infinite figure, and a coverage
that is not between 0 and 1, are Refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure, Refused

_EXACT_BELOW = 10
_WRITTEN_OUT = 1_000_000


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval, each of the same shape."""

    value: Floats
    low: Floats
    high: Floats


def figures(*values: ArrayLike) -> tuple[Floats, ...]:
    """The values as arrays of one shape; Refused where one is negative or infinite."""
    found = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in values))
    if any(np.any(np.isinf(v) | (v < 0)) for v in found):
        raise Refused(
            "A count or an exposure cannot be negative or infinite. Mark what is not known as NaN."
        )
    return tuple(found)


def proportions(
    part: ArrayLike, of: ArrayLike, measure: Measure | None = None
) -> tuple[Floats, Floats]:
    """Parts and their wholes as arrays of one shape; Refused where they are no proportion."""
    if measure is not None:
        measure.refuse_binomial()
    x, n = figures(part, of)
    if np.any(x > n):
        raise Refused(
            "A part cannot be greater than its whole, so these figures are not a proportion. "
            "For a ratio of two counts use rate_interval."
        )
    return x, n


def tail_of(coverage: float) -> float:
    """Half of the doubt that a coverage leaves: 0.025 for 0.95."""
    if not 0 < coverage < 1:
        raise Refused(f"A coverage is a share between 0 and 1, such as 0.95, and not {coverage}.")
    return (1 - coverage) / 2


def normal_reach(coverage: float) -> float:
    """How many standard errors an interval reaches to either side: 1.96 for 0.95."""
    return float(-special.ndtri(tail_of(coverage)))


def poisson_interval(count: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval for the mean of a Poisson count (Garwood, 1936, Biometrika 28:437)."""
    (x,) = figures(count)
    tail = tail_of(coverage)
    low = np.where(x == 0, 0.0, special.gammaincinv(np.where(x == 0, 1.0, x), tail))
    return low, np.asarray(special.gammainccinv(x + 1, tail), np.float64)


def byar_interval(count: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximation for a Poisson count (Breslow & Day, 1987, volume II, page 69).

    Within 0.1 of the exact interval from a count of 10 on.
    """
    (x,) = figures(count)
    z = normal_reach(coverage)
    safe = np.where(x == 0, 1.0, x)
    low = np.where(x == 0, 0.0, x * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3)
    up = x + 1
    return low, up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3


def rate_interval(
    count: ArrayLike, exposure: ArrayLike, *, per: float = 1.0, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval for ``per`` × count / exposure: exact below a count of 10, Byar's from there on.

    This is the published practice of the English public health indicators.
    """
    x, e = figures(count, exposure)
    exact, byar = poisson_interval(x, coverage), byar_interval(x, coverage)
    small = x < _EXACT_BELOW
    e = np.where(e == 0, np.nan, e)
    return (
        per * np.where(small, exact[0], byar[0]) / e,
        per * np.where(small, exact[1], byar[1]) / e,
    )


def wilson_interval(
    part: ArrayLike, of: ArrayLike, *, measure: Measure | None = None, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval for a proportion (Wilson, 1927, JASA 22:209). NaN where the whole is 0.

    Name the ``measure`` the figures belong to: one whose numerator is not part of its denominator
    is Refused. So is a part that is greater than its whole.
    """
    x, n = proportions(part, of, measure)
    z = normal_reach(coverage)
    n = np.where(n == 0, np.nan, n)
    middle = 2 * x + z * z
    reach = z * np.sqrt(z * z + 4 * x * (1 - x / n))
    width = 2 * (n + z * z)
    return np.maximum((middle - reach) / width, 0.0), np.minimum((middle + reach) / width, 1.0)


def binomial_interval(
    part: ArrayLike, of: ArrayLike, *, measure: Measure | None = None, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact interval for a proportion (Clopper & Pearson, 1934, Biometrika 26:404).

    It never covers less than it says, so it is wider than Wilson's. Refused as Wilson's is.
    """
    x, n = proportions(part, of, measure)
    n = np.where(n == 0, np.nan, n)
    return _beta_bounds(x, n - x, tail_of(coverage))


def rate_ratio(
    count: ArrayLike,
    exposure: ArrayLike,
    other_count: ArrayLike,
    other_exposure: ArrayLike,
    *,
    coverage: float = 0.95,
) -> Estimate:
    """The first rate divided by the second, with the exact interval given the sum of the counts.

    Given their sum the first count is binomial (Przyborowski & Wilenski, 1940); the interval of
    Clopper & Pearson for its share becomes one for the ratio. Where the second count is 0 the ratio
    and its upper limit are infinite; where both counts or one exposure are 0, all is NaN.
    """
    x, e, y, f = figures(count, exposure, other_count, other_exposure)
    known = (x + y > 0) & (e > 0) & (f > 0)
    x, y, e = (np.where(known, v, np.nan) for v in (x, y, e))
    low, high = _beta_bounds(x, y, tail_of(coverage))
    with np.errstate(divide="ignore"):
        scale = f / e
        return Estimate(x / y * scale, low / (1 - low) * scale, high / (1 - high) * scale)


def rate_ratio_p(
    count: ArrayLike,
    exposure: ArrayLike,
    other_count: ArrayLike,
    other_exposure: ArrayLike,
    *,
    mid: bool = True,
) -> Floats:
    """Two-sided p-value that two Poisson counts have one rate, given their exposures.

    Given their sum, the first is binomial with the share of its exposure (Przyborowski & Wilenski,
    1940, Biometrika 31:313). With ``mid``, twice the smaller mid-p tail; without, the exact test
    that adds up everything no likelier than what was seen, as R's ``poisson.test`` does: that form
    writes every possible count out and is Refused for a sum above a million.
    """
    x, e, y, f = figures(count, exposure, other_count, other_exposure)
    with np.errstate(invalid="ignore"):
        n, share = x + y, e / (e + f)
    if mid:
        below = np.where(x < n, special.betaincc(x + 1, np.maximum(n - x, 1), share), 1.0)
        at = _binomial(x, n, share)
        lower = below - at / 2
        return np.asarray(2 * np.minimum(lower, 1 - lower), np.float64)
    most = int(np.nan_to_num(n).max(initial=0))
    if most > _WRITTEN_OUT:
        raise Refused("The exact test is for sums up to a million. Use the mid-p for larger ones.")
    every = np.arange(most + 1).reshape(-1, *[1] * n.ndim)
    chance = np.where(every <= n, _binomial(np.minimum(every, n), n, share), 0.0)
    here = _binomial(x, n, share)
    total = np.where(chance <= here * (1 + 1e-7), chance, 0.0).sum(axis=0)
    return np.where(np.isnan(here), np.nan, np.minimum(total, 1.0))


def _beta_bounds(x: Floats, y: Floats, tail: float) -> tuple[Floats, Floats]:
    """Clopper and Pearson's bounds of the share of x in x + y; NaN where either is."""
    x, y = np.where(np.isnan(y), np.nan, x), np.where(np.isnan(x), np.nan, y)
    low = np.where(x == 0, 0.0, special.betaincinv(np.where(x == 0, 1.0, x), y + 1, tail))
    high = np.where(y == 0, 1.0, special.betainccinv(x + 1, np.where(y == 0, 1.0, y), tail))
    return low, high


def _binomial(x: Floats, n: Floats, share: Floats) -> Floats:
    """P(X = x) of a binomial count."""
    return np.asarray(
        np.exp(
            special.gammaln(n + 1)
            - special.gammaln(x + 1)
            - special.gammaln(n - x + 1)
            + special.xlogy(x, share)
            + special.xlog1py(n - x, -share)
        ),
        np.float64,
    )
