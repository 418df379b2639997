"""What notice a meeting has, by its body's terms of reference, and by when the next must be."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from openscrutiny.core.calendar import NotKnownYet
from openscrutiny.core.notice import ClearDays, clear_days
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import Meeting
from openscrutiny.warehouse import definitions


def notice_of(meeting: Meeting, *, now: datetime, by: TermsOfReference | None = None) -> ClearDays:
    """The clear days before a meeting, from when its agenda went out, or from now if it has not.

    The terms of reference of the day of the meeting count, or ``by`` where given. NotPossible where
    they say nothing of its body, or where the bank holidays are not known that far.
    """
    meets_on = timezone.localtime(meeting.starts_at).date()
    waits = meeting.state == "planned" or meeting.agenda_published_at is None
    given = now if waits else meeting.agenda_published_at
    in_force = by or terms.in_force(meets_on)
    body = in_force.body(meeting.body.code)
    if body is None:
        raise NotPossible(
            "The terms of reference of that day do not say how much notice this body gives.",
            "Add the body to the terms of reference.",
        )
    try:
        return clear_days(
            meets_on=meets_on,
            given_on=timezone.localtime(given).date(),
            term=body.notice.term,
            calendar=definitions.calendar(in_force),
        )
    except NotKnownYet as unknown:
        raise NotPossible(
            str(unknown), "Until then the chair may record why the agenda goes out all the same."
        ) from None


def next_meeting_by(last: date, meetings_a_year: int) -> date:
    """The day by which a body meets again that met on ``last`` and meets so often a year."""
    return last + timedelta(days=365 // meetings_a_year)
