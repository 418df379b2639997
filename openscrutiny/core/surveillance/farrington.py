"""Is this month's count out of the ordinary for its season and trend? Farrington's method.

Farrington, Andrews, Beale & Catchpole (1996, *A statistical algorithm for the early detection of
outbreaks of infectious disease*, JRSS A 159:547) as improved by Noufaily et al. (2013, *An improved
algorithm for outbreak detection in multiple surveillance systems*, Stat Med 32:1206): a
quasi-Poisson model of the last years with a season in steps and a trend, in which past months that
stood out weigh less, and around its expectation a negative binomial count.

Three things differ from the published method. Both tails are told: a fall is as much worth asking
about as a rise. An expectation is never less than half an event in all the season's reference
months would make it (Jeffreys' prior), so that one case after years of none is no alarm. And the
slope has a prior too wide to move any fit (see ``baseline_fit``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core import counting
from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import limits
from openscrutiny.core.surveillance.baseline_fit import Baselines, fit, layout

# Baselines worked on at once: few enough that the arrays of a pass stay near the processor.
_AT_ONCE = 4096
_HIGHEST = 1e12


class Status(IntEnum):
    """What can be said of a month."""

    TESTED = 0
    TOO_FEW = 1  # too few to tell: fewer than ``years_least`` years of its regime are known
    UNKNOWN = 2  # the month itself has no count or no exposure, or lies in a gap
    NOT_ASKED = 3  # not among the months to monitor


@dataclass(frozen=True)
class Settings:
    """How a month is held against its past.

    ``years``: how many years back (b), of which at least ``years_least`` must be there, each with a
    known month of the tested month's season; ``half_window``: months on either side of its returns
    that share its season (w); ``periods``: seasons a year is cut into (noPeriods; 1 means the
    windows alone); ``excluded``: months just before the tested one that are left out, so that the
    beginning of a change does not hide the rest; ``reweight_above``: Anscombe residual beyond which
    a past month weighs less (inf: never); ``alpha``: chance of an alarm in each tail; ``floor``:
    events the season's reference months are taken to have at least (0: none, as in R).
    Refused where they contradict each other.
    """

    years: int = 5
    half_window: int = 1
    periods: int = 10
    excluded: int = 3
    reweight_above: float = 2.58
    alpha: float = 0.01
    years_least: int = 3
    floor: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.half_window <= 5:
            raise Refused("The half window is 0 to 5 months: months of two years would overlap.")
        most = 12 - 2 * self.half_window
        if not 1 <= self.periods <= most:
            raise Refused(f"A year has 1 to {most} periods: one would be left without a month.")
        if not 0 <= self.excluded < 12 - self.half_window:
            raise Refused("The recent months left out are none, or fewer than reach last year's.")
        if not 3 <= self.years_least <= self.years <= 10:
            raise Refused("A baseline has 3 to 10 years: a trend needs three, and ten are history.")
        if not 0 < self.alpha < 0.5:
            raise Refused("alpha is the chance of an alarm in one tail: between 0 and 0.5.")
        if not (self.reweight_above > 0 and 0 <= self.floor < np.inf):
            raise Refused("The reweighting threshold is above 0 and the floor 0 or more.")

    def baseline_months(self, regimes: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many months before each month its baseline reaches back, 0 where it has none."""
        years = _years(regimes, self)
        return np.where((years > 0) & (regimes >= 0), 12 * years + self.half_window, 0)


@dataclass(frozen=True)
class Farrington:
    """Arrays of the shape of the counts; NaN (alarm 0) wherever ``status`` is not TESTED.

    ``expected`` events; ``phi``: dispersion, at least 1; ``trend``: slope of the logarithm per
    month, 0 where it was left out; ``lower`` and ``upper``: the usual range, whole counts;
    ``p_lower`` and ``p_upper``: P(X <= count) and P(X >= count); ``p``: two-sided mid-p;
    ``alarm``: 1 above ``upper`` (p_upper <= alpha), -1 below ``lower`` (p_lower < alpha), else 0;
    ``status``: a ``Status``.
    """

    expected: Floats
    phi: Floats
    trend: Floats
    lower: Floats
    upper: Floats
    p_lower: Floats
    p_upper: Floats
    p: Floats
    alarm: NDArray[np.int8]
    status: NDArray[np.int8]


FITTED = ("expected", "phi", "trend")
TOLD = ("expected", "phi", "trend", "lower", "upper", "p_lower", "p_upper", "p")


