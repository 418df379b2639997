"""The policy of a release, the figures it prints, and what readers know from each of them."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from openscrutiny.core.disclosure import (
    FINANCIAL_YEARS,
    MONTHS,
    POLICY,
    QUARTERS,
    ROLLING_YEARS,
    Cells,
    Figure,
    Policy,
    Statement,
    Window,
    between,
    bounds,
    inside,
    nesting,
    rate,
    ratio,
    system,
    through,
    weighted,
)
from openscrutiny.core.disclosure.figures import printed
from openscrutiny.core.disclosure.system import System, holds, narrowed, solve
from openscrutiny.core.measures import Refused
from openscrutiny.core.months import Month
from openscrutiny.core.panel import Coverage
from tests.core.small_counts import START, counts_of, enumerated, month, months

INF = np.inf
ONE = Figure.of("A00", "all", month(0))
TWO = Figure.of("A01", "all", month(0))


# ---- policy -----------------------------------------------------------------------------------


def test_one_to_four_are_withheld_unless_the_forum_says_otherwise() -> None:
    assert Policy(least_shown=5, tiny=(), rounding=None) == POLICY
    assert list(POLICY.sensitive("all", [0, 1, 4, 5])) == [False, True, True, False]
    assert list(Policy(3).sensitive("all", [0, 1, 2, 3])) == [False, True, True, False]


def test_a_nought_is_sensitive_in_a_tiny_group() -> None:
    policy = Policy(tiny=("transgender", "roma"))
    assert policy.tiny == ("roma", "transgender")
    assert list(policy.sensitive("transgender", [0, 4, 5])) == [True, True, False]
    assert list(policy.sensitive("all", [0, 4, 5])) == [False, True, False]


def test_exposed_is_a_single_number_or_a_range_within_the_small_ones() -> None:
    low = [0, 0, 1, 1, 4, 3, 0, 5, 6]
    high = [0, 1, 4, 5, 5, 3, np.inf, 6, 6]
    wanted = [True, False, True, False, False, True, False, False, True]
    assert list(POLICY.exposed("all", low, high)) == wanted


def test_in_a_tiny_group_only_a_number_large_enough_protects() -> None:
    policy = Policy(tiny=("all",))
    assert list(policy.exposed("all", [0, 0, 5, 2], [4, 5, 5, np.inf])) == [
        True,
        False,
        True,
        False,
    ]
    assert list(policy.protects("all", [0, 4, 5])) == [False, False, True]
    assert list(POLICY.protects("all", [0, 1, 4, 5])) == [True, False, False, True]


def test_rounded_figures_are_shown_as_the_nearest_multiple_and_stand_for_a_range() -> None:
    policy = Policy(rounding=5)
    assert [policy.shown(v) for v in (0, 2, 3, 7, 8)] == [0, 0, 5, 5, 10]
    assert [policy.shown_range(v) for v in (0, 3, 8)] == [(0, 2), (3, 7), (8, 12)]
    even = Policy(rounding=4)
    assert [even.shown(v) for v in (1, 2, 5, 6)] == [0, 4, 4, 8]
    assert [even.shown_range(v) for v in (1, 2, 6)] == [(0, 1), (2, 5), (6, 9)]
    assert Policy(rounding=3).shown(4) == 3  # a third of a step above 3
    assert POLICY.shown(3) == 3
    assert POLICY.shown_range(3) == (3, 3)


@given(st.integers(2, 1000), st.integers(0, 10**9))
def test_a_rounded_count_lies_in_the_range_its_number_stands_for(base: int, value: int) -> None:
    policy = Policy(rounding=base)
    low, high = policy.shown_range(value)
    assert low <= value <= high
    assert {policy.shown(low), policy.shown(high)} == {policy.shown(value)}
    assert policy.shown(high + 1) == policy.shown(value) + base


@pytest.mark.parametrize("least", [1, 0, -3, 1001, 2.5, True])
def test_a_policy_that_withholds_nothing_or_everything_is_refused(least: Any) -> None:
    with pytest.raises(
        Refused,
        match="^The least count .* from 2 to 1000, such as 5, which withholds 1 to 4.$",
    ):
        Policy(least)


@pytest.mark.parametrize("base", [1, 0, -5, 1001, 2.5, True])
def test_rounding_to_nothing_is_refused(base: Any) -> None:
    wanted = "^Figures cannot .* number from 2 to 1000, such as 5, or None to publish them as they"
    with pytest.raises(Refused, match=f"{wanted} are.$"):
        Policy(rounding=base)


def test_the_ends_of_what_a_policy_may_be() -> None:
    assert Policy(2, rounding=2).least_shown == 2
    assert Policy(1000, rounding=1000).rounding == 1000


def test_a_policy_is_plain_data() -> None:
    policy = Policy(7, ("a", "b"), 3)
    assert policy.to_dict() == {"least_shown": 7, "tiny": ["a", "b"], "rounding": 3}
    assert Policy.from_dict(policy.to_dict()) == policy


# ---- figures ----------------------------------------------------------------------------------


def test_a_figure_is_the_same_in_whatever_order_its_areas_are_named() -> None:
    assert Figure(("B", "A"), "all", months(0, 1)) == Figure(("A", "B"), "all", months(0, 1))
    assert Figure.of("A", "all", START).period == months(0, 0)


def test_a_figure_in_words() -> None:
    assert Figure.of("A", "race", Month.of(2024, 3)).words == "A, race, March 2024"
    many = Figure(("A", "C", "B"), "race", months(0, 11))
    assert many.words == "3 areas together (A to C), race, January 2015 to December 2015"


@pytest.mark.parametrize("areas", [(), ("A", "A")])
def test_a_figure_without_areas_or_with_one_twice_is_refused(areas: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="A figure needs areas, each named once"):
        Figure(areas, "all", months(0, 0))


def test_windows_end_when_they_say() -> None:
    year = Month.of(2024, 1).through(Month.of(2024, 12))
    assert [m.number for m in year if MONTHS.ends_in(m)] == list(range(1, 13))
    assert [m.number for m in year if QUARTERS.ends_in(m)] == [3, 6, 9, 12]
    assert [m.number for m in year if ROLLING_YEARS.ends_in(m)] == list(range(1, 13))
    assert [m.number for m in year if FINANCIAL_YEARS.ends_in(m)] == [3]
    assert [m.number for m in year if Window(12, 12).ends_in(m)] == [12]
    assert (QUARTERS.width, ROLLING_YEARS.width, FINANCIAL_YEARS.width) == (3, 12, 12)


@pytest.mark.parametrize("bad", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 13)])
def test_a_window_of_nothing_is_refused(bad: tuple[int, int, int]) -> None:
    with pytest.raises(Refused, match=f"^A window of {bad[0]} months every {bad[1]} months that"):
        Window(*bad)
    assert Window(1, 1, 1).ends == 1


def test_cells_are_numbered_as_the_flattened_panel() -> None:
    counts = counts_of(np.arange(24).reshape(2, 3, 4))
    cells = Cells(counts.areas, counts.strands, counts.period)
    flat = counts.values.ravel()
    assert cells.size == 24
    for a, s, m in np.ndindex(2, 3, 4):
        figure = Figure.of(counts.areas[a], counts.strands[s], counts.months[m])
        assert list(flat[cells.numbers(figure)]) == [counts.values[a, s, m]]
    both = Figure(counts.areas, counts.strands[1], months(1, 2))
    assert sorted(flat[cells.numbers(both)]) == [5, 6, 17, 18]
    row = cells.matrix([((both, 2), (both, -2)), ((both, 3),), ()])
    assert list(row @ flat.astype(int)) == [0, 138, 0]
    assert list(np.diff(row.indptr)) == [0, 4, 0]


def test_cells_under_figures_are_no_more_than_needed() -> None:
    cells = Cells.under([Figure(("B",), "x", months(2, 3)), Figure(("A",), "w", months(5, 5))])
    assert (cells.areas, cells.strands, cells.months) == (("A", "B"), ("w", "x"), months(2, 5))
    with pytest.raises(Refused, match="^There is no figure here: name at least one"):
        Cells.under([])


@pytest.mark.parametrize(
    "figure",
    [
        Figure.of("Z", "all", START),
        Figure.of("A00", "other", START),
        Figure.of("A00", "all", month(-1)),
        Figure(("A00",), "all", months(1, 2)),
    ],
)
def test_a_figure_outside_the_counts_is_refused(figure: Figure) -> None:
    cells = Cells(("A00",), ("all",), months(0, 1))
    with pytest.raises(Refused, match="this lies outside the counts given.*ever published"):
        cells.numbers(figure)


def test_what_is_printed_are_areas_groups_and_windows() -> None:
    counts = counts_of([[1, 2, 3], [4, 5, 6]])
    found = printed(counts, {"both": counts.areas}, (MONTHS, Window(2)))
    pairs = found.panels[Window(2)]
    assert pairs.areas == ("A00", "A01", "both")
    assert pairs.values[:, 0, 1:].tolist() == [[3, 5], [9, 11], [12, 16]]
    assert np.isnan(pairs.values[:, 0, 0]).all()
    assert len(found.values) == 9 + 6
    assert found.values[Figure(counts.areas, "all", months(1, 2))] == 16
    assert found.figure(Window(2), "both", "all", month(2)) == Figure(
        counts.areas, "all", months(1, 2)
    )


def test_windows_that_do_not_end_in_a_month_print_nothing_there() -> None:
    found = printed(counts_of([[1, 2, 3, 4, 5, 6, 7]]), {}, (QUARTERS,))
    panel = found.panels[QUARTERS]
    assert [int(v) for v in panel.values[0, 0, [2, 5]]] == [6, 15]
    assert list(np.flatnonzero(panel.coverage[0, 0])) == [2, 5]
    assert len(found.values) == 2


@pytest.mark.parametrize("bad", [-1.0, 0.5, 1e9 + 1, np.inf])
def test_what_is_no_count_is_refused(bad: float) -> None:
    with pytest.raises(
        Refused,
        match="^offences: these are no counts. .* rates, shares and estimates are .* released.$",
    ):
        printed(counts_of([[3.0, bad]]), {}, (MONTHS,))


def test_the_largest_count_and_none_at_all() -> None:
    assert list(printed(counts_of([[1e9]]), {}, (MONTHS,)).values.values()) == [10**9]
    assert not printed(counts_of([[np.nan, np.nan]]), {}, (MONTHS,)).values


def test_no_window_and_no_area_are_refused() -> None:
    with pytest.raises(Refused, match="^There is nothing to publish: give areas, strands"):
        printed(counts_of([[3]]), {}, ())
    with pytest.raises(Refused, match="nothing to publish"):
        printed(counts_of([[3]]).select(areas=[]), {}, (MONTHS,))


@pytest.mark.parametrize(("name", "areas"), [("A00", ("A00",)), ("east", ("Z",)), ("east", ())])
def test_a_group_that_is_none_is_refused(name: str, areas: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match=f"^“{name}” is no group of these areas.*unknown are"):
        printed(counts_of([[3]]), {name: areas}, (MONTHS,))


# ---- statements -------------------------------------------------------------------------------


def test_a_rate_of_a_known_population_says_between_what_its_count_lies() -> None:
    said = rate(ONE, "12.3", decimals=1, population=25_000, per=100_000)
    counts = [n for n in range(20) if abs(n / 25_000 * 100_000 - 12.3) <= 0.05]
    assert counts == []  # no whole count gives that rate: so this was no count of 25 000 people
    with pytest.raises(Refused, match="contradicts itself"):
        bounds([said], [ONE])
    low, high = bounds([rate(ONE, "12.0", decimals=1, population=25_000, per=100_000)], [ONE])
    assert (low[0], high[0]) == (3, 3)
    wide = rate(ONE, 12, decimals=0, population=250_000, per=100_000)
    assert [f.tolist() for f in bounds([wide], [ONE])] == [[29], [31]]


@pytest.mark.parametrize("people", [0, -3])
def test_a_rate_of_nobody_is_refused(people: int) -> None:
    with pytest.raises(Refused, match="^A rate needs a population above nought"):
        rate(ONE, 1, decimals=0, population=people, per=1)
    assert rate(ONE, 2, decimals=0, population="0.5", per=1).holds(1)


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 2), st.sampled_from([0, 100]))
def test_a_share_and_a_change_say_exactly_which_counts_would_be_shown_so(
    top: int, bottom: int, decimals: int, less: int
) -> None:
    exact = Fraction(100 * top, bottom) - less
    shown = f"{round(float(exact), decimals):.{decimals}f}"
    said = ratio(ONE, TWO, shown, decimals=decimals, less=less)
    half = Fraction(1, 2 * 10**decimals)
    for x, y in [(top, bottom), (top + 1, bottom), (top, bottom + 1), (3, 7), (1, 1)]:
        fits = abs(Fraction(100 * x, y) - less - Fraction(shown)) <= half
        values = {ONE: x, TWO: y}
        agreed = all(s.holds(sum(w * values[f] for f, w in s.terms)) for s in said)
        assert agreed is fits
    assert said[0].high is None
    assert said[1].low is None


def test_a_share_is_of_a_hundred_and_in_lowest_terms() -> None:
    low, high = ratio(ONE, TWO, 50, decimals=0)
    assert low == Statement(((ONE, 200), (TWO, -99)), 0, None)
    assert high == Statement(((ONE, 200), (TWO, -101)), None, 0)


def test_an_expected_number_weighs_the_counts() -> None:
    said = weighted([(ONE, Fraction(1, 3)), (TWO, Fraction(2, 3))], "4.0", decimals=1)
    # 3.95 to 4.05 of thirds: 11.85 to 12.15.
    assert said == Statement(((ONE, 1), (TWO, 2)), 12, 12)
    even = weighted([(ONE, Fraction(2)), (TWO, Fraction(4))], 7, decimals=0)
    assert even == Statement(((ONE, 1), (TWO, 2)), 4, 3)


def test_a_number_worked_out_from_a_count_by_a_rising_function_is_turned_back() -> None:
    expected = 4.0

    def score(count: int) -> float:
        return (np.sqrt(count / expected) - 1) * 2 * np.sqrt(expected)

    assert through(ONE, -0.54, decimals=2, of=score) == between(ONE, 3, 3)
    assert through(ONE, 0.0, decimals=0, of=score) == between(ONE, 4, 5)
    assert through(ONE, 1.0, decimals=0, of=lambda n: min(n, 1), most=50) == between(ONE, 1, None)
    assert through(ONE, 3, decimals=0, of=float, most=3) == between(ONE, 3, None)
    with pytest.raises(Refused, match="^No count from 0 to 9 is shown as 50.0: look at"):
        through(ONE, 50.0, decimals=1, of=float, most=9)
    with pytest.raises(Refused, match="No count"):
        through(ONE, 2.4, decimals=1, of=float)


@pytest.mark.parametrize("bad", ["n/a", float("nan"), float("inf"), ""])
def test_what_is_no_number_is_refused(bad: Any) -> None:
    with pytest.raises(Refused, match="is not a number a page could show"):
        rate(ONE, bad, decimals=0, population=10, per=1)


def test_a_weight_too_large_to_be_exact_is_refused() -> None:
    assert Statement(((ONE, 10**9),), 0, None).low == 0
    with pytest.raises(Refused, match="^This figure cannot be held against the counts exactly"):
        Statement(((ONE, -(10**9) - 1),), 0, None)


@pytest.mark.parametrize(
    ("low", "high", "held"), [(3, 5, [3, 4, 5]), (None, 4, [2, 3, 4]), (5, None, [5, 6])]
)
def test_a_statement_holds_between_its_ends(low: Any, high: Any, held: list[int]) -> None:
    assert [v for v in range(2, 7) if between(ONE, low, high).holds(v)] == held


def test_children_are_at_most_their_parent_wherever_both_were_collected() -> None:
    values = np.array([[[9, 9], [4, np.nan], [3, 3]]], float)
    counts = counts_of(values, strands=["all", "race", "faith"])
    parents = {"race": "all", "faith": "all", "other": "all", "all": "none"}
    found = nesting(counts, parents)

    def at(strand: str, number: int) -> Figure:
        return Figure.of("A00", strand, month(number))

    assert set(found) == {
        inside(at("race", 0), at("all", 0)),
        inside(at("faith", 0), at("all", 0)),
        inside(at("faith", 1), at("all", 1)),
    }
    assert inside(at("race", 0), at("all", 0)) == Statement(
        ((at("all", 0), 1), (at("race", 0), -1)), 0, None
    )
    more = set(nesting(counts, parents, ["all"])) - set(found)
    assert more == {
        Statement(((at("race", 0), 1), (at("faith", 0), 1), (at("all", 0), -1)), 0, None),
        Statement(((at("faith", 1), 1), (at("all", 1), -1)), 0, None),
    }


def test_two_decimals_leave_a_hundredth_of_room() -> None:
    assert rate(ONE, "0.50", decimals=2, population=1000, per=1) == between(ONE, 495, 505)
    low, _ = ratio(ONE, TWO, "0.50", decimals=2, per=1)
    assert low == Statement(((ONE, 200), (TWO, -99)), 0, None)
    tens = through(ONE, 7.0, decimals=1, of=lambda n: n / 20)
    assert tens == between(ONE, 139, 141)
    assert through(ONE, 0.0, decimals=0, of=float) == between(ONE, 0, 0)


# ---- the audit against enumeration ------------------------------------------------------------


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[Statement], list[Figure]]:
    """A small true table and statements about it, of every kind."""
    areas, length = draw(st.sampled_from([(2, 2), (2, 3), (3, 2), (1, 4)]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    total = int(rng.integers(0, 6))
    table = rng.multinomial(total, np.full(areas * length, 1 / (areas * length)))
    table = table.reshape(areas, length)
    names = [f"A{i:02d}" for i in range(areas)]
    figures, said = [], []
    for _ in range(draw(st.integers(1, 7))):
        some = sorted(rng.choice(areas, rng.integers(1, areas + 1), replace=False))
        first = int(rng.integers(0, length))
        last = int(rng.integers(first, length))
        figure = Figure(tuple(names[i] for i in some), "all", months(first, last))
        value = int(table[some, first : last + 1].sum())
        give = int(rng.integers(0, 2))
        figures.append((figure, value))
        said.append(between(figure, max(value - give, 0), value + give))
    if draw(st.booleans()) and len(figures) > 1:
        (f, x), (g, y) = figures[0], figures[1]
        weight = int(rng.integers(-3, 4))
        said.append(Statement(((f, 2), (g, weight)), 2 * x + weight * y - 1, 2 * x + weight * y))
    whole = Figure(tuple(names), "all", months(0, length - 1))
    said.append(between(whole, 0, 5))
    cells = [Figure.of(a, "all", month(m)) for a in names for m in range(length)]
    return said, [*cells, whole]


@settings(max_examples=60)
@given(systems())
def test_the_audit_is_what_writing_down_all_tables_gives(
    given_system: tuple[list[Statement], list[Figure]],
) -> None:
    said, figures = given_system
    low, high = bounds(said, figures)
    assert enumerated(said, figures, 5) == list(zip(low, high, strict=True))


def test_whole_numbers_bound_more_tightly_than_fractions() -> None:
    three = [Figure.of(f"A{i}", "all", START) for i in range(3)]
    pairs = [(0, 1), (0, 2), (1, 2)]
    # Each two together are at most 1, so all three are at most 1 (by halves they could be 1.5).
    said = [between(Figure((f"A{i}", f"A{j}"), "all", months(0, 0)), None, 1) for i, j in pairs]
    low, high = bounds(said, [Figure(("A0", "A1", "A2"), "all", months(0, 0)), *three])
    assert (list(low), list(high)) == ([0, 0, 0, 0], [1, 1, 1, 1])


def test_what_nothing_bounds_is_endless() -> None:
    both = Figure(("A00", "A01"), "all", months(0, 0))
    other = Figure.of("A02", "all", month(0))
    low, high = bounds([between(both, 3, None)], [ONE, both, other])
    assert (list(low), list(high)) == ([0, 3, 0], [np.inf, np.inf, np.inf])
    low, high = bounds([inside(ONE, TWO), between(other, 2, 2)], [ONE, TWO, other])
    assert (list(low), list(high)) == ([0, 0, 2], [np.inf, np.inf, 2])


def test_one_of_two_that_can_grow_only_together_is_endless_too() -> None:
    difference = Statement(((ONE, 1), (TWO, -1)), 2, 2)
    third = Figure.of("A02", "all", month(0))
    low, high = bounds([difference, inside(third, TWO), between(third, 0, 1)], [ONE, TWO, third])
    assert (list(low), list(high)) == ([2, 0, 0], [np.inf, np.inf, 1])


@pytest.mark.parametrize(
    "said",
    [
        [between(ONE, 3, 3), between(ONE, 4, 4)],
        [between(ONE, -2, -1)],
        [Statement(((ONE, 2), (TWO, 2)), 5, 5)],
        [Statement(((ONE, 1), (TWO, -1)), 1, 1), Statement(((ONE, 1), (TWO, 1)), 4, 4)],
        [between(ONE, 3, 3), Statement(((ONE, 1),), 4, None)],
        [Statement((), 1, 1), between(ONE, 0, 5)],
    ],
)
def test_statements_that_contradict_one_another_are_refused(said: list[Statement]) -> None:
    with pytest.raises(Refused, match="^What was published contradicts itself: no whole numbers"):
        bounds(said, [Figure.of("A05", "all", month(0))])


def test_a_thousand_million_is_still_exact() -> None:
    both = Figure(("A00", "A01"), "all", months(0, 0))
    low, high = bounds([between(both, 10**9, 10**9), between(TWO, 7, 9)], [ONE, TWO])
    assert (list(low), list(high)) == ([10**9 - 9, 7], [10**9 - 7, 9])


def test_what_hangs_together_is_solved_apart_from_the_rest() -> None:
    """Two tables that share no figure are two parts; what is settled is in neither."""
    counts = counts_of(np.full((4, 2), 3))
    pairs = [counts.areas[:2], counts.areas[2:]]
    said = [between(Figure(p, "all", months(m, m)), 6, 6) for p in pairs for m in (0, 1)]
    said += [between(Figure((a,), "all", months(0, 1)), 6, 6) for a in counts.areas[:2]]
    cells = Cells(counts.areas, counts.strands, counts.period)
    low = np.array([s.low for s in said], float)
    system = System.of(cells.matrix([s.terms for s in said]), low, low)
    assert [len(part.columns) for part in system.parts] == [4, 2, 2]
    settled = System.of(cells.matrix([((ONE, 1),)]), np.array([4.0]), np.array([4.0]))
    assert settled.parts == ()
    assert (settled.least[0], settled.most[0]) == (4, 4)


def test_a_break_and_a_gap_print_no_sum_across() -> None:
    counts = counts_of([[1, 2, np.nan, 4, 5]])
    found = printed(counts, {}, (Window(2),))
    assert list(found.values.values()) == [3, 9]
    assert found.panels[Window(2)].coverage[0, 0, 2] == Coverage.NOT_COLLECTED


# ---- the solver -------------------------------------------------------------------------------


class Answer:
    """What the solver might say."""

    def __init__(self, status: int, x: Any) -> None:
        self.status, self.x = status, x


ROWS = sparse.csr_array(np.array([[1, 1]]))


def solved(most: float = 9.0) -> Any:
    five = np.array([5.0])
    return solve(np.array([1.0, 2.0]), ROWS, five, five, np.array([1.0, 0.0]), np.full(2, most))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(1, None),
        Answer(0, np.array([2.0, 2.0])),  # not 5
        Answer(0, np.array([0.0, 5.0])),  # less than the least
        Answer(0, np.array([15.0, -10.0])),  # more than the most
        Answer(0, np.array([2.0, 4.0])),
        Answer(0, np.array([10.0, -5.0])),
    ],
)
def test_an_answer_of_the_solver_that_does_not_hold_is_not_believed(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system.optimize, "milp", lambda *_, **__: answer)
    with pytest.raises(Refused, match="^The solver could not decide .* out of the ordinary.$"):
        solved()


def test_the_solver_is_asked_for_the_exact_best_and_rounded() -> None:
    asked: dict[str, Any] = {}

    def milp(cost: Any, **how: Any) -> Answer:
        asked.update(how)
        return Answer(0, np.array([4.9999999, 0.0000001]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system.optimize, "milp", milp)
        assert solved().tolist() == [5, 0]
    assert asked["options"] == {"mip_rel_gap": 0.0}
    assert asked["integrality"].tolist() == [1, 1]
    assert solved().tolist() == [5, 0]
    assert solved(most=2.0) is None
    assert solved(most=3.0).tolist() == [3, 2]


def test_what_an_earlier_solution_settles_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = Figure(("A00", "A01"), "all", months(0, 0))
    asked = []
    plain = system.optimize.milp

    def milp(*given: Any, **how: Any) -> Any:
        asked.append(given)
        return plain(*given, **how)

    monkeypatch.setattr(system.optimize, "milp", milp)
    low, high = bounds([between(both, 7, 7)], [ONE, TWO])
    assert (low.tolist(), high.tolist()) == ([0, 0], [7, 7])
    assert len(asked) == 2  # one at 0 has the other at 7


@pytest.mark.parametrize(("sum_", "held"), [(4, False), (5, True), (6, True), (7, False)])
def test_rows_hold_between_both_their_ends(sum_: int, held: bool) -> None:
    found = np.array([sum_ - 1, 1])
    assert holds(found, ROWS, np.array([5.0]), np.array([6.0])) is held


@pytest.mark.parametrize(
    ("rows", "low", "high", "least", "most"),
    [
        ([[1, 2], [1, -1]], [-INF, 1], [7, INF], [1, 0], [7, 3]),
        ([[3]], [4], [8], [2], [2]),
        ([[3]], [3], [9], [1], [3]),
        ([[-2, 1]], [-5], [-1], [1, 0], [INF, INF]),
        ([[-2, 1], [0, 1]], [-5, -INF], [-1, 3], [1, 0], [4, 3]),
        ([[1, 1, 1]], [4], [INF], [0, 0, 0], [INF, INF, INF]),
        ([[1, 1, 1], [1, 0, 0], [0, 1, 0]], [9, -INF, -INF], [9, 2, 3], [0, 0, 4], [2, 3, 9]),
        ([[1, -1], [0, 1]], [0, 5], [INF, 8], [5, 5], [INF, 8]),
        ([[1, -1], [0, 1]], [-INF, 5], [-1, 8], [0, 5], [7, 8]),
        ([[1, -1, -1], [1, 0, 0]], [0, -INF], [0, 4], [0, 0, 0], [4, 4, 4]),
        # One settles the next, and that the one after it.
        ([[1, 0, 0], [1, 1, 0], [0, 1, 1]], [2, 5, 9], [2, 5, 9], [2, 3, 6], [2, 3, 6]),
    ],
)
def test_what_follows_from_single_rows(
    rows: Any, low: Any, high: Any, least: Any, most: Any
) -> None:
    found = narrowed(sparse.csr_array(np.array(rows)), np.array(low, float), np.array(high, float))
    assert (found[0].tolist(), found[1].tolist()) == (least, most)


def test_rows_that_say_nothing_more_are_left_out_of_the_parts() -> None:
    rows = sparse.csr_array(np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 1]]))
    low = np.array([3.0, -INF, -INF, -INF, 4.0])
    high = np.array([3.0, 9.0, 2.0, 90.0, 4.0])
    (part,) = System.of(rows, low, high).parts
    assert part.columns.tolist() == [0, 1]
    assert part.rows.toarray().tolist() == [[1, 1]]
    assert (part.low.tolist(), part.high.tolist()) == ([3], [3])
    assert (part.least.tolist(), part.most.tolist()) == ([1, 0], [3, 2])
    assert part.growing.tolist() == []
    shifted = System.of(
        sparse.csr_array(np.array([[1, 1, 2], [0, 0, 1]])), np.array([9.0, 2]), np.array([INF, 2])
    )
    assert (shifted.parts[0].low.tolist(), shifted.parts[0].high.tolist()) == ([5], [INF])
    assert shifted.parts[0].growing.tolist() == [0, 1]
