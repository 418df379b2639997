"""Control charts give what NHSRplotthedots, qicharts2 and autospc give, point by point."""

from typing import Any

import numpy as np
import pytest

from openscrutiny.core import spc
from openscrutiny.core.measures import Polarity
from openscrutiny.core.spc import Rule, Variation, chart, nhs, rebased, runs, shewhart, shift
from tests.reference.published import results

pytestmark = pytest.mark.reference

Case = dict[str, Any]

NAMES = {
    "Common Cause": (Rule.NONE, 0),
    "Above UCL": (Rule.OUTSIDE, 1),
    "Below LCL": (Rule.OUTSIDE, -1),
    "7 Point Trend (Increasing)": (Rule.TREND, 1),
    "7 Point Trend (Decreasing)": (Rule.TREND, -1),
    "2 in 3 Above CL": (Rule.TWO_IN_THREE, 1),
    "2 in 3 Below CL": (Rule.TWO_IN_THREE, -1),
    "7 Points Above CL": (Rule.ONE_SIDE, 1),
    "7 Points Below CL": (Rule.ONE_SIDE, -1),
}
ICONS = {
    "common_cause": Variation.COMMON,
    "special_cause_improvement": Variation.IMPROVING,
    "special_cause_concern": Variation.CONCERNING,
    "special_cause_neutral_high": Variation.HIGHER,
    "special_cause_neutral_low": Variation.LOWER,
}
POLARITIES = {1: Polarity.HIGHER_GOOD, -1: Polarity.LOWER_GOOD, 0: Polarity.AMBIGUOUS}


def numbers(values: list[float | None]) -> np.ndarray:
    return np.array(values, float)


def drawn(case: Case) -> spc.Chart:
    how, y = case["args"], numbers(case["y"])
    if how["rebase_at_index1"] is not None:
        return rebased(y, [how["rebase_at_index1"] - 1], screen=how["screen_outliers"], least=1)
    fixed = how["fix_after_n_points"]
    return chart(y, screen=how["screen_outliers"], fixed_points=fixed, least=1)


def test_every_flag_and_limit_is_theirs() -> None:
    cases = results("nhs_making_data_count.json")["cases"]
    compared = 0
    for case in cases:
        ours, wanted = drawn(case), case["expected"]
        found = [(Rule(r), int(s)) for r, s in zip(ours.rule, ours.side, strict=True)]
        assert found == [NAMES[name] for name in wanted["special_cause_type"]], case["id"]
        for mine, theirs in (("low", "lpl"), ("high", "upl"), ("centre", "mean")):
            limits = numbers(wanted[theirs])
            assert getattr(ours, mine) == pytest.approx(limits, rel=1e-12, abs=0, nan_ok=True), (
                case["id"]
            )
        compared += 1
    assert compared == len(cases) >= 192


def test_every_icon_is_theirs() -> None:
    met = set()
    cases = results("nhs_making_data_count.json")["cases"]
    assert len(cases) >= 192
    for case in cases:
        polarity = POLARITIES[case["args"]["improvement_direction"]]
        icons = [Variation(v) for v in spc.variation(drawn(case), polarity)]
        assert icons == [ICONS[name] for name in case["expected"]["point_type"]], case["id"]
        met |= set(icons)
    assert met == set(Variation)


def test_the_building_stones_of_the_rules_are_theirs() -> None:
    """Theirs mark the seventh point of a run, then all seven; and three in a row, near or not."""
    stones = results("nhs_making_data_count.json")["primitives"]
    for stone in stones:
        given, wanted = np.array(stone["v"], np.int8), np.array(stone["out"])
        if stone["fn"] == "seven_point_one_side_mean":
            ours = nhs._part_of_run(given, 7)
            seventh = [ours[max(i - 6, 0) : i + 1].sum() == 7 for i in range(len(given))]
            assert seventh == (wanted != 0).tolist()
        elif stone["fn"] == "seven_point_trend":
            ours = nhs._part_of_run(np.sign(np.diff(given)), 6, points_more=1)
            assert ours.nonzero()[0].max(initial=-1) == wanted.nonzero()[0].max(initial=-1)
            assert ours.any() == wanted.any()
        elif stone["fn"] == "part_of_seven_trend":
            end = int(given.nonzero()[0][0])
            falling = np.zeros(len(given) - 1, np.int8)
            falling[end - 6 : end] = -1
            ours = nhs._part_of_run(falling, 6, points_more=1)
            assert ours.nonzero()[0].tolist() == wanted.nonzero()[0].tolist()
        else:
            ours = nhs._part_of_two_in_three(given != 0, np.array(stone["rtm"], np.int8))
            assert ours.tolist() == ((wanted != 0) & (given != 0)).tolist()
    assert len(stones) == 6


