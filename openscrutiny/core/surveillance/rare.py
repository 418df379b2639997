"""Series with fewer than one event a month: the time between events, and a sum that waits for them.

A chart of monthly counts says nothing where most months are empty. Two questions remain that can be
answered: is this wait between events unlike the waits before it (Kaminsky, Benneyan, Davis & Burke,
1992, *Journal of Quality Technology* 24:63; Nelson, 1994), and do events come oftener than they did
(a Poisson CUSUM; Lucas, 1985, *Technometrics* 27:129)? The first sees silence well and crowding
badly; the second is for crowding. Below eight events the answer is "too few to tell".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.detection import (
    Bools,
    Detection,
    Whole,
    accumulate,
    alongside,
    counted,
    directed,
    figures,
    first_count,
    runs,
)
from openscrutiny.core.surveillance.run_length import poisson_cusum_limit

# The reference value of the sum is so many steps of its lattice, at most: enough to come near the
# best one, few enough that the chain stays small.
_MOST_STEPS = 4


@dataclass(frozen=True)
class Waits(Detection):
    """``statistic`` is the wait and ``limit`` the shortest wait that is too long to be chance.

    ``direction`` is 1 where events come closer together than before (a short wait), -1 where they
    come further apart. ``p`` is the two-sided p-value and ``events`` the number of events before
    that the wait is held against; where it is too few to tell, all but ``statistic`` and ``events``
    have no answer.
    """

    p: Floats
    events: Whole


@dataclass(frozen=True)
class RareCusum(Detection):
    """``statistic`` is the sum and ``limit`` the threshold it must pass, both in events.

    ``reference`` is the number of events a month that the sum is spared.
    """

    reference: Floats


def months_between(
    counts: ArrayLike,
    *,
    alpha: float = 0.01,
    least_events: int = 8,
    regimes: ArrayLike | None = None,
) -> Waits:
    """The g chart: months from one month with an event to the next, over the last axis.

    In a month with an event the wait since the last such month is complete; in one without, it is
    so far at least one month longer than the months passed. Both are held against the complete
    waits before, by the exact conditional distribution of one geometric wait among so many of the
    same total (every division of the total is equally likely); complete waits by two-sided mid-p,
    unfinished ones by twice the chance of so long a wait. An alarm where p is below ``alpha``.

    Only months with events in one unbroken run of one regime count, ``least_events`` of them before
    the wait begins included; the wait before a run's first event is not known to begin there. Two
    events in one month are one: a crowd of events is for ``rare_cusum``. ``counts`` need not be
    rare, but where no month is empty every wait is 1 and nothing is ever found. NaN is an unknown
    month. Refused: counts below 0 or infinite, alpha outside 0 to 1, under 2 events.
    """
    y = counted(counts)
    _check(alpha, least_events)
    known, begins = runs(y, regimes)
    index = np.arange(y.shape[-1])
    began = np.maximum.accumulate(np.where(begins, index, 0), axis=-1)
    event = known & (y > 0)
    # What stood just before each month: the last event month, how many, and when the first was.
    number = _before(np.cumsum(event, axis=-1))
    number = number - np.take_along_axis(number, began, axis=-1)
    last = _before(np.maximum.accumulate(np.where(event, index, -1), axis=-1))
    first_here = np.where(event & (number == 0), index, -1)
    first = _before(np.maximum.accumulate(first_here, axis=-1))

    waiting = known & (number > 0)
    wait = np.where(waiting, index - last, np.nan)
    months = np.where(waiting, last - first, 0).astype(np.float64)
    told = waiting & (number >= least_events)
    p, side = np.full(y.shape, np.nan), np.zeros(y.shape, np.int64)
    closed, opened = told & event, told & ~event
    n = number - 1.0
    longer = _at_least(wait[closed] + 1, n[closed], months[closed] + wait[closed])
    here = _at_least(wait[closed], n[closed], months[closed] + wait[closed])
    upper = (longer + here) / 2
    p[closed] = 2 * np.minimum(upper, 1 - upper)
    side[closed] = np.where(upper < 0.5, -1, 1)
    p[opened] = np.minimum(1.0, 2 * _unfinished(wait[opened], n[opened], months[opened]))
    side[opened] = -1
    limit = np.full(y.shape, np.nan)
    limit[told] = first_count(
        lambda g: 2 * _unfinished(np.maximum(g, 1.0), n[told], months[told]) < alpha,
        (int(told.sum()),),
    )
    return _waits(wait, limit, p, side, alpha, np.where(waiting, number, 0))


def days_between(
    days: ArrayLike,
    *,
    alpha: float = 0.01,
    least_events: int = 8,
    rounded_to: float = 1.0,
    regimes: ArrayLike | None = None,
) -> Waits:
    """The t chart: the time from each event to the next, over the last axis (events, not months).

    ``days`` are the days of events in their order, NaN after the last (or where a record is
    missing: no wait reaches across). The mean of n exponential waits against one more is an exact
    F test with 2 and 2n degrees of freedom, whatever the rate. Days are whole: a wait is counted as
    ``rounded_to`` wide and half of it on either side (mid-p), so that two events on one day are not
    infinitely close; 0 for exact times. ``limit`` is the wait at which p falls below ``alpha``.
    ``regimes`` numbers each event's regime. Refused: infinite days, days that go back within a
    regime, alpha outside 0 to 1, under 2 events, a rounding below 0.
    """
    t = figures(days, "The days of events")
    _check(alpha, least_events)
    if not (rounded_to >= 0 and np.isfinite(rounded_to)):
        raise Refused(f"“rounded_to” must be 0 or more days, not {rounded_to}.")
    known, begins = runs(t, regimes)
    index = np.arange(t.shape[-1])
    began = np.maximum.accumulate(np.where(begins, index, 0), axis=-1)
    number = np.where(known, index - began, 0)
    waiting = number > 0
    previous = _before(t)
    wait = np.where(waiting, t - previous, np.nan)
    if (wait[waiting] < 0).any():
        raise Refused("The days of events must be in their order within a regime.")
    total = np.where(waiting, previous - np.take_along_axis(t, began, axis=-1), np.nan)
    told = waiting & (number >= least_events) & (np.nan_to_num(total) > 0)
    p, side = np.full(t.shape, np.nan), np.zeros(t.shape, np.int64)
    n, all_days, half = number[told] - 1.0, total[told], rounded_to / 2
    upper = (
        _longer_than(wait[told] - half, n, all_days) + _longer_than(wait[told] + half, n, all_days)
    ) / 2
    p[told] = 2 * np.minimum(upper, 1 - upper)
    side[told] = np.where(upper < 0.5, -1, 1)
    limit = np.full(t.shape, np.nan)
    limit[told] = all_days * ((alpha / 2) ** (-1 / n) - 1)
    return _waits(wait, limit, p, side, alpha, number)


def rare_cusum(
    counts: ArrayLike,
    mean: ArrayLike,
    *,
    ratio: float = 2.0,
    run_length: float = 200.0,
    regimes: ArrayLike | None = None,
) -> RareCusum:
    """A Poisson CUSUM for a rise to ``ratio`` times the ``mean``, one false alarm in so long.

    ``mean`` is the events a month in control, one number or one for each series (the shape of
    ``counts`` without its last axis). The reference value is the best for this rise,
    (ratio - 1) mean / log ratio, brought to a near fraction so that the sum moves on a lattice; the
    threshold is the smallest with a mean run length of at least ``run_length`` months in control,
    worked out exactly. An alarm where the sum is greater than the threshold; the sum then starts
    again at 0, as it does after an unknown month and at a new regime. A series whose mean is NaN,
    0, or so large or so small that no threshold in reach serves has no answer. Refused: counts
    below 0 or infinite, a ratio of 1 or less, a run length that is not above 1.
    """
    y = counted(counts)
    if not (ratio > 1 and np.isfinite(ratio)):
        raise Refused(f"“ratio” must be above 1, not {ratio}: the sum looks for a rise.")
    if not (run_length > 1 and np.isfinite(run_length)):
        raise Refused(f"“run_length” must be above 1 month, not {run_length}.")
    usual = alongside(y[..., :1], np.asarray(mean, np.float64)[..., None])[1][..., 0]
    reference, threshold = np.full(usual.shape, np.nan), np.full(usual.shape, np.nan)
    some = ~np.isnan(usual)
    if some.any():
        # Series of one mean share a chart.
        distinct, which = np.unique(usual[some], return_inverse=True)
        best = (ratio - 1) * distinct / np.log(ratio)
        steps = np.clip(np.ceil(10 * best), 1, _MOST_STEPS)
        per = np.maximum(1.0, np.round(steps / best))
        steps = np.maximum(1.0, np.round(best * per))
        limits = poisson_cusum_limit(distinct, steps, run_length, per=per)
        reference[some], threshold[some] = (steps / per)[which], (limits / per)[which]
    chart = ~np.isnan(threshold)[..., None]
    known, begins = runs(np.where(chart, y, np.nan), regimes)
    step = np.where(known, y - reference[..., None], np.nan)
    # A step of the lattice is far wider than what rounding adds to a sum of its steps.
    above = threshold + reference / (8 * _MOST_STEPS)
    total = accumulate(step, begins, restart_above=above)
    alarm = known & (np.nan_to_num(total) > np.nan_to_num(above, nan=np.inf)[..., None])
    limit, spared = (np.where(known, part[..., None], np.nan) for part in (threshold, reference))
    return RareCusum(total, limit, alarm, directed(alarm), spared)


def _check(alpha: float, least_events: int) -> None:
    if not 0 < alpha < 1:
        raise Refused(f"“alpha” must lie between 0 and 1, not be {alpha}.")
    if least_events < 2:
        raise Refused(f"From {least_events} events no wait is known: take 2 or more.")


def _before(values: np.ndarray) -> np.ndarray:
    """Each month's value one month later; the first month gets the fill of its kind."""
    out = np.full(values.shape, np.nan if values.dtype.kind == "f" else 0, values.dtype)
    out[..., 1:] = values[..., :-1]
    return out


