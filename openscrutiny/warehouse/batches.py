"""Immutable batches and the ledger that says which are in use.

A batch is written beside the others, then renamed into place, then named in ``ledger.json``, which
is replaced in one step. A process killed at any moment leaves the ledger as it was before or as it
is after; what it left lying about is cleared by the next import.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from openscrutiny.core.months import Month
from openscrutiny.warehouse.places import Place

ACTIVE, SUPERSEDED, WITHDRAWN = "active", "superseded", "withdrawn"


class UnknownBatch(ValueError):
    """A batch identifier that the ledger does not hold."""


class WithdrawalRefused(ValueError):
    """A withdrawal that cannot be carried out, and why."""


@dataclass(frozen=True)
class Manifest:
    """What is known of one batch: where it came from, what it holds, whether it is in use.

    ``edition`` orders the editions of one source: its refresh date, else its last month.
    ``rows_in`` is the sum of accepted, rejected and set-aside rows. ``revision`` sums up what an
    edition changed in the one before.
    """

    batch: str
    source: str
    publisher: str
    licence: str
    licence_status: str
    title: str
    url: str
    file_name: str
    sha256: str
    retrieved: str
    refresh_date: str | None
    edition: str
    imported_at: str
    imported_by: str
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    rows_set_aside: Mapping[str, int]
    first_month: Month
    last_month: Month
    counted: tuple[str, ...]
    strands: tuple[str, ...]
    map_version: str
    status: str = ACTIVE
    withdrawn_reason: str | None = None
    withdrawn_at: str | None = None
    withdrawn_by: str | None = None
    revision: Mapping[str, Any] | None = None

    @property
    def holds_boundaries(self) -> bool:
        """Whether it holds outlines of areas; every other batch counts something."""
        return not self.counted

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain data, months as YYYY-MM."""
        plain = asdict(self)
        plain["first_month"], plain["last_month"] = str(self.first_month), str(self.last_month)
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        """The manifest from what ``to_json`` made; keys of later versions are left out."""
        known = {f.name for f in fields(cls)}
        plain = {k: v for k, v in data.items() if k in known}
        for name in ("first_month", "last_month"):
            plain[name] = Month.parse(plain[name])
        for name in ("counted", "strands"):
            plain[name] = tuple(plain[name])
        return cls(**plain)


@dataclass(frozen=True)
class Ledger:
    """Every batch a place has ever accepted, oldest first."""

    all: tuple[Manifest, ...] = ()

    @property
    def active(self) -> tuple[Manifest, ...]:
        """The batches in use, one per source at most."""
        return tuple(m for m in self.all if m.status == ACTIVE)

    @property
    def figures(self) -> tuple[Manifest, ...]:
        """The batches in use that hold figures: what findings rest on."""
        return tuple(m for m in self.active if not m.holds_boundaries)

    @property
    def boundaries(self) -> Manifest | None:
        """The newest boundaries in use, or None. They are no part of the data version."""
        found = [m for m in self.active if m.holds_boundaries]
        return max(found, key=lambda m: m.last_month, default=None)

    @property
    def data_version(self) -> str:
        """A name for the state of the figures: the same batches of them in use, the same name.

        What areas look like on a map changes no figure, so boundaries have no say in it.
        """
        ids = "\n".join(sorted(m.batch for m in self.figures))
        return "d-" + hashlib.sha256(ids.encode()).hexdigest()[:10]

    def __getitem__(self, batch: str) -> Manifest:
        for manifest in self.all:
            if manifest.batch == batch:
                return manifest
        known = ", ".join(m.batch for m in self.all) or "none yet"
        raise UnknownBatch(f"There is no batch “{batch}”. The batches are: {known}.")

    def in_use(self, source: str) -> Manifest | None:
        """The batch of a source that is in use, or None."""
        return next((m for m in self.active if m.source == source), None)

    def with_batch(self, manifest: Manifest) -> Ledger:
        """The ledger after an import: an active batch supersedes the one in use before."""
        before = self.all
        if manifest.status == ACTIVE:
            before = tuple(
                replace(m, status=SUPERSEDED)
                if m.source == manifest.source and m.status == ACTIVE
                else m
                for m in before
            )
        return Ledger((*before, manifest))


