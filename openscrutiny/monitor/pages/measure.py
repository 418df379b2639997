"""A measure on one page: its definition, and its figures for an area and a strand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Period
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.charts.drawing import Chart
from openscrutiny.monitor.figures import Figures, NothingHere
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages import definition, tables
from openscrutiny.monitor.pages.findings import Option, current_set
from openscrutiny.monitor.pages.graphs.comparison import funnel_chart
from openscrutiny.monitor.pages.graphs.nhs import begins_of, nhs_chart
from openscrutiny.monitor.pages.graphs.notes import annotations, notes_of
from openscrutiny.monitor.pages.graphs.series import marks_of, series_chart
from openscrutiny.monitor.pages.graphs.where import where_charts
from openscrutiny.monitor.pages.sources import (
    Citation,
    Number,
    citations,
    measure_address,
    measured_number,
    series_address,
)
from openscrutiny.monitor.pages.tables import Table
from openscrutiny.warehouse.definitions import measures


class NoSuchMeasure(LookupError):
    """An address that names no measure."""


@dataclass(frozen=True)
class Shown:
    """A measure's figures for one area and one strand, and of all areas and all strands."""

    place: str
    kinds: str
    series: str
    month: str
    latest: Number
    filters: tuple[tuple[str, tuple[Option, ...]], ...]
    chart: Chart
    nhs: Chart | None
    funnel: Chart | None
    maps: tuple[Chart, ...]
    areas: Table
    strands: Table
    citations: tuple[Citation, ...]
    csv: str
    series_json: str


@dataclass(frozen=True)
class MeasurePage:
    """A measure with what its tests need, in sentences. ``shown`` is None without its figures.

    ``overdue`` says that the review is late, or nothing. ``missing`` says why there are no figures.
    """

    measure: Measure
    numerator: str
    denominator: str
    polarity: str
    tests: tuple[str, ...]
    review_by: str
    overdue: str
    findings_href: str
    json_href: str
    shown: Shown | None
    missing: str
    data_version: str

    @property
    def json(self) -> dict[str, Any]:
        """The page as JSON."""
        measure, shown = self.measure, self.shown
        return {
            "id": measure.id,
            "label": measure.label,
            "definition": measure.definition,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unit": measure.unit,
            "window_months": measure.window_months,
            "polarity": measure.polarity.value,
            "polarity_in_words": self.polarity,
            "caveats": list(measure.caveats),
            "tests": list(self.tests),
            "serves": measure.outcome,
            "owner": measure.owner,
            "review_by": str(measure.review_by),
            "review_overdue": bool(self.overdue),
            "data_version": self.data_version or None,
            "figures": shown
            and {
                "of": shown.series,
                "month": shown.month,
                "by_area": _table_json(shown.areas),
                "by_strand": _table_json(shown.strands),
                "series": shown.series_json,
            },
        }


@dataclass(frozen=True)
class MeasuresPage:
    """Every measure, with whether its review is late."""

    measures: tuple[tuple[Measure, str], ...]


def measures_page(*, today: date) -> MeasuresPage:
    return MeasuresPage(tuple((m, definition.overdue(m, today)) for m in measures().values()))


def measure_page(id: str, *, today: date, area: str = "", strand: str = "") -> MeasurePage:
    """A measure, its charts for an area and a strand (the whole and the widest strand unless said).

    What names no area or strand here is as if it had not been said. NoSuchMeasure for an unknown
    identifier.
    """
    measure = measures().get(id)
    if measure is None:
        raise NoSuchMeasure(f"There is no measure “{id}”. The measures are listed under Measures.")
    shown: Shown | None = None
    missing, version, place = "", "", "all areas"
    try:
        figures = reading.current()
    except NothingHere as nothing:
        missing = str(nothing.args[0])
    else:
        version, place = figures.data_version, figures.areas.whole
        if figures.available(measure):
            shown = _shown(figures, measure, *_chosen(figures, measure, area, strand))
        else:
            missing = "A published file that this measure needs has not been imported."
    return MeasurePage(
        measure=measure,
        numerator=definition.numerator(measure),
        denominator=definition.denominator(measure, place),
        polarity=definition.polarity(measure),
        tests=definition.how_tested(measure),
        review_by=measure.review_by.words,
        overdue=definition.overdue(measure, today),
        findings_href=f"/findings/?measure={id}&month=any",
        json_href=f"/measures/{id}.json",
        shown=shown,
        missing=missing,
        data_version=version,
    )


def _chosen(figures: Figures, measure: Measure, area: str, strand: str) -> tuple[str, str]:
    """The area and the strand that were asked for, or those to begin with."""
    codes = [code for code, _ in _areas(figures, measure)]
    strands = [s.code for s in figures.strands]
    return (
        area if area in codes else codes[0],
        strand if strand in strands else figures.main_strand.code,
    )


def _areas(figures: Figures, measure: Measure) -> list[tuple[str, str]]:
    """The areas to choose from, the whole first; a share has no figure of the whole."""
    named = sorted(figures.areas.areas, key=lambda a: a.name)
    whole = [] if measure.kind is Kind.SHARE else [(figures.whole, figures.areas.whole)]
    return [*whole, *((a.code, a.name) for a in named)]


