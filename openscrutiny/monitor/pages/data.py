"""Where the figures come from: sources, batches, quality, licences, revisions."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openscrutiny.base.lists import Asked, Listed, sheet_of
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.core.permits import Standing
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.pages.sources import COUNTED, batch_address, licence_words
from openscrutiny.warehouse import batches, quality
from openscrutiny.warehouse.batches import Ledger, Manifest
from openscrutiny.warehouse.definitions import taxonomy
from openscrutiny.warehouse.places import Place
from openscrutiny.warehouse.quality import Check
from openscrutiny.warehouse.revision import revision_of

_SHOWN_REJECTED = 20
_SHOWN_REVISED = 200
_STATUS = {"active": "in use", "superseded": "superseded", "withdrawn": "withdrawn"}


class NoSuchBatch(LookupError):
    """An address that names no batch."""


@dataclass(frozen=True)
class BatchLine:
    """A batch in the list. ``status`` in words; ``reason`` only where it was withdrawn."""

    batch: str
    href: str
    title: str
    publisher: str
    licence: str
    edition: str
    period: str
    rows: str
    counted: str
    status: str
    reason: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class DataPage:
    """The data page: what is in use, and one sheet of what no longer is, the newest first."""

    place: str
    data_version: str
    active: tuple[BatchLine, ...]
    former: Listed
    breaks: tuple[str, ...]
    gaps: tuple[str, ...]
    not_collected: tuple[str, ...]


@dataclass(frozen=True)
class RevisedRow:
    """What a newer edition changed in one area and month: numbers of figures, and their sums."""

    area: str
    month: str
    counted: str
    added: int
    removed: int
    changed: int
    before: int
    after: int


@dataclass(frozen=True)
class BatchPage:
    """A batch with its manifest, quality checks, revision and rejected rows."""

    line: BatchLine
    manifest: Manifest
    url: str
    imported: str
    retrieved: str
    strands: tuple[str, ...]
    set_aside: tuple[tuple[str, str], ...]
    checks: tuple[Check, ...]
    revision: tuple[str, ...]
    revised: tuple[RevisedRow, ...]
    rejected: tuple[dict[str, str], ...]
    withdrawn: str
    files: tuple[tuple[str, str], ...]
    thread: Thread
    data_version: str


def data_page(asked: Asked) -> DataPage:
    """Everything imported, whether or not any of it is in use."""
    place = reading.served_place()
    ledger = reading.current_ledger()
    former = [m for m in reversed(ledger.all) if m.status != batches.ACTIVE]
    breaks, gaps, missing = _interruptions(ledger)
    return DataPage(
        place=place.areas.place,
        data_version=ledger.data_version,
        active=tuple(_line(m) for m in ledger.all if m.status == batches.ACTIVE),
        former=sheet_of(former, asked=asked, lines=lambda shown: map(_line, shown)),
        breaks=breaks,
        gaps=gaps,
        not_collected=missing,
    )


def batch_page(batch: str, *, standing: Standing) -> BatchPage:
    """NoSuchBatch for an unknown identifier."""
    ledger, manifest = _manifest(batch)
    place = reading.served_place()
    where = batch_address(batch)
    files = [
        (f"The published file, as received ({manifest.file_name})", f"{where}file"),
    ]
    if not manifest.holds_boundaries:
        files.append(("The figures read from it, as CSV", f"{where}facts.csv"))
    if manifest.rows_rejected:
        files.append(("The rejected rows with the reasons, as CSV", f"{where}rejected.csv"))
    withdrawn = ""
    if manifest.status == batches.WITHDRAWN:
        withdrawn = f"Withdrawn on {_date(manifest.withdrawn_at)}: {manifest.withdrawn_reason}"
    return BatchPage(
        line=_line(manifest),
        manifest=manifest,
        url=manifest.url,
        imported=_date(manifest.imported_at),
        retrieved=_date(manifest.retrieved),
        strands=tuple(taxonomy()[s].label for s in manifest.strands if s in taxonomy().codes),
        set_aside=tuple((why, f"{n:,}") for why, n in manifest.rows_set_aside.items()),
        checks=quality.report_of(place, batch).checks,
        revision=_revision(manifest),
        revised=_revised(place, batch),
        rejected=tuple(_rejected(batches.batch_folder(place, batch) / "rejected.csv")),
        withdrawn=withdrawn,
        files=tuple(files),
        thread=thread_of(f"batch:{batch}", standing=standing),
        data_version=ledger.data_version,
    )


def published_file(batch: str) -> tuple[Path, str]:
    """The published file of a batch and the name it came under."""
    _, manifest = _manifest(batch)
    return batches.published_file(reading.served_place(), manifest), manifest.file_name


def figures_of(batch: str) -> Manifest:
    """A batch that holds figures; NoSuchBatch also for one of boundaries."""
    _, manifest = _manifest(batch)
    if manifest.holds_boundaries:
        raise NoSuchBatch(f"{batch} holds boundaries, and no figures. Take its published file.")
    return manifest


def rejected_file(batch: str) -> Path:
    """The rejected rows of a batch of figures."""
    figures_of(batch)
    return batches.batch_folder(reading.served_place(), batch) / "rejected.csv"


def _manifest(batch: str) -> tuple[Ledger, Manifest]:
    ledger = reading.current_ledger()
    try:
        return ledger, ledger[batch]
    except batches.UnknownBatch as error:
        raise NoSuchBatch(str(error.args[0])) from None


def _line(m: Manifest) -> BatchLine:
    counted = [COUNTED.get(c, c).lower() for c in m.counted]
    return BatchLine(
        batch=m.batch,
        href=batch_address(m.batch),
        title=m.title,
        publisher=m.publisher,
        licence=licence_words(m),
        edition=_date(m.refresh_date) if m.refresh_date else m.edition,
        period=m.first_month.words
        if m.first_month == m.last_month
        else f"{m.first_month.words} to {m.last_month.words}",
        rows=f"{m.rows_accepted:,} accepted, {m.rows_rejected:,} rejected",
        counted=", ".join(counted),
        status=_STATUS[m.status],
        reason=m.withdrawn_reason or "",
        remarks=tuple(_revision_words(m)),
    )


def _revision_words(m: Manifest) -> Iterator[str]:
    if m.revision:
        things = "boundaries" if m.holds_boundaries else "figures"
        yield (
            f"Changed the edition before it: {m.revision.get('added', 0):,} {things} added, "
            f"{m.revision.get('removed', 0):,} removed, {m.revision.get('changed', 0):,} changed."
        )


def _revision(m: Manifest) -> tuple[str, ...]:
    """What the edition changed, in sentences."""
    if not m.revision:
        return ()
    reach = m.revision.get("months") or []
    first = Period(Month.parse(reach[0]), Month.parse(reach[1])).words if reach else ""
    return (
        *_revision_words(m),
        *((f"The changes lie in {first}.",) if first else ()),
        f"The edition before is {m.revision['since']}.",
    )


def _revised(place: Place, batch: str) -> tuple[RevisedRow, ...]:
    """The newest changes first, by area and month; the file of the batch holds them all."""
    found = revision_of(place, batch)
    if found is None:
        return ()
    newest = sorted(found.changes, key=lambda c: c.month, reverse=True)
    return tuple(
        RevisedRow(
            place.areas.name(c.area),
            Month.parse(c.month).words,
            COUNTED.get(c.counted, c.counted),
            *(c.added, c.removed, c.changed, c.total_before, c.total_after),
        )
        for c in newest[:_SHOWN_REVISED]
    )


def _rejected(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number >= _SHOWN_REJECTED:
                return
            yield {"row": row["row"], "column": row["column"], "reason": row["reason"]}


def _interruptions(
    ledger: Ledger,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    try:
        figures = reading.current()
    except reading.NothingHere:
        return (), (), ()
    panel: Panel = figures.offences
    breaks = tuple(f"{b.month.words}: {b.title}. {b.reason}" for b in panel.breaks)
    gaps = tuple(
        f"{gap.words}: no figures. Not zero: not known. {why}".strip() for gap, why in figures.gaps
    )
    late = []
    for strand in figures.strands:
        known = panel.coverage[:, panel.strand_index(strand.code)] == Coverage.VALUE
        first = panel.months[int(known.any(axis=0).argmax())]
        if first != panel.months[0]:
            late.append(f"{strand.label}: figures from {first.words} on")
    late += [f"{s.label}: not collected by the police" for s in figures.strands_not_collected]
    return breaks, gaps, tuple(late)


def _date(text: str | None) -> str:
    if not text:
        return ""
    return f"{datetime.fromisoformat(text):%-d %B %Y}"