def _at_least(wait: Floats, n: Floats, total: Floats) -> Floats:
    """P(a wait among n + 1 of this total >= wait): C(total - wait, n) / C(total - 1, n)."""
    rest = total - wait
    possible = rest >= n
    rest = np.where(possible, rest, n)
    log_share = (
        special.gammaln(rest + 1)
        - special.gammaln(rest - n + 1)
        - special.gammaln(total)
        + special.gammaln(total - n)
    )
    return np.where(possible, np.minimum(1.0, np.exp(log_share)), 0.0)


def _unfinished(passed: Floats, n: Floats, months: Floats) -> Floats:
    """P(wait > passed) if it ended next month: the chance of a silence so long."""
    return _at_least(passed + 1, n, months + passed + 1)


def _longer_than(wait: Floats, n: Floats, total: Floats) -> Floats:
    """P(an exponential wait > wait | n waits before it of this total): the F tail, written out."""
    return np.asarray((total / (total + np.maximum(wait, 0.0))) ** n, np.float64)


def _waits(
    wait: Floats, limit: Floats, p: Floats, side: Whole, alpha: float, events: Whole
) -> Waits:
    alarm: Bools = np.nan_to_num(p, nan=1.0) < alpha
    return Waits(wait, limit, alarm, directed(alarm, side), p, events.astype(np.int64))
