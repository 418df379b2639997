"""Detectors give what R's surveillance and spc, and published tables and tests, give.

Where a published program is known to be wrong, the fault has a name here, what it does is written
out, and the test shows that it gives their numbers and that ours differ.
"""

import math
import re

import numpy as np
import pytest

from openscrutiny.core import surveillance as watch
from tests.reference.published import results

pytestmark = pytest.mark.reference

Case = dict  # type: ignore[type-arg]


def cases(name: str, least: int) -> list[Case]:
    found: list[Case] = results(name)["cases"]
    assert len(found) >= least
    return found


def monitored(case: Case) -> np.ndarray:
    return np.array(case["range"]) - 1


def floats(values: list[float | None]) -> np.ndarray:
    return np.array(values, float)


# --- EARS -----------------------------------------------------------------------------------------


def test_ears_limits_and_alarms_are_theirs() -> None:
    seen = {"C1": 0, "C2": 0, "C3": 0}
    for case in cases("surveillance_ears.json", 66):
        seen[case["method"]] += 1
        at = monitored(case)
        how = {
            "baseline": case["baseline"],
            "alpha": case["alpha"],
            "least_spread": case["minSigma"],
        }
        method = "C3, earlier months only" if case["method"] == "C3" else case["method"]
        found = watch.ears(case["y"], method=method, **how)
        assert found.limit[at] == pytest.approx(floats(case["upper"]), abs=1e-8), case["id"]
        assert found.alarm[at].tolist() == case["alarm"], case["id"]
    assert min(seen.values()) > 0


def test_fault_c3_leaves_out_the_month_it_is_about() -> None:
    """Fault "C3 holds the count against itself": their limit stands on the count, ours on what is
    expected of it, as their manual says; the difference is exactly that of the two."""
    chosen = [c for c in cases("surveillance_ears.json", 66) if c["method"] == "C3"]
    for case in chosen:
        at = monitored(case)
        ours = watch.ears(
            case["y"],
            method="C3",
            baseline=case["baseline"],
            alpha=case["alpha"],
            least_spread=case["minSigma"],
        )
        theirs = floats(case["upper"])
        free = (theirs > 0) & (ours.limit[at] > 0)
        off = floats(case["y"])[at] - ours.expected[at]
        assert (theirs - ours.limit[at])[free] == pytest.approx(off[free], abs=1e-8)
        assert ours.alarm[at].tolist() != case["alarm"], case["id"]
    assert len(chosen) >= 32


# --- CUSUM of counts ------------------------------------------------------------------------------


def count_chart(case: Case) -> watch.CountCusum:
    start = int(monitored(case)[0])
    make = watch.mean_before if case["m"] == "null" else watch.seasonal_mean_before
    expected = make(case["y"], start)
    theirs = np.broadcast_to(floats(case["m_used"]), len(case["range"]))
    assert expected[monitored(case)] == pytest.approx(theirs, rel=1e-7), case["id"]
    return watch.poisson_cusum(
        case["y"], expected, k=case["k"], h=case["h"], transform=case["trans"]
    )


def test_count_cusums_and_alarms_are_theirs() -> None:
    kinds = set()
    for case in cases("surveillance_cusum.json", 106):
        found = count_chart(case)
        at = monitored(case)
        assert found.statistic[at] == pytest.approx(floats(case["cusum"]), abs=1e-7), case["id"]
        assert found.alarm[at].tolist() == case["alarm"], case["id"]
        kinds.add((case["trans"], case["m"]))
    assert len(kinds) == 8


def test_count_limits_are_theirs_but_for_three_faults() -> None:
    """Fault "Rossi limit mirrored at 0": where any count would signal, theirs is above 0 again.
    Fault "no transformation, no limit": without a transformation they give h less the sum as it
    is after the month, which is no count. Fault "a limit that is no limit": with "standard" they
    round it up. Every other limit is theirs."""
    faults = {"mirrored at 0": 0, "no limit": 0, "rounded up": 0}
    compared = 0
    for case in cases("surveillance_cusum.json", 106):
        found, at = count_chart(case), monitored(case)
        ours, theirs = found.count_limit[at], floats(case["upper"])
        compared += len(at)
        if case["trans"] == "none":
            headroom = np.maximum(0.0, case["h"] - found.statistic[at])
            assert theirs == pytest.approx(headroom, abs=1e-7), case["id"]
            assert np.abs(ours - theirs).max() > 0.1
            faults["no limit"] += int((np.abs(ours - theirs) > 1e-7).sum())
            continue
        if case["trans"] == "standard":
            faults["rounded up"] += int((np.abs(ours - theirs) > 1e-7).sum())
            ours = np.ceil(ours - 1e-9)
        same = np.abs(ours - theirs) <= 1e-7
        faults["mirrored at 0"] += int((~same).sum())
        assert case["trans"] == "rossi" or same.all(), case["id"]
        assert (ours[~same] == 0).all()
        assert found.alarm[at][~same].all()
    assert compared >= 8586
    assert faults["mirrored at 0"] >= 14
    assert faults["no limit"] >= 431
    assert faults["rounded up"] >= 1945


