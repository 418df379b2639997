"""Intervals and tests for counts, rates and proportions."""

from openscrutiny.core.rates.intervals import (
    Estimate,
    binomial_interval,
    byar_interval,
    poisson_interval,
    rate_interval,
    rate_ratio,
    rate_ratio_p,
    wilson_interval,
)
from openscrutiny.core.rates.shrinkage import Shrunk, marshall, moved, poisson_gamma
from openscrutiny.core.rates.standardised import (
    Standing,
    compound_variance,
    direct_rate,
    expected_count,
    indirect_rate,
    indirect_ratio,
    mean_interval,
    quantile_groups,
    standing_of_count,
    standing_of_proportion,
)
from openscrutiny.core.rates.survey import Level, proportion_difference, recorded_to_survey

__all__ = [
    "Estimate",
    "Level",
    "Shrunk",
    "Standing",
    "binomial_interval",
    "byar_interval",
    "compound_variance",
    "direct_rate",
    "expected_count",
    "indirect_rate",
    "indirect_ratio",
    "marshall",
    "mean_interval",
    "moved",
    "poisson_gamma",
    "poisson_interval",
    "proportion_difference",
    "quantile_groups",
    "rate_interval",
    "rate_ratio",
    "rate_ratio_p",
    "recorded_to_survey",
    "standing_of_count",
    "standing_of_proportion",
    "wilson_interval",
]
