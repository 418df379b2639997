"""A count against its own past, inside one regime.

The last months are held against the months before them that were recorded in the same way. With
Poisson counts and Jeffreys' prior for the rate, what the baseline says about the window is a
negative binomial of size B + ½, where B is the number of events in the baseline (Bernardo & Smith,
1994, *Bayesian Theory*, section 3.2): its tail lies between those of the exact conditional test of
two Poisson counts (Przyborowski & Wilenski, 1940) with B and with B + 1 baseline events. Where a
series varies more from month to month than a Poisson count does, the variance is multiplied by its
dispersion phi, Pearson's statistic of the baseline months (McCullagh & Nelder, 1989, section 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

from openscrutiny.core.counting import Floats

# phi of one series is drawn towards that of the other areas with the weight of a year of months.
_BORROWED_DEGREES = 12.0
_REMEMBERED_WITHIN = 3.0
_REMEMBERED_AGAIN = 2  # twice, so that three months of a change stand out before it is the rule


@dataclass(frozen=True)
class OwnPast:
    """What its own past lets one expect of each window. Arrays of shape (areas, strands, months).

    ``observed`` and ``expected`` events in the window; ``knowledge``: baseline events plus a half,
    less what the exposures leave uncertain (the relative variance of the expectation is
    phi / knowledge); ``phi``: dispersion, at least 1; ``exposure`` and ``baseline_exposure``:
    what the events are held against; ``baseline_months``: length of the baseline, 0 where there
    is no test. All NaN (or 0) where window or baseline is not complete in one regime.
    """

    observed: Floats
    expected: Floats
    knowledge: Floats
    phi: Floats
    exposure: Floats
    baseline_exposure: Floats
    baseline_events: Floats
    baseline_months: NDArray[np.int64]

    def variance(self, expected: Floats, spread: Floats | float = 0.0) -> Floats:
        """Variance of the window's count around ``expected``: chance, baseline, ``spread``.

        ``spread`` is an additional relative variance (tau² on the log-ratio scale).
        """
        return self.phi * (expected + expected**2 / self.knowledge) + spread * expected**2


def against_own_regime(
    counts: Floats,
    exposure: Floats | None,
    regimes: NDArray[np.int64],
    *,
    window: int,
    baseline_least: int,
    baseline_most: int,
    alone: bool = False,
    exposure_is_count: bool = False,
) -> OwnPast:
    """Hold the ``window`` months that end at each month against up to ``baseline_most`` before.

    ``counts`` has shape (areas, strands, months), NaN for what is unknown; ``exposure`` the same
    (None: every month counts alike). ``regimes`` numbers each month's regime, -1 in a gap: window
    and baseline are an unbroken run of known months of one regime, or there is no test. The
    dispersion borrows strength from the same strand in the other areas, unless the series stands
    ``alone``; then it is widened for being an estimate (Student's t against the normal at 99 %).
    ``exposure_is_count``: the exposure is itself a Poisson count, whose chance is added.

    Single months (``window`` of 1) are remembered only as far as three standard deviations from
    what was expected of them: else the first month of a change would hide the second (the masking
    that reweighted baselines guard against; Noufaily et al., 2013, Stat Med 32:1206).
    """
    held = partial(
        _held_against,
        counts,
        np.ones_like(counts) if exposure is None else exposure,
        regimes,
        window=window,
        baseline_least=baseline_least,
        baseline_most=baseline_most,
        alone=alone,
        exposure_is_count=exposure_is_count,
    )
    past = held(counts)
    for _ in range(_REMEMBERED_AGAIN if window == 1 else 0):
        reach = _REMEMBERED_WITHIN * np.sqrt(past.variance(past.expected))
        drawn_in = np.clip(counts, past.expected - reach, past.expected + reach)
        past = held(np.where(past.baseline_months > 0, np.maximum(drawn_in, 0.0), counts))
    return past


def _held_against(
    counts: Floats,
    e: Floats,
    regimes: NDArray[np.int64],
    remembered: Floats,
    *,
    window: int,
    baseline_least: int,
    baseline_most: int,
    alone: bool,
    exposure_is_count: bool,
) -> OwnPast:
    """The windows of ``counts`` against baselines of the ``remembered`` counts."""
    known = ~(np.isnan(counts) | np.isnan(e)) & (regimes >= 0)
    run = _unbroken(known, regimes)
    length = np.where(run >= window + baseline_least, np.minimum(run - window, baseline_most), 0)
    tested = length > 0

    y, e = np.where(known, counts, 0.0), np.where(known, e, 0.0)
    past = np.where(known, remembered, 0.0)
    start = np.broadcast_to(np.arange(counts.shape[2]) + 1 - window, counts.shape)
    sums = _Sums(np.maximum(start - length, 0), np.maximum(start, 0))
    end = np.broadcast_to(np.arange(counts.shape[2]) + 1, counts.shape)
    recent = _Sums(np.maximum(start, 0), end)

    events, units = sums.of(past), sums.of(e)
    observed, exposed = recent.of(y), recent.of(e)
    tested &= (units > 0) & (exposed > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (events + 0.5) * exposed / units
        doubt = 1 / (events + 0.5)
        if exposure_is_count:
            doubt = doubt + 1 / exposed + 1 / units
        knowledge = 1 / doubt
    phi = _dispersion(past, e, sums, alone=alone)
    length = np.where(tested, length, 0)

    def shown(values: Floats) -> Floats:
        return np.where(tested, values, np.nan)

    return OwnPast(
        observed=shown(observed),
        expected=shown(expected),
        knowledge=shown(knowledge),
        phi=shown(phi),
        exposure=shown(exposed),
        baseline_exposure=shown(units),
        baseline_events=shown(events),
        baseline_months=length,
    )


class _Sums:
    """Sums over the last axis from ``start`` up to, not including, ``stop``, cell by cell."""

    def __init__(self, start: NDArray[np.int64], stop: NDArray[np.int64]) -> None:
        areas, strands, months = start.shape
        # Where each series begins among the running sums, of which there is one more than months.
        begins = np.arange(areas * strands).reshape(areas, strands, 1) * (months + 1)
        self._start, self._stop = begins + start, begins + stop

    def of(self, values: Floats) -> Floats:
        running = np.zeros((*values.shape[:2], values.shape[2] + 1))
        np.cumsum(values, axis=2, out=running[:, :, 1:])
        return np.asarray(running.take(self._stop) - running.take(self._start), np.float64)


def _unbroken(known: NDArray[np.bool_], regimes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many known months of one regime, up to and with this one, stand in an unbroken row."""
    index = np.arange(known.shape[2])
    begins = np.r_[True, regimes[1:] != regimes[:-1]]
    barrier = np.where(known, np.where(begins, index - 1, -1), index)
    return np.asarray(index - np.maximum.accumulate(barrier, axis=2), np.int64)


def _dispersion(y: Floats, e: Floats, baseline: _Sums, *, alone: bool) -> Floats:
    """Pearson's phi of the baseline months, at least 1.

    Months without exposure say nothing of it. With mean B·e/E the statistic is (E/B)·Σ y²/e − B.
    """
    exposed = e > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = baseline.of(np.where(exposed, y * y / e, 0.0))
        events = baseline.of(np.where(exposed, y, 0.0))
        pearson = squares * baseline.of(e) / events - events
    degrees = baseline.of(exposed.astype(np.float64)) - 1
    informed = (events > 0) & (degrees > 0)
    pearson, degrees = np.where(informed, pearson, 0.0), np.where(informed, degrees, 0.0)
    if alone:
        with np.errstate(divide="ignore", invalid="ignore"):
            allowance = (special.stdtrit(degrees, 0.995) / special.ndtri(0.995)) ** 2
            phi = np.where(informed, np.maximum(pearson / degrees, 1.0) * allowance, 1.0)
        return np.asarray(phi, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = pearson.sum(axis=0, keepdims=True) / degrees.sum(axis=0, keepdims=True)
    pooled = np.where(np.isnan(pooled), 1.0, pooled)
    phi = (pearson + _BORROWED_DEGREES * pooled) / (degrees + _BORROWED_DEGREES)
    return np.maximum(phi, 1.0)
