"""What a reader of published figures knows: linear statements about the underlying counts.

A count says that a sum equals a number. A figure that was rounded or worked out from counts says
that a sum lies in a range. Arithmetic is in whole numbers and fractions throughout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from openscrutiny.core.counting import Floats
from openscrutiny.core.disclosure.figures import MOST, Figure
from openscrutiny.core.measures import Refused
from openscrutiny.core.panel import Coverage, Panel

Shown = int | float | str | Decimal


@dataclass(frozen=True)
class Statement:
    """``low`` <= the sum of weight × figure <= ``high``, all whole numbers; None is no limit."""

    terms: tuple[tuple[Figure, int], ...]
    low: int | None
    high: int | None

    def __post_init__(self) -> None:
        if any(abs(weight) > MOST for _, weight in self.terms):
            raise Refused(
                "This figure cannot be held against the counts exactly: a weight exceeds 10⁹. "
                "Give populations and weights with fewer decimals."
            )

    def holds(self, value: int) -> bool:
        """Whether a value of the weighted sum agrees with the statement."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def between(figure: Figure, low: int | None, high: int | None) -> Statement:
    """The figure lies from ``low`` to ``high``: a count shown (both the same), or a rounded one."""
    return Statement(((figure, 1),), low, high)


def inside(child: Figure, parent: Figure) -> Statement:
    """The one is counted inside the other, so it cannot be larger."""
    return Statement(((parent, 1), (child, -1)), 0, None)


def rate(
    figure: Figure, shown: Shown, *, decimals: int, population: Shown, per: Shown
) -> Statement:
    """A rate per ``per`` of a known population, shown to so many decimals."""
    people = _fraction(population)
    if people <= 0:
        raise Refused("A rate needs a population above nought: leave out a rate that has none.")
    return weighted([(figure, _fraction(per) / people)], shown, decimals=decimals)


def weighted(terms: Iterable[tuple[Figure, Fraction]], shown: Shown, *, decimals: int) -> Statement:
    """A sum of figures with known weights, shown to so many decimals.

    An expected number is one (the exposures are known), so are a mean, and a point that can be read
    off a chart to within half of the last decimal.
    """
    half = Fraction(1, 2 * 10**decimals)
    middle = _fraction(shown)
    return _scaled(list(terms), middle - half, middle + half)


def ratio(
    top: Figure,
    bottom: Figure,
    shown: Shown,
    *,
    decimals: int,
    per: Shown = 100,
    less: Shown = 0,
) -> tuple[Statement, Statement]:
    """``per`` × top / bottom - ``less``, shown to so many decimals, as two statements.

    A share is one, and a change on the year before (``less=100``). That it was shown at all says
    that the bottom is not nought, which is a statement of its own: ``between(bottom, 1, None)``.
    """
    half = Fraction(1, 2 * 10**decimals)
    middle = _fraction(shown) + _fraction(less)
    scale = _fraction(per)
    return (
        _scaled([(top, scale), (bottom, -(middle - half))], Fraction(0), None),
        _scaled([(top, scale), (bottom, -(middle + half))], None, Fraction(0)),
    )


def through(
    figure: Figure, shown: float, *, decimals: int, of: Callable[[int], float], most: int = MOST
) -> Statement:
    """A number worked out from one count by a function that never falls as the count rises.

    A z-score against a known expectation is one, so is one less a p-value. The counts that would be
    shown as this number are found by bisection. Refused where there is none up to ``most``.
    """
    half = 0.5 * 10.0**-decimals
    low = _first(lambda n: of(n) >= shown - half, most)
    high = _first(lambda n: of(n) > shown + half, most) - 1
    if low > min(high, most):
        raise Refused(f"No count from 0 to {most} is shown as {shown}: look at the function again.")
    return between(figure, low, high if high < most else None)


def nesting(
    counts: Panel, parents: Mapping[str, str], covered: Sequence[str] = ()
) -> tuple[Statement, ...]:
    """What everyone knows of strands: each is at most the strand it is counted inside.

    ``parents`` names the strand that each is counted inside. Strands overlap, so children do not
    add up to their parent; of a ``covered`` parent every offence is in at least one child, so it is
    at most their sum. Said of every area and month in which both were collected.
    """
    there = counts.coverage != Coverage.NOT_COLLECTED
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        if child in counts.strands and parent in counts.strands:
            children.setdefault(parent, []).append(child)
    said = []
    for parent, below in children.items():
        p = counts.strand_index(parent)
        own = [counts.strand_index(c) for c in below]
        for a, m in np.argwhere(there[:, p]):
            month, area = counts.months[m], counts.areas[a]
            above = Figure.of(area, parent, month)
            known = [c for c, i in zip(below, own, strict=True) if there[a, i, m]]
            parts = [Figure.of(area, c, month) for c in known]
            said += [inside(part, above) for part in parts]
            if parent in covered and parts:
                terms = [*((part, 1) for part in parts), (above, -1)]
                said.append(Statement(tuple(terms), 0, None))
    return tuple(said)


def limits(statements: Sequence[Statement]) -> tuple[Floats, Floats]:
    """The limits of statements, infinite where there is none."""
    low = [-math.inf if s.low is None else float(s.low) for s in statements]
    high = [math.inf if s.high is None else float(s.high) for s in statements]
    return np.array(low, np.float64), np.array(high, np.float64)


def _scaled(
    terms: Sequence[tuple[Figure, Fraction]], low: Fraction | None, high: Fraction | None
) -> Statement:
    """The same statement in whole numbers."""
    scale = math.lcm(*(weight.denominator for _, weight in terms))
    shrink = math.gcd(*(int(weight * scale) for _, weight in terms)) or 1
    by = Fraction(scale, shrink)
    return Statement(
        tuple((figure, int(weight * by)) for figure, weight in terms),
        None if low is None else math.ceil(low * by),
        None if high is None else math.floor(high * by),
    )


def _fraction(value: Shown) -> Fraction:
    try:
        return Fraction(str(value))
    except ValueError:
        raise Refused(f"“{value}” is not a number a page could show.") from None


def _first(holds: Callable[[int], bool], most: int) -> int:
    """By bisection the smallest number from which it holds; ``most`` + 1 where it never does."""
    low, high = 0, most + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
