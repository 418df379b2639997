"""How many of many tests may be believed: control of the false discovery rate.

Every function takes p-values over the last axis, one family a row, and gives adjusted p-values of
the same shape: declare the tests whose adjusted value is at most q. NaN marks what was not tested:
it stays NaN and does not count in its family. A p-value outside 0 to 1 is Refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openscrutiny.core.measures import Refused

Floats = NDArray[np.float64]


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """The step-up procedure that controls the false discovery rate.

    Declaring the cells whose adjusted value is at most q keeps the expected share of false ones
    among them at most q, for independent tests and for positively dependent ones (Benjamini &
    Hochberg, 1995, JRSS B 57:289; Benjamini & Yekutieli, 2001).
    """
    return _stepped(p, lambda rank, tests: tests / rank)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """The same promise however the tests depend on each other (2001, Ann Stat 29:1165)."""

    def factor(rank: Floats, tests: Floats) -> Floats:
        harmonic = np.concatenate([[0.0], np.cumsum(1 / rank)])
        return np.asarray(harmonic[tests.astype(np.int64)] * tests / rank, np.float64)

    return _stepped(p, factor)


def holm(p: ArrayLike) -> Floats:
    """Step-down: at most q is the chance of even one false one (Holm, 1979, Scand J Stat 6:65)."""
    return _stepped(p, lambda rank, tests: tests - rank + 1, down=True)


def hochberg(p: ArrayLike) -> Floats:
    """Step-up, for independent tests: the same promise as Holm's (1988, Biometrika 75:800)."""
    return _stepped(p, lambda rank, tests: tests - rank + 1)


def bonferroni(p: ArrayLike) -> Floats:
    """Each p-value times the number of tests: the same promise as Holm's, and never the better."""
    return _stepped(p, lambda rank, tests: tests + 0 * rank)


@dataclass(frozen=True)
class Hierarchy:
    """What is declared of parents and children, and by which of the two ways.

    ``through_parents``: adjusted value inside its own family of brothers and sisters, but never
    below its parent's; ``among_children``: adjusted in the one family of all children, NaN for a
    root. ``adjusted`` is twice the smaller of them, at most 1 (once, where no child of any area is
    tested); ``declared`` where it is at most q.
    """

    declared: NDArray[np.bool_]
    adjusted: Floats
    through_parents: Floats
    among_children: Floats


def hierarchical(p: ArrayLike, parent: Sequence[int], *, q: float = 0.1) -> Hierarchy:
    """Test parents first, children inside declared parents, and all children once more.

    ``p`` is (…, areas, strands); ``parent`` gives each strand the index of the strand it is part
    of, -1 for a root. Two ways are each given half of q. *Through parents* (Yekutieli, 2008, JASA
    103:309): the roots of all areas are one family; where a strand of an area is declared, its
    children in that area are a family of their own. *Among children*: all children of all areas
    are one family, so that a small strand is not masked by a parent in which it is lost. A strand
    of which nothing above is tested (NaN) in its area stands with the roots there; where only its
    parent is not, it has the second way alone. Where no child is tested in any area there is no
    second way, and the roots have all of q.

    Inside each family the expected share of false ones is at most q / 2. Of everything declared
    together theory promises about 3q / 2 for independent tests (q through parents, q / 2 among
    children); for counts that add up to their parents' simulation finds it below q. Refused where
    ``parent`` is no forest or q is not between 0 and 1.
    """
    values = _checked(p)
    levels = _levels(parent, values.shape[-1] if values.ndim > 1 else -1)
    if not 0 < q < 1:
        raise Refused(f"The share of false discoveries lies between 0 and 1, and is not {q}.")
    root = _without_tested_ancestor(values, parent)
    through = _one_family(np.where(root, values, np.nan))
    among = _one_family(np.where(root, np.nan, values))
    for above in levels:
        family = [s for s, own in enumerate(parent) if own == above]
        inside = benjamini_hochberg(values[..., family])
        # NaN in the parent, which was not tested, is passed on.
        inside = np.maximum(inside, through[..., [above]])
        through[..., family] = np.where(root[..., family], through[..., family], inside)
    ways = np.where(np.isnan(among).all(axis=(-2, -1), keepdims=True), 1, 2)
    adjusted = np.minimum(ways * np.fmin(through, among), 1.0)
    return Hierarchy(adjusted <= q, adjusted, through, among)


def _levels(parent: Sequence[int], strands: int) -> list[int]:
    """Strands that have children, each after its own parent."""
    if len(parent) != strands or any(not -1 <= above < strands for above in parent):
        raise Refused(
            "Every strand needs the index of its parent, or -1, and p-values are areas × strands."
        )
    depth = []
    for strand in range(strands):
        steps, at = 0, strand
        while parent[at] >= 0:
            steps, at = steps + 1, parent[at]
            if steps > strands:
                raise Refused("A strand cannot be part of itself, not even by way of others.")
        depth.append(steps)
    return sorted({above for above in parent if above >= 0}, key=lambda s: depth[s])


def _without_tested_ancestor(values: Floats, parent: Sequence[int]) -> NDArray[np.bool_]:
    tested = ~np.isnan(values)
    alone = np.ones(values.shape, np.bool_)
    for strand, nearest in enumerate(parent):
        above = nearest
        while above >= 0:
            alone[..., strand] &= ~tested[..., above]
            above = parent[above]
    return alone


def _one_family(p: Floats) -> Floats:
    """Adjusted over the last two axes together."""
    return benjamini_hochberg(p.reshape(*p.shape[:-2], -1)).reshape(p.shape)


def _checked(p: ArrayLike) -> Floats:
    values = np.asarray(p, np.float64)
    if np.any((values < 0) | (values > 1)):
        raise Refused("A p-value lies between 0 and 1. Mark what was not tested as NaN.")
    return values


def _stepped(
    p: ArrayLike, factor: Callable[[Floats, Floats], Floats], *, down: bool = False
) -> Floats:
    """Each p-value times the ``factor`` of its rank and of the number of tests, made monotone.

    Step-up: no value is above that of a larger p-value; step-down: none below that of a smaller.
    """
    values = _checked(p)
    if values.shape[-1] == 0:
        return values.copy()
    order = np.argsort(values, axis=-1)  # NaN sort last
    ordered = np.take_along_axis(values, order, axis=-1)
    tests = np.sum(~np.isnan(values), axis=-1, keepdims=True).astype(np.float64)
    scaled = ordered * factor(np.arange(1.0, values.shape[-1] + 1), tests)
    if down:
        stepped = np.maximum.accumulate(scaled, axis=-1)
    else:
        scaled = np.where(np.isnan(ordered), np.inf, scaled)
        stepped = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), axis=-1)
    adjusted[np.isnan(values)] = np.nan
    return adjusted
