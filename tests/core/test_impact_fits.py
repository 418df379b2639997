"""Log-linear fits in batches and their errors, against loops that do one series at a time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from openscrutiny.core.impact import Fit, effect, fit, gls_ar1
from openscrutiny.core.impact.diagnostics import (
    durbin_watson,
    inflation,
    lag_one,
    ljung_box,
    unbiased_lag_one,
)

TWO = np.stack([np.ones(6), np.arange(6) >= 3], axis=-1).astype(float)


def design(months: int) -> np.ndarray:
    t = np.arange(months)
    return np.stack([np.ones(months), t / 12, np.sin(t / 2), t >= 2 * months // 3], -1).astype(
        float
    )


def maximised(y: np.ndarray, x: np.ndarray, offset: np.ndarray, n: np.ndarray | None) -> np.ndarray:
    """The same likelihood climbed by a general program."""

    def against(b: np.ndarray) -> float:
        eta = offset + x @ b
        if n is None:
            return float((np.exp(eta) - y * eta).sum())
        return float((n * np.log1p(np.exp(eta)) - y * eta).sum())

    def slope(b: np.ndarray) -> np.ndarray:
        eta = offset + x @ b
        mean = np.exp(eta) if n is None else n / (1 + np.exp(-eta))
        return x.T @ (mean - y)

    start = np.zeros(x.shape[1])
    return optimize.minimize(against, start, jac=slope, tol=1e-12, options={"gtol": 1e-9}).x


def test_two_periods_have_the_rates_of_their_sums() -> None:
    found = fit([2, 4, 6, 5, 7, 12], TWO, exposure=2.0)
    assert found.settled.all()
    assert found.coefficients == pytest.approx([math.log(2), math.log(2)])
    assert found.fitted == pytest.approx([4, 4, 4, 8, 8, 8])
    assert found.weights == pytest.approx(found.fitted)
    assert found.pearson == pytest.approx(
        np.array([-2, 0, 2, -3, -1, 4]) / np.sqrt([4] * 3 + [8] * 3)
    )
    assert found.degrees == 4
    assert float(found.dispersion) == pytest.approx((8 / 4 + 26 / 8) / 4)
    assert np.diag(found.bread) == pytest.approx([1 / 12, 1 / 12 + 1 / 24])
    assert found.errors() == pytest.approx(np.sqrt(np.diag(found.bread) * 21 / 16))
    assert found.errors(least=4.0) == pytest.approx(np.sqrt(np.diag(found.bread) * 4))


def test_half_an_event_added_to_each_period_is_firths_answer() -> None:
    found = fit([0, 0, 0, 5, 7, 12], TWO, firth=True)
    assert np.exp(found.coefficients[0]) == pytest.approx(0.5 / 3)
    assert np.exp(found.coefficients.sum()) == pytest.approx(24.5 / 3)
    assert found.settled.all()


def test_against_others_the_coefficients_are_differences_in_log_rate() -> None:
    y, others = np.array([2, 4, 6, 5, 7, 12.0]), np.array([20, 20, 20, 30, 30, 60.0])
    found = fit(y, TWO, trials=y + others, exposure=0.5)
    before, after = 12 / 60 / 0.5, 24 / 120 / 0.5
    assert found.coefficients == pytest.approx([math.log(before), math.log(after / before)])
    share = 12 / 72
    assert found.weights[:3] == pytest.approx((y + others)[:3] * share * (1 - share))
    firth = fit(y, TWO, trials=y + others, firth=True)
    assert np.exp(firth.coefficients[0]) == pytest.approx(12.5 / 60.5)


def test_a_month_in_which_nobody_has_an_event_says_nothing() -> None:
    y, n = np.array([2, 4, 0, 5, 7, 12.0]), np.array([22, 24, 0, 35, 37, 72.0])
    found = fit(y, TWO, trials=n)
    assert found.pearson[2] == 0
    assert np.exp(found.coefficients[0]) == pytest.approx(6 / 40)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3.0, 40.0, 1e9]), st.booleans())
def test_many_series_at_once_are_what_a_general_program_finds(
    seed: int, mean: float, against: bool
) -> None:
    rng = np.random.default_rng(seed)
    x, e = design(30), rng.uniform(0.5, 2, (2, 3, 30))
    y = rng.poisson(mean * e) + 0.0
    n = y + rng.poisson(5 * mean, y.shape) if against else None
    scale = 1 / mean if n is None else 1.0
    found = fit(y, x, exposure=e if n is not None else e * mean, trials=n)
    assert found.settled.all()
    for k in np.ndindex(2, 3):
        offset = np.log(e[k])
        # The likelihood is divided by the mean, so that the other program can climb it.
        wanted = maximised(y[k] * scale, x, offset, None if n is None else n[k])
        assert found.coefficients[k] == pytest.approx(wanted, abs=2e-4)
        alone = fit(
            y[k],
            x,
            exposure=e[k] * (1 if n is not None else mean),
            trials=None if n is None else n[k],
        )
        assert found.coefficients[k] == pytest.approx(alone.coefficients, abs=1e-8)


def test_a_design_may_differ_from_series_to_series() -> None:
    rng = np.random.default_rng(1)
    y = rng.poisson(9, (2, 30)) + 0.0
    both = np.stack([design(30), design(30) * 2])
    found = fit(y, both)
    assert found.coefficients[0] == pytest.approx(fit(y[0], both[0]).coefficients)
    assert found.coefficients[1] == pytest.approx(fit(y[1], both[1]).coefficients)
    assert found.degrees == 26


def slowly(found: Fit, k: int, lag: int) -> np.ndarray:
    """Newey and West's errors added up term by term."""
    x, months = found.design, found.design.shape[0]
    u = found.pearson[k] * np.sqrt(found.weights[k])
    meat = np.zeros((x.shape[1], x.shape[1]))
    for i in range(months):
        for j in range(months):
            if abs(i - j) <= lag:
                meat += (1 - abs(i - j) / (lag + 1)) * u[i] * u[j] * np.outer(x[i], x[j])
    if lag:
        meat *= months / (months - x.shape[1])
    return np.sqrt(np.diag(found.bread[k] @ meat @ found.bread[k]))


