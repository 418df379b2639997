"""Rates, proportions, standardised rates, means, groups and funnels of English public health.

Tables of two packages, one in R (``r__``) and one in Python (``py__``), with their own headings.
Every one of them is compared, but ``r__DSR_testdata``: rates without their counts, for an index
that is none of ours.
"""

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from scipy import special

from openscrutiny.core import funnel, rates
from openscrutiny.core.measures import Refused
from openscrutiny.core.rates import Estimate, Standing
from tests.reference.published import rows

pytestmark = pytest.mark.reference

PACKAGES = ["r__", "py__"]
# The European standard population of 2013, in the nineteen bands their tables use.
EUROPEAN = [
    *(5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000),
    *(5500, 5000, 4000, 2500, 1500, 1000),
]
LABELS = {
    "High (0.001)": Standing.FAR_HIGHER,
    "High (0.025)": Standing.HIGHER,
    "Low (0.001)": Standing.FAR_LOWER,
    "Low (0.025)": Standing.LOWER,
    "Not significant": Standing.NO_DIFFERENT,
}
TIMES_TEN = {("testdata_1976", 10000), ("testdata_1976", 100000)}


def table(pattern: str) -> list[dict[str, str]]:
    """Rows with headings made the same: small letters, limits called as R's are."""
    found = []
    for row in rows(pattern):
        named = {key.strip().lower(): value for key, value in row.items()}
        for theirs, ours in (
            ("lower_95_ci", "lower95_0cl"), ("upper_95_ci", "upper95_0cl"),
            ("lower_99_8_ci", "lower99_8cl"), ("upper_99_8_ci", "upper99_8cl"),
            ("total count", "total_count"),
        ):  # fmt: skip
            if theirs in named:
                named[ours] = named.pop(theirs)
        found.append(named)
    return found


def number(text: str | None) -> float:
    return float(text) if text not in (None, "", "NA") else math.nan


def agree(
    found: Estimate, row: dict[str, str], low: str, high: str, printed: int | None = None
) -> None:
    """To a relative 1e-12, or within half a unit of the last of the decimals ``printed``."""
    near = {"rel": 1e-12, "abs": 0.0} if printed is None else {"rel": 0.0, "abs": half(printed)}
    for ours, theirs in ((found.value, "value"), (found.low, low), (found.high, high)):
        assert ours == pytest.approx(number(row[theirs]), **near, nan_ok=True), row


def half(decimals: int) -> float:
    """Half a unit of the last decimal, and what two machines may differ by."""
    return 0.5 * 10.0**-decimals + 1e-12


def ends(row: dict[str, str]) -> list[tuple[float, str, str]]:
    """The coverages a row has limits for, with their headings."""
    both = [(0.95, "lower95_0cl", "upper95_0cl"), (0.998, "lower99_8cl", "upper99_8cl")]
    return both if "lower99_8cl" in row and row["lower99_8cl"] else [
        (0.95, "lower95_0cl" if "lower95_0cl" in row else "lowercl",
         "upper95_0cl" if "upper95_0cl" in row else "uppercl")
    ]  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_byar_and_wilson_intervals_are_theirs(package: str) -> None:
    found = [r for r in table(f"{package}testdata_Byars_Wilson*") if r["method"]]
    assert len(found) == 13
    for row in found:
        coverage, x = float(row["confidence"].rstrip("%")) / 100, float(row["x"])
        if row["method"] == "Byars":
            low, high = rates.byar_interval(x, coverage)
        else:
            low, high = rates.wilson_interval(x, float(row["n"]), coverage=coverage)
        for ours, theirs in ((low, row["lowercl"]), (high, row["uppercl"])):
            if theirs:
                assert ours == pytest.approx(float(theirs), rel=1e-12, abs=0), row


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", ["Rate__testdata_Rate", "Rate__testdata_Rate_g"])
def test_rates_are_theirs(package: str, name: str) -> None:
    found = table(f"{package}testdata_{name}.csv")
    assert len(found) >= 12
    for row in found:
        x, e, per = (number(row[k]) for k in ("numerator", "denominator", "multiplier"))
        for coverage, low, high in ends(row):
            agree(rates.indirect_ratio(x, e, per=per, coverage=coverage), row, low, high)


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", ["Proportion__testdata_Prop", "Proportion__testdata_Prop_g"])
def test_proportions_are_theirs(package: str, name: str) -> None:
    found = table(f"{package}testdata_{name}.csv")
    assert len(found) >= 11
    for row in found:
        x, n, per = (number(row[k]) for k in ("numerator", "denominator", "multiplier"))
        for coverage, low, high in ends(row):
            bounds = rates.wilson_interval(x, n, coverage=coverage)
            ours = Estimate(np.asarray(per * x / n), per * bounds[0], per * bounds[1])
            agree(ours, row, low, high)


