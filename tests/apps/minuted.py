"""Meetings that were held, for tests of their minutes: what was said, decided and approved."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from openscrutiny.base.models import User
from openscrutiny.forum.models import AgendaItem, Decision, Meeting, RoomNote
from openscrutiny.forum.services.decisions import move_decision, record_decision
from tests.apps.meeting_rooms import STARTS, item, meeting, sitting
from tests.people import sign_in

AFTER = STARTS + timedelta(days=1)


def held_meeting() -> Meeting:
    """A meeting that was held, with two open items and a closed one."""
    made = meeting("held", opened_at=STARTS, closed_at=STARTS + timedelta(hours=2))
    item(made, "noted", heading="Welcome")
    item(made, "decided", heading="Reports of hate crime")
    item(
        made, "noted", heading="The case of one family", closed=True, exemption="1",
        public_interest="They could be recognised.",
    )  # fmt: skip
    return made


def noted(on: Meeting, at: AgendaItem | None, text: str, by: User) -> RoomNote:
    return RoomNote.objects.create(
        meeting=on, item=at, key=uuid4(), text=text, written_at=STARTS, saved_at=STARTS, by=by
    )


def recorded_decision(on: AgendaItem, by: User, *, number: str = "2026-801") -> Decision:
    """A decision under an item that waits to be certified."""
    return Decision.objects.create(
        number=number, state="recorded", kind="resolve", about=on.reference, heading="Flags",
        text="Every report is flagged.", decided_on=date(2026, 10, 6), item=on,
        quorum={"quorate": True, "sentence": "8 voting seats are here and 7 are needed."},
        recorded_by=by, recorded_at=STARTS,
    )  # fmt: skip


def approved_at(
    on: Meeting, later: Meeting | None, *, secretary: User, chair: User, now: Any = AFTER
) -> Decision:
    """A certified decision to approve the minutes, taken under an item of a meeting."""
    sits = sitting(on.starts_at + timedelta(hours=1))
    made = record_decision(
        item=sits, kind="agree", about=on.reference, settles="approve_minutes",
        heading="The minutes", text="They are right.", by=secretary, now=now,
    )  # fmt: skip
    move_decision(decision=made, event="certify", by=chair, now=now)
    Decision.objects.filter(pk=made.pk).update(item=item(later, "decided") if later else None)
    made.refresh_from_db()
    return made


def later_meeting() -> Meeting:
    return meeting("held", starts_at=STARTS + timedelta(days=90))


def page_as(user: User | None, on: Meeting) -> str:
    client = sign_in(Client(), user) if user else Client()
    answer = client.get(f"{on.href}minutes/")
    assert answer.status_code == 200
    return answer.content.decode()
