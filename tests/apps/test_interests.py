"""The register of interests: who declares for whom, who reads it, how one ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Interest, Membership
from openscrutiny.forum.services.interests import declare_interest, end_interest
from tests.apps import meeting_rooms as rooms
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

SINCE = date(2026, 3, 1)


@pytest.fixture
def member() -> Membership:
    return rooms.seated("housing")


@pytest.fixture
def desk() -> User:
    return person(Role.SECRETARIAT, organisation=rooms.body())


def declare(whose: Membership, by: User | None = None, **said: Any) -> Interest:
    given: dict[str, Any] = {"text": "Employed by a landlord.", "since": SINCE}
    return declare_interest(
        body=rooms.body(), person=whose.person, by=by or whose.person.user, now=NOW,
        **(given | said),
    )  # fmt: skip


def test_a_member_declares_their_own_and_the_record_says_so(member: Membership) -> None:
    made = declare(member)
    assert made.until is None
    event = AuditEvent.objects.get(event="forum.interest.declare")
    assert event.details == {"body": "forum", "on_behalf": False}
    assert event.reference == f"person:{member.person_id}"


def test_the_secretariat_declares_for_somebody_and_the_record_says_so(
    member: Membership, desk: User
) -> None:
    declare(member, desk)
    assert AuditEvent.objects.get(event="forum.interest.declare").details["on_behalf"] is True


def test_nobody_else_speaks_for_somebody(member: Membership) -> None:
    for role in (Role.MEMBER, Role.CHAIR, Role.DEPUTY):
        with pytest.raises(NotPermitted, match="speaks for somebody else"):
            declare(member, person(role, organisation=rooms.body()))
    for outsider in (
        person(Role.ANALYST), person(Role.COMMITTEE),
        person(Role.SECRETARIAT, organisation=rooms.body("practice")),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            declare(member, outsider)
    assert not Interest.objects.exists()


def test_an_interest_needs_words_and_an_item_of_the_same_body(member: Membership) -> None:
    with pytest.raises(NotPossible, match="needs words"):
        declare(member, text="  ")
    elsewhere = rooms.item(rooms.meeting("agenda_published", code="practice"))
    with pytest.raises(NotPossible, match="another body"):
        declare(member, item=elsewhere)
    here = rooms.item(rooms.meeting("agenda_published"))
    assert declare(member, item=here).item == here


def test_the_same_words_under_one_item_are_declared_once(member: Membership) -> None:
    on = rooms.item(rooms.meeting("agenda_published"))
    declare(member, item=on)
    with pytest.raises(NotPossible, match="declared under this item already"):
        declare(member, item=on, text=" Employed by a landlord. ")
    declare(member, item=on, text="A tenant of theirs too.")
    declare(rooms.seated("age"), item=on)
    event = AuditEvent.objects.filter(event="forum.interest.declare").earliest("sequence")
    assert event.details == {"body": "forum", "on_behalf": False, "item": on.number}


def test_nobody_declares_an_interest_in_what_was_withdrawn(member: Membership) -> None:
    gone = rooms.item(rooms.meeting("agenda_published"), "withdrawn")
    with pytest.raises(NotPossible, match="was withdrawn"):
        declare(member, item=gone)


def test_an_interest_is_ended_once_and_stays(member: Membership, desk: User) -> None:
    made = declare(member)
    with pytest.raises(NotPossible, match="would end before that"):
        end_interest(interest=made, until=date(2026, 2, 1), by=desk, now=NOW)
    end_interest(interest=made, until=date(2026, 6, 1), by=desk, now=NOW)
    with pytest.raises(NotPossible, match="over since Monday 1 June 2026"):
        end_interest(interest=made, until=date(2026, 7, 1), by=desk, now=NOW)
    assert Interest.objects.get().until == date(2026, 6, 1)
    with pytest.raises(NotPermitted):
        end_interest(
            interest=made, until=date(2026, 7, 1),
            by=person(Role.MEMBER, organisation=rooms.body()), now=NOW,
        )  # fmt: skip


def test_the_register_is_read_by_the_body_and_its_committee(member: Membership) -> None:
    declare(member)
    forum = (Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT)
    for role in Role:
        if role is Role.ANYONE:
            continue
        organisation = rooms.body() if role in forum else None
        client = sign_in(Client(), person(role, organisation=organisation))
        may = role in forum or role in (Role.COMMITTEE, Role.CLERK)
        answer = client.get("/interests/")
        assert answer.status_code == (200 if may else 403), role
        assert ("Employed by a landlord." in answer.content.decode()) == may
    assert Client().get("/interests/").status_code == 403
    other = person(Role.MEMBER, organisation=rooms.body("practice"))
    assert sign_in(Client(), other).get("/interests/?body=forum").status_code == 403


def test_one_declares_and_ends_on_pages(member: Membership, client: Client) -> None:
    sign_in(client, member.person.user)
    said = {"person": member.person_id, "text": "A trustee.", "since": "2026-03-01"}
    refused = client.post("/interests/new/?body=forum", said | {"since": "once"})
    assert refused.status_code == 422
    assert "A trustee." in refused.content.decode()
    answer = client.post("/interests/new/?body=forum", said, follow=True)
    assert "A trustee." in answer.content.decode()
    made = Interest.objects.get()
    early = client.post(f"/interests/{made.pk}/end/", {"until": "2026-01-01"})
    assert early.status_code == 409
    assert "would end before that" in early.content.decode()
    assert client.post(f"/interests/{made.pk}/end/", {"until": "2026-04-01"}).status_code == 302
    page = client.get("/interests/").context["page"]
    assert (len(page.current), len(page.over)) == (0, 1)


def test_a_member_is_offered_nobody_else_to_speak_for(member: Membership, client: Client) -> None:
    other = rooms.seated("age")
    sign_in(client, member.person.user)
    said = {"person": other.person_id, "text": "A trustee.", "since": "2026-03-01"}
    assert client.post("/interests/new/?body=forum", said).status_code == 422
    assert not Interest.objects.exists()


def test_an_interest_that_is_not_there_is_refused_alike_to_strangers(client: Client) -> None:
    assert client.get("/interests/999/end/").status_code == 403
    sign_in(client, person(Role.MEMBER, organisation=rooms.body()))
    assert client.get("/interests/999/end/").status_code == 404


# ---- in one item of an agenda --------------------------------------------------------------------


def test_a_member_declares_an_interest_in_an_item_from_its_page(
    member: Membership, client: Client
) -> None:
    on = rooms.item(rooms.meeting("agenda_published"), heading="Landlords and hate crime")
    sign_in(client, member.person.user)
    assert f'href="{on.href}interest/"' in client.get(on.href).content.decode()
    said = {"person": member.person_id, "text": ""}
    refused = client.post(f"{on.href}interest/", said)
    assert refused.status_code == 422
    assert "Write what the interest is." in refused.content.decode()
    done = client.post(f"{on.href}interest/", said | {"text": "Lets flats."}, follow=True)
    assert done.redirect_chain[-1][0] == on.href
    made = Interest.objects.get()
    assert (made.item, made.person, made.until) == (on, member.person, None)
    told = f"{member.person.name} declared an interest: Lets flats."
    assert told in done.content.decode()
    assert "for the meeting to decide" in done.content.decode()
    assert told in client.get(on.meeting.href).content.decode()
    register = client.get("/interests/").content.decode()
    assert f'href="{on.href}">Landlords and hate crime</a>' in register
    again = client.post(f"{on.href}interest/", said | {"text": "Lets flats."})
    assert again.status_code == 409
    assert ">Lets flats.</textarea>" in again.content.decode().replace("\n", "")


def test_the_secretariat_declares_in_an_item_for_who_comes_and_a_member_for_nobody_else(
    member: Membership, desk: User, client: Client
) -> None:
    on = rooms.item(rooms.meeting("agenda_published"))
    guest = rooms.somebody("Ada Guest")
    on.meeting.attendances.create(person=guest, capacity="presenter")
    said = {"person": guest.pk, "text": "Paid by them."}
    sign_in(client, member.person.user)
    assert client.post(f"{on.href}interest/", said).status_code == 422
    sign_in(client, desk)
    assert client.post(f"{on.href}interest/", said).status_code == 302
    assert Interest.objects.get().person == guest
    event = AuditEvent.objects.get(event="forum.interest.declare")
    assert event.details["on_behalf"] is True


def test_declaring_in_an_item_is_for_its_body_alone(member: Membership) -> None:
    on = rooms.item(rooms.meeting("agenda_published"))
    forum = (Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT)
    for role in Role:
        client = Client()
        if role is not Role.ANYONE:
            sign_in(client, person(role, organisation=rooms.body() if role in forum else None))
        expected = 200 if role in forum else 403
        assert client.get(f"{on.href}interest/").status_code == expected, role
        assert (f"{on.href}interest/" in client.get(on.href).content.decode()) == (role in forum)
    other = sign_in(Client(), person(Role.MEMBER, organisation=rooms.body("practice")))
    assert other.get(f"{on.href}interest/").status_code == 403


def test_what_was_declared_in_an_item_is_for_who_may_read_the_register(
    member: Membership,
) -> None:
    on = rooms.item(rooms.meeting("agenda_published"))
    closed = rooms.item(on.meeting, closed=True, exemption="1", public_interest="They are few.")
    declare(member, item=on, text="Lets flats.")
    declare(member, item=closed, text="Knows the landlord.")
    forum = (Role.MEMBER, Role.CHAIR, Role.DEPUTY, Role.SECRETARIAT)
    parents = (Role.COMMITTEE, Role.CLERK)
    for role in Role:
        client = Client()
        if role is not Role.ANYONE:
            sign_in(client, person(role, organisation=rooms.body() if role in forum else None))
        for address in (on.href, on.meeting.href):
            shown = "Lets flats." in client.get(address).content.decode()
            assert shown == (role in (*forum, *parents)), (role, address)
        for address in (closed.href, on.meeting.href, "/interests/"):
            shown = "Knows the landlord." in client.get(address).content.decode()
            assert shown == (role in forum), (role, address)
    clerk = sign_in(Client(), person(Role.CLERK))
    assert "In an item that is not open to you" in clerk.get("/interests/").content.decode()


def test_interests_in_items_take_no_more_queries_on_the_agenda_and_in_the_register(
    member: Membership, client: Client
) -> None:
    sign_in(client, member.person.user)
    on = rooms.meeting("agenda_published")

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    declare(member, item=rooms.item(on))
    asked("/interests/")
    few = [asked(on.href), asked("/interests/")]
    for n in range(12):
        declare(rooms.seated("age"), item=rooms.item(on), text=f"Interest {n}")
    assert [asked(on.href), asked("/interests/")] == few


def test_a_longer_register_takes_no_more_queries(member: Membership, client: Client) -> None:
    sign_in(client, member.person.user)

    def asked() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/interests/").status_code == 200
        return len(counted)

    declare(member)
    asked()
    few = asked()
    for n in range(30):
        declare(rooms.seated("age"), text=f"Interest {n}")
    assert asked() == few