def test_sandwich_errors_are_those_added_up_term_by_term() -> None:
    found = fit(np.random.default_rng(2).poisson(9, (3, 30)), design(30))
    for k in range(3):
        assert found.sandwich_errors()[k] == pytest.approx(slowly(found, k, 0))
        assert found.sandwich_errors(6)[k] == pytest.approx(slowly(found, k, 6))


def test_series_in_rows_and_columns_are_each_fitted_by_themselves() -> None:
    y = np.random.default_rng(15).poisson(9, (2, 3, 30))
    contrast, at = np.array([0, 0, 0, 1.0]), np.arange(30)
    found = fit(y, design(30))
    got = effect(found, contrast, at)
    assert got.estimate.shape == (2, 3)
    assert [end.shape for end in got.interval(0.9)] == [(2, 3), (2, 3)]
    for k in np.ndindex(2, 3):
        alone = fit([int(v) for v in y[k]], design(30))
        assert found.errors()[k] == pytest.approx(alone.errors())
        assert found.sandwich_errors(2)[k] == pytest.approx(alone.sandwich_errors(2))
        assert found.dispersion[k] == pytest.approx(float(alone.dispersion))
        one = effect(alone, contrast, at)
        assert got.likely[:, *k] == pytest.approx(one.likely)
        for told in ("estimate", "error", "rho"):
            assert getattr(got, told)[k] == pytest.approx(float(getattr(one, told)))
        assert got.p()[k] == pytest.approx(float(one.p()))
        assert got.interval(0.9)[0][k] == pytest.approx(float(one.interval(0.9)[0]))


