"""What other settings would flag: who may try, what each choice changes, what never changes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.core.findings import find
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Role
from openscrutiny.core.surveillance.farrington import Settings
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import what_if
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding, FindingSet
from openscrutiny.monitor.pages import what_if as pages
from openscrutiny.monitor.pages.findings import ANY
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

ADDRESS = "/findings/what-if/"
WHO = {Role.ANALYST, Role.SECRETARIAT, Role.CHAIR, Role.DEPUTY, Role.MEMBER}
VOLUME, OUTCOMES = "recorded_offences", "outcomes_per_100"
MEASURES = [VOLUME, OUTCOMES, "offences_per_1000", "share_of_whole", "year_on_year"]


@pytest.fixture
def analyst(client: Client) -> Client:
    return sign_in(client, person(Role.ANALYST))


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def tried(measure: str, month: str = ANY, **moved: float | str) -> pages.Answer:
    found = pages.answer(pages.asked(measure, month), moved)
    assert found is not None
    return found


def by(answer: pages.Answer) -> Counter[str]:
    return Counter(row["flagged_by"] for row in answer.rows)


def said(answer: pages.Answer, *groups: str) -> set[tuple[object, ...]]:
    """Everything the rows of some groups say but who flags them."""
    left_out = ("flagged_by", "in_force_id")
    return {
        tuple(v for n, v in row.items() if n not in left_out)
        for row in answer.rows
        if row["flagged_by"] in groups
    }


# ---- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *(r for r in Role if r is not Role.ANYONE)])
def test_analysts_and_the_forum_may_try_and_are_offered_to(
    role: Role | None, client: Client
) -> None:
    if role is not None:
        sign_in(client, person(role))
    may = role in WHO
    for address in (ADDRESS, "/findings/what-if.json", "/findings/what-if.csv"):
        assert client.get(address).status_code == (200 if may else 403)
    assert ("/findings/what-if/?" in client.get("/findings/").content.decode()) is may


def test_the_link_from_the_list_asks_for_what_the_list_shows(analyst: Client) -> None:
    listed = analyst.get(f"/findings/?measure={OUTCOMES}&month=any").content.decode()
    (link,) = re.findall(r'href="(/findings/what-if/\?[^"]*)"', listed)
    assert parse_qs(urlsplit(link.replace("&amp;", "&")).query) == {
        "measure": [OUTCOMES],
        "month": [ANY],
    }
    shown = text_of(analyst.get(link.replace("&amp;", "&")))
    assert "What these settings flag: Positive outcomes per 100 offences, all months" in shown


def test_nothing_is_stored_and_nothing_can_be_sent(analyst: Client) -> None:
    before = (FindingSet.objects.count(), Finding.objects.count())
    shown = text_of(analyst.get(f"{ADDRESS}?measure={VOLUME}&month=any&q=40&excess=1"))
    assert "Nothing here is stored, and nothing that is in force changes." in shown
    assert (FindingSet.objects.count(), Finding.objects.count()) == before
    assert analyst.post(ADDRESS).status_code == 405


# ---- with what is in force ----------------------------------------------------------------------


def alike(one: object, other: object) -> bool:
    """The same, but for the last digits of what was added up in another order."""
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, nan_ok=True)
    return one == other


@pytest.mark.parametrize("measure", MEASURES)
def test_with_nothing_moved_both_lists_are_what_is_stored(measure: str) -> None:
    answer = tried(measure)
    stored = list(Finding.objects.filter(measure=measure).ranked())
    assert [row["in_force_id"] for row in answer.rows] == [f.pk for f in stored]
    assert set(by(answer)) <= {pages.BOTH}
    for row, finding in zip(answer.rows, stored, strict=True):
        for name in set(pages.COLUMNS) - {"flagged_by", "in_force_id", "data_version"}:
            assert alike(row[name], getattr(finding, name)), name
    counts = answer.counts
    for name in ("flagged", "checked", "too_few"):
        assert counts[name] == counts[f"{name}_in_force"], name
    assert counts["flagged"] == len(stored)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_single_month_is_the_same_as_that_month_of_all(measure: str, figures: Figures) -> None:
    moved = {"q": 30.0}
    every = tried(measure, ANY, **moved)
    months = {row["period_to"] for row in every.rows} | {str(figures.latest)}
    for month in sorted(months)[-4:]:
        one = tried(measure, month, **moved)
        there = [r for r in every.rows if r["period_to"] == month]
        assert len(one.rows) == len(there)
        for row, other in zip(one.rows, there, strict=True):
            assert all(alike(row[name], other[name]) for name in pages.COLUMNS), (row, other)
        assert one.when == Month.parse(month).words


def test_other_settings_give_what_the_core_finds_with_them(figures: Figures) -> None:
    method = replace(
        reading.method_in_force(),
        false_share=0.25,
        trim=0.2,
        seasonal=Settings(years=4, excluded=1),
    )
    moved: dict[str, float | str] = {
        "q": 25.0, "trim": 20.0, "years": 4, "excluded": 1, "least_past": 2.0,
        "least_between": 4.0, "excess": 3.0, "percent": 15.0, "with_expected": 8.0,
    }  # fmt: skip
    for name in MEASURES:
        measure = figures.measures[name]
        changed = replace(
            measure,
            materiality=type(measure.materiality)(3.0, 15.0, 8.0),
            over_time=measure.over_time and replace(measure.over_time, expected_least=2.0),
            between=measure.between and replace(measure.between, expected_least=4.0),
        )
        slowly = find(
            [changed],
            figures.counts,
            whole=figures.whole,
            taxonomy=figures.taxonomy,
            method=method,
        )
        quickly = what_if.tried(
            figures, measure, month=None, method=reading.method_in_force(), moved=moved
        )
        assert {(f.area, f.strand, f.kind, str(f.period.last), f.p) for f in slowly.findings} == {
            (f.area, f.strand, f.kind, f.period_to, f.p) for f in quickly.found
        }
        assert slowly.checked == quickly.checked
        assert sum(slowly.too_few_by_month.values()) == quickly.too_few


# ---- what each choice changes -------------------------------------------------------------------


def test_a_larger_share_of_false_findings_flags_more_and_checks_as_many() -> None:
    strict, lax = tried(VOLUME, q=0.1), tried(VOLUME, q=50.0)
    assert by(strict)[pages.ONLY_IN_FORCE] > 0
    assert by(strict)[pages.ONLY_THESE] == 0
    assert by(lax)[pages.ONLY_THESE] > 0
    assert strict.counts["checked"] == strict.counts["checked_in_force"]
    assert lax.counts["flagged"] > strict.counts["flagged_in_force"]  # type: ignore[operator]
    assert all(
        row["in_force_id"] == "" for row in lax.rows if row["flagged_by"] == pages.ONLY_THESE
    )


@pytest.mark.parametrize(
    ("measure", "name"), [(VOLUME, "least_past"), ("offences_per_1000", "least_between")]
)
def test_a_lower_minimum_tests_more_and_tells_of_more(measure: str, name: str) -> None:
    low, high = tried(measure, **{name: 0.2}), tried(measure, **{name: 50.0})
    assert low.counts["checked"] > low.counts["checked_in_force"] > high.counts["checked"]  # type: ignore[operator]
    assert low.counts["too_few"] < low.counts["too_few_in_force"] < high.counts["too_few"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "stricter",
    [
        {"excess": 40.0},
        {"excess": 1000.0, "percent": 80.0},
        {"excess": 1000.0, "with_expected": 60.0},
    ],
)
def test_what_must_be_larger_to_matter_leaves_fewer_of_the_same(stricter: dict[str, float]) -> None:
    answer = tried(OUTCOMES, **stricter)
    stored = Finding.objects.filter(measure=OUTCOMES)
    rule = {"excess": 5.0, "percent": 25.0, "with_expected": 10.0} | stricter
    by_hand = {
        f.pk
        for f in stored
        if abs(f.observed_count - f.expected_count) >= rule["excess"]
        or (abs(f.percent) >= rule["percent"] and f.expected_count >= rule["with_expected"])
    }
    assert {row["in_force_id"] for row in answer.rows if row["flagged_by"] == pages.BOTH} == by_hand
    assert by(answer)[pages.ONLY_IN_FORCE] == stored.count() - len(by_hand) > 0
    assert by(answer)[pages.ONLY_THESE] == 0


def test_the_rule_over_time_decides_what_a_month_is_held_against() -> None:
    own = tried(VOLUME, rule=what_if.OWN_MONTHS)
    assert own.counts["checked"] != own.counts["checked_in_force"]
    assert by(own)[pages.ONLY_THESE] > 0
    assert own.moved == (
        pages.Moved(
            "Rule over time",
            "Its own months so far, whatever the season",
            "Season and trend, where there are enough years",
        ),
    )
    lengths = {
        (Month.parse(row["baseline_to"]) - Month.parse(row["baseline_from"])) + 1
        for row in own.rows
        if row["flagged_by"] != pages.ONLY_IN_FORCE
    }
    assert max(lengths) <= 36


def test_years_back_and_recent_months_left_out_change_the_season() -> None:
    three = tried(VOLUME, years=3)
    mine = [r for r in three.rows if r["flagged_by"] != pages.ONLY_IN_FORCE]
    assert mine
    for row in mine:
        assert Month.parse(row["baseline_to"]) - Month.parse(row["baseline_from"]) < 12 * 3 + 1
    none = tried(VOLUME, excluded=0)
    assert said(none, pages.BOTH, pages.ONLY_THESE) != said(none, pages.BOTH, pages.ONLY_IN_FORCE)
    in_force = said(tried(VOLUME), pages.BOTH)
    assert said(none, pages.BOTH, pages.ONLY_THESE) != in_force
    assert three.uncalibrated == ""
    for moved in ({"years": 6}, {"excluded": 0}):
        assert "worked out for at most 5 years" in tried(VOLUME, **moved).uncalibrated


@pytest.mark.parametrize("measure", ["offences_per_1000", "year_on_year"])
def test_how_far_extremes_are_drawn_in_changes_what_is_usual(measure: str) -> None:
    wide = tried(measure, trim=0.0)
    assert said(wide, pages.BOTH, pages.ONLY_THESE) != said(tried(measure), pages.BOTH)
    assert wide.counts["checked"] == wide.counts["checked_in_force"]


@pytest.mark.parametrize(
    ("measure", "names"),
    [
        (VOLUME, "q least_past excess percent with_expected rule years excluded"),
        (OUTCOMES, "q least_past least_between excess percent with_expected trim"),
        ("offences_per_1000", "q least_between excess percent with_expected trim"),
        ("share_of_whole", "q least_past excess percent with_expected trim"),
        ("year_on_year", "q least_past excess percent with_expected trim"),
    ],
)
def test_only_what_changes_something_is_offered(
    measure: str, names: str, analyst: Client, figures: Figures
) -> None:
    offered = what_if.settings_of(figures.measures[measure], reading.method_in_force())
    assert [s.name for s in offered] == names.split()
    page = analyst.get(f"{ADDRESS}?measure={measure}").content.decode()
    shown = page.partition('class="os-try"')[2]
    assert re.findall(r'<(?:input|select)[^>]* name="(\w+)"', shown) == [
        "measure",
        "month",
        *names.split(),
    ]


def test_moving_what_is_believed_works_the_past_out_once(figures: Figures) -> None:
    what_if._pasts.cache_clear()
    for moved in ({}, {"q": 20.0}, {"excess": 1.0}, {"least_past": 3.0}):
        tried(VOLUME, ANY, **moved)  # type: ignore[arg-type]
    assert what_if._pasts.cache_info().misses == 1
    tried(VOLUME, ANY, years=4)
    assert what_if._pasts.cache_info().misses == 2


# ---- the page -----------------------------------------------------------------------------------


def test_each_setting_stands_beside_what_is_in_force(analyst: Client) -> None:
    shown = text_of(analyst.get(f"{ADDRESS}?measure={VOLUME}"))
    for words in (
        "In force: 10%.",
        "In force: 1.",
        "In force: 5.",
        "In force: 25%.",
        "In force: Season and trend, where there are enough years.",
        "In force: 3.",
        "Leave a field empty to keep what is in force.",
        "Everything is as in force: both lists are the same.",
    ):
        assert words in shown, words
    assert "In force: 10%." in text_of(analyst.get(f"{ADDRESS}?measure=offences_per_1000"))


def test_the_page_tells_three_groups_and_what_is_not_known(analyst: Client) -> None:
    address = f"{ADDRESS}?measure={VOLUME}&month=any&rule={what_if.OWN_MONTHS}"
    shown, answer = text_of(analyst.get(address)), tried(VOLUME, rule=what_if.OWN_MONTHS)
    for name, title in pages.GROUPS.items():
        assert f"{title}: {by(answer)[name]}" in shown
    for row in answer.rows[:3]:
        assert row["sentence"] in shown
    assert answer.sentence in shown
    assert answer.too_few in shown
    assert "is known for the settings in force alone" in shown
    assert "it is larger where more is flagged more easily" in shown
    # A finding that is in force leads to its page; what is only tried has none.
    linked = set(re.findall(r'href="/findings/(F-\w+)/"', shown))
    assert linked
    assert linked <= set(Finding.objects.values_list("pk", flat=True))


def test_a_long_list_is_cut_and_says_where_the_rest_is(
    analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "SHOWN", 2)
    answer = tried(OUTCOMES)
    assert [len(g.lines) for g in answer.groups] == [2, 0, 0]
    assert answer.groups[0].more == answer.groups[0].count - 2 > 0
    shown = text_of(analyst.get(f"{ADDRESS}?measure={OUTCOMES}&month=any"))
    assert f"And {answer.groups[0].more} more, in the files below." in shown


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("q", "0", "“Share of false findings” is a number from 0.1 to 50, or empty."),
        ("q", "51", "“Share of false findings” is a number from 0.1 to 50, or empty."),
        ("q", "a tenth", "“Share of false findings” is a number from 0.1 to 50, or empty."),
        (
            "excess",
            "nan",
            "“Large enough: this many away” is a number from 0 to 100,000, or empty.",
        ),
        (
            "excess",
            "1e999",
            "“Large enough: this many away” is a number from 0 to 100,000, or empty.",
        ),
        (
            "least_past",
            "-1",
            "against its own past” is a number from 0.1 to 100,000, or empty.",
        ),
        ("years", "2", "“Years back” is a whole number from 3 to 10, or empty."),
        ("years", "4.5", "“Years back” is a whole number from 3 to 10, or empty."),
        ("excluded", "11", "“Recent months left out” is a whole number from 0 to 10, or empty."),
        ("rule", "tea leaves", "There is no such rule."),
        ("measure", "dragons", "There is no such measure."),
        ("month", "2024-13", "There are no figures for this month."),
    ],
)
def test_bad_input_is_said_at_its_field_and_kept(
    name: str, typed: str, words: str, analyst: Client
) -> None:
    query = {"measure": VOLUME, "month": ANY, name: typed}
    answer = analyst.get(ADDRESS, query)
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "There is a problem" in shown
    assert shown.count(words) == 2
    assert "What these settings flag" not in shown
    if name not in ("rule", "measure", "month"):
        assert f'name="{name}" value="{typed}"' in shown
    told = analyst.get("/findings/what-if.json", query)
    assert told.status_code == 422
    assert set(json.loads(told.content)["errors"]) == {name}
    assert analyst.get("/findings/what-if.csv", query).status_code == 422


@pytest.mark.parametrize("query", ["measure=%00", "q=%00", "month=" + "9" * 500, "trim=x", "x=1"])
def test_nothing_that_is_asked_breaks_the_page(query: str, analyst: Client) -> None:
    assert analyst.get(f"{ADDRESS}?{query}").status_code in (200, 422)


def test_html_json_and_csv_say_the_same_and_the_address_can_be_quoted(analyst: Client) -> None:
    answer = tried(VOLUME, q=20.0, years=4)
    assert answer.quote == f"{ADDRESS}?measure={VOLUME}&month=any&q=20&years=4"
    told = json.loads(analyst.get(answer.json).content)
    listed = list(csv.DictReader(io.StringIO(analyst.get(answer.csv).content.decode())))
    key = ("flagged_by", "in_force_id", "area", "strand", "period_to", "sentence")
    assert [[r[k] for k in key] for r in listed] == [[r[k] for k in key] for r in answer.rows]
    assert [[r[k] for k in key] for r in told["findings"]] == [
        [r[k] for k in key] for r in answer.rows
    ]
    assert (told["settings"]["q"], told["in_force"]["q"]) == (20.0, 10.0)
    assert (told["settings"]["years"], told["in_force"]["years"]) == (4, 5)
    assert told["expected_by_chance"] is None
    assert told["flagged_in_force"] == Finding.objects.filter(measure=VOLUME).count()
    assert answer.sentence in text_of(analyst.get(answer.quote))


def test_before_findings_are_computed_the_page_says_so_and_shows_no_list(
    analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(reading.method_in_force(), version="not-computed")
    monkeypatch.setattr(reading, "method_in_force", lambda: other)
    shown = text_of(analyst.get(ADDRESS))
    assert "have not been computed yet" in shown
    assert "What these settings flag" not in shown
    assert json.loads(analyst.get("/findings/what-if.json").content)["findings"] == []


def test_as_many_queries_for_one_month_as_for_all(analyst: Client, figures: Figures) -> None:
    taken = []
    for month in (ANY, str(figures.latest), "2024-10"):
        for measure in (VOLUME, OUTCOMES):
            with CaptureQueriesContext(connection) as queries:
                analyst.get(ADDRESS, {"measure": measure, "month": month, "q": "30"})
            taken.append(len(queries))
    assert len(set(taken)) == 1
    assert taken[0] <= 8
