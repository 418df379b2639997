"""The invented files look like the published ones, with their peculiarities."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from openscrutiny.demonstration import published, residents
from openscrutiny.demonstration.city import CITY, LONG_FILE, WIDE_FILE, city, residents_2021
from openscrutiny.demonstration.generate import ANSWERS_NAME, generate
from openscrutiny.demonstration.stories import every_story, live

REAL_WIDE = "mps-hate-wide/Monthly Crime Other Crime Borough Level Off Type.csv"
REAL_LONG = "mps-hate-monthly/monthly-crime-dashboard.parquet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("published")
    generate(made, seed=21)
    return made


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def long_rows(folder: Path) -> list[dict[str, str]]:
    return rows_of(folder / published.LONG_NAME)


def hate(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [r for r in rows if r["crime_type"] == "Hate crime"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    folder: Path, tmp_path: Path
) -> None:
    again = generate(tmp_path / "again", seed=21)
    assert len(again) == 6
    for path in (*again, tmp_path / "again" / ANSWERS_NAME):
        assert path.read_bytes() == (folder / path.name).read_bytes()
    generate(tmp_path / "other", seed=22)
    for name in (published.LONG_NAME, published.WIDE_NAME):
        assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_the_files_stay_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12_000_000


def test_a_negative_seed_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="use 0 or a whole number"):
        generate(tmp_path, seed=-1)


def test_the_answer_key_lies_beside_the_files_and_names_only_what_was_told(
    folder: Path, tmp_path: Path
) -> None:
    key = json.loads((folder / ANSWERS_NAME).read_text(encoding="utf-8"))
    assert key["place"] == CITY
    assert [s["id"] for s in key["stories"]] == [s.id for s in every_story()]
    generate(tmp_path, seed=21, stories=False)
    assert json.loads((tmp_path / ANSWERS_NAME).read_text(encoding="utf-8"))["stories"] == []


def test_the_long_file_is_sparse_and_holds_no_zero(long_rows: list[dict[str, str]]) -> None:
    assert min(int(r["count"]) for r in long_rows) == 1
    strands, months = len(published.LONG_LABELS), len(LONG_FILE)
    boroughs = [r for r in hate(long_rows) if r["area_code"] in city().codes]
    assert len(boroughs) < 32 * strands * months * 2


def test_the_long_file_says_what_was_drawn_and_its_wards_add_up_to_their_borough(
    long_rows: list[dict[str, str]],
) -> None:
    wards: dict[tuple[str, ...], int] = defaultdict(int)
    boroughs: dict[tuple[str, ...], int] = defaultdict(int)
    for row in hate(long_rows):
        key = (row["month_year"], row["crime_subtype"], row["measure"])
        if row["area_code"] in city().codes:
            boroughs[(row["borough_snt"], *key)] += int(row["count"])
        elif row["area_code"].startswith("X05"):
            borough = row["borough_snt"].removesuffix(" " + row["area_name"])
            wards[(borough, *key)] += int(row["count"])
    assert wards == boroughs
    first = LONG_FILE.first
    drawn = live(seed=21, told=every_story()).offences[0, :, 73].sum()
    total = boroughs[(city().areas[0].name, f"{first}-01", "Hate crime", "Offences")]
    assert total == drawn


def test_figures_of_the_gap_are_in_neither_file(folder: Path, long_rows) -> None:
    months = {row["month_year"][:7] for row in long_rows}
    assert months == {str(m) for m in LONG_FILE.first.through(LONG_FILE.last)}
    header = list(rows_of(folder / published.WIDE_NAME)[0])[3:]
    assert header == [f"{m.year}{m.number:02d}" for m in WIDE_FILE.first.through(WIDE_FILE.last)]
    assert LONG_FILE.first - WIDE_FILE.last == 3


def test_the_long_file_holds_rows_of_no_borough_other_crimes_and_repeated_keys(long_rows) -> None:
    outside = {
        (r["area_name"], r["area_code"])
        for r in hate(long_rows)
        if r["area_type"] == "Borough" and r["area_code"] not in city().codes
    }
    assert {name for name, _ in outside} >= {"", "N/K (Legacy Only)"}
    assert {r["crime_type"] for r in long_rows} == {
        "Hate crime",
        "Domestic Abuse",
        "Miscalleneous",
    }
    keys = [tuple(v for k, v in r.items() if k != "count") for r in hate(long_rows)]
    assert len(set(keys)) < len(keys)
    assert {r["measure"] for r in hate(long_rows)} == set(published.MEASURES)


def test_the_wide_file_is_dense_and_files_domestic_abuse_under_hate(folder: Path) -> None:
    rows = rows_of(folder / published.WIDE_NAME)
    assert len({(r["Borough"], r["MinorText"]) for r in rows}) == len(rows)
    assert {r["Borough"] for r in rows} == {
        "Airport Security(AS1)",
        *(a.name for a in city().areas),
    }
    values = [int(v) for r in rows for v in list(r.values())[3:]]
    assert values.count(0) > 1000
    assert {r["MajorText"] for r in rows} == {"Hate", "Special"}
    under_hate = {r["MinorText"] for r in rows if r["MajorText"] == "Hate"}
    assert under_hate > set(published.WIDE_LABELS.values())
    assert "Domestic Abuse" in under_hate


def test_the_census_adds_up_to_the_residents_by_religion_and_the_mid_year_is_above_it(
    folder: Path,
) -> None:
    counted: dict[str, int] = defaultdict(int)
    for row in rows_of(folder / residents.CENSUS_NAME):
        if row["topic"] == residents.RELIGION:
            counted[row["code"]] += int(row["n"])
    assert list(counted.values()) == residents_2021().tolist()
    mid_year = rows_of(folder / residents.MID_YEAR_NAME)
    assert all(float(r["total_population"]) > counted[r["ltla21_code"]] for r in mid_year)
    historic = rows_of(folder / residents.HISTORIC_NAME)
    assert all(int(r["Persons-2011"]) < counted[r["Area Code"]] for r in historic)


def test_splitting_into_wards_loses_and_invents_nothing() -> None:
    counts = live(seed=21).offences
    wards = published.split_into_wards(counts, np.random.default_rng(1))
    assert wards.shape == (len(published.WARDS), *counts.shape)
    assert (wards >= 0).all()
    assert np.array_equal(wards.sum(axis=0), counts)


@pytest.mark.real
def test_the_wide_file_has_the_columns_and_labels_of_the_real_one(
    folder: Path, real_data: Path
) -> None:
    real, ours = rows_of(real_data / REAL_WIDE), rows_of(folder / published.WIDE_NAME)
    assert list(ours[0])[:3] == list(real[0])[:3]
    assert set(list(ours[0])[3:]) < set(list(real[0])[3:])
    of_real = {(r["MajorText"], r["MinorText"]) for r in real}
    assert {(r["MajorText"], r["MinorText"]) for r in ours} <= of_real


@pytest.mark.real
def test_the_long_file_has_the_columns_and_labels_of_the_real_one(
    long_rows: list[dict[str, str]], real_data: Path
) -> None:
    import duckdb

    path = str(real_data / REAL_LONG)
    with duckdb.connect() as connection:
        columns = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [path]).description
        labels = connection.execute(
            "SELECT DISTINCT area_type, crime_type, crime_subtype, measure, financial_year, "
            "fy_fyindex FROM read_parquet(?)",
            [path],
        ).fetchall()
    assert tuple(c[0] for c in columns) == published.LONG_COLUMNS == tuple(long_rows[0])
    asked = ("area_type", "crime_type", "crime_subtype", "measure", "financial_year", "fy_fyindex")
    assert {tuple(r[k] for k in asked) for r in long_rows} <= set(labels)


@pytest.mark.real
def test_the_files_of_residents_have_the_columns_of_the_real_ones(
    folder: Path, real_data: Path
) -> None:
    reference = real_data / "london-reference"
    for ours, real in (
        (residents.CENSUS_NAME, "census2021_london_boroughs_long.csv"),
        (residents.MID_YEAR_NAME, "population_mid2020_london_boroughs.csv"),
        (residents.HISTORIC_NAME, "census-historic-population-borough.csv"),
    ):
        assert set(rows_of(folder / ours)[0]) <= set(rows_of(reference / real)[0])
