"""The audit of a release: what each withheld figure can still be, given all that was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.counting import Floats
from openscrutiny.core.disclosure.figures import Cells, Figure
from openscrutiny.core.disclosure.policy import POLICY, Policy
from openscrutiny.core.disclosure.statements import Statement, limits
from openscrutiny.core.disclosure.system import System


@dataclass(frozen=True, eq=False)
class Audit:
    """``low`` and ``high``: the least and greatest each figure can be; ``exposed`` of the rule.

    All have one entry for each of ``figures``. ``high`` is infinite where nothing bounds it. This
    is for those who may see the counts: which figures are sensitive is itself confidential.
    """

    figures: tuple[Figure, ...]
    low: Floats
    high: Floats
    sensitive: NDArray[np.bool_]
    exposed: NDArray[np.bool_]


def bounds(statements: Sequence[Statement], figures: Sequence[Figure]) -> tuple[Floats, Floats]:
    """The exact least and greatest whole number that each figure can be, by integer programming.

    Everything published is in ``statements``; nothing else is known but that counts are whole
    numbers of at least 0. Refused where the statements contradict one another.
    """
    spoken = [figure for s in statements for figure, _ in s.terms]
    cells = Cells.under([*spoken, *figures])
    low, high = limits(statements)
    system = System.of(cells.matrix([s.terms for s in statements]), low, high)
    return system.range_of(cells.matrix([((f, 1),) for f in figures]))


def audit(
    statements: Sequence[Statement],
    figures: Sequence[Figure],
    values: Sequence[int],
    policy: Policy = POLICY,
) -> Audit:
    """Hold each withheld figure, of which the true value is given, against everything published.

    Exposed is a sensitive figure that can be bounded more tightly than the policy allows.
    """
    low, high = bounds(statements, figures)
    sensitive = np.array(
        [bool(policy.sensitive(f.strand, v)) for f, v in zip(figures, values, strict=True)],
        np.bool_,
    )
    exposed = np.array(
        [bool(policy.exposed(f.strand, a, b)) for f, a, b in zip(figures, low, high, strict=True)],
        np.bool_,
    )
    return Audit(tuple(figures), low, high, sensitive, sensitive & exposed)
