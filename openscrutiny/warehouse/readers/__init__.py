"""One reader for each shape of file. Each fills the same table, ``staged``, one row per figure.

Columns of ``staged``: ``source_row`` (1-based data row in the published file), ``source_column``
(the heading the figure stands under), the publisher's own words in ``level``, ``area_code``,
``area_name``, ``month``, ``strand``, ``counted``, ``part``, ``value`` and ``edition`` (text, never
null, trimmed), and ``formula``, which names a column that holds a spreadsheet formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from openscrutiny.warehouse.engine import Engine, csv, named, parquet, quoted, table
from openscrutiny.warehouse.sources import Source

TEXTS = ("level", "area_code", "area_name", "month", "strand", "counted", "part", "edition")
# A cell that a spreadsheet would run: = + @ first, or a minus that no number follows, or a control
# character in front. (OWASP, CSV injection.)
_FORMULA = r"^[\t\r]|^\s*[=+@]|^\s*-[^0-9.\s-]"


@dataclass(frozen=True)
class Staged:
    """What a reader did: the rows of the file, and those it set aside by reason."""

    rows_in: int
    set_aside: dict[str, int]


def published(path: Path, form: str, header: tuple[str, ...]) -> str:
    """The relation of a published file with ``source_row`` in front."""
    if form == "parquet":
        columns = ", ".join(named(h) for h in header)
        source = parquet([path], numbered=True)
        return f"(SELECT file_row_number + 1 AS source_row, {columns} FROM {source})"
    return f"(SELECT row_number() OVER () AS source_row, * FROM {csv(path, header)})"


def text(column: str) -> str:
    """A column as trimmed text without nulls."""
    return f"trim(coalesce(CAST({named(column)} AS VARCHAR), ''))"


def formula(engine: Engine, relation: str) -> str:
    """An expression that names the first text column of a row that holds a formula, else ''."""
    texts = [c for c, kind in engine.columns(relation).items() if kind == "VARCHAR"]
    # Whatever begins like a formula sorts before A: most labels need no closer look.
    tests = [
        f"WHEN {named(c)} < 'A' AND regexp_matches({named(c)}, {quoted(_FORMULA)}) THEN {quoted(c)}"
        for c in texts
    ]
    return f"CASE {' '.join(tests)} ELSE '' END" if tests else "''"


def sort_rows(engine: Engine, source: Source, relation: str) -> tuple[Staged, str]:
    """Count the rows to read and to set aside; return also the condition of those to read."""
    filters = list(dict.fromkeys((*source.keep, *source.set_aside)))
    if not filters:
        return Staged(int(engine.rows(f"SELECT count(*) FROM {relation}")[0][0]), {}), "1 = 1"
    wanted = ", ".join(text(c) for c in filters)
    aside: dict[str, int] = {}
    kept: list[tuple[str, ...]] = []
    rows_in = 0
    for *labels, rows in engine.rows(
        f"SELECT {wanted}, count(*) FROM {relation} GROUP BY ALL ORDER BY ALL"
    ):
        rows_in += rows
        reason = source.kept(dict(zip(filters, labels, strict=True)))
        if reason is None:
            kept.append(tuple(labels))
        else:
            aside[reason] = aside.get(reason, 0) + rows
    names = [f"f{i}" for i in range(len(filters))]
    condition = f"({wanted}) IN (SELECT {', '.join(names)} FROM {table(kept, names)})"
    return Staged(rows_in, aside), condition


def role(source: Source, name: str) -> str:
    """The expression that gives a role of a row: its column, what the definition fixes, or ''."""
    if name in source.columns:
        return text(source.columns[name])
    return quoted(str(source.fixed.get(name, "")))
