"""The page of a measure: what it is, whether its review is late, and its figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client

from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.pages.measure import measure_page, measures_page
from tests.apps.noted import ELMSGARTH

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)


def _text(client: Client, address: str) -> str:
    text = re.sub(r"\s+", " ", client.get(address).content.decode())
    return text.replace("&#x27;", "'").replace("&quot;", '"')


@pytest.mark.parametrize(
    "id",
    [
        "recorded_offences",
        "outcomes_per_100",
        "offences_per_1000",
        "share_of_whole",
        "year_on_year",
    ],
)
def test_a_measure_says_everything_that_its_definition_says(
    id: str, figures: Figures, client: Client
) -> None:
    measure = figures.measures[id]
    text = _text(client, f"/measures/{id}/")
    for words in (
        measure.definition,
        measure.unit,
        measure.owner,
        measure.outcome,
        measure.review_by.words,
        measure.untested,
        *measure.caveats,
        *("Numerator", "Denominator", "Good or bad?", "What is tested, and how", "By strand"),
    ):
        assert re.sub(r"\s+", " ", words) in text
    assert ("The boroughs beside each other" in text) is (measure.between is not None)
    assert ("read by the rules the NHS uses" in text) is (id == "recorded_offences")


@pytest.mark.parametrize(
    ("id", "numerator", "denominator"),
    [
        ("recorded_offences", "Offences recorded", "None: it is a bare count"),
        ("outcomes_per_100", "Positive outcomes", "in the same months, for every 100 of them."),
        ("offences_per_1000", "Offences recorded", "Residents, for every 1,000 of them and a year"),
        ("share_of_whole", "Offences recorded", "The same count in Aldermere (32 boroughs)"),
        ("year_on_year", "Offences recorded", "The same count in the 12 months before"),
    ],
)
def test_what_is_counted_and_held_against_what_is_said_in_words(
    id: str, numerator: str, denominator: str, figures: Figures
) -> None:
    page = measure_page(id, today=TODAY)
    assert page.numerator == numerator
    assert denominator in page.denominator


def test_the_page_as_json_holds_the_same(figures: Figures, client: Client) -> None:
    address = "/measures/outcomes_per_100.json?strand=race&area=X09000013"
    told = json.loads(client.get(address).content)
    shown = measure_page("outcomes_per_100", strand="race", area=ELMSGARTH, today=TODAY).shown
    assert shown is not None
    assert told["definition"] == figures.measures["outcomes_per_100"].definition
    assert told["polarity"] == "higher_good"
    assert told["review_by"] == "2027-11"
    assert told["figures"]["of"] == "Race, Elmsgarth"
    assert [r["label"] for r in told["figures"]["by_area"]] == [r.label for r in shown.areas.rows]
    assert told["figures"]["by_strand"][2] == {
        "label": "Race",
        **dict(
            zip(
                ("Per 100 offences", "Positive outcomes", "Offences recorded"),
                (n.words for n in shown.strands.rows[2].numbers),
                strict=True,
            )
        ),
    }
    assert client.get(told["figures"]["series"]).status_code == 200


def test_areas_of_a_measure_stand_in_the_order_of_the_alphabet_with_their_own_figures(
    figures: Figures,
) -> None:
    shown = measure_page("outcomes_per_100", strand="race", today=TODAY).shown
    assert shown is not None
    areas = sorted(figures.areas.areas, key=lambda a: a.name)
    assert [row.label for row in shown.areas.rows] == [a.name for a in areas]
    panel = figures.measured("outcomes_per_100")
    for row, area in zip(shown.areas.rows, areas, strict=True):
        ratio, outcomes, offences = (n.words.replace(",", "") for n in row.numbers)
        value, _ = panel.cell(area.code, "race", figures.latest)
        assert ratio == f"{value:.1f}"
        assert float(ratio) == pytest.approx(100 * float(outcomes) / float(offences), abs=0.051)
        assert row.href == f"/measures/outcomes_per_100/?area={area.code}&strand=race"


def test_a_measure_shows_the_area_and_the_strand_that_are_chosen(figures: Figures) -> None:
    def series(**chosen: str) -> str:
        shown = measure_page("recorded_offences", today=TODAY, **chosen).shown
        assert shown is not None
        return shown.series

    whole = f"All hate crime, {figures.areas.whole}"
    assert series() == whole
    assert series(area=ELMSGARTH, strand="race") == "Race, Elmsgarth"
    assert series(area="nowhere", strand="age") == whole
    share = measure_page("share_of_whole", area=figures.whole, today=TODAY).shown
    assert share is not None
    assert share.series == "All hate crime, Ambleworth", "the whole has no share of itself"


@pytest.mark.parametrize(
    ("today", "late"),
    [(date(2027, 11, 30), False), (date(2027, 12, 1), True), (date(2028, 6, 1), True)],
)
def test_an_overdue_review_is_said(today: date, late: bool, figures: Figures) -> None:
    page = measure_page("recorded_offences", today=today)
    assert bool(page.overdue) is late
    assert page.json["review_overdue"] is late
    assert ("by November 2027" in page.overdue) is late
    assert all(bool(overdue) is late for _, overdue in measures_page(today=today).measures)


def test_an_overdue_review_stands_on_the_pages(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openscrutiny.monitor.views import reading as views

    before = client.get("/measures/recorded_offences/")
    assert "overdue" not in before.content.decode()
    monkeypatch.setattr(views.timezone, "localdate", lambda: date(2028, 1, 1))
    kept = {"If-None-Match": before["ETag"]}
    after = client.get("/measures/recorded_offences/", headers=kept)
    assert after.status_code == 200
    assert "The review of this definition is overdue" in after.content.decode()
    assert "review overdue" in _text(client, "/measures/")


def test_a_measure_without_its_figures_still_says_what_it_is(
    figures: Figures, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    counts = {n: p for n, p in figures.counts.items() if n != "positive_outcomes"}
    with monkeypatch.context() as patched:
        patched.setattr(reading, "current", lambda: replace(figures, counts=counts))
        text = _text(client, "/measures/outcomes_per_100/")
        assert "A published file that this measure needs has not been imported." in text
    settings.PLACE = settings.AREAS = None
    text = _text(client, "/measures/outcomes_per_100/")
    assert "It is not the share of these offences that were solved." in text
    assert "openscrutiny import FILE" in text
    assert json.loads(client.get("/measures/outcomes_per_100.json").content)["figures"] is None
