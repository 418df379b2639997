"""Run lengths against simulated charts, other ways of working them out, and published tables."""

import numpy as np
import pytest
from scipy import stats

from openscrutiny.core.measures import Refused
from openscrutiny.core.surveillance import (
    cusum_limit,
    cusum_run_length,
    ewma,
    ewma_limit,
    ewma_run_length,
    lr_cusum_run_length,
    poisson_cusum_limit,
    poisson_cusum_run_length,
    tabular_cusum,
)


def first_alarms(alarm: np.ndarray) -> float:
    assert alarm.any(axis=1).all()
    return float((alarm.argmax(axis=1) + 1).mean())


def test_the_cusum_has_the_published_run_lengths() -> None:
    """Montgomery (2009), table 9.3."""
    assert cusum_run_length(0.5, [4, 5]) == pytest.approx([168, 465], rel=2e-3)
    assert cusum_run_length(0.5, [4, 5], 1.0) == pytest.approx([8.38, 10.4], rel=3e-3)


def test_the_moving_average_has_the_published_run_lengths() -> None:
    """Lucas & Saccucci (1990)."""
    weight, width = [0.4, 0.25, 0.2, 0.1], [3.054, 2.998, 2.962, 2.814]
    assert ewma_run_length(weight, width) == pytest.approx([500] * 4, rel=2e-3)
    assert ewma_run_length(weight, width, 1.0) == pytest.approx([14.3, 11.1, 10.5, 10.3], rel=6e-3)


def test_run_lengths_are_those_of_the_charts_themselves() -> None:
    x = np.random.default_rng(21).normal(0.7, 1, (4000, 150))
    chart = tabular_cusum(x, target=0.0, k=0.5, h=3.0)
    assert first_alarms(chart.alarm) == pytest.approx(
        float(cusum_run_length(0.5, 3, 0.7)), rel=0.03
    )
    upper = first_alarms(chart.high > 3)
    one_sided = float(cusum_run_length(0.5, 3, 0.7, two_sided=False))
    assert upper == pytest.approx(one_sided, rel=0.03)
    for exact in (True, False):
        alarm = ewma(x, target=0.0, weight=0.3, width=2.5, exact_limits=exact).alarm
        wanted = float(ewma_run_length(0.3, 2.5, 0.7, exact_limits=exact))
        assert first_alarms(alarm) == pytest.approx(wanted, rel=0.03)


def test_a_weight_of_one_is_a_chart_of_single_months() -> None:
    beyond = 2 * stats.norm.sf(3)
    for exact in (True, False):
        assert ewma_run_length(1.0, 3.0, exact_limits=exact) == pytest.approx(1 / beyond, rel=1e-9)
    assert cusum_run_length(3.0, 1e-9, two_sided=False) == pytest.approx(
        1 / stats.norm.sf(3), rel=1e-6
    )


def test_exact_numbers_stay_what_they_are() -> None:
    assert cusum_run_length(0.5, 4, two_sided=False) == pytest.approx(335.367577627, rel=1e-9)
    assert cusum_run_length(0.5, 4) == pytest.approx(167.6837888136, rel=1e-9)
    assert cusum_run_length(0.25, 2, 0.5) == pytest.approx(5.92118963102, rel=1e-9)
    assert ewma_run_length(0.4, 3.054, 0.25) == pytest.approx(223.7278132668, rel=1e-9)
    assert ewma_run_length(0.4, 3.054, 0.25, exact_limits=True) == pytest.approx(
        222.55035174, rel=1e-8
    )
    assert ewma_run_length([0.1, 0.4], [2.7, 3.054], 1.0, exact_limits=True).shape == (2,)
    assert poisson_cusum_run_length(1.0, 5, 12, per=4) == pytest.approx(35.17383911528, rel=1e-9)
    assert poisson_cusum_run_length(1.5, 5, 12, per=4) == pytest.approx(9.33495116014, rel=1e-9)
    pmf = lr_cusum_run_length(1.0, 1.0, 1.5, 2.0, months=3)
    assert pmf == pytest.approx([8.32411492880e-05, 0.00191302781627, 0.00414506525298], rel=1e-9)


def test_settings_broadcast_and_each_is_its_own() -> None:
    together = cusum_run_length([[0.25], [0.5]], [3, 4, 9], 0.3)
    assert together.shape == (2, 3)
    assert together[1, 0] == pytest.approx(float(cusum_run_length(0.5, 3, 0.3)), rel=1e-9)
    both = ewma_run_length([0.05, 0.5], [2.0, 3.0], [0.0, 0.5], exact_limits=True)
    alone = [float(ewma_run_length(*s, exact_limits=True)) for s in ((0.05, 2, 0), (0.5, 3, 0.5))]
    assert both == pytest.approx(alone, rel=1e-9)
    counts = poisson_cusum_run_length([0.1, 2.0], [1, 3], [4, 5], per=[5, 2])
    one = [
        float(poisson_cusum_run_length(*s[:3], per=s[3])) for s in ((0.1, 1, 4, 5), (2, 3, 5, 2))
    ]
    assert counts == pytest.approx(one)


