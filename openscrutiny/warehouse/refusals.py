"""How the warehouse says no: what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file. ``row`` is the 1-based data row, without the heading row."""

    file: str
    message: str
    what_to_do: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column:
            where.append(f"column {self.column}")
        return f"{', '.join(where)}: {self.message} {self.what_to_do}"


class ImportRefused(Exception):
    """Nothing of a file was accepted; ``problems`` say why. What was in use stays in use."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class NotRecognised(ImportRefused):
    """A file that is none of the published files that the sources describe."""
