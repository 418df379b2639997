"""One test for each trap of the long run and of the files of residents."""

from __future__ import annotations

import numpy as np
import pytest

from openscrutiny.core.months import Month
from openscrutiny.core.panel import Coverage
from openscrutiny.warehouse.ingest import ImportRefused
from openscrutiny.warehouse.queries import NothingImported, counts, gaps, trace
from tests.warehouse.published_files import (
    BARNET,
    boroughs,
    census_2021_rows,
    census_historic_rows,
    mid_2020_rows,
    monthly_rows,
    wide_rows,
    without,
    write_csv,
)

MARCH_2020 = Month.parse("2020-03")


def test_domestic_abuse_under_hate_is_set_aside_by_name(bring, london, tmp_path):
    manifest = bring(write_csv(tmp_path / "w.csv", wide_rows())).manifest
    assert manifest.rows_in == 33 * 9
    assert manifest.rows_accepted == 33 * 7
    assert sum(n for reason, n in manifest.rows_set_aside.items() if "domestic" in reason) == 33
    offences = counts(london)["offences"]
    assert offences.whole("london").cell("london", "race_religion", MARCH_2020)[0] == 3 * 32


def test_the_wide_file_has_no_total_and_no_outcomes(bring, london, tmp_path):
    bring(write_csv(tmp_path / "w.csv", wide_rows()))
    panels = counts(london)
    assert set(panels) == {"offences"}
    assert panels["offences"].cell(BARNET, "all", MARCH_2020)[1] is Coverage.NOT_COLLECTED
    assert panels["offences"].cell(BARNET, "race", MARCH_2020)[1] is Coverage.NOT_COLLECTED


def test_airports_are_no_borough_of_the_wide_file(bring, london, tmp_path):
    bring(write_csv(tmp_path / "w.csv", wide_rows()))
    whole = counts(london)["offences"].whole("london")
    assert whole.cell("london", "disability", MARCH_2020)[0] == 3 * 32


def test_a_zero_that_the_dense_file_prints_is_a_zero(bring, london, tmp_path):
    rows = wide_rows()
    for row in rows:
        if (row["Borough"], row["MinorText"]) == ("Barnet", "Transgender Hate"):
            row["202003"] = 0
    bring(write_csv(tmp_path / "w.csv", rows))
    assert counts(london)["offences"].cell(BARNET, "transgender", MARCH_2020) == (
        0,
        Coverage.VALUE,
    )


def test_a_row_missing_from_the_dense_file_is_refused_not_read_as_zero(bring, tmp_path):
    rows = without(wide_rows(), Borough="Barnet", MinorText="Transgender Hate")
    with pytest.raises(ImportRefused, match=r"Barnet has no row for Transgender Hate"):
        bring(write_csv(tmp_path / "w.csv", rows))


def test_the_two_months_in_neither_file_are_a_gap_and_the_seam_a_break(bring, london, tmp_path):
    bring(write_csv(tmp_path / "w.csv", wide_rows(["202103", "202104", "202105"])))
    rows = monthly_rows(["2021-08", "2021-09"], refresh="2021-10-02")
    bring(write_csv(tmp_path / "m.csv", rows))
    offences = counts(london)["offences"]
    for month in ("2021-06", "2021-07"):
        index = offences.month_index(Month.parse(month))
        assert (offences.coverage[:, :, index] == Coverage.NOT_COLLECTED).all()
    assert [str(r) for r in offences.regimes] == ["2021-03 to 2021-05", "2021-08 to 2021-09"]
    assert [str(b.month) for b in offences.breaks] == ["2021-08"]


def test_of_two_files_for_one_month_the_later_source_speaks(bring, london, tmp_path):
    monthly = bring(write_csv(tmp_path / "m.csv", monthly_rows())).manifest.batch
    wide = bring(write_csv(tmp_path / "w.csv", wide_rows(["202401", "202402"]))).manifest.batch
    offences = counts(london)["offences"]
    assert offences.cell(BARNET, "disability", Month.parse("2024-02"))[0] == 2
    assert offences.batches_of("disability", Month.parse("2024-02")) == (monthly,)
    assert offences.batches_of("disability", Month.parse("2024-01")) == (wide,)


def test_the_gap_between_the_files_is_declared_with_its_reason(bring, london, tmp_path):
    bring(write_csv(tmp_path / "m.csv", monthly_rows()))
    (gap,) = gaps(london)
    assert str(gap.period) == "2021-06 to 2021-07"
    assert "neither" in gap.reason


def test_each_month_rests_on_its_own_batch_across_the_seam(bring, london, tmp_path):
    wide = bring(write_csv(tmp_path / "w.csv", wide_rows(["202104", "202105"]))).manifest.batch
    rows = monthly_rows(["2021-08"], refresh="2021-10-02")
    monthly = bring(write_csv(tmp_path / "m.csv", rows)).manifest.batch
    offences = counts(london)["offences"]
    assert offences.batches_of("race_religion", Month.parse("2021-05")) == (wide,)
    assert offences.batches_of("race_religion", Month.parse("2021-08")) == (monthly,)
    assert offences.batches_of("race_religion", Month.parse("2021-06")) == ()
    assert offences.batches_of("all", Month.parse("2021-05")) == ()


