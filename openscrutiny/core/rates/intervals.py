"""Intervals for counts, rates and proportions, and the exact test of two rates.

For display and for questions about a single figure; ``funnel`` and ``surveillance`` make findings.
All functions take arrays that broadcast and return arrays. Negative counts are the caller's error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure

_EXACT_BELOW = 10


def poisson_interval(count: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval for the mean of a Poisson count (Garwood, 1936, Biometrika 28:437)."""
    x = np.asarray(count, np.float64)
    tail = (1 - coverage) / 2
    low = np.where(x > 0, special.gammaincinv(np.where(x > 0, x, 1.0), tail), 0.0)
    return low, np.asarray(special.gammainccinv(x + 1, tail), np.float64)


def byar_interval(count: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximation for a Poisson count (Breslow & Day, 1987, volume II, page 69).

    Within 0.1 of the exact interval from a count of 10 on.
    """
    x = np.asarray(count, np.float64)
    z = special.ndtri((1 + coverage) / 2)
    safe = np.where(x > 0, x, 1.0)
    low = np.where(x > 0, x * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3, 0.0)
    up = x + 1
    return low, up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3


def rate_interval(
    count: ArrayLike, exposure: ArrayLike, *, per: float = 1.0, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval for ``per`` × count / exposure: exact below a count of 10, Byar's from there on.

    This is the published practice of the English public health indicators.
    """
    x, e = np.broadcast_arrays(np.asarray(count, np.float64), np.asarray(exposure, np.float64))
    exact, byar = poisson_interval(x, coverage), byar_interval(x, coverage)
    small = x < _EXACT_BELOW
    return (
        per * np.where(small, exact[0], byar[0]) / e,
        per * np.where(small, exact[1], byar[1]) / e,
    )


def wilson_interval(
    part: ArrayLike, of: ArrayLike, *, measure: Measure | None = None, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval for a proportion (Wilson, 1927, JASA 22:209).

    Name the ``measure`` the figures belong to: one whose numerator is not part of its denominator
    is Refused. ValueError where a part is greater than its whole.
    """
    if measure is not None:
        measure.refuse_binomial()
    x, n = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(of, np.float64))
    if np.any(x > n):
        raise ValueError(
            "A part cannot be greater than its whole, so these figures are not a proportion. "
            "For a ratio of two counts use rate_interval."
        )
    z = special.ndtri((1 + coverage) / 2)
    middle = 2 * x + z * z
    reach = z * np.sqrt(z * z + 4 * x * (1 - x / n))
    width = 2 * (n + z * z)
    return np.maximum((middle - reach) / width, 0.0), np.minimum((middle + reach) / width, 1.0)


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
    that adds up everything no likelier than what was seen, as R's ``poisson.test`` does. Memory
    grows with the largest sum of two counts in the exact form.
    """
    x, e, y, f = np.broadcast_arrays(
        *(np.asarray(v, np.float64) for v in (count, exposure, other_count, other_exposure))
    )
    n, share = x + y, e / (e + f)
    if mid:
        below = np.where(x < n, special.betaincc(x + 1, np.maximum(n - x, 1), share), 1.0)
        at = _binomial(x, n, share)
        lower = below - at / 2
        return np.asarray(2 * np.minimum(lower, 1 - lower), np.float64)
    every = np.arange(int(n.max(initial=0)) + 1).reshape(-1, *[1] * n.ndim)
    chance = np.where(every <= n, _binomial(np.minimum(every, n), n, share), 0.0)
    here = _binomial(x, n, share)
    total = np.where(chance <= here * (1 + 1e-7), chance, 0.0).sum(axis=0)
    return np.asarray(np.minimum(total, 1.0), np.float64)


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
