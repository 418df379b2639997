"""Files that cannot be right: a clear refusal, nothing half done, rejected rows kept."""

from __future__ import annotations

import csv
import os
import resource
import time

import pytest

from openscrutiny.core.months import Month
from openscrutiny.warehouse.batches import batch_folder, open_ledger
from openscrutiny.warehouse.ingest import ImportRefused
from openscrutiny.warehouse.queries import counts
from tests.warehouse.published_files import (
    BARNET,
    changed,
    monthly_row,
    monthly_rows,
    wide_rows,
    write_csv,
    write_parquet,
)

APRIL = Month.parse("2024-04")


@pytest.fixture
def refused(bring, london, tmp_path):
    """Import a file that must be refused, and return its problems. Nothing may have changed."""

    def attempt(path):
        before = sorted(p for p in london.folder.rglob("*") if "refused" not in p.parts)
        ledger = open_ledger(london)
        with pytest.raises(ImportRefused) as caught:
            bring(path)
        after = sorted(p for p in london.folder.rglob("*") if "refused" not in p.parts)
        assert [p for p in after if p.name != "lock"] == [p for p in before if p.name != "lock"]
        assert open_ledger(london) == ledger
        for problem in caught.value.problems:
            assert problem.file == path.name
            assert problem.what_to_do
        return caught.value.problems

    return attempt


def _first(row):
    """Whether a row is Barnet's first figure of April: total offences."""
    return (row["area_code"], row["crime_subtype"], row["measure"], row["month_year"]) == (
        BARNET,
        "Hate crime",
        "Offences",
        "2024-04-01",
    )


def _with(cells):
    """The usual rows, with cells of Barnet's first figure of April replaced; and its row number."""
    rows = monthly_rows()
    number = next(i for i, r in enumerate(rows, 1) if _first(r))
    return changed(rows, lambda r: r | cells if _first(r) else None), number


def test_utf_16_is_refused_with_what_to_do(refused, tmp_path):
    plain = write_csv(tmp_path / "f.csv", monthly_rows()).read_text()
    path = tmp_path / "g.csv"
    path.write_text(plain, encoding="utf-16")
    (problem,) = refused(path)
    assert "UTF-16" in problem.message
    assert "UTF-8" in problem.what_to_do


@pytest.mark.parametrize("rows_before", [0, 3000])
def test_latin_1_is_refused_with_its_row(refused, tmp_path, rows_before):
    rows = monthly_rows()[:rows_before] + [monthly_row(name="Barnét")]
    path = tmp_path / "f.csv"
    text = write_csv(path, rows).read_text()
    path.write_text(text, encoding="latin-1")
    (problem,) = refused(path)
    assert "not UTF-8" in problem.message
    assert problem.row == len(rows)


def test_a_byte_order_mark_does_no_harm(bring, london, tmp_path):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    bring(path)
    assert counts(london)["offences"].cell(BARNET, "all", APRIL)[0] == 20


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
def test_a_csv_cut_off_in_a_row_is_refused(refused, tmp_path, kept):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)].rstrip(b"\n"))
    problems = refused(path)
    assert any("cut off" in p.message for p in problems)


def test_a_csv_with_a_short_row_is_refused_with_its_row(refused, tmp_path):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    lines = path.read_text().splitlines(keepends=True)
    lines[7] = "2024-04-01,Borough\n"
    path.write_text("".join(lines))
    (problem,) = refused(path)
    assert problem.row == 7


def test_a_csv_cut_off_between_rows_shows_in_the_wards(refused, tmp_path):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    lines = path.read_text().splitlines(keepends=True)
    # The cut falls after Barnet's borough rows and before its ward's.
    cut = max(i for i, line in enumerate(lines) if ",Barnet,E09000003," in line)
    path.write_text("".join(lines[: cut + 1]))
    problems = refused(path)
    assert "part of the file is missing" in problems[0].message


def test_a_parquet_file_without_its_end_is_refused(refused, tmp_path):
    path = write_parquet(tmp_path / "f.parquet", monthly_rows())
    path.write_bytes(path.read_bytes()[:-2000])
    (problem,) = refused(path)
    assert "end is missing" in problem.message


def test_a_parquet_file_damaged_inside_is_refused(refused, tmp_path):
    path = write_parquet(tmp_path / "f.parquet", monthly_rows())
    whole = bytearray(path.read_bytes())
    whole[-2000:-8] = b"\x55" * 1992
    path.write_bytes(whole)
    assert refused(path)