# --- Likelihood ratio detectors -------------------------------------------------------------------


def ratio_chart(case: Case) -> watch.Glr:
    return watch.glr(
        floats(case["y"])[monitored(case)],
        case["mu0"],
        dispersion=case["alpha"],
        change="epidemic" if case["change"] == "epi" else "intercept",
        threshold=case["c.ARL"],
        count_limits=case["ret"] == "cases",
    )


def signals(case: Case, month: int, count: float) -> bool:
    """Whether their month would have been an alarm of ours, had it had this count."""
    y = floats(case["y"])[monitored(case)][: month + 1]
    y[month] = count
    found = watch.glr(
        y, case["mu0"][: month + 1], dispersion=case["alpha"], threshold=case["c.ARL"]
    )
    return bool(found.alarm[month])


def test_intercept_charts_are_theirs() -> None:
    """Fault "the count that never comes": for negative binomial counts their search for the count
    sometimes runs away and gives 1e99; every other count and every alarm is theirs."""
    chosen = [c for c in cases("surveillance_glr.json", 80) if c["change"] == "intercept"]
    runaways = 0
    for case in chosen:
        found = ratio_chart(case)
        ours = found.count_limit if case["ret"] == "cases" else found.statistic
        theirs = floats(case["upper"])
        runaway = theirs > 1e90
        assert ours[~runaway] == pytest.approx(theirs[~runaway], abs=1e-6), case["id"]
        assert found.alarm.tolist() == case["alarm"], case["id"]
        assert not runaway.any() or (case["alpha"] > 0 and case["ret"] == "cases")
        for month in np.flatnonzero(runaway):
            # Ours is the count that would have signalled: one fewer would not.
            assert [signals(case, month, ours[month] - less) for less in (0, 1)] == [True, False]
            runaways += 1
    assert len(chosen) >= 40
    assert runaways >= 17


def their_epidemic(case: Case) -> tuple[list[float], list[bool]]:
    """Their epidemic charts with both faults.

    Poisson: the search for the size of the change that began in one month starts at the size found
    for the month before, and where that was next to 0 it does not move again. Negative binomial:
    the size is found with the score of the intercept chart.
    """
    x, m = floats(case["y"])[monitored(case)], floats(case["mu0"])
    a, start, first = case["alpha"], 0, 0.0
    values, alarms = [], []
    for t in range(len(x)):
        best, last = 0.0, 0.5
        for k in range(start, t + 1):
            now, usual = x[k : t + 1], m[k : t + 1]
            before = np.r_[first if k == start else x[k - 1], x[k:t]]
            if a == 0:
                last = stuck_search(now, usual, before, last)
                size = last
                ratio = float((now * np.log(size * before / usual + 1) - size * before).sum())
            else:
                u = usual + before * intercept_factor(now, usual, a)
                gone = np.log((1 + a * usual) / (1 + a * u))
                ratio = float((now * (np.log(u / usual) + gone) + gone / a).sum())
            best = max(best, ratio) if not math.isnan(ratio) else best
        values.append(best)
        alarms.append(best > case["c.ARL"] if a == 0 else best >= case["c.ARL"])
        if alarms[-1]:
            start, first = t + 1, float(x[t])
    return values, alarms


def stuck_search(x: np.ndarray, m: np.ndarray, before: np.ndarray, start: float) -> float:
    if not (start > 0 and before.any()):
        return math.nan if not before.any() else start
    old, new = 2.0, math.log(start)
    for _ in range(1000):
        if not (new > -18 and abs(math.exp(new) - math.exp(old)) > 1e-6):
            break
        old, e = new, math.exp(new)
        score = e * (x * before / (e * before + m) - before).sum()
        new = old + score / (e * e * (x * before**2 / (e * before + m) ** 2).sum() - score)
    return math.exp(new)


