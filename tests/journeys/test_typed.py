"""What is typed into a long form: kept on the device until it is sent, for its writer alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.conftest import Open, Reader
from tests.journeys.hands import Hands
from tests.journeys.rooms import meeting_today

WRITTEN = "Everybody was welcomed.\nAn hour's writing follows."


def minutes_of_today(reader: Open, home: Path, heading: str) -> tuple[Hands, str, str]:
    """Somebody who writes the minutes of a meeting that is over: where, and under which label."""
    made = meeting_today(home, heading=heading, items=[{"heading": "One"}], state="in_session")
    office = Hands(reader()).sign_in("secretariat").go(f"/meetings/{made['number']}/room/")
    office.press("Close the meeting")
    page = f"/meetings/{made['number']}/minutes/"
    office.go(page).press("Draft the minutes").follow("Write in the minutes")
    return office, page, office.main.locator("label").all_inner_texts()[0]


def kept(person: Reader) -> int:
    return int(person.page.evaluate("() => Object.keys(localStorage).length"))


def test_a_browser_that_closes_in_the_middle_of_the_minutes_loses_no_word(
    reader: Open, home: Path
) -> None:
    office, page, label = minutes_of_today(reader, home, "Closed browser")
    person = office.person
    office.field(label).fill(WRITTEN)
    context = person.page.context
    person.page.close()
    person.page = context.new_page()
    office.go(f"{page}edit/")
    assert office.field(label).input_value() == WRITTEN
    assert "was not sent, and is put back." in office.text()
    assert person.overflow() == 0
    # The next person at this device sees nothing of it.
    mine = context.cookies()
    context.clear_cookies()
    person.sign_in("administrator").go("/accessibility/")
    assert "welcomed" not in person.page.content()
    context.clear_cookies()
    context.add_cookies(mine)  # type: ignore[arg-type]
    # Thrown away, it is gone, and the text is what it was.
    office.go(f"{page}edit/").main.get_by_role("button", name="Throw it away").click()
    assert office.field(label).input_value() != WRITTEN
    assert "It is thrown away." in office.text()
    assert kept(person) == 0
    assert "put back" not in office.go(f"{page}edit/").text()
    # Sent, it is dropped as well.
    office.write_in(label, WRITTEN).press("Save this version")
    assert "is saved." in office.text()
    assert kept(person) == 0


def test_what_was_typed_is_not_put_over_what_somebody_else_wrote_since(
    reader: Open, home: Path
) -> None:
    office, page, label = minutes_of_today(reader, home, "Two writers")
    office.field(label).fill("Mine.")
    other = Hands(reader()).sign_in("secretariat").go(f"{page}edit/")
    other.write_in(label, "Theirs.").press("Save this version")
    office.go(f"{page}edit/")
    assert office.field(label).input_value() == "Theirs."
    assert office.main.get_by_label("The text was changed since").input_value() == "Mine."
    office.main.get_by_role("button", name="Put it in the place of this text").click()
    assert office.field(label).input_value() == "Mine."


@pytest.mark.parametrize("scripts", [True, False])
def test_an_hour_of_writing_outlives_the_session_it_was_written_in(
    reader: Open, home: Path, scripts: bool
) -> None:
    made, page, label = minutes_of_today(reader, home, f"Session {scripts}")
    office = Hands(reader(scripts=scripts), scripts=scripts).sign_in("secretariat")
    office.go(f"{page}edit/").write_in(label, WRITTEN)
    context = office.person.page.context
    context.clear_cookies(name="sessionid")
    office.press("Save this version")
    assert "You are not signed in any more" in office.text()
    assert "Everybody" not in office.person.page.url
    _sign_in_again(office)
    assert "What you wrote" in office.text()
    assert office.field(f"text:{_first(made)}").input_value().replace("\r", "") == WRITTEN
    office.press("Send it now")
    assert "is saved." in office.text()
    assert "An hour's writing follows." in office.go(page).text()
    assert kept(office.person) == 0 if scripts else True


def _first(made: Hands) -> str:
    """The name of the first part of the minutes."""
    name = made.main.locator("textarea").first.get_attribute("name") or ""
    return name.removeprefix("text:")


def _sign_in_again(office: Hands) -> None:
    """By the pages for it, because what waits lies in the session this browser has now."""
    person = office.person
    person.click(office.main.get_by_role("button", name="Sign in"))
    account = person.account("secretariat")
    person.page.get_by_label("Name of the account").fill("secretariat")
    person.page.get_by_label("Password").fill(account.password)
    person.click(office.main.get_by_role("button", name="Sign in"))
    person.give_fresh_code(account)
