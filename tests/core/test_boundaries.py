"""Boundaries on paper: nothing is lost, and neighbours stay side by side."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core.boundaries import Outlines, Shape, Sheet, Steps, on_grid, room, simplified
from openscrutiny.core.measures import Refused


def box(west: float, south: float, east: float, north: float):
    """A closed ring around a box."""
    return ((west, south), (east, south), (east, north), (west, north), (west, south))


def patchwork(seed: int, columns: int, rows: int, halvings: int = 3) -> Outlines:
    """Areas side by side with wobbly borders, shared point for point; every other one turned."""
    rng = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=2)
    corners += rng.uniform(-0.15, 0.15, corners.shape)

    def line(a, b):
        points = [a, b]
        for h in range(halvings):
            middles = [
                (p + q) / 2 + rng.uniform(-0.1, 0.1, 2) / 2**h
                for p, q in zip(points, points[1:], strict=False)
            ]
            points = [p for pair in zip(points, [*middles, None], strict=True) for p in pair][:-1]
        return [tuple(map(float, p)) for p in points]

    across = [[line(c[i], c[i + 1]) for i in range(columns)] for c in corners]
    down = [
        [line(corners[j, i], corners[j + 1, i]) for i in range(columns + 1)] for j in range(rows)
    ]
    found = {}
    for j in range(rows):
        for i in range(columns):
            sides = (across[j][i], down[j][i + 1], across[j + 1][i][::-1], down[j][i][::-1])
            ring = [p for side in sides for p in side[:-1]]
            if (i + j) % 2:
                ring = ring[::-1]
            found[f"{i}-{j}"] = (((*ring, ring[0]),),)
    return found


def rings(sheet: Sheet) -> list[Steps]:
    return [r for shape in sheet.shapes.values() for polygon in shape for r in polygon]


def edges(ring: Steps) -> list[frozenset]:
    return [frozenset(e) for e in zip(ring, (*ring[1:], ring[0]), strict=True)]


def surface(ring: Steps) -> float:
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def whole(sheet: Sheet) -> float:
    return sum(surface(r) for r in rings(sheet))


def away(point, ring: Steps) -> float:
    """How far a point is from a ring, the slow way."""
    found = math.inf
    for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
        dx, dy = b[0] - a[0], b[1] - a[1]
        t = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy)
        t = min(1.0, max(0.0, t))
        found = min(found, math.hypot(point[0] - a[0] - t * dx, point[1] - a[1] - t * dy))
    return found


PATCHWORKS = st.builds(patchwork, st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 4))


# ---- on the grid ---------------------------------------------------------------------------------


def test_at_the_equator_a_degree_is_a_degree() -> None:
    sheet = on_grid({"a": ((box(0, -1, 4, 1),),)}, width=400, height=900)
    assert (sheet.width, sheet.height) == (400, 200)
    assert sheet.shapes["a"] == ((((0, 200), (400, 200), (400, 0), (0, 0)),),)


def test_at_sixty_degrees_a_degree_of_longitude_is_half_as_long_and_north_is_up() -> None:
    sheet = on_grid({"a": ((box(10, 59, 12, 61),),)}, width=400, height=400)
    assert (sheet.width, sheet.height) == (200, 400)
    assert sheet.shapes["a"] == ((((0, 400), (200, 400), (200, 0), (0, 0)),),)


def test_the_height_can_be_what_limits_and_so_can_the_width() -> None:
    tall = {"a": ((box(0, -4, 1, 4),),)}
    assert (on_grid(tall, width=999, height=80).width, 80) == (10, 80)
    assert on_grid(tall, width=5, height=999).height == 40


def test_points_on_one_step_become_one_and_a_spike_is_cut_off() -> None:
    ring = ((0, -1), (0.001, -1), (4, -1), (4, 1), (3, 1), (4.0, 1.0), (0, 1), (0, -1))
    sheet = on_grid({"a": ((ring,),)}, width=400, height=400)
    # From (4, 1) to (3, 1), back to (4, 1) and on to (0, 1): a spike that lies on the border.
    assert sheet.shapes["a"] == ((((0, 200), (400, 200), (400, 0), (0, 0)),),)


@pytest.mark.parametrize("at", range(8))
def test_a_spike_is_cut_off_wherever_the_ring_begins(at: int) -> None:
    ring = [(0, -1), (4, -1), (5, -1), (4, -1), (4, 1), (4, 2), (4, 1), (0, 1)]
    ring = [*ring[at:], *ring[:at]]
    sheet = on_grid({"a": (((*ring, ring[0]),),)}, width=500, height=300)
    (kept,) = sheet.shapes["a"][0]
    assert len(kept) == 4
    assert surface(kept) == surface(((0, 0), (400, 0), (400, 200), (0, 200)))


def test_an_area_smaller_than_a_step_has_no_shape() -> None:
    given_ = {"large": ((box(0, -1, 2, 1),),), "small": ((box(1, 0, 1.001, 0.001),),)}
    sheet = on_grid(given_, width=100, height=100)
    assert sheet.shapes["small"] == ()
    assert simplified(sheet, 3).shapes["small"] == ()


def test_a_hole_stays_a_hole_and_one_too_small_goes() -> None:
    outer = box(0, -1, 2, 1)
    sheet = on_grid({"a": ((outer, box(0.5, -0.5, 1.5, 0.5), box(0.1, 0, 0.101, 0.001)),)},
                    width=200, height=200)  # fmt: skip
    assert [len(p) for p in sheet.shapes["a"]] == [2]


def test_nothing_to_draw_is_refused_with_what_to_do() -> None:
    with pytest.raises(Refused, match=re.escape("There are no outlines to draw. Give at least")):
        on_grid({}, width=10, height=10)
    for flat in (box(1, 1, 1, 2), box(1, 1, 2, 1)):
        with pytest.raises(Refused, match=r"no extent. Check that they are of areas"):
            on_grid({"a": ((flat,),)}, width=10, height=10)


# ---- simplified ----------------------------------------------------------------------------------


def test_a_corner_is_left_out_up_to_the_tolerance_and_not_beyond_it() -> None:
    ring = ((0, 0), (50, 3), (100, 0), (100, 100), (0, 100))
    sheet = Sheet(100, 100, {"a": ((ring,),)})
    assert (50, 3) in simplified(sheet, 2.9).shapes["a"][0][0]
    left = simplified(sheet, 3.0).shapes["a"][0][0]
    assert sorted(left) == [(0, 0), (0, 100), (100, 0), (100, 100)]


def test_a_border_keeps_the_points_where_three_meet() -> None:
    """(50, 1) lies almost on the straight upper border, but a border ends there."""
    left = ((0, 0), (50, 1), (50, 100), (0, 100))
    right = ((50, 1), (100, 0), (100, 100), (50, 100))
    drawn = simplified(Sheet(100, 100, {"l": ((left,),), "r": ((right,),)}), 5)
    assert (50, 1) in drawn.shapes["l"][0][0]
    assert (50, 1) in drawn.shapes["r"][0][0]


def test_an_area_inside_another_is_the_hole_around_it() -> None:
    around = tuple((50 + round(20 * math.cos(a)), 50 + round(20 * math.sin(a)))
                   for a in np.linspace(0, 2 * math.pi, 40, endpoint=False))  # fmt: skip
    outer = ((0, 0), (100, 0), (100, 100), (0, 100))
    turned = (*around[7:], *around[:7])[::-1]
    drawn = simplified(Sheet(100, 100, {"o": ((outer, around),), "i": ((turned,),)}), 2)
    hole, inside = drawn.shapes["o"][0][1], drawn.shapes["i"][0][0]
    assert set(edges(hole)) == set(edges(inside))
    assert 4 <= len(inside) < 20


def test_an_islet_goes_but_never_the_whole_area() -> None:
    land, islet = ((0, 0), (90, 0), (90, 90), (0, 90)), ((95, 1), (97, 1), (97, 3))
    drawn = simplified(Sheet(100, 100, {"a": ((land,), (islet,)), "b": ((((4, 95), (6, 95), (6, 97), (5, 98)),),)}), 10)  # fmt: skip  # noqa: E501
    assert drawn.shapes["a"] == ((land,),)
    assert drawn.shapes["b"] == ((((4, 95), (6, 95), (6, 97), (5, 98)),),)


def test_of_an_area_that_would_go_the_largest_part_stays() -> None:
    small, large = ((0, 0), (2, 0), (2, 2)), ((5, 0), (9, 0), (9, 4))
    drawn = simplified(Sheet(10, 10, {"a": ((small,), (large,))}), 50)
    assert drawn.shapes["a"] == ((large,),)


@pytest.mark.parametrize("tolerance", [-1, -1e-9, math.nan])
def test_a_tolerance_below_nought_is_an_error(tolerance: float) -> None:
    with pytest.raises(ValueError, match="A tolerance is nought or more, not"):
        simplified(Sheet(1, 1, {}), tolerance)


@given(PATCHWORKS, st.sampled_from([0.0, 1.0, 4.0, 12.0, 60.0, 1000.0]))
@settings(max_examples=30)
def test_shared_borders_stay_shared_and_no_gap_opens(outlines: Outlines, tolerance: float) -> None:
    sheet = on_grid(outlines, width=400, height=400)
    drawn = simplified(sheet, tolerance)
    before = Counter(e for r in rings(sheet) for e in edges(r))
    after = Counter(e for r in rings(drawn) for e in edges(r))
    assert set(after.values()) <= {1, 2}
    # The points of the coast, and those of the borders inland, are each among what they were.
    for times in (1, 2):
        was = {p for e, n in before.items() if n == times for p in e}
        assert {p for e, n in after.items() if n == times for p in e} <= was
    nodes = {p for e in before for p in e}
    met = {p for p in nodes if sum(p in e for e in before) > 2}
    assert met <= {p for e in after for p in e}


@given(PATCHWORKS, st.sampled_from([0.5, 3.0, 9.0]))
@settings(max_examples=30)
def test_no_point_left_out_is_further_away_than_the_tolerance(
    outlines: Outlines, tolerance: float
) -> None:
    sheet = on_grid(outlines, width=300, height=300)
    drawn = simplified(sheet, tolerance)
    for code, shape in sheet.shapes.items():
        ((fewer,),) = drawn.shapes[code]
        ((ring,),) = shape
        assert set(fewer) <= set(ring)
        assert max(away(p, fewer) for p in ring) <= tolerance + 1e-9


@given(PATCHWORKS)
@settings(max_examples=30)
def test_without_a_tolerance_every_surface_is_what_it_was(outlines: Outlines) -> None:
    sheet = on_grid(outlines, width=500, height=500)
    drawn = simplified(sheet, 0)
    for code, shape in sheet.shapes.items():
        assert sum(surface(r) for p in shape for r in p) == pytest.approx(
            sum(surface(r) for p in drawn.shapes[code] for r in p)
        )


@given(PATCHWORKS, st.sampled_from([2.0, 20.0, 10_000.0]))
@settings(max_examples=30)
def test_no_area_is_lost_whatever_the_tolerance(outlines: Outlines, tolerance: float) -> None:
    drawn = simplified(on_grid(outlines, width=300, height=300), tolerance)
    assert all(drawn.shapes.values())
    assert set(drawn.shapes) == set(outlines)


@given(PATCHWORKS, st.randoms(use_true_random=False), st.sampled_from([2.0, 8.0]))
@settings(max_examples=30)
def test_order_direction_and_beginning_of_rings_do_not_matter(
    outlines: Outlines, random, tolerance: float
) -> None:
    turned = {}
    for code in random.sample(sorted(outlines), len(outlines)):
        ((ring,),) = outlines[code]
        at = random.randrange(len(ring) - 1)
        ring = (*ring[at:-1], *ring[:at])
        ring = ring[::-1] if random.random() < 0.5 else ring
        turned[code] = (((*ring, ring[0]),),)
    one, other = (
        simplified(on_grid(o, width=300, height=300), tolerance) for o in (outlines, turned)
    )
    for code in outlines:
        both = [set(edges(s.shapes[code][0][0])) for s in (one, other)]
        assert both[0] == both[1]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=9),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([0.0, 1.0, 3.0, 50.0]),
)
def test_tangled_rings_are_drawn_without_an_error(given_, tolerance: float) -> None:
    outlines = {str(i): (((*ring, ring[0]),),) for i, ring in enumerate(given_)}
    try:
        sheet = on_grid(outlines, width=60, height=60)
    except Refused:
        return
    drawn = simplified(sheet, tolerance)
    assert set(drawn.shapes) == set(outlines)
    for code, shape in drawn.shapes.items():
        assert bool(shape) == bool(sheet.shapes[code])
        room(shape, 2.0)


# ---- room ----------------------------------------------------------------------------------------


def a_shape(*around: Steps) -> Shape:
    return (around,)


def test_the_roomiest_box_of_a_square_is_in_its_middle() -> None:
    found = room(a_shape(((0, 0), (100, 0), (100, 100), (0, 100))), 2.0)
    assert found is not None
    assert (found.x, found.y) == (50, 50)
    assert (found.across, found.down) == (50, 25)


def test_a_wide_label_has_more_room_in_the_wide_part() -> None:
    """A thin tower on a broad foot: a wide box belongs into the foot, a tall one into the tower."""
    tower = a_shape(
        ((0, 100), (0, 80), (40, 80), (40, 0), (60, 0), (60, 80), (100, 80), (100, 100))
    )
    wide, tall = room(tower, 4.0), room(tower, 0.2)
    assert wide is not None
    assert tall is not None
    assert wide.y > 80
    assert tall.y < 60


def test_no_label_is_put_into_a_hole_or_an_empty_shape() -> None:
    outer = ((0, 0), (100, 0), (100, 100), (0, 100))
    hole = ((20, 10), (90, 10), (90, 90), (20, 90))
    found = room(a_shape(outer, hole), 0.5)
    assert found is not None
    assert found.x + found.across <= 20.5
    assert room((), 2.0) is None


@given(PATCHWORKS)
@settings(max_examples=30)
def test_the_box_lies_inside_its_shape(outlines: Outlines) -> None:
    sheet = on_grid(outlines, width=500, height=500)
    for shape in sheet.shapes.values():
        found = room(shape, 2.5)
        assert found is not None
        assert found.across == pytest.approx(2.5 * found.down)
        ((ring,),) = shape
        for x, y in ring:
            slack = 5.1
            inside = (
                abs(x - found.x) < found.across - slack and abs(y - found.y) < found.down - slack
            )
            assert not inside
