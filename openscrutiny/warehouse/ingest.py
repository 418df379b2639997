"""From a published file to a batch in use: the one way figures and boundaries come in."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from openscrutiny.core.months import Month
from openscrutiny.warehouse import boundaries, geojson, quality, revision
from openscrutiny.warehouse.batches import (
    ACTIVE,
    SUPERSEDED,
    WITHDRAWN,
    Ledger,
    Manifest,
    add,
    batch_folder,
    changing,
    open_ledger,
    sync_file,
    write_json,
)
from openscrutiny.warehouse.engine import Engine, EngineError, quoted
from openscrutiny.warehouse.facts import Sorter, Sorting
from openscrutiny.warehouse.gates import pass_gates
from openscrutiny.warehouse.places import Place, open_place
from openscrutiny.warehouse.quality import QualityReport
from openscrutiny.warehouse.readers import Staged, long, polygons, wide
from openscrutiny.warehouse.received import Glance, glance, take_in
from openscrutiny.warehouse.recognition import recognise, unreadable
from openscrutiny.warehouse.refusals import ImportRefused, NotRecognised, Problem
from openscrutiny.warehouse.revision import Revision
from openscrutiny.warehouse.sources import Source

__all__ = ["ImportRefused", "ImportResult", "NotRecognised", "Problem", "import_file"]

_READERS: Mapping[str, Callable[[Engine, Source, Path, str, tuple[str, ...]], Staged]] = {
    "long": long.stage,
    "wide": wide.stage,
}
# Holds what was read against the edition before it.
_Compared = Callable[[Manifest], Revision]


@dataclass(frozen=True)
class ImportResult:
    """What became of a file: ``imported``, ``already_here``, ``superseded`` (it took the place of
    an earlier edition) or ``older_edition`` (kept, not used). ``messages`` are for the person."""

    place: Place
    manifest: Manifest
    outcome: str
    messages: tuple[str, ...]


def import_file(
    path: Path,
    *,
    source_id: str | None = None,
    by: str,
    now: datetime,
    place: Place | None = None,
    engine: Engine | None = None,
) -> ImportResult:
    """Bring in one published file. All of it is in use afterwards, or none of it.

    The source is recognised by shape, columns and areas unless ``source_id`` names it; ``place``
    narrows the choice. With an ``engine`` several files in turn need not start one each.
    NotRecognised: the file is of no known source. ImportRefused: it is, but nothing of it can be
    accepted; rejected rows are then kept in ``refused/`` of the place.
    """
    with engine.session() if engine else Engine() as session:
        seen = glance(session, path)
        source = recognise(session, seen, source_id=source_id, place=place.id if place else None)
        where = place or open_place(source.areas.id)
        return _bring_in(session, seen, source, where, by=by, now=now)


def _bring_in(
    engine: Engine, seen: Glance, source: Source, where: Place, *, by: str, now: datetime
) -> ImportResult:
    with changing(where) as incoming:
        engine.spill_to(incoming)
        copy = incoming / ("file." + seen.form)
        sha256 = take_in(seen, copy)
        ledger = open_ledger(where)
        here = _already_here(ledger, source, sha256, seen.path.name)
        if here is not None:
            return ImportResult(where, here, "already_here", (_still(here),))
        arrival = _Arrival(engine, where, source, seen, copy, sha256, by, now)
        return arrival.settle(ledger, incoming)


@dataclass(frozen=True)
class _Arrival:
    """One file on its way in, inside the lock of its place."""

    engine: Engine
    place: Place
    source: Source
    seen: Glance
    copy: Path
    sha256: str
    by: str
    now: datetime

    def settle(self, ledger: Ledger, incoming: Path) -> ImportResult:
        """Read, judge, check and store the file; ImportRefused leaves everything as it was."""
        prepared = incoming / "batch"
        prepared.mkdir()
        read_in = self._boundaries if self.source.shape == "polygons" else self._figures
        made, report, compared = read_in(prepared)
        write_json(prepared / "quality.json", report.to_json())
        before = ledger.in_use(self.source.id)
        manifest, outcome = self._against(made, before, prepared, compared)
        add(self.place, manifest, prepared=prepared, received=self.copy)
        messages = (_said(manifest, outcome, before), *report.remarks())
        return ImportResult(self.place, manifest, outcome, messages)

    def _figures(self, prepared: Path) -> tuple[Manifest, QualityReport, _Compared]:
        """A table's facts in the folder of the batch; ImportRefused where it cannot be right."""
        engine, source, name = self.engine, self.source, self.seen.path.name
        staged = self._stage()
        sorter = Sorter(
            engine, source, file_name=name, today=Month.of(self.now.year, self.now.month)
        )
        sorting = sorter.sort()
        sorter.write_rejected(prepared / "rejected.csv")
        self._refuse_too_many(sorting, prepared)
        pass_gates(engine, source, name)
        report = quality.check(engine, source, sorting.edition)
        facts = prepared / "facts.parquet"
        engine.run(f"COPY facts TO {quoted(str(facts))} (FORMAT parquet)")
        sync_file(facts)

        def compared(old: Manifest) -> Revision:
            kept = batch_folder(self.place, old.batch) / "facts.parquet"
            return revision.compare(engine, old.batch, kept)

        return self._manifest(staged, sorting), report, compared

    def _boundaries(self, prepared: Path) -> tuple[Manifest, QualityReport, _Compared]:
        """The same for a file of boundaries, which has outlines and no figures."""
        source = self.source
        month = Month.parse(source.fixed["month"])
        held = geojson.load(self.copy)
        read = polygons.read(held, source, self.seen.path.name)
        boundaries.keep(read.outlines, prepared)
        made = self._described(
            edition=str(month),
            first_month=month,
            last_month=month,
            rows_in=len(held.features),
            rows_accepted=len(read.outlines),
            rows_set_aside=read.set_aside,
        )

        def compared(old: Manifest) -> Revision:
            outlines = boundaries.outlines_of(self.place, old.batch)
            return boundaries.compare(old.batch, outlines, read.outlines, month)

        return made, boundaries.check(read, source, month), compared

    def _stage(self) -> Staged:
        try:
            return _READERS[self.source.shape](
                self.engine, self.source, self.copy, self.seen.form, self.seen.header
            )
        except EngineError as error:
            raise ImportRefused([unreadable(self.seen.path.name, error)]) from None

    def _refuse_too_many(self, sorting: Sorting, prepared: Path) -> None:
        allowed = self.source.checks.rejected_share
        if sorting.rejected_figures <= allowed * sorting.figures and sorting.figures:
            return
        kept = self.place.folder / "refused" / self.sha256[:12]
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(prepared / "rejected.csv", kept / "rejected.csv")
        share = sorting.rejected_figures / max(1, sorting.figures)
        summary = Problem(
            self.seen.path.name,
            f"{sorting.rejected_figures:,} of {sorting.figures:,} figures ({share:.1%}) were "
            f"rejected; from this source at most {allowed:.0%} may be, so nothing was imported.",
            f"The rejected rows and the reasons are in {kept / 'rejected.csv'}.",
        )
        raise ImportRefused((summary, *sorting.problems))

    def _manifest(self, staged: Staged, sorting: Sorting) -> Manifest:
        engine, facts = self.engine, "FROM facts WHERE level <> 'hole'"
        ((first, last),) = engine.rows(f"SELECT min(month), max(month) {facts}")
        counted = engine.rows(f"SELECT DISTINCT counted {facts} ORDER BY counted")
        strands = engine.rows(f"SELECT DISTINCT strand {facts} ORDER BY strand")
        return self._described(
            edition=sorting.edition or f"{last:%Y-%m}",
            refresh_date=sorting.edition or None,
            rows_in=staged.rows_in,
            rows_accepted=staged.rows_in - sum(staged.set_aside.values()) - sorting.rejected_rows,
            rows_rejected=sorting.rejected_rows,
            rows_set_aside=staged.set_aside,
            first_month=Month.of(first.year, first.month),
            last_month=Month.of(last.year, last.month),
            counted=tuple(c for (c,) in counted),
            strands=tuple(s for (s,) in strands),
        )

    def _described(
        self,
        *,
        edition: str,
        first_month: Month,
        last_month: Month,
        rows_in: int,
        rows_accepted: int,
        rows_set_aside: Mapping[str, int],
        rows_rejected: int = 0,
        refresh_date: str | None = None,
        counted: tuple[str, ...] = (),
        strands: tuple[str, ...] = (),
    ) -> Manifest:
        """The manifest of what was read, with what is known of the source and of the file."""
        file_date = datetime.fromtimestamp(self.seen.path.stat().st_mtime, UTC)
        read = hashlib.sha256((self.sha256 + self.source.map_version).encode()).hexdigest()[:8]
        source = self.source
        return Manifest(
            batch=f"{source.id}-{edition}-{read}",
            source=source.id,
            publisher=source.publisher,
            licence=source.licence,
            licence_status=source.licence_status,
            title=source.title,
            url=source.url,
            file_name=self.seen.path.name,
            sha256=self.sha256,
            retrieved=f"{file_date:%Y-%m-%d}",
            refresh_date=refresh_date,
            edition=edition,
            imported_at=self.now.isoformat(timespec="seconds"),
            imported_by=self.by,
            rows_in=rows_in,
            rows_accepted=rows_accepted,
            rows_rejected=rows_rejected,
            rows_set_aside=rows_set_aside,
            first_month=first_month,
            last_month=last_month,
            counted=counted,
            strands=strands,
            map_version=source.map_version,
        )

    def _against(
        self,
        manifest: Manifest,
        before: Manifest | None,
        prepared: Path,
        compared: _Compared,
    ) -> tuple[Manifest, str]:
        """Hold a new batch against the one in use, and decide which of them is used."""
        if before is None:
            return manifest, "imported"
        if manifest.edition < before.edition:
            return replace(manifest, status=SUPERSEDED), "older_edition"
        changes = compared(before)
        write_json(prepared / "revision.json", changes.to_json())
        return replace(manifest, revision=changes.summary()), "superseded"


