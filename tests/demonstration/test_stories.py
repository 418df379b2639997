"""Each story changes what it says and nothing else, and the answer key reads findings rightly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from openscrutiny.core.months import Month, Period
from openscrutiny.demonstration.answers import Limit, Sighting, Story, check
from openscrutiny.demonstration.city import CITY, NEW_SYSTEM, TEN_YEARS, city
from openscrutiny.demonstration.effects import Exactly
from openscrutiny.demonstration.life import COMBINATIONS, OUTCOME_LAGS, by_strand, month_number
from openscrutiny.demonstration.stories import every_story, live
from openscrutiny.warehouse.definitions import measures, taxonomy

BY_ID = {story.id: story for story in every_story()}


@pytest.mark.parametrize("story", every_story(), ids=lambda s: s.id)
def test_a_story_changes_only_the_boroughs_flags_and_months_it_names(story: Story) -> None:
    ordinary, told = live(seed=11), live(seed=11, told=(story,))
    offences, outcomes = (np.zeros(ordinary.offences.shape, bool) for _ in range(2))
    for effect in story.effects:
        where = _cells(effect)
        outcomes[where] = True
        if not getattr(effect, "outcomes_only", False):
            offences[where] = True
    for lag in range(1, len(OUTCOME_LAGS)):
        outcomes[:, :, lag:] |= offences[:, :, :-lag]
    assert not (told.offences != ordinary.offences)[~offences].any()
    assert not (told.outcomes != ordinary.outcomes)[~outcomes].any()
    changed = (told.offences != ordinary.offences).any() or (
        told.outcomes != ordinary.outcomes
    ).any()
    assert changed == bool(story.effects)


def _cells(effect) -> tuple[np.ndarray, ...]:
    names, every = [a.name for a in city().areas], list(COMBINATIONS)
    if isinstance(effect, Exactly):
        rows = [names.index(effect.borough)]
        columns = [n for n, flags in enumerate(every) if effect.flags[0] in flags]
        months = [month_number(effect.month)]
    else:
        rows = [names.index(b) for b in effect.boroughs or names]
        columns = [every.index(f) for f in effect.flags or every]
        first = month_number(effect.period.first)
        months = list(range(first, first + len(effect.period)))
    return np.ix_(rows, columns, months)


def _level(story_id: str, strand: str, borough: str | None, period: Period, *, outcomes=False):
    """The figure with the story over the figure without it, in a period."""
    figures = []
    for told in ((BY_ID[story_id],), ()):
        life = live(seed=12, told=told)
        counts = by_strand(life.outcomes if outcomes else life.offences, taxonomy())
        rows = [n for n, a in enumerate(city().areas) if borough in (None, a.name)]
        first = month_number(period.first)
        months = slice(first, first + len(period))
        figures.append(counts[rows, taxonomy().codes.index(strand), months].sum())
    return figures[0] / figures[1]


def test_levels_change_as_the_stories_tell() -> None:
    last = TEN_YEARS.last
    year = Period(last + -11, last)
    october, june = (Period(m, m) for m in (Month.of(2024, 10), Month.of(2024, 6)))
    assert _level("new-system", "all", None, year) == pytest.approx(0.8, abs=0.02)
    assert _level("outcomes-collapse", "all", "Brackwater", year, outcomes=True) < 0.25
    assert _level("outcomes-collapse", "all", "Brackwater", year) == 1
    assert 3.5 < _level("recording-drive", "disability", "Hartlebeck", year) < 8
    assert 8 < _level("event", "antisemitic", "Oakhollow", october) < 40
    assert _level("slow-drift", "race", "Copperley", year) == pytest.approx(2.1, abs=0.25)
    assert 3.5 < _level("small-strand", "transgender", "Tollervale", year) < 9
    assert _level("force-wide-jump", "all", None, june) == pytest.approx(1.35, abs=0.05)


def test_the_drift_grows_a_little_each_month() -> None:
    expected = live(seed=12, told=(BY_ID["slow-drift"],)).expected
    ordinary = live(seed=12).expected
    row = [a.name for a in city().areas].index("Copperley")
    level = (expected / ordinary)[row, 0]
    first, last = month_number(Month.of(2017, 7)), month_number(Month.of(2020, 6))
    assert (level[:first] == 1).all()
    assert np.allclose(np.diff(np.log(level[first - 1 : last + 1])), np.log(2.1) / 36)
    assert np.allclose(level[last:], 2.1)


def test_the_tiny_numbers_are_exactly_one_and_three() -> None:
    counts = by_strand(live(seed=13, told=every_story()).offences, taxonomy())
    strand, month = taxonomy().codes.index("transgender"), month_number(Month.of(2024, 12))
    for name in ("Dovecross", "Underwick"):
        row = [a.name for a in city().areas].index(name)
        assert counts[row, strand, month - 1 : month + 1].tolist() == [1, 3]


def test_the_answer_key_names_only_measures_strands_and_areas_that_exist() -> None:
    assert len(BY_ID) == len(every_story()) == 9
    for story in every_story():
        for sighting in (*story.seen, *(limit.sighting for limit in story.unseen)):
            assert set(sighting.measures) <= set(measures())
            assert sighting.strand in ("", *taxonomy().codes)
            assert set(sighting.areas) <= {CITY, *city().codes}
            assert sighting.kind in ("", "between", "over_time")
            assert sighting.direction in ("", "higher", "lower")
        assert all(s.areas for s in story.seen)
        assert story.seen or story.unseen


@dataclass(frozen=True)
class Found:
    """A finding as the answer key reads it."""

    measure: str = "recorded_offences"
    area: str = "X09000001"
    strand: str = "all"
    kind: str = "over_time"
    period: Period = Period(Month.of(2024, 5), Month.of(2024, 5))
    baseline: Period = Period(Month.of(2023, 4), Month.of(2024, 4))
    direction: str = "higher"


HERE = Sighting(
    Period(Month.of(2024, 5), Month.of(2024, 6)),
    measures=("recorded_offences",),
    kind="over_time",
    strand="all",
    direction="higher",
    areas=("X09000001", "X09000002"),
)
STORY = Story("s", "A story", "It happens.", effects=(), seen=(HERE,))


def test_a_story_is_found_only_when_every_area_of_it_is() -> None:
    one, both = check([STORY], [Found()]), check([STORY], [Found(), Found(area="X09000002")])
    assert (one[0].found, one[0].as_expected) == (False, False)
    assert "Ashenfold" in one[0].sentence
    assert (both[0].found, both[0].as_expected) == (True, True)


@pytest.mark.parametrize(
    "other",
    [
        {"measure": "year_on_year"},
        {"strand": "race"},
        {"kind": "between"},
        {"direction": "lower"},
        {"period": Period(Month.of(2024, 5), Month.of(2024, 7))},
        {"period": Period(Month.of(2024, 4), Month.of(2024, 4))},
        {"area": "X09000003"},
    ],
)
def test_a_finding_that_differs_in_anything_does_not_count(other) -> None:
    story = replace(STORY, seen=(HERE.in_areas("X09000001"),))
    assert check([story], [Found()])[0].as_expected
    assert not check([story], [replace(Found(), **other)])[0].as_expected


def test_a_decoy_is_as_expected_in_silence_and_wrong_when_found() -> None:
    decoy = replace(STORY, seen=(), unseen=(Limit(HERE),))
    assert check([decoy], [])[0].as_expected
    assert not check([decoy], [])[0].found
    result = check([decoy], [Found()])[0]
    assert (result.found, result.as_expected) == (True, False)


def test_a_limit_allows_some_areas_and_no_more() -> None:
    story = replace(STORY, seen=(), unseen=(Limit(HERE.in_areas(*city().codes), most=1),))
    again = replace(Found(), period=Period(Month.of(2024, 6), Month.of(2024, 6)))
    assert check([story], [Found(), again])[0].as_expected
    assert not check([story], [Found(), Found(area="X09000002")])[0].as_expected


def test_a_comparison_across_the_new_system_is_noticed_wherever_it_stands() -> None:
    new_system = BY_ID["new-system"]
    later = Period(NEW_SYSTEM + 8, NEW_SYSTEM + 8)
    inside = Found(period=later, baseline=Period(NEW_SYSTEM, NEW_SYSTEM + 7))
    across = Found(period=later, baseline=Period(NEW_SYSTEM + -1, NEW_SYSTEM + 7))
    before = Found(
        period=Period(NEW_SYSTEM + -1, NEW_SYSTEM + -1),
        baseline=Period(NEW_SYSTEM + -13, NEW_SYSTEM + -2),
    )
    assert check([new_system], [inside, before])[0].as_expected
    assert not check([new_system], [across])[0].as_expected
