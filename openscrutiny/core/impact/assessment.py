"""What became of a figure after a recommendation: a conclusion, its doubt, and what chance does.

The change is measured as the plan declared it, held against how far levels wander by themselves,
and against the fall to be expected of any figure picked for being high. It is never said that the
recommendation brought it about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.impact.baseline import Past, looks_picked, past_of, sums
from openscrutiny.core.impact.design import Season
from openscrutiny.core.impact.diagnostics import inflation, unbiased_lag_one
from openscrutiny.core.impact.figures import Figures, Mask, Measured, measure
from openscrutiny.core.impact.placebos import Placebos, placebo_areas, placebo_dates
from openscrutiny.core.impact.plans import Direction, Plan, Readiness, Shape, readiness
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period

_EVENTS_BEFORE = 10.0
_EXPECTED_AFTER = 5.0
_YEAR = 12
_QUARTER = 3
_WIDEST = 30.0  # of the log of a ratio: beyond it nothing is known, and nothing may overflow

# In what share of series without any change one is claimed at 95 %, lowest and highest: means of 5
# to 50 a month, autocorrelation 0 to 0.6, dispersion 1 and 2. By shape and months before; measured,
# and held, by ``make deep ONLY=impact``.
_MEASURED = {
    Shape.LEVEL: {
        12: (0.01, 0.08),
        24: (0.005, 0.075),
        36: (0.005, 0.075),
        60: (0.01, 0.07),
    },
    Shape.LEVEL_AND_SLOPE: {24: (0.005, 0.065), 36: (0.005, 0.065), 60: (0.01, 0.07)},
}


class Conclusion(StrEnum):
    """What can be said: ``TOO_EARLY`` for want of months, ``NOT_ASSESSABLE`` of figures."""

    IMPROVED = "improved"
    WORSE = "worse"
    NO_DETECTABLE_CHANGE = "no_detectable_change"
    TOO_EARLY = "too_early_to_tell"
    NOT_ASSESSABLE = "not_assessable"


_CONCLUSIONS = (
    Conclusion.NO_DETECTABLE_CHANGE,
    Conclusion.IMPROVED,
    Conclusion.WORSE,
    Conclusion.NOT_ASSESSABLE,
)


@dataclass(frozen=True)
class Impact:
    """What is measured of K series under one plan. Arrays (K) unless said otherwise; NaN if untold.

    ``conclusion`` holds ``Conclusion``, ``reason`` a sentence where it is not assessable, else "".
    ``change``, ``low``, ``high``: the average change over the months after, -0.2 for a fall by a
    fifth, and its range; ``p`` two-sided, of no change. ``observed`` events after; ``expected``:
    how many without the change. ``error``: of the log of the ratio, as decided by;
    ``plain_error``: quasi-Poisson; ``inflated_error``: that times √((1 + r) / (1 − r)), with
    ``lag_one`` the bias-corrected r. ``dispersion`` is at least 1.

    ``baseline``: events for each unit of exposure and month before; ``shrunk_baseline``: drawn
    towards the areas' figure. ``picked_from``: the months whose figure led to the recommendation
    (if the plan names none, the last year before); ``picked_height``: how many Poisson standard
    deviations it stood above what came before; ``expected_return``: the change to be expected
    after such a figure when nothing is done. ``measured_error``: how often this method claims a
    change where there is none, lowest and highest.
    """

    plan: Plan
    before: Period | None
    after: Period | None
    readiness: Readiness
    conclusion: NDArray[np.object_]
    reason: NDArray[np.object_]
    change: Floats
    low: Floats
    high: Floats
    p: Floats
    observed: Floats
    expected: Floats
    error: Floats
    plain_error: Floats
    inflated_error: Floats
    lag_one: Floats
    dispersion: Floats
    baseline: Floats
    shrunk_baseline: Floats
    picked_from: Period | None
    picked_height: Floats
    expected_return: Floats
    dates: Placebos | None
    areas: Placebos | None
    coverage: float
    measured_error: tuple[float, float]


def measured_error(shape: Shape, before: int) -> tuple[float, float]:
    """How often a change is claimed where there is none: lowest and highest share measured."""
    table = _MEASURED[shape]
    return table[max((least for least in table if least <= before), default=min(table))]


def assess(
    plan: Plan,
    months: Sequence[Month],
    counts: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    others: ArrayLike | None = None,
    others_exposure: ArrayLike | None = None,
    season: Season | None = None,
    coverage: float = 0.95,
    placebos: bool = True,
) -> Impact:
    """Judge K series of ``counts`` (…, T) by one plan.

    ``exposure``: what the counts are counted on, (…, T) or one for all; ``others`` (…, C, T): the
    figures of the plan's C comparison areas in its order. ``season``: by the number of months if
    not said. ``placebos``: measure at other dates and in other areas too.

    Too few months: TOO_EARLY for all. A series with a month unknown that others have, with fewer
    than 10 events before or 5 to be expected after, or that no model fits: NOT_ASSESSABLE, NaN.
    Refused: what ``Figures.checked`` refuses, a coverage outside 0.5 to 0.999, and comparison
    figures that are not those of the plan.
    """
    if not 0.5 <= coverage <= 0.999:
        raise Refused(f"A range holds 50 to 99.9 per cent, not {coverage:.1%}.")
    figures = Figures.checked(months, counts, exposure, others, others_exposure)
    given = 0 if figures.others is None else figures.others.shape[-2]
    if given != len(plan.comparison):
        raise Refused(
            f"The plan names {len(plan.comparison)} comparison areas and there are figures of "
            f"{given}: give those of the plan, no other and no fewer."
        )
    ready = readiness(plan, months, figures.known)
    if not ready.enough:
        return _untold(plan, figures, ready, coverage)
    return _judged(plan, figures, ready, season, coverage, placebos)


def _judged(
    plan: Plan,
    figures: Figures,
    ready: Readiness,
    season: Season | None,
    coverage: float,
    placebos: bool,
) -> Impact:
    """What is concluded where there are months enough."""
    months, (before, after) = figures.months, _sides(plan, figures)
    measured = measure(figures, before, after, shape=plan.shape, season=season)
    reason = _reasons(figures, measured, before, after)
    told = np.asarray(reason == "", bool)
    errors = _errors(measured)
    wider = errors.dispersion * inflation(errors.lag_one) ** 2
    past = past_of(figures, plan, before, wider)
    low, high = _range(measured, coverage)
    p = np.where(told, measured.effect.p(), np.nan)
    conclusion = _conclusions(plan, low, high, past, told)
    if plan.triggered_by is None:
        _withhold(conclusion, plan, figures, wider, season, coverage)

    def shown(values: Floats) -> Floats:
        return np.asarray(np.where(told, values, np.nan), np.float64)

    ratio = np.exp(np.clip(measured.effect.estimate, -_WIDEST, _WIDEST))
    size = after[before | after]
    return Impact(
        plan=plan,
        before=_period(months, before),
        after=_period(months, after),
        readiness=ready,
        conclusion=conclusion,
        reason=reason,
        change=shown(ratio - 1),
        low=shown(np.expm1(low)),
        high=shown(np.expm1(high)),
        p=p,
        observed=shown(figures.counts[..., after].sum(axis=-1)),
        expected=shown(measured.fit.fitted[..., size].sum(axis=-1) / ratio),
        error=shown(measured.effect.error),
        plain_error=shown(errors.plain),
        inflated_error=shown(errors.plain * inflation(errors.lag_one)),
        lag_one=shown(errors.lag_one),
        dispersion=shown(errors.dispersion),
        baseline=shown(past.raw),
        shrunk_baseline=shown(past.shrunk),
        picked_from=_period(months, past.picked),
        picked_height=shown(past.height),
        expected_return=shown(past.expected_return),
        dates=placebo_dates(figures, plan, p, season=season) if placebos else None,
        areas=placebo_areas(figures, before, after, plan, p, season=season) if placebos else None,
        coverage=coverage,
        measured_error=measured_error(plan.shape, ready.before),
    )


@dataclass(frozen=True)
class _Errors:
    """What the fit alone says of its error, before autocorrelation is averaged over."""

    plain: Floats
    lag_one: Floats
    dispersion: Floats


def _errors(measured: Measured) -> _Errors:
    contrast, fitted = measured.design.contrast, measured.fit
    dispersion = np.maximum(fitted.dispersion, 1.0)
    variance = ((fitted.bread @ contrast) * contrast).sum(axis=-1) * dispersion
    lag_one = unbiased_lag_one(fitted.pearson, len(measured.design.terms))
    return _Errors(np.sqrt(variance), lag_one, dispersion)


def _conclusions(
    plan: Plan, low: Floats, high: Floats, past: Past, told: Mask
) -> NDArray[np.object_]:
    """A change is claimed if its range excludes both none and the baseline's own way back."""
    with np.errstate(divide="ignore", invalid="ignore"):
        back = np.log(past.shrunk / past.raw)
        fell, rose = high < np.minimum(back, 0.0), low > np.maximum(back, 0.0)
    better, worse = (fell, rose) if plan.direction is Direction.FALL else (rose, fell)
    found = np.zeros(told.shape, np.int64)
    found[better], found[worse], found[~told] = 1, 2, 3
    return np.asarray(np.array(_CONCLUSIONS, object)[found], object)


