"""What a p-value is worth: the table against a loop, how it is made, and the null series."""

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.config.method_commands import as_module
from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import alphas, calibration
from openscrutiny.core.surveillance.alphas import ALPHAS
from openscrutiny.core.surveillance.calibration import AlphaTable, alpha_table
from openscrutiny.core.surveillance.nulls_of_counts import Life, Null, null_series
from tests.core import deep_false_alarms as deep

NONE = math.nan
LOG = math.log

# Two years, two means, two dispersions, two probabilities: worked by hand below.
SMALL = AlphaTable(
    version="invented",
    years=(3, 5),
    means=(1.0, 4.0, 16.0),
    phis=(1.0, 4.0),
    nominal=(0.1, 0.01),
    real=np.log(
        [
            [[[NONE, NONE], [NONE, NONE]], [[0.1, 0.01], [0.05, 0.002]], [[0.08, 0.005]] * 2],
            [[[NONE, NONE], [NONE, NONE]], [[0.1, 0.01], [0.05, 0.004]], [[0.09, 0.009]] * 2],
        ]
    ),
)


# ---- the table in use ---------------------------------------------------------------------------


def test_at_a_grid_point_a_real_probability_is_worth_its_nominal_one() -> None:
    assert SMALL.calibrated(0.05, 4, 4, 3) == pytest.approx(0.1)
    assert SMALL.calibrated(0.002, 4, 4, 3) == pytest.approx(0.01)
    assert SMALL.calibrated(0.004, 4, 4, 5) == pytest.approx(0.01)
    assert SMALL.calibrated([0.1, 0.03, 0.01], 4, 1, 3) == pytest.approx([0.1, 0.03, 0.01])


def test_between_grid_points_it_is_linear_in_logarithms() -> None:
    # Halfway between phi 1 and 4 (that is 2): the geometric mean of 0.1 and 0.05, of 0.01 and 0.002
    assert SMALL.calibrated(math.sqrt(0.005), 4, 2, 3) == pytest.approx(0.1)
    assert SMALL.calibrated(math.sqrt(0.01 * 0.002), 4, 2, 3) == pytest.approx(0.01)
    # Halfway between means 4 and 16, that is 8.
    assert SMALL.calibrated(math.sqrt(0.01 * 0.005), 8, 1, 3) == pytest.approx(0.01)
    # Between p = 1 and the first: half of the logarithm is worth half of the logarithm.
    assert SMALL.calibrated(math.sqrt(0.05), 4, 4, 3) == pytest.approx(math.sqrt(0.1))


def test_below_the_smallest_probability_it_goes_straight_on() -> None:
    slope = LOG(10) / LOG(25)
    worth = math.exp(LOG(0.01) + slope * (LOG(1e-5) - LOG(0.002)))
    assert SMALL.calibrated(1e-5, 4, 4, 3) == pytest.approx(worth)
    assert SMALL.calibrated(0.0, 4, 4, 3) > 0
    assert SMALL.calibrated(0.0, 4, 4, 3) == SMALL.calibrated(1e-300, 4, 4, 3)


def test_but_no_steeper_than_p_itself() -> None:
    steep = replace(SMALL, real=np.log(np.full((2, 3, 2, 2), [0.02, 0.01])))
    assert steep.calibrated(math.sqrt(0.0002), 4, 1, 3) == pytest.approx(math.sqrt(0.001))
    assert steep.calibrated(0.001, 4, 1, 3) == pytest.approx(0.001)


def test_the_ends_hold() -> None:
    for end, beyond in (((16, 4, 5), (1e6, 1e6, 10)), ((16, 1, 3), (16, 0.5, 1))):
        assert SMALL.calibrated(0.003, *beyond) == SMALL.calibrated(0.003, *end)
    assert SMALL.calibrated(0.003, np.inf, np.inf, np.inf) == SMALL.calibrated(0.003, 16, 4, 5)


def test_a_year_between_two_counts_as_the_larger() -> None:
    assert SMALL.calibrated(0.004, 4, 4, 4) == SMALL.calibrated(0.004, 4, 4, 5)
    assert SMALL.calibrated(0.004, 4, 4, 3.5) != SMALL.calibrated(0.004, 4, 4, 3)


