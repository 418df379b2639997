"""The panel: labels, coverage, regimes and sums that never cross a break."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Break, Coverage, Panel, align
from openscrutiny.core.taxonomy import OverlappingStrands
from openscrutiny.warehouse import definitions

START = Month.of(2020, 1)


def panel(values: np.ndarray, breaks: tuple[int, ...] = (), first: Month = START) -> Panel:
    """A panel of these values (areas, strands, months); NaN is not collected."""
    areas, strands, months = values.shape
    return Panel(
        name="offences",
        areas=tuple(f"A{i}" for i in range(areas)),
        strands=definitions.taxonomy().codes[:strands],
        months=first.through(first + (months - 1)),
        values=values.astype(float),
        coverage=np.where(np.isnan(values), Coverage.NOT_COLLECTED, Coverage.VALUE).astype(
            np.uint8
        ),
        breaks=tuple(Break(first + b, "change", "a change") for b in breaks),
    )


shapes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 30))
counts = shapes.flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 5.0, 40.0, np.nan]))
)


def test_a_value_without_coverage_is_refused() -> None:
    with pytest.raises(ValueError, match="without coverage"):
        Panel("x", ("A",), ("all",), (START,), np.zeros((1, 1, 1)), np.zeros((1, 1, 1), np.uint8))


def test_labels_and_values_must_agree() -> None:
    with pytest.raises(ValueError, match="labels say"):
        Panel(
            "x", ("A", "B"), ("all",), (START,), np.zeros((1, 1, 1)), np.ones((1, 1, 1), np.uint8)
        )


def test_the_months_of_a_panel_are_contiguous() -> None:
    months = (START, START + 2)
    with pytest.raises(ValueError, match="contiguous"):
        Panel("x", ("A",), ("all",), months, np.zeros((1, 1, 2)), np.ones((1, 1, 2), np.uint8))


def test_zero_and_not_collected_and_suppressed_have_different_words() -> None:
    words = [c.word(v) for c, v in zip(Coverage, (np.nan, 0.0, np.nan, np.nan), strict=True)]
    assert words == ["not_collected", "zero", "suppressed", "undefined"]
    assert Coverage.VALUE.word(3) == "value"


def test_a_regime_ends_at_a_break_and_at_a_gap() -> None:
    values = np.ones((2, 1, 12))
    values[:, :, 4:6] = np.nan
    regimes = panel(values, breaks=(9,)).regimes
    assert [str(r) for r in regimes] == [
        "2020-01 to 2020-04",
        "2020-07 to 2020-09",
        "2020-10 to 2020-12",
    ]


def test_a_month_in_a_gap_has_no_regime() -> None:
    values = np.ones((1, 1, 3))
    values[:, :, 1] = np.nan
    assert panel(values).regime_of(START + 1) is None
    assert panel(values).regime_of(START + 2) == Period(START + 2, START + 2)


def naive_trailing(p: Panel, width: int) -> np.ndarray:
    """The same sums by plain loops, straight from the definition."""
    result = np.full(p.values.shape, np.nan)
    for a in range(len(p.areas)):
        for s in range(len(p.strands)):
            for last in range(width - 1, len(p.months)):
                window = range(last - width + 1, last + 1)
                regimes = {p.regime_of(p.months[i]) for i in window}
                cells = [p.values[a, s, i] for i in window]
                if len(regimes) == 1 and None not in regimes and not np.isnan(cells).any():
                    result[a, s, last] = sum(cells)
    return result


@given(counts, st.integers(1, 14), st.sets(st.integers(1, 29), max_size=3))
def test_a_window_sums_only_values_of_one_regime(
    values: np.ndarray, width: int, breaks: set[int]
) -> None:
    p = panel(values, breaks=tuple(b for b in breaks if b < values.shape[2]))
    np.testing.assert_array_equal(p.trailing(width).values, naive_trailing(p, width))


@given(counts)
def test_the_whole_is_the_sum_of_its_areas_or_nothing(values: np.ndarray) -> None:
    whole = panel(values).whole("town")
    assert whole.areas == ("town",)
    np.testing.assert_array_equal(whole.values[0], values.sum(axis=0))


def test_a_whole_with_a_suppressed_part_is_suppressed() -> None:
    p = panel(np.array([[[np.nan]], [[4.0]]]))
    p.coverage[0, 0, 0] = Coverage.SUPPRESSED
    assert p.whole("town").cell("town", "all", START)[1] is Coverage.SUPPRESSED


def test_strands_cannot_be_added_in_a_panel() -> None:
    p = panel(np.ones((1, 3, 2)))
    with pytest.raises(OverlappingStrands):
        p.add_strands(definitions.taxonomy(), p.strands)
    assert p.add_strands(definitions.taxonomy(), ["all"]).strands == ("all",)


def test_a_selection_keeps_labels_values_and_batches_together() -> None:
    p = panel(np.arange(24.0).reshape(2, 3, 4))
    part = p.select(areas=["A1"], strands=[p.strands[2]], period=Period(START + 1, START + 2))
    assert part.values.tolist() == [[[21.0, 22.0]]]
    assert part.months == (START + 1, START + 2)


@pytest.mark.parametrize(
    "label",
    [{"areas": ["Nowhere"]}, {"strands": ["hair colour"]}, {"period": Period(START, START + 99)}],
)
def test_a_label_that_is_not_here_is_named(label: dict[str, object]) -> None:
    with pytest.raises(KeyError) as refusal:
        panel(np.ones((1, 1, 2))).select(**label)  # type: ignore[arg-type]
    assert any(word in str(refusal.value) for word in ("Nowhere", "hair colour", "2028-04"))


def test_aligned_panels_share_their_months_and_say_what_was_not_collected() -> None:
    early, late = panel(np.ones((1, 1, 3))), panel(np.ones((1, 1, 3)), first=START + 5)
    both = align({"early": early, "late": late})
    assert both["early"].months == both["late"].months == START.through(START + 7)
    assert both["early"].cell("A0", "all", START + 7)[1] is Coverage.NOT_COLLECTED
    assert both["late"].cell("A0", "all", START + 5) == (1.0, Coverage.VALUE)


def test_a_window_with_a_withheld_month_in_it_is_withheld_inside_its_regime_alone() -> None:
    p = panel(np.array([[[5, np.nan, 5, 5, 5, 5, np.nan, 5]]]), breaks=(4,))
    p.coverage[0, 0, 1] = Coverage.SUPPRESSED  # the month at 6 was not collected
    found = p.trailing(2)
    assert found.coverage[0, 0].tolist() == [0, 2, 2, 1, 0, 1, 0, 0]
    assert p.trailing(4).coverage[0, 0].tolist() == [0, 0, 0, 2, 0, 0, 0, 0]
    assert p.trailing(1).coverage.tolist() == p.coverage.tolist()


def test_a_month_withheld_everywhere_was_collected_and_ends_no_regime() -> None:
    p = panel(np.array([[[5, np.nan, 5, np.nan, 5]]]))
    p.coverage[0, 0, 1] = Coverage.SUPPRESSED
    assert p.regimes == (Period(START, START + 2), Period(START + 4, START + 4))


def test_what_is_derived_from_withheld_figures_is_withheld() -> None:
    p = panel(np.array([[[5, np.nan, np.nan, 5]]]))
    p.coverage[0, 0, 1] = Coverage.SUPPRESSED
    values = np.array([[[1.0, np.nan, np.nan, np.nan]]])
    assert p.derive("x", values).coverage[0, 0].tolist() == [1, 2, 0, 0]
    nought = np.array([[[False, True, False, True]]])
    assert p.derive("x", values, undefined=nought).coverage[0, 0].tolist() == [1, 2, 0, 3]
    other = np.array([[[True, False, True, False]]])
    assert p.derive("x", values, suppressed=other).coverage[0, 0].tolist() == [1, 0, 2, 0]
