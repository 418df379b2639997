"""Boundaries of areas on paper: projected, and simplified so that shared borders stay shared.

Areas lie on a grid of whole steps before anything is left out. A border between two areas is then
the same steps for both and is simplified once, so no gap or overlap can open along it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.measures import Refused

# Longitude and latitude in degrees. A ring is closed: its last point is its first. A polygon is its
# outer ring and then its holes; an area is one polygon or several.
Point = tuple[float, float]
Ring = tuple[Point, ...]
Polygon = tuple[Ring, ...]
Outlines = Mapping[str, tuple[Polygon, ...]]

# The same on the grid, x to the right and y downwards. Rings of steps are not closed.
Step = tuple[int, int]
Steps = tuple[Step, ...]
Shape = tuple[tuple[Steps, ...], ...]
_Arc = Steps

# Points looked at to each side; the share of the most room that is as good as it.
_FIRST_LOOK, _SECOND_LOOK = 17, 9
_NEARLY = 0.95


@dataclass(frozen=True)
class Sheet:
    """Areas on a grid ``width`` by ``height`` steps large.

    The shape of an area that is smaller than the grid can show is empty.
    """

    width: int
    height: int
    shapes: Mapping[str, Shape]


@dataclass(frozen=True)
class Room:
    """The roomiest box inside a shape: its middle, and how far it reaches to each side."""

    x: float
    y: float
    across: float
    down: float


def on_grid(outlines: Outlines, *, width: int, height: int) -> Sheet:
    """Outlines as large as fits into ``width`` by ``height`` steps, north up.

    The projection is equirectangular at the middle latitude, where a degree of longitude is
    cos(latitude) degrees of latitude long: true to half a per cent across Greater London, not made
    for a country. Points that fall on one step become one. Refused where there is nothing
    to draw: no area, or outlines without extent.
    """
    points = [p for polygons in outlines.values() for polygon in polygons for p in polygon[0]]
    if not points:
        raise Refused("There are no outlines to draw. Give at least one area.")
    every = np.array(points, float)
    (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
    narrower = math.cos(math.radians((south + north) / 2))
    across, down = float((east - west) * narrower), float(north - south)
    if not (across > 0 and down > 0):
        raise Refused("The outlines have no extent. Check that they are of areas, not of points.")
    scale = min(width / across, height / down)

    def placed(ring: Ring) -> Steps:
        return _clean(
            (round((x - west) * narrower * scale), round((north - y) * scale)) for x, y in ring
        )

    shapes = {}
    for code, polygons in outlines.items():
        kept = (tuple(placed(r) for r in polygon) for polygon in polygons)
        shapes[code] = tuple(tuple(r for r in polygon if r) for polygon in kept if polygon[0])
    return Sheet(round(across * scale), round(down * scale), shapes)


def simplified(sheet: Sheet, tolerance: float) -> Sheet:
    """The sheet with fewer points, none of those left out further than ``tolerance`` steps away.

    Douglas and Peucker (1973), arc by arc: an arc runs between two points at which three borders
    meet, and is simplified once for both its sides. Points where borders meet stay. Islands and
    holes too small to be seen go, but no area goes: where all of it would, the outline of its
    largest part is kept whole. Two borders closer together than the tolerance may touch. ValueError
    for a negative tolerance.
    """
    if not tolerance >= 0:
        raise ValueError(f"A tolerance is nought or more, not {tolerance}.")
    nodes = _nodes(_rings(sheet.shapes.values()))
    done: dict[_Arc, _Arc] = {}

    def drawn(ring: Steps) -> Steps:
        arcs = _arcs(ring, nodes)
        ends = [done.setdefault(arc, _fewer(arc, tolerance)) for arc, _ in arcs]
        joined: list[Step] = []
        for short, (_, forwards) in zip(ends, arcs, strict=True):
            joined += (short if forwards else short[::-1])[:-1]
        return tuple(joined) if _doubled_area(joined) else ()

    def all_drawn() -> dict[str, Shape]:
        polygons = {c: [tuple(drawn(r) for r in p) for p in s] for c, s in sheet.shapes.items()}
        return {c: tuple(tuple(r for r in p if r) for p in s if p[0]) for c, s in polygons.items()}

    shapes = all_drawn()
    lost = [code for code, shape in shapes.items() if sheet.shapes[code] and not shape]
    for code in lost:
        largest = max((p[0] for p in sheet.shapes[code]), key=lambda r: abs(_doubled_area(r)))
        done |= {arc: arc for arc, _ in _arcs(largest, nodes)}
    return replace(sheet, shapes=all_drawn() if lost else shapes)


def room(shape: Shape, aspect: float) -> Room | None:
    """Where a label has most room inside a shape: a box ``aspect`` times as wide as high.

    Looked for on a grid of points and once more around the best of them; of those with nearly as
    much room, the one in the middle of them. The box may be a little smaller than the largest there
    is, and reach over the border by at most half a hundredth of the shape. None for an empty shape,
    or one with no room at all.
    """
    rings = [ring for polygon in shape for ring in polygon]
    if not rings:
        return None
    starts = np.concatenate([np.array(r, float) for r in rings])
    ends = np.concatenate([np.roll(np.array(r, float), -1, axis=0) for r in rings])
    low, high = starts.min(axis=0), starts.max(axis=0)
    border = _dotted(starts, ends, float((high - low).max()) / 100)
    best = Room(0.0, 0.0, 0.0, 0.0)
    for number in (_FIRST_LOOK, _SECOND_LOOK):
        xs, ys = np.meshgrid(*(np.linspace(low[i], high[i], number + 2)[1:-1] for i in (0, 1)))
        spots = np.stack([xs.ravel(), ys.ravel()], axis=1)
        spots = spots[_inside(spots, starts, ends)]
        if len(spots):
            apart = np.abs(spots[:, np.newaxis, :] - border[np.newaxis, :, :])
            free = np.maximum(apart[:, :, 0] / aspect, apart[:, :, 1]).min(axis=1)
            roomy = np.flatnonzero(free >= _NEARLY * free.max())
            middle = spots[roomy].mean(axis=0)
            at = int(roomy[np.hypot(*(spots[roomy] - middle).T).argmin()])
            if free[at] > best.down:
                x, y, down = float(spots[at, 0]), float(spots[at, 1]), float(free[at])
                best = Room(x, y, aspect * down, down)
        if not best.down:
            return None
        step = (high - low) / (number + 1)
        low, high = np.array([best.x, best.y]) - step, np.array([best.x, best.y]) + step
    return best


# ---- rings ---------------------------------------------------------------------------------------


def _clean(steps: Iterable[Step]) -> Steps:
    """A ring without points said twice and without spikes; empty where no surface is left."""
    ring: list[Step] = []
    for step in steps:
        _append(ring, step)
    while len(ring) > 2 and (ring[0] == ring[-1] or ring[1] == ring[-1] or ring[0] == ring[-2]):
        # The seam: a closing point, or a spike at the first point or the last.
        if ring[0] != ring[-1] and ring[1] == ring[-1]:
            ring.pop(0)
        ring.pop()
    return tuple(ring) if _doubled_area(ring) else ()


def _append(ring: list[Step], step: Step) -> None:
    if ring and ring[-1] == step:
        return
    if len(ring) > 1 and ring[-2] == step:
        ring.pop()
        return
    ring.append(step)


def _doubled_area(ring: Sequence[Step]) -> int:
    """Twice the surface inside a ring, by its sign clockwise or not: exact on whole steps."""
    pairs = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)


def _rings(shapes: Iterable[Shape]) -> Iterator[Steps]:
    for shape in shapes:
        for polygon in shape:
            yield from polygon


# ---- arcs ----------------------------------------------------------------------------------------


def _nodes(rings: Iterable[Steps]) -> frozenset[Step]:
    """The points at which borders meet or part: those that have not exactly two neighbours."""
    beside: dict[Step, set[Step]] = defaultdict(set)
    for ring in rings:
        for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
            beside[a].add(b)
            beside[b].add(a)
    return frozenset(point for point, others in beside.items() if len(others) != 2)


def _arcs(ring: Steps, nodes: frozenset[Step]) -> list[tuple[_Arc, bool]]:
    """A ring cut where borders meet: each arc as both its sides know it, and whether it runs on.

    A ring at which no border meets is cut at its least point, and where it is furthest from there.
    """
    cuts = [i for i, point in enumerate(ring) if point in nodes] or _own_cuts(ring)
    turned = (*ring[cuts[0] :], *ring[: cuts[0] + 1])
    at = [c - cuts[0] for c in cuts] + [len(ring)]
    pieces = [turned[a : b + 1] for a, b in zip(at, at[1:], strict=False)]
    return [(min(piece, piece[::-1]), piece <= piece[::-1]) for piece in pieces]


def _own_cuts(ring: Steps) -> list[int]:
    first = ring.index(min(ring))
    away = [(math.dist(ring[first], p), p) for p in ring]
    return sorted((first, away.index(max(away))))


def _fewer(arc: _Arc, tolerance: float) -> _Arc:
    """The points of an arc that Douglas and Peucker's rule keeps; always its two ends."""
    points = np.array(arc, float)
    kept = {0, len(arc) - 1}
    waiting = [(0, len(arc) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        away = _distances(points[first + 1 : last], points[first], points[last])
        at = first + 1 + int(away.argmax())
        if away.max() > tolerance:
            kept.add(at)
            waiting += [(first, at), (at, last)]
    return tuple(arc[i] for i in sorted(kept))


def _distances(
    points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far each point is from the straight line between two others, which may be one."""
    along = end - start
    length = float(along @ along)
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    nearest = start + share[:, np.newaxis] * along
    found: NDArray[np.float64] = np.hypot(*(points - nearest).T)
    return found


# ---- room ----------------------------------------------------------------------------------------


def _dotted(
    starts: NDArray[np.float64], ends: NDArray[np.float64], apart: float
) -> NDArray[np.float64]:
    """Points along lines, no two neighbours further apart than said."""
    dots = []
    for start, end in zip(starts, ends, strict=True):
        number = max(1, math.ceil(math.dist(start, end) / apart))
        dots.append(start + np.arange(number)[:, np.newaxis] / number * (end - start))
    return np.concatenate(dots)


def _inside(
    spots: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each spot lies inside: a line from it to the right crosses an odd number of lines."""
    x, y = spots[:, :1], spots[:, 1:]
    (x1, y1), (x2, y2) = starts.T, ends.T
    straddles = (y1 <= y) != (y2 <= y)
    rise = np.where(y2 == y1, 1.0, y2 - y1)
    crossing = x1 + (y - y1) * (x2 - x1) / rise
    odd: NDArray[np.bool_] = (straddles & (crossing > x)).sum(axis=1) % 2 == 1
    return odd