def _withhold(
    conclusion: NDArray[np.object_],
    plan: Plan,
    figures: Figures,
    wider: Floats,
    season: Season | None,
    coverage: float,
) -> None:
    """Take back, in ``conclusion`` (K), improvements that rest on months that look picked.

    A plan that names no months as having led to it may have come of a high figure all the same:
    of series so picked an improvement would be claimed in 3 to 23 %. Where the last month, quarter
    or year before the start looks picked, it is measured again without. Of a short baseline the
    longest of these is what is over a year, and a quarter at least.
    """
    before, after = _sides(plan, figures)
    at = np.flatnonzero(before)
    for width in (1, _QUARTER, min(max(len(at) - _YEAR, _QUARTER), _YEAR)):
        late, rest = np.zeros_like(before), before.copy()
        late[at[-width:]], rest[at[-width:]] = True, False
        doubtful = np.asarray(conclusion == Conclusion.IMPROVED, bool)
        doubtful &= looks_picked(plan, figures, late, rest)
        if doubtful.any():
            part = figures.only(doubtful)
            again = measure(part, rest, after, shape=plan.shape, season=season)
            low, high = _range(again, coverage)
            past = past_of(part, plan, rest, wider[doubtful])
            conclusion[doubtful] = _conclusions(plan, low, high, past, again.whole)


