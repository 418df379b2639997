"""A series of a measure to take away, as rows of a CSV or as JSON, with what people noted of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Panel
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Rebase
from openscrutiny.monitor.pages.graphs.notes import Noted, annotations, as_json, kin, overlap
from openscrutiny.warehouse.export import PANEL_COLUMNS, panel_rows

# The columns that the command line prints, and what happened in the month.
SERIES_COLUMNS = (*PANEL_COLUMNS, "what_happened")
_LONGEST_WINDOW = 60


class CannotExport(ValueError):
    """A question that names no series, with how to ask it."""


@dataclass(frozen=True)
class _Asked:
    """What a question names: a panel and the labels in it, with the notes that concern any."""

    figures: Figures
    panel: Panel
    areas: tuple[str, ...]
    strands: tuple[str, ...]
    months: tuple[Month, ...]
    noted: tuple[Noted, ...]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows of SERIES_COLUMNS."""
        beside: dict[tuple[str, str], list[Noted]] = {}
        for strand in self.strands:
            related = kin(self.figures, strand)
            for area in self.areas:
                beside[area, strand] = [n for n in self.noted if n.concerns(area, related)]
        told = panel_rows(
            self.panel,
            self.figures.areas,
            areas=self.areas,
            strands=self.strands,
            months=self.months,
        )
        for row in told:
            area, _, strand, month = row[:4]
            here = (n for n in beside[area, strand] if _holds(n, str(month)))
            yield (*row, " | ".join(n.words for n in here))


def series_export(
    *, measure: str, area: str, strand: str, months: str, first: str, last: str
) -> Iterator[tuple[Any, ...]]:
    """Rows of SERIES_COLUMNS. CannotExport says what was wrong in the question."""
    return _asked(measure, area, strand, months, first, last).rows()


def series_json(
    *, measure: str, area: str, strand: str, months: str, first: str, last: str
) -> dict[str, Any]:
    """A series with the notes and the new baselines that concern it. CannotExport as above."""
    asked = _asked(measure, area, strand, months, first, last)
    rebases = Rebase.objects.in_force(asked.figures.place.id).filter(
        measure=measure, area__in=asked.areas, strand__in=asked.strands
    )
    return {
        "measure": measure,
        "data_version": asked.figures.data_version,
        "series": [dict(zip(SERIES_COLUMNS, row, strict=True)) for row in asked.rows()],
        "annotations": [as_json(n) for n in asked.noted],
        "new_baselines": [
            {
                "number": r.number,
                "area": r.area,
                "strand": r.strand,
                "from": r.month,
                "reason": r.reason,
                "confirmed_by": r.said_as,
            }
            for r in rebases.order_by("month", "id")
        ],
    }


def _asked(measure: str, area: str, strand: str, months: str, first: str, last: str) -> _Asked:
    figures = reading.current()
    if measure in figures.counts:
        panel = figures.counts[measure]
    elif measure in figures.measures and figures.available(figures.measures[measure]):
        panel = figures.measured(measure, _window(months))
    else:
        known = ", ".join([*figures.measures, *figures.counts])
        raise CannotExport(f"“{measure}” is not a measure with figures here. Use one of: {known}.")
    areas = (area,) if area else figures.offences.areas
    strands = (strand,) if strand else tuple(s.code for s in figures.strands)
    if not set(areas) <= set(panel.areas) or not set(strands) <= set(panel.strands):
        raise CannotExport(
            "This address names an area or a strand that is not here. Areas are named by code, "
            f"all of them together as “{figures.whole}”."
        )
    try:
        low = Month.parse(first) if first else panel.months[0]
        high = Month.parse(last) if last else panel.months[-1]
        period = Period(low, high)
    except ValueError as error:
        raise CannotExport(str(error)) from None
    shown = tuple(m for m in panel.months if m in period)
    noted = _concerning(figures, areas, strands, period)
    return _Asked(figures, panel, areas, strands, shown, noted)


def _concerning(
    figures: Figures, areas: Sequence[str], strands: Sequence[str], period: Period
) -> tuple[Noted, ...]:
    related = frozenset().union(*(kin(figures, s) for s in strands))
    return tuple(
        n
        for n in annotations(figures)
        if overlap(n.period, period) and any(n.concerns(a, related) for a in areas)
    )


def _holds(noted: Noted, month: str) -> bool:
    return str(noted.period.first) <= month <= str(noted.period.last)


def _window(months: str) -> int | None:
    if not months:
        return None
    if not months.isdecimal() or not 1 <= int(months[:4]) <= _LONGEST_WINDOW:
        raise CannotExport(f"“months” is a number from 1 to {_LONGEST_WINDOW}.")
    return int(months)
