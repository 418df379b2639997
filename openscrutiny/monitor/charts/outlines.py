"""The boundary map: each area as it lies, shaded like its tile, with its number where it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString

from openscrutiny.core.boundaries import Outlines, Room, Shape, on_grid, room, simplified
from openscrutiny.monitor.charts.drawing import Drawing, Size
from openscrutiny.monitor.charts.tiles import Tile

# Steps of the grid to a unit of paper; how many units a point that is left out may lie away.
STEPS = 10
_TOLERANCE = 0.8
_MARGIN = 2
_TALLEST = 1.0
# A label is looked for that is this many times as wide as high, like a number of four characters.
_LABEL = 2.4
_DIGIT, _LETTER, _HEIGHT = 0.58, 0.7, 0.74
_SMALLEST = 11.0


@dataclass(frozen=True)
class Surface:
    """An area ready to be drawn: its rings in grid steps, and where its label has room."""

    shape: Shape
    room: Room | None


@dataclass(frozen=True)
class Plan:
    """All areas of a place on paper of one size, as they are whatever the figures."""

    size: Size
    surfaces: Mapping[str, Surface]

    def shows(self, code: str) -> bool:
        """Whether an area has a boundary that is large enough for this paper."""
        return code in self.surfaces and bool(self.surfaces[code].shape)


def plan(outlines: Outlines, size: Size) -> Plan:
    """Outlines as wide as a paper, which becomes as high as they need, at most a square."""
    across = (size.width - 2 * _MARGIN) * STEPS
    sheet = simplified(
        on_grid(outlines, width=across, height=round(across * _TALLEST)), _TOLERANCE * STEPS
    )
    left = _MARGIN * STEPS + (across - sheet.width) // 2
    surfaces = {}
    for code, shape in sheet.shapes.items():
        moved = tuple(
            tuple(tuple((x + left, y + _MARGIN * STEPS) for x, y in ring) for ring in polygon)
            for polygon in shape
        )
        surfaces[code] = Surface(moved, room(moved, _LABEL))
    height = round(sheet.height / STEPS) + 2 * _MARGIN
    return Plan(Size(size.name, size.width, height, size.text), surfaces)


def draw(
    drawn: Plan, tiles: Mapping[str, Tile], *, id: str, title: str, description: str
) -> SafeString:
    """The map as SVG, of the areas that have a tile, by its code."""
    paper = Drawing(drawn.size)
    shown = [(tile, drawn.surfaces[code]) for code, tile in tiles.items() if drawn.shows(code)]
    for tile, surface in shown:
        shade = "c-tile-none" if tile.step is None else f"c-tile-{tile.step}"
        rings = [ring for polygon in surface.shape for ring in polygon]
        paper.outline(f"c-tile c-outline {shade}", rings, STEPS)
    # Words come last, or a neighbour drawn later would lie on them.
    for tile, surface in shown:
        if surface.room is not None:
            _label(paper, surface.room, tile)
    return paper.svg(id=id, title=title, description=description)


def _label(paper: Drawing, free: Room, tile: Tile) -> None:
    """The number where it fits, with the short name above it where both do."""
    x, y = free.x / STEPS, free.y / STEPS
    across, down = 2 * free.across / STEPS, 2 * free.down / STEPS
    words = "–" if tile.step is None else tile.words
    size = min(float(paper.size.text), across / (_DIGIT * len(words)), down / _HEIGHT)
    if size < _SMALLEST:
        return
    short = _SMALLEST
    both = size * _HEIGHT + short + 2
    named = both <= down and short * _LETTER * len(tile.short) <= across
    foot = y + (both if named else size * _HEIGHT) / 2
    if named:
        paper.text(tile.short, x, foot - size * _HEIGHT - 3, anchor="middle", size=short)
    paper.text(words, x, foot, anchor="middle", kind="c-text c-strong", size=size)
