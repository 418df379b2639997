"""What a survey says: differences between its proportions, and recorded crime beside it.

Survey figures are estimates with a sampling error of their own, and cover other people and other
crimes than recorded figures do. What is said of them here is said with that doubt.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from openscrutiny.core.measures import Refused
from openscrutiny.core.rates.intervals import (
    Estimate,
    figures,
    normal_reach,
    proportions,
    wilson_interval,
)


class Level(StrEnum):
    """How large a place a figure is about."""

    NATION = "nation"
    REGION = "region"
    AREA = "area"


def proportion_difference(
    part: ArrayLike,
    of: ArrayLike,
    other_part: ArrayLike,
    other_of: ArrayLike,
    *,
    design_effect: ArrayLike = 1.0,
    coverage: float = 0.95,
) -> Estimate:
    """The first proportion less the second, with Newcombe's interval (1998, Stat Med 17:873).

    His method 10: the distances of Wilson's limits from the two proportions, squared and added.
    ``design_effect``: by how much the survey's design widens a variance; it makes the samples
    that much smaller. Below 1 it is Refused. NaN where nobody was asked.
    """
    deff = np.asarray(design_effect, np.float64)
    if np.any(~(deff >= 1)):
        raise Refused("A design effect below 1 would make a survey better than its sample size.")
    first = proportions(np.asarray(part) / deff, np.asarray(of) / deff)
    second = proportions(np.asarray(other_part) / deff, np.asarray(other_of) / deff)
    p, q = (x / np.where(n == 0, np.nan, n) for x, n in (first, second))
    low_p, high_p = wilson_interval(*first, coverage=coverage)
    low_q, high_q = wilson_interval(*second, coverage=coverage)
    down = np.sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    up = np.sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return Estimate(p - q, p - q - down, p - q + up)


def recorded_to_survey(
    recorded: ArrayLike,
    estimate: ArrayLike,
    relative_error: ArrayLike,
    *,
    level: Level,
    coverage: float = 0.95,
) -> Estimate:
    """Crimes recorded for each crime the survey estimates, with a log-normal interval.

    ``relative_error`` is the survey's standard error divided by its estimate. The variance of the
    log-ratio is log(1 + relative_error²) of the survey plus 1 / recorded of a Poisson count. NaN
    where nothing was recorded or estimated.

    It is no reporting rate: the survey leaves out children, organisations and victimless public
    order, and counts victims. Below a region it is Refused: there the survey asked too few people.
    """
    if level not in (Level.NATION, Level.REGION):
        raise Refused(
            "The survey asks too few people in one area to say how much of its hate crime is "
            "recorded. Show the ratio for the nation or a region, over several survey years."
        )
    x, n, error = figures(recorded, estimate, relative_error)
    x, n = np.where(x == 0, np.nan, x), np.where(n == 0, np.nan, n)
    reach = np.exp(normal_reach(coverage) * np.sqrt(np.log1p(error**2) + 1 / x))
    return Estimate(x / n, x / n / reach, x / n * reach)