def farrington(
    counts: ArrayLike,
    exposure: ArrayLike | None = None,
    regimes: NDArray[np.int64] | None = None,
    *,
    months: NDArray[np.int64] | slice | None = None,
    settings: Settings | None = None,
    engine: str = "numpy",
    tails: bool = True,
) -> Farrington:
    """Hold each month against what its own past lets one expect of it.

    ``counts`` has shape (..., months), one month after the other, NaN for what is unknown;
    ``exposure`` (residents, offences) the same shape or one that broadcasts to it: a month whose
    exposure is unknown or 0 is unknown. ``regimes`` numbers each month's regime, -1 in a gap: a
    baseline is of one unbroken regime; unknown months inside it are passed over. ``months``: which
    to monitor (indices or a slice; None: all).

    The trend is always fitted, and left out only where with it more would be expected than any
    reference month had. ``engine``: "numpy", or "compiled" (the same answers to 1e-8, several times
    faster; it needs numba, and the first call of a machine compiles for some seconds).

    Without ``tails`` only ``expected``, ``phi``, ``trend`` and ``status`` are worked out, which is
    about twice as fast, for those who go on from the expectation themselves; the rest is NaN.

    Refused: negative or broken counts or above 10¹², negative or infinite exposures, months that
    are not there, regimes of another length.
    """
    how = settings or Settings()
    y, e, shape = _checked(counts, exposure)
    regime = np.zeros(shape[-1], np.int64) if regimes is None else np.asarray(regimes)
    if regime.shape != shape[-1:]:
        raise Refused(f"There are {shape[-1]} months and {regime.size} regimes: give one for each.")
    asked = _asked(months, shape[-1])
    years = np.where(asked & (regime >= 0), _years(regime, how), -1)
    told = {name: np.full(y.shape, np.nan) for name in TOLD}
    status = np.full(y.shape, Status.NOT_ASKED, np.int8)
    status[:, asked] = Status.TOO_FEW
    unknown = np.isnan(y) if e is None else np.isnan(y) | ~(e > 0)
    status[:, asked] = np.where((unknown | (regime < 0))[:, asked], Status.UNKNOWN, Status.TOO_FEW)
    if (compiled := _compiled(engine)) is not None:
        compiled.score(y, e, years, how, told, status)
        if not tails:
            told |= {name: np.full(y.shape, np.nan) for name in TOLD if name not in FITTED}
    else:
        for where, found, enough in _in_turn(y, e, years, how, tails=tails):
            tested = enough & (status[where] == Status.TOO_FEW)
            status[where][tested] = Status.TESTED
            for name, values in found.items():
                told[name][where][tested] = values[tested]
    alarm = np.zeros(y.shape, np.int8)
    with np.errstate(invalid="ignore"):
        alarm[y > told["upper"]] = 1
        alarm[y < told["lower"]] = -1
    whole = {name: values.reshape(shape) for name, values in told.items()}
    return Farrington(**whole, alarm=alarm.reshape(shape), status=status.reshape(shape))


def _checked(
    counts: ArrayLike, exposure: ArrayLike | None
) -> tuple[Floats, Floats | None, tuple[int, ...]]:
    """Counts and exposures of shape (series, months), and the shape they came in."""
    y = np.asarray(counts, np.float64)
    if y.ndim == 0:
        raise Refused("Counts are series of months: give an array whose last axis is months.")
    shape = y.shape
    known = y[~np.isnan(y)]
    if np.any((known < 0) | (known > _HIGHEST)) or np.any(known != np.floor(known)):
        raise Refused("Counts are whole numbers from 0 to 10¹²; NaN stands for what is unknown.")
    y = y.reshape(int(np.prod(shape[:-1])), shape[-1])
    if exposure is None:
        return y, None, shape
    e = np.asarray(exposure, np.float64)
    try:
        e = np.broadcast_to(e, shape).reshape(y.shape)
    except ValueError:
        raise Refused(f"The exposure has shape {e.shape}, the counts {shape}.") from None
    if np.any(e < 0) or np.any(np.isinf(e)):
        raise Refused("Exposures are finite and not negative; NaN stands for what is unknown.")
    return y, e, shape


def _asked(months: NDArray[np.int64] | slice | None, length: int) -> NDArray[np.bool_]:
    asked = np.zeros(length, np.bool_)
    try:
        asked[slice(None) if months is None else months] = True
    except IndexError:
        raise Refused(f"There are {length} months: monitor some of 0 to {length - 1}.") from None
    return asked


