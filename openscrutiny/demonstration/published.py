"""Writes the city's figures as its constabulary and statistics office would publish them.

The shapes, labels and peculiarities are those of real published files, so that the demonstration
goes through the same import as real figures: a dense wide file without codes or total, in which
domestic abuse is filed under hate; a sparse long file with borough and ward rows, rows without a
borough and other crimes; three files of residents.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from openscrutiny.core.months import Month, Period
from openscrutiny.core.taxonomy import Taxonomy
from openscrutiny.demonstration.city import LONG_FILE, WIDE_FILE, city
from openscrutiny.demonstration.life import (
    COMBINATIONS,
    Counts,
    Life,
    by_strand,
    month_number,
)

WIDE_NAME = "constabulary-crime-by-borough-2015-2021.csv"
LONG_NAME = "constabulary-monthly-dashboard.csv"

WIDE_LABELS = {
    "race_religion": "Racist and Religious Hate Crime",
    "religion": "Faith Hate Crime",
    "antisemitic": "Anti-Semitic",
    "islamophobic": "Islamophobic",
    "sexual_orientation": "Homophobic Hate Crime",
    "disability": "Disability Hate Crime",
    "transgender": "Transgender Hate",
}
LONG_LABELS = {
    "all": "Hate crime",
    "race_religion": "Racist and Religious Crime",
    "race": "Racist Crime",
    "religion": "Faith Crime",
    "antisemitic": "AntiSemitic",
    "islamophobic": "Islamophobic Crime",
    "sexual_orientation": "Homophobic Crime",
    "disability": "Disability Crime",
    "transgender": "Transphobic Crime",
}
LONG_COLUMNS = (
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
MEASURES = ("Offences", "Positive Outcomes")
WARDS = ("North", "South")
_REFRESHED = "2025-07-10"
_SHEET = "ACC_MonthlyCrimeDashboard_Other"
_AIRPORT = "Airport Security(AS1)"
_DOMESTIC_ABUSE = {"Domestic Abuse": 190, "Domestic Abuse Homicide": 0.02, "Domestic Abuse VWI": 48}
_OTHER_CRIME = {"Dog Attack": 4, "Knife Crime": 30}

# Rows of the long file that belong to no borough: (borough_snt, area_name, area_code, a month).
_OUTSIDE = (
    ("Other / NK", "", "", 3.0),
    ("Other / NK", "N/K (Legacy Only)", "", 6.0),
    ("Airport Security", "Airport Security (AS1) (Legacy Only)", "AS1", 2.0),
)


def write_wide(folder: Path, life: Life, taxonomy: Taxonomy, rng: np.random.Generator) -> Path:
    """Offences from 2015 to May 2021: a row per borough and strand, a column per month."""
    months = WIDE_FILE.first.through(WIDE_FILE.last)
    figures = by_strand(_during(life.offences, WIDE_FILE), taxonomy)
    header = ["Borough", "MajorText", "MinorText", *(f"{m.year}{m.number:02d}" for m in months)]
    labels = sorted((label, code) for code, label in WIDE_LABELS.items())
    rows: list[Sequence[Any]] = []
    for label, code in labels:
        rows.append([_AIRPORT, "Hate", label, *rng.poisson(0.05, len(months)).tolist()])
        strand = taxonomy.codes.index(code)
        for area, counts in zip(city().areas, figures[:, strand], strict=True):
            rows.append([area.name, "Hate", label, *counts.tolist()])
    for major, crimes in (("Hate", _DOMESTIC_ABUSE), ("Special", _OTHER_CRIME)):
        for label, mean in crimes.items():
            for name in (_AIRPORT, *(a.name for a in city().areas)):
                rows.append([name, major, label, *rng.poisson(mean, len(months)).tolist()])
    return _write(folder / WIDE_NAME, header, rows)


def write_long(folder: Path, life: Life, taxonomy: Taxonomy, rng: np.random.Generator) -> Path:
    """Offences and outcomes from August 2021: a row per figure above zero."""
    during = [_during(counts, LONG_FILE) for counts in (life.offences, life.outcomes)]
    boroughs = [(a.name, a.name, a.code) for a in city().areas]
    wards = [split_into_wards(counts, rng) for counts in during]
    outside = _outside_any_borough(rng)
    rows: list[Sequence[Any]] = []
    rows += _hate_rows("Borough", boroughs, during, taxonomy)
    rows += _hate_rows("Borough", [row[:3] for row in _OUTSIDE], outside, taxonomy)
    for number, ward in enumerate(WARDS):
        places = [
            (f"{a.name} {ward}", ward, f"X05{len(WARDS) * n + number:06d}")
            for n, a in enumerate(city().areas, start=1)
        ]
        split = [counts[number] for counts in wards]
        rows += _hate_rows("Safer Neighbourhood Teams", places, split, taxonomy)
    # The ward rows repeat a key: two of the three places outside any borough have one name here.
    nowhere = [("Other / NK", "", "-1"), ("Other / NK", "", "-1"), ("Other / NK", "", "")]
    rows += _hate_rows("Safer Neighbourhood Teams", nowhere, outside, taxonomy)
    rows += _other_crime_rows(boroughs, rng)
    return _write(folder / LONG_NAME, LONG_COLUMNS, rows)


def split_into_wards(counts: Counts, rng: np.random.Generator) -> Counts:
    """The same counts by ward: (wards, boroughs, combinations, months); wards add up."""
    left, parts = counts, []
    for remaining in range(len(WARDS), 1, -1):
        part = rng.binomial(left, 1 / remaining)
        parts.append(part)
        left = left - part
    return np.stack([*parts, left])


def _outside_any_borough(rng: np.random.Generator) -> list[Counts]:
    means = np.array([row[3] for row in _OUTSIDE])
    mix = np.array(list(COMBINATIONS.values()))
    expected = means[:, None, None] * (mix / mix.sum())[:, None] * np.ones(len(LONG_FILE))
    offences = rng.poisson(expected)
    return [offences, rng.binomial(offences, 0.05)]


def _hate_rows(
    level: str,
    places: Sequence[tuple[str, str, str]],
    counts: Sequence[Counts],
    taxonomy: Taxonomy,
) -> Iterator[Sequence[Any]]:
    """Rows in order of month, place, strand and measure; a zero has no row."""
    order = [taxonomy.codes.index(code) for code in LONG_LABELS]
    labels = list(LONG_LABELS.values())
    figures = np.stack([by_strand(c, taxonomy)[:, order] for c in counts])
    by_month = figures.transpose(3, 1, 2, 0)
    ends = [_month_columns(m) for m in LONG_FILE.first.through(LONG_FILE.last)]
    for m, a, s, k in np.argwhere(by_month > 0).tolist():
        date, year, index = ends[m]
        count = int(by_month[m, a, s, k])
        kind = (level, *places[a], "Hate crime", labels[s], MEASURES[k])
        yield (date, *kind, year, index, count, _REFRESHED, _SHEET)


def _other_crime_rows(
    boroughs: Sequence[tuple[str, str, str]], rng: np.random.Generator
) -> Iterator[Sequence[Any]]:
    """Crimes that are not hate crime, one type misspelt, as they stand beside it."""
    crimes = (("Domestic Abuse", "Domestic Abuse", 190), ("Miscalleneous", "TNO Victim Based", 800))
    months = LONG_FILE.first.through(LONG_FILE.last)
    for crime, subtype, mean in crimes:
        counts = rng.poisson(mean, (len(months), len(boroughs)))
        for month, row in zip(months, counts.tolist(), strict=True):
            date, year, index = _month_columns(month)
            for place, count in zip(boroughs, row, strict=True):
                kind = ("Borough", *place, crime, subtype, "Offences")
                yield (date, *kind, year, index, count, _REFRESHED, _SHEET)


def _month_columns(month: Month) -> tuple[str, str, str]:
    begins = month.year if month.number >= 4 else month.year - 1
    years = f"{begins % 100:02d}-{(begins + 1) % 100:02d}"
    return f"{month}-01", f"fy{years}", f"{years}_01"


def _during(counts: Counts, period: Period) -> Counts:
    first = month_number(period.first)
    return counts[:, :, first : first + len(period)]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
