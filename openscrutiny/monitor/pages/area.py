"""One area on one page that a chair can read in ten minutes: sentences first."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.core.areas import Area
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage
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
from openscrutiny.monitor.pages.graphs.notes import Noted, Notes, annotations, notes_of
from openscrutiny.monitor.pages.graphs.series import marks_of, series_chart
from openscrutiny.monitor.pages.sources import (
    Citation,
    Number,
    citations,
    counted_number,
    measured_number,
    trace_address,
)
from openscrutiny.monitor.pages.tables import Table

FIVE_YEARS = 60


class NoSuchArea(LookupError):
    """An address that names no area of the place."""


@dataclass(frozen=True)
class Statement:
    """A sentence with one traced number in it: what stands before, the number, what follows."""

    before: str
    number: Number
    after: str


@dataclass(frozen=True)
class AreaPage:
    """An area's page. ``groups`` are this month's findings; ``earlier`` the year before's."""

    code: str
    slug: str
    name: str
    kind: str
    group: str
    month: str
    statements: tuple[Statement, ...]
    comparable: str
    counted: str
    groups: tuple[Group, ...]
    quiet: str
    too_few: tuple[str, ...]
    earlier: tuple[Group, ...]
    findings_href: str
    strands: Table | None
    multiples: tuple[Chart, ...]
    happened: tuple[Noted, ...]
    nhs: Chart | None
    funnels: tuple[Chart, ...]
    residents: tuple[tuple[str, Number], ...]
    years: Table
    not_collected: tuple[Strand, ...]
    citations: tuple[Citation, ...]
    csv: str
    data_version: str
    not_computed: bool


@dataclass(frozen=True)
class AreasPage:
    """All areas by name, with how many findings each has this month, and the groups they are in."""

    kind: str
    kinds: str
    place: str
    month: str
    rows: tuple[tuple[str, str, str, int], ...]
    data_version: str


def areas_page() -> AreasPage:
    figures = reading.current()
    found_in = current_set(figures)
    month = figures.latest
    codes = (
        Finding.objects.filter(found_in=found_in, period_to=str(month)).values_list(
            "area", flat=True
        )
        if found_in
        else []
    )
    flagged = list(codes)
    rows = []
    for area in sorted(figures.areas.areas, key=lambda a: a.name):
        group = figures.areas.group_on(area.code, month)
        count = flagged.count(area.code)
        rows.append((area.name, f"/areas/{area.slug}/", group.name if group else "", count))
    return AreasPage(
        figures.areas.kind,
        figures.areas.kinds,
        figures.areas.place,
        month.words,
        tuple(rows),
        figures.data_version,
    )


def area_page(slug: str, *, as_of: Month | None = None, standalone: bool = False) -> AreaPage:
    """What one area's page shows. NoSuchArea for an unknown name.

    With ``as_of`` as if that month were the last there is (NoSuchMonth where it has no figures);
    ``standalone`` where its charts leave the page, with their own colours and drawn for print.
    """
    figures = reading.current().as_of(as_of)
    area = figures.areas.find(slug)
    if area is None or area.slug != slug:
        raise NoSuchArea(f"There is no {figures.areas.kind} of this name in {figures.areas.place}.")
    found_in = current_set(figures)
    found = (
        list(Finding.objects.filter(found_in=found_in, area=area.code).ranked()) if found_in else []
    )
    month, year = figures.latest, figures.latest_year()
    now = [f for f in found if f.period_to == str(month)]
    before = [f for f in found if str(month + -11) <= f.period_to < str(month)]
    group = figures.areas.group_on(area.code, month)
    main = figures.main_strand.code
    notes = _notes(figures, area)
    checked, too_few = _looked(figures, area, month, len(now))
    return AreaPage(
        code=area.code,
        slug=area.slug,
        name=area.name,
        kind=figures.areas.kind,
        group=f"{group.name} {figures.areas.group_kind}" if group else "",
        month=month.words,
        statements=_statements(figures, area, main, year),
        comparable=_comparable(figures, year),
        counted=checked,
        groups=grouped(now, figures),
        quiet="" if now else f"Nothing unusual stands out for {area.name} in {month.words}.",
        too_few=too_few,
        earlier=grouped(before, figures),
        findings_href=f"/findings/?area={area.code}&month=any",
        strands=tables.by_strand(figures, area.code, year) if year else None,
        multiples=_multiples(figures, area, found, notes, standalone),
        happened=notes.noted,
        nhs=_nhs(figures, area, main, notes),
        funnels=_funnels(figures, area, main, standalone),
        residents=_residents(figures, area, main, month),
        years=tables.by_financial_year(figures, area.code, main),
        not_collected=figures.strands_not_collected,
        citations=citations(
            reading.current_ledger(),
            figures.counts.values(),
            [s.code for s in figures.strands],
            figures.offences.period,
        ),
        csv=f"/data/series.csv?measure=recorded_offences&area={area.code}",
        data_version=figures.data_version,
        not_computed=found_in is None,
    )


