"""Rates that are fair to areas whose people differ, means, groups by rank, and standings.

The published methods of the English public health indicators (Public Health England, *Technical
guide: public health methods*): a rate is *directly* standardised by giving every area the same
mix of ages, *indirectly* by holding its count against what the whole's rates would have given. All
run over leading axes at once; NaN marks a figure that is not there. Negative and infinite figures
are Refused.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure, Refused
from openscrutiny.core.rates.intervals import (
    Estimate,
    byar_interval,
    figures,
    proportions,
    rate_interval,
    tail_of,
    wilson_interval,
)

_DIRECT_FROM = 10


class Standing(StrEnum):
    """How a figure stands against a benchmark: outside its 95 % or, far, its 99.8 % interval."""

    FAR_HIGHER = "far higher"
    HIGHER = "higher"
    NO_DIFFERENT = "no different"
    LOWER = "lower"
    FAR_LOWER = "far lower"
    TOO_FEW = "too few to tell"


def direct_rate(
    count: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    per: float = 1.0,
    coverage: float = 0.95,
    variance: ArrayLike | None = None,
) -> Estimate:
    """Directly standardised rate with its interval (Dobson et al., 1991, Stat Med 10:457).

    Last axis: the bands of age or of whatever is standardised for, with as many ``standard``
    people in each band. Too few to tell, that is NaN, where all bands together hold fewer than 10
    events or a band is not known. ``variance`` of the counts is for events that do not happen one
    by one (see ``compound_variance``); without it they are Poisson. Refused where a band has
    nobody in it (join it to the next one) or the standard has nobody in any.
    """
    x, n, w = figures(count, population, standard)
    if np.any(n == 0):
        raise Refused("Nobody lives in one of these bands, so it has no rate. Join it to the next.")
    spread = x if variance is None else np.broadcast_to(figures(variance)[0], x.shape)
    total = x.sum(axis=-1)
    total = np.where(total < _DIRECT_FROM, np.nan, total)
    people = w.sum(axis=-1)
    if np.any(people == 0):
        raise Refused("Nobody is in the standard population, so nothing can be made like it.")
    value = (w * x / n).sum(axis=-1) / people
    error = np.sqrt((w**2 * spread / n**2).sum(axis=-1) / total) / people
    low, high = (
        per * (value + error * (limit - total)) for limit in byar_interval(total, coverage)
    )
    return Estimate(np.where(np.isnan(total), np.nan, per * value), low, high)


def compound_variance(incidents: ArrayLike) -> Floats:
    """Variance of a count of victims when incidents, not victims, happen one by one.

    Last axis: how many incidents had 1, 2, 3, … victims. The variance of a compound Poisson count
    is the sum of (victims per incident)² × incidents.
    """
    (n,) = figures(incidents)
    return np.asarray((n * np.arange(1, n.shape[-1] + 1) ** 2).sum(axis=-1), np.float64)


def expected_count(
    population: ArrayLike, reference_count: ArrayLike, reference_population: ArrayLike
) -> Floats:
    """What an area would count if each band of it had the reference's rate. Last axis: the bands.

    NaN where a band of the reference has nobody in it.
    """
    n, x, r = figures(population, reference_count, reference_population)
    return np.asarray((n * x / np.where(r == 0, np.nan, r)).sum(axis=-1), np.float64)


def indirect_ratio(
    observed: ArrayLike, expected: ArrayLike, *, per: float = 1.0, coverage: float = 0.95
) -> Estimate:
    """``per`` × observed / expected: exact interval below 10 observed, Byar's from there on.

    NaN where nothing is expected.
    """
    x, e = figures(observed, expected)
    low, high = rate_interval(x, e, per=per, coverage=coverage)
    return Estimate(per * x / np.where(e == 0, np.nan, e), low, high)


def indirect_rate(
    observed: ArrayLike,
    expected: ArrayLike,
    reference_rate: ArrayLike,
    *,
    coverage: float = 0.95,
) -> Estimate:
    """The reference's crude rate times observed / expected, per whatever the reference's is per."""
    x, e, rate = figures(observed, expected, reference_rate)
    ratio = indirect_ratio(x, e, coverage=coverage)
    return Estimate(rate * ratio.value, rate * ratio.low, rate * ratio.high)


def mean_interval(values: ArrayLike, *, coverage: float = 0.95) -> Estimate:
    """Mean over the last axis with Student's t interval.

    NaN where one of the values is not known, so that no mean hides what it lacks; an interval
    needs two values. Values may be negative; infinite ones are Refused.
    """
    y = np.asarray(values, np.float64)
    if np.any(np.isinf(y)):
        raise Refused("A mean of infinite values has no meaning. Mark what is not known as NaN.")
    n = y.shape[-1]
    tail = tail_of(coverage)
    if n == 0:
        nothing = np.full(y.shape[:-1], np.nan)
        return Estimate(nothing, nothing, nothing)
    mean = y.mean(axis=-1)
    if n == 1:
        return Estimate(mean, np.full(mean.shape, np.nan), np.full(mean.shape, np.nan))
    reach = -special.stdtrit(n - 1, tail) * y.std(axis=-1, ddof=1) / np.sqrt(n)
    return Estimate(mean, mean - reach, mean + reach)


def quantile_groups(values: ArrayLike, groups: int, *, highest_first: bool = False) -> Floats:
    """Into which of ``groups`` groups by rank each value falls, 1 the lowest, over the last axis.

    Equal values share the rank of the first of them. NaN stays NaN, and all are NaN where there
    are fewer values than groups. Groups describe a spread; they are no ranking of areas.
    """
    if groups < 1:
        raise Refused(f"Values can be put into one group or more, not into {groups}.")
    y = np.asarray(values, np.float64)
    y = -y if highest_first else y
    ordered = np.sort(y, axis=-1)
    n = (~np.isnan(y)).sum(axis=-1, keepdims=True)
    starts = np.ones(y.shape, bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    rank = np.maximum.accumulate(np.where(starts, np.arange(y.shape[-1]), 0), axis=-1) + 1.0
    ranks = np.empty_like(y)
    np.put_along_axis(ranks, np.argsort(y, axis=-1, kind="stable"), rank, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # From the top down, so that what does not divide evenly falls to the lowest groups.
        group = groups + 1 - np.ceil((n + 1 - ranks) / (n / groups))
    return np.where(np.isnan(y) | (n < groups), np.nan, np.maximum(group, 1))


def standing_of_count(
    count: ArrayLike, expected: ArrayLike, *, directly_standardised: bool = False
) -> NDArray[np.str_]:
    """The Standing of each count against what is expected at the benchmark's rate.

    For a rate, ``expected`` is the benchmark times the exposure; for one that is
    ``directly_standardised`` it is the benchmark times count / rate, and a count below 10 is too
    few to tell. So is one that is not known, or where nothing is expected.
    """
    x, e = figures(count, expected)
    known = (e > 0) & ~np.isnan(x)
    if directly_standardised:
        known = known & (x >= _DIRECT_FROM)
    inner, outer = rate_interval(x, 1.0), rate_interval(x, 1.0, coverage=0.998)
    return _standing(e, inner, outer, known)


def standing_of_proportion(
    part: ArrayLike, of: ArrayLike, benchmark: ArrayLike, *, measure: Measure | None = None
) -> NDArray[np.str_]:
    """The Standing of each proportion against a benchmark, by Wilson's interval.

    The same as to ask whether it lies outside ``funnel.wilson_limits``. Refused as
    ``wilson_interval`` is. Too few to tell where the whole is 0 or not known.
    """
    x, n = proportions(part, of, measure)
    x, n, target = figures(x, n, benchmark)
    inner, outer = wilson_interval(x, n), wilson_interval(x, n, coverage=0.998)
    return _standing(target, inner, outer, (n > 0) & ~np.isnan(x))


def _standing(
    benchmark: Floats,
    inner: tuple[Floats, Floats],
    outer: tuple[Floats, Floats],
    known: NDArray[np.bool_],
) -> NDArray[np.str_]:
    return np.select(
        [
            ~known,
            outer[0] > benchmark,
            inner[0] > benchmark,
            outer[1] < benchmark,
            inner[1] < benchmark,
        ],
        [
            s.value
            for s in (
                Standing.TOO_FEW,
                Standing.FAR_HIGHER,
                Standing.HIGHER,
                Standing.FAR_LOWER,
                Standing.LOWER,
            )
        ],
        Standing.NO_DIFFERENT.value,
    )
