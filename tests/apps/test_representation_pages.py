"""The representation matrix on its page: gaps in sentences, the table, no names, CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base import audit
from openscrutiny.base.models import AuditEvent, Person, User
from openscrutiny.base.services import ensure_demonstration_accounts, ensure_organisations
from openscrutiny.config.demonstration_seats import seating
from openscrutiny.core.machines import MEETING
from openscrutiny.forum.models import Attendance, Interest, Membership, Presence
from openscrutiny.forum.pages import representation as representation_pages
from openscrutiny.forum.pages import seats
from openscrutiny.forum.pages.representation import TOOK_PLACE, csv_rows, representation_page
from openscrutiny.warehouse import definitions
from openscrutiny.warehouse.places import Place
from tests.apps import meeting_rooms as rooms
from tests.city import NOW
from tests.people import sign_in

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture
def people(served: Place, tmp_path: Path) -> None:
    """The demonstration's own people in its seats."""
    found = definitions.terms(served.id)
    ensure_organisations((o.code, o.name, o.kind) for o in found.organisations)
    began = NOW - timedelta(weeks=46)
    ensure_demonstration_accounts(folder=tmp_path, by="a test", now=began - timedelta(days=30))
    assert list(seating(today=TODAY, began=began))


def held(days_ago: int, *without: str, state: str = "held", remote: str = "") -> None:
    """A meeting of the forum with everybody in the room who holds a seat, but these."""
    starts = NOW - timedelta(days=days_ago)
    on = rooms.meeting(state, starts_at=starts)
    for member in Membership.objects.on(starts.date()).filter(body=on.body, substitute_for=None):  # type: ignore[attr-defined]
        if member.seat not in without:
            rooms.in_the_room(on, member, remote=member.seat == remote)


def test_the_matrix_finds_the_two_gaps_of_the_demonstration(people: None) -> None:
    page = representation_page("", on=TODAY, last=4, today=TODAY)
    said = dict(page.gaps)
    assert said["Strands without a voice"] == ("No voice for age since March 2026.",)
    assert said["Vacant seats"] == (
        "Older and younger people: seat vacant since 1 March 2026.",
        "Health services: seat vacant since 1 May 2026.",
    )
    assert said["Terms that end within 90 days"] == (
        "Councils of the northern boroughs: a term ends on 31 December 2026.",
        "People with learning disabilities: a term ends on 31 December 2026.",
    )
    assert (page.filled, page.seats) == (22, 24)
    assert "Filled, but not in the room" not in said


def test_the_demonstration_seats_its_people_and_its_record_holds(people: None) -> None:
    # Two of whom have left, one substitute, the practice group.
    assert Membership.objects.count() == 24 + 1 + 4
    assert audit.verify().wrong == ""
    assert Interest.objects.count() == 3
    seat_of = {"chair": "authority-1", "deputy": "authority-2", "member": "gender",
               "signatory": "police-lead"}  # fmt: skip
    for account, seat in seat_of.items():
        mine = Membership.objects.get(body__code="forum", person__user__username=account)
        assert mine.seat == seat
    assert Membership.objects.filter(body__code="practice").count() == 4
    for name in Person.objects.values_list("name", flat=True):
        assert not any(name in str(e.details) for e in AuditEvent.objects.all())


def test_a_seat_that_stays_away_is_said_to_be_filled_and_not_in_the_room(people: None) -> None:
    for days in (20, 110, 200):
        held(days, "trans")
    page = representation_page("forum", on=TODAY, last=4, today=TODAY)
    assert dict(page.gaps)["Filled, but not in the room"] == (
        "Transgender people: the seat is filled but was not in the room at the last 3 meetings.",
    )


def cell(strand: str, agency: str, *, last: int = 4) -> str:
    table = representation_page("forum", on=TODAY, last=last, today=TODAY).table
    row = next(cells for name, cells in table.rows if name == strand)
    found = row[table.columns.index(agency)]
    return f"{found.filled}; {found.attended}"


def test_a_cell_says_seats_and_meetings(people: None) -> None:
    assert cell("Race", "Community bodies") == "3 of 3 seats filled; attendance not known"
    held(20, "disability-1", "disability-2")
    held(110, remote="disability-1")
    assert cell("Disability", "Community bodies") == (
        "2 of 2 seats filled; 2 of 2 seats in the room at any of the last 2 meetings, "
        "one or more at 1"
    )
    assert cell("Age", "Community bodies") == (
        "0 of 1 seat filled; in the room at 0 of the last 2 meetings"
    )
    assert cell("Age", "Housing") == "; "


def test_taking_part_from_elsewhere_and_a_substitute_count(people: None) -> None:
    held(20, "gender", "trans")
    meeting = Attendance.objects.first().meeting  # type: ignore[union-attr]
    deputy = Membership.objects.get(seat="gender", substitute_for__isnull=False)
    there = Attendance.objects.create(
        meeting=meeting, person=deputy.person, membership=deputy, capacity="substitute"
    )
    Presence.objects.create(attendance=there, arrived_at=meeting.starts_at)
    trans = Membership.objects.get(seat="trans")
    rooms.in_the_room(meeting, trans, remote=True)
    assert "at 1 of the last meeting" in cell("Transgender", "Community bodies")
    assert "3 of 3 seats in the room at the last meeting" in cell(
        "Religion or belief", "Community bodies"
    )


