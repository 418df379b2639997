"""What is known of a level before a recommendation, and whether its last months look picked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openscrutiny.core.counting import Floats
from openscrutiny.core.impact.figures import Figures, Mask
from openscrutiny.core.impact.plans import Direction, Plan
from openscrutiny.core.impact.regression_to_the_mean import (
    UNKNOWN,
    Level,
    expected_return,
    level_of_areas,
)

_YEAR = 12
_UNUSUAL = 1.5


@dataclass(frozen=True)
class Past:
    """The baseline, raw and shrunk, and the figure that was picked from or near it."""

    raw: Floats
    shrunk: Floats
    picked: Mask
    height: Floats
    expected_return: Floats


def past_of(figures: Figures, plan: Plan, before: Mask, wider: Floats) -> Past:
    """``wider`` (K): how much more a sum of months varies than a Poisson count."""
    months = figures.months
    picked, rest = plan.triggering(months) & figures.known, before
    if not picked.any():
        last = np.flatnonzero(before)[-_YEAR:]
        picked = np.zeros_like(before)
        picked[last] = True
        rest = before & ~picked
    areas = _levels(figures, rest if rest.any() else before, wider)
    raw_events, raw_on = sums(figures, before)
    raw = raw_events / raw_on
    baseline = areas.after_seeing(raw_events, raw_on, wider)
    shrunk = np.where(areas.weight > 0, baseline.mean, raw)
    known = areas.after_seeing(*sums(figures, rest), wider) if rest.any() else areas
    events, on = sums(figures, picked)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.where(known.weight > 0, known.mean, np.nan) * on
        height = (events - usual) / np.sqrt(usual)
    return Past(raw, shrunk, picked, height, expected_return(known, events, on, wider))


def _levels(figures: Figures, months: Mask, wider: Floats) -> Level:
    """How the levels of the area and its comparison areas vary; nothing without such areas."""
    if figures.others is None or figures.others_exposure is None:
        return UNKNOWN
    counts = np.concatenate([figures.counts[..., None, :], figures.others], axis=-2)[..., months]
    on = np.concatenate([figures.exposure[..., None, :], figures.others_exposure], axis=-2)
    return level_of_areas(counts.sum(axis=-1), on[..., months].sum(axis=-1), wider)


def sums(figures: Figures, months: Mask) -> tuple[Floats, Floats]:
    return figures.counts[..., months].sum(axis=-1), figures.exposure[..., months].sum(axis=-1)


def looks_picked(plan: Plan, figures: Figures, late: Mask, rest: Mask) -> Mask:
    """Whether the ``late`` months stand out from the ``rest`` of the baseline (K).

    They do if they stand more than 1.5 standard deviations from what the rest lets one expect, on
    the side from which the hoped-for change is the way back. The dispersion is that of the rest.
    """
    (events, on), (earlier, on_earlier) = sums(figures, late), sums(figures, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = (earlier + 0.5) * on / on_earlier
        each = figures.exposure[..., rest] * ((earlier + 0.5) / on_earlier)[..., None]
        squares = (figures.counts[..., rest] - each) ** 2 / each
        dispersion = np.maximum(squares.sum(axis=-1) / (rest.sum() - 1), 1.0)
        away = (events - usual) / np.sqrt(dispersion * usual * (1 + on / on_earlier))
    sign = 1 if plan.direction is Direction.FALL else -1
    return np.asarray(sign * away > _UNUSUAL, bool)
