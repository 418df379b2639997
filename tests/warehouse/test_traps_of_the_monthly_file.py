"""One test for each trap of the police dashboard's monthly file."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from openscrutiny.core.months import Month
from openscrutiny.core.panel import Coverage
from openscrutiny.core.taxonomy import OverlappingStrands
from openscrutiny.warehouse.batches import batch_folder
from openscrutiny.warehouse.definitions import taxonomy
from openscrutiny.warehouse.quality import report_of
from openscrutiny.warehouse.queries import counts
from openscrutiny.warehouse.sources import sources
from tests.warehouse.published_files import (
    BARNET,
    BRENT,
    MONTHS,
    boroughs,
    changed,
    monthly_row,
    monthly_rows,
    without,
    write_csv,
    write_parquet,
)

APRIL = Month.parse("2024-04")


def _quality(london, manifest, id):
    return next(c for c in report_of(london, manifest.batch).checks if c.id == id)


def test_1_strands_overlap_so_the_total_is_the_published_total(bring, london, tmp_path):
    result = bring(write_csv(tmp_path / "f.csv", monthly_rows()))
    offences = counts(london)["offences"]
    assert offences.cell(BARNET, "all", APRIL) == (20, Coverage.VALUE)
    assert offences.cell(BARNET, "race_religion", APRIL) == (15, Coverage.VALUE)
    with pytest.raises(OverlappingStrands):
        offences.add_strands(taxonomy(), ["race_religion", "sexual_orientation"])
    overlap = _quality(london, result.manifest, "overlap")
    assert overlap.numbers["strands_added"] > overlap.numbers["total"]


def test_1_a_part_a_little_larger_than_the_whole_is_noted_and_kept(bring, london, tmp_path):
    rows = changed(
        monthly_rows(wards=False),
        lambda r: (
            r | {"count": 22}
            if (r["area_code"], r["crime_subtype"], r["measure"], r["month_year"])
            == (BARNET, "Racist and Religious Crime", "Offences", "2024-04-01")
            else None
        ),
    )
    result = bring(write_csv(tmp_path / "f.csv", rows))
    assert counts(london)["offences"].cell(BARNET, "race_religion", APRIL)[0] == 22
    check = _quality(london, result.manifest, "part_exceeds_whole")
    assert check.result == "note"
    assert check.numbers["offences"]["exceeded"] == 1


def test_2_no_window_reaches_across_the_break_of_march_2024(bring, london, tmp_path):
    bring(write_csv(tmp_path / "f.csv", monthly_rows()))
    offences = counts(london)["offences"]
    assert [str(b.month) for b in offences.breaks] == ["2024-03"]
    sums = offences.trailing(2)
    assert sums.cell(BARNET, "all", Month.parse("2024-03"))[1] is Coverage.NOT_COLLECTED
    assert sums.cell(BARNET, "all", APRIL) == (40, Coverage.VALUE)


def test_3_a_missing_row_in_a_published_month_is_zero(bring, london, tmp_path):
    rows = without(
        monthly_rows(), area_code=BARNET, crime_subtype="Transphobic Crime", measure="Offences"
    )
    bring(write_csv(tmp_path / "f.csv", rows))
    offences = counts(london)["offences"]
    assert offences.cell(BARNET, "transgender", APRIL) == (0, Coverage.VALUE)
    assert Coverage.VALUE.word(0) == "zero"


def test_3_a_month_that_was_never_published_is_not_collected(bring, london, tmp_path):
    bring(write_csv(tmp_path / "f.csv", monthly_rows(["2023-11", "2024-01", "2024-02"])))
    offences = counts(london)["offences"]
    value, coverage = offences.cell(BARNET, "all", Month.parse("2023-12"))
    assert np.isnan(value)
    assert coverage is Coverage.NOT_COLLECTED


def test_3_a_month_published_for_offences_alone_has_no_outcomes_of_zero(bring, london, tmp_path):
    rows = without(monthly_rows(), measure="Positive Outcomes", month_year="2024-04-01")
    bring(write_csv(tmp_path / "f.csv", rows))
    outcomes = counts(london)["positive_outcomes"]
    assert outcomes.cell(BARNET, "all", APRIL)[1] is Coverage.NOT_COLLECTED


def test_3_strands_the_police_do_not_monitor_are_not_collected(bring, london, tmp_path):
    bring(write_csv(tmp_path / "f.csv", monthly_rows()))
    offences = counts(london)["offences"]
    for strand in ("age", "gender"):
        index = offences.strand_index(strand)
        assert (offences.coverage[:, index] == Coverage.NOT_COLLECTED).all()


def test_3_a_borough_without_any_row_is_not_collected_and_said_so(bring, london, tmp_path):
    rows = without(monthly_rows(wards=False), area_code=BRENT)
    result = bring(write_csv(tmp_path / "f.csv", rows))
    assert counts(london)["offences"].cell(BRENT, "all", APRIL)[1] is Coverage.NOT_COLLECTED
    assert _quality(london, result.manifest, "areas_present").numbers["absent"] == ["Brent"]


def test_4_ward_rows_are_never_added_to_boroughs(bring, london, tmp_path):
    result = bring(write_csv(tmp_path / "f.csv", monthly_rows()))
    whole = counts(london)["offences"].whole("london")
    assert whole.cell("london", "all", APRIL)[0] == 20 * len(boroughs())
    assert _quality(london, result.manifest, "wards").result == "passed"


def test_5_rows_outside_any_borough_are_kept_and_counted_in_none(bring, london, tmp_path):
    outside = [
        ("", ""),
        ("", "N/K (Legacy Only)"),
        ("", "Non MET police force"),
        ("", "Unknown"),
        ("SO18", "Aviation Security (SO18) (Legacy Only)"),
    ]
    extra = [monthly_row(code=c, name=n, count=7) for c, n in outside]
    path = write_parquet(tmp_path / "f.parquet", monthly_rows(wards=False) + extra)
    result = bring(path)
    assert result.manifest.rows_rejected == 0
    whole = counts(london)["offences"].whole("london")
    assert whole.cell("london", "all", APRIL)[0] == 20 * len(boroughs())
    kept = _quality(london, result.manifest, "outside").numbers
    assert sum(place["sum"] for place in kept.values()) == 35


def test_6_outcomes_without_offences_are_kept_and_noted(bring, london, tmp_path):
    rows = without(
        monthly_rows(wards=False),
        area_code=BARNET,
        crime_subtype="Disability Crime",
        month_year="2024-04-01",
    )
    extra = monthly_row(subtype="Disability Crime", measure="Positive Outcomes", count=3)
    result = bring(write_csv(tmp_path / "f.csv", [*rows, extra]))
    panels = counts(london)
    assert panels["offences"].cell(BARNET, "disability", APRIL)[0] == 0
    assert panels["positive_outcomes"].cell(BARNET, "disability", APRIL)[0] == 3
    check = _quality(london, result.manifest, "outcomes_without_offences")
    assert check.numbers["figures"] == 1


def test_7_incomplete_financial_years_are_noted(bring, london, tmp_path):
    result = bring(write_csv(tmp_path / "f.csv", monthly_rows()))
    check = _quality(london, result.manifest, "financial_years")
    assert check.numbers["part"] == {"2023-24": 2, "2024-25": 1}


def test_8_repeated_ward_rows_are_added_and_a_borough_is_untouched(bring, london, tmp_path):
    ward = {"code": "", "name": "N/K", "level": "Safer Neighbourhood Teams", "count": 1}
    result = bring(
        write_csv(tmp_path / "f.csv", [*monthly_rows(), monthly_row(**ward), monthly_row(**ward)])
    )
    assert _quality(london, result.manifest, "combined").numbers == {"figures": 1, "rows": 2}
    assert counts(london)["offences"].cell(BARNET, "all", APRIL)[0] == 20


def test_8_a_ward_code_with_two_names_is_one_ward(bring, london, tmp_path):
    level = "Safer Neighbourhood Teams"
    twice = [
        monthly_row(code="E05999999", name=name, level=level, count=1)
        for name in ("Belmont", "Belmont (QA)")
    ]
    result = bring(write_csv(tmp_path / "f.csv", monthly_rows() + twice))
    assert result.manifest.rows_rejected == 0
    assert _quality(london, result.manifest, "combined").numbers["figures"] == 1


def test_8_the_crime_type_the_publisher_misspells_is_set_aside_by_name(bring, tmp_path):
    extra = monthly_row(crime_type="Miscalleneous", subtype="Stalking", count=9)
    manifest = bring(write_csv(tmp_path / "f.csv", [*monthly_rows(), extra])).manifest
    (reason,) = manifest.rows_set_aside
    assert "“Miscalleneous”: not hate crime" in reason
    assert manifest.rows_in == manifest.rows_accepted + 1


@pytest.mark.parametrize(
    ("new", "strand"),
    [
        ("AntiSemitic", "antisemitic"),
        ("Transphobic Crime", "transgender"),
        ("Disability Crime", "disability"),
    ],
)
def test_9_labels_of_this_file_mean_the_strands_of_the_other(bring, london, tmp_path, new, strand):
    rows = [r for r in monthly_rows() if r["crime_subtype"] in ("Hate crime", new)]
    bring(write_csv(tmp_path / "f.csv", rows))
    assert counts(london)["offences"].cell(BARNET, strand, APRIL)[1] is Coverage.VALUE


def test_a_zero_that_a_rejected_row_might_have_filled_is_withheld(bring, london, tmp_path):
    rows = changed(
        monthly_rows(),
        lambda r: (
            r | {"count": "many"}
            if (r["area_code"], r["crime_subtype"], r["measure"], r["month_year"])
            == (BARNET, "Disability Crime", "Offences", "2024-04-01")
            else None
        ),
    )
    rows = [*rows, monthly_row("2024-03", "Faith Crime", 1, code="E09999999", name="Nowhere")]
    rows = without(
        rows,
        area_code=BRENT,
        crime_subtype="Faith Crime",
        month_year="2024-03-01",
        measure="Offences",
    )
    result = bring(write_csv(tmp_path / "f.csv", rows))
    offences = counts(london)["offences"]
    assert result.manifest.rows_rejected == 2
    assert offences.cell(BARNET, "disability", APRIL)[1] is Coverage.NOT_COLLECTED
    assert offences.cell(BRENT, "religion", Month.parse("2024-03"))[1] is Coverage.NOT_COLLECTED
    assert offences.cell(BARNET, "religion", Month.parse("2024-03"))[0] == 4
    kept = batch_folder(london, result.manifest.batch) / "rejected.csv"
    with kept.open(encoding="utf-8", newline="") as file:
        reasons = [r["reason"] for r in csv.DictReader(file)]
    assert len(reasons) == 2


def test_the_same_figures_as_csv_and_as_parquet_are_the_same_panel(bring, london, tmp_path):
    rows = monthly_rows(MONTHS)
    bring(write_csv(tmp_path / "f.csv", rows))
    first = counts(london)["offences"]
    bring(write_parquet(tmp_path / "f.parquet", rows))
    second = counts(london)["offences"]
    np.testing.assert_array_equal(first.values, second.values)
    assert first.version != second.version


def test_a_figure_the_publisher_suppresses_is_suppressed_and_not_zero(
    bring, london, tmp_path, monkeypatch
):
    source = sources()["mps-hate-monthly"]
    monkeypatch.setitem(sources(), source.id, replace(source, suppressed=("<3",)))
    rows = changed(monthly_rows(), lambda r: r | {"count": "<3"} if r["count"] == 2 else None)
    assert bring(write_csv(tmp_path / "f.csv", rows)).manifest.rows_rejected == 0
    offences = counts(london)["offences"]
    assert offences.cell(BARNET, "disability", APRIL)[1] is Coverage.SUPPRESSED
    assert offences.cell(BARNET, "transgender", APRIL) == (1, Coverage.VALUE)
