"""What the room's screen keeps when the network, the browser or a second pen gets in the way."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator

from tests.journeys.conftest import Open, Reader
from tests.journeys.hands import called
from tests.journeys.rooms import meeting_today, notes_of

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


def told(person: Reader) -> str:
    """What the screen says of what is kept."""
    return person.page.locator("[data-kept]").inner_text()


def quiet_about_the_network(person: Reader) -> None:
    """The browser says that the network was away, which was the point."""
    gone = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "ERR_CONNECTION_REFUSED")
    person.wrong = [w for w in person.wrong if not any(words in w for words in gone)]


def test_who_leaves_and_comes_while_the_network_is_away_is_recorded_when_it_was_pressed(
    reader: Open, home: Path
) -> None:
    opened = [{"heading": "Coming and going", "state": "opened"}]
    made = meeting_today(home, heading="Coming", items=opened, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    officer = reader().sign_in("secretariat").go(room)
    saved(officer)
    page, context = officer.page, officer.page.context
    left, came = made["people"]["race-1"], made["member"]
    context.set_offline(True)
    page.clock.install()
    main(officer).get_by_role("button", name=called(f"Left: {left}")).click()
    main(officer).get_by_role("button", name=called(f"In the room: {came}")).click()
    # Somebody who left is back by the same place, and leaves again.
    main(officer).get_by_role("button", name=called(f"In the room: {left}")).click()
    main(officer).get_by_role("button", name=called(f"Left: {left}")).click()
    page.get_by_text("4 waiting to be sent: there is no network").wait_for()
    assert (
        page.locator("#quorum")
        .get_by_text(
            re.compile(r"quorum shown is that of \d\d:\d\d.*4 arrivals and departures that wait")
        )
        .is_visible()
    )
    # A quarter of an hour passes, and nothing says that all is saved.
    page.clock.fast_forward("15:00")
    assert "4 waiting to be sent" in told(officer)
    context.set_offline(False)
    page.locator("[data-behind]").wait_for(state="hidden", timeout=15000)
    saved(officer)
    quiet_about_the_network(officer)
    # The page was brought up to date by itself, with the times of the buttons.
    here = page.locator("#people ul").first.inner_text()
    assert came in here
    assert left not in here
    since = re.search(rf"{came}.*?since (\d\d:\d\d)", here, re.DOTALL)
    assert since is not None
    now = datetime.now(ZoneInfo("Europe/London"))
    assert since.group(1) in {f"{now - timedelta(minutes=m):%H:%M}" for m in (14, 15, 16)}


def test_a_moment_the_server_refuses_stays_with_its_reason_until_it_is_dealt_with(
    reader: Open, home: Path
) -> None:
    opened = [{"heading": "Refused", "state": "opened"}]
    made = meeting_today(home, heading="Refused", items=opened, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    left = called(f"Left: {made['people']['race-1']}")
    officer, other = (reader().sign_in("secretariat").go(room) for _ in range(2))
    saved(officer)
    officer.page.context.set_offline(True)
    main(officer).get_by_role("button", name=left).click()
    other.click(main(other).get_by_role("button", name=left))
    officer.page.context.set_offline(False)
    officer.page.get_by_text("refused: This person is not recorded as being").wait_for()
    officer.page.wait_for_timeout(5000)
    assert "Something was refused by the server" in told(officer)
    officer.go(room)
    assert "Something was refused by the server" in told(officer)
    main(officer).get_by_role("button", name="Throw it away").click()
    saved(officer)
    quiet_about_the_network(officer)


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_a_decision_without_the_network_is_refused_beside_its_button_until_that_is_closed(
    reader: Open, home: Path, width: str
) -> None:
    opened = [{"heading": "No network", "state": "opened"}]
    made = meeting_today(home, heading="No network", items=opened, state="in_session")
    officer = reader(width=width).sign_in("secretariat")
    officer.go(f"/meetings/{made['number']}/room/")
    saved(officer)
    unfold(officer, "Record a decision")
    main(officer).get_by_label("Heading").fill("To write")
    main(officer).get_by_label("What was decided").fill("To write to them.")
    officer.page.context.set_offline(True)
    decide = main(officer).get_by_role("button", name="Record the decision")
    decide.click()
    alert = officer.page.get_by_role("alert")
    assert "There is no network, so this was not done" in alert.inner_text()
    assert alert.evaluate("e => e.previousElementSibling.textContent") == "Record the decision"
    apart = alert.evaluate("e => e.getBoundingClientRect().top - innerHeight")
    assert apart < 0, "in sight of whoever pressed"
    assert officer.overflow() == 0
    officer.page.wait_for_timeout(5000)
    assert alert.is_visible()
    assert "Something was not done" in told(officer)
    officer.page.context.set_offline(False)
    officer.page.wait_for_timeout(4500)
    assert alert.is_visible()
    assert "Something was not done" in told(officer)
    # Whoever presses again has it done, and closing takes the words away as well.
    officer.click(decide)
    assert officer.page.get_by_role("alert").count() == 0
    assert "To write" in officer.page.locator("#decisions").inner_text()
    saved(officer)
    quiet_about_the_network(officer)


def test_the_server_is_dead_while_the_wireless_stays_up_and_the_room_is_still_there(
    reader: Open, home: Path
) -> None:
    opened = [{"heading": "Dead server", "state": "opened"}]
    made = meeting_today(home, heading="Dead server", items=opened, state="in_session")
    officer = reader().sign_in("secretariat").go(f"/meetings/{made['number']}/room/")
    saved(officer)
    page = officer.page
    page.route("**/*", lambda route: route.abort())
    left = made["people"]["race-1"]
    main(officer).get_by_role("button", name=called(f"Left: {left}")).click()
    page.get_by_text("1 waiting to be sent").wait_for()
    main(officer).get_by_role("button", name="Close: noted").click()
    page.get_by_role("alert").get_by_text("No answer came").wait_for()
    main(officer).get_by_role("link", name="Defer this item").click()
    page.get_by_text("this link leads nowhere now").first.wait_for()
    main(officer).get_by_label("New note").fill("Still writing.")
    main(officer).get_by_role("button", name="Keep this note").click()
    page.get_by_text("2 waiting to be sent").wait_for()
    main(officer).get_by_role("button", name="Close", exact=True).click()
    page.unroute("**/*")
    saved(officer)
    assert "Still writing." in page.locator("#notes").inner_text()
    assert left not in page.locator("#people ul").first.inner_text()
    officer.click(main(officer).get_by_role("link", name="Defer this item"))
    assert "Defer this item" in officer.text()
    quiet_about_the_network(officer)


def test_half_a_note_is_kept_when_its_item_is_closed_and_what_lies_elsewhere_is_shown(
    reader: Open, home: Path
) -> None:
    items = [{"heading": "First", "state": "opened"}, {"heading": "Second"}]
    made = meeting_today(home, heading="Half a note", items=items, state="in_session")
    room = f"/meetings/{made['number']}/room/"
    officer = reader().sign_in("secretariat").go(room)
    main(officer).get_by_label("New note").fill("Half a note")
    # Another window with words that were never kept
    twin = officer.page.context.new_page()
    twin.goto(officer.site + room)
    unfold(officer, "Record an action or an undertaking")
    main(officer).get_by_label("What is to be done").fill("A promise half made")
    press(officer, "Close: noted")
    saved_note = [n for n in _notes(home, made["number"]) if n[1] == "Half a note"]
    assert [item for item, _ in saved_note] == ["First"]
    press(officer, "Open this item: Second")
    shown = main(officer).locator("[data-waiting]")
    assert "Typed and not kept: A promise half made" in shown.inner_text()
    assert "under another item" in told(officer)
    # Nor is it lost when the meeting is over.
    press(officer, "Close: noted")
    press(officer, "Close the meeting")
    assert "The meeting is over" in officer.text()
    main(officer).get_by_role("button", name="Keep it as a note of item 1, First").click()
    saved(officer)
    assert ["First", "A promise half made"] in _notes(home, made["number"])
    main(officer).get_by_label("New note").fill("Thrown away in the end.")
    twin.close()


def _notes(home: Path, number: str) -> list[list[str]]:
    return notes_of(home, number)["notes"]  # type: ignore[no-any-return]


def test_members_who_vote_from_elsewhere_are_told_that_a_vote_opened(
    reader: Open, home: Path
) -> None:
    opened = [{"heading": "Voting", "state": "opened"}]
    made = meeting_today(home, heading="Voting", items=opened, state="in_session")
    chair = reader().sign_in("chair").go(f"/meetings/{made['number']}/vote/")
    plain = reader(scripts=False, width="narrow").sign_in("chair")
    plain.go(f"/meetings/{made['number']}/vote/")
    assert "No vote is open." in chair.text()
    officer = reader().sign_in("secretariat").go(f"/meetings/{made['number']}/room/")
    unfold(officer, "Put a motion to the vote")
    main(officer).get_by_label("The motion").fill("That it be so.")
    press(officer, "Open the vote")
    chair.page.get_by_role("status").get_by_text("A vote was opened.").wait_for(timeout=15000)
    for person in (chair, plain):
        person.click(main(person).get_by_role("link", name="Look again"))
        assert "That it be so." in person.text()
        assert main(person).get_by_role("link", name="Look again").is_visible()
    press(officer, "Close the vote and count it")
    chair.page.get_by_role("status").get_by_text("The vote was closed.").wait_for(timeout=15000)


def test_whoever_is_not_signed_in_any_more_keeps_the_room_and_presses_again(
    reader: Open, home: Path
) -> None:
    opened = [{"heading": "Signed out", "state": "opened"}]
    made = meeting_today(home, heading="Signed out", items=opened, state="in_session")
    officer = reader().sign_in("secretariat").go(f"/meetings/{made['number']}/room/")
    saved(officer)
    context = officer.page.context
    mine = context.cookies()
    context.clear_cookies(name="sessionid")
    main(officer).get_by_label("New note").fill("Written while signed out.")
    main(officer).get_by_role("button", name="Keep this note").click()
    officer.page.get_by_text("Not sent: sign in again in another tab.").wait_for()
    left = made["people"]["race-1"]
    main(officer).get_by_role("button", name=called(f"Left: {left}")).click()
    close = main(officer).get_by_role("button", name="Close: noted")
    close.click()
    alert = officer.page.get_by_role("alert")
    alert.get_by_text("You are not signed in here any more").wait_for()
    # Somebody else signs in here: nothing of it is sent in their name.
    context.add_cookies([c for c in _of(reader, "chair") if c["name"] == "sessionid"])
    officer.page.wait_for_timeout(5000)
    assert _notes(home, made["number"]) == []
    context.add_cookies(mine)  # type: ignore[arg-type]
    officer.click(close)
    assert "No item is before the meeting" in officer.text()
    assert ["Signed out", "Written while signed out."] in _notes(home, made["number"])
    saved(officer)
    assert left not in officer.page.locator("#people ul").first.inner_text()


def _of(reader: Open, name: str) -> list[Any]:
    """The cookies of somebody else who is signed in."""
    return list(reader().sign_in(name).page.context.cookies())


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
