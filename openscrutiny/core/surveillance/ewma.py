"""The exponentially weighted moving average: a chart of measurements that remembers.

Each point is ``weight`` times the value plus the rest of the point before (Roberts, 1959,
*Technometrics* 1:239). Like a CUSUM it finds small lasting changes; it is easier to read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance.cusum import standardised
from openscrutiny.core.surveillance.detection import (
    Detection,
    above_zero,
    directed,
    run_lengths,
    runs,
)


@dataclass(frozen=True)
class Ewma(Detection):
    """``statistic`` is the average, in the units of the values, between ``low`` and ``limit``."""

    low: Floats


def ewma(
    values: ArrayLike,
    *,
    target: ArrayLike,
    sd: ArrayLike = 1.0,
    weight: float = 0.2,
    width: float = 2.86,
    exact_limits: bool = True,
    regimes: ArrayLike | None = None,
) -> Ewma:
    """The average of each month, from ``target`` where a run begins; an alarm outside its limits.

    The limits stand ``width`` standard deviations of the average from the target: of the average as
    it is after so many months (``exact_limits``), or as it is in the end. ``target`` and ``sd`` are
    one number, one for each series (…, 1), or one for each value. NaN in values, target or sd, or
    an sd that is not positive, is a month without an answer; the average begins again after it and
    at each new regime, and goes on after an alarm. Refused: infinite values, a weight outside 0 to
    1 (1 is a chart of single months), a width that is not positive.
    """
    above_zero(width=width)
    if not 0 < weight <= 1:
        raise Refused(f"“weight” must be more than 0 and at most 1, not {weight}.")
    z = standardised(values, target, sd)
    known, begins = runs(z, regimes)
    z = np.where(known, z, np.nan)
    average = np.empty(z.shape)
    before = np.zeros(z.shape[:-1])
    for t in range(z.shape[-1]):
        before = np.where(begins[..., t], 0.0, before)
        average[..., t] = before = weight * z[..., t] + (1 - weight) * before

    months = run_lengths(z, regimes)
    settled = 1 - (1 - weight) ** (2.0 * months) if exact_limits else np.ones(z.shape)
    reach = width * np.sqrt(weight / (2 - weight) * settled)
    alarm = known & (np.abs(average) > reach)
    side = np.where(average > 0, 1, -1)
    centre, scale = np.asarray(target, np.float64), np.asarray(sd, np.float64)
    reach = np.where(known, reach, np.nan)
    return Ewma(
        centre + scale * average,
        centre + scale * reach,
        alarm,
        directed(alarm, side),
        centre - scale * reach,
    )