def test_a_saved_web_page_is_refused(refused, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("<!DOCTYPE html>\n<html><body>Sign in to download</body></html>\n")
    (problem,) = refused(path)
    assert "web page" in problem.message


@pytest.mark.parametrize("content", [b"", b"\n", b"   "])
def test_an_empty_file_is_refused(refused, tmp_path, content):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    assert refused(path)


def test_a_spreadsheet_is_refused_with_what_to_do(refused, tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    (problem,) = refused(path)
    assert "Save its table as CSV" in problem.what_to_do


def test_a_missing_file_is_refused_without_a_traceback(refused, tmp_path):
    (problem,) = refused(tmp_path / "none.csv")
    assert "cannot be read" in problem.message


@pytest.mark.parametrize("beginning", [b"", "header"])
def test_two_gigabytes_of_zeros_are_refused_in_seconds_and_little_memory(
    refused, tmp_path, beginning
):
    path = tmp_path / "f.csv"
    if beginning == "header":
        beginning = write_csv(path, monthly_rows()).read_bytes()
    path.write_bytes(beginning)
    os.truncate(path, 2 * 1024**3)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    assert refused(path)
    assert time.monotonic() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200 * 1024


def test_a_file_larger_than_its_source_ever_is_is_refused_for_its_size(refused, tmp_path):
    path = write_csv(tmp_path / "large.csv", monthly_rows())
    os.truncate(path, 401 * 1024 * 1024)
    (problem,) = refused(path)
    assert "It is 401 MB; files of this source are below 400 MB." in problem.message
    assert "raise the limit" in problem.what_to_do


def test_zeros_inside_a_small_file_are_refused_with_their_row(refused, tmp_path):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    rows = len(monthly_rows())
    with path.open("ab") as file:
        file.write(b"\0" * 5_000_000 + b"\n")
    (problem,) = refused(path)
    assert "bytes of zero" in problem.message
    assert problem.row == rows + 1


@pytest.mark.parametrize(
    "bad",
    [
        ({"area_code": "E09000099", "area_name": "Nowhere"}, "area_code", "not an area of London"),
        ({"area_code": BARNET, "area_name": "Brent"}, "area_code", "not an area of London"),
        ({"crime_subtype": "Ageist Crime"}, "crime_subtype", "not a strand known"),
        ({"measure": "Arrests"}, "measure", "not a thing counted known"),
        ({"area_type": "Region"}, "area_type", "not a level of areas known"),
        ({"count": "-3"}, "count", "cannot be negative"),
        ({"count": "2.5"}, "count", "cannot be a fraction"),
        ({"count": "many"}, "count", "not a number"),
        ({"count": "1e3"}, "count", "not a number"),
        ({"count": ""}, "count", "missing"),
        ({"count": "99999999999999999999"}, "count", "too large"),
        ({"month_year": "2024-13-01"}, "month_year", "not a month"),
        ({"month_year": "2024-04-15"}, "month_year", "not a month"),
        ({"month_year": "2024-06-01"}, "month_year", "lies after the file's own date"),
        ({"refresh_date": "soon"}, "refresh_date", "not a date"),
        ({"borough_snt": '=cmd|" /C calc"!A0'}, "borough_snt", "formula"),
        ({"area_name": "@SUM(A1)"}, "area_name", "formula"),
        ({"sheet": "+1+cmd"}, "sheet", "formula"),
        ({"sheet": "-cmd"}, "sheet", "formula"),
        ({"sheet": " =cmd"}, "sheet", "formula"),
        ({"sheet": "\tcmd"}, "sheet", "formula"),
    ],
)
def test_a_bad_row_is_rejected_with_row_column_and_reason(bring, london, tmp_path, bad):
    cells, column, message = bad
    rows, number = _with(cells)
    manifest = bring(write_csv(tmp_path / "f.csv", rows)).manifest
    assert manifest.rows_rejected == 1
    assert manifest.rows_accepted == manifest.rows_in - 1
    with (batch_folder(london, manifest.batch) / "rejected.csv").open(newline="") as file:
        (kept,) = csv.DictReader(file)
    assert int(kept["row"]) == number
    assert message in kept["reason"]
    if column != kept["column"]:
        assert "formula" in message
    assert counts(london)["offences"].cell(BARNET, "all", APRIL)[1].name == "NOT_COLLECTED"


def test_over_the_threshold_nothing_is_accepted_and_the_rows_are_kept(refused, london, tmp_path):
    rows = changed(
        monthly_rows(), lambda r: r | {"count": "-1"} if r["area_code"] == BARNET else None
    )
    summary, *problems = refused(write_csv(tmp_path / "f.csv", rows))
    assert "nothing was imported" in summary.message
    assert problems[0].row is not None
    assert problems[0].column == "count"
    (kept,) = london.folder.glob("refused/*/rejected.csv")
    with kept.open(newline="") as file:
        assert {r["value"] for r in csv.DictReader(file)} == {"'-1"}
    assert str(kept) in summary.what_to_do


def test_a_formula_is_escaped_in_the_file_of_rejected_rows(bring, london, tmp_path):
    rows, _ = _with({"area_name": '=HYPERLINK("http://x")'})
    manifest = bring(write_csv(tmp_path / "f.csv", rows)).manifest
    with (batch_folder(london, manifest.batch) / "rejected.csv").open(newline="") as file:
        (kept,) = csv.DictReader(file)
    assert kept["area_name"] == '\'=HYPERLINK("http://x")'


def test_a_ward_code_of_minus_one_is_no_formula(bring, tmp_path):
    ward = monthly_row(code="-1", name="Unknown ward", level="Safer Neighbourhood Teams")
    assert bring(write_csv(tmp_path / "f.csv", [*monthly_rows(), ward])).manifest.rows_rejected == 0


def test_a_month_twice_is_refused_naming_both_rows(refused, tmp_path):
    rows = monthly_rows()
    number = next(i for i, r in enumerate(rows, 1) if _first(r))
    (problem,) = refused(write_csv(tmp_path / "f.csv", [*rows, monthly_row(count=20)]))
    assert "Barnet has a month twice: April 2024" in problem.message
    assert f"rows {number} and {len(rows) + 1}" in problem.message


def test_a_month_twice_in_the_headings_of_a_wide_file_is_refused(refused, tmp_path):
    path = write_csv(tmp_path / "w.csv", wide_rows())
    path.write_text(path.read_text().replace("202004", "202003", 1))
    (problem,) = refused(path)
    assert problem.column == "202003"


@pytest.mark.parametrize("total", [0, 1, 500])
def test_a_total_that_cannot_be_the_total_of_its_parts_is_refused(refused, tmp_path, total):
    rows, number = _with({"count": total})
    for ward in rows:
        if ward["area_type"] != "Borough":
            ward["area_type"] = "Domestic"
    path = write_csv(tmp_path / "f.csv", [r for r in rows if r["area_type"] == "Borough"])
    problems = refused(path)
    position = next(
        i for i, r in enumerate((r for r in rows if r["area_type"] == "Borough"), 1) if _first(r)
    )
    assert number >= position
    assert problems[0].row == position
    assert "cannot be the total" in problems[0].message


def test_a_file_of_unknown_shape_names_the_nearest_source_and_what_is_missing(refused, tmp_path):
    rows = [{k: v for k, v in r.items() if k != "measure"} for r in monthly_rows()]
    (problem,) = refused(write_csv(tmp_path / "f.csv", rows))
    assert "mps-hate-monthly" in problem.message
    assert "missing: measure" in problem.message


def test_a_file_with_the_right_columns_but_no_hate_crime_says_so(refused, tmp_path):
    rows = [monthly_row(crime_type="Knife Crime")]
    (problem,) = refused(write_csv(tmp_path / "f.csv", rows))
    assert "no row has crime_type “hate crime”" in problem.message


def test_another_police_service_is_refused_by_its_areas(refused, tmp_path):
    rows = [monthly_row(code=f"E08{i:06d}", name=f"Town {i}") for i in range(9)]
    (problem,) = refused(write_csv(tmp_path / "f.csv", rows))
    assert "only 0% are known to London" in problem.message


def test_a_wide_file_with_a_bad_cell_loses_that_month_alone(bring, london, tmp_path):
    months = [f"{y}{m:02d}" for y in range(2015, 2021) for m in range(1, 13)]
    rows = wide_rows(months)
    next(r for r in rows if (r["Borough"], r["MinorText"]) == ("Barnet", "Faith Hate Crime"))[
        "202003"
    ] = "n/a"
    manifest = bring(write_csv(tmp_path / "w.csv", rows)).manifest
    assert manifest.rows_rejected == 1
    offences = counts(london)["offences"]
    assert offences.cell(BARNET, "religion", Month.parse("2020-03"))[1].name == "NOT_COLLECTED"
    assert offences.cell(BARNET, "religion", Month.parse("2020-04"))[0] == 3
