"""Ordinary life in the invented city: offences and their outcomes, drawn from a seed.

Offences are drawn by *combination of flags*, one number per borough, combination and month, and a
strand is the sum of the combinations that carry it. So a strand is always inside its parent, and
the total counts an offence once however many flags it has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.months import Month
from openscrutiny.core.taxonomy import Taxonomy
from openscrutiny.demonstration.city import TEN_YEARS, city, residents_2021

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

Combination = tuple[str, ...]

# Offences a month in a borough of average size, by the flags an offence carries.
COMBINATIONS: dict[Combination, float] = {
    ("race",): 32.0,
    ("race", "antisemitic"): 0.8,
    ("race", "islamophobic"): 0.9,
    ("race", "religion"): 0.5,
    ("antisemitic",): 1.7,
    ("islamophobic",): 1.3,
    ("religion",): 0.8,
    ("sexual_orientation",): 5.0,
    ("race", "sexual_orientation"): 0.7,
    ("disability",): 2.4,
    ("race", "disability"): 0.1,
    ("transgender",): 0.5,
    ("sexual_orientation", "transgender"): 0.3,
}
DISPERSION = 1.3  # variance of a monthly count over its mean
SPREAD = 0.18  # standard deviation of the logarithm of a borough's level, all flags alike
SPREAD_BY_FLAGS = 0.08  # and of each combination of flags beside it
SEASON = 0.03
DRIFT_A_YEAR = 0.01
OUTCOMES_PER_OFFENCE = 0.09
SPREAD_OF_OUTCOMES = 0.08
# How long after the offence its outcome comes, in months.
OUTCOME_LAGS = (0.45, 0.25, 0.15, 0.10, 0.05)


@dataclass
class Life:
    """What happened. Arrays are (boroughs, combinations, months), months as in TEN_YEARS.

    ``expected`` is the mean the offences were drawn from, ``outcome_rate`` the chance of a
    positive outcome in each borough, both for use by stories that add to ordinary life.
    """

    offences: Counts
    outcomes: Counts
    expected: Floats
    outcome_rate: Floats

    def copy(self) -> Life:
        return Life(
            self.offences.copy(),
            self.outcomes.copy(),
            self.expected.copy(),
            self.outcome_rate.copy(),
        )


def ordinary_life(*, seed: int, typical: tuple[str, ...] = ()) -> Life:
    """Ten years without a story. The boroughs named ``typical`` are exactly average."""
    rng = np.random.default_rng([seed, 0])
    expected = _expected(rng, typical)
    offences = draw(expected, rng)
    boroughs = len(expected)
    rate = OUTCOMES_PER_OFFENCE * np.exp(rng.normal(0, SPREAD_OF_OUTCOMES, boroughs))
    return Life(offences, outcomes_of(offences, rate, rng), expected, rate)


def _expected(rng: np.random.Generator, typical: tuple[str, ...]) -> Floats:
    residents = residents_2021()
    boroughs, flags = len(residents), len(COMBINATIONS)
    level = rng.normal(0, SPREAD, (boroughs, 1)) + rng.normal(0, SPREAD_BY_FLAGS, (boroughs, flags))
    names = [a.name for a in city().areas]
    level[[names.index(name) for name in typical]] = 0
    months = np.arange(len(TEN_YEARS))
    season = 1 + SEASON * np.cos(2 * np.pi * (months + TEN_YEARS.first.number - 7) / 12)
    drift = np.exp(DRIFT_A_YEAR * months / 12)
    size = residents / residents.mean()
    per_month = size[:, None] * np.exp(level) * np.array(list(COMBINATIONS.values()))
    return per_month[:, :, None] * (season * drift)


def draw(expected: Floats, rng: np.random.Generator) -> Counts:
    """Counts with these means and a variance of DISPERSION times the mean.

    A negative binomial whose shape grows with its mean: sums of such counts are such counts, so
    every strand and every borough is as dispersed as every other.
    """
    shape = expected / (DISPERSION - 1)
    return rng.negative_binomial(np.maximum(shape, 1e-12), 1 / DISPERSION)


def outcomes_of(offences: Counts, rate: Floats, rng: np.random.Generator) -> Counts:
    """Positive outcomes of these offences, counted in the month they happen.

    ``rate`` is per borough. An outcome that would come after the last month is not seen.
    """
    solved = rng.binomial(offences, rate[:, None, None])
    outcomes = np.zeros_like(offences)
    left, chance_left = solved, 1.0
    for lag, share in enumerate(OUTCOME_LAGS):
        now = rng.binomial(left, min(1.0, share / chance_left))
        outcomes[:, :, lag:] += now[:, :, : now.shape[2] - lag]
        left, chance_left = left - now, chance_left - share
    return outcomes


def by_strand(counts: Counts, taxonomy: Taxonomy) -> Counts:
    """Counts by combination of flags as counts by strand: (boroughs, strands, months).

    A strand counts each combination that carries it or any strand inside it, once.
    """
    return np.einsum("acm,sc->asm", counts, _carried(taxonomy))


def _carried(taxonomy: Taxonomy) -> Counts:
    carried = np.zeros((len(taxonomy.codes), len(COMBINATIONS)), np.int64)
    for column, flags in enumerate(COMBINATIONS):
        for code in strands_of(flags, taxonomy):
            carried[taxonomy.codes.index(code), column] = 1
    return carried


def strands_of(flags: Combination, taxonomy: Taxonomy) -> frozenset[str]:
    """Every strand an offence with these flags is counted in."""
    above = (a.code for flag in flags for a in taxonomy.ancestors(flag))
    return frozenset((*flags, *above))


def month_number(month: Month) -> int:
    """The place of a month on the time axis of ``Life``."""
    return month - TEN_YEARS.first
