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
QUORATE = Guard(
    "taken_with_a_quorum",
    "This was not taken by a meeting with a quorum, so it cannot be certified.",
    "Put it on an agenda, have the meeting take it, and record it there.",
)
PRESIDED = Guard(
    "presided",
    "A decision is certified by the chair, or by the deputy who presided over its item; nobody "
    "certifies what they stepped aside from.",
    "Ask whoever presided over the item, or the chair.",
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
