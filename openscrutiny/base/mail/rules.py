"""Who is to be told of what: the rules of every app that ``config`` registers, and new notices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from openscrutiny.base.event_words import told_in_words
from openscrutiny.base.mail.queue import Alert
from openscrutiny.base.models import Heartbeat, Message, Notice, Person, RoleHeld
from openscrutiny.base.thread import places_of
from openscrutiny.core.permits import Role

# For how long it is of use to be told of what happened. Afterwards it is on the pages.
NEWS = timedelta(days=30)
HEARTBEAT = "tick"
INVITATION = "account.invitation"
_NOTICE = "notice"
_OWN_RULES = {_NOTICE: "Something happened", INVITATION: "Invitation to an account"}


@dataclass(frozen=True)
class Contacts:
    """The people behind the accounts that hold a role on a day, by role and organisation."""

    held: Mapping[tuple[str, str], Sequence[Person]]

    @classmethod
    def on(cls, day: date) -> Contacts:
        """Everybody who can be written to because of a role. One query."""
        rows = RoleHeld.objects.on(day).filter(  # type: ignore[attr-defined]
            user__is_active=True, user__person__isnull=False
        )
        held = defaultdict(list)
        for row in rows.select_related("user__person", "organisation"):
            held[row.role, row.organisation.code].append(row.user.person)
        return cls(held)

    def holding(self, *roles: Role, of: Collection[str] | None = None) -> tuple[Person, ...]:
        """Those who hold one of some roles, for one of some organisations where they are given."""
        found = {
            person.pk: person
            for (role, code), people in self.held.items()
            if role in roles and (of is None or code in of)
            for person in people
        }
        return tuple(found.values())


@dataclass(frozen=True)
class Rules:
    """The rules of one app: each by its name in words, and what they say at a moment.

    ``alerts`` works everything out when it is asked, and says the same again however often it is
    asked at one moment.
    """

    words: Mapping[str, str]
    alerts: Callable[[datetime, Contacts], Iterable[Alert]]


@cache
def registered() -> Sequence[Rules]:
    """The rules of every registered app."""
    found: Sequence[Rules] = import_string(settings.MAIL_RULES)
    return found


@cache
def words_of_rules() -> Mapping[str, str]:
    """Every rule by its name, in words."""
    found = dict(_OWN_RULES)
    for rules in registered():
        found |= rules.words
    return found


def looked_at_until(now: datetime) -> datetime | None:
    """The moment up to which every event was looked at while it was news, by an earlier tick.

    None where there was none. What came about later must be looked at, however long ago that is;
    what came about before was told, or is noted as too late. One query.
    """
    beat = Heartbeat.objects.filter(name=HEARTBEAT).first()
    return min(beat.at, now) - NEWS if beat else None


def of_notices(now: datetime) -> Iterator[Alert]:
    """Notices on the screen that were not seen yet, for the digest. Three queries and the kinds'.

    What a rule told the same person already, of the same event, is not told again.
    """
    seen = looked_at_until(now)
    rows = list(
        (Notice.objects.filter(at__gt=seen) if seen else Notice.objects)
        .filter(
            seen_at=None,
            recipient__is_active=True,
            recipient__person__isnull=False,
        )
        .select_related("recipient__person")
    )
    told = set(
        Message.objects.filter(reference__in={n.reference for n in rows})
        .exclude(rule=_NOTICE)
        .values_list("recipient_id", "reference", "clock_event")
    )
    places = places_of((n.reference, n.event) for n in rows)
    for notice in rows:
        person = notice.recipient.person
        event = event_of(notice.event, notice.sequence)
        if (person.pk, notice.reference, event) in told:
            continue
        said = told_in_words(notice.event, notice.reference)
        yield Alert(
            _NOTICE,
            (person,),
            notice.reference,
            event,
            said,
            said,
            href=places.get((notice.reference, notice.event), "/your-work/"),
            personal=not said,
            since=notice.at,
            until=notice.at + NEWS,
        )


def event_of(event: str, sequence: int) -> str:
    """The clock event of one row of the audit trail."""
    return f"{sequence}:{event}"[:100]
