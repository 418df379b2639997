"""Reads files with one row per figure: area, month, strand and thing counted in columns."""

from __future__ import annotations

from pathlib import Path

from openscrutiny.warehouse.engine import Engine, quoted
from openscrutiny.warehouse.readers import TEXTS, Staged, formula, published, role, sort_rows
from openscrutiny.warehouse.sources import Source


def stage(engine: Engine, source: Source, path: Path, form: str, header: tuple[str, ...]) -> Staged:
    """Fill ``staged`` from a long file; EngineError where its rows cannot be read."""
    relation = published(path, form, header)
    done, condition = sort_rows(engine, source, relation)
    roles = ", ".join(f"{role(source, name)} AS {name}" for name in TEXTS)
    engine.run(
        f"CREATE TEMP TABLE staged AS SELECT source_row, "
        f"{quoted(source.columns['value'])} AS source_column, {roles}, "
        f"{role(source, 'value')} AS value, {formula(engine, relation)} AS formula "
        f"FROM {relation} WHERE {condition}"
    )
    return done
