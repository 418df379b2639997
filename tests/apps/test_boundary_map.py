"""The boundary map: the tile map's figures on imported boundaries, absent where there are none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from openscrutiny.core.permits import Role
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.charts import outlines, tiles
from openscrutiny.monitor.charts.drawing import NARROW, WIDE, Drawing
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import FindingSet
from openscrutiny.monitor.pages.graphs.where import where_charts
from openscrutiny.monitor.pages.measure import measure_page
from openscrutiny.monitor.pages.strand import strand_page
from openscrutiny.warehouse.batches import open_ledger, published_file, withdraw
from openscrutiny.warehouse.boundaries import outlines_of
from openscrutiny.warehouse.ingest import import_file
from openscrutiny.warehouse.places import Place
from tests.apps.test_measure_pages import TODAY
from tests.city import NOW
from tests.people import person

pytestmark = pytest.mark.django_db

NAMES = {"id": "m", "title": "T", "description": "D"}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(page: str) -> list[ElementTree.Element]:
    """The drawings of the boundary map on a page, wide and narrow."""
    found = re.findall(r'<svg[^>]*aria-labelledby="map-boundaries-.*?</svg>', page, re.S)
    return [ElementTree.fromstring(svg) for svg in found]


def without_boundaries(place: Place) -> str:
    manifest = open_ledger(place).boundaries
    assert manifest is not None
    withdraw(place, manifest.batch, reason="to see", by="a test", now=NOW)
    return manifest.batch


@pytest.mark.parametrize("address", ["/strands/all/", "/measures/offences_per_1000/"])
def test_the_map_stands_beneath_the_tile_map_named_and_with_its_source(
    client: Client, served: Place, address: str
) -> None:
    page = client.get(address).content.decode()
    assert page.index('id="map"') < page.index('id="map-boundaries"')
    wide, narrow = drawn(page)
    for svg in (wide, narrow):
        assert svg.get("role") == "img"
        named = [svg.find(f"{SVG}{tag}") for tag in ("title", "desc")]
        assert [e.get("id") for e in named if e is not None] == svg.get("aria-labelledby").split()
        assert all(e is not None and e.text for e in named)
        assert len(svg.findall(f"{SVG}path")) == 32
    manifest = open_ledger(served).boundaries
    assert manifest is not None
    figure = page[page.index('id="map-boundaries"') :].split("</figure>")[0]
    assert f'href="/data/batches/{manifest.batch}/"' in figure
    assert "Aldermere Statistics Office (invented)" in figure
    assert "Boundaries of December 2013." in figure
    assert "<script" not in figure
    assert "style=" not in figure


def test_its_table_is_the_tile_maps_and_every_number_in_it_is_from_there(figures: Figures) -> None:
    tile, lie = strand_page("all").maps
    assert (lie.columns, lie.rows, lie.csv) == (tile.columns, tile.rows, tile.csv)
    assert [row[0] for row in lie.rows] == sorted(a.name for a in figures.areas.areas)
    figures_there = {row[2] for row in lie.rows}
    for svg in (lie.wide, lie.narrow):
        printed = re.findall(r'class="c-text c-strong"[^>]*>([^<]+)<', svg)
        assert printed
        assert set(printed) <= figures_there
    numbers = re.findall(r'class="c-text c-strong"[^>]*>([^<]+)<', lie.wide)
    assert len(numbers) >= 30
    shades = [re.findall(r"c-tile-\w+", svg) for svg in (tile.wide, lie.wide)]
    assert sorted(shades[0]) == sorted(shades[1])


def test_nothing_on_it_is_ranked_or_called_better(client: Client) -> None:
    page = client.get("/strands/all/").content.decode()
    figure = page[page.index('id="map-boundaries"') :].split("</figure>")[0].lower()
    assert "not a better or a worse one" in figure
    assert not re.search(r"highest|lowest|\bworst\b|\bbest\b|\brank", figure)


def test_each_measure_has_its_own_map(figures: Figures) -> None:
    for measure in ("outcomes_per_100", "share_of_whole", "recorded_offences"):
        shown = measure_page(measure, today=TODAY).shown
        assert shown is not None
        assert [c.id for c in shown.maps] == ["map", "map-boundaries"]


def test_where_no_area_has_a_figure_there_is_no_map(figures: Figures) -> None:
    first = figures.offences.months[0]
    asked: dict[str, Any] = {"strand": "all", "id": "m", "title": "t", "sentence": "s"}
    assert where_charts(figures, measure="year_on_year", month=first, **asked) == ()


def test_without_boundaries_there_is_the_tile_map_alone_and_the_findings_stay(
    client: Client, another_city: Place
) -> None:
    services.compute_findings(place=another_city, by="a test", now=NOW)
    version, sets = reading.current().data_version, FindingSet.objects.count()
    batch = without_boundaries(another_city)
    for address in ("/strands/all/", "/measures/offences_per_1000/"):
        page = client.get(address).content.decode()
        assert 'id="map"' in page
        assert "map-boundaries" not in page
    assert reading.current().data_version == version
    assert "to see" in client.get(f"/data/batches/{batch}/").content.decode()
    assert FindingSet.objects.count() == sets


def test_bringing_boundaries_in_on_the_page_computes_no_finding_anew(
    another_city: Place, tmp_path: Path
) -> None:
    services.compute_findings(place=another_city, by="a test", now=NOW)
    sets = list(FindingSet.objects.values_list("pk", flat=True))
    manifest = open_ledger(another_city).boundaries
    assert manifest is not None
    moved = tmp_path / "b.geojson"
    moved.write_text(published_file(another_city, manifest).read_text() + "\n")
    analyst = person(Role.ANALYST)
    result = services.bring_in(path=moved, place=another_city, by=analyst, now=NOW)
    assert result.outcome == "superseded"
    assert list(FindingSet.objects.values_list("pk", flat=True)) == sets


def test_the_batch_is_shown_as_boundaries_and_offers_no_figures(
    client: Client, served: Place
) -> None:
    manifest = open_ledger(served).boundaries
    assert manifest is not None
    address = f"/data/batches/{manifest.batch}/"
    page = client.get(address).content.decode()
    assert "Boundaries as of December 2013; no figure rests on them" in page
    assert "facts.csv" not in page
    assert b"".join(client.get(f"{address}file").streaming_content).startswith(b"{")
    for name in ("facts.csv", "rejected.csv"):
        assert client.get(f"{address}{name}").status_code == 404
    listed = client.get("/data/").content.decode()
    assert "Boundaries as of December 2013." in listed
    assert "Boundaries: 32 accepted, 0 rejected" in listed


def test_the_newest_data_on_the_home_page_are_figures(client: Client, served: Place) -> None:
    manifest = open_ledger(served).boundaries
    assert manifest is not None
    assert manifest.batch not in client.get("/").content.decode()


def test_a_newer_edition_says_which_boundaries_it_changed(
    client: Client, another_city: Place, tmp_path: Path
) -> None:
    manifest = open_ledger(another_city).boundaries
    assert manifest is not None
    text = published_file(another_city, manifest).read_text()
    corner = re.search(r"\[\[\[(-39\.\d+|-40\.\d+), (\d+\.\d+)\]", text)
    assert corner is not None
    again = text.replace(corner[0], f"[[[{corner[1]}, {corner[2]}], [{corner[1]}, {corner[2]}]", 1)
    (tmp_path / "b.geojson").write_text(again)
    made = import_file(tmp_path / "b.geojson", by="a test", now=NOW, place=another_city).manifest
    page = client.get(f"/data/batches/{made.batch}/").content.decode()
    assert "0 boundaries added, 0 removed, 1 changed" in page
    assert "The sums are of the points that each boundary is drawn with." in page


def test_an_area_that_has_no_boundary_is_named(
    figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = figures.areas.areas[0]
    monkeypatch.setattr(outlines.Plan, "shows", lambda _, code: code != first.code)
    _, lie = strand_page("all").maps
    assert f"Too small to be drawn, or without a boundary: {first.name}." in lie.legend
    assert lie.wide.count("<path") == 31


# ---- the drawing ---------------------------------------------------------------------------------


def test_a_surface_is_written_as_short_steps_with_its_hole() -> None:
    paper = Drawing(WIDE)
    ring = [(10, 20), (110, 20), (110, 125)]
    paper.outline("c-tile", [ring, [(50, 40), (60, 40), (60, 50)]], 10)
    assert paper.shapes == [
        '<path class="c-tile" d="M1 2l10 0 0 10.5zM5 4l1 0 0 1z" fill-rule="evenodd"/>'
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_map_fits_its_paper_and_stays_small(served: Place, size: Any) -> None:
    manifest = open_ledger(served).boundaries
    assert manifest is not None
    plan = outlines.plan(outlines_of(served, manifest.batch), size)
    assert plan.size.width == size.width
    assert all(plan.shows(code) for code in served.areas.codes)
    assert not plan.shows("elsewhere")
    points = [p for s in plan.surfaces.values() for q in s.shape for ring in q for p in ring]
    assert min(x for x, _ in points) >= 20
    assert max(x for x, _ in points) <= (size.width - 2) * outlines.STEPS
    assert max(y for _, y in points) <= (plan.size.height - 1) * outlines.STEPS
    areas = served.areas
    on_tiles = tiles.tile_map(areas, {c: float(i) for i, c in enumerate(areas.codes)}, 1).tiles
    svg = outlines.draw(plan, dict(zip(areas.codes, on_tiles, strict=True)), **NAMES)
    assert len(svg) < 40_000


def test_an_area_without_a_figure_is_an_outline_with_a_dash(served: Place) -> None:
    square = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
    plan = outlines.plan({"a": ((square,),)}, WIDE)
    tile = tiles.Tile(0, 0, "Here", "Her", "no figure", None)
    svg = outlines.draw(plan, {"a": tile}, **NAMES)
    assert "c-tile-none" in svg
    assert ">–<" in svg
    assert ">Her<" in svg
    full = outlines.draw(plan, {"a": replace(tile, words="7.5", step=4)}, **NAMES)
    assert "c-tile-4" in full
    assert ">7.5<" in full


def test_a_number_without_room_is_left_to_the_table() -> None:
    sliver = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.004), (0.0, 0.004), (0.0, 0.0))
    block = ((0.0, 0.1), (1.0, 0.1), (1.0, 1.0), (0.0, 1.0), (0.0, 0.1))
    speck = ((2.0, 0.0), (2.00001, 0.0), (2.00001, 0.00001), (2.0, 0.0))
    plan = outlines.plan({"s": ((sliver,),), "b": ((block,),), "p": ((speck,),)}, WIDE)
    named = {c: tiles.Tile(0, 0, c, c.upper(), f"1{c}", 1) for c in "sbp"}
    svg = outlines.draw(plan, named, **NAMES)
    assert ">1b<" in svg
    assert ">1s<" not in svg
    assert [plan.shows(code) for code in "sbp"] == [True, True, False]
    assert svg.count("<path") == 2
