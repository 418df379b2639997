"""What a digest says of notices when it is made: not what was overtaken, nor what was told already.

A notice waits up to a week for its digest. What became of its thing in the meantime may have been
told in another, and a rule may have told the same at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openscrutiny.base.event_words import told_in_words
from openscrutiny.base.mail.sending import waiting
from openscrutiny.base.models import Message, Notice
from openscrutiny.base.thread import called_in_mail

_NOTICE = "notice"
_LATER = "Not sent: a later notice tells what became of it."
_ALREADY = "Not sent: it was told at once already."


@dataclass(frozen=True)
class LookedOver:
    """Messages a digest is made of, and those it leaves out, each with the reason."""

    kept: tuple[Message, ...]
    left_out: tuple[tuple[Message, str], ...]


def look_over(messages: Sequence[Message]) -> LookedOver:
    """Which of some waiting messages a digest says, with their recipients fetched; saves nothing.

    Those kept say what their thing is called, where everybody may know it. What is no notice stays
    as it is. A fixed number of queries.
    """
    notices = [m for m in messages if m.rule == _NOTICE]
    if not notices:
        return LookedOver(tuple(messages), ())
    later, told, names = (
        _later(notices),
        _told(notices),
        called_in_mail(m.reference for m in notices),
    )
    kept, left_out = [], []
    for message in messages:
        if message.rule != _NOTICE:
            kept.append(message)
        elif (message.recipient_id, message.reference, message.clock_event) in told:
            left_out.append((message, _ALREADY))
        elif later.get((message.recipient_id, message.reference), 0) > _sequence(message):
            left_out.append((message, _LATER))
        else:
            _name(message, names.get(message.reference, ""))
            kept.append(message)
    return LookedOver(tuple(kept), tuple(left_out))


def settle(now: datetime) -> None:
    """Before digests go out: note what is left out of them, and write what the others are called.

    Nothing is lost: what is left out stands in the list of notices with the reason. Doing it again
    changes nothing.
    """
    due = waiting(now).filter(digest=True, interrupted=False, rule=_NOTICE)
    found = look_over(list(due.select_related("recipient")))
    for why in (_LATER, _ALREADY):
        keys = [message.pk for message, reason in found.left_out if reason == why]
        Message.objects.filter(pk__in=keys, state=Message.State.QUEUED).update(
            state=Message.State.OVERTAKEN, problem=why
        )
    Message.objects.bulk_update(found.kept, ["subject", "text"])


def _later(notices: Iterable[Message]) -> Mapping[tuple[int, str], int]:
    """By person and thing, the last of its steps they have a notice of, seen or not. One query."""
    people = {m.recipient.user_id: m.recipient_id for m in notices if m.recipient.user_id}
    rows = Notice.objects.filter(
        recipient__in=people, reference__in={m.reference for m in notices}
    ).order_by("sequence")
    return {
        (people[user], reference): sequence
        for user, reference, event, sequence in rows.values_list(
            "recipient_id", "reference", "event", "sequence"
        )
        if told_in_words(event, reference)
    }


def _told(notices: Iterable[Message]) -> frozenset[tuple[int, str, str]]:
    """What rules told the same people of the same things, and is on its way or arrived. A query."""
    rows = Message.objects.filter(
        recipient__in={m.recipient_id for m in notices},
        reference__in={m.reference for m in notices},
        state__in=[Message.State.QUEUED, Message.State.SENDING, Message.State.SENT],
    ).exclude(rule=_NOTICE)
    return frozenset(rows.values_list("recipient_id", "reference", "clock_event"))


def _sequence(message: Message) -> int:
    """The place in the record of the event a notice is of."""
    number = message.clock_event.partition(":")[0]
    return int(number) if number.isdigit() else 0


def _name(message: Message, name: str) -> None:
    said = told_in_words(message.clock_event.partition(":")[2], message.reference)
    if said and name:
        message.text = f"{name}: {said}"
        message.subject = message.text[:200]