def _statements(
    figures: Figures, area: Area, strand: str, year: Period | None
) -> tuple[Statement, ...]:
    if year is None:
        return ()
    words = figures.taxonomy[strand].in_words.replace("crime", "crimes", 1)
    said = [
        Statement(
            f"In the 12 months {year.words} the police recorded",
            counted_number(figures, "offences", area.code, strand, year),
            f"{words} in {area.name}.",
        )
    ]
    rate = measured_number(figures, "offences_per_1000", area.code, strand, year.last)
    if rate.href:
        said.append(Statement("That is", rate, "for every 1,000 residents."))
    ratio = measured_number(figures, "outcomes_per_100", area.code, strand, year.last)
    if ratio.href:
        said.append(
            Statement(
                "In the same months there were",
                ratio,
                "positive outcomes per 100 offences recorded in the same period.",
            )
        )
    return tuple(said)


def _comparable(figures: Figures, year: Period | None) -> str:
    """Whether these twelve months may be held against the twelve before, and why not."""
    if year is None:
        return (
            "Fewer than 12 months have been recorded in the present way, so no yearly figure is "
            "given."
        )
    regime = figures.offences.regime_of(year.last)
    if regime is not None and regime.first <= year.first + -12:
        return ""
    late = [b for b in figures.offences.breaks if b.month <= year.first]
    why = f" ({late[-1].title.lower()}, {late[-1].month.words})" if late else ""
    return (
        "They cannot be compared with the 12 months before: those were not all recorded in the "
        f"same way{why}."
    )


def _looked(
    figures: Figures, area: Area, month: Month, flagged: int
) -> tuple[str, tuple[str, ...]]:
    """The line over the findings, and the strands with figures too small for any test."""
    looked = services.looked_at(figures, reading.method_in_force())
    if looked is None:
        return "", ()
    here = {"area": area.code, "month": month}
    too_few = tuple(
        s.label
        for s in figures.strands
        if looked.could_not_tell(strand=s.code, **here)
        and not looked.checked(strand=s.code, **here)
    )
    return header(flagged, looked.checked(**here), looked.expected(**here)), too_few


def _five_years(figures: Figures) -> Period:
    last = figures.latest
    return Period(max(figures.offences.months[0], last + (1 - FIVE_YEARS)), last)


def _notes(figures: Figures, area: Area) -> Notes:
    """What happened in the months of this page's charts, under one number on all of them."""
    shown = _five_years(figures)
    regime = figures.offences.regime_of(figures.latest) or shown
    return notes_of(
        figures,
        annotations(figures),
        area=area.code,
        strands=[s.code for s in figures.strands],
        period=Period(min(shown.first, regime.first), shown.last),
    )


def _nhs(figures: Figures, area: Area, strand: str, notes: Notes) -> Chart | None:
    begins = begins_of(figures, measure="recorded_offences", area=area.code, strand=strand)
    return nhs_chart(figures, area=area.code, strand=strand, notes=notes, begins=begins)


def _multiples(
    figures: Figures, area: Area, found: list[Finding], notes: Notes, standalone: bool
) -> tuple[Chart, ...]:
    period = _five_years(figures)
    charts = []
    for strand in figures.strands:
        marks = [
            m
            for m in marks_of(found, measure="recorded_offences", strand=strand.code)
            if m.month in period
        ]
        told = f"{len(marks)} months are marked." if len(marks) != 1 else "1 month is marked."
        charts.append(
            series_chart(
                figures,
                id=f"months-{strand.code}",
                measure="recorded_offences",
                area=area.code,
                strand=strand.code,
                period=period,
                marks=marks,
                notes=notes,
                small=True,
                standalone=standalone,
                title=strand.label,
                sentence=f"{strand.label} offences recorded in {area.name}, month by month. {told}",
            )
        )
    return tuple(charts)


def _funnels(figures: Figures, area: Area, strand: str, standalone: bool) -> tuple[Chart, ...]:
    month = figures.latest
    charts = []
    for measure in ("offences_per_1000", "outcomes_per_100"):
        defined = figures.measures.get(measure)
        if defined is None or not figures.available(defined):
            continue
        held = measured_number(figures, measure, area.code, strand, month)
        chart = funnel_chart(
            figures,
            id=f"funnel-{measure.replace('_', '-')}",
            measure=measure,
            strand=strand,
            month=month,
            chosen=area.code,
            standalone=standalone,
            title=f"{defined.label}: {area.name} among all {figures.areas.kinds}",
            sentence=(
                f"{area.name}: {held.words} {defined.unit}, "
                f"{Period.ending(month, defined.window_months).words}, "
                f"{figures.taxonomy[strand].label.lower()}."
            ),
        )
        if chart is not None:
            charts.append(chart)
    return tuple(charts)


def _residents(
    figures: Figures, area: Area, strand: str, month: Month
) -> tuple[tuple[str, Number], ...]:
    """Each denominator by its name, with the month it stands for."""
    named = {
        "residents": "Usual residents by the census, held at the last census since",
        "residents_mid_year": "Residents by the mid-year estimate",
    }
    found = []
    for counted, words in named.items():
        panel = figures.counts.get(counted)
        if panel is None:
            continue
        for at in reversed(panel.months):
            value, coverage = panel.cell(area.code, strand, at)
            if coverage is Coverage.VALUE:
                href = trace_address(
                    counted=counted, area=area.code, strand=strand, period=Period(at, at)
                )
                note = at.words if counted != "residents" else ""
                found.append((words, Number(f"{value:,.0f}", href, note)))
                break
    return tuple(found)
