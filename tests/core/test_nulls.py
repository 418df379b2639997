"""What chance alone would flag: the null data sets and the number declared from them."""

import numpy as np
import pytest

from openscrutiny.core.checks import decide
from openscrutiny.core.funnel import between_areas
from openscrutiny.core.nulls import Chance, chance
from openscrutiny.core.ordinary import ordinary_variation
from openscrutiny.core.panel import Panel
from tests.core.invented import FIRST, MEASURES, TAXONOMY, WHOLE, changed, town

ALL = tuple(MEASURES.values())


def by_chance(
    counts: dict[str, Panel], *, datasets: int = 4, seed: int = 5, **how: object
) -> Chance:
    return chance(  # type: ignore[arg-type]
        ALL, counts, whole=WHOLE, taxonomy=TAXONOMY, datasets=datasets, seed=seed, **how
    )


def strand(code: str) -> int:
    return TAXONOMY.codes.index(code)


# ---- the declared number ----------------------------------------------------------------------


def test_the_same_seed_gives_the_same_number_and_another_seed_another() -> None:
    counts = town(1)
    one, again, other = by_chance(counts), by_chance(counts), by_chance(counts, seed=6)
    assert np.array_equal(one.totals, again.totals)
    assert np.array_equal(one.mean_flags, again.mean_flags)
    assert not np.array_equal(one.mean_flags, other.mean_flags)


def test_two_processes_give_what_one_gives() -> None:
    counts = town(2, months=30, areas=9)
    one, two = by_chance(counts), by_chance(counts, processes=2)
    assert np.array_equal(one.totals, two.totals)
    assert np.array_equal(one.mean_flags, two.mean_flags)


