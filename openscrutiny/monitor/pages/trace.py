"""From a figure back to the file: the months it is made of, and the published rows of each."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.pages.sources import COUNTED, Citation, cite, trace_address
from openscrutiny.warehouse import queries
from openscrutiny.warehouse.queries import Trace

_MOST_MONTHS = 240


class CannotTrace(ValueError):
    """A question no figure answers, with how to ask it."""


@dataclass(frozen=True)
class MonthLine:
    """One month of a figure: what it counts, where its rows are shown, its batches."""

    month: str
    words: str
    href: str
    batches: tuple[Citation, ...]


@dataclass(frozen=True)
class TracePage:
    """A figure taken apart. ``rows`` is filled for a single month, ``months`` for several."""

    title: str
    counted: str
    area: str
    strand: str
    period: str
    total: str
    months: tuple[MonthLine, ...]
    rows: tuple[Trace, ...]
    batches: tuple[Citation, ...]
    remark: str
    data_version: str


def trace_page(
    *, counted: str, area: str, strand: str, month: str = "", first: str = "", last: str = ""
) -> TracePage:
    """The way back from a count. CannotTrace says what was wrong with the question."""
    figures = reading.current()
    period = _period(figures, month, first, last)
    if counted not in figures.counts:
        raise CannotTrace(
            f"“{counted}” is not a thing counted here. Use one of: {', '.join(figures.counts)}."
        )
    if area not in figures.offences.areas or strand not in figures.taxonomy.codes:
        raise CannotTrace("This address names an area or a strand that is not here. Follow a link.")
    panel = figures.counts[counted]
    cells = [(m, *panel.cell(area, strand, m)) for m in period.first.through(period.last)]
    known = [value for _, value, coverage in cells if coverage is Coverage.VALUE]
    single = period.first == period.last
    rows: tuple[Trace, ...] = ()
    if single:
        rows = queries.trace(
            figures.place, counted=counted, area=area, strand=strand, month=period.last
        )
    ledger = reading.current_ledger()
    named = dict.fromkeys(b for m, _, _ in cells for b in panel.batches_of(strand, m))
    label = COUNTED.get(counted, counted)
    strand_words = "" if counted.startswith("residents") else f", {figures.taxonomy[strand].label}"
    return TracePage(
        title=f"{label}{strand_words}, {figures.areas.name(area)}, {period.words}",
        counted=label,
        area=figures.areas.name(area),
        strand=figures.taxonomy[strand].label,
        period=period.words,
        total=_total(known, cells[-1][1], counted) if known else "not collected",
        months=()
        if single
        else tuple(
            MonthLine(
                m.words,
                _cell_words(value, coverage),
                trace_address(counted=counted, area=area, strand=strand, period=Period(m, m)),
                tuple(cite(ledger[b]) for b in panel.batches_of(strand, m)),
            )
            for m, value, coverage in cells
        ),
        rows=rows,
        batches=tuple(cite(ledger[b]) for b in named),
        remark=_remark(figures, rows, cells, counted) if single else "",
        data_version=figures.data_version,
    )


def _period(figures: Figures, month: str, first: str, last: str) -> Period:
    try:
        low, high = Month.parse(month or first), Month.parse(month or last)
        period = Period(low, high)
    except ValueError as error:
        raise CannotTrace(f"{error} Follow a number's link to come here.") from None
    held = figures.offences.period
    if period.last < held.first or period.first > held.last or len(period) > _MOST_MONTHS:
        raise CannotTrace(f"The figures cover {held.words}; {period.words} lies outside them.")
    return Period(max(period.first, held.first), min(period.last, held.last))


def _total(known: list[float], latest: float, counted: str) -> str:
    # Residents are a level, not a flow: adding months of them means nothing.
    value = latest if counted.startswith("residents") else sum(known)
    return f"{value:,.0f}"


def _cell_words(value: float, coverage: Coverage) -> str:
    if coverage is Coverage.VALUE:
        return f"{value:,.0f}"
    return "withheld" if coverage is Coverage.SUPPRESSED else "not collected"


def _remark(
    figures: Figures,
    rows: tuple[Trace, ...],
    cells: list[tuple[Month, float, Coverage]],
    counted: str,
) -> str:
    _, value, coverage = cells[0]
    if coverage is not Coverage.VALUE:
        return "No figure was published for this month. That is not the same as none."
    if not rows and value == 0:
        return (
            "The publisher leaves out rows that count none. The file holds this month, this area "
            "and this strand, but no row for the three together: the figure is zero."
        )
    if counted == "residents":
        return (
            "Residents between two censuses lie on a straight line from one to the next; after the "
            "last census they stay at that census. The rows are those of the censuses."
        )
    return ""
