"""Generalised likelihood ratio detectors: has something changed, since when, and by how much?

For every month in which a change could have begun, the most likely size of the change is found and
its likelihood held against no change; the largest log ratio is the statistic (Höhle & Paul, 2008,
*Computational Statistics & Data Analysis* 52:4357). Unlike a CUSUM no size of change need be chosen
beforehand. Counts are Poisson, or negative binomial with variance m + dispersion m².
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import (
    Bools,
    Detection,
    Whole,
    above_zero,
    alongside,
    directed,
    first_count,
    runs,
)

_CELLS_AT_ONCE = 2_000_000
_STEPS = 100
_CLOSE = 1e-10


class Change(StrEnum):
    """What a change does to the expected counts.

    ``INTERCEPT`` multiplies them by one factor. ``EPIDEMIC`` adds a share of the count of the month
    before, as where one event leads to the next (retaliation, imitation).
    """

    INTERCEPT = "intercept"
    EPIDEMIC = "epidemic"


@dataclass(frozen=True)
class Glr(Detection):
    """``statistic`` is the log likelihood ratio and ``limit`` the threshold.

    ``since`` is the month (from 0) in which the change most likely began, the latest of months that
    are as likely, and -1 where nothing speaks for one. ``count_limit`` is the smallest whole count
    of the month that would have signalled, the largest where the chart looks down; NaN where no
    count does, or it was not asked for.
    """

    since: Whole
    count_limit: Floats


def glr(
    counts: ArrayLike,
    expected: ArrayLike,
    *,
    dispersion: ArrayLike = 0.0,
    change: Change | str = Change.INTERCEPT,
    threshold: float = 5.0,
    downward: bool = False,
    window: int | None = None,
    count_limits: bool = False,
    regimes: ArrayLike | None = None,
) -> Glr:
    """Test every month for a change that began in it or before; the last axis is time.

    An alarm where the statistic is at least ``threshold``; the chart then begins again with the
    next month. ``expected`` is the expected count of each month, of one shape with ``counts``; NaN
    or 0 there, or NaN in ``counts``, is a month without an answer, and no change reaches back over
    it, over the start of a regime, or further than ``window`` months. The epidemic change knows
    nothing of the month before a run begins, and takes its count as 0. ``downward`` looks for fewer
    events. ``dispersion`` is one number, or one for each series (…, 1). The work grows with the
    square of the window (Poisson intercept) or its cube: take 36 months or so where there are
    thousands of series. Refused: counts below 0 or infinite, a threshold that is not positive, a
    dispersion below 0, an epidemic change downward, a window under 1, shapes that do not fit.
    """
    above_zero(threshold=threshold)
    kind = Change(change)
    wider = np.asarray(dispersion, np.float64)
    if not ((wider >= 0) & np.isfinite(wider)).all():
        raise Refused("“dispersion” must be 0 (Poisson) or more.")
    if kind is Change.EPIDEMIC and downward:
        raise Refused("An epidemic change adds events: it can only be looked for upward.")
    if window is not None and window < 1:
        raise Refused(f"A window of {window} months holds no month: take 1 or more.")
    y, m = alongside(counts, expected)
    known, begins = runs(y + m, regimes)
    shape = y.shape
    flat = (math.prod(shape[:-1]), shape[-1])
    chart = _Chart(kind, -1 if downward else 1, threshold, count_limits)
    wider = np.broadcast_to(wider, (*shape[:-1], 1)).reshape(flat[0], 1)
    y, m = y.reshape(flat), m.reshape(flat)
    known, begins = known.reshape(flat), begins.reshape(flat)
    statistic, count_limit = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    since = np.full(y.shape, -1, np.int64)
    reach = shape[-1] if window is None else min(window, shape[-1])
    group = max(1, _CELLS_AT_ONCE // max(reach, 1) ** 2)
    for g in range(0, len(y), group):
        rows = slice(g, g + group)
        answer = chart.follow(y[rows], m[rows], wider[rows], known[rows], begins[rows], reach)
        statistic[rows], since[rows], count_limit[rows] = answer
    alarm = known & (np.nan_to_num(statistic) >= threshold)
    return Glr(
        statistic.reshape(shape),
        np.where(known, threshold, np.nan).reshape(shape),
        alarm.reshape(shape),
        directed(alarm, chart.side).reshape(shape),
        since.reshape(shape),
        count_limit.reshape(shape),
    )


class _Months(NamedTuple):
    """Rows of months: counts, expected counts, what a change of size 1 adds, and dispersion (a)."""

    x: Floats
    m: Floats
    gain: Floats
    a: Floats

    def of(self, rows: slice | NDArray[np.int64] | Bools) -> _Months:
        return _Months(*(part[rows] for part in self))

    def slope(self, size: Floats) -> tuple[Floats, Floats]:
        """First and second derivative of each row's log likelihood by the size of its change."""
        u = self.m + size[:, None] * self.gain
        spread = u * (1 + self.a * u)
        slope = self.gain * (self.x - u) / spread
        bend = -self.gain * (self.gain + slope * (1 + 2 * self.a * u)) / spread
        return slope.sum(axis=1), bend.sum(axis=1)

    def gained(self, size: Floats) -> Floats:
        """Log likelihood of a change of this size, less that of none."""
        changed = self.m + size[:, None] * self.gain
        more = changed - self.m
        wide = np.where(self.a > 0, self.a, 1.0)
        cost = (self.x + 1 / wide) * np.log1p(wide * more / (1 + wide * self.m))
        each = special.xlogy(self.x, changed / self.m) - np.where(self.a > 0, cost, more)
        return np.asarray(each.sum(axis=1), np.float64)


