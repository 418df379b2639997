"""From counts to findings: what is found, what is not, and what may never be."""

import re
from dataclasses import FrozenInstanceError, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core.checks import METHOD, decide, every_test
from openscrutiny.core.findings import Finding, Findings, find, in_own_unit
from openscrutiny.core.measures import Measure, evaluate
from openscrutiny.core.panel import Panel
from openscrutiny.core.pasts import pasts
from tests.core.invented import FIRST, MEASURES, TAXONOMY, WHOLE, changed, town

ALL = tuple(MEASURES.values())
RATIO = MEASURES["outcomes_per_100"]
VOLUME = MEASURES["recorded_offences"]


def found_in(counts: dict[str, Panel], *measures: Measure) -> Findings:
    return find(measures or ALL, counts, whole=WHOLE, taxonomy=TAXONOMY)


def story(seed: int = 1, **how: object) -> tuple[dict[str, Panel], np.ndarray]:
    """A quiet town and a copy of its areas' offences to write a story into."""
    counts = town(seed, **how)  # type: ignore[arg-type]
    return counts, counts["offences"].values[:-1].copy()


def strand(code: str) -> int:
    return TAXONOMY.codes.index(code)


def where(finding: Finding) -> tuple[str, str, str]:
    return finding.area, finding.strand, str(finding.period.last)


# ---- planted stories --------------------------------------------------------------------------


def test_a_spike_in_one_area_is_found_and_framed() -> None:
    counts, y = story()
    y[3, strand("antisemitic"), 50] = 40
    found = found_in(changed(counts, "offences", y), VOLUME).findings
    spike = next(f for f in found if where(f) == ("A03", "antisemitic", str(FIRST + 50)))
    assert (spike.kind, spike.scope, spike.direction) == ("over_time", "area", "higher")
    assert spike.value == spike.observed_count == 40
    assert spike.low <= spike.expected <= spike.high < 40
    assert spike.excess == pytest.approx(40 - spike.expected_count)
    assert spike.percent == pytest.approx(100 * (40 / spike.expected_count - 1))
    # Four whole years of the same regime, and the month before them that shares its season.
    assert (spike.baseline.first, spike.baseline.last) == (FIRST + 1, FIRST + 49)
    assert spike.persistence == 1
    assert spike.p <= spike.q <= METHOD.false_share
    assert spike.data_version == "d-invented"
    assert spike.method_version == METHOD.version


def test_a_collapse_in_outcomes_is_found_over_time_and_between_areas() -> None:
    counts = town(2, outcomes=0.2)
    done = counts["positive_outcomes"].values[:-1].copy()
    done[5, :, 36:] = np.floor(done[5, :, 36:] * 0.1)
    found = found_in(changed(counts, "positive_outcomes", done), RATIO).findings
    there = [f for f in found if f.area == "A05" and f.strand == "all"]
    assert {f.kind for f in there} == {"over_time", "between"}
    assert {f.direction for f in there} == {"lower"}
    assert {f.period.last >= FIRST + 36 for f in there} == {True}
    share = len([f for f in found if f.area == "A05"]) / len(found)
    assert share > 0.9


def test_a_jump_everywhere_is_reported_once_and_not_for_every_area() -> None:
    counts, y = story(3)
    s, t = strand("islamophobic"), 48
    y[:, s, t] = np.round(4 * y[:, s, t])
    found = found_in(changed(counts, "offences", y), VOLUME).findings
    then = [f for f in found if f.strand == "islamophobic" and f.period.last == FIRST + t]
    assert [f.scope for f in then if f.area == WHOLE] == ["whole"]
    assert len([f for f in then if f.scope == "area"]) <= 1


def test_an_area_that_jumps_beyond_a_jump_everywhere_is_still_found() -> None:
    counts, y = story(4)
    s, t = strand("islamophobic"), 48
    y[:, s, t] = np.round(3 * y[:, s, t])
    y[7, s, t] = 90
    found = found_in(changed(counts, "offences", y), VOLUME).findings
    then = [f for f in found if f.strand == "islamophobic" and f.period.last == FIRST + t]
    beyond = next(f for f in then if f.area == "A07")
    assert beyond.force_adjusted
    assert beyond.direction == "higher"
    own = [f for f in then if f.area == WHOLE]
    assert [f.force_adjusted for f in own] == [False]


