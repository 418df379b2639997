"""The state tables of a meeting, of an item on its agenda, and of a paper for it."""

from __future__ import annotations

from openscrutiny.core.machines.rows import DECIDED, TO_FORUM, row
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Audience, Guard, Machine

AGENDA_READY = Guard(
    "agenda_ready",
    "The agenda has no item yet.",
    "Add at least one item, then publish the agenda.",
)
NOTICE_GIVEN = Guard(
    "notice_given",
    "There are fewer clear days before the meeting than the terms of reference ask for.",
    "Move the meeting to a later day, or ask the chair to record why it cannot wait.",
)
SOMEBODY_PRESIDES = Guard(
    "somebody_presides",
    "Nobody who may preside is recorded as being in the room.",
    "Record the arrival of the chair, or of a deputy and why the chair does not preside.",
)
NO_ITEM_OPEN = Guard(
    "no_item_open",
    "Another item of this meeting is still open.",
    "Close that item first: note it, decide it or defer it.",
)
WAS_QUORATE = Guard(
    "was_quorate",
    "The meeting never had a quorum, so it cannot be closed as held.",
    "Close it as inquorate: what was noted stands, and nothing was decided.",
)
NEVER_QUORATE = Guard(
    "never_quorate",
    "The meeting had a quorum, so it cannot be closed as inquorate.",
    "Close it as held.",
)
MINUTES_WRITTEN = Guard(
    "minutes_written",
    "There is no draft of the minutes yet.",
    "Make the draft from what was recorded, read it, then circulate it.",
)
NOTES_SETTLED = Guard(
    "notes_settled",
    "A note came after the minutes were drafted and nobody has dealt with it.",
    "Write in the minutes: it stands beside its item. Add it to the text, or set it aside and say "
    "why.",
)
RECORD_TAKEN_IN = Guard(
    "record_taken_in",
    "The record of the meeting changed since this version of the minutes was saved.",
    "Read on the page of the minutes what changed, and take it in as a new version.",
)
DECISIONS_SETTLED = Guard(
    "decisions_settled",
    "A decision of this meeting is neither certified nor refused.",
    "Ask the chair to certify it or to refuse it, then take that in as a new version.",
)
IN_SESSION = Guard(
    "in_session",
    "The meeting is not in session.",
    "This can be done while the meeting sits: not before it is opened, and not after.",
)
DECISION_TAKEN = Guard(
    "decision_taken",
    "No decision was recorded under this item.",
    "Record the decision first, or note the item.",
)
REASONED_CLOSED = Guard(
    "reasoned_closed",
    "A closed item needs the ground for closing it and the public interest test.",
    "Name the ground, and say why the public interest in closing it is the greater one.",
)

MEETING = Machine(
    "meeting",
    "meeting",
    {
        "planned": "planned",
        "agenda_published": "its agenda is published",
        "in_session": "in session",
        "adjourned": "adjourned",
        "held": "held",
        "inquorate": "closed without a quorum",
        "minutes_draft": "held, and its minutes are being drafted",
        "circulated": "held, and its draft minutes are circulated",
        "approved": "held, and its minutes are approved",
        "postponed": "postponed",
        "cancelled": "cancelled",
    },
    (
        row(
            "publish_agenda",
            "planned",
            "agenda_published",
            Action.PUBLISH_AGENDA,
            "Publish the agenda",
            guards=(AGENDA_READY, NOTICE_GIVEN),
            notifies=(Audience.MEMBERS,),
            told="has its agenda",
        ),
        row(
            "open",
            "agenda_published",
            "in_session",
            Action.RUN_MEETING,
            "Open the meeting",
            guards=(SOMEBODY_PRESIDES,),
        ),
        row(
            "adjourn",
            "in_session",
            "adjourned",
            Action.RUN_MEETING,
            "Adjourn",
            guards=(NO_ITEM_OPEN,),
            needs_reason=True,
        ),
        row(
            "resume",
            "adjourned",
            "in_session",
            Action.RUN_MEETING,
            "Resume",
            guards=(SOMEBODY_PRESIDES,),
        ),
        row(
            "close",
            "in_session",
            "held",
            Action.RUN_MEETING,
            "Close the meeting",
            guards=(NO_ITEM_OPEN, WAS_QUORATE),
        ),
        row(
            "close_inquorate",
            "in_session adjourned",
            "inquorate",
            Action.RUN_MEETING,
            "Close without a quorum",
            guards=(NO_ITEM_OPEN, NEVER_QUORATE),
        ),
        row(
            "draft_minutes",
            "held inquorate",
            "minutes_draft",
            Action.WRITE_MINUTES,
            "Draft the minutes",
            guards=(MINUTES_WRITTEN,),
        ),
        row(
            "circulate",
            "minutes_draft",
            "circulated",
            Action.WRITE_MINUTES,
            "Circulate the draft minutes",
            guards=(MINUTES_WRITTEN, NOTES_SETTLED, RECORD_TAKEN_IN),
            notifies=(Audience.MEMBERS,),
            told="has draft minutes to read and correct",
        ),
        row(
            "approve_minutes",
            "circulated",
            "approved",
            Action.PRESIDE,
            "Sign the minutes as approved",
            guards=(DECISIONS_SETTLED, RECORD_TAKEN_IN, DECIDED),
            notifies=(Audience.MEMBERS, Audience.SECRETARIAT),
            told="has approved minutes",
        ),
        row(
            "postpone",
            "planned agenda_published adjourned",
            "postponed",
            Action.PLAN_MEETING,
            "Postpone",
            notifies=(Audience.MEMBERS, Audience.CHAIR),
            told="is postponed",
            needs_reason=True,
        ),
        row(
            "reschedule",
            "postponed",
            "planned",
            Action.PLAN_MEETING,
            "Set a new date",
            notifies=(Audience.MEMBERS, Audience.CHAIR),
            told="has a new date",
        ),
        row(
            "cancel",
            "planned agenda_published postponed adjourned",
            "cancelled",
            Action.PLAN_MEETING,
            "Cancel",
            notifies=(Audience.MEMBERS, Audience.CHAIR),
            told="is cancelled",
            needs_reason=True,
        ),
    ),
)

