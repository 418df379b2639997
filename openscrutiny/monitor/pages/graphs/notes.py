"""What people noted beside the figures, as the charts of one page show it: numbered once a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from openscrutiny.core.months import Period
from openscrutiny.monitor.charts.drawing import Remark
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation

LIST = "/data/annotations/"


@dataclass(frozen=True)
class Noted(Remark):
    """An annotation in words, and what it concerns. No areas: the whole; no strands: all of them.

    ``mark`` is its number on the charts of a page, empty where it stands on none.
    """

    number: str
    period: Period
    areas: frozenset[str]
    strands: frozenset[str]
    kind: str

    @property
    def words(self) -> str:
        """All of it in one line, as it is read out and put into a file."""
        return f"{self.heading}: {self.text} Source: {self.source}"

    def concerns(self, area: str, strands: frozenset[str]) -> bool:
        """Whether it is about an area and any of some strands."""
        return (not self.areas or area in self.areas) and (
            not self.strands or not self.strands.isdisjoint(strands)
        )


@dataclass(frozen=True)
class Notes:
    """The annotations that concern a page, oldest first. Every chart of the page is given these."""

    figures: Figures
    noted: tuple[Noted, ...] = ()

    def on(self, area: str, strand: str, period: Period) -> tuple[Noted, ...]:
        """Those about one series that overlap a period."""
        strands = kin(self.figures, strand)
        return tuple(
            n for n in self.noted if n.concerns(area, strands) and overlap(n.period, period)
        )


def notes_of(
    figures: Figures,
    every: Iterable[Noted],
    *,
    area: str,
    strands: Iterable[str],
    period: Period,
) -> Notes:
    """The annotations of a page about one area and some strands, numbered in time order."""
    related = frozenset().union(*(kin(figures, s) for s in strands))
    found = [n for n in every if n.concerns(area, related) and overlap(n.period, period)]
    return Notes(figures, tuple(replace(n, mark=str(i)) for i, n in enumerate(found, start=1)))


def notes_beside(
    figures: Figures, every: Iterable[Noted], *, area: str, strand: str, period: Period
) -> tuple[Noted, ...]:
    """The annotations that could explain a figure of some months.

    The figure of the whole holds those of its areas, so what happened in one of them counts too.
    """
    related = kin(figures, strand)
    whole = area == figures.whole
    return tuple(
        n
        for n in every
        if overlap(n.period, period)
        and (n.concerns(area, related) or (whole and any(n.concerns(a, related) for a in n.areas)))
    )


def annotations(figures: Figures) -> tuple[Noted, ...]:
    """Every annotation in force, oldest first and not numbered yet. One query."""
    rows = Annotation.objects.in_force(figures.place.id).order_by("month_from", "month_to", "id")
    return tuple(as_noted(row, figures) for row in rows)


def as_noted(row: Annotation, figures: Figures) -> Noted:
    """An annotation in words."""
    where = _where(row, figures)
    return Noted(
        mark="",
        heading=f"{row.get_kind_display()}, {row.period.words}{f' ({where})' if where else ''}",
        text=row.text,
        source=row.source,
        said=f"Note {row.number}, by the {row.said_as}",
        href=f"{LIST}#{row.number}",
        number=row.number,
        period=row.period,
        areas=frozenset(row.areas),
        strands=frozenset(row.strands),
        kind=row.kind,
    )


def as_json(noted: Noted) -> dict[str, object]:
    """An annotation as JSON; months YYYY-MM, codes in order, an empty list means all."""
    return {
        "number": noted.number,
        "kind": noted.kind,
        "from": str(noted.period.first),
        "to": str(noted.period.last),
        "areas": sorted(noted.areas),
        "strands": sorted(noted.strands),
        "text": noted.text,
        "source": noted.source,
    }


def kin(figures: Figures, strand: str) -> frozenset[str]:
    """A strand with those it is counted inside and those counted inside it: a note on any of them
    concerns its figures."""
    tree = figures.taxonomy
    above = {s.code for s in tree.ancestors(strand)}
    inside = {c for c in tree.codes if any(s.code == strand for s in tree.ancestors(c))}
    return frozenset({strand, *above, *inside})


def overlap(one: Period, other: Period) -> bool:
    """Whether two periods share a month."""
    return one.first <= other.last and other.first <= one.last


def annotating_address(figures: Figures, *, area: str, strand: str) -> str:
    """The form to add a note to a chart, filled in with what the chart is about."""
    asked = {"strands": strand} if strand != figures.taxonomy.total.code else {}
    if area != figures.whole:
        asked["areas"] = area
    return f"{LIST}new/{f'?{urlencode(asked)}' if asked else ''}"


def _where(row: Annotation, figures: Figures) -> str:
    strands = [figures.taxonomy[s].label for s in row.strands if s in figures.taxonomy.codes]
    areas = [figures.areas.name(a) for a in row.areas]
    return "; ".join(", ".join(named) for named in (areas, strands) if named)
