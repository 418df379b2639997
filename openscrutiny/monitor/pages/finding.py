"""One finding: what it says, how sure to be, its chart, and everything it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.months import Month, Period
from openscrutiny.core.permits import Standing
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.charts.drawing import Chart
from openscrutiny.monitor.charts.series import Mark, Usual
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.findings import (
    KINDS,
    Line,
    as_json,
    chance_words,
    current_set,
    grouped,
    lasted_words,
    size_words,
)
from openscrutiny.monitor.pages.graphs.comparison import funnel_chart
from openscrutiny.monitor.pages.graphs.notes import Noted, annotations, notes_beside, notes_of
from openscrutiny.monitor.pages.graphs.notes import as_json as note_as_json
from openscrutiny.monitor.pages.graphs.series import series_chart
from openscrutiny.monitor.pages.sources import COUNTED, Citation, Number, citations, trace_address


class NoSuchFinding(LookupError):
    """An identifier that no finding has, with what may have happened."""


@dataclass(frozen=True)
class FindingPage:
    """A finding's page. ``facts`` are label and number; ``superseded`` says if data moved on.

    ``happened`` is what people noted of the months it is about.
    """

    id: str
    title: str
    sentence: str
    how_likely: str
    could_explain: tuple[str, ...]
    happened: tuple[Noted, ...]
    cannot_tell: tuple[str, ...]
    facts: tuple[tuple[str, Number], ...]
    chart: Chart | None
    also: tuple[Line, ...]
    citations: tuple[Citation, ...]
    superseded: str
    area: tuple[str, str]
    strand: tuple[str, str]
    measure: tuple[str, str]
    month: str
    month_href: str
    data_version: str
    method_version: str
    thread: Thread
    json: dict[str, object]


def finding_page(id: str, *, standing: Standing) -> FindingPage:
    """A finding of any data version. NoSuchFinding where there is none of that name."""
    figures = reading.current()
    finding = Finding.objects.select_related("found_in").filter(pk=id).first()
    if finding is None or finding.found_in.place != figures.place.id:
        raise NoSuchFinding(
            f"There is no finding {id} here. A finding's name depends on the data it was found in; "
            "look for it in the list of findings."
        )
    in_use = current_set(figures)
    is_current = in_use is not None and in_use.pk == finding.found_in_id
    same = Finding.objects.filter(
        found_in=finding.found_in, area=finding.area, period_to=finding.period_to
    ).ranked()
    groups = grouped([finding, *(f for f in same if f.pk != finding.pk)], figures)
    measure = figures.measures[finding.measure]
    place = figures.areas.name(finding.area)
    whole = finding.area == figures.whole
    slug = "" if whole else figures.areas.find(finding.area).slug  # type: ignore[union-attr]
    strand = figures.taxonomy[finding.strand]
    every = annotations(figures)
    happened = notes_beside(
        figures, every, area=finding.area, strand=finding.strand, period=finding.period
    )
    thread = thread_of(f"finding:{finding.id}", standing=standing)
    return FindingPage(
        id=finding.id,
        title=f"{strand.label}: {measure.noun}, {place}",
        sentence=finding.sentence,
        how_likely=finding.how_likely,
        could_explain=tuple(finding.could_explain),
        happened=happened,
        cannot_tell=tuple(finding.cannot_tell),
        facts=_facts(finding, figures),
        chart=_chart(finding, figures, every) if is_current else None,
        also=groups[0].also,
        citations=citations_of(finding, figures) if is_current else (),
        superseded="" if is_current else _superseded(finding),
        area=(place, f"/areas/{slug}/" if slug else "/areas/"),
        strand=(strand.label, f"/strands/{strand.code}/"),
        measure=(measure.label, f"/measures/{measure.id}/"),
        month=Month.parse(finding.period_to).words,
        month_href=f"/findings/?month={finding.period_to}",
        data_version=finding.found_in.data_version,
        method_version=finding.found_in.method_version,
        thread=thread,
        json={
            **as_json(finding, finding.found_in.data_version),
            "method_version": finding.found_in.method_version,
            "warnings": list(thread.warnings),
            "could_explain": list(finding.could_explain),
            "annotations": [note_as_json(n) for n in happened],
        },
    )


def _superseded(finding: Finding) -> str:
    return (
        f"The figures have changed since. This finding rests on data version "
        f"{finding.found_in.data_version} and is kept as it was found; it may no longer hold."
    )


def _facts(finding: Finding, figures: Figures) -> tuple[tuple[str, Number], ...]:
    measure = figures.measures[finding.measure]
    places = measure.decimals

    def traced(counted: str, value: float, period: Period) -> Number:
        href = trace_address(
            counted=counted, area=finding.area, strand=finding.strand, period=period
        )
        return Number(f"{value:,.0f}", href)

    held = KINDS[finding.kind].replace("areas", figures.areas.kinds)
    facts = [
        (f"{measure.label}, {finding.period.words}", Number(f"{finding.value:,.{places}f}")),
        (
            "Usual range (95 in 100)",
            Number(f"{finding.low:,.{places}f} to {finding.high:,.{places}f}"),
        ),
        ("Held", Number(held)),
        (
            f"{COUNTED.get(measure.numerator, measure.numerator)} in the period",
            traced(measure.numerator, finding.observed_count, finding.period),
        ),
        ("Expected in the period", Number(f"{finding.expected_count:,.1f}")),
    ]
    if measure.denominator == "offences":
        facts.insert(
            4,
            (
                "Offences recorded in the period",
                traced("offences", finding.exposure_count, finding.period),
            ),
        )
    if finding.kind == "over_time":
        facts.append(("Held against the months", Number(finding.baseline.words)))
    facts += [
        ("Size", Number(size_words(finding))),
        ("By chance", Number(f"{chance_words(finding.p)}, for one series by itself")),
        ("Flagged", Number(lasted_words(finding))),
    ]
    return tuple(facts)


def _chart(finding: Finding, figures: Figures, every: tuple[Noted, ...]) -> Chart | None:
    measure = figures.measures[finding.measure]
    strand = figures.taxonomy[finding.strand].label
    place = figures.areas.name(finding.area)
    low, high, value = (
        f"{number:,.{measure.decimals}f}" for number in (finding.low, finding.high, finding.value)
    )
    told = f"{value} {measure.unit}, {finding.period.words}. Usual: {low} to {high}."
    if finding.kind == "between":
        return funnel_chart(
            figures,
            id="finding",
            measure=measure.id,
            strand=finding.strand,
            month=Month.parse(finding.period_to),
            chosen=finding.area,
            title=f"{measure.label} of all {figures.areas.kinds}: {strand}",
            sentence=told,
        )
    panel = figures.counts[measure.numerator]
    window = len(finding.period)
    shown = Period(
        max(finding.baseline.first + -12, panel.months[0]),
        min(finding.period.last + 12, figures.latest),
    )
    # A figure over many months is held against months that are not points of the same line.
    band = finding.baseline if window <= 3 else finding.period
    return series_chart(
        figures,
        id="finding",
        measure=measure.id,
        area=finding.area,
        strand=finding.strand,
        window_months=window,
        period=shown,
        notes=notes_of(figures, every, area=finding.area, strands=[finding.strand], period=shown),
        title=f"{measure.label}, {strand}, {place}",
        sentence=f"{told} The band is the usual range"
        " and the months it was taken from; the dashed line is what was expected.",
        usual=[Usual(band, finding.period.last, finding.low, finding.high, finding.expected)],
        marks=[
            Mark(
                finding.period.last,
                finding.direction == "higher",
                f"{finding.value:,.{measure.decimals}f}",
            )
        ],
    )


def citations_of(finding: Finding, figures: Figures) -> tuple[Citation, ...]:
    measure = figures.measures[finding.measure]
    first = min(finding.baseline.first, finding.period.first)
    return citations(
        reading.current_ledger(),
        [figures.counts[c] for c in measure.counts],
        [finding.strand],
        Period(first, finding.period.last),
    )
