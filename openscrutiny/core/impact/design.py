"""The terms of an interrupted series: level, trend, season, step and ramp.

The trend from before is always fitted, whatever the shape of the change: a step without it takes
every drift for an impact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.impact.plans import Shape
from openscrutiny.core.months import Month

_TWO_PAIRS_FROM = 60


class Season(StrEnum):
    """How the time of year enters: not at all, as one or two waves, or month by month."""

    NONE = "none"
    ONE_WAVE = "one_wave"
    TWO_WAVES = "two_waves"
    MONTHS = "months"

    @classmethod
    def fitting(cls, months: int) -> Season:
        """One wave (sine and cosine of a year) below 60 months of figures, two from there on."""
        return cls.ONE_WAVE if months < _TWO_PAIRS_FROM else cls.TWO_WAVES


@dataclass(frozen=True)
class Design:
    """``matrix`` (T, P); ``terms`` names its columns; ``contrast`` (P) makes of the coefficients
    the average difference in log rate over the months after; ``at`` (T) where each month lies.
    """

    matrix: Floats
    terms: tuple[str, ...]
    contrast: Floats
    at: NDArray[np.int64]


def interrupted(
    months: Sequence[Month], after: NDArray[np.bool_], *, shape: Shape, season: Season
) -> Design:
    """The design of the ``months`` (T) that count, of which ``after`` (T) are after the start.

    The trend is in years about the middle; the ramp counts calendar months from the first month
    after, which is 1. Months may leave gaps.
    """
    at = np.array([m.ordinal for m in months])
    columns: dict[str, Floats] = {
        "level_before": np.ones(len(at)),
        "trend": (at - at.mean()) / 12,
        **_season(at, season),
        "step": after.astype(np.float64),
    }
    contrast = np.zeros(len(columns) + (shape is Shape.LEVEL_AND_SLOPE))
    contrast[len(columns) - 1] = 1.0
    if shape is Shape.LEVEL_AND_SLOPE:
        ramp = np.where(after, at - at[after].min() + 1.0, 0.0)
        columns["ramp"] = ramp
        contrast[-1] = ramp[after].mean()
    return Design(np.stack([*columns.values()], axis=-1), tuple(columns), contrast, at)


def _season(at: NDArray[np.int64], season: Season) -> dict[str, Floats]:
    if season is Season.MONTHS:
        return {f"month_{k + 1}": (at % 12 == k).astype(np.float64) for k in range(1, 12)}
    waves = {Season.NONE: 0, Season.ONE_WAVE: 1, Season.TWO_WAVES: 2}[season]
    found: dict[str, Floats] = {}
    for k in range(1, waves + 1):
        angle = 2 * np.pi * k * at / 12
        found |= {f"sine_{k}": np.sin(angle), f"cosine_{k}": np.cos(angle)}
    return found
