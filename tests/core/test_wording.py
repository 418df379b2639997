"""Findings in words: every kind of finding, read as a person would."""

import re
from dataclasses import replace

import pytest

from openscrutiny.core.areas import Area, AreaSet
from openscrutiny.core.findings import Finding
from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Break
from openscrutiny.core.wording import explain, header, sentence
from tests.core.invented import MEASURES, TAXONOMY
from tests.core.reading_age import reading_age

AREAS = AreaSet(
    id="london",
    place="London",
    whole="London (32 boroughs)",
    kind="borough",
    kinds="boroughs",
    police="the police",
    areas=(Area("A1", "Camden", (0, 0)), Area("A2", "Kensington and Chelsea", (1, 0))),
)
MAY = Month.parse("2025-05")
YEAR = Period(Month.parse("2024-04"), Month.parse("2025-03"))

CAMDEN = Finding(
    id="F-0123456789",
    measure="recorded_offences",
    area="A1",
    strand="antisemitic",
    kind="over_time",
    scope="area",
    period=Period(MAY, MAY),
    baseline=Period(Month.parse("2024-03"), Month.parse("2025-04")),
    value=41,
    low=14,
    high=33,
    expected=22.4,
    observed_count=41,
    expected_count=22.4,
    exposure_count=1,
    direction="higher",
    p=2 / (8 * 12),
    q=0.05,
    once_in_years=8,
    excess=18.6,
    percent=83.0,
    persistence=1,
    force_adjusted=False,
    data_version="d-1",
    method_version="1",
)
CHELSEA = replace(
    CAMDEN,
    measure="outcomes_per_100",
    area="A2",
    strand="all",
    kind="between",
    period=YEAR,
    baseline=YEAR,
    value=3.6217,
    low=5.1308,
    high=12.04,
    expected=8.3,
    observed_count=18,
    expected_count=41.5,
    exposure_count=497,
    direction="lower",
    p=0.0083,
    once_in_years=None,
)


def said(finding: Finding) -> str:
    return sentence(finding, measure=MEASURES[finding.measure], areas=AREAS, taxonomy=TAXONOMY)


def every_finding() -> list[tuple[Measure, Finding]]:
    """Each measure in each way it is tested, both directions, every scope and strand."""
    found = []
    for measure in MEASURES.values():
        tests = {"over_time": measure.over_time, "between": measure.between}
        for kind, rule in tests.items():
            if rule is None:
                continue
            period = Period.ending(MAY, rule.window_months)
            months = rule.window_months if rule.window_months == 12 else 14
            before = Period.ending(period.first + -1, months)
            scopes = [("area", "A1", False)]
            if kind == "over_time":
                scopes.append(("area", "A2", True))
                if measure.kind is not Kind.SHARE:
                    scopes.append(("whole", "london", False))
            for scope, area, adjusted in scopes:
                for direction, value, low, high in (
                    ("higher", 41.27, 4.4, 33.0),
                    ("lower", 1.0, 4.4, 33.0),
                ):
                    for strand in TAXONOMY.codes:
                        found.append(
                            (
                                measure,
                                replace(
                                    CAMDEN,
                                    measure=measure.id,
                                    kind=kind,
                                    scope=scope,
                                    area=area,
                                    strand=strand,
                                    force_adjusted=adjusted,
                                    direction=direction,
                                    period=period,
                                    baseline=period if kind == "between" else before,
                                    value=value,
                                    low=low,
                                    high=high,
                                    observed_count=round(value),
                                    exposure_count=80,
                                    once_in_years=8.0 if rule.window_months == 1 else None,
                                ),
                            )
                        )
    return found


def test_a_month_against_its_own_past() -> None:
    assert said(CAMDEN) == (
        "In Camden the police recorded 41 antisemitic hate crimes in May 2025; from the months "
        "before (March 2024 to April 2025) between 14 and 33 would be usual. By chance alone a "
        "month this high would come about once in 8 years."
    )


def test_a_ratio_between_areas() -> None:
    assert said(CHELSEA) == (
        "In the 12 months April 2024 to March 2025 in Kensington and Chelsea there were 3.6 "
        "positive outcomes for every 100 hate crimes recorded in the same period (18 for 497); "
        "over the same 12 months between 5.1 and 12.0 would be usual for a borough of its size. "
        "If boroughs differed only as they ordinarily do, about 1 in 200 would have a figure "
        "this low."
    )


