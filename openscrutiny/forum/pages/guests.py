"""What a guest without an account reads at their own address: nothing that is confidential."""

from __future__ import annotations

from dataclasses import dataclass

from openscrutiny.forum.models import Attendance
from openscrutiny.forum.pages.agendas import when_words


@dataclass(frozen=True)
class GuestPage:
    """A meeting as a guest reads it. ``item`` is the public heading of what they come for.

    Neither the guest's name nor what they need stands on it, nor how to join from elsewhere:
    whoever holds the address could read it.
    """

    heading: str
    body: str
    when: str
    venue: str
    access: str
    capacity: str
    item: str
    reply: str
    answered: bool


def guest_page(attendance: Attendance) -> GuestPage:
    """The page of a guest's own invitation. No query where everything was fetched with it."""
    meeting = attendance.meeting
    return GuestPage(
        heading=meeting.heading,
        body=meeting.body.name,
        when=when_words(meeting),
        venue=meeting.venue,
        access=meeting.access,
        capacity=attendance.get_capacity_display(),
        item=attendance.presents.heading if attendance.presents else "",
        reply=attendance.get_reply_display(),
        answered=attendance.reply != Attendance.Reply.NONE,
    )