def test_residents_lie_on_the_straight_line_between_two_censuses(bring, london, tmp_path):
    historic = bring(write_csv(tmp_path / "h.csv", census_historic_rows())).manifest.batch
    latest = bring(write_csv(tmp_path / "c.csv", census_2021_rows())).manifest.batch
    months = ["201603", "201604"]
    bring(write_csv(tmp_path / "w.csv", wide_rows(months)))
    residents = counts(london)["residents"]
    points = [Month.parse(m).ordinal for m in ("2001-04", "2011-03", "2021-03")]
    for text in ("2016-03", "2016-04"):
        month = Month.parse(text)
        expected = np.interp(month.ordinal, points, [600, 719, 900])
        assert residents.cell(BARNET, "all", month)[0] == pytest.approx(expected)
        assert residents.batches_of("all", month) == (historic, latest)
    assert residents.cell(BARNET, "transgender", Month.parse("2016-03"))[1] is Coverage.VALUE


def test_residents_stay_at_the_last_census_and_are_unknown_before_the_first(
    bring, london, tmp_path
):
    bring(write_csv(tmp_path / "c.csv", census_2021_rows()))
    bring(write_csv(tmp_path / "w.csv", wide_rows(["202102", "202103", "202104"])))
    residents = counts(london)["residents"]
    assert residents.cell(BARNET, "all", Month.parse("2021-04"))[0] == 900
    assert residents.cell(BARNET, "all", Month.parse("2021-02"))[1] is Coverage.NOT_COLLECTED


def test_one_topic_of_the_census_counts_residents_and_the_others_are_set_aside(
    bring, london, tmp_path
):
    manifest = bring(write_csv(tmp_path / "c.csv", census_2021_rows())).manifest
    assert counts(london)["residents"].cell(BARNET, "all", Month.parse("2021-03"))[0] == 900
    assert sum(manifest.rows_set_aside.values()) == 33


def test_a_topic_of_the_census_that_nobody_has_named_yet_counts_no_residents(
    bring, london, tmp_path
):
    known = census_2021_rows()
    unheard = [{**row, "topic": "year of arrival"} for row in known]
    bring(write_csv(tmp_path / "c.csv", [*known, *unheard]))
    assert counts(london)["residents"].cell(BARNET, "all", Month.parse("2021-03"))[0] == 900


def test_a_census_category_that_is_missing_for_a_borough_is_refused(bring, tmp_path):
    rows = without(census_2021_rows(), name="Barnet", category="Sikh")
    with pytest.raises(ImportRefused, match="Barnet has no row for Sikh"):
        bring(write_csv(tmp_path / "c.csv", rows))


def test_the_city_of_london_is_no_borough_of_this_police_service(bring, london, tmp_path):
    manifest = bring(write_csv(tmp_path / "c.csv", census_2021_rows())).manifest
    assert manifest.rows_rejected == 0
    residents = counts(london)["residents"].whole("london")
    assert residents.cell("london", "all", Month.parse("2021-03"))[0] == 900 * len(boroughs())


def test_the_mid_year_estimate_is_another_denominator_and_stands_in_its_month(
    bring, london, tmp_path
):
    bring(write_csv(tmp_path / "m.csv", mid_2020_rows()))
    bring(write_csv(tmp_path / "c.csv", census_2021_rows()))
    bring(write_csv(tmp_path / "w.csv", wide_rows(["202005", "202006", "202007"])))
    panels = counts(london)
    mid_year = panels["residents_mid_year"]
    assert mid_year.cell(BARNET, "all", Month.parse("2020-06")) == (1000, Coverage.VALUE)
    assert mid_year.cell(BARNET, "all", Month.parse("2020-07"))[1] is Coverage.NOT_COLLECTED
    assert "residents" not in panels


def test_a_figure_is_traced_to_its_row_and_column(bring, london, tmp_path):
    rows = wide_rows()
    path = write_csv(tmp_path / "Hate crime 2010-21.csv", rows)
    bring(path)
    (found,) = trace(london, counted="offences", area=BARNET, strand="disability", month=MARCH_2020)
    published = rows[found.row - 1]
    assert (published["Borough"], published["MinorText"]) == ("Barnet", "Disability Hate Crime")
    assert (found.column, found.value) == ("202003", 3)
    assert (found.file_name, found.published_label) == (path.name, "Disability Hate Crime")


def test_an_interpolated_figure_is_traced_to_both_censuses(bring, london, tmp_path):
    bring(write_csv(tmp_path / "h.csv", census_historic_rows()))
    bring(write_csv(tmp_path / "c.csv", census_2021_rows()))
    bring(write_csv(tmp_path / "w.csv", wide_rows(["201603"])))
    found = trace(
        london, counted="residents", area=BARNET, strand="all", month=Month.parse("2016-03")
    )
    assert [t.value for t in found] == [100] * 9 + [719]
    assert {t.column for t in found} == {"n", "Persons-2011"}


def test_a_place_without_files_says_what_to_do(london):
    with pytest.raises(NothingImported, match="openscrutiny import"):
        counts(london)
