"""Charts of a series in time, with its breaks and gaps, its marks, its table and its sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from openscrutiny.core import spc
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.monitor.charts import series
from openscrutiny.monitor.charts.drawing import NARROW, PRINT, PRINT_SMALL, SMALL, WIDE, Chart
from openscrutiny.monitor.charts.series import Interruption, Mark, Series, Usual
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.sources import series_address

# Why a month is marked by the NHS rules: (below or falling, above or rising).
_NHS_WORDS = {
    spc.Rule.OUTSIDE: ("below the band", "above the band"),
    spc.Rule.TREND: ("part of a fall", "part of a rise"),
    spc.Rule.TWO_IN_THREE: ("near the lower edge", "near the upper edge"),
    spc.Rule.ONE_SIDE: ("in a run below the mean", "in a run above the mean"),
}


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
    usual: Usual | None = None,
    marks: Iterable[Mark] = (),
    reasons: Mapping[Month, str] | None = None,
    small: bool = False,
    standalone: bool = False,
) -> Chart:
    """A series with its breaks and gaps, its marks and its data table.

    ``reasons`` say in the table why a month is marked, where it is not for being unusual. A
    ``standalone`` chart is drawn for print and carries its own colours.
    """
    defined = figures.measures[measure]
    width = defined.window_months if window_months is None else window_months
    panel = figures.measured(measure, width)
    shown = period or _with_figures(panel, area, strand, panel.period)
    part = panel.select(areas=[area], strands=[strand], period=shown)
    values = tuple(None if np.isnan(v) else float(v) for v in part.values[0, 0])
    source = figures.counts[defined.numerator]
    drawn = Series(
        months=part.months,
        values=values,
        unit=f"{defined.unit}{_window_words(width)}",
        regimes=source.regimes,
        interruptions=interruptions(figures, shown),
        usual=usual,
        marks=tuple(marks),
    )
    description = f"{sentence} {_described(drawn)}"
    sizes = (PRINT if standalone else WIDE, NARROW)
    if small:
        sizes = (PRINT_SMALL,) * 2 if standalone else (SMALL,) * 2
    named = {"id": id, "title": title, "description": description}
    wide, narrow = (series.draw(drawn, size, **named, standalone=standalone) for size in sizes)
    flagged = reasons or {
        m.month: "higher than usual" if m.higher else "lower than usual" for m in drawn.marks
    }
    return Chart(
        id=id,
        title=title,
        description=description,
        sentence=sentence,
        wide=wide,
        narrow=narrow,
        legend=drawn.legend,
        columns=("Month", defined.unit.capitalize(), "Flagged"),
        rows=_month_rows(part, values, defined.decimals, flagged),
        csv=series_address(measure=measure, area=area, strand=strand, months=width, period=shown),
        data_version=figures.data_version,
    )


def marks_of(found: Iterable[Finding], *, measure: str, strand: str) -> tuple[Mark, ...]:
    """The marks of findings over time about one series."""
    return tuple(
        Mark(Month.parse(f.period_to), f.direction == "higher")
        for f in found
        if (f.measure, f.strand, f.kind) == (measure, strand, "over_time")
    )


def nhs_chart(figures: Figures, *, area: str, strand: str) -> Chart | None:
    """Offences of the present regime with the limits and marks of the NHS chart of single values.

    For display only; None where there are too few months, or one is missing.
    """
    regime = figures.offences.regime_of(figures.latest)
    if regime is None:
        return None
    part = figures.offences.select(areas=[area], strands=[strand], period=regime)
    try:
        drawn = spc.chart(part.values[0, 0])
    except Refused:
        return None
    low, high, centre = (float(line[0]) for line in (drawn.low, drawn.high, drawn.centre))
    if np.isnan(low):
        return None
    told = zip(part.months, drawn.rule, drawn.side, strict=True)
    marked = [(m, spc.Rule(rule), side > 0) for m, rule, side in told if rule != spc.Rule.NONE]
    label, name = figures.taxonomy[strand].label, figures.areas.name(area)
    return series_chart(
        figures,
        id="nhs-chart",
        measure="recorded_offences",
        area=area,
        strand=strand,
        period=regime,
        usual=Usual(regime, regime.last, max(low, 0.0), high, centre),
        marks=[Mark(month, higher=bool(up)) for month, _, up in marked],
        reasons={month: _NHS_WORDS[rule][bool(up)] for month, rule, up in marked},
        title=f"{label}, {name}: read by the rules the NHS uses",
        sentence=(
            f"{len(marked)} of {len(part.months)} months stand out: beyond the band, seven in a "
            "row on one side of the mean, seven in a row rising or falling, or two of three near "
            "an edge. This is a way to read one chart. Findings are made more strictly, because "
            "these rules mark chance in every third series that has not changed."
        ),
    )


def figure_words(value: float | None, coverage: Coverage | None, places: int) -> str:
    """A figure as a data table prints it, or why there is none."""
    if value is not None:
        return f"{value:,.{places}f}"
    if coverage is Coverage.UNDEFINED:
        return "none recorded"
    return "withheld" if coverage is Coverage.SUPPRESSED else "not collected"


def _month_rows(
    part: Panel, values: Sequence[float | None], decimals: int, flagged: Mapping[Month, str]
) -> tuple[tuple[str, ...], ...]:
    told = zip(part.months, values, part.coverage[0, 0], strict=True)
    return tuple(
        (m.words, figure_words(v, Coverage(int(c)), decimals), flagged.get(m, ""))
        for m, v, c in told
    )


def _with_figures(panel: Panel, area: str, strand: str, period: Period) -> Period:
    """The period without months at its start in which the series was never collected."""
    part = panel.select(areas=[area], strands=[strand], period=period)
    known = np.flatnonzero(part.coverage[0, 0] == Coverage.VALUE)
    if known.size == 0:
        return period
    return Period(part.months[int(known[0])], period.last)


def _window_words(months: int) -> str:
    return "" if months == 1 else f", over {months} months"


def _described(drawn: Series) -> str:
    known = [(m, v) for m, v in zip(drawn.months, drawn.values, strict=True) if v is not None]
    if not known:
        return "There are no figures in this stretch."
    low, high = min(known, key=lambda k: k[1]), max(known, key=lambda k: k[1])
    said = (
        f"From {known[0][0].words} to {known[-1][0].words} it lies between {low[1]:,.4g} "
        f"({low[0].words}) and {high[1]:,.4g} ({high[0].words}); last {known[-1][1]:,.4g}."
    )
    return " ".join([said, *(i.words for i in drawn.interruptions)])
