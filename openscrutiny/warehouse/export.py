"""Figures as others take them away: series as rows, a batch's facts as a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.months import Month
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.warehouse.batches import Manifest, batch_folder
from openscrutiny.warehouse.engine import Engine, parquet, quoted
from openscrutiny.warehouse.places import Place

PANEL_COLUMNS = ("area_code", "area", "strand", "month", "value", "coverage", "batch")
_FACT_COLUMNS = (
    "area_code",
    "level",
    "month",
    "counted",
    "strand",
    "value",
    "source_row",
    "source_column",
    "published_label",
)


def panel_rows(
    panel: Panel,
    names: AreaSet,
    *,
    areas: Sequence[str],
    strands: Sequence[str],
    months: Sequence[Month],
) -> Iterator[tuple[str | int | float | None, ...]]:
    """One row per area, strand and month of a panel, in PANEL_COLUMNS. Only values have a value."""
    for area in areas:
        name = names.name(area)
        for strand in strands:
            for month in months:
                value, coverage = panel.cell(area, strand, month)
                shown = None
                if coverage is Coverage.VALUE:
                    shown = int(value) if value == int(value) else round(value, 6)
                batches = "+".join(panel.batches_of(strand, month))
                yield area, name, strand, str(month), shown, coverage.word(value), batches


def write_facts(place: Place, manifest: Manifest, target: Path) -> None:
    """The facts of a batch as CSV. A label a spreadsheet would run as a formula gets a quote."""
    facts = batch_folder(place, manifest.batch) / "facts.parquet"
    label = (
        "CASE WHEN substr(published_label, 1, 1) IN ('=', '+', '-', '@') "
        "THEN concat('''', published_label) ELSE published_label END AS published_label"
    )
    columns = ", ".join(label if c == "published_label" else c for c in _FACT_COLUMNS)
    with Engine() as engine:
        engine.run(
            f"COPY (SELECT {columns} FROM {parquet([facts])} ORDER BY source_row, source_column) "
            f"TO {quoted(str(target))} (FORMAT csv, HEADER)"
        )
