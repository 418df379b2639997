"""What R's surveillance 1.26.0 says, faults included: to verify ours by, never to rely on.

``flexible`` answers as ``farringtonFlexible`` does (Noufaily et al., 2013; Salmon, Schumacher &
Höhle, 2016, *Monitoring count time series in R*, JSS 70(10)) and ``original`` as ``farrington``
(Farrington et al., 1996). Two properties of theirs are kept on purpose. After reweighting,
``farringtonFlexible`` overwrites the model's working weights with the Anscombe weights, so that
standard errors and the trend test rest on a dispersion that is far too small for large counts. And
its iteration stops when the deviance moves by less than 1e-8, which leaves errors of 1e-4 in phi.
With "nbPlugin" and "muan" its ``score`` sets a count against limits on the logarithmic scale.

One series at a time, all its monitored points at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import limits
from openscrutiny.core.surveillance.irls import Fitted, iterate

Dates = NDArray[np.datetime64]

_EXPONENTS = {"none": 1.0, "1/2": 1 / 2, "2/3": 2 / 3}


@dataclass(frozen=True)
class Control:
    """The arguments of ``farringtonFlexible`` under their own names in snake case.

    ``frequency`` is the number of points in a year; ``past_not_included`` None means ``w``.
    ``original`` reads b, w, reweight, trend, alpha, limit54, powertrans and the frequency.
    """

    frequency: int
    b: int = 5
    w: int = 3
    reweight: bool = True
    weights_threshold: float = 2.58
    alpha: float = 0.05
    trend: bool = True
    p_threshold_trend: float = 0.05
    limit54: tuple[int, int] = (5, 4)
    powertrans: str = "2/3"
    population_offset: bool = False
    no_periods: int = 1
    past_not_included: int | None = None
    threshold_method: str = "delta"


@dataclass(frozen=True)
class Answer:
    """One value for each monitored point, NaN where R has NA (``original``: 0 for its upper)."""

    alarm: NDArray[np.bool_]
    upper: Floats
    expected: Floats
    mu0: Floats
    phi: Floats
    p: Floats
    score: Floats
    trend: NDArray[np.bool_]
    trend_coefficient: Floats


def flexible(
    counts: ArrayLike,
    monitored: Sequence[int],
    control: Control,
    *,
    population: ArrayLike | None = None,
    dates: Dates | None = None,
) -> Answer:
    """``farringtonFlexible`` at the points ``monitored``, counted from 0.

    ``dates`` are those of a weekly series whose epochs are dates; without them time is counted in
    points. Refused where R stops: a reference point that does not exist, more periods than points.
    """
    y = _series(counts)
    people = np.ones_like(y) if population is None else np.asarray(population, np.float64)
    references = [_reference(len(y), k, control, dates) for k in monitored]
    now = np.array(
        [_time(k, found[0], dates) for k, found in zip(monitored, references, strict=True)]
    )
    points = np.array(monitored)
    offset = np.log(people[points]) if control.population_offset else np.zeros(len(points))
    baseline = _Points.of(
        y, np.log(people) if control.population_offset else None, references, dates
    )
    model = _chosen(baseline, now, offset, control, original=False)
    return _flexible_answer(y, points, model, control)


def original(counts: ArrayLike, monitored: Sequence[int], control: Control) -> Answer:
    """``farrington`` of 1996 at the points ``monitored``; ``p`` is P(X <= count), as R's ``pd``."""
    y = _series(counts)
    b, w, f = control.b, control.w, control.frequency
    references = []
    for k in monitored:
        times = [k - f * i + j for i in range(b, 0, -1) for j in range(-w, w + 1)]
        kept = np.array([t for t in times if t >= 0])
        references.append((kept, np.zeros(len(kept), np.int64), 1))
    points = np.array(monitored)
    baseline = _Points.of(y, None, references, None)
    model = _chosen(baseline, points.astype(float), np.zeros(len(points)), control, original=True)
    mean, power = np.exp(model.eta), _EXPONENTS[control.powertrans]
    spread = _spread(mean, mean * model.error, model.phi, control.powertrans)
    z = special.ndtri(1 - control.alpha / 2)
    upper = (mean**power + z * spread) ** (1 / power)
    enough = _enough(y, points, control)
    score = np.where(enough, (y[points] - mean) / (upper - mean), 0.0)
    return Answer(
        alarm=score > 1,
        upper=np.where(enough, upper, 0.0),
        expected=mean,
        mu0=mean,
        phi=model.phi,
        p=special.ndtr((y[points] ** power - mean**power) / spread),
        score=score,
        trend=model.trend,
        trend_coefficient=np.where(model.trend, model.slope, np.nan),
    )


