"""Is it going up, and did it change once? The recent-trend marker and the single break.

The marker is the one public health profiles in England print beside an indicator (Fingertips): a
weighted line through the last five points. The break is the one place at which a series is best
cut into two means, and the largest F statistic over all places (Andrews, 1993, *Econometrica*
61:821; Bai & Perron, 2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import (
    Detection,
    Whole,
    directed,
    figures,
    run_lengths,
)

_NORMAL_WIDTH = 3.92  # a 95 % interval is so many standard errors wide
_CHI2_998 = 9.5495  # the 99.8 % point of chi-square with one degree of freedom, as they round it
_FEWEST_FOR_BREAK = 10


class Marker(IntEnum):
    """The words of the marker, by its number."""

    CANNOT_BE_CALCULATED = -9
    DECREASING = -1
    NO_SIGNIFICANT_CHANGE = 0
    INCREASING = 1


@dataclass(frozen=True)
class RecentTrend(Detection):
    """``statistic`` is chi-square of the ``slope`` and ``limit`` what it must exceed.

    ``marker`` is a ``Marker`` for the points that end at each one.
    """

    slope: Floats
    marker: Whole


@dataclass(frozen=True)
class SingleBreak(Detection):
    """``statistic`` at a month is F for a new mean from that month on, NaN too near either end.

    ``limit`` is what the largest F of a series exceeds by chance with probability alpha. Of the
    series, not of months, are: ``at``, the month (from 0) from which the new mean best holds, -1
    where there is no answer; ``largest`` F; its ``p``; the means ``before`` and ``after``. There is
    an ``alarm`` at ``at`` alone, and only where ``largest`` exceeds the limit.
    """

    at: Whole
    largest: Floats
    p: Floats
    before: Floats
    after: Floats


def recent_trend(
    values: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    points: int = 5,
    limit: float = _CHI2_998,
    regimes: ArrayLike | None = None,
) -> RecentTrend:
    """The recent-trend marker at every point from the ``points``-th on; the last axis is time.

    ``low`` and ``high`` are 95 % limits of each value: its weight is 1 / ((high - low) / 3.92)². A
    straight line is fitted to the last ``points`` values, and there is a trend where chi-square of
    its slope is greater than ``limit`` and the line slopes the same way whichever one point is left
    out. Where a value or limit is unknown, an interval has no width, or the points are not of
    one regime, the marker cannot be calculated. Refused: infinite values, under 3 points, a limit
    that is not positive, shapes that differ.
    """
    if points < 3:
        raise Refused(f"{points} points do not make a trend: take 3 or more.")
    if not limit > 0:
        raise Refused(f"“limit” must be positive, not {limit}.")
    y, lo, hi = (figures(a, "The values") for a in (values, low, high))
    if not y.shape == lo.shape == hi.shape:
        raise Refused("Values and their two limits must have one shape.")
    width = hi - lo
    usable = width > 0
    weight = np.where(usable, (_NORMAL_WIDTH / np.where(usable, width, 1.0)) ** 2, np.nan)
    y = np.where(usable, y, np.nan)
    slope, chi2 = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    steady = np.zeros(y.shape, np.bool_)
    if y.shape[-1] >= points:
        ys, ws = (sliding_window_view(a, points, axis=-1) for a in (y, weight))
        last = slice(points - 1, None)
        slope[..., last], information = _line(ys, ws)
        chi2[..., last] = slope[..., last] ** 2 * information
        sign, same = np.sign(slope[..., last]), np.ones(ys.shape[:-1], np.bool_)
        for left_out in range(points):
            others = np.arange(points) != left_out
            same &= np.sign(_line(ys, np.where(others, ws, 0.0))[0]) == sign
        steady[..., last] = same
    told = (run_lengths(y, regimes) >= points) & ~np.isnan(chi2)
    slope, chi2 = np.where(told, slope, np.nan), np.where(told, chi2, np.nan)
    alarm = told & steady & (np.nan_to_num(chi2) > limit)
    direction = directed(alarm, np.where(slope > 0, 1, -1))
    marker = np.where(told, direction, int(Marker.CANNOT_BE_CALCULATED))
    return RecentTrend(chi2, np.where(told, limit, np.nan), alarm, direction, slope, marker)


def _line(y: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Weighted slope over the last axis, and its information (1 / its variance)."""
    x = np.arange(y.shape[-1], dtype=np.float64)
    total = weight.sum(axis=-1, keepdims=True)
    off = x - (weight * x).sum(axis=-1, keepdims=True) / total
    information = (weight * off**2).sum(axis=-1)
    # Taking one value off all of them moves no slope, and keeps the digits of large ones.
    slope = (weight * off * (y - y[..., :1])).sum(axis=-1) / information
    return slope, information


