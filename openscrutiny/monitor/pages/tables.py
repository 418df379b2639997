"""Tables that area and strand pages share: by strand, by area, by financial year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Month, Period
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.pages.sources import (
    COUNTED,
    Number,
    counted_number,
    financial_year_words,
    financial_years,
    measured_number,
    total,
)


@dataclass(frozen=True)
class Row:
    """A table row: what it is about, where that leads, its numbers, a remark."""

    label: str
    href: str
    numbers: tuple[Number, ...]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption. The first column is the row's label; the rows' notes stand in a
    last column where ``note_column`` names one."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    note_column: str = ""


_YEAR_COLUMNS = (
    "Offences",
    "Per 1,000 residents",
    "Positive outcomes",
    "Outcomes per 100 offences",
)


def year_numbers(figures: Figures, area: str, strand: str, year: Period) -> tuple[Number, ...]:
    """Offences, rate, positive outcomes and outcomes per 100 in twelve months."""
    return (
        counted_number(figures, "offences", area, strand, year),
        measured_number(figures, "offences_per_1000", area, strand, year.last),
        counted_number(figures, "positive_outcomes", area, strand, year),
        measured_number(figures, "outcomes_per_100", area, strand, year.last),
    )


def measure_columns(measure: Measure) -> tuple[str, ...]:
    """What ``measure_numbers`` gives, in words."""
    return (measure.unit.capitalize(), *(COUNTED.get(c, c) for c in _made_of(measure)))


def measure_numbers(
    figures: Figures, measure: Measure, area: str, strand: str, month: Month
) -> tuple[Number, ...]:
    """A measure's figure over its window that ends at a month, and the counts it is made of."""
    period = Period.ending(month, measure.window_months)
    return (
        measured_number(figures, measure.id, area, strand, month),
        *(counted_number(figures, c, area, strand, period) for c in _made_of(measure)),
    )


def _made_of(measure: Measure) -> tuple[str, ...]:
    """The counts to show beside a figure: none for a bare count, both for a ratio of two."""
    if measure.kind is Kind.COUNT:
        return ()
    return measure.counts if measure.kind is Kind.RATIO else (measure.numerator,)


def by_strand(figures: Figures, area: str, year: Period) -> Table:
    """One area's strands over twelve months. Strands overlap, so the table has no total row."""
    return Table(
        caption=f"{figures.areas.name(area)} by strand, {year.words}",
        columns=("Strand", *_YEAR_COLUMNS),
        rows=tuple(
            Row(s.label, f"/strands/{s.code}/", year_numbers(figures, area, s.code, year))
            for s in figures.strands
        ),
        note=(
            "One offence can carry several strands, so the rows are never added up. Outcomes are "
            "counted in the month they happen and are held against the offences recorded in the "
            "same period: this is not the share of these offences that were solved."
        ),
    )


def by_area(figures: Figures, strand: str, year: Period) -> Table:
    """One strand in every area over twelve months, in the order of the alphabet."""
    return Table(
        caption=f"{figures.taxonomy[strand].label} by {figures.areas.kind}, {year.words}",
        columns=(figures.areas.kind.capitalize(), *_YEAR_COLUMNS),
        rows=tuple(
            Row(a.name, f"/areas/{a.slug}/", year_numbers(figures, a.code, strand, year))
            for a in sorted(figures.areas.areas, key=lambda a: a.name)
        ),
        note=(
            "In the order of the alphabet: a rank would say more than these figures can. Each "
            "number leads to the published rows behind it."
        ),
    )


def by_financial_year(figures: Figures, area: str, strand: str) -> Table:
    """Each April to March with its offences and outcomes, newest first.

    A year in which recording changed stands in parts, so that no figure reaches across the change.
    """
    rows = []
    for year, part in _parts_of_years(figures):
        offences = counted_number(figures, "offences", area, strand, part)
        if not offences.href:
            continue
        outcomes = counted_number(figures, "positive_outcomes", area, strand, part)
        ratio = _per_100(figures, area, strand, part)
        rows.append(Row(financial_year_words(year), "", (offences, outcomes, ratio), _months(part)))
    return Table(
        caption=(
            f"{figures.taxonomy[strand].label} in {figures.areas.name(area)} by financial year "
            "(April to March)"
        ),
        columns=("Year", "Offences", "Positive outcomes", "Outcomes per 100 offences"),
        note_column="Months",
        rows=tuple(rows),
        note=(
            "A year in which recording changed stands in parts, and the parts cannot be compared. "
            "Outcomes per 100 offences are given for whole years alone."
        ),
    )


def _parts_of_years(figures: Figures) -> Iterator[tuple[Period, Period]]:
    """Each financial year with the part of it that lies in one regime, newest first."""
    for year in financial_years(figures.offences):
        for regime in reversed(figures.offences.regimes):
            first, last = max(year.first, regime.first), min(year.last, regime.last)
            if first <= last:
                yield year, Period(first, last)


def _months(part: Period) -> str:
    return "all 12" if len(part) == 12 else f"{len(part)}: {part.words}"


def _per_100(figures: Figures, area: str, strand: str, part: Period) -> Number:
    """The ratio of a whole year of one regime in which both were collected."""
    offences, months = total(figures, "offences", area, strand, part)
    outcomes, outcome_months = total(figures, "positive_outcomes", area, strand, part)
    if not offences or outcomes is None:
        return Number("not collected")
    if (months, outcome_months) != (12, 12):
        return Number("not given")
    return Number(f"{100 * outcomes / offences:,.1f}")
