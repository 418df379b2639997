"""State tables: what may happen to a thing, from which state, by whom, and what follows.

A machine is data. The transition, its permission, its guards, the audit event, the notices and the
diagram all come from the same row, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from openscrutiny.core.permits import Action


class Audience(Enum):
    """Who is told that something happened."""

    SECRETARIAT = "the secretariat"
    CHAIR = "the chair"
    RESPONDENTS = "drafters and signatories of the organisation that was asked"
    VERIFIERS = "verifiers of other organisations"
    MEMBERS = "members of the body"


@dataclass(frozen=True)
class Guard:
    """A condition on the facts of the case. ``reason`` and ``what_to_do`` are for the screen."""

    name: str
    reason: str
    what_to_do: str


@dataclass(frozen=True)
class Transition:
    """One row: ``event`` leads from any of ``sources`` to ``target``.

    ``label`` is what its button says; ``told`` says what happened in a notice, after the title of
    the thing ("was issued to you").
    """

    event: str
    sources: frozenset[str]
    target: str
    action: Action
    label: str
    guards: tuple[Guard, ...] = ()
    notifies: tuple[Audience, ...] = ()
    told: str = ""
    needs_reason: bool = False


class NotPossible(Exception):
    """A refusal by the state or the facts: ``reason`` and ``what_to_do`` are for the screen."""

    def __init__(self, reason: str, what_to_do: str) -> None:
        super().__init__(f"{reason} {what_to_do}")
        self.reason = reason
        self.what_to_do = what_to_do


@dataclass(frozen=True)
class Machine:
    """A state table. ``states`` maps each state to its words; the first one is where things begin.

    ValueError where an event stands twice for a state or needs two permissions, or where a state is
    unknown or cannot be reached.
    """

    name: str
    noun: str
    states: Mapping[str, str]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        for row in self.transitions:
            if row.action is not self.action_of(row.event):
                raise ValueError(f"{self.name}: {row.event} needs two different permissions")
            unknown = (row.sources | {row.target}) - set(self.states)
            if unknown:
                raise ValueError(f"{self.name}: {row.event} names unknown states {sorted(unknown)}")
            for source in row.sources:
                if (row.event, source) in seen:
                    raise ValueError(f"{self.name}: {row.event} stands twice for {source}")
                seen.add((row.event, source))
        reached = {self.initial}
        while more := {t.target for t in self.transitions if t.sources & reached} - reached:
            reached |= more
        if lost := set(self.states) - reached:
            raise ValueError(f"{self.name}: no way leads to {sorted(lost)}")

    @property
    def initial(self) -> str:
        return next(iter(self.states))

    @property
    def final(self) -> frozenset[str]:
        """States that nothing leads out of."""
        left = frozenset().union(*(t.sources for t in self.transitions))
        return frozenset(self.states) - left

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.event for t in self.transitions))

    def action_of(self, event: str) -> Action:
        """The permission an event needs, whatever the state. KeyError for an unknown event."""
        for row in self.transitions:
            if row.event == event:
                return row.action
        raise KeyError(event)

    def possible(self, state: str) -> tuple[Transition, ...]:
        """The rows that lead out of a state, in the order of the table."""
        return tuple(t for t in self.transitions if state in t.sources)

    def step(self, state: str, event: str, facts: Mapping[str, bool] | None = None) -> Transition:
        """The row that applies; NotPossible where the state has none or a guard does not hold.

        ``facts`` says of each guard of the row, by name, whether it holds; KeyError where one is
        not said at all.
        """
        self.action_of(event)
        row = next((t for t in self.possible(state) if t.event == event), None)
        if row is None:
            raise NotPossible(
                f"This {self.noun} is {self.states[state]}, so that cannot be done now.",
                self._instead(state),
            )
        for guard in row.guards:
            if not (facts or {})[guard.name]:
                raise NotPossible(guard.reason, guard.what_to_do)
        return row

    def _instead(self, state: str) -> str:
        labels = list(dict.fromkeys(t.label.lower() for t in self.possible(state)))
        if not labels:
            return "Nothing more happens to it: its record stands as it is."
        return f"Load the page again to see what can be done. From here: {'; '.join(labels)}."

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {state}: {words}" for state, words in self.states.items()]
        for row in self.transitions:
            lines += [
                f"    {source} --> {row.target}: {row.event.replace('_', ' ')}"
                for source in self.states
                if source in row.sources
            ]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.final]
        return "\n".join(lines) + "\n"