def _years(regimes: NDArray[np.int64], how: Settings) -> NDArray[np.int64]:
    """How many years of a baseline lie before each month in its own regime, 0 if too few."""
    index = np.arange(len(regimes))
    begins = np.r_[True, regimes[1:] != regimes[:-1]][: len(regimes)]
    past = index - np.maximum.accumulate(np.where(begins, index, 0))
    years = np.minimum((past - how.half_window) // 12, how.years)
    return np.where(years >= how.years_least, years, 0)


def _compiled(engine: str):  # type: ignore[no-untyped-def]
    """The compiled kernel, where it is asked for."""
    if engine not in ("numpy", "compiled"):
        raise Refused(f"There is no engine {engine!r}: choose numpy or compiled.")
    if engine == "numpy":
        return None
    # Importing numba takes a second, so nobody does who has not asked for it.
    from openscrutiny.core.surveillance import kernel  # noqa: PLC0415  (it is optional)

    if kernel.numba is None:
        raise Refused("The compiled engine needs numba, which is not installed: use numpy.")
    return kernel


_Part = tuple[tuple[slice, slice], dict[str, Floats], NDArray[np.bool_]]


def _in_turn(
    y: Floats, e: Floats | None, years: NDArray[np.int64], how: Settings, *, tails: bool
) -> Iterator[_Part]:
    """Some series and months at a time: where, what is told of them, and which have enough."""
    monitored = np.flatnonzero(years > 0)
    if not len(monitored) or not len(y):
        return
    width = -(-_AT_ONCE // len(monitored))
    cuts = np.flatnonzero((np.diff(monitored) > 1) | (np.diff(years[monitored]) != 0)) + 1
    for first in range(0, len(y), width):
        some = slice(first, first + width)
        known = ~np.isnan(y[some])
        exposed = None
        if e is not None:
            known &= np.nan_to_num(e[some]) > 0
            exposed = np.where(known, e[some], 0.0).T.copy()
        elif not known.all():
            exposed = known.T.astype(np.float64)
        series = _Series(np.where(known, y[some], 0.0).T.copy(), exposed, how)
        for run in np.split(monitored, cuts):
            rows = max(1, 2 * _AT_ONCE // series.counts.shape[1])
            for begin in range(int(run[0]), int(run[-1]) + 1, rows):
                end = min(begin + rows, int(run[-1]) + 1)
                found, enough = series.between(begin, end, int(years[run[0]]), tails=tails)
                yield (some, slice(begin, end)), found, enough


class _Series:
    """Some series, months first: a month of a layout is then a slice of all of them."""

    def __init__(self, counts: Floats, exposure: Floats | None, how: Settings) -> None:
        self.counts, self._exposure, self._how = counts, exposure, how
        self._roots = np.cbrt(counts) ** 2
        self._exposure_roots = None if exposure is None else exposure ** (1 / 6)

    def between(
        self, begin: int, end: int, years: int, *, tails: bool
    ) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
        """What is told of the months from ``begin`` up to ``end``, shape (series, months)."""
        how = self._how
        shape = layout(years, how.half_window, how.periods, how.excluded)

        def months(of: Floats | None) -> list[Floats] | None:
            if of is None:
                return None
            return [of[begin - lag : end - lag].reshape(-1) for lag in shape.lags]

        baselines = Baselines(
            shape,
            months(self.counts) or [],
            months(self._roots) or [],
            months(self._exposure),
            months(self._exposure_roots),
        )
        now = self.counts[begin:end].reshape(-1)
        exposed = np.ones(now.shape)
        if self._exposure is not None:
            exposed = self._exposure[begin:end].reshape(-1)
        found, enough = _told(baselines, now, exposed, how, tails=tails)
        back = (end - begin, -1)
        return {n: v.reshape(back).T for n, v in found.items()}, enough.reshape(back).T


def _told(
    baselines: Baselines, now: Floats, exposed: Floats, how: Settings, *, tails: bool
) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    known, years, own = baselines.known()
    spare = known - baselines.seasons_known()
    enough = (years >= how.years_least) & (spare > 1) & (exposed > 0)
    with_trend = fit(baselines, np.maximum(spare - 1, 1.0), how.reweight_above, trend=True)
    rate, phi, trend = with_trend.rate, with_trend.phi, with_trend.slope
    beyond = np.flatnonzero(rate * exposed > baselines.highest())
    if len(beyond):
        level = baselines.of(beyond)
        steady = fit(level, np.maximum(spare[beyond], 1.0), how.reweight_above, trend=False)
        rate[beyond], phi[beyond], trend[beyond] = steady.rate, steady.phi, 0.0
    least = how.floor / np.where(own > 0, own, np.inf)
    expected = np.where(enough, np.maximum(rate, least) * exposed, 1.0)
    # Without a floor nothing may be expected at all; a tail needs a number.
    expected = np.maximum(expected, 1e-300)
    told = {"expected": expected, "phi": phi, "trend": trend}
    if not tails:
        return told, enough
    lower, upper = limits.usual_limits(expected, phi, how.alpha)
    told |= {
        "lower": lower,
        "upper": upper,
        "p_lower": limits.at_most(now, expected, phi),
        "p_upper": limits.at_least(now, expected, phi),
        "p": counting.two_sided(now, expected, limits.size(expected, phi)),
    }
    return told, enough
