"""Runs of a series around its middle: Anhøj's two rules, which need no limits.

A level that has moved makes runs longer, and crossings of the centre line fewer, than chance does.
How long and how few depends on the number of points (Anhøj & Olesen, 2014, PLoS ONE 9:e113825):

- a run longer than round(log2 n) + 3 (Schilling, 2012);
- fewer crossings than the 5 % quantile of a binomial count of n - 1 with chance ½ (Chen, 2010).

For display, beside or instead of limits. A stable series breaks one of the two by chance in one
case of a hundred with ten points, in one of twenty with fifty or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused

LEAST_USEFUL = 10

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """What the rules see of each series; arrays without the time axis.

    ``useful``: points not on the centre line. ``longest`` run and what is the ``longest_usual``;
    ``crossings`` and the ``fewest_usual``. ``enough``: at least ten useful points, below which
    neither rule says anything. ``unusual``: a rule is broken.
    """

    centre: Floats
    useful: Integers
    longest: Integers
    longest_usual: Integers
    crossings: Integers
    fewest_usual: Integers
    enough: NDArray[np.bool_]
    unusual: NDArray[np.bool_]


def anhoej(values: ArrayLike, centre: ArrayLike | None = None) -> Runs:
    """Runs and crossings of series in time order along the last axis.

    ``centre`` is a line for each series or each point; without one, the median of the series.
    What is missing (NaN) or on the line does not count: it neither ends a run nor makes it longer.
    An infinite value is Refused.
    """
    y = np.asarray(values, np.float64)
    if np.isinf(y).any():
        raise Refused("A run chart cannot have infinite values. Correct the figures first.")
    line = _median(y) if centre is None else np.asarray(centre, np.float64)
    if line.ndim < y.ndim:
        line = line[..., None]
    with np.errstate(invalid="ignore"):
        side = np.nan_to_num(np.sign(y - line)).astype(np.int64)
    useful = np.count_nonzero(side, axis=-1)
    longest, crossings = _runs(side, useful)
    longest_usual, fewest_usual = usual_runs(useful)
    enough = useful >= LEAST_USEFUL
    unusual = enough & ((longest > longest_usual) | (crossings < fewest_usual))
    return Runs(
        np.broadcast_to(line, y.shape),
        useful,
        longest,
        longest_usual,
        crossings,
        fewest_usual,
        enough,
        unusual,
    )


def usual_runs(useful: ArrayLike) -> tuple[Integers, Integers]:
    """The longest run and the fewest crossings that are usual among so many points; 0 of none."""
    n = np.asarray(useful, np.int64)
    counted = np.maximum(n, 1)
    longest = np.where(n > 0, np.round(np.log2(counted)) + 3, 0).astype(np.int64)
    different, which = np.unique(counted, return_inverse=True)
    crossings = np.arange(different.max(initial=1))
    reached = special.bdtr(crossings, different[:, None] - 1, 0.5) >= 0.05
    fewest = crossings[reached.argmax(axis=-1)][which].reshape(n.shape)
    return longest, fewest


def _median(y: Floats) -> Floats:
    """Median of what is there; NaN where nothing is."""
    number = np.count_nonzero(~np.isnan(y), axis=-1)
    ordered = np.sort(y, axis=-1)
    low, high = np.maximum(number - 1, 0) // 2, np.minimum(number // 2, y.shape[-1] - 1)
    picked = np.take_along_axis(ordered, np.stack([low, high], axis=-1), axis=-1)
    return np.asarray(picked.mean(axis=-1), np.float64)


def _runs(side: Integers, useful: Integers) -> tuple[Integers, Integers]:
    """Longest run and number of crossings of the points that are on a side."""
    order = np.argsort(side == 0, axis=-1, kind="stable")
    ordered = np.take_along_axis(side, order, axis=-1)
    place = np.arange(side.shape[-1])
    there = place < useful[..., None]
    begins = there.copy()
    begins[..., 1:] &= ordered[..., 1:] != ordered[..., :-1]
    start = np.maximum.accumulate(np.where(begins, place, 0), axis=-1)
    longest = np.where(there, place - start + 1, 0).max(axis=-1, initial=0)
    return longest, np.maximum(np.count_nonzero(begins, axis=-1) - 1, 0)
