"""Series of counts in which nothing happens, for finding out how often a detector is wrong.

Each kind of null is one way in which ordinary counts are not simply Poisson around one level: more
variation than Poisson, a season, a trend, months that resemble the month before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused

YEAR = 12


class Null(StrEnum):
    """What ordinary life is in a null series besides its level and its dispersion."""

    LEVEL = "level"
    SEASON = "season"
    TREND = "trend"
    ALIKE = "alike"


@dataclass(frozen=True)
class Life:
    """How strong each kind is: the season swings by ``season`` either way, the trend is ``trend``
    a month (both on the log scale), and in a series whose months are alike the extra variation
    carries over from month to month with correlation ``alike``."""

    season: float = 0.3
    trend: float = 0.004
    alike: float = 0.3


def null_series(
    rng: np.random.Generator,
    *,
    mean: float,
    phi: float,
    kind: Null,
    series: int,
    months: int,
    life: Life | None = None,
) -> Floats:
    """Counts of shape (series, months) with this mean in the last month's level and variance phi
    times the mean.

    ``mean`` is the level at the end of a trend, so that what is tested is tested at its mean. The
    extra variation is a gamma factor (negative binomial counts); months that are alike share it by
    way of a normal copula. Refused for a mean that is not above 0, a phi below 1, and what is not
    finite.
    """
    if not (0 < mean < np.inf and 1 <= phi < np.inf):
        raise Refused(
            "A null series has a finite mean above 0 and a dispersion of 1 or more: give it both."
        )
    how = life or Life()
    t = np.arange(months)
    level = np.full(months, np.log(mean))
    if kind is Null.SEASON:
        level = level + how.season * np.cos(2 * np.pi * t / YEAR)
    if kind is Null.TREND:
        level = level + how.trend * (t - (months - 1))
    expected = np.broadcast_to(np.exp(level), (series, months))
    if phi == 1:
        return rng.poisson(expected).astype(np.float64)
    shape = expected / (phi - 1)
    if kind is not Null.ALIKE:
        return rng.poisson(rng.gamma(shape) * (phi - 1)).astype(np.float64)
    return rng.poisson(_alike(rng, shape, how.alike) * (phi - 1)).astype(np.float64)


def _alike(rng: np.random.Generator, shape: Floats, correlation: float) -> Floats:
    """Gamma variables whose normal scores follow a first-order autoregression."""
    fresh = rng.standard_normal(shape.shape)
    scores = fresh.copy()
    for t in range(1, shape.shape[1]):
        scores[:, t] = correlation * scores[:, t - 1] + np.sqrt(1 - correlation**2) * fresh[:, t]
    return np.asarray(special.gammaincinv(shape, special.ndtr(scores)), np.float64)