def intercept_factor(x: np.ndarray, m: np.ndarray, a: float) -> float:
    if x.sum() == 0:
        return 0.0
    kappa = math.log(x.sum() / m.sum())
    for _ in range(100):
        e = math.exp(kappa)
        score = ((x - e * m) / (1 + a * e * m)).sum()
        step = score / (e * (m * (a * x + 1) / (1 + a * e * m) ** 2).sum())
        kappa += step
        if abs(step) < 1e-9:
            break
    return math.exp(kappa)


def test_faults_of_the_epidemic_charts_give_their_numbers_and_ours_are_larger() -> None:
    """Faults "a search that does not start again" (Poisson) and "the score of another chart"
    (negative binomial). Written out, they give every one of their values. Ours is the largest
    likelihood ratio, so it can only be larger while both charts began in the same month; no chart
    of theirs is without the fault."""
    chosen = [c for c in cases("surveillance_glr.json", 80) if c["change"] == "epi"]
    larger = {True: 0, False: 0}
    alarms_differ = 0
    for case in chosen:
        theirs = floats(case["upper"])
        values, alarms = their_epidemic(case)
        assert values == pytest.approx(theirs, abs=1e-6), case["id"]
        assert alarms == case["alarm"], case["id"]
        found = ratio_chart(case)
        together = int(found.alarm.argmax()) + 1 if found.alarm.any() else len(theirs)
        assert (found.statistic - theirs)[:together].min() > -1e-9, case["id"]
        assert (found.statistic - theirs)[:together].max() > 1e-6, case["id"]
        larger[case["alpha"] > 0] += bool((found.statistic - theirs)[:together].max() > 0.1)
        alarms_differ += found.alarm.tolist() != case["alarm"]
    assert len(chosen) >= 40
    assert min(larger.values()) > 10
    assert alarms_differ >= 27


# --- Run lengths ----------------------------------------------------------------------------------


def test_mean_run_lengths_are_those_of_spc() -> None:
    tables = results("spc_arl_tables.json")
    t = tables["cusum"]
    assert len(t["k"]) >= 120
    for two_sided, name in ((False, "arl_1s"), (True, "arl_2s")):
        found = watch.cusum_run_length(t["k"], t["h"], t["mu"], two_sided=two_sided)
        assert found == pytest.approx(floats(t[name]), rel=1e-6)
    t = tables["ewma"]
    assert len(t["lambda"]) >= 70
    for exact, name in ((False, "arl_asym"), (True, "arl_tv")):
        found = watch.ewma_run_length(t["lambda"], t["L"], t["mu"], exact_limits=exact)
        assert found == pytest.approx(floats(t[name]), rel=1e-6)
    t = tables["poisson_cusum"]
    assert len(t["mu0"]) >= 18
    mean, steps = floats(t["mu0"]), floats(t["h"]) * floats(t["m"])
    for shifted, name in ((mean, "arl0"), (mean * floats(t["r"]), "arl1")):
        found = watch.poisson_cusum_run_length(shifted, t["km"], steps, per=t["m"])
        assert found == pytest.approx(floats(t[name]), rel=1e-6)


def test_mean_run_lengths_are_those_of_the_books_to_every_digit_printed() -> None:
    """Montgomery (2009), table 9.3, and Lucas & Saccucci (1990): three figures, in one-sided shift
    of standard deviations."""
    printed = results("spc_arl_tables.json")["published"]
    compared = 0
    for name, theirs in printed.items():
        said = dict(re.findall(r"\b(k|h|lambda|L|shift)\b[ =](\.?\d[.\d]*)", name))
        shift = float(said.get("shift", 0))
        if "lambda" in said:
            ours = watch.ewma_run_length([float(said["lambda"])], [float(said["L"])], [shift])
        else:
            ours = watch.cusum_run_length([0.5], [float(said["h"])], [shift])
        digits = len(str(theirs).partition(".")[2])
        assert ours[0] == pytest.approx(theirs, abs=0.5 * 10**-digits), name
        compared += 1
    assert compared == len(printed) == 9


