"""Charts of figures: from panels to what the drawing modules draw, with table, CSV and sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from openscrutiny.core import counting, spc
from openscrutiny.core import funnel as core_funnel
from openscrutiny.core.checks import METHOD
from openscrutiny.core.measures import Measure, Refused, terms
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.monitor.charts import funnel, series, tiles
from openscrutiny.monitor.charts.drawing import NARROW, SMALL, WIDE, Chart
from openscrutiny.monitor.charts.funnel import Dot, Funnel, Limit
from openscrutiny.monitor.charts.series import Interruption, Mark, Series, Usual
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.sources import series_address

INNER, OUTER = 0.95, 0.998

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
) -> Chart:
    """A series with its breaks and gaps, its marks and its data table.

    ``reasons`` say in the table why a month is marked, where it is not for being unusual.
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
    if small:
        wide = narrow = series.draw(drawn, SMALL, id=id, title=title, description=description)
    else:
        wide = series.draw(drawn, WIDE, id=id, title=title, description=description)
        narrow = series.draw(drawn, NARROW, id=id, title=title, description=description)
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
        rows=tuple(
            (
                m.words,
                _figure_words(v, Coverage(int(c)), defined.decimals),
                flagged.get(m, ""),
            )
            for m, v, c in zip(part.months, values, part.coverage[0, 0], strict=True)
        ),
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


def funnel_chart(
    figures: Figures,
    *,
    id: str,
    measure: str,
    strand: str,
    month: Month,
    title: str,
    sentence: str,
    chosen: str = "",
    flagged: Sequence[str] = (),
) -> Chart | None:
    """Areas against each other in the window that ends at a month; None where nothing can be held
    against anything."""
    held = _held(figures, measure, strand, month)
    if held is None:
        return None
    defined = figures.measures[measure]
    assert defined.between is not None
    dots, limits, average, size_words = held
    dots = tuple(Dot(d.area, d.name, d.size, d.value, d.area in flagged) for d in dots)
    drawn = Funnel(dots, limits, average, defined.unit, size_words, chosen)
    period = Period.ending(month, defined.between.window_months)
    sentence = f"{sentence} {_position(figures, drawn)}".rstrip()
    description = (
        f"{sentence} Each of {len(dots)} dots is one {figures.areas.kind}, {period.words}. "
        f"Dashed curves: the usual range of 95 in 100; solid curves: of 998 in 1,000. The dashed "
        f"level is {figures.areas.place} as a whole, {average:,.{defined.decimals}f}."
    )
    low, high = ({d.area: _inside(d, limit) for d in dots} for limit in (limits[0], limits[-1]))
    return Chart(
        id=id,
        title=title,
        description=description,
        sentence=sentence,
        wide=funnel.draw(drawn, WIDE, id=id, title=title, description=description),
        narrow=funnel.draw(drawn, NARROW, id=id, title=title, description=description),
        legend=(
            (
                "Dashed curves: where 95 in 100 would lie if they differed only as usual; solid "
                "curves: 998 in 1,000."
            ),
            *((f"Diamond: {figures.areas.name(chosen)}.",) if chosen else ()),
            *(
                ("Triangle: a finding; it points the way the figure is unusual.",)
                if flagged
                else ()
            ),
        ),
        columns=(
            figures.areas.kind.capitalize(),
            size_words.capitalize(),
            defined.unit.capitalize(),
            "Inside 95 in 100",
            "Inside 998 in 1,000",
        ),
        rows=tuple(
            (
                d.name,
                f"{d.size:,.0f}",
                f"{d.value:,.{defined.decimals}f}",
                low[d.area],
                high[d.area],
            )
            for d in sorted(dots, key=lambda d: d.name)
        ),
        csv=series_address(
            measure=measure,
            area="",
            strand=strand,
            months=defined.between.window_months,
            period=Period(month, month),
        ),
        data_version=figures.data_version,
    )


def tile_chart(
    figures: Figures, *, id: str, measure: str, strand: str, month: Month, title: str, sentence: str
) -> Chart:
    """A measure's figure in every area, in the window that ends at a month."""
    defined = figures.measures[measure]
    panel = figures.measured(measure)
    values: dict[str, float | None] = {}
    for area in figures.areas.areas:
        value, coverage = panel.cell(area.code, strand, month)
        values[area.code] = value if coverage is Coverage.VALUE else None
    drawn = tiles.tile_map(figures.areas, values, defined.decimals)
    description = f"{sentence} Every figure is printed in its tile and listed in the table."
    short = {t.name: t.short for t in drawn.tiles}
    return Chart(
        id=id,
        title=title,
        description=description,
        sentence=sentence,
        wide=tiles.draw(drawn, WIDE, id=id, title=title, description=description),
        narrow=tiles.draw(drawn, NARROW, id=id, title=title, description=description),
        legend=("A darker tile is a larger figure, not a better or a worse one.",),
        columns=(figures.areas.kind.capitalize(), "Short name", defined.unit.capitalize()),
        rows=tuple(
            (a.name, short[a.name], _figure_words(values[a.code], None, defined.decimals))
            for a in sorted(figures.areas.areas, key=lambda a: a.name)
        ),
        csv=series_address(
            measure=measure,
            area="",
            strand=strand,
            months=defined.window_months,
            period=Period(month, month),
        ),
        data_version=figures.data_version,
    )


