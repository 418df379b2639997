"""Who is invited to a meeting, and what they answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.core.machines import MEETING
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Attendance, Meeting, Membership, Presence
from openscrutiny.forum.services.invitations import add_person, answer, invite, may_send
from openscrutiny.forum.services.meetings import publish_agenda
from tests.apps.meeting_rooms import (
    STARTS,
    body,
    item,
    meeting,
    named_substitute,
    seated,
    somebody,
)
from tests.people import person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
OVER = [
    s for s in MEETING.states if s not in ("planned", "agenda_published", "in_session", "adjourned")
]


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def planned() -> Meeting:
    return meeting()


def account(of: Membership) -> User:
    assert of.person.user is not None
    return of.person.user


def invited(on: Meeting, of: Membership) -> Attendance:
    return Attendance.objects.get(meeting=on, person=of.person)


def everything() -> tuple[int, int]:
    return (Attendance.objects.count(), AuditEvent.objects.count())


# ---- inviting --------------------------------------------------------------------------------


def test_those_who_sit_on_the_day_of_the_meeting_are_invited(
    planned: Meeting, secretary: User
) -> None:
    on_the_day = STARTS.date()
    sits = seated("age")
    last_day = seated("race-1", until=on_the_day)
    first_day = seated("race-2", since=on_the_day)
    seated("jewish", until=on_the_day - timedelta(days=1))
    seated("muslim", since=on_the_day + timedelta(days=1))
    seated("practice-chair", code="practice")
    named_substitute(sits)
    made = invite(meeting=planned, by=secretary, now=NOW)
    assert {a.membership for a in made} == {sits, last_day, first_day}
    assert {(a.capacity, a.reply) for a in made} == {("seat", "none")}


def test_inviting_again_invites_only_who_came_to_the_body_since(
    planned: Meeting, secretary: User
) -> None:
    first = seated("age")
    invite(meeting=planned, by=secretary, now=NOW)
    answer(attendance=invited(planned, first), reply="coming", by=account(first), now=NOW)
    before = everything()
    with pytest.raises(NotPossible, match="invited already, or nobody does"):
        invite(meeting=planned, by=secretary, now=NOW)
    assert everything() == before
    second = seated("race-1")
    assert [a.membership for a in invite(meeting=planned, by=secretary, now=NOW)] == [second]
    assert invited(planned, first).reply == "coming"


def test_substitutes_are_invited_where_that_is_asked_and_a_person_in_two_seats_once(
    planned: Meeting, secretary: User
) -> None:
    sits = seated("age")
    stands_in = named_substitute(sits)
    seated("gender", person=sits.person)
    named_substitute(sits, person=sits.person)
    made = invite(meeting=planned, by=secretary, now=NOW, with_substitutes=True)
    assert [(a.membership, a.capacity) for a in made] == [
        (sits, "seat"),
        (stands_in, "substitute"),
    ]


def test_others_are_invited_to_present_or_to_observe_and_never_into_a_seat(
    planned: Meeting, secretary: User
) -> None:
    guest = somebody()
    made = add_person(meeting=planned, person=guest, capacity="presenter", by=secretary, now=NOW)
    assert (made.person, made.membership, made.capacity) == (guest, None, "presenter")
    with pytest.raises(NotPossible, match="invited already"):
        add_person(meeting=planned, person=guest, capacity="observer", by=secretary, now=NOW)
    for capacity in ("seat", "substitute"):
        with pytest.raises(NotPossible, match="put in a seat"):
            add_person(meeting=planned, person=somebody(), capacity=capacity, by=secretary, now=NOW)


@pytest.mark.parametrize("role", [Role.CHAIR, Role.DEPUTY, Role.MEMBER, Role.DRAFTER, Role.CLERK])
def test_only_the_secretariat_of_the_body_invites(planned: Meeting, role: Role) -> None:
    seated("age")
    for by in (
        person(role, organisation=body()),
        person(Role.SECRETARIAT, organisation=body("practice")),
    ):
        with pytest.raises(NotPermitted):
            invite(meeting=planned, by=by, now=NOW)
        with pytest.raises(NotPermitted):
            add_person(meeting=planned, person=somebody(), capacity="observer", by=by, now=NOW)


@pytest.mark.parametrize("state", OVER)
def test_nobody_is_invited_to_or_answers_for_a_meeting_that_is_over_or_off(
    secretary: User, state: str
) -> None:
    over = meeting(state)
    sits = seated("age")
    with pytest.raises(NotPossible, match="nobody is invited"):
        invite(meeting=over, by=secretary, now=NOW)
    with pytest.raises(NotPossible, match="nobody is invited"):
        add_person(meeting=over, person=somebody(), capacity="observer", by=secretary, now=NOW)
    row = Attendance.objects.create(
        meeting=over, person=sits.person, membership=sits, capacity="seat"
    )
    with pytest.raises(NotPossible, match="nobody answers"):
        answer(attendance=row, reply="coming", by=account(sits), now=NOW)


# ---- answering -------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", ["coming", "remote", "apologies"])
def test_somebody_answers_for_themselves_and_the_record_names_nobody(
    planned: Meeting, secretary: User, reply: str
) -> None:
    sits = seated("age")
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    answer(attendance=row, reply=reply, by=account(sits), now=NOW)
    assert invited(planned, sits).reply == reply
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert event.event == "forum.meeting.reply"
    assert event.details == {"reply": reply, "attendance": row.pk}
    assert event.acting_as.startswith("member")


def test_nobody_but_the_secretariat_answers_for_somebody_else(
    planned: Meeting, secretary: User
) -> None:
    sits, other = seated("age"), seated("race-1")
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    with pytest.raises(NotPermitted):
        answer(attendance=row, reply="coming", by=account(other), now=NOW)
    assert invited(planned, sits).reply == "none"
    answer(attendance=row, reply="apologies", by=secretary, now=NOW)
    assert invited(planned, sits).reply == "apologies"


def test_a_substitute_who_is_sent_is_invited_at_once(planned: Meeting, secretary: User) -> None:
    sits = seated("age")
    stands_in = named_substitute(sits)
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    assert may_send(row) == [stands_in]
    answer(attendance=row, reply="substitute", substitute=stands_in, by=account(sits), now=NOW)
    sent = invited(planned, stands_in)
    assert (sent.capacity, sent.membership, sent.reply) == ("substitute", stands_in, "none")
    # Who comes after all needs no substitute.
    answer(attendance=row, reply="coming", by=account(sits), now=NOW)
    assert not Attendance.objects.filter(person=stands_in.person).exists()


def test_another_substitute_takes_the_place_of_the_first(planned: Meeting, secretary: User) -> None:
    sits = seated("age")
    one, two = named_substitute(sits), named_substitute(sits)
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    for stands_in in (one, two, two):
        answer(attendance=row, reply="substitute", substitute=stands_in, by=account(sits), now=NOW)
    sent = planned.attendances.filter(capacity="substitute")
    assert [a.membership for a in sent] == [two]


def test_a_substitute_who_is_in_the_room_is_not_called_back(
    planned: Meeting, secretary: User
) -> None:
    sits = seated("age")
    stands_in = named_substitute(sits)
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    answer(attendance=row, reply="substitute", substitute=stands_in, by=secretary, now=NOW)
    Presence.objects.create(attendance=invited(planned, stands_in), arrived_at=NOW)
    with pytest.raises(NotPossible, match="in the meeting already"):
        answer(attendance=row, reply="coming", by=secretary, now=NOW)
    assert invited(planned, sits).reply == "substitute"


def test_only_a_named_substitute_of_that_very_seat_on_that_day_is_sent(
    planned: Meeting, secretary: User
) -> None:
    sits, other = seated("age"), seated("race-1")
    of_other = named_substitute(other)
    no_more = named_substitute(sits, until=date(2026, 10, 5))
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    for wrong in (of_other, no_more, other, sits, None):
        with pytest.raises(NotPossible, match="named substitute of this seat"):
            answer(attendance=row, reply="substitute", substitute=wrong, by=secretary, now=NOW)
    assert invited(planned, sits).reply == "none"


def test_a_substitute_for_a_substitute_is_refused(planned: Meeting, secretary: User) -> None:
    sits = seated("age")
    stands_in, another = named_substitute(sits), named_substitute(sits)
    invite(meeting=planned, by=secretary, now=NOW)
    row = invited(planned, sits)
    answer(attendance=row, reply="substitute", substitute=stands_in, by=secretary, now=NOW)
    sent = invited(planned, stands_in)
    assert may_send(sent) == []
    with pytest.raises(NotPossible, match="cannot send a substitute"):
        answer(
            attendance=sent, reply="substitute", substitute=another, by=account(stands_in), now=NOW
        )


def test_a_substitute_with_a_seat_of_their_own_is_not_sent_for_another(
    planned: Meeting, secretary: User
) -> None:
    sits, other = seated("age"), seated("race-1")
    both = named_substitute(sits, person=other.person)
    invite(meeting=planned, by=secretary, now=NOW)
    with pytest.raises(NotPossible, match="on their own account"):
        answer(
            attendance=invited(planned, sits),
            reply="substitute",
            substitute=both,
            by=secretary,
            now=NOW,
        )


# ---- with the agenda ---------------------------------------------------------------------------


def test_publishing_an_agenda_invites_who_sits_on_the_day_where_no_member_was_invited(
    planned: Meeting, secretary: User
) -> None:
    sits, gone = seated("age"), seated("health", until=date(2026, 9, 30))
    named_substitute(sits)
    add_person(
        meeting=planned, person=somebody(), capacity="presenter", by=secretary, now=NOW
    )  # who presents is no member
    item(planned, "scheduled")
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    rows = planned.attendances.exclude(capacity="presenter")
    assert [(a.person, a.capacity, a.reply) for a in rows] == [(sits.person, "seat", "none")]
    assert gone.person_id not in planned.attendances.values_list("person", flat=True)
    event = AuditEvent.objects.filter(event="forum.meeting.invite").get()
    assert event.reference == planned.reference


def test_publishing_an_agenda_adds_nobody_to_those_who_were_invited(
    planned: Meeting, secretary: User
) -> None:
    invited, left_out = seated("age"), seated("health")
    planned.attendances.create(person=invited.person, membership=invited, capacity="seat")
    item(planned, "scheduled")
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    assert left_out.person_id not in planned.attendances.values_list("person", flat=True)
