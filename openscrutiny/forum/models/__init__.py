"""The forum's tables: its seats, its programme, its meetings and what they decided."""

from openscrutiny.forum.models.archive import ArchivedMeeting
from openscrutiny.forum.models.calendars import CalendarAddress
from openscrutiny.forum.models.decisions import Ballot, Decision, Vote
from openscrutiny.forum.models.guests import GuestAddress
from openscrutiny.forum.models.meetings import (
    AgendaItem,
    Attendance,
    Meeting,
    Presence,
    Recusal,
)
from openscrutiny.forum.models.minutes import Correction, MinutesVersion, RoomNote
from openscrutiny.forum.models.papers import Paper, PaperVersion
from openscrutiny.forum.models.programme import ActionPoint, WorkItem
from openscrutiny.forum.models.seats import Interest, Membership, TermsVersion

__all__ = [
    "ActionPoint",
    "AgendaItem",
    "ArchivedMeeting",
    "Attendance",
    "Ballot",
    "CalendarAddress",
    "Correction",
    "Decision",
    "GuestAddress",
    "Interest",
    "Meeting",
    "Membership",
    "MinutesVersion",
    "Paper",
    "PaperVersion",
    "Presence",
    "Recusal",
    "RoomNote",
    "TermsVersion",
    "Vote",
    "WorkItem",
]
