"""Figures out of the warehouse: panels of counts, and the published rows behind a figure.

All SQL here is portable: no dialect beyond casts, joins, CASE and GROUP BY, every key ordered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Break, Coverage, Panel, align
from openscrutiny.core.population import interpolate
from openscrutiny.warehouse.batches import Manifest, batch_folder, open_ledger
from openscrutiny.warehouse.definitions import DefinitionError, taxonomy
from openscrutiny.warehouse.engine import Engine, parquet, quoted
from openscrutiny.warehouse.places import Place
from openscrutiny.warehouse.sources import EVERY_STRAND, Gap, Source, sources

RESIDENTS = "residents"


class NothingImported(LookupError):
    """A question to a place that has no figures yet, with what to do."""


@dataclass(frozen=True)
class Trace:
    """One published figure: where it stands in which file of which batch, in its own words."""

    batch: str
    file_name: str
    row: int
    column: str
    published_label: str
    value: int


@dataclass(frozen=True)
class _Figures:
    """The area figures of one batch and one thing counted, as index arrays into a panel's axes.

    ``areas_present`` and ``strands_present`` occur somewhere in the batch, whatever is counted.
    """

    manifest: Manifest
    source: Source
    areas_present: NDArray[np.int64]
    strands_present: NDArray[np.int64]
    area: NDArray[np.int64]
    strand: NDArray[np.int64]
    month: NDArray[np.int64]
    value: NDArray[np.float64]
    state: NDArray[np.int64]  # 0 a value, 1 suppressed, 2 a hole


def counts(place: Place) -> dict[str, Panel]:
    """Panels of everything counted in a place, aligned on areas, strands and months.

    Areas are ``place.areas.codes``, strands the taxonomy's. Zeros that a sparse file leaves out are
    filled in for months it holds, for areas and strands that occur in it; anything else is not
    collected. ``residents`` is interpolated between censuses and the same on every strand.
    NothingImported where the place has no batch of figures in use.
    """
    ledger = open_ledger(place)
    if not ledger.figures:
        raise NothingImported(
            f"No figures of {place.areas.place} are in use yet. Import a published file with "
            "“openscrutiny import FILE”."
        )
    by_counted = _read(place, ledger.figures)
    police = {
        counted: _police(place, counted, figures)
        for counted, figures in by_counted.items()
        if not counted.startswith(RESIDENTS)
    }
    panels = align(police) if police else {}
    months = next(iter(panels.values())).months if panels else _span(by_counted)
    for counted, figures in by_counted.items():
        if counted.startswith(RESIDENTS):
            panel = _residents(place, counted, figures, months)
            if (panel.coverage == Coverage.VALUE).any():
                panels[counted] = panel
    return {name: replace(p, version=ledger.data_version) for name, p in panels.items()}


def trace(place: Place, *, counted: str, area: str, strand: str, month: Month) -> tuple[Trace, ...]:
    """The published rows behind one figure, in the order of batch and row.

    ``area`` is an area's code, or the place's identifier for all areas. Empty where the figure is
    an implied zero (a sparse file has no row for it) or is not collected. Residents rest on the
    rows of both censuses between which the month lies.
    """
    panel = counts(place).get(counted)
    if panel is None or month not in panel.period:
        return ()
    batches = panel.batches_of(strand, month)
    manifests = {m.batch: m for m in open_ledger(place).figures}
    found = []
    for batch in sorted(batches):
        months = [month]
        if counted.startswith(RESIDENTS):
            months = _census_months(place, manifests[batch], counted, month)
        found += _rows_behind(
            place, manifests[batch], counted=counted, area=area, strand=strand, months=months
        )
    return tuple(found)


def _rows_behind(
    place: Place,
    manifest: Manifest,
    *,
    counted: str,
    area: str,
    strand: str,
    months: Sequence[Month],
) -> list[Trace]:
    facts = parquet([_facts(place, manifest)])
    where_area = "" if area == place.areas.id else f"AND area_code = {quoted(area)} "
    dates = ", ".join(f"CAST('{m}-01' AS DATE)" for m in months)
    with Engine() as engine:
        rows = engine.rows(
            "SELECT source_row, source_column, published_label, value "
            f"FROM {facts} WHERE level = 'area' AND value IS NOT NULL {where_area}"
            f"AND counted = {quoted(counted)} AND month IN ({dates}) "
            f"AND strand IN ({quoted(strand)}, {quoted(EVERY_STRAND)}) "
            "ORDER BY source_row, source_column"
        )
    return [Trace(manifest.batch, manifest.file_name, *row) for row in rows]


def _census_months(place: Place, manifest: Manifest, counted: str, month: Month) -> list[Month]:
    """The months of a population batch that a month's figure rests on: the last at or before it
    and the first after it, of those the batch holds."""
    with Engine() as engine:
        rows = engine.rows(
            f"SELECT DISTINCT month FROM {parquet([_facts(place, manifest)])} "
            f"WHERE counted = {quoted(counted)} AND level = 'area' ORDER BY month"
        )
    held = [Month.of(m.year, m.month) for (m,) in rows]
    before = [m for m in held if m <= month][-1:]
    after = [m for m in held if m > month][:1]
    return before if before == [month] else before + after


def gaps(place: Place) -> tuple[Gap, ...]:
    """Months that the sources in use declare as published nowhere, in time order."""
    declared = (g for m in open_ledger(place).figures for g in _source(m).gaps)
    return tuple(sorted(set(declared), key=lambda g: g.period))


# ---- reading -------------------------------------------------------------------------------------


def _read(place: Place, manifests: Sequence[Manifest]) -> dict[str, list[_Figures]]:
    """The figures of every batch in use, by thing counted, lowest precedence first."""
    found: dict[str, list[_Figures]] = {}
    ordered = sorted(manifests, key=lambda m: (_source(m).precedence, m.batch))
    with Engine() as engine:
        for manifest in ordered:
            for counted, figures in _read_batch(engine, place, manifest).items():
                found.setdefault(counted, []).append(figures)
    return found


def _read_batch(engine: Engine, place: Place, manifest: Manifest) -> dict[str, _Figures]:
    columns = engine.arrays(
        f"SELECT counted, {_position('area_code', place.areas.codes)} AS area, "
        f"{_position('strand', taxonomy().codes)} AS strand, "
        "CAST(extract(year FROM month) * 12 + extract(month FROM month) - 1 AS BIGINT) AS month, "
        "CAST(coalesce(sum(value), 0) AS DOUBLE) AS value, "
        "max(CASE WHEN level = 'hole' THEN 2 WHEN suppressed THEN 1 ELSE 0 END) AS state "
        f"FROM {parquet([_facts(place, manifest)])} WHERE level IN ('area', 'hole') "
        "GROUP BY counted, area_code, strand, month, CASE WHEN level = 'hole' THEN 1 ELSE 0 END "
        "ORDER BY counted, area_code, strand, month"
    )
    columns = {k: np.ma.filled(v, "" if k == "counted" else -1) for k, v in columns.items()}
    counted = columns.pop("counted").astype(str)
    present = [np.unique(columns[axis][columns["state"] != 2]) for axis in ("area", "strand")]
    figures = {}
    for thing in manifest.counted:
        # A hole whose thing counted could not be read may belong to any of them.
        mine = (counted == thing) | ((counted == "") & (columns["state"] == 2))
        figures[thing] = _Figures(
            manifest, _source(manifest), *present, **{k: v[mine] for k, v in columns.items()}
        )
    return figures


def _source(manifest: Manifest) -> Source:
    """The definition a batch was read with; DefinitionError where it has been removed since."""
    try:
        return sources()[manifest.source]
    except KeyError:
        raise DefinitionError(
            f"The definition of {manifest.source} is missing and {manifest.batch} is still in use. "
            f"Put definitions/sources/{manifest.source}.yaml back, or withdraw the batch."
        ) from None


def _position(column: str, labels: Sequence[str]) -> str:
    """An expression: the position of a label among ``labels``, -1 for any other or none."""
    cases = " ".join(f"WHEN {quoted(label)} THEN {i}" for i, label in enumerate(labels))
    return f"CASE {column} {cases} ELSE -1 END"


def _facts(place: Place, manifest: Manifest) -> Path:
    return batch_folder(place, manifest.batch) / "facts.parquet"


# ---- panels --------------------------------------------------------------------------------------


def _police(place: Place, counted: str, figures: Sequence[_Figures]) -> Panel:
    """One panel from the batches that count a thing; of two for a month the later source speaks."""
    first = min(f.manifest.first_month for f in figures)
    last = max(f.manifest.last_month for f in figures)
    months = first.through(last)
    areas, strands = place.areas.codes, taxonomy().codes
    shape = (len(areas), len(strands), len(months))
    values = np.full(shape, np.nan)
    coverage = np.full(shape, int(Coverage.NOT_COLLECTED), np.uint8)
    supply = np.full(shape[1:], -1, np.int16)
    for index, each in enumerate(figures):
        part, covered = _fill(each, shape, first)
        speaks = (covered != Coverage.NOT_COLLECTED).any(axis=0)
        values[:, speaks] = part[:, speaks]
        coverage[:, speaks] = covered[:, speaks]
        supply[speaks] = index
    return Panel(
        name=counted,
        areas=areas,
        strands=strands,
        months=months,
        values=values,
        coverage=coverage,
        batches=tuple((f.manifest.batch,) for f in figures),
        supply=supply,
        breaks=_breaks(figures),
    )


def _fill(
    each: _Figures, shape: tuple[int, int, int], first: Month
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Values and coverage of one batch on a panel's axes."""
    values = np.full(shape, np.nan)
    coverage = np.full(shape, int(Coverage.NOT_COLLECTED), np.uint8)
    month = each.month - first.ordinal
    real = (each.state != 2) & (each.area >= 0) & (each.strand >= 0)
    if each.source.sparse and real.any():
        here = np.ix_(each.areas_present, each.strands_present, np.unique(month[real]))
        values[here] = 0.0
        coverage[here] = Coverage.VALUE
        _withhold_zeros(each, month, values, coverage)
    where = (each.area[real], each.strand[real], month[real])
    hidden = each.state[real] == 1
    values[where] = np.where(hidden, np.nan, each.value[real])
    coverage[where] = np.where(hidden, Coverage.SUPPRESSED, Coverage.VALUE)
    return values, coverage


