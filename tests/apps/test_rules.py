"""Who is told of what: clocks of answers, meetings, seats; once each, and nothing confidential."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from openscrutiny.accountability import rules as clocks
from openscrutiny.accountability.models import Pause, Question
from openscrutiny.base.mail.letters import letters
from openscrutiny.base.mail.rules import INVITATION, Contacts, words_of_rules
from openscrutiny.base.mail.tick import tick
from openscrutiny.base.models import AccessNeeds, Message, Notice, Person
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import ActionPoint, Attendance, Meeting, Membership
from openscrutiny.forum.services.guests import RULE as GUEST
from openscrutiny.warehouse import definitions
from tests.apps.mailing import MONDAY, SECRET, contact, reachable_forum, recorded, sent_question
from tests.apps.meeting_rooms import item, meeting, seated, somebody
from tests.apps.recommending import Forum, bring, issued, part_of
from tests.people import person

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# Sent on this Monday an answer is due by the end of Monday 2 March 2026, 20 working days later.
SENT = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def f(settings: Any) -> Forum:
    settings.MAIL_SERVER = "smtp://mail.example.org"
    return reachable_forum()


def on(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def told(reference: str = "") -> set[tuple[str, str]]:
    """Which rule told whom."""
    rows = Message.objects.exclude(rule="notice").exclude(state="late")
    found = rows.filter(reference=reference) if reference else rows
    return set(found.values_list("rule", "recipient__name"))


# ---- clocks of questions ------------------------------------------------------------------------

ASKED = {"a-drafter", "a-signatory"}


@pytest.mark.parametrize(
    ("now", "rule", "people"),
    [
        (on(2026, 2, 13), None, set()),
        (on(2026, 2, 16), "question.reminder", ASKED),  # 10 working days before
        (on(2026, 2, 20), "question.reminder", ASKED),
        (on(2026, 3, 3), "question.overdue", {"a-signatory", "the-secretariat"}),
        (
            on(2026, 3, 31),
            "question.long_overdue",
            {"a-signatory", "the-secretariat", "the-chair"},
        ),
    ],
)
def test_a_clock_tells_the_right_people_at_each_step_of_the_ladder(
    f: Forum, now: datetime, rule: str | None, people: set[str]
) -> None:
    question = sent_question(f, at=SENT)
    tick(now)
    assert told(question.reference) == {(rule, one) for one in people}


def test_what_is_due_soon_is_said_besides_the_reminder(f: Forum) -> None:
    question = sent_question(f, at=SENT)
    tick(on(2026, 2, 27))
    assert {rule for rule, _ in told(question.reference)} == {
        "question.reminder",
        "question.due_soon",
    }


def test_the_overdue_notice_goes_at_once_and_the_reminder_waits_for_the_digest(f: Forum) -> None:
    sent_question(f, at=SENT)
    tick(on(2026, 2, 17))
    assert outbox.outbox == []
    tick(on(2026, 3, 3))
    assert [m.subject.partition(": ")[2] for m in outbox.outbox].count("overdue") == 2
    assert {m.state for m in Message.objects.filter(rule="question.overdue")} == {"sent"}


def test_the_last_day_is_not_late_and_its_next_working_day_is(f: Forum) -> None:
    question = sent_question(f, at=SENT - 3 * DAY)  # due by the end of Friday 27 February
    tick(on(2026, 2, 27, 23))
    assert not Message.objects.filter(rule="question.overdue").exists()
    tick(on(2026, 3, 1))  # a Sunday: the ladder counts working days
    assert not Message.objects.filter(rule="question.overdue").exists()
    tick(on(2026, 3, 2, 1))
    text = Message.objects.filter(rule="question.overdue").values_list("text", flat=True)[0]
    assert text == (
        f"The answer to question {question.number} has not come. "
        "It was due by the end of Friday 27 February 2026."
    )


def test_a_second_tick_and_one_an_hour_later_tell_nobody_again(f: Forum) -> None:
    sent_question(f, at=SENT)
    for later in range(3):
        tick(on(2026, 3, 3, 12 + later))
    assert len(outbox.outbox) == 2
    assert Message.objects.filter(rule="question.overdue").count() == 2


def test_a_new_bank_holiday_moves_the_clock_and_tells_of_the_new_day(
    f: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = sent_question(f, at=SENT)
    tick(on(2026, 2, 17))
    known = definitions.calendar(definitions.terms("aldermere"))
    more = replace(known, closed={**known.closed, date(2026, 2, 25): "A day of mourning"})
    monkeypatch.setattr(definitions, "calendar", lambda terms: more)
    tick(on(2026, 2, 18))
    tick(on(2026, 2, 18))
    events = Message.objects.filter(rule="question.reminder", recipient__name="a-signatory")
    assert sorted(events.values_list("clock_event", flat=True)) == [
        "due 2026-03-02",
        "due 2026-03-03",
    ]
    assert question.reference == events[0].reference


def test_a_pause_moves_the_clock_and_says_nothing_while_it_lasts(f: Forum) -> None:
    question = sent_question(f, at=SENT)
    pause = Pause.objects.create(
        question=question, since=on(2026, 2, 4), asked=SECRET, asked_by=f.drafter
    )
    Question.objects.filter(pk=question.pk).update(state="clarifying")
    tick(on(2026, 4, 1))
    assert told(question.reference) == set()
    pause.until = on(2026, 4, 1)
    pause.save()
    Question.objects.filter(pk=question.pk).update(state="issued")
    tick(on(2026, 4, 2))
    assert told(question.reference) == set()
    tick(on(2026, 5, 8))
    assert {rule for rule, _ in told(question.reference)} == {"question.overdue"}


def test_an_answered_question_tells_nobody(f: Forum) -> None:
    question = sent_question(f, at=SENT)
    Question.objects.filter(pk=question.pk).update(state="answered")
    tick(on(2026, 5, 1))
    assert told() == set()


def test_nobody_of_another_organisation_is_told_of_a_clock(f: Forum) -> None:
    contact(person(Role.SIGNATORY, organisation=f.housing, name="of-housing"))
    sent_question(f, at=SENT)
    for now in (on(2026, 2, 17), on(2026, 3, 3), on(2026, 4, 3)):
        tick(now)
    assert "of-housing" not in {name for _, name in told()}


# ---- clocks of recommendations ------------------------------------------------------------------


def test_a_response_to_a_recommendation_is_chased_as_an_answer_is(f: Forum) -> None:
    part = part_of(issued(f, at=SENT))  # 56 days: due by the end of Monday 30 March
    tick(on(2026, 3, 17))
    assert {rule for rule, _ in told(part.reference)} == {"part.reminder"}
    tick(on(2026, 3, 31))
    assert ("part.overdue", "the-secretariat") in told(part.reference)
    tick(on(2026, 5, 27))
    assert ("part.long_overdue", "the-chair") in told(part.reference)


def test_a_part_without_news_for_90_days_is_told_of_once(f: Forum) -> None:
    part = bring(f, part_of(issued(f)), "in_progress")
    tick(MONDAY + 90 * DAY)
    assert told(part.reference) == set()
    for later in (92, 93, 99):
        tick(MONDAY + later * DAY)
    assert told(part.reference) == {
        ("part.stalled", "a-drafter"),
        ("part.stalled", "a-signatory"),
        ("part.stalled", "the-secretariat"),
    }
    assert Message.objects.filter(rule="part.stalled").count() == 3


def test_clocks_are_read_in_as_many_queries_for_many_as_for_few(f: Forum) -> None:
    def asked(now: datetime) -> int:
        contacts = Contacts.on(now.date())
        with CaptureQueriesContext(connection) as counted:
            list(clocks.alerts(now, contacts))
        return len(counted)

    sent_question(f, at=SENT)
    issued(f, at=SENT)
    few = asked(on(2026, 4, 3))
    for _ in range(10):
        sent_question(f, at=SENT)
    issued(f, limbs=4, at=SENT)
    assert asked(on(2026, 4, 3)) == few


# ---- meetings and seats -------------------------------------------------------------------------

INVITED = {"Ada Invited", "Ben Invited"}


def planned(state: str, event: str, *, at: datetime = MONDAY, **fields: Any) -> Meeting:
    """A meeting with two invited people, in a state that an event led to."""
    starts = fields.pop("starts_at", MONDAY + 20 * DAY)
    made = meeting(state, starts_at=starts, heading=SECRET, venue=SECRET, **fields)
    for name, capacity in (("Ada Invited", "secretariat"), ("Ben Invited", "presenter")):
        one = somebody(name)
        Attendance.objects.create(meeting=made, person=one, capacity=capacity)
    recorded(made, event, at=at)
    return made


@pytest.mark.parametrize(
    ("state", "event", "rule", "said"),
    [
        ("agenda_published", "publish_agenda", "meeting.agenda", "is published"),
        ("cancelled", "cancel", "meeting.cancelled", "is cancelled"),
        ("postponed", "postpone", "meeting.postponed", "is postponed"),
        ("planned", "reschedule", "meeting.moved", "it is now on Sunday 22 November 2026, 10:00"),
        ("agenda_published", "move", "meeting.moved", "has moved"),
    ],
)
def test_everybody_invited_is_told_at_once_what_became_of_a_meeting(
    f: Forum, state: str, event: str, rule: str, said: str
) -> None:
    made = planned(state, event)
    tick(MONDAY)
    tick(MONDAY + DAY)
    assert told(made.reference) == {(rule, name) for name in INVITED}
    assert len(outbox.outbox) == 2
    assert all(said in m.body for m in outbox.outbox)


def test_minutes_are_told_of_after_the_meeting_and_an_agenda_is_not(f: Forum) -> None:
    past = MONDAY - 10 * DAY
    made = planned("circulated", "circulate", starts_at=past)
    other = planned("agenda_published", "publish_agenda", starts_at=past)
    tick(MONDAY)
    # Who only presented does not correct the minutes, and is not asked to.
    assert told(made.reference) == {("meeting.minutes", "Ada Invited")}
    assert told(other.reference) == set()


def test_what_was_overtaken_before_anybody_was_told_is_not_told(f: Forum) -> None:
    made = planned("cancelled", "publish_agenda", at=MONDAY - DAY)
    recorded(made, "cancel", at=MONDAY)
    tick(MONDAY)
    assert {rule for rule, _ in told(made.reference)} == {"meeting.cancelled"}


def test_a_meeting_that_moves_twice_is_told_of_twice(f: Forum) -> None:
    made = planned("planned", "reschedule")
    tick(MONDAY)
    recorded(made, "reschedule", at=MONDAY + DAY)
    tick(MONDAY + DAY)
    assert Message.objects.filter(rule="meeting.moved").count() == 4


def test_old_events_tell_nobody_where_mail_is_set_up_late(f: Forum) -> None:
    planned("circulated", "circulate", at=MONDAY - 31 * DAY, starts_at=MONDAY - 40 * DAY)
    planned("agenda_published", "publish_agenda", at=MONDAY - 31 * DAY, starts_at=MONDAY - 20 * DAY)
    tick(MONDAY)
    assert told() == set()


def test_where_nobody_was_invited_those_in_seats_on_the_day_are_told(f: Forum) -> None:
    sits = seated("health")
    gone = seated("housing", until=MONDAY.date())
    made = meeting("cancelled", starts_at=MONDAY + 20 * DAY)
    recorded(made, "cancel", at=MONDAY)
    tick(MONDAY)
    names = {name for rule, name in told(made.reference) if rule == "meeting.cancelled"}
    assert names == {sits.person.name}
    assert gone.person.name not in names


def test_a_notice_of_what_a_statutory_mail_said_does_not_wait_for_the_digest(f: Forum) -> None:
    made = planned("cancelled", "cancel")
    user = person(Role.MEMBER)
    one = contact(user)
    Attendance.objects.create(meeting=made, person=one, capacity="secretariat")
    from openscrutiny.base.models import AuditEvent

    row = AuditEvent.objects.get(reference=made.reference)
    for sequence in (row.sequence, row.sequence + 1):
        Notice.objects.create(
            recipient=user,
            event="forum.meeting.cancel",
            reference=made.reference,
            sequence=sequence,
            text="Words.",
            at=MONDAY,
        )
    tick(MONDAY)
    mine = Message.objects.filter(recipient=one).values_list("rule", flat=True)
    assert sorted(mine) == ["meeting.cancelled", "notice"]


def test_a_term_that_ends_within_90_days_is_told_to_who_sits_there_and_to_the_secretariat(
    f: Forum,
) -> None:
    ends = MONDAY.date() + 90 * DAY
    row = seated("health", until=ends)
    seated("housing", until=ends + DAY)
    seated("education", until=MONDAY.date() - DAY)
    tick(MONDAY)
    tick(MONDAY + DAY - timedelta(hours=12))
    names = {name for rule, name in told() if rule == "seat.ending"}
    assert names == {row.person.name, "the-secretariat"}
    texts = " ".join(Message.objects.values_list("text", flat=True))
    assert "health" not in texts
    assert row.person.name not in texts
    assert Membership.objects.filter(until=ends).count() == 1


# ---- promises made in the room ------------------------------------------------------------------

PROMISED = date(2026, 3, 16)
_THEIRS = {"a-drafter", "a-signatory"}


def a_promise(f: Forum, *, state: str = "open", carried_to: date | None = None) -> ActionPoint:
    return ActionPoint.objects.create(
        number="2026-901", state=state, item=item(meeting("held", starts_at=SENT), "decided"),
        sort="undertaking", text=SECRET, key=uuid4(), owner=f.police, due_on=PROMISED,
        carried_to=carried_to, created_by=f.secretariat, created_at=SENT,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "rule", "people"),
    [
        (on(2026, 3, 8), None, set()),
        (on(2026, 3, 9), "action.due_soon", _THEIRS),
        (on(2026, 3, 16, 23), "action.due_soon", _THEIRS),
        (on(2026, 3, 17), "action.overdue", {*_THEIRS, "the-secretariat"}),
    ],
)
def test_what_was_promised_in_the_room_is_told_before_and_after_its_day(
    now: datetime, rule: str | None, people: set[str], f: Forum
) -> None:
    made = a_promise(f)
    tick(now)
    tick(now + timedelta(minutes=5))
    assert told(made.reference) == {(rule, name) for name in people}
    assert SECRET not in " ".join(Message.objects.values_list("text", flat=True))


def test_a_promise_that_was_carried_forward_is_told_of_anew_and_one_that_is_done_is_not(
    f: Forum,
) -> None:
    made = a_promise(f)
    tick(on(2026, 3, 17))
    ActionPoint.objects.update(state="carried_forward", carried_to=date(2026, 4, 20))
    tick(on(2026, 3, 18))
    assert not Message.objects.filter(clock_event="due 2026-04-20").exists()
    tick(on(2026, 4, 21))
    late = Message.objects.filter(reference=made.reference, rule="action.overdue")
    assert set(late.values_list("clock_event", flat=True)) == {"due 2026-03-16", "due 2026-04-20"}
    before = Message.objects.count()
    ActionPoint.objects.update(state="claimed_done", carried_to=date(2026, 4, 27))
    tick(on(2026, 4, 29))
    assert Message.objects.count() == before


# ---- nothing confidential -----------------------------------------------------------------------


def everything(f: Forum) -> None:
    """Everything a rule may tell of, with the secret in every field somebody types into."""
    for person_ in Person.objects.all():
        AccessNeeds.objects.create(person=person_, text=SECRET, changed_at=MONDAY)
    a_promise(f, carried_to=MONDAY.date() + 10 * DAY)
    for days in (35, 17, 10, 200):
        sent_question(f, at=MONDAY - days * DAY)
    for state in ("issued", "in_progress"):
        made = issued(f, at=MONDAY)
        bring(f, part_of(made), state)
        made.limbs.update(text=SECRET, success=SECRET)
        type(made).objects.filter(pk=made.pk).update(heading=SECRET, why=SECRET)
    for state, event in (
        ("agenda_published", "publish_agenda"),
        ("cancelled", "cancel"),
        ("postponed", "postpone"),
        ("planned", "reschedule"),
        ("circulated", "circulate"),
    ):
        made_meeting = planned(state, event, access=SECRET, joining=SECRET, late_reason=SECRET)
        item(made_meeting, heading=SECRET)
    seated("health", until=MONDAY.date() + 30 * DAY)
    Notice.objects.create(
        recipient=f.chair,
        event="accountability.question.submit",
        reference="question:2026-801",
        sequence=10**6,
        text=f"Question “{SECRET}” was submitted.",
        at=MONDAY,
    )


def test_no_rule_puts_what_anybody_typed_into_a_mail_or_a_letter(
    f: Forum, caplog: pytest.LogCaptureFixture
) -> None:
    everything(f)
    Person.objects.filter(name__in=["the-chair", "Ada Invited"]).update(
        by_post=True, postal_address="1 Mill Lane"
    )
    for later in range(0, 240, 6):
        tick(MONDAY + later * DAY)
    asked = set(Message.objects.values_list("rule", flat=True))
    assert asked == set(words_of_rules()) - {INVITATION, GUEST}
    assert len(outbox.outbox) > 20
    for sent in outbox.outbox:
        assert SECRET not in sent.subject + sent.body + str(sent.alternatives)
        assert not any(one in sent.body for one in sent.to)
    printed = letters(MONDAY + 300 * DAY)
    assert printed
    assert SECRET not in str(printed)
    assert SECRET not in caplog.text
    addresses = Person.objects.exclude(email="").values_list("email", flat=True)
    assert not any(one in caplog.text for one in addresses)
