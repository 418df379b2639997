"""The long calibration: on null figures the totals flagged fall inside the declared range.

For several invented places, the declared 95 % range is taken from 200 null data sets, and 400 fresh
ones are drawn; about 95 % of their totals must lie inside. Run by ``make deep ONLY=calibration``.
"""

from __future__ import annotations

import sys

import numpy as np

from openscrutiny.core.nulls import chance
from tests.core.invented import MEASURES, TAXONOMY, WHOLE, town


def share_inside(seed: int) -> float:
    """The share of 400 fresh null totals inside the range that 200 others declared."""
    counts = town(seed, months=60, spread=0.02 + 0.05 * seed, swing=0.02 * seed)

    def drawn(datasets: int, seed: int):  # type: ignore[no-untyped-def]
        return chance(
            MEASURES.values(),
            counts,
            whole=WHOLE,
            taxonomy=TAXONOMY,
            datasets=datasets,
            seed=seed,
            processes=2,
        )

    declared, fresh = drawn(200, 1), drawn(400, 2)
    inside = np.mean((fresh.totals >= declared.low) & (fresh.totals <= declared.high))
    sys.stdout.write(
        f"calibration: town {seed}: expected {declared.expected:.1f} "
        f"({declared.low:.0f} to {declared.high:.0f}), fresh mean {fresh.expected:.1f}, "
        f"{inside:.1%} inside\n"
    )
    return float(inside)


if __name__ == "__main__":
    shares = [share_inside(seed) for seed in range(4)]
    sys.exit(0 if all(0.91 <= share <= 0.99 for share in shares) else 1)
