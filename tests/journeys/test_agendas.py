"""From an empty calendar to a published agenda, as the secretariat, the chair and a member go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from tests.apps.calendar_rules import read
from tests.journeys.conftest import Open, Reader

# Seats of the invented forum, filled with people who are invented as well.
FORUM = "Aldermere Hate Crime Forum"


def button(person: Reader, name: str | re.Pattern[str]) -> None:
    person.click(person.page.get_by_role("main").get_by_role("button", name=name, exact=True))
    assert person.overflow() == 0, person.page.url


def link(person: Reader, name: str | re.Pattern[str]) -> None:
    person.click(person.page.get_by_role("main").get_by_role("link", name=name).first)
    assert person.overflow() == 0, person.page.url


def fill(person: Reader, **said: str) -> None:
    for name, value in said.items():
        person.page.locator(f"[name={name}]").fill(value)


def plan(person: Reader, *, heading: str, days: int) -> str:
    """Plan a meeting so many days from now, and give its address."""
    person.go("/meetings/")
    button(person, "Plan a meeting")
    person.page.get_by_label("Which body meets").select_option(label=FORUM)
    day = datetime.now(UTC).date() + timedelta(days=days)
    fill(person, heading=heading, day=str(day), starts="14:00", ends="13:00", venue="Town hall")
    fill(person, access="A lift and a hearing loop.", joining="Call 01234 567890.")
    button(person, "Plan this meeting")
    assert "end before it begins" in person.text()
    fill(person, ends="16:00")
    button(person, "Plan this meeting")
    assert "The meeting is planned" in person.text()
    return person.page.url.removeprefix(person.site).removesuffix("agenda/")


def in_order(person: Reader, first: str, second: str) -> bool:
    """Whether one item stands directly before another on the agenda that is being built."""
    places = person.page.locator(".os-agenda__heading").all_inner_texts()
    at = next(n for n, heading in enumerate(places) if heading.startswith(first))
    return places[at + 1].startswith(second)


def propose(person: Reader, heading: str, *, closed: bool = False) -> None:
    button(person, "Propose an item")
    fill(person, heading=heading, minutes_planned="20")
    person.page.get_by_label("Disability").check()
    if closed:
        person.page.get_by_label("No: a closed item").check()
        button(person, "Propose this item")
        assert "closed item needs the ground" in person.text()
        person.page.get_by_label("If it is closed: on which ground").select_option("7")
        fill(person, public_interest="It would warn the offender.", closed_heading="A raid")
    button(person, "Propose this item")
    button(person, "Put on the agenda")
    assert "The item is on the agenda" in person.text()


@pytest.mark.parametrize(("width", "scripts", "days"), [("wide", True, 3), ("narrow", False, 4)])
def test_a_meeting_is_planned_its_agenda_built_and_published_and_a_member_answers(
    reader: Open, width: str, scripts: bool, days: int
) -> None:
    heading = f"Special meeting, {width}"
    # Given the secretariat, who plans a meeting and builds its agenda
    secretary = reader(width=width, scripts=scripts).sign_in("secretariat")
    meeting = plan(secretary, heading=heading, days=days)
    propose(secretary, "How reports are flagged")
    secretary.go(f"{meeting}agenda/")
    propose(secretary, "An operation", closed=True)
    secretary.go(f"{meeting}agenda/")
    button(secretary, re.compile(r"^Up\b.*An operation"))
    assert "/agenda/#item-" in secretary.page.url
    assert in_order(secretary, "An operation", "How reports are flagged")
    # And invites everybody who sits on the day
    secretary.go(f"{meeting}invited/")
    button(secretary, "Invite them")
    assert re.search(r"\d\d people were invited", secretary.text())
    assert "no voting seats will be there; 7 are needed" in secretary.text()
    link(secretary, "Invite somebody who has no seat")
    link(secretary, "Go back without this")
    link(secretary, re.compile("Record an answer.*Osric Fennimore"))
    secretary.page.get_by_label("Will attend").check()
    button(secretary, "Record this answer")
    assert "1 voting seat will be there" in secretary.text()
    secretary.go(f"{meeting}needs/")
    assert "Easy read papers a week before" in secretary.text()
    # When they want to publish, there is not notice enough
    secretary.go(meeting)
    assert "Publish the agenda: not yet. There are fewer clear days" in secretary.text()
    # Then the chair, who finds it in what waits for them, records why it cannot wait
    chair = reader(width=width, scripts=scripts).sign_in("chair")
    chair.go("/your-work/")
    chair.click(chair.page.locator(f'main a[href="{meeting}short-notice/"]'))
    fill(chair, reason="A court date moved.")
    button(chair, "Record this reason")
    # And the agenda is published
    secretary.go(meeting)
    button(secretary, "Publish the agenda")
    assert "The agenda is published, and members were told" in secretary.text()
    # A member answers on the page of the meeting, and changes their mind
    member = reader(width=width, scripts=scripts).sign_in("member")
    member.go("/your-work/")
    link(member, heading)
    member.page.get_by_label("Sends a substitute: Salma Birtwhistle").check()
    button(member, "Send this answer")
    assert "Your answer: sends a substitute" in member.text()
    member.page.get_by_label("Will take part from elsewhere").check()
    button(member, "Send this answer")
    assert "Call 01234 567890." in member.text()
    # Everybody reads the agenda and why it came late, and nothing that is closed
    anybody = reader(width=width, scripts=scripts)
    anybody.go("/meetings/")
    link(anybody, heading)
    for told in ("How reports are flagged", "A court date moved.", "It would warn the offender."):
        assert told in anybody.text()
    for secret in ("A raid", "01234", "Zofia Harcastle"):
        assert secret not in anybody.text()
    link(anybody, "An operation")
    assert "A raid" not in anybody.text()
    with urlopen(f"{anybody.site}/meetings/calendar.ics") as answered:
        names = [e.value("SUMMARY") for e in read(answered.read()).events()]
    assert heading in names


def test_a_meeting_is_put_off_given_a_new_date_and_called_off(reader: Open) -> None:
    secretary = reader(width="narrow").sign_in("secretariat")
    meeting = plan(secretary, heading="Summer meeting", days=40)
    secretary.go(meeting)
    link(secretary, "Change the arrangements")
    fill(secretary, venue="Library")
    button(secretary, "Save")
    assert "Library" in secretary.text()
    for step, reason in (("Postpone", "Burst pipe."), ("Cancel", "Nothing to decide.")):
        secretary.click(secretary.page.locator("summary", has_text=step))
        secretary.page.get_by_label("Why? It stands in the record.").locator("visible=true").fill(
            reason
        )
        button(secretary, step)
        assert f"Why: {reason}" in secretary.text()
        if step == "Postpone":
            link(secretary, "Set a new date")
            fill(secretary, day=str(datetime.now(UTC).date() + timedelta(days=47)))
            button(secretary, "Set this date")
            assert "The meeting has a new date" in secretary.text()
    secretary.go("/meetings/?show=off")
    assert "Nothing to decide." in secretary.text()


def tab_to(person: Reader, *words: str) -> None:
    """Go on by the keyboard until something that says all these words has the focus."""
    for _ in range(80):
        person.press("Tab")
        if all(word in person.focused() for word in words):
            return
    raise AssertionError(f"the keyboard never comes to {words}")


def test_an_agenda_is_put_in_order_and_an_invitation_answered_by_keyboard_alone(
    reader: Open,
) -> None:
    secretary = reader().sign_in("secretariat")
    meeting = plan(secretary, heading="Keyboard meeting", days=60)
    for heading in ("First", "Second"):
        secretary.go(f"{meeting}agenda/")
        propose(secretary, heading)
    secretary.go(f"{meeting}agenda/")
    tab_to(secretary, "Up", "Second")
    secretary.press_to_go("Enter")
    assert in_order(secretary, "Second", "First")
    secretary.go(f"{meeting}invited/")
    tab_to(secretary, "Invite them")
    secretary.press_to_go("Enter")
    member = reader().sign_in("member")
    member.go(meeting)
    tab_to(member, "answer")
    member.press("Space")
    tab_to(member, "Send this answer")
    member.press_to_go("Enter")
    assert "Your answer: will attend" in member.text()


def test_somebody_makes_an_address_for_their_calendar(reader: Open) -> None:
    member = reader(width="narrow", scripts=False).sign_in("member")
    member.go("/account/")
    link(member, "Your meetings in your calendar")
    button(member, "Make an address")
    address = member.page.locator("#address").inner_text()
    with urlopen(address) as answered:
        read(answered.read())
    member.go("/account/calendar/")
    assert address not in member.text()
    button(member, "Take the address away")
    assert "It leads nowhere any more" in member.text()


@pytest.mark.parametrize(("width", "scripts", "days"), [("narrow", True, 25), ("wide", False, 26)])
def test_a_guest_without_an_account_answers_at_their_address_and_an_interest_is_declared(
    reader: Open, width: str, scripts: bool, days: int
) -> None:
    # Given a meeting with an item, and somebody new who is invited to present it
    secretary = reader(width=width, scripts=scripts).sign_in("secretariat")
    meeting = plan(secretary, heading=f"Guests, {width}", days=days)
    propose(secretary, "Abuse online")
    secretary.go(f"{meeting}invited/new/")
    name = f"Quill {width.capitalize()}worth"
    secretary.page.get_by_label("Name, of somebody new").fill(name)
    secretary.page.get_by_label("As what").select_option(label="Presenting or answering")
    secretary.page.get_by_label("Which item they come for").select_option(label="Abuse online")
    button(secretary, "Invite them")
    assert "for: Abuse online" in secretary.text()
    link(secretary, re.compile(f"An address to answer at.*{name}"))
    button(secretary, "Show a new address once")
    address = secretary.page.locator("main strong.os-break, main .os-break strong").inner_text()
    assert secretary.overflow() == 0
    # When they open it, in a browser that tells no site where it was
    guest = reader(width=width, scripts=scripts)
    guest.go("/invitation/" + address.split("/invitation/")[1])
    assert "Abuse online" in guest.text()
    assert name not in guest.text()
    assert guest.overflow() == 0
    button(guest, "Send this answer")
    assert "Choose an answer" in guest.text()
    guest.page.get_by_label("Will take part from elsewhere").check()
    guest.page.get_by_label("What do you need to take part?").fill("A hearing loop.")
    button(guest, "Send this answer")
    # Then it is recorded, and the secretariat reads it
    assert "Your answer is recorded" in guest.text()
    secretary.go(f"{meeting}needs/")
    assert "A hearing loop." in secretary.text()
    # And a member declares an interest in the item, which stands under it
    link(secretary.go(meeting), "Abuse online")
    link(secretary, "Declare an interest in this item")
    secretary.page.get_by_label("Whose interest it is").select_option(label=name)
    secretary.page.get_by_label("What the interest is").fill("Works for a platform.")
    button(secretary, "Declare it")
    assert f"{name} declared an interest: Works for a platform." in secretary.text()
    assert secretary.overflow() == 0
