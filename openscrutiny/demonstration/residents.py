"""Writes the city's residents as a statistics office would publish them: three files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from openscrutiny.demonstration.city import city, residents_2021

HISTORIC_NAME = "census-historic-residents.csv"
CENSUS_NAME = "census-2021-residents-by-topic.csv"
MID_YEAR_NAME = "residents-mid-2020.csv"

RELIGION = "religion (all usual residents)"
# Of every thousand residents; the rest is "No religion".
_RELIGIONS = {
    "Buddhist": 9,
    "Christian": 412,
    "Hindu": 48,
    "Jewish": 22,
    "Muslim": 136,
    "Not answered": 70,
    "Other religion": 8,
    "Sikh": 18,
}
_DISABLED = "Disabled under the Equality Act"
_GROWTH_TO_2021 = {1991: 0.84, 2001: 0.88, 2011: 0.94}
_MID_YEAR_OVER_CENSUS = 1.022


def write_residents(folder: Path) -> tuple[Path, Path, Path]:
    """Censuses to 2011 (wide), the census of 2021 by topic (long), and a mid-year estimate.

    The mid-year estimate is above the census, as real ones have been.
    """
    return _historic(folder), _census(folder), _mid_year(folder)


def _historic(folder: Path) -> Path:
    # Boroughs have grown at their own pace: between 3 per cent less and 3 per cent more than usual.
    pace = np.linspace(-0.03, 0.03, len(city().areas))
    censuses = [
        np.rint(residents_2021() * (share + pace)).astype(np.int64)
        for share in _GROWTH_TO_2021.values()
    ]
    header = ["Area Code", "Area Name", *(f"Persons-{year}" for year in _GROWTH_TO_2021)]
    rows = [
        [area.code, area.name, *(int(c[n]) for c in censuses)]
        for n, area in enumerate(city().areas)
    ]
    return _write(folder / HISTORIC_NAME, header, rows)


def _census(folder: Path) -> Path:
    rows: list[list[object]] = []
    people = residents_2021().tolist()
    for area, residents in zip(city().areas, people, strict=True):
        parts = {name: residents * share // 1000 for name, share in _RELIGIONS.items()}
        parts["No religion"] = residents - sum(parts.values())
        rows += [[area.code, area.name, RELIGION, name, n] for name, n in sorted(parts.items())]
    for area, residents in zip(city().areas, people, strict=True):
        disabled = residents * 13 // 100
        topic = "disability (all usual residents)"
        rows.append([area.code, area.name, topic, _DISABLED, disabled])
        rows.append([area.code, area.name, topic, f"Not {_DISABLED.lower()}", residents - disabled])
    return _write(folder / CENSUS_NAME, ["code", "name", "topic", "category", "n"], rows)


def _mid_year(folder: Path) -> Path:
    estimates = np.rint(residents_2021() * _MID_YEAR_OVER_CENSUS).tolist()
    rows = [[a.code, a.name, n] for a, n in zip(city().areas, estimates, strict=True)]
    header = ["ltla21_code", "ltla21_name", "total_population"]
    return _write(folder / MID_YEAR_NAME, header, rows)


def _write(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