def test_where_a_cell_it_lies_between_is_unfit_there_is_no_answer() -> None:
    assert np.isnan(SMALL.calibrated([1.0, 0.5, 0.03, 1e-9], 1, 1, 3)).all()
    assert np.isnan(SMALL.calibrated(0.03, 3.999, 2, 3))
    assert not np.isnan(SMALL.calibrated(0.03, 4, 2, 3))
    assert np.isnan(SMALL.calibrated(0.03, 0.01, 2, 3))


@pytest.mark.parametrize(
    "unknown",
    [
        (NONE, 4, 1, 3),
        (0.5, NONE, 1, 3),
        (0.5, 4, NONE, 3),
        (0.5, 4, 1, NONE),
        (0.5, 0, 1, 3),
        (0.5, -1, 1, 3),
        (0.5, 4, 0, 3),
        (0.5, 4, -2, 3),
    ],
)
def test_what_is_unknown_or_no_number_of_events_has_no_answer(unknown: tuple[float, ...]) -> None:
    assert np.isnan(SMALL.calibrated(*unknown))


def test_arrays_broadcast_and_keep_their_shape() -> None:
    worth = SMALL.calibrated(np.full((2, 1), 0.01), np.array([4.0, 16.0, 1.0]), 1.0, 3)
    assert worth.shape == (2, 3)
    assert worth[0] == pytest.approx([0.01, 10**-1.75, NONE], nan_ok=True)
    assert SMALL.calibrated(np.empty((0, 3)), 4, 1, 3).shape == (0, 3)


def slowly(table: AlphaTable, p: float, mean: float, phi: float, years: int) -> float:
    """One p-value, by np.interp along one axis after the other."""
    real = table.real[min(i for i, y in enumerate(table.years) if y >= min(years, table.years[-1]))]
    knots = []
    for k in range(len(table.nominal)):
        by_mean = [np.interp(LOG(phi), np.log(table.phis), row[:, k]) for row in real]
        known = [(LOG(m), at) for m, at in zip(table.means, by_mean, strict=True)]
        low = max((i for i, (m, _) in enumerate(known) if m <= LOG(mean)), default=0)
        near = known[low : low + 2] if LOG(mean) > known[low][0] else known[low : low + 1]
        if any(math.isnan(at) for _, at in near):
            return NONE
        knots.append(float(np.interp(LOG(mean), *zip(*near, strict=True))))
    x, values = [0.0, *knots], [0.0, *np.log(table.nominal)]
    if LOG(p) >= x[-1]:
        return math.exp(np.interp(LOG(p), x[::-1], values[::-1]))
    slope = min(1.0, (values[-2] - values[-1]) / (x[-2] - x[-1]))
    return math.exp(min(0.0, values[-1] + slope * (LOG(p) - x[-1])))


probabilities = st.floats(-30, 0).map(math.exp)
cells = (st.floats(-1, 9).map(math.exp), st.floats(0, 4).map(math.exp), st.integers(1, 9))


