"""Notices outside the pages: told once, sent once, tried again, come back, printed, looked at."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from email import message_from_string, policy
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pikepdf
import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.mail import queue, sending
from openscrutiny.base.mail.bounces import NoReport, note_bounce
from openscrutiny.base.mail.letters import as_pdf, letters
from openscrutiny.base.mail.queue import Alert, tell, tell_all
from openscrutiny.base.mail.sending import last_digest, next_digest, send_waiting
from openscrutiny.base.mail.services import note_posted, send_again
from openscrutiny.base.mail.tick import pulse, tick
from openscrutiny.base.models import AuditEvent, Heartbeat, Message, Notice, Person
from openscrutiny.config.mail_settings import digest_moment, mail_server
from openscrutiny.core.permits import NotPermitted, Role
from openscrutiny.core.workflow import NotPossible
from tests.apps.mailing import MONDAY, contact
from tests.apps.meeting_rooms import somebody
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def server(settings: Any) -> None:
    """A mail server is set; what is sent lies in Django's outbox."""
    settings.MAIL_SERVER = "smtp://mail.example.org"
    settings.DEFAULT_FROM_EMAIL = "forum@example.org"
    settings.ADDRESS = "https://forum.example.org"


def told(*people: Person, now: Any = MONDAY, statutory: bool = True, **changed: Any) -> None:
    given: dict[str, Any] = {
        "rule": "notice",
        "reference": "question:2026-001",
        "clock_event": "due 2026-11-30",
        "subject": "Question 2026-001: overdue",
        "text": "The answer to question 2026-001 has not come.",
        "href": "/questions/2026-001/",
    }
    tell(people=people, now=now, statutory=statutory, **(given | changed))


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


class Refusing(EmailBackend):
    """A mail server that answers as a test wants."""

    error: Exception | None = None

    def send_messages(self, messages: Any) -> int:
        if type(self).error:
            raise type(self).error
        return super().send_messages(messages)


@pytest.fixture
def refusing(settings: Any) -> Any:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    yield Refusing
    Refusing.error = None


# ---- telling ------------------------------------------------------------------------------------


def test_a_person_is_told_once_of_each_event_of_a_clock() -> None:
    one, another = somebody(), somebody()
    told(one, another)
    told(one, another, text="Said in other words.")
    assert Message.objects.count() == 2
    told(one, clock_event="due 2026-12-01")
    assert Message.objects.count() == 3


def test_two_processes_that_tell_at_once_leave_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    one = somebody()
    plain = Message.objects.bulk_create

    def overtaken(rows: Any, **kwargs: Any) -> Any:
        plain([queue._message(_alert(one), one, Message.Channel.EMAIL, MONDAY)])
        return plain(rows, **kwargs)

    monkeypatch.setattr(type(Message.objects), "bulk_create", lambda _, *a, **k: overtaken(*a, **k))
    tell_all([_alert(one)], now=MONDAY)
    assert Message.objects.count() == 1


def _alert(one: Person) -> Alert:
    return Alert("notice", (one,), "question:2026-001", "due", "Subject", "A sentence.")


def test_telling_many_asks_the_database_as_often_as_telling_one() -> None:
    few, many = [somebody()], [somebody() for _ in range(30)]
    with CaptureQueriesContext(connection) as first:
        told(*few)
    with CaptureQueriesContext(connection) as second:
        told(*many, clock_event="another")
    assert len(second) == len(first)


def test_what_is_personal_leaves_the_pages_as_nothing_but_a_call_to_sign_in() -> None:
    told(somebody(), personal=True, subject="Your needs", text="You need a loop.")
    send_waiting(MONDAY)
    sent = outbox.outbox[0]
    assert sent.subject == "Something waits for you"
    assert "loop" not in sent.body + str(sent.alternatives)


# ---- sending ------------------------------------------------------------------------------------


