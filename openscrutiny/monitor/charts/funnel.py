"""Areas against each other: a grey cloud, the limits, and the one area a page is about."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.safestring import SafeString

from openscrutiny.monitor.charts.drawing import NARROW, Drawing, Scale, Size, tick_words, ticks


@dataclass(frozen=True)
class Dot:
    """One area: how large (``size``, on the horizontal axis), its figure, whether it is flagged."""

    area: str
    name: str
    size: float
    value: float
    flagged: bool = False


@dataclass(frozen=True)
class Limit:
    """A pair of curves: the usual range of a figure for each size."""

    label: str
    sizes: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Funnel:
    """What a funnel shows. ``chosen`` is the code of the area a page is about, or empty."""

    dots: tuple[Dot, ...]
    limits: tuple[Limit, ...]
    average: float
    unit: str
    size_words: str
    chosen: str = ""


def draw(
    funnel: Funnel, size: Size, *, id: str, title: str, description: str, standalone: bool = False
) -> SafeString:
    """The funnel as SVG. Sizes lie on a square-root scale, so that small areas have room."""
    paper = Drawing(size, standalone)
    top_value = max([d.value for d in funnel.dots] + [max(li.high[1:]) for li in funnel.limits])
    levels = ticks(0.0, top_value)
    words = tick_words(levels)
    left = 14 + max(len(w) for w in words) * size.text * 0.58
    bottom = size.height - 2 * size.text - 18
    y = Scale(levels[0], levels[-1], bottom, 30)
    sizes = funnel.limits[0].sizes
    x = Scale(math.sqrt(sizes[0]), math.sqrt(sizes[-1]), left, size.width - 12)

    def across(value: float) -> float:
        return x(math.sqrt(value))

    for level, word in zip(levels, words, strict=True):
        paper.line("c-axis" if level == 0 else "c-grid", x.start, y(level), x.end, y(level))
        paper.text(word, x.start - 6, y(level) + size.text * 0.35, anchor="end")
    marks = [
        t for t in ticks(0, sizes[-1], 5 if size.width < 600 else 7) if sizes[0] <= t <= sizes[-1]
    ]
    taken = float("-inf")
    for mark, word in zip(marks, tick_words(marks), strict=True):
        at = across(mark)
        paper.line("c-axis", at, bottom, at, bottom + 5)
        reach = len(word) * size.text * 0.3
        if at - reach > taken + 4 and at + reach <= size.width:
            paper.text(word, at, bottom + size.text + 6, anchor="middle")
            taken = at + reach
    paper.text(funnel.unit, 2, size.text)
    paper.text(funnel.size_words, x.end, size.height - 4, anchor="end")
    paper.line("c-expected", x.start, y(funnel.average), x.end, y(funnel.average))
    for kind, limit in zip(("c-limit", "c-limit2"), funnel.limits, strict=False):
        for curve in (limit.low, limit.high):
            paper.path(
                kind,
                [
                    (across(s), y(min(v, levels[-1])))
                    for s, v in zip(limit.sizes, curve, strict=True)
                ],
            )
    _dots(paper, funnel, across, y)
    return paper.svg(id=id, title=title, description=description)


def _dots(paper: Drawing, funnel: Funnel, across, y: Scale) -> None:  # type: ignore[no-untyped-def]
    radius = 4.0 if paper.size is NARROW else 5.0
    for dot in sorted(funnel.dots, key=lambda d: (d.area == funnel.chosen, d.flagged)):
        at, level = across(dot.size), y(dot.value)
        if dot.area == funnel.chosen:
            half = radius * 1.7
            corners = [
                (at, level - half),
                (at + half, level),
                (at, level + half),
                (at - half, level),
            ]
            paper.area("c-chosen", corners)
            _name(paper, dot, at, level, "c-text c-strong")
        elif dot.flagged:
            paper.triangle("c-mark", at, level + 6, dot.value > funnel.average, radius)
            if not funnel.chosen:
                _name(paper, dot, at, level, "c-text")
        else:
            paper.dot("c-cloud", at, level, radius)


def _name(paper: Drawing, dot: Dot, at: float, level: float, kind: str) -> None:
    right = at < paper.size.width * 0.62
    paper.text(
        dot.name,
        at + (12 if right else -12),
        level + 5,
        anchor="start" if right else "end",
        kind=kind,
    )
