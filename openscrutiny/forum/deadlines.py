"""When papers of a meeting close, and when its minutes and its note of decisions are due.

Each with its calculation. Nothing is stored: a bank holiday that is added moves what is still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from openscrutiny.core.bodies import Allowed
from openscrutiny.core.calendar import (
    Calendar,
    Deadline,
    NotKnownYet,
    deadline,
    in_words,
)
from openscrutiny.core.notice import latest_day
from openscrutiny.forum import terms
from openscrutiny.forum.models import Meeting
from openscrutiny.warehouse import definitions


@dataclass(frozen=True)
class PapersClose:
    """The last day for papers of a meeting, and how it was worked out; ``on`` is None where it
    cannot be yet."""

    on: date | None
    sentence: str

    def over(self, now: datetime) -> bool:
        """Whether the time for papers is over; it is not where the day is not known."""
        return self.on is not None and timezone.localtime(now).date() > self.on


def papers_close_on(meeting: Meeting) -> PapersClose:
    """Papers close when the notice of the body begins: what goes out is what the agenda goes with.

    The last day is the latest one with all the clear days of the notice after it: neither the day
    the papers go out nor the day of the meeting counts.
    """
    day = timezone.localtime(meeting.starts_at).date()
    notice = terms.of_body(meeting.body.code, on=day).notice
    try:
        last = latest_day(day, notice.term, _calendar(day))
    except NotKnownYet as unknown:
        return PapersClose(None, str(unknown))
    return PapersClose(
        last,
        f"Papers close at the end of {in_words(last)}: {notice.term} lie clear between that day "
        f"and the meeting on {in_words(day)}. {notice.source}",
    )


def minutes_due(meeting: Meeting, *, now: datetime) -> Deadline | None:
    """When the draft minutes are due after the meeting; None where it cannot be said yet."""
    day = timezone.localtime(meeting.starts_at).date()
    allowed = terms.of_body(meeting.body.code, on=day).draft_minutes
    return _after(meeting, allowed, now=now)


def decision_note_due(meeting: Meeting, *, now: datetime) -> Deadline | None:
    """When the note of decisions is due after the meeting; None where it cannot be said yet."""
    day = timezone.localtime(meeting.starts_at).date()
    allowed = terms.of_body(meeting.body.code, on=day).decision_note
    return _after(meeting, allowed, now=now)


def _after(meeting: Meeting, allowed: Allowed, *, now: datetime) -> Deadline | None:
    held = meeting.closed_at or meeting.ends_at
    on = timezone.localtime(held).date()
    try:
        return deadline(
            started=held,
            term=allowed.term,
            calendar=_calendar(on),
            as_of=now,
            zone=settings.TIME_ZONE,
            event="The meeting was held",
        )
    except NotKnownYet:
        return None


def _calendar(on: date) -> Calendar:
    return definitions.calendar(terms.in_force(on))