def test_a_statutory_notice_goes_out_at_once_in_plain_text_and_in_html() -> None:
    told(somebody(email="a@example.org"))
    done = send_waiting(MONDAY)
    assert (done.sent, done.failed) == (1, 0)
    sent = outbox.outbox[0]
    assert sent.to == ["a@example.org"]
    assert sent.subject == "Question 2026-001: overdue"
    assert "https://forum.example.org/questions/2026-001/" in sent.body
    html, kind = sent.alternatives[0]
    assert kind == "text/html"
    assert "has not come." in html
    assert all(w not in html for w in ("<img", "<script", "src=", "<link", "url("))
    message = Message.objects.get()
    assert message.state == "sent"
    assert message.sent_at == MONDAY
    assert sent.extra_headers["Message-ID"] == message.message_id
    assert message.message_id.endswith("@example.org>")


def test_a_second_run_sends_nothing_again() -> None:
    told(somebody())
    assert send_waiting(MONDAY).sent == 1
    assert send_waiting(MONDAY + HOUR).sent == 0
    assert len(outbox.outbox) == 1


def test_a_run_inside_another_sends_nothing_twice(settings: Any) -> None:
    class Meanwhile(EmailBackend):
        def send_messages(self, messages: Any) -> int:
            settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
            send_waiting(MONDAY)
            return super().send_messages(messages)

    globals()["Meanwhile"] = Meanwhile
    settings.EMAIL_BACKEND = f"{__name__}.Meanwhile"
    for _ in range(3):
        told(somebody())
    send_waiting(MONDAY)
    assert len(outbox.outbox) == 3
    assert len({m.to[0] for m in outbox.outbox}) == 3


def test_without_a_mail_server_everything_waits(settings: Any) -> None:
    settings.MAIL_SERVER = ""
    told(somebody())
    assert send_waiting(MONDAY).sent == 0
    assert states() == ["queued"]
    assert Message.objects.get().attempts == 0


def test_a_digest_is_one_mail_with_all_that_waits_and_nobody_gets_an_empty_one() -> None:
    one, _nothing_waits = somebody(), somebody()
    for n in range(3):
        told(one, statutory=False, clock_event=str(n), text=f"Sentence {n}.", now=MONDAY)
    assert send_waiting(MONDAY + 6 * DAY).sent == 0
    assert send_waiting(MONDAY + 7 * DAY).sent == 1
    assert send_waiting(MONDAY + 14 * DAY).sent == 0
    assert len(outbox.outbox) == 1
    sent = outbox.outbox[0]
    assert sent.subject == "OpenScrutiny: 3 things to look at"
    assert [f"Sentence {n}." in sent.body for n in range(3)] == [True] * 3
    assert len(set(Message.objects.values_list("message_id", flat=True))) == 1


def test_a_digest_that_nobody_sent_in_time_goes_out_later() -> None:
    told(somebody(), statutory=False, now=MONDAY - DAY)
    assert send_waiting(MONDAY + 2 * DAY).sent == 1


def test_the_digest_is_due_on_its_weekday_and_hour_in_the_place_across_the_clock_change(
    settings: Any,
) -> None:
    settings.DIGEST = (0, 8)
    assert last_digest(MONDAY).isoformat() == "2026-11-02T08:00:00+00:00"
    assert last_digest(MONDAY - 3 * HOUR).isoformat() == "2026-10-26T08:00:00+00:00"
    assert last_digest(MONDAY - 14 * DAY).isoformat() == "2026-10-19T08:00:00+01:00"
    assert next_digest(MONDAY).isoformat() == "2026-11-09T08:00:00+00:00"
    assert next_digest(MONDAY - 14 * DAY).isoformat() == "2026-10-26T08:00:00+00:00"


def test_large_print_is_set_large_and_plain_text_has_no_html() -> None:
    told(somebody(format=Person.Format.LARGE_PRINT), somebody(format=Person.Format.PLAIN_TEXT))
    send_waiting(MONDAY)
    large, plain = outbox.outbox
    assert "24px" in large.alternatives[0][0]
    assert plain.alternatives == []


# ---- failures -----------------------------------------------------------------------------------


