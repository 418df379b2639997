"""The NHS chart of single values as pages show it: one set of limits for each confirmed stretch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

import numpy as np
from django.utils import timezone

from openscrutiny.core import spc
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month, Period
from openscrutiny.monitor.charts.drawing import Chart
from openscrutiny.monitor.charts.series import Interruption, Mark, Usual
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Rebase
from openscrutiny.monitor.noting import charted, stretches
from openscrutiny.monitor.pages.graphs.notes import Notes
from openscrutiny.monitor.pages.graphs.series import series_chart

LIST = "/data/rebases/"
# Why a month is marked by the NHS rules: (below or falling, above or rising).
_WORDS = {
    spc.Rule.OUTSIDE: ("below the band", "above the band"),
    spc.Rule.TREND: ("part of a fall", "part of a rise"),
    spc.Rule.TWO_IN_THREE: ("near the lower edge", "near the upper edge"),
    spc.Rule.ONE_SIDE: ("in a run below the mean", "in a run above the mean"),
}
_RULES = (
    "beyond the band, seven in a row on one side of the mean, seven in a row rising or falling, or "
    "two of three near an edge"
)
DISPLAY_ONLY = (
    "A new baseline changes how its chart is read and nothing else: findings are made without it."
)


@dataclass(frozen=True)
class Begin:
    """A month from which limits are taken afresh, and why, in words."""

    month: Month
    words: str


def begins_of(figures: Figures, *, measure: str, area: str, strand: str) -> tuple[Begin, ...]:
    """The confirmed new baselines of a series that are in force. One query."""
    rows = Rebase.objects.in_force(figures.place.id).filter(
        measure=measure, area=area, strand=strand
    )
    return tuple(
        Begin(
            row.begins,
            f"From {row.begins.words} the limits are taken afresh. {row.reason} Confirmed by the "
            f"{row.said_as} on {day(row.said_at)} ({row.number}).",
        )
        for row in rows.order_by("month")
    )


def nhs_chart(
    figures: Figures,
    *,
    area: str,
    strand: str,
    measure: str = "recorded_offences",
    id: str = "nhs-chart",
    notes: Notes | None = None,
    begins: Iterable[Begin] = (),
) -> Chart | None:
    """A measure in the present regime with the limits and marks of the NHS chart of single values.

    Each stretch between ``begins`` has limits of its own and no rule reaches from one into the
    next. For display only; None where the measure has no such chart, where there are too few
    months or one is missing.
    """
    regime = figures.offences.regime_of(figures.latest)
    defined = figures.measures[measure]
    if regime is None or not charted(defined) or not figures.available(defined):
        return None
    afresh = [b for b in begins if regime.first < b.month <= regime.last]
    parts = stretches(regime, [b.month for b in afresh])
    held = [_held(figures, measure, area, strand, part) for part in parts]
    usual = [found[0] for found in held if found]
    if not usual:
        return None
    reasons = {month: why for found in held if found for month, why in found[1].items()}
    bare = [part for part, found in zip(parts, held, strict=True) if found is None]
    label, name = figures.taxonomy[strand].label, figures.areas.name(area)
    counted = "" if measure == "recorded_offences" else f", {defined.label.lower()}"
    chart = series_chart(
        figures,
        id=id,
        measure=measure,
        area=area,
        strand=strand,
        period=regime,
        usual=usual,
        marks=[Mark(month, higher=up) for month, (_, up) in reasons.items()],
        reasons={month: why for month, (why, _) in reasons.items()},
        notes=notes,
        afresh=[Interruption(b.month, b.words, afresh=True) for b in afresh],
        title=f"{label}, {name}{counted}: read by the rules the NHS uses",
        sentence=_sentence(len(reasons), regime, afresh, bare),
    )
    return replace(chart, rebase=rebase_address(measure=measure, area=area, strand=strand))


def _held(
    figures: Figures, measure: str, area: str, strand: str, part: Period
) -> tuple[Usual, dict[Month, tuple[str, bool]]] | None:
    """The limits of one stretch and why its months stand out (and upwards); None without limits."""
    panel = figures.measured(measure).select(areas=[area], strands=[strand], period=part)
    try:
        drawn = spc.chart(panel.values[0, 0])
    except Refused:
        return None
    low, high, centre = (float(line[0]) for line in (drawn.low, drawn.high, drawn.centre))
    if np.isnan(low):
        return None
    marked = {
        month: (_WORDS[spc.Rule(rule)][bool(side > 0)], bool(side > 0))
        for month, rule, side in zip(panel.months, drawn.rule, drawn.side, strict=True)
        if rule != spc.Rule.NONE
    }
    return Usual(part, part.last, max(low, 0.0), high, centre), marked


def _sentence(marked: int, regime: Period, afresh: list[Begin], bare: list[Period]) -> str:
    told = f"{marked} of {len(regime)} months stand out: {_RULES}."
    if afresh:
        months = ", ".join(b.month.words for b in afresh)
        told += (
            f" The limits start afresh in {months}, for the reason given below, and no rule "
            f"reaches across. {DISPLAY_ONLY}"
        )
    for part in bare:
        told += f" No limits can be given for {part.words}."
    return (
        f"{told} This is a way to read one chart. Findings are made more strictly, because these "
        "rules mark chance in every third series that has not changed."
    )


def rebase_address(*, measure: str, area: str, strand: str) -> str:
    """The form for a new baseline of a series."""
    return f"{LIST}new/?{urlencode({'measure': measure, 'area': area, 'strand': strand})}"


def day(moment: datetime) -> str:
    """``3 November 2026``."""
    return f"{timezone.localtime(moment):%-d %B %Y}"
