"""What the secretariat does with messages: sends one again, notes that letters were posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openscrutiny.base.mail.queue import NO_WAY, channels_of
from openscrutiny.base.models import Message, Organisation, User
from openscrutiny.base.moves import note
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible


def concerned() -> tuple[str, ...]:
    """The codes of the forum, whose secretariat sends its notices. One query."""
    found = Organisation.objects.filter(kind="forum").values_list("code", flat=True)
    return tuple(found)


@transaction.atomic
def send_again(*, message: Message, by: User, now: datetime) -> None:
    """Have a message sent at once the way it went, or the way its person is reached now.

    NotPossible while it waits or is being sent, once it was overtaken, where the person cannot be
    reached, where the other way was told of the same, and where its text was taken away.
    """
    note(
        "base.message.send_again",
        reference=f"message:{message.pk}",
        action=Action.SEND_NOTICES,
        by=by,
        now=now,
        concerning=concerned(),
    )
    found = Message.objects.select_for_update().select_related("recipient").get(pk=message.pk)
    if found.state in (Message.State.QUEUED, Message.State.SENDING):
        raise NotPossible("This message waits to be sent already.", "Look again in a few minutes.")
    if found.state == Message.State.OVERTAKEN:
        raise NotPossible(
            "This message was not sent because another told what became of it.",
            "Send that one again, if it did not arrive.",
        )
    if not found.text:
        raise NotPossible(
            "What this message said is not kept, because it let somebody in.",
            "Have a new one made: a set-up address by an administrator, a guest's address on the "
            "page of who is invited.",
        )
    ways = channels_of(found.recipient)
    if not ways:
        raise NotPossible(NO_WAY, "Note an e-mail address or a postal address first.")
    if found.channel not in ways:
        _refuse_twice(found, ways[0])
        found.channel = ways[0]
    found.state = Message.State.QUEUED
    found.format = found.recipient.format
    found.digest = False
    found.attempts = 0
    found.problem = ""
    found.try_at = None
    found.interrupted = False
    found.save()


def _refuse_twice(message: Message, way: Message.Channel) -> None:
    """NotPossible where the same was told this person the other way, which is the way that is left.

    ``way`` is that one.
    """
    same = Message.objects.filter(
        rule=message.rule,
        recipient=message.recipient,
        reference=message.reference,
        clock_event=message.clock_event,
        channel=way,
    )
    if same.exists():
        raise NotPossible(
            f"This person is reached by {way.label.lower()} alone now, and the same went that way.",
            "Send that one again, if it did not arrive.",
        )


@transaction.atomic
def note_posted(*, numbers: Sequence[int], by: User, now: datetime) -> int:
    """Note that letters were posted; returns how many messages they held.

    Messages that were noted before, or do not go by post, are left as they are. NotPossible where
    none is left.
    """
    waits = Message.objects.filter(
        pk__in=numbers, channel=Message.Channel.POST, state=Message.State.QUEUED
    )
    keys = list(waits.values_list("pk", flat=True))
    note(
        "base.message.post",
        reference="messages",
        action=Action.SEND_NOTICES,
        by=by,
        now=now,
        concerning=concerned(),
        details={"messages": len(keys)},
    )
    if not keys:
        raise NotPossible("None of these letters waits any more.", "Look again at the list.")
    return waits.filter(pk__in=keys).update(state=Message.State.SENT, sent_at=now)