def test_rows_and_columns_of_measurements_are_each_fitted_by_themselves() -> None:
    y = np.random.default_rng(16).normal(size=(2, 2, 30)).cumsum(axis=-1)
    found = gls_ar1(y, design(30))
    for k in np.ndindex(2, 2):
        alone = gls_ar1(list(y[k]), design(30))
        for told in ("coefficients", "errors", "correlation", "sigma", "log_likelihood"):
            assert getattr(found, told)[k] == pytest.approx(getattr(alone, told), abs=1e-6)


def test_less_than_one_event_a_month_has_residuals_as_large_as_any() -> None:
    found = fit([0, 1, 0, 0, 1, 1], TWO)
    third = np.array([1, 1, 1, 2, 2, 2]) / 3
    assert found.fitted == pytest.approx(third)
    assert found.pearson == pytest.approx(([0, 1, 0, 0, 1, 1] - third) / np.sqrt(third))
    few = fit([0, 1, 0, 0, 1, 1], TWO, trials=[1, 1, 1, 1, 1, 1])
    assert few.fitted == pytest.approx(third)
    spread = np.sqrt(third * (1 - third))
    assert few.pearson == pytest.approx(([0, 1, 0, 0, 1, 1] - third) / spread)


def test_what_does_not_settle_is_blank_and_harms_no_neighbour() -> None:
    y = np.array([[0.0] * 6, [2, 4, 6, 5, 7, 12], [0, 0, 0, 5, 7, 12]])
    found = fit(y, TWO)
    assert list(found.settled) == [False, True, False]
    assert np.isnan(found.coefficients[0]).all()
    assert np.isnan(found.fitted[0]).all()
    assert np.isnan(found.dispersion[0])
    assert np.isnan(found.bread[0]).all()
    assert found.coefficients[1] == pytest.approx([math.log(4), math.log(2)])


# ---- residuals --------------------------------------------------------------------------------


def test_the_residuals_of_a_small_series_by_hand() -> None:
    e = np.array([1.0, 2.0, -1.0, -2.0, 5.0])
    about = e - 1
    r = (about[1:] * about[:-1]).sum() / (about**2).sum()
    assert float(lag_one(e)) == pytest.approx(r)
    assert float(durbin_watson(e)) == pytest.approx((1 + 9 + 1 + 49) / 35)
    second = (about[2:] * about[:-2]).sum() / (about**2).sum()
    statistic = 5 * 7 * (r**2 / 4 + second**2 / 3)
    assert float(ljung_box(e, 2)) == pytest.approx(special.gammaincc(1, statistic / 2))


def test_twelve_lags_are_looked_at_unless_said() -> None:
    e = np.random.default_rng(3).normal(size=(2, 40))
    assert ljung_box(e) == pytest.approx(ljung_box(e, 12))
    assert ljung_box(e) != pytest.approx(ljung_box(e, 11))


def test_residuals_without_any_difference_have_no_correlation() -> None:
    assert math.isnan(float(lag_one(np.zeros(5))))
    assert math.isnan(float(durbin_watson(np.zeros(5))))


def test_the_bias_of_a_correlation_is_taken_out() -> None:
    e = np.random.default_rng(4).normal(size=(3, 30))
    assert unbiased_lag_one(e, 5) == pytest.approx((30 * lag_one(e) + 5) / 27)
    up_and_down = np.tile([1.0, -1.0], 15)
    assert float(unbiased_lag_one(up_and_down, 0)) == -0.95
    assert float(unbiased_lag_one(np.arange(30.0), 5)) == 0.95
    assert float(unbiased_lag_one([1.0, -1.0], 0)) == pytest.approx(-0.95)


def test_the_residuals_of_many_series_are_each_told_by_themselves() -> None:
    e = np.random.default_rng(14).normal(size=(2, 3, 30)).cumsum(axis=-1)
    for told in (lag_one, durbin_watson, ljung_box, lambda r: unbiased_lag_one(r, 4)):
        together = told(e)
        assert together.shape == (2, 3)
        for k in np.ndindex(2, 3):
            assert together[k] == pytest.approx(float(told(list(e[k]))), rel=1e-12)