def test_an_area_that_keeps_its_level_while_others_jump_is_explained_by_its_own_past() -> None:
    counts, y = story(5)
    s, t = strand("all"), 48
    level = float(np.round(y[2, s, :t].mean()))
    y[:, s, t] = np.round(1.6 * y[:, s, t])
    y[2, s, t] = level
    found = found_in(changed(counts, "offences", y), VOLUME).findings
    then = [f for f in found if f.strand == "all" and f.period.last == FIRST + t]
    assert WHOLE in {f.area for f in then}
    assert "A02" not in {f.area for f in then}


def test_a_steady_climb_is_found_year_on_year_and_as_a_share() -> None:
    counts, y = story(6)
    s = strand("sexual_orientation")
    y[9, s] = np.round(np.linspace(6, 40, 60))
    found = found_in(
        changed(counts, "offences", y), MEASURES["year_on_year"], MEASURES["share_of_whole"]
    ).findings
    climbing = [f for f in found if f.area == "A09" and f.strand == "sexual_orientation"]
    assert {f.measure for f in climbing} == {"year_on_year", "share_of_whole"}
    assert {f.direction for f in climbing} == {"higher"}
    assert all(len(f.period) == len(f.baseline) == 12 for f in climbing)
    assert max(f.persistence for f in climbing) == 3


