"""What its own past lets one expect of a measure, in every area and in the whole.

The part of the decision that takes long: ``checks`` tests against it, as often as it is asked to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.panel import Panel
from openscrutiny.core.surveillance.choice import Watched, joint_regimes, watch
from openscrutiny.core.surveillance.farrington import Settings


@dataclass(frozen=True)
class Pasts:
    """What the past lets one expect of each area, and of the whole, which stands alone."""

    areas: Watched
    whole: Watched


def pasts(
    measure: Measure,
    counts: Mapping[str, Panel],
    *,
    seasonal: Settings | None,
    months: slice | None = None,
) -> Pasts:
    """What to expect of a measure that is tested over time, by the rule that ``choice`` gives.

    ``counts`` hold the areas and, last, the whole. The answer depends on nothing but these
    arguments, and of the measure on neither its least expected nor its materiality. ``months``:
    the only ones to be tested (None: all).
    """
    rule = measure.over_time
    assert rule is not None
    panel = counts[measure.numerator]
    exposure, regimes = _exposure(measure, counts)

    def watched(part: slice, *, alone: bool) -> Watched:
        return watch(
            panel.values[part],
            None if exposure is None else exposure[part],
            regimes,
            window=rule.window_months,
            baseline_least=rule.baseline_least,
            baseline_most=rule.baseline_most,
            alone=alone,
            exposure_is_count=measure.kind is Kind.SHARE,
            # A change is told in units of the year before, which a season does not look at.
            seasonal=None if measure.kind is Kind.CHANGE else seasonal,
            months=months,
        )

    return Pasts(watched(slice(None, -1), alone=False), watched(slice(-1, None), alone=True))


def _exposure(
    measure: Measure, counts: Mapping[str, Panel]
) -> tuple[Floats | None, NDArray[np.int64]]:
    """What a month's events are held against, and regimes that respect both panels'."""
    panel = counts[measure.numerator]
    regimes = panel.regime_numbers()
    if measure.kind in (Kind.COUNT, Kind.CHANGE):
        return None, regimes
    if measure.kind is Kind.SHARE:
        return panel.values[-1:] - panel.values, regimes  # the rest of the whole
    assert measure.denominator is not None
    below = counts[measure.denominator]
    return below.values, joint_regimes(panel, below)