AGENDA_ITEM = Machine(
    "item",
    "agenda item",
    {
        "proposed": "proposed",
        "scheduled": "on the agenda, which is not yet published",
        "published": "on the published agenda",
        "opened": "before the meeting now",
        "noted": "noted",
        "decided": "decided",
        "deferred": "deferred",
        "withdrawn": "withdrawn",
        "not_reached": "not reached",
    },
    (
        row(
            "schedule",
            "proposed",
            "scheduled",
            Action.PLAN_MEETING,
            "Put on the agenda",
            guards=(REASONED_CLOSED,),
        ),
        row(
            "publish",
            "scheduled",
            "published",
            Action.PUBLISH_AGENDA,
            "Publish",
            guards=(REASONED_CLOSED,),
        ),
        row(
            "open",
            "published",
            "opened",
            Action.RUN_MEETING,
            "Open this item",
            guards=(IN_SESSION, NO_ITEM_OPEN),
        ),
        row(
            "note",
            "opened",
            "noted",
            Action.RUN_MEETING,
            "Close: noted",
            guards=(IN_SESSION,),
        ),
        row(
            "decide",
            "opened",
            "decided",
            Action.RUN_MEETING,
            "Close: decided",
            guards=(IN_SESSION, DECISION_TAKEN),
        ),
        row(
            "reopen",
            "noted decided not_reached",
            "opened",
            Action.RUN_MEETING,
            "Open again",
            guards=(IN_SESSION, NO_ITEM_OPEN),
            needs_reason=True,
        ),
        row(
            "defer",
            "scheduled published opened not_reached",
            "deferred",
            Action.RUN_MEETING,
            "Defer",
            needs_reason=True,
        ),
        row(
            "withdraw",
            "proposed scheduled published",
            "withdrawn",
            Action.PLAN_MEETING,
            "Withdraw",
            needs_reason=True,
        ),
        row(
            "not_reach",
            "published",
            "not_reached",
            Action.RUN_MEETING,
            "Not reached",
            guards=(IN_SESSION,),
        ),
    ),
)

HAS_TEXT = Guard(
    "has_text",
    "There is no version of this paper yet.",
    "Write its text or hand in a file first.",
)
IN_TIME = Guard(
    "in_time",
    "The time for papers of this meeting is over.",
    "Ask the chair to allow it as a late paper, with the reason.",
)
READABLE = Guard(
    "readable",
    "This paper has no version that everybody can read.",
    "Hand in its text, a Word document or a tagged PDF: pictures of pages are not enough.",
)
TAKES_PAPERS_NOW = Guard(
    "takes_papers_now",
    "This item is not waiting for the meeting or before it, so it takes no paper now.",
    "Open the item again first, with the reason.",
)
PRESIDES = Guard(
    "presides",
    "Only who presides over this item takes a paper that comes at the meeting.",
    "Ask who presides to take it, or record first who presides.",
)

PAPER = Machine(
    "paper",
    "paper",
    {
        "draft": "a draft",
        "submitted": "handed in",
        "accepted": "accepted for the meeting",
        "published": "published",
        "withdrawn": "withdrawn",
    },
    (
        row(
            "submit",
            "draft",
            "submitted",
            Action.SUBMIT_PAPER,
            "Hand in",
            guards=(HAS_TEXT, IN_TIME),
            notifies=TO_FORUM,
            told="was handed in",
        ),
        row(
            "accept",
            "submitted",
            "accepted",
            Action.PLAN_MEETING,
            "Accept for the meeting",
            guards=(READABLE,),
        ),
        row(
            "return",
            "submitted accepted",
            "draft",
            Action.PLAN_MEETING,
            "Send back",
            notifies=(Audience.RESPONDENTS,),
            told="was sent back",
            needs_reason=True,
        ),
        row(
            "publish",
            "accepted",
            "published",
            Action.PUBLISH_AGENDA,
            "Publish",
        ),
        # Notice was not given of it, so who presides says why it could not wait.
        row(
            "table",
            "draft submitted accepted",
            "published",
            Action.ALLOW_LATE,
            "Take it at the meeting",
            guards=(IN_SESSION, TAKES_PAPERS_NOW, HAS_TEXT, READABLE, PRESIDES),
            needs_reason=True,
        ),
        row(
            "withdraw",
            "draft submitted accepted published",
            "withdrawn",
            Action.PLAN_MEETING,
            "Withdraw",
            needs_reason=True,
        ),
    ),
)
