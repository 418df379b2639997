"""What nobody was told of in time: noted as too late where it is, once in a digest where not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from openscrutiny.accountability.rules import long_overdue_on
from openscrutiny.base.mail.pages import digest_page
from openscrutiny.base.mail.sending import last_digest
from openscrutiny.base.mail.services import send_again
from openscrutiny.base.mail.tick import tick
from openscrutiny.base.models import Heartbeat, Message, Notice, Person
from openscrutiny.core.calendar import Pause, State, Term, Unit, deadline
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import Attendance, Meeting
from openscrutiny.warehouse import definitions
from tests.apps.mailing import MONDAY, contact, reachable_forum, recorded, sent_question
from tests.apps.meeting_rooms import meeting, somebody
from tests.apps.recommending import Forum
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY
LATE = Message.State.LATE


@pytest.fixture
def f(settings: Any) -> Forum:
    settings.MAIL_SERVER = "smtp://mail.example.org"
    return reachable_forum()


def met(state: str, event: str, *, at: datetime, starts_at: datetime, **fields: Any) -> Meeting:
    """A meeting that somebody was invited to, in the state that an event led to."""
    made = meeting(state, starts_at=starts_at, **fields)
    Attendance.objects.create(meeting=made, person=somebody(), capacity="secretariat")
    recorded(made, event, at=at)
    return made


@pytest.mark.parametrize(
    ("state", "event", "happened", "began", "why"),
    [
        (
            "agenda_published",
            "publish_agenda",
            20,
            10,
            "It was of use until Saturday 24 October 2026",
        ),
        ("approved", "publish_agenda", 400, 380, "It was of use until"),
        ("cancelled", "cancel", 200, 190, "It was of use until"),
        ("postponed", "postpone", 12, 1, "It was of use until Monday 2 November 2026"),
        ("circulated", "circulate", 31, 60, "It was of use until Monday 2 November 2026"),
        ("approved", "circulate", 300, 330, "It was of use until"),
    ],
)
def test_what_is_past_its_use_is_noted_as_not_sent_and_why(
    f: Forum, state: str, event: str, happened: int, began: int, why: str
) -> None:
    met(state, event, at=TUESDAY - happened * DAY, starts_at=TUESDAY - began * DAY)
    tick(TUESDAY)
    tick(TUESDAY + 14 * DAY)
    message = Message.objects.get()
    assert message.state == LATE
    assert why in message.problem
    assert "still on the pages" in message.problem
    assert outbox.outbox == []


def test_nothing_that_is_too_late_is_in_the_next_weekly_mail(f: Forum) -> None:
    met("cancelled", "cancel", at=TUESDAY - 20 * DAY, starts_at=TUESDAY - 10 * DAY)
    tick(TUESDAY)
    assert digest_page(now=TUESDAY).people == 0


def test_what_was_overtaken_while_it_was_of_use_is_neither_told_nor_noted(f: Forum) -> None:
    met("cancelled", "publish_agenda", at=TUESDAY - DAY, starts_at=TUESDAY + 5 * DAY)
    tick(TUESDAY)
    assert not Message.objects.exists()


def test_who_was_told_in_time_is_not_noted_as_told_too_late(f: Forum) -> None:
    met("cancelled", "cancel", at=TUESDAY, starts_at=TUESDAY + 5 * DAY)
    for days in (0, 4, 6, 200):
        tick(TUESDAY + days * DAY)
    assert Message.objects.get().state == Message.State.SENT


def test_what_is_still_open_after_months_is_told_once_in_one_mail(f: Forum) -> None:
    for days in (300, 200, 100):
        sent_question(f, at=TUESDAY - days * DAY)
    tick(TUESDAY)
    assert outbox.outbox == []
    after = last_digest(TUESDAY + 7 * DAY) + DAY
    for later in range(3):
        tick(after + later * DAY)
    to = [one for sent in outbox.outbox for one in sent.to]
    signs = Person.objects.get(name="a-signatory")
    assert to.count(signs.email) == 1
    body = next(sent.body for sent in outbox.outbox if sent.to == [signs.email])
    assert body.count("has not come") == 3
    assert Message.objects.filter(state=LATE).count() == 0


def test_what_became_overdue_this_week_goes_at_once_although_other_things_wait(f: Forum) -> None:
    fresh = sent_question(f, at=datetime(2026, 10, 6, 9, 0, tzinfo=UTC))  # due by 3 November
    sent_question(f, at=TUESDAY - 200 * DAY)
    tick(TUESDAY + DAY)
    assert {m.subject for m in outbox.outbox} == {f"Question {fresh.number}: overdue"}
    waits = Message.objects.filter(state=Message.State.QUEUED)
    assert set(waits.values_list("rule", "digest")) == {("question.long_overdue", True)}


@pytest.mark.parametrize(("days", "digest"), [(3, False), (20, True)])
def test_an_old_event_waits_for_the_weekly_mail_where_that_is_early_enough(
    f: Forum, days: int, digest: bool
) -> None:
    met("cancelled", "cancel", at=TUESDAY - 10 * DAY, starts_at=TUESDAY + days * DAY)
    tick(TUESDAY)
    assert Message.objects.get().digest is digest
    assert len(outbox.outbox) == (0 if digest else 1)


def test_a_meeting_to_come_is_told_of_however_long_ago_its_agenda_went_out(f: Forum) -> None:
    met("agenda_published", "publish_agenda", at=TUESDAY - 60 * DAY, starts_at=TUESDAY + 2 * DAY)
    tick(TUESDAY)
    assert len(outbox.outbox) == 1


def noticed(f: Forum, at: datetime, sequence: int, **fields: Any) -> Notice:
    return Notice.objects.create(
        recipient=f.chair,
        event="accountability.question.submit",
        reference="question:2026-801",
        sequence=sequence,
        text="Words.",
        at=at,
        **fields,
    )


def test_a_notice_on_the_screen_of_long_ago_is_noted_and_a_newer_one_is_in_the_digest(
    f: Forum,
) -> None:
    noticed(f, TUESDAY - 31 * DAY, 1)
    noticed(f, TUESDAY - 29 * DAY, 2)
    noticed(f, TUESDAY - 40 * DAY, 3, seen_at=TUESDAY - 39 * DAY)
    tick(TUESDAY)
    found = dict(Message.objects.values_list("clock_event", "state"))
    assert found == {
        "1:accountability.question.submit": LATE,
        "2:accountability.question.submit": Message.State.QUEUED,
    }


def test_a_tick_looks_back_no_further_than_what_earlier_ones_cannot_have_seen(f: Forum) -> None:
    Heartbeat.objects.create(name="tick", at=TUESDAY - DAY)
    met("cancelled", "cancel", at=TUESDAY - 90 * DAY, starts_at=TUESDAY - 80 * DAY)
    noticed(f, TUESDAY - 90 * DAY, 1)
    tick(TUESDAY)
    assert not Message.objects.exists()


def test_an_installation_that_was_off_for_months_looks_back_over_them(f: Forum) -> None:
    Heartbeat.objects.create(name="tick", at=TUESDAY - 120 * DAY)
    met("cancelled", "cancel", at=TUESDAY - 90 * DAY, starts_at=TUESDAY - 80 * DAY)
    tick(TUESDAY)
    assert Message.objects.get().state == LATE


def test_the_secretariat_sees_what_was_not_sent_and_why_and_may_send_it_all_the_same(
    f: Forum, client: Client
) -> None:
    met("cancelled", "cancel", at=TUESDAY - 20 * DAY, starts_at=TUESDAY - 10 * DAY)
    tick(TUESDAY)
    sign_in(client, f.secretariat)
    answer = client.get("/notices/?show=late")
    text = answer.content.decode()
    assert "Not sent: too late to be of use (1)" in text
    assert "It was of use until Saturday 24 October 2026" in text
    assert "Not yet" not in text
    message = Message.objects.get()
    assert "Send it all the same" in client.get(f"/notices/{message.pk}/").content.decode()
    send_again(message=message, by=f.secretariat, now=TUESDAY)
    tick(TUESDAY)
    message.refresh_from_db()
    assert (message.state, message.problem) == (Message.State.SENT, "")


def test_who_cannot_be_reached_is_not_called_a_failure_of_what_is_too_late(f: Forum) -> None:
    met("cancelled", "cancel", at=TUESDAY - 20 * DAY, starts_at=TUESDAY - 10 * DAY)
    Person.objects.update(email="")
    tick(TUESDAY)
    assert Message.objects.get().state == LATE


def test_somebody_who_came_into_an_office_is_told_of_what_has_long_been_late_in_the_digest(
    f: Forum,
) -> None:
    sent_question(f, at=TUESDAY - 40 * DAY)
    tick(TUESDAY - 7 * DAY)
    outbox.outbox.clear()
    new = contact(person(Role.SIGNATORY, organisation=f.police, name="came-later"))
    tick(TUESDAY + 7 * DAY)
    assert Message.objects.filter(recipient=new, digest=True).exists()
    assert all(sent.to != [new.email] for sent in outbox.outbox)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("length", [1, 5, 20])
def test_a_clock_is_long_overdue_from_the_day_it_says(unit: Unit, length: int) -> None:
    calendar = definitions.calendar(definitions.terms("aldermere"))
    for days in range(30):
        clock = deadline(
            started=TUESDAY - days * DAY,
            term=Term(length, unit),
            calendar=calendar,
            as_of=TUESDAY + 200 * DAY,
        )
        first = long_overdue_on(clock)
        assert first is not None
        noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
        assert clock.state(noon) is State.LONG_OVERDUE
        assert clock.state(noon - DAY) is State.OVERDUE


def test_when_it_is_long_overdue_is_not_known_beyond_the_bank_holidays_or_while_paused() -> None:
    known = definitions.calendar(definitions.terms("aldermere"))
    calendar = replace(known, known_until=TUESDAY.date() + 40 * DAY)
    said: dict[str, Any] = {"started": TUESDAY, "calendar": calendar, "as_of": TUESDAY + 9 * DAY}
    late = deadline(term=Term(20, Unit.WORKING), **said)
    assert late.due_on is not None
    assert long_overdue_on(late) is None
    still = Pause(TUESDAY + DAY, None, "asked what was meant")
    assert long_overdue_on(deadline(term=Term(5, Unit.CALENDAR), pauses=[still], **said)) is None
