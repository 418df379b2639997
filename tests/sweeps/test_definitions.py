"""Every definition file loads, and what one names the others know."""

from datetime import date
from pathlib import Path

import pytest

from openscrutiny.core.months import Month
from openscrutiny.warehouse import definitions, sources

FILES = sorted(definitions.folder().rglob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_definition_file_is_loaded(path: Path) -> None:
    loaded = {
        "areas": definitions.area_sets,
        "enquiries": definitions.enquiries,
        "measures": definitions.measures,
        "sources": sources.sources,
    }
    if path.parent == definitions.folder():
        assert path.name == "strands.yaml"
        assert definitions.taxonomy().strands
    elif path.parent.name == "forums":
        assert path.stem in {definitions.terms(areas).id for areas in definitions.area_sets()}
    else:
        assert path.stem in loaded[path.parent.name]()


def test_every_source_speaks_of_known_areas_and_strands() -> None:
    strands = set(definitions.taxonomy().codes)
    for source in sources.sources().values():
        assert source.areas.id in definitions.area_sets(), source.id
        assert set(source.strands.values()) <= strands, source.id


def test_no_area_set_puts_two_areas_on_one_tile() -> None:
    for areas in definitions.area_sets().values():
        tiles = [a.tile for a in areas.areas]
        assert len(set(tiles)) == len(tiles), areas.id


def test_every_area_set_places_each_area_in_one_group_at_a_time() -> None:
    for areas in definitions.area_sets().values():
        for month in (Month.of(2019, 6), Month.of(2025, 1)):
            members = [
                code
                for group in areas.groups
                if group.valid_from <= month and (group.valid_to is None or month <= group.valid_to)
                for code in group.members
            ]
            assert sorted(members) == sorted(set(members)), areas.id


def test_every_measure_is_due_for_review_and_says_its_doubts() -> None:
    for measure in definitions.measures().values():
        assert measure.review_by > Month.of(2026, 1), measure.id
        assert measure.caveats, measure.id
        assert measure.explanations, measure.id
        assert measure.unknowns, measure.id


def test_every_line_of_enquiry_and_forum_is_dated() -> None:
    for enquiry in definitions.enquiries().values():
        assert enquiry.review_on > date(2026, 1, 1), enquiry.id
    for areas in definitions.area_sets():
        assert definitions.terms(areas).valid_from <= date(2026, 1, 1), areas


def test_every_forum_deals_with_each_strand_of_hate_crime_and_not_with_sums_of_them() -> None:
    tree = definitions.taxonomy()
    joined = {tree.total.code, "race_religion"}
    inside = {child.code for child in tree.children("religion")}
    for areas in definitions.area_sets():
        assert set(definitions.terms(areas).strands) == set(tree.codes) - joined - inside, areas
