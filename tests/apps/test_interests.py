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