def bands(package: str, name: str, area: str = "") -> list[dict[str, str]]:
    found = table(f"{package}testdata_DSR_ISR__{name}.csv")
    return [r for r in found if not area or r["area"] == area]


def column(found: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([number(r[name]) for r in found])


def direct(package: str, area: str, per: float, coverage: float) -> Estimate:
    if area == "testdata_1976":
        found = bands(package, "testdata_1976")
        standard = column(found, "esp1976")
    else:
        name = "testdata_nonindepe" if "nonind" in area else "testdata_multiarea"
        found, standard = bands(package, name, area), np.array(EUROPEAN)
    variance = None
    if "nonind" in area:
        incidents = np.array([column(found, f"f{k}") for k in (1, 2, 3, 4)]).T
        variance = rates.compound_variance(np.nan_to_num(incidents))
    return rates.direct_rate(
        column(found, "count"), column(found, "pop"), standard,
        per=per, coverage=coverage, variance=variance,
    )  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_directly_standardised_rates_are_theirs_but_for_two_limits_of_theirs(package: str) -> None:
    """Fault "ten times too large": the 99.8 % limits of rows 4 and 8 (testdata_1976) alone.

    What allows for events that come together is printed to eight decimals alone, and ours is within
    half of the last of them.
    """
    found = bands(package, "testresults_DSR")
    faults = 0
    assert len(found) == (12 if package == "r__" else 8)
    for row in found:
        per = int(row["statistic"].rsplit(" ", 1)[1]) if row["value"] else 10000
        printed = 8 if "nonind" in row["area"] else None
        agree(direct(package, row["area"], per, 0.95), row, "lower95_0cl", "upper95_0cl", printed)
        wide = direct(package, row["area"], per, 0.998)
        if (row["area"], per) in TIMES_TEN:
            faults += 1
            for ours, theirs in ((wide.low, "lower99_8cl"), (wide.high, "upper99_8cl")):
                assert 10 * ours == pytest.approx(float(row[theirs]), rel=1e-12)
        else:
            agree(wide, row, "lower99_8cl", "upper99_8cl", printed)
    assert faults == 2


def test_their_multigroup_table_is_their_areas_and_ten_more_in_each_band_a_year_later() -> None:
    found = table("py__testdata_DSR_ISR__testdata_multigroup.csv")
    keys = sorted({(r["area"], r["year"]) for r in found})
    assert len(keys) == 6
    for area, year in keys:
        part = [r for r in found if (r["area"], r["year"]) == (area, year)]
        ours = rates.direct_rate(column(part, "count"), column(part, "pop"), EUROPEAN, per=1e5)
        once = bands("py__", "testdata_multiarea", area)
        more = 10 if year == "2016" else 0
        # A blank there is a 0 here.
        before = np.nan_to_num(column(once, "count"))
        assert column(part, "count").tolist() == (before + more).tolist()
        # One band after the other, as the definition says it.
        each = column(part, "count") / column(part, "pop") * np.array(EUROPEAN)
        enough = column(part, "count").sum() >= 10
        wanted = 1e5 * sum(each) / sum(EUROPEAN) if enough else math.nan
        assert ours.value == pytest.approx(wanted, rel=1e-12, abs=0, nan_ok=True)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_they_refuse_is_refused(package: str) -> None:
    """Negative counts, empty bands, negative people; in R a negative standard too."""
    for name in ["err1", "err3"] + ["err4"] * (package == "r__"):
        found = bands(package, f"testdata_{name}")
        with pytest.raises(Refused, match="negative or infinite"):
            rates.direct_rate(*(column(found, k) for k in ("count", "pop", "stdpop")))
    found = bands(package, "testdata_err2", "Area1")
    with pytest.raises(Refused, match="Nobody lives in one of these bands"):
        rates.direct_rate(column(found, "count"), column(found, "pop"), EUROPEAN)


@pytest.mark.parametrize("package", PACKAGES)
def test_indirectly_standardised_rates_and_ratios_are_theirs(package: str) -> None:
    reference = bands(package, "refdata")
    rc, rp = column(reference, "refcount"), column(reference, "refpop")
    found = bands(package, "testresults_ISR")
    assert len(found) == 16
    for row in found:
        x, expected = number(row["observed"]), number(row["expected"])
        if row["area"].startswith("testdata"):
            area = bands(package, "testdata_multiarea", row["area"])
            ours = rates.expected_count(column(area, "pop"), rc, rp)
            assert ours == pytest.approx(expected, rel=1e-12)
            own = bands(package, "testdata_multiarea_isr", row["area"])
            # One band of the smallest area has blanks, which they count as 0.
            pop, count, people = (
                np.nan_to_num(column(own, k)) for k in ("pop", "refcount", "refpop")
            )
            assert rates.expected_count(pop, count, people) == pytest.approx(expected, rel=1e-12)
            totals = {r["area"]: r for r in bands(package, "testdata_multiarea_lookup")}
            assert number(totals[row["area"]]["total_count"]) == x
        per = float(row["statistic"].rsplit(" ", 1)[1])
        for coverage, low, high in ends(row):
            if "rate" in row["statistic"]:
                crude = per * rc.sum() / rp.sum()
                assert crude == pytest.approx(number(row["ref_rate"]), rel=1e-12)
                agree(rates.indirect_rate(x, expected, crude, coverage=coverage), row, low, high)
            else:
                agree(rates.indirect_ratio(x, expected, per=per, coverage=coverage), row, low, high)


def test_their_table_of_ratios_by_year_and_sex_is_ours() -> None:
    people, counted = table("py__testdata_ISR_obs__df.csv"), table("py__testdata_ISR_obs__obs.csv")
    keys = ("indicatorid", "year", "sex")
    seen = {tuple(r[k] for k in keys): number(r["observed"]) for r in counted}
    grouped = defaultdict(list)
    for row in people:
        grouped[tuple(row[k] for k in keys)].append(row)
    found = table("py__testdata_ISR_obs__obs_results.csv")
    assert len(found) == 40
    for row in found:
        key = tuple(row[k] for k in keys)
        part = grouped[key]
        expected = rates.expected_count(*(column(part, k) for k in ("pop", "refcount", "refpop")))
        assert expected == pytest.approx(number(row["expected"]), rel=1e-12)
        agree(rates.indirect_ratio(seen[key], expected), row, "lower95_0cl", "upper95_0cl")


@pytest.mark.parametrize("package", PACKAGES)
def test_means_are_theirs(package: str) -> None:
    values = [r for r in table(f"{package}testdata_Mean__testdata_Mean.csv") if r["values"]]
    found = table(f"{package}testdata_Mean__testdata_Mean_results.csv")
    assert len(found) == 3
    for row in found:
        group = [r for r in values if row["area"] in (r["area"], "No grouping")]
        y = column(group, "values")
        assert (len(y), y.sum()) == pytest.approx(
            (number(row["value_count"]), number(row["value_sum"])), rel=1e-12
        )
        for coverage, low, high in ends(row):
            agree(rates.mean_interval(y, coverage=coverage), row, low, high)


def test_a_mean_with_a_value_missing_is_missing_as_theirs_is_area_by_area() -> None:
    """A known inconsistency: over all areas their table has a mean, and the sum of one area."""
    values = table("py__testdata_Mean__testdata_Mean.csv")
    assert values[-1]["values"] == ""
    found = {r["area"]: r for r in table("py__testdata_Mean__testdata_Mean_results_NA.csv")}
    area = column([r for r in values if r["area"] == "Area1"], "values")
    assert found["Area1"]["value"] == ""
    assert np.isnan(rates.mean_interval(area).value)
    other = column([r for r in values if r["area"] == "Area2"], "values")
    agree(rates.mean_interval(other), found["Area2"], "lower95_0cl", "upper95_0cl")
    every = found["No grouping"]
    assert np.isnan(rates.mean_interval(column(values, "values")).value)
    assert number(every["value_sum"]) == pytest.approx(other.sum())
    assert number(every["value_sum"]) / 26 != pytest.approx(number(every["value"]))


@pytest.mark.parametrize("package", PACKAGES)
def test_groups_by_rank_are_theirs(package: str) -> None:
    """Quartiles were worked out over all their rows together, whatever their polarity."""
    found = table(f"{package}testdata_Quantiles__testdata_Quantiles.csv")
    many = {"Decile": 10, "Quartile": 4, "Septile": 7}
    grouped = defaultdict(list)
    for row in found:
        if row["groupset"]:
            inside = row["parentcode"] if row["groupset"] == "IndSexReg" else ""
            key = (row["indsexref"], row["test"], row["quantilenm"], inside)
        else:
            key = ("", "", row["quantilenm"], "")
        grouped[key].append(row)
    compared = 0
    for (_, _, name, _), group in grouped.items():
        downward = group[0]["polarity"] in ("RAG - Low is good", "True") or name == "Quartile"
        ours = rates.quantile_groups(column(group, "value"), many[name], highest_first=downward)
        assert ours == pytest.approx(column(group, "quantileingrp"), nan_ok=True), group[0]
        compared += len(group)
    assert compared == len(found) == 1017


def outputs(name: str) -> list[dict[str, str]]:
    return [r for r in table(name) if next(iter(r.values()))]


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_prop_outputs*", "py__testdata_funnels__prop_outputs*"],
)
def test_limits_of_proportions_are_theirs(name: str) -> None:
    """To half a unit of the six or eight decimals of a percentage that are printed.

    So many has the proportion they are limits for, too: each of theirs lies between the limits for
    the least and for the greatest proportion that it can be.
    """
    found = outputs(name)
    compared = 0
    for row in found:
        n, near = number(row["population"]), half(len(row["baseline"].partition(".")[2]))
        for coverage, sigma, level in ((0.95, "2s", "0025"), (0.998, "3s", "0001")):
            ends = [
                funnel.wilson_limits(n, (number(row["baseline"]) + off) / 100, coverage=coverage)
                for off in (-near, near)
            ]
            for least, most, side in zip(*ends, ("lower", "upper"), strict=True):
                theirs = number(
                    row.get(f"{side}{sigma}{level}limit", row.get(f"{side}_{sigma}_limit"))
                )
                assert 100 * least - near <= theirs <= 100 * most + near, row
                compared += 1
    assert compared == 4 * len(found) == 800


