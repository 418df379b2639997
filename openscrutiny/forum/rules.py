"""Who is told of meetings, by what was recorded of them, and of terms in seats that run out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from openscrutiny.base.mail.queue import Alert
from openscrutiny.base.mail.rules import Contacts, Rules, event_of
from openscrutiny.base.models import AuditEvent, Person
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import Meeting, Membership

# An event that is older tells nobody any more: an installation that begins to send mail does not
# send its whole history.
_NEWS = timedelta(days=30)
_ENDING = timedelta(days=90)
_TO_COME = frozenset({"planned", "agenda_published", "adjourned"})


@dataclass(frozen=True)
class _Told:
    """What an event of a meeting says, while the meeting is still in one of ``states``, and at
    which ``place`` below its page it is read."""

    rule: str
    subject: str
    text: str
    states: frozenset[str]
    afterwards: bool = False
    place: str = ""


_MOVED = _Told("moved", "it has moved", "{The} has moved: it is now on {when}.", _TO_COME)
# By the event of the audit trail. What changes the day of a meeting that stays planned is recorded
# as ``move``.
_EVENTS: Mapping[str, _Told] = {
    "forum.meeting.publish_agenda": _Told(
        "agenda",
        "the agenda is published",
        "The agenda of {the} on {when} is published.",
        frozenset({"agenda_published"}),
    ),
    "forum.meeting.cancel": _Told(
        "cancelled",
        "it is cancelled",
        "{The} on {when} is cancelled.",
        frozenset({"cancelled"}),
    ),
    "forum.meeting.postpone": _Told(
        "postponed",
        "it is postponed",
        "{The} on {when} is postponed. You will be told of the new day.",
        frozenset({"postponed"}),
    ),
    "forum.meeting.reschedule": _MOVED,
    "forum.meeting.move": _MOVED,
    "forum.meeting.circulate": _Told(
        "minutes",
        "draft minutes to read",
        "The draft minutes of {the} on {when} are ready to read and correct.",
        frozenset({"circulated"}),
        afterwards=True,
        place="minutes/",
    ),
}


def alerts(now: datetime, contacts: Contacts) -> Iterator[Alert]:
    """What is to be said of meetings and of seats. Five queries, however many there are."""
    yield from _of_meetings(now)
    yield from _of_seats(timezone.localtime(now).date(), contacts)


def _of_meetings(now: datetime) -> Iterator[Alert]:
    rows = AuditEvent.objects.filter(event__in=_EVENTS, at__gte=now - _NEWS).order_by("sequence")
    events = list(rows.values_list("sequence", "event", "reference"))
    numbers = {reference.partition(":")[2] for _, _, reference in events}
    meetings = {
        m.reference: m
        for m in Meeting.objects.filter(number__in=numbers)
        .select_related("body")
        .prefetch_related("attendances__person")
    }
    in_seats = _in_seats(meetings.values())
    for sequence, event, reference in events:
        meeting, told = meetings.get(reference), _EVENTS[event]
        if meeting is None or meeting.state not in told.states:
            continue
        if meeting.starts_at <= now and not told.afterwards:
            continue
        the = f"the meeting of {meeting.body.name}"
        local = timezone.localtime(meeting.starts_at)
        yield Alert(
            f"meeting.{told.rule}",
            _invited(meeting, in_seats),
            reference,
            event_of(event, sequence),
            f"Meeting {meeting.number}: {told.subject}",
            told.text.format(
                the=the, The=f"T{the[1:]}", when=f"{in_words(local.date())}, {local:%H:%M}"
            ),
            statutory=True,
            href=f"{meeting.href}{told.place}",
        )


def _in_seats(meetings: Iterable[Meeting]) -> Mapping[int, list[Membership]]:
    """Every membership of the bodies that meet. One query."""
    bodies = {m.body_id for m in meetings}
    found: dict[int, list[Membership]] = {}
    for row in Membership.objects.filter(body__in=bodies).select_related("person"):
        found.setdefault(row.body_id, []).append(row)
    return found


def _invited(meeting: Meeting, in_seats: Mapping[int, list[Membership]]) -> tuple[Person, ...]:
    """Those who were invited; where nobody was yet, those who sit in the body on the day."""
    invited = tuple(a.person for a in meeting.attendances.all())
    if invited:
        return invited
    day = timezone.localtime(meeting.starts_at).date()
    sitting = (m for m in in_seats.get(meeting.body_id, ()) if _sits(m, day))
    return tuple({m.person_id: m.person for m in sitting}.values())


def _sits(membership: Membership, day: date) -> bool:
    return membership.since <= day and (membership.until is None or day <= membership.until)


def _of_seats(today: date, contacts: Contacts) -> Iterator[Alert]:
    """Terms that end within 90 days: to who sits there and to the secretariat, naming no seat."""
    ending = Membership.objects.filter(until__gte=today, until__lte=today + _ENDING)
    for row in ending.select_related("person", "body"):
        assert row.until is not None
        day = in_words(row.until)
        to_whom = (
            ((row.person,), f"Your term in a seat of {row.body.name} ends on {day}."),
            (
                contacts.holding(Role.SECRETARIAT, of=[row.body.code]),
                f"A term in a seat of {row.body.name} ends on {day}.",
            ),
        )
        for people, text in to_whom:
            yield Alert(
                "seat.ending",
                tuple(people),
                f"membership:{row.pk}",
                f"ends {row.until.isoformat()}",
                "A term in a seat ends soon",
                text,
            )


RULES = Rules(
    words={
        **{f"meeting.{t.rule}": f"Meeting: {t.subject}" for t in _EVENTS.values()},
        "seat.ending": "A term in a seat ends within 90 days",
    },
    alerts=alerts,
)