def _sides(plan: Plan, figures: Figures) -> tuple[Mask, Mask]:
    """The months (T) before and after that have figures."""
    known = figures.known
    return plan.before(figures.months) & known, plan.after(figures.months) & known


def _range(measured: Measured, coverage: float) -> tuple[Floats, Floats]:
    low, high = measured.effect.interval(coverage)
    return np.clip(low, -_WIDEST, _WIDEST), np.clip(high, -_WIDEST, _WIDEST)


def _reasons(
    figures: Figures, measured: Measured, before: Mask, after: Mask
) -> NDArray[np.object_]:
    """Why a series (K) is not assessable: a sentence, or "" for one that is."""
    events, on = sums(figures, before)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = events / on * figures.exposure[..., after].sum(axis=-1)
    few = (events < _EVENTS_BEFORE) | (expected < _EXPECTED_AFTER)
    found = np.full(np.shape(events), "", object)
    found[~measured.fit.settled] = "No model of a steady change fits these figures."
    found[~measured.whole] = "A month without a figure, or no events to compare, stands in the way."
    found[few] = (
        f"There are too few events to tell: at least {_EVENTS_BEFORE:.0f} are needed before and "
        f"{_EXPECTED_AFTER:.0f} to be expected after."
    )
    return found


def _untold(plan: Plan, figures: Figures, ready: Readiness, coverage: float) -> Impact:
    """Too early: nothing is measured."""
    before, after = _sides(plan, figures)
    shape = figures.counts.shape[:-1]
    nothing = np.full(shape, np.nan)
    return Impact(
        plan=plan,
        before=_period(figures.months, before),
        after=_period(figures.months, after),
        readiness=ready,
        conclusion=_all_too_early(shape),
        reason=np.full(shape, "", object),
        **dict.fromkeys(_MEASURED_FIELDS, nothing),
        picked_from=_period(figures.months, plan.triggering(figures.months)),
        dates=None,
        areas=None,
        coverage=coverage,
        measured_error=measured_error(plan.shape, ready.before),
    )


def _all_too_early(shape: tuple[int, ...]) -> NDArray[np.object_]:
    found = np.empty(shape, object)
    found[...] = Conclusion.TOO_EARLY
    return found


_MEASURED_FIELDS = (
    "change",
    "low",
    "high",
    "p",
    "observed",
    "expected",
    "error",
    "plain_error",
    "inflated_error",
    "lag_one",
    "dispersion",
    "baseline",
    "shrunk_baseline",
    "picked_height",
    "expected_return",
)


def _period(months: Sequence[Month], which: Mask) -> Period | None:
    at = np.flatnonzero(which)
    return Period(months[at[0]], months[at[-1]]) if len(at) else None
