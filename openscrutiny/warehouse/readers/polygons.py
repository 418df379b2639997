"""Reads files of boundaries: GeoJSON with one polygon or several for each area, named by its code.

Nothing is mended: a boundary that is wrong would be drawn wrong, and nobody would see it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openscrutiny.core.boundaries import Point, Polygon, Ring
from openscrutiny.warehouse.geojson import Collection, Feature
from openscrutiny.warehouse.refusals import ImportRefused, Problem
from openscrutiny.warehouse.sources import Source

# How many of many like problems are shown one by one.
_SHOWN = 10
# Longitude and latitude, by the ends of their names; 4258 is Europe's, less than a metre off.
_DEGREES = ("CRS84", "4326", "4258")
_GRIDS = {"27700": "British National Grid, in metres", "3857": "Web Mercator, in metres"}
_AS_DEGREES = "Download or export the file in longitude and latitude (WGS 84, EPSG:4326)."
_AGAIN = "Download the file again; if it stays, ask the publisher."


_Box = tuple[float, float, float, float]


class _Wrong(Exception):
    """What is wrong with a geometry, and what to do about it."""


@dataclass
class Read:
    """What a file holds: the outline of each area by code, and what was set aside and why."""

    outlines: dict[str, tuple[Polygon, ...]] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def read(collection: Collection, source: Source, file_name: str) -> Read:
    """The outline of every area of the source's place, all of them or none.

    ImportRefused where the coordinate system is another, a code is unknown or stands twice, an area
    is missing, or an outline is no closed ring of places inside the source's box.
    """
    _refuse_system(collection.system, file_name)
    found = Read()
    problems = [
        Problem(file_name, message, what_to_do, row=row, column=column)
        for row, feature in enumerate(collection.features, 1)
        for column, message, what_to_do in _take(found, row, feature, source)
    ]
    missing = [a.name for a in source.areas.areas if a.code not in found.rows]
    if missing:
        message = (
            f"{len(missing)} of {len(source.areas.areas)} {source.areas.kinds} have no boundary "
            f"in this file: {', '.join(missing[:_SHOWN])}{', …' if missing[_SHOWN:] else ''}."
        )
        problems.append(Problem(file_name, message, "Choose the file that holds all of them."))
    if len(problems) > _SHOWN:
        more = Problem(file_name, f"{len(problems) - _SHOWN} more problems like these.", _AGAIN)
        problems = [*problems[:_SHOWN], more]
    if problems:
        raise ImportRefused(problems)
    return found


def _refuse_system(system: str, file_name: str) -> None:
    if system and not system.upper().endswith(_DEGREES):
        known = next((words for end, words in _GRIDS.items() if system.endswith(end)), "")
        named = f"“{system}”" + (f" ({known})" if known else "")
        message = f"Its coordinate system is {named}, not longitude and latitude in degrees."
        raise ImportRefused([Problem(file_name, message, _AS_DEGREES, column="crs")])


def _take(
    found: Read, row: int, feature: Feature, source: Source
) -> Iterator[tuple[str, str, str]]:
    """Enter a feature; yields what is wrong with it: property, message, what to do."""
    columns = source.columns
    code = feature.properties.get(columns["area_code"], "")
    name = feature.properties.get(columns["area_name"], "")
    area, named = source.areas.find(code), source.areas.find(name)
    if area is None or area.code.casefold() != code.casefold():
        if because := source.outside_because(name):
            reason = f"{columns['area_name']} “{name}”: {because}"
            found.set_aside[reason] = found.set_aside.get(reason, 0) + 1
            return
        both = f"{code} {name}".strip() or "(empty)"
        former = f" {named.name} has the code {named.code} here." if named else ""
        yield (
            columns["area_code"],
            f"“{both}” is not the code of a {source.areas.kind} of {source.areas.place}.{former}",
            "Choose the edition with the codes in use, for these areas alone.",
        )
        return
    if named is not None and named is not area:
        message = f"The code {code} is that of {area.name}, the name beside it is {name}."
        yield columns["area_code"], message, _AGAIN
    elif area.code in found.rows:
        first = found.rows[area.code]
        yield columns["area_code"], f"{area.name} stands twice: here and in row {first}.", _AGAIN
    else:
        found.rows[area.code] = row
        try:
            found.outlines[area.code] = _outline(feature.geometry, source.checks.box)
        except _Wrong as wrong:
            message, what_to_do = wrong.args
            yield "geometry", f"{area.name}: {message}", what_to_do


def _outline(geometry: Any, box: _Box) -> tuple[Polygon, ...]:
    kind: Any = geometry.get("type") if isinstance(geometry, dict) else None
    given: Any = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        what = f"it is a {kind}" if kind else "there is none"
        raise _Wrong(f"The boundary must be a polygon; {what}.", _AGAIN)
    polygons = [given] if kind == "Polygon" else given
    if not _filled(polygons) or not all(_filled(p) for p in polygons):
        raise _Wrong("The boundary is empty.", _AGAIN)
    return tuple(tuple(_ring(ring, box) for ring in polygon) for polygon in polygons)


def _filled(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _ring(given: Any, box: _Box) -> Ring:
    ring = tuple(_point(p, box) for p in given) if _filled(given) else ()
    if len(ring) < 2 or ring[0] != ring[-1]:
        raise _Wrong("A ring of its boundary is not closed, so it may have been cut off.", _AGAIN)
    if len(set(ring)) < 3:
        raise _Wrong("A ring of its boundary has fewer than three corners.", _AGAIN)
    west, south = ring[0]
    # From a corner of its own: far from nought a small surface would drown in rounding.
    near = [(x - west, y - south) for x, y in ring]
    if sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(near, near[1:], strict=False)) == 0:
        raise _Wrong("A ring of its boundary holds no surface.", _AGAIN)
    return ring


def _point(given: Any, box: _Box) -> Point:
    """A place inside the box. Every number of the file was read as a float."""
    pair = given[:2] if isinstance(given, list) else []
    if len(pair) < 2 or not all(isinstance(v, float) and math.isfinite(v) for v in pair):
        raise _Wrong("A point of its boundary is not two numbers.", _AGAIN)
    x, y = pair
    west, south, east, north = box
    if west <= x <= east and south <= y <= north:
        return x, y
    if west <= y <= east and south <= x <= north:
        raise _Wrong(
            f"({x:g}, {y:g}) has latitude and longitude the wrong way round.",
            "Export it with longitude first, as GeoJSON asks.",
        )
    if abs(x) > 180 or abs(y) > 90:
        raise _Wrong(
            f"({x:g}, {y:g}) cannot be degrees: it looks like metres of a national grid.",
            _AS_DEGREES,
        )
    raise _Wrong(
        f"({x:g}, {y:g}) lies outside where its areas can be: longitude {west:g} to {east:g}, "
        f"latitude {south:g} to {north:g}.",
        "Check that it is this place's file and that its coordinates are undamaged.",
    )
