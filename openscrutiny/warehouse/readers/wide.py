"""Reads files with one column per month or census: the headings are the months."""

from __future__ import annotations

from pathlib import Path

from openscrutiny.warehouse.engine import Engine, named, table
from openscrutiny.warehouse.readers import (
    TEXTS,
    Staged,
    formula,
    published,
    role,
    sort_rows,
    text,
)
from openscrutiny.warehouse.sources import Source


def stage(engine: Engine, source: Source, path: Path, form: str, header: tuple[str, ...]) -> Staged:
    """Fill ``staged`` from a wide file; EngineError where its rows cannot be read."""
    assert source.periods is not None, "a wide source says which headings are months"
    relation = published(path, form, header)
    done, condition = sort_rows(engine, source, relation)
    months = {h: m for h in header if (m := source.periods.month(h)) is not None}
    texts = [name for name in TEXTS if name != "month"]
    roles = ", ".join(f"{role(source, name)} AS {name}" for name in texts)
    values = ", ".join(f"{text(h)} AS {named(h)}" for h in months)
    across = ", ".join(named(h) for h in months)
    meaning = table(((h, str(m)) for h, m in months.items()), ("heading", "month"))
    engine.run(
        # Materialized, or the search for formulas is made again for each month of a row.
        "CREATE TEMP TABLE staged AS WITH lines AS MATERIALIZED ("
        f"SELECT source_row, {roles}, {formula(engine, relation)} AS formula, {values} "
        f"FROM {relation} WHERE {condition}) "
        f"SELECT source_row, source_column, {', '.join(texts)}, t.month, value, formula FROM lines "
        f"UNPIVOT (value FOR source_column IN ({across})) AS cells "
        f"JOIN {meaning} ON cells.source_column = t.heading"
    )
    return done
