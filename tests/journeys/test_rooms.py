"""A whole sitting of the forum on one screen: with scripts, without, and by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.journeys.conftest import Open, Reader
from tests.journeys.rooms import meeting_today

FORUM = "Aldermere Hate Crime Forum"
SEVEN = ("authority-1", "council-north", "victim-support", "race-1", "jewish", "lgb", "housing")
ITEMS = [{"heading": "Keep victims with the case"}, {"heading": "Reporting centres"}]
TALLY = {"authority-1": "For", "council-north": "For", "jewish": "Against", "lgb": "Abstain"}


def main(person: Reader) -> Locator:
    return person.page.get_by_role("main")


def called(name: str) -> re.Pattern[str]:
    """A button of which a part is said and not shown, such as whose it is."""
    said = r"\W+".join(re.escape(part) for part in name.split(": "))
    return re.compile(rf"^\W*{said}\W*$")


def press(person: Reader, name: str) -> None:
    person.click(main(person).get_by_role("button", name=called(name)).first)


def unfold(person: Reader, name: str) -> None:
    """Open what is folded away, unless it is open already."""
    folded = main(person).locator("details").filter(has=person.page.get_by_text(name)).first
    if folded.get_attribute("open") is None:
        person.click(folded.locator("summary"))


def keep(person: Reader, name: str, *, scripts: bool) -> None:
    """Press a button that scripts answer in the background, and wait until it is saved."""
    if not scripts:
        press(person, name)
        return
    main(person).get_by_role("button", name=name).first.click()
    saved(person)


def saved(person: Reader) -> None:
    person.page.get_by_text("Everything you wrote is saved.").wait_for(timeout=15000)


def status(person: Reader) -> str:
    return person.page.locator("#quorum").inner_text()


@pytest.mark.parametrize(
    ("scripts", "width"), [(True, "wide"), (True, "narrow"), (False, "narrow")]
)
def test_a_whole_sitting(reader: Open, home: Path, scripts: bool, width: str) -> None:
    # Given a meeting of today with a quorum, exactly, in the room
    made = meeting_today(home, heading="A whole sitting", items=ITEMS, here=SEVEN)
    who: dict[str, str] = made["people"]
    room = f"/meetings/{made['number']}/room/"
    officer = reader(scripts=scripts, width=width).sign_in("secretariat").go(room)
    assert "7 voting seats are here and 7 are needed." in status(officer)
    # When it is opened, an item with it, and a note is taken
    press(officer, "Open the meeting")
    press(officer, f"Open this item: {ITEMS[0]['heading']}")
    main(officer).get_by_label("New note").fill("The police explained the long waits.")
    keep(officer, "Keep this note", scripts=scripts)
    assert officer.overflow() == 0
    # And while somebody writes a decision, a member leaves and the quorum with them
    other = reader(scripts=scripts).sign_in("secretariat").go(room)
    unfold(other, "Record a decision")
    main(other).get_by_label("Heading").fill("To recommend it")
    main(other).get_by_label("What was decided").fill("The forum resolved it as it stands.")
    press(officer, f"Left: {who['victim-support']}")
    assert "There is no quorum" in status(officer)
    assert "nobody from victim support is here" in status(officer)
    assert "No decision can be recorded" in officer.text()
    # Then the decision is refused, with the reason and every word
    press(other, "Record the decision")
    assert other.status() == 409
    assert "There is no quorum for this item" in other.text()
    words = main(other).get_by_label("What was decided").input_value()
    assert words == "The forum resolved it as it stands."
    # And a note is still taken
    main(officer).get_by_label("New note").fill("Waiting for victim support.")
    keep(officer, "Keep this note", scripts=scripts)
    # When somebody from victim support joins from elsewhere, the quorum is back
    press(officer, f"From elsewhere: {who['victim-advocates']}")
    assert "There is a quorum" in status(officer)
    unfold(officer, "When it was lost and regained")
    assert status(officer).count("no quorum") == 1
    # When somebody steps aside, the item has none, until one more arrives
    unfold(officer, "Somebody steps aside from this item")
    main(officer).get_by_label("Who steps aside").select_option(who["race-1"])
    main(officer).get_by_label("Why they step aside").fill("Their sister works there.")
    press(officer, "Record it")
    assert f"{who['race-1']} stepped aside" in officer.text()
    assert "For this item: 6 voting seats are here" in officer.text()
    press(officer, f"In the room: {who['disability-1']}")
    assert "For this item: 7 voting seats are here" in officer.text()
    _vote(officer, reader(scripts=scripts, width="narrow"), made)
    _promise(officer, scripts=scripts)
    # And the decision is recorded, the item closed, and with the meeting the other is not reached
    unfold(officer, "Record a decision")
    main(officer).get_by_label("Heading").fill("To recommend it")
    main(officer).get_by_label("What was decided").fill("The forum resolved it.")
    main(officer).get_by_label("What the forum did").select_option("Resolve")
    press(officer, "Record the decision")
    assert officer.overflow() == 0
    decided = main(officer).get_by_role("link", name="To recommend it").get_attribute("href")
    press(officer, "Close: decided")
    press(officer, "Close the meeting")
    assert "not reached" in officer.text()
    # Then the chair certifies it, and the page says by what quorum it was taken
    chair = reader(scripts=scripts, width=width).sign_in("chair").go(str(decided))
    assert "7 voting seats are here and 7 are needed." in chair.text()
    assert "2 for, 1 against, 1 abstained: carried." in chair.text()
    press(chair, "Certify")
    assert "“Certify” is done" in chair.text()


def _vote(officer: Reader, chair: Reader, made: dict[str, Any]) -> None:
    """A vote: the chair on their own device, the others as the secretariat records them."""
    unfold(officer, "Put a motion to the vote")
    main(officer).get_by_label("The motion").fill("That the forum recommends it.")
    press(officer, "Open the vote")
    chair.sign_in("chair").go(f"/meetings/{made['number']}/vote/")
    assert "That the forum recommends it." in chair.text()
    press(chair, "For")
    assert "You have voted: for." in chair.text()
    assert chair.overflow() == 0
    officer.go(f"/meetings/{made['number']}/room/")
    for seat, stance in list(TALLY.items())[1:]:
        unfold(officer, "Record the vote of somebody in the room")
        press(officer, f"{stance}: {made['people'][seat]}")
    assert "4 votes cast, 3 to come" in officer.text()
    press(officer, "Close the vote and count it")
    assert "2 for, 1 against, 1 abstained: carried." in officer.text()


def _promise(officer: Reader, *, scripts: bool) -> None:
    unfold(officer, "Record an action or an undertaking")
    main(officer).get_by_label("What it is").select_option("Oral undertaking")
    main(officer).get_by_label("What is to be done").fill("Bring the waiting times by borough.")
    main(officer).get_by_label("Which organisation").select_option("Aldermere City Constabulary")
    main(officer).get_by_label("Until when").fill("2999-03-31")
    keep(officer, "Record it", scripts=scripts)
    assert "Bring the waiting times by borough." in officer.page.locator("#actions").inner_text()


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
    keep(first, "Keep this note", scripts=True)
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


def test_a_sitting_by_keyboard_alone(reader: Open, home: Path) -> None:
    made = meeting_today(home, heading="By keyboard", items=ITEMS, here=SEVEN)
    who: dict[str, str] = made["people"]
    officer = reader().sign_in("secretariat").go(f"/meetings/{made['number']}/room/")

    def reach(words: str) -> None:
        """Tab until something has the focus; it must be seen to have it."""
        for _ in range(160):
            officer.press("Tab")
            if re.sub(r"[\s:]+", " ", officer.focused()).startswith(words.replace(":", "")):
                seen = officer.page.evaluate(
                    "() => { const at = document.activeElement.getBoundingClientRect();"
                    "return at.width > 0 && at.top >= 0 && at.bottom <= innerHeight + 1 }"
                )
                assert seen, f"{words} has the focus and is not in sight"
                return
        raise AssertionError(f"{words} is not reached by keyboard")

    def enter(words: str) -> None:
        reach(words)
        officer.press_to_go("Enter")

    enter("Open the meeting")
    enter(f"Open this item: {ITEMS[0]['heading']}")
    reach("text")
    officer.page.keyboard.type("Written without a mouse.")
    reach("Keep this note")
    officer.press("Enter")
    saved(officer)
    # After a button the keyboard goes on from the part of the page it belongs to.
    enter(f"Left: {who['victim-support']}")
    assert "There is no quorum" in status(officer)
    enter(f"In the room: {who['victim-advocates']}")
    assert "There is a quorum" in status(officer)
    reach("Record a decision")
    officer.press("Enter")
    reach("Note")
    officer.page.keyboard.press("ArrowDown")
    reach("heading")
    officer.page.keyboard.type("Decided by keyboard")
    reach("text")
    officer.page.keyboard.type("The forum decided it.")
    enter("Record the decision")
    enter("Close: decided")
    enter("Close the meeting")
    assert "held" in officer.text()


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