def test_progress_is_told_after_every_data_set() -> None:
    told: list[tuple[int, int]] = []
    by_chance(town(3, months=26), progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_parts_add_up_to_the_declared_number() -> None:
    found = by_chance(town(4, spread=0.3), datasets=6)
    assert found.expected == pytest.approx(found.totals.mean())
    assert found.expected_where() == pytest.approx(found.expected, rel=1e-5)
    assert found.low <= np.median(found.totals) <= found.high
    for labels, name in (
        (found.measures, "measure"),
        (found.areas, "area"),
        (found.strands, "strand"),
        (found.months, "month"),
    ):
        parts = [found.expected_where(**{name: label}) for label in labels]  # type: ignore[arg-type]
        assert sum(parts) == pytest.approx(found.expected, rel=1e-5)
    assert found.expected > 0
    assert found.expected_where(area="nowhere") == 0
    assert found.expected_where(month=FIRST + 500) == 0


def test_it_can_be_kept_in_a_file_and_read_back() -> None:
    found = by_chance(town(5, months=30))
    back = Chance.from_arrays(found.to_arrays())
    assert (back.measures, back.areas, back.strands, back.months) == (
        found.measures,
        found.areas,
        found.strands,
        found.months,
    )
    assert back.expected == found.expected
    assert np.array_equal(back.mean_flags, found.mean_flags)
    assert (back.seed, back.data_version, back.method_version) == (
        found.seed,
        found.data_version,
        found.method_version,
    )


def test_no_data_set_at_all_says_nothing_about_chance() -> None:
    sentence = r"^At least one null data set is needed to say what chance would flag\.$"
    with pytest.raises(ValueError, match=sentence):
        by_chance(town(6, months=26), datasets=0)


def test_stories_in_the_figures_hardly_raise_the_number() -> None:
    counts = town(7)
    y = counts["offences"].values[:-1].copy()
    y[3, :, 40] *= 6
    y[8, strand("race"), 30:] *= 3
    quiet, loud = (
        by_chance(counts, datasets=12),
        by_chance(changed(counts, "offences", y), datasets=12),
    )
    assert loud.expected < quiet.expected + 12


def test_the_declared_number_holds_for_figures_drawn_the_same_way() -> None:
    """A sample of the long run in ``deep_calibration``."""
    counts = town(8, months=48, areas=9)
    declared = by_chance(counts, datasets=80, seed=1)
    fresh = by_chance(counts, datasets=40, seed=2)
    inside = (fresh.totals >= declared.low) & (fresh.totals <= declared.high)
    assert inside.mean() >= 0.8
    spread = declared.totals.std() * np.sqrt(1 / 80 + 1 / 40)
    assert abs(fresh.expected - declared.expected) < 4 * spread


# ---- ordinary variation -----------------------------------------------------------------------


def test_null_figures_have_the_shape_and_coverage_of_the_published_ones() -> None:
    counts = town(9, gaps=(20,), breaks=(40,))
    drawn = ordinary_variation(counts, TAXONOMY).draw(np.random.default_rng(1))
    assert set(drawn) == {"offences", "positive_outcomes"}
    for name, values in drawn.items():
        assert values.shape == counts[name].values[:-1].shape
        assert (values >= 0).all()
        assert (values == np.round(values)).all()
        assert not values[:, :, 20].any()


def test_what_was_put_in_is_found_again() -> None:
    counts = town(10, areas=64, months=80, spread=0.1, swing=0.1)
    found = ordinary_variation(counts, TAXONOMY).stretches["offences"][0]
    s = strand("all")
    assert found.spread[s] == pytest.approx(0.1, abs=0.06)
    assert found.swing[s] == pytest.approx(0.1, abs=0.03)
    assert found.phi[s] == pytest.approx(1, abs=0.1)


def test_dispersion_beyond_chance_is_found_and_drawn_again() -> None:
    rng = np.random.default_rng(11)
    counts = town(11, months=80, swing=0.0)
    mean = counts["offences"].values[:-1, :, :].mean(axis=2, keepdims=True)
    wide = rng.poisson(rng.gamma(np.nan_to_num(mean) / 2 + 1e-9, 2, (16, 11, 80))).astype(float)
    wide[np.isnan(counts["offences"].values[:-1])] = np.nan
    model = ordinary_variation(changed(counts, "offences", wide), TAXONOMY)
    s = strand("all")
    assert model.stretches["offences"][0].phi[s] == pytest.approx(3, rel=0.15)
    drawn = model.draw(np.random.default_rng(12))["offences"][:, s]
    ratio = drawn.var(axis=1, ddof=1) / drawn.mean(axis=1)
    assert ratio.mean() == pytest.approx(3, rel=0.25)


def test_a_spike_a_step_and_a_drift_are_not_taken_for_ordinary() -> None:
    counts = town(12, months=80)
    factor = np.linspace(1, 1.5, 80)
    factor[25] *= 5
    factor[50:] *= 2
    level = np.nan_to_num(counts["offences"].values[:-1].mean(axis=2, keepdims=True))
    y = np.random.default_rng(12).poisson(level * factor).astype(float)
    y[np.isnan(counts["offences"].values[:-1])] = np.nan
    y[6, :, 44] *= 7
    quiet = ordinary_variation(counts, TAXONOMY).stretches["offences"][0]
    loud = ordinary_variation(changed(counts, "offences", y), TAXONOMY).stretches["offences"][0]
    s = strand("all")
    assert loud.swing[s] < quiet.swing[s] + 0.03
    assert loud.phi[s] < 1.15 * quiet.phi[s]


def test_a_strand_holds_the_strands_inside_it() -> None:
    levels = {"all": 80, "race_religion": 50, "race": 30, "religion": 14, "antisemitic": 4}
    counts = town(13, levels=levels, spread=0.001)
    y = ordinary_variation(counts, TAXONOMY).draw(np.random.default_rng(2))["offences"]
    inner, outer = y[:, strand("race_religion")], y[:, strand("all")]
    moves = np.corrcoef(
        (inner - inner.mean(axis=1, keepdims=True)).ravel(),
        (outer - outer.mean(axis=1, keepdims=True)).ravel(),
    )[0, 1]
    assert moves > 0.4
    assert np.mean(outer >= inner) > 0.95


def test_null_areas_keep_their_level_within_a_regime() -> None:
    counts = town(14, months=96)
    y = counts["offences"].values[:-1].copy()
    y[4, strand("all")] *= np.linspace(0.3, 3, 96)
    model = ordinary_variation(changed(counts, "offences", np.round(y)), TAXONOMY)
    drawn = model.draw(np.random.default_rng(3))["offences"][:, strand("all")]
    early, late = drawn[:, :48].sum(axis=1), drawn[:, 48:].sum(axis=1)
    change = np.log(late / early)
    assert np.abs(change - np.median(change)).max() < 0.15


def test_the_spread_drawn_is_the_spread_found() -> None:
    counts = town(15, areas=40, months=60, spread=0.2)
    model = ordinary_variation(counts, TAXONOMY)
    found = model.stretches["offences"][0].spread[strand("all")]
    people = counts["residents"].values[:-1, 0, 0]
    again = []
    for seed in range(30):
        y = model.draw(np.random.default_rng(seed))["offences"][:, strand("all")].sum(axis=1)
        again.append(float(between_areas(y, people * y.sum() / people.sum())[0]))
    assert np.mean(again) == pytest.approx(found, rel=0.2)


def test_null_flags_are_the_decision_itself() -> None:
    counts = town(16, months=30)
    model = ordinary_variation(counts, TAXONOMY)
    stream = np.random.SeedSequence(5).spawn(1)[0]
    drawn = model.draw(np.random.default_rng(stream))
    null = counts
    for name, values in drawn.items():
        hidden = np.isnan(counts[name].values[:-1])
        null = changed(null, name, np.where(hidden, np.nan, values))
    flagged = sum(int(decide(m, null, whole=WHOLE, taxonomy=TAXONOMY).flagged.sum()) for m in ALL)
    assert by_chance(counts, datasets=1).totals[0] == flagged
