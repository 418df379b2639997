"""Areas, the labels they answer to and their dated groups."""

from typing import Any

import pytest

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.months import Month


def definition(**changes: Any) -> dict[str, Any]:
    return {
        "place": "Town",
        "whole": "Town (2 wards)",
        "kind": "ward",
        "kinds": "wards",
        "police": "the Town Police",
        "areas": [
            {"code": "T1", "name": "North and West", "tile": [0, 0], "aliases": ["Northwest"]},
            {"code": "T2", "name": "South", "tile": [0, 1]},
        ],
        "groups": [
            {"name": "Old", "valid_from": "2018-01", "valid_to": "2019-12", "members": ["T1"]},
            {"name": "New", "valid_from": "2020-01", "members": ["T1", "T2"]},
        ],
        **changes,
    }


@pytest.mark.parametrize(
    "label", ["T1", "t1", "North and West", "north & west", "NORTHWEST", "north-and-west"]
)
def test_an_area_answers_to_its_code_name_slug_and_aliases(label: str) -> None:
    area = AreaSet.parse("town", definition()).find(label)
    assert area is not None
    assert area.code == "T1"


def test_an_unknown_label_finds_nothing() -> None:
    assert AreaSet.parse("town", definition()).find("East") is None


def test_the_whole_has_its_own_name() -> None:
    town = AreaSet.parse("town", definition())
    assert [town.name(c) for c in ("town", "T2", "?")] == ["Town (2 wards)", "South", "?"]


def test_the_group_of_an_area_depends_on_the_month() -> None:
    town = AreaSet.parse("town", definition())
    names = [
        group.name if (group := town.group_on("T1", Month.parse(m))) else None
        for m in ("2017-12", "2018-01", "2019-12", "2020-01")
    ]
    assert names == [None, "Old", "Old", "New"]


def test_a_group_of_an_unknown_area_is_refused() -> None:
    groups = [{"name": "G", "valid_from": "2018-01", "members": ["T9"]}]
    with pytest.raises(ValueError, match="T9"):
        AreaSet.parse("town", definition(groups=groups))


def test_a_label_that_two_areas_share_is_refused() -> None:
    areas = [
        {"code": "T1", "name": "Same", "tile": [0, 0]},
        {"code": "T2", "name": "same", "tile": [0, 1]},
    ]
    with pytest.raises(ValueError, match="two areas answer"):
        AreaSet.parse("town", definition(areas=areas, groups=[]))
