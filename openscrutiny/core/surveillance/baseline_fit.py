"""The log-linear model of a count's own past, fitted to very many baselines at once.

The mean of a baseline month is its exposure times a factor of its season times exp(slope · time);
the variance is phi times the mean (Farrington et al., 1996; Noufaily et al., 2013). Nothing here
needs a design matrix. Every baseline has the same layout, which only shifts with the month that is
tested; given the slope, each season's factor is its events over its exposure; so the only equation
to solve is one for the slope, and leverages have a closed form.

Arrays run over baselines (any number, one axis); lists run over the months of a baseline. That way
each month of the layout is a plain slice of the series, and nothing is copied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.counting import Floats

# A normal prior on the slope with a standard deviation of 5 a month (a factor of 150). It moves no
# fit that has one, and gives a slope to baselines that have none: no events, or all in one month.
RIDGE = 0.04
STEEPEST = 5.0
CLOSE = 1e-7  # a Newton step this small leaves an error of its square
HALVED = 1e-12  # a halved bracket this small is the end of it
PATIENCE = 30  # Newton steps, after which only halving is left: rounding can make them wander
WIDEST = 1e12  # phi is at most this: beyond it nothing is said that could be alarming
_TINY = 1e-150


@dataclass(frozen=True)
class Layout:
    """The months of a baseline: how long before the tested month, and which season each is in.

    ``lags`` are in months, longest first. ``seasons`` numbers them from 0; the tested month's own
    is the last, ``periods`` - 1, and ``years`` says which of its returns a month is near (else 0).
    """

    lags: tuple[int, ...]
    seasons: tuple[int, ...]
    years: tuple[int, ...]
    periods: int


def layout(years: int, half_window: int, periods: int, excluded: int) -> Layout:
    """``years`` windows of ± ``half_window`` months, and ``periods`` - 1 seasons between them.

    Months between two windows are shared out as evenly as can be, the first seasons taking what is
    left over (Noufaily et al., 2013, as in R's surveillance). With one period the windows stand
    alone. The last ``excluded`` months before the tested one are left out.
    """
    between = 12 - 2 * half_window - 1
    seasons = {}
    if periods > 1:
        for position in range(between):
            share, rest = divmod(between, periods - 1)
            long = rest * (share + 1)
            of = position // (share + 1) if position < long else rest + (position - long) // share
            seasons[half_window + 1 + position] = of
    months = []
    for lag in range(12 * years + half_window, excluded, -1):
        after_return = -lag % 12
        own = after_return <= half_window or after_return >= 12 - half_window
        if own:
            months.append((lag, periods - 1, (lag + half_window) // 12))
        elif periods > 1:
            months.append((lag, seasons[after_return], 0))
    lags, of_season, of_year = (tuple(column) for column in zip(*months, strict=True))
    return Layout(lags, of_season, of_year, periods)


@dataclass(frozen=True)
class Baselines:
    """Counts and exposures of baselines, a list over the months of the layout.

    Unknown months have a count and an exposure of 0. ``exposure`` is None where every month of
    every baseline is known and counts alike. ``roots`` are the counts to the power 2/3,
    ``exposure_roots`` the exposures to the power 1/6.
    """

    layout: Layout
    counts: list[Floats]
    roots: list[Floats]
    exposure: list[Floats] | None
    exposure_roots: list[Floats] | None

    def of(self, which: NDArray[np.intp]) -> Baselines:
        """Some of the baselines."""
        return Baselines(
            self.layout,
            [x[which] for x in self.counts],
            [x[which] for x in self.roots],
            _of(self.exposure, which),
            _of(self.exposure_roots, which),
        )

    def known(self) -> tuple[Floats, NDArray[np.int64], Floats]:
        """Months known; years in which the tested month's season is; exposure of that season."""
        n = len(self.counts[0])
        if self.exposure is None:
            own = self.layout.seasons.count(self.layout.periods - 1)
            years = len(set(self.layout.years) - {0})
            return np.full(n, float(len(self.counts))), np.full(n, years), np.full(n, float(own))
        months, season = np.zeros(n), np.zeros(n)
        seen = {year: np.zeros(n, np.bool_) for year in set(self.layout.years) - {0}}
        months_of = zip(self.exposure, self.layout.seasons, self.layout.years, strict=True)
        for e, of, year in months_of:
            months += e > 0
            if of == self.layout.periods - 1:
                season += e
            if year:
                seen[year] |= e > 0
        return months, np.sum(list(seen.values()), axis=0, dtype=np.int64), season

    def seasons_known(self) -> Floats:
        """How many seasons have a known month."""
        n = len(self.counts[0])
        if self.exposure is None:
            return np.full(n, float(len(set(self.layout.seasons))))
        seen = np.zeros((self.layout.periods, n), np.bool_)
        for e, season in zip(self.exposure, self.layout.seasons, strict=True):
            seen[season] |= e > 0
        return np.asarray(seen.sum(axis=0), np.float64)

    def highest(self) -> Floats:
        """The highest count of each baseline."""
        found = self.counts[0].copy()
        for x in self.counts[1:]:
            np.maximum(found, x, out=found)
        return found


@dataclass(frozen=True)
class Fitted:
    """``rate``: events per unit of exposure in the tested month; ``phi``; ``slope`` per month."""

    rate: Floats
    phi: Floats
    slope: Floats


def fit(baselines: Baselines, degrees: Floats, threshold: float, *, trend: bool) -> Fitted:
    """Fit, give months that stand out less weight, and fit again.

    A month whose Anscombe residual s exceeds ``threshold`` weighs as 1 / s² against 1 (Farrington
    et al., 1996, section 3.5). ``degrees`` of freedom are those of phi, which is at least 1.
    """
    first = _Model.of(baselines.layout, baselines.counts, baselines.exposure, trend=trend)
    pearson, squares, worst = _residuals(baselines, first)
    phi = np.clip(pearson / degrees, 1.0, WIDEST)
    rate, slope = first.rate(), first.slope
    limit = threshold**2
    again = np.flatnonzero(worst > limit * phi)
    if len(again):
        some = baselines.of(again)
        weights = _weights(some, squares[:, again], phi[again], limit)
        weighed = list(weights)
        counts = [w * x for w, x in zip(weighed, some.counts, strict=True)]
        if some.exposure is not None:
            weighed = [w * e for w, e in zip(weighed, some.exposure, strict=True)]
        second = _Model.of(some.layout, counts, weighed, trend=trend)
        phi[again] = np.clip(_pearson(second, counts, weighed) / degrees[again], 1.0, WIDEST)
        rate[again], slope[again] = second.rate(), second.slope
    return Fitted(rate, phi, slope)


@dataclass(frozen=True)
class _Model:
    """A fitted mean: ``factors`` of the seasons and a slope; leverages from what is kept of it.

    Of each season, shape (periods, baselines): ``events``, and the mean and the number of events
    that time is centred on. ``information`` is that of the slope (inf without one).
    """

    layout: Layout
    factors: Floats
    slope: Floats
    events: Floats
    centres: Floats
    information: Floats

    @classmethod
    def of(
        cls, layout: Layout, counts: list[Floats], exposure: list[Floats] | None, *, trend: bool
    ) -> _Model:
        n = len(counts[0])
        events, moment = np.zeros((layout.periods, n)), np.zeros(n)
        for x, lag, season in zip(counts, layout.lags, layout.seasons, strict=True):
            events[season] += x
            moment -= lag * x
        slope = _slope(layout, events, moment, exposure) if trend else np.zeros(n)
        exposed, first, second = _sums(layout, slope, exposure)
        reached = np.maximum(exposed, _TINY)
        centres = first / reached
        if trend:
            information = (events * np.maximum(second / reached - centres**2, 0.0)).sum(
                axis=0
            ) + RIDGE
        else:
            information = np.full(n, np.inf)
        return cls(layout, events / reached, slope, events, centres, information)

    def rate(self) -> Floats:
        """Events per unit of exposure in the tested month's season, at its time."""
        return np.array(self.factors[-1])


def _slope(layout: Layout, events: Floats, moment: Floats, exposure: list[Floats] | None) -> Floats:
    """Where the score of the slope is zero: Newton, inside a bracket that halves when it must."""
    slope, open_ = np.zeros(len(moment)), np.arange(len(moment))
    low, high = np.full(len(moment), -STEEPEST), np.full(len(moment), STEEPEST)
    turn = 0
    while len(open_):
        turn += 1
        exposed, first, second = _sums(layout, slope[open_], exposure)
        reached = np.maximum(exposed, _TINY)
        centres = first / reached
        score = moment - (events * centres).sum(axis=0) - RIDGE * slope[open_]
        information = (events * np.maximum(second / reached - centres**2, 0.0)).sum(axis=0) + RIDGE
        here = slope[open_]
        low, high = np.where(score > 0, here, low), np.where(score > 0, high, here)
        there = here + score / information
        inside = (there >= low) & (there <= high) & (turn <= PATIENCE)
        there = np.where(inside, there, (low + high) / 2)
        slope[open_] = there
        going = np.flatnonzero(np.abs(there - here) > np.where(inside, CLOSE, HALVED))
        if len(going) < len(open_):
            open_, moment, events = open_[going], moment[going], events[:, going]
            low, high, exposure = low[going], high[going], _of(exposure, going)
    return np.where(np.abs(slope) > STEEPEST - 1e-5, np.sign(slope) * STEEPEST, slope)


def _sums(
    layout: Layout, slope: Floats, exposure: list[Floats] | None
) -> tuple[Floats, Floats, Floats]:
    """Of each season the exposure at this slope, and its first two moments of time."""
    exposed, first, second = np.zeros((3, layout.periods, len(slope)))
    carried, moved = np.empty((2, len(slope)))
    for i, (power, lag, season) in enumerate(_powers(layout, slope)):
        value = power if exposure is None else np.multiply(power, exposure[i], out=carried)
        exposed[season] += value
        np.multiply(value, -lag, out=moved)
        first[season] += moved
        moved *= -lag
        second[season] += moved
    return exposed, first, second


def _powers(layout: Layout, slope: Floats):  # type: ignore[no-untyped-def]
    """exp(slope · time) month by month, each from the one before; the array is used again."""
    step, power = np.exp(slope), np.exp(-layout.lags[0] * slope)
    before = layout.lags[0]
    for lag, season in zip(layout.lags, layout.seasons, strict=True):
        if lag < before:
            power *= step if before - lag == 1 else step ** (before - lag)
        before = lag
        yield power, lag, season


def _residuals(baselines: Baselines, model: _Model) -> tuple[Floats, Floats, Floats]:
    """Pearson's statistic, and of each month phi times its squared Anscombe residual if high.

    The third is the highest of the second. With u = mean^(1/6) the Anscombe residual is
    (3/2) (count^(2/3) / u - u³), over sqrt(phi · (1 - leverage)).
    """
    n = len(model.slope)
    factors, inverse = model.factors ** (1 / 6), 1 / np.maximum(model.events, _TINY)
    pearson, worst, squares = np.zeros(n), np.zeros(n), np.empty((len(baselines.counts), n))
    powers = _powers(baselines.layout, model.slope / 6)
    for i, (power, lag, season) in enumerate(powers):
        u = power * factors[season]
        if baselines.exposure_roots is not None:
            u *= baselines.exposure_roots[i]
        cube = u * u * u
        mean = cube * cube
        away = baselines.counts[i] - mean
        away *= away
        away /= np.maximum(mean, _TINY)
        pearson += away
        leverage = (-lag - model.centres[season]) ** 2
        leverage /= model.information
        leverage += inverse[season]
        leverage *= mean
        left = np.subtract(1.0, leverage, out=leverage)
        residual = baselines.roots[i] / np.maximum(u, _TINY)
        residual -= cube
        np.maximum(residual, 0.0, out=residual)
        residual *= residual
        residual *= 2.25
        # A month that is a season by itself is its own mean: nothing can be said against it.
        np.divide(residual, np.where(left > 1e-9, left, np.inf), out=squares[i])
        np.maximum(worst, squares[i], out=worst)
    return pearson, squares, worst


def _pearson(model: _Model, counts: list[Floats], exposure: list[Floats]) -> Floats:
    """Pearson's statistic of weighed counts against weighed means."""
    pearson = np.zeros(len(model.slope))
    for i, (power, _, season) in enumerate(_powers(model.layout, model.slope)):
        mean = power * model.factors[season] * exposure[i]
        pearson += (counts[i] - mean) ** 2 / np.maximum(mean, _TINY)
    return pearson


def _weights(baselines: Baselines, squares: Floats, phi: Floats, limit: float) -> Floats:
    """1 for ordinary months, phi / ``squares`` for those that stand out; 1 on average.

    Unknown months weigh nothing.
    """
    standing_out = squares > limit * phi
    weights = np.where(standing_out, phi / np.where(standing_out, squares, 1.0), 1.0)
    if baselines.exposure is None:
        return np.asarray(weights * (len(squares) / weights.sum(axis=0)), np.float64)
    weights *= np.stack(baselines.exposure) > 0
    known = np.sum([e > 0 for e in baselines.exposure], axis=0)
    return np.asarray(weights * (known / weights.sum(axis=0)), np.float64)


def _of(arrays: list[Floats] | None, which: NDArray[np.intp]) -> list[Floats] | None:
    return None if arrays is None else [x[which] for x in arrays]
