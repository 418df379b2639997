"""A file that somebody hands in: what it is, whether it can be taken, and what to do instead."""

from __future__ import annotations

from pathlib import Path

from openscrutiny.forum.documents import pdf, word
from openscrutiny.forum.documents.checks import Read, Unreadable

LARGEST = 30 * 1024 * 1024
_READERS = {".docx": word.read, ".pdf": pdf.read}


def read(name: str, data: bytes) -> Read:
    """The file read by what it is called and checked against what it is; Unreadable says why not.

    A file that is too large is refused before anything of it is opened.
    """
    if not data:
        raise Unreadable("This file is empty.", "Choose the file again.")
    if len(data) > LARGEST:
        raise Unreadable(
            f"This file is larger than {LARGEST // 1024 // 1024} MB.",
            "Hand in its text or a Word document; leave out pictures of pages.",
        )
    ending = Path(name).suffix.lower()
    if ending not in _READERS:
        raise Unreadable(
            "This is not a kind of file that can be taken.",
            "Hand in a Word document (.docx) or a PDF, or write its text here.",
        )
    if ending == ".pdf" and b"%PDF-" not in data[:1024]:
        raise Unreadable("This file is called a PDF and is none.", "Choose the file again.")
    return _READERS[ending](data)