def test_a_mail_that_is_refused_is_tried_after_5_minutes_an_hour_and_6_hours_then_given_up(
    refusing: Any,
) -> None:
    refusing.error = SMTPRecipientsRefused({"a@example.org": (550, b"a@example.org unknown")})
    told(somebody(email="a@example.org"))
    now = MONDAY
    for tried, wait in enumerate((timedelta(minutes=5), HOUR, 6 * HOUR), start=1):
        assert send_waiting(now).failed == 1
        message = Message.objects.get()
        assert (message.state, message.attempts, message.try_at) == ("queued", tried, now + wait)
        assert send_waiting(now + wait - timedelta(seconds=1)).failed == 0
        now += wait
    assert send_waiting(now).failed == 1
    message = Message.objects.get()
    assert message.state == "failed"
    assert message.problem == "The mail server refused the address (550)."
    assert send_waiting(now + 30 * DAY).failed == 0


def test_a_server_that_is_gone_is_asked_once_a_run(refusing: Any) -> None:
    refusing.error = ConnectionRefusedError("no")
    for _ in range(3):
        told(somebody())
    assert send_waiting(MONDAY).failed == 1
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    refusing.error = None
    assert send_waiting(MONDAY + HOUR).sent == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SMTPServerDisconnected("bye"), "broke the connection off"),
        (TimeoutError("slow"), "could not be reached"),
        (ValueError("bad header"), "could not be written"),
    ],
)
def test_a_failure_is_kept_in_words_and_no_address_is_logged(
    error: Exception, said: str, refusing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refusing.error = error
    told(somebody(email="secret.person@example.org"))
    send_waiting(MONDAY)
    assert said in Message.objects.get().problem
    assert "secret.person" not in caplog.text


def test_a_sender_that_died_between_sending_and_noting_leads_to_one_copy_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(somebody())

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(sending, "_note_sent", dies)
        with pytest.raises(KeyboardInterrupt):
            send_waiting(MONDAY)
        assert send_waiting(MONDAY + timedelta(minutes=14)).sent == 0
        with pytest.raises(KeyboardInterrupt):
            send_waiting(MONDAY + timedelta(minutes=16))
    for later in (HOUR, DAY, 30 * DAY):
        assert send_waiting(MONDAY + later).sent == 0
    assert len(outbox.outbox) == 2
    first, second = (m.extra_headers["Message-ID"] for m in outbox.outbox)
    assert first == second
    message = Message.objects.get()
    assert message.state == "failed"
    assert "interrupted twice" in message.problem


def test_a_sender_that_died_once_leads_to_one_more_mail_and_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(somebody())
    with monkeypatch.context() as broken:
        broken.setattr(sending, "_send", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            send_waiting(MONDAY)
    assert send_waiting(MONDAY + HOUR).sent == 1
    assert states() == ["sent"]


def test_a_text_that_lets_somebody_in_is_gone_once_it_was_sent_or_given_up(refusing: Any) -> None:
    told(somebody(), secret=True, text="Go to /set-up/x/")
    refusing.error = ConnectionRefusedError("no")
    send_waiting(MONDAY)
    assert "/set-up/" in Message.objects.get().text
    refusing.error = None
    send_waiting(MONDAY + HOUR)
    assert "/set-up/" in outbox.outbox[0].body
    assert (Message.objects.get().text, Message.objects.get().href) == ("", "")
    told(somebody(), secret=True, text="Go to /set-up/y/", clock_event="second")
    Message.objects.filter(state="queued").update(attempts=3)
    refusing.error = ConnectionRefusedError("no")
    send_waiting(MONDAY + DAY)
    assert [m.text for m in Message.objects.filter(state="failed")] == [""]


# ---- mails that come back -----------------------------------------------------------------------

REPORT = """From: MAILER-DAEMON@example.org
To: forum@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; a@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 a@example.org unknown

--b
{returned}
Message-ID: {id}
Subject: Question

Text.
--b--
"""
WHOLE, HEAD = "Content-Type: message/rfc822\n", "Content-Type: text/rfc822-headers\n"


def report(id: str, *, action: str = "failed", status: str = "5.1.1", head: str = WHOLE) -> bytes:
    return REPORT.format(id=id, action=action, status=status, returned=head).encode()


@pytest.mark.parametrize("head", [WHOLE, HEAD])
def test_a_mail_that_came_back_is_marked_with_why_and_without_the_address(head: str) -> None:
    told(somebody())
    send_waiting(MONDAY)
    message = Message.objects.get()
    assert note_bounce(report(message.message_id, head=head)) == 1
    message.refresh_from_db()
    assert message.state == "bounced"
    assert message.problem == "There is no such address. (5.1.1)"


def test_a_digest_that_came_back_is_marked_whole() -> None:
    one = somebody()
    for n in range(2):
        told(one, statutory=False, clock_event=str(n), now=MONDAY - DAY)
    send_waiting(MONDAY)
    assert note_bounce(report(Message.objects.all()[0].message_id)) == 2
    assert states() == ["bounced", "bounced"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: hello\n\nI am away.",
        b"\xff\xfe\x00garbage",
        report("<never@made>"),
        report(""),
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b--\n",
    ],
)
def test_what_is_no_report_about_a_mail_of_ours_is_refused_in_words(raw: bytes) -> None:
    told(somebody())
    with pytest.raises(NoReport, match="report"):
        note_bounce(raw)
    assert states() == ["queued"]


def test_a_mail_that_is_only_late_is_not_marked() -> None:
    told(somebody())
    send_waiting(MONDAY)
    with pytest.raises(NoReport, match="for good"):
        note_bounce(report(Message.objects.get().message_id, action="delayed", status="4.4.1"))
    assert states() == ["sent"]


def test_the_command_reads_a_report_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from openscrutiny.config import mail_commands
    from openscrutiny.config.cli import main

    told(somebody())
    send_waiting(MONDAY)
    monkeypatch.setattr(mail_commands, "start_django", lambda: None)
    given = io.TextIOWrapper(io.BytesIO(report(Message.objects.get().message_id)))
    monkeypatch.setattr("sys.stdin", given)
    assert main(["bounce"]) == 0
    assert "Marked as come back: 1 notice." in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"nothing")))
    assert main(["bounce"]) == 2
    assert "no report" in capsys.readouterr().err


