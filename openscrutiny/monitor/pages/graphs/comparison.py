"""The chart of areas against each other: the funnel, with table and sentence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from openscrutiny.core import counting
from openscrutiny.core import funnel as core_funnel
from openscrutiny.core.checks import METHOD
from openscrutiny.core.measures import Measure, terms
from openscrutiny.core.months import Month, Period
from openscrutiny.monitor.charts import funnel
from openscrutiny.monitor.charts.drawing import NARROW, PRINT, WIDE, Chart
from openscrutiny.monitor.charts.funnel import Dot, Funnel, Limit
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.pages.sources import series_address

INNER, OUTER = 0.95, 0.998
_CURVES = (
    "Dashed curves: where 95 in 100 would lie if they differed only as usual; solid curves: "
    "998 in 1,000."
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
    standalone: bool = False,
) -> Chart | None:
    """Areas against each other in the window that ends at a month; None where nothing can be held
    against anything. A ``standalone`` chart is drawn for print and carries its own colours."""
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
    named = {"id": id, "title": title, "description": description}
    sizes = (PRINT if standalone else WIDE, NARROW)
    wide, narrow = (funnel.draw(drawn, size, **named, standalone=standalone) for size in sizes)
    return Chart(
        **named,
        sentence=sentence,
        wide=wide,
        narrow=narrow,
        legend=_legend(figures.areas.name(chosen) if chosen else "", bool(flagged)),
        columns=(
            figures.areas.kind.capitalize(),
            size_words.capitalize(),
            defined.unit.capitalize(),
            "Inside 95 in 100",
            "Inside 998 in 1,000",
        ),
        rows=_area_rows(drawn, defined.decimals),
        csv=series_address(
            measure=measure,
            area="",
            strand=strand,
            months=defined.between.window_months,
            period=Period(month, month),
        ),
        data_version=figures.data_version,
    )


def _legend(chosen: str, flagged: bool) -> tuple[str, ...]:
    told = [_CURVES]
    if chosen:
        told.append(f"Diamond: {chosen}.")
    if flagged:
        told.append("Triangle: a finding; it points the way the figure is unusual.")
    return tuple(told)


def _area_rows(drawn: Funnel, decimals: int) -> tuple[tuple[str, ...], ...]:
    inner, outer = drawn.limits[0], drawn.limits[-1]
    return tuple(
        (
            d.name,
            f"{d.size:,.0f}",
            f"{d.value:,.{decimals}f}",
            _inside(d, inner),
            _inside(d, outer),
        )
        for d in sorted(drawn.dots, key=lambda d: d.name)
    )


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