def test_limits_for_a_wished_run_length_are_those_of_spc() -> None:
    """Their 370 is 370.4; the CUSUM for it is two-sided, that for 500 one-sided."""
    tables = results("spc_arl_tables.json")
    t = tables["cusum_crit"]
    assert watch.cusum_limit(t["k"], 370.4) == pytest.approx(floats(t["h_ARL370"]), rel=1e-6)
    one_sided = watch.cusum_limit(t["k"], 500.0, two_sided=False)
    assert one_sided == pytest.approx(floats(t["h_ARL500"]), rel=1e-6)
    t = tables["ewma_crit"]
    for wished, name in ((370.4, "c_ARL370"), (500.0, "c_ARL500")):
        assert watch.ewma_limit(t["lambda"], wished) == pytest.approx(floats(t[name]), rel=1e-6)


def test_run_length_probabilities_of_likelihood_ratio_charts_are_theirs() -> None:
    for case in cases("surveillance_lrcusum_runlength.json", 12):
        found = watch.lr_cusum_run_length(
            case["mu0"], case["mu0"], case["R"], case["h"], months=20, levels=case["g"]
        )
        assert found == pytest.approx(floats(case["pmf"]), abs=1e-8)
        assert found.sum() == pytest.approx(case["cdf20"], abs=1e-8)


# --- Charts of measurements and of percentiles ----------------------------------------------------


def test_cusum_and_moving_average_are_those_of_the_book() -> None:
    for case in cases("ewma_cusum_montgomery.json", 22):
        wanted = case["expected"]
        if case["type"] == "cusum":
            found = watch.tabular_cusum(case["x"], target=case["mu0"], k=case["K"], h=case["H"])
            pairs = ((found.high, "cplus"), (found.low, "cminus"))
        else:
            chart = watch.ewma(
                case["x"],
                target=case["mu0"],
                sd=case["sigma"],
                weight=case["lambda"],
                width=case["L"],
            )
            pairs = ((chart.statistic, "z"), (chart.limit, "ucl"), (chart.low, "lcl"))
            found = chart  # type: ignore[assignment]
        for ours, name in pairs:
            theirs = floats(wanted[name])
            assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12), case["id"]
        assert (np.flatnonzero(found.alarm) + 1).tolist() == np.atleast_1d(
            wanted["signal"]
        ).tolist(), case["id"]


def test_percentile_alerts_are_those_of_openprescribing() -> None:
    words = {0: None, 1: "u", -1: "d"}
    for case in cases("openprescribing_cusum.json", 25):
        found = watch.percentile_cusum(
            floats(case["data"]), window=case["window"], sensitivity=case["sensitivity"]
        )
        assert [words[int(d)] for d in found.direction] == case["expected"], case["name"]


# --- Trend and change -----------------------------------------------------------------------------


def test_recent_trends_are_those_of_fingertips_but_for_one_fault() -> None:
    """Fault "no interval, no change": without intervals their program says that there is no
    significant change. Nothing was tested, and ours says so."""
    faults, worked_out = 0, 0
    for case in cases("fingertips_trend.json", 6):
        points = sorted(case["points"], key=lambda p: p["date"])
        y, low, high = (floats([p[k] for p in points]) for k in ("value", "lower", "upper"))
        found = watch.recent_trend(y, low, high)
        ours = watch.Marker(int(found.marker[-1])).name.replace("_", "").lower()
        theirs = case["expected_in_repo"].split(" ")[0].lower()
        if np.isnan(low).any() and theirs == "nochange":
            faults += 1
            assert ours == "cannotbecalculated"
            continue
        assert ours.replace("nosignificantchange", "nochange") == theirs, case["name"]
        if "chi2" in case["computed"]:
            assert found.statistic[-1] == pytest.approx(case["computed"]["chi2"], rel=1e-9)
            assert found.slope[-1] == pytest.approx(case["computed"]["slope"], rel=1e-9)
            worked_out += 1
    assert (faults, worked_out) == (1, 4)


def test_the_nile_changed_where_strucchange_says() -> None:
    for case in cases("changepoint.json", 1):
        found = watch.single_break(case["y"])
        assert found.at == case["breaks"]  # theirs is the last year of the old mean, from 1
        assert found.largest == pytest.approx(case["supF"], rel=1e-9)
        # Fault "one less a number next to one": their p is the rounding of 1, and no smaller.
        assert case["supF_p"] == pytest.approx(2**-52, rel=1e-12, abs=0)
        assert 0 < found.p < 1e-15
        assert found.p != case["supF_p"]
        assert found.direction[found.at] == -1
