"""The Stable Shift Algorithm: a loop that does one series, worked cases; it only suggests."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core.measures import Kind as MeasureKind
from openscrutiny.core.measures import Measure, Refused
from openscrutiny.core.spc import shift
from openscrutiny.core.spc.shift import Kind

CALM = [10.0, 12, 9, 11, 10, 8, 12, 9, 11, 10, 12, 9, 8, 11, 10, 12, 9, 11, 10, 8, 11]
DOWN = CALM[::-1]  # ends below its mean, as a level that falls for good should


# A second way, one series and one point at a time.


class Slowly:
    def __init__(self, kind: Kind, y: list[float], n: list[float]) -> None:
        self.kind, self.y, self.n = kind, y, n
        self.shown = [a / b for a, b in zip(y, n, strict=True)]

    def step(self, z: list[float]) -> float:
        steps = [abs(b - a) for a, b in zip(z, z[1:], strict=False)]
        mean = sum(steps) / len(steps)
        kept = [s for s in steps if s < 3.267 * mean]
        return (sum(kept) / len(kept) if kept and sum(kept) else math.nan) / 1.128

    def unit(self, at: int, left_out: list[int]) -> tuple[float, float]:
        """Centre, and standard deviation at a size of 1."""
        keep = [k for k in range(at, at + 21) if k not in left_out]
        y, n = [self.y[k] for k in keep], [self.n[k] for k in keep]
        centre = sum(y) / sum(n)
        if self.kind is Kind.XMR:
            return centre, self.step(y)
        variance = centre * (1 - centre) if self.kind.proportion else centre
        sd = math.sqrt(variance) if variance > 0 else math.nan
        if self.kind.laney:
            sd *= self.step(
                [(a / b - centre) * math.sqrt(b) / sd for a, b in zip(y, n, strict=True)]
            )
        return centre, sd

    def lines(self, at: int) -> tuple[list[float], list[float], list[float]]:
        left_out: list[int] = []
        for _ in range(3):
            centre, sd = self.unit(at, left_out)
            beyond = {}
            for k in range(at, at + 21):
                low, high = self.cut(centre, sd, self.n[k])
                if math.isnan(sd):
                    far = abs(self.shown[k] - centre)
                else:
                    far = max(self.shown[k] - high, low - self.shown[k])
                if k not in left_out and far > 1e-9 * abs(centre):
                    beyond[k] = far
            worst = max(beyond.values(), default=0.0) - 1e-9 * abs(centre)
            left_out += [k for k, far in beyond.items() if far >= worst]
            left_out = left_out[:3]
        centre, sd = self.unit(at, left_out)
        cut = [self.cut(centre, sd, n) for n in self.n]
        return [centre] * len(self.y), [c[0] for c in cut], [c[1] for c in cut]

    def cut(self, centre: float, sd: float, n: float) -> tuple[float, float]:
        low, high = centre - 3 * sd / math.sqrt(n), centre + 3 * sd / math.sqrt(n)
        if self.kind is Kind.XMR or math.isnan(sd):
            return low, high
        return max(low, 0.0), min(high, 1.0) if self.kind.proportion else high

    def sides(self, centre: float) -> list[int]:
        return [
            0 if abs(v - centre) <= 1e-9 * abs(centre) else (1 if v > centre else -1)
            for v in self.shown
        ]

    def runs(self, sides: list[int], first: int, last: int) -> list[list[int]]:
        found: list[list[int]] = []
        for k in range(first, last):
            if sides[k] == 0:
                continue
            if found and sides[found[-1][-1]] == sides[k]:
                found[-1].append(k)
            else:
                found.append([k])
        return found

    def all_runs(self, starts: list[int], sides: list[int]) -> list[list[int]]:
        edges = [*starts, len(self.y)]
        return [
            run for a, b in zip(edges, edges[1:], strict=False) for run in self.runs(sides, a, b)
        ]

    def periods(self, no_regrets: bool, overhanging: bool) -> list[int]:
        end = len(self.y)
        starts, sides, at = [0], self.sides(self.lines(0)[0][0]), 21
        while at + 21 <= end:
            runs = self.all_runs(starts, sides)
            long = {k for run in runs if len(run) >= 8 for k in run}
            ahead = [run[0] for run in runs if run[0] >= at]
            inside = at in long and min(ahead, default=end) - at >= 8
            # Where a run of eight shows: at its first point, and again after points on the line.
            marks = [
                k
                for k in range(at, end)
                if k in long and (k - 1 not in long or sides[k - 1] * sides[k] == -1)
            ]
            if inside:
                begin, following = at, None
            elif marks:
                begin, following = marks[0], (marks[1:] or [None])[0]
            else:
                break
            if begin + 21 > end:
                break
            trigger = sides[begin]
            new = self.sides(self.lines(begin)[0][0])
            last = end if overhanging else begin + 21
            back = any(
                len(run) >= 8 and new[run[0]] == -trigger and run[0] < begin + 21
                for run in self.runs(new, begin, last)[1:]
            )
            within = [k for k in range(begin, begin + 21) if new[k]]
            doubt = bool(within) and new[within[-1]] == -trigger
            doubt = doubt and trigger not in new[within[-1] :]
            if not back and not (no_regrets and doubt):
                starts.append(begin)
                sides = sides[:begin] + new[begin:]
                at = begin + 21
            elif following is None or all(k in long for k in range(begin, begin + 8)):
                at = begin + 1
            else:
                at = following
        return starts


kinds = st.sampled_from(list(Kind))


@settings(max_examples=60)
@given(kinds, st.integers(0, 2**32 - 1), st.integers(21, 130), st.booleans(), st.booleans())
def test_periods_and_limits_agree_with_a_loop(
    kind: Kind, seed: int, points: int, no_regrets: bool, overhanging: bool
) -> None:
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.choice([0.04, 0.1, 0.2, 0.24], 13), 10)[:points]
    sizes = rng.integers(10, 120, (3, points)) if rng.integers(2) else np.full((3, points), 40)
    y = rng.binomial(sizes, level).astype(float)
    # A series with many points on the centre line, which is 10.
    sizes[2] = 40
    steps = np.repeat(rng.choice([0, 1, -1], 17, p=[0.2, 0.4, 0.4]), 8)[:points]
    y[2] = 10 + rng.choice([0, 0, 1, -1], points) + steps
    y[2, :21] = [9, 11] * 10 + [10]
    n = sizes.astype(float) if kind.proportion else None
    found = shift.suggest(y, n, kind=kind, no_regrets=no_regrets, overhanging=overhanging)
    for k in range(3):
        loop = Slowly(kind, list(y[k]), list(np.ones(points) if n is None else n[k]))
        starts = loop.periods(no_regrets, overhanging)
        assert found.starts[k].nonzero()[0].tolist() == starts
        for first, last in zip(starts, [*starts[1:], points], strict=True):
            lines = loop.lines(first)
            for line, wanted in zip((found.centre, found.low, found.high), lines, strict=True):
                assert line[k, first:last] == pytest.approx(wanted[first:last], nan_ok=True)


# Worked cases.


def higher(values: list[float], by: float) -> list[float]:
    return [v + by for v in values]


def starts_of(values: list[float], **how: bool) -> list[int]:
    return shift.suggest(values, kind=Kind.XMR, **how).starts.nonzero()[0].tolist()


def test_a_level_that_rises_for_good_is_one_suggestion() -> None:
    found = shift.suggest([*CALM, *higher(CALM, 6)], kind=Kind.XMR)
    assert found.starts.nonzero()[0].tolist() == [0, 21]
    assert found.centre[20] == pytest.approx(np.mean(CALM))
    assert found.centre[21] == pytest.approx(np.mean(CALM) + 6)
    step = np.abs(np.diff(CALM)).mean() / 1.128
    assert found.high[0] == pytest.approx(np.mean(CALM) + 3 * step)
    assert found.low[-1] == pytest.approx(np.mean(CALM) + 6 - 3 * step)
    assert found.values.tolist() == [*CALM, *higher(CALM, 6)]
    assert not found.outside.any()
    assert not found.run.any()


def test_seven_above_are_no_shift_and_eight_are() -> None:
    assert shift.RUN == 8
    ordinary = [8.0, 13, 9, 12, 8, 13, 9, 12, 8, 13, 9, 12, 8, 13]
    seven = shift.suggest([*DOWN, *[12.0] * 7, *ordinary], kind=Kind.XMR)
    assert not seven.run.any()
    assert seven.starts.sum() == 1
    eight = shift.suggest([*DOWN, *[12.0] * 8, *ordinary], kind=Kind.XMR)
    assert eight.starts.nonzero()[0].tolist() == [0, 21]
    assert eight.run.nonzero()[0].tolist() == list(range(21, 29))
    assert starts_of([*CALM, *higher(DOWN, -6)]) == [0, 21]


def test_there_must_be_twenty_one_points_from_the_shift_on() -> None:
    rise = higher(CALM, 6)
    assert starts_of([*CALM, *rise[:20]]) == [0]
    assert starts_of([*CALM, *rise]) == [0, 21]
    assert starts_of([*CALM, 10.0, *rise]) == [0, 22]
    short = shift.suggest([*CALM, *rise[:20]], kind=Kind.XMR)
    assert short.run[21:].tolist() == [1] * 20
    assert short.outside[21:].max() == 1


def test_a_level_that_goes_back_is_no_stable_shift() -> None:
    up, down = higher(CALM, 6)[:11], higher(CALM, 0)
    assert starts_of([*CALM, *up, *down[:10], *down]) == [0]


def test_a_last_run_that_looks_back_is_left_until_it_is_clear() -> None:
    """Fifteen high, then six low: with the series ending there, it may yet go back."""
    values = [*CALM, *higher(CALM[:15], 6), *CALM[15:21]]
    assert starts_of(values) == [0]
    assert starts_of(values, no_regrets=False) == [0, 21]
    assert starts_of([*values, 16.0, 17.0]) == [0, 21]
    # What comes after the twenty-one is not their last run.
    assert starts_of([*CALM, *higher(CALM, 6), 9.0]) == [0, 21]


def test_a_run_back_may_overhang_the_twenty_one() -> None:
    values = [*CALM, *higher(CALM[:15], 6), *CALM[:12]]
    assert starts_of(values, no_regrets=False) == [0]
    assert starts_of(values, no_regrets=False, overhanging=False) == [0, 21]


def test_up_to_three_points_outside_set_no_limits() -> None:
    calm = shift.suggest([*CALM, *CALM], kind=Kind.XMR)
    assert calm.starts.sum() == 1
    for wild, centre in (([60.0] * 3, 0), ([60.0] * 4, 1)):
        values = [*CALM[: 21 - len(wild)], *wild]
        found = shift.suggest(values, kind=Kind.XMR)
        rest = [*CALM[: 21 - len(wild)], *[60.0] * centre]
        assert found.centre[0] == pytest.approx(np.mean(rest))
    assert (found.outside != 0).sum() == 4


def test_counts_have_limits_of_counts_and_proportions_of_proportions() -> None:
    counts = [4.0, 6] * 10 + [5.0]
    plain, wide = (shift.suggest(counts, kind=k) for k in (Kind.C, Kind.C_PRIME))
    assert plain.high[0] == pytest.approx(5 + 3 * math.sqrt(5))
    assert plain.low[0] == 0.0
    step = 2 * 19 + 1
    assert wide.high[0] == pytest.approx(5 + 3 * step / 20 / 1.128)
    shares = shift.suggest([*counts[:20], 20.0], [20.0] * 20 + [80.0], kind=Kind.P)
    centre = 120 / 480
    assert shares.centre[0] == pytest.approx(centre)
    assert shares.high[0] == pytest.approx(centre + 3 * math.sqrt(centre * (1 - centre) / 20))
    assert shares.low[0] == 0.0
    assert shares.low[-1] == pytest.approx(centre - 3 * math.sqrt(centre * (1 - centre) / 80))
    assert shares.values[0] == 0.2
    most = shift.suggest([18.0, 19] * 10 + [18], [20.0] * 21, kind=Kind.P)
    assert most.high[0] == 1.0
    assert [k.proportion for k in Kind] == [False, False, True, True, False]
    assert [k.laney for k in Kind] == [False, True, False, True, False]


def test_what_does_not_vary_has_no_limits_and_may_still_shift() -> None:
    found = shift.suggest([0.0] * 30 + [4.0] * 30, kind=Kind.C)
    assert found.starts.nonzero()[0].tolist() == [0, 30]
    assert np.isnan(found.high[:30]).all()
    assert np.isfinite(found.high[30:]).all()
    assert not found.outside.any()
    for kind in (Kind.C, Kind.C_PRIME, Kind.XMR):
        steady = shift.suggest(np.full((2, 50), 0.1), kind=kind)
        assert steady.starts.sum() == 2
        assert not steady.outside.any()
        assert not steady.run.any()


def test_a_point_on_a_limit_is_not_outside() -> None:
    never = shift.suggest([0.0, 3, 1, 2] * 6, kind=Kind.C)
    assert never.low[0] == 0.0
    assert not never.outside.any()
    always = shift.suggest([19.0, 20] * 12, [20.0] * 24, kind=Kind.P)
    assert always.high[0] == 1.0
    assert not always.outside.any()


# What is said, and what is refused.


def test_each_suggestion_has_a_sentence_and_leaves_the_decision_to_a_person() -> None:
    values = np.array([[*CALM, *CALM], [*CALM, *higher(CALM, 6)], [*CALM, *higher(DOWN, -6.25)]])
    told = shift.proposals(shift.suggest(values, kind=Kind.XMR))
    assert [(p.series, p.start) for p in told] == [((1,), 21), ((2,), 21)]
    assert told[0].why == (
        "From point 22 the level seems higher: at least 8 in a row lie on one side of the centre "
        "line of 10.1, and the 21 from there, around 16.1, do not go back. This is a suggestion: "
        "limits begin afresh only if a person who knows what changed decides so."
    )
    assert told[1].why.startswith("From point 22 the level seems lower: ")
    large = shift.suggest(1000 * values[1], kind=Kind.XMR)
    months = [f"month {k}" for k in range(42)]
    (one,) = shift.proposals(large, months)
    assert one.series == ()
    assert one.why.startswith("From month 21 the level seems higher")
    assert "the centre line of 10,143, and the 21 from there, around 16,143, do" in one.why
    hundred = shift.proposals(shift.suggest(values[1] * 100 / values[1, :21].mean(), kind=Kind.XMR))
    assert "line of 100, and" in hundred[0].why


def test_suggesting_changes_nothing_of_the_figures() -> None:
    values = np.array([*CALM, *higher(CALM, 6)])
    before = values.copy()
    shift.suggest(values, kind=Kind.XMR)
    assert (values == before).all()


def test_fewer_than_twenty_one_points_are_refused() -> None:
    assert shift.PERIOD == 21
    assert shift.suggest(CALM, kind=Kind.C).starts.tolist() == [True] + [False] * 20
    with pytest.raises(Refused, match=r"^A shift can .* in 21 points or more; .* has 20\. Show"):
        shift.suggest(CALM[:20], kind=Kind.C)


def ratio() -> Measure:
    refuse = SimpleNamespace(kind=MeasureKind.RATIO, label="Outcomes")
    refuse.refuse_binomial = lambda: Measure.refuse_binomial(refuse)  # type: ignore[arg-type]
    return refuse  # type: ignore[return-value]


def test_figures_that_do_not_fit_the_kind_are_refused() -> None:
    whole = [30.0] * 21
    for kind in (Kind.P, Kind.P_PRIME):
        with pytest.raises(Refused, match="Outcomes is a ratio of two counts"):
            shift.suggest(CALM, whole, kind=kind, measure=ratio())
        with pytest.raises(Refused, match=r"^Proportions need denominators, .* fits the figures"):
            shift.suggest(CALM, kind=kind)
        with pytest.raises(Refused, match="^A part cannot be greater than its whole, so these"):
            shift.suggest([31.0, *CALM[1:]], whole, kind=kind)
        assert shift.suggest([30.0, *CALM[1:]], whole, kind=kind).values[0] == 1
        with pytest.raises(Refused, match=r"^A proportion of fewer than 10 says .* Take quarters"):
            shift.suggest([9.0, *CALM[1:]], [9.0, *whole[1:]], kind=kind)
        assert shift.suggest([9.0, *CALM[1:]], [10.0, *whole[1:]], kind=kind).values[0] == 0.9
    for kind in (Kind.C, Kind.C_PRIME, Kind.XMR):
        with pytest.raises(Refused, match="^Proportions need denominators"):
            shift.suggest(CALM, whole, kind=kind)
        assert shift.suggest(CALM, kind=kind, measure=ratio()).starts[0]
    for kind in (Kind.C, Kind.C_PRIME):
        with pytest.raises(Refused, match=r"^Counts cannot be negative\. Correct the figures"):
            shift.suggest([-1.0, *CALM], kind=kind)
    assert shift.suggest([0.0, *CALM], kind=Kind.C).values[0] == 0
    assert shift.suggest([-1.0, *CALM], kind=Kind.XMR).values[0] == -1
    for wrong in (np.nan, np.inf):
        with pytest.raises(Refused, match="missing or infinite"):
            shift.suggest([wrong, *CALM], kind=Kind.XMR)


# Laws.


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-9, 0.25, 3.0, 1e9]))
def test_scaled_or_upside_down_the_periods_are_the_same(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(0, 1, (2, 90)) + np.repeat(rng.choice([0, 1.5, 3], (2, 9)), 10, axis=1)
    one = shift.suggest(y, kind=Kind.XMR)
    for other in (shift.suggest(scale * y, kind=Kind.XMR), shift.suggest(-y, kind=Kind.XMR)):
        assert (other.starts == one.starts).all()
    assert (shift.suggest(-y, kind=Kind.XMR).run == -one.run).all()
    assert shift.suggest(y[0], kind=Kind.XMR).centre == pytest.approx(one.centre[0])


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(42, 89))
def test_what_was_suggested_is_still_suggested_when_points_are_added(seed: int, until: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.poisson(20 * np.repeat(rng.choice([1, 1.4, 0.7], 9), 10)).astype(float)
    early, late = (shift.suggest(v, kind=Kind.C_PRIME).starts for v in (y[:until], y))
    before = early.nonzero()[0].tolist()
    assert late.nonzero()[0].tolist()[: len(before)] == before
