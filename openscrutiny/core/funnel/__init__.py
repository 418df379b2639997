"""Areas against each other."""

from openscrutiny.core.funnel.overdispersed import (
    Dispersion,
    Funnel,
    between_areas,
    dispersion,
    funnel,
    on_log_scale,
    on_root_scale,
)

__all__ = [
    "Dispersion",
    "Funnel",
    "between_areas",
    "dispersion",
    "funnel",
    "on_log_scale",
    "on_root_scale",
]