def test_a_limit_gives_the_run_length_it_was_asked_for() -> None:
    h = cusum_limit([0.25, 1.0], 370.4)
    assert cusum_run_length([0.25, 1.0], h) == pytest.approx([370.4] * 2, rel=1e-8)
    assert h == pytest.approx([8.01034760248, 2.51679316643], rel=1e-8)
    one = cusum_limit(0.5, 500.0, two_sided=False)
    assert one == pytest.approx(4.38912974026, rel=1e-8)
    width = ewma_limit(0.1, [370.4, 500])
    assert width == pytest.approx([2.7014611051, 2.8143099955], rel=1e-8)
    exact = ewma_limit(0.3, 200.0, exact_limits=True)
    assert ewma_run_length(0.3, exact, exact_limits=True) == pytest.approx(200, rel=1e-8)


def test_a_run_length_out_of_reach_has_no_limit() -> None:
    assert np.isnan(cusum_limit(0.5, 1.0))
    assert np.isnan(ewma_limit(0.2, [0.9, 5.0])).tolist() == [True, False]
    assert np.isnan(ewma_limit(1.0, 1e30))


def chain_by_counts(mean: float, reference: int, threshold: int, per: int) -> float:
    """Mean run length by following the chain until hardly anything is left."""
    chance = stats.poisson.pmf(np.arange(200), mean)
    state = np.zeros(threshold + 1)
    state[0] = 1
    total = 0.0
    while state.sum() > 1e-12:
        total += state.sum()
        after = np.zeros(threshold + 1)
        for s, mass in enumerate(state):
            for count, p in enumerate(chance):
                reached = max(0, s + per * count - reference)
                if reached <= threshold:
                    after[reached] += mass * p
        state = after
    return total


@pytest.mark.parametrize(
    "settings", [(0.4, 3, 4, 5), (2.0, 5, 6, 2), (1.0, 0, 3, 1), (1.2, 7, 0, 2), (0.6, 3, 5, 4)]
)
def test_the_poisson_chain_agrees_with_one_followed_month_by_month(
    settings: tuple[float, int, int, int],
) -> None:
    mean, reference, threshold, per = settings
    found = poisson_cusum_run_length(mean, reference, threshold, per=per)
    assert found == pytest.approx(chain_by_counts(*settings), rel=1e-9)


def test_groups_that_fit_in_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mean = np.linspace(0.2, 2, 7)
    whole = poisson_cusum_run_length(mean, 3, 6, per=2)
    monkeypatch.setattr("openscrutiny.core.surveillance.run_length._STATES_AT_ONCE", 100)
    assert poisson_cusum_run_length(mean, 3, 6, per=2) == pytest.approx(whole)


def test_the_poisson_limit_is_the_smallest_that_runs_long_enough() -> None:
    for mean, reference, per in ((0.2, 3, 10), (0.9, 4, 3), (3.0, 4, 1)):
        h = float(poisson_cusum_limit(mean, reference, 100.0, per=per))
        assert poisson_cusum_run_length(mean, reference, h, per=per) >= 100
        assert poisson_cusum_run_length(mean, reference, h - 1, per=per) < 100
    assert poisson_cusum_limit(0.001, 1, 500.0, per=1) == 0
    # A sum that rises by itself never runs long: no threshold serves.
    assert np.isnan(poisson_cusum_limit(50.0, 1, 1e6))


def test_the_likelihood_ratio_run_length_is_that_of_a_simulated_chart() -> None:
    pmf = lr_cusum_run_length(3.0, 3.0, 1.5, 2.0, months=60, levels=60)
    y = np.random.default_rng(22).poisson(3.0, (20000, 60))
    total, alarmed = np.zeros(len(y)), np.zeros((len(y), 60), bool)
    for t in range(60):
        total = np.maximum(0, total + y[:, t] * np.log(1.5) - 3 * 0.5)
        alarmed[:, t] = total > 2
    by_then = np.maximum.accumulate(alarmed, axis=1).mean(axis=0)
    assert pmf.cumsum() == pytest.approx(by_then, abs=0.03)
    assert (pmf >= 0).all()
    two = lr_cusum_run_length([1.0, 3.0], [1.0, 3.0], 2.0, 2.0, months=4)
    assert two[1] == pytest.approx(lr_cusum_run_length(3.0, 3.0, 2.0, 2.0, months=4))
    assert two.shape == (2, 4)


