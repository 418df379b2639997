"""Measures: the one schema, and the figures made of counts."""

from typing import Any

import numpy as np
import pytest

from openscrutiny.core.measures import (
    Between,
    Kind,
    Materiality,
    Measure,
    OverTime,
    Polarity,
    Refused,
    evaluate,
)
from openscrutiny.core.months import Month
from openscrutiny.core.panel import Coverage, Panel
from openscrutiny.warehouse import definitions
from tests.core.test_panel import START, panel

MEASURES = definitions.measures()


def raw(**changes: Any) -> dict[str, Any]:
    path = definitions.folder() / "measures" / "recorded_offences.yaml"
    return {**definitions.read(path), **changes}


def counts(offences: Any, outcomes: Any = None, residents: Any = None) -> dict[str, Panel]:
    given = {"offences": offences, "positive_outcomes": outcomes, "residents": residents}
    return {
        name: panel(np.array(v, float)[:, None, :]).with_whole("town")
        for name, v in given.items()
        if v is not None
    }


def test_the_measures_the_forum_asked_for_are_defined() -> None:
    assert {m.kind for m in MEASURES.values()} == set(Kind)


def test_recorded_volume_is_never_good_or_bad() -> None:
    volume = [m for m in MEASURES.values() if m.numerator == "offences"]
    assert volume
    assert {m.polarity for m in volume} == {Polarity.AMBIGUOUS}


def test_everything_a_definition_says_is_kept() -> None:
    test = {"window_months": 3, "expected_least": 2.5}
    over = {"window_months": 1, "baseline_least": 12, "baseline_most": 36, "expected_least": 1.0}
    matter = {"excess": 5, "percent": 20, "with_expected": 10}
    data = {
        "label": "Offences recorded",
        "noun": "offences",
        "kind": "rate",
        "numerator": "offences",
        "denominator": "residents",
        "per": "100000",
        "decimals": "2",
        "unit": "per 100,000",
        "window_months": "12",
        "polarity": "ambiguous",
        "outcome": "more trust",
        "owner": "the secretariat",
        "review_by": "2027-03",
        "definition": " What was recorded. ",
        "caveats": ["a"],
        "explanations": ["b", "c"],
        "unknowns": ["d"],
        "over_time": over,
        "between": test,
        "materiality": matter,
    }
    assert Measure.parse("m", data) == Measure(
        id="m",
        label="Offences recorded",
        noun="offences",
        kind=Kind.RATE,
        numerator="offences",
        denominator="residents",
        per=100_000.0,
        decimals=2,
        unit="per 100,000",
        window_months=12,
        polarity=Polarity.AMBIGUOUS,
        outcome="more trust",
        owner="the secretariat",
        review_by=Month.of(2027, 3),
        definition="What was recorded.",
        caveats=("a",),
        explanations=("b", "c"),
        unknowns=("d",),
        over_time=OverTime(**over),
        between=Between(**test),
        materiality=Materiality(**matter),
        untested="",
    )
    bare = {**data, "over_time": None, "between": {}, "untested": "Shown only."}
    del bare["denominator"]
    found = Measure.parse("m", bare)
    assert (found.denominator, found.over_time, found.between) == (None, None, None)
    assert found.untested == "Shown only."


def test_a_misspelt_key_is_named() -> None:
    with pytest.raises(ValueError, match="polarty"):
        Measure.parse("m", raw(polarty="ambiguous"))


def test_a_missing_key_is_named() -> None:
    data = raw()
    del data["caveats"]
    with pytest.raises(ValueError, match="caveats"):
        Measure.parse("m", data)


def test_leaving_out_a_test_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="untested"):
        Measure.parse("m", raw(untested=""))


def test_the_ratio_of_two_counts_refuses_binomial_methods() -> None:
    with pytest.raises(Refused, match="not a proportion"):
        MEASURES["outcomes_per_100"].refuse_binomial()
    MEASURES["share_of_whole"].refuse_binomial()


def test_outcomes_are_given_per_hundred_offences_of_the_same_period() -> None:
    data = counts([[50.0, 50.0], [10.0, 0.0]], [[4.0, 6.0], [1.0, 2.0]])
    figures = evaluate(MEASURES["outcomes_per_100"], data, whole="town", window_months=1)
    assert figures.cell("A0", "all", START) == (8.0, Coverage.VALUE)
    assert figures.cell("A1", "all", START + 1)[1] is Coverage.UNDEFINED
    assert figures.cell("town", "all", START + 1)[0] == pytest.approx(16.0)


def test_a_rate_is_per_thousand_residents_a_year() -> None:
    data = counts([[5.0] * 12], residents=[[12_000.0] * 12])
    figures = evaluate(MEASURES["offences_per_1000"], data, whole="town")
    assert figures.cell("A0", "all", START + 11)[0] == pytest.approx(5.0)
    assert figures.cell("A0", "all", START + 10)[1] is Coverage.NOT_COLLECTED


def test_the_change_on_the_year_before_needs_both_years_in_one_regime() -> None:
    offences = [[10.0] * 12 + [15.0] * 12 + [15.0]]
    figures = evaluate(MEASURES["year_on_year"], counts(offences), whole="town")
    assert figures.cell("A0", "all", START + 23)[0] == pytest.approx(50.0)
    assert figures.cell("A0", "all", START + 22)[1] is Coverage.NOT_COLLECTED


def test_no_change_is_given_across_a_break() -> None:
    data = {"offences": panel(np.ones((1, 1, 30)), breaks=(12,)).with_whole("town")}
    figures = evaluate(MEASURES["year_on_year"], data, whole="town")
    assert np.isnan(figures.values).all()


def test_shares_add_to_the_whole() -> None:
    data = counts([[30.0] * 12, [10.0] * 12])
    figures = evaluate(MEASURES["share_of_whole"], data, whole="town")
    assert figures.values[:, 0, 11].tolist() == [75.0, 25.0, 100.0]


def test_a_figure_names_the_batches_of_both_its_counts() -> None:
    data = counts([[5.0] * 2], [[1.0] * 2])
    for name, batch in (("offences", "b1"), ("positive_outcomes", "b2")):
        object.__setattr__(data[name], "batches", ((batch,),))
        data[name].supply[:] = 0
    figures = evaluate(MEASURES["outcomes_per_100"], data, whole="town", window_months=1)
    assert figures.batches_of("all", Month.of(2020, 2)) == ("b2", "b1")
