"""One meeting of the forum from its invitation to its approved minutes, in one go: with a mouse and
scripts, without scripts on a narrow screen, and by keyboard alone at four hundred per cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.journeys.conftest import Open
from tests.journeys.hands import Hands
from tests.journeys.rooms import meeting_today, the_day_comes

FORUM = "Aldermere Hate Crime Forum"
ITEM = "Keep victims with the case"
SAID = "The police explained the long waits."
# A quorum exactly: seven voting seats, with community and victim support among them.
SEVEN = ("authority-1", "council-north", "victim-support", "race-1", "jewish", "lgb", "housing")
TALLY = {"council-north": "For", "jewish": "Against", "lgb": "Abstain"}


@dataclass
class Sitting:
    """Whoever takes part in the journey, and where and with whom the meeting is."""

    home: Path
    office: Hands
    colleague: Hands
    chair: Hands
    member: Hands
    anybody: Hands
    number: str = ""

    def at(self, page: str = "") -> str:
        return f"/meetings/{self.number}/{page}"


@pytest.mark.parametrize(
    ("way", "width", "scripts"),
    [("mouse", "wide", True), ("mouse", "narrow", False), ("keyboard", "narrow", True)],
)
def test_a_meeting_is_invited_held_minuted_and_its_minutes_approved(
    reader: Open, home: Path, way: str, width: str, scripts: bool
) -> None:
    def hands(account: str = "") -> Hands:
        person = reader(width=width, scripts=scripts)
        sat_down = Hands(person, keyboard=way == "keyboard", scripts=scripts)
        return sat_down.sign_in(account) if account else sat_down

    of = Sitting(
        home, hands("secretariat"), hands("secretariat"), hands("chair"), hands("member"), hands()
    )
    heading = f"Whole meeting, {way}, {'with' if scripts else 'without'} scripts"
    _invite(of, heading, days={("mouse", True): 90, ("mouse", False): 97}.get((way, scripts), 104))
    who = the_day_comes(home, of.number)
    _gather(of, who)
    _lose_and_regain_the_quorum(of, who)
    _step_aside(of, who)
    _vote(of, who)
    _promise(of)
    _decide_and_close(of)
    _draft_the_minutes(of)
    _correct_the_minutes(of)
    _approve_the_minutes(of)


def _invite(of: Sitting, heading: str, *, days: int) -> None:
    """Planned, an item on its agenda, everybody invited, the agenda published, one answer given."""
    office = of.office.go("/meetings/")
    office.press("Plan a meeting").choose("body", FORUM)
    day: date = datetime.now(UTC).date() + timedelta(days=days)
    office.write(heading=heading, day=day, starts=time(14), ends=time(16), venue="Town hall")
    office.press("Plan this meeting")
    of.number = office.address.split("/")[2]
    office.press("Propose an item").write(heading=ITEM, minutes_planned="20")
    office.press("Propose this item").press("Put on the agenda")
    office.go(of.at("invited/")).press("Invite them")
    assert "people were invited" in office.text()
    office.go(of.at()).press("Publish the agenda")
    assert "The agenda is published, and members were told" in office.text()
    member = of.member.go("/your-work/").follow(heading)
    member.mark("Will attend").press("Send this answer")
    assert "Your answer: will attend" in member.text()
    assert ITEM in of.anybody.go(of.at()).text()


def _gather(of: Sitting, who: dict[str, str]) -> None:
    """The day has come: one after the other arrives, and with the seventh there is a quorum."""
    office = of.office.go(of.at("room/"))
    for seat in SEVEN:
        assert "There is no quorum" in office.part("quorum")
        office.press(f"In the room: {who[seat]}")
    assert "7 voting seats are here and 7 are needed." in office.part("quorum")
    office.press("Open the meeting").press(f"Open this item: {ITEM}")
    office.write_in("New note", SAID).keep("Keep this note")


def _lose_and_regain_the_quorum(of: Sitting, who: dict[str, str]) -> None:
    """While somebody writes a decision the quorum goes, and the decision is refused, unharmed."""
    words = "The forum resolved it as it stands."
    other = of.colleague.go(of.at("room/")).unfold("Record a decision")
    other.write_in("Heading", "To recommend it").write_in("What was decided", words)
    office = of.office.press(f"Left: {who['victim-support']}")
    assert "There is no quorum" in office.part("quorum")
    assert "nobody from victim support is here" in office.part("quorum")
    assert "No decision can be recorded" in office.text()
    other.press("Record the decision")
    assert other.person.status() == 409
    assert "There is no quorum for this item" in other.text()
    assert other.field("What was decided").input_value() == words
    office.press(f"From elsewhere: {who['victim-advocates']}")
    assert "There is a quorum" in office.part("quorum")
    office.unfold("When it was lost and regained")
    assert office.part("quorum").count("no quorum") >= 1


def _step_aside(of: Sitting, who: dict[str, str]) -> None:
    """Somebody steps aside, and the item alone has no quorum until one more arrives."""
    office = of.office.unfold("Somebody steps aside from this item")
    office.choose("Who steps aside", who["race-1"])
    office.write_in("Why they step aside", "Their sister works there.").press("Record it")
    assert f"{who['race-1']} stepped aside" in office.text()
    assert "For this item: 6 voting seats are here" in office.text()
    office.press(f"In the room: {who['disability-1']}")
    assert "For this item: 7 voting seats are here" in office.text()


def _vote(of: Sitting, who: dict[str, str]) -> None:
    """The chair votes on their own device, the others as the secretariat records them."""
    motion = "That the forum recommends it."
    of.office.unfold("Put a motion to the vote").write_in("The motion", motion)
    of.office.press("Open the vote")
    chair = of.chair.go(of.at("vote/"))
    assert motion in chair.text()
    chair.press("For")
    assert "You have voted: for." in chair.text()
    office = of.office.go(of.at("room/"))
    for seat, stance in TALLY.items():
        office.unfold("Record the vote of somebody in the room").press(f"{stance}: {who[seat]}")
    assert "4 votes cast, 3 to come" in office.text()
    office.press("Close the vote and count it")
    assert "2 for, 1 against, 1 abstained: carried." in office.text()


def _promise(of: Sitting) -> None:
    promise = "Bring the waiting times by borough."
    office = of.office.unfold("Record an action or an undertaking")
    office.choose("What it is", "Oral undertaking").write_in("What is to be done", promise)
    office.choose("Which organisation does it", "Aldermere City Constabulary")
    office.write(due_on=date(2999, 3, 31)).keep("Record it")
    assert promise in office.part("actions")


def _decide_and_close(of: Sitting) -> None:
    """Decided, closed, and certified with the quorum it was taken by."""
    office = of.office.unfold("Record a decision")
    office.write_in("Heading", "To recommend it").write_in("What was decided", "It was resolved.")
    office.choose("What the forum did", "Resolve").press("Record the decision")
    decided = office.main.get_by_role("link", name="To recommend it").get_attribute("href")
    office.press("Close: decided").press("Close the meeting")
    assert "not reached" in office.text()
    chair = of.chair.go(str(decided))
    assert "7 voting seats are here and 7 are needed." in chair.text()
    assert "2 for, 1 against, 1 abstained: carried." in chair.text()
    chair.press("Certify")
    assert "“Certify” is done" in chair.text()


def _draft_the_minutes(of: Sitting) -> None:
    """Made of what was recorded, written in by two people at once, circulated."""
    page = of.at("minutes/")
    office = of.office.go(page).press("Draft the minutes")
    for told in (
        "DRAFT: these minutes are not approved",
        SAID,
        "It was resolved.",
        "stepped aside",
    ):
        assert told in office.text()
    first = "The minutes of the last meeting"
    office.follow("Write in the minutes")
    welcome = office.main.locator("label").all_inner_texts()[0]
    colleague = of.colleague.go(f"{page}edit/").write_in(welcome, "Everybody was welcomed.")
    office.write_in(welcome, f"{first} wait.")
    colleague.press("Save this version")
    office.press("Save this version")
    assert "Somebody else changed this part too" in office.text()
    assert "Everybody was welcomed." in office.text()
    assert office.field(welcome).input_value() == f"{first} wait."
    office.write_in(welcome, "Everybody was welcomed, twice.").press("Save this version")
    assert of.anybody.go(page).person.status() == 403
    office.press("Circulate the draft minutes")
    assert "DRAFT" in of.anybody.go(page).text()


def _correct_the_minutes(of: Sitting) -> None:
    """A member asks for a correction against page and item, and the secretariat makes it."""
    member = of.member.go(of.at("minutes/")).follow("Ask for a correction")
    member.choose("item", ITEM).write(page="2")
    member.write_in("What is wrong, and what should it say?", "The waits were thirteen weeks.")
    member.press("Ask for this correction")
    office = of.office.go(of.at("minutes/")).follow("Make it or decline it")
    office.write_in("The text of this part", "The police explained waits of thirteen weeks.")
    office.write_in("What was changed, or why it was not", "Thirteen weeks it was.")
    office.press("Settle this correction")
    assert "waits of thirteen weeks." in office.text()
    assert "Thirteen weeks it was." in member.go(of.at("minutes/")).text()


def _approve_the_minutes(of: Sitting) -> None:
    """A later meeting decides that they are right, the chair signs, and they stand as they are."""
    about = {"heading": f"Are they right: {of.number}", "about": f"meeting:{of.number}"}
    later = [{**about, "state": "opened"}]
    meeting_today(of.home, heading="The next meeting", items=later, state="in_session")
    page = of.at("minutes/")
    office = of.office.go(page).follow("Record the decision to approve these minutes")
    office.write_in("Heading", "Minutes of the last meeting")
    office.write_in("What was decided", "They are right.").choose("What the forum did", "Agree")
    office.choose("Under which item", about["heading"]).press("Record this decision")
    of.chair.go(office.address).press("Certify").go(page).press("Sign the minutes as approved")
    assert "held, and its minutes are approved" in of.chair.text()
    approved = of.anybody.go(page).text()
    assert "DRAFT" not in approved
    assert "waits of thirteen weeks." in approved
    assert office.go(f"{page}edit/").person.status() == 409
    assert "are approved, so they stand as they are" in office.text()