def test_longer_limits_run_longer_and_larger_shifts_shorter() -> None:
    h = np.linspace(0.5, 8, 12)
    assert (np.diff(cusum_run_length(0.5, h)) > 0).all()
    assert (np.diff(cusum_run_length(0.5, 4, np.linspace(0, 3, 12))) < 0).all()
    assert (np.diff(ewma_run_length(0.2, np.linspace(1, 4, 12))) > 0).all()
    assert cusum_run_length(0.5, 4, -0.8) == pytest.approx(float(cusum_run_length(0.5, 4, 0.8)))
    assert ewma_run_length(0.2, 3, -0.8) == pytest.approx(float(ewma_run_length(0.2, 3, 0.8)))


def test_settings_that_no_chart_has_are_refused() -> None:
    for k, h in ((-0.1, 4), (0.5, 0), (0.5, 200.1)):
        with pytest.raises(Refused, match="A CUSUM needs k of 0 or more and h between 0 and 200."):
            cusum_run_length(k, h)
    assert cusum_run_length(0.0, 1.0) > 1
    for weight, width in ((0.0009, 3), (1.1, 3), (0.2, 0), (0.2, 10.1)):
        with pytest.raises(Refused, match="An EWMA needs a weight from 0.001 to 1 and a width"):
            ewma_run_length(weight, width)
    with pytest.raises(Refused, match="The settings of a chart must be finite numbers."):
        cusum_run_length(0.5, np.nan)
    with pytest.raises(Refused, match="“run_length” must be a positive number"):
        cusum_limit(0.5, 0.0)
    for reference, threshold, per in ((1.5, 3, 1), (1, 3.5, 1), (1, 3, 0), (-1, 3, 1), (1, 512, 1)):
        with pytest.raises(
            Refused, match="must be whole numbers of 1/“per” events, and the threshold"
        ):
            poisson_cusum_run_length(1.0, reference, threshold, per=per)
    for mean in (0.0, np.nan, np.inf):
        with pytest.raises(Refused, match="The mean of a Poisson CUSUM must be positive."):
            poisson_cusum_run_length(mean, 1, 3)
    for values in ((0, 1, 2, 2), (1, 0, 2, 2), (1, 1, 1, 2), (1, 1, 2, 0)):
        with pytest.raises(
            Refused, match="A likelihood-ratio CUSUM needs positive means and h, and"
        ):
            lr_cusum_run_length(*values, months=3)
    for months, levels in ((0, 5), (3, 1)):
        with pytest.raises(Refused, match="Take 2 levels or more, and 1 month or more."):
            lr_cusum_run_length(1.0, 1.0, 2.0, 2.0, months=months, levels=levels)


def test_a_long_chart_is_worked_out_as_finely_as_a_longer_one_beside_it() -> None:
    beside = cusum_run_length(0.0, [60.0, 200.0])
    assert cusum_run_length(0.0, 60.0) == pytest.approx(float(beside[0]), rel=1e-8)
    slow = ewma_run_length([0.01, 0.002], 2.5)
    assert ewma_run_length(0.01, 2.5) == pytest.approx(float(slow[0]), rel=1e-8)
    assert lr_cusum_run_length(1.0, 1.0, 2.0, 2.0, months=1).shape == (1,)
    assert cusum_run_length([], []).shape == (0,)
    assert ewma_run_length([], []).shape == (0,)
    assert poisson_cusum_run_length([], [], []).shape == (0,)


def test_the_whole_of_what_is_refused_is_said() -> None:
    for ask, sentence in (
        (lambda: cusum_run_length(-1, 4), "A CUSUM needs k of 0 or more and h between 0 and 200."),
        (
            lambda: ewma_run_length(0.0, 3),
            "An EWMA needs a weight from 0.001 to 1 and a width between 0 and 10.",
        ),
        (
            lambda: poisson_cusum_run_length(1.0, 0.5, 3),
            (
                "The reference value and the threshold of a Poisson CUSUM must be whole numbers of "
                "1/“per” events, and the threshold below 512 of them."
            ),
        ),
        (
            lambda: poisson_cusum_run_length(0.0, 1, 3),
            "The mean of a Poisson CUSUM must be positive.",
        ),
        (
            lambda: lr_cusum_run_length(1.0, 1.0, 1.0, 2.0, months=2),
            "A likelihood-ratio CUSUM needs positive means and h, and a ratio above 1.",
        ),
        (
            lambda: lr_cusum_run_length(1.0, 1.0, 2.0, 2.0, months=0),
            "Take 2 levels or more, and 1 month or more.",
        ),
        (lambda: ewma_run_length(np.inf, 3), "The settings of a chart must be finite numbers."),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert str(refused.value) == sentence
