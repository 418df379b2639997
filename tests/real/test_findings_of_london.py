"""What is found in the real published figures: nothing across a break, and what everyone knows."""

from __future__ import annotations

import pytest

from openscrutiny.core import wording
from openscrutiny.core.findings import Findings, find
from openscrutiny.core.measures import evaluate
from openscrutiny.core.months import Month, Period
from openscrutiny.warehouse import definitions

pytestmark = pytest.mark.real

NEW_SYSTEM = Month.parse("2024-03")
GAP = Period(Month.parse("2021-06"), Month.parse("2021-07"))


@pytest.fixture(scope="module")
def counted(panels, london):
    return {name: panel.with_whole(london.areas.id) for name, panel in panels.items()}


@pytest.fixture(scope="module")
def found(counted, london) -> Findings:
    measures = definitions.measures().values()
    taxonomy = definitions.taxonomy()
    return find(measures, counted, whole=london.areas.id, taxonomy=taxonomy)


def test_no_finding_uses_months_on_both_sides_of_the_break_or_of_the_gap(found):
    assert len(found.findings) > 100
    for finding in found.findings:
        months = Period(min(finding.period.first, finding.baseline.first), finding.period.last)
        assert not (months.first < NEW_SYSTEM <= months.last), finding
        assert not any(month in months for month in (GAP.first, GAP.last)), finding


def test_no_figure_of_any_measure_reaches_across_the_break_or_the_gap(counted, london):
    for measure in definitions.measures().values():
        figures = evaluate(measure, counted, whole=london.areas.id)
        width = measure.window_months * (2 if measure.id == "year_on_year" else 1)
        for month in figures.months:
            window = Period.ending(month, width)
            crosses = window.first < NEW_SYSTEM <= window.last or any(
                m in window for m in (GAP.first, GAP.last)
            )
            if crosses:
                known = figures.coverage[:, :, figures.month_index(month)] == 1
                assert not known.any(), (measure.id, month)


def test_every_sentence_carries_both_its_periods(found, london):
    measures, taxonomy = definitions.measures(), definitions.taxonomy()
    for finding in found.findings:
        said = wording.sentence(
            finding, measure=measures[finding.measure], areas=london.areas, taxonomy=taxonomy
        )
        assert finding.period.words in said
        if finding.kind == "over_time":
            assert finding.baseline.words in said
        else:
            assert f"over the same {len(finding.period)} months" in said


@pytest.mark.parametrize(
    ("month", "strand", "recorded"),
    [
        ("2023-10", "antisemitic", 452),  # the month of the attack on Israel
        ("2016-02", "disability", 86),  # Disability Hate Crime Matters, a recording drive
        ("2017-06", "islamophobic", 366),  # the London Bridge and Finsbury Park attacks
        ("2020-06", "race_religion", 2456),
    ],
)
def test_months_that_everyone_remembers_are_found_once_for_london(found, month, strand, recorded):
    (finding,) = [
        f
        for f in found.findings
        if (f.measure, f.area, f.strand) == ("recorded_offences", "london", strand)
        and f.period == Period(Month.parse(month), Month.parse(month))
    ]
    assert finding.direction == "higher"
    assert finding.observed_count == recorded
