"""Scales of a funnel and limits on them: worked by hand, laws and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core import funnel
from openscrutiny.core.funnel import Scale
from openscrutiny.core.measures import Refused
from tests.core.invented import MEASURES

Z = 1.959963984540054
errors = st.lists(st.floats(0.001, 0.4), min_size=1, max_size=8)


def test_the_arcsine_scale_worked_by_hand() -> None:
    z, s, target = funnel.on_arcsine_scale([1, 3, 0, np.nan, 0], [4, 4, 4, 4, 0])
    assert target == pytest.approx(1 / 3)
    assert s[:3] == pytest.approx([0.25] * 3)
    middle = math.asin(math.sqrt(1 / 3))
    wanted = [4 * (math.pi / 6 - middle), 4 * (math.pi / 3 - middle), -4 * middle]
    assert z[:3] == pytest.approx(wanted)
    assert np.isnan([z[3:], s[3:]]).all()


def test_the_scale_of_a_ratio_of_counts_worked_by_hand() -> None:
    z, s, target = funnel.on_count_ratio_scale([9, 0, 4, 3], [6, 2, 0, np.nan])
    assert target == pytest.approx(9 / 8)
    assert s[:2] == pytest.approx(
        [math.sqrt(9 / 9.5**2 + 6 / 6.5**2), math.sqrt(2 / 2.5**2)], rel=1e-12
    )
    assert z[0] == pytest.approx((math.log(9.5 / 6.5) - math.log(9 / 8)) / s[0])
    assert z[1] == pytest.approx((math.log(0.5 / 2.5) - math.log(9 / 8)) / s[1])
    assert np.isnan([z[2:], s[2:]]).all()


def test_more_outcomes_than_offences_are_a_ratio_and_no_proportion() -> None:
    assert np.isfinite(funnel.on_count_ratio_scale([9, 8], [5, 9])[0]).all()
    with pytest.raises(Refused, match="greater than its whole"):
        funnel.on_arcsine_scale([9, 8], [5, 9])
    with pytest.raises(Refused, match="not a proportion"):
        funnel.on_arcsine_scale([1, 2], [5, 9], measure=MEASURES["outcomes_per_100"])


def test_scales_without_anything_to_hold_against() -> None:
    z, _, target = funnel.on_count_ratio_scale([[0, 0], [np.nan, 1]], [[5, 6], [1, 0]])
    assert target[0] == 0
    assert np.isnan(target[1])
    assert np.isnan(z).all()
    z, s, target = funnel.on_arcsine_scale([[0, 0], [5, 6]], [[5, 6], [5, 6]])
    assert target.tolist() == [0, 1]
    assert (z == 0).all()
    assert np.isfinite(s).all()


def test_limits_worked_by_hand() -> None:
    s, tau2 = [0.3, 0.4], 0.16
    reach = [Z * 0.5, Z * math.sqrt(0.32)]
    low, high = funnel.scale_limits(Scale.LOG, 2.0, s, tau2=tau2)
    assert low == pytest.approx([2 * math.exp(-r) for r in reach])
    assert high == pytest.approx([2 * math.exp(r) for r in reach])
    low, high = funnel.scale_limits(Scale.ROOT, 1.44, s, tau2=tau2)
    assert low == pytest.approx([(1.2 - reach[0]) ** 2, (1.2 - reach[1]) ** 2])
    assert high == pytest.approx([(1.2 + reach[0]) ** 2, (1.2 + reach[1]) ** 2])
    assert funnel.scale_limits(Scale.ROOT, 0.25, s, tau2=tau2)[0].tolist() == [0, 0]
    low, high = funnel.scale_limits(Scale.ARCSINE, 0.25, [0.1], coverage=0.998)
    assert low == pytest.approx([math.sin(math.pi / 6 - 0.3090232306) ** 2])
    assert high == pytest.approx([math.sin(math.pi / 6 + 0.3090232306) ** 2])
    low, high = funnel.scale_limits(Scale.ARCSINE, [0.01, 0.99], [[0.3], [0.3]])
    assert (low[0, 0], high[1, 0]) == (0, 1)


def test_the_two_ways_of_widening() -> None:
    z, s = np.array([3.0, -2.0]), np.array([0.3, 0.4])
    assert funnel.adjusted_z(z, s, phi=4) == pytest.approx([1.5, -1])
    assert funnel.adjusted_z(z, s, phi=0.25) == pytest.approx(z)
    assert funnel.adjusted_z(z, s, tau2=0.16) == pytest.approx([3 * 0.6, -2 * 0.4 / 0.32**0.5])
    assert funnel.adjusted_z(z, s) == pytest.approx(z)
    rows = funnel.adjusted_z([z, z], s, tau2=[0.0, 0.16])
    assert rows[0] == pytest.approx(z)
    assert rows[1, 0] == pytest.approx(1.8)
    plain = funnel.scale_limits(Scale.LOG, 1.0, s, coverage=0.95)
    wide = funnel.scale_limits(Scale.LOG, 1.0, s, phi=4)
    assert np.log(wide[1]) == pytest.approx(2 * np.log(plain[1]))
    assert np.log(plain[0]) == pytest.approx(-Z * s)


@given(errors, st.floats(0.01, 0.99), st.floats(0, 0.2), st.sampled_from(list(Scale)))
def test_a_figure_is_outside_its_limits_just_when_its_adjusted_z_is(
    s: list[float], target: float, tau2: float, scale: Scale
) -> None:
    to = {
        Scale.LOG: np.log,
        Scale.ROOT: np.sqrt,
        Scale.ARCSINE: lambda v: np.arcsin(np.sqrt(v)),
    }[scale]
    low, high = funnel.scale_limits(scale, target, s, tau2=tau2)
    assert (low <= target).all()
    assert (target <= high).all()
    for end, sign in ((low, -1), (high, 1)):
        inside = (end > 1e-9) & (end < 1 - 1e-9 if scale is Scale.ARCSINE else end > 0)
        z = (to(end[inside]) - to(target)) / np.array(s)[inside]
        adjusted = funnel.adjusted_z(z, np.array(s)[inside], tau2=tau2)
        assert adjusted == pytest.approx(np.full(inside.sum(), sign * Z), rel=1e-6)


def test_a_target_that_cannot_be_is_refused() -> None:
    sentence = "^A target is not negative, and the target of a proportion is at most 1.$"
    for scale, target in ((Scale.LOG, -0.1), (Scale.ROOT, -1), (Scale.ARCSINE, 1.01)):
        with pytest.raises(Refused, match=sentence):
            funnel.scale_limits(scale, target, [0.1])
    assert funnel.scale_limits(Scale.ROOT, 1.01, [0.1])[1] > 1
    assert np.isnan(funnel.scale_limits(Scale.LOG, 1.0, [np.nan])[0]).all()
    assert funnel.scale_limits(Scale.LOG, 0.0, [0.5])[1] == 0


def test_left_out_are_the_first_and_last_of_ten_ranks() -> None:
    z = np.arange(1.0, 21.0)
    s = np.ones(20)
    found = funnel.dispersion(z, s, drop=True)
    # Ranks 3 to 18 stay: place 2 / 21 is below a tenth, 19 / 21 above nine tenths.
    assert found.phi == pytest.approx((z[2:18] ** 2).mean())
    # Nine ranks are tenths exactly: the last group holds the ninth, the first none.
    nine = funnel.dispersion(z[:9], s[:9], drop=True)
    assert nine.phi == pytest.approx((z[:8] ** 2).mean())
    # Ties share their mean rank, and what is not there takes no rank.
    tied = np.array([5.0, np.nan, 1, 1, 2, 3, 3, 4, 5, 5, 2])
    none = funnel.dispersion(tied, np.ones(11), trim=0.2, drop=True)
    assert none.phi == pytest.approx(np.mean(np.square([2.0, 2, 3, 3, 4])))
    whole = funnel.dispersion(z, s, trim=0.0, drop=True)
    assert whole.phi == pytest.approx((z**2).mean())


def test_many_funnels_on_every_scale_are_each_their_own() -> None:
    rng = np.random.default_rng(8)
    n = rng.integers(5, 60, (2, 3, 25)).astype(float)
    x = np.minimum(rng.poisson(n / 3), n).astype(float)
    x[0, 1, :4] = np.nan
    x[1, 2, 5:9] = x[1, 2, 9]
    for on_scale in (funnel.on_arcsine_scale, funnel.on_count_ratio_scale):
        z, s, target = on_scale(x, n)
        found = funnel.dispersion(z, s, drop=True)
        limits = funnel.scale_limits(Scale.LOG, target, s, tau2=found.tau2, phi=found.phi)
        adjusted = funnel.adjusted_z(z, s, tau2=found.tau2, phi=found.phi)
        for i in np.ndindex(2, 3):
            z_i, s_i, target_i = on_scale(x[i], n[i])
            alone = funnel.dispersion(z_i, s_i, drop=True)
            assert target[i] == pytest.approx(float(target_i))
            assert (found.phi[i], found.tau2[i]) == pytest.approx((alone.phi, float(alone.tau2)))
            again = funnel.scale_limits(Scale.LOG, target_i, s_i, tau2=alone.tau2, phi=alone.phi)
            assert limits[1][i] == pytest.approx(again[1], nan_ok=True)
            wanted = funnel.adjusted_z(z_i, s_i, tau2=alone.tau2, phi=alone.phi)
            assert adjusted[i] == pytest.approx(wanted, nan_ok=True)


def test_what_is_left_out_by_rank_agrees_with_ranking_one_by_one() -> None:
    rng = np.random.default_rng(9)
    z = rng.integers(-6, 7, (40, 17)).astype(float)
    z[rng.uniform(size=z.shape) < 0.15] = np.nan
    found = funnel.dispersion(z, np.ones(z.shape), trim=0.15, drop=True)
    for row, phi in zip(z, found.phi, strict=True):
        known = row[~np.isnan(row)]
        places = [
            (np.sum(known < v) + (np.sum(known == v) + 1) / 2) / (len(known) + 1) for v in known
        ]
        kept = [v for v, p in zip(known, places, strict=True) if 0.15 <= p < 0.85]
        assert phi == pytest.approx(np.mean(np.square(kept)))
