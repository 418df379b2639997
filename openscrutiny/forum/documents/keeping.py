"""Files as they were handed in, and the copies that may be given away: kept by their hash.

They lie in ``papers/`` of the place's folder. A name somebody typed is never part of a path.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from openscrutiny.core.workflow import NotPossible
from openscrutiny.warehouse.places import open_place

_HASH = re.compile(r"[0-9a-f]{64}")


def keep(data: bytes, *, copy: bytes) -> str:
    """Keep a file and the copy of it that may be given away; the sha-256 of the file.

    Keeping the same file again changes nothing.
    """
    digest = hashlib.sha256(data).hexdigest()
    _write(_path(digest), data)
    _write(_path(digest, copy=True), copy)
    return digest


def kept(digest: str) -> bytes:
    """The file as it was handed in; LookupError where it is not there."""
    return _read(_path(digest))


def copy_of(digest: str) -> bytes:
    """The copy that may be given away; LookupError where it is not there."""
    return _read(_path(digest, copy=True))


def safe_name(name: str, ending: str) -> str:
    """A name for a download: letters, digits and hyphens of the given one, and the ending."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:60]
    return f"{stem or 'paper'}.{ending}"


def _path(digest: str, *, copy: bool = False) -> Path:
    if settings.PLACE is None:
        raise NotPossible(
            "There is nowhere to keep a file, because no place is in use yet.",
            "Import a published file first.",
        )
    if not _HASH.fullmatch(digest):
        raise LookupError("There is no file with this name.")
    folder = open_place(settings.PLACE).folder / "papers"
    folder.mkdir(exist_ok=True)
    return folder / (f"{digest}.copy" if copy else digest)


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing: readers never see half a file."""
    if path.exists():
        return
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LookupError("This file is not kept here any more.") from None
