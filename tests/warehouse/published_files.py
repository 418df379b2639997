"""Writes tiny files in the shapes that the real publishers use."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from openscrutiny.warehouse.definitions import area_sets
from openscrutiny.warehouse.engine import Engine, quoted

MONTHS = ("2024-02", "2024-03", "2024-04")
BARNET, BRENT = "E09000003", "E09000005"
MONTHLY_COLUMNS = (
    "month_year",
    "area_type",
    "borough_snt",
    "area_name",
    "area_code",
    "crime_type",
    "crime_subtype",
    "measure",
    "financial_year",
    "fy_fyindex",
    "count",
    "refresh_date",
    "sheet",
)
# What every borough has every month: subtype -> (offences, positive outcomes).
USUAL = {
    "Hate crime": (20, 2),
    "Racist and Religious Crime": (15, 2),
    "Racist Crime": (12, 1),
    "Faith Crime": (4, 1),
    "AntiSemitic": (1, 0),
    "Islamophobic Crime": (2, 0),
    "Homophobic Crime": (5, 0),
    "Disability Crime": (2, 0),
    "Transphobic Crime": (1, 0),
}
WIDE_MONTHS = ("202003", "202004", "202005")
WIDE_STRANDS = (
    "Racist and Religious Hate Crime",
    "Faith Hate Crime",
    "Anti-Semitic",
    "Islamophobic",
    "Homophobic Hate Crime",
    "Disability Hate Crime",
    "Transgender Hate",
)
Row = dict[str, Any]


def boroughs() -> list[tuple[str, str]]:
    """Code and name of every borough."""
    return [(a.code, a.name) for a in area_sets()["london"].areas]


def monthly_row(
    month: str = "2024-04",
    subtype: str = "Hate crime",
    count: object = 1,
    *,
    code: str = BARNET,
    name: str = "Barnet",
    measure: str = "Offences",
    level: str = "Borough",
    crime_type: str = "Hate crime",
    refresh: str = "2024-05-02",
) -> Row:
    """One row of the dashboard file."""
    cells = (
        f"{month}-01",
        level,
        name,
        name,
        code,
        crime_type,
        subtype,
        measure,
        "fy23-24",
        "23-24_01",
        count,
        refresh,
        "MPS_MonthlyCrimeDashboard_Other",
    )
    return dict(zip(MONTHLY_COLUMNS, cells, strict=True))


def monthly_rows(
    months: Iterable[str] = MONTHS, *, refresh: str = "2024-05-02", wards: bool = True
) -> list[Row]:
    """The dashboard for all boroughs, with a ward in each that counts the same."""
    rows = []
    for month in months:
        for number, (code, name) in enumerate(boroughs()):
            places = [("Borough", code, name)]
            if wards:
                ward = f"E05{number:06d}"
                places.append(("Safer Neighbourhood Teams", ward, f"{name} Ward"))
            for level, area, label in places:
                for subtype, both in USUAL.items():
                    for measure, count in zip(("Offences", "Positive Outcomes"), both, strict=True):
                        if count:
                            rows.append(
                                monthly_row(
                                    month,
                                    subtype,
                                    count,
                                    code=area,
                                    name=label,
                                    measure=measure,
                                    level=level,
                                    refresh=refresh,
                                )
                            )
    return rows


def without(rows: list[Row], **wanted: str) -> list[Row]:
    """The rows but those with all these values."""
    return [r for r in rows if not all(r[k] == v for k, v in wanted.items())]


def changed(rows: list[Row], change: Callable[[Row], Row | None]) -> list[Row]:
    """The rows with a change made to each that the function returns something for."""
    return [change(dict(r)) or r for r in rows]


def write_csv(path: Path, rows: list[Row], columns: Iterable[str] | None = None) -> Path:
    """The rows as the publisher's CSV."""
    names = list(columns or rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, names, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    return path


def write_parquet(path: Path, rows: list[Row]) -> Path:
    """The dashboard's rows as the publisher's Parquet, with its types."""
    plain = write_csv(path.with_suffix(".plain"), rows)
    with Engine() as engine:
        engine.run(
            "COPY (SELECT * REPLACE (CAST(month_year AS TIMESTAMP) AS month_year, "
            "CAST(refresh_date AS TIMESTAMP) AS refresh_date, CAST(count AS BIGINT) AS count, "
            "nullif(area_code, '') AS area_code, nullif(area_name, '') AS area_name) "
            f"FROM read_csv({quoted(str(plain))}, header = true, all_varchar = true)) "
            f"TO {quoted(str(path))} (FORMAT parquet)"
        )
    plain.unlink()
    return path


def wide_rows(months: Iterable[str] = WIDE_MONTHS) -> list[Row]:
    """The long run: a dense row for every borough and label, domestic abuse among the hate."""
    rows = []
    labels = [("Hate", s) for s in WIDE_STRANDS]
    labels += [("Hate", "Domestic Abuse"), ("Special", "Knife Crime")]
    for name in [*(name for _, name in boroughs()), "Aviation Security(SO18)"]:
        for major, minor in labels:
            count = 500 if minor == "Domestic Abuse" else 3
            row: Row = {"Borough": name, "MajorText": major, "MinorText": minor}
            rows.append(row | dict.fromkeys(months, count))
    return rows


def census_2021_rows(per_category: int = 100) -> list[Row]:
    """Census 2021 by religion, and by another topic that must not be added to it."""
    religions = (
        "Buddhist,Christian,Hindu,Jewish,Muslim,No religion,Not answered,Other religion,Sikh"
    )
    rows = []
    for code, name in [("E09000001", "City of London"), *boroughs()]:
        for category in religions.split(","):
            rows.append(
                {
                    "code": code,
                    "name": name,
                    "topic": "religion (all usual residents)",
                    "category": category,
                    "n": per_category,
                }
            )
        rows.append(
            {
                "code": code,
                "name": name,
                "topic": "ethnic group (all usual residents)",
                "category": "White",
                "n": 900,
            }
        )
    return rows


def census_historic_rows() -> list[Row]:
    """The censuses of 1991, 2001 and 2011."""
    return [
        {
            "Area Code": code,
            "Area Name": name,
            "Persons-1991": 1,
            "Persons-2001": 600,
            "Persons-2011": 719,
        }
        for code, name in [("E09000001", "City of London"), *boroughs()]
    ]


def mid_2020_rows() -> list[Row]:
    """The mid-year estimate, whose figures carry a decimal point."""
    return [
        {"ltla21_code": code, "ltla21_name": name, "total_population": "1000.0"}
        for code, name in [("E09000001", "City of London"), *boroughs()]
    ]


def square(column: float, row: float) -> list[list[float]]:
    """A closed ring around one tile of London, in degrees."""
    west, north = round(-0.45 + 0.08 * column, 6), round(51.7 - 0.06 * row, 6)
    east, south = round(west + 0.08, 6), round(north - 0.06, 6)
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def boundary_features() -> list[dict[str, Any]]:
    """A square for every borough, where its tile is, in the shape of the national file."""
    return [
        {
            "type": "Feature",
            "properties": {
                "LAD13CD": area.code,
                "LAD13CDO": "00AA",
                "LAD13NM": area.name,
                "LAD13NMW": None,
            },
            "geometry": {"type": "Polygon", "coordinates": [square(*area.tile)]},
        }
        for area in area_sets()["london"].areas
    ]


def write_geojson(path: Path, features: list[dict[str, Any]], **more: Any) -> Path:
    """A collection of features as the publishers' tools write it."""
    system = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    held = {"type": "FeatureCollection", "crs": system, "features": features, **more}
    path.write_text(json.dumps(held), encoding="utf-8")
    return path
