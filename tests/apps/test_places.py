"""Whoever holds a place in a body speaks for themselves, whatever the role of their account is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.forum.models import Attendance, Correction, Interest, Meeting, Membership
from openscrutiny.forum.services import invitations, minutes
from openscrutiny.forum.services.interests import declare_interest, end_interest
from openscrutiny.forum.threads.minutes import work
from tests.apps.meeting_rooms import STARTS, body, item, meeting, named_substitute, somebody
from tests.apps.waiting import in_full
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

SINCE = date(2025, 1, 1)
AFTER = STARTS + timedelta(days=3)
BEFORE = STARTS - timedelta(days=14)


@pytest.fixture
def lead() -> Membership:
    """The police lead: a signatory of the police who holds a seat of the forum."""
    user = person(Role.SIGNATORY)
    return Membership.objects.create(
        body=body(), seat="police-lead", person=somebody(user=user), since=SINCE
    )


def account(of: Membership) -> User:
    assert of.person.user is not None
    return of.person.user


def invited(on: Meeting, of: Membership, capacity: str = "seat") -> Attendance:
    in_seat = capacity in ("seat", "substitute")
    return Attendance.objects.create(
        meeting=on, person=of.person, membership=of if in_seat else None, capacity=capacity
    )


def guest(on: Meeting, capacity: str = "presenter") -> Attendance:
    """Somebody who has no seat, invited; with an account of the police."""
    who = somebody(user=person(Role.DRAFTER))
    return Attendance.objects.create(meeting=on, person=who, capacity=capacity)


# ---- answering an invitation -----------------------------------------------------------------


@pytest.mark.parametrize("state", ["planned", "agenda_published"])
def test_a_police_lead_in_a_seat_answers_their_invitation_on_the_page_of_the_meeting(
    lead: Membership, state: str, client: Client
) -> None:
    on = meeting(state)
    mine = invited(on, lead)
    sign_in(client, account(lead))
    page = client.get(on.href)
    assert "answer_form" in page.context
    sent = client.post(f"{on.href}invited/{mine.pk}/", {"answer": "coming"}, follow=True)
    assert sent.redirect_chain == [(on.href, 302)]
    mine.refresh_from_db()
    assert mine.reply == "coming"
    event = AuditEvent.objects.get(event="forum.meeting.reply")
    assert event.acting_as == "invited for forum"


def test_who_is_invited_without_a_seat_answers_too_and_nobody_answers_for_another(
    lead: Membership,
) -> None:
    on = meeting("agenda_published")
    presents = guest(on)
    invitations.answer(attendance=presents, reply="remote", by=presents.person.user, now=BEFORE)
    assert presents.reply == "remote"
    mine = invited(on, lead)
    with pytest.raises(NotPermitted):
        invitations.answer(attendance=mine, reply="coming", by=presents.person.user, now=BEFORE)
    with pytest.raises(NotPermitted):
        invitations.answer(attendance=presents, reply="coming", by=account(lead), now=BEFORE)


def test_an_invitation_to_one_meeting_opens_no_other(lead: Membership, client: Client) -> None:
    on, other = meeting("planned"), meeting("planned")
    invited(on, lead)
    sign_in(client, account(lead))
    assert client.get(on.href).status_code == 200
    assert client.get(other.href).status_code == 403
    assert client.get(f"{on.href}invited/").status_code == 403


# ---- interests -------------------------------------------------------------------------------


def test_a_police_lead_in_a_seat_declares_and_ends_their_own_interests_on_pages(
    lead: Membership, client: Client
) -> None:
    on = meeting("agenda_published", starts_at=NOW + timedelta(days=9))
    invited(on, lead)
    other = somebody()
    Interest.objects.create(
        body=body(), person=other, text="Of somebody else.", since=SINCE, declared_at=NOW
    )
    sign_in(client, account(lead))
    address = client.get(on.href).context["page"].invitation.declare
    assert client.get(address).status_code == 200
    said = {"person": lead.person_id, "text": "A trustee.", "since": "2026-03-01"}
    landed = client.post(address, said, follow=True)
    assert landed.status_code == 200
    assert [line.text for line in landed.context["page"].current] == ["A trustee."]
    assert "These are your own." in landed.content.decode()
    assert "Of somebody else." not in landed.content.decode()
    made = Interest.objects.get(person=lead.person)
    ended = client.post(f"/interests/{made.pk}/end/", {"until": "2026-04-01"})
    assert ended.status_code == 302
    assert client.get("/interests/new/").status_code == 200
    spoken_for = said | {"person": other.pk}
    assert client.post(address, spoken_for).status_code == 422


def test_whoever_sits_in_no_seat_today_declares_nothing(lead: Membership, client: Client) -> None:
    def declare(by: User, code: str = "forum") -> Any:
        return declare_interest(
            body=body(code), person=by.person, text="A trustee.", since=SINCE, by=by, now=NOW
        )

    made = declare(account(lead))
    with pytest.raises(NotPermitted):
        declare(account(lead), "practice")
    Membership.objects.filter(pk=lead.pk).update(until=NOW.date() - timedelta(days=1))
    with pytest.raises(NotPermitted, match="whoever sits in a seat of the body"):
        declare(account(lead))
    with pytest.raises(NotPermitted):
        end_interest(interest=made, until=NOW.date(), by=account(lead), now=NOW)
    sign_in(client, account(lead))
    assert client.get("/interests/").status_code == 403
    assert client.get("/interests/new/").status_code == 403


# ---- corrections of the minutes --------------------------------------------------------------


def circulated(secretary: User) -> Meeting:
    made = meeting("held", opened_at=STARTS, closed_at=STARTS + timedelta(hours=2))
    item(made, "noted", heading="Reports of hate crime")
    item(
        made, "noted", heading="The case of one family", closed=True, exemption="1",
        public_interest="They could be recognised.",
    )  # fmt: skip
    minutes.draft_minutes(meeting=made, by=secretary, now=AFTER)
    minutes.circulate(meeting=made, by=secretary, now=AFTER)
    return made


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


def test_a_police_lead_who_sat_in_a_meeting_asks_for_a_correction_on_its_page(
    lead: Membership, secretary: User, client: Client
) -> None:
    on = circulated(secretary)
    invited(on, lead)
    sign_in(client, account(lead))
    page = f"{on.href}minutes/"
    assert "Ask for a correction" in client.get(page).content.decode()
    form = client.get(f"{page}corrections/new/")
    assert form.status_code == 200
    assert "The case of one family" not in form.content.decode()
    number = on.items.get(position=1).number
    sent = {"section": number, "page": "1", "version": 1, "text": "It was twelve."}
    landed = client.post(f"{page}corrections/new/", sent, follow=True).content.decode()
    assert "It was twelve." in landed
    assert Correction.objects.get().asked_by == account(lead)
    assert "It was twelve." not in Client().get(page).content.decode()
    closed = sent | {"section": on.items.get(position=2).number}
    assert client.post(f"{page}corrections/new/", closed).status_code == 422


def test_a_substitute_corrects_and_who_presented_or_was_not_there_does_not(
    lead: Membership, secretary: User
) -> None:
    on = circulated(secretary)

    def ask(by: User | None) -> Correction:
        assert by is not None
        return minutes.ask_correction(
            meeting=on, version=1, text="It was twelve.", by=by, now=AFTER
        )

    stand_in = named_substitute(lead, person=somebody(user=person(Role.DRAFTER)))
    invited(on, stand_in, "substitute")
    assert ask(account(stand_in)).asked_by == account(stand_in)
    for stranger in (guest(on).person.user, guest(on, "observer").person.user, account(lead)):
        with pytest.raises(NotPermitted, match="invited to the meeting in a seat"):
            ask(stranger)


def test_minutes_to_read_wait_for_who_sat_in_the_meeting(lead: Membership, secretary: User) -> None:
    on = circulated(secretary)

    def waiting(user: User | None) -> list[str]:
        assert user is not None
        return [w.reference for w in in_full(work)(user, standing_of(user), AFTER)]

    assert waiting(account(lead)) == []
    invited(on, lead)
    assert waiting(account(lead)) == [on.reference]
    assert waiting(guest(on).person.user) == []
