"""What the room's screen keeps when the network, the browser or a second pen gets in the way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.journeys.conftest import Open, Reader
from tests.journeys.hands import called
from tests.journeys.rooms import meeting_today

FORUM = "Aldermere Hate Crime Forum"


def main(person: Reader) -> Locator:
    return person.page.get_by_role("main")


def press(person: Reader, name: str) -> None:
    person.click(main(person).get_by_role("button", name=called(name)).first)


def unfold(person: Reader, name: str) -> None:
    """Open what is folded away, unless it is open already."""
    folded = main(person).locator("details").filter(has=person.page.get_by_text(name)).first
    if folded.get_attribute("open") is None:
        person.click(folded.locator("summary"))


def keep(person: Reader, name: str) -> None:
    """Press a button that scripts answer in the background, and wait until it is saved."""
    main(person).get_by_role("button", name=name).first.click()
    saved(person)


def saved(person: Reader) -> None:
    person.page.get_by_text("Everything you wrote is saved.").wait_for(timeout=15000)


def test_the_network_goes_and_the_browser_closes_and_no_word_is_lost(
    reader: Open, home: Path
) -> None:
    # Given an item before a meeting
    opened = [{"heading": "Long waits", "state": "opened"}]
    made = meeting_today(home, heading="Offline", items=opened, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    officer = reader().sign_in("secretariat").go(room)
    saved(officer)
    context = officer.page.context
    # When the network goes, two notes and a promise are kept, and one more is begun
    context.set_offline(True)
    note = main(officer).get_by_label("New note")
    for text in ("First while offline.", "Second while offline."):
        note.fill(text)
        main(officer).get_by_role("button", name="Keep this note").click()
    unfold(officer, "Record an action or an undertaking")
    main(officer).get_by_label("What is to be done").fill("To write to the prosecutors.")
    main(officer).get_by_label("Which organisation").select_option("Aldermere Prosecution Office")
    main(officer).get_by_label("Until when").fill("2999-03-31")
    main(officer).locator("#actions").get_by_role("button", name="Record it").click()
    officer.page.get_by_text("3 waiting to be sent: there is no network").wait_for()
    note.press_sequentially("In the middle of a sen")
    # And what cannot be done without it says so and loses nothing
    main(officer).get_by_role("button", name=re.compile("^Left")).first.click()
    officer.page.get_by_text("There is no network, so this was not done").wait_for()
    # And the browser closes
    officer.page.close()
    # When it is opened again while the network comes back
    context.set_offline(False)
    officer.page = context.new_page()
    officer.go(room)
    # Then the sentence stands where it was begun, and everything else is sent, once
    note = main(officer).get_by_label("New note")
    assert note.input_value() == "In the middle of a sen"
    officer.page.get_by_text("What you are typing is kept on this device").wait_for(timeout=15000)
    note.press("End")
    note.press_sequentially("tence.")
    main(officer).get_by_role("button", name="Keep this note").click()
    saved(officer)
    officer.go(room)
    saved(officer)
    for text in (
        "First while offline.",
        "Second while offline.",
        "To write to the prosecutors.",
        "In the middle of a sentence.",
    ):
        assert officer.text().count(text) == 1, text
    assert officer.page.evaluate("() => Object.keys(localStorage).length") == 0
    # The browser says that the network was away, which was the point.
    officer.wrong = [w for w in officer.wrong if "ERR_INTERNET_DISCONNECTED" not in w]


def test_the_answer_of_the_server_is_lost_and_the_note_is_kept_once(
    reader: Open, home: Path
) -> None:
    opened = [{"heading": "Lost answers", "state": "opened"}]
    made = meeting_today(home, heading="Lost answers", items=opened, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    officer = reader().sign_in("secretariat").go(room)
    sent: list[str] = []

    def lose(route: Any) -> None:
        # The server takes it, and its answer never arrives; the second time it does.
        sent.append(route.request.post_data or "")
        answer = route.fetch()
        if len(sent) == 1:
            route.abort()
        else:
            route.fulfill(response=answer)

    officer.page.route("**/room/note/", lose)
    main(officer).get_by_label("New note").fill("Said once.")
    main(officer).get_by_role("button", name="Keep this note").click()
    officer.page.wait_for_function(
        "() => document.querySelector('[data-list=note] [data-key]')", timeout=15000
    )
    saved(officer)
    assert len(sent) == 2
    assert sent[0] == sent[1], "with the same key"
    officer.page.unroute("**/room/note/")
    assert officer.go(room).text().count("Said once.") == 1
    # The browser says of the lost answer that it failed, which was the point.
    officer.wrong = [w for w in officer.wrong if "ERR_FAILED" not in w]


def test_two_people_change_the_same_note_and_see_both_texts(reader: Open, home: Path) -> None:
    opened = [{"heading": "Two pens", "state": "opened"}]
    made = meeting_today(home, heading="Two pens", items=opened, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    first = reader().sign_in("secretariat").go(room)
    main(first).get_by_label("New note").fill("The first text.")
    keep(first, "Keep this note")
    second = reader(scripts=False, width="narrow").sign_in("secretariat").go(room)
    first.go(room)
    for person, text in ((first, "What the first made of it."), (second, "Another version.")):
        unfold(person, "the note of")
        main(person).get_by_label("The note").fill(text)
        press(person, "Keep the change")
    assert second.status() == 409
    assert "Somebody else changed this note" in second.text()
    assert main(second).get_by_label("What it says now").input_value() == (
        "What the first made of it."
    )
    assert main(second).get_by_label("What you wrote").input_value() == "Another version."
    assert second.overflow() == 0
    main(second).get_by_label("What you wrote").fill("Both of them.")
    press(second, "Keep the change")
    assert "Both of them." in second.page.locator("#notes").inner_text()


def test_signing_out_leaves_what_was_not_sent_to_its_writer_alone(reader: Open, home: Path) -> None:
    opened = [{"heading": "Unsent", "state": "opened"}]
    made = meeting_today(home, heading="Unsent", items=opened, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    officer = reader().sign_in("secretariat").go(room)
    main(officer).get_by_label("New note").fill("Not yet sent.")
    officer.page.get_by_role("button", name="Sign out").click()
    officer.page.get_by_text("Not everything is sent. Sign out again").wait_for()
    # Whoever uses this device next sees nothing of it, and nothing of it is gone.
    cookies = officer.page.context.cookies()
    officer.page.context.clear_cookies()
    officer.sign_in("chair").go(room)
    assert main(officer).get_by_label("New note").count() == 0
    assert "Not yet sent." not in officer.page.content()
    officer.page.context.clear_cookies()
    officer.page.context.add_cookies(cookies)  # type: ignore[arg-type]
    officer.go(room)
    assert main(officer).get_by_label("New note").input_value() == "Not yet sent."


@pytest.mark.parametrize(("scripts", "width"), [(True, "narrow"), (False, "wide")])
def test_a_paper_is_tabled_and_an_interest_declared_in_the_room(
    reader: Open, home: Path, scripts: bool, width: str
) -> None:
    # Given an item before a meeting, for which the secretariat brings a paper
    opened = [{"heading": "Figures of the morning", "state": "opened"}]
    made = meeting_today(home, heading="Tabled", items=opened, state="in_session")
    who: dict[str, str] = made["people"]
    room = f"/meetings/{made['number']}/room/"
    officer = reader(scripts=scripts, width=width).sign_in("secretariat").go(room)
    assert "There is no paper for this item." in officer.text()
    officer.click(main(officer).get_by_role("link", name="Table a paper for this item"))
    main(officer).get_by_label("Heading").fill("What was counted today")
    main(officer).get_by_label("Whose paper it is").select_option(label=FORUM)
    press(officer, "Draft this paper")
    main(officer).get_by_label("The text of the paper").fill("Twelve reports came in.")
    press(officer, "Save this version")
    officer.go(room)
    assert "Only who presides takes it at the meeting" in officer.text()
    assert officer.overflow() == 0
    # When the chair takes it, which needs the reason
    chair = reader(scripts=scripts, width=width).sign_in("chair").go(room)
    unfold(chair, "Take it at the meeting")
    press(chair, "Take it at the meeting: What was counted today")
    assert "Write why it could not wait." in chair.text()
    main(chair).get_by_label("Why could it not wait?").fill("It was counted this morning.")
    press(chair, "Take it at the meeting: What was counted today")
    assert "The paper is taken and published with the reason." in chair.text()
    assert chair.overflow() == 0
    # Then anybody reads it, with the reason
    anybody = reader(scripts=scripts, width=width).go(f"/meetings/items/{made['number']}-1/")
    assert "tabled at the meeting, because: It was counted this morning." in anybody.text()
    # And an interest that is declared in the room is put before whoever runs it
    unfold(officer, "Somebody declares an interest in this item")
    main(officer).get_by_label("Whose interest it is").select_option(label=who["race-1"])
    main(officer).get_by_label("What the interest is").fill("Their sister counts them.")
    press(officer, "Record the interest")
    assert "Declared an interest: Their sister counts them." in officer.text()
    assert "Whether they step aside is for the meeting to decide." in officer.text()
    press(officer, f"Record that {who['race-1']} steps aside")
    assert f"{who['race-1']} stepped aside" in officer.text()
    assert officer.overflow() == 0
