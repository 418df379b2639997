"""Where a level seems to have shifted for good: the Stable Shift Algorithm, as a suggestion.

Woodcock, O'Connor & Bell (2025, BMJ Quality & Safety): limits are set by the first 21 points and
held. Where eight points in a row lie on one side of the centre line, new limits are tried on the 21
points from there. They are kept if no eight in a row lie back on the other side of the new centre
line, and if the last run of the 21 leaves no doubt of that either; otherwise the old ones stand.

It suggests and nothing more. Limits that move by themselves chase every change and call it usual;
only a person who knows what happened decides, writes down why, and hands the starts to
``nhs.rebased``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Measure, Refused
from openscrutiny.core.spc import spread
from openscrutiny.core.spc.spread import Flags, unbroken

PERIOD = 21
RUN = 8
_EXCLUSIONS = 3
_SIGMAS = 3.0
_ROUNDING = 1e-9


class Kind(StrEnum):
    """Which limits: of counts, of proportions (primed: after Laney), or of single values."""

    C = "C"
    C_PRIME = "C'"
    P = "P"
    P_PRIME = "P'"
    XMR = "XmR"

    @property
    def proportion(self) -> bool:
        return self in (Kind.P, Kind.P_PRIME)

    @property
    def laney(self) -> bool:
        return self in (Kind.C_PRIME, Kind.P_PRIME)


@dataclass(frozen=True)
class Suggested:
    """The chart as it would be with the suggested periods. All arrays have the shape of the values.

    ``starts``: where a period would begin, the first point included. ``low`` and ``high`` are NaN
    where a period does not vary. ``outside``: beyond a limit (+1, 0, -1); ``run``: part of eight or
    more in a row on one side of the centre line, in the same signs.
    """

    values: Floats
    starts: Flags
    centre: Floats
    low: Floats
    high: Floats
    outside: NDArray[np.int8]
    run: NDArray[np.int8]


@dataclass(frozen=True)
class Proposal:
    """One suggested fresh start: of which series, at which point (from 0), and the sentence why."""

    series: tuple[int, ...]
    start: int
    why: str


def suggest(
    values: ArrayLike,
    of: ArrayLike | None = None,
    *,
    kind: Kind,
    measure: Measure | None = None,
    no_regrets: bool = True,
    overhanging: bool = True,
) -> Suggested:
    """Suggested periods of series in time order along the last axis.

    ``of``: denominators, for proportions and only there; ``values`` are then the numerators. With
    ``no_regrets`` a period once suggested stays so as points are added; without it, one may be
    suggested whose end still looks back. ``overhanging``: a run that begins in the 21 points may
    go on after them to speak against new limits.

    Refused: fewer than 21 points, one missing, infinite or (except single values) negative, a part
    greater than its whole, a denominator below 10, and, for proportions, a ``measure`` that is a
    ratio of two counts.
    """
    y, n = _figures(values, of, kind, measure)
    state = _State(y.reshape(-1, y.shape[-1]), n.reshape(-1, y.shape[-1]), kind)
    active = np.arange(len(state.y))
    while active.size:
        active = state.advance(active, no_regrets=no_regrets, overhanging=overhanging)
    shown = state.shown
    with np.errstate(invalid="ignore"):
        outside = (shown > state.high).astype(np.int8) - (shown < state.low).astype(np.int8)
    run = np.where(state.in_run, state.side, 0).astype(np.int8)
    return Suggested(
        values=shown.reshape(y.shape),
        starts=state.starts.reshape(y.shape),
        centre=state.centre.reshape(y.shape),
        low=state.low.reshape(y.shape),
        high=state.high.reshape(y.shape),
        outside=outside.reshape(y.shape),
        run=run.reshape(y.shape),
    )


def proposals(found: Suggested, labels: Sequence[str] | None = None) -> list[Proposal]:
    """The suggested fresh starts, series by series, each with its sentence.

    ``labels`` name the points, as "May 2024"; without them they are numbered from 1.
    """
    told = []
    for *series, start in np.argwhere(found.starts).tolist():
        if start == 0:
            continue
        place = tuple(series)
        before, after = found.centre[place][start - 1], found.centre[place][start]
        name = f"point {start + 1}" if labels is None else labels[start]
        level = "higher" if after > before else "lower"
        told.append(
            Proposal(
                place,
                start,
                f"From {name} the level seems {level}: at least {RUN} in a row lie on one side of "
                f"the centre line of {_told(before)}, and the {PERIOD} from there, around "
                f"{_told(after)}, do not go back. This is a suggestion: limits begin afresh only "
                "if a person who knows what changed decides so.",
            )
        )
    return told


def _told(number: float) -> str:
    return f"{number:.3g}" if abs(number) < 100 else f"{number:,.0f}"


def _figures(
    values: ArrayLike, of: ArrayLike | None, kind: Kind, measure: Measure | None
) -> tuple[Floats, Floats]:
    if kind.proportion and measure is not None:
        measure.refuse_binomial()
    if kind.proportion != (of is not None):
        raise Refused(
            "Proportions need denominators, and counts and single values have none. Choose the "
            "kind of chart that fits the figures."
        )
    y, n = np.broadcast_arrays(unbroken(values), unbroken(1.0 if of is None else of))
    if y.shape[-1] < PERIOD:
        raise Refused(
            f"A shift can be looked for in {PERIOD} points or more; this series has {y.shape[-1]}. "
            "Show the figures as they are."
        )
    if kind is not Kind.XMR and np.any(y < 0):
        raise Refused("Counts cannot be negative. Correct the figures before charting them.")
    if kind.proportion and np.any(y > n):
        raise Refused(
            "A part cannot be greater than its whole, so these figures are not a proportion."
        )
    if kind.proportion and np.any(n < spread.LEAST_DENOMINATOR):
        raise Refused(
            f"A proportion of fewer than {spread.LEAST_DENOMINATOR} says too little of its month. "
            "Take quarters or years instead."
        )
    return y, n


class _State:
    """All series at once, each with its own counter, moved forward in step. Rows are series."""

    def __init__(self, y: Floats, n: Floats, kind: Kind) -> None:
        self.y, self.n, self.kind = y, n, kind
        self.shown = y / n
        self.place = np.arange(y.shape[1])
        self.starts = np.zeros(y.shape, np.bool_)
        self.starts[:, 0] = True
        self.centre, self.low, self.high = (np.zeros(y.shape) for _ in range(3))
        every = np.arange(len(y))
        first = np.zeros(len(y), np.int64)
        for mine, new in zip(self._lines, self._limits(every, first), strict=True):
            mine[:] = new
        self.side = _side(self.shown, self.centre)
        _, self.run_begins, self.in_run = _runs(self.side, self.starts)
        self.counter = first + PERIOD

    @property
    def _lines(self) -> tuple[Floats, Floats, Floats]:
        return self.centre, self.low, self.high

    def advance(
        self, rows: NDArray[np.int64], *, no_regrets: bool, overhanging: bool
    ) -> NDArray[np.int64]:
        """Look at the next run of each of ``rows``, take it or pass on; the rows not yet done."""
        rows = rows[self._room(self.counter[rows])]
        at, following = self._next_run(rows)
        open_ = self._room(at)
        rows, at, following = rows[open_], at[open_], following[open_]
        if not rows.size:
            return rows
        lines = self._limits(rows, at)
        side = _side(self.shown[rows], lines[0])
        trigger = self.side[rows, at]
        taken = ~_goes_back(side, at, trigger, overhanging=overhanging)
        if no_regrets:
            taken &= ~_ends_in_doubt(side, at, trigger)
        still = self.in_run[rows[:, None], at[:, None] + np.arange(RUN)].all(axis=1)
        passed = np.where(still | (following == len(self.place)), at + 1, following)
        self.counter[rows] = np.where(taken, at + PERIOD, passed)
        self._take(rows[taken], at[taken], tuple(line[taken] for line in lines), side[taken])
        return rows

    def _room(self, at: NDArray[np.int64]) -> Flags:
        return at + PERIOD <= len(self.place)

    def _next_run(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the next run of eight begins from the counter on, and the one after it.

        A run that the counter stands in counts from there, if eight of it are left; the one after
        is then not looked for. The end of the series where there is none.
        """
        end, counter = len(self.place), self.counter[rows]
        ahead = self.place >= counter[:, None]
        next_begins = np.where(ahead & self.run_begins[rows], self.place, end).min(axis=1)
        inside = self.in_run[rows, counter] & (next_begins - counter >= RUN)
        in_run, side = self.in_run[rows], self.side[rows]
        begins = in_run.copy()
        begins[:, 1:] &= ~in_run[:, :-1] | (side[:, 1:] * side[:, :-1] == -1)
        where = np.where(ahead & begins, self.place, end)
        first = where.min(axis=1)
        second = np.where(self.place > first[:, None], where, end).min(axis=1)
        return np.where(inside, counter, first), np.where(inside, end, second)

    def _limits(
        self, rows: NDArray[np.int64], at: NDArray[np.int64]
    ) -> tuple[Floats, Floats, Floats]:
        """Centre and limits by the 21 points from ``at``, drawn over the whole row.

        Up to three points outside are left out, the farthest first.
        """
        window = at[:, None] + np.arange(PERIOD)
        y, n = self.y[rows[:, None], window], self.n[rows[:, None], window]
        used = np.ones(y.shape, np.bool_)
        for _ in range(_EXCLUSIONS):
            centre, low, high = self._around(y, n, used, n)
            shown = y / n
            beyond = np.maximum(shown - high, low - shown)
            # Where all others are alike there are no limits, and whatever differs is beyond them.
            beyond = np.where(np.isnan(high), np.abs(shown - centre), beyond)
            beyond = np.where(used, beyond, 0.0)
            alike = _ROUNDING * np.abs(centre)
            farthest = (beyond > alike) & (beyond >= beyond.max(axis=1, keepdims=True) - alike)
            may_go = _EXCLUSIONS - np.count_nonzero(~used, axis=1, keepdims=True)
            used &= ~(farthest & (np.cumsum(farthest, axis=1) <= may_go))
        return self._around(y, n, used, self.n[rows])

    def _around(
        self, y: Floats, n: Floats, used: Flags, sizes: Floats
    ) -> tuple[Floats, Floats, Floats]:
        if self.kind is Kind.XMR:
            centre, sd = spread.single_values(y, used, screened=True)
            reach = np.broadcast_to(_SIGMAS * sd, sizes.shape)
            return np.broadcast_to(centre, sizes.shape), centre - reach, centre + reach
        variance = spread.of_proportion if self.kind.proportion else spread.of_count
        centre, unit = spread.ratios(y, n, used, variance, laney=self.kind.laney, screened=True)
        reach = _SIGMAS * unit / np.sqrt(sizes)
        most = 1.0 if self.kind.proportion else np.inf
        line = np.broadcast_to(centre, sizes.shape)
        return line, np.maximum(line - reach, 0.0), np.minimum(line + reach, most)

    def _take(
        self,
        rows: NDArray[np.int64],
        at: NDArray[np.int64],
        lines: tuple[Floats, ...],
        side: NDArray[np.int8],
    ) -> None:
        after = self.place >= at[:, None]
        self.starts[rows, at] = True
        for mine, new in zip(self._lines, lines, strict=True):
            mine[rows] = np.where(after, new, mine[rows])
        self.side[rows] = np.where(after, side, self.side[rows])
        _, self.run_begins[rows], self.in_run[rows] = _runs(self.side[rows], self.starts[rows])


