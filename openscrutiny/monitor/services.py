"""Every write about findings and batches: finding, bringing files in, withdrawing batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from numpy.typing import NDArray

from openscrutiny.base import access
from openscrutiny.base.models import User
from openscrutiny.base.moves import note
from openscrutiny.core import findings as core_findings
from openscrutiny.core import wording
from openscrutiny.core.checks import decide
from openscrutiny.core.findings import Method, testable
from openscrutiny.core.months import Month
from openscrutiny.core.nulls import Chance, chance
from openscrutiny.core.permits import Action
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import AS_FOUND, Finding, FindingSet
from openscrutiny.warehouse import batches
from openscrutiny.warehouse.batches import Manifest
from openscrutiny.warehouse.ingest import ImportResult, import_file
from openscrutiny.warehouse.places import Place

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Looked:
    """How much was looked at and how much of it chance would flag, for any choice of filter.

    ``tested`` and ``too_few`` count tests in each cell of (measures, areas, strands, months), the
    axes of ``by_chance``.
    """

    by_chance: Chance
    tested: NDArray[np.uint8]
    too_few: NDArray[np.uint8]

    def checked(self, **choice: Any) -> int:
        """How many tests a filter shows: any of measure, area, strand, month; None means all."""
        return int(self._part(self.tested, **choice).sum())

    def could_not_tell(self, **choice: Any) -> int:
        """How many figures a filter shows that were too small to test."""
        return int(self._part(self.too_few, **choice).sum())

    def expected(self, **choice: Any) -> float:
        """How many of those flagged chance alone would be expected to flag."""
        return self.by_chance.expected_where(**choice)

    def _part(
        self,
        cells: NDArray[np.uint8],
        *,
        measure: str | None = None,
        area: str | None = None,
        strand: str | None = None,
        month: Month | None = None,
    ) -> NDArray[np.uint8]:
        axes = self.by_chance
        chosen: list[slice | list[int]] = []
        for wanted, labels in (
            (measure, axes.measures),
            (area, axes.areas),
            (strand, axes.strands),
            (month, axes.months),
        ):
            if wanted is None:
                chosen.append(slice(None))
            elif wanted in labels:
                at = labels.index(wanted)  # type: ignore[arg-type]
                chosen.append(slice(at, at + 1))
            else:
                chosen.append(slice(0, 0))
        return cells[tuple(chosen)]


def compute_findings(
    *, place: Place, by: str, now: datetime, progress: Progress | None = None, processes: int = 1
) -> FindingSet:
    """Find, and find out how much chance would flag; keep both. Work done once is not repeated.

    ``progress`` is called with (done, of) while the null data sets are run. NothingHere where the
    place has no figures in use.
    """
    figures = reading.read(place, batches.open_ledger(place).data_version)
    method = reading.method_in_force()
    known = _known(figures, method)
    if known is not None and _kept_path(figures, method).exists():
        return known
    looked = _look(figures, method, progress, processes)
    return known or _store(figures, method, looked.by_chance, by=by, now=now)


def looked_at(figures: Figures, method: Method) -> Looked | None:
    """What ``compute_findings`` kept of how much was looked at, or None."""
    path = _kept_path(figures, method)
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = dict(kept)
    except FileNotFoundError:
        return None
    return Looked(Chance.from_arrays(arrays), arrays["tested"], arrays["too_few"])


def bring_in(*, path: Path, place: Place, by: User, now: datetime) -> ImportResult:
    """Import a published file and compute what it shows.

    NotPermitted or ImportRefused says why nothing changed. The audit event is written with the
    import; should the machine stop between the two, the ledger of batches still names who did it.
    """
    access.require(by, Action.IMPORT_FILE)
    with transaction.atomic():
        result = import_file(path, by=by.username, now=now, place=place)
        note(
            "monitor.batch.import",
            reference=f"batch:{result.manifest.batch}",
            action=Action.IMPORT_FILE,
            by=by,
            now=now,
            details={"outcome": result.outcome, "sha256": result.manifest.sha256},
        )
    if result.outcome in ("imported", "superseded"):
        _compute_if_any(place, by=by.username, now=now)
    return result


def withdraw_batch(*, place: Place, batch: str, reason: str, by: User, now: datetime) -> Manifest:
    """Take a batch out of use, for a reason that is shown, and compute what is left.

    NotPermitted, UnknownBatch or WithdrawalRefused says why nothing changed.
    """
    with transaction.atomic():
        note(
            "monitor.batch.withdraw",
            reference=f"batch:{batch}",
            action=Action.WITHDRAW_BATCH,
            by=by,
            now=now,
            details={"reason": reason},
        )
        gone, _ = batches.withdraw(place, batch, reason=reason, by=by.username, now=now)
    _compute_if_any(place, by=by.username, now=now)
    return gone


def _compute_if_any(place: Place, *, by: str, now: datetime) -> None:
    active = batches.open_ledger(place).active
    if any("offences" in m.counted for m in active):
        compute_findings(place=place, by=by, now=now)


def _known(figures: Figures, method: Method) -> FindingSet | None:
    return FindingSet.objects.filter(
        place=figures.place.id,
        data_version=figures.data_version,
        method_version=method.version,
    ).first()


def _kept_path(figures: Figures, method: Method) -> Path:
    name = f"{figures.data_version}-{method.version}.npz"
    return figures.place.folder / "nulls" / name


def _look(figures: Figures, method: Method, progress: Progress | None, processes: int) -> Looked:
    """Run the null data sets, count what was tested, and keep both in one file."""
    found = looked_at(figures, method)
    if found is not None:
        return found
    by_chance = chance(
        figures.measures.values(),
        figures.counts,
        whole=figures.whole,
        taxonomy=figures.taxonomy,
        datasets=settings.CHANCE_DATASETS,
        seed=settings.CHANCE_SEED,
        method=method,
        processes=processes,
        progress=progress,
    )
    tested, too_few = _tests(figures, method)
    path = _kept_path(figures, method)
    path.parent.mkdir(exist_ok=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    with written.open("wb") as file:
        np.savez_compressed(file, tested=tested, too_few=too_few, **by_chance.to_arrays())
    os.replace(written, path)
    return Looked(by_chance, tested, too_few)


def _tests(figures: Figures, method: Method) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """In each cell of (measures, areas, strands, months): tests made, and figures too small."""
    tested, too_few = [], []
    for measure in testable(figures.measures.values(), figures.counts):
        decision = decide(
            measure,
            figures.counts,
            whole=figures.whole,
            taxonomy=figures.taxonomy,
            method=method,
        )
        tested.append((~np.isnan(decision.q)).sum(axis=0, dtype=np.uint8))
        too_few.append(np.sum([t.too_few for t in decision.tests], axis=0, dtype=np.uint8))
    return np.stack(tested), np.stack(too_few)


def _store(
    figures: Figures, method: Method, by_chance: Chance, *, by: str, now: datetime
) -> FindingSet:
    found = core_findings.find(
        figures.measures.values(),
        figures.counts,
        whole=figures.whole,
        taxonomy=figures.taxonomy,
        method=method,
    )
    try:
        with transaction.atomic():
            made = FindingSet.objects.create(
                place=figures.place.id,
                data_version=figures.data_version,
                method_version=method.version,
                computed_at=now,
                computed_by=by,
                checked=found.checked,
                expected_by_chance=by_chance.expected,
                low=by_chance.low,
                high=by_chance.high,
                datasets=len(by_chance.totals),
            )
            Finding.objects.bulk_create(
                [as_row(finding, figures, found_in=made) for finding in found.findings],
                batch_size=200,
            )
    except IntegrityError:
        # Another process has stored the same set in the meantime: the same data and method.
        known = _known(figures, method)
        if known is None:
            raise
        return known
    return made


def as_row(
    finding: core_findings.Finding, figures: Figures, *, found_in: FindingSet | None = None
) -> Finding:
    """A finding with its words, as a row that nobody has stored yet."""
    measure = figures.measures[finding.measure]
    said: Mapping[str, Any] = {
        "measure": measure,
        "areas": figures.areas,
        "taxonomy": figures.taxonomy,
    }
    explained = wording.explain(finding, **said, breaks=figures.counts[measure.numerator].breaks)
    return Finding(
        found_in=found_in,
        is_whole=finding.scope == "whole",
        period_from=str(finding.period.first),
        period_to=str(finding.period.last),
        baseline_from=str(finding.baseline.first),
        baseline_to=str(finding.baseline.last),
        size=abs(finding.percent),
        sentence=wording.sentence(finding, **said),
        how_likely=explained.how_likely,
        could_explain=list(explained.could_explain),
        cannot_tell=list(explained.cannot_tell),
        **{name: getattr(finding, name) for name in AS_FOUND},
    )
