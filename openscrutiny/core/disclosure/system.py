"""Exact least and greatest values of sums of unknown counts, by integer programming.

The unknowns are whole numbers of at least 0, held by rows ``low`` <= A x <= ``high``. What follows
by arithmetic alone is worked out first (bounds from one row at a time, until none changes); what is
left falls into parts that share no row, and each part is solved by itself with HiGHS. Every answer
of the solver is rounded and checked in whole numbers before it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph

from openscrutiny.core.counting import Floats
from openscrutiny.core.disclosure.figures import Ints
from openscrutiny.core.measures import Refused

Matrix: TypeAlias = Any  # a sparse.csr_array of whole numbers; no type says so after slicing
_ROUNDS = 1000
_CONTRADICTION = (
    "What was published contradicts itself: no whole numbers of at least 0 agree with all of it. "
    "Look for figures of different editions, and for a statement entered wrongly."
)
_UNDECIDED = (
    "The solver could not decide what these figures give away. Publish coarser figures, or check "
    "that no count is far out of the ordinary."
)


@dataclass(frozen=True, eq=False)
class Part:
    """Unknowns that hang together: their numbers, the rows between them and their own bounds.

    ``found`` are solutions met so far, each whole and checked; they settle many questions that
    were not asked when they were found.
    """

    columns: Ints
    rows: Matrix
    low: Floats
    high: Floats
    least: Floats
    most: Floats
    growing: Ints
    found: list[Ints] = field(default_factory=list)

    def extreme(self, weights: Floats, *, greatest: bool) -> float:
        """The least or greatest value of a sum with weights of at least 0."""
        if greatest and (weights[self.growing] > 0).any():
            return np.inf
        ends = self.most if greatest else self.least
        outer = float(weights @ np.where(weights > 0, ends, 0.0))
        if any(float(weights @ x) == outer for x in self.found):
            return outer
        cost = -weights if greatest else weights
        solution = solve(cost, self.rows, self.low, self.high, self.least, self.most)
        if solution is None:
            raise Refused(_CONTRADICTION)
        self.found.append(solution)
        return float(weights @ solution)


@dataclass(frozen=True, eq=False)
class System:
    """Everything that is known: bounds of every unknown, and the parts that are not settled.

    Refused where no whole numbers of at least 0 agree with all rows.
    """

    least: Floats
    most: Floats
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, rows: Matrix, low: Floats, high: Floats) -> System:
        least, most = narrowed(rows, low, high)
        rest, low, high = _unsettled(rows, low, high, least, most)
        return cls(least, most, tuple(_parts(rest, low, high, least, most)))

    def range_of(self, weights: Matrix) -> tuple[Floats, Floats]:
        """The exact least and greatest value of each row of weights, none below 0.

        Shape (rows,), the greatest infinite where nothing bounds it.
        """
        settled = np.ones(len(self.least), np.bool_)
        for part in self.parts:
            settled[part.columns] = False
        alone = weights[:, settled]
        bottom = alone @ self.least[settled]
        top = alone @ self.most[settled]  # only entries that are there are multiplied
        for part in self.parts:
            mine = weights[:, part.columns]
            for row in np.flatnonzero(np.diff(mine.indptr)):
                wanted = mine[[row], :].toarray()[0].astype(np.float64)
                bottom[row] += part.extreme(wanted, greatest=False)
                top[row] += part.extreme(wanted, greatest=True)
            if not part.found:  # nothing was asked of it, but it may contradict itself
                part.extreme(np.zeros(len(part.columns)), greatest=False)
        return bottom, top


def solve(
    cost: Floats, rows: Matrix, low: Floats, high: Floats, least: Floats, most: Floats
) -> Ints | None:
    """Whole numbers within all limits at the least cost; None where there are none.

    ``least`` and ``most`` may be of any sign. Refused where the solver gives no answer, or one that
    does not hold when it is checked in whole numbers.
    """
    answer = optimize.milp(
        cost,
        integrality=np.ones_like(cost, np.int64),
        bounds=optimize.Bounds(least, most),
        constraints=optimize.LinearConstraint(rows, low, high),
        options={"mip_rel_gap": 0.0},
    )
    if answer.status == 2:
        return None
    if answer.x is None:
        raise Refused(_UNDECIDED)
    found = np.round(answer.x).astype(np.int64)
    if not holds(found, rows, low, high) or (found < least).any() or (found > most).any():
        raise Refused(_UNDECIDED)
    return found


def holds(found: Ints, rows: Matrix, low: Floats, high: Floats) -> bool:
    """Whether whole numbers agree with every row, exactly."""
    sums = rows @ found
    return bool((sums >= low).all() and (sums <= high).all())


def narrowed(rows: Matrix, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bounds of every unknown that follow from single rows, taken again until none changes."""
    least, most = np.zeros(rows.shape[1]), np.full(rows.shape[1], np.inf)
    entries = rows.tocoo()
    r, c, v = entries.row, entries.col, entries.data.astype(np.float64)
    for _ in range(_ROUNDS):
        before = np.concatenate([least, most])
        small = v * np.where(v > 0, least[c], most[c])
        large = v * np.where(v > 0, most[c], least[c])
        room_above = high[r] - _others(small, r, rows.shape[0])
        room_below = low[r] - _others(large, r, rows.shape[0])
        upper = np.floor(np.where(v > 0, room_above, room_below) / v + 1e-9)
        lower = np.ceil(np.where(v > 0, room_below, room_above) / v - 1e-9)
        np.minimum.at(most, c, upper)
        np.maximum.at(least, c, lower)
        if (least > most).any():
            raise Refused(_CONTRADICTION)
        if np.array_equal(before, np.concatenate([least, most])):
            break
    return least, most


