"""How far a figure that was picked for being high would come down by itself.

What is picked for being high is partly high by chance, and chance does not last: without anything
being done such figures fall (Galton, 1886; in the evaluation of crime measures: Marchant & Baxter,
2007). How far follows from what the level can be: levels of areas are held to vary as gamma, counts
about them as Poisson or wider, and then the level one should expect lies between the figure and
what is usual, as Poisson–gamma shrinkage has it (Clayton & Kaldor, 1987, Biometrics 43:671;
Marshall, 1991, Applied Statistics 40:283). No simulation is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats


@dataclass(frozen=True)
class Level:
    """What is known of a level: its ``mean`` per unit of exposure, and how firmly.

    ``weight`` is the exposure whose events would say as much (the rate parameter of the gamma;
    its shape is mean × weight). 0 is no knowledge, ``inf`` a level known for certain.
    """

    mean: Floats
    weight: Floats

    def after_seeing(
        self, events: ArrayLike, exposure: ArrayLike, dispersion: ArrayLike = 1.0
    ) -> Level:
        """The level once ``events`` have been seen in ``exposure``.

        ``dispersion`` divides what they say where they vary more than Poisson counts. Without any
        knowledge before, the mean is that of Jeffreys' prior, half an event added.
        """
        e = _floats(exposure) / _floats(dispersion)
        y = _floats(events) / _floats(dispersion)
        firm = np.isinf(self.weight)
        weight = np.where(firm, 0.0, self.weight)
        start = np.where(weight > 0, self.mean * weight, 0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(firm, self.mean, (start + y) / (weight + e))
        return Level(np.asarray(mean), np.where(firm, np.inf, weight + e))


UNKNOWN = Level(np.array(0.0), np.array(0.0))


def level_of_areas(events: ArrayLike, exposure: ArrayLike, dispersion: ArrayLike = 1.0) -> Level:
    """How the levels of areas (last axis) vary, by Marshall's moments.

    ``weight`` is inf where the areas differ by no more than chance. Areas without exposure, or
    with an unknown figure, are left out; with fewer than two areas nothing is known (weight 0).
    """
    y, e = np.broadcast_arrays(_floats(events), _floats(exposure))
    known = (e > 0) & ~np.isnan(y)
    y, e = np.where(known, y, 0.0), np.where(known, e, 0.0)
    areas, whole = known.sum(axis=-1), e.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = y.sum(axis=-1) / whole
        away = np.where(known, y / e, 0.0) - np.where(known, mean[..., None], 0.0)
        between = (e * away**2).sum(axis=-1) / whole - mean * dispersion * areas / whole
        weight = np.where(between > 0, mean / between, np.inf)
    told = (areas >= 2) & (np.nan_to_num(mean) > 0)
    return Level(np.where(told, mean, 0.0), np.where(told, weight, 0.0))


def expected_return(
    level: Level, events: ArrayLike, exposure: ArrayLike, dispersion: ArrayLike = 1.0
) -> Floats:
    """The change to expect of a figure, -0.2 for a fall by a fifth, if nothing is done at all.

    ``level``: what was known of it before ``events`` were seen in ``exposure``. NaN where there
    were no events, or no exposure.
    """
    seen = level.after_seeing(events, exposure, dispersion)
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = _floats(events) / _floats(exposure)
        change = seen.mean / figure - 1
    return _floats(np.where((figure > 0) & np.isfinite(figure), change, np.nan))


def expected_return_when_picked(
    monthly: ArrayLike,
    picked_above: ArrayLike,
    *,
    months: int = 12,
    spread: float = 0.0,
    dispersion: float = 1.0,
) -> Floats:
    """The change to expect of all series together that were picked for a high figure.

    ``monthly``: their mean count in a month; ``picked_above``: how many Poisson standard
    deviations above it their count over ``months`` had to be; ``spread``: squared coefficient of
    variation of the true levels (0: all have the same); ``dispersion``: variance over mean of a
    count about its level. It is E(next) / E(picked) − 1, exact for negative binomial counts
    when ``dispersion`` is 1, by linear credibility otherwise. NaN for a mean of 0 or less.
    """
    m, z = np.broadcast_arrays(_floats(monthly) * months, _floats(picked_above))
    told = m > 0
    mean = np.where(told, m, 1.0)
    least = np.maximum(np.floor(mean + z * np.sqrt(mean)) + 1, 0)
    variance = dispersion * mean + spread * mean**2
    picked, again = _at_least(least, mean, variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = mean * again / picked
        lasts = spread * mean**2 / variance
        change = (mean + lasts * (figure - mean)) / figure - 1
    return _floats(np.where(told & (picked > 0), change, np.nan))


def _at_least(least: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """P(Y ≥ least), and the same of the size-biased count: E(Y; Y ≥ least) over the mean."""
    extra = variance - mean
    wide = extra > 1e-9 * mean
    size = np.where(wide, mean**2 / np.where(wide, extra, 1.0), 1.0)
    share = mean / (mean + size)

    def tail(k: Floats, add: float) -> Floats:
        inside = np.maximum(k, 1.0)
        chance = np.where(
            wide, special.betainc(inside, size + add, share), special.gammainc(inside, mean)
        )
        return np.where(k > 0, chance, 1.0)

    return tail(least, 0.0), tail(least - 1, 1.0)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float64)
