"""What is withheld, that nothing gives it away, and the one door out."""

import copy
import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core import measures
from openscrutiny.core.disclosure import (
    MONTHS,
    QUARTERS,
    ROLLING_YEARS,
    Cells,
    Figure,
    Ledger,
    Policy,
    PublishablePanel,
    Release,
    Suppression,
    Window,
    audit,
    between,
    inside,
    rate,
    release,
    suppress,
    system,
)
from openscrutiny.core.measures import Refused
from openscrutiny.core.panel import Coverage, Panel
from tests.core import deep_disclosure
from tests.core.invented import MEASURES, WHOLE, town
from tests.core.small_counts import (
    all_small,
    counts_of,
    enumerated,
    month,
    months,
    single_cells,
    true_value,
)

TABLE = np.array([[20, 3, 11], [9, 14, 30], [8, 25, 6], [40, 17, 12]])


def margins(width: int) -> tuple[Window, Window]:
    return MONTHS, Window(width, 12, width)


def one(area: int, at: int, strand: str = "all") -> Figure:
    return Figure.of(f"A{area:02d}", strand, month(at))


def chosen(counts: Panel, figures: list[Figure], **how: Any) -> Suppression:
    cells = Cells(counts.areas, counts.strands, counts.period)
    flat = counts.values.astype(np.int64).ravel()
    return suppress({f: true_value(counts, f) for f in figures}, cells, flat, **how)


# ---- what is withheld -------------------------------------------------------------------------


def test_one_small_cell_takes_the_cheapest_rectangle_with_it() -> None:
    counts = counts_of(TABLE)
    made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(3))
    assert made.suppression.primary == (one(0, 1),)
    # The rectangle of the small cell: a cell of its row, one of its column, and their corner.
    assert made.suppression.secondary == (one(0, 2), one(2, 1), one(2, 2))
    assert made.suppression.counts_lost == 3 + 11 + 25 + 6
    assert made.suppression.unprotected == ()
    assert len(made.suppression.shown) == 20 - 4
    assert made.suppression.withheld == made.published.withheld
    assert made.published.withheld == (one(0, 1), one(0, 2), one(2, 1), one(2, 2))


@pytest.mark.parametrize(
    ("row", "secondary"),
    [
        ([3, 0, 5], 1),  # a nought costs 2, a five 1 + log 6, the total of eight 1 + log 9
        ([3, 9, 5], 2),
        ([3, 400, 6], 2),
        ([4, 0, 0, 7], 1),
    ],
)
def test_the_cheapest_protection_of_a_row_is_taken(row: list[int], secondary: int) -> None:
    made = release(counts_of([row]), name="one", windows=margins(len(row)))
    assert made.suppression.primary == (one(0, 0),)
    assert made.suppression.secondary == (one(0, secondary),)
    assert made.suppression.counts_lost == row[0] + row[secondary]


def test_what_an_earlier_choice_withheld_and_a_later_makes_needless_is_shown_again() -> None:
    """Every figure withheld besides the small ones is needed: showing any one exposes a count."""
    rng = np.random.default_rng(2)
    for _ in range(4):
        counts = counts_of(rng.poisson(7, (4, 4)))
        made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(4))
        small = all_small(counts, made.ledger)
        values = [true_value(counts, f) for f in small]
        for figure in made.suppression.secondary:
            more = between(figure, *2 * [true_value(counts, figure)])
            found = audit([*made.ledger.said, more], small, values)
            assert found.exposed.any(), figure


def test_many_small_figures_are_settled_by_a_few_solutions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    plain = system.optimize.milp

    def milp(*given: Any, **how: Any) -> Any:
        asked.append(given)
        return plain(*given, **how)

    monkeypatch.setattr(system.optimize, "milp", milp)
    counts = counts_of(np.full((8, 8), 3))
    made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(8))
    assert len(made.suppression.primary) == 64
    assert made.suppression.secondary == ()
    assert len(asked) <= 6


def test_without_totals_nothing_else_is_withheld() -> None:
    made = release(counts_of(TABLE), name="one")
    assert made.suppression.secondary == ()
    assert made.published.panel().coverage[0, 0, 1] == Coverage.SUPPRESSED
    assert made.published.panel().values[0, 0].tolist()[::2] == [20, 11]


def test_two_small_cells_of_a_row_and_column_protect_one_another() -> None:
    table = TABLE.copy()
    table[0, 2], table[1, 1], table[1, 2] = 4, 4, 4
    counts = counts_of(table)
    made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(3))
    assert len(made.suppression.primary) == 4
    assert made.suppression.secondary == ()