def open_ledger(place: Place) -> Ledger:
    """The ledger of a place; empty before the first import."""
    try:
        data = json.loads(_ledger_path(place).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Ledger()
    return Ledger(tuple(Manifest.from_json(entry) for entry in data["batches"]))


def batch_folder(place: Place, batch: str) -> Path:
    """Where the files of a batch lie."""
    return place.folder / "batches" / batch


def published_file(place: Place, manifest: Manifest) -> Path:
    """The published file of a batch, byte for byte as received."""
    return place.folder / "files" / manifest.sha256


@contextlib.contextmanager
def changing(place: Place) -> Iterator[Path]:
    """Hold the right to change a place; yields an empty folder to prepare a batch in.

    A second process waits. Whatever a killed one left behind is cleared first.
    """
    place.folder.mkdir(parents=True, exist_ok=True)
    with (place.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear_leftovers(place)
        incoming = place.folder / "incoming"
        incoming.mkdir()
        try:
            yield incoming
        finally:
            shutil.rmtree(incoming, ignore_errors=True)


def add(place: Place, manifest: Manifest, *, prepared: Path, received: Path) -> None:
    """Put a prepared batch and its published file in place and enter it in the ledger.

    Only inside ``changing``. The last step, replacing the ledger, is the one that counts.
    """
    write_json(prepared / "manifest.json", manifest.to_json())
    files = place.folder / "files"
    files.mkdir(exist_ok=True)
    if not (files / manifest.sha256).exists():
        os.replace(received, files / manifest.sha256)
    _sync_folder(files)
    target = batch_folder(place, manifest.batch)
    target.parent.mkdir(exist_ok=True)
    _sync_folder(prepared)
    os.replace(prepared, target)
    _sync_folder(target.parent)
    _write_ledger(place, open_ledger(place).with_batch(manifest))


def withdraw(
    place: Place, batch: str, *, reason: str, by: str, now: datetime
) -> tuple[Manifest, Manifest | None]:
    """Take a batch out of use, for a reason that is kept. Its files stay, as the record.

    Where the batch was in use and an earlier edition of its source stands superseded, that edition
    comes back into use: it was accepted once and its date is printed wherever it is used. Returns
    the withdrawn batch and the one that came back, or None. UnknownBatch or WithdrawalRefused says
    why nothing was changed.
    """
    if not reason.strip():
        raise WithdrawalRefused("A withdrawal needs a reason; it is kept and shown.")
    with changing(place):
        ledger = open_ledger(place)
        manifest = ledger[batch]
        if manifest.status == WITHDRAWN:
            raise WithdrawalRefused(
                f"{batch} was already withdrawn on {manifest.withdrawn_at} by "
                f"{manifest.withdrawn_by}: {manifest.withdrawn_reason}"
            )
        gone = replace(
            manifest,
            status=WITHDRAWN,
            withdrawn_reason=reason.strip(),
            withdrawn_at=now.isoformat(timespec="seconds"),
            withdrawn_by=by,
        )
        back = _to_come_back(ledger, manifest)
        changed = {gone.batch: gone} | ({back.batch: back} if back else {})
        _write_ledger(place, Ledger(tuple(changed.get(m.batch, m) for m in ledger.all)))
    return gone, back


def _to_come_back(ledger: Ledger, withdrawn: Manifest) -> Manifest | None:
    if withdrawn.status != ACTIVE:
        return None
    earlier = [
        (m.edition, position, m)
        for position, m in enumerate(ledger.all)
        if m.source == withdrawn.source and m.status == SUPERSEDED
    ]
    return replace(max(earlier)[2], status=ACTIVE) if earlier else None


def _ledger_path(place: Place) -> Path:
    return place.folder / "ledger.json"


def _write_ledger(place: Place, ledger: Ledger) -> None:
    written = place.folder / "ledger.json.new"
    write_json(written, {"version": 1, "batches": [m.to_json() for m in ledger.all]})
    os.replace(written, _ledger_path(place))
    _sync_folder(place.folder)


def _clear_leftovers(place: Place) -> None:
    """Remove what the ledger does not know: only an interrupted import can have left it."""
    ledger = open_ledger(place)
    batches, files = {m.batch for m in ledger.all}, {m.sha256 for m in ledger.all}
    shutil.rmtree(place.folder / "incoming", ignore_errors=True)
    (place.folder / "ledger.json.new").unlink(missing_ok=True)
    for path in place.folder.glob("batches/*"):
        if path.name not in batches:
            shutil.rmtree(path)
    for path in place.folder.glob("files/*"):
        if path.name not in files:
            path.unlink()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write plain data and wait until it is on the disk."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(data, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Wait until a file that another library wrote is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
