"""The long check of disclosure: after release no small figure can be worked out.

500 random tables with their margins, and rolling totals published month after month, each month a
release of its own; every small figure is then held against everything published, by the audit,
which shares no step with the choice of what to withhold. Run by ``make deep ONLY=disclosure``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from openscrutiny.core.disclosure import (
    MONTHS,
    ROLLING_YEARS,
    Ledger,
    Statement,
    Window,
    audit,
    nesting,
    release,
)
from openscrutiny.core.months import Period
from openscrutiny.core.panel import Panel
from tests.core.small_counts import START, all_small, counts_of, true_value


@dataclass(frozen=True)
class Tally:
    """How many figures were small, withheld and shown, and how many of the small are exposed."""

    small: int
    withheld: int
    shown: int
    exposed: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.small + other.small,
            self.withheld + other.withheld,
            self.shown + other.shown,
            self.exposed + other.exposed,
        )


NOTHING = Tally(0, 0, 0, 0)


def tally(counts: Panel, ledger: Ledger, known: tuple[Statement, ...] = ()) -> Tally:
    """Hold every small figure, and every withheld one, against all that was said."""
    small = all_small(counts, ledger)
    withheld = list(dict.fromkeys(f for r in ledger.releases for f in r.withheld))
    figures = list(dict.fromkeys([*small, *withheld]))
    if not figures:
        return Tally(0, 0, len(ledger.said), 0)
    said = (*ledger.said, *known)
    found = audit(said, figures, [true_value(counts, f) for f in figures])
    return Tally(len(small), len(withheld), len(ledger.said), int(found.exposed.sum()))


def table(seed: int) -> Tally:
    """One random table of areas and months with its margins; every third of two nested strands."""
    rng = np.random.default_rng(seed)
    areas, months = (int(n) for n in rng.integers(2, 9, 2))
    mean = rng.choice([1.0, 3.0, 10.0, 25.0])
    values = rng.negative_binomial(1, 1 / (1 + mean), (areas, 1, months))
    parents: dict[str, str] = {}
    if seed % 3 == 0:
        values = np.concatenate([values, rng.binomial(values, 0.4)], axis=1)
        parents = {"inner": "outer"}
    counts = counts_of(values, strands=["outer", "inner"][: values.shape[1]])
    groups = {"whole": counts.areas}
    if areas > 4:
        groups = {"east": counts.areas[:2], "west": counts.areas[2:], **groups}
    windows = (MONTHS, Window(months, 12, months))
    made = release(counts, name="one", groups=groups, windows=windows, parents=parents)
    return tally(counts, made.ledger, nesting(counts, parents))


def rolling(seed: int) -> Tally:
    """Twelve-month totals of some areas, published every month with or without the month itself."""
    rng = np.random.default_rng(seed)
    areas, months = int(rng.integers(1, 5)), int(rng.integers(14, 31))
    counts = counts_of(rng.poisson(rng.choice([0.3, 2.0, 5.0]), (areas, months)))
    windows = (MONTHS, ROLLING_YEARS) if seed % 2 else (ROLLING_YEARS,)
    groups = {"whole": counts.areas} if areas > 1 else {}
    ledger = Ledger()
    for length in range(12, months + 1):
        last = START + (length - 1)
        period = Period(START if length == 12 else last, last)
        ledger = release(
            counts.select(period=Period(START, last)),
            name=str(last),
            groups=groups,
            windows=windows,
            period=period,
            ledger=ledger,
        ).ledger
    return tally(counts, ledger)


def main(tables: int = 500, series: int = 40) -> int:
    """Print the totals; 1 if any small figure is exposed."""
    exposed = 0
    for name, made in (
        ("tables with margins", [table(seed) for seed in range(tables)]),
        ("series of rolling totals", [rolling(seed) for seed in range(series)]),
    ):
        total = sum(made, NOTHING)
        exposed += total.exposed
        print(
            f"disclosure: {len(made)} {name}: {total.small} small figures, {total.withheld} "
            f"withheld, {total.shown} statements published, {total.exposed} exposed"
        )
    return 1 if exposed else 0


if __name__ == "__main__":
    sys.exit(main())
