"""Limits of a funnel from the count alone: exact Poisson, exact binomial, Wilson's turned round.

A limit is where a figure becomes surprising if nothing but chance keeps it from its target. The
exact ones are found on the incomplete gamma and beta functions, so that they run smoothly between
whole counts; a count lies outside the limits just when its own exact interval leaves the target
out. They are for what varies by chance alone: where areas differ more, use ``funnel`` or
``scale_limits``. In the size of an area all of them only ever narrow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure, Refused
from openscrutiny.core.rates.intervals import figures, normal_reach, tail_of

_HALVINGS = 80


def poisson_limits(expected: ArrayLike, *, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """The counts between which a Poisson count with this mean is no surprise.

    Where even a count of 0 is none, the lower limit is 0. Divided by ``expected`` they are the
    limits of a ratio (Spiegelhalter, 2005, Stat Med 24:1185). NaN where nothing is expected.
    """
    (mean,) = figures(expected)
    tail = tail_of(coverage)
    mean = np.where(mean == 0, np.nan, mean)
    reach = 40 * np.sqrt(np.nan_to_num(mean)) + 1000
    high = _crossing(lambda x: special.gammainc(x, mean) <= tail, mean, mean + reach)
    low = _crossing(lambda x: special.gammaincc(x + 1, mean) > tail, np.zeros(mean.shape), mean)
    return np.where(np.isnan(mean), np.nan, low), np.where(np.isnan(mean), np.nan, high)


def binomial_limits(
    of: ArrayLike, target: ArrayLike, *, measure: Measure | None = None, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """The proportions between which one out of ``of`` is no surprise at the ``target``.

    The lower limit is 0 where not one would be no surprise, the upper 1 where all would be none.
    NaN where the whole is 0. A target outside 0 to 1, and a measure that is a ratio of two counts,
    is Refused.
    """
    n, p = _target(of, target, measure)
    tail = tail_of(coverage)
    known = (n > 0) & ~np.isnan(p)
    n, p = np.where(known, n, 1.0), np.where(known, p, 0.5)
    middle = n * p

    def too_many(x: Floats) -> NDArray[np.bool_]:
        return (x > 0) & (special.betainc(np.maximum(x, 1e-300), n - x + 1, p) <= tail)

    def enough(x: Floats) -> NDArray[np.bool_]:
        left = np.maximum(n - x, 1e-300)
        return (x >= n) | (special.betaincc(x + 1, left, p) > tail)

    high = _crossing(too_many, middle, n) / n
    low = _crossing(enough, np.zeros(n.shape), middle) / n
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def wilson_limits(
    of: ArrayLike, target: ArrayLike, *, measure: Measure | None = None, coverage: float = 0.95
) -> tuple[Floats, Floats]:
    """The proportions whose Wilson interval just reaches the target, within 0 and 1.

    Solved for the proportion, Wilson's interval is the target and its own standard error, no more:
    the funnel of the English public health indicators. NaN and Refused as ``binomial_limits``.
    """
    n, p = _target(of, target, measure)
    reach = normal_reach(coverage) * np.sqrt(p * (1 - p) / np.where(n == 0, np.nan, n))
    return np.maximum(p - reach, 0.0), np.minimum(p + reach, 1.0)


def _target(of: ArrayLike, target: ArrayLike, measure: Measure | None) -> tuple[Floats, Floats]:
    if measure is not None:
        measure.refuse_binomial()
    n, p = figures(of, target)
    if np.any(p > 1):
        raise Refused("The target of a proportion lies between 0 and 1.")
    return n, p


def _crossing(holds: Callable[[Floats], NDArray[np.bool_]], low: Floats, high: Floats) -> Floats:
    """By bisection where ``holds`` turns true between the two; ``high`` if nowhere."""
    at_once = holds(low)
    start = low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        yes = holds(middle)
        low, high = np.where(yes, low, middle), np.where(yes, middle, high)
    return np.where(at_once, start, high)
