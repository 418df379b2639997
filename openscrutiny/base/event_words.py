"""Events of the audit trail in words: what was done, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openscrutiny.core.machines import MACHINES

_MACHINES = {machine.name: machine for machine in MACHINES}


def event_in_words(event: str) -> str:
    """``accountability.question.issue`` as ``Question: Issue it``, by the label of its row.

    What is no row of a state table is said by its own name.
    """
    _, _, rest = event.partition(".")
    thing, _, verb = rest.partition(".")
    machine = _MACHINES.get(thing)
    noun = machine.noun if machine else _spoken(thing)
    label = next((r.label for r in machine.transitions if r.event == verb), "") if machine else ""
    done = label or _spoken(verb)
    return f"{noun[:1].upper()}{noun[1:]}: {done[:1].lower()}{done[1:]}" if done else noun


def told_in_words(event: str, reference: str) -> str:
    """What a notice of an event may say outside these pages: ``Question 2026-001 was issued.``

    Nothing that anybody typed is in it. Empty where the event is no row of a state table that tells
    anybody.
    """
    _, _, rest = event.partition(".")
    thing, _, verb = rest.partition(".")
    machine = _MACHINES.get(thing)
    if machine is None:
        return ""
    told = next((r.told for r in machine.transitions if r.event == verb and r.told), "")
    number = reference.partition(":")[2]
    return f"{machine.noun.capitalize()} {number} {told}." if told else ""


def details_in_words(event: str, details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is known of an event as labels and words; states by the words of their table."""
    machine = _MACHINES.get(event.split(".")[1] if event.count(".") > 1 else "")
    said = []
    for key, value in details.items():
        if value in ("", None):
            continue
        words = ", ".join(_spoken(str(v)) for v in value) if isinstance(value, list) else str(value)
        if key in ("from", "to") and machine:
            words = machine.states.get(words, words)
        said.append(({"from": "was", "to": "is now"}.get(key, _spoken(key)), words))
    return tuple(said)


def _spoken(code: str) -> str:
    return code.replace("_", " ")
