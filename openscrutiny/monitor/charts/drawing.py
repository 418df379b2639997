"""Paper to draw on: shapes with classes, two sizes, and the figure a page shows around them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from django.utils.safestring import SafeString, mark_safe

# The colours come from the stylesheet, so that dark and forced colours are its affair. A chart that
# leaves the page (``standalone``) carries these literal ones.
_INK: dict[str, dict[str, str]] = {
    "c-grid": {"stroke": "#d9d6cd", "fill": "none"},
    "c-axis": {"stroke": "#5d6472", "fill": "none"},
    "c-line": {"stroke": "#1d2b47", "fill": "none", "stroke-width": "2"},
    "c-point": {"fill": "#1d2b47"},
    "c-band": {"fill": "#cfdfe8"},
    "c-expected": {"stroke": "#2f6f8f", "stroke-dasharray": "5 3", "fill": "none"},
    "c-gap": {"fill": "#e9e6dd"},
    "c-break": {"stroke": "#5d6472", "stroke-dasharray": "2 3", "fill": "none"},
    "c-afresh": {"stroke": "#14192b", "stroke-width": "1.5", "fill": "none"},
    "c-happened": {"stroke": "#5d6472", "stroke-width": "1", "fill": "none"},
    "c-happened-span": {"stroke": "#14192b", "stroke-width": "4", "fill": "none"},
    "c-happened-lead": {"stroke": "#14192b", "stroke-width": "1", "fill": "none"},
    "c-happened-mark": {"fill": "#ffffff", "stroke": "#14192b"},
    "c-badge": {"fill": "#ffffff", "stroke": "#5d6472"},
    "c-mark": {"fill": "#b4560a", "stroke": "#ffffff"},
    "c-text": {"fill": "#33394a"},
    "c-strong": {"fill": "#14192b", "font-weight": "700"},
    "c-limit": {"stroke": "#5d6472", "stroke-dasharray": "6 4", "fill": "none"},
    "c-limit2": {"stroke": "#5d6472", "fill": "none"},
    "c-cloud": {"fill": "#8b92a1", "stroke": "#ffffff"},
    "c-chosen": {"fill": "#b4560a", "stroke": "#14192b"},
    "c-tile": {"stroke": "#ffffff"},
    "c-outline": {"stroke": "#5d6472", "stroke-width": "0.8", "stroke-linejoin": "round"},
    "c-tile-none": {"fill": "none", "stroke-dasharray": "3 3"},
    "c-tile-0": {"fill": "#f1efe8"},
    "c-tile-1": {"fill": "#d8e4ea"},
    "c-tile-2": {"fill": "#b9d0dc"},
    "c-tile-3": {"fill": "#93b8ca"},
    "c-tile-4": {"fill": "#6fa1b8"},
}


@dataclass(frozen=True)
class Size:
    """The paper: its units are pixels where it is shown at full width.

    On ``compact`` paper, one of many beside each other, there is room for the essentials alone.
    """

    name: str
    width: int
    height: int
    text: int
    compact: bool = False


WIDE = Size("wide", 720, 320, 14)
NARROW = Size("narrow", 340, 270, 13)
SMALL = Size("small", 340, 170, 12, compact=True)
# For a printed page, where half a unit is about a point: two or three of them to a line.
PRINT = Size("print", 500, 270, 16)
PRINT_SMALL = Size("print-small", 340, 150, 16, compact=True)


@dataclass(frozen=True)
class Remark:
    """What happened in some months of a chart, and who says so: ``mark`` stands in the drawing."""

    mark: str
    heading: str
    text: str
    source: str
    said: str
    href: str


@dataclass(frozen=True)
class Ground:
    """The boundaries a map is drawn on: whose they are, and where their batch is shown."""

    title: str
    publisher: str
    licence: str
    href: str


@dataclass(frozen=True)
class Chart:
    """A figure as a page shows it: two drawings of one thing, its sentence, table and sources.

    ``legend`` explains badges and shapes. ``rows`` is the data table under the drawing, in full.
    ``happened`` is what people noted of these months, each under the number that stands in the
    drawing; ``annotate`` and ``rebase`` are where those who may add a note or a new baseline.
    ``ground`` is only given by a map that is drawn on imported boundaries.
    """

    id: str
    title: str
    description: str
    sentence: str
    wide: SafeString
    narrow: SafeString
    legend: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv: str
    data_version: str
    happened: tuple[Remark, ...] = ()
    json: str = ""
    annotate: str = ""
    rebase: str = ""
    ground: Ground | None = None


@dataclass
class Drawing:
    """One SVG in the making. Coordinates are in the paper's units."""

    size: Size
    standalone: bool = False
    shapes: list[str] = field(default_factory=list)

    def _add(self, tag: str, kind: str, inside: str = "", **attributes: object) -> None:
        given = {"class": kind, **{k.replace("_", "-"): v for k, v in attributes.items()}}
        if self.standalone:
            for one in kind.split():
                given |= _INK.get(one, {})
        listed = "".join(f' {k}="{_value(v)}"' for k, v in given.items())
        self.shapes.append(f"<{tag}{listed}>{inside}</{tag}>" if inside else f"<{tag}{listed}/>")

    def line(self, kind: str, x1: float, y1: float, x2: float, y2: float) -> None:
        self._add("line", kind, x1=x1, y1=y1, x2=x2, y2=y2)

    def box(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        self._add("rect", kind, x=x, y=y, width=max(width, 0), height=max(height, 0))

    def dot(self, kind: str, x: float, y: float, radius: float) -> None:
        self._add("circle", kind, cx=x, cy=y, r=radius)

    def path(self, kind: str, points: Sequence[tuple[float, float]]) -> None:
        steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._add("path", kind, d=f"M{steps}")

    def area(self, kind: str, points: Sequence[tuple[float, float]]) -> None:
        steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._add("path", kind, d=f"M{steps}Z")

    def outline(self, kind: str, rings: Iterable[Sequence[tuple[int, int]]], steps: int) -> None:
        """A surface with holes, from rings on a grid of so many steps to a unit of paper."""
        drawn = []
        for ring in rings:
            moves = [
                f"{(x - a) / steps:g} {(y - b) / steps:g}"
                for (a, b), (x, y) in zip(ring, ring[1:], strict=False)
            ]
            x, y = ring[0]
            drawn.append(f"M{x / steps:g} {y / steps:g}l{' '.join(moves)}z".replace(" -", "-"))
        self._add("path", kind, d="".join(drawn), fill_rule="evenodd")

    def triangle(self, kind: str, x: float, y: float, up: bool, half: float) -> None:
        """A pointer whose tip is away from the point it marks: up means higher than usual."""
        sign = -1 if up else 1
        tip = (x, y + sign * (half * 2 + 4))
        foot = y + sign * 4
        self.area(kind, [tip, (x - half, foot), (x + half, foot)])

    def text(
        self,
        words: str,
        x: float,
        y: float,
        *,
        anchor: str = "start",
        kind: str = "c-text",
        size: float | None = None,
    ) -> None:
        self._add(
            "text",
            kind,
            escape(words),
            x=x,
            y=y,
            text_anchor=anchor,
            font_size=self.size.text if size is None else size,
        )

    def svg(self, *, id: str, title: str, description: str) -> SafeString:
        """The finished drawing, named and described for those who do not see it."""
        own = f"{id}-{self.size.name}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="c-svg c-svg--{self.size.name}" '
            f'viewBox="0 0 {self.size.width} {self.size.height}" role="img" '
            f'aria-labelledby="{own}-t {own}-d">'
            f'<title id="{own}-t">{escape(title)}</title>'
            f'<desc id="{own}-d">{escape(description)}</desc>'
        )
        # Every word and number above was escaped on its way in.
        return mark_safe(head + "".join(self.shapes) + "</svg>")  # noqa: S308


@dataclass(frozen=True)
class Scale:
    """A straight line from values to paper."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round numbers from at or below ``low`` to at or above ``high``, roughly ``about`` of them."""
    span = high - low
    if span <= 1e-9 * max(1.0, abs(low)) or not math.isfinite(span):
        span = max(abs(high), 1.0)
    rough = span / max(about - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil((low + span) / step - 1e-9)
    return tuple(round(i * step, 10) for i in range(first, last + 1))


def tick_words(values: Iterable[float]) -> list[str]:
    """All ticks with the decimals the finest of them needs."""
    listed = list(values)
    places = next(p for p in range(7) if all(abs(round(v, p) - v) < 1e-9 for v in listed) or p == 6)
    return [f"{v:,.{places}f}" for v in listed]


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return escape(str(value))