# ---- what may never be ------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 59), max_size=2),
    st.lists(st.integers(0, 59), max_size=2),
)
def test_no_finding_uses_months_on_both_sides_of_a_break_or_gap(
    seed: int, breaks: list[int], gaps: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    counts, y = story(seed % 1000, breaks=tuple(breaks), gaps=tuple(gaps), areas=9)
    y[rng.integers(0, 9, 40), rng.integers(0, 9, 40), rng.integers(0, 60, 40)] *= 5
    panel = changed(counts, "offences", y)["offences"]
    for finding in found_in(changed(counts, "offences", y)).findings:
        first = min(finding.period.first, finding.baseline.first)
        last = max(finding.period.last, finding.baseline.last)
        regime = panel.regime_of(last)
        assert regime is not None
        assert first in regime
        assert not any(first < FIRST + b <= last for b in breaks)
        assert not any(first <= FIRST + g <= last for g in gaps)


def test_a_level_that_changes_at_a_break_is_no_finding() -> None:
    counts, y = story(7, breaks=(30,))
    level = y[:, :, :30].mean(axis=2, keepdims=True)
    y[:, :, 30:] = np.random.default_rng(7).poisson(np.nan_to_num(3 * level), (16, 11, 30))
    y[np.isnan(counts["offences"].values[:-1])] = np.nan
    tested = (VOLUME, MEASURES["year_on_year"], MEASURES["share_of_whole"])
    found = found_in(changed(counts, "offences", y), *tested).findings
    without = found_in(
        changed({n: replace(p, breaks=()) for n, p in counts.items()}, "offences", y), *tested
    ).findings
    assert len([f for f in found if f.period.last >= FIRST + 30]) <= 3
    assert len([f for f in without if f.period.last >= FIRST + 30]) > 50


def test_a_month_missing_is_never_flagged_and_never_counted() -> None:
    counts, y = story(8)
    y[4, strand("race"), 40] = np.nan
    result = found_in(changed(counts, "offences", y), VOLUME)
    assert not [f for f in result.findings if where(f) == ("A04", "race", str(FIRST + 40))]
    before = found_in(counts, VOLUME)
    month = (VOLUME.id, FIRST + 40)
    # The area and the whole, which has no sum without it.
    assert result.checked_by_month[month] == before.checked_by_month[month] - 2


def test_strands_nobody_collects_are_never_tested() -> None:
    result = found_in(town(9))
    assert {f.strand for f in result.findings} <= set(TAXONOMY.codes) - {"age", "gender"}
    most = 17 * 9  # areas and whole, by strands with figures
    assert result.checked_by_month[VOLUME.id, FIRST + 40] <= most


def test_too_little_to_test_is_said_and_not_checked() -> None:
    levels = {"all": 40, "transgender": 0.2}
    result = found_in(town(10, levels=levels, spread=0.01), VOLUME)
    month = (VOLUME.id, FIRST + 40)
    assert result.checked_by_month[month] + result.too_few_by_month[month] == 17 * 2
    assert result.too_few_by_month[month] >= 14
    first_year = (VOLUME.id, FIRST + 5)
    assert first_year not in result.checked_by_month
    assert result.too_few_by_month[first_year] == 17 * 2


def test_areas_are_not_compared_when_there_are_too_few_of_them() -> None:
    few = found_in(town(11, areas=7), MEASURES["offences_per_1000"])
    assert (few.checked, few.findings) == (0, ())
    assert found_in(town(11, areas=8), MEASURES["offences_per_1000"]).checked > 0


def test_the_whole_is_never_compared_with_the_areas_in_it() -> None:
    for seed in range(3):
        found = found_in(town(seed, spread=0.3), MEASURES["offences_per_1000"]).findings
        assert WHOLE not in {f.area for f in found}


def test_the_share_of_the_whole_in_itself_is_not_tested() -> None:
    counts, y = story(12)
    y[:, :, 40:] *= 3
    found = found_in(changed(counts, "offences", y), MEASURES["share_of_whole"]).findings
    assert WHOLE not in {f.area for f in found}


def test_a_measure_that_is_only_shown_is_never_tested() -> None:
    counts = town(1, months=26, areas=3)
    shown = replace(VOLUME, over_time=None, between=None, untested="For display alone.")
    decision = decide(shown, counts, whole=WHOLE, taxonomy=TAXONOMY)
    shape = (0, *counts["offences"].values.shape)
    assert decision.tests == ()
    assert decision.q.shape == decision.flagged.shape == decision.direction.shape == shape
    assert (decision.flagged.dtype, decision.direction.dtype) == (np.bool_, np.int8)
    assert decision.checked.tolist() == decision.too_few.tolist() == [0] * 26
    found = found_in(counts, shown)
    assert (found.findings, found.checked) == ((), 0)


def test_the_whole_must_stand_last() -> None:
    counts = town(13)
    with pytest.raises(ValueError, match="must be the last area"):
        find([VOLUME], counts, whole="A00", taxonomy=TAXONOMY)


def test_a_measure_without_its_counts_is_passed_over() -> None:
    counts = town(14)
    del counts["positive_outcomes"]
    assert {m for m, _ in found_in(counts).checked_by_month} == {
        "recorded_offences",
        "offences_per_1000",
        "year_on_year",
        "share_of_whole",
    }


# ---- laws -------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_renaming_the_areas_renames_the_findings_and_nothing_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, y = story(seed % 100, areas=10)
    y[2, 0, 40] *= 4
    counts = changed(counts, "offences", y)
    order = rng.permutation(10)
    other = {n: p.select(areas=[p.areas[i] for i in [*order, 10]]) for n, p in counts.items()}
    names = dict(zip((f"A{i:02d}" for i in order), (f"A{i:02d}" for i in range(10)), strict=True))
    shuffled = {
        n: replace(p, areas=(*(names[a] for a in p.areas[:-1]), WHOLE)) for n, p in other.items()
    }
    plain = {(f.area, f.measure, f.strand, f.kind, f.period) for f in found_in(counts).findings}
    renamed = {(f.area, f.measure, f.strand, f.kind, f.period) for f in found_in(shuffled).findings}
    assert renamed == {(names.get(a, a), *rest) for a, *rest in plain}
    assert plain


def test_a_gap_never_adds_a_finding_that_reaches_across_it() -> None:
    counts, y = story(15)
    y[1, 0, 45] = 300
    whole = found_in(changed(counts, "offences", y), VOLUME)
    y[:, :, 40] = np.nan
    holed = found_in(changed(counts, "offences", y), VOLUME)
    assert [f for f in whole.findings if where(f) == ("A01", "all", str(FIRST + 45))]
    assert not [f for f in holed.findings if FIRST + 40 <= f.period.last < FIRST + 53]


def test_twice_the_residents_everywhere_flags_the_same_rates() -> None:
    counts = town(16, spread=0.4)
    doubled = changed(counts, "residents", 2 * counts["residents"].values[:-1])
    rate = MEASURES["offences_per_1000"]
    one, two = found_in(counts, rate).findings, found_in(doubled, rate).findings
    assert [f.id for f in one] == [f.id for f in two]
    assert one
    assert one[0].value == pytest.approx(2 * two[0].value)
    assert one[0].high == pytest.approx(2 * two[0].high)


def test_a_value_is_the_figure_the_measure_itself_publishes() -> None:
    counts, y = story(17, spread=0.4)
    y[1:3, 0:4, 30:50] *= 3
    counts = changed(counts, "offences", y)
    for measure in ALL:
        kinds = {"over_time": measure.over_time, "between": measure.between}
        for finding in found_in(counts, measure).findings:
            rule = kinds[finding.kind]
            assert rule is not None
            figures = evaluate(measure, counts, whole=WHOLE, window_months=rule.window_months)
            value, _ = figures.cell(finding.area, finding.strand, finding.period.last)
            assert finding.value == pytest.approx(value), finding
            assert not finding.low < finding.value < finding.high


def stepped_up(p: dict[tuple[int, int], float], q: float) -> set[tuple[int, int]]:
    """The cells of one family that the step-up procedure declares, written out."""
    ordered = sorted(p.items(), key=lambda cell: cell[1])
    passing = [k for k, (_, v) in enumerate(ordered, 1) if v <= q * k / len(ordered)]
    return {cell for cell, _ in ordered[: max(passing, default=0)]}


def test_every_flag_survives_parents_before_children_or_all_children_written_out() -> None:
    counts, y = story(18)
    y[2:5, 1, 44] *= 3
    decision = decide(VOLUME, changed(counts, "offences", y), whole=WHOLE, taxonomy=TAXONOMY)
    parents = TAXONOMY.parents_among(counts["offences"].strands)
    half, flags = METHOD.false_share / 2, 0
    for t, places in product(range(60), (range(16), (16,))):
        month = decision.tests[0].p[:, :, t]
        tested = {
            (a, s): float(month[a, s])
            for a, s in product(places, range(month.shape[1]))
            if not np.isnan(month[a, s])
        }
        among = stepped_up({c: p for c, p in tested.items() if parents[c[1]] >= 0}, half)
        through = stepped_up({c: p for c, p in tested.items() if parents[c[1]] < 0}, half)
        waiting = list(through)
        while waiting:
            area, strand = waiting.pop()
            family = {c: p for c, p in tested.items() if c[0] == area and parents[c[1]] == strand}
            found = stepped_up(family, half)
            through |= found
            waiting += found
        flagged = {c for c in tested if decision.flagged[0][(*c, t)]}
        assert flagged <= among | through
        flags += len(flagged)
    assert flags >= 3


def test_what_is_unlikely_but_small_is_not_flagged() -> None:
    counts, y = story(19)
    y[6, strand("transgender"), 50] = 1 + np.ceil(y[6, strand("transgender"), :50].max())
    strict = replace(VOLUME, materiality=replace(VOLUME.materiality, excess=500, percent=5000))
    assert found_in(changed(counts, "offences", y), strict).findings == ()


def test_persistence_counts_months_flagged_alike_in_the_same_regime() -> None:
    counts, y = story(20, breaks=(30,))
    y[3, strand("race"), 48:51] = 90
    found = found_in(changed(counts, "offences", y), VOLUME).findings
    mine = {f.period.last - FIRST: f.persistence for f in found if f.area == "A03"}
    assert [mine[48 + k] for k in range(3)] == [1, 2, 3]


def test_findings_are_frozen_and_named_for_ever() -> None:
    counts = town(21, spread=0.4)
    one, again = found_in(counts), found_in(counts)
    assert one == again
    assert len({f.id for f in one.findings}) == len(one.findings)
    assert all(re.fullmatch(r"F-[0-9a-f]{10}", f.id) for f in one.findings)
    newer = {n: replace(p, version="d-newer") for n, p in counts.items()}
    assert {f.id for f in found_in(newer).findings}.isdisjoint({f.id for f in one.findings})
    with pytest.raises(FrozenInstanceError):
        one.findings[0].value = 3  # type: ignore[misc]


def test_the_newest_findings_come_first_and_the_most_persistent_of_them() -> None:
    found = found_in(town(22, spread=0.5)).findings
    keys = [(-f.period.last.ordinal, -f.persistence, f.p) for f in found]
    assert len(keys) > 10
    assert keys == sorted(keys)


def test_the_checked_tests_add_up() -> None:
    result = found_in(town(23))
    assert result.checked == sum(result.checked_by_month.values())
    assert 0 not in result.checked_by_month.values()


def test_a_month_this_far_out_on_this_side_comes_twice_as_rarely_as_on_either() -> None:
    counts, y = story(24)
    y[3, 0, 50] = np.round(2 * y[3, 0, 50])
    found = found_in(changed(counts, "offences", y)).findings
    monthly = [f for f in found if f.measure == "recorded_offences"]
    assert monthly
    assert monthly[0].once_in_years == pytest.approx(2 / monthly[0].p / 12)
    assert {f.once_in_years for f in found if f.measure != "recorded_offences"} <= {None}


def test_a_quiet_town_gives_few_findings() -> None:
    flagged = [len(found_in(town(s), VOLUME).findings) for s in range(6)]
    checked = found_in(town(0), VOLUME).checked
    assert np.mean(flagged) < 0.002 * checked


def test_own_units() -> None:
    ten, hundred = np.array([10.0]), np.array([100.0])
    assert in_own_unit(VOLUME, ten, hundred) == [10]
    assert in_own_unit(RATIO, ten, hundred) == [10]
    assert in_own_unit(MEASURES["share_of_whole"], ten, np.array([90.0])) == [10]
    assert in_own_unit(MEASURES["year_on_year"], np.array([150.0]), hundred) == [50]
    assert in_own_unit(MEASURES["offences_per_1000"], ten, np.array([2000.0])) == [5]


# ---- the past, worked out once ------------------------------------------------------------------


@pytest.mark.parametrize("measure", [m for m in ALL if m.over_time is not None], ids=lambda m: m.id)
@pytest.mark.parametrize("seasonal", [METHOD.seasonal, None])
def test_a_decision_on_a_past_that_is_known_is_the_same(measure: Measure, seasonal: object) -> None:
    counts, y = story()
    y[3, strand("antisemitic"), 50] = 40
    counts = changed(counts, "offences", y)
    method = replace(METHOD, seasonal=seasonal)
    known = pasts(measure, counts, seasonal=method.seasonal)
    told = every_test(measure, counts, whole=WHOLE, method=method)
    again = every_test(measure, counts, whole=WHOLE, method=method, known=known)
    for one, other in zip(told, again, strict=True):
        assert np.array_equal(one.p, other.p, equal_nan=True)
        assert np.array_equal(one.expected, other.expected, equal_nan=True)


@pytest.mark.parametrize("measure", [m for m in ALL if m.over_time is not None], ids=lambda m: m.id)
def test_months_asked_for_are_told_as_ever_and_the_others_not_at_all(measure: Measure) -> None:
    counts, y = story()
    y[3, strand("antisemitic"), 50] = 40
    counts = changed(counts, "offences", y)
    some = slice(49, 52)
    known = pasts(measure, counts, seasonal=METHOD.seasonal, months=some)
    told = every_test(measure, counts, whole=WHOLE)[0]
    asked = every_test(measure, counts, whole=WHOLE, known=known)[0]
    assert not np.isnan(told.p[..., some]).all()
    assert np.allclose(asked.p[..., some], told.p[..., some], rtol=1e-9, atol=0, equal_nan=True)
    assert np.array_equal(asked.baseline_months[..., some], told.baseline_months[..., some])
    others = np.ones(y.shape[-1], bool)
    others[some] = False
    assert np.isnan(asked.p[..., others]).all()
    assert not asked.baseline_months[..., others].any()
