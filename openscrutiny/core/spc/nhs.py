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

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.measures import Polarity, Refused
from openscrutiny.core.spc.spread import typical_step, unbroken

LEAST_POINTS = 12
_LIMIT = 2.66
_NEAR = _LIMIT * 2 / 3
_RUN = 7
_ROUNDING = 1e-13


class Rule(IntEnum):
    """Why a point stands out, the strongest reason first. NONE: ordinary variation."""

    NONE = 0
    OUTSIDE = 1  # beyond a limit
    TREND = 2  # one of seven points in a row that only rise or only fall
    TWO_IN_THREE = 3  # one of two in three beyond two thirds of the way to the same limit
    ONE_SIDE = 4  # one of seven in a row on one side of the mean


class Variation(IntEnum):
    """What a point says, in the words of its icon. Good and bad only where that is agreed."""

    COMMON = 0  # ordinary variation
    HIGHER = 1  # higher than usual, or part of a rise; no direction is agreed to be good
    LOWER = 2
    IMPROVING = 3
    CONCERNING = 4


class Assurance(IntEnum):
    """Whether ordinary variation alone would meet a target. UNKNOWN: there are no limits."""

    UNKNOWN = 0
    HIT_OR_MISS = 1  # the target lies within the limits
    CONSISTENTLY_MET = 2
    CONSISTENTLY_MISSED = 3


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
    many first points alone. To start the limits afresh, as at a break, use ``rebased``. A series
    from which every moving range is left out (one that does not vary at all) has no limits (NaN),
    so that no point can be outside them. Where only ranges of 0 are left (nearly all figures alike)
    the limits close on the mean, as the published rules have it, and every point that is not the
    mean is outside: such a series is not for this chart. Refused with fewer than ``least`` points,
    limits fixed on fewer than ``least`` or on more than there are, or with a value missing or
    infinite.
    """
    y = unbroken(values)
    points = y.shape[-1]
    if points < max(least, 1):
        raise Refused(
            f"A chart of single values needs at least {least} points to say what is usual; "
            f"this series has {points}. Show the figures without limits."
        )
    if fixed_points is not None and not max(least, 1) <= fixed_points <= points:
        raise Refused(
            f"Limits cannot be fixed on the first {fixed_points} of {points} points: choose from "
            f"{max(least, 1)} to {points}."
        )
    base = y[..., :fixed_points]
    typical = typical_step(np.abs(np.diff(base, axis=-1)), screened=screen)
    centre = np.broadcast_to(base.mean(axis=-1, keepdims=True), y.shape)
    rule, side = _rules(y, centre, typical)
    return Chart(centre, centre - _LIMIT * typical, centre + _LIMIT * typical, rule, side)


def rebased(
    values: ArrayLike,
    starts: Sequence[int],
    *,
    screen: bool = True,
    least: int = LEAST_POINTS,
) -> Chart:
    """One chart after another: the limits begin afresh at each of ``starts`` (places from 0).

    The starts are the caller's: a change that somebody knows of and has recorded. None is ever
    chosen here, since limits that move by themselves chase every change and call it usual. No rule
    reaches from one chart into the next. Refused where the starts are not in order inside the
    series, or leave a stretch of fewer than ``least`` points.
    """
    y = unbroken(values)
    edges = [0, *starts, y.shape[-1]]
    lengths = np.diff(edges)
    if np.any(lengths < 1):
        raise Refused(
            f"Limits cannot begin afresh at {list(starts)}: the points must be in order, after the "
            f"first (0) and before the end ({y.shape[-1]})."
        )
    if np.any(lengths < least):
        raise Refused(
            f"Between two fresh starts there must be at least {least} points; here a stretch has "
            f"{lengths.min()}. Keep the limits as they are until there are enough."
        )
    parts = [chart(part, screen=screen, least=least) for part in np.split(y, edges[1:-1], axis=-1)]
    return Chart(
        *(
            np.concatenate([getattr(part, name) for part in parts], axis=-1)
            for name in ("centre", "low", "high", "rule", "side")
        )
    )


def variation(drawn: Chart, polarity: Polarity) -> NDArray[np.int8]:
    """The ``Variation`` of each point: good or bad where the polarity says which, else only a side.

    Recorded volume is ambiguous, so a point of it is higher or lower than usual and nothing more.
    """
    if polarity is Polarity.AMBIGUOUS:
        above, below = Variation.HIGHER, Variation.LOWER
    elif polarity is Polarity.HIGHER_GOOD:
        above, below = Variation.IMPROVING, Variation.CONCERNING
    else:
        above, below = Variation.CONCERNING, Variation.IMPROVING
    words = np.array([below, Variation.COMMON, above], np.int8)
    return words[drawn.side + 1]


def assurance(drawn: Chart, target: ArrayLike, polarity: Polarity) -> NDArray[np.int8]:
    """The ``Assurance`` of each point: where the target stands against the limits there.

    A target on a limit is within them. Refused for a measure whose polarity is ambiguous: a target
    needs an agreed direction. A target that is missing says nothing (UNKNOWN).
    """
    if polarity is Polarity.AMBIGUOUS:
        raise Refused(
            "No direction of this measure is agreed to be good, so a target cannot be met or "
            "missed. Agree the polarity of the measure first."
        )
    aim = np.asarray(target, np.float64)
    easy, hard = aim < drawn.low, aim > drawn.high
    if polarity is Polarity.LOWER_GOOD:
        easy, hard = hard, easy
    known = ~(np.isnan(drawn.low) | np.isnan(aim))
    found = np.where(known, Assurance.HIT_OR_MISS, Assurance.UNKNOWN)
    found = np.where(easy, Assurance.CONSISTENTLY_MET, found)
    return np.where(hard, Assurance.CONSISTENTLY_MISSED, found).astype(np.int8)


def _rules(y: Floats, centre: Floats, typical: Floats) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    # A series that does not vary may differ from its own mean by a rounding error.
    away = np.where(np.abs(y - centre) <= _ROUNDING * np.abs(centre), 0.0, y - centre)
    above = np.sign(away).astype(np.int8)
    outside = (y < centre - _LIMIT * typical) | (y > centre + _LIMIT * typical)
    outside &= above != 0
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
