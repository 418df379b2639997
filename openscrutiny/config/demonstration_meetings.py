"""The invented city's forum in its room: the meetings at which its record was decided.

The rooms are run through the services of a click. Planning a meeting and filling its seats is told
as plain rows.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.base.thread import next_number
from openscrutiny.forum.models import AgendaItem, Meeting, Membership
from openscrutiny.forum.services.attendance import record_arrival
from openscrutiny.forum.services.room import close_meeting, open_item, open_meeting
from openscrutiny.forum.terms import of_body

FORUM = "forum"
# Nine voting seats, two more than a quorum, with the voices that must be among them.
_SEATED = (
    "authority-1",
    "council-north",
    "victim-support",
    "victim-advocates",
    "race-1",
    "jewish",
    "lgb",
    "disability-1",
    "health",
)
_FROM_ELSEWHERE = ("disability-1", "lgb")
_LONG = timedelta(hours=2)


def seats_for_the_room(chair: User, *, since: date, now: datetime) -> None:
    """Have people in the seats that a quorum needs, the chair in the first, where nobody is."""
    body = Organisation.objects.get(code=FORUM)
    if Membership.objects.filter(body=body).exists():
        return
    voting = [s.code for s in of_body(FORUM, on=timezone.localtime(now).date()).voting_seats]
    seats = sorted(voting, key=lambda code: (code not in _SEATED, voting.index(code)))
    for number, seat in enumerate(seats[: len(_SEATED)], start=1):
        own = chair if number == 1 else None
        sits = Person.objects.create(name=f"Invented Person {number}", user=own, created_at=now)
        Membership.objects.create(body=body, seat=seat, person=sits, since=since)


def sitting(
    secretariat: User, chair: User, *, about: str, heading: str, at: datetime
) -> AgendaItem:
    """An item before the forum at its meeting of a day, which is convened where it is not yet."""
    day = timezone.localtime(at).date()
    seats_for_the_room(chair, since=day - timedelta(days=365), now=at)
    meeting = Meeting.objects.filter(body__code=FORUM, state="in_session", starts_at=at).first()
    if meeting is None:
        meeting = _convened(secretariat, at=at)
    position = meeting.items.count() + 1
    item = AgendaItem.objects.create(
        number=f"{meeting.number}-{position}",
        state="published",
        meeting=meeting,
        position=position,
        heading=heading[:200],
        about=about,
    )
    open_item(item=item, by=secretariat, now=at)
    return item


def rise(secretariat: User, meeting: Meeting, *, at: datetime) -> None:
    """Close a meeting once its last item is; the first story to come to its end closes it."""
    meeting = Meeting.objects.select_related("body").get(pk=meeting.pk)
    if meeting.state == "in_session" and not meeting.items.filter(state="opened").exists():
        close_meeting(meeting=meeting, by=secretariat, now=at)


def _convened(secretariat: User, *, at: datetime) -> Meeting:
    """A meeting that was planned and announced, with people in its room, in session."""
    planned = at - timedelta(weeks=4)
    meeting = Meeting.objects.create(
        number=next_number(Meeting.KIND, now=at),
        state="agenda_published",
        body=Organisation.objects.get(code=FORUM),
        heading=f"Meeting of {timezone.localtime(at):%-d %B %Y}",
        starts_at=at,
        ends_at=at + _LONG,
        venue="Committee room 1, Aldermere House",
        access="Step-free from the street, with a hearing loop and live captions.",
        changed_at=planned,
        agenda_published_at=at - timedelta(days=10),
        created_by=secretariat,
        created_at=planned,
    )
    day = timezone.localtime(at).date()
    seats = Membership.objects.on(day).filter(  # type: ignore[attr-defined]
        body__code=FORUM, seat__in=_SEATED, substitute_for=None
    )
    for membership in seats.select_related("person"):
        record_arrival(
            meeting=meeting,
            person=membership.person,
            membership=membership,
            remote=membership.seat in _FROM_ELSEWHERE,
            by=secretariat,
            now=at,
        )
    open_meeting(meeting=meeting, by=secretariat, now=at)
    return meeting
