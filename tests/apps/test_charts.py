"""Charts: nothing is drawn across a break, nothing is lost, nothing is run."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.months import Month, Period
from openscrutiny.monitor.charts import funnel, series, tiles
from openscrutiny.monitor.charts.drawing import NARROW, SMALL, WIDE, Drawing, Size, ticks
from openscrutiny.monitor.charts.funnel import Dot, Funnel, Limit
from openscrutiny.monitor.charts.series import Happened, Interruption, Mark, Series, Usual

FIRST = Month.of(2022, 1)
NAMES = {"id": "c", "title": "A title", "description": "A description"}
SVG = "{http://www.w3.org/2000/svg}"


def _series(values: list[float | None], regimes: list[tuple[int, int]]) -> Series:
    months = FIRST.through(FIRST + (len(values) - 1))
    return Series(
        months=months,
        values=tuple(values),
        unit="offences",
        regimes=tuple(Period(FIRST + a, FIRST + b) for a, b in regimes),
        interruptions=tuple(Interruption(FIRST + a, "a break") for a, _ in regimes[1:]),
    )


def _lines(svg: str) -> list[str]:
    root = ET.fromstring(svg)
    return [p.get("d", "") for p in root.iter(f"{SVG}path") if p.get("class") == "c-line"]


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALL])
def test_a_line_stops_at_a_break_and_starts_anew(size: object) -> None:
    drawn = series.draw(_series([1.0] * 24, [(0, 11), (12, 23)]), size, **NAMES)  # type: ignore[arg-type]
    lines = _lines(drawn)
    assert [d.count(" ") for d in lines] == [12, 12]


def test_a_line_stops_at_a_month_without_a_figure() -> None:
    values: list[float | None] = [3.0] * 5 + [None] * 2 + [4.0] * 6
    assert [
        d.count(" ") for d in _lines(series.draw(_series(values, [(0, 12)]), WIDE, **NAMES))
    ] == [
        5,
        6,
    ]


def test_a_single_month_between_gaps_is_a_point() -> None:
    values: list[float | None] = [1.0, 1.0, None, 5.0, None, 1.0, 1.0]
    root = ET.fromstring(series.draw(_series(values, [(0, 6)]), WIDE, **NAMES))
    assert len([c for c in root.iter(f"{SVG}circle") if c.get("class") == "c-point"]) == 1


def test_breaks_gaps_range_and_marks_are_all_drawn() -> None:
    drawn = Series(
        months=FIRST.through(FIRST + 23),
        values=(5.0,) * 10 + (None, None) + (7.0,) * 12,
        unit="offences",
        regimes=(Period(FIRST, FIRST + 9), Period(FIRST + 12, FIRST + 23)),
        interruptions=(
            Interruption(FIRST + 10, "no figures", Period(FIRST + 10, FIRST + 11)),
            Interruption(FIRST + 18, "a new system"),
        ),
        usual=(Usual(Period(FIRST + 12, FIRST + 20), FIRST + 21, 4.0, 9.0, 6.0),),
        marks=(Mark(FIRST + 21, True, "7"), Mark(FIRST + 22, False)),
    )
    svg = series.draw(drawn, WIDE, **NAMES)
    for kind in ("c-gap", "c-break", "c-band", "c-expected", "c-badge"):
        assert f'class="{kind}"' in svg
    assert svg.count('class="c-mark"') == 2
    assert drawn.legend == ("A: no figures", "B: a new system")


def _squares(svg: str) -> list[tuple[float, float]]:
    """Left and right edge of every square in which a number stands, in the order drawn."""
    root = ET.fromstring(svg)
    found = [r for r in root.iter(f"{SVG}rect") if r.get("class") == "c-happened-mark"]
    return [
        (x := float(r.get("x", "")), x + float(r.get("width", "")))  # type: ignore[misc]
        for r in found
    ]


def _with_happened(months: list[tuple[int, int]]) -> Series:
    happened = [
        Happened(Period(FIRST + a, FIRST + b), str(i)) for i, (a, b) in enumerate(months, start=1)
    ]
    return replace(_series([2.0] * 24, [(0, 23)]), happened=tuple(happened))


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALL])
def test_what_happened_has_its_number_over_its_months_and_a_line_down(size: Size) -> None:
    svg = series.draw(_with_happened([(6, 8)]), size, **NAMES)
    root = ET.fromstring(svg)
    lines = {k: [e for e in root.iter(f"{SVG}line") if e.get("class") == k] for k in
             ("c-happened", "c-happened-span")}  # fmt: skip
    (span,), (stem,) = lines["c-happened-span"], lines["c-happened"]
    middle = (float(span.get("x1", "")) + float(span.get("x2", ""))) / 2
    assert float(stem.get("x1", "")) == pytest.approx(middle, abs=0.1)
    ((left, right),) = _squares(svg)
    assert (left + right) / 2 == pytest.approx(middle, abs=0.2)
    assert ">1</text>" in svg


@given(
    st.lists(st.tuples(st.integers(-30, 23), st.integers(0, 40)), min_size=1, max_size=60),
    st.sampled_from([WIDE, NARROW, SMALL]),
)
def test_no_number_of_what_happened_leaves_the_paper(
    months: list[tuple[int, int]], size: Size
) -> None:
    reaching = [(a, max(a + n, 0)) for a, n in sorted(months)]
    squares = _squares(series.draw(_with_happened(reaching), size, **NAMES))
    assert len(squares) == len(months)
    assert all(left >= 0 and right <= size.width for left, right in squares)
    assert squares == sorted(squares)
    if len(months) <= 12:
        pairs = zip(squares, squares[1:], strict=False)
        assert all(left >= right - 0.2 for (_, right), (left, _) in pairs), "no two on each other"


def test_a_month_from_which_limits_are_taken_anew_is_no_break() -> None:
    one = Interruption(FIRST + 12, "anew", afresh=True)
    svg = series.draw(replace(_series([2.0] * 24, [(0, 23)]), interruptions=(one,)), WIDE, **NAMES)
    assert svg.count('class="c-afresh"') == 1
    assert 'class="c-break"' not in svg
    assert len(_lines(svg)) == 1, "both sides were recorded in the same way"


def test_what_is_printed_is_escaped_and_nothing_carries_a_style_or_a_script() -> None:
    svg = series.draw(
        _series([1.0, 2.0], [(0, 1)]), WIDE, id="c", title="<b>&", description='"><script>'
    )
    assert "<script" not in svg
    assert "&lt;b&gt;&amp;" in svg
    assert " style=" not in svg
    ET.fromstring(svg)


def test_a_drawing_has_a_name_and_a_description() -> None:
    root = ET.fromstring(series.draw(_series([1.0, 2.0], [(0, 1)]), NARROW, **NAMES))
    assert root.get("role") == "img"
    labels = (root.get("aria-labelledby") or "").split()
    assert [e.get("id") for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")] == labels


def test_a_chart_that_leaves_the_page_carries_its_own_colours() -> None:
    on_page = series.draw(_series([1.0, 2.0], [(0, 1)]), WIDE, **NAMES)
    alone = series.draw(_series([1.0, 2.0], [(0, 1)]), WIDE, standalone=True, **NAMES)
    assert "#" not in on_page
    for element in ET.fromstring(alone):
        if element.get("class"):
            assert element.get("fill") or element.get("stroke")


@given(st.floats(-1e6, 1e6, allow_nan=False), st.floats(0, 1e6, allow_nan=False), st.integers(2, 9))
def test_ticks_are_evenly_spaced_and_enclose_the_values(low: float, span: float, n: int) -> None:
    found = ticks(low, low + span, n)
    near = 1e-6 * max(1.0, abs(low), span)
    assert found[0] <= low + near
    assert found[-1] >= low + span - near
    assert list(found) == sorted(set(found))
    steps = {round((b - a) / near) for a, b in zip(found, found[1:], strict=False)}
    assert len(steps) <= 2


@given(
    st.lists(
        st.text("ABCDEabcde ", min_size=3, max_size=14)
        .map(str.strip)
        .filter(lambda n: len(n.replace(" ", "")) >= 3),
        unique=True,
        min_size=1,
        max_size=40,
    )
)
def test_every_area_has_a_short_name_of_its_own(names: list[str]) -> None:
    short = tiles.short_names(names)
    assert set(short) == set(names)
    assert len(set(short.values())) == len(names)


def test_a_tile_prints_its_number_and_a_missing_one_says_so(city: object) -> None:
    areas = city.areas  # type: ignore[attr-defined]
    figures: dict[str, float | None] = {c: float(i) for i, c in enumerate(areas.codes)}
    figures[areas.codes[0]] = None
    drawn = tiles.tile_map(areas, figures, 1)
    svg = tiles.draw(drawn, WIDE, **NAMES)
    printed = re.findall(r">(\d+\.\d)<", svg)
    assert sorted(map(float, printed)) == sorted(v for v in figures.values() if v is not None)
    assert svg.count("c-tile-none") == 1
    assert {t.step for t in drawn.tiles} == {None, 0, 1, 2, 3, 4}


def test_the_area_a_funnel_is_about_has_a_shape_of_its_own() -> None:
    limit = Limit("95%", (100.0, 400.0), (1.0, 2.0), (9.0, 8.0))
    drawn = Funnel(
        (Dot("a", "Here", 100, 5), Dot("b", "There", 250, 4), Dot("c", "Out", 300, 12, True)),
        (limit, limit),
        5.0,
        "per 100",
        "offences",
        chosen="a",
    )
    svg = funnel.draw(drawn, WIDE, **NAMES)
    assert svg.count('class="c-chosen"') == 1
    assert svg.count('class="c-cloud"') == 1
    assert svg.count('class="c-mark"') == 1
    assert ">Here<" in svg


def test_numbers_are_written_without_needless_decimals() -> None:
    paper = Drawing(WIDE)
    paper.line("c-axis", 1.0, 2.26, 3.0, 4.0)
    assert 'x1="1"' in paper.shapes[0]
    assert 'y1="2.3"' in paper.shapes[0]