def _series(counts: ArrayLike) -> Floats:
    y = np.asarray(counts, np.float64)
    if y.ndim != 1 or np.any(~(y >= 0)) or np.any(np.isinf(y)):
        raise Refused("Verification takes one series without gaps: counts from 0 on.")
    return y


# ---- what a point is held against ---------------------------------------------------------------


def _reference(
    length: int, k: int, control: Control, dates: Dates | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The points of a baseline, the period each is in from 0, and the number of periods."""
    w, periods = control.w, control.no_periods
    back = [k - control.frequency * i for i in range(control.b + 1)]
    if dates is not None:
        back = [_place(dates, day) for day in _anniversaries(dates[k], control.b)]
    if min(back) - w < 0:
        raise Refused("Some reference points do not exist: fewer years back, or later points.")
    period = np.full(length, -1, np.int64)
    period[k - w : k + 1] = periods - 1
    for later, here in zip(back, back[1:], strict=False):
        period[here - w : here + w + 1] = periods - 1
        if periods > 1:
            between = later - here - 2 * w - 1
            if between < periods - (2 * w + 1):
                raise Refused("There are more periods than points between two windows.")
            lengths = np.full(periods - 1, between // (periods - 1))
            lengths[: between % (periods - 1)] += 1
            start = here + w + 1
            period[start : start + between] = np.repeat(np.arange(periods - 1), lengths)
    past = w if control.past_not_included is None else control.past_not_included
    period[k - past :] = -1
    kept = np.flatnonzero(period >= 0)
    return kept, period[kept], periods


def _anniversaries(day: np.datetime64, years: int) -> list[np.datetime64]:
    """The same date in earlier years, moved to the nearest day of the same weekday."""
    found = []
    month = day.astype("datetime64[M]")
    for back in range(years + 1):
        then = (month - 12 * back).astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
        # Weekdays from Sunday on; of two candidates a week apart the first wins a tie.
        off = _weekday(then) - _weekday(day)
        first = then - off
        other = first - 7 if first > then else first + 7
        found.append(other if abs(first - then) > abs(other - then) else first)
    return found


def _weekday(day: np.datetime64) -> int:
    return int((day.astype("datetime64[D]").astype(np.int64) + 4) % 7)


def _place(dates: Dates, day: np.datetime64) -> int:
    found = np.flatnonzero(dates == day)
    return int(found[0]) if len(found) else -1


def _time(k: int, kept: NDArray[np.int64], dates: Dates | None) -> float:
    if dates is None:
        return float(k)
    return float((dates[k] - dates[kept[0]]) / (dates[1] - dates[0]))


@dataclass(frozen=True)
class _Points:
    """Baselines of equal shape (points, longest baseline); ``used`` is 0 where one is shorter.

    ``columns``: one for each period, and time last.
    """

    y: Floats
    offset: Floats
    used: Floats
    columns: Floats

    @classmethod
    def of(
        cls,
        y: Floats,
        offset: Floats | None,
        references: list[tuple[NDArray[np.int64], NDArray[np.int64], int]],
        dates: Dates | None,
    ) -> _Points:
        shape = (len(references), max(len(kept) for kept, _, _ in references))
        values, offsets, used = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        columns = np.zeros((*shape, references[0][2] + 1))
        for row, (kept, period, _) in enumerate(references):
            n = len(kept)
            values[row, :n], used[row, :n] = y[kept], 1.0
            if offset is not None:
                offsets[row, :n] = offset[kept]
            columns[row, np.arange(n), period] = 1.0
            columns[row, :n, -1] = kept
            if dates is not None:
                columns[row, :n, -1] = (dates[kept] - dates[kept[0]]) / (dates[1] - dates[0])
        return cls(values, offsets, used, columns)


# ---- the model as R fits it ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Model:
    """``eta``: logarithm of the expectation; ``error``: its standard error as R has it."""

    eta: Floats
    error: Floats
    phi: Floats
    slope: Floats
    p_trend: Floats
    trend: NDArray[np.bool_]
    converged: NDArray[np.bool_]


def _chosen(
    points: _Points, now: Floats, offset: Floats, control: Control, *, original: bool
) -> _Model:
    """With the trend where it is significant and expects no more than any reference point had."""
    level = _model(points, now, offset, control, trend=False, original=original)
    if not control.trend:
        return level
    sloped = _model(points, now, offset, control, trend=True, original=original)
    threshold = 0.05 if original else control.p_threshold_trend
    kept = sloped.converged & (control.b >= 3) & (sloped.p_trend < threshold)
    kept &= np.exp(sloped.eta) <= points.y.max(axis=1)
    return _Model(
        **{
            name: np.where(kept, getattr(sloped, name), getattr(level, name))
            for name in ("eta", "error", "phi", "slope", "p_trend", "converged")
        },
        trend=kept,
    )


def _model(
    points: _Points,
    now: Floats,
    offset: Floats,
    control: Control,
    *,
    trend: bool,
    original: bool,
) -> _Model:
    columns = points.columns if trend else points.columns[..., :-1]
    degrees = points.used.sum(axis=1) - columns.shape[-1]
    fitted = iterate(points.y, points.offset, columns, points.used)
    converged = fitted.converged
    dispersion = fitted.dispersion(fitted.weights) / degrees
    rests_on = dispersion
    if control.reweight:
        threshold = 1.0 if original else control.weights_threshold
        omega = _anscombe(points, fitted, np.maximum(dispersion, 1.0), threshold)
        fitted = iterate(points.y, points.offset, columns, omega)
        dispersion = rests_on = fitted.dispersion(fitted.weights) / degrees
        if not original:  # their fault: the Anscombe weights in place of the working weights
            rests_on = fitted.dispersion(omega) / degrees
    phi = np.maximum(dispersion, 1.0)
    new = np.zeros((len(now), columns.shape[-1]))
    new[:, points.columns.shape[-1] - 2] = 1.0
    p_trend = np.ones(len(now))
    if trend:
        new[:, -1] = now
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(fitted.coefficients[:, -1]) / np.sqrt(rests_on * fitted.variance[:, -1, -1])
        p_trend = 2 * stats.t.sf(t, degrees)
    spread = np.einsum("ij,ijk,ik->i", new, fitted.variance, new)
    return _Model(
        eta=np.einsum("ij,ij->i", new, fitted.coefficients) + offset,
        error=np.sqrt((phi if original else rests_on) * spread),
        phi=phi,
        slope=fitted.coefficients[:, -1],
        p_trend=p_trend,
        trend=np.full(len(now), trend),
        converged=converged,
    )


def _anscombe(points: _Points, fitted: Fitted, phi: Floats, threshold: float) -> Floats:
    """Weights of Farrington et al. (1996): as 1 / s² beyond the threshold, their mean 1."""
    a = 1.5 * (np.cbrt(points.y) ** 2 * fitted.mean ** (-1 / 6) - np.sqrt(fitted.mean))
    left = np.where(points.used > 0, 1 - fitted.leverage, 1.0)
    s = a / np.sqrt(phi[:, None] * left)
    out = s > threshold
    weights = np.where(out, 1 / np.where(out, s, 1.0) ** 2, 1.0) * points.used
    total = points.used.sum(axis=1, keepdims=True)
    return np.asarray(weights * total / weights.sum(axis=1, keepdims=True), np.float64)


# ---- what R tells of it -------------------------------------------------------------------------


def _flexible_answer(
    y: Floats, points: NDArray[np.int64], model: _Model, control: Control
) -> Answer:
    mean, count = np.exp(model.eta), y[points]
    enough = _enough(y, points, control)
    z = special.ndtri(1 - control.alpha)
    if control.threshold_method == "delta":
        error, power = mean * model.error, _EXPONENTS[control.powertrans]
        spread = _spread(mean, error, model.phi, control.powertrans)
        upper = (mean**power + z * spread) ** (1 / power)
        p = special.ndtr((mean**power - count**power) / spread)
        fit, told = mean, mean + z * error
    else:
        told = np.exp(model.eta + (z * model.error if control.threshold_method == "muan" else 0.0))
        upper = limits.usual_limits(told, model.phi, control.alpha)[1]
        p, fit = limits.at_least(count, told, model.phi), model.eta
    score = (count - fit) / (upper - fit)
    with np.errstate(over="ignore"):
        # What they call mu0 is, with "delta", an exponential of something already exponential.
        mu0 = np.exp(told) if control.threshold_method == "delta" else told
    return Answer(
        alarm=enough & (score > 1) & (count != 0),
        upper=np.where(enough, upper, np.nan),
        expected=np.where(enough, mean, np.nan),
        mu0=mu0,
        phi=model.phi,
        p=p,
        score=score,
        trend=model.trend,
        trend_coefficient=np.where(model.trend, model.slope, np.nan),
    )


def _spread(mean: Floats, error: Floats, phi: Floats, powertrans: str) -> Floats:
    """Standard error of the power of a new count, by the delta method."""
    tau = phi + error**2 / mean
    scale = {"none": mean, "1/2": np.full_like(mean, 1 / 4), "2/3": 4 / 9 * np.cbrt(mean)}
    return np.asarray(np.sqrt(scale[powertrans] * tau), np.float64)


def _enough(y: Floats, points: NDArray[np.int64], control: Control) -> NDArray[np.bool_]:
    least, period = control.limit54
    return np.array([y[max(k - period + 1, 0) : k + 1].sum() >= least for k in points], np.bool_)
