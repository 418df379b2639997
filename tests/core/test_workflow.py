"""State tables, walked whole: every state and every event, allowed and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from openscrutiny.core.machines import MACHINES, PART, QUESTION
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Guard, Machine, NotPossible, Transition

ROOT = Path(__file__).resolve().parents[2]
CASES = [(m, state, event) for m in MACHINES for state in m.states for event in m.events]


def _row(event: str, source: str, target: str, action: Action = Action.READ) -> Transition:
    return Transition(event, frozenset([source]), target, action, event.capitalize())


@pytest.mark.parametrize(
    ("machine", "state", "event"), CASES, ids=[f"{m.name}-{s}-{e}" for m, s, e in CASES]
)
def test_an_event_happens_from_its_states_and_is_refused_from_every_other(
    machine: Machine, state: str, event: str
) -> None:
    rows = [t for t in machine.transitions if t.event == event and state in t.sources]
    if not rows:
        with pytest.raises(NotPossible) as refusal:
            machine.step(state, event, {})
        assert machine.states[state] in refusal.value.reason
        assert refusal.value.what_to_do.endswith(".")
        return
    (row,) = rows
    holds = {guard.name: True for guard in row.guards}
    assert machine.step(state, event, holds) is row
    for guard in row.guards:
        with pytest.raises(NotPossible) as refusal:
            machine.step(state, event, {**holds, guard.name: False})
        assert (refusal.value.reason, refusal.value.what_to_do) == (guard.reason, guard.what_to_do)
        with pytest.raises(KeyError):
            machine.step(state, event, {g: True for g in holds if g != guard.name})


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_every_guard_and_every_told_row_speaks_in_sentences(machine: Machine) -> None:
    for row in machine.transitions:
        assert row.label[0].isupper()
        assert bool(row.told) >= bool(row.notifies), f"{row.event} notifies but says nothing"
        for guard in row.guards:
            assert guard.reason.endswith(".")
            assert guard.what_to_do.endswith(".")


def test_the_police_reach_reported_complete_and_never_a_closed_state() -> None:
    theirs = {
        Action.DRAFT_LIMB_RESPONSE, Action.ANSWER_LIMB, Action.REPORT_PROGRESS,
        Action.REPORT_COMPLETE, Action.ADD_EVIDENCE,
    }  # fmt: skip
    reached = {"issued"}
    while (
        more := {t.target for t in PART.transitions if t.action in theirs and t.sources & reached}
        - reached
    ):
        reached |= more
    assert "reported_complete" in reached
    assert not {s for s in reached if s.startswith("closed") or s in ("verifying", "verified")}


def test_every_closure_needs_a_decision_of_the_forum() -> None:
    closing = [t for t in PART.transitions if t.target.startswith("closed")]
    assert len(closing) == 3
    assert all("decided" in {g.name for g in t.guards} for t in closing)


def test_a_recommendation_that_was_not_accepted_stays_open() -> None:
    assert {t.event for t in PART.possible("not_accepted")} >= {"ask_again"}
    assert "not_accepted" not in PART.final


def test_a_question_can_always_be_ended_until_it_is() -> None:
    for state in set(QUESTION.states) - QUESTION.final:
        reached = {state}
        while more := {t.target for t in QUESTION.transitions if t.sources & reached} - reached:
            reached |= more
        assert reached & QUESTION.final, state


def test_a_table_that_contradicts_itself_is_refused() -> None:
    states = {"a": "begun", "b": "done"}
    with pytest.raises(ValueError, match="stands twice"):
        Machine("m", "m", states, (_row("go", "a", "b"), _row("go", "a", "a")))
    with pytest.raises(ValueError, match="unknown states"):
        Machine("m", "m", states, (_row("go", "a", "c"),))
    with pytest.raises(ValueError, match="no way leads"):
        Machine("m", "m", states, (_row("stay", "a", "a"),))
    with pytest.raises(ValueError, match="two different permissions"):
        Machine("m", "m", states, (_row("go", "a", "b"), _row("go", "b", "a", Action.PUBLISH)))


def test_an_event_that_no_table_has_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        QUESTION.step("draft", "vanish")


def test_the_first_guard_that_fails_is_the_one_that_is_said() -> None:
    one, two = Guard("one", "No one.", "Do one."), Guard("two", "No two.", "Do two.")
    row = Transition("go", frozenset("a"), "b", Action.READ, "Go", guards=(one, two))
    with pytest.raises(NotPossible, match="No one"):
        Machine("m", "m", {"a": "a", "b": "b"}, (row,)).step("a", "go", {"one": 0, "two": 0})  # type: ignore[dict-item]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_the_diagrams_in_the_documents_are_drawn_from_the_tables(machine: Machine) -> None:
    documented = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{machine.diagram()}```" in documented, "run: openscrutiny diagrams --write"
