"""The false discovery rate, against the step-up procedure written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openscrutiny.core import counting
from openscrutiny.core.measures import Refused
from openscrutiny.core.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hierarchical,
    hochberg,
    holm,
)

ps = st.one_of(st.floats(0, 1), st.just(np.nan))
families = st.integers(0, 30).flatmap(lambda n: arrays(float, n, elements=ps))


def rejected_one_by_one(p: np.ndarray, q: float) -> set[int]:
    """Step up: find the largest rank k whose p is at most q·k/m; reject the k smallest."""
    tested = sorted((float(v), i) for i, v in enumerate(p) if not np.isnan(v))
    last = max((k for k, (v, _) in enumerate(tested, 1) if v * len(tested) / k <= q), default=0)
    return {i for _, i in tested[:last]}


@settings(deadline=None)
@given(families, st.sampled_from([0.01, 0.05, 0.1, 0.3]))
def test_it_rejects_what_the_step_up_procedure_rejects(p: np.ndarray, q: float) -> None:
    with np.errstate(invalid="ignore"):
        found = set(np.flatnonzero(benjamini_hochberg(p) <= q))
    expected = rejected_one_by_one(p, q)
    # Equal p-values may be ordered either way, but are rejected together.
    assert {float(p[i]) for i in found} == {float(p[i]) for i in expected}


@settings(deadline=None)
@given(families)
def test_adjusting_never_lowers_a_p_and_never_passes_one(p: np.ndarray) -> None:
    adjusted = benjamini_hochberg(p)
    known = ~np.isnan(p)
    assert np.array_equal(np.isnan(adjusted), ~known)
    assert (adjusted[known] >= p[known] * (1 - 1e-12)).all()
    assert (adjusted[known] <= 1).all()


@settings(deadline=None)
@given(families, families)
def test_each_row_is_a_family_of_its_own(one: np.ndarray, other: np.ndarray) -> None:
    width = max(len(one), len(other))
    rows = np.full((2, width), np.nan)
    rows[0, : len(one)], rows[1, : len(other)] = one, other
    together = benjamini_hochberg(rows)
    assert together[0, : len(one)] == pytest.approx(benjamini_hochberg(one), nan_ok=True)
    assert together[1, : len(other)] == pytest.approx(benjamini_hochberg(other), nan_ok=True)


def test_an_untested_cell_does_not_count() -> None:
    assert benjamini_hochberg([0.02, np.nan, 0.9])[0] == pytest.approx(0.04)


ADJUSTMENTS = [benjamini_hochberg, benjamini_yekutieli, bonferroni, hochberg, holm]


def adjusted_one_by_one(name: str, p: np.ndarray) -> np.ndarray:
    """Each adjusted value from its definition: the smallest level at which it is declared."""
    known = np.flatnonzero(~np.isnan(p))
    m = len(known)
    order = sorted(known, key=lambda i: p[i])
    found = np.full(p.shape, np.nan)
    harmonic = sum(1 / k for k in range(1, m + 1))
    for place, i in enumerate(order):
        later = [(k + 1, p[j]) for k, j in enumerate(order) if k >= place]
        sooner = [(k + 1, p[j]) for k, j in enumerate(order) if k <= place]
        found[i] = {
            "benjamini_hochberg": min(m * v / k for k, v in later),
            "benjamini_yekutieli": min(harmonic * m * v / k for k, v in later),
            "bonferroni": m * p[i],
            "hochberg": min((m - k + 1) * v for k, v in later),
            "holm": max((m - k + 1) * v for k, v in sooner),
        }[name]
    return np.minimum(found, 1)


@settings(deadline=None)
@given(families, st.sampled_from(ADJUSTMENTS))
def test_every_adjustment_agrees_with_its_definition(p: np.ndarray, adjust) -> None:  # type: ignore[no-untyped-def]
    assert adjust(p) == pytest.approx(adjusted_one_by_one(adjust.__name__, p), nan_ok=True)
    both = adjust(np.stack([p, p[::-1]]))
    assert both[1][::-1] == pytest.approx(adjust(p), nan_ok=True)


@given(families)
def test_the_promises_are_in_order_of_their_strength(p: np.ndarray) -> None:
    known = ~np.isnan(p)
    bh, by, bonf, hoch, hol = (adjust(p)[known] for adjust in ADJUSTMENTS)
    slack = 1 + 1e-12
    assert (bh <= by * slack).all()
    assert (bh <= hoch * slack).all()
    assert (hoch <= hol * slack).all()
    assert (hol <= bonf * slack).all()


def test_adjustments_worked_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.5]
    assert bonferroni(p) == pytest.approx([0.04, 0.16, 0.12, 1])
    assert holm(p) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert hochberg(p) == pytest.approx([0.04, 0.08, 0.08, 0.5])
    assert benjamini_hochberg(p) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert benjamini_yekutieli(p) == pytest.approx([1 / 12, 1 / 9, 1 / 9, 1])


@pytest.mark.parametrize("wrong", [-0.01, 1.01, np.inf])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    for adjust in ADJUSTMENTS:
        with pytest.raises(Refused, match="^A p-value lies between 0 and 1. Mark what was not"):
            adjust([0.1, wrong])
    with pytest.raises(Refused, match="^A p-value lies between 0 and 1"):
        hierarchical([[wrong]], [-1])


# All; race, religion and a small strand in it; two faiths in religion.
TREE = [-1, 0, 0, 0, 2, 2]


def tree_one_by_one(p: np.ndarray, parent: list[int], q: float) -> tuple[set, set]:  # type: ignore[type-arg]
    """What is declared through parents and among children, by opening families one by one."""

    def declared(family: list[tuple[int, int]]) -> set[tuple[int, int]]:
        values = np.array([p[cell] for cell in family])
        return {family[i] for i in rejected_one_by_one(values, part)}

    def rooted(area: int, strand: int) -> bool:
        """Whether nothing above it is tested there."""
        above = parent[strand]
        return above < 0 or (np.isnan(p[area, above]) and rooted(area, above))

    cells = list(np.ndindex(p.shape))
    tested = [c for c in cells if not np.isnan(p[c])]
    part = q if all(rooted(*c) for c in tested) else q / 2
    through = declared([c for c in cells if rooted(*c)])
    opened = list(through)
    while opened:
        area, strand = opened.pop()
        children = [
            (area, s) for s, above in enumerate(parent) if above == strand and not rooted(area, s)
        ]
        found = declared(children)
        through |= found
        opened += found
    return through, declared([c for c in cells if not rooted(*c)])


small = st.one_of(st.sampled_from([0.0005, 0.004, 0.02, 0.3, 0.9, np.nan]), st.floats(0, 1))


@settings(max_examples=150)
@given(arrays(float, (4, 6), elements=small), st.sampled_from([0.05, 0.1, 0.2]))
def test_the_tree_declares_what_opening_families_one_by_one_does(p: np.ndarray, q: float) -> None:
    found = hierarchical(p, TREE, q=q)
    through, among = tree_one_by_one(p, TREE, q)
    part = q if np.isnan(found.among_children).all() else q / 2
    with np.errstate(invalid="ignore"):
        ours = {tuple(int(v) for v in c) for c in np.argwhere(found.through_parents <= part)}
        others = {tuple(int(v) for v in c) for c in np.argwhere(found.among_children <= part)}
    for mine, theirs in ((ours, through), (others, among)):
        # Equal p-values may be ordered either way, but are declared together.
        assert len(mine) >= len(theirs)
        assert theirs <= mine
    assert {tuple(int(v) for v in c) for c in np.argwhere(found.declared)} == ours | others


def test_a_small_strand_is_not_masked_by_its_parent() -> None:
    p = np.array([[0.6, 0.7, 0.8, 0.0001], [0.5, 0.9, 0.4, 0.6]])
    found = hierarchical(p, [-1, 0, 0, 0])
    assert found.declared.tolist() == [[False, False, False, True], [False] * 4]
    assert found.among_children[0, 3] == pytest.approx(0.0006)
    assert found.through_parents[0, 3] == pytest.approx(0.6)
    assert found.adjusted[0, 3] == pytest.approx(0.0012)
    assert np.isnan(found.among_children[:, 0]).all()


def test_a_child_is_found_in_the_small_family_of_a_declared_parent() -> None:
    p = np.full((12, 4), 0.9)
    p[0] = [0.001, 0.014, 0.9, 0.9]
    found = hierarchical(p, [-1, 0, 0, 0])
    assert found.declared[0].tolist() == [True, True, False, False]
    assert found.through_parents[0, :2] == pytest.approx([0.012, 0.042])
    assert found.among_children[0, 1] > 0.3
    assert found.adjusted[0, :3] == pytest.approx([0.024, 0.084, 1])
    # Just at q is declared, and q is 0.1 without being told.
    assert hierarchical([[0.05, 0.9]], [-1, 0]).declared[0, 0]
    assert not hierarchical([[0.0501, 0.9]], [-1, 0]).declared[0, 0]


def test_where_no_child_is_tested_the_roots_have_all_of_q() -> None:
    """There is no second way then that half of it could be kept for."""
    flat = np.array([[0.03, 0.2, 0.9], [0.001, 0.5, 0.04]])
    found = hierarchical(flat, [-1, -1, -1])
    assert found.adjusted == pytest.approx(benjamini_hochberg(flat.ravel()).reshape(flat.shape))
    assert hierarchical([[0.1]], [-1]).declared[0, 0]
    assert not hierarchical([[0.1001]], [-1]).declared[0, 0]
    assert hierarchical([[1.0]], [-1]).adjusted[0, 0] == 1

    # Each set for itself: in the first nothing above the children is tested, in the second it is.
    above = np.array([[[np.nan, 0.04, 0.9]], [[0.5, 0.04, 0.9]]])
    first, second = hierarchical(above, [-1, 0, 0]).adjusted
    assert first[0] == pytest.approx([np.nan, 0.08, 0.9], nan_ok=True)
    assert second[0, 1] == pytest.approx(0.16)


@pytest.mark.parametrize("raised", [0, 3, 12])
def test_of_roots_alone_no_more_is_false_than_promised(raised: int) -> None:
    rng = np.random.default_rng(7)
    truly = np.full((800, 16, 3), 12.0)
    truly[:, :raised, 0] *= 2.5
    p = counting.two_sided(rng.poisson(truly).astype(float), 12.0, np.inf)
    declared = hierarchical(p, [-1, -1, -1]).declared
    false = (declared & (truly == 12.0)).sum(axis=(1, 2))
    share = false / np.maximum(declared.sum(axis=(1, 2)), 1)
    assert share.mean() < 0.1


def test_children_of_an_untested_root_stand_with_the_roots() -> None:
    p = np.array([[np.nan, 0.02, 0.9], [0.01, 0.04, np.nan]])
    found = hierarchical(p, [-1, 0, 0])
    # Roots: 0.02 and 0.9 of the first area, 0.01 of the second; one child is left, of the second.
    assert found.through_parents[0].tolist() == pytest.approx([np.nan, 0.03, 0.9], nan_ok=True)
    assert found.through_parents[1].tolist() == pytest.approx([0.03, 0.04, np.nan], nan_ok=True)
    assert np.isnan(found.among_children[0]).all()
    assert found.among_children[1, 1] == pytest.approx(0.04)
    assert found.declared.tolist() == [[False, True, False], [True, True, False]]
    assert np.isnan(found.adjusted[0, 0])
    assert found.adjusted[0, 1] == pytest.approx(0.06)


def test_a_parent_that_is_not_tested_between_tested_ones_opens_no_family() -> None:
    p = np.array([[0.001, np.nan, 0.004], [0.5, 0.6, 0.7]])
    found = hierarchical(p, [-1, 0, 1])
    assert np.isnan(found.through_parents[0, 2])
    assert found.among_children[0, 2] == pytest.approx(0.012)


def test_the_order_of_strands_and_the_axes_before_do_not_matter() -> None:
    rng = np.random.default_rng(11)
    p = rng.uniform(0, 1, (3, 5, 6)) ** 4
    found = hierarchical(p, TREE)
    turned = hierarchical(p[..., ::-1], [-1 if above < 0 else 5 - above for above in TREE[::-1]])
    assert turned.adjusted[..., ::-1] == pytest.approx(found.adjusted)
    for i in range(3):
        assert hierarchical(p[i], TREE).adjusted == pytest.approx(found.adjusted[i])


@pytest.mark.parametrize("parent", [[-1, 0], [-1, 0, 3], [-1, 0, -2], [-1, 0, 0, 0]])
def test_parents_that_are_no_strands_are_refused(parent: list[int]) -> None:
    with pytest.raises(Refused, match="^Every strand needs the index of its parent, or -1, and"):
        hierarchical(np.full((2, 3), 0.5), parent)


def test_a_strand_is_no_part_of_itself() -> None:
    for parent in ([0, -1, -1], [1, 2, 0], [-1, 2, 1]):
        with pytest.raises(Refused, match="^A strand cannot be part of itself, not even by way"):
            hierarchical(np.full((2, 3), 0.5), parent)
    with pytest.raises(Refused, match="areas × strands"):
        hierarchical([0.5], [-1])
    for q in (0.0, 1.0):
        with pytest.raises(Refused, match=f"^The share of false discoveries .* is not {q}.$"):
            hierarchical([[0.5]], [-1], q=q)
    deep = hierarchical(np.full((1, 4), 0.001), [-1, 0, 1, 2])
    assert deep.declared.all()


@pytest.mark.parametrize(
    "raised",
    [
        {},
        {(0, 0): 2.0},
        {(0, 4): 4.0},
        {(a, a % 6): 2.5 for a in range(8)},
        {(a, 4): 6.0 for a in range(10)},
    ],
    ids=["nothing", "one large", "one small", "many", "many small"],
)
def test_of_what_is_declared_no_more_is_false_than_promised(
    raised: dict[tuple[int, int], float],
) -> None:
    """Counts that add up to their parents: six strands, one tree of eight, sixteen areas."""
    rng = np.random.default_rng(2024)
    usual = np.broadcast_to(np.array([40.0, 8, 3, 3, 4, 5]), (600, 16, 6))
    truly = usual.copy()
    for (area, strand), factor in raised.items():
        truly[:, area, strand] *= factor
    parts = [range(6), [0], [2, 3, 4, 5], [1], [2], [3], [4], [5]]
    observed, expected, real = (
        np.stack([v[..., list(part)].sum(axis=-1) for part in parts], axis=-1)
        for v in (rng.poisson(truly).astype(float), usual, truly)
    )
    p = counting.two_sided(observed, expected, np.inf)
    declared = hierarchical(p, [-1, 0, 0, 0, 2, 2, 2, 2], q=0.1).declared
    false = (declared & (np.abs(real - expected) < 1e-9)).sum(axis=(1, 2))
    share = false / np.maximum(declared.sum(axis=(1, 2)), 1)
    # Three standard errors of 600 draws above what was measured is still below q.
    assert share.mean() < 0.1
    if raised:
        found = (declared & (np.abs(real - expected) > 1e-9)).any(axis=(1, 2))
        assert found.mean() > 0.3
