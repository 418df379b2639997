"""What a story does to ordinary life, said as data and applied to the counts.

Each effect touches only the boroughs, flags and months it names (and the outcomes that follow from
the offences it adds, up to four months later). Ordinary life is never drawn anew, so a city with
and without a story differ in that story alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openscrutiny.core.months import Month, Period
from openscrutiny.demonstration.city import city
from openscrutiny.demonstration.life import (
    COMBINATIONS,
    Combination,
    Life,
    draw,
    month_number,
    outcomes_of,
)


@dataclass(frozen=True)
class Change:
    """The level of these flags is multiplied by ``factor``.

    ``boroughs`` and ``flags`` empty means all. With ``grows``, the factor is reached evenly (each
    month by the same percentage) from 1 at the start to ``factor`` in the last month. With
    ``outcomes_only``, offences stay and outcomes alone become fewer.
    """

    factor: float
    period: Period
    boroughs: tuple[str, ...] = ()
    flags: tuple[Combination, ...] = ()
    grows: bool = False
    outcomes_only: bool = False

    def apply(self, life: Life, rng: np.random.Generator) -> None:
        where = _where(self.boroughs, self.flags, self.period)
        factor = np.full(len(self.period), self.factor)
        if self.grows:
            factor = self.factor ** (np.arange(1, len(self.period) + 1) / len(self.period))
        if self.factor > 1:
            self._add(life, where, factor, rng)
        else:
            self._take(life, where, factor, rng)

    def _add(
        self,
        life: Life,
        where: tuple[np.ndarray, ...],
        factor: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        extra = np.zeros_like(life.offences)
        extra[where] = draw(life.expected[where] * (factor - 1), rng)
        life.expected[where] *= factor
        life.offences += extra
        life.outcomes += outcomes_of(extra, life.outcome_rate, rng)

    def _take(
        self,
        life: Life,
        where: tuple[np.ndarray, ...],
        factor: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        life.outcomes[where] = rng.binomial(life.outcomes[where], factor)
        if not self.outcomes_only:
            life.offences[where] = rng.binomial(life.offences[where], factor)
            life.expected[where] *= factor


@dataclass(frozen=True)
class Exactly:
    """In one month this borough recorded exactly ``count`` offences with these flags alone."""

    count: int
    month: Month
    borough: str
    flags: Combination

    def apply(self, life: Life, rng: np.random.Generator) -> None:
        del rng  # nothing is drawn
        carrying = tuple(c for c in COMBINATIONS if self.flags[0] in c)
        here = Period(self.month, self.month)
        life.offences[_where((self.borough,), carrying, here)] = 0
        life.offences[_where((self.borough,), (self.flags,), here)] = self.count


Effect = Change | Exactly


def _where(
    boroughs: tuple[str, ...], flags: tuple[Combination, ...], period: Period
) -> tuple[np.ndarray, ...]:
    names = [a.name for a in city().areas]
    every = tuple(COMBINATIONS)
    first = month_number(period.first)
    return np.ix_(
        [names.index(b) for b in boroughs or names],
        [every.index(f) for f in flags or every],
        range(first, first + len(period)),
    )
