"""Brings the false alarms of the seasonal rule to their nominal number.

The plug-in distribution of ``farrington`` takes its own estimates for the truth, so that small
p-values come oftener than they should, the more so the more the counts vary and the fewer years are
known. How much oftener is found by simulation (a parametric bootstrap; Efron & Tibshirani, 1993,
*An Introduction to the Bootstrap*, section 6.5): for each cell of estimated mean, estimated
dispersion and years of history, the p-value below which ordinary series fall with each nominal
probability. The table is kept (``alphas``) and can be made again, with the same seed to the last
digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.surveillance.farrington import Settings, farrington
from openscrutiny.core.surveillance.nulls_of_counts import Null, null_series

YEAR = 12
# The true dispersions whose series fill the cells, as far as a mean can bear them, and how many
# series of each: Poisson counts are common, and their dispersion is often taken for a little more.
_TRUE = {1.0: 12, 1.25: 1, 1.6: 1, 2.0: 2, 3.0: 4, 5.0: 2, 10.0: 3, 20.0: 2}
# Months that resemble the month before are the rule in real series, more than in invented ones.
_KINDS = {Null.LEVEL: 1, Null.SEASON: 1, Null.TREND: 1, Null.ALIKE: 3}
_LEAST_IN_CELL = 3_000


@dataclass(frozen=True)
class AlphaTable:
    """What a p-value of each cell is worth.

    ``real``: natural logarithms of the p-values below which ordinary series fall with the
    ``nominal`` probabilities, shape (years, means, phis, nominal), NaN for a cell that is unfit.
    Grid points: ``years`` of history, ``means`` (expected events), ``phis`` (dispersion).
    """

    version: str
    years: tuple[int, ...]
    means: tuple[float, ...]
    phis: tuple[float, ...]
    nominal: tuple[float, ...]
    real: Floats

    def calibrated(
        self, p: ArrayLike, expected: ArrayLike, phi: ArrayLike, years: ArrayLike
    ) -> Floats:
        """The nominal probability of each p-value; NaN where a cell it lies between is unfit.

        Between grid points the table is linear in the logarithms of everything; beyond its ends it
        is that of the end. Below the smallest probability it goes straight on, but no steeper than
        p itself. NaN where anything is NaN, or the expectation or phi is not above 0. ``years``
        between two numbers count as the larger.
        """
        values, m, f, n = np.broadcast_arrays(
            *(np.asarray(v, np.float64) for v in (p, expected, phi, years))
        )
        found = np.full(values.shape, np.nan)
        told = ~np.isnan(values + m + f + n) & (m > 0) & (f > 0)
        if told.any():
            found[told] = self._of(values[told], m[told], f[told], n[told])
        return found

    def _of(self, p: Floats, mean: Floats, phi: Floats, years: Floats) -> Floats:
        year = np.searchsorted(self.years, np.clip(years, self.years[0], self.years[-1]))
        (low_m, part_m), (low_f, part_f) = (
            _between(np.log(x), np.log(grid)) for x, grid in ((mean, self.means), (phi, self.phis))
        )
        corners: Floats = np.zeros((len(p), len(self.nominal)))
        for up_m, share_m in ((0, 1 - part_m), (1, part_m)):
            for up_f, share_f in ((0, 1 - part_f), (1, part_f)):
                share = (share_m * share_f)[:, None]
                at = self.real[
                    year,
                    np.minimum(low_m + up_m, len(self.means) - 1),
                    np.minimum(low_f + up_f, len(self.phis) - 1),
                ]
                corners += np.where(share > 0, share * at, 0.0)
        # From (0, 0), where p is 1, down to the smallest probability.
        real = np.concatenate([np.zeros((len(p), 1)), corners], axis=1)
        nominal = np.concatenate([[0.0], np.log(self.nominal)])
        logarithm = _followed(np.log(np.maximum(p, 1e-300)), real, nominal)
        worth: Floats = np.exp(logarithm)
        return worth


def _between(x: Floats, grid: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The grid point below each x, and how far x lies on the way to the next; ends hold."""
    inside = np.clip(x, grid[0], grid[-1])
    low = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, len(grid) - 2)
    return low, (inside - grid[low]) / (grid[low + 1] - grid[low])


