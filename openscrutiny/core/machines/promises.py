"""The state tables of what was promised in the room, and of what the forum means to look at."""

from __future__ import annotations

from openscrutiny.core.machines.rows import SECOND_PERSON, TO_FORUM, row
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Audience, Guard, Machine

ACTION = Machine(
    "action",
    "action",
    {
        "open": "open",
        "in_progress": "in progress",
        "claimed_done": "reported done, and not yet confirmed",
        "carried_forward": "carried forward",
        "confirmed": "confirmed as done",
        "cancelled": "cancelled",
    },
    (
        row(
            "begin",
            "open carried_forward",
            "in_progress",
            Action.REPORT_ACTION,
            "Say that it has begun",
        ),
        row(
            "claim_done",
            "open in_progress carried_forward",
            "claimed_done",
            Action.REPORT_ACTION,
            "Report it done",
            notifies=TO_FORUM,
            told="is reported done",
            needs_reason=True,
        ),
        row(
            "confirm",
            "claimed_done",
            "confirmed",
            Action.CONFIRM_ACTION,
            "Confirm that it was done",
            guards=(SECOND_PERSON,),
            notifies=(Audience.RESPONDENTS,),
            told="is confirmed as done",
        ),
        row(
            "carry_forward",
            "open in_progress claimed_done carried_forward",
            "carried_forward",
            Action.CONFIRM_ACTION,
            "Carry forward",
            notifies=(Audience.RESPONDENTS,),
            told="is carried forward",
            needs_reason=True,
        ),
        row(
            "cancel",
            "open in_progress claimed_done carried_forward",
            "cancelled",
            Action.CANCEL_ACTION,
            "Cancel",
            notifies=(Audience.RESPONDENTS, Audience.SECRETARIAT),
            told="is cancelled",
            needs_reason=True,
        ),
    ),
)

SCORED = Guard(
    "scored",
    "Nobody has scored this yet.",
    "Give its scores first, so that the choice can be explained.",
)
PLACED = Guard(
    "placed",
    "No meeting was chosen.",
    "Choose a meeting that is still to come.",
)
MET = Guard(
    "met",
    "The meeting it is scheduled for has not been held.",
    "Wait until it was held, or move this to another meeting.",
)

WORK = Machine(
    "work",
    "work programme item",
    {
        "proposed": "proposed",
        "accepted": "accepted, and without a meeting",
        "scheduled": "scheduled for a meeting",
        "done": "done",
        "declined": "declined",
    },
    (
        row(
            "accept",
            "proposed",
            "accepted",
            Action.PLAN_WORK,
            "Take into the programme",
            guards=(SCORED,),
        ),
        row(
            "decline",
            "proposed accepted",
            "declined",
            Action.PLAN_WORK,
            "Decline",
            needs_reason=True,
        ),
        row(
            "schedule",
            "accepted",
            "scheduled",
            Action.PLAN_WORK,
            "Schedule",
            guards=(PLACED,),
        ),
        row(
            "move",
            "scheduled",
            "scheduled",
            Action.PLAN_WORK,
            "Move to another meeting",
            guards=(PLACED,),
            needs_reason=True,
        ),
        row(
            "unschedule",
            "scheduled",
            "accepted",
            Action.PLAN_WORK,
            "Take off the meeting",
            needs_reason=True,
        ),
        row(
            "finish",
            "scheduled",
            "done",
            Action.PLAN_WORK,
            "Mark as done",
            guards=(MET,),
        ),
    ),
)
