"""From a gap in the matrix to a filled seat that closes it; terms changed; a file of members."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.conftest import Open, Reader

PAGES = ("/representation/", "/seats/", "/seats/forum/age/", "/terms/")


def _button(person: Reader, name: str) -> None:
    person.click(person.page.get_by_role("main").get_by_role("button", name=name, exact=True))


def _link(person: Reader, name: str) -> None:
    """Follow a link, whether it looks like one or like a button."""
    main = person.page.get_by_role("main")
    person.click(
        main.get_by_role("link", name=name).or_(main.get_by_role("button", name=name)).first
    )


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("scripts", [True, False])
def test_every_page_of_seats_can_be_read_by_everybody(
    reader: Open, width: str, scripts: bool
) -> None:
    anybody = reader(width=width, scripts=scripts)
    for address in PAGES:
        anybody.go(address)
        assert anybody.overflow() == 0, f"{address} is wider than {width}"
        assert anybody.page.locator("h1").count() == 1


@pytest.mark.parametrize(
    ("scripts", "seat", "title", "gap"),
    [
        (True, "age", "Older and younger people", "No voice for age"),
        (False, "health", "Health services", "Health services: seat vacant since"),
    ],
)
def test_a_seat_is_filled_and_its_gap_closes(
    reader: Open, scripts: bool, seat: str, title: str, gap: str
) -> None:
    # Given a gap that everybody can read
    anybody = reader(scripts=scripts).go("/representation/")
    assert gap in anybody.text()
    # When the secretariat goes to the seat from its work
    desk = reader(width="narrow", scripts=scripts).sign_in("secretariat")
    desk.go("/your-work/")
    assert "vacant" in desk.text()
    desk.go("/seats/")
    _link(desk, title)
    _link(desk, "Fill this seat")
    assert desk.overflow() == 0
    # And forgets who it is
    _button(desk, "Fill the seat")
    assert "Choose somebody, or write the name of somebody new." in desk.text()
    # Then it is asked again, and fills it
    desk.page.get_by_label("Name, of somebody new").fill(f"Ottilie {seat.capitalize()}worth")
    desk.page.get_by_label("E-mail, of somebody new").fill(f"ottilie.{seat}@example.org")
    _button(desk, "Fill the seat")
    assert "The seat is filled." in desk.text()
    assert f"Ottilie {seat.capitalize()}worth" in desk.text()
    # And the gap is closed for everybody, who learn no name
    anybody.go("/representation/")
    assert gap not in anybody.text()
    anybody.go(f"/seats/forum/{seat}/")
    assert "Ottilie" not in anybody.text()
    assert "Filled" in anybody.text()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_secretariat_reaches_every_form(reader: Open, scripts: bool) -> None:
    desk = reader(width="narrow", scripts=scripts).sign_in("secretariat")
    for start, names in (
        ("/seats/forum/trans/", ("Renew for another term", "Name a substitute", "End it")),
        ("/terms/", ("Change these terms", "Change these steps", "Add a seat", "remove the seat")),
        ("/interests/", ("Declare an interest", "It is over")),
        ("/seats/", ("Bring in or take away a file of members",)),
    ):
        for name in names:
            desk.go(start)
            _link(desk, name)
            assert desk.status() == 200, (start, name)
            assert desk.overflow() == 0, (start, name)
            assert desk.page.locator("h1").count() == 1
    desk.go("/seats/forum/disability-2/")
    _link(desk, "Alby Thornquist")
    assert "Easy read papers a week before" in desk.text()
    _link(desk, "Change how to reach them and what they need")
    assert desk.overflow() == 0


def test_terms_that_cannot_be_are_refused_with_everything_that_was_typed(reader: Open) -> None:
    desk = reader().sign_in("secretariat")
    desk.go("/terms/forum/change/")
    desk.page.get_by_label("Quorum: voting seats in the meeting").fill("40")
    desk.page.get_by_label("Valid from").fill("2035-01-01")
    desk.page.get_by_label("Why they change").fill("The forum grows.")
    _button(desk, "Adopt this version")
    assert "a quorum of 40 cannot be had with 20 voting seats" in desk.text()
    assert desk.page.get_by_label("Why they change").input_value() == "The forum grows."
    desk.page.get_by_label("Quorum: voting seats in the meeting").fill("8")
    _button(desk, "Adopt this version")
    assert "The new version is adopted." in desk.text()
    assert "Quorum, voting seats: from 7 to 8." in desk.text()
    assert "not in force yet" in desk.text().lower()


def test_a_member_says_what_they_need_and_nobody_else_reads_it(reader: Open) -> None:
    member = reader(width="narrow").sign_in("member")
    member.go("/account/")
    _link(member, "How to reach you")
    member.page.get_by_label("What is needed to take part").fill("A quiet room in the break.")
    _button(member, "Keep it")
    assert member.page.get_by_label("What is needed to take part").input_value() == (
        "A quiet room in the break."
    )
    chair = reader().sign_in("chair")
    chair.go("/seats/forum/victim-support/")
    assert "Marguerite" in chair.text()
    assert "quiet room" not in chair.text()


def test_a_file_of_members_is_looked_at_first(reader: Open) -> None:
    desk = reader(width="narrow").sign_in("secretariat")
    desk.go("/seats/members/")
    rows = "Body,Seat,Name,Since\r\nforum,trans,Somebody Else,soon\r\nforum,roma,A,2026-01-01"
    file = {"name": "members.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    desk.page.get_by_label("File of members").set_input_files(file)  # type: ignore[arg-type]
    _button(desk, "Look at the rows")
    assert desk.overflow() == 0
    for words in ("“soon” is not a date", "“roma” is no seat", "Nothing was kept"):
        assert words in desk.text()


@pytest.mark.parametrize(("width", "scripts"), [("narrow", True), ("wide", False)])
def test_a_file_of_terms_is_looked_at_before_anything_is_kept(
    reader: Open, width: str, scripts: bool
) -> None:
    desk = reader(width=width, scripts=scripts).sign_in("secretariat").go("/terms/")
    with desk.page.expect_download() as taken:
        desk.page.get_by_role("link", name="Take the terms as a file").click()
    text = Path(taken.value.path()).read_text(encoding="utf-8")
    assert text.startswith("# Terms of reference of the Aldermere Hate Crime Forum.")

    def look_at(content: str) -> None:
        desk.go("/terms/")
        _link(desk, "Adopt terms from a file")
        sent = {"name": "terms.yaml", "mimeType": "text/plain", "buffer": content.encode()}
        desk.page.get_by_label("File of terms").set_input_files([sent])  # type: ignore[list-item]
        _button(desk, "Look at what it would change")
        assert desk.overflow() == 0

    # What is wrong is told with its line, and nothing is kept
    look_at(text.replace("due_soon_days:", "due_soon_day:"))
    assert "Did you mean “due_soon_days”?" in desk.text()
    # What is right is told difference by difference, and asks for the reason
    look_at(text.replace("days: 40, rung: dossier", "days: 45, rung: dossier"))
    assert "step added: dossier for the parent committee on day 45" in desk.text()
    desk.page.get_by_label("Why they change").fill("")
    _button(desk, "Adopt this version")
    assert "Say why." in desk.text()
    assert "step added: dossier for the parent committee on day 45" in desk.text()
    assert desk.overflow() == 0
