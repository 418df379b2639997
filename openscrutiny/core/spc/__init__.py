"""Control charts: what people who know charts expect to see of a series. They decide nothing."""

from openscrutiny.core.spc import runs, shewhart, shift
from openscrutiny.core.spc.nhs import (
    LEAST_POINTS,
    Assurance,
    Chart,
    Rule,
    Variation,
    assurance,
    chart,
    rebased,
    variation,
)

__all__ = [
    "LEAST_POINTS",
    "Assurance",
    "Chart",
    "Rule",
    "Variation",
    "assurance",
    "chart",
    "rebased",
    "runs",
    "shewhart",
    "shift",
    "variation",
]