def test_nothing_small_nothing_withheld() -> None:
    counts = counts_of(np.array([[0, 5], [50, 0]]))
    made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(2))
    assert made.published.withheld == ()
    assert made.suppression.counts_lost == 0
    assert (made.published.panel().coverage == Coverage.VALUE).all()


def test_a_small_total_is_withheld_itself() -> None:
    counts = counts_of(np.array([[1, 0, 2], [7, 8, 9]]))
    made = release(counts, name="one", windows=margins(3))
    assert Figure(("A00",), "all", months(0, 2)) in made.suppression.primary
    assert one(0, 1) not in made.suppression.primary


def test_in_a_tiny_group_noughts_are_withheld_too() -> None:
    counts = counts_of(np.array([[0, 5], [50, 0]]))
    made = release(counts, name="one", policy=Policy(tiny=("all",)))
    assert made.published.withheld == (one(0, 0), one(1, 1))


def test_a_nested_strand_gives_its_parent_away_unless_the_parent_is_protected() -> None:
    """Four inside a parent of at most four: the inner figure of 4 shows what the outer must be."""
    counts = counts_of(np.array([[[4, 9]], [[40, 9]]]).reshape(2, 1, 2), strands=["outer"])
    both = replace(
        counts,
        strands=("outer", "inner"),
        values=np.concatenate([counts.values, [[[0.0, 7.0]], [[6.0, 2.0]]]], axis=1),
        coverage=np.ones((2, 2, 2), np.uint8),
        supply=np.full((2, 2), -1, np.int16),
    )
    made = release(both, name="one", parents={"inner": "outer"})
    assert made.published.withheld == (one(0, 0, "outer"), one(1, 1, "inner"))


def test_a_parent_that_bounds_its_small_child_too_tightly_is_withheld() -> None:
    # With a least count of 5 a parent of 5 leaves a child anything up to 5: enough.
    values = np.array([[[5, 6], [3, 3]]])
    counts = counts_of(values, strands=["outer", "inner"])
    made = release(counts, name="one", parents={"inner": "outer"})
    assert made.published.withheld == (one(0, 0, "inner"), one(0, 1, "inner"))
    # Where every offence of the parent is in its one child, the parent shows the child.
    shown = release(counts, name="one", parents={"inner": "outer"})
    assert shown.suppression.secondary == ()
    same = counts_of(np.array([[[3, 6], [3, 6]]]), strands=["outer", "inner"])
    made = release(same, name="one", parents={"inner": "outer"}, covered=["outer"])
    assert made.published.withheld == (one(0, 0, "inner"), one(0, 0, "outer"))


def test_a_published_child_that_pins_its_parent_is_withheld() -> None:
    # The total of two months says 9, so the parent's small month is 9 less the other month.
    values = np.array([[[4, 30], [0, 30]]])
    counts = counts_of(values, strands=["outer", "inner"])
    made = release(counts, name="one", windows=margins(2), parents={"inner": "outer"})
    small = all_small(counts, made.ledger)
    found = audit(
        [*made.ledger.said, *(inside(one(0, m, "inner"), one(0, m, "outer")) for m in (0, 1))],
        small,
        [true_value(counts, f) for f in small],
    )
    assert small == [one(0, 0, "outer")]
    assert not found.exposed.any()
    assert len(made.suppression.secondary) >= 1


def test_figures_that_are_not_the_sums_of_their_counts_are_refused() -> None:
    counts = counts_of(TABLE)
    cells = Cells(counts.areas, counts.strands, counts.period)
    with pytest.raises(Refused, match="^The values of the figures are not the sums"):
        suppress({one(0, 0): 21}, cells, TABLE.ravel())
    with pytest.raises(Refused, match="^What was published before is not true of these counts"):
        suppress({one(0, 0): 20}, cells, TABLE.ravel(), known=[between(one(0, 1), 4, None)])


def test_what_was_given_away_before_is_named() -> None:
    counts = counts_of(TABLE)
    found = chosen(counts, [one(0, 1)], known=[between(one(0, 1), 2, 4)])
    assert found.unprotected == (one(0, 1),)
    found = chosen(counts, [], known=[between(one(0, 1), 3, 5)], protect=[one(0, 1), one(0, 0)])
    assert found.unprotected == ()
    assert found.withheld == ()


