"""The tile map: one square for each area, with its name and its number printed in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from openscrutiny.core.areas import AreaSet
from openscrutiny.monitor.charts.drawing import Drawing, Size

_SMALL_WORDS = {"and", "upon", "of", "the", "on", "under", "next"}


@dataclass(frozen=True)
class Tile:
    """One area: its place in the grid, its figure in words, and which fifth of the range it is in.

    ``step`` is 0 to 4 and only repeats in shade what the number says; None without a figure.
    """

    column: int
    row: int
    name: str
    short: str
    words: str
    step: int | None


@dataclass(frozen=True)
class TileMap:
    tiles: tuple[Tile, ...]


def tile_map(areas: AreaSet, figures: dict[str, float | None], places: int) -> TileMap:
    """A tile for every area. Shades are fifths between the lowest and the highest figure."""
    known = [v for v in figures.values() if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = high - low or 1.0
    short = short_names([a.name for a in areas.areas])
    tiles = []
    for area in areas.areas:
        value = figures.get(area.code)
        tiles.append(
            Tile(
                *area.tile,
                name=area.name,
                short=short[area.name],
                words="no figure" if value is None else f"{value:,.{places}f}",
                step=None if value is None else min(4, int((value - low) / span * 5)),
            )
        )
    return TileMap(tuple(tiles))


def draw(
    tiles: TileMap, size: Size, *, id: str, title: str, description: str, standalone: bool = False
) -> SafeString:
    """The map as SVG; on narrow paper with short names."""
    columns = max(t.column for t in tiles.tiles) + 1
    rows = max(t.row for t in tiles.tiles) + 1
    side = size.width / columns
    height = side if size.width < 500 else min(side, 74)
    paper = Drawing(Size(size.name, size.width, round(rows * height), size.text), standalone)
    for tile in tiles.tiles:
        x, y = tile.column * side, tile.row * height
        shade = "c-tile-none" if tile.step is None else f"c-tile-{tile.step}"
        paper.box(f"c-tile {shade}", x + 1, y + 1, side - 2, height - 2)
        middle = x + side / 2
        if size.width < 500:
            names, own = [tile.short], 11.0
        else:
            names, own = _two_lines(tile.name), min(12.5, side * 1.75 / _widest(tile.name))
        number = size.text + (2 if size.width >= 500 else -1)
        words = "–" if tile.step is None else tile.words
        start = y + height / 2 - (len(names) * own + number + 2) / 2
        for i, line in enumerate(names):
            paper.text(line, middle, start + own * (i + 0.85), anchor="middle", size=own)
        paper.text(
            words,
            middle,
            start + len(names) * own + number,
            anchor="middle",
            kind="c-text c-strong",
            size=number,
        )
    return paper.svg(id=id, title=title, description=description)


def short_names(names: list[str]) -> dict[str, str]:
    """Three or fewer letters for each name, all different."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in names:
        found[name] = next(s for s in _candidates(name) if s not in taken)
        taken.add(found[name])
    return found


def _candidates(name: str) -> list[str]:
    words = [w for w in name.replace("-", " ").split() if w.lower() not in _SMALL_WORDS]
    letters = [c for c in "".join(words) if c.isalpha()]
    first = "".join(w[0].upper() for w in words) if len(words) > 1 else name[:3]
    others = [
        letters[0] + letters[i] + letters[j]
        for j in range(2, len(letters))
        for i in (1, 2)
        if i < j
    ]
    numbered = [f"{letters[0]}{n}" for n in range(2, 100)]
    return [first, *others, *numbered]


def _two_lines(name: str) -> list[str]:
    """The name on one line, or on two of about the same length."""
    if len(name) <= 11 or " " not in name:
        return [name]
    words = name.split()
    breaks = range(1, len(words))
    at = min(breaks, key=lambda i: max(len(" ".join(words[:i])), len(" ".join(words[i:]))))
    return [" ".join(words[:at]), " ".join(words[at:])]


def _widest(name: str) -> int:
    return max(len(line) for line in _two_lines(name))