# ---- post ---------------------------------------------------------------------------------------


def by_post(**fields: Any) -> Person:
    """Somebody who can be written to by post alone, where no e-mail address is given."""
    said = {"email": "", "by_post": True, "postal_address": "1 Mill Lane\nAldermere\nAL1 1AA"}
    return somebody(**{**said, **fields})


def test_who_asked_for_letters_as_well_gets_a_mail_and_a_letter_once_each() -> None:
    one = by_post(email="reader@example.org", format=Person.Format.BRAILLE)
    for _ in range(2):
        told(one)
    assert sorted(Message.objects.values_list("channel", "format")) == [
        ("email", "braille"),
        ("post", "braille"),
    ]
    assert send_waiting(MONDAY).sent == 1
    assert outbox.outbox[0].to == ["reader@example.org"]
    assert [letter.name for letter in letters(MONDAY)] == [one.name]


def test_who_asks_for_letters_later_is_not_told_again_what_a_mail_told() -> None:
    one = somebody()
    told(one)
    Person.objects.filter(pk=one.pk).update(by_post=True, postal_address="1 Mill Lane")
    told(Person.objects.get(pk=one.pk))
    assert Message.objects.get().channel == "email"


def test_what_lets_somebody_in_goes_by_mail_alone() -> None:
    told(by_post(email="reader@example.org"), secret=True)
    assert Message.objects.get().channel == "email"


def test_one_of_two_that_failed_is_sent_again_the_way_it_went() -> None:
    one, desk = by_post(email="reader@example.org"), person(Role.SECRETARIAT)
    told(one)
    Message.objects.update(state=Message.State.FAILED)
    for message in Message.objects.all():
        channel = message.channel
        send_again(message=message, by=desk, now=MONDAY)
        message.refresh_from_db()
        assert (message.state, message.channel) == ("queued", channel)
    Message.objects.update(state=Message.State.FAILED)
    Person.objects.filter(pk=one.pk).update(email="")
    with pytest.raises(NotPossible, match="by post"):
        send_again(message=Message.objects.get(channel="email"), by=desk, now=MONDAY)


