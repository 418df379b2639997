"""Passwords that are known from breaches: looked up in a local file, never asked of anybody.

The file is the well-known list as it is published: a SHA-1 hash in capital letters, a colon and a
count on each line, sorted by hash. It is far larger than memory, so it is searched where it lies.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError

_SAID = (
    "This password is known from a breach of another site, so it is among the first that are "
    "tried. Choose another."
)
_HASH = 40  # hexadecimal digits


class BreachedPasswordValidator:
    """Refuses a password whose hash stands in the file at ``path``."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError for a password that is known. OSError where the file is gone."""
        # The list is published in this hash; nothing is kept or protected by it.
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        with self.path.open("rb") as file:
            if holds(file, digest.encode()):
                raise ValidationError(_SAID, code="password_breached")

    def get_help_text(self) -> str:
        return "Passwords that are known from breaches are refused."


def holds(file: BinaryIO, digest: bytes) -> bool:
    """Whether a line of a sorted file begins with a hash; about 35 reads in a file of 40 GB.

    Lines may end as on any machine, with or without a count, and be written in small letters.
    """
    low, high = 0, file.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        begin = _line_at(file, middle)
        found = file.readline()[:_HASH].upper()
        if found == digest:
            return True
        if found and found < digest:
            low = max(middle + 1, begin + 1)
        else:
            high = middle
    return False


def _line_at(file: BinaryIO, position: int) -> int:
    """Put the file at the first line that begins at or after a position; where that is."""
    if position == 0:
        file.seek(0)
        return 0
    # A line begins where the byte before it ends the last one.
    file.seek(position - 1)
    file.readline()
    return file.tell()
