"""Cumulative sum charts: of counts, of measurements, and of percentiles.

A CUSUM (Page, 1954, *Biometrika* 41:100) adds up by how much each month is beyond a reference value
``k`` and signals at ``h``: it finds a small lasting change sooner than a chart of single months.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import (
    Bools,
    Detection,
    above_zero,
    accumulate,
    alongside,
    directed,
    figures,
    runs,
)


class Transform(StrEnum):
    """How a count is put on the scale of a standard normal variable before it is added up.

    With expectation m: ``ROSSI`` (x - 3m + 2 sqrt(xm)) / (2 sqrt m) (Rossi, Lampugnani & Marchi,
    1999, Stat Med 18:2111); ``STANDARD`` (x - m) / sqrt m; ``ANSCOMBE`` 3/2 (x^2/3 - m^2/3) / m^1/6
    (1953); ``NONE`` the count itself, so that k and h are events.
    """

    ROSSI = "rossi"
    STANDARD = "standard"
    ANSCOMBE = "anscombe"
    NONE = "none"


@dataclass(frozen=True)
class CountCusum(Detection):
    """``statistic`` is the sum, ``limit`` is h; ``count_limit`` is the count that meets it.

    A month signals with a count of at least ``count_limit`` (at most, where the chart looks down).
    It need not be whole; 0 upward means that any count does, NaN downward that none is low enough.
    """

    count_limit: Floats


@dataclass(frozen=True)
class TabularCusum(Detection):
    """Both sums, in standard deviations: ``high`` for more, ``low`` for less than the target.

    ``statistic`` is the larger of the two and ``limit`` is h.
    """

    high: Floats
    low: Floats


@dataclass(frozen=True)
class PercentileCusum(Detection):
    """``high`` is the upper sum and ``low`` the lower (0 or less); ``target`` the mean in use.

    ``statistic`` is the one of the two that is further from 0.
    """

    high: Floats
    low: Floats
    target: Floats


def poisson_cusum(
    counts: ArrayLike,
    expected: ArrayLike,
    *,
    k: float = 1.04,
    h: float = 2.26,
    transform: Transform | str = Transform.ROSSI,
    downward: bool = False,
    regimes: ArrayLike | None = None,
) -> CountCusum:
    """Add up the transformed counts less ``k``; an alarm where the sum is at least ``h``.

    ``expected`` is the expected count of each month, of one shape with ``counts`` (``in_control``
    makes it); NaN or 0 there, or NaN in ``counts``, is a month without an answer; the sum begins
    again at 0 after it and at each new regime. It does not start again after an alarm. With
    ``downward`` the chart looks for fewer events. The defaults of k and h are those of Rossi et al.
    Refused: counts below 0 or infinite, k or h that is not positive, shapes that do not fit.
    """
    above_zero(k=k, h=h)
    y, m = alongside(counts, expected)
    how, side = Transform(transform), -1.0 if downward else 1.0
    steps = side * _standardised(y, m, how) - k
    known, begins = runs(steps, regimes)
    steps = np.where(known, steps, np.nan)
    total = accumulate(steps, begins)
    before = np.zeros(total.shape)
    before[..., 1:] = np.where(begins[..., 1:], 0.0, total[..., :-1])
    at_limit = _count_at(side * (h + k - before), m, how)
    out_of_range = np.nan if downward else 0.0
    count_limit = np.where(np.isnan(at_limit), out_of_range, at_limit)
    alarm = known & (total >= h)
    return CountCusum(
        total,
        np.where(known, h, np.nan),
        alarm,
        directed(alarm, int(side)),
        np.where(known, count_limit, np.nan),
    )


def _standardised(y: Floats, m: Floats, how: Transform) -> Floats:
    if how is Transform.ROSSI:
        return np.asarray((y - 3 * m + 2 * np.sqrt(y * m)) / (2 * np.sqrt(m)), np.float64)
    if how is Transform.STANDARD:
        return np.asarray((y - m) / np.sqrt(m), np.float64)
    if how is Transform.ANSCOMBE:
        return np.asarray(1.5 * (np.cbrt(y) ** 2 - np.cbrt(m) ** 2) / m ** (1 / 6), np.float64)
    return np.where(np.isnan(m), np.nan, y)


def _count_at(z: Floats, m: Floats, how: Transform) -> Floats:
    """The count whose transformed value is ``z``; NaN where that would be below a count of 0."""
    power = 1.0
    if how is Transform.ROSSI:
        root = 4 * m + 2 * np.sqrt(m) * z
        base, power = np.sqrt(np.maximum(root, 0.0)) - np.sqrt(m), 2.0
    elif how is Transform.STANDARD:
        base = m + np.sqrt(m) * z
    elif how is Transform.ANSCOMBE:
        base, power = np.cbrt(m) ** 2 + 2 / 3 * m ** (1 / 6) * z, 1.5
    else:
        base = z
    return np.asarray(np.where(base >= 0, np.maximum(base, 0.0) ** power, np.nan), np.float64)


def tabular_cusum(
    values: ArrayLike,
    *,
    target: ArrayLike,
    sd: ArrayLike = 1.0,
    k: float = 0.5,
    h: float = 5.0,
    regimes: ArrayLike | None = None,
) -> TabularCusum:
    """The two-sided tabular CUSUM of measurements (Montgomery, 2009, chapter 9).

    ``target`` and ``sd`` (one number, or one for each value) standardise the values; ``k``, ``h``
    are in standard deviations. An alarm where a sum is greater than ``h``; its direction is that of
    the larger sum, upward where they are equal. NaN in values, target or sd, or an sd that is not
    positive, is a month without an answer, and both sums start again at 0 after it and at each new
    regime. They go on after an alarm. Refused: infinite values, h not positive, k below 0.
    """
    above_zero(h=h)
    if not (k >= 0 and np.isfinite(k)):
        raise Refused(f"“k” must be 0 or more, not {k}.")
    z = standardised(values, target, sd)
    known, begins = runs(z, regimes)
    z = np.where(known, z, np.nan)
    high, low = accumulate(z - k, begins), accumulate(-z - k, begins)
    larger = np.maximum(high, low)
    alarm = known & (larger > h)
    side = np.where(high >= low, 1, -1)
    limit = np.where(known, h, np.nan)
    return TabularCusum(larger, limit, alarm, directed(alarm, side), high, low)


def standardised(values: ArrayLike, target: ArrayLike, sd: ArrayLike) -> Floats:
    """Distance from ``target`` in ``sd``; NaN where either is unknown or sd is not positive."""
    x = figures(values)
    centre, scale = figures(target, "The target"), figures(sd, "The standard deviation")
    scale = np.where(scale > 0, scale, np.nan)
    try:
        return np.asarray((x - centre) / scale * np.ones(x.shape), np.float64)
    except ValueError:
        raise Refused("The target or the standard deviation does not fit the values.") from None


def percentile_cusum(
    percentiles: ArrayLike, *, window: int = 12, sensitivity: float = 5.0
) -> PercentileCusum:
    """The percentile CUSUM of OpenPrescribing: for comparison, never for findings.

    The mean of the first ``window`` values is the target and ``sensitivity`` times their standard
    deviation (divisor n) the limit; a tenth of the limit, at the default sensitivity, is the slack
    that each value is spared. After an alarm the target becomes the mean of the ``window`` values
    before: while the values keep going the same way the limit stays and the sum goes on, else the
    limit is made anew and the sum starts again. A value that is NaN sets both sums to 0; values
    before the first stretch of ``window`` that holds any known value have no answer. The sums are
    rounded to two decimals. A noisy start makes a limit that nothing reaches: the authors' own
    tests say so. Refused: infinite values, a window under 2, a sensitivity that is not positive.
    """
    above_zero(sensitivity=sensitivity)
    if window < 2:
        raise Refused(f"A window of {window} has no spread: take 2 or more.")
    x = figures(percentiles)
    shape = x.shape
    x = x.reshape(math.prod(shape[:-1]), shape[-1])
    out = _PercentileState(x, window, sensitivity)
    for t in range(shape[-1]):
        out.step(t)
    high, low, limit, target = (
        a.reshape(shape) for a in (out.highs, out.lows, out.limits, out.targets)
    )
    up, down = high > limit, low < -limit
    alarm = up | down
    further = np.where(high >= -low, high, low)
    direction = directed(alarm, np.where(up, 1, -1))
    return PercentileCusum(further, limit, alarm, direction, high, low, target)


class _PercentileState:
    """The sums, target and limit of every series, month by month."""

    def __init__(self, x: Floats, window: int, sensitivity: float) -> None:
        self.x, self.window, self.sensitivity = x, window, sensitivity
        self.highs, self.lows, self.limits, self.targets = np.full((4, *x.shape), np.nan)
        # Months passed before the first known value: all of them where there is none.
        first = np.logical_and.accumulate(np.isnan(x), axis=1).sum(axis=1)
        # The first month whose window, looking ahead, holds a known value.
        self.start = np.maximum(first - window + 1, 0)

    def step(self, t: int) -> None:
        ahead = self._mean_and_limit(t, t + self.window)
        behind = self._mean_and_limit(t - self.window, t)
        opening = t <= self.start
        high, low, limit, target = (
            (a[:, t - 1] if t else np.full(len(self.x), np.nan))
            for a in (self.highs, self.lows, self.limits, self.targets)
        )
        above, below = high > limit, low < -limit
        moved = ~opening & (above | below)
        target = np.where(opening, ahead[0], np.where(moved, behind[0], target))
        next_high, next_low = self._sums(t, high, low, limit, target)
        onward = (above & (next_high > high)) | (below & (next_low < low))
        anew = moved & ~onward
        limit = np.where(opening, ahead[1], np.where(anew, behind[1], limit))
        fresh = opening | anew
        kept = np.where(fresh, 0.0, high), np.where(fresh, 0.0, low)
        self.highs[:, t], self.lows[:, t] = self._sums(t, *kept, limit, target)
        self.limits[:, t], self.targets[:, t] = limit, target

    def _sums(
        self, t: int, high: Floats, low: Floats, limit: Floats, target: Floats
    ) -> tuple[Floats, Floats]:
        slack = 0.5 * limit / self.sensitivity
        up, down = self.x[:, t] - (target + slack) + high, self.x[:, t] - (target - slack) + low
        answered = ~np.isnan(target)
        # They round their sums to two decimals, and an alarm can hang on it.
        raised = np.where(np.isnan(up), 0.0, np.round(np.maximum(0.0, up), 2))
        lowered = np.where(np.isnan(down), 0.0, np.round(np.minimum(0.0, down), 2))
        return np.where(answered, raised, np.nan), np.where(answered, lowered, np.nan)

    def _mean_and_limit(self, start: int, stop: int) -> tuple[Floats, Floats]:
        part = self.x[:, max(start, 0) : max(stop, 0)]
        known: Bools = ~np.isnan(part)
        n = known.sum(axis=1)
        some = n > 0
        mean = np.where(some, np.where(known, part, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)
        scaled = np.where(known, (part - mean[:, None]) * self.sensitivity, 0.0)
        spread = np.sqrt((scaled**2).sum(axis=1) / np.maximum(n, 1))
        return mean, np.where(some, spread, np.nan)