def test_who_asked_for_post_and_has_no_address_for_mail_gets_a_letter_and_no_mail() -> None:
    one = by_post(format=Person.Format.LARGE_PRINT)
    told(one)
    assert send_waiting(MONDAY).sent == 0
    (letter,) = letters(MONDAY)
    assert (letter.name, letter.large, letter.format) == (one.name, True, "Large print")
    assert letter.address == ("1 Mill Lane", "Aldermere", "AL1 1AA")


def test_letters_are_a_tagged_pdf_with_a_page_for_each_person() -> None:
    for n in range(3):
        told(by_post(name=f"Reader {n}"), clock_event=str(n))
    found = as_pdf(letters(MONDAY), on=MONDAY.date())
    with pikepdf.open(io.BytesIO(found)) as pdf:
        assert len(pdf.pages) == 3
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"


def test_letters_that_were_posted_are_noted_once_and_others_keep_waiting(client: Client) -> None:
    desk = person(Role.SECRETARIAT)
    told(by_post(), by_post())
    first = Message.objects.order_by("pk")[0]
    assert note_posted(numbers=[first.pk], by=desk, now=MONDAY) == 1
    assert len(letters(MONDAY)) == 1
    with pytest.raises(NotPossible, match="waits any more"):
        note_posted(numbers=[first.pk], by=desk, now=MONDAY)
    with pytest.raises(NotPermitted):
        note_posted(numbers=[first.pk], by=person(Role.MEMBER), now=MONDAY)
    assert AuditEvent.objects.filter(event="base.message.post").count() == 1


def test_somebody_without_any_address_is_shown_as_one_who_cannot_be_reached(client: Client) -> None:
    told(somebody("Nobody Reaches", email=""))
    message = Message.objects.get()
    assert message.state == "failed"
    desk = sign_in(client, person(Role.SECRETARIAT, name="deskless"))
    page = desk.get("/notices/people/").content.decode()
    assert "Nobody Reaches" in page
    assert "deskless" in page  # an account with a role and nobody's address
    assert "1 not told" in page


# ---- again --------------------------------------------------------------------------------------


def test_a_message_is_sent_again_to_the_address_of_now_with_a_record() -> None:
    desk, one = person(Role.SECRETARIAT), somebody()
    told(one, statutory=False)
    send_waiting(MONDAY + 7 * DAY)
    one.email = "new@example.org"
    one.save()
    send_again(message=Message.objects.get(), by=desk, now=MONDAY + 7 * DAY)
    assert send_waiting(MONDAY + 7 * DAY).sent == 1
    assert outbox.outbox[-1].to == ["new@example.org"]
    row = AuditEvent.objects.get(event="base.message.send_again")
    assert row.reference == f"message:{Message.objects.get().pk}"
    assert one.name not in str(row.details)


def test_sending_again_is_refused_with_the_reason() -> None:
    desk = person(Role.SECRETARIAT)
    told(somebody())
    with pytest.raises(NotPossible, match="waits to be sent already"):
        send_again(message=Message.objects.get(), by=desk, now=MONDAY)
    told(somebody(email=""), clock_event="second")
    with pytest.raises(NotPossible, match="neither an e-mail address"):
        send_again(message=Message.objects.get(state="failed"), by=desk, now=MONDAY)
    told(somebody(), clock_event="third", secret=True)
    send_waiting(MONDAY)
    with pytest.raises(NotPossible, match="set-up address"):
        send_again(message=Message.objects.get(secret=True), by=desk, now=MONDAY)
    with pytest.raises(NotPermitted):
        send_again(message=Message.objects.all()[0], by=person(Role.MEMBER), now=MONDAY)


# ---- the tick and its heartbeat -----------------------------------------------------------------


