"""Boundaries in the warehouse: how they are kept, looked over, and held against an edition."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from openscrutiny.core.boundaries import Outlines, Point, Polygon
from openscrutiny.core.months import Month
from openscrutiny.warehouse.batches import batch_folder, sync_file
from openscrutiny.warehouse.places import Place
from openscrutiny.warehouse.quality import NOTE, PASSED, Check, QualityReport
from openscrutiny.warehouse.readers.polygons import Read
from openscrutiny.warehouse.revision import Change, Revision
from openscrutiny.warehouse.sources import Source

_NAME = "outlines.json"


def keep(outlines: Outlines, prepared: Path) -> None:
    """Write outlines, to the last digit, into the folder of a batch in the making."""
    plain = {"version": 1, "areas": dict(outlines)}
    (prepared / _NAME).write_text(json.dumps(plain, separators=(",", ":")), encoding="utf-8")
    sync_file(prepared / _NAME)


def outlines_of(place: Place, batch: str) -> Outlines:
    """The outlines a batch of boundaries holds; FileNotFoundError for any other batch."""
    kept = json.loads((batch_folder(place, batch) / _NAME).read_text(encoding="utf-8"))
    return {
        code: tuple(
            tuple(tuple((x, y) for x, y in ring) for ring in polygon) for polygon in polygons
        )
        for code, polygons in kept["areas"].items()
    }


def check(read: Read, source: Source, month: Month) -> QualityReport:
    """What a person should know of boundaries that were accepted. Notes, not refusals."""
    kinds, several = source.areas.kinds, len(read.outlines)
    aside = sum(read.set_aside.values())
    listed = "; ".join(read.set_aside)
    points = sum(_points(polygons) for polygons in read.outlines.values())
    return QualityReport(
        (
            Check(
                "areas_present",
                "Every area is in the file",
                PASSED,
                f"All {several} {kinds} have a boundary, drawn with {points:,} points.",
                {"present": several, "points": points},
            ),
            Check(
                "dated",
                "As of when",
                NOTE,
                f"The file carries no date. By its definition it shows the boundaries of "
                f"{month.words}; figures of other months are drawn on them all the same.",
                {"month": str(month)},
            ),
            Check(
                "outside",
                "Boundaries of other areas",
                NOTE if aside else PASSED,
                f"{aside} left out: {listed}." if aside else "There are none in the file.",
                dict(read.set_aside),
            ),
            _borders(read.outlines, source),
        )
    )


def compare(since: str, before: Outlines, after: Outlines, month: Month) -> Revision:
    """Which areas' outlines an edition changed; its sums are of the points they are drawn with."""
    changes = []
    for code in sorted({*before, *after}):
        old, new = before.get(code, ()), after.get(code, ())
        if old != new:
            how = (int(not old), int(not new), int(bool(old and new)))
            changes.append(Change(code, str(month), "boundary", *how, _points(old), _points(new)))
    return Revision(since, tuple(changes))


def _borders(outlines: Outlines, source: Source) -> Check:
    """Whether neighbours are drawn along the same points: only then do they stay side by side."""
    lines = {code: set(_lines(polygons)) for code, polygons in outlines.items()}
    times = Counter(line for own in lines.values() for line in own)
    shared = sum(n == 2 for n in times.values())
    crowded = sum(n > 2 for n in times.values())
    alone = [
        source.areas.name(code)
        for code, own in lines.items()
        if all(times[line] == 1 for line in own)
    ]
    sentence = f"Neighbours share {shared:,} pieces of border, point for point."
    if alone and len(outlines) > 1:
        sentence += (
            f" No piece is shared by {', '.join(alone)}: an island, or drawn along points of its "
            "own, so that slivers may show beside it."
        )
    if crowded:
        sentence += f" {crowded:,} pieces belong to more than two areas, which cannot be right."
    return Check(
        "borders",
        "Neighbours share their borders",
        NOTE if crowded or (alone and len(outlines) > 1) else PASSED,
        sentence,
        {"shared": shared, "alone": alone, "crowded": crowded},
    )


def _lines(polygons: tuple[Polygon, ...]) -> Iterator[frozenset[Point]]:
    for polygon in polygons:
        for ring in polygon:
            for a, b in zip(ring, ring[1:], strict=False):
                yield frozenset((a, b))


def _points(polygons: tuple[Polygon, ...]) -> int:
    return sum(len(ring) - 1 for polygon in polygons for ring in polygon)
