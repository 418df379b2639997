"""Small areas drawn towards the whole, by as much as their few cases deserve.

The ratios of a few cases swing most, so that the highest and the lowest areas are always small
ones. An empirical Bayes estimate weighs each area's own ratio against the ratio of the whole: the
more cases, the more its own. Comparisons use these; there is no ranking. Shrinkage mends chance
alone: figures that are wrong are made precisely wrong by it, so data quality is looked at first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.rates.intervals import figures

# The sizes of the prior that are told apart: beyond the largest the areas differ by chance alone.
_SMALLEST, _LARGEST = 1e-8, 1e6
_HALVINGS = 60
_STEPS = 100


@dataclass(frozen=True)
class Shrunk:
    """Ratios drawn towards the whole's.

    ``whole``: the mean ratio, and ``size``: how many cases the whole counts for beside an area's
    own (inf where the areas do not differ beyond chance), without the last axis. ``ratio``: what
    to show; ``weight``: the share of it that is the whole's, between 0 and 1, per area.
    """

    whole: Floats
    size: Floats
    ratio: Floats
    weight: Floats


def poisson_gamma(observed: ArrayLike, expected: ArrayLike) -> Shrunk:
    """Poisson counts whose ratios vary by gamma, fitted by maximum likelihood; areas last.

    Clayton & Kaldor (1987, Biometrics 43:671): the count is negative binomial with mean ``whole`` ×
    expected and size ``size``, as MASS ``glm.nb`` fits it. An area with nothing expected, or NaN,
    is left out and stays NaN. Where the squared distances from the whole do not exceed what a
    Poisson count gives, or fewer than two areas are there, every ratio is the whole's.
    """
    x, e, used = _usable(observed, expected)
    whole = _over_all(x, e)
    with np.errstate(invalid="ignore"):
        wide = ((x - whole[..., None] * e) ** 2 - x).sum(axis=-1) > 0
    wide &= used.sum(axis=-1) > 1
    low = np.full(whole.shape, np.log(_SMALLEST))
    high = np.full(whole.shape, np.log(_LARGEST))
    fitted = whole
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fitted = _whole_at(np.exp(middle), np.where(wide, fitted, 1.0), x, e, used)
        rising = _score(np.exp(middle), fitted, x, e, used) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    size = np.exp((low + high) / 2)
    wide &= size < _LARGEST * (1 - 1e-6)
    return _drawn(x, e, used, np.where(wide, fitted, whole), np.where(wide, size, np.inf))


def marshall(observed: ArrayLike, expected: ArrayLike) -> Shrunk:
    """The same by moments, with no distribution assumed (Marshall, 1991, Appl Stat 40:283).

    His global estimator. The variance between areas is what the weighted variance of the ratios
    exceeds chance by; where it does not, every ratio is the whole's. Areas last; NaN as above.
    """
    x, e, used = _usable(observed, expected)
    whole = _over_all(x, e)
    n, total = used.sum(axis=-1), e.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(used, x / e, 0.0)
        variance = (e * (ratio - whole[..., None]) ** 2).sum(axis=-1) / total
        between = variance - whole * n / total
        size = np.where(between > 0, whole**2 / between, np.inf)
    return _drawn(x, e, used, whole, size)


def moved(area: str, whole: str, own: str, shown: str, weight: float) -> str:
    """A sentence on what shrinkage did to one area, from its own figure and the one shown.

    The figures come as the words they are printed in; ``whole`` names the place the areas make up.
    """
    share = f"{round(100 * weight)}%"
    if own == shown:
        return f"{area}: {shown}. Enough cases stand behind it to be shown as it is."
    return (
        f"{area}: {shown}, moved from {own} towards the {whole} figure because few cases stand "
        f"behind it. {share} of what is shown is the {whole} figure."
    )


def _usable(observed: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Counts with 0 of 0 expected in the place of areas that are left out."""
    x, e = figures(observed, expected)
    used = ~np.isnan(x) & (e > 0)
    return np.where(used, x, 0.0), np.where(used, e, 0.0), used


def _over_all(x: Floats, e: Floats) -> Floats:
    total = e.sum(axis=-1)
    return np.asarray(x.sum(axis=-1) / np.where(total > 0, total, np.nan), np.float64)


def _drawn(x: Floats, e: Floats, used: NDArray[np.bool_], whole: Floats, size: Floats) -> Shrunk:
    with np.errstate(divide="ignore", invalid="ignore"):
        r, m = size[..., None], whole[..., None]
        weight = np.where(np.isinf(r), 1.0, r / (r + m * e))
        own = np.where(used, x / e, np.nan)
        ratio = weight * m + (1 - weight) * own
    return Shrunk(whole, size, ratio, np.where(used, weight, np.nan))


def _whole_at(size: Floats, start: Floats, x: Floats, e: Floats, used: NDArray[np.bool_]) -> Floats:
    """The likeliest mean ratio for a size, by Newton's method.

    The equation is convex and falling, so each step from the left stays left; a step from the
    right may overshoot and is held.
    """
    n, r, at = used.sum(axis=-1), size[..., None], start
    for _ in range(_STEPS):
        mean = r + at[..., None] * e
        share = np.where(used, (x + r) / mean, 0.0)
        slope = (share * e / mean).sum(axis=-1)
        gap = share.sum(axis=-1) - n
        with np.errstate(divide="ignore", invalid="ignore"):
            new = np.where(slope > 0, np.maximum(at + gap / slope, at / 4), at)
        done = np.all(np.abs(new - at) <= 1e-14 * at)
        at = new
        if done:
            break
    return at


def _score(size: Floats, whole: Floats, x: Floats, e: Floats, used: NDArray[np.bool_]) -> Floats:
    """Slope of the log-likelihood in the size."""
    r = size[..., None]
    mean = r + whole[..., None] * e
    terms = special.digamma(x + r) - special.digamma(r) - np.log(mean / r) + 1 - (x + r) / mean
    return np.asarray(np.where(used, terms, 0.0).sum(axis=-1), np.float64)
