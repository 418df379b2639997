"""A series of a measure as rows of a CSV, the same as the command line prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openscrutiny.core.months import Month, Period
from openscrutiny.monitor import figures as reading
from openscrutiny.warehouse.export import panel_rows

_LONGEST_WINDOW = 60


class CannotExport(ValueError):
    """A question that names no series, with how to ask it."""


def series_export(
    *, measure: str, area: str, strand: str, months: str, first: str, last: str
) -> Iterator[tuple[Any, ...]]:
    """Rows of warehouse.export.PANEL_COLUMNS. CannotExport says what was wrong in the question."""
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
    shown = [m for m in panel.months if m in period]
    return panel_rows(panel, figures.areas, areas=areas, strands=strands, months=shown)


def _window(months: str) -> int | None:
    if not months:
        return None
    if not months.isdecimal() or not 1 <= int(months[:4]) <= _LONGEST_WINDOW:
        raise CannotExport(f"“months” is a number from 1 to {_LONGEST_WINDOW}.")
    return int(months)
