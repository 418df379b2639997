"""The places somebody has in a body and its meetings: a seat, an invitation, a seat at a meeting.

They let people speak for themselves whatever the role of their account is (``core.permits``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from openscrutiny.core.permits import Held, Place
from openscrutiny.forum.models import Attendance, Meeting, Membership

IN_A_SEAT = (Attendance.Capacity.SEAT.value, Attendance.Capacity.SUBSTITUTE.value)


def in_bodies(user: Any, *, on: date | None = None) -> tuple[Held, ...]:
    """The seats somebody sits in on a day (today, where none is given), substitutes included.

    One query; none for who is not signed in.
    """
    if not getattr(user, "is_authenticated", False):
        return ()
    day = on or timezone.localdate()
    rows = Membership.objects.on(day).filter(person__user=user)  # type: ignore[attr-defined]
    codes = rows.order_by("body__code").values_list("body__code", flat=True).distinct()
    return tuple(Held(Place.SEAT, code) for code in codes)


def at_meeting(user: Any, meeting: Meeting) -> tuple[Held, ...]:
    """What somebody is to a meeting by its list of who is invited. One query, or none."""
    if not getattr(user, "is_authenticated", False):
        return ()
    found = meeting.attendances.filter(person__user=user).values_list("capacity", flat=True).first()
    if found is None:
        return ()
    places = [Place.INVITED, *([Place.SAT] if found in IN_A_SEAT else [])]
    return tuple(Held(place, code) for place in places for code in meeting.concerning)
