"""Which figures to withhold: the small ones, and as few others as protect them.

Withholding a small figure is not enough where totals are published. For each sensitive figure that
is still exposed an integer program looks for other counts that a reader could not tell from the
true ones, in which this figure is large enough or nought, and in which the published figures that
would have to differ are the cheapest; those figures are withheld too (in the manner of Kelly,
Golden & Assad, 1992, and of Fischetti & Salazar, 2001). The counts found are kept: they are the
proof, in whole numbers, that the figure is protected, and withholding more can only leave them in
force. So one pass over the sensitive figures ends with none exposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from openscrutiny.core.counting import Floats
from openscrutiny.core.disclosure.figures import Cells, Figure, Ints
from openscrutiny.core.disclosure.policy import POLICY, Policy
from openscrutiny.core.disclosure.statements import Statement, between, limits
from openscrutiny.core.disclosure.system import Matrix, holds, solve
from openscrutiny.core.measures import Refused

Flags = NDArray[np.bool_]
_SWEEPS = 12
_TRIES = 300  # proofs looked for anew when figures are published again


@dataclass(frozen=True, eq=False)
class Suppression:
    """What to withhold of a release, what that costs, and what it says. Confidential.

    ``primary``: withheld because they are small; ``secondary``: because they would give those
    away. ``shown``: what the rest says. ``counts_lost``: the sum of the withheld figures.
    ``unprotected``: sensitive figures that nothing withheld now can protect, because what was
    published before gives them away already; empty unless earlier releases were made without this
    audit, or by another policy.
    """

    primary: tuple[Figure, ...]
    secondary: tuple[Figure, ...]
    shown: tuple[Statement, ...]
    counts_lost: int
    unprotected: tuple[Figure, ...]

    @property
    def withheld(self) -> tuple[Figure, ...]:
        """Everything that is withheld, in the order of the figures; the two are not told apart."""
        return tuple(sorted((*self.primary, *self.secondary)))


def suppress(
    figures: Mapping[Figure, int],
    cells: Cells,
    counts: Ints,
    policy: Policy = POLICY,
    *,
    known: Sequence[Statement] = (),
    protect: Iterable[Figure] = (),
) -> Suppression:
    """Choose what to withhold of ``figures`` (with their values) so that nothing is exposed.

    ``counts`` are the true counts of ``cells``, flat. ``known`` is what readers know besides: the
    nesting of strands, and all that earlier releases say; every statement of it must be true of the
    counts, or it is refused. Sensitive among ``figures`` and ``protect`` are protected. The same
    input gives the same answer.
    """
    search = _Search(figures, cells, counts, policy, known, protect)
    for strand in cells.strands:
        search.sweep(strand)
    for number in range(len(search.targets)):
        search.protect(number)
    search.publish_again()
    hidden = search.hidden
    primary = tuple(f for f, h in zip(search.figures, search.small, strict=True) if h)
    secondary = [
        f for f, h, s in zip(search.figures, hidden, search.small, strict=True) if h and not s
    ]
    shown = [
        between(f, *policy.shown_range(int(figures[f])))
        for f, h in zip(search.figures, hidden, strict=True)
        if not h
    ]
    return Suppression(
        primary,
        tuple(secondary),
        tuple(shown),
        int(search.values[hidden].sum()),
        tuple(search.targets[i] for i in search.unprotected),
    )


class _Search:
    """The state of one search. Everything is said of changes to the true counts.

    ``witnesses`` are changes that no reader can tell from none; each row of ``moves`` says which
    figures must be withheld for that to be so, each row of ``covers`` which targets it protects.
    """

    def __init__(
        self,
        figures: Mapping[Figure, int],
        cells: Cells,
        counts: Ints,
        policy: Policy,
        known: Sequence[Statement],
        protect: Iterable[Figure],
    ) -> None:
        self.policy, self.cells, self.counts = policy, cells, counts
        self.figures = tuple(sorted(figures))
        self.rows = cells.matrix([((f, 1),) for f in self.figures])
        self.values = np.asarray(self.rows @ counts, np.int64)
        said = [int(figures[f]) for f in self.figures]
        if not np.array_equal(self.values, said):
            raise Refused("The values of the figures are not the sums of the counts under them.")
        ranges = np.array([policy.shown_range(v) for v in said], np.float64).reshape(-1, 2)
        self.below, self.above = ranges[:, 0] - self.values, ranges[:, 1] - self.values

        self.facts = cells.matrix([s.terms for s in known])
        low, high = limits(known)
        if not holds(counts, self.facts, low, high):
            raise Refused(
                "What was published before is not true of these counts. Give the counts as they "
                "stood, or set revised figures aside with ``Ledger.true_of``."
            )
        at = self.facts @ counts
        self.facts_low, self.facts_high = low - at, high - at

        sums = {f: int(v) for f, v in zip(self.figures, self.values, strict=True)}
        for f in protect:
            sums.setdefault(f, int(counts[cells.numbers(f)].sum()))
        small = {f for f, v in sums.items() if policy.sensitive(f.strand, v)}
        by_size = sorted(small, key=lambda f: (len(f.areas) * len(f.period), f))
        self.targets = tuple(by_size)
        self.targets_of = {
            s: np.array([f.strand == s for f in self.targets], np.bool_) for s in cells.strands
        }
        self.sums = cells.matrix([((f, 1),) for f in self.targets])
        self.truth = np.asarray(self.sums @ counts, np.int64)
        withhold = policy.rounding is None
        self.small = np.array([withhold and f in small for f in self.figures], np.bool_)
        self.hidden = self.small.copy()
        self.weights = np.where(self.values == 0, 2.0, 1 + np.log1p(self.values))
        self.strand_of_cell = np.arange(cells.size) // len(cells.months) % len(cells.strands)
        self.moves: list[Flags] = []
        self.covers: list[Flags] = []
        self.unprotected: list[int] = []
        self.covered = np.zeros(len(self.targets), np.bool_)

    # ---- witnesses ----------------------------------------------------------------------------

    def keep(self, change: Ints) -> None:
        """Take a change as proof for every target it protects, and withhold what it moves."""
        moved = self.rows @ change
        move = ((moved < self.below) | (moved > self.above)) & ~self.small
        becomes = self.truth + self.sums @ change
        cover = np.zeros(len(self.targets), np.bool_)
        for strand, mine in self.targets_of.items():
            cover[mine] = self.policy.protects(strand, becomes[mine])
        if cover.any():
            self.moves.append(move)
            self.covers.append(cover)
            self.covered |= cover
            self.hidden |= move

    def sweep(self, strand: str) -> None:
        """Many targets of a strand at a time: push them up and down at random, nothing withheld.

        The seed is fixed, so the same figures give the same answer.
        """
        rng = np.random.default_rng(len(self.cells.areas) * 1009 + len(self.cells.months))
        mine = self.targets_of[strand]
        cells = np.flatnonzero(self.strand_of_cell == self.cells.strands.index(strand))
        reach = 3.0 * self.policy.least_shown
        for _ in range(_SWEEPS):
            open_ = np.flatnonzero(mine & ~self.covered)
            if not len(open_):
                return
            push = rng.choice([-1.0, -1.0, 1.0], len(open_))
            cost = np.asarray(self.sums[open_].T @ push, np.float64)[cells]
            before = self.covered.sum()
            found = self._solve(cells, push=cost, most=reach)
            if found is not None:
                self.keep(found)
            if self.covered.sum() - before < max(1, len(open_) // 20):
                return

    def protect(self, number: int) -> None:
        """Find the cheapest change that protects a target, in its strand or else anywhere.

        What cannot be protected anywhere is already given away.
        """
        if self.covered[number]:
            return
        own = self._cells_of(number)
        for cells in (own, np.arange(self.cells.size)):
            found = self._cheapest(number, cells)
            if found is not None:
                self.keep(found)
                return
        self.unprotected.append(number)

    def _cells_of(self, number: int) -> Ints:
        """The cells of a target's strand."""
        strand = self.cells.strands.index(self.targets[number].strand)
        return np.flatnonzero(self.strand_of_cell == strand)

    def _cheapest(self, number: int, cells: Ints, *, withhold: bool = True) -> Ints | None:
        """Of the change to nought and the change to enough, the one that withholds less."""
        value = int(self.truth[number])
        ends = [(self.policy.least_shown - value, np.inf)]
        if self.targets[number].strand not in self.policy.tiny:
            ends.insert(0, (-value, -value))
        best, least = None, np.inf
        for low, high in ends:
            found = self._solve(cells, target=(number, low, high), withhold=withhold)
            if found is None:
                continue
            price = self._price(found)
            if price < least:
                best, least = found, price
            if least == 0:
                break
        return best

    def _price(self, change: Ints) -> float:
        moved = self.rows @ change
        return float(
            self.weights[((moved < self.below) | (moved > self.above)) & ~self.hidden].sum()
        )

    def _solve(
        self,
        cells: Ints,
        *,
        target: tuple[int, float, float] | None = None,
        push: Floats | None = None,
        most: float = np.inf,
        withhold: bool = False,
    ) -> Ints | None:
        """A change of these cells alone, at the least cost, said of all cells; None without one.

        ``target``: its number, and between what it must change. ``push``: the cost of each cell's
        change, none by default. With ``withhold`` published figures may move, each step of each at
        its weight; without, none may.
        """
        rows, low, high = _touched(self.facts, cells, self.facts_low, self.facts_high)
        cost = np.zeros(len(cells)) if push is None else push
        least = np.maximum(-self.counts[cells].astype(np.float64), -most)
        top = np.full(len(cells), most)
        if target is not None:
            number, from_, to = target
            rows = sparse.vstack([rows, self.sums[[number]][:, cells]])
            low, high = np.append(low, from_), np.append(high, to)
        below = np.where(self.hidden, -np.inf, self.below)
        above = np.where(self.hidden, np.inf, self.above)
        shown, below, above = _touched(self.rows, cells, below, above)
        if withhold:
            n = shown.shape[0]
            step = sparse.eye_array(n, dtype=np.int64)
            shown = sparse.hstack([shown, step, -step])
            rows = sparse.hstack([rows, sparse.csr_array((rows.shape[0], 2 * n), dtype=np.int64)])
            weights = self.weights[self._published(cells)]
            cost = np.concatenate([cost, weights, weights])
            least = np.append(least, np.zeros(2 * n))
            top = np.append(top, np.full(2 * n, np.inf))
        rows = sparse.csr_array(sparse.vstack([rows, shown]), dtype=np.int64)
        low, high = np.append(low, below), np.append(high, above)
        found = solve(cost, rows, low, high, least, top)
        if found is None:
            return None
        change = np.zeros(self.cells.size, np.int64)
        change[cells] = found[: len(cells)]
        return change

    def _published(self, cells: Ints) -> Ints:
        """The numbers of the published figures that a change of these cells could move."""
        touched = np.diff(self.rows[:, cells].indptr) > 0
        return np.flatnonzero(touched & ~self.hidden)

    # ---- fewer --------------------------------------------------------------------------------

    def publish_again(self) -> None:
        """Publish again, dearest first, whatever the targets can be protected without.

        Each keeps one proof that does not move the figure, or is given a new one that does not
        (so many may be looked for, that large panels end in time). Every figure still withheld is
        moved by a proof in force, so none can be worked out exactly.
        """
        every = np.flatnonzero(self.hidden & ~self.small)
        tries = _TRIES
        for again in (False, True):
            for figure in every[np.argsort(-self.weights[every], kind="stable")]:
                kept = [i for i, move in enumerate(self.moves) if not move[figure]]
                lone = self.covered & ~_any(self.covers, kept, self.covered)
                if again and self.hidden[figure] and lone.sum() <= tries:
                    tries -= int(lone.sum())
                    kept += self._proved_again(figure, np.flatnonzero(lone))
                    lone = self.covered & ~_any(self.covers, kept, self.covered)
                if not lone.any():
                    self.moves = [self.moves[i] for i in kept]
                    self.covers = [self.covers[i] for i in kept]
                    self.hidden = self.small | _any(self.moves, range(len(kept)), self.small)

    def _proved_again(self, figure: int, targets: Ints) -> list[int]:
        """Look for proofs of these targets with a figure published; the numbers of those found."""
        hidden, before = self.hidden.copy(), len(self.moves)
        self.hidden[figure] = False
        for number in targets:
            if not _any(self.covers, range(before, len(self.covers)), self.covered)[number]:
                found = self._cheapest(number, self._cells_of(number), withhold=False)
                if found is None:
                    break
                self.keep(found)
        self.hidden = hidden
        return list(range(before, len(self.moves)))


def _any(rows: Sequence[Flags], which: Iterable[int], like: Flags) -> Flags:
    """Where some of these rows is true; nowhere without a row."""
    found = np.zeros(len(like), np.bool_)
    for number in which:
        found |= rows[number]
    return found


def _touched(rows: Matrix, cells: Ints, low: Floats, high: Floats) -> tuple[Matrix, Floats, Floats]:
    """The rows that some of these cells are in and that set a limit, for these cells alone."""
    part = sparse.csr_array(rows[:, cells])
    matter = (np.diff(part.indptr) > 0) & (np.isfinite(low) | np.isfinite(high))
    return sparse.csr_array(part[matter]), low[matter], high[matter]
