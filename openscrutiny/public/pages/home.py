"""The home page: what is new, what matters, and what figures cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.core.measures import Measure
from openscrutiny.core.taxonomy import Strand
from openscrutiny.core.wording import header
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.findings import Group, current_set, grouped
from openscrutiny.monitor.pages.sources import Citation, cite
from openscrutiny.public.pages.publications import Line, latest

SHOWN = 5


@dataclass(frozen=True)
class HomePage:
    """The home page. ``groups`` are the few that matter most in the newest month."""

    place: str
    police: str
    kinds: str
    month: str
    period: str
    sources: tuple[Citation, ...]
    counted: str
    groups: tuple[Group, ...]
    more: int
    areas: tuple[tuple[str, str], ...]
    strands: tuple[tuple[Strand, bool], ...]
    data_version: str
    not_computed: bool
    published: tuple[Line, ...]


@dataclass(frozen=True)
class AboutPage:
    """What the figures are and are not, with the measures and the method."""

    place: str
    whole: str
    police: str
    kinds: str
    notes: tuple[str, ...]
    measures: tuple[Measure, ...]
    not_collected: tuple[Strand, ...]
    datasets: int
    method_version: str
    data_version: str


def home_page() -> HomePage:
    """NothingHere where no figures are in use."""
    figures = reading.current()
    found_in = current_set(figures)
    month = figures.latest
    found = (
        list(Finding.objects.filter(found_in=found_in, period_to=str(month)).ranked())
        if found_in
        else []
    )
    groups = grouped(found, figures)
    looked = services.looked_at(figures, reading.method_in_force()) if found_in else None
    areas = sorted(figures.areas.areas, key=lambda a: a.name)
    return HomePage(
        place=figures.areas.place,
        police=figures.areas.police,
        kinds=figures.areas.kinds,
        month=month.words,
        period=figures.offences.period.words,
        sources=tuple(cite(m) for m in reading.current_ledger().figures),
        counted=header(len(found), looked.checked(month=month), looked.expected(month=month))
        if looked
        else "",
        groups=groups[:SHOWN],
        more=max(0, len(groups) - SHOWN),
        areas=tuple((a.name, f"/areas/{a.slug}/") for a in areas),
        strands=tuple((s, s in figures.strands) for s in figures.taxonomy.strands),
        data_version=figures.data_version,
        not_computed=found_in is None,
        published=latest(SHOWN),
    )


def about_page() -> AboutPage:
    figures = reading.current()
    found_in = current_set(figures)
    return AboutPage(
        place=figures.areas.place,
        whole=figures.areas.whole,
        police=figures.areas.police,
        kinds=figures.areas.kinds,
        notes=figures.areas.notes,
        measures=tuple(figures.measures.values()),
        not_collected=figures.strands_not_collected,
        datasets=found_in.datasets if found_in else 0,
        method_version=reading.method_in_force().version,
        data_version=figures.data_version,
    )
