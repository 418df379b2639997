"""Telling people outside the pages: a message for each person, once for each event of a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from openscrutiny.base.mail.sending import next_digest
from openscrutiny.base.models import Message, Person
from openscrutiny.core.calendar import in_words

PERSONAL_SUBJECT = "Something waits for you"
PERSONAL_TEXT = "Something waits for you: sign in to read it."
NO_WAY = "There is neither an e-mail address nor post for this person."
# What came about longer ago was not told of in time: the digest comes once in as long.
_NEWS = timedelta(days=7)
# Who was told of which event; the way it went does not matter.
_Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Alert:
    """What a rule has to say to some people about one thing, for one event of its clock.

    ``clock_event`` names the event: the same rule, thing and event tell each person once, and a
    clock that moved is another event. ``subject`` and ``text`` (one sentence) leave the pages, so
    they hold nothing that anybody typed. Of what is ``personal`` they are not sent at all: the mail
    says that something waits. ``statutory`` ones go at once, others with the weekly digest.
    ``href`` is the page it leads to. ``since`` is when the event came about and ``until`` how long
    telling of it is of use, where that ends by itself; see ``_too_late`` and ``_can_wait``.
    """

    rule: str
    people: tuple[Person, ...]
    reference: str
    clock_event: str
    subject: str
    text: str
    statutory: bool = False
    href: str = "/your-work/"
    personal: bool = False
    secret: bool = False
    since: datetime | None = None
    until: datetime | None = None


def tell_all(alerts: Iterable[Alert], *, now: datetime) -> None:
    """Write a message for everybody who was not told yet. Telling again writes nothing.

    Who asked for letters as well is written to by e-mail and by post, one message for each. Two
    queries, however many there are. Safe where two processes do it at once: the table keeps one of
    each.
    """
    wanted: dict[_Key, list[Message]] = {}
    for alert in alerts:
        for person in alert.people:
            made = [_message(alert, person, way, now) for way in _ways(alert, person)]
            wanted.setdefault(_key(made[0]), made)
    if not wanted:
        return
    rules = {key[0] for key in wanted}
    references = {key[1] for key in wanted}
    there = Message.objects.filter(rule__in=rules, reference__in=references)
    known = set(there.values_list("rule", "reference", "clock_event", "recipient_id"))
    new = [m for key, messages in wanted.items() if key not in known for m in messages]
    Message.objects.bulk_create(new, ignore_conflicts=True)


def tell(
    *,
    rule: str,
    people: Iterable[Person],
    reference: str,
    clock_event: str,
    subject: str,
    text: str,
    now: datetime,
    statutory: bool,
    href: str = "/your-work/",
    personal: bool = False,
    secret: bool = False,
) -> None:
    """Tell some people of one event, once; see ``Alert`` for what each argument promises."""
    alert = Alert(
        rule,
        tuple(people),
        reference,
        clock_event,
        subject,
        text,
        statutory,
        href,
        personal,
        secret,
    )
    tell_all([alert], now=now)


def take_back(*, rule: str, person: Person, reference: str, problem: str) -> None:
    """Give up what waits for a person by a rule and thing, and take its words away."""
    unsent = [Message.State.QUEUED, Message.State.FAILED]
    Message.objects.filter(
        rule=rule, recipient=person, reference=reference, state__in=unsent
    ).update(state=Message.State.FAILED, problem=problem, text="", href="")


def channels_of(person: Person) -> tuple[Message.Channel, ...]:
    """The ways somebody is told now: by e-mail who has an address, by post who asked for letters.

    Both where there are both; none where nobody can reach them.
    """
    ways = ((Message.Channel.EMAIL, person.email), (Message.Channel.POST, person.by_post))
    return tuple(way for way, there in ways if there)


def reachable(person: Person) -> bool:
    """Whether there is any way to tell this person outside the pages."""
    return bool(channels_of(person))


def _too_late(alert: Alert, now: datetime) -> str:
    """Why telling is of no use any more, empty where it is.

    A place that is set up from a history, or was switched off for months, does not send it all.
    """
    if alert.until is None or now <= alert.until:
        return ""
    last = timezone.localtime(alert.until).date()
    return f"It was of use until {in_words(last)}. What it tells of is still on the pages."


def _can_wait(alert: Alert, now: datetime) -> bool:
    """Whether the digest is early enough.

    So it is of what is not statutory, and of what nobody was told of for longer than a digest
    takes: a person gets one mail of all that piled up, unless that would come too late.
    """
    if not alert.statutory:
        return True
    old = alert.since is not None and now - alert.since > _NEWS
    return old and (alert.until is None or next_digest(now) < alert.until)


def _ways(alert: Alert, person: Person) -> tuple[Message.Channel, ...]:
    """The ways an alert goes to a person; by e-mail, to be noted as failed, where there is none."""
    # What lets somebody in is for their eyes alone: whoever prints letters reads them.
    ways = () if alert.secret else channels_of(person)
    return ways or (Message.Channel.EMAIL,)


def _message(alert: Alert, person: Person, way: Message.Channel, now: datetime) -> Message:
    state, problem = Message.State.QUEUED, ""
    if late := _too_late(alert, now):
        state, problem = Message.State.LATE, late
    elif way not in channels_of(person):
        state, problem = Message.State.FAILED, NO_WAY
    return Message(
        recipient=person,
        rule=alert.rule,
        reference=alert.reference,
        clock_event=alert.clock_event[:100],
        channel=way,
        format=person.format,
        digest=_can_wait(alert, now),
        subject=PERSONAL_SUBJECT if alert.personal else alert.subject[:200],
        text=PERSONAL_TEXT if alert.personal else alert.text,
        href="/your-work/" if alert.personal else alert.href[:200],
        secret=alert.secret,
        state=state,
        problem=problem,
        created_at=now,
    )


def _key(message: Message) -> _Key:
    return (message.rule, message.reference, message.clock_event, message.recipient_id)
