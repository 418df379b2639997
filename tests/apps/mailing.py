"""People who can be written to, and clocks that stand at each stage, for tests of notices."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from openscrutiny.accountability.models import Question
from openscrutiny.base import audit
from openscrutiny.base.models import Person, User
from openscrutiny.forum.models import Meeting
from tests.apps.meeting_rooms import somebody
from tests.apps.recommending import Forum, forum

# A Monday, two hours after a digest is due; no bank holiday is near.
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
# What is typed into every field of everything that mails are about.
SECRET = "Zebra crossing at midnight"
_numbers = count(1)


def contact(user: User, **fields: object) -> Person:
    """Somebody with an account, who can be written to."""
    return somebody(user.username, user=user, **fields)


def reachable_forum() -> Forum:
    """A forum whose people can all be written to."""
    made = forum()
    for user in (made.secretariat, made.chair, made.drafter, made.signatory, made.verifier):
        contact(user)
    return made


def sent_question(f: Forum, *, at: datetime, text: str = SECRET) -> Question:
    """A question issued at a moment: 20 working days from then an answer is due."""
    return Question.objects.create(
        number=f"2026-{next(_numbers) + 800:03d}",
        state="issued",
        addressee=f.police,
        heading=text,
        text=text,
        why=text,
        created_by=f.secretariat,
        created_at=at,
        issued_at=at,
        clock_started_at=at,
        term_length=20,
        term_unit="working days",
    )


def recorded(meeting: Meeting, event: str, *, at: datetime) -> None:
    """The row of the audit trail that a step of a meeting leaves."""
    audit.record(
        f"forum.meeting.{event}",
        reference=meeting.reference,
        actor=None,
        acting=None,
        now=at,
        details={"reason": SECRET},
    )