def test_so_few_months_that_none_is_left_over_count_as_one() -> None:
    e = [1.0, 2.0, 4.0, 3.0]
    r = (-1.5 * -0.5 + -0.5 * 1.5 + 1.5 * 0.5) / 5
    assert float(lag_one(e)) == pytest.approx(r)
    assert float(unbiased_lag_one(e, 0)) == pytest.approx(4 * r)
    assert float(unbiased_lag_one([*e, 2.5], -1)) == pytest.approx((5 * r - 1) / 2)
    three = [1.0, 1.0, 1.5]
    assert float(unbiased_lag_one(three, 0)) == pytest.approx(3 * float(lag_one(three)))


def test_no_error_is_inflated_beyond_a_correlation_of_nineteen_twentieths() -> None:
    found = inflation([[0.5, 0.95], [0.951, 1.0]])
    assert found == pytest.approx(np.sqrt([[3, 39], [39, 39]]))


def test_the_bias_is_taken_out_on_average() -> None:
    rng = np.random.default_rng(5)
    z = rng.normal(size=(4000, 40))
    for t in range(1, 40):
        z[:, t] = 0.4 * z[:, t - 1] + math.sqrt(1 - 0.16) * z[:, t]
    x = design(40)
    residuals = z - z @ x @ np.linalg.inv(x.T @ x) @ x.T
    assert lag_one(residuals).mean() < 0.31
    assert unbiased_lag_one(residuals, 4).mean() == pytest.approx(0.4, abs=0.05)


def test_an_error_is_inflated_by_the_root_of_its_odds_and_never_made_smaller() -> None:
    found = inflation([0.0, 0.6, -0.5, 0.99])
    assert list(found) == pytest.approx([1.0, 2.0, 1.0, math.sqrt(39)])


# ---- the doubt averaged over ------------------------------------------------------------------


def one_by_one(found: Fit, k: int, contrast: np.ndarray, at: np.ndarray) -> list[tuple[float, ...]]:
    """(log likelihood, centre, spread, dispersion) of every possibility, plainly."""
    root = np.sqrt(found.weights[k])
    x, r = found.design * root[:, None], found.pearson[k]
    rows = []
    for part, rho in [(p, i / 10) for p in (1.0, 0.5) for i in range(10) if i or p == 1]:
        alike = np.array([[1.0 if a == b else part * rho ** abs(a - b) for b in at] for a in at])
        inverse = np.linalg.inv(alike)
        information = x.T @ inverse @ x
        b = np.linalg.solve(information, x.T @ inverse @ r)
        left = r - x @ b
        squares = left @ inverse @ left
        freedom = len(r) - x.shape[1]
        worth = -0.5 * (
            np.log(np.linalg.det(alike))
            + np.log(np.linalg.det(information))
            + freedom * np.log(squares)
        ) + math.log(0.6 * rho / 9 if rho else 0.4)
        variance = contrast @ np.linalg.inv(information) @ contrast
        dispersion = squares / freedom
        centre = contrast @ (found.coefficients[k] + b)
        rows.append((worth, centre, math.sqrt(variance * max(dispersion, 1)), dispersion, rho))
    return rows


def test_the_doubt_is_averaged_as_a_loop_does_it() -> None:
    rng = np.random.default_rng(6)
    y = np.concatenate([rng.poisson(9, (2, 30)), rng.poisson(rng.gamma(3, 3, (2, 30)))]) + 0.0
    contrast, at = np.array([0, 0, 0, 1.0]), np.delete(np.arange(32), [7, 20])
    found = fit(y, design(30))
    got = effect(found, contrast, at)
    assert got.likely.shape == (19, 4)
    assert got.degrees == 26
    for k in range(4):
        rows = np.array(one_by_one(found, k, contrast, at))
        weight = np.exp(rows[:, 0] - rows[:, 0].max())
        weight /= weight.sum()
        assert got.likely[:, k] == pytest.approx(weight)
        assert got.centres[:, k] == pytest.approx(rows[:, 1])
        assert got.spreads[:, k] == pytest.approx(rows[:, 2])
        assert list(got.estimated[:, k]) == list(rows[:, 3] > 1)
        mean = (weight * rows[:, 1]).sum()
        assert got.estimate[k] == pytest.approx(mean)
        assert got.error[k] == pytest.approx(
            math.sqrt((weight * (rows[:, 2] ** 2 + (rows[:, 1] - mean) ** 2)).sum())
        )
        assert got.rho[k] == pytest.approx((weight * rows[:, 4]).sum())
        u = (0.1 - rows[:, 1]) / rows[:, 2]
        chance = np.where(rows[:, 3] > 1, special.stdtr(26, u), special.ndtr(u))
        below = (weight * chance).sum()
        assert got.below(0.1)[k] == pytest.approx(below)
        assert got.p(0.1)[k] == pytest.approx(2 * min(below, 1 - below))


