"""What the secretariat sees of messages: what waits, went out, failed or came back, and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from openscrutiny.base.lists import Asked, Listed, listed, sheet_of
from openscrutiny.base.mail.digests import look_over
from openscrutiny.base.mail.letters import Letter, letters, letters_to_print
from openscrutiny.base.mail.queue import reachable
from openscrutiny.base.mail.rules import words_of_rules
from openscrutiny.base.mail.sending import next_digest, server_is_set
from openscrutiny.base.mail.services import concerned
from openscrutiny.base.mail.tick import Pulse, pulse
from openscrutiny.base.mail.writing import Mail, written
from openscrutiny.base.models import Message, Person, RoleHeld
from openscrutiny.base.work import Pile, WorkItem, few
from openscrutiny.core.permits import Action, Role, Standing, may

_State = Message.State
_SHOWN = 50
_HREF = "/notices/"


@dataclass(frozen=True)
class MessageLine:
    """One message in a list. ``special`` says that another format than standard was asked for."""

    number: int
    to: str
    to_number: int
    subject: str
    rule: str
    channel: str
    format: str
    special: bool
    state: str
    problem: str
    late: bool
    written: datetime
    sent: datetime | None

    @property
    def href(self) -> str:
        return f"/notices/{self.number}/"


@dataclass(frozen=True)
class Counts:
    """How many messages of a rule or a person wait, went out, failed, came back, were too late."""

    label: str
    href: str
    waiting: int
    sent: int
    failed: int
    bounced: int
    late: int
    reachable: bool = True


@dataclass(frozen=True)
class NoticesPage:
    """A list of messages, whether they are sent at all, and how many each rule wrote.

    ``address`` is that of the list; ``about`` says which part of all messages it shows.
    """

    about: str
    address: str
    listed: Listed
    server: bool
    pulse: Pulse
    by_rule: tuple[Counts, ...]
    unreachable: int
    to_print: int


@dataclass(frozen=True)
class PeoplePage:
    """One sheet of everybody who was written to, and the first of those who cannot be.

    ``without`` are accounts with a role whose person is not known; ``more`` counts those who cannot
    be reached and are not shown.
    """

    listed: Listed
    unreachable: tuple[Counts, ...]
    more: int
    without: tuple[str, ...]


@dataclass(frozen=True)
class MessagePage:
    """One message with its text as it goes out; ``again`` says whether it may be sent again."""

    line: MessageLine
    mail: Mail | None
    again: bool
    attempts: int
    next_try: datetime | None


@dataclass(frozen=True)
class DigestLine:
    """The digest one person would get."""

    to: str
    mail: Mail


@dataclass(frozen=True)
class DigestPage:
    """The next digest: when it goes out, and what it says to the first of those who get one."""

    at: datetime
    people: int
    shown: tuple[DigestLine, ...]


def notices_page(
    asked: Asked, *, now: datetime, rule: str = "", person: Person | None = None
) -> NoticesPage:
    """Messages, all or of one rule or to one person. A fixed number of queries."""
    rows = Message.objects.select_related("recipient")
    about, address = "", _HREF
    if rule:
        rows, about = rows.filter(rule=rule), words_of_rules().get(rule, rule)
        address = f"/notices/rules/{rule}/"
    if person:
        rows, about = rows.filter(recipient=person), person.name
        address = f"/notices/people/{person.pk}/"
    return NoticesPage(
        about=about,
        address=address,
        listed=listed(rows, by="state", labels=dict(_State.choices), asked=asked, lines=_lines),
        server=server_is_set(),
        pulse=pulse(now),
        by_rule=() if about else _by_rule(),
        unreachable=_unreachable().count() + len(_without(now)),
        to_print=letters_to_print(now),
    )


def people_page(asked: Asked, *, now: datetime) -> PeoplePage:
    """Who was written to, and who cannot be. Six queries."""
    told = Message.objects.exclude(state=_State.LATE)
    written_to = Person.objects.filter(Exists(told.filter(recipient=OuterRef("pk"))))
    unreachable = _unreachable().annotate(**_counted("messages__"))[:_SHOWN]
    return PeoplePage(
        listed=sheet_of(written_to.order_by("name", "id"), asked=asked, lines=_with_counts),
        unreachable=tuple(_person_counts(p) for p in unreachable),
        more=max(0, _unreachable().count() - _SHOWN),
        without=_without(now),
    )


def message_page(message: Message) -> MessagePage:
    """One message. The text of one that was secret is gone once it was sent."""
    return MessagePage(
        line=_line(message),
        mail=written([message], message.recipient) if message.text and not message.secret else None,
        again=message.state not in (_State.QUEUED, _State.SENDING, _State.OVERTAKEN)
        and not message.secret,
        attempts=message.attempts,
        next_try=message.try_at,
    )


def digest_page(*, now: datetime) -> DigestPage:
    """What the next digest will say as things stand. A fixed number of queries."""
    rows = Message.objects.filter(digest=True, state=_State.QUEUED, channel=Message.Channel.EMAIL)
    ordered = rows.select_related("recipient").order_by(
        "recipient__name", "recipient_id", "created_at", "id"
    )
    kept = look_over(list(ordered)).kept
    grouped = [(p, list(m)) for p, m in groupby(kept, key=lambda m: m.recipient)]
    return DigestPage(
        at=next_digest(now),
        people=len(grouped),
        shown=tuple(DigestLine(p.name, written(m, p)) for p, m in grouped[:_SHOWN]),
    )


def post_page(*, now: datetime) -> tuple[Letter, ...]:
    """The letters to print."""
    return letters(now)


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """What waits for the secretariat: notices that stand still, did not arrive, or go by post."""
    if standing.has(Role.SECRETARIAT) and may(
        standing, Action.SEND_NOTICES, concerning=concerned()
    ):
        yield few(_waiting(now))


def _waiting(now: datetime) -> Sequence[WorkItem]:
    states = [_State.FAILED, _State.BOUNCED]
    lost = Message.objects.filter(state__in=states).count()
    post = letters_to_print(now)
    found = []
    if warning := pulse(now).warning:
        found.append(_item("heartbeat", "Notices are not sent", _HREF, warning))
    if lost:
        said = f"Look at {lost:,} that could not be sent or came back."
        found.append(_item("lost", "Notices did not arrive", _HREF, said))
    if post:
        said = f"Print and post {post:,} letter{'s' if post > 1 else ''}."
        found.append(_item("post", "Letters to post", "/notices/post/", said))
    return found


def _item(name: str, title: str, href: str, to_do: str) -> WorkItem:
    return WorkItem(f"notices:{name}", title, href, to_do)


def _lines(messages: Iterable[Message]) -> list[MessageLine]:
    return [_line(m) for m in messages]


def _line(message: Message) -> MessageLine:
    return MessageLine(
        number=message.pk,
        to=message.recipient.name,
        to_number=message.recipient_id,
        subject=message.subject,
        rule=words_of_rules().get(message.rule, message.rule),
        channel=message.get_channel_display(),
        format=message.get_format_display(),
        special=message.format != Person.Format.STANDARD,
        state=message.get_state_display(),
        problem=message.problem,
        late=message.state == _State.LATE,
        written=message.created_at,
        sent=message.sent_at,
    )


def _counted(before: str = "") -> dict[str, Count]:
    """How many messages there are of each state, to annotate with."""
    groups = {
        "waiting": [_State.QUEUED, _State.SENDING],
        "sent": [_State.SENT],
        "failed": [_State.FAILED],
        "bounced": [_State.BOUNCED],
        "late": [_State.LATE],
    }
    counts = {
        name: Count(f"{before}pk", filter=Q(**{f"{before}state__in": states}))
        for name, states in groups.items()
    }
    return {**counts, "all": Count(f"{before}pk")}


def _by_rule() -> tuple[Counts, ...]:
    words = words_of_rules()
    rows = Message.objects.order_by("rule").values("rule").annotate(**_counted())
    return tuple(
        Counts(
            words.get(r["rule"], r["rule"]),
            f"/notices/rules/{r['rule']}/",
            r["waiting"],
            r["sent"],
            r["failed"],
            r["bounced"],
            r["late"],
        )
        for r in rows
    )


def _with_counts(people: list[Person]) -> list[Counts]:
    shown = Person.objects.filter(pk__in=[p.pk for p in people])
    return [_person_counts(p) for p in shown.annotate(**_counted("messages__"))]


def _person_counts(person: Any) -> Counts:
    return Counts(
        person.name,
        f"/notices/people/{person.pk}/",
        person.waiting,
        person.sent,
        person.failed,
        person.bounced,
        person.late,
        reachable(person),
    )


def _unreachable() -> Any:
    return Person.objects.filter(email="", by_post=False).order_by("name", "id")


def _without(now: datetime) -> tuple[str, ...]:
    """Accounts that hold a role today and stand for no known person. One query."""
    held = RoleHeld.objects.on(timezone.localtime(now).date()).filter(  # type: ignore[attr-defined]
        user__is_active=True, user__person__isnull=True
    )
    return tuple(sorted(set(held.values_list("user__username", flat=True))))
