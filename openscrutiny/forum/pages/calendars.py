"""What calendars are told: the public meetings, or a person's own invitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings

from openscrutiny.base.models import User
from openscrutiny.forum.models import Attendance, CalendarAddress, Meeting
from openscrutiny.forum.models.meetings import CALLED_OFF
from openscrutiny.forum.pages.reasons import reasons_of
from openscrutiny.forum.services.calendars import hash_of

_UNSURE = ("planned",)
_STAYS_AWAY = (Attendance.Reply.APOLOGIES, Attendance.Reply.SUBSTITUTE)


class Status(StrEnum):
    """Whether a meeting takes place, as calendars say it."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class CalendarEvent:
    """A meeting as a calendar holds it.

    ``uid`` never changes, ``sequence`` rises with every change a calendar must learn of, and
    ``changed_at`` is when that was. ``busy`` says whether the person it is for is taken then.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    heading: str
    venue: str
    description: str
    href: str
    status: Status
    sequence: int
    changed_at: datetime
    busy: bool = True


@dataclass(frozen=True)
class CalendarFeed:
    """A calendar by its name, with its events in order of time."""

    name: str
    events: tuple[CalendarEvent, ...]


@dataclass(frozen=True)
class CalendarPage:
    """A person's page about their calendar. ``address`` is shown once, when it was just made."""

    made_at: datetime | None
    address: str


def public_feed() -> CalendarFeed:
    """Every meeting whose agenda was published, those called off included. Two queries."""
    told = Meeting.objects.filter(agenda_published_at__isnull=False).select_related("body")
    rows = list(told.order_by("starts_at", "pk"))
    reasons = reasons_of(rows) if rows else {}
    return CalendarFeed("Meetings", tuple(_event(m, reasons, said=()) for m in rows))


def feed_of(secret: str) -> CalendarFeed | None:
    """The meetings of the person whose secret this is; None for a secret that leads nowhere.

    It holds nothing that is closed and nothing anybody needs. Three queries.
    """
    found = CalendarAddress.objects.filter(secret_hash=hash_of(secret), user__is_active=True)
    owner = found.values_list("user", flat=True).first()
    if owner is None:
        return None
    invited = Attendance.objects.filter(person__user=owner).select_related("meeting__body")
    rows = list(invited.order_by("meeting__starts_at", "meeting__pk"))
    reasons = reasons_of([r.meeting for r in rows]) if rows else {}
    events = (
        _event(
            r.meeting,
            reasons,
            said=(f"Your answer: {r.get_reply_display().lower()}.",),
            busy=r.reply not in _STAYS_AWAY,
        )
        for r in rows
    )
    return CalendarFeed("Your meetings", tuple(events))


def calendar_page(user: User, *, address: str = "") -> CalendarPage:
    """What a person sees of their own calendar address."""
    kept = CalendarAddress.objects.filter(user=user).first()
    return CalendarPage(kept.made_at if kept else None, address)


def _event(
    meeting: Meeting, reasons: Mapping[str, str], *, said: Sequence[str], busy: bool = True
) -> CalendarEvent:
    off = meeting.state in CALLED_OFF
    state = meeting.state_in_words
    words: list[Any] = [f"{meeting.body.name}. The meeting is {state}."]
    if meeting.state == "postponed":
        words.append("There is no new date yet.")
    if off and (reason := reasons.get(meeting.reference)):
        words.append(f"Why: {reason}")
    words += said
    if meeting.access:
        words.append(f"Getting in and taking part: {meeting.access}")
    status = (
        Status.CANCELLED
        if off
        else Status.TENTATIVE
        if meeting.state in _UNSURE
        else Status.CONFIRMED
    )
    return CalendarEvent(
        uid=f"meeting-{meeting.number}@{settings.PLACE}.openscrutiny",
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        heading=f"{state.capitalize()}: {meeting.heading}" if off else meeting.heading,
        venue=meeting.venue,
        description="\n".join(words),
        href=meeting.href,
        status=status,
        sequence=meeting.sequence,
        changed_at=meeting.changed_at,
        busy=busy and not off,
    )