# ---- parts ---------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _held(
    figures: Figures, measure: str, strand: str, month: Month
) -> tuple[tuple[Dot, ...], tuple[Limit, ...], float, str] | None:
    """Dots, limits and average of a funnel, as the test between areas sees them."""
    defined = figures.measures[measure]
    rule = defined.between
    if rule is None or not figures.available(defined):
        return None
    events, exposure = _window(figures, defined, strand, month, rule.window_months)
    usable = ~np.isnan(events) & ~np.isnan(exposure) & (np.nan_to_num(exposure) > 0)
    if usable.sum() < METHOD.areas_least or np.nansum(events[usable]) == 0:
        return None
    rate = float(events[usable].sum() / exposure[usable].sum())
    expected = np.where(usable, exposure * rate, np.nan)
    tested = usable & (np.nan_to_num(expected) >= rule.expected_least)
    tau2, _, _ = core_funnel.between_areas(
        np.where(tested, events, np.nan), np.where(tested, expected, np.nan), trim=METHOD.trim
    )
    size = float("inf") if tau2 <= 0 else float(1 / tau2)
    grid = np.linspace(
        np.sqrt(exposure[usable].min() * 0.85), np.sqrt(exposure[usable].max() * 1.05), 60
    )
    sizes = grid**2
    limits = []
    for coverage in (INNER, OUTER):
        low, high = counting.usual_range(sizes * rate, np.full(sizes.shape, size), coverage)
        limits.append(
            Limit(
                f"{coverage:.1%}",
                tuple(sizes.tolist()),
                tuple((defined.per * low / sizes).tolist()),
                tuple((defined.per * high / sizes).tolist()),
            )
        )
    dots = tuple(
        Dot(a.code, a.name, float(exposure[i]), float(defined.per * events[i] / exposure[i]))
        for i, a in enumerate(figures.areas.areas)
        if usable[i]
    )
    words = "residents" if defined.denominator == "residents" else "offences in the same period"
    return dots, tuple(limits), defined.per * rate, words


def _window(
    figures: Figures, measure: Measure, strand: str, month: Month, months: int
) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    top, bottom = terms(measure, figures.counts, whole=figures.whole, window_months=months)
    assert bottom is not None
    where = (slice(0, -1), top.strand_index(strand), top.month_index(month))
    return top.values[where], bottom.values[where]


def _position(figures: Figures, drawn: Funnel) -> str:
    """Where the chosen area lies, and how many would lie outside if nothing were unusual."""
    inner = drawn.limits[0]
    for dot in drawn.dots:
        if dot.area == drawn.chosen:
            where = {"yes": "inside", "above": "above", "below": "below"}[_inside(dot, inner)]
            few = max(1, round((1 - INNER) * len(drawn.dots)))
            return (
                f"That is {where} the range in which 95 of 100 {figures.areas.kinds} of its size "
                f"would lie. Of {len(drawn.dots)}, about {few} would lie outside it by chance."
            )
    return ""


def _inside(dot: Dot, limit: Limit) -> str:
    low = float(np.interp(dot.size, limit.sizes, limit.low))
    high = float(np.interp(dot.size, limit.sizes, limit.high))
    return "above" if dot.value > high else "below" if dot.value < low else "yes"


def _with_figures(panel: Panel, area: str, strand: str, period: Period) -> Period:
    """The period without months at its start in which the series was never collected."""
    part = panel.select(areas=[area], strands=[strand], period=period)
    known = np.flatnonzero(part.coverage[0, 0] == Coverage.VALUE)
    if known.size == 0:
        return period
    return Period(part.months[int(known[0])], period.last)


def _window_words(months: int) -> str:
    return "" if months == 1 else f", over {months} months"


def _figure_words(value: float | None, coverage: Coverage | None, places: int) -> str:
    if value is not None:
        return f"{value:,.{places}f}"
    if coverage is Coverage.UNDEFINED:
        return "none recorded"
    return "withheld" if coverage is Coverage.SUPPRESSED else "not collected"


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