@pytest.mark.parametrize("state", list(MEETING.states))
def test_only_meetings_that_took_place_count(people: None, state: str) -> None:
    held(20, state=state)
    page = representation_page("forum", on=TODAY, last=4, today=TODAY)
    assert page.meetings == (state in TOOK_PLACE)
    assert (state in ("cancelled", "postponed", "planned")) <= (page.meetings == 0)


def test_a_meeting_without_presence_is_not_known_which_is_not_nought(
    people: None, client: Client
) -> None:
    rooms.meeting("held", starts_at=NOW - timedelta(days=20))
    assert "attendance not known" in cell("Race", "Community bodies")
    address = f"/representation/?on={TODAY}"
    text = client.get(address).content.decode()
    assert "was not recorded, which does not mean that nobody was" in text
    held(110)
    assert "known for 1 of the last 2 meetings" in client.get(address).content.decode()


def test_a_member_who_only_observes_does_not_speak_for_the_seat(people: None) -> None:
    held(20)
    Attendance.objects.filter(membership__seat="trans").update(capacity="observer")
    assert "at 0 of the last meeting" in cell("Transgender", "Community bodies")


def test_the_page_is_for_everybody_and_names_nobody(people: None, client: Client) -> None:
    held(20, "trans")
    for reader in (client, sign_in(Client(), User.objects.get(username="secretariat"))):
        for address in (
            "/representation/",
            "/representation.csv",
            "/representation/?body=practice",
        ):
            text = reader.get(address).content.decode()
            for name in Person.objects.values_list("name", flat=True):
                assert name not in text


def test_the_sentences_come_before_the_table_which_says_that_it_does_not_add_up(
    people: None, client: Client
) -> None:
    text = client.get(f"/representation/?on={TODAY}&meetings=4").content.decode()
    assert text.index("No voice for age since March 2026.") < text.index("<table")
    assert "rows and columns do not add up" in text
    assert 'scope="row"' in text
    assert "<caption" in text


def test_another_day_shows_who_sat_there_then(people: None) -> None:
    early = representation_page("forum", on=date(2026, 2, 1), last=4, today=TODAY)
    assert "Strands without a voice" not in dict(early.gaps)


def test_the_table_can_be_taken_away_as_csv(people: None, client: Client) -> None:
    held(20)
    answer = client.get(f"/representation.csv?on={TODAY}&meetings=2")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    age = next(r for r in rows if r["strand"] == "Age")
    assert (age["seats"], age["seats_filled"], age["meetings_known"]) == ("1", "0", "1")
    assert {r["strand"] for r in rows} >= {"Race", "The whole remit"}


def test_a_cell_hides_no_seat_that_stays_away_in_the_page_and_in_the_csv(
    people: None, client: Client
) -> None:
    for days in (20, 110, 200, 290):
        held(days, "disability-2")
    assert cell("Disability", "Community bodies") == (
        "2 of 2 seats filled; 1 of 2 seats in the room at any of the last 4 meetings, "
        "one or more at 4"
    )
    assert "<strong>1 of 2 seats in the room" in client.get("/representation/").content.decode()
    answer = client.get(f"/representation.csv?on={TODAY}&meetings=4").content.decode()
    row = next(r for r in csv.DictReader(io.StringIO(answer)) if r["strand"] == "Disability")
    assert (row["seats_filled"], row["seats_in_the_room"]) == ("2", "1")


def test_every_group_of_areas_has_a_voice_in_the_demonstration(people: None) -> None:
    page = representation_page("forum", on=TODAY, last=4, today=TODAY)
    assert "Areas without a voice" not in dict(page.gaps)
    assert page.groups.columns == (
        "Northern Heights", "North East", "West", "Inner West", "Centre", "East", "Quayside",
        "Southern Marshes",
    )  # fmt: skip
    practice = representation_page("practice", on=TODAY, last=4, today=TODAY)
    assert dict(practice.gaps)["Areas without a voice"] == ("No seat speaks for any area by name.",)


def test_an_area_no_seat_speaks_for_is_a_sentence_a_column_and_a_row(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, body = seats.body_of_day("forum", TODAY)
    without = replace(body, seats=tuple(s for s in body.seats if s.code != "council-south"))
    less = replace(found, bodies=(without, *(b for b in found.bodies if b.code != "forum")))
    monkeypatch.setattr(representation_pages, "body_of_day", lambda *_: (less, without))
    page = representation_page("forum", on=TODAY, last=4, today=TODAY)
    assert "No seat speaks for Quayside." in dict(page.gaps)["Areas without a voice"]
    assert "Quayside" in page.groups.columns
    rows = [r for r in csv_rows(page) if r[2] == "Quayside"]
    assert rows == [("", "", "Quayside", 0, 0, 0, 0, 0, 0, 0)]
    north = next(r for r in csv_rows(page) if r[2] == "Centre")
    assert north[:5] == ("The whole remit", "", "Centre", 1, 1)


@pytest.mark.parametrize("query", ["?meetings=0", "?meetings=999", "?meetings=x", "?on=x"])
def test_what_cannot_be_read_is_as_if_it_had_not_been_said(client: Client, query: str) -> None:
    assert client.get(f"/representation/{query}").status_code == 200


def test_an_unknown_body_is_not_there(client: Client) -> None:
    assert client.get("/representation/?body=nobody").status_code == 404


def test_more_meetings_and_people_take_no_more_queries(people: None, client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(f"/representation/?meetings=12&on={TODAY}").status_code == 200
        return len(counted)

    held(20)
    asked()
    few = asked()
    for n in range(2, 14):
        held(20 * n)
    assert asked() == few
