"""What waits for a decision of the forum: which step, and where one is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from openscrutiny.accountability.services.guards import PartCase, RecommendationCase
from openscrutiny.core.machines.rows import DECIDED
from openscrutiny.core.workflow import Transition


@dataclass(frozen=True)
class Needed:
    """A decision that a step waits for: not there (``href`` records it), or not yet certified.

    ``stale`` is a decision that does not count, because what it was about has changed since.
    """

    label: str
    waiting: str
    href: str
    seldom: bool = False
    stale: str = ""


def waits_for_decision(case: PartCase | RecommendationCase, row: Transition) -> bool:
    """Whether nothing but a decision of the forum is missing for a step."""
    facts = case.facts(row.event)
    return [g.name for g in row.guards if not facts[g.name]] == [DECIDED.name]


def needed_decision(
    case: PartCase | RecommendationCase,
    row: Transition,
    reference: str,
    *,
    heading: str,
    text: str,
    seldom: bool,
) -> Needed:
    """The decision that a step waits for, and where it is recorded."""
    waiting = case.decisions.waiting(reference, row.event)
    stale = case.decisions.spent(reference, row.event)
    return Needed(
        row.label,
        waiting.number if waiting else "",
        decision_address(reference, row.event, heading, text),
        seldom,
        stale.number if stale and not waiting else "",
    )


def decision_address(about: str, settles: str, heading: str, text: str) -> str:
    """Where a decision that allows an event is recorded, with what is known already filled in."""
    asked = {"about": about, "settles": settles, "heading": heading[:200], "text": text[:1000]}
    return f"/decisions/new/?{urlencode(asked)}"
