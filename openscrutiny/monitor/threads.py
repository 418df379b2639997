"""The monitor's part of the thread: how batches and findings are described to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openscrutiny.base.thread import Described, Kind
from openscrutiny.core.permits import Standing
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import NothingHere
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.finding import citations_of
from openscrutiny.warehouse.batches import ACTIVE, WITHDRAWN


def describe_batches(numbers: Sequence[str], _: Standing) -> Mapping[str, Described]:
    """Batches from the ledger; one that was withdrawn warns whatever rests on it."""
    ledger = {m.batch: m for m in reading.current_ledger().all}
    found = {}
    for number in numbers:
        if (manifest := ledger.get(number)) is None:
            continue
        warning, state = "", "in use"
        if manifest.status == WITHDRAWN:
            state = "withdrawn"
            warning = (
                f"A published file this rests on ({manifest.title}) was withdrawn: "
                f"{manifest.withdrawn_reason} Figures taken from it may be wrong."
            )
        elif manifest.status != ACTIVE:
            state = "superseded by a newer edition"
        found[number] = Described(manifest.title, f"/data/batches/{number}/", state, True, warning)
    return found


def describe_findings(numbers: Sequence[str], _: Standing) -> Mapping[str, Described]:
    """Findings by their sentence. One query."""
    rows = Finding.objects.filter(pk__in=numbers).values_list("id", "sentence")
    return {id: Described(sentence, f"/findings/{id}/") for id, sentence in rows}


def batches_behind(finding: Finding) -> tuple[str, ...]:
    """The batches a finding rests on, while the figures it was found in are in use; else none."""
    try:
        figures = reading.current()
    except NothingHere:
        return ()
    if finding.found_in.data_version != figures.data_version:
        return ()
    return tuple(c.batch for c in citations_of(finding, figures))


def upstream_of_findings(numbers: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The references of the batches behind findings. One query."""
    found = Finding.objects.select_related("found_in").filter(pk__in=numbers)
    return {f.pk: [f"batch:{b}" for b in batches_behind(f)] for f in found}


BATCH = Kind("batch", "Published file", describe_batches)
FINDING = Kind("finding", "Finding", describe_findings, upstream_of_findings)
