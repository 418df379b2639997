"""Boundaries come in by the door of figures: one test for each trap, and none is half accepted."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from openscrutiny.config.cli import main
from openscrutiny.warehouse.batches import batch_folder, open_ledger, published_file, withdraw
from openscrutiny.warehouse.boundaries import outlines_of
from openscrutiny.warehouse.ingest import ImportRefused, NotRecognised, import_file
from openscrutiny.warehouse.places import open_place
from openscrutiny.warehouse.quality import report_of
from openscrutiny.warehouse.queries import NothingImported, counts
from openscrutiny.warehouse.revision import revision_of
from openscrutiny.warehouse.sources import Source
from tests.warehouse.conftest import NOW
from tests.warehouse.published_files import (
    BARNET,
    boundary_features,
    mid_2020_rows,
    monthly_rows,
    square,
    write_csv,
    write_geojson,
)

Features = list[dict[str, Any]]
FIRST = "Barking and Dagenham"


def ring_of(features: Features, row: int = 0) -> list[list[float]]:
    return features[row]["geometry"]["coordinates"][0]


def test_boundaries_are_a_batch_like_any_other(bring, london, tmp_path):
    path = write_geojson(tmp_path / "whatever.txt", boundary_features())
    result = bring(path)
    assert result.outcome == "imported"
    assert result.messages[0] == "32 boundaries accepted, 0 rejected."
    manifest = open_ledger(london).boundaries
    assert manifest == result.manifest
    assert manifest.batch.startswith("london-boundaries-2013-12-")
    assert (manifest.publisher, manifest.licence_status) == (
        "Office for National Statistics",
        "stated",
    )
    assert manifest.file_name == "whatever.txt"
    assert (manifest.rows_in, manifest.rows_accepted, manifest.rows_rejected) == (32, 32, 0)
    assert (manifest.counted, manifest.strands, manifest.holds_boundaries) == ((), (), True)
    assert str(manifest.first_month) == str(manifest.last_month) == "2013-12"
    assert published_file(london, manifest).read_bytes() == path.read_bytes()
    assert bring(path).outcome == "already_here"
    held = outlines_of(london, manifest.batch)
    assert set(held) == set(london.areas.codes)
    assert held[BARNET] == ((tuple(map(tuple, square(3, 1))),),)
    kept = {p.name for p in batch_folder(london, manifest.batch).iterdir()}
    assert kept == {"manifest.json", "outlines.json", "quality.json"}


def test_boundaries_change_no_figure_and_no_data_version(bring, london, tmp_path):
    bring(write_csv(tmp_path / "m.csv", monthly_rows()))
    before, panel = open_ledger(london).data_version, counts(london)["offences"]
    manifest = bring(write_geojson(tmp_path / "b.geojson", boundary_features())).manifest
    assert open_ledger(london).data_version == before
    again = counts(london)
    assert set(again) == {"offences", "positive_outcomes"}
    assert again["offences"].version == panel.version == before
    assert np.array_equal(again["offences"].values, panel.values, equal_nan=True)
    withdraw(london, manifest.batch, reason="to see", by="tester", now=NOW)
    assert open_ledger(london).data_version == before
    assert open_ledger(london).boundaries is None


def test_a_place_with_boundaries_alone_has_no_figures(bring, london, tmp_path):
    bring(write_geojson(tmp_path / "b.geojson", boundary_features()))
    with pytest.raises(NothingImported, match="No figures of London are in use yet"):
        counts(london)


def test_the_quality_report_says_what_a_person_should_know(bring, london, tmp_path):
    features = boundary_features()
    far = next(f for f in features if f["properties"]["LAD13NM"] == "Sutton")
    far["geometry"]["coordinates"] = [square(0, 7.1)]
    manifest = bring(write_geojson(tmp_path / "b.geojson", features)).manifest
    checks = {c.id: c for c in report_of(london, manifest.batch).checks}
    assert list(checks) == ["areas_present", "dated", "outside", "borders"]
    assert "All 32 boroughs have a boundary, drawn with 128 points." in (
        checks["areas_present"].sentence
    )
    assert "boundaries of December 2013" in checks["dated"].sentence
    assert checks["outside"].result == "passed"
    assert checks["borders"].result == "note"
    assert "No piece is shared by Sutton" in checks["borders"].sentence


def test_two_areas_on_one_place_are_noted(bring, london, tmp_path):
    features = boundary_features()
    for row in (0, 1):
        features[row]["geometry"]["coordinates"] = [ring_of(features, 2)]
    manifest = bring(write_geojson(tmp_path / "b.geojson", features)).manifest
    (borders,) = [c for c in report_of(london, manifest.batch).checks if c.id == "borders"]
    assert "belong to more than two areas" in borders.sentence


# ---- the traps of the published files ------------------------------------------------------------


def test_the_file_with_old_codes_under_other_headings_is_not_recognised(bring, tmp_path):
    features = boundary_features()
    for feature in features:
        feature["properties"] = {"CODE": "00AD", "NAME": feature["properties"]["LAD13NM"]}
    with pytest.raises(NotRecognised, match=r"nearest is london-boundaries .*LAD13CD, LAD13NM"):
        bring(write_geojson(tmp_path / "b.geojson", features))


def test_an_old_code_under_the_right_heading_is_refused_and_the_code_in_use_named(
    bring, london, tmp_path
):
    features = boundary_features()
    features[2]["properties"]["LAD13CD"] = "00AD"
    with pytest.raises(ImportRefused) as refused:
        bring(write_geojson(tmp_path / "b.geojson", features))
    first, missing = refused.value.problems
    assert (first.row, first.column) == (3, "LAD13CD")
    assert first.message == (
        "“00AD Bexley” is not the code of a borough of London. Bexley has the code E09000004 here."
    )
    assert missing.message == "1 of 32 boroughs have no boundary in this file: Bexley."
    assert open_ledger(london).all == ()


def test_the_city_of_london_which_has_its_own_police_is_set_aside_by_name(bring, london, tmp_path):
    city = copy.deepcopy(boundary_features()[0])
    city["properties"] |= {"LAD13CD": "E09000001", "LAD13NM": "City of London"}
    manifest = bring(write_geojson(tmp_path / "b.geojson", [city, *boundary_features()])).manifest
    assert (manifest.rows_in, manifest.rows_accepted) == (33, 32)
    assert dict(manifest.rows_set_aside) == {
        "LAD13NM “City of London”: the City of London has its own police force": 1
    }
    assert "E09000001" not in outlines_of(london, manifest.batch)


def test_westminster_may_be_called_by_its_longer_name(bring, tmp_path):
    features = boundary_features()
    features[-1]["properties"]["LAD13NM"] = "City of Westminster"
    assert bring(write_geojson(tmp_path / "b.geojson", features)).outcome == "imported"


def test_a_file_of_the_whole_country_is_refused(bring, tmp_path):
    features = boundary_features()
    elsewhere = [copy.deepcopy(f) for f in features for _ in range(3)]
    for number, feature in enumerate(elsewhere):
        feature["properties"] |= {"LAD13CD": f"E07{number:06d}", "LAD13NM": f"Elsewhere {number}"}
    with pytest.raises(ImportRefused, match=r"of its areas only 25% are known to London"):
        bring(write_geojson(tmp_path / "b.geojson", [*features, *elsewhere]))


def test_islands_holes_and_heights_are_read(bring, london, tmp_path):
    features = boundary_features()
    west, south = square(0, 3)[0]
    hole = [[west + x, south + y, 12.5] for x, y in ((0.01, 0.01), (0.02, 0.02), (0.01, 0.02))]
    features[0]["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [[ring_of(features), [*hole, hole[0]]], [square(8, 3)]],
    }
    manifest = bring(write_geojson(tmp_path / "b.geojson", features)).manifest
    held = outlines_of(london, manifest.batch)["E09000002"]
    assert [len(polygon) for polygon in held] == [2, 1]
    assert held[0][1][0] == (hole[0][0], hole[0][1])


# ---- nothing half accepted -----------------------------------------------------------------------


def _ring(new: list[list[float]]) -> Callable[[Features], None]:
    return lambda features: features[0]["geometry"].update(coordinates=[new])


def _geometry(new: Any) -> Callable[[Features], None]:
    return lambda features: features[0].update(geometry=new)


def _properties(**new: Any) -> Callable[[Features], None]:
    return lambda features: features[0]["properties"].update(new)


def _metres(features: Features) -> None:
    for feature in features:
        ring = feature["geometry"]["coordinates"][0]
        feature["geometry"]["coordinates"] = [
            [530000 + x * 69000, 180000 + y * 111] for x, y in ring
        ]  # one level too few is another fault: the ring is put back below
        feature["geometry"]["coordinates"] = [feature["geometry"]["coordinates"]]


def _swapped(features: Features) -> None:
    for feature in features:
        ring = feature["geometry"]["coordinates"][0]
        feature["geometry"]["coordinates"] = [[[y, x] for x, y in ring]]


@pytest.mark.parametrize(
    ("spoil", "said", "to_do"),
    [
        (_properties(LAD13CD="E09000099", LAD13NM="Nowhere"), "is not the code of a borough", "ed"),
        (_properties(LAD13CD="", LAD13NM=""), "“(empty)” is not the code", "codes in use"),
        (_properties(LAD13CD="Barnet"), "“Barnet Barking and Dagenham” is not the code", "edit"),
        (_properties(LAD13CD=BARNET), "is that of Barnet, the name beside it is Bark", "publisher"),
        (_properties(LAD13CD=BARNET, LAD13NM="Barnet"), "stands twice: here and in row 1", "again"),
        (lambda f: f.pop(), "1 of 32 boroughs have no boundary in this file: Westminster.", "all"),
        (_geometry(None), f"{FIRST}: The boundary must be a polygon; there is none.", "again"),
        (_geometry({"type": "Point", "coordinates": [0.1, 51.5]}), "it is a Point", "again"),
        (_geometry({"type": "Polygon", "coordinates": []}), "The boundary is empty.", "again"),
        (_geometry({"type": "Polygon"}), "The boundary is empty.", "again"),
        (_geometry({"type": "MultiPolygon", "coordinates": [[]]}), "boundary is empty.", "again"),
        (_ring(square(7, 3)[:-1]), "is not closed, so it may have been cut off.", "again"),
        (_ring([]), "is not closed", "again"),
        (_ring([[0.1, 51.5]]), "is not closed", "again"),
        (_ring([[0.1, 51.5], [0.2, 51.5], [0.1, 51.5]]), "fewer than three corners", "again"),
        (
            _ring([[0.1, 51.5], [0.2, 51.5], [0.3, 51.5], [0.1, 51.5]]),
            "holds no surface",
            "again",
        ),
        (_ring([[0.1, "51.5"], [0.2, 51.5]]), "is not two numbers", "again"),
        (_ring([[0.1], [0.2, 51.5]]), "is not two numbers", "again"),
        (_ring([[True, 51.5], [0.2, 51.5]]), "is not two numbers", "again"),
        (_metres, "cannot be degrees: it looks like metres of a national grid", "EPSG:4326"),
        (_swapped, "has latitude and longitude the wrong way round", "longitude first"),
        (_ring(square(40, 3)), "lies outside where its areas can be: longitude -0.6", "undamaged"),
    ],
)
def test_one_wrong_boundary_and_nothing_is_imported(bring, london, tmp_path, spoil, said, to_do):
    features = boundary_features()
    spoil(features)
    with pytest.raises(ImportRefused) as refused:
        bring(write_geojson(tmp_path / "b.geojson", features))
    (found,) = [p for p in refused.value.problems if said in p.message][:1]
    assert to_do in found.what_to_do
    assert open_ledger(london).all == ()
    assert not (london.folder / "batches").exists()
    assert not (london.folder / "incoming").exists()


def test_many_problems_are_told_ten_at_a_time(bring, tmp_path):
    features = boundary_features()
    _swapped(features)
    with pytest.raises(ImportRefused) as refused:
        bring(write_geojson(tmp_path / "b.geojson", features))
    assert len(refused.value.problems) == 11
    assert refused.value.problems[-1].message == "22 more problems like these."


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ("urn:ogc:def:crs:EPSG::27700", "“urn:ogc:def:crs:EPSG::27700” (British National Grid"),
        ("EPSG:3857", "“EPSG:3857” (Web Mercator, in metres)"),
        ("EPSG:2154", "“EPSG:2154”, not longitude"),
        (None, "“unnamed”, not longitude"),
    ],
)
def test_another_coordinate_system_is_refused_by_its_name(bring, tmp_path, system, said):
    named = {"type": "name", "properties": {"name": system}}
    with pytest.raises(ImportRefused) as refused:
        bring(write_geojson(tmp_path / "b.geojson", boundary_features(), crs=named))
    assert said in refused.value.problems[0].message
    assert "EPSG:4326" in refused.value.problems[0].what_to_do


@pytest.mark.parametrize("system", ["EPSG:4326", "urn:ogc:def:crs:OGC::CRS84", "EPSG:4258"])
def test_longitude_and_latitude_go_by_several_names(bring, tmp_path, system):
    named = {"type": "name", "properties": {"name": system}}
    path = write_geojson(tmp_path / "b.geojson", boundary_features(), crs=named)
    assert bring(path).outcome == "imported"
    assert bring(write_geojson(tmp_path / "c.geojson", boundary_features(), crs=None)).manifest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "It is empty."),
        ("<!DOCTYPE html><html>Sign in</html>", "It is a web page or XML, not a data file."),
        ('{"type": "FeatureCollection", "features": [{"type": "Fea', "breaks off or is damaged"),
        ('{"type": "FeatureCollection", "features": []}', "without any area in it"),
        ('{"type": "FeatureCollection"}', "no GeoJSON collection of areas"),
        ('{"type": "FeatureCollection", "features": [7]}', "place 1 of its collection is no feat"),
        ('{"type": "Topology", "objects": {}}', "It is TopoJSON, not GeoJSON."),
        ('{"type": "Polygon", "coordinates": []}', "no GeoJSON collection of areas"),
        ("[1, 2, 3]", "no GeoJSON collection of areas"),
        ('{"features": NaN}', "“NaN” is no number in JSON."),
        ("[" * 100_000, "nested deeper than any file of boundaries"),
    ],
)
def test_what_is_no_file_of_boundaries_is_told_so(bring, tmp_path, text, said):
    path = tmp_path / "b.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotRecognised) as refused:
        bring(path)
    assert said in refused.value.problems[0].message


def test_a_number_too_large_for_any_place_is_no_number(bring, tmp_path):
    path = write_geojson(tmp_path / "b.geojson", boundary_features())
    text = path.read_text().replace("51.52", "1e999", 1)
    path.write_text(text)
    with pytest.raises(ImportRefused, match="is not two numbers"):
        bring(path)


def test_text_that_is_not_utf8_is_refused_and_a_byte_order_mark_is_not(bring, tmp_path):
    path = write_geojson(tmp_path / "b.geojson", boundary_features())
    marked = tmp_path / "marked.geojson"
    marked.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert bring(marked).outcome == "imported"
    late = path.read_bytes().replace(b"Westminster", b"Westm\xefnster")
    path.write_bytes(late)
    with pytest.raises(NotRecognised, match="not UTF-8"):
        bring(path)


def test_an_enormous_file_is_refused_before_it_is_read(bring, tmp_path):
    path = tmp_path / "b.geojson"
    path.write_bytes(b"{" + b" " * (33 * 2**20))
    with pytest.raises(NotRecognised, match="It is 33 MB of JSON; files of boundaries are below"):
        bring(path)
    padded = write_geojson(tmp_path / "c.geojson", boundary_features(), note="x" * (17 * 2**20))
    with pytest.raises(ImportRefused, match="files of this source are below 16 MB"):
        bring(padded)


def test_a_table_is_never_boundaries_and_boundaries_are_never_a_table(bring, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("LAD13CD,LAD13NM\nE09000003,Barnet\n")
    with pytest.raises(NotRecognised):
        bring(table)
    drawn = write_geojson(tmp_path / "b.geojson", boundary_features())
    with pytest.raises(ImportRefused, match="london-mid-2020 is a source of a table of figures; "):
        import_file(drawn, source_id="london-mid-2020", by="tester", now=NOW)
    figures = write_csv(tmp_path / "f.csv", mid_2020_rows())
    with pytest.raises(ImportRefused, match="this file holds a table of figures"):
        import_file(figures, source_id="london-boundaries", by="tester", now=NOW)


# ---- editions ------------------------------------------------------------------------------------


def test_a_new_edition_supersedes_says_what_it_changed_and_gives_way_when_withdrawn(
    bring, london, tmp_path
):
    first = bring(write_geojson(tmp_path / "a.geojson", boundary_features())).manifest
    features = boundary_features()
    ring_of(features, 1).insert(1, [-0.17, 51.575])
    second = bring(write_geojson(tmp_path / "b.geojson", features))
    assert second.outcome == "superseded"
    assert second.messages[0] == (
        "Takes the place of the edition of 2013-12: 0 boundaries added, 0 removed, 1 changed."
    )
    (change,) = revision_of(london, second.manifest.batch).changes
    assert (change.area, change.changed) == (BARNET, 1)
    assert (change.total_before, change.total_after) == (4, 5)
    assert open_ledger(london).boundaries == second.manifest
    gone, back = withdraw(london, second.manifest.batch, reason="wrong", by="tester", now=NOW)
    assert back.batch == open_ledger(london).boundaries.batch == first.batch
    with pytest.raises(ImportRefused, match="This file was withdrawn on"):
        bring(tmp_path / "b.geojson")
    assert gone.withdrawn_reason == "wrong"


def test_an_import_that_is_refused_leaves_the_boundaries_in_use(bring, london, tmp_path):
    first = bring(write_geojson(tmp_path / "a.geojson", boundary_features())).manifest
    with pytest.raises(ImportRefused):
        bring(write_geojson(tmp_path / "b.geojson", boundary_features()[:-1]))
    assert open_ledger(london).all == (first,)


def test_the_command_line_brings_boundaries_in_and_lists_them(home, tmp_path, capsys):
    path = write_geojson(tmp_path / "b.geojson", boundary_features())
    assert main(["import", str(path)]) == 0
    assert "Boundaries of London boroughs, December 2013" in capsys.readouterr().out
    assert main(["batches", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["batches"]
    assert listed["source"] == "london-boundaries"
    assert open_place("london").folder.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fixed": {}}, "month"),
        ({"columns": {"area_code": "LAD13CD"}}, r"boundaries need the columns \['area_name'\]"),
        ({"checks": {"box": [0.4, 51.2, -0.6, 51.8]}}, "it is west, south, east, north"),
        ({"keep": {"LAD13NM": "Barnet"}}, "boundaries are chosen by code"),
        ({"shape": "round"}, "it is long, wide or polygons"),
    ],
)
def test_a_definition_that_cannot_be_right_is_refused(change, said):
    whole = {
        "publisher": "p",
        "title": "t",
        "url": "u",
        "licence": "l",
        "licence_status": "stated",
        "areas": "london",
        "shape": "polygons",
        "columns": {"area_code": "LAD13CD", "area_name": "LAD13NM"},
        "fixed": {"month": "2013-12"},
        "sparse": False,
        "precedence": 1,
    }
    assert Source.parse("x", whole).shape == "polygons"
    with pytest.raises((ValueError, KeyError), match=said):
        Source.parse("x", whole | change)
