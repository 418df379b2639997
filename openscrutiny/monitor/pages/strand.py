"""One strand across the whole place: its series, its map, its areas against each other."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.core.months import Month
from openscrutiny.core.taxonomy import Strand
from openscrutiny.core.wording import header
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.charts.drawing import Chart
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages import tables
from openscrutiny.monitor.pages.findings import Group, current_set, grouped
from openscrutiny.monitor.pages.graphs.comparison import funnel_chart
from openscrutiny.monitor.pages.graphs.nhs import begins_of, nhs_chart
from openscrutiny.monitor.pages.graphs.notes import Notes, annotations, notes_of
from openscrutiny.monitor.pages.graphs.series import marks_of, series_chart
from openscrutiny.monitor.pages.graphs.where import where_charts
from openscrutiny.monitor.pages.sources import Citation, citations, measured_number
from openscrutiny.monitor.pages.tables import Table


class NoSuchStrand(LookupError):
    """An address that names no strand."""


@dataclass(frozen=True)
class StrandPage:
    """A strand's page; everything but ``strand`` is empty where the police collect no figures."""

    strand: Strand
    inside: tuple[Strand, ...]
    holds: tuple[Strand, ...]
    place: str
    kinds: str
    month: str
    collected: bool
    counted: str
    groups: tuple[Group, ...]
    series: tuple[Chart, ...]
    nhs: Chart | None
    maps: tuple[Chart, ...]
    funnels: tuple[Chart, ...]
    areas: Table | None
    years: Table | None
    citations: tuple[Citation, ...]
    findings_href: str
    data_version: str
    not_computed: bool


@dataclass(frozen=True)
class StrandsPage:
    """All strands, each with the strands it is counted inside and whether it is collected."""

    rows: tuple[tuple[Strand, str, bool], ...]
    place: str
    data_version: str


def strands_page() -> StrandsPage:
    figures = reading.current()
    rows = []
    for strand in figures.taxonomy.strands:
        inside = figures.taxonomy.ancestors(strand.code)
        counted_in = f"Counted inside {inside[0].label}" if inside else "Every offence once"
        rows.append((strand, counted_in, strand in figures.strands))
    return StrandsPage(tuple(rows), figures.areas.place, figures.data_version)


def strand_page(code: str) -> StrandPage:
    """What one strand's page shows. NoSuchStrand for an unknown code."""
    figures = reading.current()
    if code not in figures.taxonomy.codes:
        raise NoSuchStrand(f"There is no strand “{code}”. The strands are listed under Strands.")
    strand = figures.taxonomy[code]
    found_in = current_set(figures)
    collected = strand in figures.strands
    found = (
        list(Finding.objects.filter(found_in=found_in, strand=code).ranked())
        if found_in and collected
        else []
    )
    notes = _notes(figures, code) if collected else None
    month, year = figures.latest, figures.latest_year()
    now = [f for f in found if f.period_to == str(month)]
    return StrandPage(
        strand=strand,
        inside=figures.taxonomy.ancestors(code),
        holds=figures.taxonomy.children(code),
        place=figures.areas.whole,
        kinds=figures.areas.kinds,
        month=month.words,
        collected=collected,
        counted=_counted(figures, code, month, len(now)) if collected else "",
        groups=grouped(now, figures),
        series=_series(figures, strand, found, notes) if notes else (),
        nhs=_nhs(figures, code, notes) if notes else None,
        maps=_maps(figures, strand, month) if collected and year else (),
        funnels=_funnels(figures, strand, month, now) if collected and year else (),
        areas=tables.by_area(figures, code, year) if collected and year else None,
        years=tables.by_financial_year(figures, figures.whole, code) if collected else None,
        citations=citations(
            reading.current_ledger(), figures.counts.values(), [code], figures.offences.period
        )
        if collected
        else (),
        findings_href=f"/findings/?strand={code}&month=any",
        data_version=figures.data_version,
        not_computed=found_in is None,
    )


def _counted(figures: Figures, code: str, month: Month, flagged: int) -> str:
    looked = services.looked_at(figures, reading.method_in_force())
    if looked is None:
        return ""
    return header(
        flagged,
        looked.checked(strand=code, month=month),
        looked.expected(strand=code, month=month),
    )


def _notes(figures: Figures, code: str) -> Notes:
    return notes_of(
        figures,
        annotations(figures),
        area=figures.whole,
        strands=[code],
        period=figures.offences.period,
    )


def _nhs(figures: Figures, code: str, notes: Notes) -> Chart | None:
    begins = begins_of(figures, measure="recorded_offences", area=figures.whole, strand=code)
    return nhs_chart(figures, area=figures.whole, strand=code, notes=notes, begins=begins)


def _series(
    figures: Figures, strand: Strand, found: list[Finding], notes: Notes
) -> tuple[Chart, ...]:
    whole = [f for f in found if f.is_whole]
    charts = []
    for measure, window, words in (
        ("recorded_offences", 1, "offences recorded each month"),
        (
            "outcomes_per_100",
            12,
            "positive outcomes per 100 offences recorded in the same 12 months",
        ),
    ):
        defined = figures.measures[measure]
        if not figures.available(defined):
            continue
        marks = marks_of(whole, measure=measure, strand=strand.code)
        if window != (defined.over_time.window_months if defined.over_time else window):
            marks = ()
        told = f" Marked: {len(marks)} flagged months." if marks else ""
        charts.append(
            series_chart(
                figures,
                id=f"series-{measure.replace('_', '-')}",
                measure=measure,
                area=figures.whole,
                strand=strand.code,
                window_months=window,
                marks=marks,
                notes=notes,
                title=f"{strand.label}, {figures.areas.whole}: {defined.label.lower()}",
                sentence=f"{strand.label} in {figures.areas.whole}: {words}.{told}",
            )
        )
    return tuple(charts)


def _maps(figures: Figures, strand: Strand, month: Month) -> tuple[Chart, ...]:
    defined = figures.measures["offences_per_1000"]
    if not figures.available(defined):
        return ()
    return where_charts(
        figures,
        id="map",
        measure=defined.id,
        strand=strand.code,
        month=month,
        title=f"{strand.label}: offences per 1,000 residents in each {figures.areas.kind}",
        sentence=(
            f"{strand.label}: offences per 1,000 residents in the 12 months to {month.words}. "
            f"{figures.areas.whole} as a whole: "
            f"{measured_number(figures, defined.id, figures.whole, strand.code, month).words}."
        ),
    )


def _funnels(
    figures: Figures, strand: Strand, month: Month, now: list[Finding]
) -> tuple[Chart, ...]:
    charts = []
    for measure in ("offences_per_1000", "outcomes_per_100"):
        defined = figures.measures[measure]
        flagged = [f.area for f in now if (f.measure, f.kind) == (measure, "between")]
        number = len(flagged)
        told = (
            f"{number} of {len(figures.areas.areas)} {figures.areas.kinds} "
            f"{'differs' if number == 1 else 'differ'} from the others more than usual"
            if number
            else f"No {figures.areas.kind} differs from the others more than usual"
        )
        chart = funnel_chart(
            figures,
            id=f"funnel-{measure.replace('_', '-')}",
            measure=measure,
            strand=strand.code,
            month=month,
            flagged=flagged,
            title=f"{defined.label}: all {figures.areas.kinds}",
            sentence=f"{told}, 12 months to {month.words}.",
        )
        if chart is not None:
            charts.append(chart)
    return tuple(charts)
