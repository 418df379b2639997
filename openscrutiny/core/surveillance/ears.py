"""EARS C1, C2 and C3: a month against the mean and spread of the few months before it.

The Early Aberration Reporting System (Hutwagner, Thompson, Seeman & Treadwell, 2003, *Journal of
Urban Health* 80:i89) needs hardly any history and knows no season. C1 takes the months just before,
C2 leaves out the last two, C3 adds to C2 what the last two months were above their own limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import Detection, counted, directed, run_lengths


class Method(StrEnum):
    """Which of the three. ``C3_EARLIER`` is C3 as the package surveillance for R works it out.

    There the limit of C3 stands on the observed count where its own manual has the expected one, so
    that the present month never counts: it is kept for comparison and never used.
    """

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C3_EARLIER = "C3, earlier months only"


@dataclass(frozen=True)
class Ears(Detection):
    """``statistic`` is the count itself and ``limit`` the count above which it signals.

    ``expected`` and ``spread`` are the mean and standard deviation of the baseline months.
    """

    expected: Floats
    spread: Floats


def ears(
    counts: ArrayLike,
    *,
    method: Method | str = Method.C1,
    baseline: int = 7,
    alpha: float | None = None,
    least_spread: float = 0.5,
    regimes: ArrayLike | None = None,
) -> Ears:
    """Hold each month against the ``baseline`` months before it, over the last axis.

    ``alpha`` is the one-sided false alarm share if counts were normal: 0.001 for C1 and C2 and
    0.025 for C3 unless given. The standard deviation (divisor n - 1) is taken as at least
    ``least_spread``: with 0, one event after a row of empty months is an alarm (and C3 has no
    answer in the two months after one whose baseline had no spread). There is an answer
    only where baseline, the months between and the month itself (C3: two months more) are known and
    of one regime. Refused: counts below 0 or infinite, a baseline under 3 months, alpha outside 0
    to 0.5, a negative least spread.
    """
    y, which = counted(counts), Method(method)
    share = alpha if alpha is not None else (0.001 if which in (Method.C1, Method.C2) else 0.025)
    if baseline < 3:
        raise Refused(f"A baseline of {baseline} months has no spread to speak of: take 3 or more.")
    if not 0 < share < 0.5:
        raise Refused(f"“alpha” must lie between 0 and 0.5, not be {share}.")
    if not (least_spread >= 0 and np.isfinite(least_spread)):
        raise Refused(f"“least_spread” must be 0 or more, not {least_spread}.")

    run = run_lengths(y, regimes)
    lag = 0 if which is Method.C1 else 2
    mean, spread = _baseline(y, run, baseline, lag, least_spread)
    z = float(special.ndtri(1 - share))
    if which in (Method.C1, Method.C2):
        limit = mean + z * spread
    else:
        centre = mean if which is Method.C3 else y
        limit = np.maximum(0.0, centre + spread * (z - _earlier_excess(y, mean, spread)))
    alarm = y > limit
    statistic = np.where(np.isnan(limit), np.nan, y)
    return Ears(statistic, limit, alarm, directed(alarm), mean, spread)


def _baseline(
    y: Floats, run: np.ndarray, length: int, lag: int, least: float
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the ``length`` months that end ``lag`` before each month."""
    mean, spread = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    first = length + lag
    if y.shape[-1] > first:
        windows = sliding_window_view(y, length, axis=-1)[..., : y.shape[-1] - first, :]
        mean[..., first:] = windows.mean(axis=-1)
        spread[..., first:] = np.maximum(windows.std(axis=-1, ddof=1), least)
    whole = run > first
    return np.where(whole, mean, np.nan), np.where(whole, spread, np.nan)


def _earlier_excess(y: Floats, mean: Floats, spread: Floats) -> Floats:
    """By how many standard deviations more than one the two months before were above expected."""
    excess = np.maximum(0.0, (y - mean) / np.where(spread > 0, spread, np.nan) - 1)
    out = np.full(y.shape, np.nan)
    out[..., 2:] = excess[..., 1:-1] + excess[..., :-2]
    return out