def _already_here(ledger: Ledger, source: Source, sha256: str, file_name: str) -> Manifest | None:
    """The batch that this file, read with this column map, has made before."""
    same = (m for m in ledger.all if (m.source, m.sha256) == (source.id, sha256))
    here = next((m for m in same if m.map_version == source.map_version), None)
    if here is not None and here.status == WITHDRAWN:
        raise ImportRefused(
            [
                Problem(
                    file_name,
                    f"This file was withdrawn on {here.withdrawn_at} by {here.withdrawn_by}: "
                    f"{here.withdrawn_reason}",
                    "It is not taken back silently: ask the publisher for a corrected edition.",
                )
            ]
        )
    return here


def _said(manifest: Manifest, outcome: str, before: Manifest | None) -> str:
    """What happened to the file, in one sentence."""
    if outcome == "older_edition" and before is not None:
        return (
            f"This edition ({manifest.edition}) is older than the one in use ({before.edition}). "
            "It is kept as history and not used."
        )
    if outcome == "superseded" and before is not None:
        changes = manifest.revision or {}
        things = "boundaries" if manifest.holds_boundaries else "figures"
        return (
            f"Takes the place of the edition of {before.edition}: {changes.get('added', 0):,} "
            f"{things} added, {changes.get('removed', 0):,} removed, "
            f"{changes.get('changed', 0):,} changed."
        )
    aside = sum(manifest.rows_set_aside.values())
    things = "boundaries" if manifest.holds_boundaries else "rows"
    return f"{manifest.rows_accepted:,} {things} accepted, {manifest.rows_rejected:,} rejected" + (
        f", {aside:,} set aside as the source's definition says." if aside else "."
    )


def _still(here: Manifest) -> str:
    if here.status == ACTIVE:
        return "This file is already here and in use; nothing was changed."
    return "This file is already here, superseded by a newer edition; nothing was changed."