def _others(terms: Floats, row: Ints, rows: int) -> Floats:
    """For each entry the sum of the other entries of its row, infinite where one of them is."""
    finite = np.isfinite(terms)
    sums = np.bincount(row, np.where(finite, terms, 0.0), rows)[row] - np.where(finite, terms, 0.0)
    endless = np.bincount(row, ~finite, rows)[row] - ~finite
    away = np.bincount(row, np.where(finite, 0.0, np.sign(terms)), rows)[row]
    return np.asarray(np.where(endless > 0, np.where(away < 0, -np.inf, np.inf), sums), np.float64)


def _unsettled(
    rows: Matrix, low: Floats, high: Floats, least: Floats, most: Floats
) -> tuple[Matrix, Floats, Floats]:
    """The rows that still say something, with the unknowns that are known taken out of them."""
    free = least < most
    known = np.where(free, 0.0, least)
    shift = np.asarray(rows @ known)
    still = np.where(free[rows.indices], rows.data, 0)
    open_rows = sparse.csr_array((still, rows.indices.copy(), rows.indptr.copy()), rows.shape)
    open_rows.eliminate_zeros()
    low, high = low - shift, high - shift
    entries = open_rows.tocoo()
    v, c = entries.data.astype(np.float64), entries.col
    smallest = np.bincount(entries.row, v * np.where(v > 0, least[c], most[c]), len(low))
    largest = np.bincount(entries.row, v * np.where(v > 0, most[c], least[c]), len(low))
    empty = np.diff(open_rows.indptr) == 0
    if (empty & ((low > 0) | (high < 0))).any():
        raise Refused(_CONTRADICTION)
    speaks = ~empty & ((smallest < low) | (largest > high))
    return open_rows[speaks], low[speaks], high[speaks]


def _parts(rows: Matrix, low: Floats, high: Floats, least: Floats, most: Floats) -> list[Part]:
    """The unknowns that share rows, part by part."""
    if not rows.shape[0]:
        return []
    pattern = sparse.csr_array((np.ones(rows.nnz, np.int64), rows.indices, rows.indptr), rows.shape)
    _, number = csgraph.connected_components(pattern.T @ pattern, directed=False)
    of_row = number[rows.indices[rows.indptr[:-1]]]
    found = []
    for part in np.unique(of_row):
        columns = np.flatnonzero(number == part)
        mine = of_row == part
        own = sparse.csr_array(rows[mine][:, columns])
        ends = low[mine], high[mine], least[columns], most[columns]
        found.append(Part(columns, own, *ends, _growing(own, *ends)))
    return found


def _growing(rows: Matrix, low: Floats, high: Floats, least: Floats, most: Floats) -> Ints:
    """The unknowns of a part that can grow without end, all of them found by one linear program.

    An unknown can grow where there is a direction that no row and no bound stops. Of all directions
    the one in which most unknowns move by at least 1 names them all, for directions may be added.
    """
    n = rows.shape[1]
    if np.isfinite(most).all():
        return np.empty(0, np.int64)
    wide = sparse.hstack([rows, sparse.csr_array((rows.shape[0], n), dtype=np.int64)])
    tied = sparse.hstack([sparse.eye_array(n), -sparse.eye_array(n)])
    answer = optimize.milp(
        np.concatenate([np.zeros(n), -np.ones(n)]),
        bounds=optimize.Bounds(
            np.zeros(2 * n),
            np.concatenate([np.where(np.isinf(most), np.inf, 0.0), np.ones(n)]),
        ),
        constraints=optimize.LinearConstraint(
            sparse.vstack([wide, tied]),
            np.concatenate([np.where(np.isinf(low), -np.inf, 0.0), np.zeros(n)]),
            np.concatenate([np.where(np.isinf(high), np.inf, 0.0), np.full(n, np.inf)]),
        ),
    )
    if answer.x is None:
        raise Refused(_UNDECIDED)
    return np.flatnonzero(answer.x[n:] > 0.5)
