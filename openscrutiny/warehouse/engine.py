"""The analytical engine behind the warehouse. The only file that knows it is DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb


class EngineError(Exception):
    """The engine could not do what was asked; the message is the engine's own."""


class Engine:
    """One private session, opened when first used. Closes with its ``with`` block.

    The session loads no extensions, so it never asks the network for anything.
    """

    def __init__(self, *, within: Engine | None = None) -> None:
        self._within = within

    def session(self) -> Engine:
        """A session with tables of its own that need not start the engine again: one at a time."""
        return Engine(within=self)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._within is not None:
            return self._within._connection.cursor()
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 2,
            "memory_limit": "1GB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        config["temp_directory"] = ""
        return duckdb.connect(config=config)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        if self._within is not None:
            self._within._forget_where_to_spill()

    def _close(self) -> None:
        if "_connection" in vars(self):
            self._connection.close()
            del self._connection

    def _forget_where_to_spill(self) -> None:
        """The folder of one session is no other's. An engine that has used one cannot let go of it,
        so it is started anew when it is next needed."""
        if "_connection" in vars(self):
            try:
                self.run("SET temp_directory = ''")
            except EngineError:
                self._close()

    def spill_to(self, folder: Path) -> None:
        """Use a folder for what does not fit in memory; without one that is an error."""
        self.run(f"SET temp_directory = {quoted(str(folder))}")

    def run(self, sql: str) -> None:
        """Carry out a statement; EngineError with the engine's reason where it cannot."""
        try:
            self._connection.execute(sql)
        except duckdb.Error as error:
            raise EngineError(str(error)) from error

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer to a query, row by row."""
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise EngineError(str(error)) from error

    def arrays(self, sql: str) -> dict[str, Any]:
        """The answer to a query, as one NumPy array per column."""
        try:
            return dict(self._connection.execute(sql).fetchnumpy())
        except duckdb.Error as error:
            raise EngineError(str(error)) from error

    def columns(self, relation: str) -> dict[str, str]:
        """Column names and engine types of a relation."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")}


def quoted(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def named(column: str) -> str:
    """A column name as an SQL identifier."""
    return '"' + column.replace('"', '""') + '"'


def parquet(paths: Sequence[Path], *, numbered: bool = False) -> str:
    """The relation that reads Parquet files, with ``file_row_number`` where ``numbered``."""
    files = ", ".join(quoted(str(p)) for p in paths)
    return f"read_parquet([{files}], file_row_number = {str(numbered).lower()})"


def csv(path: Path, header: Sequence[str]) -> str:
    """The relation that reads a CSV file with this heading row, every column as text.

    Nothing is guessed: comma, double quotes, UTF-8. A row with more or fewer columns is an error.
    """
    columns = ", ".join(f"{quoted(h)}: 'VARCHAR'" for h in header)
    return (
        f"read_csv({quoted(str(path))}, auto_detect = false, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, null_padding = false, "
        "strict_mode = true)"
    )


def table(rows: Iterable[Sequence[str | int | None]], names: Sequence[str]) -> str:
    """A small relation written out in full, for joining labels to what they mean."""
    lines = ["(" + ", ".join(_literal(v) for v in row) + ")" for row in rows]
    heading = ", ".join(names)
    if not lines:
        nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {n}" for n in names)
        return f"(SELECT {nothing} WHERE 1 = 0) AS t({heading})"
    return f"(VALUES {', '.join(lines)}) AS t({heading})"


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else quoted(value)
