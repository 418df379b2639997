"""The state tables of the thread, as data."""

from openscrutiny.core.machines.decisions import DECISION, PUBLICATION
from openscrutiny.core.machines.questions import ENQUIRY, QUESTION
from openscrutiny.core.machines.recommendations import PART, RECOMMENDATION

MACHINES = (ENQUIRY, QUESTION, DECISION, RECOMMENDATION, PART, PUBLICATION)

__all__ = [
    "DECISION",
    "ENQUIRY",
    "MACHINES",
    "PART",
    "PUBLICATION",
    "QUESTION",
    "RECOMMENDATION",
]