def test_one_outlier_among_zeros_makes_them_flag_every_zero_and_the_plain_chart_none() -> None:
    """A known fault of theirs, kept in the NHS chart: the ranges left after screening are all 0."""
    case = next(
        c for c in results("nhs_making_data_count.json")["cases"] if c["id"] == "ae_RJ1_2_breaches"
    )
    assert "Common Cause" not in case["expected"]["special_cause_type"]
    assert (drawn(case).rule == Rule.OUTSIDE).all()
    plain = shewhart.i(case["y"])
    assert np.isnan(plain.high).all()
    assert not plain.outside.any()


# qicharts2


def limits(case: Case, first: int, last: int) -> shewhart.Limits:
    """Our chart of a stretch of one of their cases, as their arguments ask for it."""
    kind, how, theirs = case["chart"], case["args"], case["expected"]
    count = numbers(theirs["y.sum"])[first:last]
    size = numbers(theirs["n"])[first:last]
    per = how.get("multiply", 1)
    base = shewhart.Baseline(
        points=how.get("freeze"),
        without=tuple(e - 1 - first for e in how.get("exclude", []) if first < e <= last),
        screened=how["screenedmr"],
        least=1,
    )
    if kind in ("p", "pp"):
        return shewhart.p(count, size, laney=kind == "pp", baseline=base, per=per)
    if kind in ("u", "up"):
        return shewhart.u(count, size, laney=kind == "up", baseline=base, per=per)
    if kind == "ip":
        return shewhart.ip(count / size, size, baseline=base, per=per)
    if kind in ("xbar", "s"):
        members = numbers(case["input"]["obs"]).reshape(len(count), -1)
        return getattr(shewhart, kind)(members, baseline=base)  # type: ignore[no-any-return]
    return getattr(shewhart, kind)(count, baseline=base)  # type: ignore[no-any-return]


def stretches(case: Case) -> list[tuple[int, int]]:
    points, part = len(case["expected"]["y"]), case["args"].get("part")
    return [(0, points)] if part is None else [(0, part), (part, points)]


def charts_of_theirs() -> list[Case]:
    return [c for c in results("qicharts2_charts.json")["cases"] if c["chart"] != "run"]


def test_every_shewhart_chart_is_theirs_with_screened_ranges_and_without() -> None:
    cases = charts_of_theirs()
    compared = 0
    kinds = {"i", "mr", "ip", "p", "pp", "u", "up", "c", "t", "xbar", "s"}
    assert {c["chart"] for c in cases} >= kinds
    assert {c["args"]["screenedmr"] for c in cases} == {True, False}
    for case in cases:
        theirs = case["expected"]
        ours = [limits(case, *stretch) for stretch in stretches(case)]
        for mine, name in (("values", "y"), ("centre", "cl"), ("low", "lcl"), ("high", "ucl")):
            line = np.concatenate([getattr(part, mine) for part in ours])
            wanted = numbers(theirs[name])
            assert line == pytest.approx(wanted, rel=1e-9, abs=0, nan_ok=True), (case["id"], mine)
        outside = np.concatenate([part.outside for part in ours]) != 0
        assert outside.tolist() == [bool(s) for s in theirs["sigma.signal"]], case["id"]
        compared += 1
    assert compared == len(cases) >= 215


def test_the_middle_of_every_run_chart_is_theirs() -> None:
    """With the charts of the test before these are all of theirs."""
    cases = [c for c in results("qicharts2_charts.json")["cases"] if c["chart"] == "run"]
    for case in cases:
        values, theirs = numbers(case["expected"]["y"]), numbers(case["expected"]["cl"])
        values[[e - 1 for e in case["args"].get("exclude", [])]] = np.nan
        first = case["args"].get("freeze", len(values))
        for begin, end in stretches(case):
            middle = np.nanmedian(values[begin : min(end, first)])
            ours = runs.anhoej(values[begin : min(end, first)]).centre
            assert ours == pytest.approx(middle, rel=1e-9, abs=0), case["id"]
            assert theirs[begin:end] == pytest.approx(middle, rel=1e-9, abs=0), case["id"]
    assert len(cases) + len(charts_of_theirs()) >= 251
    assert len(cases) >= 36


