"""Draws the city's boroughs as a statistics office would publish them: GeoJSON with their codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.areas import Area
from openscrutiny.demonstration.city import city

BOUNDARIES_NAME = "borough-boundaries.geojson"

# In the middle of the Atlantic, so that no real place is meant. A tile is some six kilometres wide.
_MIDDLE = np.array([-39.9, 45.05])
_TILE = np.array([0.075, -0.055])
# In tiles: how far a corner may be moved, and a point halfway between two (less at each halving).
_CORNER, _WOBBLE, _HALVINGS = 0.2, 0.14, 4
# A city is small in the middle: places there lie closer together, those at its edge further apart.
_INNER, _OUTER, _FAR = 0.7, 0.4, 4.0
_ISLET_OF = "Underwick"
_ISLET = ((-0.45, 0.3), (-0.3, 0.42), (-0.35, 0.6), (-0.5, 0.5))
_Line = NDArray[np.float64]


def write_boundaries(folder: Path, rng: np.random.Generator) -> Path:
    """One polygon for each borough, whose wobbly borders are its neighbours' point for point.

    One borough has an islet, as real ones have.
    """
    columns, rows = (max(a.tile[i] for a in city().areas) + 1 for i in (0, 1))
    corners = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=2)
    corners += rng.uniform(-_CORNER, _CORNER, corners.shape)
    across = [[_wobbly(c[i], c[i + 1], rng) for i in range(columns)] for c in corners]
    down = [
        [_wobbly(corners[j, i], corners[j + 1, i], rng) for i in range(columns + 1)]
        for j in range(rows)
    ]
    middle = np.array([columns, rows]) / 2

    def ring(*lines: _Line) -> list[list[float]]:
        joined = np.concatenate([line[:-1] for line in lines])
        apart = joined - middle
        spread = _INNER + _OUTER * np.hypot(*apart.T)[:, np.newaxis] / _FAR
        placed = np.round(_MIDDLE + apart * spread * _TILE, 6).tolist()
        return [*placed, placed[0]]

    features = []
    for area in city().areas:
        i, j = area.tile
        own = ring(across[j][i], down[j][i + 1], across[j + 1][i][::-1], down[j][i][::-1])
        polygons = [[own]]
        if area.name == _ISLET_OF:
            islet = np.array([*_ISLET, _ISLET[0]]) + [i, j]
            polygons.append([ring(islet)])
        features.append(_feature(area, polygons))
    return _write(folder / BOUNDARIES_NAME, features)


def _wobbly(start: _Line, end: _Line, rng: np.random.Generator) -> _Line:
    """A line from one corner to another, halved again and again, each time a little to the side."""
    line = np.stack([start, end])
    for halving in range(_HALVINGS):
        middles = (line[:-1] + line[1:]) / 2
        middles += rng.uniform(-1, 1, middles.shape) * _WOBBLE / 2.2**halving
        line = np.insert(line, range(1, len(line)), middles, axis=0)
    return line


def _feature(area: Area, polygons: list[list[list[list[float]]]]) -> dict[str, object]:
    several = len(polygons) > 1
    return {
        "type": "Feature",
        "properties": {"LAD13CD": area.code, "LAD13NM": area.name, "LAD13NMW": None},
        "geometry": {
            "type": "MultiPolygon" if several else "Polygon",
            "coordinates": polygons if several else polygons[0],
        },
    }


def _write(path: Path, features: list[dict[str, object]]) -> Path:
    system = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    held = {"type": "FeatureCollection", "crs": system, "features": features}
    path.write_text(json.dumps(held) + "\n", encoding="utf-8")
    return path
