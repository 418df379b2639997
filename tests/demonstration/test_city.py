"""The invented city is a whole city, and none that exists."""

from __future__ import annotations

from openscrutiny.core.months import Month
from openscrutiny.demonstration.city import CITY, TEN_YEARS, city, residents_2021
from openscrutiny.warehouse.definitions import area_sets
from openscrutiny.warehouse.sources import sources


def test_the_city_is_marked_as_invented_and_shares_no_name_or_code_with_a_real_place() -> None:
    real = {
        label
        for areas in area_sets().values()
        if not areas.invented
        for area in areas.areas
        for label in (area.code, area.name, *area.aliases)
    }
    assert city().invented
    assert len(real) >= 64
    assert real.isdisjoint({label for a in city().areas for label in (a.code, a.name)})
    assert all(a.code.startswith("X") for a in city().areas)


def test_it_has_32_boroughs_on_a_compact_map_without_two_in_one_place() -> None:
    tiles = {a.tile for a in city().areas}
    assert len(city().areas) == len(tiles) == 32
    assert max(column for column, _ in tiles) - min(column for column, _ in tiles) < 8
    assert max(row for _, row in tiles) - min(row for _, row in tiles) < 7
    for column, row in tiles:
        beside = {(column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)}
        assert tiles & beside


def test_every_borough_belongs_to_exactly_one_command_in_every_month() -> None:
    for month in TEN_YEARS.first.through(TEN_YEARS.last):
        members = [
            code
            for group in city().groups
            if group.valid_from <= month and (group.valid_to is None or month <= group.valid_to)
            for code in group.members
        ]
        assert sorted(members) == sorted(city().codes)


def test_a_boroughs_command_depends_on_the_month_asked_about() -> None:
    area = city().find("Saltwharf")
    assert area is not None
    before = city().group_on(area.code, Month.of(2022, 3))
    after = city().group_on(area.code, Month.of(2022, 4))
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("Lower Quays", "Quayside")


def test_every_borough_has_residents_and_they_differ_in_size() -> None:
    residents = residents_2021()
    assert residents.shape == (32,)
    assert residents.min() > 100_000
    assert residents.max() > 4 * residents.min()


def test_every_source_of_the_city_says_that_it_is_invented() -> None:
    ours = [s for s in sources().values() if s.areas.id == CITY]
    assert len(ours) == 6
    assert all("(invented)" in s.publisher and "(invented)" in s.title for s in ours)