def test_a_range_ends_where_the_p_value_is_what_is_left() -> None:
    rng = np.random.default_rng(7)
    y = rng.poisson(np.array([[1.0], [9.0], [400.0], [1e9]]), (4, 30)) + 0.0
    got = effect(fit(y, design(30), firth=True), np.array([0, 0, 0, 1.0]), np.arange(30))
    for coverage in (0.5, 0.95, 0.999):
        low, high = got.interval(coverage)
        assert (low < high).all()
        assert got.p(low) == pytest.approx(1 - coverage, rel=1e-5)
        assert got.p(high) == pytest.approx(1 - coverage, rel=1e-5)
    assert got.p() == pytest.approx(got.p(0.0))


def test_what_did_not_settle_has_no_effect() -> None:
    got = effect(fit([[0.0] * 6, [2, 4, 6, 5, 7, 12]], TWO), np.array([0, 1.0]), np.arange(6))
    assert np.isnan(got.estimate[0])
    assert np.isnan(got.p()[0])
    assert got.centres[0, 1] == pytest.approx(math.log(2))


def likelihood(rho: float, y: np.ndarray, x: np.ndarray, restricted: bool) -> tuple[float, ...]:
    """Gaussian log likelihood with the errors' matrix written out, and what goes with it."""
    n, p = x.shape
    alike = rho ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    inverse = np.linalg.inv(alike)
    information = x.T @ inverse @ x
    b = np.linalg.solve(information, x.T @ inverse @ y)
    squares = (y - x @ b) @ inverse @ (y - x @ b)
    freedom = n - p if restricted else n
    value = -0.5 * (
        freedom * (math.log(2 * math.pi * squares / freedom) + 1)
        + np.linalg.slogdet(alike)[1]
        + (np.linalg.slogdet(information)[1] if restricted else 0)
    )
    error = np.sqrt(np.diag(np.linalg.inv(information)) * squares / (n - p))
    return value, b, error, math.sqrt(squares / freedom)  # type: ignore[return-value]


@pytest.mark.parametrize("restricted", [True, False])
def test_least_squares_with_autoregression_is_what_a_search_finds(restricted: bool) -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(size=(3, 30)).cumsum(axis=1) * [[0.2], [0.5], [1.0]] + rng.normal(size=(3, 30))
    found = gls_ar1(y, design(30), restricted=restricted)
    for k in range(3):
        best = optimize.minimize_scalar(
            lambda rho, k=k: -likelihood(rho, y[k], design(30), restricted)[0],
            bounds=(-0.99, 0.99),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert found.correlation[k] == pytest.approx(best.x, abs=1e-5)
        value, b, error, sigma = likelihood(found.correlation[k], y[k], design(30), restricted)
        assert found.log_likelihood[k] == pytest.approx(value)
        assert found.coefficients[k] == pytest.approx(b)
        assert found.errors[k] == pytest.approx(error)
        assert found.sigma[k] == pytest.approx(sigma)


def test_the_likelihood_is_restricted_unless_said() -> None:
    y = np.random.default_rng(9).normal(size=30)
    assert gls_ar1(y, design(30)).log_likelihood == pytest.approx(
        gls_ar1(y, design(30), restricted=True).log_likelihood
    )