def _followed(x: Floats, knots: Floats, values: Floats) -> Floats:
    """Broken lines through (knots, values), each row its own, both falling.

    Beyond the last it goes straight on, but no steeper than x itself; nothing lies above 0. A row
    with a knot that is NaN has no answer.
    """
    place = np.clip((knots >= x[:, None]).sum(axis=1) - 1, 0, len(values) - 2)
    row = np.arange(len(x))
    left, right = knots[row, place], knots[row, place + 1]
    width = np.where(right < left, left - right, 1.0)
    steep = (values[place] - values[place + 1]) / width
    steep = np.where(x < knots[:, -1], np.minimum(steep, 1.0), steep)
    # From the nearer end, so that what lies beyond the last knot starts from there.
    from_end = x < right
    there = np.where(from_end, values[place + 1], values[place])
    there = there - steep * (np.where(from_end, right, left) - x)
    return np.where(np.isnan(knots).any(axis=1), np.nan, np.minimum(there, 0.0))


def alpha_table(
    *,
    seed: int,
    series: int,
    version: str,
    years: tuple[int, ...] = (3, 4, 5),
    means: tuple[float, ...] = (1, 2, 5, 10, 30, 100, 300, 1000),
    phis: tuple[float, ...] = (1, 1.1, 1.25, 1.6, 2, 3, 5, 10, 20),
    nominal: tuple[float, ...] = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005),
    least: float = 2,
    settings: Settings | None = None,
    engine: str = "ready",
) -> AlphaTable:
    """Make the table by simulation: some ``series`` of each kind of null, mean and dispersion.

    Cells are of what is *estimated*, because that is what is known when the table is used: the
    series of all true means and dispersions fill them. A cell with too few months in it is filled
    from its neighbour of the next smaller dispersion that has enough. Cells in which fewer than
    ``least`` events are expected are unfit: with so few, no p-value of a count is small.
    """
    real = np.full((len(years), len(means), len(phis), len(nominal)), np.nan)
    for y, history in enumerate(years):
        told = [
            _simulated(
                rng, mean, phi, kind, history, series * times, settings or Settings(), engine
            )
            for rng, mean, phi, kind, times in _worlds(seed, history, means)
        ]
        expected, wide, p = (np.concatenate(parts) for parts in zip(*told, strict=True))
        at_mean = _nearest(np.log(expected), np.log(means))
        at_phi = _nearest(np.log(wide), np.log(phis))
        for m in np.flatnonzero(np.asarray(means) >= least):
            for f in range(len(phis)):
                here = p[(at_mean == m) & (at_phi == f)]
                if len(here) >= _LEAST_IN_CELL:
                    real[y, m, f] = np.log(np.maximum(np.quantile(here, nominal), 1e-300))
                elif f:
                    real[y, m, f] = real[y, m, f - 1]
    # A smaller probability never has the larger p-value, whatever the simulation says.
    return AlphaTable(version, years, means, phis, nominal, np.minimum.accumulate(real, axis=3))


def _worlds(
    seed: int, history: int, means: Iterable[float]
) -> Iterator[tuple[np.random.Generator, float, float, Null, int]]:
    """Every world of the simulation: its random numbers, its name, and how many times it counts."""
    for mean, (phi, many), (kind, often) in product(
        _between_too(means), _TRUE.items(), _KINDS.items()
    ):
        if phi <= max(3.0, mean / 3):
            name = [seed, history, round(mean * 100), round(phi * 100), list(Null).index(kind)]
            yield np.random.default_rng(name), mean, phi, kind, many * often


def _between_too(means: Iterable[float]) -> list[float]:
    """The means and one halfway (in logarithms) between neighbours: real means are no round
    numbers, and a cell filled by those below and above it alone would be held to the wrong ones."""
    points = list(means)
    halfway = [float(np.sqrt(a * b)) for a, b in zip(points, points[1:], strict=False)]
    return sorted(points + halfway)


def _simulated(
    rng: np.random.Generator,
    mean: float,
    phi: float,
    kind: Null,
    history: int,
    series: int,
    settings: Settings,
    engine: str,
) -> tuple[Floats, Floats, Floats]:
    """Expected events, dispersion and p-values of the last months of null series."""
    months = YEAR * history + settings.half_window + 6
    y = null_series(rng, mean=mean, phi=phi, kind=kind, series=series, months=months)
    found = farrington(y, months=slice(-6, None), settings=settings, engine=engine)
    told = ~np.isnan(found.p)
    return found.expected[told], found.phi[told], found.p[told]


def _nearest(x: Floats, grid: Floats) -> NDArray[np.int64]:
    middle = (np.asarray(grid)[1:] + np.asarray(grid)[:-1]) / 2
    return np.searchsorted(middle, x)