def test_figures_asked_to_be_protected_are_protected_though_they_are_not_printed() -> None:
    counts = counts_of(np.array([[3, 20]]))
    whole = Figure(("A00",), "all", months(0, 1))
    found = chosen(counts, [whole, one(0, 1)], protect=[one(0, 0)])
    assert found.primary == ()
    assert found.secondary == (one(0, 1),)  # 20 and 23 tell 3; the smaller of them goes


# ---- nothing is exposed -----------------------------------------------------------------------


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_no_small_figure_of_a_tiny_table_is_told_by_writing_all_tables_down(seed: int) -> None:
    """A reader with no solver, who writes down every table that agrees with what was published."""
    rng = np.random.default_rng(seed)
    shape = [(2, 2), (2, 3), (3, 2)][int(rng.integers(3))]
    size = shape[0] * shape[1]
    total = int(rng.integers(5, 9)) if size == 4 else 5
    counts = counts_of(rng.multinomial(total, rng.dirichlet(np.ones(size))).reshape(shape))
    made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(shape[1]))
    small = all_small(counts, made.ledger)
    most = total + 2  # a reader who is told this as well knows more, and still must not know
    for figure, (low, high) in zip(small, enumerated(made.ledger.said, small, most), strict=True):
        assert low != high, figure
        assert low == 0 or high >= 5, figure


@pytest.mark.parametrize("seed", range(6))
def test_a_sample_of_random_tables_exposes_nothing(seed: int) -> None:
    found = deep_disclosure.table(seed)
    assert found.exposed == 0


@pytest.mark.parametrize("seed", [1])
def test_a_sample_of_rolling_totals_exposes_nothing(seed: int) -> None:
    found = deep_disclosure.rolling(seed)
    assert found.exposed == 0
    assert found.small > 0


def test_withholding_small_cells_alone_exposes_them() -> None:
    """The audit can fail: the same table with nothing but the small cell withheld."""
    counts = counts_of(TABLE)
    rows = [Figure((a,), "all", months(0, 2)) for a in counts.areas]
    shown = [f for f in [*single_cells(counts), *rows] if f != one(0, 1)]
    said = [between(f, *2 * [true_value(counts, f)]) for f in shown]
    found = audit(said, [one(0, 1)], [3])
    assert (found.low[0], found.high[0]) == (3, 3)
    assert found.sensitive.tolist() == found.exposed.tolist() == [True]
    large = audit(said, [one(0, 0)], [20])
    assert large.sensitive.tolist() == large.exposed.tolist() == [False]


