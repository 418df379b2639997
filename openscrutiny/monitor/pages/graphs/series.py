"""Charts of a series in time, with its breaks and gaps, its marks, its table and its sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from openscrutiny.core.measures import Measure
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.monitor.charts import series
from openscrutiny.monitor.charts.drawing import (
    NARROW,
    PRINT,
    PRINT_SMALL,
    SMALL,
    WIDE,
    Chart,
    Size,
)
from openscrutiny.monitor.charts.series import Happened, Interruption, Mark, Series, Usual
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.graphs.notes import Noted, Notes, annotating_address
from openscrutiny.monitor.pages.sources import series_address


def interruptions(figures: Figures, period: Period) -> tuple[Interruption, ...]:
    """The gaps and breaks of the police figures inside a period, in time order."""
    found = []
    told = set()
    for gap, why in figures.gaps:
        words = f"{gap.words}: no figures, which is not the same as none. {why}".strip()
        after = next((b for b in figures.offences.breaks if b.month == gap.last + 1), None)
        if after is not None:
            told.add(after.month)
            words += f" What follows is not comparable: {after.title.lower()}."
        found.append(Interruption(gap.first, words, gap))
    for one in figures.offences.breaks:
        if one.month not in told:
            words = f"From {one.month.words}: {one.title.lower()}. {one.reason}"
            found.append(Interruption(one.month, words))
    inside = (i for i in found if period.first < i.month <= period.last)
    return tuple(sorted(inside, key=lambda i: i.month))


def series_chart(
    figures: Figures,
    *,
    id: str,
    measure: str,
    area: str,
    strand: str,
    title: str,
    sentence: str,
    window_months: int | None = None,
    period: Period | None = None,
    usual: Iterable[Usual] = (),
    marks: Iterable[Mark] = (),
    reasons: Mapping[Month, str] | None = None,
    notes: Notes | None = None,
    afresh: Iterable[Interruption] = (),
    small: bool = False,
    standalone: bool = False,
) -> Chart:
    """A series with its breaks and gaps, its marks, what happened, and its data table.

    ``reasons`` say in the table why a month is marked, where it is not for being unusual.
    ``notes`` are those of the page; ``afresh`` the months from which the usual range is taken anew.
    A ``standalone`` chart is drawn for print and carries its own colours.
    """
    defined = figures.measures[measure]
    width = defined.window_months if window_months is None else window_months
    panel = figures.measured(measure, width)
    shown = period or _with_figures(panel, area, strand, panel.period)
    part = panel.select(areas=[area], strands=[strand], period=shown)
    noted = notes.on(area, strand, shown) if notes else ()
    drawn = replace(
        _figures(figures, defined, part, width, afresh),
        usual=tuple(usual),
        marks=tuple(marks),
        happened=tuple(Happened(n.period, n.mark) for n in noted),
    )
    named = {"id": id, "title": title, "description": f"{sentence} {_described(drawn, noted)}"}
    wide, narrow = (
        series.draw(drawn, size, **named, standalone=standalone)
        for size in _sizes(small=small, standalone=standalone)
    )
    labels = {"measure": measure, "area": area, "strand": strand}
    asked: Mapping[str, Any] = {**labels, "months": width, "period": shown}
    columns, rows = _table(part, drawn, defined, reasons, noted)
    return Chart(
        **named,
        sentence=sentence,
        wide=wide,
        narrow=narrow,
        legend=drawn.legend,
        columns=columns,
        rows=rows,
        csv=series_address(**asked),
        json=series_address(**asked, kind="json"),
        data_version=figures.data_version,
        happened=noted,
        annotate=annotating_address(figures, area=area, strand=strand),
    )


def _figures(
    figures: Figures,
    defined: Measure,
    part: Panel,
    window_months: int,
    afresh: Iterable[Interruption],
) -> Series:
    """The series as it was published and measured, before anything is said of its months."""
    letters = [*interruptions(figures, part.period), *afresh]
    return Series(
        months=part.months,
        values=tuple(None if np.isnan(v) else float(v) for v in part.values[0, 0]),
        unit=f"{defined.unit}{_window_words(window_months)}",
        regimes=figures.counts[defined.numerator].regimes,
        interruptions=tuple(sorted(letters, key=lambda i: i.month)),
    )


def _sizes(*, small: bool, standalone: bool) -> tuple[Size, Size]:
    """The papers of a chart: as it stands on a wide page, and on a narrow one."""
    if small:
        one = PRINT_SMALL if standalone else SMALL
        return one, one
    return PRINT if standalone else WIDE, NARROW


def marks_of(found: Iterable[Finding], *, measure: str, strand: str) -> tuple[Mark, ...]:
    """The marks of findings over time about one series."""
    return tuple(
        Mark(Month.parse(f.period_to), f.direction == "higher")
        for f in found
        if (f.measure, f.strand, f.kind) == (measure, strand, "over_time")
    )


def figure_words(value: float | None, coverage: Coverage | None, places: int) -> str:
    """A figure as a data table prints it, or why there is none."""
    if value is not None:
        return f"{value:,.{places}f}"
    if coverage is Coverage.UNDEFINED:
        return "none recorded"
    return "withheld" if coverage is Coverage.SUPPRESSED else "not collected"


def _table(
    part: Panel,
    drawn: Series,
    defined: Measure,
    reasons: Mapping[Month, str] | None,
    noted: Sequence[Noted],
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and rows of the data table, with a column for what happened where anything did."""
    flagged = reasons or {
        m.month: "higher than usual" if m.higher else "lower than usual" for m in drawn.marks
    }
    columns = ["Month", defined.unit.capitalize(), "Flagged"]
    rows = [
        [m.words, figure_words(v, Coverage(int(c)), defined.decimals), flagged.get(m, "")]
        for m, v, c in zip(part.months, drawn.values, part.coverage[0, 0], strict=True)
    ]
    if noted:
        columns.append("What happened")
        for row, month in zip(rows, part.months, strict=True):
            row.append(", ".join(n.mark for n in noted if month in n.period))
    return tuple(columns), tuple(map(tuple, rows))


def _with_figures(panel: Panel, area: str, strand: str, period: Period) -> Period:
    """The period without months at its start in which the series was never collected."""
    part = panel.select(areas=[area], strands=[strand], period=period)
    known = np.flatnonzero(part.coverage[0, 0] == Coverage.VALUE)
    if known.size == 0:
        return period
    return Period(part.months[int(known[0])], period.last)


def _window_words(months: int) -> str:
    return "" if months == 1 else f", over {months} months"


def _described(drawn: Series, noted: Sequence[Noted]) -> str:
    known = [(m, v) for m, v in zip(drawn.months, drawn.values, strict=True) if v is not None]
    if not known:
        return "There are no figures in this stretch."
    low, high = min(known, key=lambda k: k[1]), max(known, key=lambda k: k[1])
    said = (
        f"From {known[0][0].words} to {known[-1][0].words} it lies between {low[1]:,.4g} "
        f"({low[0].words}) and {high[1]:,.4g} ({high[0].words}); last {known[-1][1]:,.4g}."
    )
    happened = "; ".join(f"{n.mark}, {n.heading}" for n in noted)
    return " ".join(
        [
            said,
            *(i.words for i in drawn.interruptions),
            *([f"What happened: {happened}."] if noted else []),
        ]
    )
