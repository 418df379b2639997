"""Invented panels for the tests of statistics: areas, strands and months of Poisson counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.months import Month
from openscrutiny.core.panel import Break, Panel
from openscrutiny.warehouse import definitions

TAXONOMY = definitions.taxonomy()
MEASURES = definitions.measures()
FIRST = Month.of(2015, 1)
WHOLE = "town"
LEVELS = {
    "all": 60,
    "race_religion": 45,
    "race": 38,
    "religion": 10,
    "antisemitic": 3,
    "islamophobic": 4,
    "sexual_orientation": 9,
    "disability": 3,
    "transgender": 2,
}


def panel_of(
    name: str,
    values: NDArray[np.float64],
    *,
    breaks: Sequence[int] = (),
    strands: Sequence[str] | None = None,
) -> Panel:
    """A panel of these values (areas, strands, months), the whole last; NaN is not collected."""
    areas, count, months = values.shape
    return Panel(
        name=name,
        areas=tuple(f"A{i:02d}" for i in range(areas)),
        strands=tuple(strands or TAXONOMY.codes[:count]),
        months=FIRST.through(FIRST + (months - 1)),
        values=values.astype(float),
        coverage=(~np.isnan(values)).astype(np.uint8),
        breaks=tuple(Break(FIRST + b, "a new system", "another way of recording") for b in breaks),
        version="d-invented",
    ).with_whole(WHOLE)


def town(
    seed: int,
    *,
    areas: int = 16,
    months: int = 60,
    breaks: Sequence[int] = (),
    gaps: Sequence[int] = (),
    spread: float = 0.05,
    swing: float = 0.03,
    outcomes: float = 0.1,
    levels: Mapping[str, float] = LEVELS,
) -> dict[str, Panel]:
    """A quiet place: each area keeps its level, all share a small monthly swing.

    ``spread``: squared coefficient of variation between areas; ``swing``: standard deviation of the
    common month effect; ``outcomes``: positive outcomes for each offence.
    """
    rng = np.random.default_rng(seed)
    strands = TAXONOMY.codes
    residents = rng.uniform(150_000, 350_000, areas)
    offences = np.full((areas, len(strands), months), np.nan)
    done = offences.copy()
    for s, code in enumerate(strands):
        if code not in levels:
            continue
        level = levels[code] * residents / residents.mean()
        level = level * rng.gamma(1 / spread, spread, areas)
        common = np.exp(rng.normal(0, swing, months)) if swing else np.ones(months)
        offences[:, s] = rng.poisson(level[:, None] * common)
        done[:, s] = rng.poisson(level[:, None] * outcomes, (areas, months))
    for values in (offences, done):
        values[:, :, list(gaps)] = np.nan
    people = np.broadcast_to(residents[:, None, None], offences.shape).copy()
    return {
        "offences": panel_of("offences", offences, breaks=breaks),
        "positive_outcomes": panel_of("positive_outcomes", done, breaks=breaks),
        "residents": panel_of("residents", people, breaks=breaks),
    }


def changed(
    counts: Mapping[str, Panel], name: str, values: NDArray[np.float64]
) -> dict[str, Panel]:
    """The same panels, with other figures for the areas of one of them and their sum."""
    full = np.concatenate([values, values.sum(axis=0, keepdims=True)])
    panel = replace(counts[name], values=full, coverage=(~np.isnan(full)).astype(np.uint8))
    return {**counts, name: panel}
