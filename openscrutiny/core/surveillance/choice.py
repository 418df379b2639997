"""Which rule tells of a month: one entry that chooses by what is counted and how much is known.

A count, a rate and a ratio of two counts are all modelled as counts, the latter two held against
their exposure (residents, offences): a rate is never modelled itself.

========================================  ======================================================
what is known before the month            the rule
========================================  ======================================================
under 12 months of its unbroken run       the figure is shown, and nothing is told of it
fewer than 1 a month, 8 months of events  the time between events (``rare``)
fewer than 1 a month, under 8 of them     the events are listed in words, nothing is told of them
three years of its regime and the half    a season and a trend (``farrington``) and drifts
window of the season: 37 months           (``glr``); too few to tell under 2 expected events
12 months of its unbroken run             its own regime so far, without a season (``own_past``)
========================================  ======================================================

The first rule that fits tells, but that years of a regime tell by season even where the run is
short: a season passes over months that are unknown, and a run begins anew after each. Neither
crosses a break or a gap. A series is one of fewer than 1 a month by the months of its run that lie
no further back than a season reaches (five years). Several events in a month are one month of
events. A wait is the wait whatever the exposure was.

Below the minimum of a rule the answer is "too few to tell", never a weaker test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.counting import Floats, size_from_variance, two_sided, usual_range
from openscrutiny.core.measures import Kind, Refused
from openscrutiny.core.panel import Panel
from openscrutiny.core.surveillance import detection, rare
from openscrutiny.core.surveillance.alphas import ALPHAS
from openscrutiny.core.surveillance.farrington import Farrington, Settings, Status, farrington
from openscrutiny.core.surveillance.glr import glr
from openscrutiny.core.surveillance.own_past import OwnPast, against_own_regime

YEAR = 12
_RARE_BELOW = 1.0  # events a month
_LEAST_EVENTS = 8
_DRIFT_WITHIN = 24  # months in which a drift may have begun
_DRIFT_THRESHOLD = 6.0


class How(IntEnum):
    """What told of a month, or why nothing did."""

    UNKNOWN = 0  # there is no figure
    SHOWN = 1  # under a year of its regime: shown only
    TOO_FEW = 2  # too few to tell
    LISTED = 3  # fewer than one a month and under eight events: list them in words
    OWN_MEAN = 4  # against its own regime so far
    SEASONAL = 5  # against its season and trend
    BETWEEN_EVENTS = 6  # the time between events


@dataclass(frozen=True)
class Watched:
    """What the past lets one expect, and by which rule: ``how`` is OWN_MEAN, SEASONAL or 0."""

    past: OwnPast
    how: NDArray[np.int8]

    def calibrated(self, p: Floats) -> Floats:
        """Two-sided mid-p values, with the false alarms of the seasonal rule brought to their
        nominal number; NaN where they cannot be: too few to tell."""
        seasonal = self.how == How.SEASONAL
        found, past = p.copy(), self.past
        years = past.baseline_months[seasonal] // YEAR
        found[seasonal] = ALPHAS.calibrated(
            p[seasonal], past.expected[seasonal], past.phi[seasonal], years
        )
        return found


def watch(
    counts: Floats,
    exposure: Floats | None,
    regimes: NDArray[np.int64],
    *,
    window: int,
    baseline_least: int,
    baseline_most: int,
    alone: bool = False,
    exposure_is_count: bool = False,
    seasonal: Settings | None = None,
    months: slice | None = None,
) -> Watched:
    """What to expect of each window: by its season where ``seasonal`` is given and months are told
    one by one, else by its own regime so far.

    Arguments and arrays are those of ``own_past.against_own_regime``. Where the season tells,
    ``knowledge`` is infinite: its distribution is the plug-in negative binomial of variance
    phi × expected, and what that leaves out is made good by ``Watched.calibrated``: for the default
    settings, for which its table was made. ``months``: the only ones wanted (None: all); the others
    have no baseline, so that none is told of by chance. Where the season may tell, refused are
    counts that are negative, broken, infinite or above 10¹², and exposures that are negative or
    infinite.
    """
    by_season = seasonal is not None and window == 1 and not exposure_is_count
    # First, because it refuses what neither rule can read.
    found = (
        farrington(counts, exposure, regimes, months=months, settings=seasonal, tails=False)
        if by_season
        else None
    )
    past = against_own_regime(
        counts,
        exposure,
        regimes,
        window=window,
        baseline_least=baseline_least,
        baseline_most=baseline_most,
        alone=alone,
        exposure_is_count=exposure_is_count,
    )
    if months is not None:
        asked = np.zeros(len(regimes), np.bool_)
        asked[months] = True
        past = replace(past, baseline_months=np.where(asked, past.baseline_months, 0))
    how = np.where(past.baseline_months > 0, How.OWN_MEAN, 0).astype(np.int8)
    if seasonal is None or found is None:
        return Watched(past, how)
    told = found.status == Status.TESTED
    how[told] = How.SEASONAL
    return Watched(_with_season(past, found, told, counts, exposure, regimes, seasonal), how)


def _with_season(
    past: OwnPast,
    found: Farrington,
    told: NDArray[np.bool_],
    counts: Floats,
    exposure: Floats | None,
    regimes: NDArray[np.int64],
    settings: Settings,
) -> OwnPast:
    """The past with what the season says where it told."""
    exposed = np.ones_like(counts) if exposure is None else exposure
    length = np.broadcast_to(settings.baseline_months(regimes), told.shape)
    return replace(
        past,
        observed=np.where(told, counts, past.observed),
        expected=np.where(told, found.expected, past.expected),
        knowledge=np.where(told, np.inf, past.knowledge),
        phi=np.where(told, found.phi, past.phi),
        exposure=np.where(told, exposed, past.exposure),
        baseline_months=np.where(told, length, past.baseline_months),
    )


@dataclass(frozen=True)
class Told:
    """What is told of every month of a panel. Arrays of shape (areas, strands, months).

    ``how``: a ``How``. ``expected``, ``low`` and ``high``: events expected, and the usual range at
    95 % (before calibration), NaN where nothing is told of a number of events. ``p``: two-sided
    mid-p, calibrated where the season told; of a wait where the time between events tells.
    ``direction``: 1 for more events than expected, -1 for fewer; of a wait 1 where events come
    closer together and -1 where they stay away, but 0 unless its p is below 0.01. ``drift``: 1 or
    -1 in a month in which a slow change upward or downward is signalled, else 0; only where the
    season tells. A drift takes its expectations as known: by chance alone it is signalled in 1 to 2
    months of 100, so it is a reason to look and never a finding.
    """

    how: NDArray[np.int8]
    expected: Floats
    low: Floats
    high: Floats
    p: Floats
    direction: NDArray[np.int8]
    drift: NDArray[np.int8]


def detect(
    counts: Panel,
    kind: Kind,
    *,
    exposure: Panel | None = None,
    settings: Settings | None = None,
) -> Told:
    """Watch every series of a panel of counts by the rule that fits each month.

    ``kind`` is that of the measure: a rate and a ratio need their ``exposure`` (residents,
    offences) on the same labels. A month whose exposure is unknown or 0 is unknown (its own regime
    runs on past an exposure of 0, waits begin anew), and no rule crosses a break or a gap of either
    panel. Refused for a change or a share, which are held year against year (``checks``), where the
    exposure is missing or labelled otherwise, and for counts and exposures that ``watch`` refuses.
    """
    if kind in (Kind.CHANGE, Kind.SHARE):
        raise Refused(
            f"A {kind} is told year against year, not month by month: use checks.decide for it."
        )
    if exposure is None and kind is not Kind.COUNT:
        raise Refused(f"A {kind} is held against something: give its exposure.")
    y, regimes, held = counts.values, counts.regime_numbers(), None
    if exposure is not None:
        regimes, held = joint_regimes(counts, exposure), exposure.values
    how_seasonal = settings or Settings()
    watched = watch(
        y,
        held,
        regimes,
        window=1,
        baseline_least=YEAR,
        baseline_most=3 * YEAR,
        seasonal=how_seasonal,
    )
    expected = _by_what_is_expected(watched, y, regimes)
    seen = y if held is None else np.where(np.nan_to_num(held) > 0, y, np.nan)
    few = _fewer_than_one(seen, regimes, YEAR * how_seasonal.years)
    waits = rare.months_between(seen, least_events=_LEAST_EVENTS, regimes=regimes)
    between = few & ~np.isnan(waits.p)
    how = np.where(between, How.BETWEEN_EVENTS, np.where(few, How.LISTED, expected.how))
    how = np.where(how > 0, how, _why_not(seen, regimes)).astype(np.int8)
    number = (how == How.OWN_MEAN) | (how == How.SEASONAL)

    def of_number(values: Floats) -> Floats:
        return np.where(number, values, np.nan)

    direction = np.where(between, waits.direction, np.where(number, expected.direction, 0))
    return Told(
        how,
        of_number(expected.expected),
        of_number(expected.low),
        of_number(expected.high),
        np.where(between, waits.p, of_number(expected.p)),
        direction.astype(np.int8),
        np.where(how == How.SEASONAL, expected.drift, 0).astype(np.int8),
    )


def _by_what_is_expected(watched: Watched, y: Floats, regimes: NDArray[np.int64]) -> Told:
    """What the two rules tell that expect a number of events, of every month either has a past for.

    ``how`` is 0 where neither has. What they tell of a rare series is not for use.
    """
    past, how = watched.past, watched.how
    size = size_from_variance(past.expected, past.variance(past.expected))
    p = watched.calibrated(two_sided(past.observed, past.expected, size))
    how = np.where(np.isnan(p) & (how == How.SEASONAL), How.TOO_FEW, how).astype(np.int8)
    low, high = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    known = ~np.isnan(past.expected)
    low[known], high[known] = usual_range(past.expected[known], size[known])
    with np.errstate(invalid="ignore"):
        direction = np.nan_to_num(np.sign(past.observed - past.expected)).astype(np.int8)
    return Told(how, past.expected, low, high, p, direction, _drift(y, past, how, regimes))


def joint_regimes(counts: Panel, exposure: Panel) -> NDArray[np.int64]:
    """For each month the number of the regime that both panels are in, -1 in a gap of either.

    Refused where the two are labelled differently.
    """
    labels = [(panel.areas, panel.strands, panel.months) for panel in (counts, exposure)]
    if labels[0] != labels[1]:
        raise Refused(
            f"{counts.name} and {exposure.name} are labelled differently: give both the same "
            "areas, strands and months."
        )
    both = np.stack([counts.regime_numbers(), exposure.regime_numbers()])
    _, joint = np.unique(both, axis=1, return_inverse=True)
    return np.where((both < 0).any(axis=0), -1, joint.reshape(-1)).astype(np.int64)


def _fewer_than_one(y: Floats, regimes: NDArray[np.int64], reach: int) -> NDArray[np.bool_]:
    """Months before which, for a year or more of their run, there was less than one a month.

    What lies more than ``reach`` months back does not count: a series that has grown is not rare.
    """
    known, begins = detection.runs(y, regimes)
    index = np.arange(y.shape[-1])
    began = np.maximum.accumulate(np.where(begins, index, 0), axis=-1)
    began = np.maximum(began, index - reach)
    running = np.cumsum(np.where(known, y, 0.0), axis=-1)
    before = np.concatenate([np.zeros((*y.shape[:-1], 1)), running], axis=-1)[..., :-1]
    events = before - np.take_along_axis(before, began, axis=-1)
    months = index - began
    return np.asarray(known & (months >= YEAR) & (events < _RARE_BELOW * months), np.bool_)


def _why_not(seen: Floats, regimes: NDArray[np.int64]) -> NDArray[np.int8]:
    """Why nothing is told of a month of which no rule told."""
    length = detection.run_lengths(seen, regimes)
    reason = np.where(length <= YEAR, How.SHOWN, How.TOO_FEW)
    return np.where(length == 0, How.UNKNOWN, reason).astype(np.int8)


def _drift(
    y: Floats, past: OwnPast, how: NDArray[np.int8], regimes: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Where the likelihood ratio of a slow change, against what the season expects, is large."""
    seasonal = how == How.SEASONAL
    expected = np.where(seasonal & (past.expected >= _RARE_BELOW), past.expected, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        wider = np.where(seasonal, (past.phi - 1) / past.expected, np.nan)
    some = np.any(seasonal, axis=-1)
    dispersion = np.zeros((*y.shape[:-1], 1))
    dispersion[some, 0] = np.nanmedian(wider[some], axis=-1)
    found = np.zeros(y.shape, np.int8)
    for downward in (False, True):
        signalled = glr(
            y,
            expected,
            dispersion=dispersion,
            threshold=_DRIFT_THRESHOLD,
            downward=downward,
            window=_DRIFT_WITHIN,
            regimes=regimes,
        ).alarm
        found[signalled & (found == 0)] = -1 if downward else 1
    return found
