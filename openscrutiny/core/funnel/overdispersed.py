"""Areas against each other: the over-dispersed funnel.

Spiegelhalter (2005, *Funnel plots for comparing institutional performance*, Stat Med 24:1185; 2005,
*Handling over-dispersion of performance indicators*, QSHC 14:347): institutions differ for reasons
that are nobody's fault, so the limits of a funnel are widened by the ordinary spread between them,
an additive variance tau², estimated after the most extreme have been drawn in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from openscrutiny.core import counting
from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.rates.intervals import figures


@dataclass(frozen=True)
class Dispersion:
    """phi: mean squared (trimmed) z; tau2: the variance between units beyond chance.

    Both have the shape of the input without its last axis. ``tau2`` is on the scale of the
    transformed ratio it was estimated on.
    """

    phi: Floats
    tau2: Floats


@dataclass(frozen=True)
class Funnel:
    """Observed against expected counts, last axis the areas.

    ``z``: standardised distance on the square-root scale before over-dispersion; ``tau2``: squared
    coefficient of variation between areas (log-ratio scale); ``p``: two-sided mid-p of the
    over-dispersed count; ``low`` and ``high``: the usual range of the count at ``coverage``.
    """

    z: Floats
    phi: Floats
    tau2: Floats
    p: Floats
    low: Floats
    high: Floats


def funnel(
    observed: Floats, expected: Floats, *, coverage: float = 0.95, trim: float = 0.1
) -> Funnel:
    """Hold each area against the others. NaN marks an absent area and stays NaN.

    So does an area with nothing expected; a negative or infinite figure is Refused.

    The p-value and the range are those of a negative binomial count with mean ``expected`` and
    size ``1 / tau2``: with little spread between areas they are the exact Poisson ones, right down
    to expectations below one; with large counts they are the over-dispersed funnel's.
    """
    tau2, phi, z = between_areas(observed, expected, trim=trim)
    with np.errstate(divide="ignore"):
        size = np.broadcast_to((1 / tau2)[..., None], np.shape(observed))
    p = counting.two_sided(observed, expected, size)
    known = ~np.isnan(p)
    low, high = np.full(p.shape, np.nan), np.full(p.shape, np.nan)
    low[known], high[known] = counting.usual_range(expected[known], size[known], coverage)
    return Funnel(z, phi, tau2, p, low, high)


def between_areas(
    observed: Floats, expected: Floats, *, trim: float = 0.1
) -> tuple[Floats, Floats, Floats]:
    """tau² on the log-ratio scale, phi, and z: the ordinary spread between areas.

    Estimated on the square-root scale, where a count of zero has a place and the variance of a
    Poisson count does not depend on its mean; times four that is the log-ratio scale, to first
    order. Winsorising is made ``consistent``, so that areas which differ only as areas do are
    flagged no oftener than the false share allows.
    """
    z, s = on_root_scale(observed, expected)
    found = dispersion(z, s, trim=trim, consistent=True)
    return 4 * found.tau2, found.phi, z


def on_root_scale(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """z and standard error of the square root of observed / expected, with target 1.

    NaN where nothing is expected. A negative or infinite figure is Refused.
    """
    observed, expected = figures(observed, expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(expected > 0, 1 / (2 * np.sqrt(expected)), np.nan)
        z = (np.sqrt(observed / expected) - 1) / s
    return np.where(np.isnan(s), np.nan, z), np.where(np.isnan(z), np.nan, s)


def on_log_scale(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """z and standard error of log(observed / expected), with target 0.

    A count of zero has no logarithm: it is left out (NaN), not given an infinite distance. A
    negative or infinite figure is Refused.
    """
    observed, expected = figures(observed, expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = (observed > 0) & (expected > 0)
        s = np.where(usable, 1 / np.sqrt(expected), np.nan)
        z = np.where(usable, np.log(observed / expected) / s, np.nan)
    return z, s


def dispersion(
    z: Floats, s: Floats, *, trim: float = 0.1, drop: bool = False, consistent: bool = False
) -> Dispersion:
    """phi and the additive tau² of z-scores with standard errors ``s``, over the last axis.

    The lowest and highest ``trim`` of z are drawn in to their quantiles (winsorised) or, with
    ``drop``, left out. tau² is the method-of-moments estimate of DerSimonian & Laird (1986), and 0
    where phi times the number of units does not exceed that number less one.

    Drawing in the extremes also draws in ordinary ones: of normal z-scores winsorised at 10 % only
    68 % of the variance is left. ``consistent`` divides by that share. The published method, and
    the default, does not. A ``trim`` that is not from 0 to below 0.5 is Refused.
    """
    if not 0 <= trim < 0.5:
        raise Refused(f"What is drawn in at either end is from 0 to below a half, and not {trim}.")
    trimmed = _dropped(z, trim) if drop else _winsorised(z, trim)
    used = ~np.isnan(trimmed)
    n = used.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = np.nansum(trimmed**2, axis=-1) / n
        if consistent:
            phi = phi / _variance_kept(trim)
        weight = np.where(used, 1 / s**2, 0.0)
        total = weight.sum(axis=-1)
        scale = total - (weight**2).sum(axis=-1) / total
        tau2 = (n * phi - (n - 1)) / scale
    return Dispersion(phi, np.where((n > 1) & (tau2 > 0), tau2, 0.0))


def _variance_kept(trim: float) -> float:
    """Variance of a standard normal winsorised by ``trim`` at either end."""
    if trim == 0:
        return 1.0
    c = special.ndtri(1 - trim)
    density = np.exp(-c * c / 2) / np.sqrt(2 * np.pi)
    return float(1 - 2 * trim - 2 * c * density + 2 * trim * c * c)


def _winsorised(z: Floats, trim: float) -> Floats:
    low, high = _quantile(z, trim), _quantile(z, 1 - trim)
    return np.clip(z, low[..., None], high[..., None])


def _dropped(z: Floats, trim: float) -> Floats:
    """Leave out either end: of units ranked into 1 / ``trim`` groups the first and last group.

    A unit of rank r among n is in group floor(r / (trim × (n + 1))), so that the last group may
    hold one unit more than the first. Equal units share the mean of their ranks.
    """
    n = (~np.isnan(z)).sum(axis=-1, keepdims=True)
    place = _mean_rank(z) / (n + 1) + 1e-12
    return np.where((place >= trim) & (place < 1 - trim), z, np.nan)


def _mean_rank(z: Floats) -> Floats:
    """Rank over the last axis from 1 on, equal values sharing the mean of theirs; NaN come last."""
    order = np.argsort(z, axis=-1)
    ordered = np.take_along_axis(z, order, axis=-1)
    place, n = np.arange(z.shape[-1]), z.shape[-1]
    new = np.ones(z.shape, bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    ends = np.concatenate([new[..., 1:], np.ones((*z.shape[:-1], 1), bool)], axis=-1)[..., :n]
    last = np.minimum.accumulate(np.where(ends, place, n)[..., ::-1], axis=-1)[..., ::-1]
    rank = np.empty(z.shape)
    np.put_along_axis(rank, order, (first + last) / 2 + 1.0, axis=-1)
    return rank


def _quantile(z: Floats, q: float) -> Floats:
    """Linear quantile over the last axis that passes over NaN (Hyndman & Fan's type 7)."""
    if z.shape[-1] == 0:
        return np.full(z.shape[:-1], np.nan)
    ordered = np.sort(z, axis=-1)
    n = (~np.isnan(z)).sum(axis=-1)
    position = q * np.maximum(n - 1, 0)
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    at_below = np.take_along_axis(ordered, below[..., None], axis=-1)[..., 0]
    at_above = np.take_along_axis(ordered, above[..., None], axis=-1)[..., 0]
    return np.asarray(at_below + (at_above - at_below) * (position - below), np.float64)
