"""What is said of a figure after a recommendation: one sentence, one range, one doubt."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from openscrutiny.core.impact import Conclusion, Direction, Impact, Plan, Shape, assess
from openscrutiny.core.impact.words import Words, tell
from openscrutiny.core.months import Month, Period
from tests.core.reading_age import reading_age

START = Month.of(2024, 1)
PLAN = Plan(
    measure="offences",
    area="north",
    direction=Direction.FALL,
    start=START,
    shape=Shape.LEVEL,
    declared_on=date(2023, 11, 1),
    triggered_by=None,
)
MONTHS = (START + (-36)).through(START + 11)
STEADY = np.random.default_rng(1).poisson(20, 48).astype(float)
OFTEN = (
    "Where nothing changed at all, this way of judging still claims a change in up to 8 of 100 "
    "cases."
)


def judged(conclusion: Conclusion, plan: Plan = PLAN, **parts: object) -> Impact:
    """An impact whose numbers are given, so that the words can be read for themselves."""
    numbers = {
        "change": -0.4,
        "low": -0.554,
        "high": -0.106,
        "observed": 1145.0,
        "expected": 1908.4,
        "expected_return": -0.114,
        **parts,
    }
    alone = replace(plan, comparison=())
    others = {name: v if name == "picked_from" else np.array(v) for name, v in numbers.items()}
    return replace(
        assess(alone, MONTHS, STEADY, placebos=False),
        plan=plan,
        conclusion=np.array([conclusion, None], object)[:1].reshape(()),
        measured_error=(0.02, 0.071),
        **others,
    )


def told(found: Impact) -> Words:
    return tell(found, area="Northtown", things="hate crimes")


def test_an_improvement_is_told_with_its_range_its_doubt_and_what_chance_does() -> None:
    found = told(judged(Conclusion.IMPROVED))
    assert found.sentence == (
        "In Northtown 1,145 hate crimes were recorded in the 12 months January 2024 to December "
        "2024; going by the 36 months January 2021 to December 2023, about 1,908 would be usual: a "
        "fall, which is what the plan hoped for."
    )
    assert found.range == (
        "The change could be anything between a fall of 55 per cent and a fall of 11 per cent."
    )
    assert found.by_itself == (
        "By chance alone, with nothing done, a figure as high as that of the 12 months January "
        "2023 to December 2023 would be followed by a fall of 11 per cent on average."
    )
    assert found.doubt == (
        f"{OFTEN} These figures alone cannot say why: everywhere may have changed alike."
    )
    assert str(found) == f"{found.sentence} {found.range} {found.by_itself} {found.doubt}"


def test_against_others_the_words_say_so_and_still_give_no_cause() -> None:
    found = told(judged(Conclusion.IMPROVED, replace(PLAN, comparison=("south", "west"))))
    assert found.sentence == (
        "In Northtown 1,145 hate crimes were recorded in the 12 months January 2024 to December "
        "2024; going by the 36 months January 2021 to December 2023, had it moved as the "
        "comparison areas did, about 1,908 would be usual: a fall, which is what the plan hoped "
        "for."
    )
    assert found.doubt == (
        f"{OFTEN} What else was different in Northtown, these figures cannot say."
    )


@pytest.mark.parametrize(
    ("direction", "conclusion", "end"),
    [
        (Direction.FALL, Conclusion.WORSE, "the plan hoped for a fall, and it went the other way."),
        (Direction.RISE, Conclusion.WORSE, "the plan hoped for a rise, and it went the other way."),
        (Direction.RISE, Conclusion.IMPROVED, "a rise, which is what the plan hoped for."),
    ],
)
def test_which_way_it_went_is_said(direction: Direction, conclusion: Conclusion, end: str) -> None:
    found = told(judged(conclusion, replace(PLAN, direction=direction)))
    assert found.sentence.endswith(f"would be usual: {end}")
    assert found.doubt.startswith(OFTEN)


def test_no_change_told_is_not_no_change() -> None:
    found = told(judged(Conclusion.NO_DETECTABLE_CHANGE, low=-0.3, high=0.004))
    assert found.sentence.endswith("would be usual, and no change can be told from chance.")
    assert found.range == "Anything between a fall of 30 per cent and no change fits these figures."
    assert found.doubt == "That no change can be told does not mean that there was none."
    wide = told(judged(Conclusion.NO_DETECTABLE_CHANGE, low=-0.3, high=12.34))
    assert wide.range.endswith("and a rise of 1,234 per cent fits these figures.")


def test_a_low_figure_is_followed_by_a_rise_and_a_usual_one_by_neither() -> None:
    low = told(judged(Conclusion.IMPROVED, expected_return=0.2))
    assert low.by_itself == (
        "By chance alone, with nothing done, a figure as low as that of the 12 months January 2023 "
        "to December 2023 would be followed by a rise of 20 per cent on average."
    )
    for back in (0.0049, -0.0049):
        usual = told(judged(Conclusion.IMPROVED, expected_return=back))
        assert usual.by_itself == (
            "By chance alone a figure like that of the 12 months January 2023 to December 2023 "
            "would hardly move."
        )
    assert (
        "a fall of 1 per cent" in told(judged(Conclusion.WORSE, expected_return=-0.006)).by_itself
    )
    assert told(judged(Conclusion.IMPROVED, expected_return=np.nan)).by_itself == ""
    assert told(judged(Conclusion.IMPROVED, picked_from=None)).by_itself == ""


def test_the_month_that_led_to_it_is_named_and_left_out_of_the_baseline() -> None:
    inside = replace(PLAN, triggered_by=Period(START + (-5), START + (-5)))
    found = told(judged(Conclusion.IMPROVED, inside))
    assert (
        "going by the 36 months January 2021 to December 2023 without August 2023, about"
        in found.sentence
    )
    assert "as high as that of August 2023 would be followed" in found.by_itself
    last = replace(PLAN, triggered_by=Period(START + (-3), START + (-1)))
    found = told(judged(Conclusion.IMPROVED, last))
    assert "going by the 33 months January 2021 to September 2023, about" in found.sentence
    first = replace(PLAN, triggered_by=Period(START + (-40), START + (-35)))
    assert (
        "going by the 34 months March 2021 to December 2023, about"
        in told(judged(Conclusion.IMPROVED, first)).sentence
    )


def test_too_early_says_what_is_missing_and_when_it_can_be_told() -> None:
    early = assess(PLAN, MONTHS[:-6], STEADY[:-6])
    assert told(early) == Words(
        "It is too early to tell what became of hate crimes in Northtown since January 2024.",
        "",
        "Figures are needed for 2 more months from January 2024 on. It can be told with the "
        "figures of August 2024.",
        "",
    )
    short = assess(PLAN, MONTHS[30:], STEADY[30:])
    assert told(short).doubt.endswith(
        "which only older figures can bring. Waiting alone will not help."
    )
    assert str(told(early)) == f"{told(early).sentence} {told(early).doubt}"
    lagged = replace(PLAN, lag=2)
    assert told(assess(lagged, MONTHS[:-6], STEADY[:-6])).sentence.endswith("since March 2024.")


def test_what_cannot_be_assessed_says_why() -> None:
    found = assess(PLAN, MONTHS, np.stack([STEADY, STEADY * 0]))
    assert tell(found, 1, area="Northtown", things="hate crimes") == Words(
        "What became of hate crimes in Northtown since January 2024 cannot be told from the "
        "figures.",
        "",
        str(found.reason[1]),
        "",
    )
    assert "too few events" in str(found.reason[1])
    assert tell(found, (0,), area="Northtown", things="hate crimes").range.startswith("Anything")


def test_nothing_said_names_a_cause_or_a_p_value() -> None:
    for conclusion in (Conclusion.IMPROVED, Conclusion.WORSE, Conclusion.NO_DETECTABLE_CHANGE):
        for plan in (PLAN, replace(PLAN, comparison=("south",))):
            words = str(told(judged(conclusion, plan))).lower()
            for never in ("because", "caused", "due to", "led to", "thanks", "significant", "p ="):
                assert never not in words


def test_whatever_is_said_reads_at_about_the_age_of_twelve() -> None:
    for conclusion in (Conclusion.IMPROVED, Conclusion.WORSE, Conclusion.NO_DETECTABLE_CHANGE):
        for plan in (PLAN, replace(PLAN, comparison=("south",))):
            words = str(told(judged(conclusion, plan)))
            assert reading_age(words, known=["Northtown"]) <= 12, words
