"""How much a series ordinarily varies from one point to the next: what control charts rest on.

Differences between neighbours are used, not the variance around the mean, so that a change of level
does not hide itself by widening its own limits (Wheeler, 2003, *Making Sense of Data*). Time is the
last axis; what is found of a series keeps that axis with length 1. NaN: too little to tell.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused

LEAST_DENOMINATOR = 10  # a proportion of fewer says too little of its month
D2 = 1.128  # mean moving range of normal values, in their standard deviations
D4 = 3.267  # upper limit of a moving range, in mean moving ranges
_ROUNDING = 1e-13

Flags = NDArray[np.bool_]
Variance = Callable[[Floats], Floats]


def unbroken(values: ArrayLike) -> Floats:
    """The values as numbers, or Refused where one is missing or infinite."""
    y = np.asarray(values, np.float64)
    if not np.isfinite(y).all():
        raise Refused(
            "A control chart cannot have points missing or infinite. Draw one chart for each "
            "unbroken stretch."
        )
    return y


def typical_step(
    steps: Floats, present: Flags | None = None, *, screened: bool, cut: float = D4
) -> Floats:
    """Mean of the ``present`` moving ranges (None: of all), over the last axis.

    ``screened`` leaves out those of at least ``cut`` times their mean, once (Nelson, 1982, J Qual
    Tech 14:172). NaN where no range is left: none is there, or a screened series does not vary.
    """
    mean = _mean(steps, present)
    if not screened:
        return mean
    with np.errstate(invalid="ignore"):
        ordinary = steps < cut * mean
    return _mean(steps, ordinary if present is None else ordinary & present)


def varies(step: Floats, size: Floats | float) -> Floats:
    """The typical step, or NaN where it is no more than the rounding of numbers of such a size."""
    return np.where(step > _ROUNDING * np.abs(size), step, np.nan)


def _mean(steps: Floats, present: Flags | None) -> Floats:
    if present is None:
        total = steps.sum(axis=-1, keepdims=True)
        number: NDArray[np.int64] | int = steps.shape[-1]
    else:
        total = steps.sum(axis=-1, keepdims=True, where=present)
        number = present.sum(axis=-1, keepdims=True)
    return np.where(number, total / np.maximum(number, 1), np.nan)


def packed(used: Flags, *series: Floats) -> tuple[tuple[Floats, ...], Flags]:
    """Each series with its used points moved to the front, and which differences are between two.

    A moving range then reaches over the points that were left out.
    """
    order = np.argsort(~used, axis=-1, kind="stable")
    number = used.sum(axis=-1, keepdims=True)
    between = np.arange(1, used.shape[-1]) < number
    return tuple(np.take_along_axis(one, order, axis=-1) for one in series), between


def single_values(y: Floats, used: Flags | None = None, *, screened: bool) -> tuple[Floats, Floats]:
    """Mean, and standard deviation by the mean moving range / 1.128 (Montgomery, 2009, 6.33)."""
    if used is None:
        step = typical_step(np.abs(np.diff(y, axis=-1)), screened=screened)
    else:
        (ordered,), between = packed(used, y)
        step = typical_step(np.abs(np.diff(ordered, axis=-1)), between, screened=screened)
    centre = _mean(y, used)
    return centre, varies(step, centre) / D2


def ratios(
    x: Floats, n: Floats, used: Flags, variance: Variance, *, laney: bool, screened: bool
) -> tuple[Floats, Floats]:
    """Pooled ratio of counts to sizes, and the standard deviation at a size of 1.

    ``variance`` of one unit follows from the ratio. ``laney`` multiplies the standard deviation by
    the mean moving range of the z-scores / 1.128: what months differ by, beyond chance (Laney,
    2002). Standard deviation NaN where the pooled ratio leaves none: all zero, or all of the whole.
    """
    total = n.sum(axis=-1, keepdims=True, where=used)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = x.sum(axis=-1, keepdims=True, where=used) / total
        squared = variance(centre)
        unit = np.where(squared > 0, np.sqrt(np.maximum(squared, 0.0)), np.nan)
        if not laney:
            return centre, unit
        z = np.where(used, (x / n - centre) * np.sqrt(n) / unit, 0.0)
    (ordered,), between = packed(used, z)
    step = typical_step(np.abs(np.diff(ordered, axis=-1)), between, screened=screened)
    return centre, unit * varies(step, 1.0) / D2


def of_proportion(share: Floats) -> Floats:
    """Binomial variance of one case."""
    return share * (1 - share)


def of_count(rate: Floats) -> Floats:
    """Poisson variance for one unit of exposure: the rate itself."""
    return rate
