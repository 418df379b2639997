"""What stands in the way of people who cannot see a document, or must not be given away with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from openscrutiny.core.workflow import NotPossible


@dataclass(frozen=True)
class Check:
    """One thing found in a document: ``what`` it is, ``to_do`` about it.

    ``blocks`` says that with it the file alone is no version that everybody can read. Where it does
    not block, the document was taken as it is, or without what ``what`` names.
    """

    what: str
    to_do: str
    blocks: bool = False

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Check:
        return cls(str(data["what"]), str(data["to_do"]), bool(data.get("blocks")))


@dataclass(frozen=True)
class Read:
    """A file that was read: its clean HTML (empty where it has none to give), what was found, how
    many pages it has where it has pages, its type, and the copy of it that may be given away."""

    html: str
    checks: tuple[Check, ...]
    kind: str
    ending: str
    copy: bytes
    pages: int | None = None


class Unreadable(NotPossible):
    """A file that is not taken at all, and what to hand in instead."""
