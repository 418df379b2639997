"""Sending what waits, outside any request: each mail claimed, sent, and noted.

A message is claimed before it is sent, in one step that only one process can win. Where a process
ends between sending and noting, what became of the mail is not known: after a quarter of an hour it
is sent once more with the same Message-ID, by which mail programs know a copy. Where that happens
again it counts as failed. So a mail arrives once, in the worst case twice, and never more often.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from openscrutiny.base.mail.writing import as_email, written
from openscrutiny.base.models import Message

_WAITS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
_LOST_AFTER = timedelta(minutes=15)
_LONGEST = 5 * 60  # seconds one run may take; the rest waits for the next
_INTERRUPTED = (
    "Sending was interrupted twice, so it is not known whether it arrived. Ask the person before "
    "you send it again."
)
_State = Message.State


@dataclass(frozen=True)
class Sending:
    """What one run did: how many mails went out, how many did not."""

    sent: int = 0
    failed: int = 0


def server_is_set() -> bool:
    """Whether a mail server is set; without one, messages wait."""
    return bool(settings.MAIL_SERVER)


def last_digest(now: datetime) -> datetime:
    """The latest moment up to now for which a digest is due, by the weekday and hour set."""
    weekday, hour = settings.DIGEST
    local = timezone.localtime(now)
    day = local.date() - timedelta(days=(local.weekday() - weekday) % 7)
    at = datetime(day.year, day.month, day.day, hour, tzinfo=local.tzinfo)
    if at <= now:
        return at
    before = day - timedelta(days=7)
    return datetime(before.year, before.month, before.day, hour, tzinfo=local.tzinfo)


def next_digest(now: datetime) -> datetime:
    """The first moment after now for which a digest is due."""
    last = timezone.localtime(last_digest(now))
    day = last.date() + timedelta(days=7)
    return datetime(day.year, day.month, day.day, last.hour, tzinfo=last.tzinfo)


def waiting(now: datetime) -> QuerySet[Message]:
    """What is to go out at a moment: statutory ones, and those that waited for the digest."""
    ready = Q(digest=False) | Q(created_at__lt=last_digest(now))
    tried = Q(try_at=None) | Q(try_at__lte=now)
    return Message.objects.filter(ready, tried, state=_State.QUEUED)


def send_waiting(now: datetime) -> Sending:
    """Send every e-mail that is due. Where no mail server is set, nothing is sent and all waits.

    Refusals and failures are kept with each message, never raised. Call it outside a transaction.
    """
    if not server_is_set():
        return Sending()
    _take_up_again(now)
    began, sent, failed = time.monotonic(), 0, 0
    connection = get_connection()
    try:
        for keys in _mails(now):
            claimed = _claim(keys, now)
            if not claimed:
                continue
            problem, goes_on = _send(claimed, connection)
            if problem:
                _note_failure(claimed, problem, now)
                failed += 1
            else:
                _note_sent(claimed, now)
                sent += 1
            if not goes_on or time.monotonic() - began > _LONGEST:
                break
    finally:
        _close(connection)
    return Sending(sent, failed)


def _mails(now: datetime) -> Iterator[list[int]]:
    """The messages of each mail to be sent: statutory ones alone, a person's digest as one."""
    digests: dict[tuple[int, str], list[int]] = defaultdict(list)
    due = waiting(now).filter(channel=Message.Channel.EMAIL).order_by("created_at", "id")
    rows = due.values_list("pk", "recipient_id", "digest", "interrupted", "message_id")
    for pk, person, digest, interrupted, message_id in rows:
        if digest:
            digests[person, message_id if interrupted else ""].append(pk)
        else:
            yield [pk]
    yield from digests.values()


def _claim(keys: Sequence[int], now: datetime) -> list[Message]:
    """Take messages for this process alone; those that another took meanwhile are left out."""
    mine = Message.objects.filter(pk__in=keys, state=_State.QUEUED)
    known = set(mine.values_list("interrupted", "message_id"))
    interrupted, old = known.pop() if len(known) == 1 else (False, "")
    message_id = old if interrupted else _new_id()
    if not mine.update(
        state=_State.SENDING,
        claimed_at=now,
        attempts=F("attempts") + 1,
        message_id=message_id,
    ):
        return []
    taken = Message.objects.filter(pk__in=keys, state=_State.SENDING, message_id=message_id)
    return list(taken.select_related("recipient").order_by("created_at", "id"))


def _send(messages: Sequence[Message], connection: Any) -> tuple[str, bool]:
    """Send one mail; what went wrong in words, if anything, and whether to go on with others."""
    person = messages[0].recipient
    if not person.email:
        return "There is no e-mail address for this person any more.", True
    mail = written(messages, person)
    try:
        made = as_email(mail, to=person.email, message_id=messages[0].message_id)
        made.connection = connection
        if not made.send():
            return "The mail server did not take it.", True
    except (SMTPException, OSError, ValueError) as error:
        return _in_words(error), _about_this_mail(error)
    return "", True


def _in_words(error: Exception) -> str:
    """Why a mail was not taken, without any address: those stand in what servers say."""
    if isinstance(error, SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in error.recipients.values()})
        return f"The mail server refused the address ({', '.join(codes)})."
    if isinstance(error, SMTPAuthenticationError):
        return "The mail server refused our name or password."
    if isinstance(error, (SMTPConnectError, SMTPServerDisconnected)):
        return "The mail server broke the connection off."
    if isinstance(error, SMTPResponseException):
        return f"The mail server refused it ({error.smtp_code})."
    if isinstance(error, ValueError):
        return "The mail could not be written."
    return "The mail server could not be reached."


def _about_this_mail(error: Exception) -> bool:
    """Whether a failure concerns one mail; otherwise others would meet the same."""
    if isinstance(error, (SMTPAuthenticationError, SMTPConnectError, SMTPServerDisconnected)):
        return False
    return isinstance(error, (SMTPException, ValueError))


def _note_sent(messages: Sequence[Message], now: datetime) -> None:
    rows = Message.objects.filter(pk__in=[m.pk for m in messages], state=_State.SENDING)
    rows.update(state=_State.SENT, sent_at=now, problem="", try_at=None, interrupted=False)
    _take_secrets_away([m.pk for m in messages])


def _note_failure(messages: Sequence[Message], problem: str, now: datetime) -> None:
    """Have messages tried again after a while, or give them up after the last try."""
    for message in messages:
        given_up = message.attempts > len(_WAITS)
        Message.objects.filter(pk=message.pk, state=_State.SENDING).update(
            state=_State.FAILED if given_up else _State.QUEUED,
            try_at=None if given_up else now + _WAITS[message.attempts - 1],
            problem=problem,
            interrupted=False,
        )
        if given_up:
            _take_secrets_away([message.pk])


def _take_up_again(now: datetime) -> None:
    """Messages whose sender never came back: once more, and failed where it is the second time."""
    lost = Message.objects.filter(state=_State.SENDING, claimed_at__lt=now - _LOST_AFTER)
    given_up = list(lost.filter(interrupted=True).values_list("pk", flat=True))
    lost.filter(pk__in=given_up).update(state=_State.FAILED, problem=_INTERRUPTED)
    _take_secrets_away(given_up)
    lost.filter(interrupted=False).update(state=_State.QUEUED, interrupted=True, try_at=None)


def _take_secrets_away(keys: Sequence[int]) -> None:
    Message.objects.filter(pk__in=keys, secret=True).update(text="", href="")


def _new_id() -> str:
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return make_msgid(domain=sender.rpartition("@")[2] or "localhost")


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (SMTPException, OSError):
        return  # the server had gone before; everything is noted already
