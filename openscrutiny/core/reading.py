"""Reading definitions: the keys they may have, and their dates. Refusals name the definition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


def keys(id: str, data: Mapping[str, Any], *, known: set[str], optional: set[str]) -> None:
    """ValueError for a key that is not known, or one that is missing and not optional."""
    if unknown := set(data) - known:
        raise ValueError(f"{id}: unknown keys {sorted(unknown)}; the keys are {sorted(known)}.")
    if missing := known - optional - set(data):
        raise ValueError(f"{id}: these keys are missing: {sorted(missing)}.")


def day(id: str, written: object) -> date:
    """A date as a definition writes it: ``2025-04-01``, in quotation marks or without."""
    if type(written) is date:
        return written
    try:
        return date.fromisoformat(str(written))
    except ValueError as error:
        raise ValueError(
            f"{id}: “{written}” is not a date. Write it as YYYY-MM-DD, such as 2025-04-01."
        ) from error
