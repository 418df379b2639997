"""What became of a figure after a recommendation."""

from openscrutiny.core.impact.assessment import Conclusion, Impact, assess, measured_error
from openscrutiny.core.impact.correlated import Effect, Gls, effect, gls_ar1
from openscrutiny.core.impact.design import Design, Season, interrupted
from openscrutiny.core.impact.fits import Fit, fit
from openscrutiny.core.impact.placebos import Placebos
from openscrutiny.core.impact.plans import Direction, Plan, Readiness, Shape, readiness
from openscrutiny.core.impact.regression_to_the_mean import (
    Level,
    expected_return,
    expected_return_when_picked,
    level_of_areas,
)

__all__ = [
    "Conclusion",
    "Design",
    "Direction",
    "Effect",
    "Fit",
    "Gls",
    "Impact",
    "Level",
    "Placebos",
    "Plan",
    "Readiness",
    "Season",
    "Shape",
    "assess",
    "effect",
    "expected_return",
    "expected_return_when_picked",
    "fit",
    "gls_ar1",
    "interrupted",
    "level_of_areas",
    "measured_error",
    "readiness",
]