def test_the_heartbeat_warns_after_a_quarter_of_an_hour_and_where_there_never_was_one() -> None:
    assert "never run" in pulse(MONDAY).warning
    tick(MONDAY)
    assert pulse(MONDAY + timedelta(minutes=15)).warning == ""
    assert "stood still" in pulse(MONDAY + timedelta(minutes=16)).warning
    tick(MONDAY + HOUR)
    assert pulse(MONDAY + HOUR).warning == ""
    assert Heartbeat.objects.count() == 1


def test_a_rule_that_fails_is_named_and_keeps_no_other_from_being_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from openscrutiny.base.mail import tick as ticking
    from openscrutiny.base.mail.rules import Rules

    one = somebody()

    def breaks(*_: Any) -> Any:
        raise ValueError("the name of a person")

    rules = (Rules({}, breaks), Rules({}, lambda *_: [_alert(one)]))
    monkeypatch.setattr(ticking, "registered", lambda: rules)
    done = tick(MONDAY)
    assert "could not be asked" in done.problem
    assert Message.objects.count() == 1
    assert pulse(MONDAY).warning == done.problem
    assert "the name of a person" not in caplog.text


def test_a_new_notice_waits_for_the_digest_without_what_anybody_typed() -> None:
    user = person(Role.CHAIR)
    contact(user)
    for event, reference in (
        ("accountability.question.submit", "question:2026-001"),
        ("base.account.reopen", f"user:{user.pk}"),
    ):
        Notice.objects.create(
            recipient=user,
            event=event,
            reference=reference,
            sequence=1,
            text="Secret words.",
            at=MONDAY,
        )
    tick(MONDAY)
    tick(MONDAY)
    said = sorted(Message.objects.values_list("text", "digest"))
    assert said == [
        ("Question 2026-001 was submitted.", True),
        ("Something waits for you: sign in to read it.", True),
    ]


def test_a_notice_that_was_seen_or_is_old_is_not_mailed() -> None:
    user = person(Role.CHAIR)
    contact(user)
    for n, (at, seen) in enumerate([(MONDAY, MONDAY), (MONDAY - 31 * DAY, None)]):
        Notice.objects.create(
            recipient=user,
            event="accountability.question.submit",
            reference="question:2026-001",
            sequence=n,
            text="Words.",
            at=at,
            seen_at=seen,
        )
    tick(MONDAY)
    assert set(Message.objects.values_list("state", flat=True)) <= {"late"}


# ---- pages --------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client) -> Client:
    return sign_in(client, person(Role.SECRETARIAT))


PAGES = ["/notices/", "/notices/people/", "/notices/post/", "/notices/digest/"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMINISTRATOR, Role.SIGNATORY])
@pytest.mark.parametrize("path", [*PAGES, "/notices/1/", "/notices/post/letters.pdf"])
def test_only_the_secretariat_sees_notices(role: Role, path: str, client: Client) -> None:
    person(Role.SECRETARIAT)
    answer = sign_in(client, person(role)).get(path)
    assert answer.status_code == 403
    assert "secretariat" in answer.content.decode()


def test_the_page_says_what_waits_was_sent_failed_and_came_back(desk: Client) -> None:
    one = somebody("Ada Reader", format=Person.Format.EASY_READ)
    told(one)
    send_waiting(MONDAY)
    note_bounce(report(Message.objects.get().message_id))
    told(one, clock_event="second", statutory=False)
    page = desk.get("/notices/").content.decode()
    assert "Came back (1)" in page
    assert "Waiting to be sent (1)" in page
    assert "There is no such address." in page
    assert "Easy read" in page
    assert desk.get("/notices/?show=bounced").content.decode().count("Ada Reader") == 1
    assert "Ada Reader" in desk.get("/notices/rules/notice/").content.decode()
    assert "Ada Reader" in desk.get(f"/notices/people/{one.pk}/").content.decode()
    assert desk.get("/notices/rules/none/").status_code == 404
    assert desk.get("/notices/people/0/").status_code == 404
    assert "2 things" not in page


def test_without_a_mail_server_the_page_says_so_and_shows_what_would_be_sent(
    desk: Client, settings: Any
) -> None:
    settings.MAIL_SERVER = ""
    told(somebody())
    assert "No mail server is set" in desk.get("/notices/").content.decode()
    page = desk.get(f"/notices/{Message.objects.get().pk}/").content.decode()
    assert "The answer to question 2026-001 has not come." in page