def test_no_withheld_figure_can_be_worked_out_exactly_small_or_not() -> None:
    rng = np.random.default_rng(5)
    for _ in range(6):
        counts = counts_of(rng.poisson(6, (5, 5)))
        made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(5))
        withheld = list(made.published.withheld)
        found = audit(made.ledger.said, withheld, [true_value(counts, f) for f in withheld])
        assert (found.low < found.high).all()


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_areas_does_not_matter_and_the_same_input_gives_the_same(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    counts = counts_of(rng.poisson(5, (4, 4)))
    order = [counts.areas[i] for i in rng.permutation(4)]
    how: dict[str, Any] = {"name": "one", "windows": margins(4)}
    first = release(counts, groups={"w": counts.areas}, **how)
    again = release(counts, groups={"w": counts.areas}, **how)
    moved = release(counts.select(areas=order), groups={"w": order}, **how)
    assert first.published.withheld == again.published.withheld
    assert first.ledger == again.ledger
    assert set(first.suppression.primary) == set(moved.suppression.primary)


def test_rounding_is_audited_too() -> None:
    table = np.array([[1, 8, 12], [6, 7, 20]])
    counts = counts_of(table)
    made = release(
        counts,
        name="one",
        groups={"w": counts.areas},
        windows=margins(3),
        policy=Policy(rounding=5),
    )
    assert made.published.withheld == ()
    panel = made.published.panel()
    assert panel.values[:, 0].tolist() == [[0, 10, 10], [5, 5, 20], [5, 15, 30]]
    assert between(one(0, 0), 0, 2) in made.ledger.said
    assert made.suppression.primary == ()


def test_rounding_that_does_not_protect_withholds_after_all() -> None:
    """Six months rounded up to 5 from 3, and a total that says they cannot be more."""
    counts = counts_of(np.array([[3] * 6]))
    cells = Cells(counts.areas, counts.strands, counts.period)
    whole = Figure(("A00",), "all", months(0, 5))
    figures = dict.fromkeys(single_cells(counts), 3) | {whole: 18}
    policy = Policy(rounding=5)
    known = [between(whole, 18, 18)]
    found = suppress(figures, cells, np.full(6, 3), policy, known=known)
    assert found.primary == ()
    assert len(found.secondary) >= 1
    said = [*found.shown, *known]
    result = audit(said, single_cells(counts), [3] * 6, policy)
    assert not result.exposed.any()


# ---- releases one after another ---------------------------------------------------------------


def month_after_month(values: Any, windows: tuple[Window, ...]) -> tuple[Panel, Ledger]:
    counts = counts_of(values)
    ledger = Ledger()
    for length in range(12, len(counts.months) + 1):
        ledger = release(
            counts.select(period=months(0, length - 1)),
            name=f"to {length}",
            windows=windows,
            period=months(length - 1, length - 1),
            ledger=ledger,
        ).ledger
    return counts, ledger


def test_a_month_shown_with_rolling_totals_would_show_every_twelfth() -> None:
    rng = np.random.default_rng(3)
    counts, ledger = month_after_month(rng.poisson(2.5, (1, 28)), (MONTHS, ROLLING_YEARS))
    small = all_small(counts, ledger)
    found = audit(ledger.said, small, [true_value(counts, f) for f in small])
    assert not found.exposed.any()
    # Without the ledger each release is harmless alone, and together they are not.
    said = []
    for length in range(12, 29):
        said += release(
            counts.select(period=months(0, length - 1)),
            name="alone",
            windows=(MONTHS, ROLLING_YEARS),
            period=months(length - 1, length - 1),
        ).ledger.said
    careless = audit(said, small, [true_value(counts, f) for f in small])
    assert careless.exposed.any()


def test_another_geography_is_audited_with_the_one_before() -> None:
    """Two groups that differ by one area: each total is harmless, their difference is not."""
    counts = counts_of(np.array([[20], [30], [3], [40]]))
    first = release(counts, name="one", groups={"g": counts.areas[:2]}, windows=(MONTHS,))
    cells = Cells(counts.areas, counts.strands, counts.period)
    wider = Figure(counts.areas[:3], "all", months(0, 0))
    found = suppress(
        {wider: 53},
        cells,
        counts.values.astype(np.int64).ravel(),
        known=first.ledger.said,
        protect=[one(2, 0)],
    )
    assert found.secondary == (wider,)
    again = release(counts, name="two", groups={"h": counts.areas[:3]}, ledger=first.ledger)
    assert again.published.withheld == (wider, one(2, 0))


def test_what_was_shown_before_is_shown_again_and_not_said_twice() -> None:
    counts = counts_of(TABLE)
    first = release(counts, name="one")
    again = release(counts, name="two", ledger=first.ledger)
    assert again.ledger.releases[1].said == ()
    assert again.published.withheld == (one(0, 1),)
    assert again.published.panel().values[0, 0, 0] == 20
    assert again.ledger.said == first.ledger.said


def test_a_rate_shown_beside_withheld_counts_is_part_of_the_release() -> None:
    counts = counts_of(np.array([[3, 20]]))
    loose = rate(one(0, 0), 0, decimals=0, population=1000, per=100)
    made = release(counts, name="one", beside=[loose])
    assert loose in made.ledger.said
    tight = rate(one(0, 0), "0.3", decimals=1, population=1000, per=100)
    with pytest.raises(Refused, match="^1 small figures can be worked out .* is A00, all, Jan"):
        release(counts, name="one", beside=[tight])
    known = release(counts, name="one", beside=[tight], given_away=True)
    assert known.suppression.unprotected == (one(0, 0),)


def test_revised_counts_are_refused_until_they_are_said_to_be_revised() -> None:
    first = release(counts_of([[7, 20]]), name="one")
    later = counts_of([[8, 20]])
    with pytest.raises(Refused, match="^1 earlier statements are not true of these counts. Give"):
        release(later, name="two", ledger=first.ledger)
    made = release(later, name="two", ledger=first.ledger, revised=True)
    assert made.published.panel().values[0, 0].tolist() == [8, 20]
    assert made.ledger.releases[1].said == (between(one(0, 0), 8, 8),)


def test_earlier_figures_must_lie_inside_the_counts() -> None:
    first = release(counts_of([[7, 20]]), name="one")
    with pytest.raises(Refused, match="Give every area, strand and month that was ever published"):
        release(counts_of([[7]]), name="two", ledger=first.ledger)


def test_a_small_count_withheld_before_stays_protected_by_what_is_withheld_now() -> None:
    counts = counts_of(np.array([[3, 20]]))
    first = release(counts, name="one", period=months(0, 0))
    assert first.published.withheld == (one(0, 0),)
    both = Figure(("A00",), "all", months(0, 1))
    second = release(
        counts, name="two", windows=margins(2), period=months(1, 1), ledger=first.ledger
    )
    assert len({one(0, 1), both} & set(second.published.withheld)) == 1


# ---- the ledger -------------------------------------------------------------------------------


def test_a_ledger_is_plain_data_and_comes_back() -> None:
    counts = counts_of(TABLE)
    first = release(counts, name="one", groups={"w": counts.areas}, windows=margins(3))
    ledger = release(
        counts,
        name="two",
        windows=(MONTHS, Window(2)),
        ledger=first.ledger,
        policy=Policy(4, ("x",)),
        beside=[inside(one(0, 1), one(0, 0))],
    ).ledger
    data = json.loads(json.dumps(ledger.to_dict()))
    assert Ledger.from_dict(data) == ledger
    assert Ledger.from_dict(data).history == ledger.history
    assert set(data) == {"places", "releases"}
    assert [r["name"] for r in data["releases"]] == ["one", "two"]


def test_a_small_ledger_in_full() -> None:
    ledger = release(counts_of([[3, 20]]), name="one").ledger
    assert ledger.to_dict() == {
        "places": [["A00"]],
        "releases": [
            {
                "name": "one",
                "policy": {"least_shown": 5, "tiny": [], "rounding": None},
                "said": [[[[0, "all", "2015-02", "2015-02", 1]], 20, 20]],
                "withheld": [[0, "all", "2015-01", "2015-01"]],
            }
        ],
    }
    assert Ledger().to_dict() == {"places": [], "releases": []}
    assert ledger.figures == (one(0, 0), one(0, 1))


def test_the_fingerprint_changes_with_anything_in_the_ledger() -> None:
    ledger = release(counts_of([[3, 20]]), name="one").ledger
    (first,) = ledger.releases
    others = [
        replace(first, name="other"),
        replace(first, policy=Policy(6)),
        replace(first, said=()),
        replace(first, withheld=()),
        replace(first, said=(between(one(0, 1), 20, 21),)),
    ]
    prints = {ledger.history, Ledger().history, *(Ledger((r,)).history for r in others)}
    assert len(prints) == 7
    assert all(len(p) == 64 for p in prints)


def test_a_name_is_used_once() -> None:
    ledger = Ledger((Release("one", Policy(), (), ()),))
    with pytest.raises(Refused, match="^There is a release “one” already: give this one a new"):
        ledger.following(Release("one", Policy(), (), ()))
    assert len(ledger.following(Release("two", Policy(), (), ())).releases) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("places"),
        lambda d: d["releases"][0].pop("policy"),
        lambda d: d["places"].clear(),
        lambda d: d["releases"][0]["withheld"][0].pop(),
        lambda d: d["releases"][0]["withheld"][0].__setitem__(2, "January"),
        lambda d: d["releases"][0]["policy"].__setitem__("least_shown", 0),
        lambda d: d.__setitem__("releases", None),
    ],
)
def test_a_damaged_ledger_is_refused(damage: Any) -> None:
    data = release(counts_of([[3, 20]]), name="one").ledger.to_dict()
    damage(data)
    with pytest.raises(Refused, match="^This is no ledger of releases .*Restore the copy that was"):
        Ledger.from_dict(data)


