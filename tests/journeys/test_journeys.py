"""What people come for, from the first page to the last."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.conftest import Open


def test_a_policy_officer_finds_a_finding_with_the_keyboard_alone(reader: Open) -> None:
    # Given a person who uses no mouse
    person = reader().go("/findings/?month=any")
    # When they skip to the content and go to the filter
    person.press("Tab")
    assert person.focused() == "Skip to main content"
    person.press("Enter")
    person.press("Tab")
    assert person.focused().startswith("All boroughs")
    person.press("Tab")
    person.page.keyboard.type("Religion")
    while person.focused() != "Show":
        person.press("Tab")
    person.press_to_go("Enter")
    # Then the list shows that strand alone
    assert "strand=religion" in person.page.url
    assert "flagged of" in person.text()
    # And when they open the first finding
    first = person.page.locator(".os-finding__title a").first.inner_text()
    while person.focused() != first:
        person.press("Tab")
    person.press_to_go("Enter")
    # Then they read what it rests on
    assert "/findings/F-" in person.page.url
    for words in ("How sure to be", "What else could explain it", "What it rests on"):
        assert words in person.text()


def test_a_number_leads_back_to_the_row_of_the_published_file(reader: Open) -> None:
    person = reader().go("/areas/ambleworth/")
    number = person.page.locator(".os-lead .os-number").first
    printed = number.inner_text()
    person.click(number)
    assert printed in person.text()
    person.click(person.page.locator("tbody .os-number").last)
    assert "In the publisher's words" in person.text()
    person.click(person.page.locator("tbody a").first)
    assert "Fingerprint (SHA-256)" in person.text()


def test_a_chart_is_read_as_a_table_without_javascript(reader: Open) -> None:
    person = reader(scripts=False, width="narrow").go("/strands/religion/")
    figure = person.page.locator("#series-recorded-offences")
    assert not figure.locator("table").is_visible()
    person.click(figure.locator("summary"))
    assert figure.locator("table").is_visible()
    assert figure.locator(".os-chart__drawing--narrow").is_visible()
    assert not figure.locator(".os-chart__drawing--wide").is_visible()


def test_a_visitor_is_told_why_they_cannot_import(reader: Open) -> None:
    person = reader().go("/data/import/")
    assert "You are not signed in" in person.text()
    person.click(person.page.get_by_role("main").get_by_role("link", name="Sign in"))
    assert person.page.url.endswith("/sign-in/?next=/data/import/")


def test_an_analyst_brings_a_wrong_file_and_is_told_what_to_do(
    reader: Open, tmp_path: Path
) -> None:
    wrong = tmp_path / "figures.csv"
    wrong.write_text("borough,count\nAmbleworth,3\n")
    person = reader()
    person.sign_in("analyst")
    person.go("/data/")
    person.click(person.page.get_by_role("button", name="Import a published file"))
    person.click(person.page.get_by_role("button", name="Import", exact=True))
    assert "Choose the file you downloaded" in person.text()
    person.page.get_by_label("Published file").set_input_files(wrong)
    person.click(person.page.get_by_role("button", name="Import", exact=True))
    assert "Nothing was imported" in person.text()
    assert "What to do" in person.text()


def test_a_wrong_password_is_explained_and_the_error_leads_to_the_field(reader: Open) -> None:
    person = reader().go("/sign-in/")
    person.page.get_by_label("Name of the account").fill("analyst")
    person.page.get_by_label("Password").fill("wrong")
    person.click(person.page.get_by_role("main").get_by_role("button", name="Sign in"))
    person.click(person.page.locator(".govuk-error-summary a").first)
    assert person.focused() == "login"


def test_the_page_prints_its_charts_and_leaves_out_what_paper_cannot_do(reader: Open) -> None:
    person = reader().go("/areas/ambleworth/")
    person.page.emulate_media(media="print")
    assert not person.page.locator(".govuk-service-navigation").is_visible()
    assert person.page.locator("#funnel-outcomes-per-100 .os-chart__drawing--wide").is_visible()
