"""A series in time: its line, breaks and gaps, usual range, what was flagged and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from openscrutiny.core.months import Month, Period
from openscrutiny.monitor.charts.drawing import Drawing, Scale, Size, tick_words, ticks

_LETTERS = "ABCDEFGHJKLM"


@dataclass(frozen=True)
class Interruption:
    """A gap (``period`` of months without figures) or a break (``period`` None) at ``month``.

    Or, with ``afresh``, a month from which the usual range is taken anew, though both sides were
    recorded in the same way.
    """

    month: Month
    words: str
    period: Period | None = None
    afresh: bool = False


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
class Happened:
    """Something that happened in some months, under the mark that is explained below the chart."""

    period: Period
    mark: str


@dataclass(frozen=True)
class Series:
    """What a series chart shows. ``values`` has one entry per month, None without a figure.

    ``usual`` holds one range for each stretch that has its own.
    """

    months: tuple[Month, ...]
    values: tuple[float | None, ...]
    unit: str
    regimes: tuple[Period, ...]
    interruptions: tuple[Interruption, ...]
    usual: tuple[Usual, ...] = ()
    marks: tuple[Mark, ...] = ()
    happened: tuple[Happened, ...] = ()

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
    for usual in series.usual:
        known += [usual.low, usual.high]
    levels = ticks(
        min(0.0, *known) if known else 0.0, max([*known, 1e-9]), 4 if size.compact else 5
    )
    left = 14 + max(len(w) for w in tick_words(levels)) * size.text * 0.58
    breaks = round(size.text * 2.2) if size.compact else 44
    # What happened has a row of its own, under that of the breaks.
    top = breaks + (size.text * 1.24 + 10 if series.happened else 0)
    bottom = size.height - size.text - 14
    y = Scale(levels[0], levels[-1], bottom, top)
    x = Scale(
        series.months[0].ordinal - 0.5, series.months[-1].ordinal + 0.5, left, size.width - 10
    )
    _ground(paper, series, x, y, levels)
    for usual in series.usual:
        _usual(paper, usual, x, y)
    _interruptions(paper, series, x, breaks, bottom)
    _happened(paper, series, x, top, bottom)
    for run in series.runs():
        points = [(x(m.ordinal), y(v)) for m, v in run]
        if len(points) == 1:
            paper.dot("c-point", *points[0], 2.5)
        else:
            paper.path("c-line", points)
    _badges(paper, series, x, breaks)
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
            paper.line("c-afresh" if one.afresh else "c-break", at, top, at, bottom)


def _badges(paper: Drawing, series: Series, x: Scale, top: float) -> None:
    """A letter over each interruption, side by side where two lie close together."""
    radius = paper.size.text * 0.62
    shown = series.interruptions[: len(_LETTERS)]
    middles = [
        (one.period.first.ordinal + one.period.last.ordinal) / 2
        if one.period
        else one.month.ordinal - 0.5
        for one in shown
    ]
    places = _apart([x(m) for m in middles], 2 * radius + 2, paper.size.width - radius - 1)
    for letter, at in zip(_LETTERS, places, strict=False):
        paper.dot("c-badge", at, top - radius, radius)
        _inscribe(paper, letter, at, top - radius)


def _happened(paper: Drawing, series: Series, x: Scale, top: float, bottom: float) -> None:
    """A number in a square over the months in which something happened, and a line down to them."""
    half = paper.size.text * 0.62
    months = Period(series.months[0], series.months[-1])
    spans = [
        (
            x(max(one.period.first, months.first).ordinal - 0.5),
            x(min(one.period.last, months.last).ordinal + 0.5),
        )
        for one in series.happened
    ]
    middles = [(start + end) / 2 for start, end in spans]
    places = _apart(middles, 2 * half + 2, paper.size.width - half - 1)
    for one, (start, end), middle, at in zip(series.happened, spans, middles, places, strict=True):
        paper.line("c-happened", middle, top, middle, bottom)
        paper.line("c-happened-span", min(start, middle - 2), top, max(end, middle + 2), top)
        paper.line("c-happened-lead", at, top - 8, middle, top)
        paper.box("c-happened-mark", at - half, top - 8 - 2 * half, 2 * half, 2 * half)
        _inscribe(paper, one.mark, at, top - 8 - half)


def _inscribe(paper: Drawing, words: str, x: float, y: float) -> None:
    """A letter or a number in the middle of a badge."""
    small = paper.size.text * (0.85 if len(words) < 3 else 0.6)
    paper.text(words, x, y + small * 0.36, anchor="middle", size=small)


def _apart(places: Sequence[float], room: float, end: float) -> list[float]:
    """Places in rising order moved so that each has its room, none beyond the end of the paper.

    Where there are more than the paper can hold, they stand closer than that.
    """
    shifted: list[float] = []
    for place in places:
        shifted.append(max(place, shifted[-1] + room) if shifted else place)
    last = end
    for i in reversed(range(len(shifted))):
        shifted[i] = min(shifted[i], last)
        last = shifted[i] - room
    if shifted and shifted[0] < room / 2 and len(shifted) > 1:
        step = (end - room / 2) / (len(shifted) - 1)
        return [room / 2 + i * step for i in range(len(shifted))]
    return shifted


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