def test_the_runs_of_every_chart_are_theirs() -> None:
    cases = results("qicharts2_charts.json")["cases"]
    assert len(cases) >= 251
    for case in cases:
        theirs = case["expected"]
        values, line = numbers(theirs["y"]), numbers(theirs["cl"])
        values[[e - 1 for e in case["args"].get("exclude", [])]] = np.nan
        for first, last in stretches(case):
            found = runs.anhoej(values[first:last], line[first:last])
            assert (found.useful, found.longest, found.longest_usual) == (
                theirs["n.useful"][first],
                theirs["longest.run"][first],
                theirs["longest.run.max"][first],
            ), case["id"]
            assert found.crossings == theirs["n.crossings"][first], case["id"]
            assert found.fewest_usual == theirs["n.crossings.min"][first], case["id"]
            assert found.unusual == theirs["runs.signal"][first], case["id"]


def test_their_limits_depend_on_how_the_package_is_called() -> None:
    """A known trap of theirs: attached, ranges are screened; called by ``::``, they are not.

    The limits of the charts that use ranges then differ; ours say which is meant.
    """
    cases = {c["id"]: c for c in charts_of_theirs()}
    changed = {}
    for name, attached in cases.items():
        called = cases.get(f"{name}_noscreen")
        if called is not None and attached["chart"] in ("i", "ip", "up", "pp", "t"):
            reach = [
                numbers(c["expected"]["ucl"])[0] - numbers(c["expected"]["cl"])[0]
                for c in (attached, called)
            ]
            changed[name] = reach[1] / reach[0]
    assert min(changed.values()) == pytest.approx(1)
    assert max(changed.values()) > 1.15
    name = max(changed, key=lambda n: changed[n])
    every = stretches(cases[name])[0]
    screened, whole = limits(cases[name], *every), limits(cases[f"{name}_noscreen"], *every)
    ours = (whole.high - whole.centre) / (screened.high - screened.centre)
    assert ours[0] == pytest.approx(changed[name], rel=1e-9)


def test_every_run_sequence_and_every_usual_run_is_theirs() -> None:
    reference = results("qicharts2_charts.json")
    table = reference["run_rule_limits"]
    longest, fewest = runs.usual_runs(table["n"])
    assert len(table["n"]) == 91
    assert longest.tolist() == table["longest_max"]
    assert fewest.tolist() == table["crossings_min"]
    assert len(reference["run_rule_sequences"]) >= 120
    for case in reference["run_rule_sequences"]:
        found = runs.anhoej(case["y"])
        assert found.centre[0] == pytest.approx(case["median"], rel=1e-12)
        assert found.useful == case["n.useful"]
        assert found.longest == case["longest.run"]
        assert found.crossings == case["n.crossings"]
        assert found.unusual == case["anhoej"]


# autospc


def test_every_suggested_period_and_its_limits_are_theirs() -> None:
    cases = results("autospc_stable_shift.json")["cases"]
    compared = 0
    kinds = {kind.value.upper(): kind for kind in shift.Kind}
    assert {c["chart"] for c in cases} == set(kinds)
    for case in cases:
        kind, how = kinds[case["chart"]], case["args"] or {}
        found = shift.suggest(
            case["y"],
            case["n"],
            kind=kind,
            no_regrets=how.get("no_regrets", True),
            overhanging=how.get("overhanging_reversions", True),
        )
        starts = np.atleast_1d(case["calc_period_starts"]) - 1
        assert found.starts.nonzero()[0].tolist() == starts.tolist(), case["id"]
        per = 100 if kind.proportion else 1
        for mine, name in (("centre", "cl"), ("low", "lcl"), ("high", "ucl")):
            line = per * getattr(found, mine)
            assert line == pytest.approx(numbers(case[name]), rel=1e-9, abs=0), case["id"]
        assert (found.outside != 0).tolist() == [bool(r) for r in case["rule1"]], case["id"]
        assert (found.run != 0).tolist() == [bool(r) for r in case["rule2"]], case["id"]
        assert len(shift.proposals(found)) == len(starts) - 1
        compared += 1
    assert compared == len(cases) >= 32
