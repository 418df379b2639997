"""The boundaries of London as they were published, from the file to the paper."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from openscrutiny.core.boundaries import Outlines, Sheet, on_grid, simplified
from openscrutiny.warehouse.batches import open_ledger
from openscrutiny.warehouse.boundaries import outlines_of
from openscrutiny.warehouse.quality import report_of

pytestmark = pytest.mark.real

# Square kilometres of land, to the nearest half, as anyone can look them up.
LAND = {
    "Barnet": 86.5,
    "Bromley": 150.0,
    "Croydon": 86.5,
    "Hillingdon": 115.5,
    "Islington": 15.0,
    "Kensington and Chelsea": 12.0,
    "Westminster": 21.5,
}
_DEGREE = 111.2  # kilometres of a degree of latitude


@pytest.fixture(scope="module")
def outlines(london) -> Outlines:
    return outlines_of(london, open_ledger(london).boundaries.batch)


@pytest.fixture(scope="module")
def sheet(outlines) -> Sheet:
    return on_grid(outlines, width=7160, height=7160)


def surface(ring) -> float:
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def land(sheet: Sheet, code: str) -> float:
    """Square steps of an area; in London none has a hole."""
    assert all(len(polygon) == 1 for polygon in sheet.shapes[code])
    return sum(surface(polygon[0]) for polygon in sheet.shapes[code])


def test_the_file_is_recognised_by_what_it_holds_and_changes_no_data_version(london):
    ledger = open_ledger(london)
    manifest = ledger.boundaries
    assert (manifest.file_name, manifest.source) == ("boroughsGeo.json", "london-boundaries")
    assert (manifest.rows_in, manifest.rows_accepted) == (32, 32)
    assert manifest not in ledger.figures
    assert len(ledger.figures) == len(ledger.active) - 1


def test_the_file_with_the_old_codes_was_left_alone(london):
    assert not [m for m in open_ledger(london).all if "simple" in m.file_name]


def test_every_borough_has_neighbours_along_the_same_points(london):
    batch = open_ledger(london).boundaries.batch
    checks = {c.id: c for c in report_of(london, batch).checks}
    assert checks["borders"].result == "passed"
    assert checks["borders"].numbers == {"shared": 2043, "alone": [], "crowded": 0}
    assert checks["areas_present"].numbers == {"present": 32, "points": 6097}


def test_the_boroughs_are_as_large_as_they_are(london, outlines, sheet):
    points = [p for polygons in outlines.values() for q in polygons for p in q[0]]
    kilometres = (max(y for _, y in points) - min(y for _, y in points)) * _DEGREE
    step = kilometres / sheet.height
    for name, known in LAND.items():
        found = land(sheet, london.areas.find(name).code) * step**2
        assert found == pytest.approx(known, rel=0.03), name


def test_on_paper_no_border_is_torn_and_no_borough_changes_by_much(sheet):
    drawn = simplified(sheet, 8)
    rings = [r for shape in drawn.shapes.values() for polygon in shape for r in polygon]
    lines = Counter(frozenset(e) for r in rings for e in zip(r, (*r[1:], r[0]), strict=True))
    assert set(lines.values()) == {1, 2}
    assert sum(len(r) for r in rings) < 3000
    for code in sheet.shapes:
        assert land(drawn, code) == pytest.approx(land(sheet, code), rel=0.02)


def test_the_city_of_london_is_a_gap_in_the_middle(sheet):
    middle = (sheet.width / 2, sheet.height / 2)
    nearest = min(
        math.dist(middle, p)
        for shape in sheet.shapes.values()
        for polygon in shape
        for p in polygon[0]
    )
    assert nearest < sheet.width / 10
    assert "E09000001" not in sheet.shapes
