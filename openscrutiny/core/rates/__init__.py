"""Intervals and tests for counts, rates and proportions."""

from openscrutiny.core.rates.intervals import (
    byar_interval,
    poisson_interval,
    rate_interval,
    rate_ratio_p,
    wilson_interval,
)

__all__ = [
    "byar_interval",
    "poisson_interval",
    "rate_interval",
    "rate_ratio_p",
    "wilson_interval",
]