@dataclass(frozen=True)
class _Chart:
    """What one call looks for: kind of change, way it looks, threshold, limits as counts or not."""

    kind: Change
    side: int
    threshold: float
    count_limits: bool

    def follow(
        self, y: Floats, m: Floats, a: Floats, known: Bools, begins: Bools, reach: int
    ) -> tuple[Floats, Whole, Floats]:
        """Statistic, since when, and the limit as a count, for series (rows) month by month."""
        x, mean = np.where(known, y, 0.0), np.where(known, m, 1.0)
        gain = mean
        if self.kind is Change.EPIDEMIC:
            gain = np.zeros(x.shape)
            gain[:, 1:] = np.where(begins[:, 1:], 0.0, x[:, :-1])
        statistic, limit = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
        since = np.full(x.shape, -1, np.int64)
        start = np.zeros(len(x), np.int64)
        for t in range(x.shape[1]):
            start = np.where(begins[:, t], t, start)
            low, now = max(0, t + 1 - reach), known[:, t]
            months = _Months(x[:, low : t + 1], mean[:, low : t + 1], gain[:, low : t + 1], a)
            possible = np.arange(low, t + 1) >= start[:, None]
            ratio = np.where(possible, self._ratios(months), 0.0)
            best = ratio.max(axis=1)
            statistic[:, t] = np.where(now, best, np.nan)
            since[:, t] = np.where(now & (best > 0), t - ratio[:, ::-1].argmax(axis=1), -1)
            if self.count_limits and now.any():
                limit[now, t] = self._count_limit(months.of(now), possible[now])
            start = np.where(now & (best >= self.threshold), t + 1, start)
        return statistic, since, limit

    def _ratios(self, months: _Months) -> Floats:
        """Log likelihood ratios of a change that began in each month and lasts to the last one."""
        x = months.x
        if self.kind is Change.INTERCEPT and (months.a == 0).all():
            events, usual = _sums_from(x), _sums_from(months.m)
            more = self.side * (events - usual) > 0
            found = special.xlogy(events, events / usual) - (events - usual)
            return np.where(more, np.maximum(found, 0.0), 0.0)
        # One row for each series and beginning; what lies before the beginning does not change.
        series, began = (i.ravel() for i in np.indices(x.shape))
        every = months.of(series)
        on = np.arange(x.shape[1]) >= began[:, None]
        every = every._replace(gain=np.where(on, every.gain, 0.0))
        spoken = self.side * every.slope(np.zeros(len(began)))[0] > 0
        out = np.zeros(len(began))
        if spoken.any():
            some = every.of(spoken)
            out[spoken] = np.maximum(0.0, some.gained(self._most_likely(some)))
        return out.reshape(x.shape)

    def _most_likely(self, months: _Months) -> Floats:
        """The size s > 0 (downward -1 <= s < 0) of the change of each row to m + s gain.

        The root of the score, by Newton's steps between two ends at which it has different signs.
        """
        x, m, gain, _ = months
        touched = gain > 0
        ends = np.where(touched, (x - m) / np.where(touched, gain, 1.0), -self.side * np.inf)
        if self.side > 0:
            low, high = np.zeros(len(x)), ends.max(axis=1)
        else:
            low, high = ends.min(axis=1), np.zeros(len(x))
        # As if every month weighed alike: exact for a Poisson factor, and near enough to begin at.
        size = np.where(touched, x - m, 0.0).sum(axis=1) / gain.sum(axis=1)
        size = np.clip(size, low, high)
        # Without any event the likeliest count is none at all, and the score has no root.
        going = np.flatnonzero(size > -1)
        months, low, high = months.of(going), low[going], high[going]
        for _ in range(_STEPS):
            at = size[going]
            slope, bend = months.slope(at)
            low, high = np.where(slope > 0, at, low), np.where(slope > 0, high, at)
            step = at - slope / np.where(bend < 0, bend, -np.inf)
            inside = (bend < 0) & (step >= low) & (step <= high)
            new = np.where(inside, step, (low + high) / 2)
            size[going] = new
            more = np.abs(new - at) > _CLOSE * (1 + np.abs(new))
            if not more.any():
                break
            going, months, low, high = going[more], months.of(more), low[more], high[more]
        return np.asarray(size, np.float64)

    def _count_limit(self, months: _Months, possible: Bools) -> Floats:
        """The count of the last month that signals: smallest upward, largest downward."""

        def signals(count: Floats) -> Bools:
            tried = months.x.copy()
            tried[:, -1] = count
            ratio = np.where(possible, self._ratios(months._replace(x=tried)), 0.0)
            return np.asarray(ratio.max(axis=1) >= self.threshold, np.bool_)

        shape = (len(possible),)
        if self.side > 0:
            return first_count(signals, shape)
        quiet = first_count(lambda count: ~signals(count), shape)
        return np.where(quiet > 0, quiet - 1, np.nan)


def _sums_from(values: Floats) -> Floats:
    """For each month the sum from it to the last one."""
    return np.asarray(np.cumsum(values[:, ::-1], axis=1)[:, ::-1], np.float64)
