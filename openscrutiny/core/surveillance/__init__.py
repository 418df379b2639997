"""A count against what its own past lets one expect, and charts that watch a series go on."""

from openscrutiny.core.surveillance.cusum import (
    CountCusum,
    PercentileCusum,
    TabularCusum,
    Transform,
    percentile_cusum,
    poisson_cusum,
    tabular_cusum,
)
from openscrutiny.core.surveillance.detection import Detection
from openscrutiny.core.surveillance.ears import Ears, Method, ears
from openscrutiny.core.surveillance.ewma import Ewma, ewma
from openscrutiny.core.surveillance.glr import Change, Glr, glr
from openscrutiny.core.surveillance.in_control import mean_before, seasonal_mean_before
from openscrutiny.core.surveillance.own_past import OwnPast, against_own_regime
from openscrutiny.core.surveillance.rare import (
    RareCusum,
    Waits,
    days_between,
    months_between,
    rare_cusum,
)
from openscrutiny.core.surveillance.run_length import (
    cusum_limit,
    cusum_run_length,
    ewma_limit,
    ewma_run_length,
    lr_cusum_run_length,
    poisson_cusum_limit,
    poisson_cusum_run_length,
)
from openscrutiny.core.surveillance.trend import (
    Marker,
    RecentTrend,
    SingleBreak,
    recent_trend,
    single_break,
)

__all__ = [
    "Change",
    "CountCusum",
    "Detection",
    "Ears",
    "Ewma",
    "Glr",
    "Marker",
    "Method",
    "OwnPast",
    "PercentileCusum",
    "RareCusum",
    "RecentTrend",
    "SingleBreak",
    "TabularCusum",
    "Transform",
    "Waits",
    "against_own_regime",
    "cusum_limit",
    "cusum_run_length",
    "days_between",
    "ears",
    "ewma",
    "ewma_limit",
    "ewma_run_length",
    "glr",
    "lr_cusum_run_length",
    "mean_before",
    "months_between",
    "percentile_cusum",
    "poisson_cusum",
    "poisson_cusum_limit",
    "poisson_cusum_run_length",
    "rare_cusum",
    "recent_trend",
    "seasonal_mean_before",
    "single_break",
    "tabular_cusum",
]