def _shown(figures: Figures, measure: Measure, area: str, strand: str) -> Shown:
    month, name = figures.latest, figures.areas.name(area)
    label = figures.taxonomy[strand].label
    found_in = current_set(figures)
    found = (
        list(Finding.objects.filter(found_in=found_in, measure=measure.id, strand=strand))
        if found_in
        else []
    )
    latest = measured_number(figures, measure.id, area, strand, month)
    options = {
        "area": [Option(c, words, c == area) for c, words in _areas(figures, measure)],
        "strand": [Option(s.code, s.label, s.code == strand) for s in figures.strands],
    }
    series: dict[str, Any] = {"measure": measure.id, "area": area, "strand": strand}
    chart, nhs = _charts(figures, measure, area, strand, [f for f in found if f.area == area])
    return Shown(
        place=figures.areas.whole,
        kinds=figures.areas.kinds,
        series=f"{label}, {name}",
        month=month.words,
        latest=latest,
        filters=tuple((n, tuple(chosen)) for n, chosen in options.items()),
        chart=chart,
        nhs=nhs,
        funnel=_funnel(figures, measure, strand, found),
        maps=_maps(figures, measure, strand),
        areas=_by_area(figures, measure, strand),
        strands=_by_strand(figures, measure, area),
        citations=citations(
            reading.current_ledger(),
            [figures.counts[c] for c in measure.counts],
            [strand],
            figures.offences.period,
        ),
        csv=series_address(measure=measure.id, area="", strand=""),
        series_json=series_address(**series, kind="json"),
    )


def _charts(
    figures: Figures, measure: Measure, area: str, strand: str, found: list[Finding]
) -> tuple[Chart, Chart | None]:
    """The series and, for a count of single months, the NHS chart of it. Two queries."""
    notes = notes_of(
        figures, annotations(figures), area=area, strands=[strand], period=figures.offences.period
    )
    # Months are only marked on the figures that were tested.
    tested = measure.over_time is not None and (
        measure.over_time.window_months == measure.window_months
    )
    marks = marks_of(found, measure=measure.id, strand=strand) if tested else ()
    label, name = figures.taxonomy[strand].label, figures.areas.name(area)
    told = f" Marked: {len(marks)} flagged month{'' if len(marks) == 1 else 's'}." if marks else ""
    window = measure.window_months
    over = "each month" if window == 1 else f"over the {window} months that end in each month"
    chart = series_chart(
        figures,
        id="series",
        measure=measure.id,
        area=area,
        strand=strand,
        marks=marks,
        notes=notes,
        title=f"{measure.label}: {label}, {name}",
        sentence=f"{label} in {name}: {measure.noun}, {over}.{told}",
    )
    begins = begins_of(figures, measure=measure.id, area=area, strand=strand)
    return chart, nhs_chart(
        figures, measure=measure.id, area=area, strand=strand, notes=notes, begins=begins
    )


def _funnel(figures: Figures, measure: Measure, strand: str, found: list[Finding]) -> Chart | None:
    if measure.between is None:
        return None
    month = figures.latest
    here = (str(month), "between")
    flagged = [f.area for f in found if (f.period_to, f.kind) == here]
    period = Period.ending(month, measure.between.window_months)
    told = f"{len(flagged)} flagged" if flagged else "None is flagged"
    return funnel_chart(
        figures,
        id="funnel",
        measure=measure.id,
        strand=strand,
        month=month,
        flagged=flagged,
        title=f"{measure.label}: all {figures.areas.kinds}, {figures.taxonomy[strand].label}",
        sentence=f"All {figures.areas.kinds} beside each other, {period.words}. {told}.",
    )


def _maps(figures: Figures, measure: Measure, strand: str) -> tuple[Chart, ...]:
    label, kind = figures.taxonomy[strand].label, figures.areas.kind
    return where_charts(
        figures,
        id="map",
        measure=measure.id,
        strand=strand,
        month=figures.latest,
        title=f"{measure.label}: {label}, each {kind}",
        sentence=f"{label}: {measure.noun}, {_months(figures, measure)}.",
    )


def _numbers(figures: Figures, measure: Measure, area: str, strand: str) -> tuple[Number, ...]:
    return tables.measure_numbers(figures, measure, area, strand, figures.latest)


def _by_area(figures: Figures, measure: Measure, strand: str) -> Table:
    label, kind = figures.taxonomy[strand].label, figures.areas.kind
    return Table(
        caption=f"{measure.label} by {kind}: {label}, {_months(figures, measure)}",
        columns=(kind.capitalize(), *tables.measure_columns(measure)),
        rows=tuple(
            tables.Row(
                a.name,
                measure_address(measure=measure.id, area=a.code, strand=strand),
                _numbers(figures, measure, a.code, strand),
            )
            for a in sorted(figures.areas.areas, key=lambda a: a.name)
        ),
        note="In the order of the alphabet: a rank would say more than these figures can.",
    )


def _by_strand(figures: Figures, measure: Measure, area: str) -> Table:
    return Table(
        caption=(
            f"{measure.label} by strand: {figures.areas.name(area)}, {_months(figures, measure)}"
        ),
        columns=("Strand", *tables.measure_columns(measure)),
        rows=tuple(
            tables.Row(
                s.label,
                measure_address(measure=measure.id, area=area, strand=s.code),
                _numbers(figures, measure, area, s.code),
            )
            for s in figures.strands
        ),
        note="One offence can carry several strands, so the rows are never added up.",
    )


def _months(figures: Figures, measure: Measure) -> str:
    return Period.ending(figures.latest, measure.window_months).words


def _table_json(table: Table) -> list[dict[str, str]]:
    return [
        {"label": row.label}
        | {c: n.words for c, n in zip(table.columns[1:], row.numbers, strict=True)}
        for row in table.rows
    ]