def test_a_message_is_sent_again_from_its_page_or_refused_there(desk: Client) -> None:
    told(somebody())
    message = Message.objects.get()
    answer = desk.post(f"/notices/{message.pk}/send-again/")
    assert answer.status_code == 409
    assert "waits to be sent already" in answer.content.decode()
    send_waiting(MONDAY)
    answer = desk.post(f"/notices/{message.pk}/send-again/", follow=True)
    assert "sent again within a few minutes" in answer.content.decode()
    assert desk.post("/notices/0/send-again/").status_code == 404


def test_letters_are_printed_and_noted_from_their_page(desk: Client) -> None:
    told(by_post(name="Paper Reader"))
    assert "Paper Reader" in desk.get("/notices/post/").content.decode()
    pdf = desk.get("/notices/post/letters.pdf")
    assert pdf.content.startswith(b"%PDF")
    number = Message.objects.get().pk
    answer = desk.post("/notices/post/sent/", {"message": [number, "x", "9" * 30]}, follow=True)
    assert "Noted as posted: 1 notice." in answer.content.decode()
    assert desk.post("/notices/post/sent/", {"message": [number]}).status_code == 409


def test_the_next_digest_can_be_read_before_it_goes_out(desk: Client) -> None:
    told(somebody("Week Reader"), statutory=False)
    page = desk.get("/notices/digest/").content.decode()
    assert "Week Reader" in page
    assert "1 person gets one" in page
    assert "Monday" in page


def test_the_secretariats_work_says_that_notices_stand_still_were_lost_or_go_by_post(
    desk: Client,
) -> None:
    told(somebody(email=""), by_post())
    page = desk.get("/your-work/").content.decode()
    assert "Notices are not sent" in page
    assert "Look at 1 that could not be sent or came back." in page
    assert "Print and post 1 letter." in page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_notices_asks_the_database_as_often_for_many_as_for_few(
    path: str, desk: Client
) -> None:
    def some(number: int, start: int) -> None:
        for n in range(start, start + number):
            told(somebody(), clock_event=str(n), statutory=bool(n % 2))
            told(by_post(), clock_event=f"post {n}")
            told(somebody(email=""), clock_event=f"none {n}")

    some(2, 0)
    desk.get(path)
    with CaptureQueriesContext(connection) as few:
        desk.get(path)
    some(20, 2)
    with CaptureQueriesContext(connection) as many:
        desk.get(path)
    assert len(many) == len(few)


# ---- settings -----------------------------------------------------------------------------------


def test_the_address_of_the_mail_server_is_read_with_its_protection() -> None:
    found = mail_server("smtps://me%40here:p%3Aw@mail.example.org")
    assert (found.host, found.port, found.user, found.password) == (
        "mail.example.org",
        465,
        "me@here",
        "p:w",
    )
    assert (found.tls, found.starttls) == (True, False)
    assert mail_server("smtp://mail.example.org").starttls
    assert not mail_server("smtp://localhost:1025").starttls
    for wrong in ("mail.example.org", "http://mail.example.org", "smtp://:secret@:x"):
        with pytest.raises(RuntimeError, match="smtp://user:password@host") as refused:
            mail_server(wrong)
        assert "secret" not in str(refused.value)


def test_the_moment_of_the_digest_is_a_weekday_and_an_hour() -> None:
    assert digest_moment("Friday 16") == (4, 16)
    for wrong in ("Friday", "Someday 8", "Friday 24", "Friday eight"):
        with pytest.raises(RuntimeError, match="Monday 8"):
            digest_moment(wrong)


def test_a_sent_mail_is_well_formed() -> None:
    told(somebody())
    send_waiting(MONDAY)
    parsed = message_from_string(outbox.outbox[0].message().as_string(), policy=policy.default)
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert [p.get_content_type() for p in parsed.iter_parts()] == ["text/plain", "text/html"]