def bisected(x: float, coverage: float, side: str) -> float:
    """The end of an exact interval for a count by halving steps of odds until one is below 1e-7."""
    v = step = 0.5
    while step > 1e-7:
        step /= 2
        mean = (1 + x) * v / (1 - v)
        tail = special.gammainc(x, mean) if side == "upper" else -special.gammaincc(x + 1, mean)
        v += -step if tail > math.copysign((1 - coverage) / 2, tail) else step
    return (1 + x) * v / (1 - v)


# What they print: ten figures, but no more than nine decimals.
PRINTED = {"rel": 1e-9, "abs": 5.1e-10}


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_rate_outputs*", "py__testdata_funnels__rate_outputs*"],
)
def test_limits_of_rates_are_theirs_but_for_their_bisection(name: str) -> None:
    """Fault "a bisection that stops": written out it gives every number of theirs as printed. Ours
    are exact, and differ from theirs by more than one in a million in four."""
    found = outputs(name)
    assert len(found) == 300
    differing = 0
    for row, (coverage, sigma) in itertools.product(found, ((0.95, "2s"), (0.998, "3s"))):
        x, target = number(row["events"]), number(row["baseline"]) / 1e5
        low, high = rates.poisson_interval(x, coverage)
        for end, side, which in ((high, "lower", 0), (low, "upper", 1)):
            # Three years of data, shown as the people of one.
            people = number(row[f"{side}_{sigma}_population_1_year"])
            limit = number(row[f"{side}_{sigma}_limit"])
            written_out = bisected(x, coverage, side)
            assert written_out / target / 3 == pytest.approx(people, **PRINTED)
            assert 1e5 * x / written_out * target == pytest.approx(limit, **PRINTED)
            differing += abs(end / target / 3 / people - 1) > 1e-6
            assert end / target / 3 == pytest.approx(people, rel=5e-5)
            # Where so many people live, the count is just on our limit.
            ours = funnel.poisson_limits(end, coverage=coverage)[which]
            assert ours == pytest.approx(x, rel=1e-9)
    assert differing == 4


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_ratio_outputs*", "py__testdata_funnels__ratio_outputs*"],
)
def test_limits_of_ratios_are_theirs_but_for_their_bisection(name: str) -> None:
    """The same fault, in two. In one other, fault "a sum cut short": they add up terms down to
    1e-10 of the whole, and what is left out decides the last halving, 5e-7 away."""
    found = outputs(name)
    assert len(found) == 100
    differing, cut_short = 0, []
    for row, (coverage, sigma) in itertools.product(found, ((0.95, "2s"), (0.998, "3s"))):
        x = number(row["observed_events"])
        low, high = rates.poisson_interval(x, coverage)
        for end, side in ((high, "lower"), (low, "upper")):
            expected = number(row[f"{side}_{sigma}_exp_events"])
            written_out = bisected(x, coverage, side)
            if written_out != pytest.approx(expected, **PRINTED):
                cut_short.append((x, coverage, side))
                assert written_out == pytest.approx(expected, rel=5e-7)
                written_out = expected
            isr, count = number(row[f"{side}_{sigma}_isr"]), number(row[f"{side}_{sigma}_count"])
            assert 100 * x / written_out == pytest.approx(isr, **PRINTED)
            assert x / written_out - 1 == pytest.approx(count, **PRINTED)
            differing += abs(end / expected - 1) > 1e-6
            assert end == pytest.approx(expected, rel=5e-5)
    assert (differing, cut_short) == (2, [(328, 0.998, "upper")])


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_prop_inputs*", "py__testdata_funnels__prop_inputs*"],
)
def test_standings_of_proportions_are_their_labels(name: str) -> None:
    found = table(name)
    x, n = column(found, "numerator"), column(found, "denominator")
    ours = rates.standing_of_proportion(x, n, x.sum() / n.sum())
    assert ours.tolist() == [LABELS[r["significance"]] for r in found]
    assert len(found) == 303


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_ratio_inputs*", "py__testdata_funnels__ratio_inputs*"],
)
def test_standings_of_ratios_are_their_labels(name: str) -> None:
    found = table(name)
    ours = rates.standing_of_count(column(found, "obs"), column(found, "expected"))
    assert ours.tolist() == [LABELS[r["significance"]] for r in found]
    assert len(found) == 300


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_rate_dsr_inputs*", "py__testdata_funnels__rate_dsr_inputs*"],
)
@pytest.mark.parametrize(
    ("label", "rate", "per"),
    [
        ("dsr_per_100000", "rate_dsr", 1e5),
        ("crude_per_100000", "rate_crude_per_100000", 1e5),
        ("crude_per_100", "rate_crude_per_100", 100),
    ],
)
@pytest.mark.parametrize("which", ["with", "without"])
def test_standings_of_rates_are_their_labels(
    name: str, label: str, rate: str, per: float, which: str
) -> None:
    """``without_0`` swaps the one area without events for another that has some."""
    found = [r for r in table(name) if which == "with" or number(r["count"]) > 0]
    assert len(found) == (40 if which == "with" else 39)
    x, r = column(found, "count"), column(found, rate)
    with np.errstate(invalid="ignore"):
        people = np.where(x > 0, per * x / np.where(x > 0, r, 1), column(found, "pop"))
    direct_one = label.startswith("dsr")
    people = np.where(direct_one & (x == 0), np.nan, people)
    target = x.sum() / np.nansum(people)
    ours = rates.standing_of_count(x, target * people, directly_standardised=direct_one)
    wanted = [LABELS.get(r[f"{label}_{which}_0"], Standing.TOO_FEW) for r in found]
    assert ours.tolist() == wanted


@pytest.mark.parametrize(
    "name",
    ["r__testdata_funnel_rate_input_funnels*", "py__testdata_funnels__rate_inputs*"],
)
def test_the_people_behind_their_rates_are_count_over_rate(name: str) -> None:
    """In one row (988) their tests put a count of 0, which the table does not say."""
    found = table(name)
    assert len(found) == 50
    for row in found:
        people = 1e5 * number(row["ev"]) / number(row["rate"])
        derived = [
            number(row.get(f"denominator_derived{heading}", row.get(f"denom_derived{heading}")))
            for heading in ("", "_crude", "_crude_with_denom")
        ]
        if row["ev"] == "988":
            assert math.isnan(derived[0])
            assert derived[1:] == pytest.approx([people / 3, number(row["pop"]) / 5], rel=1e-8)
        else:
            assert derived == pytest.approx([people / 3, people / 3, people / 5], rel=1e-8), row
            for heading in ("rate_chart", "rate_chart_crude"):
                assert number(row.get(heading, row["rate"])) == number(row["rate"]), row
