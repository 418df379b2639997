"""Ordinary life: strands lie inside one another, counts vary as they should, nothing is planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core.months import Month
from openscrutiny.demonstration.city import TEN_YEARS, city
from openscrutiny.demonstration.life import (
    COMBINATIONS,
    DISPERSION,
    OUTCOME_LAGS,
    by_strand,
    draw,
    month_number,
    ordinary_life,
    outcomes_of,
)
from openscrutiny.demonstration.stories import every_story, live
from openscrutiny.warehouse.definitions import taxonomy

SHAPE = (32, len(COMBINATIONS), 120)


@pytest.mark.parametrize("told", [(), every_story()], ids=["ordinary", "with stories"])
def test_every_strand_lies_inside_its_parent_in_every_cell(told) -> None:
    life = live(seed=3, told=told)
    strands = taxonomy()
    for counts in (life.offences, life.outcomes):
        figures = by_strand(counts, strands)
        assert counts.shape == SHAPE
        assert (counts >= 0).all()
        for number, strand in enumerate(strands.strands):
            if strand.parent is not None:
                parent = figures[:, strands.codes.index(strand.parent)]
                assert (figures[:, number] <= parent).all()


def test_the_total_counts_an_offence_once_however_many_flags_it_has() -> None:
    life = ordinary_life(seed=4)
    figures = by_strand(life.offences, taxonomy())
    assert np.array_equal(figures[:, taxonomy().codes.index("all")], life.offences.sum(axis=1))
    assert figures.sum() > 1.5 * life.offences.sum()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_strands_are_what_a_plain_count_of_offences_gives(seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 4, (2, len(COMBINATIONS), 3))
    figures = by_strand(counts, taxonomy())
    for a, s, m in np.ndindex(figures.shape):
        code, number = taxonomy().codes[s], 0
        for column, flags in enumerate(COMBINATIONS):
            carries = any(
                code == flag or code in [p.code for p in taxonomy().ancestors(flag)]
                for flag in flags
            )
            number += int(counts[a, column, m]) if carries else 0
        assert figures[a, s, m] == number


def test_the_same_seed_gives_the_same_life_and_another_seed_another() -> None:
    first, again, other = (live(seed=s, told=every_story()) for s in (5, 5, 6))
    assert np.array_equal(first.offences, again.offences)
    assert np.array_equal(first.outcomes, again.outcomes)
    assert not np.array_equal(first.offences, other.offences)


def test_counts_have_the_mean_asked_for_and_the_declared_dispersion() -> None:
    for mean in (0.4, 6.0, 80.0):
        counts = draw(np.full(200_000, mean), np.random.default_rng(1))
        assert counts.mean() == pytest.approx(mean, rel=0.02)
        assert counts.var() / counts.mean() == pytest.approx(DISPERSION, rel=0.03)


def test_nothing_is_drawn_where_nothing_is_expected() -> None:
    assert draw(np.zeros(1000), np.random.default_rng(1)).sum() == 0


def test_outcomes_come_after_their_offence_and_none_is_lost_but_at_the_end() -> None:
    offences = np.zeros((1, 1, 12), np.int64)
    offences[0, 0, 4] = 1000
    outcomes = outcomes_of(offences, np.array([1.0]), np.random.default_rng(1))[0, 0]
    assert outcomes.sum() == 1000
    assert outcomes[:4].sum() == 0
    assert outcomes[4 + len(OUTCOME_LAGS) :].sum() == 0
    assert (outcomes[4 : 4 + len(OUTCOME_LAGS)] > 0).all()


def test_about_nine_outcomes_come_per_hundred_offences_some_without_an_offence_that_month() -> None:
    life = ordinary_life(seed=7)
    assert life.outcomes.sum() / life.offences.sum() == pytest.approx(0.09, abs=0.006)
    alone = (life.outcomes > 0) & (life.offences == 0)
    assert alone.any()


def test_without_stories_every_boroughs_level_moves_only_with_all_the_others() -> None:
    expected = live(seed=8).expected
    path = expected / expected[:, :, :1]
    assert np.allclose(path, path[:1, :1])
    # And with season and drift it moves little: no month is a quarter above or below another.
    assert path.max() / path.min() < 1.25


def test_without_stories_counts_stay_near_what_was_expected_where_stories_would_be() -> None:
    life = live(seed=9)
    for story in every_story():
        for effect in story.effects:
            if not hasattr(effect, "period"):
                continue
            first = month_number(effect.period.first)
            months = slice(first, first + len(effect.period))
            rows = [n for n, a in enumerate(city().areas) if a.name in effect.boroughs]
            seen = life.offences[rows or slice(None), :, months].sum()
            wanted = life.expected[rows or slice(None), :, months].sum()
            assert abs(seen - wanted) < 5 * np.sqrt(DISPERSION * wanted)


def test_a_month_has_its_place_on_the_time_axis() -> None:
    assert month_number(TEN_YEARS.first) == 0
    assert month_number(Month.of(2025, 6)) == SHAPE[2] - 1
