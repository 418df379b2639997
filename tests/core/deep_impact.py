"""The long calibration of impact: how often a change is claimed of series in which nothing changed.

Each cell is a design, a mean, an autocorrelation and a dispersion; series are drawn from a seed.
Months hang together in two ways: the counts themselves follow each other by the correlation given
(a Gaussian copula of Poisson or negative binomial counts), or a hidden level does and the counts
scatter about it. A cell is outside if the share claimed is more than 1.5 times the nominal one, or
not within the error the method itself states; what chance allows at this number of series is given.
Run by ``make deep ONLY=impact``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy import special, stats

from openscrutiny.core.impact import Conclusion, Direction, Impact, Plan, Shape, assess
from openscrutiny.core.impact.assessment import measured_error
from openscrutiny.core.months import Month, Period

START = Month.of(2024, 1)
NOMINAL = 0.05
MOST = 1.5 * NOMINAL
CLAIMS = (Conclusion.IMPROVED, Conclusion.WORSE)
SERIES = 1500
DESIGNS = (
    (Shape.LEVEL, 12, 8),
    (Shape.LEVEL, 24, 12),
    (Shape.LEVEL, 36, 12),
    (Shape.LEVEL, 60, 24),
    (Shape.LEVEL_AND_SLOPE, 24, 12),
    (Shape.LEVEL_AND_SLOPE, 36, 24),
    (Shape.LEVEL_AND_SLOPE, 60, 24),
)


@dataclass(frozen=True)
class Cell:
    """One kind of series without a change. ``hidden``: a hidden level has the autocorrelation."""

    shape: Shape
    before: int
    after: int
    mean: float
    correlation: float
    dispersion: float
    hidden: bool = False

    def __str__(self) -> str:
        return (
            f"{self.shape} {self.before}+{self.after} mean {self.mean:g} "
            f"autocorrelation {self.correlation:g} dispersion {self.dispersion:g}"
            f"{' hidden' if self.hidden else ''}"
        )


def cells() -> Iterator[Cell]:
    """Every cell: a hidden level needs a dispersion above 1 and an autocorrelation to differ."""
    for shape, before, after in DESIGNS:
        for mean in (5.0, 20.0, 50.0):
            for correlation in (0.0, 0.3, 0.6):
                for dispersion in (1.0, 2.0):
                    yield Cell(shape, before, after, mean, correlation, dispersion)
                    if dispersion > 1 and correlation > 0:
                        yield Cell(shape, before, after, mean, correlation, dispersion, True)


def wave(rng: np.random.Generator, series: int, months: int, correlation: float) -> np.ndarray:
    """Standard normal months, each correlated with the one before."""
    z = rng.normal(size=(series, months))
    for month in range(1, months):
        z[:, month] = correlation * z[:, month - 1] + np.sqrt(1 - correlation**2) * z[:, month]
    return z


def drawn(cell: Cell, series: int, months: int, seed: int) -> np.ndarray:
    """Counts (series, months) in which nothing changes."""
    rng = np.random.default_rng(seed)
    z = wave(rng, series, months, cell.correlation)
    if cell.hidden:
        variance = np.log1p((cell.dispersion - 1) / cell.mean)
        level = cell.mean * np.exp(np.sqrt(variance) * z - variance / 2)
        return rng.poisson(level).astype(float)
    counts = np.arange(int(cell.mean * cell.dispersion * 8 + 60))
    if cell.dispersion == 1:
        below = stats.poisson.cdf(counts, cell.mean)
    else:
        size = cell.mean / (cell.dispersion - 1)
        below = stats.nbinom.cdf(counts, size, 1 / cell.dispersion)
    return np.searchsorted(below, special.ndtr(z)).astype(float)


def plan(cell: Cell, *, triggered: int = 0, comparison: int = 0) -> Plan:
    """A plan for the cell; ``triggered``: how many months just before the start led to it."""
    return Plan(
        measure="offences",
        area="here",
        direction=Direction.FALL,
        start=START,
        shape=cell.shape,
        declared_on=date(2023, 11, 1),
        triggered_by=Period(START + (-triggered), START + (-1)) if triggered else None,
        comparison=tuple(f"area {i}" for i in range(comparison)),
    )


def judged(cell: Cell, series: int, seed: int, *, declared: bool) -> Impact:
    """What is concluded of series without a change.

    ``declared``: the plan says that the last quarter led to it; else that no months did.
    """
    led = 3 if declared else 0
    months = (START + (-cell.before - led)).through(START + (cell.after - 1))
    counts = drawn(cell, series, len(months), seed)
    return assess(plan(cell, triggered=led), months, counts, placebos=False)


def claimed(cell: Cell, series: int, seed: int, *, declared: bool) -> float:
    """The share of series without a change of which one is claimed."""
    return share(judged(cell, series, seed, declared=declared), *CLAIMS)


def plainer(found: Impact) -> tuple[float, float]:
    """The shares that would be claimed by the plain error and by the inflated one."""
    with np.errstate(divide="ignore"):
        size = np.abs(np.log1p(found.change)) / special.ndtri(1 - NOMINAL / 2)
    return float((size > found.plain_error).mean()), float((size > found.inflated_error).mean())


def claimed_of_picked(
    cell: Cell, series: int, seed: int, *, months_picked: int = 12, declared: bool = True
) -> tuple[float, int]:
    """The share said to have improved of series picked for high last months, and their number.

    ``declared``: the plan says that those months led to it; else it says that none did, and they
    are part of the baseline.
    """
    apart = months_picked if declared else 0
    months = (START + (-cell.before - apart)).through(START + (cell.after - 1))
    counts = drawn(cell, series, len(months), seed)
    start = cell.before + apart
    usual = months_picked * cell.mean
    late = counts[:, start - months_picked : start].sum(axis=1)
    high = counts[late > usual + 2 * np.sqrt(usual * cell.dispersion)]
    found = assess(plan(cell, triggered=apart), months, high, placebos=False)
    return share(found, Conclusion.IMPROVED), len(high)


def claimed_against_others(cell: Cell, series: int, seed: int, others: int = 8) -> float:
    """The share claimed of series held against other areas, all sharing a season and a swing."""
    months = (START + (-cell.before)).through(START + (cell.after - 1))
    counts = drawn(cell, series * (others + 1), len(months), seed)
    rng = np.random.default_rng(seed + 1)
    together = np.exp(rng.normal(0, 0.2, (series, 1, len(months))))
    together[..., cell.before :] *= 0.7  # all fall alike: no impact, but a change
    every = rng.poisson(counts.reshape(series, others + 1, -1) * together).astype(float)
    found = assess(
        plan(cell, comparison=others), months, every[:, 0], others=every[:, 1:], placebos=False
    )
    return share(found, *CLAIMS)


def share(found: Impact, *conclusions: Conclusion) -> float:
    return float(np.isin(found.conclusion.astype(str), [str(c) for c in conclusions]).mean())


def chance(rate: float, series: int) -> float:
    """What a share measured on ``series`` may stray by."""
    return 2 * float(np.sqrt(rate * (1 - rate) / max(series, 1)))


def verdict(name: str, rate: float, series: int, low: float, most: float) -> bool:
    """Print a line; False if the rate is outside ``low`` to ``most`` by more than chance."""
    inside = low - chance(low, series) <= rate <= most + chance(most, series)
    print(
        f"impact: {name}: {rate:.1%} of {series} claimed, {low:.1%} to {most:.1%} stated"
        f"{'' if inside else '  OUTSIDE'}",
        flush=True,
    )
    return inside


def main() -> bool:
    """Every cell; True if all hold."""
    held, others = [], []
    for seed, cell in enumerate(cells()):
        low, high = measured_error(cell.shape, cell.before)
        for declared in (True, False):
            found = judged(cell, SERIES, seed, declared=declared)
            others.append(plainer(found))
            rate = share(found, *CLAIMS)
            name = f"{cell} {'declared' if declared else 'not declared'}"
            held.append(verdict(name, rate, SERIES, low, min(high, MOST)))
    for name, rates in zip(("plain", "inflated"), zip(*others, strict=True), strict=True):
        print(f"impact: by the {name} error: {min(rates):.1%} to {max(rates):.1%} claimed")
    for seed, (shape, before, after) in enumerate(DESIGNS):
        cell = Cell(shape, before, after, 20.0, 0.3, 2.0)
        rate, picked = claimed_of_picked(cell, 20 * SERIES, 1000 + seed)
        held.append(verdict(f"picked and declared, {cell}", rate, picked, 0.0, MOST / 2))
        for width in (1, 3, 12):
            rate, picked = claimed_of_picked(
                cell, 10 * SERIES, 3000 + seed, months_picked=width, declared=False
            )
            name = f"picked for {width} months and not declared, {cell}"
            held.append(verdict(name, rate, picked, 0.0, MOST / 2))
        rate = claimed_against_others(cell, SERIES // 2, 2000 + seed)
        held.append(verdict(f"against other areas, {cell}", rate, SERIES // 2, 0.0, MOST))
    return all(held)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
