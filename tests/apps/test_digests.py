"""What a digest says of notices: nothing overtaken, nothing twice, and what each is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.mail.digests import look_over
from openscrutiny.base.mail.pages import digest_page
from openscrutiny.base.mail.sending import next_digest
from openscrutiny.base.mail.services import send_again
from openscrutiny.base.mail.tick import tick
from openscrutiny.base.models import Message, Notice, Person, User
from openscrutiny.core.permits import Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Meeting
from openscrutiny.forum.services.meetings import call_off, plan_meeting, publish_agenda, reschedule
from tests.apps.mailing import contact
from tests.apps.meeting_rooms import arranged, body, seated
from tests.people import person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = next_digest(NOW + 4 * HOUR)


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    settings.MAIL_SERVER = "smtp://mail.example.org"


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def chair() -> Person:
    """Somebody who has notices of meetings and is invited to none."""
    return contact(person(Role.CHAIR, organisation=body()))


@pytest.fixture
def published(secretary: User, chair: Person) -> Meeting:
    """A meeting with somebody in a seat, whom its publication invites."""
    seated("age")
    made = plan_meeting(body=body(), arrangements=arranged(), by=secretary, now=NOW)
    publish_agenda(meeting=made, by=secretary, now=NOW)
    tick(NOW)
    return made


def put_off_and_cancel(on: Meeting, by: User) -> None:
    call_off(meeting=on, event="postpone", reason="Chair ill", by=by, now=NOW + HOUR)
    tick(NOW + HOUR)
    new = arranged(day=date(2026, 11, 3))
    reschedule(meeting=on, arrangements=new, by=by, now=NOW + 2 * HOUR, seen=on.revision)
    tick(NOW + 2 * HOUR)
    call_off(meeting=on, event="cancel", reason="No room", by=by, now=NOW + 3 * HOUR)
    tick(NOW + 3 * HOUR)


def test_a_digest_says_what_became_of_a_meeting_last_with_its_name_and_day(
    published: Meeting, secretary: User, chair: Person
) -> None:
    put_off_and_cancel(published, secretary)
    outbox.outbox.clear()
    said = f"Quarterly meeting, Tuesday 3 November 2026: Meeting {published.number} is cancelled."
    page = digest_page(now=NOW + 4 * HOUR)
    assert [[one.text for one in line.mail.said] for line in page.shown] == [[said]]
    tick(DIGEST)
    tick(DIGEST + HOUR)
    (mail,) = outbox.outbox
    assert mail.to == [chair.email]
    assert said in mail.body
    assert mail.subject == said
    for old in ("postponed", "new date", "has its agenda", "ill", "No room"):
        assert old not in mail.body
    mine = Message.objects.filter(recipient=chair).order_by("pk")
    assert [m.state for m in mine] == ["overtaken"] * 3 + ["sent"]
    assert all("a later notice tells" in m.problem for m in mine[:3])


def test_what_a_rule_told_at_once_in_the_meantime_is_not_said_again(
    published: Meeting, secretary: User, chair: Person
) -> None:
    (waits,) = Message.objects.filter(recipient=chair)
    assert waits.digest
    published.attendances.create(person=chair, capacity="presenter")
    tick(NOW + HOUR)
    assert sum(mail.to == [chair.email] for mail in outbox.outbox) == 1
    tick(DIGEST)
    assert sum(mail.to == [chair.email] for mail in outbox.outbox) == 1
    waits.refresh_from_db()
    assert waits.state == "overtaken"
    assert "told at once" in waits.problem
    with pytest.raises(NotPossible, match="what became of it"):
        send_again(message=waits, by=secretary, now=DIGEST)


def test_what_a_rule_could_not_deliver_stays_in_the_digest(
    published: Meeting, chair: Person
) -> None:
    published.attendances.create(person=chair, capacity="presenter")
    tick(NOW + HOUR)
    Message.objects.filter(recipient=chair, digest=False).update(state="bounced")
    outbox.outbox.clear()
    tick(DIGEST)
    assert [mail.to for mail in outbox.outbox] == [[chair.email]]


def test_a_change_of_the_arrangements_overtakes_no_step(published: Meeting, chair: Person) -> None:
    user = chair.user
    assert user is not None
    Notice.objects.create(
        recipient=user, event="forum.meeting.change", reference=published.reference,
        sequence=10**6, text="Another room.", at=NOW,
    )  # fmt: skip
    (waits,) = Message.objects.filter(recipient=chair)
    assert look_over([waits]).kept == (waits,)


def test_a_meeting_that_is_not_public_is_called_by_its_number_alone(
    secretary: User, chair: Person
) -> None:
    made = plan_meeting(
        body=body(), arrangements=arranged(heading="A secret matter"), by=secretary, now=NOW
    )
    call_off(meeting=made, event="cancel", reason="So", by=secretary, now=NOW)
    tick(NOW)
    tick(DIGEST)
    (mail,) = outbox.outbox
    assert f"Meeting {made.number} is cancelled." in mail.body
    assert "secret" not in mail.body + mail.subject


def test_a_digest_is_looked_over_in_as_many_queries_for_many_as_for_few(
    published: Meeting, chair: Person
) -> None:
    (waits,) = Message.objects.filter(recipient=chair).select_related("recipient")

    def queries(number: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            look_over([waits] * number)
        return len(asked)

    assert queries(1) == queries(30)
    assert look_over([]).kept == ()
