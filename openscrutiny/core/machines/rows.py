"""What the state tables share: how a row is written, and guards that several use."""

from __future__ import annotations

from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Audience, Guard, Transition

SECOND_PERSON = Guard(
    "second_person",
    "You prepared this yourself, and it takes a second person.",
    "Ask another person who may do it.",
)
DECIDED = Guard(
    "decided",
    "There is no certified decision of the forum for this.",
    "Record the decision, and ask the chair to certify it.",
)


TO_FORUM = (Audience.SECRETARIAT, Audience.CHAIR)


def row(
    event: str,
    sources: str,
    target: str,
    action: Action,
    label: str,
    *,
    guards: tuple[Guard, ...] = (),
    notifies: tuple[Audience, ...] = (),
    told: str = "",
    needs_reason: bool = False,
) -> Transition:
    """A row of a table; ``sources`` are states separated by spaces."""
    return Transition(
        event,
        frozenset(sources.split()),
        target,
        action,
        label,
        guards=guards,
        notifies=notifies,
        told=told,
        needs_reason=needs_reason,
    )