def test_the_whole_is_spoken_of_as_the_whole() -> None:
    whole = replace(CAMDEN, area="london", scope="whole", observed_count=1452)
    assert said(whole).startswith(
        "Across London (32 boroughs) the police recorded 1,452 antisemitic hate crimes in May 2025;"
    )


def test_a_jump_beyond_the_whole_says_so() -> None:
    beyond = said(replace(CAMDEN, force_adjusted=True))
    assert ", over and above the change across London;" in beyond
    assert "(March 2024 to April 2025), moved with that change, between 14 and 33" in beyond
    short = said(replace(CAMDEN, force_adjusted=True, direction="lower", observed_count=5))
    assert ", below what the change across London would lead one to expect;" in short


def test_a_year_against_the_year_before_gives_both_numbers() -> None:
    before = Period.ending(YEAR.first + -1, 12)
    change = replace(
        CAMDEN,
        measure="year_on_year",
        period=YEAR,
        baseline=before,
        observed_count=312,
        exposure_count=200,
        value=56.0,
        low=-20.0,
        high=25.4,
        once_in_years=None,
        p=0.001,
    )
    assert said(change) == (
        "In the 12 months April 2024 to March 2025 in Camden the police recorded 312 antisemitic "
        "hate crimes, 56 per cent more than in the 12 months before (April 2023 to March 2024: "
        "200); anything between 20 per cent fewer and 25 per cent more would be usual. By chance "
        "alone fewer than 1 in 1,000 such figures would be this high."
    )
    assert "no change" in said(replace(change, low=-0.2))
    fewer = said(replace(change, value=-56.0, direction="lower", observed_count=88))
    assert "56 per cent fewer than in" in fewer


def test_a_share_names_what_it_is_a_share_of() -> None:
    share = replace(
        CAMDEN,
        measure="share_of_whole",
        period=YEAR,
        baseline=Period.ending(YEAR.first + -1, 12),
        observed_count=210,
        exposure_count=3680,
        value=5.398,
        low=3.1,
        high=4.9,
        once_in_years=None,
    )
    assert (
        "Camden had 5.4 per cent of the antisemitic hate crimes recorded across London (32 "
        "boroughs) (210 of 3,890); from the months before (April 2023 to March 2024) between 3.1 "
        "and 4.9 per cent would be usual."
    ) in said(share)


def test_every_finding_reads_well() -> None:
    cases = every_finding()
    assert {m.id for m, _ in cases} == set(MEASURES)
    for measure, finding in cases:
        text = said(finding)
        assert "  " not in text
        assert text.endswith(".")
        assert text[0].isupper()
        assert finding.period.words in text
        if finding.kind == "over_time":
            assert finding.baseline.words in text
        else:
            assert "over the same 12 months" in text
        assert " would be usual" in text
        assert AREAS.name(finding.area) in text
        assert ("across London" in text or "Across London" in text) == (
            finding.scope == "whole" or finding.force_adjusted or measure.kind is Kind.SHARE
        )
        assert not re.search(r"\bNone\b|nan|[{}]|;\s*\.|\.\.|--|−", text), text


def test_no_finding_praises_blames_or_gives_a_cause() -> None:
    banned = re.compile(
        r"\b(because of (?!age|gender)|caused|due to|good|bad|better|worse|improv\w+|fail\w*|"
        r"significan\w+|p-value|rate|alarm\w*|performance)\b",
        re.IGNORECASE,
    )
    for measure, finding in every_finding():
        told = explain(finding, measure=measure, areas=AREAS, taxonomy=TAXONOMY)
        assert not banned.search(said(finding)), said(finding)
        assert not banned.search(told.how_likely), told.how_likely


def test_every_finding_reads_at_about_the_age_of_twelve() -> None:
    crimes = [s.in_words for s in TAXONOMY.strands]
    known = [*(a.name for a in AREAS.areas), *crimes]
    known += [words.replace("crime", "crimes", 1) for words in crimes]
    for measure, finding in every_finding():
        told = explain(finding, measure=measure, areas=AREAS, taxonomy=TAXONOMY)
        assert reading_age(said(finding), known=known) <= 12, said(finding)
        beneath = " ".join([told.how_likely, *told.could_explain, *told.cannot_tell])
        assert reading_age(beneath, known=known) <= 12, beneath


