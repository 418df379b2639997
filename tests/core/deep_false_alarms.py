"""The long check of false alarms: how often the seasonal rule tells of months in which nothing is.

Fresh seeds, never those of the table. For every cell of true mean, true dispersion and years of
history the share of months that are told of at p <= 0.05, 0.01 and 0.002, over four kinds of
ordinary life; then how often a doubling over three months is found. Run by
``make deep ONLY=false_alarms``; its lines stand on ``docs/methods/calibration.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from openscrutiny.core.counting import Floats, size_from_variance, two_sided
from openscrutiny.core.measures import Kind
from openscrutiny.core.months import Month
from openscrutiny.core.panel import Panel
from openscrutiny.core.surveillance.choice import detect, watch
from openscrutiny.core.surveillance.farrington import Settings
from openscrutiny.core.surveillance.nulls_of_counts import Null, null_series

YEARS = (3, 4, 5)
MEANS = (1.0, 2.0, 5.0, 10.0, 30.0, 100.0, 300.0)
PHIS = (1.0, 1.5, 3.0, 8.0)
NOMINAL = (0.05, 0.01, 0.002)
TESTED = 6  # months of each series, its last
DOUBLED = 3
SEED = 90_210
FIRST = Month.of(2010, 1)


@dataclass(frozen=True)
class Cell:
    """One cell: the share of months told of, and of those how many times too often each alarm is.

    ``times`` holds, for each nominal probability, alarms over what is nominal, the mean of the four
    kinds; ``kinds`` those at 0.01 of each kind.
    """

    years: int
    mean: float
    phi: float
    told: float
    times: tuple[float, ...]
    kinds: tuple[float, ...]

    @property
    def too_few(self) -> bool:
        """Unfit: most of its months are too few to tell, and the rest alarm no oftener than a cell
        that is fit may."""
        return self.told < 0.5 and self.times[NOMINAL.index(0.01)] <= 2

    @property
    def fit(self) -> bool:
        return not self.too_few and 0.5 <= self.times[NOMINAL.index(0.01)] <= 2

    def __str__(self) -> str:
        verdict = "fit" if self.fit else "too few to tell" if self.too_few else "NEITHER"
        times, kinds = (" ".join(f"{x:5.2f}" for x in xs) for xs in (self.times, self.kinds))
        return (
            f"{self.years} years, mean {self.mean:3.0f}, phi {self.phi:3.1f}: "
            f"told {self.told:4.0%}, times nominal {times} (kinds {kinds}): {verdict}"
        )


def cells(years: tuple[int, ...] = YEARS) -> Iterator[tuple[int, float, float]]:
    for history, mean, phi in product(years, MEANS, PHIS):
        if phi <= max(3.0, mean / 3):
            yield history, mean, phi


def drawn(kind: Null, years: int, mean: float, phi: float, series: int, seed: int) -> Floats:
    """Null series whose last months have so many years behind them."""
    name = [seed, years, round(100 * mean), round(100 * phi), list(Null).index(kind)]
    return null_series(
        np.random.default_rng(name),
        mean=mean,
        phi=phi,
        kind=kind,
        series=series,
        months=12 * years + Settings().half_window + TESTED,
    )


def worth(counts: Floats) -> Floats:
    """Calibrated two-sided p of the last months, as the checks of the product work it out."""
    watched = watch(
        counts[:, None],
        None,
        np.zeros(counts.shape[1], np.int64),
        window=1,
        baseline_least=12,
        baseline_most=36,
        seasonal=Settings(),
    )
    past = watched.past
    size = size_from_variance(past.expected, past.variance(past.expected))
    return watched.calibrated(two_sided(past.observed, past.expected, size))[:, 0, -TESTED:]


def false_alarms(years: int, mean: float, phi: float, *, series: int, seed: int = SEED) -> Cell:
    """What a cell's ordinary months are told to be."""
    told, times = [], []
    for kind in Null:
        p = worth(drawn(kind, years, mean, phi, series, seed))
        known = ~np.isnan(p)
        told.append(known.mean())
        alarms = [(p[known] <= alpha).sum() / alpha for alpha in NOMINAL]
        times.append(np.array(alarms) / max(known.sum(), 1))
    at = NOMINAL.index(0.01)
    return Cell(
        years,
        mean,
        phi,
        float(np.mean(told)),
        tuple(np.mean(times, axis=0).tolist()),
        tuple(float(t[at]) for t in times),
    )


def found_doubled(years: int, mean: float, phi: float, *, series: int, seed: int = SEED) -> float:
    """The share of series whose last three months are twice their mean in which one is told high,
    or a drift upward is."""
    shares = []
    for kind in Null:
        y = drawn(kind, years, mean, phi, series, seed)
        twice = drawn(kind, years, 2 * mean, phi, series, seed + 1)
        y[:, -DOUBLED:] = twice[:, -DOUBLED:]
        told = detect(panel(y), Kind.COUNT)
        with np.errstate(invalid="ignore"):
            high = (told.p <= 0.01) & (told.direction > 0)
        shares.append((high | (told.drift > 0))[..., -DOUBLED:].any(axis=-1).mean())
    return float(np.mean(shares))


def drifting(years: int, mean: float, phi: float, *, series: int, seed: int = SEED) -> float:
    """The share of ordinary months in which a drift is signalled."""
    shares = []
    for kind in Null:
        told = detect(panel(drawn(kind, years, mean, phi, series, seed)), Kind.COUNT)
        shares.append((told.drift[..., -TESTED:] != 0).mean())
    return float(np.mean(shares))


def panel(counts: Floats) -> Panel:
    """Each series an area of one strand."""
    values = counts[:, None].astype(float)
    return Panel(
        name="counts",
        areas=tuple(f"A{i:05d}" for i in range(len(values))),
        strands=("all",),
        months=FIRST.through(FIRST + (values.shape[2] - 1)),
        values=values,
        coverage=(~np.isnan(values)).astype(np.uint8),
    )


def main(series: int = 2_000, doubled: int = 200) -> bool:
    measured = []
    for cell in cells():
        measured.append(false_alarms(*cell, series=series))
        say(str(measured[-1]))
    neither = [c for c in measured if not (c.fit or c.too_few)]
    larger = [c for c in measured if c.years == 5 and c.mean >= 5]
    share = np.mean([c.fit for c in larger])
    say(f"{len(neither)} of {len(measured)} cells are neither fit nor too few to tell")
    say(f"{share:.0%} of the {len(larger)} cells with 5 a month or more and 5 years are fit")
    powers = {}
    for c in larger:
        if c.fit:
            name = f"mean {c.mean:g}, phi {c.phi:g}"
            powers[name] = found_doubled(c.years, c.mean, c.phi, series=doubled)
            drift = drifting(c.years, c.mean, c.phi, series=doubled)
            say(f"{name}: doubling found in {powers[name]:.0%}, drift by chance in {drift:.2%}")
    each = np.array(list(powers.values()))
    together = float(each.mean())
    error = np.sqrt((each * (1 - each)).sum() / (len(Null) * doubled)) / len(each)
    say(f"a doubling is found in {together:.2%} together (standard error {error:.2%})")
    say("below 80 %: " + ("; ".join(n for n, p in powers.items() if p < 0.8) or "none"))
    return not neither and share >= 0.8 and together >= 0.8


def say(line: str) -> None:
    sys.stdout.write(f"false_alarms: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
