"""From a chart to a note that every reader sees, and to a new baseline that somebody confirmed."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Open, Reader

CHART = "/measures/recorded_offences/?area=X09000013&strand=race"


def _link(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("link", name=name).first)


def _button(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("button", name=name, exact=True))


@pytest.mark.parametrize(("width", "words"), [("wide", "A march."), ("narrow", "A vigil.")])
def test_the_analyst_adds_a_note_to_a_chart_and_withdraws_it(
    reader: Open, width: str, words: str
) -> None:
    # Given the analyst at a chart of racist offences in one borough
    analyst = reader(width=width).sign_in("analyst")
    analyst.go(CHART)
    assert analyst.overflow() == 0
    # When they add a note from it
    _link(analyst, "Add a note to this chart")
    assert analyst.overflow() == 0
    # Then the form knows what the chart is about
    for box in ("Elmsgarth", "Race"):
        assert analyst.page.get_by_label(box, exact=True).is_checked()
    # And what is missing is asked for
    _button(analyst, "Put it on the charts")
    assert "Choose what it was" in analyst.text()
    assert "Write what happened" in analyst.text()
    analyst.page.get_by_label("An event", exact=True).check()
    analyst.page.get_by_label("First month").fill("2024-08")
    analyst.page.get_by_label("What happened", exact=True).fill(words)
    analyst.page.get_by_label("Where this can be read").fill("Council minutes, item 4.")
    _button(analyst, "Put it on the charts")
    assert "stands on the charts it concerns now" in analyst.text()
    assert analyst.overflow() == 0
    # And every reader sees it on the chart, in the dark, in forced colours and without scripts
    for how in ({}, {"colours": "dark"}, {"forced": True}, {"scripts": False}):
        anybody = reader(width=width, **how).go(CHART)
        assert words in anybody.text()
        assert anybody.overflow() == 0
        drawn = anybody.page.locator("#series .c-happened-mark:visible")
        assert drawn.count() >= 1
        assert "Add a note" not in anybody.text()
    # When it is withdrawn, with a reason
    analyst.go("/data/annotations/")
    note = analyst.page.locator("article", has_text=words)
    analyst.click(note.get_by_role("link", name="Withdraw it"))
    _button(analyst, "Withdraw it")
    assert "Say why" in analyst.text()
    analyst.page.get_by_label("Why is it withdrawn?").fill("It was in another borough.")
    _button(analyst, "Withdraw it")
    # Then it leaves the chart and stays in the list
    assert "It was in another borough." in analyst.text()
    assert words not in reader(width=width).go(CHART).text()


@pytest.mark.parametrize(("width", "strand"), [("wide", "race"), ("narrow", "sexual_orientation")])
def test_a_new_baseline_is_looked_at_and_confirmed(reader: Open, width: str, strand: str) -> None:
    # Given the secretariat at a chart
    chart = f"/measures/recorded_offences/?area=X09000020&strand={strand}"
    person = reader(width=width).sign_in("secretariat")
    person.go(chart)
    _link(person, "Let the limits of this chart start afresh")
    assert person.overflow() == 0
    # When they choose a month and say why, they first see what it would be
    person.page.get_by_label("First month of the new baseline").select_option("2024-05")
    person.page.get_by_label("Why do the limits start afresh?").fill("A new desk (notice 7).")
    _button(person, "Show how it would look")
    assert "As it would be" in person.text()
    assert person.overflow() == 0
    # Then they confirm it, and every reader is told
    _button(person, "Confirm this new baseline")
    assert "The limits of this chart start afresh in May 2024" in person.text()
    anybody = reader(width=width, forced=True).go(chart)
    assert "A new desk (notice 7). Confirmed by the secretariat" in anybody.text()
    assert "findings are made without it" in anybody.text()
    anybody.go("/data/rebases/")
    assert anybody.overflow() == 0
