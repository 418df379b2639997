"""Small tables of counts for the tests of disclosure, and readers of them who know no solver."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from openscrutiny.core.disclosure import Figure, Ledger, Statement
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Panel
from tests.core.invented import TAXONOMY

START = Month.of(2015, 1)


def counts_of(values: ArrayLike, strands: Sequence[str] | None = None) -> Panel:
    """A panel without a whole: shape (areas, months), or (areas, strands, months)."""
    cube = np.asarray(values, float)
    if cube.ndim == 2:
        cube = cube[:, None, :]
    areas, count, length = cube.shape
    return Panel(
        name="offences",
        areas=tuple(f"A{i:02d}" for i in range(areas)),
        strands=tuple(strands or TAXONOMY.codes[:count]),
        months=START.through(START + (length - 1)),
        values=cube,
        coverage=(~np.isnan(cube)).astype(np.uint8),
    )


def true_value(counts: Panel, figure: Figure) -> int:
    part = counts.select(areas=figure.areas, strands=[figure.strand], period=figure.period)
    return int(part.values.sum())


def single_cells(counts: Panel) -> list[Figure]:
    return [Figure.of(a, s, m) for a in counts.areas for s in counts.strands for m in counts.months]


def all_small(counts: Panel, ledger: Ledger) -> list[Figure]:
    """Every small figure a ledger speaks of, and every small count of one area and month."""
    every = dict.fromkeys([*ledger.figures, *single_cells(counts)])
    return [f for f in every if 1 <= true_value(counts, f) <= 4]


def enumerated(
    statements: Sequence[Statement], figures: Sequence[Figure], most: int
) -> list[tuple[int, int]]:
    """The least and greatest of each figure over every table of counts up to ``most``.

    Slow and simple: writes down all tables, throws away what a statement forbids.
    """
    spoken = [f for s in statements for f, _ in s.terms] + list(figures)
    cells = sorted({c for f in spoken for c in cells_of(f)})
    tables = np.array(list(product(range(most + 1), repeat=len(cells))), np.int64)

    def total(figure: Figure) -> np.ndarray:
        return tables[:, [cells.index(c) for c in cells_of(figure)]].sum(axis=1)

    possible = np.ones(len(tables), bool)
    for statement in statements:
        value = sum(weight * total(figure) for figure, weight in statement.terms)
        low = -math.inf if statement.low is None else statement.low
        high = math.inf if statement.high is None else statement.high
        possible &= (value >= low) & (value <= high)
    return [(int(total(f)[possible].min()), int(total(f)[possible].max())) for f in figures]


def cells_of(figure: Figure) -> list[tuple[str, str, Month]]:
    months = figure.period.first.through(figure.period.last)
    return [(a, figure.strand, m) for a in figure.areas for m in months]


def month(number: int) -> Month:
    return START + number


def months(first: int, last: int) -> Period:
    return Period(START + first, START + last)
