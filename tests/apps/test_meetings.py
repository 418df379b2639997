"""Meetings before they sit: planned, changed, published with notice, put off, called off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from openscrutiny.base.audit import verify
from openscrutiny.base.models import AuditEvent, Notice, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing
from openscrutiny.core.machines import MEETING
from openscrutiny.core.permits import TABLE, Action, NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting
from openscrutiny.forum.notice import next_meeting_by, notice_of
from openscrutiny.forum.services.meetings import (
    BEFORE_IT_SITS,
    allow_short_notice,
    call_off,
    change_meeting,
    move_meeting,
    plan_meeting,
    publish_agenda,
    reschedule,
)
from tests.apps.meeting_rooms import STARTS, arranged, body, item, meeting, seated
from tests.people import person

pytestmark = pytest.mark.django_db

# A fortnight before the meeting of the test rooms, so that there is notice enough.
NOW = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
LATE = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)
MINE = {*BEFORE_IT_SITS, "reschedule"}


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> User:
    return person(Role.CHAIR, organisation=body())


@pytest.fixture
def planned(secretary: User) -> Meeting:
    return plan_meeting(body=body(), arrangements=arranged(), by=secretary, now=NOW)


def everything() -> tuple[int, int, int]:
    return (Meeting.objects.count(), AgendaItem.objects.count(), AuditEvent.objects.count())


def holder(role: Role, *, of_forum: bool) -> User:
    return person(role, organisation=body() if of_forum else body("practice"))


# ---- planning --------------------------------------------------------------------------------


def test_a_planned_meeting_holds_what_was_arranged_in_the_hours_on_the_wall(
    planned: Meeting, secretary: User
) -> None:
    kept = Meeting.objects.get()
    assert (kept.number, kept.state, kept.body.code) == ("2026-001", "planned", "forum")
    assert kept.starts_at == datetime(2026, 10, 6, 13, 0, tzinfo=UTC)
    assert kept.ends_at == datetime(2026, 10, 6, 15, 0, tzinfo=UTC)
    assert (kept.sequence, kept.changed_at, kept.created_by) == (0, NOW, secretary)
    assert kept.agenda_published_at is None
    first = AuditEvent.objects.order_by("sequence")[0]
    assert (first.event, first.reference) == ("forum.meeting.plan", "meeting:2026-001")
    assert not verify().wrong


def test_a_new_agenda_begins_with_what_stands_on_every_agenda(planned: Meeting) -> None:
    shown = [(i.position, i.section, i.state) for i in planned.items.on_the_agenda()]
    assert shown == [
        (1, "opening", "scheduled"),
        (2, "opening", "scheduled"),
        (3, "arising", "scheduled"),
        (4, "closing", "scheduled"),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day": date(2027, 3, 28), "starts": time(1, 30), "ends": time(3)}, "There is no 01:30"),
        ({"day": date(2026, 10, 25), "starts": time(1), "ends": time(3)}, "There are two of 01:00"),
        ({"day": date(2026, 10, 25), "starts": time(0), "ends": time(1, 30)}, "two of 01:30"),
        ({"ends": time(14)}, "end before it begins"),
        ({"ends": time(13)}, "end before it begins"),
        ({"day": date(2026, 9, 21)}, "is over"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_the_reason(
    secretary: User, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotPossible, match=words):
        plan_meeting(body=body(), arrangements=arranged(**wrong), by=secretary, now=NOW)
    assert everything() == (0, 0, 0)


def test_a_body_the_terms_do_not_know_has_no_meetings() -> None:
    other = body("strangers")
    by = person(Role.SECRETARIAT, organisation=other)
    with pytest.raises(NotPossible, match="say nothing of this body"):
        plan_meeting(body=other, arrangements=arranged(), by=by, now=NOW)


@pytest.mark.parametrize(("starts", "ends"), [(13, 15), (15, 17), (14, 16), (13, 17)])
def test_two_meetings_of_a_body_at_one_time_are_refused_with_the_way_to_the_first(
    planned: Meeting, secretary: User, starts: int, ends: int
) -> None:
    before = everything()
    said = arranged(starts=time(starts), ends=time(ends))
    with pytest.raises(AlreadyThere) as refusal:
        plan_meeting(body=body(), arrangements=said, by=secretary, now=NOW)
    assert refusal.value.href == "/meetings/2026-001/"
    assert everything() == before


def test_meetings_may_follow_one_another_and_other_bodies_meet_when_they_like(
    planned: Meeting, secretary: User
) -> None:
    after = arranged(starts=time(16), ends=time(17))
    plan_meeting(body=body(), arrangements=after, by=secretary, now=NOW)
    other = person(Role.SECRETARIAT, organisation=body("practice"))
    plan_meeting(body=body("practice"), arrangements=arranged(), by=other, now=NOW)
    assert Meeting.objects.count() == 3


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_the_time_of_a_meeting_that_was_called_off_is_free(secretary: User, state: str) -> None:
    meeting(state)
    plan_meeting(body=body(), arrangements=arranged(), by=secretary, now=NOW)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
@pytest.mark.parametrize("own", [True, False])
def test_only_the_secretariat_of_the_body_plans_its_meetings(role: Role, own: bool) -> None:
    by = holder(role, of_forum=own)
    if own and role in TABLE[Action.PLAN_MEETING]:
        plan_meeting(body=body(), arrangements=arranged(), by=by, now=NOW)
    else:
        with pytest.raises(NotPermitted):
            plan_meeting(body=body(), arrangements=arranged(), by=by, now=NOW)
        assert everything() == (0, 0, 0)


# ---- changing --------------------------------------------------------------------------------


def changed(on: Meeting, by: User, *, now: datetime = NOW, **other: Any) -> Meeting:
    return change_meeting(
        meeting=on, arrangements=arranged(**other), by=by, now=now, seen=on.revision
    )


def test_a_change_raises_the_sequence_that_calendars_read(
    planned: Meeting, secretary: User
) -> None:
    later = NOW + timedelta(hours=1)
    changed(planned, secretary, now=later, venue="Town hall", starts=time(15))
    assert (planned.venue, planned.sequence, planned.changed_at) == ("Town hall", 1, later)
    assert planned.starts_at == datetime(2026, 10, 6, 14, 0, tzinfo=UTC)
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert event.event == "forum.meeting.change"
    assert event.details == {"changed": ["starts", "venue"]}


def test_a_meeting_moved_across_the_clock_change_keeps_its_hour(
    planned: Meeting, secretary: User
) -> None:
    changed(planned, secretary, day=date(2026, 11, 3))
    assert planned.starts_at == datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
    assert timezone.localtime(planned.starts_at).time() == time(14)
    changed(planned, secretary, day=date(2027, 4, 6))
    assert planned.starts_at == datetime(2027, 4, 6, 13, 0, tzinfo=UTC)
    assert timezone.localtime(planned.ends_at).time() == time(16)


def test_a_change_that_changes_nothing_is_refused(planned: Meeting, secretary: User) -> None:
    before = everything()
    with pytest.raises(NotPossible, match="Nothing was changed"):
        changed(planned, secretary)
    assert everything() == before
    planned.refresh_from_db()
    assert planned.sequence == 0


def test_of_two_who_change_a_meeting_the_second_is_told(planned: Meeting, secretary: User) -> None:
    seen = planned.revision
    changed(planned, secretary, venue="Town hall")
    with pytest.raises(Overtaken):
        change_meeting(
            meeting=planned,
            arrangements=arranged(venue="Library"),
            by=secretary,
            now=NOW,
            seen=seen,
        )
    planned.refresh_from_db()
    assert (planned.venue, planned.sequence) == ("Town hall", 1)


def test_a_meeting_is_not_in_its_own_way_and_others_are(planned: Meeting, secretary: User) -> None:
    changed(planned, secretary, ends=time(17))
    other = arranged(day=date(2026, 10, 7))
    plan_meeting(body=body(), arrangements=other, by=secretary, now=NOW)
    with pytest.raises(AlreadyThere):
        changed(planned, secretary, day=date(2026, 10, 7))


def test_the_day_of_a_published_agenda_is_changed_only_by_postponing(
    planned: Meeting, secretary: User
) -> None:
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    with pytest.raises(NotPossible, match="Postpone the meeting"):
        changed(planned, secretary, day=date(2026, 10, 7))


def test_who_is_invited_is_told_of_a_change_to_a_published_meeting(
    planned: Meeting, secretary: User
) -> None:
    member = seated("age")
    Attendance.objects.create(
        meeting=planned, person=member.person, membership=member, capacity="seat"
    )
    changed(planned, secretary, venue="Library")
    assert not Notice.objects.exists()
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    Notice.objects.all().delete()
    changed(planned, secretary, venue="Town hall", starts=time(15))
    told = Notice.objects.get()
    assert told.recipient == member.person.user
    assert told.text.endswith("is arranged differently: beginning, venue.")


@pytest.mark.parametrize(
    "state", [s for s in MEETING.states if s not in ("planned", "agenda_published")]
)
def test_what_was_arranged_stands_once_the_meeting_has_begun_or_is_off(
    secretary: User, state: str
) -> None:
    found = meeting(state)
    with pytest.raises(NotPossible, match="not changed"):
        changed(found, secretary, venue="Town hall")


# ---- notice ----------------------------------------------------------------------------------


def test_the_notice_counts_clear_working_days_by_the_terms_of_the_body(planned: Meeting) -> None:
    found = notice_of(planned, now=NOW)
    assert (found.days, found.term.length, found.enough) == (9, 5, True)
    # Tuesday 29 September to Monday 5 October are five working days.
    assert found.latest == date(2026, 9, 28)
    assert found.steps[0] == "The meeting is on Tuesday 6 October 2026. That day does not count."


def test_the_notice_of_a_published_agenda_counts_from_when_it_went_out(
    planned: Meeting, secretary: User
) -> None:
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    assert notice_of(planned, now=LATE).given_on == date(2026, 9, 22)


def test_an_agenda_goes_out_on_the_last_day_and_not_on_the_day_after(
    planned: Meeting, secretary: User
) -> None:
    # Half past midnight in London is still the day before in Greenwich.
    too_late = datetime(2026, 9, 28, 23, 30, tzinfo=UTC)
    with pytest.raises(NotPossible, match="fewer clear days"):
        publish_agenda(meeting=planned, by=secretary, now=too_late)
    publish_agenda(meeting=planned, by=secretary, now=too_late - timedelta(hours=1))
    assert planned.state == "agenda_published"


def test_less_notice_takes_the_recorded_reason_of_the_chair(
    planned: Meeting, secretary: User, chair: User
) -> None:
    with pytest.raises(NotPossible, match="fewer clear days"):
        publish_agenda(meeting=planned, by=secretary, now=LATE)
    allow_short_notice(
        meeting=planned, reason=" A court date moved. ", by=chair, now=LATE, seen=planned.revision
    )
    assert planned.late_reason == "A court date moved."
    publish_agenda(meeting=planned, by=secretary, now=LATE)
    assert planned.agenda_published_at == LATE


def test_a_reason_for_short_notice_is_for_the_chair_and_holds_for_one_day(
    planned: Meeting, secretary: User, chair: User
) -> None:
    def allow(by: User, *, reason: str = "So.", now: datetime = LATE, seen: int = 1) -> None:
        allow_short_notice(meeting=planned, reason=reason, by=by, now=now, seen=seen)

    with pytest.raises(NotPermitted):
        allow(secretary)
    with pytest.raises(ReasonMissing):
        allow(chair, reason=" ")
    with pytest.raises(NotPossible, match="notice enough"):
        allow(chair, now=NOW)
    with pytest.raises(Overtaken):
        allow(chair, seen=9)
    allow(person(Role.DEPUTY, organisation=body()))
    changed(planned, secretary, day=date(2026, 10, 7), now=LATE)
    assert planned.late_reason == ""
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    with pytest.raises(NotPossible, match="nothing waits"):
        allow(chair, seen=planned.revision)


def test_days_whose_holidays_are_unknown_are_not_taken_for_notice(
    secretary: User, chair: User
) -> None:
    far = plan_meeting(
        body=body(), arrangements=arranged(day=date(2041, 3, 5)), by=secretary, now=NOW
    )
    with pytest.raises(NotPossible, match="Bank holidays are known until"):
        notice_of(far, now=NOW)
    with pytest.raises(NotPossible, match="fewer clear days"):
        publish_agenda(meeting=far, by=secretary, now=NOW)
    allow_short_notice(meeting=far, reason="Years ahead.", by=chair, now=NOW, seen=far.revision)
    publish_agenda(meeting=far, by=secretary, now=NOW)


def test_an_agenda_is_not_published_once_the_meeting_should_have_begun(
    planned: Meeting, secretary: User, chair: User
) -> None:
    now = planned.starts_at
    allow_short_notice(meeting=planned, reason="So.", by=chair, now=LATE, seen=planned.revision)
    with pytest.raises(NotPossible, match="time of this meeting has come"):
        publish_agenda(meeting=planned, by=secretary, now=now)
    assert Meeting.objects.get().state == "planned"
    assert not AgendaItem.objects.filter(state="published").exists()


# ---- publishing, postponing, cancelling --------------------------------------------------------


def test_publishing_an_agenda_publishes_its_items_and_leaves_proposed_ones(
    planned: Meeting, secretary: User
) -> None:
    item(planned, "proposed")
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    states = sorted(planned.items.values_list("state", flat=True))
    assert states == ["proposed", *["published"] * 4]
    assert (planned.sequence, planned.changed_at) == (1, NOW)


def test_a_closed_item_without_its_ground_keeps_the_whole_agenda_back(
    planned: Meeting, secretary: User
) -> None:
    closed = item(planned, "scheduled", closed=True, exemption="1", public_interest=" ")
    before = everything()
    with pytest.raises(NotPossible, match="closed item needs the ground"):
        publish_agenda(meeting=planned, by=secretary, now=NOW)
    assert Meeting.objects.get().state == "planned"
    assert not AgendaItem.objects.filter(state="published").exists()
    assert everything() == before
    AgendaItem.objects.filter(pk=closed.pk).update(public_interest="A person is named.")
    publish_agenda(meeting=Meeting.objects.get(), by=secretary, now=NOW)
    assert AgendaItem.objects.get(pk=closed.pk).state == "published"


def test_an_empty_agenda_is_not_published(planned: Meeting, secretary: User) -> None:
    planned.items.update(state="withdrawn")
    with pytest.raises(NotPossible, match="no item yet"):
        publish_agenda(meeting=planned, by=secretary, now=NOW)


@pytest.mark.parametrize(("event", "state"), [("postpone", "postponed"), ("cancel", "cancelled")])
def test_a_meeting_that_is_called_off_keeps_its_agenda_and_says_why(
    planned: Meeting, secretary: User, event: str, state: str
) -> None:
    publish_agenda(meeting=planned, by=secretary, now=NOW)
    with pytest.raises(ReasonMissing):
        call_off(meeting=planned, event=event, reason=" ", by=secretary, now=LATE)
    call_off(meeting=planned, event=event, reason="No room.", by=secretary, now=LATE)
    assert (planned.state, planned.sequence, planned.changed_at) == (state, 2, LATE)
    assert planned.items.filter(state="published").count() == 4
    assert planned.agenda_published_at == NOW
    assert AuditEvent.objects.order_by("-sequence")[0].details["reason"] == "No room."


def test_members_and_the_chair_are_told_that_a_meeting_is_off(
    planned: Meeting, secretary: User, chair: User
) -> None:
    member = seated("age").person.user
    call_off(meeting=planned, event="cancel", reason="No room.", by=secretary, now=NOW)
    assert set(Notice.objects.values_list("recipient", flat=True)) == {member.pk, chair.pk}  # type: ignore[union-attr]


def test_a_new_date_asks_everybody_again_and_its_agenda_goes_out_anew(
    planned: Meeting, secretary: User, chair: User
) -> None:
    member = seated("age")
    Attendance.objects.create(
        meeting=planned, person=member.person, membership=member, capacity="seat", reply="coming"
    )
    allow_short_notice(meeting=planned, reason="So.", by=chair, now=LATE, seen=planned.revision)
    publish_agenda(meeting=planned, by=secretary, now=LATE)
    call_off(meeting=planned, event="postpone", reason="No room.", by=secretary, now=LATE)
    new = arranged(day=date(2026, 11, 3), venue="Town hall")
    reschedule(meeting=planned, arrangements=new, by=secretary, now=LATE, seen=planned.revision)
    assert (planned.state, planned.venue, planned.late_reason) == ("planned", "Town hall", "")
    assert planned.starts_at == datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
    assert planned.sequence == 3
    assert Attendance.objects.get().reply == "none"
    # It was told to the public, and stays public.
    assert planned.agenda_published_at == LATE
    again = LATE + timedelta(days=1)
    publish_agenda(meeting=planned, by=secretary, now=again)
    assert planned.agenda_published_at == again


def test_a_new_date_is_refused_for_what_a_plan_is_refused_for(
    planned: Meeting, secretary: User
) -> None:
    call_off(meeting=planned, event="postpone", reason="No room.", by=secretary, now=NOW)
    plan_meeting(body=body(), arrangements=arranged(day=date(2026, 11, 3)), by=secretary, now=NOW)
    for day, words in [(date(2026, 11, 3), "another meeting"), (date(2026, 9, 1), "is over")]:
        with pytest.raises(NotPossible, match=words):
            reschedule(
                meeting=planned, arrangements=arranged(day=day), by=secretary, now=NOW, seen=None
            )
    assert Meeting.objects.get(pk=planned.pk).state == "postponed"


# ---- the table -------------------------------------------------------------------------------


def take(event: str, on: Meeting, by: User) -> None:
    if event == "reschedule":
        reschedule(
            meeting=on,
            arrangements=arranged(day=date(2026, 11, 3)),
            by=by,
            now=NOW,
            seen=on.revision,
        )
    else:
        move_meeting(meeting=on, event=event, by=by, now=NOW, reason="Because.", seen=on.revision)


@pytest.mark.parametrize("state", MEETING.states)
@pytest.mark.parametrize("event", sorted(MINE))
def test_every_step_before_a_meeting_sits_is_taken_or_refused_by_the_table(
    secretary: User, event: str, state: str
) -> None:
    found = meeting(state)
    item(found, "scheduled")
    row = next((r for r in MEETING.possible(state) if r.event == event), None)
    if row is None:
        with pytest.raises(NotPossible, match="cannot be done now"):
            take(event, found, secretary)
        assert Meeting.objects.get().state == state
    else:
        take(event, found, secretary)
        assert Meeting.objects.get().state == row.target
        written = AuditEvent.objects.filter(reference=found.reference, event__endswith=event)
        assert written.get().event == f"forum.meeting.{event}"
        assert Meeting.objects.get().sequence == 1


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ANYONE])
@pytest.mark.parametrize("event", sorted(MINE))
def test_every_step_before_a_meeting_sits_is_for_those_the_table_of_permits_names(
    event: str, role: Role
) -> None:
    row = next(r for r in MEETING.transitions if r.event == event)
    found = meeting(min(row.sources))
    item(found, "scheduled")
    other = meeting(min(row.sources), code="practice", starts_at=STARTS + timedelta(days=1))
    item(other, "scheduled")
    by = holder(role, of_forum=True)
    with pytest.raises(NotPermitted):
        take(event, other, by)
    if role in TABLE[row.action]:
        take(event, found, by)
        assert Meeting.objects.get(pk=found.pk).state == row.target
    else:
        with pytest.raises(NotPermitted):
            take(event, found, by)
        assert Meeting.objects.get(pk=found.pk).state == min(row.sources)


def test_a_step_is_refused_where_somebody_was_quicker(planned: Meeting, secretary: User) -> None:
    for event in ("publish_agenda", "cancel"):
        with pytest.raises(Overtaken):
            move_meeting(meeting=planned, event=event, by=secretary, now=NOW, reason="So.", seen=9)
    with pytest.raises(ValueError, match="does not call a meeting off"):
        call_off(meeting=planned, event="open", reason="So.", by=secretary, now=NOW)


def test_every_other_step_of_a_meeting_belongs_to_the_room_or_to_its_minutes() -> None:
    room = {"open", "adjourn", "resume", "close", "close_inquorate"}
    minutes = {"draft_minutes", "circulate", "approve_minutes"}
    assert set(MEETING.events) == MINE | room | minutes


def test_a_body_meets_again_within_its_share_of_a_year() -> None:
    assert next_meeting_by(date(2026, 10, 6), 4) == date(2027, 1, 5)
    assert next_meeting_by(date(2026, 10, 6), 1) == date(2027, 10, 6)
