"""From the publisher's words to facts: every staged figure is accepted, or rejected with a reason.

A fact has ``level`` (``area``, ``ward``, ``outside``, or ``hole``), ``area_code``, ``month``,
``counted``, ``strand``, ``value``, ``suppressed``, ``source_row``, ``source_column`` and
``published_label``. A *hole* stands for a rejected row: what could be read of its key is given, the
rest is null, and a cell that it might have been is never taken for a zero.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from openscrutiny.core.months import Month
from openscrutiny.warehouse.engine import Engine, quoted, table
from openscrutiny.warehouse.refusals import Problem
from openscrutiny.warehouse.sources import Source

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[ T]00:00:00(?:\.0+)?)?")
_LABELS = ("level", "area_code", "area_name", "month", "strand", "counted", "part", "edition")
# How many of many like problems are shown one by one.
_SHOWN = 10


@dataclass(frozen=True)
class Sorting:
    """What became of the staged figures."""

    figures: int
    rejected_figures: int
    rejected_rows: int
    edition: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Reason:
    """Why a figure is rejected, and what to do about it."""

    column: str
    message: str
    what_to_do: str


class Sorter:
    """Gives every staged figure its place, or the reason why it has none.

    ``file_name`` is for the messages; ``today`` is the last month a file without an edition date
    may hold.
    """

    def __init__(self, engine: Engine, source: Source, *, file_name: str, today: Month) -> None:
        self._engine = engine
        self._source = source
        self._file = file_name
        self._today = today
        self._reasons: dict[Reason, int] = {}
        self._read: dict[str, list[str]] = {}

    def sort(self) -> Sorting:
        """Make the tables ``facts`` and ``rejected`` from ``staged``."""
        edition, last = self._edition()
        self._engine.run(f"CREATE TEMP TABLE judged AS {self._judgement(last)}")
        self._engine.run(
            "CREATE TEMP TABLE rejected AS SELECT s.*, j.reason FROM judged j "
            "JOIN staged s ON s.source_row = j.source_row AND s.source_column = j.source_column "
            "WHERE j.reason IS NOT NULL ORDER BY s.source_row, s.source_column"
        )
        self._engine.run(f"CREATE TEMP TABLE facts AS {self._facts()}")
        ((figures, bad, rows),) = self._engine.rows(
            "SELECT count(*), count(reason), count(DISTINCT CASE WHEN reason IS NOT NULL "
            "THEN source_row END) FROM judged"
        )
        return Sorting(figures, bad, rows, edition, tuple(self._problems()))

    def write_rejected(self, path: Path) -> None:
        """Keep every rejected figure with its reason. Cells a spreadsheet would run are escaped."""
        reasons = list(self._reasons)
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(("row", "column", "reason", *_LABELS, "value"))
            for row, column, reason, *cells in self._engine.rows(
                f"SELECT source_row, source_column, reason, {', '.join(_LABELS)}, value "
                "FROM rejected ORDER BY source_row, source_column"
            ):
                why = reasons[reason]
                out.writerow(
                    (row, why.column or column, why.message, *(escaped(str(c)) for c in cells))
                )
            file.flush()
            os.fsync(file.fileno())

    # ---- what labels mean ---------------------------------------------------------------------

    def _words(self, role: str) -> list[str]:
        """The publisher's different words for a role, in order; read once."""
        if role not in self._read:
            rows = self._engine.rows(f"SELECT DISTINCT {role} FROM staged ORDER BY {role}")
            self._read[role] = [label for (label,) in rows]
        return self._read[role]

    def _edition(self) -> tuple[str, Month]:
        """The file's own date (the latest refresh date in it), and the last month it may hold."""
        found = [
            match[0][:10]
            for label in self._words("edition")
            if (match := _DATE.fullmatch(label)) and _month(label[:7])
        ]
        latest = max(found, default="")
        return latest, (_month(latest[:7]) or self._today) if latest else self._today

    def _reason(self, column: str, message: str, what_to_do: str) -> int:
        """The number of a reason, which stands for it in SQL."""
        return self._reasons.setdefault(Reason(column, message, what_to_do), len(self._reasons))

    def _column(self, role: str) -> str:
        return self._source.columns.get(role, "")

    def _places(self) -> Iterator[tuple[str | int | None, ...]]:
        """(level, area_code, area_name) -> kind, key, reason."""
        source = self._source
        columns = "level, area_code, area_name"
        for level, code, name in self._engine.rows(
            f"SELECT DISTINCT {columns} FROM staged WHERE NOT ({self._is_ward()}) "
            f"ORDER BY {columns}"
        ):
            kind = source.means("level", level) if source.levels else "area"
            if kind is None:
                yield level, code, name, None, None, self._unknown("level", level)
                continue
            found = source.area(code, name)
            if found is not None:
                yield level, code, name, *found, None
                continue
            column = self._column("area_code" if code else "area_name")
            both = f"{code} {name}".strip() or "(empty)"
            reason = self._reason(
                column or self._column("area_name"),
                f"“{both}” is not an area of {source.areas.place}.",
                "If the publisher has renamed an area, add the name to the area definition.",
            )
            yield level, code, name, None, None, reason

    def _labels(self, role: str, wanted: Callable[[str], bool]) -> str:
        """The labels of a role in the file that a test accepts, as an SQL list."""
        return ", ".join(quoted(label) for label in self._words(role) if wanted(label)) or "NULL"

    def _is_ward(self, prefix: str = "") -> str:
        """A condition: the figure is of a ward, which is never added to areas."""
        wards = self._labels("level", lambda label: self._source.means("level", label) == "ward")
        return f"{prefix}level IN ({wards})" if wards != "NULL" else "1 = 0"

    def _unknown(self, role: str, label: str) -> int:
        what = {"strand": "a strand", "counted": "a thing counted", "level": "a level of areas"}
        return self._reason(
            self._column(role),
            f"“{label}” is not {what[role]} known to this source.",
            "If the publisher has changed its labels, add the label to the source's definition.",
        )

    def _meanings(self, role: str) -> Iterator[tuple[str | int | None, ...]]:
        """label -> meaning, reason, for ``strand`` and ``counted``."""
        source = self._source
        for label in self._words(role):
            if role in source.fixed:
                yield label, label, None
            elif (meaning := source.means(role, label)) is not None:
                yield label, meaning, None
            else:
                yield label, None, self._unknown(role, label)

    def _months(self, last: Month) -> Iterator[tuple[str | int | None, ...]]:
        """label -> first day of the month, reason."""
        for label in self._words("month"):
            match = _DATE.fullmatch(label)
            month = _month(label[:7]) if match and match[3] in (None, "01") else None
            if month is None:
                yield (
                    label,
                    None,
                    self._reason(
                        self._column("month"),
                        f"“{label}” is not a month (the first day of it, such as 2024-03-01).",
                        "Correct the month, or ask the publisher.",
                    ),
                )
            elif month > last:
                yield (
                    label,
                    None,
                    self._reason(
                        self._column("month"),
                        f"{month.words} lies after the file's own date ({last.words}).",
                        "A file cannot hold figures of a month that had not begun: ask the "
                        "publisher.",
                    ),
                )
            else:
                yield label, f"{month}-01", None

    def _editions(self) -> Iterator[tuple[str | int | None, ...]]:
        for label in self._words("edition"):
            good = "edition" not in self._source.columns or _DATE.fullmatch(label)
            reason = None
            if not good:
                reason = self._reason(
                    self._column("edition"),
                    f"“{label}” is not a date such as 2025-08-02.",
                    "Download the file again; if it stays, ask the publisher.",
                )
            yield label, reason

    # ---- judgement ----------------------------------------------------------------------------

    def _value_reason(self) -> str:
        """An expression: the number of the reason why a figure is no count, else null."""
        negative = self._reason("", "A count cannot be negative.", "Ask the publisher.")
        fraction = self._reason("", "A count cannot be a fraction.", "Ask the publisher.")
        empty = self._reason("", "The figure is missing.", "Ask the publisher.")
        other = self._reason("", "This is not a number.", "Correct it, or ask the publisher.")
        too_big = self._reason("", "This count is too large to be one.", "Ask the publisher.")
        return (
            f"CASE WHEN regexp_full_match(value, '\\d{{1,9}}(\\.0+)?') THEN NULL "
            f"WHEN {self._is_suppressed()} THEN NULL WHEN value = '' THEN {empty} "
            f"WHEN regexp_full_match(value, '-\\d+(\\.\\d+)?') THEN {negative} "
            f"WHEN regexp_full_match(value, '\\d+(\\.0+)?') THEN {too_big} "
            f"WHEN regexp_full_match(value, '\\d*\\.\\d+') THEN {fraction} ELSE {other} END"
        )

    def _is_suppressed(self) -> str:
        marks = ", ".join(quoted(s) for s in self._source.suppressed)
        return f"lower(value) IN ({marks})" if marks else "1 = 0"

    def _judgement(self, last: Month) -> str:
        source = self._source
        formula = self._reason(
            "",
            "A cell holds a spreadsheet formula.",
            "A published file has no reason to hold one: do not open it in a spreadsheet, and ask "
            "the publisher.",
        )
        places = table(self._places(), ("level", "area_code", "area_name", "kind", "key", "why"))
        strands = table(self._meanings("strand"), ("label", "meaning", "why"))
        counted = table(self._meanings("counted"), ("label", "meaning", "why"))
        months = table(self._months(last), ("label", "first_day", "why"))
        editions = table(self._editions(), ("label", "why"))
        part_why = "NULL"
        if source.parts:
            unknown = self._reason(
                self._column("part"),
                "This is not a category known to this source, so the sum would be wrong.",
                "Correct the source's definition if the publisher has changed its categories.",
            )
            known = self._labels("part", source.is_part)
            part_why = f"CASE WHEN s.part IN ({known}) THEN NULL ELSE {unknown} END"
        is_ward = self._is_ward("s.")
        return (
            "SELECT s.source_row, s.source_column, s.strand, s.part, s.value, "
            f"CASE WHEN {is_ward} THEN 'ward' ELSE p.kind END AS kind, "
            f"CASE WHEN {is_ward} THEN CASE WHEN s.area_code <> '' THEN s.area_code "
            "ELSE s.area_name END ELSE p.key END AS key, "
            "m.first_day, t.meaning AS strand_code, "
            "c.meaning AS counted_thing, "
            f"CASE WHEN s.formula <> '' THEN {formula} ELSE coalesce(CAST(p.why AS INTEGER), "
            "CAST(m.why AS INTEGER), CAST(t.why AS INTEGER), CAST(c.why AS INTEGER), "
            f"CAST(e.why AS INTEGER), {part_why}, {self._value_reason()}) END AS reason "
            "FROM staged s "
            f"LEFT JOIN (SELECT * FROM {places}) p ON s.level = p.level "
            "AND s.area_code = p.area_code AND s.area_name = p.area_name "
            f"LEFT JOIN (SELECT label, CAST(first_day AS DATE) AS first_day, why FROM {months}) m "
            "ON s.month = m.label "
            f"LEFT JOIN (SELECT * FROM {strands}) t ON s.strand = t.label "
            f"LEFT JOIN (SELECT * FROM {counted}) c ON s.counted = c.label "
            f"LEFT JOIN (SELECT * FROM {editions}) e ON s.edition = e.label"
        )

    def _facts(self) -> str:
        label = "CASE WHEN part <> '' THEN part WHEN strand <> '*' THEN strand ELSE '' END"
        value = (
            f"CASE WHEN reason IS NOT NULL OR {self._is_suppressed()} THEN NULL "
            "ELSE CAST(CAST(value AS DOUBLE) AS BIGINT) END"
        )
        return (
            "SELECT CASE WHEN reason IS NULL THEN kind ELSE 'hole' END AS level, "
            "key AS area_code, first_day AS month, counted_thing AS counted, "
            f"strand_code AS strand, {value} AS value, "
            f"(reason IS NULL AND {self._is_suppressed()}) AS suppressed, "
            f"source_row, source_column, {label} AS published_label FROM judged "
            "WHERE reason IS NULL OR kind IS NULL OR kind = 'area'"
        )

    def _problems(self) -> Iterator[Problem]:
        """The first rejected figures one by one, then how many more there are."""
        reasons = list(self._reasons)
        shown = self._engine.rows(
            "SELECT source_row, source_column, reason, formula, value FROM rejected "
            f"ORDER BY source_row, source_column LIMIT {_SHOWN}"
        )
        for row, column, number, formula, value in shown:
            reason = reasons[number]
            message = reason.message
            if not reason.column and not formula:
                message = f"{message.rstrip('.')}: “{value}”."
            yield Problem(
                self._file,
                message,
                reason.what_to_do,
                row=row,
                column=formula or reason.column or column,
            )


def escaped(cell: str) -> str:
    """A text safe to open in a spreadsheet: one that it would run is led by an apostrophe."""
    return "'" + cell if re.match(r"[\t\r]|\s*[=+@-]", cell) else cell


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None
