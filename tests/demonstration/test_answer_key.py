"""The planted stories against the real pipeline, from the published files to the findings."""

from __future__ import annotations

import pytest

from openscrutiny.core.findings import Findings, find
from openscrutiny.core.nulls import chance
from openscrutiny.core.panel import Panel
from openscrutiny.demonstration.answers import check
from openscrutiny.demonstration.build import SEED
from openscrutiny.demonstration.city import CITY
from openscrutiny.demonstration.stories import every_story
from openscrutiny.warehouse import definitions
from tests.demonstration.cities import built_city


def found_in(counts: dict[str, Panel]) -> Findings:
    return find(
        definitions.measures().values(), counts, whole=CITY, taxonomy=definitions.taxonomy()
    )


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """The findings of the demonstration as everyone sees it."""
    _, counts = built_city(tmp_path_factory.mktemp("home"), seed=SEED, stories=True)
    return found_in(counts)


@pytest.mark.parametrize("story", every_story(), ids=lambda s: s.id)
def test_each_story_is_found_or_left_alone_as_the_answer_key_says(
    story, findings: Findings
) -> None:
    result = check([story], findings.findings)[0]
    assert result.as_expected, result.sentence
    assert result.found == bool(story.seen)


def test_no_finding_at_all_holds_months_from_both_sides_of_the_new_system_or_the_gap(
    findings: Findings,
) -> None:
    assert findings.findings
    for finding in findings.findings:
        months = [finding.baseline.first, finding.period.first, finding.period.last]
        assert len({_stretch(str(month)) for month in months}) == 1


def _stretch(month: str) -> int:
    assert month not in ("2021-06", "2021-07")
    return (month >= "2021-08") + (month >= "2023-04")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Panel]:
    """The counts of the same city with nothing planted in it."""
    return built_city(tmp_path_factory.mktemp("plain"), seed=SEED, stories=False)[1]


def test_stories_that_were_not_told_are_not_found(plain: dict[str, Panel]) -> None:
    results = check(every_story(), found_in(plain).findings)
    assert [r.story.id for r in results if r.found] == []


def test_without_stories_the_number_of_findings_is_what_chance_was_said_to_bring(
    plain: dict[str, Panel],
) -> None:
    # One city, the one everybody sees; the deep run has twenty. The number flagged is skewed, so
    # that fewer data sets than these would misjudge the upper end of its range.
    expected = chance(
        definitions.measures().values(),
        plain,
        whole=CITY,
        taxonomy=definitions.taxonomy(),
        datasets=100,
        seed=SEED,
    )
    assert expected.low <= len(found_in(plain).findings) <= expected.high
