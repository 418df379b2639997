"""Areas against each other."""

from openscrutiny.core.funnel.limits import binomial_limits, poisson_limits, wilson_limits
from openscrutiny.core.funnel.overdispersed import (
    Dispersion,
    Funnel,
    between_areas,
    dispersion,
    funnel,
    on_log_scale,
    on_root_scale,
)
from openscrutiny.core.funnel.random_effects import Method, RandomEffects, random_effects
from openscrutiny.core.funnel.scales import (
    Scale,
    adjusted_z,
    on_arcsine_scale,
    on_count_ratio_scale,
    scale_limits,
)

__all__ = [
    "Dispersion",
    "Funnel",
    "Method",
    "RandomEffects",
    "Scale",
    "adjusted_z",
    "between_areas",
    "binomial_limits",
    "dispersion",
    "funnel",
    "on_arcsine_scale",
    "on_count_ratio_scale",
    "on_log_scale",
    "on_root_scale",
    "poisson_limits",
    "random_effects",
    "scale_limits",
    "wilson_limits",
]
