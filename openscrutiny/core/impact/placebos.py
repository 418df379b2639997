"""The same measurement where nothing was done: at other dates, and in other areas.

How often such a placebo shows at least as much as the real date and area did is a p-value that
rests on no model of chance (Abadie, Diamond & Hainmueller, 2010, JASA 105:493, section 2.4). It
can be no smaller than 1 / (placebos + 1), so that fewer than 19 of them cannot speak at 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.impact.design import Season
from openscrutiny.core.impact.figures import Figures, Mask, measure
from openscrutiny.core.impact.plans import Plan


@dataclass(frozen=True)
class Placebos:
    """``p`` (K): the share of placebos, the real one among them, with as small a p-value as the
    real one's. ``number`` (K): how many placebos there were; where 0, ``p`` is NaN."""

    p: Floats
    number: NDArray[np.int64]


def placebo_dates(
    figures: Figures, plan: Plan, real: Floats, *, season: Season | None = None
) -> Placebos:
    """Starts at every earlier month that leaves enough on either side, in the baseline alone.

    ``real`` (K): the p-values of the real start. The lag is kept.
    """
    before = plan.before(figures.months) & figures.known
    at = np.arange(len(figures.months))
    found = []
    for start in np.flatnonzero(before):
        early, late = before & (at < start), before & (at >= start + plan.lag)
        if early.sum() >= plan.shape.least_before and late.sum() >= plan.shape.least_after:
            one = measure(figures, early, late, shape=plan.shape, season=season)
            found.append(np.where(one.whole, one.effect.p(), np.nan))
    return _rank(real, np.stack(found, axis=-1) if found else np.empty((*real.shape, 0)))


def placebo_areas(
    figures: Figures,
    before: Mask,
    after: Mask,
    plan: Plan,
    real: Floats,
    *,
    season: Season | None = None,
) -> Placebos:
    """Every comparison area at the real date, against the other ones; none with fewer than two."""
    if figures.others is None or figures.others.shape[-2] < 2:
        return _rank(real, np.empty((*real.shape, 0)))
    each = measure(figures.in_turn(), before, after, shape=plan.shape, season=season)
    return _rank(real, np.where(each.whole, each.effect.p(), np.nan))


def _rank(real: Floats, placebos: Floats) -> Placebos:
    number = (~np.isnan(placebos)).sum(axis=-1)
    as_small = (placebos <= real[..., None]).sum(axis=-1)
    p = np.where((number > 0) & ~np.isnan(real), (1 + as_small) / (1 + number), np.nan)
    return Placebos(np.asarray(p, np.float64), np.asarray(number, np.int64))
