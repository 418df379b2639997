"""Where a number came from: addresses of the published rows, and the batches behind figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from urllib.parse import urlencode

import numpy as np

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.monitor.figures import Figures
from openscrutiny.warehouse.batches import Ledger, Manifest

COUNTED = {
    "offences": "Offences recorded",
    "positive_outcomes": "Positive outcomes",
    "residents": "Residents",
    "residents_mid_year": "Residents (mid-year estimate)",
    "boundary": "Boundary",
}


@dataclass(frozen=True)
class Number:
    """A number as it is printed, and the address that leads to where it came from."""

    words: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Citation:
    """One batch figures rest on: what to print, where to read more."""

    batch: str
    title: str
    publisher: str
    edition: str
    licence: str
    href: str


def trace_address(*, counted: str, area: str, strand: str, period: Period) -> str:
    """The page that shows the published rows behind a count."""
    asked = {"counted": counted, "area": area, "strand": strand}
    if period.first == period.last:
        asked["month"] = str(period.last)
    else:
        asked |= {"from": str(period.first), "to": str(period.last)}
    return f"/data/trace/?{urlencode(asked)}"


def series_address(
    *,
    measure: str,
    area: str,
    strand: str,
    months: int | None = None,
    period: Period | None = None,
    kind: str = "csv",
) -> str:
    """The file of a series, CSV or JSON; an empty area means all areas."""
    asked = {"measure": measure, "strand": strand}
    if area:
        asked["area"] = area
    if months is not None:
        asked["months"] = str(months)
    if period is not None:
        asked |= {"from": str(period.first), "to": str(period.last)}
    return f"/data/series.{kind}?{urlencode(asked)}"


def measure_address(*, measure: str, area: str = "", strand: str = "") -> str:
    """The page of a measure, with the area and the strand its charts show."""
    chosen = {name: code for name, code in (("area", area), ("strand", strand)) if code}
    return f"/measures/{measure}/{f'?{urlencode(chosen)}' if chosen else ''}"


def finding_address(id: str) -> str:
    return f"/findings/{id}/"


def batch_address(batch: str) -> str:
    return f"/data/batches/{batch}/"


def licence_words(manifest: Manifest) -> str:
    """The licence as it is known: a presumed one is called that."""
    if manifest.licence_status == "stated":
        return manifest.licence
    return f"{manifest.licence} (presumed, unconfirmed)"


def cite(manifest: Manifest) -> Citation:
    return Citation(
        batch=manifest.batch,
        title=manifest.title,
        publisher=manifest.publisher,
        edition=manifest.edition,
        licence=licence_words(manifest),
        href=batch_address(manifest.batch),
    )


def citations(
    ledger: Ledger, panels: Iterable[Panel], strands: Sequence[str], period: Period
) -> tuple[Citation, ...]:
    """The batches behind the figures of these strands in a period, each once."""
    named: dict[str, None] = {}
    for panel in panels:
        rows = [panel.strand_index(s) for s in strands]
        low = max(panel.month_index(panel.period.first), period.first - panel.months[0])
        high = min(len(panel.months), period.last - panel.months[0] + 1)
        for index in np.unique(panel.supply[rows, low:high]):
            if index >= 0:
                named |= dict.fromkeys(panel.batches[index])
    return tuple(cite(ledger[b]) for b in named)


def total(
    figures: Figures, counted: str, area: str, strand: str, period: Period
) -> tuple[float | None, int]:
    """The sum over a period and how many of its months hold a figure; None where none does.

    The sum is over the months there are: a caller that needs all of them compares the number.
    """
    panel = figures.counts.get(counted)
    if panel is None:
        return None, 0
    months = [m for m in period.first.through(period.last) if m in panel.period]
    cells = [panel.cell(area, strand, m) for m in months]
    known = [value for value, coverage in cells if coverage is Coverage.VALUE]
    if not known:
        return None, 0
    return reduce(float.__add__, known), len(known)


def counted_number(
    figures: Figures, counted: str, area: str, strand: str, period: Period
) -> Number:
    """A traced sum over a period; says so where only some of its months hold a figure."""
    value, months = total(figures, counted, area, strand, period)
    if value is None:
        return Number("not collected")
    note = "" if months == len(period) else f"{months} of {len(period)} months"
    href = trace_address(counted=counted, area=area, strand=strand, period=period)
    return Number(f"{value:,.0f}", href, note)


def measured_number(
    figures: Figures, measure_id: str, area: str, strand: str, month: Month
) -> Number:
    """A traced figure of a measure, over its own window, which ends at a month."""
    measure = figures.measures[measure_id]
    if not figures.available(measure):
        return Number("not collected", note="a file this figure needs is not imported")
    width = measure.window_months
    value, coverage = figures.measured(measure_id, width).cell(area, strand, month)
    if coverage is Coverage.UNDEFINED:
        return Number("none recorded")
    if coverage is not Coverage.VALUE:
        return Number("not collected" if coverage is Coverage.NOT_COLLECTED else "withheld")
    href = trace_address(
        counted=measure.numerator, area=area, strand=strand, period=Period.ending(month, width)
    )
    return Number(f"{value:,.{measure.decimals}f}", href)


def financial_years(panel: Panel) -> tuple[Period, ...]:
    """Each April to March that holds a month of the panel, newest first."""
    first = panel.months[0]
    start = first.year if first.number >= 4 else first.year - 1
    years = []
    while Month.of(start, 4) <= panel.months[-1]:
        years.append(Period(Month.of(start, 4), Month.of(start + 1, 3)))
        start += 1
    return tuple(reversed(years))


def financial_year_words(year: Period) -> str:
    """``2024-25``."""
    return f"{year.first.year}-{year.last.year % 100:02d}"
