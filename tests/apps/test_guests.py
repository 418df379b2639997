"""Guests: invited without a seat, and answering themselves, signed in or at an address."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from openscrutiny.base.log_redaction import SecretAddressFilter, redacted
from openscrutiny.base.mail.sending import send_waiting
from openscrutiny.base.models import AccessNeeds, AuditEvent, Message, Organisation, Person, User
from openscrutiny.core.machines import MEETING
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, GuestAddress, Meeting
from openscrutiny.forum.services import guests
from openscrutiny.forum.services.invitations import NOT_OVER
from tests.apps.meeting_rooms import body, item, meeting, seated, somebody
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

SITE = "https://forum.example.org"
LEADS_NOWHERE = "This address cannot be used"


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    settings.MAIL_SERVER = "smtp://mail.example.org"


@pytest.fixture
def secretary() -> User:
    return person(Role.SECRETARIAT, organisation=body())


@pytest.fixture
def on() -> Meeting:
    """A meeting three weeks ahead of the clock of the pages, whose agenda is not out."""
    return meeting(starts_at=timezone.now() + timedelta(days=21), joining="Meeting code 123 456")


@pytest.fixture
def under(on: Meeting) -> AgendaItem:
    return item(
        on, "scheduled", heading="Online abuse", closed=True, closed_heading="The case of one man",
        exemption="1", public_interest="He could be recognised.", text="What befell him.",
    )  # fmt: skip


def invited(on: Meeting, by: User, who: Person | None = None, **said: Any) -> Attendance:
    given: dict[str, Any] = {"capacity": "presenter", "site": SITE, "now": timezone.now()}
    made, _ = guests.invite_guest(
        meeting=on, person=who or somebody("Ada Guest"), by=by, **(given | said)
    )
    return made


def address_in_the_mail() -> str:
    send_waiting(timezone.now() + timedelta(minutes=1))
    found = re.search(rf"{SITE}(/invitation/\S+/)", outbox.outbox[-1].body)
    assert found is not None
    return found[1]


# ---- at an address of their own ------------------------------------------------------------------


def test_a_guest_without_an_account_answers_at_the_address_in_their_mail(
    on: Meeting, under: AgendaItem, secretary: User, client: Client
) -> None:
    row = invited(on, secretary, presents=under)
    address = address_in_the_mail()
    assert outbox.outbox[-1].to == [row.person.email]
    shown = client.get(address)
    page = shown.content.decode()
    assert shown.status_code == 200
    for words in (on.heading, on.venue, "Online abuse", "Presenting or answering"):
        assert words in page
    refused = client.post(address, {"needs": "A hearing loop."})
    assert refused.status_code == 422
    assert "A hearing loop.</textarea>" in refused.content.decode().replace("\n", "")
    sent = {"answer": "remote", "needs": "A hearing loop."}
    done = client.post(address, sent, follow=True).content.decode()
    assert "Your answer is recorded" in done
    assert "Will take part from elsewhere. You may change it" in done
    row.refresh_from_db()
    assert row.reply == "remote"
    assert AccessNeeds.objects.get(person=row.person).text == "A hearing loop."
    # Changed again, and what they need stays where nothing is written.
    client.post(address, {"answer": "apologies", "needs": ""})
    row.refresh_from_db()
    assert row.reply == "apologies"
    assert AccessNeeds.objects.get(person=row.person).text == "A hearing loop."


def test_nothing_confidential_stands_at_the_address(
    on: Meeting, under: AgendaItem, secretary: User, client: Client
) -> None:
    row = invited(on, secretary, presents=under)
    AccessNeeds.objects.create(person=row.person, text="Sits down often.", changed_at=on.changed_at)
    page = client.get(address_in_the_mail()).content.decode()
    for secret in (
        "Sits down often.", "Ada Guest", row.person.email, "The case of one man",
        "What befell him.", "Meeting code 123 456",
    ):  # fmt: skip
        assert secret not in page
        assert secret not in outbox.outbox[-1].body
    assert "Online abuse" not in outbox.outbox[-1].body


def test_the_answer_is_kept_by_nobody_and_tells_no_other_site_where_it_was(
    on: Meeting, secretary: User, client: Client
) -> None:
    invited(on, secretary)
    address = address_in_the_mail()
    for answer in (
        client.get(address), client.post(address, {}), client.post(address, {"answer": "coming"}),
        client.get("/invitation/wrong/"),
    ):  # fmt: skip
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex"


def test_a_browser_that_sends_no_origin_and_has_no_cookie_can_answer(
    on: Meeting, secretary: User
) -> None:
    row = invited(on, secretary)
    strict = Client(enforce_csrf_checks=True)
    told = {"origin": "null"}
    address = address_in_the_mail()
    assert strict.post(address, {"answer": "coming"}, headers=told).status_code == 302
    row.refresh_from_db()
    assert row.reply == "coming"


def test_only_a_hash_is_kept_and_the_secret_stands_nowhere_once_it_was_sent(
    on: Meeting, secretary: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    row = invited(on, secretary)
    address = address_in_the_mail()
    client.post(address, {"answer": "coming"})
    secret = address.split("/")[2]
    assert len(secret) >= 43
    assert GuestAddress.objects.get().secret_hash != secret
    kept = [str(m.__dict__) for m in Message.objects.all()]
    kept += [str(e.__dict__) for e in AuditEvent.objects.all()]
    assert not any(secret in one for one in kept)
    # The text of the mail itself is what the test's outbox holds.
    assert secret not in caplog.text
    event = AuditEvent.objects.filter(event="forum.meeting.reply").get()
    assert (event.actor, event.acting_as) == (None, "")
    assert event.details == {"reply": "coming", "attendance": row.pk}


def test_wrong_and_used_up_addresses_get_one_and_the_same_page(
    on: Meeting, secretary: User, client: Client
) -> None:
    row = invited(on, secretary)
    old = address_in_the_mail()
    now = timezone.now()
    new = guests.make_address(attendance=row, by=secretary, now=now)
    assert client.get(new).status_code == 200
    wrong = [client.get("/invitation/wrong/"), client.get(old), client.post(old, {"answer": "x"})]
    for state in set(MEETING.states) - set(NOT_OVER):
        Meeting.objects.filter(pk=on.pk).update(state=state)
        wrong.append(client.get(new))
    Meeting.objects.filter(pk=on.pk).update(
        state="in_session", starts_at=now - timedelta(hours=3), ends_at=now - timedelta(minutes=1)
    )
    wrong.append(client.post(new, {"answer": "coming"}))
    assert {r.status_code for r in wrong} == {404}
    assert len({r.content for r in wrong}) == 1
    assert LEADS_NOWHERE in wrong[0].content.decode()
    row.refresh_from_db()
    assert row.reply == "none"
    with pytest.raises(NotPossible, match=LEADS_NOWHERE):
        guests.answer_by_address(token=new.split("/")[2], reply="coming", needs="", now=now)


def test_an_address_ends_with_the_invitation_and_once_they_have_an_account(
    on: Meeting, secretary: User, client: Client
) -> None:
    row = invited(on, secretary)
    address = address_in_the_mail()
    Person.objects.filter(pk=row.person_id).update(user=person(Role.DRAFTER))
    assert client.get(address).status_code == 404
    Person.objects.filter(pk=row.person_id).update(user=None)
    assert client.get(address).status_code == 200
    row.delete()
    assert client.get(address).status_code == 404


def test_guessing_addresses_is_stopped(client: Client) -> None:
    for _ in range(30):
        assert client.get("/invitation/guess/").status_code == 404
    stopped = client.get("/invitation/guess/")
    assert stopped.status_code == 429
    assert stopped["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("reply", ["substitute", "none", "fly"])
def test_a_guest_sends_nobody_in_their_place(
    on: Meeting, secretary: User, client: Client, reply: str
) -> None:
    row = invited(on, secretary)
    address = address_in_the_mail()
    assert client.post(address, {"answer": reply}).status_code == 422
    with pytest.raises(NotPossible, match="nobody comes in their place"):
        guests.answer_by_address(
            token=address.split("/")[2], reply=reply, needs="", now=timezone.now()
        )
    row.refresh_from_db()
    assert row.reply == "none"


# ---- with an account -----------------------------------------------------------------------------


def test_a_guest_with_an_account_answers_on_the_page_of_the_meeting_and_finds_it_in_their_work(
    on: Meeting, under: AgendaItem, secretary: User, client: Client
) -> None:
    account = person(Role.DRAFTER)
    row = invited(on, secretary, somebody(user=account), presents=under)
    assert not Message.objects.exists()
    sign_in(client, account)
    assert f'href="{on.href}#answer"' in client.get("/your-work/").content.decode()
    page = client.get(on.href).content.decode()
    assert "Presenting or answering: Online abuse" in page
    assert "The case of one man" not in page
    address = f"{on.href}invited/{row.pk}/"
    assert address in page
    sent = {"answer": "coming", "needs": "Step-free access."}
    done = client.post(address, sent, follow=True).content.decode()
    assert "Your answer: <strong>will attend</strong>" in done
    assert AccessNeeds.objects.get(person=row.person).text == "Step-free access."
    assert f'href="{on.href}#answer"' not in client.get("/your-work/").content.decode()
    event = AuditEvent.objects.filter(event="forum.meeting.reply").get()
    assert event.actor == account.pk


def test_a_guest_whose_account_holds_no_role_answers_as_well(
    on: Meeting, secretary: User, client: Client
) -> None:
    account = person(Role.MEMBER, organisation=Organisation.objects.create(
        code="elsewhere", name="Elsewhere", kind="subgroup"
    ))  # fmt: skip
    account.roles.all().delete()
    row = invited(on, secretary, somebody(user=account))
    sign_in(client, account)
    done = client.post(f"{on.href}invited/{row.pk}/", {"answer": "apologies"}, follow=True)
    assert done.status_code == 200
    row.refresh_from_db()
    assert row.reply == "apologies"


def test_nobody_answers_as_somebody_elses_guest(
    on: Meeting, secretary: User, client: Client
) -> None:
    theirs = invited(on, secretary, somebody(user=person(Role.DRAFTER)))
    without = invited(on, secretary)
    Meeting.objects.filter(pk=on.pk).update(agenda_published_at=timezone.now())
    other = person(Role.CLEARER)
    for visitor in (client, sign_in(Client(), other)):
        for row in (theirs, without):
            address = f"{on.href}invited/{row.pk}/"
            # Nobody is signed in, and that is nobody: not everybody who has no account.
            assert visitor.get(address).status_code == 403
            assert visitor.post(address, {"answer": "coming"}).status_code == 403
    given: dict[str, Any] = {"reply": "coming", "needs": "", "now": timezone.now()}
    for by, why in ((other, "whoever is invited to the meeting"), (secretary, "somebody else's")):
        with pytest.raises(NotPermitted, match=why):
            guests.answer_as_guest(attendance=theirs, by=by, **given)
    assert set(Attendance.objects.values_list("reply", flat=True)) == {"none"}


# ---- by the secretariat --------------------------------------------------------------------------


def test_somebody_new_is_invited_for_an_item_and_written_to_at_once(
    on: Meeting, under: AgendaItem, secretary: User, client: Client
) -> None:
    sign_in(client, secretary)
    address = f"{on.href}invited/new/"
    sent = {"name": "Grace Guest", "email": "grace@example.org", "capacity": "presenter"}
    refused = client.post(address, {**sent, "capacity": "", "presents": under.pk})
    assert refused.status_code == 422
    assert "Grace Guest" in refused.content.decode()
    done = client.post(address, {**sent, "presents": under.pk}, follow=True).content.decode()
    row = Attendance.objects.get()
    assert (row.person.name, row.presents, row.capacity) == ("Grace Guest", under, "presenter")
    assert "An address to answer at goes to them by e-mail." in done
    assert "for: Online abuse" in done
    assert Message.objects.get().recipient == row.person
    # Who is known, without an e-mail address, is invited all the same.
    known = somebody(email="")
    sent = {"person": str(known.pk), "capacity": "observer"}
    done = client.post(address, sent, follow=True).content.decode()
    assert "goes to them by e-mail" not in done
    assert Message.objects.count() == 1


def test_an_item_of_another_meeting_is_refused(on: Meeting, secretary: User) -> None:
    elsewhere = item(meeting())
    with pytest.raises(NotPossible, match="agenda of another meeting"):
        invited(on, secretary, presents=elsewhere)
    assert not Attendance.objects.exists()


def test_an_address_is_sent_again_or_shown_once_and_the_one_before_it_ends(
    on: Meeting, secretary: User, client: Client
) -> None:
    row = invited(on, secretary)
    first = address_in_the_mail()
    sign_in(client, secretary)
    place = f"{on.href}invited/{row.pk}/address/"
    assert f'href="{place}"' in client.get(f"{on.href}invited/").content.decode()
    assert client.get(place).status_code == 200
    shown = client.post(place, {"step": "show"})
    made = re.search(r"http://testserver(/invitation/\S+?/)<", shown.content.decode())
    assert made is not None
    assert "no-store" in shown["Cache-Control"]
    assert Client().get(made[1]).status_code == 200
    assert Client().get(first).status_code == 404
    assert client.post(place, {"step": "send"}, follow=True).status_code == 200
    assert Client().get(made[1]).status_code == 404
    # What waited with an older address is not sent any more.
    client.post(place, {"step": "send"})
    waiting = Message.objects.filter(state=Message.State.QUEUED)
    assert waiting.count() == 1


def test_without_a_mail_server_or_an_e_mail_address_it_is_handed_over(
    on: Meeting, secretary: User, client: Client, settings: Any
) -> None:
    silent = invited(on, secretary, somebody(email=""))
    sign_in(client, secretary)
    place = f"{on.href}invited/{silent.pk}/address/"
    assert "Send a new address" not in client.get(place).content.decode()
    refused = client.post(place, {"step": "send"})
    assert refused.status_code == 409
    assert "No e-mail address is known" in refused.content.decode()
    settings.MAIL_SERVER = ""
    row = invited(on, secretary)
    refused = client.post(f"{on.href}invited/{row.pk}/address/", {"step": "send"})
    assert "No mail server is set" in refused.content.decode()
    assert "hand it over yourself" in refused.content.decode()
    assert not GuestAddress.objects.exists()


def test_an_address_is_for_guests_without_an_account_alone(on: Meeting, secretary: User) -> None:
    now = timezone.now()
    sits = seated("age")
    for row in (
        on.attendances.create(person=sits.person, membership=sits, capacity="seat"),
        invited(on, secretary, somebody(user=person(Role.DRAFTER))),
    ):
        with pytest.raises(NotPossible, match="guest without an account"):
            guests.make_address(attendance=row, by=secretary, now=now)
    row = invited(on, secretary)
    Meeting.objects.filter(pk=on.pk).update(state="cancelled")
    row.refresh_from_db()
    with pytest.raises(NotPossible, match="is cancelled"):
        guests.make_address(attendance=row, by=secretary, now=now)


def test_making_an_address_is_for_the_secretariat_of_the_body(on: Meeting, secretary: User) -> None:
    row = invited(on, secretary)
    own = body()
    for role in Role:
        if role in (Role.ANYONE, Role.SECRETARIAT):
            continue
        by = person(role, organisation=own)
        with pytest.raises(NotPermitted):
            guests.make_address(attendance=row, by=by, now=timezone.now())
        client = sign_in(Client(), by)
        assert client.post(f"{on.href}invited/{row.pk}/address/").status_code == 403, role
    other = person(Role.SECRETARIAT, organisation=body("practice"))
    with pytest.raises(NotPermitted):
        guests.make_address(attendance=row, by=other, now=timezone.now())


def test_more_guests_take_no_more_queries(on: Meeting, secretary: User, client: Client) -> None:
    sign_in(client, secretary)

    def asked() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(f"{on.href}invited/").status_code == 200
        return len(counted)

    invited(on, secretary, presents=item(on))
    asked()
    few = asked()
    for _ in range(12):
        invited(on, secretary, somebody(), presents=item(on))
    assert asked() == few


# ---- the log -------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["invitation", "calendar", "set-up/MQ"])
def test_no_secret_of_an_address_reaches_the_log(place: str) -> None:
    secret = "s3cret-_Token"
    for said in (f"Not Found: /{place}/{secret}/", f'"GET /{place}/{secret}.ics HTTP/1.1" 500'):
        assert secret not in redacted(said)
        assert redacted(said)[:4] == said[:4]
    record = logging.LogRecord(
        "django.request", logging.ERROR, "x.py", 1, "%s: %s",
        ("Internal Server Error", f"/{place}/{secret}/"), None,
    )  # fmt: skip
    assert SecretAddressFilter().filter(record)
    assert secret not in record.getMessage()
    for handler in configured.LOGGING["handlers"].values():
        assert handler["filters"] == ["secrets"]
