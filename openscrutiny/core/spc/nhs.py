"""The NHS "Making Data Count" chart of single values: for display only.

People in scrutiny know this chart, so it is drawn when somebody opens a series. It never decides
what the monitor brings forward: on 36 stable months a third of all series break one of its rules
somewhere, so over thousands of series it would mostly flag chance. ``surveillance`` and ``funnel``
decide.

The limits are the mean plus and minus 2.66 mean moving ranges, after moving ranges of at least
3.267 times their mean have been left out once (Wheeler, 2003, *Making Sense of Data*; NHS England,
Making Data Count). They are meant for at least twelve points.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Refused

LEAST_POINTS = 12
_LIMIT = 2.66
_NEAR = _LIMIT * 2 / 3
_SCREEN = 3.267
_RUN = 7


class Rule(IntEnum):
    """Why a point stands out, the strongest reason first. NONE: ordinary variation."""

    NONE = 0
    OUTSIDE = 1  # beyond a limit
    TREND = 2  # one of seven points in a row that only rise or only fall
    TWO_IN_THREE = 3  # one of two in three beyond two thirds of the way to the same limit
    ONE_SIDE = 4  # one of seven in a row on one side of the mean


@dataclass(frozen=True)
class Chart:
    """Centre line, limits, and for each point the rule it breaks and on which side (+1, 0, -1).

    All arrays have the shape of the values. ``side`` is the side of the mean, or of a trend its
    direction.
    """

    centre: Floats
    low: Floats
    high: Floats
    rule: NDArray[np.int8]
    side: NDArray[np.int8]


def chart(
    values: ArrayLike,
    *,
    screen: bool = True,
    fixed_points: int | None = None,
    least: int = LEAST_POINTS,
) -> Chart:
    """Limits and rules of series in time order along the last axis, within one regime.

    ``screen`` leaves out the largest moving ranges; ``fixed_points`` takes the limits from that
    many first points alone. To start the limits afresh, as at a break, draw two charts: no rule
    reaches from one into the other. A series from which every moving range is left out (one that
    does not vary at all) has no limits (NaN), so that no point can be outside them. Refused with
    fewer than ``least`` points, or with a value missing.
    """
    y = np.asarray(values, np.float64)
    points = y.shape[-1]
    if points < least:
        raise Refused(
            f"A chart of single values needs at least {least} points to say what is usual; "
            f"this series has {points}. Show the figures without limits."
        )
    if np.isnan(y).any():
        raise Refused(
            "A chart of single values cannot have months missing. Draw one chart for each "
            "unbroken stretch."
        )
    base = y if fixed_points is None else y[..., :fixed_points]
    moving = np.abs(np.diff(base, axis=-1))
    typical = moving.mean(axis=-1, keepdims=True)
    if screen:
        kept = moving < _SCREEN * typical
        number = kept.sum(axis=-1, keepdims=True)
        average = np.where(kept, moving, 0.0).sum(axis=-1, keepdims=True) / np.maximum(number, 1)
        typical = np.where(number > 0, average, np.nan)
    centre = np.broadcast_to(base.mean(axis=-1, keepdims=True), y.shape)
    rule, side = _rules(y, centre, typical)
    return Chart(centre, centre - _LIMIT * typical, centre + _LIMIT * typical, rule, side)


def _rules(y: Floats, centre: Floats, typical: Floats) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    above = np.sign(y - centre).astype(np.int8)
    outside = (y < centre - _LIMIT * typical) | (y > centre + _LIMIT * typical)
    near = (np.abs(y - centre) >= _NEAR * typical) & ~outside

    one_side = _part_of_run(above, _RUN)
    steps = np.sign(np.diff(y, axis=-1)).astype(np.int8)
    trend = _part_of_run(steps, _RUN - 1, points_more=1)
    pairs = _part_of_two_in_three(near, above)

    rule = np.zeros(y.shape, np.int8)
    side = np.zeros(y.shape, np.int8)
    for code, part, where in (  # the weakest first: the stronger overwrite it
        (Rule.ONE_SIDE, one_side, above),
        (Rule.TWO_IN_THREE, pairs, above),
        (Rule.TREND, trend, trend),
        (Rule.OUTSIDE, outside, above),
    ):
        hit = part != 0
        rule = np.where(hit, np.int8(code), rule)
        side = np.where(hit, where, side)
    return rule, side


def _part_of_run(signs: NDArray[np.int8], length: int, points_more: int = 0) -> NDArray[np.int8]:
    """The sign of each point that belongs to ``length`` equal non-zero signs in a row, else 0.

    Steps between points cover one point more than there are steps: ``points_more``.
    """
    points = signs.shape[-1] + points_more
    part = np.zeros((*signs.shape[:-1], points), np.int8)
    if signs.shape[-1] < length:
        return part
    total = np.lib.stride_tricks.sliding_window_view(signs, length, axis=-1).sum(axis=-1)
    for sign in (1, -1):
        starts = total == sign * length
        for offset in range(length + points_more):
            stretch = part[..., offset : offset + starts.shape[-1]]
            stretch[starts] = sign
    return part


def _part_of_two_in_three(near: NDArray[np.bool_], above: NDArray[np.int8]) -> NDArray[np.bool_]:
    """The near points of three in a row on one side, two of which are near its limit."""
    part = np.zeros(near.shape, np.bool_)
    if near.shape[-1] < 3:
        return part
    windows = np.lib.stride_tricks.sliding_window_view
    enough = windows(near, 3, axis=-1).sum(axis=-1) >= 2
    starts = enough & (np.abs(windows(above, 3, axis=-1).sum(axis=-1)) == 3)
    for offset in range(3):
        stretch = part[..., offset : offset + starts.shape[-1]]
        stretch[starts] = True
    return part & near