def test_one_crime_is_one_crime_and_none_is_no_crimes() -> None:
    one = said(replace(CAMDEN, observed_count=1, direction="lower"))
    none = said(replace(CAMDEN, observed_count=0, direction="lower"))
    assert "recorded 1 antisemitic hate crime in May" in one
    assert "recorded no antisemitic hate crimes in May" in none
    faith = said(replace(CAMDEN, strand="religion"))
    assert "41 hate crimes against a religion or belief in May 2025" in faith


def test_a_value_is_never_printed_as_the_end_of_its_own_range() -> None:
    close = replace(CHELSEA, value=5.13, low=5.14)
    assert "there were 5.13 positive outcomes" in said(close)
    assert "between 5.14 and 12.04" in said(close)


@pytest.mark.parametrize(
    ("years", "words"),
    [
        (1.2, "about once a year"),
        (2.4, "about once in 2 years"),
        (99.0, "about once in 99 years"),
        (100.0, "less than once in 100 years"),
        (1e9, "less than once in 100 years"),
    ],
)
def test_rare_months_are_told_in_years(years: float, words: str) -> None:
    assert said(replace(CAMDEN, once_in_years=years)).endswith(f"would come {words}.")


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.1, "about 1 in 20"),
        (0.0021, "about 1 in 1,000"),
        (0.00215, "about 1 in 900"),
        (0.0, "fewer than 1 in 1,000"),
    ],
)
def test_rare_figures_are_told_in_round_odds(p: float, words: str) -> None:
    assert said(replace(CHELSEA, p=p)).endswith(
        f"ordinarily do, {words} would have a figure this low."
    )


def test_small_numbers_are_said_to_be_small() -> None:
    def what_else(finding: Finding) -> str:
        told = explain(finding, measure=MEASURES[finding.measure], areas=AREAS, taxonomy=TAXONOMY)
        return " ".join(told.could_explain)

    assert "The numbers are small (about 3 expected)" in what_else(
        replace(CAMDEN, expected_count=3.2)
    )
    assert "numbers are small" not in what_else(CAMDEN)


def test_an_explanation_carries_the_measures_own_words() -> None:
    measure = MEASURES["recorded_offences"]
    told = explain(CAMDEN, measure=measure, areas=AREAS, taxonomy=TAXONOMY)
    assert set(measure.explanations) <= set(told.could_explain)
    assert set(measure.unknowns) <= set(told.cannot_tell)
    assert "once in 8 years" in told.how_likely
    assert "one area and strand looked at by itself" in told.how_likely
    assert any("carry several" in line for line in told.cannot_tell)
    total = explain(replace(CAMDEN, strand="all"), measure=measure, areas=AREAS, taxonomy=TAXONOMY)
    assert not any("carry several" in line for line in total.cannot_tell)


def test_a_change_in_recording_just_before_the_baseline_is_named() -> None:
    measure = MEASURES["recorded_offences"]

    def named(month: str) -> bool:
        change = Break(Month.parse(month), "a new crime recording system", "moved")
        told = explain(CAMDEN, measure=measure, areas=AREAS, taxonomy=TAXONOMY, breaks=[change])
        return any("a new crime recording system" in line for line in told.could_explain)

    assert named("2024-03")
    assert named("2023-12")
    assert not named("2023-11")
    assert not named("2024-04")


def test_a_force_wide_change_is_among_what_could_explain() -> None:
    measure = MEASURES["recorded_offences"]
    told = explain(
        replace(CAMDEN, force_adjusted=True), measure=measure, areas=AREAS, taxonomy=TAXONOMY
    )
    assert any("London as a whole changed too" in line for line in told.could_explain)


@pytest.mark.parametrize(
    ("expected", "words"),
    [(3.6, "about 4"), (0.4, "fewer than 1"), (0.0, "fewer than 1"), (1234.0, "about 1,234")],
)
def test_the_header_says_how_much_to_expect_from_chance(expected: float, words: str) -> None:
    assert header(9, 3210, expected) == (
        f"9 flagged of 3,210 checked; {words} expected to be chance."
    )
