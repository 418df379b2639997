"""Which rule tells of a month: the table of the module, held against a loop and at its edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openscrutiny.core.counting import size_from_variance, two_sided
from openscrutiny.core.measures import Kind, Refused
from openscrutiny.core.months import Month
from openscrutiny.core.panel import Break, Panel
from openscrutiny.core.surveillance.alphas import ALPHAS
from openscrutiny.core.surveillance.choice import How, Told, detect, joint_regimes, watch
from openscrutiny.core.surveillance.farrington import Settings, Status, farrington
from openscrutiny.core.surveillance.own_past import against_own_regime
from openscrutiny.core.surveillance.rare import months_between

FIRST = Month.of(2010, 1)


def panel(
    *series: np.ndarray | list[float], breaks: tuple[int, ...] = (), name: str = "n"
) -> Panel:
    """Each series an area of one strand."""
    values = np.array(series, float)[:, None]
    return Panel(
        name=name,
        areas=tuple(f"A{i}" for i in range(len(values))),
        strands=("all",),
        months=FIRST.through(FIRST + (values.shape[2] - 1)),
        values=values,
        coverage=(~np.isnan(values)).astype(np.uint8),
        breaks=tuple(Break(FIRST + b, "a new system", "another way of recording") for b in breaks),
    )


def level(months: int, mean: int = 10) -> np.ndarray:
    """A level series that varies a little: mean, one more, one less, and so on."""
    return mean + np.tile([0.0, 1.0, -1.0], months)[:months]


def how(found: Told, area: int = 0) -> list[How]:
    return [How(h) for h in found.how[area, 0]]


def counted(*series: np.ndarray | list[float], breaks: tuple[int, ...] = ()) -> Told:
    return detect(panel(*series, breaks=breaks), Kind.COUNT)


def sparse(months: int, every: int, events: float = 1) -> np.ndarray:
    """An event in every so many months, the first in month 0."""
    y = np.zeros(months)
    y[::every] = events
    return y


# ---- the table and its edges --------------------------------------------------------------------


def test_a_year_is_shown_then_its_own_regime_tells_and_then_its_season() -> None:
    rules = how(counted(level(70)))
    assert rules[:12] == [How.SHOWN] * 12
    assert rules[12:37] == [How.OWN_MEAN] * 25
    assert rules[37:] == [How.SEASONAL] * 33


@pytest.mark.parametrize(
    ("months", "last"),
    [
        (1, How.SHOWN),
        (12, How.SHOWN),
        (13, How.OWN_MEAN),
        (36, How.OWN_MEAN),
        (37, How.OWN_MEAN),
        (38, How.SEASONAL),
        (49, How.SEASONAL),
        (50, How.SEASONAL),
    ],
)
def test_what_tells_of_the_last_of_so_many_months(months: int, last: How) -> None:
    assert how(counted(level(months)))[-1] is last


def test_a_month_of_which_no_number_is_told_has_none() -> None:
    found = counted(level(14))
    assert np.isnan(found.expected[0, 0, :12]).all()
    assert np.isnan(found.low[0, 0, :12]).all()
    assert np.isnan(found.high[0, 0, :12]).all()
    assert np.isnan(found.p[0, 0, :12]).all()
    assert not found.direction[0, 0, :12].any()
    assert not np.isnan(found.p[0, 0, 12:]).any()


def test_a_month_in_its_first_years_is_held_against_up_to_three_of_them() -> None:
    rng = np.random.default_rng(1)
    y = rng.poisson(9.0, (3, 37)).astype(float)
    past = against_own_regime(
        y[:, None], None, np.zeros(37, np.int64), window=1, baseline_least=12, baseline_most=36
    )
    found = counted(*y)
    assert np.array_equal(found.expected, past.expected, equal_nan=True)


@pytest.mark.parametrize(("expected", "rule"), [(1.99, How.TOO_FEW), (2.0, How.SEASONAL)])
def test_under_two_expected_events_a_season_is_too_few_to_tell(expected: float, rule: How) -> None:
    # The floor of an expectation is used to say to the digit what is expected: of 9 known months.
    how_seasonal = Settings(floor=9 * expected)
    found = detect(panel(np.ones(38)), Kind.COUNT, settings=how_seasonal)
    assert how(found)[-1] is rule
    if rule is How.SEASONAL:
        assert found.expected[0, 0, -1] == pytest.approx(2.0)
        assert found.p[0, 0, -1] > 0.1
    else:
        assert np.isnan([found.expected[0, 0, -1], found.p[0, 0, -1]]).all()


def test_fewer_than_one_a_month_is_a_mean_below_one() -> None:
    y = np.ones(30)
    assert how(counted(y))[24] is How.OWN_MEAN  # 24 in 24 months
    y[3] = 0
    rules = how(counted(y))
    assert rules[11] is How.SHOWN
    assert rules[12] is How.BETWEEN_EVENTS  # 11 in 12 months: 0.92 a month
    assert rules[24] is How.BETWEEN_EVENTS  # 23 in 24: 0.96
    y[5] = 2
    assert how(counted(y))[24] is How.OWN_MEAN


def test_eight_months_with_events_are_needed_before_a_wait_tells() -> None:
    rules = how(counted(sparse(40, 3)))  # events in months 0, 3, … 21 (the eighth), 24
    assert rules[12:22] == [How.LISTED] * 10
    assert rules[22:] == [How.BETWEEN_EVENTS] * 18


def test_several_events_in_a_month_are_one_month_of_events() -> None:
    rules = how(counted(sparse(21, 3, events=2)))  # 14 events, but 7 months of them
    assert rules[-1] is How.LISTED


def test_of_a_wait_only_p_and_the_direction_are_told() -> None:
    y = np.concatenate([sparse(24, 2), np.zeros(20)])
    found = counted(y)
    waits = months_between(y)
    assert np.isnan(found.expected[0, 0, 24:]).all()
    assert np.isnan([found.low[0, 0, -1], found.high[0, 0, -1]]).all()
    assert found.p[0, 0, -1] == waits.p[-1] < 0.01
    assert found.direction[0, 0, -1] == -1
    assert not found.drift.any()


def test_a_series_that_has_grown_is_no_longer_rare_when_the_little_is_five_years_past() -> None:
    y = np.concatenate([sparse(96, 8), level(70, 6)])
    rules = how(counted(y))
    assert rules[100] is How.BETWEEN_EVENTS
    # After m months of 6 the last sixty hold 6 m and (60 - m) / 8 events: 60 or more from m = 9.
    assert rules[96 + 7] is How.BETWEEN_EVENTS
    assert {*rules[96 + 10 :]} <= {How.SEASONAL, How.TOO_FEW}
    assert rules[-1] is How.SEASONAL


# ---- gaps, breaks and missing months ------------------------------------------------------------


def test_nothing_crosses_a_break() -> None:
    rules = how(counted(level(90), breaks=(45,)))
    assert rules[45:57] == [How.SHOWN] * 12
    assert rules[57:82] == [How.OWN_MEAN] * 25
    assert rules[82:] == [How.SEASONAL] * 8


def test_nothing_crosses_a_gap() -> None:
    y = level(90)
    y[45] = np.nan
    rules = how(counted(y))
    assert rules[45] is How.UNKNOWN
    assert rules[46:58] == [How.SHOWN] * 12
    assert rules[83:] == [How.SEASONAL] * 7


def test_what_lies_before_a_break_changes_nothing_after_it() -> None:
    rng = np.random.default_rng(2)
    y = rng.poisson(8.0, 100).astype(float)
    other = y.copy()
    other[:40] = 3 * other[:40] + 1
    one, two = counted(y, breaks=(40,)), counted(other, breaks=(40,))
    for name in ("how", "expected", "low", "high", "p", "direction", "drift"):
        a, b = getattr(one, name)[..., 40:], getattr(two, name)[..., 40:]
        assert np.allclose(a, b, rtol=1e-9, atol=0, equal_nan=True), name


def test_a_month_missing_in_one_area_is_passed_over_by_the_season_and_begins_a_new_run() -> None:
    y, there = level(60), level(60)
    y[50] = np.nan
    rules = how(counted(y, there))
    assert rules[50] is How.UNKNOWN
    assert rules[51:] == [How.SEASONAL] * 9
    early = level(40)
    early[20] = np.nan
    rules = how(counted(early, level(40)))
    assert rules[21:33] == [How.SHOWN] * 12
    assert rules[33:37] == [How.OWN_MEAN] * 4
    assert rules[37:] == [How.SEASONAL] * 3


def test_a_wait_does_not_reach_over_a_missing_month() -> None:
    y = sparse(60, 3)
    y[40] = np.nan
    rules = how(counted(y, level(60)))
    assert rules[39] is How.BETWEEN_EVENTS
    assert rules[40] is How.UNKNOWN
    assert rules[53:] == [How.LISTED] * 7


# ---- exposures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.RATE, Kind.RATIO])
def test_a_rate_and_a_ratio_need_their_exposure(kind: Kind) -> None:
    with pytest.raises(Refused, match=f"^A {kind} is held against something: give its exposure.$"):
        detect(panel(level(40)), kind)


@pytest.mark.parametrize("kind", [Kind.CHANGE, Kind.SHARE])
def test_a_change_and_a_share_are_refused(kind: Kind) -> None:
    with pytest.raises(
        Refused,
        match=f"^A {kind} is told year against year, not month by month: use checks.decide for it",
    ):
        detect(panel(level(40)), kind, exposure=panel(level(40)))


def test_more_exposure_lets_one_expect_more() -> None:
    y, residents = level(61), np.full(61, 1000.0)
    alike = detect(panel(y), Kind.RATE, exposure=panel(residents))
    assert alike.expected[0, 0, -1] == pytest.approx(counted(y).expected[0, 0, -1])
    residents[-1] = 2000
    twice = detect(panel(y), Kind.RATE, exposure=panel(residents))
    assert twice.expected[0, 0, -1] == pytest.approx(2 * alike.expected[0, 0, -1], rel=0.01)
    assert twice.p[0, 0, -1] < alike.p[0, 0, -1]


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_a_month_without_exposure_is_unknown_whatever_the_rule(nothing: float) -> None:
    e = np.full((2, 60), 100.0)
    e[:, 50] = nothing
    found = detect(panel(level(60), sparse(60, 3)), Kind.RATIO, exposure=panel(*e))
    assert [how(found, area)[50] for area in (0, 1)] == [How.UNKNOWN] * 2
    assert np.isnan(found.p[:, 0, 50]).all()
    assert how(found, 0)[51] is (How.SEASONAL if nothing == 0 else How.SHOWN)
    # Its waits begin anew, and its season expects too few.
    assert how(found, 1)[51] is (How.TOO_FEW if nothing == 0 else How.SHOWN)


def test_no_exposure_at_all_is_unknown_throughout() -> None:
    found = detect(panel(level(60)), Kind.RATE, exposure=panel(np.zeros(60)))
    assert {*how(found)} == {How.UNKNOWN}


def test_a_break_of_the_exposure_is_a_break_too() -> None:
    e = np.full(90, 1000.0)
    found = detect(panel(level(90)), Kind.RATE, exposure=panel(e, breaks=(45,)))
    assert how(found) == how(counted(level(90), breaks=(45,)))


def test_joint_regimes_end_where_either_ends() -> None:
    one, two = panel(level(9), breaks=(3,)), level(9)
    two[6] = np.nan
    assert joint_regimes(one, panel(two)).tolist() == [0, 0, 0, 2, 2, 2, -1, 3, 3]


def test_an_exposure_of_other_labels_is_refused() -> None:
    with pytest.raises(Refused, match="^n and residents are labelled differently: give both"):
        detect(panel(level(40)), Kind.RATE, exposure=panel(level(40), level(40), name="residents"))


# ---- broken and extreme figures -----------------------------------------------------------------


@pytest.mark.parametrize("wrong", [-1.0, 2.5, np.inf, 2e12])
def test_counts_that_are_none_are_refused(wrong: float) -> None:
    y = level(40)
    y[5] = wrong
    with pytest.raises(Refused, match="Counts are whole numbers from 0"):
        counted(y)


@pytest.mark.parametrize("wrong", [-1.0, np.inf])
def test_exposures_that_are_none_are_refused(wrong: float) -> None:
    e = level(40)
    e[5] = wrong
    with pytest.raises(Refused, match="Exposures are finite and not negative"):
        detect(panel(level(40)), Kind.RATE, exposure=panel(e))


def test_nothing_but_zeros_are_listed_and_one_case_after_them_is_no_alarm() -> None:
    y = np.zeros(60)
    y[-1] = 1
    rules = how(counted(y))
    assert rules[:12] == [How.SHOWN] * 12
    assert rules[12:] == [How.LISTED] * 48


def test_one_enormous_month_is_told_and_does_not_hide_the_next() -> None:
    y = level(70)
    y[60] = 1e9
    found = counted(y)
    assert found.p[0, 0, 60] < 1e-6
    assert found.direction[0, 0, 60] == 1
    assert found.high[0, 0, 60] < 25
    assert found.p[0, 0, 61] > 0.1
    assert found.expected[0, 0, 61] == pytest.approx(10, abs=2)


def test_a_constant_series_is_what_is_expected() -> None:
    found = counted(np.full(61, 20.0))
    assert found.expected[0, 0, -1] == pytest.approx(20, abs=1e-6)
    assert found.p[0, 0, -1] > 0.8
    assert (found.low[0, 0, -1], found.high[0, 0, -1]) == (12, 29)
    assert not found.drift.any()


def test_a_thousand_million_a_month_are_told_of() -> None:
    rng = np.random.default_rng(4)
    y = rng.poisson(1e9, (2, 62)).astype(float)
    y[1, -1] *= 2
    found = counted(*y)
    assert found.expected[0, 0, -1] == pytest.approx(1e9, rel=1e-3)
    assert found.p[0, 0, -1] > 0.001
    assert found.p[1, 0, -1] < 1e-6


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 64),
    st.sampled_from([0.0, 0.2, 0.9, 1.1, 2.0, 30.0, 1e9]),
    st.booleans(),
)
def test_every_month_has_one_answer_and_its_figures_belong_to_it(
    seed: int, months: int, mean: float, missing: bool
) -> None:
    rng = np.random.default_rng(seed)
    y = rng.poisson(mean, (2, months)).astype(float)
    if missing:
        y[rng.random(y.shape) < 0.1] = np.nan
    found = counted(*y, breaks=(months // 3,) if months > 3 else ())
    for h, *numbers in zip(found.how.flat, found.expected.flat, found.p.flat, strict=True):
        expected, p = numbers
        numbered = h in (How.OWN_MEAN, How.SEASONAL)
        assert np.isnan(expected) != numbered
        assert np.isnan(p) != (numbered or h == How.BETWEEN_EVENTS)
        assert np.isnan(p) or 0 <= p <= 1
    assert ((found.how == How.UNKNOWN) == np.isnan(y)[:, None]).all()
    known = ~np.isnan(found.expected)
    assert (found.low[known] <= found.high[known]).all()
    assert (found.drift[found.how != How.SEASONAL] == 0).all()
    side = np.sign(y[:, None][known] - found.expected[known])
    assert np.array_equal(found.direction[known], side)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_range_and_a_p_before_calibration_never_contradict_each_other(seed: int) -> None:
    y = np.random.default_rng(seed).negative_binomial(2, 0.15, (3, 45)).astype(float)
    found = counted(*y)
    watched = watch(
        y[:, None],
        None,
        np.zeros(45, np.int64),
        window=1,
        baseline_least=12,
        baseline_most=36,
        seasonal=Settings(),
    )
    past = watched.past
    size = size_from_variance(past.expected, past.variance(past.expected))
    raw = two_sided(past.observed, past.expected, size)
    told = ~np.isnan(found.expected)
    inside = (y[:, None] >= found.low) & (y[:, None] <= found.high)
    assert np.array_equal(inside[told], raw[told] >= 0.05)


def test_areas_told_by_season_do_not_depend_on_each_other() -> None:
    rng = np.random.default_rng(6)
    y = rng.poisson(7.0, (4, 60)).astype(float)
    together, order = counted(*y), [2, 0, 3, 1]
    permuted = counted(*y[order])
    seasonal = together.how[order] == How.SEASONAL
    assert np.array_equal(permuted.how, together.how[order])
    assert np.allclose(permuted.p[seasonal], together.p[order][seasonal], rtol=1e-12)


# ---- a second implementation, slow and plain ----------------------------------------------------


def chosen(y: np.ndarray, e: np.ndarray, regimes: np.ndarray, t: int) -> How:
    """The rule of one month of one series, by the table and nothing else; before calibration."""
    known = [not np.isnan(c) and x > 0 and r >= 0 for c, x, r in zip(y, e, regimes, strict=True)]
    if not known[t]:
        return How.UNKNOWN
    run = own = t
    while run > 0 and known[run - 1] and regimes[run - 1] == regimes[t]:
        run -= 1
    while own > 0 and not np.isnan(y[own - 1] + e[own - 1]) and regimes[own - 1] == regimes[t]:
        own -= 1
    begin = t
    while begin > 0 and regimes[begin - 1] == regimes[t]:
        begin -= 1
    recent = y[max(run, t - 60) : t]
    if t - run >= 12 and sum(recent) < len(recent):
        return How.BETWEEN_EVENTS if sum(y[run:t] > 0) >= 8 else How.LISTED
    years = [
        year
        for year in range(1, 6)
        if t - 12 * year - 1 >= begin
        and any(known[m] for m in (t - 12 * year + side for side in (-1, 0, 1)) if m < t - 3)
    ]
    if len(years) >= 3:
        return How.SEASONAL
    return How.OWN_MEAN if t - own >= 12 else How.SHOWN


@settings(max_examples=6, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.3, 0.9, 1.2, 3.0, 20.0]),
    st.sampled_from([0.0, 0.02]),
)
def test_every_month_is_told_of_as_a_loop_over_the_table_would(
    seed: int, mean: float, missing: float
) -> None:
    rng = np.random.default_rng(seed)
    y = rng.poisson(mean, (2, 75)).astype(float)
    e = rng.integers(90, 110, y.shape).astype(float)
    y[rng.random(y.shape) < missing] = np.nan
    e[rng.random(y.shape) < missing / 2] = 0
    counts, exposure = panel(*y, breaks=(int(rng.integers(5, 30)),)), panel(*e)
    regimes = joint_regimes(counts, exposure)
    found = detect(counts, Kind.RATE, exposure=exposure)
    own = against_own_regime(
        y[:, None], e[:, None], regimes, window=1, baseline_least=12, baseline_most=36
    )
    for a, t in np.ndindex(y.shape):
        here, rule = (a, 0, t), chosen(y[a], e[a], regimes, t)
        if rule is How.SEASONAL:
            one = farrington(y[a], e[a], regimes, months=np.array([t]))
            assert one.status[t] == Status.TESTED
            past = sum(regimes[:t] == regimes[t])
            p = ALPHAS.calibrated(one.p[t], one.expected[t], one.phi[t], min((past - 1) // 12, 5))
            rule = How.TOO_FEW if one.expected[t] < 2 else rule
            expected = one.expected[t] if rule is How.SEASONAL else np.nan
        elif rule is How.OWN_MEAN:
            expected = own.expected[here]
            size = size_from_variance(own.expected, own.variance(own.expected))[here]
            p = two_sided(y[a, t], expected, size)
        elif rule is How.BETWEEN_EVENTS:
            expected, p = np.nan, months_between(held(y[a], e[a]), regimes=regimes).p[t]
        else:
            expected, p = np.nan, np.nan
        assert found.how[here] == rule, (a, t)
        assert found.expected[here] == pytest.approx(expected, nan_ok=True, rel=1e-9)
        assert found.p[here] == pytest.approx(float(p), nan_ok=True, rel=1e-6)


def held(y: np.ndarray, e: np.ndarray) -> np.ndarray:
    return np.where(e > 0, y, np.nan)


# ---- watch --------------------------------------------------------------------------------------


def watched(**how_watched: object):  # type: ignore[no-untyped-def]
    rules: dict[str, object] = {"window": 1, "baseline_least": 12, "baseline_most": 36}
    y = level(62)[None, None]
    return watch(y, np.ones_like(y), np.zeros(62, np.int64), **(rules | how_watched))  # type: ignore[arg-type]


def test_only_single_months_are_told_by_season_and_only_where_it_is_asked() -> None:
    assert watched(seasonal=Settings()).how[0, 0, 61] == How.SEASONAL
    for otherwise in (
        {},
        {"seasonal": Settings(), "window": 2},
        {"seasonal": Settings(), "exposure_is_count": True},
    ):
        rules = watched(**otherwise).how[0, 0]
        assert rules[61] == How.OWN_MEAN
        assert rules[11] == 0


def test_where_the_season_tells_its_figures_stand_in_the_past() -> None:
    y = level(62)[None, None]
    season = farrington(y)
    past = watched(seasonal=Settings()).past
    told = season.status == Status.TESTED
    assert told.sum() == 25
    assert np.array_equal(past.expected[told], season.expected[told])
    assert np.array_equal(past.phi[told], season.phi[told])
    assert np.isinf(past.knowledge[told]).all()
    assert np.array_equal(past.observed[told], y[told])
    assert (past.exposure[told] == 1).all()
    assert past.baseline_months[0, 0, [36, 37, 48, 49, 60, 61]].tolist() == [36, 37, 37, 49, 49, 61]


def test_only_what_the_season_tells_is_calibrated() -> None:
    found = watched(seasonal=Settings())
    p = np.full((1, 1, 62), 0.01)
    worth = found.calibrated(p)
    assert (worth[0, 0, :37] == 0.01).all()
    assert (worth[0, 0, 37:] > 0.01).all()
    for t, years in ((48, 3), (49, 4), (61, 5)):
        past = found.past
        alone = ALPHAS.calibrated(0.01, past.expected[0, 0, t], past.phi[0, 0, t], years)
        assert worth[0, 0, t] == alone
    assert (p == 0.01).all()  # what was given is left as it was


# ---- drifts -------------------------------------------------------------------------------------


def test_a_slow_climb_is_a_drift_upward_and_a_slow_fall_one_downward() -> None:
    climb = np.concatenate([level(60, 30), 30 + 2 * np.arange(1.0, 13)])
    fall = np.concatenate([level(60, 30), 30 - 2 * np.arange(1.0, 13)])
    found = counted(climb, fall)
    assert not found.drift[..., :60].any()
    assert {*found.drift[0, 0].tolist()} == {0, 1}
    assert {*found.drift[1, 0].tolist()} == {0, -1}
    first = int(np.flatnonzero(found.drift[0, 0])[0])
    assert 62 <= first <= 66


def test_a_level_series_has_no_drift() -> None:
    assert not counted(level(96, 3), level(96, 30), level(96, 300)).drift.any()


def test_a_drift_is_told_only_where_the_season_is() -> None:
    climb = np.concatenate([level(20, 30), 30 + 4 * np.arange(1.0, 13)])
    assert not counted(climb).drift.any()


def test_a_drift_does_not_cross_a_break() -> None:
    climb = np.concatenate([level(60, 30), 30 + 2 * np.arange(1.0, 13)])
    assert not counted(climb, breaks=(60,)).drift.any()
