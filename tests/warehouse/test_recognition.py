"""A file is recognised by its shape, columns and areas; a new city needs definitions alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openscrutiny.core.months import Month
from openscrutiny.warehouse.definitions import folder
from openscrutiny.warehouse.ingest import ImportRefused, import_file
from openscrutiny.warehouse.places import Place
from openscrutiny.warehouse.sources import Source, sources
from tests.warehouse.published_files import (
    boroughs,
    census_2021_rows,
    census_historic_rows,
    mid_2020_rows,
    monthly_rows,
    wide_rows,
    write_csv,
    write_parquet,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
_CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("rows", "source"),
    [
        (monthly_rows, "mps-hate-monthly"),
        (wide_rows, "mps-hate-wide"),
        (census_2021_rows, "london-census-2021"),
        (census_historic_rows, "london-census-historic"),
        (mid_2020_rows, "london-mid-2020"),
    ],
)
def test_a_file_is_recognised_whatever_its_name(bring, tmp_path, rows, source):
    for name in ("mps-hate-wide.csv", "Übersicht (3)"):
        assert bring(write_csv(tmp_path / name, rows())).manifest.source == source


def test_the_order_of_columns_does_not_matter(bring, tmp_path):
    rows = monthly_rows()
    path = write_csv(tmp_path / "f.csv", rows, columns=sorted(rows[0]))
    assert bring(path).manifest.rows_rejected == 0


def test_labels_are_read_whatever_their_case_and_spacing(bring, tmp_path):
    rows = [
        r | {"crime_subtype": f" {r['crime_subtype'].upper()}", "measure": r["measure"].lower()}
        for r in monthly_rows()
    ]
    assert bring(write_csv(tmp_path / "f.csv", rows)).manifest.rows_rejected == 0


def test_every_source_definition_loads_and_says_where_the_file_is_published():
    for source in sources().values():
        assert source.url.startswith("https://")
        assert source.licence_status in ("stated", "presumed")
        assert source.map_version


def test_an_unknown_key_in_a_source_definition_is_named():
    with pytest.raises(ValueError, match="unknown keys \\['licens'\\]"):
        Source.parse("x", {"licens": "OGL"})


def test_a_heading_of_a_wide_file_is_a_month_or_has_no_meaning():
    source = sources()["mps-hate-wide"]
    assert source.periods.month("202003") == Month.parse("2020-03")
    assert source.periods.month("202013") is None
    missing = source.missing_columns(["Borough", "MajorText", "MinorText", "202003", "Total"])
    assert missing == ("a meaning for “Total”",)


def _invented(definitions: Path) -> None:
    """Definitions of a second city whose police publish in exactly the same shape."""
    shutil.copytree(folder(), definitions)
    for wanted in ("sources", "areas"):
        for path in (definitions / wanted).glob("*.yaml"):
            if path.stem not in ("london", "mps-hate-monthly"):
                path.unlink()
    london = (definitions / "areas" / "london.yaml").read_text()
    for code, name in boroughs():
        london = london.replace(code, code.replace("E09", "Z09")).replace(
            f"name: {name},", f"name: New {name},"
        )
    london = london.replace("aliases: [", "aliases: [New ").replace("place: London", "place: Nova")
    (definitions / "areas" / "nova.yaml").write_text(london)
    source = (definitions / "sources" / "mps-hate-monthly.yaml").read_text()
    source = source.replace("areas: london", "areas: nova")
    (definitions / "sources" / "nova-monthly.yaml").write_text(source)


def test_a_second_city_with_the_same_columns_needs_definitions_alone(tmp_path, home):
    _invented(tmp_path / "definitions")
    london = write_csv(tmp_path / "london.csv", monthly_rows())
    text = london.read_text()
    for code, name in boroughs():
        text = text.replace(code, code.replace("E09", "Z09")).replace(f"{name},", f"New {name},")
    (tmp_path / "nova.csv").write_text(text)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "openscrutiny.config.cli", *map(str, arguments)],
            env=os.environ
            | {
                "OPENSCRUTINY_HOME": str(home),
                "OPENSCRUTINY_DEFINITIONS": str(tmp_path / "definitions"),
            },
            cwd=_CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )

    first = run("import", tmp_path / "nova.csv")
    assert "as nova-monthly-" in first.stdout, first.stderr
    assert "The place in use is now Nova." in first.stdout
    second = run("import", london)
    assert "as mps-hate-monthly-" in second.stdout, second.stderr
    assert "The place in use is now London. Nova's figures stay" in second.stdout
    assert (home / "nova" / "ledger.json").exists()
    assert "nova" not in (home / "london" / "ledger.json").read_text()
    third = run("panel", "offences", "--place", "nova", "--area", "New Barnet", "--strand", "all")
    assert third.stdout.splitlines()[1].startswith("Z09000003,New Barnet,all,2024-02,20,value,")


@pytest.mark.parametrize(
    ("source", "place", "complaint"),
    [
        ("atlantis-monthly", None, "is not a source"),
        ("mps-hate-monthly", "elsewhere", "not of elsewhere"),
        ("mps-hate-wide", None, "The nearest is mps-hate-wide"),
    ],
)
def test_a_source_that_does_not_fit_the_file_is_refused(london, tmp_path, source, place, complaint):
    path = write_csv(tmp_path / "f.csv", monthly_rows())
    where = None if place is None else Place(place, london.areas, tmp_path / place)
    with pytest.raises(ImportRefused, match=complaint):
        import_file(path, source_id=source, place=where, by="tester", now=NOW)


def test_a_parquet_file_is_recognised_whatever_its_name(bring, tmp_path):
    path = write_parquet(tmp_path / "f.csv", monthly_rows())
    assert bring(path).manifest.source == "mps-hate-monthly"