def _withhold_zeros(
    each: _Figures,
    month: NDArray[np.int64],
    values: NDArray[np.float64],
    coverage: NDArray[np.uint8],
) -> None:
    """Take back every implied zero that a rejected row might have filled."""
    for position in np.flatnonzero(each.state == 2):
        indices = (each.area[position], each.strand[position])
        when = month[position] if each.month[position] >= 0 else -1
        cells = tuple(slice(None) if i < 0 else int(i) for i in (*indices, when))
        values[cells] = np.nan
        coverage[cells] = Coverage.NOT_COLLECTED


def _breaks(figures: Sequence[_Figures]) -> tuple[Break, ...]:
    """The breaks inside the series, and one where a source takes over from another."""
    first = min(f.manifest.first_month for f in figures)
    last = max(f.manifest.last_month for f in figures)
    found = {b.month: b for f in figures for b in f.source.breaks if first < b.month <= last}
    for each in figures:
        start = each.manifest.first_month
        if each.source.starts_with and first < start:
            found[start] = Break(start, *each.source.starts_with)
    return tuple(found[month] for month in sorted(found))


def _residents(
    place: Place, counted: str, figures: Sequence[_Figures], months: tuple[Month, ...]
) -> Panel:
    """Residents in each month: a straight line between censuses, or the one month of an estimate.

    An estimate for a single mid-year stands in that month alone.
    """
    points: dict[Month, tuple[str, NDArray[np.float64]]] = {}
    for each in figures:
        for ordinal in np.unique(each.month):
            at = each.month == ordinal
            column = np.full(len(place.areas.codes), np.nan)
            known = at & (each.area >= 0) & (each.state == 0)
            column[each.area[known]] = each.value[known]
            points[Month(int(ordinal))] = (each.manifest.batch, column)
    counted_in = sorted(points)
    stacked = np.stack([points[m][1] for m in counted_in], axis=1)
    line, low, high = interpolate(counted_in, stacked, months)
    if counted != RESIDENTS:
        held = np.isin([m.ordinal for m in months], [m.ordinal for m in counted_in])
        line = np.where(held, line, np.nan)
        low = np.where(held, low, -1)
        high = low
    rests_on = {
        (int(a), int(b)): tuple(dict.fromkeys((points[counted_in[a]][0], points[counted_in[b]][0])))
        for a, b in zip(low, high, strict=True)
        if a >= 0
    }
    batches = tuple(dict.fromkeys(rests_on.values()))
    supply = np.array(
        [
            batches.index(rests_on[int(a), int(b)]) if a >= 0 else -1
            for a, b in zip(low, high, strict=True)
        ],
        np.int16,
    )
    strands = taxonomy().codes
    values = np.repeat(line[:, np.newaxis, :], len(strands), axis=1)
    coverage = np.where(np.isnan(values), Coverage.NOT_COLLECTED, Coverage.VALUE)
    return Panel(
        name=counted,
        areas=place.areas.codes,
        strands=strands,
        months=months,
        values=values,
        coverage=coverage.astype(np.uint8),
        batches=batches,
        supply=np.tile(supply, (len(strands), 1)),
    )


def _span(by_counted: Mapping[str, Sequence[_Figures]]) -> tuple[Month, ...]:
    """The months of population figures, for a place that has nothing else."""
    every = [f.manifest for figures in by_counted.values() for f in figures]
    period = Period(min(m.first_month for m in every), max(m.last_month for m in every))
    return period.first.through(period.last)
