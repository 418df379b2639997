"""The audit gives the exact intervals that integer programming gave for the published tables."""

import numpy as np
import pytest

from openscrutiny.core.disclosure import (
    MONTHS,
    ROLLING_YEARS,
    Figure,
    Ledger,
    Statement,
    Window,
    audit,
    between,
    release,
)
from tests.core.small_counts import all_small, cells_of, counts_of, month, months, true_value
from tests.reference.published import results

pytestmark = pytest.mark.reference


def margins(table: np.ndarray) -> list[Statement]:
    counts = counts_of(table)
    last = table.shape[1] - 1
    rows = [Figure((a,), "all", months(0, last)) for a in counts.areas]
    columns = [Figure(counts.areas, "all", months(j, j)) for j in range(last + 1)]
    return [between(f, *2 * [true_value(counts, f)]) for f in [*rows, *columns]]


def test_every_interval_and_every_exposed_cell_is_theirs() -> None:
    cases = results("disclosure_audit.json")["cases"]
    assert len(cases) >= 26
    compared = 0
    for case in cases:
        table = np.array(case["table"])
        counts = counts_of(table)
        withheld = [(i, j) for i, j in case["suppressed"]]
        shown = [
            Figure.of(counts.areas[i], "all", month(j))
            for i, j in np.ndindex(table.shape)
            if (i, j) not in withheld
        ]
        said = margins(table) + [between(f, *2 * [true_value(counts, f)]) for f in shown]
        figures = [Figure.of(counts.areas[i], "all", month(j)) for i, j in withheld]
        found = audit(said, figures, [int(table[cell]) for cell in withheld])
        wanted = {tuple(b["cell"]): (b["lo"], b["hi"]) for b in case["bounds"]}
        ours = dict(zip(withheld, zip(found.low, found.high, strict=True), strict=True))
        assert ours == wanted, case["id"]
        exposed = [list(cell) for cell, bad in zip(withheld, found.exposed, strict=True) if bad]
        assert sorted(exposed) == sorted(case["exposed"]), case["id"]
        compared += len(wanted)
    assert compared == sum(len(case["bounds"]) for case in cases)


def test_the_same_tables_are_released_with_nothing_exposed() -> None:
    """Withholding small cells alone, and a greedy choice of others, left some of theirs exposed."""
    for case in results("disclosure_audit.json")["cases"]:
        table = np.array(case["table"])
        counts = counts_of(table)
        width = table.shape[1]
        made = release(
            counts,
            name="one",
            groups={"whole": counts.areas},
            windows=(MONTHS, Window(width, 12, width)),
        )
        small = all_small(counts, made.ledger)
        found = audit(made.ledger.said, small, [true_value(counts, f) for f in small])
        assert not found.exposed.any(), case["id"]
        # Every margin of theirs is 5 or more, so all can be published, as they publish them.
        primary = [f for f in made.suppression.primary if len(cells_of(f)) == 1]
        assert len(primary) == int(((table >= 1) & (table <= 4)).sum()), case["id"]


def test_one_month_known_reveals_every_twelfth_of_their_rolling_totals() -> None:
    given = results("disclosure_audit.json")["rolling_difference"]
    monthly, rolling = given["monthly"], given["rolling12"]
    counts = counts_of([monthly])
    totals = [Figure(("A00",), "all", months(t, t + 11)) for t in range(len(rolling))]
    assert [true_value(counts, f) for f in totals] == rolling
    said = [between(f, v, v) for f, v in zip(totals, rolling, strict=True)]
    one = Figure.of("A00", "all", month(3))
    chain = [Figure.of("A00", "all", month(t)) for t in range(3, len(monthly), 12)]
    values = [true_value(counts, f) for f in chain]
    hidden = audit(said, chain, values)
    assert not hidden.exposed.any()
    known = audit([*said, between(one, monthly[3], monthly[3])], chain, values)
    assert known.low == pytest.approx(values)
    assert known.high == pytest.approx(values)


def test_the_same_series_released_month_after_month_exposes_nothing() -> None:
    monthly = results("disclosure_audit.json")["rolling_difference"]["monthly"]
    counts = counts_of([monthly])
    ledger = Ledger()
    for length in range(12, len(monthly) + 1):
        ledger = release(
            counts.select(period=months(0, length - 1)),
            name=f"month {length}",
            windows=(MONTHS, ROLLING_YEARS),
            period=months(length - 1, length - 1),
            ledger=ledger,
        ).ledger
    small = all_small(counts, ledger)
    found = audit(ledger.said, small, [true_value(counts, f) for f in small])
    assert not found.exposed.any()
