"""The room: who is there and when, who presides, who steps aside, and every step of a sitting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from openscrutiny.base.audit import verify
from openscrutiny.base.models import AuditEvent, Person, User
from openscrutiny.base.moves import Overtaken, ReasonMissing
from openscrutiny.core.machines import AGENDA_ITEM, MEETING
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Attendance,
    Ballot,
    Decision,
    Meeting,
    Membership,
    Presence,
    Recusal,
    RoomNote,
)
from openscrutiny.forum.quorum import Room
from openscrutiny.forum.services import attendance as people
from openscrutiny.forum.services import room as services
from openscrutiny.forum.services.actions import capture_action
from openscrutiny.forum.services.notes import NoteOvertaken, write_note
from tests.apps.meeting_rooms import (
    STARTS,
    body,
    in_the_room,
    item,
    meeting,
    quorate,
    seated,
    sitting,
    somebody,
)
from tests.people import person

pytestmark = pytest.mark.django_db

ROLES = [r for r in Role if r is not Role.ANYONE]
MINUTE = timedelta(minutes=1)
LATER = STARTS + 30 * MINUTE


@pytest.fixture
def officer() -> User:
    return person(Role.SECRETARIAT, organisation=body())


def arrive(on: Meeting, who: Membership, *, by: User, at: datetime = LATER) -> Presence:
    return people.record_arrival(
        meeting=on, person=who.person, membership=who, at=at, by=by, now=max(at, LATER)
    )


def quorum_of(on: Meeting, *, at: datetime = LATER, under: AgendaItem | None = None) -> int:
    return len(Room.of(on).count(at=at, item=under).present)


def details(event: str) -> dict[str, Any]:
    found: dict[str, Any] = AuditEvent.objects.filter(event=event).latest("sequence").details
    return found


# ---- coming and going ----------------------------------------------------------------------------


def test_an_arrival_and_a_departure_change_the_quorum_at_their_moment(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    one = seated("race-1")
    arrive(on, one, by=officer, at=STARTS + 5 * MINUTE)
    people.record_departure(
        attendance=on.attendances.get(), at=STARTS + 20 * MINUTE, by=officer, now=LATER
    )
    counted = [quorum_of(on, at=STARTS + m * MINUTE) for m in (4, 5, 19, 20)]
    assert counted == [0, 1, 1, 0]
    assert details("forum.room.arrive")["person"] == one.person_id
    assert one.person.name not in str(list(AuditEvent.objects.values_list("details", flat=True)))
    assert not verify().wrong


def test_somebody_who_takes_part_from_elsewhere_counts(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    who = seated("race-1")
    people.record_arrival(
        meeting=on, person=who.person, membership=who, remote=True, by=officer, now=LATER
    )
    assert Presence.objects.get().remote
    assert quorum_of(on) == 1


def test_guests_may_come_and_never_count(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    for capacity in ("secretariat", "presenter", "observer"):
        people.record_arrival(
            meeting=on, person=somebody(), capacity=capacity, by=officer, now=LATER
        )
    assert quorum_of(on) == 0
    assert len(Room.of(on).present(at=LATER)) == 3
    with pytest.raises(NotPossible, match="not said as what this person comes"):
        people.record_arrival(meeting=on, person=somebody(), by=officer, now=LATER)


def test_a_substitute_counts_until_the_holder_of_the_seat_comes(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    holder = seated("race-1")
    substitute = seated("race-1", substitute_for=holder)
    arrive(on, substitute, by=officer, at=STARTS)
    assert on.attendances.get().capacity == Attendance.Capacity.SUBSTITUTE
    arrive(on, holder, by=officer, at=STARTS + 9 * MINUTE)
    own = on.attendances.get(person=substitute.person)
    before = Room.of(on).counts(own, at=STARTS)
    assert (before, Room.of(on).counts(own, at=LATER)) == (True, False)
    assert quorum_of(on, at=STARTS) == quorum_of(on) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "practice"}, "holds no seat of this body"),
        ({"since": date(2026, 10, 7)}, "holds no seat of this body"),
        ({"until": date(2026, 10, 5)}, "holds no seat of this body"),
    ],
)
def test_a_seat_of_another_body_or_another_day_is_no_seat_here(
    officer: User, fields: dict[str, Any], words: str
) -> None:
    on = meeting("in_session", opened_at=STARTS)
    with pytest.raises(NotPossible, match=words):
        arrive(on, seated("race-1", **fields), by=officer)
    other = seated("jewish")
    with pytest.raises(NotPossible, match="somebody else"):
        people.record_arrival(
            meeting=on, person=somebody(), membership=other, by=officer, now=LATER
        )
    assert not Attendance.objects.exists()


def test_nobody_arrives_twice_leaves_before_they_came_or_comes_tomorrow(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    who = seated("race-1")
    arrive(on, who, by=officer, at=STARTS + 5 * MINUTE)
    own = on.attendances.get()
    leave: dict[str, Any] = {"attendance": own, "by": officer, "now": LATER}
    with pytest.raises(NotPossible, match="in the meeting at that time already"):
        arrive(on, who, by=officer)
    with pytest.raises(NotPossible, match="left before they came"):
        people.record_departure(at=STARTS, **leave)
    with pytest.raises(NotPossible, match="has not come yet"):
        people.record_departure(at=LATER + 5 * MINUTE, **leave)
    people.record_departure(**leave)
    with pytest.raises(NotPossible, match="not recorded as being in the meeting"):
        people.record_departure(**leave)
    with pytest.raises(NotPossible, match="at that time already"):
        arrive(on, who, by=officer, at=STARTS + 6 * MINUTE)
    assert Presence.objects.count() == 1


@pytest.mark.parametrize("state", [s for s in MEETING.states if s not in people._COMING])
def test_nobody_arrives_at_a_meeting_that_is_not_there_or_over(officer: User, state: str) -> None:
    on = meeting(state)
    with pytest.raises(NotPossible, match=MEETING.states[state]):
        arrive(on, seated("race-1"), by=officer)


def test_a_wrong_time_is_put_right_and_what_was_recorded_stays_in_the_trail(
    officer: User,
) -> None:
    on = meeting("held", opened_at=STARTS, closed_at=LATER)
    own = in_the_room(on, seated("race-1"))
    stay = own.presences.get()
    fix: dict[str, Any] = {"presence": stay, "by": officer, "now": LATER}
    right = STARTS + 12 * MINUTE
    with pytest.raises(ReasonMissing):
        people.correct_presence(arrived_at=right, left_at=LATER, reason=" ", **fix)
    with pytest.raises(NotPossible, match="everybody has left"):
        people.correct_presence(arrived_at=right, left_at=None, reason="Late.", **fix)
    people.correct_presence(arrived_at=right, left_at=LATER, reason="Late train.", **fix)
    stay.refresh_from_db()
    assert (stay.arrived_at, stay.left_at) == (right, LATER)
    kept = details("forum.room.correct")
    assert kept["arrived_was"] == STARTS.isoformat()
    assert (kept["left_was"], kept["reason"]) == ("", "Late train.")
    Meeting.objects.update(state="approved")
    with pytest.raises(NotPossible, match="minutes are approved"):
        people.correct_presence(arrived_at=STARTS, left_at=LATER, reason="No.", **fix)


def test_quorum_lost_and_regained_is_known_for_the_minutes(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    quorate(on)
    leaving = on.attendances.get(membership__seat="victim-support")
    people.record_departure(attendance=leaving, at=STARTS + 10 * MINUTE, by=officer, now=LATER)
    arrive(on, seated("victim-advocates"), by=officer, at=STARTS + 17 * MINUTE)
    turns = Room.of(on).turns(until=LATER)
    assert [((t.at - STARTS) // MINUTE, t.count.quorate) for t in turns] == [
        (0, True),
        (10, False),
        (17, True),
    ]


# ---- presiding -----------------------------------------------------------------------------------


def test_a_deputy_presides_while_the_chair_is_away_and_that_is_recorded(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    own = in_the_room(on, seated("authority-2", role=Role.DEPUTY))
    assert Room.of(on).presiding(at=LATER) is None
    step: dict[str, Any] = {"meeting": on, "attendance": own, "by": officer, "now": LATER}
    with pytest.raises(ReasonMissing):
        people.preside(because="", **step)
    people.preside(because="The chair is ill.", **step)
    assert Room.of(on).presiding(at=LATER) == own
    assert details("forum.room.preside")["reason"] == "The chair is ill."
    # The chair who comes after all presides by being there.
    chair = in_the_room(on, seated("authority-1", role=Role.CHAIR), since=LATER)
    assert Room.of(on).presiding(at=LATER) == chair
    with pytest.raises(NotPossible, match="The chair is in the meeting and presides"):
        people.preside(because="So.", **step)


def test_a_deputy_presides_over_an_item_from_which_the_chair_stepped_aside(officer: User) -> None:
    open_now = sitting()
    on = open_now.meeting
    chair = on.attendances.get(membership__seat="authority-1")
    deputy = in_the_room(on, seated("authority-2", role=Role.DEPUTY))
    people.recuse(item=open_now, attendance=chair, reason="Kin.", by=officer, now=LATER)
    people.preside(meeting=on, attendance=deputy, because="Chair aside.", by=officer, now=LATER)
    room = Room.of(on)
    assert room.presiding(at=LATER, item=open_now) == deputy
    assert room.presiding(at=LATER, item=None) == chair


def test_only_a_deputy_who_is_there_and_did_not_step_aside_presides(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    member = in_the_room(on, seated("race-1"))
    deputy = in_the_room(on, seated("authority-2", role=Role.DEPUTY))
    open_now = item(on, "opened", opened_at=STARTS)
    step: dict[str, Any] = {"meeting": on, "because": "So.", "by": officer, "now": LATER}
    with pytest.raises(NotPossible, match="not a deputy chair"):
        people.preside(attendance=member, **step)
    Recusal.objects.create(
        item=open_now, attendance=deputy, reason="Kin.", at=LATER, recorded_by=officer
    )
    with pytest.raises(NotPossible, match="stepped aside"):
        people.preside(attendance=deputy, **step)
    deputy.presences.update(left_at=LATER)
    with pytest.raises(NotPossible, match="not in the meeting"):
        people.preside(attendance=deputy, **step)


# ---- stepping aside ------------------------------------------------------------------------------


def test_who_steps_aside_does_not_count_for_that_item_alone(officer: User) -> None:
    open_now = sitting()
    other = item(open_now.meeting)
    one = open_now.meeting.attendances.get(membership__seat="race-1")
    people.recuse(item=open_now, attendance=one, reason="Works there.", by=officer, now=LATER)
    assert quorum_of(open_now.meeting, under=open_now) == 6
    assert quorum_of(open_now.meeting, under=other) == quorum_of(open_now.meeting) == 7
    with pytest.raises(NotPossible, match="already"):
        people.recuse(item=open_now, attendance=one, reason="Again.", by=officer, now=LATER)


def test_members_step_aside_for_themselves_and_the_secretariat_records_it_for_others(
    officer: User,
) -> None:
    open_now = sitting()
    one = open_now.meeting.attendances.get(membership__seat="race-1")
    own = User.objects.get(pk=one.person.user_id)
    other = open_now.meeting.attendances.get(membership__seat="jewish")
    step: dict[str, Any] = {"item": open_now, "reason": "Kin.", "now": LATER}
    with pytest.raises(NotPermitted, match="for yourself alone"):
        people.recuse(attendance=other, by=own, **step)
    with pytest.raises(ReasonMissing):
        people.recuse(attendance=one, by=own, **{**step, "reason": " "})
    people.recuse(attendance=one, by=own, **step)
    people.recuse(attendance=other, by=officer, **step)
    assert Recusal.objects.count() == 2


@pytest.mark.parametrize(
    "state", [s for s in AGENDA_ITEM.states if s not in ("published", "opened")]
)
def test_nobody_steps_aside_from_an_item_that_is_closed_or_not_yet_known(
    officer: User, state: str
) -> None:
    open_now = sitting()
    AgendaItem.objects.update(state=state)
    with pytest.raises(NotPossible, match="nobody can step aside"):
        people.recuse(
            item=open_now,
            attendance=open_now.meeting.attendances.all()[0],
            reason="Kin.",
            by=officer,
            now=LATER,
        )


# ---- every step of a meeting ---------------------------------------------------------------------

STEPS: dict[str, Callable[..., AuditEvent]] = {
    "open": services.open_meeting,
    "adjourn": services.adjourn,
    "resume": services.resume,
    "close": services.close_meeting,
    "close_inquorate": services.close_inquorate,
}
ITEM_STEPS: dict[str, Callable[..., AuditEvent]] = {
    "open": services.open_item,
    "note": services.close_item_noted,
    "decide": services.close_item_decided,
    "reopen": services.reopen_item,
    "not_reach": services.not_reach,
}


def test_the_room_takes_these_steps_and_those_of_others_are_elsewhere() -> None:
    assert tuple(STEPS) == services.OF_MEETING
    assert set(services.OF_ITEM) | {"not_reach"} == set(ITEM_STEPS)
    assert set(STEPS) < set(MEETING.events)
    assert set(ITEM_STEPS) < set(AGENDA_ITEM.events)


@pytest.mark.parametrize("state", MEETING.states)
@pytest.mark.parametrize("event", STEPS)
def test_each_step_of_a_meeting_does_what_the_table_says_and_nothing_else(
    officer: User, state: str, event: str
) -> None:
    on = meeting(state, opened_at=STARTS)
    if event == "close_inquorate":
        in_the_room(on, seated("authority-1", role=Role.CHAIR))
    else:
        quorate(on)
    row = next((t for t in MEETING.possible(state) if t.event == event), None)
    step: dict[str, Any] = {"meeting": on, "by": officer, "now": LATER, "reason": "So."}
    before = AuditEvent.objects.count()
    if row is None:
        with pytest.raises(NotPossible, match="cannot be done now"):
            STEPS[event](**step)
        assert AuditEvent.objects.count() == before
        assert Meeting.objects.get().state == state
        return
    written = STEPS[event](**step)
    assert Meeting.objects.get().state == row.target
    assert written.event == f"forum.meeting.{event}"
    assert AuditEvent.objects.count() == before + 1


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("event", STEPS)
def test_each_step_of_a_meeting_is_for_those_the_table_names_of_this_body(
    role: Role, event: str
) -> None:
    state = next(iter(next(t for t in MEETING.transitions if t.event == event).sources))
    on = meeting("in_session" if event == "close_inquorate" else state, opened_at=STARTS)
    if event != "close_inquorate":
        quorate(on)
    step: dict[str, Any] = {"meeting": on, "now": LATER, "reason": "So."}
    with pytest.raises(NotPermitted):
        STEPS[event](by=person(role, organisation=body("practice")), **step)
    if role in TABLE[Action.RUN_MEETING]:
        STEPS[event](by=person(role, organisation=body()), **step)
    else:
        with pytest.raises(NotPermitted):
            STEPS[event](by=person(role, organisation=body()), **step)


@pytest.mark.parametrize(
    ("event", "state"), [("open", "agenda_published"), ("resume", "adjourned")]
)
def test_a_meeting_begins_only_once_somebody_presides(
    officer: User, event: str, state: str
) -> None:
    on = meeting(state, opened_at=None if event == "open" else STARTS)
    in_the_room(on, seated("race-1"))
    deputy = in_the_room(on, seated("authority-2", role=Role.DEPUTY))
    with pytest.raises(NotPossible, match="Nobody who may preside"):
        STEPS[event](meeting=on, by=officer, now=LATER)
    people.preside(meeting=on, attendance=deputy, because="Ill.", by=officer, now=LATER)
    STEPS[event](meeting=on, by=officer, now=LATER)
    assert Meeting.objects.get().state == "in_session"


def test_a_meeting_is_not_opened_before_its_day(officer: User) -> None:
    on = meeting("agenda_published")
    quorate(on, since=STARTS - timedelta(days=1))
    with pytest.raises(NotPossible, match="planned for 6 October 2026"):
        services.open_meeting(meeting=on, by=officer, now=STARTS - timedelta(days=1))
    # The day is the one at the forum, which in summer begins before that of Greenwich.
    early = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)
    services.open_meeting(meeting=on, by=officer, now=early)
    assert Meeting.objects.get().opened_at == early


@pytest.mark.parametrize("event", ["adjourn", "close", "close_inquorate"])
def test_a_meeting_does_not_rest_while_an_item_is_open(officer: User, event: str) -> None:
    on = sitting().meeting
    with pytest.raises(NotPossible, match="still open"):
        STEPS[event](meeting=on, by=officer, now=LATER, reason="So.")


def test_a_meeting_that_had_a_quorum_for_a_while_is_closed_as_held_and_not_otherwise(
    officer: User,
) -> None:
    on = meeting("in_session", opened_at=STARTS)
    quorate(on)
    for stay in Presence.objects.exclude(attendance__membership__seat="authority-1"):
        stay.left_at = STARTS + MINUTE
        stay.save()
    with pytest.raises(NotPossible, match="had a quorum"):
        services.close_inquorate(meeting=on, by=officer, now=LATER)
    services.close_meeting(meeting=on, by=officer, now=LATER)
    assert Meeting.objects.get().closed_at == LATER


def test_a_meeting_that_never_had_a_quorum_is_closed_as_inquorate_and_not_otherwise(
    officer: User,
) -> None:
    on = meeting("in_session", opened_at=STARTS)
    in_the_room(on, seated("authority-1", role=Role.CHAIR))
    with pytest.raises(NotPossible, match="never had a quorum"):
        services.close_meeting(meeting=on, by=officer, now=LATER)
    services.close_inquorate(meeting=on, by=officer, now=LATER)
    assert Meeting.objects.get().state == "inquorate"


@pytest.mark.parametrize(
    ("state", "event"), [("in_session", "close"), ("adjourned", "close_inquorate")]
)
def test_closing_marks_what_was_not_reached_and_everybody_leaves(
    officer: User, state: str, event: str
) -> None:
    on = meeting(state, opened_at=STARTS)
    if event == "close":
        quorate(on)
    else:
        in_the_room(on, seated("race-1"))
    states = ["published", "noted", "deferred", "published", "withdrawn"]
    for one in states:
        item(on, one)
    STEPS[event](meeting=on, by=officer, now=LATER)
    assert list(on.items.values_list("state", flat=True)) == [
        "not_reached", "noted", "deferred", "not_reached", "withdrawn",
    ]  # fmt: skip
    assert set(Presence.objects.values_list("left_at", flat=True)) == {LATER}
    assert AuditEvent.objects.filter(event="forum.item.not_reach").count() == 2


def test_a_refused_closing_marks_no_item(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    item(on)
    with pytest.raises(NotPossible):
        services.close_meeting(meeting=on, by=officer, now=LATER)
    assert on.items.get().state == "published"


def test_two_who_act_on_a_meeting_at_once_do_not_overwrite_each_other(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    quorate(on)
    services.adjourn(meeting=on, by=officer, now=LATER, reason="Fire alarm.", seen=1)
    with pytest.raises(Overtaken):
        services.resume(meeting=on, by=officer, now=LATER, seen=1)


# ---- every step of an item -----------------------------------------------------------------------


@pytest.mark.parametrize("state", AGENDA_ITEM.states)
@pytest.mark.parametrize("event", ITEM_STEPS)
def test_each_step_of_an_item_does_what_the_table_says_and_nothing_else(
    officer: User, state: str, event: str
) -> None:
    one = sitting()
    AgendaItem.objects.update(state=state)
    decided(one, officer)
    row = next((t for t in AGENDA_ITEM.possible(state) if t.event == event), None)
    step: dict[str, Any] = {"item": one, "by": officer, "now": LATER, "reason": "So."}
    if row is None:
        with pytest.raises(NotPossible, match="cannot be done now"):
            ITEM_STEPS[event](**step)
        assert AgendaItem.objects.get().state == state
        return
    written = ITEM_STEPS[event](**step)
    assert AgendaItem.objects.get().state == row.target
    assert written.event == f"forum.item.{event}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("event", ITEM_STEPS)
def test_each_step_of_an_item_is_for_those_the_table_names_of_this_body(
    officer: User, role: Role, event: str
) -> None:
    one = sitting()
    decided(one, officer)
    state = next(iter(next(t for t in AGENDA_ITEM.transitions if t.event == event).sources))
    AgendaItem.objects.update(state=state)
    step: dict[str, Any] = {"item": one, "now": LATER, "reason": "So."}
    with pytest.raises(NotPermitted):
        ITEM_STEPS[event](by=person(role, organisation=body("practice")), **step)
    if role in TABLE[Action.RUN_MEETING]:
        ITEM_STEPS[event](by=person(role, organisation=body()), **step)
    else:
        with pytest.raises(NotPermitted):
            ITEM_STEPS[event](by=person(role, organisation=body()), **step)


@pytest.mark.parametrize("event", ITEM_STEPS)
def test_an_item_moves_only_while_its_meeting_is_in_session(officer: User, event: str) -> None:
    one = sitting()
    decided(one, officer)
    state = next(iter(next(t for t in AGENDA_ITEM.transitions if t.event == event).sources))
    AgendaItem.objects.update(state=state)
    for resting in ("agenda_published", "adjourned", "held"):
        Meeting.objects.update(state=resting)
        with pytest.raises(NotPossible, match="not in session"):
            ITEM_STEPS[event](item=one, by=officer, now=LATER, reason="So.")


@pytest.mark.parametrize(("event", "state"), [("open", "published"), ("reopen", "noted")])
def test_one_item_is_before_the_meeting_at_a_time(officer: User, event: str, state: str) -> None:
    first = sitting()
    second = item(first.meeting, state)
    with pytest.raises(NotPossible, match="Another item of this meeting is still open"):
        ITEM_STEPS[event](item=second, by=officer, now=LATER, reason="So.")
    services.close_item_noted(item=first, by=officer, now=LATER)
    ITEM_STEPS[event](item=second, by=officer, now=LATER, reason="So.")
    second.refresh_from_db()
    assert (second.state, second.opened_at, second.closed_at) == ("opened", LATER, None)


def test_an_item_is_decided_only_by_a_decision_that_was_not_refused(officer: User) -> None:
    one = sitting()
    with pytest.raises(NotPossible, match="No decision was recorded"):
        services.close_item_decided(item=one, by=officer, now=LATER)
    made = decided(one, officer)
    Decision.objects.update(state="not_certified")
    with pytest.raises(NotPossible, match="No decision was recorded"):
        services.close_item_decided(item=one, by=officer, now=LATER)
    Decision.objects.filter(pk=made.pk).update(state="recorded")
    services.close_item_decided(item=one, by=officer, now=LATER)
    one.refresh_from_db()
    assert (one.state, one.closed_at) == ("decided", LATER)


def test_an_item_is_not_closed_while_a_vote_is_open_and_opened_again_with_a_reason_only(
    officer: User,
) -> None:
    one = sitting()
    ballot = Ballot.objects.create(item=one, motion="So.", opened_at=LATER, opened_by=officer)
    with pytest.raises(NotPossible, match="A vote on this item is still open"):
        services.close_item_noted(item=one, by=officer, now=LATER)
    ballot.closed_at = LATER
    ballot.save()
    services.close_item_noted(item=one, by=officer, now=LATER)
    with pytest.raises(ReasonMissing):
        services.reopen_item(item=one, by=officer, now=LATER, reason="")


def decided(one: AgendaItem, by: User) -> Decision:
    return Decision.objects.create(
        number=f"2026-{Decision.objects.count() + 1:03d}",
        state="recorded",
        kind="resolve",
        about=one.reference,
        heading="So",
        text="So.",
        decided_on=STARTS.date(),
        item=one,
        quorum={"quorate": True},
        recorded_by=by,
        recorded_at=LATER,
    )


# ---- notes and promises --------------------------------------------------------------------------


def noted(one: AgendaItem, by: User, **said: Any) -> RoomNote:
    given = {"meeting": one.meeting, "item": one, "key": uuid4(), "text": "Said.", "now": LATER}
    return write_note(**{**given, "by": by, **said})


def test_notes_are_taken_while_the_meeting_is_inquorate(officer: User) -> None:
    on = meeting("in_session", opened_at=STARTS)
    in_the_room(on, seated("authority-1", role=Role.CHAIR))
    one = item(on, "opened", opened_at=STARTS)
    assert noted(one, officer).text == "Said."


def test_a_note_that_is_sent_again_is_kept_once(officer: User) -> None:
    one, key = sitting(), uuid4()
    first = noted(one, officer, key=key)
    before = AuditEvent.objects.count()
    assert noted(one, officer, key=key).pk == first.pk
    assert RoomNote.objects.count() == 1
    assert AuditEvent.objects.count() == before


def test_two_who_write_in_the_same_note_both_keep_their_words(officer: User) -> None:
    one, key = sitting(), uuid4()
    noted(one, officer, key=key)
    other = person(Role.SECRETARIAT, organisation=body())
    noted(one, other, key=key, text="Said, and then more.", seen=1)
    with pytest.raises(NoteOvertaken) as refused:
        noted(one, officer, key=key, text="Said differently.", seen=1)
    assert (refused.value.theirs, refused.value.revision) == ("Said, and then more.", 2)
    assert RoomNote.objects.get().text == "Said, and then more."
    noted(one, officer, key=key, text="Said, and then more, differently.", seen=2)
    assert RoomNote.objects.get().revision == 3
    assert "Said" not in str(list(AuditEvent.objects.values_list("details", flat=True)))


def test_a_note_from_while_the_network_was_away_keeps_the_time_it_was_written(
    officer: User,
) -> None:
    one = sitting()
    Meeting.objects.update(state="held")
    wrote = STARTS + 7 * MINUTE
    assert noted(one, officer, written_at=wrote).written_at == wrote
    for impossible in (STARTS - MINUTE, LATER + MINUTE):
        assert noted(one, officer, written_at=impossible).written_at == LATER


@pytest.mark.parametrize("state", ["planned", "agenda_published", "circulated", "approved"])
def test_no_note_is_taken_before_the_meeting_or_once_its_minutes_go_round(
    officer: User, state: str
) -> None:
    one = sitting()
    Meeting.objects.update(state=state)
    with pytest.raises(NotPossible, match="nothing is written down"):
        noted(one, officer)
    with pytest.raises(NotPossible, match="nothing is written down"):
        promised(one, officer)
    Meeting.objects.update(state="in_session")
    with pytest.raises(NotPossible, match="another agenda"):
        noted(one, officer, item=sitting())
    with pytest.raises(NotPossible, match="empty"):
        noted(one, officer, text="  ")


def promised(one: AgendaItem, by: User, **said: Any) -> ActionPoint:
    given = {
        "item": one, "key": uuid4(), "sort": "undertaking", "text": "We will bring the figures.",
        "owner": body("police"), "due_on": date(2026, 11, 30), "by": by, "now": LATER,
    }  # fmt: skip
    return capture_action(**{**given, **said})


def test_an_undertaking_is_captured_once_with_its_owner_and_date(officer: User) -> None:
    one, key = sitting(), uuid4()
    made = promised(one, officer, key=key)
    assert promised(one, officer, key=key).pk == made.pk
    kept = ActionPoint.objects.get()
    assert (kept.state, kept.owner.code, kept.due_on) == ("open", "police", date(2026, 11, 30))
    assert (kept.item, kept.sort, kept.number) == (one, "undertaking", "2026-001")
    assert details("forum.action.capture")["owner"] == "police"
    with pytest.raises(NotPossible, match="past when this was promised"):
        promised(one, officer, due_on=date(2026, 10, 5))
    with pytest.raises(NotPossible, match="under another item"):
        promised(item(one.meeting), officer, key=key)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_written_in_the_room_is_written_by_those_the_table_names(role: Role) -> None:
    one = sitting()
    own = person(role, organisation=body())
    stranger = person(role, organisation=body("practice"))
    who: Person = somebody()
    writes: list[tuple[Action, Callable[[User], object]]] = [
        (Action.WRITE_MINUTES, lambda by: noted(one, by)),
        (Action.CAPTURE_ACTION, lambda by: promised(one, by)),
        (
            Action.RECORD_ATTENDANCE,
            lambda by: people.record_arrival(
                meeting=one.meeting, person=who, capacity="observer", by=by, now=LATER
            ),
        ),
    ]
    for action, write in writes:
        with pytest.raises(NotPermitted):
            write(stranger)
        if role in TABLE[action]:
            write(own)
        else:
            with pytest.raises(NotPermitted):
                write(own)


def test_somebody_who_may_not_write_learns_nothing_of_what_is_kept(officer: User) -> None:
    one, key = sitting(), uuid4()
    noted(one, officer, key=key)
    promised(one, officer, key=key)
    member = person(Role.MEMBER, organisation=body())
    for again in (noted, promised):
        with pytest.raises(NotPermitted):
            again(one, member, key=key)


def test_whose_seat_ended_after_they_were_invited_comes_as_an_observer() -> None:
    on = sitting().meeting
    gone = seated("lgb", until=STARTS.date() - timedelta(days=1))
    invited = Attendance.objects.create(
        meeting=on, person=gone.person, membership=gone, capacity="seat", reply="coming"
    )
    before = Room.of(on).count(at=STARTS + timedelta(minutes=5)).present
    officer = person(Role.SECRETARIAT, organisation=body())
    people.record_arrival(
        meeting=on, person=gone.person, by=officer, now=STARTS + timedelta(minutes=1)
    )
    invited.refresh_from_db()
    assert (invited.capacity, invited.membership) == ("observer", None)
    assert Room.of(on).count(at=STARTS + timedelta(minutes=5)).present == before
