"""The commands on files and figures, as a person types them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from openscrutiny.config.cli import main
from openscrutiny.warehouse import places
from tests.warehouse.published_files import (
    BARNET,
    boroughs,
    census_2021_rows,
    monthly_row,
    monthly_rows,
    wide_rows,
    write_csv,
)


@pytest.fixture
def run(home, capsys):
    """Run a command; its exit code, what it printed and what it complained of."""
    del home

    def command(*arguments):
        code = main([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "published"
    folder.mkdir()
    write_csv(folder / "a.csv", monthly_rows())
    write_csv(folder / "b.csv", census_2021_rows())
    return folder


def _table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_folder_is_imported_and_other_files_in_it_are_left_alone(run, published):
    (published / "README.md").write_text("# Read me\n")
    (published / "deep").mkdir()
    write_csv(published / "deep" / "w.csv", wide_rows())
    code, out, _ = run("import", published)
    assert code == 0
    assert out.count("imported:") == 3
    assert "not recognised, left alone: 1 file (README.md)" in out
    assert "The place in use is now London." in out
    assert places.current().id == "london"


def test_a_folder_without_a_published_file_is_refused(run, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, complaint = run("import", tmp_path / "empty")
    assert code == 2
    assert "Nothing was imported" in complaint


def test_a_broken_file_in_a_folder_is_refused_and_the_others_imported(run, published):
    write_csv(published / "c.csv", [monthly_row(count="-1")])
    code, out, complaint = run("import", published)
    assert code == 2
    assert out.count("imported:") == 2
    assert "c.csv, row 1, column count: A count cannot be negative: “-1”." in complaint
    assert "Traceback" not in complaint


def test_a_file_named_and_not_recognised_is_refused_with_the_nearest_source(run, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n")
    code, _, complaint = run("import", path)
    assert code == 2
    assert "The nearest is" in complaint


def test_the_panel_prints_every_month_with_its_coverage_and_batch(run, published):
    run("import", published)
    code, out, _ = run("panel", "offences", "--area", "Barnet", "--strand", "disability")
    rows = _table(out)
    assert code == 0
    assert list(rows[0]) == ["area_code", "area", "strand", "month", "value", "coverage", "batch"]
    assert [r["month"] for r in rows] == ["2024-02", "2024-03", "2024-04"]
    assert rows[0]["area_code"] == BARNET
    assert rows[0]["area"] == "Barnet"
    assert (rows[0]["value"], rows[0]["coverage"]) == ("2", "value")
    assert rows[0]["batch"].startswith("mps-hate-monthly-2024-05-02-")


def test_the_panel_prints_zero_as_zero_and_what_is_not_collected_as_empty(run, published):
    run("import", published)
    _, out, _ = run("panel", "positive_outcomes", "--area", "barnet", "--to", "2024-02")
    coverage = {r["strand"]: (r["value"], r["coverage"]) for r in _table(out)}
    assert coverage["transgender"] == ("0", "zero")
    assert coverage["all"] == ("2", "value")
    _, out, _ = run("panel", "offences", "--area", "barnet", "--to", "2024-02")
    coverage = {r["strand"]: (r["value"], r["coverage"], r["batch"]) for r in _table(out)}
    assert coverage["age"] == ("", "not_collected", "")


def test_without_an_area_every_borough_is_printed_and_not_the_whole(run, published):
    run("import", published)
    _, out, _ = run("panel", "recorded_offences", "--strand", "all", "--from", "2024-04")
    assert [r["area_code"] for r in _table(out)] == [code for code, _ in boroughs()]
    _, out, _ = run("panel", "recorded_offences", "--strand", "all", "--area", "london")
    assert {r["value"] for r in _table(out)} == {"640"}


def test_a_ratio_is_printed_for_the_month_and_names_its_batches(run, published):
    run("import", published)
    _, out, _ = run("panel", "outcomes_per_100", "--area", BARNET, "--strand", "all")
    assert [r["value"] for r in _table(out)] == ["10", "10", "10"]
    _, out, _ = run("panel", "outcomes_per_100", "--area", BARNET, "--months", 2, "--strand", "all")
    assert [r["value"] for r in _table(out)] == ["", "", "10"]
    _, out, _ = run(
        "panel", "offences_per_1000", "--area", BARNET, "--months", 1, "--strand", "all"
    )
    last = _table(out)[-1]
    assert float(last["value"]) == pytest.approx(20 * 12 / 900 * 1000, abs=1e-6)
    assert [b.rsplit("-", 1)[0] for b in last["batch"].split("+")] == [
        "mps-hate-monthly-2024-05-02",
        "london-census-2021-2021-03",
    ]


def test_the_panel_as_json_holds_the_same_figures(run, published):
    run("import", published)
    _, out, _ = run("panel", "offences", "--area", "Barnet", "--strand", "all", "--json")
    figures = json.loads(out)
    assert figures["data_version"].startswith("d-")
    assert [f["value"] for f in figures["figures"]] == [20, 20, 20]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("panel", "offences", "--area", "Barnett"), "Did you mean Barnet"),
        (("panel", "offences", "--strand", "disabilty"), "Did you mean"),
        (("panel", "offense"), "Did you mean offences"),
        (("panel", "offences", "--months", "0"), "1 or more"),
        (("withdraw", "no-such-batch", "--reason", "why"), "There is no batch"),
        (("batches", "--place", "atlantis"), "is not a place"),
        (("import", "nowhere.csv"), "cannot be read"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence_and_exit_code_2(
    run, published, arguments, complaint
):
    run("import", published)
    code, _, said = run(*arguments)
    assert code == 2
    assert complaint in said
    assert "Traceback" not in said


def test_a_month_that_is_none_is_refused(run, published, capsys):
    run("import", published)
    with pytest.raises(SystemExit) as caught:
        run("panel", "offences", "--from", "2024")
    assert caught.value.code == 2
    assert "is not a month" in capsys.readouterr().err


def test_months_outside_the_data_print_nothing_but_a_note(run, published):
    run("import", published)
    code, out, note = run("panel", "offences", "--from", "2030-01")
    assert code == 0
    assert _table(out) == []
    assert "the figures cover February 2024 to April 2024" in note


def test_before_any_import_the_commands_say_what_to_do(run):
    code, _, complaint = run("panel", "offences")
    assert code == 2
    assert "openscrutiny import" in complaint


def test_batches_are_listed_and_withdrawn_for_a_reason(run, published):
    run("import", published)
    _, out, _ = run("batches", "--json")
    batches = json.loads(out)["batches"]
    assert {b["source"] for b in batches} == {"mps-hate-monthly", "london-census-2021"}
    batch = batches[0]["batch"]
    code, out, _ = run("withdraw", batch, "--reason", "published in error")
    assert code == 0
    _, out, _ = run("batches")
    assert batch not in out
    _, out, _ = run("batches", "--all")
    assert "published in error" in out
