"""A plan of how the impact of a recommendation will be judged, declared before it can be seen.

What is measured, which way it should go, from when, how long it may take and what shape the change
has are settled when the recommendation is made (Lopez Bernal, Cummins & Gasparrini, 2017, Int J
Epidemiol 46:348): chosen afterwards, they can be chosen to fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period

_LONGEST_LAG = 24


class Direction(StrEnum):
    """Which way the figure goes if the recommendation does what it is meant to."""

    FALL = "fall"
    RISE = "rise"


class Shape(StrEnum):
    """What a change looks like: at once and lasting, or at once and then growing or fading."""

    LEVEL = "level"
    LEVEL_AND_SLOPE = "level_and_slope"

    @property
    def least_before(self) -> int:
        """Months needed before the start."""
        return 12 if self is Shape.LEVEL else 24

    @property
    def least_after(self) -> int:
        """Months needed after the start and its lag."""
        return 8 if self is Shape.LEVEL else 12


@dataclass(frozen=True)
class Plan:
    """How one recommendation to one area will be judged. Frozen: a changed plan is another plan.

    ``start``: the first month in which it could matter; ``lag``: months from there until it should
    show (0 to 24), which count neither as before nor as after. ``triggered_by``: the months whose
    high or low figure led to the recommendation, None if no figure did; they are left out of the
    baseline, because what was picked for being high was partly high by chance. ``comparison``:
    areas that the recommendation was not made to.

    Refused, with a sentence: declared on or after the first day of ``start``; triggering months
    that do not all lie before it; a lag outside 0 to 24; an area compared with itself, or twice.
    """

    measure: str
    area: str
    direction: Direction
    start: Month
    shape: Shape
    declared_on: date
    triggered_by: Period | None
    lag: int = 0
    comparison: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        first_day = date(self.start.year, self.start.number, 1)
        if self.declared_on >= first_day:
            day = self.declared_on
            earliest = Month.of(day.year, day.month) + 1
            raise Refused(
                f"A plan is declared before the months it judges begin. This one was declared on "
                f"{day.isoformat()} and starts in {self.start.words}: choose {earliest.words} or "
                "later as its start."
            )
        if self.triggered_by is not None and self.triggered_by.last >= self.start:
            raise Refused(
                f"The months that led to a recommendation lie before its start, "
                f"{self.start.words}; those of this plan end in {self.triggered_by.last.words}."
            )
        if not 0 <= self.lag <= _LONGEST_LAG:
            raise Refused(f"A lag is 0 to {_LONGEST_LAG} months, not {self.lag}.")
        if self.area in self.comparison:
            raise Refused(f"{self.area} cannot be compared with itself: leave it out.")
        if len(set(self.comparison)) < len(self.comparison):
            raise Refused("An area is named twice among those to compare with: name each once.")

    @property
    def after_from(self) -> Month:
        """The first month that counts as after."""
        return self.start + self.lag

    def before(self, months: Sequence[Month]) -> NDArray[np.bool_]:
        """Which of ``months`` are baseline: before the start, and not those that led to it."""
        led = self.triggered_by
        return np.array([m < self.start and not (led and m in led) for m in months])

    def after(self, months: Sequence[Month]) -> NDArray[np.bool_]:
        """Which of ``months`` count as after."""
        return np.array([m >= self.after_from for m in months])

    def triggering(self, months: Sequence[Month]) -> NDArray[np.bool_]:
        """Which of ``months`` led to the recommendation."""
        led = self.triggered_by
        return np.array([led is not None and m in led for m in months])


@dataclass(frozen=True)
class Readiness:
    """Whether there are months enough. ``missing`` is a sentence, empty if nothing is.

    ``told_from``: the month with whose figures it can be told; None if it can be told already, or
    if waiting does not help because the months that are missing lie before the start.
    """

    before: int
    after: int
    missing: str
    told_from: Month | None

    @property
    def enough(self) -> bool:
        return not self.missing


def readiness(plan: Plan, months: Sequence[Month], known: NDArray[np.bool_]) -> Readiness:
    """Count the ``known`` (T) of ``months`` (T) on either side against what the shape needs."""
    before = int((plan.before(months) & known).sum())
    after = int((plan.after(months) & known).sum())
    early = max(plan.shape.least_before - before, 0)
    late = max(plan.shape.least_after - after, 0)
    parts = []
    if early:
        parts.append(
            f"{_more(early)} before {plan.start.words}, which only older figures can bring"
        )
    if late:
        parts.append(f"{_more(late)} from {plan.after_from.words} on")
    told_from = None
    if late and not early:
        last = max(months[-1], plan.after_from + -1)
        told_from = last + late
    missing = f"Figures are needed for {' and '.join(parts)}." if parts else ""
    return Readiness(before, after, missing, told_from)


def _more(number: int) -> str:
    return f"{number} more month" if number == 1 else f"{number} more months"