@settings(max_examples=200, deadline=None)
@given(probabilities, *cells)
def test_it_is_what_a_loop_makes_of_the_table(
    p: float, mean: float, phi: float, years: int
) -> None:
    worth = float(ALPHAS.calibrated(p, mean, phi, years))
    assert worth == pytest.approx(slowly(ALPHAS, p, mean, phi, years), rel=1e-9, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(*cells)
def test_it_rises_with_p_never_jumps_and_leaves_one_alone(
    mean: float, phi: float, years: int
) -> None:
    p = np.exp(np.linspace(-40, 0, 2001))
    worth = ALPHAS.calibrated(p, mean, phi, years)
    if mean < 2:
        assert np.isnan(worth).all()
        return
    assert worth[-1] == 1
    assert (np.diff(worth) > 0).all()
    assert np.diff(np.log(worth)).max() < 0.1
    near = ALPHAS.calibrated(p, mean * (1 + 1e-9), phi * (1 + 1e-9), years)
    assert np.allclose(np.log(near), np.log(worth), atol=1e-6)


# ---- the table that is shipped ------------------------------------------------------------------


def test_the_table_in_use_is_the_one_the_command_makes() -> None:
    assert ALPHAS.version == "2026.2"
    assert ALPHAS.years == (3, 4, 5)
    assert ALPHAS.means == (1, 2, 5, 10, 30, 100, 300, 1000)
    assert ALPHAS.phis == (1, 1.1, 1.25, 1.6, 2, 3, 5, 10, 20)
    assert ALPHAS.nominal == (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
    assert ALPHAS.real.shape == (3, 8, 9, 10)
    fit = ~np.isnan(ALPHAS.real)
    assert not fit[:, 0].any()
    assert fit[:, 1:].all()
    assert (np.diff(ALPHAS.real[:, 1:], axis=3) < 0).all()
    assert (ALPHAS.real[:, 1:] < 0).all()


def test_it_makes_small_p_values_larger_where_much_is_unsure() -> None:
    three, five = ALPHAS.calibrated(0.001, 10, 3, [3, 5])
    assert three > 1.3 * five > 0.0013


def test_the_module_written_is_the_module_in_use() -> None:
    assert as_module(ALPHAS) == Path(alphas.__file__).read_text(encoding="utf-8")


def test_a_table_written_as_a_module_is_read_back(tmp_path: Path) -> None:
    made = replace(SMALL, real=np.round(SMALL.real, 3))
    path = tmp_path / "written.py"
    path.write_text(as_module(made), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("written", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    read = module.ALPHAS
    assert np.array_equal(read.real, made.real, equal_nan=True)
    assert replace(read, real=0) == replace(made, real=0)  # type: ignore[arg-type]


# ---- how it is made -----------------------------------------------------------------------------

GRID = {
    "series": 6,
    "version": "small",
    "years": (3,),
    "means": (1.0, 6.0),
    "phis": (1.0, 1.5, 40.0),
    "nominal": (0.5, 0.1, 0.01),
    "engine": "numpy",
}


@pytest.fixture(scope="module")
def made() -> AlphaTable:
    return alpha_table(seed=5, **GRID)  # type: ignore[arg-type]


def test_a_small_table_has_the_cells_promised(made: AlphaTable) -> None:
    assert made.version == "small"
    assert (made.years, made.means, made.phis) == ((3,), (1.0, 6.0), (1.0, 1.5, 40.0))
    assert made.real.shape == (1, 2, 3, 3)
    assert np.isnan(made.real[0, 0]).all()
    assert (np.diff(made.real[0, 1], axis=1) < 0).all()
    # Hardly any month seems to have a dispersion of 40: that cell is its neighbour's.
    assert np.array_equal(made.real[0, 1, 2], made.real[0, 1, 1])
    assert not np.array_equal(made.real[0, 1, 1], made.real[0, 1, 0])
    assert np.exp(made.real[0, 1, 1]) == pytest.approx([0.4, 0.05, 0.004], rel=0.6)


def test_the_same_seed_makes_the_same_table_and_another_another(made: AlphaTable) -> None:
    again = alpha_table(seed=5, **GRID)  # type: ignore[arg-type]
    other = alpha_table(seed=6, least=6, **GRID)  # type: ignore[arg-type]
    assert np.array_equal(again.real, made.real, equal_nan=True)
    assert not np.array_equal(other.real, made.real, equal_nan=True)
    assert not np.isnan(other.real[0, 1]).any()  # a cell of 6 is fit where 6 are asked


def test_cells_with_hardly_a_month_in_them_are_unfit() -> None:
    few = alpha_table(seed=5, **{**GRID, "series": 1, "means": (2.0, 3.0)})  # type: ignore[arg-type]
    assert np.isnan(few.real).all()


def test_worlds_hold_no_dispersion_that_their_mean_cannot_bear() -> None:
    worlds = list(calibration._worlds(1, 3, (1.0, 4.0, 36.0)))
    assert sorted({mean for _, mean, *_ in worlds}) == [1, 2, 4, 12, 36]
    most = {mean: max(w[2] for w in worlds if w[1] == mean) for mean in (1, 2, 4, 12, 36)}
    assert most == {1: 3, 2: 3, 4: 3, 12: 3, 36: 10}
    weights = {(phi, kind): times for _, mean, phi, kind, times in worlds if mean == 36}
    assert weights[1.0, Null.LEVEL] == 12
    assert weights[1.0, Null.ALIKE] == 36
    assert weights[1.25, Null.SEASON] == weights[1.25, Null.TREND] == 1
    first = [rng.random() for rng, *_ in worlds]
    assert len({*first}) == len(first)  # each world has random numbers of its own


# ---- null series --------------------------------------------------------------------------------


def series(kind: Null, phi: float, mean: float = 12, **how: object) -> np.ndarray:
    rng = np.random.default_rng(11)
    return null_series(rng, mean=mean, phi=phi, kind=kind, series=4000, months=24, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("phi", [1.0, 1.5, 4.0])
@pytest.mark.parametrize("kind", [Null.LEVEL, Null.ALIKE])
def test_a_level_series_has_its_mean_and_phi_times_as_much_variance(kind: Null, phi: float) -> None:
    y = series(kind, phi)
    assert y.shape == (4000, 24)
    assert y.dtype == np.float64
    assert np.array_equal(y, np.floor(y))
    assert y.mean() == pytest.approx(12, rel=0.01)
    assert y.var() == pytest.approx(12 * phi, rel=0.05)


def test_a_season_swings_by_what_it_says() -> None:
    means = series(Null.SEASON, 2.0).mean(axis=0)
    t = np.arange(24)
    assert means == pytest.approx(12 * np.exp(0.3 * np.cos(2 * np.pi * t / 12)), rel=0.03)
    strong = series(Null.SEASON, 1.0, life=Life(season=1.0)).mean(axis=0)
    assert strong[0] / strong[6] == pytest.approx(math.exp(2), rel=0.03)


def test_a_trend_ends_at_the_mean() -> None:
    means = series(Null.TREND, 2.0, life=Life(trend=0.05)).mean(axis=0)
    assert means == pytest.approx(12 * np.exp(0.05 * (np.arange(24) - 23)), rel=0.03)
    assert Life() == Life(season=0.3, trend=0.004, alike=0.3)
    usual = series(Null.TREND, 1.0, mean=1e6).mean(axis=0)
    assert usual == pytest.approx(1e6 * np.exp(0.004 * (np.arange(24) - 23)), rel=1e-4)


def test_months_that_are_alike_share_their_extra_variation_alone() -> None:
    def lag(y: np.ndarray, months: int) -> float:
        return float(np.corrcoef(y[:, months:].ravel(), y[:, :-months].ravel())[0, 1])

    # Of a variance of phi × mean, (phi - 1) / phi is extra: the rest is chance, and forgets.
    y = series(Null.ALIKE, 4.0, mean=200)
    assert lag(y, 1) == pytest.approx(0.3 * 0.75, abs=0.02)
    assert lag(y, 2) == pytest.approx(0.09 * 0.75, abs=0.02)
    more = series(Null.ALIKE, 4.0, mean=200, life=Life(alike=0.8))
    assert lag(more, 1) == pytest.approx(0.8 * 0.75, abs=0.02)
    for kind, phi in ((Null.LEVEL, 4.0), (Null.ALIKE, 1.0)):
        assert lag(series(kind, phi), 1) == pytest.approx(0, abs=0.02)


def test_the_same_random_numbers_give_the_same_series() -> None:
    assert np.array_equal(series(Null.ALIKE, 2.0), series(Null.ALIKE, 2.0))


@pytest.mark.parametrize(
    ("mean", "phi"), [(0, 1), (-1, 2), (NONE, 2), (5, 0.99), (5, NONE), (np.inf, 1), (5, np.inf)]
)
def test_a_null_series_of_no_mean_or_less_than_poisson_is_refused(mean: float, phi: float) -> None:
    with pytest.raises(Refused, match="^A null series has a finite mean above 0 and a dispersion"):
        series(Null.LEVEL, phi, mean=mean)


# ---- a sample of the long check -----------------------------------------------------------------


def test_ordinary_months_alarm_as_often_as_they_should() -> None:
    """A sample of the long run in ``deep_false_alarms``."""
    found = deep.false_alarms(3, 30.0, 1.5, series=300, seed=8)
    assert found.told == 1
    assert found.fit
    assert 0.7 <= found.times[0] <= 1.5
    few = deep.false_alarms(3, 1.0, 1.0, series=100, seed=8)
    assert few.told < 0.2
    assert few.too_few


def test_a_doubling_is_found() -> None:
    assert deep.found_doubled(5, 100.0, 1.5, series=4, seed=8) == 1
    assert 0.2 <= deep.found_doubled(5, 5.0, 1.5, series=8, seed=8) <= 0.9