# ---- the one door -----------------------------------------------------------------------------


def test_nobody_makes_a_publishable_panel_directly() -> None:
    made = release(counts_of(TABLE), name="one").published
    parts = {
        "panels": {MONTHS: counts_of(TABLE)},
        "policy": Policy(),
        "history": "",
        "withheld": (),
    }
    for door in (None, object(), made):
        with pytest.raises(Refused, match="^A publishable panel cannot be made directly: release"):
            PublishablePanel(door, **parts)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        PublishablePanel()  # type: ignore[call-arg]


def test_nobody_changes_a_publishable_panel() -> None:
    made = release(counts_of(TABLE), name="one").published
    with pytest.raises(AttributeError, match="is not changed: release anew"):
        made.policy = Policy(2)
    with pytest.raises(ValueError, match="read-only"):
        made.panel().values[0, 0, 1] = 3
    with pytest.raises(ValueError, match="read-only"):
        made.panel().coverage[0, 0, 1] = 1
    with pytest.raises(AttributeError):
        made.more = 1  # type: ignore[attr-defined]
    for way in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="^A publishable panel is not copied"):
            way(made)


def test_a_publishable_panel_remembers_its_release_and_no_hidden_value() -> None:
    made = release(counts_of(TABLE), name="one", policy=Policy(4))
    assert made.published.policy == Policy(4)
    assert made.published.history == made.ledger.history
    assert made.published.withheld == (one(0, 1),)
    assert made.published.windows == (MONTHS,)
    panel = made.published.panel()
    assert np.isnan(panel.values[0, 0, 1])
    assert panel.cell("A00", "all", month(1))[1] is Coverage.SUPPRESSED
    with pytest.raises(
        Refused, match=r"^Sums over 3 months were not released; released were \[1\]"
    ):
        made.published.panel(QUARTERS)


