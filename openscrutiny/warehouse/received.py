"""A file as it arrives: cheap guards on its raw bytes, before anything tries to read it."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openscrutiny.warehouse import geojson
from openscrutiny.warehouse.engine import Engine, EngineError, parquet
from openscrutiny.warehouse.refusals import ImportRefused, NotRecognised, Problem

_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
# First bytes of what people save by mistake, and what to do about it.
_OTHER_FORMATS = {
    b"PK\x03\x04": ("It is a spreadsheet or a zip archive.", "Save its table as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": ("It is an old spreadsheet.", "Save its table as CSV (UTF-8)."),
    b"%PDF": ("It is a PDF document.", "Download the data file (CSV or Parquet) instead."),
    b"\x1f\x8b": ("It is compressed with gzip.", "Unpack it first."),
}
_AGAIN = "Download the file again from the publisher's page."
_AS_UTF8 = "Save or download it as CSV in UTF-8."


@dataclass(frozen=True)
class Glance:
    """What a first look shows: its form (``csv``, ``parquet`` or ``geojson``) and its headings.

    ``flaw`` is set where the headings can be read but the file cannot be used. The headings of
    GeoJSON are the properties of its features, and ``features`` those properties one by one.
    """

    path: Path
    form: str
    header: tuple[str, ...]
    flaw: Problem | None = None
    features: tuple[Mapping[str, str], ...] = ()


def glance(engine: Engine, path: Path) -> Glance:
    """Look at a file's first bytes; NotRecognised says why it is neither a table nor GeoJSON."""
    try:
        if path.exists() and not path.is_file():
            raise _no(path, "It is not a file.", "Name the published file itself.")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
            file.seek(max(0, size - 4))
            tail = file.read(4)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise _no(
            path, f"It cannot be read ({reason}).", "Check the path and its permissions."
        ) from None
    if not head:
        raise _no(path, "It is empty.", _AGAIN)
    for mark, (what, what_to_do) in _OTHER_FORMATS.items():
        if head.startswith(mark):
            raise _no(path, what, what_to_do)
    if head.startswith(b"PAR1"):
        if tail != b"PAR1":
            raise _no(path, "It is a Parquet file whose end is missing.", _AGAIN)
        return Glance(path, "parquet", _parquet_header(engine, path))
    return _glance_at_text(path, head)


def _glance_at_text(path: Path, head: bytes) -> Glance:
    text, flaw = _decoded(path, head)
    if text.lstrip().startswith("<"):
        raise _no(
            path,
            "It is a web page or XML, not a data file.",
            "On the publisher's page, follow the download link of the data file itself.",
        )
    if text.lstrip().startswith(("{", "[")):
        held = geojson.load(path)
        return Glance(
            path, "geojson", held.header, features=tuple(f.properties for f in held.features)
        )
    line = text.splitlines()[0] if text.strip() else ""
    if "\n" not in text and "\r" in text:
        flaw = flaw or Problem(
            path.name, "Its lines end in the old Macintosh way.", "Save it again as CSV (UTF-8)."
        )
    tabs = "\t" in line and "," not in line
    reader = csv.reader(io.StringIO(line), delimiter="\t" if tabs else ",")
    header = tuple(next(reader, []))
    if tabs:
        flaw = flaw or Problem(
            path.name, "Its columns are separated by tabs.", "Save it as CSV with commas."
        )
    twice = sorted({h for h in header if header.count(h) > 1})
    if twice:
        flaw = flaw or Problem(
            path.name,
            "A column with this heading stands in the file twice.",
            "Ask the publisher which one is right; remove neither yourself.",
            column=twice[0],
        )
    return Glance(path, "csv", header, flaw)


def _decoded(path: Path, head: bytes) -> tuple[str, Problem | None]:
    """The beginning as text, with a flaw where it is not UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        flaw = Problem(path.name, "Its text is encoded as UTF-16.", _AS_UTF8)
        return head.decode("utf-16", errors="replace"), flaw
    if b"\0" in head:
        raise _no(path, "It holds bytes of zero: it is no text, or was damaged.", _AGAIN)
    head = head.removeprefix(codecs.BOM_UTF8)
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head), None
    except UnicodeDecodeError as error:
        row = head[: error.start].count(b"\n")
        return head.decode("latin-1"), _not_utf8(path.name, row)


def _not_utf8(name: str, row: int) -> Problem:
    return Problem(
        name,
        "Its text is not UTF-8 (probably Latin-1 or Windows-1252), so names could be misread.",
        _AS_UTF8,
        row=row or None,
    )


def _parquet_header(engine: Engine, path: Path) -> tuple[str, ...]:
    try:
        return tuple(engine.columns(parquet([path])))
    except EngineError:
        raise _no(path, "It is a Parquet file that cannot be read.", _AGAIN) from None


def guard(seen: Glance, *, megabytes: int, line_end: bool = True) -> None:
    """Go through the bytes of a file once, in little memory, before anything parses it.

    Refused: more than ``megabytes``; and for text zero bytes, anything but UTF-8, or (where
    ``line_end``) a last line without its end, which is how a download that broke off looks.
    """
    path = seen.path
    size = path.stat().st_size
    if size > megabytes * _CHUNK:
        raise _refused(
            path,
            f"It is {size / _CHUNK:,.0f} MB; files of this source are below {megabytes} MB.",
            "Check that it is the published file. If it is, raise the limit in the source's "
            "definition.",
        )
    if seen.form != "csv":
        return
    decode = codecs.getincrementaldecoder("utf-8")().decode
    rows, chunk = 0, b""
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            chunk = block
            if b"\0" in chunk:
                row = rows + chunk[: chunk.index(b"\0")].count(b"\n")
                raise _refused(path, "From this row on it holds bytes of zero.", _AGAIN, row=row)
            try:
                decode(chunk)
            except UnicodeDecodeError as error:
                row = rows + chunk[: max(0, error.start)].count(b"\n")
                raise ImportRefused([_not_utf8(path.name, row)]) from None
            rows += chunk.count(b"\n")
    if line_end and not chunk.endswith((b"\n", b"\r")):
        raise _refused(
            path,
            "Its last line has no end, so the file may have been cut off there.",
            _AGAIN + " If it is complete, add a line end after the last row.",
            row=rows,
        )


def take_in(seen: Glance, copy: Path) -> str:
    """Copy the file, byte for byte, to ``copy``; return its SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with seen.path.open("rb") as source, copy.open("wb") as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _refused(path: Path, message: str, what_to_do: str, row: int | None = None) -> ImportRefused:
    return ImportRefused([Problem(path.name, message, what_to_do, row=row)])


def _no(path: Path, message: str, what_to_do: str) -> NotRecognised:
    return NotRecognised([Problem(path.name, message, what_to_do)])
