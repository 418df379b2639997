"""Where: the map of tiles and, once boundaries were imported, the same figures as the areas lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.charts import outlines, tiles
from openscrutiny.monitor.charts.drawing import NARROW, WIDE, Chart, Ground
from openscrutiny.monitor.charts.tiles import Tile
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.pages.graphs.series import figure_words
from openscrutiny.monitor.pages.sources import batch_address, licence_words, series_address
from openscrutiny.warehouse.batches import Manifest
from openscrutiny.warehouse.boundaries import outlines_of
from openscrutiny.warehouse.places import home, open_place


def where_charts(
    figures: Figures, *, id: str, measure: str, strand: str, month: Month, title: str, sentence: str
) -> tuple[Chart, ...]:
    """A measure's figure in every area, in the window that ends at a month: on tiles, and on the
    boundaries in use where there are any. Nothing where no area has a figure."""
    defined = figures.measures[measure]
    panel, areas = figures.measured(measure), figures.areas
    cells = {a.code: panel.cell(a.code, strand, month) for a in areas.areas}
    values = {c: v if coverage is Coverage.VALUE else None for c, (v, coverage) in cells.items()}
    if all(v is None for v in values.values()):
        return ()
    drawn = tiles.tile_map(areas, values, defined.decimals)
    by_code = dict(zip(areas.codes, drawn.tiles, strict=True))
    named = {
        "id": id,
        "title": title,
        "description": f"{sentence} Every figure is printed in its tile and listed in the table.",
    }
    chart = Chart(
        **named,
        sentence=sentence,
        wide=tiles.draw(drawn, WIDE, **named),
        narrow=tiles.draw(drawn, NARROW, **named),
        legend=("A stronger shade is a larger figure, not a better or a worse one.",),
        columns=(areas.kind.capitalize(), "Short name", defined.unit.capitalize()),
        rows=tuple(
            (
                a.name,
                by_code[a.code].short,
                figure_words(values[a.code], cells[a.code][1], defined.decimals),
            )
            for a in sorted(areas.areas, key=lambda a: a.name)
        ),
        csv=series_address(
            measure=measure,
            area="",
            strand=strand,
            months=defined.window_months,
            period=Period(month, month),
        ),
        data_version=figures.data_version,
    )
    ground = reading.current_ledger().boundaries
    return (chart,) if ground is None else (chart, _on(ground, chart, figures, by_code))


def _on(ground: Manifest, chart: Chart, figures: Figures, by_code: Mapping[str, Tile]) -> Chart:
    """A map of tiles once more, on boundaries: the same figures, table and sources."""
    areas = figures.areas
    named = {
        "id": f"{chart.id}-boundaries",
        "title": f"{chart.title}, on a map",
        "description": (
            f"{chart.sentence} Each of {len(areas.areas)} {areas.kinds} is drawn as it lies and "
            "shaded like its tile. Every figure is listed in the table."
        ),
    }
    plans = _plans(home(), figures.place.id, ground.batch)
    wide, narrow = (outlines.draw(plan, by_code, **named) for plan in plans)
    legend = [
        *chart.legend,
        f"A large {areas.kind} is not a large figure: much land can have few residents.",
        f"A figure that has no room in its {areas.kind} stands in the table.",
    ]
    if left := [a.name for a in areas.areas if not all(plan.shows(a.code) for plan in plans)]:
        legend.append(f"Too small to be drawn, or without a boundary: {', '.join(left)}.")
    return replace(
        chart,
        **named,
        sentence=(
            f"The same figures, each {areas.kind} as it lies. Boundaries of "
            f"{ground.last_month.words}."
        ),
        wide=wide,
        narrow=narrow,
        legend=tuple(legend),
        ground=Ground(
            title=ground.title,
            publisher=ground.publisher,
            licence=licence_words(ground),
            href=batch_address(ground.batch),
        ),
    )


@lru_cache(maxsize=8)
def _plans(_home: Path, place_id: str, batch: str) -> tuple[outlines.Plan, outlines.Plan]:
    """A batch on both papers. Batches are immutable, so what was drawn once is right for ever."""
    held = outlines_of(open_place(place_id), batch)
    return outlines.plan(held, WIDE), outlines.plan(held, NARROW)