def test_only_the_period_asked_for_is_printed() -> None:
    made = release(counts_of(TABLE), name="one", period=months(1, 2))
    assert made.published.panel().months == counts_of(TABLE).months[1:]
    assert len(made.ledger.said) == 7
    with pytest.raises(Refused, match="^No figure ends in 2015-02 to 2015-02: there is nothing"):
        release(counts_of(TABLE), name="one", windows=(QUARTERS,), period=months(1, 1))


def test_what_was_not_collected_stays_so_and_what_the_publisher_withheld_too() -> None:
    counts = counts_of(np.array([[np.nan, 20, 8], [9, 9, 9]]))
    coverage = counts.coverage.copy()
    coverage[0, 0, 2] = Coverage.SUPPRESSED
    values = counts.values.copy()
    values[0, 0, 2] = np.nan
    counts = replace(counts, values=values, coverage=coverage)
    made = release(counts, name="one", groups={"w": counts.areas})
    found = made.published.panel().coverage[:, 0]
    assert found.tolist() == [[0, 1, 2], [1, 1, 1], [0, 1, 2]]
    assert made.published.withheld == ()


@pytest.mark.parametrize("wild", [[[0, 0], [0, 0]], [[10**9, 1], [2, 10**9]], [[7, 7], [7, 7]]])
def test_empty_enormous_and_constant_tables_have_an_answer(wild: Any) -> None:
    counts = counts_of(np.array(wild))
    made = release(counts, name="one", groups={"w": counts.areas}, windows=margins(2))
    small = all_small(counts, made.ledger)
    assert {one(0, 1), one(1, 0)} >= set(made.suppression.primary)
    if small:
        found = audit(made.ledger.said, small, [true_value(counts, f) for f in small])
        assert not found.exposed.any()


def test_measures_of_released_counts_stay_withheld_wherever_a_count_is() -> None:
    every = town(4, areas=6, months=30)
    counts = {
        n: p.select(areas=p.areas[:-1], strands=["all", "disability"]) for n, p in every.items()
    }
    whole = {WHOLE: counts["offences"].areas}
    published = {
        n: release(counts[n], name="one", groups=whole).published.panel()
        for n in ("offences", "positive_outcomes")
    }
    published["residents"] = counts["residents"].with_whole(WHOLE)
    true = {**published, **{n: counts[n].with_whole(WHOLE) for n in published}}
    seen = 0
    for measure in MEASURES.values():
        figures = measures.evaluate(measure, published, whole=WHOLE)
        honest = measures.evaluate(measure, true, whole=WHOLE)
        known = figures.coverage == Coverage.VALUE
        assert np.array_equal(figures.values[known], honest.values[known])
        gone = (honest.coverage == Coverage.VALUE) & ~known
        assert (figures.coverage[gone] == Coverage.SUPPRESSED).all(), measure.id
        assert np.isnan(figures.values[gone]).all()
        seen += int(gone.sum())
    assert seen > 100


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([0.0, 1.0, 3.0, 8.0, 1e9, np.nan, np.inf, -1.0, 0.5, 1e12, -np.inf]),
        min_size=4,
        max_size=4,
    )
)
def test_whatever_is_given_is_released_or_refused_with_a_reason(values: list[float]) -> None:
    counts = counts_of(np.array(values).reshape(2, 2))
    bad = any(not np.isnan(v) and v not in (0, 1, 3, 8, 1e9) for v in values)
    if bad or np.isnan(values).all():
        with pytest.raises(Refused, match="no counts" if bad else "nothing to publish"):
            release(counts, name="one", groups={"w": counts.areas})
        return
    made = release(counts, name="one", groups={"w": counts.areas})
    assert not np.isin(made.published.panel().values, [1, 3]).any()
