"""A series in time: its line, its breaks and gaps, its usual range, and what was flagged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.safestring import SafeString

from openscrutiny.core.months import Month, Period
from openscrutiny.monitor.charts.drawing import Drawing, Scale, Size, tick_words, ticks

_LETTERS = "ABCDEFGHJKLM"


@dataclass(frozen=True)
class Interruption:
    """A gap (``period`` of months without figures) or a break (``period`` None) at ``month``."""

    month: Month
    words: str
    period: Period | None = None


@dataclass(frozen=True)
class Usual:
    """The months a finding is held against and the range that would be usual after them."""

    baseline: Period
    until: Month
    low: float
    high: float
    expected: float


@dataclass(frozen=True)
class Mark:
    """A flagged month; ``higher`` than usual or lower."""

    month: Month
    higher: bool
    words: str = ""


@dataclass(frozen=True)
class Series:
    """What a series chart shows. ``values`` has one entry per month, None without a figure."""

    months: tuple[Month, ...]
    values: tuple[float | None, ...]
    unit: str
    regimes: tuple[Period, ...]
    interruptions: tuple[Interruption, ...]
    usual: Usual | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def legend(self) -> tuple[str, ...]:
        """What the letters on the chart stand for."""
        return tuple(
            f"{letter}: {i.words}" for letter, i in zip(_LETTERS, self.interruptions, strict=False)
        )

    def runs(self) -> Iterator[list[tuple[Month, float]]]:
        """Stretches that a line may be drawn through: no gap, no break inside."""
        for regime in self.regimes:
            run: list[tuple[Month, float]] = []
            for month, value in zip(self.months, self.values, strict=True):
                if month not in regime:
                    continue
                if value is None:
                    if run:
                        yield run
                    run = []
                else:
                    run.append((month, value))
            if run:
                yield run


def draw(
    series: Series, size: Size, *, id: str, title: str, description: str, standalone: bool = False
) -> SafeString:
    """The series as SVG on paper of a size."""
    paper = Drawing(size, standalone)
    known = [v for v in series.values if v is not None]
    if series.usual:
        known += [series.usual.low, series.usual.high]
    levels = ticks(
        min(0.0, *known) if known else 0.0, max([*known, 1e-9]), 4 if size.compact else 5
    )
    left = 14 + max(len(w) for w in tick_words(levels)) * size.text * 0.58
    top, bottom = (round(size.text * 2.2) if size.compact else 44), size.height - size.text - 14
    y = Scale(levels[0], levels[-1], bottom, top)
    x = Scale(
        series.months[0].ordinal - 0.5, series.months[-1].ordinal + 0.5, left, size.width - 10
    )
    _ground(paper, series, x, y, levels)
    _interruptions(paper, series, x, top, bottom)
    if series.usual:
        _usual(paper, series.usual, x, y)
    for run in series.runs():
        points = [(x(m.ordinal), y(v)) for m, v in run]
        if len(points) == 1:
            paper.dot("c-point", *points[0], 2.5)
        else:
            paper.path("c-line", points)
    _badges(paper, series, x, top)
    _marks(paper, series, x, y)
    return paper.svg(id=id, title=title, description=description)


def _ground(paper: Drawing, series: Series, x: Scale, y: Scale, levels: tuple[float, ...]) -> None:
    size = paper.size
    for level, word in zip(levels, tick_words(levels), strict=True):
        paper.line("c-axis" if level == 0 else "c-grid", x.start, y(level), x.end, y(level))
        paper.text(word, x.start - 6, y(level) + size.text * 0.35, anchor="end")
    paper.text(series.unit, 2, size.text)
    years = [m for m in series.months if m.number == 1]
    room = (x.end - x.start) / max(len(series.months), 1) * 12
    every = next(n for n in (1, 2, 3, 5, 10, 50) if room * n >= size.text * 3.2)
    for january in years:
        at = x(january.ordinal)
        labelled = january.year % every == 0
        paper.line("c-axis", at, y.start, at, y.start + (6 if labelled else 3))
        if labelled and at + size.text * 1.3 <= size.width:
            paper.text(str(january.year), at, y.start + size.text + 7, anchor="middle")
    if len(series.months) < 24 and not any(m.year % every == 0 for m in years):
        first = series.months[0]
        paper.text(first.words, x(first.ordinal), y.start + size.text + 7)


def _interruptions(paper: Drawing, series: Series, x: Scale, top: float, bottom: float) -> None:
    for one in series.interruptions:
        if one.period is not None:
            start, end = x(one.period.first.ordinal - 0.5), x(one.period.last.ordinal + 0.5)
            paper.box("c-gap", start, top, end - start, bottom - top)
        else:
            at = x(one.month.ordinal - 0.5)
            paper.line("c-break", at, top, at, bottom)


def _badges(paper: Drawing, series: Series, x: Scale, top: float) -> None:
    """A letter over each interruption, side by side where two lie close together."""
    radius = paper.size.text * 0.62
    taken = float("-inf")
    for letter, one in zip(_LETTERS, series.interruptions, strict=False):
        middle = (
            (one.period.first.ordinal + one.period.last.ordinal) / 2
            if one.period
            else one.month.ordinal - 0.5
        )
        at = max(x(middle), taken + 2 * radius + 2)
        taken = at
        paper.dot("c-badge", at, top - radius, radius)
        small = paper.size.text * 0.85
        paper.text(letter, at, top - radius + small * 0.36, anchor="middle", size=small)


def _usual(paper: Drawing, usual: Usual, x: Scale, y: Scale) -> None:
    start, end = x(usual.baseline.first.ordinal - 0.5), x(usual.until.ordinal + 0.5)
    paper.box("c-band", start, y(usual.high), end - start, y(usual.low) - y(usual.high))
    paper.line("c-expected", start, y(usual.expected), end, y(usual.expected))


def _marks(paper: Drawing, series: Series, x: Scale, y: Scale) -> None:
    figures = dict(zip(series.months, series.values, strict=True))
    half = paper.size.text / 3 if paper.size.compact else 6.0
    for mark in series.marks:
        value = figures.get(mark.month)
        if value is None:
            continue
        at, level = x(mark.month.ordinal), y(value)
        up = mark.higher
        if up and level - 2 * half - 4 < 2:
            level = 2 * half + 6
        paper.triangle("c-mark", at, level, up, half)
        if mark.words:
            anchor = "end" if at > paper.size.width * 0.8 else "middle"
            shift = -(2 * half + 10) if up else 2 * half + paper.size.text + 6
            paper.text(mark.words, at, level + shift, anchor=anchor, kind="c-text c-strong")
