"""Every write on actions and oral undertakings: recorded in the room, reported, confirmed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, Organisation, Person, User
from openscrutiny.base.moves import move, note
from openscrutiny.base.thread import next_number
from openscrutiny.core.machines import ACTION
from openscrutiny.core.machines.rows import SECOND_PERSON
from openscrutiny.core.permits import Action, Standing, own_work
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import ActionPoint, AgendaItem, Meeting
from openscrutiny.forum.services.attendance import lock
from openscrutiny.forum.services.notes import refuse_reader, refuse_unless_taken_down

# An item in one of these states was never before its meeting.
_NEVER_OPENED = ("proposed", "scheduled", "published", "withdrawn", "not_reached")


@transaction.atomic
def capture_action(
    *,
    item: AgendaItem,
    sort: str,
    text: str,
    key: UUID,
    owner: Organisation,
    due_on: date,
    by: User,
    now: datetime,
    person: Person | None = None,
) -> ActionPoint:
    """Record what was promised under an item: by whom, and until when.

    ``key`` is made where it was typed: what is sent again after the network was gone is there
    already, and is returned as it was first written. It may arrive after the item or the meeting
    was closed, until the minutes are circulated. NotPossible where the item was never before the
    meeting, the day had gone when it was promised, nothing was written, the person belongs to
    another organisation than the owner, or the key was used under another item.
    """
    meeting = lock(item.meeting)
    refuse_reader(meeting, by=by, now=now)
    if found := _captured(key, item):
        return found
    # The counter makes others who record wait, so that no two of one key pass the next line.
    number = next_number(ActionPoint.KIND, now=now)
    if found := _captured(key, item):
        return found
    refuse_unless_taken_down(meeting, item)
    _refuse_capture(item, meeting, text, owner, person, due_on, now=now)
    note(
        "forum.action.capture",
        reference=f"{ActionPoint.KIND}:{number}",
        action=Action.CAPTURE_ACTION,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={
            "sort": ActionPoint.Sort(sort).value,
            "item": item.number,
            "owner": owner.code,
            "due_on": due_on.isoformat(),
        },
    )
    return ActionPoint.objects.create(
        number=number,
        state=ACTION.initial,
        item=item,
        sort=ActionPoint.Sort(sort).value,
        text=text.strip(),
        key=key,
        owner=owner,
        person=person,
        due_on=due_on,
        created_by=by,
        created_at=now,
    )


@transaction.atomic
def move_action(
    *,
    action: ActionPoint,
    event: str,
    by: User,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
    to: date | None = None,
) -> AuditEvent:
    """Carry out one step of the table: begin, claim_done, confirm, carry_forward or cancel.

    ``reason`` says what was done, where it is reported done. Carrying forward needs the day ``to``
    which, after today and after the day that stands; the day first promised never changes. Nobody
    confirms what they reported, nor what their own organisation promised.
    """
    permission = ACTION.action_of(event)
    if permission is not Action.REPORT_ACTION:
        # The organisation that promised is told of it, and decides nothing of it.
        access.require(by, permission, concerning=action.item.meeting.concerning)
    if event == "confirm" and promised_by(standing_of(by), action):
        raise own_work(permission)
    changes: dict[str, Any] = {}
    details: dict[str, Any] = {}
    if event == "claim_done":
        changes["reported_by"] = by
    if event == "carry_forward":
        day = _later_day(action, to, now=now)
        changes |= {"carried_to": day, "times_carried": F("times_carried") + 1}
        details = {"due_on": action.due_on.isoformat(), "carried_to": day.isoformat()}
    return move(
        action,
        event,
        by=by,
        now=now,
        concerning=action.concerning,
        facts=facts_of(action, by=by),
        reason=reason,
        seen=seen,
        details=details,
        **changes,
    )


def facts_of(action: ActionPoint, *, by: Any) -> dict[str, bool]:
    """What the guards of an action's steps ask."""
    return {SECOND_PERSON.name: action.reported_by_id != getattr(by, "pk", None)}


def promised_by(standing: Standing, action: ActionPoint) -> bool:
    """Whether somebody belongs to the organisation that promised, other than the body itself."""
    own_body = action.owner.code in action.item.meeting.concerning
    return not own_body and action.owner.code in standing.organisations


def _captured(key: UUID, item: AgendaItem) -> ActionPoint | None:
    """What was recorded with a key already; NotPossible where that was under another item."""
    found = ActionPoint.objects.filter(key=key).select_related("item__meeting__body").first()
    if found is not None and found.item_id != item.pk:
        raise NotPossible(
            "This was recorded under another item already.",
            f"Read it there: it is action {found.number}. Write a new one for this item.",
        )
    return found


def _refuse_capture(
    item: AgendaItem,
    meeting: Meeting,
    text: str,
    owner: Organisation,
    person: Person | None,
    due_on: date,
    *,
    now: datetime,
) -> None:
    if item.state in _NEVER_OPENED:
        raise NotPossible(
            "This item has not been before the meeting.",
            "Open the item, then record what was promised under it.",
        )
    if not text.strip():
        raise NotPossible("Nothing was written.", "Write what was promised, in one sentence.")
    if due_on < timezone.localtime(meeting.opened_at or now).date():
        raise NotPossible(
            "That day was past when this was promised.", "Write the day until which it is promised."
        )
    if person is not None and person.organisation_id not in (None, owner.pk):
        raise NotPossible(
            "This person belongs to another organisation than the one that promised.",
            "Choose somebody of that organisation, or leave the person out.",
        )


def _later_day(action: ActionPoint, to: date | None, *, now: datetime) -> date:
    stands = action.carried_to or action.due_on
    if to is None or to <= max(stands, timezone.localtime(now).date()):
        raise NotPossible(
            "It can only be carried forward to a day that is still to come, after the one that "
            "stands now.",
            "Choose a later day, or leave it as it is.",
        )
    return to