def single_break(values: ArrayLike, *, share: float = 0.15, alpha: float = 0.05) -> SingleBreak:
    """The place at which each series is best cut into two means; the last axis is time.

    Each part holds at least ``share`` of the known values (rounded down, at least one). F compares
    the residual sum of squares of one mean with that of two; ``p`` of the largest is the
    approximation of Miller & Siegmund (1982, *Biometrics* 38:1011) for long series of independent
    values, and ``limit`` the F at which it is ``alpha``. The series is taken as of one regime: a
    recording change is what the search finds, so a month or a trend that runs through it is found
    as a break too. Unknown values are left out. No answer: fewer than 10 known values, or all
    alike. F is infinite where two means explain everything. Refused: infinite values, a share
    outside 0 to 0.5, alpha outside 0 to 1.
    """
    if not 0 < share < 0.5:
        raise Refused(f"“share” must lie between 0 and 0.5, not be {share}.")
    if not 0 < alpha < 1:
        raise Refused(f"“alpha” must lie between 0 and 1, not be {alpha}.")
    y = figures(values)
    known = ~np.isnan(y)
    n = known.sum(axis=-1, keepdims=True)
    filled = np.where(known, y, 0.0)
    mean = filled.sum(axis=-1, keepdims=True) / np.maximum(n, 1)
    off = np.where(known, y - mean, 0.0)
    whole = (off**2).sum(axis=-1, keepdims=True)

    # Months before each one, and what they add up to: a break puts its month in the second part.
    earlier, lead = (_running(a) for a in (known.astype(np.float64), off))
    later = n - earlier
    least = np.maximum(1, np.floor(share * n + 1e-9))
    alike = whole <= 1e-20 * n * np.maximum(mean**2, 1e-300)
    possible = known & (earlier >= least) & (later >= least) & (n >= _FEWEST_FOR_BREAK) & ~alike
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = lead**2 / earlier + lead**2 / later
        left = np.maximum(whole - explained, 0.0)
        left = np.where(left <= 1e-14 * whole, 0.0, left)
        f = np.where(possible, explained / (left / (n - 2)), np.nan)
    answered = possible.any(axis=-1)
    held = np.where(possible, f, -1.0)
    reached = held == held.max(axis=-1, keepdims=True, initial=-1.0)
    at = np.where(answered, (~np.logical_or.accumulate(reached, axis=-1)).sum(axis=-1), -1)
    here = np.arange(y.shape[-1]) == at[..., None]

    def there(a: Floats) -> Floats:
        return np.where(answered, np.where(here, a, 0.0).sum(axis=-1), np.nan)

    largest = there(f)
    first, second = there(earlier), there(later)
    before = mean[..., 0] + there(lead) / first
    after = mean[..., 0] - there(lead) / second
    threshold = _f_limit(share, alpha)
    alarm = here & (np.nan_to_num(largest) > threshold)[..., None]
    side = np.where(after > before, 1, -1)[..., None]
    limit = np.where(possible, threshold, np.nan)
    p = np.where(answered, _chance_of_largest(np.nan_to_num(largest), share), np.nan)
    return SingleBreak(f, limit, alarm, directed(alarm, side), at, largest, p, before, after)


def _running(values: Floats) -> Floats:
    """The sum of what stands before each month."""
    return np.asarray(np.cumsum(values, axis=-1) - values, np.float64)


def _chance_of_largest(f: Floats, share: float) -> Floats:
    """P(the largest F of a series without a break > f), near enough where it is small."""
    b = np.sqrt(np.clip(f, 1.0, 1e4))
    density = np.exp(-b * b / 2) / np.sqrt(2 * np.pi)
    found = density * ((b - 1 / b) * 2 * np.log((1 - share) / share) + 4 / b)
    return np.asarray(np.where(f <= 1, 1.0, np.minimum(found, 1.0)), np.float64)


def _f_limit(share: float, alpha: float) -> float:
    low, high = 1.0, 1e3
    for _ in range(60):
        middle = (low + high) / 2
        if float(_chance_of_largest(np.array(middle), share)) > alpha:
            low = middle
        else:
            high = middle
    return high
