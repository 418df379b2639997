"""Who is told of meetings, of terms in seats that run out, and of promises that come due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from openscrutiny.base.mail.queue import Alert
from openscrutiny.base.mail.rules import NEWS, Contacts, Rules, event_of, looked_at_until
from openscrutiny.base.models import AuditEvent, Person
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import RESPONDENTS, Role
from openscrutiny.core.promised import OPEN
from openscrutiny.forum.models import ActionPoint, Attendance, Meeting, Membership
from openscrutiny.forum.places import IN_A_SEAT
from openscrutiny.forum.services.guests import RULE as GUEST

_ENDING = timedelta(days=90)
_SOON = timedelta(days=7)
_OF_THE_BODY = (*IN_A_SEAT, Attendance.Capacity.SECRETARIAT.value)
_TO_COME = frozenset({"planned", "agenda_published", "adjourned"})


@dataclass(frozen=True)
class _Told:
    """What an event of a meeting says, while the meeting is still in one of ``states``, and at
    which ``place`` below its page it is read.

    It is of use until the meeting begins; with ``afterwards`` for as long as it is news.
    """

    rule: str
    subject: str
    text: str
    states: frozenset[str]
    afterwards: bool = False
    # Whether only those in a seat and the secretariat are told: who may do what the text says.
    seated: bool = False
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
        seated=True,
        place="minutes/",
    ),
}


def alerts(now: datetime, contacts: Contacts) -> Iterator[Alert]:
    """What is to be said of meetings, seats and promises. Eight queries, however many there are."""
    today = timezone.localtime(now).date()
    yield from _of_meetings(now)
    yield from _of_seats(today, contacts)
    yield from _of_promises(today, contacts)


def _of_meetings(now: datetime) -> Iterator[Alert]:
    rows = AuditEvent.objects.filter(event__in=_EVENTS).order_by("sequence")
    if seen := looked_at_until(now):
        rows = rows.filter(at__gt=seen)
    events = list(rows.values_list("sequence", "event", "reference", "at"))
    numbers = {reference.partition(":")[2] for _, _, reference, _ in events}
    meetings = {
        m.reference: m
        for m in Meeting.objects.filter(number__in=numbers)
        .select_related("body")
        .prefetch_related("attendances__person")
    }
    in_seats = _in_seats(meetings.values())
    for sequence, event, reference, at in events:
        meeting, told = meetings.get(reference), _EVENTS[event]
        if meeting is None:
            continue
        until = at + NEWS if told.afterwards else meeting.starts_at
        # What was overtaken is not said; once it would be too late anyway, that is noted.
        if meeting.state not in told.states and now <= until:
            continue
        the = f"the meeting of {meeting.body.name}"
        local = timezone.localtime(meeting.starts_at)
        yield Alert(
            f"meeting.{told.rule}",
            _invited(meeting, in_seats, seated=told.seated),
            reference,
            event_of(event, sequence),
            f"Meeting {meeting.number}: {told.subject}",
            told.text.format(
                the=the, The=f"T{the[1:]}", when=f"{in_words(local.date())}, {local:%H:%M}"
            ),
            statutory=True,
            href=f"{meeting.href}{told.place}",
            since=at,
            until=until,
        )


def _in_seats(meetings: Iterable[Meeting]) -> Mapping[int, list[Membership]]:
    """Every membership of the bodies that meet. One query."""
    bodies = {m.body_id for m in meetings}
    found: dict[int, list[Membership]] = {}
    for row in Membership.objects.filter(body__in=bodies).select_related("person"):
        found.setdefault(row.body_id, []).append(row)
    return found


def _invited(
    meeting: Meeting, in_seats: Mapping[int, list[Membership]], *, seated: bool
) -> tuple[Person, ...]:
    """Those who were invited; where nobody was yet, those who sit in the body on the day.

    ``seated`` leaves out who was there to present or to observe.
    """
    invited = tuple(meeting.attendances.all())
    if invited:
        return tuple(a.person for a in invited if not seated or a.capacity in _OF_THE_BODY)
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


def _of_promises(today: date, contacts: Contacts) -> Iterator[Alert]:
    """What was promised in the room: a week before its day to who promised it, and once that has
    gone by to the secretariat as well. A promise that is carried forward is told of anew."""
    rows = ActionPoint.objects.by_day().filter(state__in=OPEN, day__lte=today + _SOON)
    for row in rows.select_related("owner", "person", "item__meeting__body"):
        code = row.item.meeting.body.code
        officers = contacts.holding(Role.SECRETARIAT, of=[code])
        told = list(contacts.holding(*RESPONDENTS, of=[row.owner.code]))
        if row.person is not None:
            told.append(row.person)
        late = row.day < today
        if late or row.owner.code == code:
            told += officers
        what = f"What was promised as action {row.number}"
        by = f"by the end of {in_words(row.day)}"
        yield Alert(
            "action.overdue" if late else "action.due_soon",
            tuple({p.pk: p for p in told}.values()),
            row.reference,
            f"due {row.day.isoformat()}",
            f"Action {row.number}: {'overdue' if late else 'due soon'}",
            f"{what} is not reported done. It was due {by}." if late else f"{what} is due {by}.",
            href=row.href,
        )


RULES = Rules(
    words={
        **{f"meeting.{t.rule}": f"Meeting: {t.subject}" for t in _EVENTS.values()},
        GUEST: "Meeting: an invitation with an address to answer at",
        "seat.ending": "A term in a seat ends within 90 days",
        "action.due_soon": "Promised in the room: due soon",
        "action.overdue": "Promised in the room: overdue",
    },
    alerts=alerts,
)
