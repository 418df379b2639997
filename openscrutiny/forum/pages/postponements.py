"""Every date a meeting was put off from and why, and for which day its agenda went out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from openscrutiny.base.models import AuditEvent
from openscrutiny.core.calendar import in_words
from openscrutiny.forum.models import Meeting

_STEPS = ("plan", "change", "publish_agenda", "postpone", "reschedule")
_POSTPONE = "forum.meeting.postpone"


@dataclass(frozen=True)
class Postponement:
    """One time a meeting was put off: the day it was to be on (None where it was not recorded),
    why, and when that was decided."""

    day: date | None
    reason: str
    at: datetime

    @property
    def sentence(self) -> str:
        """``It was to be on Tuesday 15 December 2026 and was postponed: Chair ill.``"""
        day = f"It was to be on {in_words(self.day)}" if self.day else "It was to be earlier"
        return f"{day} and was postponed: {self.reason.rstrip('.')}."


@dataclass(frozen=True)
class Dates:
    """The postponements of a meeting, oldest first, and the day its agenda was last published for:
    None where it was not published, or the day was not recorded."""

    postponed: tuple[Postponement, ...] = ()
    published_for: date | None = None

    def earlier(self, meeting: Meeting) -> tuple[Postponement, ...]:
        """Those that are over: without the one for which a meeting is postponed now."""
        return self.postponed[:-1] if meeting.state == "postponed" else self.postponed


def dates_of(meetings: Collection[Meeting]) -> Mapping[str, Dates]:
    """The dates of some meetings by their reference, as the record tells them. One query."""
    rows = AuditEvent.objects.filter(
        reference__in=[m.reference for m in meetings],
        event__in=[f"forum.meeting.{step}" for step in _STEPS],
    ).order_by("sequence")
    found: dict[str, Dates] = {}
    days: dict[str, date | None] = {}
    for reference, event, details, at in rows.values_list("reference", "event", "details", "at"):
        known = found.get(reference, Dates())
        told = details.get("day")
        if told:
            days[reference] = date.fromisoformat(told)
        elif "day" in details.get("changed", ()):
            days[reference] = None  # it was moved, and the record does not say to when
        day = days.get(reference)
        if event == _POSTPONE:
            put_off = Postponement(day, str(details.get("reason", "")), at)
            known = Dates((*known.postponed, put_off), known.published_for)
        elif event.endswith(".publish_agenda"):
            known = Dates(known.postponed, day)
        found[reference] = known
    return found


def ever_postponed() -> frozenset[str]:
    """The references of every meeting that was put off at any time. One query."""
    rows = AuditEvent.objects.filter(event=_POSTPONE)
    return frozenset(rows.values_list("reference", flat=True))


def published_for(meeting: Meeting, dates: Dates) -> str:
    """The day the agenda that is out was published for, where that is not the day of the meeting.

    ``an earlier date`` where the day was not recorded; empty where it is the agenda of the day.
    """
    if meeting.agenda_published_at is None:
        return ""
    stands = timezone.localtime(meeting.starts_at).date()
    if dates.published_for not in (None, stands):
        assert dates.published_for is not None
        return in_words(dates.published_for)
    # One that is planned again has an agenda that was published before it was put off.
    return "an earlier date" if meeting.state == "planned" and not dates.published_for else ""
