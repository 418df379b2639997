"""The real published files: figures that anyone can check against the publishers' own."""

from __future__ import annotations

import time

import pytest

from openscrutiny.config.cli import main
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Coverage
from openscrutiny.warehouse.batches import batch_folder, open_ledger
from openscrutiny.warehouse.engine import Engine, csv, named, parquet, quoted
from openscrutiny.warehouse.queries import counts, trace

pytestmark = pytest.mark.real

FY_2024 = Period(Month.parse("2024-04"), Month.parse("2025-03"))
FY_2022 = Period(Month.parse("2022-04"), Month.parse("2023-03"))
LONG_RUN = Period(Month.parse("2010-04"), Month.parse("2021-05"))
KENSINGTON, HAMMERSMITH = "E09000020", "E09000013"


def _sum(panel, strand, period, area="london"):
    part = panel.with_whole("london").select(areas=[area], strands=[strand], period=period)
    return part.values.sum()


@pytest.mark.parametrize(
    ("period", "offences", "outcomes"), [(FY_2024, 20804, 1737), (FY_2022, 22767, 3067)]
)
def test_london_in_a_financial_year(panels, period, offences, outcomes):
    assert _sum(panels["offences"], "all", period) == offences
    assert _sum(panels["positive_outcomes"], "all", period) == outcomes


@pytest.mark.parametrize(
    ("area", "outcomes", "offences"), [(KENSINGTON, 18, 497), (HAMMERSMITH, 70, 596)]
)
def test_the_lowest_and_the_highest_outcomes_per_100(panels, area, outcomes, offences):
    assert _sum(panels["positive_outcomes"], "all", FY_2024, area) == outcomes
    assert _sum(panels["offences"], "all", FY_2024, area) == offences


def _manifest(london, source):
    return open_ledger(london).in_use(source)


def _facts(london, source):
    return parquet([batch_folder(london, _manifest(london, source).batch) / "facts.parquet"])


def test_with_the_rows_outside_any_borough_london_is_what_the_publisher_adds_up_to(london):
    with Engine() as engine:
        ((total, wards),) = engine.rows(
            "SELECT sum(CASE WHEN level <> 'ward' THEN value END), "
            "sum(CASE WHEN level = 'ward' THEN value END) "
            f"FROM {_facts(london, 'mps-hate-monthly')} WHERE strand = 'all' "
            "AND counted = 'offences' AND month BETWEEN DATE '2024-04-01' AND DATE '2025-03-01'"
        )
    assert total == wards == 21237


@pytest.mark.parametrize(
    ("strand", "published", "boroughs"),
    [("race_religion", 158258, 157810), ("disability", 3652, 3651)],
)
def test_the_long_run_as_the_file_says_and_without_the_airports(
    london, panels, strand, published, boroughs
):
    with Engine() as engine:
        ((total,),) = engine.rows(
            f"SELECT sum(value) FROM {_facts(london, 'mps-hate-wide')} "
            f"WHERE strand = {quoted(strand)}"
        )
    assert total == published
    assert _sum(panels["offences"], strand, LONG_RUN) == boroughs


def test_every_row_of_the_monthly_file_is_accounted_for(london):
    manifest = _manifest(london, "mps-hate-monthly")
    assert (manifest.rows_in, manifest.rows_accepted, manifest.rows_rejected) == (
        472354,
        138051,
        0,
    )
    assert sum(manifest.rows_set_aside.values()) == 472354 - 138051
    assert manifest.refresh_date == "2025-08-02"


def test_the_regimes_are_those_that_may_be_compared(panels):
    assert [str(r) for r in panels["offences"].regimes] == [
        "2010-04 to 2021-05",
        "2021-08 to 2024-02",
        "2024-03 to 2025-07",
    ]
    assert panels["positive_outcomes"].regimes[0].first == Month.parse("2021-08")


def test_every_figure_of_a_year_is_traced_to_its_row_in_the_file(real_data, london, panels):
    """Reads the published file on its own and holds each traced row against it."""
    published = real_data / "mps-hate-monthly" / "monthly-crime-dashboard.parquet"
    with Engine() as engine:
        rows = engine.rows(
            "SELECT file_row_number + 1, area_code, crime_subtype, measure, month_year, "
            f'"count" FROM {parquet([published], numbered=True)} '
            "WHERE crime_type = 'Hate crime' AND area_type = 'Borough'"
        )
    by_number = {row[0]: row[1:] for row in rows}
    for month in FY_2024.first.through(FY_2024.last):
        for counted, measure in (
            ("offences", "Offences"),
            ("positive_outcomes", "Positive Outcomes"),
        ):
            found = trace(london, counted=counted, area="london", strand="all", month=month)
            whole = panels[counted].whole("london").cell("london", "all", month)[0]
            assert sum(t.value for t in found) == whole
            for one in found:
                code, subtype, what, when, value = by_number[one.row]
                assert code.startswith("E09")
                assert (subtype, what, value) == ("Hate crime", measure, one.value)
                assert f"{when:%Y-%m}" == str(month)
                assert one.file_name == published.name


def test_a_figure_of_the_long_run_is_traced_to_its_cell(real_data, london, panels):
    (path,) = (real_data / "mps-hate-wide").glob("*.csv")
    header = tuple(path.read_text().split("\n")[0].strip().split(","))
    (found,) = trace(
        london,
        counted="offences",
        area=KENSINGTON,
        strand="islamophobic",
        month=Month.parse("2017-06"),
    )
    with Engine() as engine:
        rows = engine.rows(f"SELECT Borough, MinorText, {named('201706')} FROM {csv(path, header)}")
    assert rows[found.row - 1] == ("Kensington and Chelsea", "Islamophobic", str(found.value))
    assert panels["offences"].cell(KENSINGTON, "islamophobic", Month.parse("2017-06")) == (
        found.value,
        Coverage.VALUE,
    )


def test_residents_are_those_of_the_censuses_and_the_estimate_another(panels):
    residents = panels["residents"].whole("london")
    assert residents.cell("london", "all", Month.parse("2011-03"))[0] == 8166566
    assert residents.cell("london", "all", Month.parse("2025-07"))[0] == 8791102
    mid_year = panels["residents_mid_year"].whole("london")
    assert mid_year.cell("london", "all", Month.parse("2020-06"))[0] == 8991550


def test_importing_the_folder_again_is_a_no_op(real_data, london, capsys):
    ledger = open_ledger(london)
    assert main(["import", str(real_data)]) == 0
    assert capsys.readouterr().out.count("already here: ") == 6
    assert open_ledger(london) == ledger


def test_all_counts_of_london_come_in_well_under_a_second(london):
    def once():
        start = time.perf_counter()
        counts(london)
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.9
