"""The state tables of the thread, as data."""

from openscrutiny.core.machines.decisions import DECISION, PUBLICATION
from openscrutiny.core.machines.meetings import AGENDA_ITEM, MEETING, PAPER
from openscrutiny.core.machines.promises import ACTION, WORK
from openscrutiny.core.machines.questions import ENQUIRY, QUESTION
from openscrutiny.core.machines.recommendations import PART, RECOMMENDATION

MACHINES = (
    ENQUIRY,
    QUESTION,
    WORK,
    MEETING,
    AGENDA_ITEM,
    PAPER,
    DECISION,
    ACTION,
    RECOMMENDATION,
    PART,
    PUBLICATION,
)

__all__ = [
    "ACTION",
    "AGENDA_ITEM",
    "DECISION",
    "ENQUIRY",
    "MACHINES",
    "MEETING",
    "PAPER",
    "PART",
    "PUBLICATION",
    "QUESTION",
    "RECOMMENDATION",
    "WORK",
]
