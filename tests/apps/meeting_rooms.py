"""Meetings for tests: a body, people in its seats, a meeting, items on its agenda.

The rows stand as the services leave them, in states that a person could have brought about.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Membership, Presence
from openscrutiny.forum.services.meetings import Arrangements
from tests.city import NOW
from tests.people import person

# A Tuesday, when the forum of the invented city meets; its terms of reference apply on the day.
STARTS = datetime(2026, 10, 6, 13, 0, tzinfo=UTC)
SINCE = date(2025, 1, 1)
_numbers = count(1)


def body(code: str = "forum") -> Organisation:
    """A body that meets, made where there is none."""
    kind = {"forum": "forum", "committee": "committee"}.get(code, "subgroup")
    made, _ = Organisation.objects.get_or_create(
        code=code, defaults={"name": f"The {code}", "kind": kind}
    )
    return made


def somebody(name: str = "", *, user: User | None = None, **fields: Any) -> Person:
    """A person, with an account where ``user`` is given."""
    number = next(_numbers)
    return Person.objects.create(
        name=name or f"Person {number}",
        email=fields.pop("email", f"person{number}@example.org"),
        user=user,
        created_at=NOW,
        **fields,
    )


def seated(
    seat: str, *, role: Role = Role.MEMBER, code: str = "forum", **fields: Any
) -> Membership:
    """Somebody with an account and a role, in a seat of a body since 2025."""
    user = person(role, organisation=body(code))
    return Membership.objects.create(
        body=body(code),
        seat=seat,
        person=fields.pop("person", None) or somebody(user=user),
        since=fields.pop("since", SINCE),
        **fields,
    )


def meeting(state: str = "planned", *, code: str = "forum", **fields: Any) -> Meeting:
    """A meeting in a state. One whose agenda is out, or that is further, has that date."""
    starts = fields.pop("starts_at", STARTS)
    published = None if state == "planned" else starts - timedelta(days=10)
    return Meeting.objects.create(
        number=f"2026-{Meeting.objects.count() + 701:03d}",
        state=state,
        body=body(code),
        heading=fields.pop("heading", "Quarterly meeting"),
        starts_at=starts,
        ends_at=fields.pop("ends_at", starts + timedelta(hours=2)),
        venue=fields.pop("venue", "Committee room 1"),
        changed_at=NOW,
        agenda_published_at=fields.pop("agenda_published_at", published),
        created_by=fields.pop("created_by", None)
        or person(Role.SECRETARIAT, organisation=body(code)),
        created_at=NOW,
        **fields,
    )


def item(on: Meeting, state: str = "published", **fields: Any) -> AgendaItem:
    """The next item of a meeting."""
    position = on.items.count() + 1
    return AgendaItem.objects.create(
        number=f"{on.number}-{position}",
        state=state,
        meeting=on,
        position=position,
        heading=fields.pop("heading", f"Item {position}"),
        **fields,
    )


QUORUM_SEATS = ("victim-support", "race-1", "jewish", "council-north", "housing", "health")


def quorate(on: Meeting, *, since: datetime | None = None) -> list[Attendance]:
    """The chair and six other voting seats in a meeting of the forum: exactly a quorum."""
    chair = seated("authority-1", role=Role.CHAIR)
    others = [seated(seat) for seat in QUORUM_SEATS]
    return [in_the_room(on, m, since=since) for m in (chair, *others)]


def sitting(at: datetime = STARTS, **fields: Any) -> AgendaItem:
    """An item before a meeting of the forum in session with a quorum, the chair presiding."""
    on = meeting("in_session", starts_at=at, opened_at=at, **fields)
    quorate(on)
    return item(on, "opened", opened_at=at)


def in_the_room(
    on: Meeting, membership: Membership, *, since: datetime | None = None, remote: bool = False
) -> Attendance:
    """Somebody in a seat who has arrived, at the beginning where nothing else is said."""
    attending = Attendance.objects.create(
        meeting=on, person=membership.person, membership=membership, capacity="seat", reply="coming"
    )
    Presence.objects.create(attendance=attending, arrived_at=since or on.starts_at, remote=remote)
    return attending


def named_substitute(of: Membership, **fields: Any) -> Membership:
    """A named substitute of somebody in a seat."""
    return seated(of.seat, code=of.body.code, substitute_for=of, **fields)


def arranged(**other: Any) -> Arrangements:
    """Arrangements for a meeting on the Tuesday of ``STARTS``, where nothing else is said."""
    said = {
        "heading": "Quarterly meeting",
        "day": date(2026, 10, 6),
        "starts": time(14),
        "ends": time(16),
        "venue": "Committee room 1",
    }
    return Arrangements(**{**said, **other})