def _side(shown: Floats, centre: Floats) -> NDArray[np.int8]:
    """+1 above the centre line, -1 below, 0 on it."""
    away = shown - centre
    return np.where(np.abs(away) <= _ROUNDING * np.abs(centre), 0, np.sign(away)).astype(np.int8)


def _runs(side: NDArray[np.int8], starts: Flags) -> tuple[NDArray[np.int64], Flags, Flags]:
    """A number for the run each point is in, where runs begin, and who is in one of eight or more.

    A period begins a run afresh. Points on the centre line neither end a run nor make it longer.
    """
    rows, points = side.shape
    place = np.arange(points)
    latest = np.maximum.accumulate(np.where(side != 0, place, -1), axis=1)
    before = np.full(side.shape, -1)
    before[:, 1:] = latest[:, :-1]
    period = np.maximum.accumulate(np.where(starts, place, 0), axis=1)
    was = np.take_along_axis(side, np.maximum(before, 0), axis=1)
    begins = (side != 0) & ((before < period) | (was != side))
    number = np.cumsum(begins, axis=1)
    key = number + np.arange(rows)[:, None] * (points + 1)
    length = np.bincount(key[side != 0], minlength=rows * (points + 1))
    return number, begins, (side != 0) & (length[key] >= RUN)


def _goes_back(
    side: NDArray[np.int8], at: NDArray[np.int64], trigger: NDArray[np.int8], *, overhanging: bool
) -> Flags:
    """Whether a run of eight on the other side begins within the 21 points, after their first run.

    The first run may be the way to the new level. Without ``overhanging`` all eight must be within.
    """
    place = np.arange(side.shape[1])
    begin, end = at[:, None], at[:, None] + PERIOD
    starts = (place == begin) if overhanging else (place == begin) | (place == end)
    number, _, in_run = _runs(side, starts)
    first_run = np.take_along_axis(number, begin - 1, axis=1) + 1
    later = (place < end) & (number > first_run)
    return np.asarray((in_run & later & (side == -trigger[:, None])).any(axis=1))


def _ends_in_doubt(
    side: NDArray[np.int8], at: NDArray[np.int64], trigger: NDArray[np.int8]
) -> Flags:
    """Whether the last run of the 21 points lies on the other side and lasts to the end of all.

    It may yet become a run of eight, and the period would be regretted.
    """
    place = np.arange(side.shape[1])
    inside = (place >= at[:, None]) & (place < at[:, None] + PERIOD)
    last = np.where(inside & (side != 0), place, -1).max(axis=1, keepdims=True)
    there = np.take_along_axis(side, np.maximum(last, 0), axis=1)
    other = (last >= 0) & (there == -trigger[:, None])
    back = (place > last) & (side == trigger[:, None])
    return np.asarray(other[:, 0] & ~back.any(axis=1))
