"""What waits for a person at a question, in words, and where to do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openscrutiny.accountability.deadlines import OPEN, WAITING
from openscrutiny.accountability.models import Question
from openscrutiny.base.access import allows
from openscrutiny.core.permits import Action


def address_of(question: Question) -> str:
    """The permanent address of a question."""
    return f"/questions/{question.number}/"


@dataclass(frozen=True)
class ToDo:
    """The one thing this person should do next: ``href`` says where, ``label`` names its page."""

    words: str
    href: str = ""
    label: str = ""


# What waits for whoever may do it, by state: the permission, and the words.
_NEXT: Mapping[str, tuple[Action, str]] = {
    "draft": (Action.DRAFT_QUESTION, "Finish this draft, then submit it."),
    "submitted": (Action.DECIDE_REMIT, "Decide whether this is in the forum's remit."),
    "in_remit": (Action.ISSUE_QUESTION, "Issue this question. Its clock starts then."),
    "clarifying": (Action.CLARIFY_QUESTION, "Say what was meant, so that the clock runs again."),
    "answered": (Action.ASSESS_RESPONSE, "Say whether the answer is satisfactory."),
    "partly": (Action.ASSESS_RESPONSE, "Say whether the answer is satisfactory."),
    "not_held": (Action.ASSESS_RESPONSE, "Say whether the answer is satisfactory."),
    "declined": (Action.ASSESS_RESPONSE, "Say whether declining to answer is acceptable."),
    "satisfied": (Action.ASSESS_RESPONSE, "Close this question."),
}


def next_words(question: Question, may_do: Any, *, drafted: bool) -> str:
    """What waits for a person here; empty where nothing does.

    ``may_do`` says of an action whether the person may take it on this question.
    """
    if question.state in WAITING and may_do(Action.DRAFT_RESPONSE):
        if drafted and may_do(Action.SIGN_RESPONSE):
            return "Check the drafted answer, then sign and send it."
        if drafted:
            return "Finish the drafted answer, then ask your signatory to sign and send it."
        if question.state == "issued":
            return "Acknowledge this question, then draft the answer."
        return "Draft the answer."
    action, words = _NEXT.get(question.state, (None, ""))
    return words if action is not None and may_do(action) else ""


def to_do(question: Question, user: Any, *, drafted: bool) -> ToDo:
    """The one thing a person should do next with a question, or whom it waits for."""

    def may_do(action: Action) -> bool:
        return allows(user, action, concerning=question.asked)

    words = next_words(question, may_do, drafted=drafted)
    home = address_of(question)
    if question.state in WAITING and words:
        if drafted and may_do(Action.SIGN_RESPONSE):
            return ToDo(words, f"{home}sign/", "Check, sign and send")
        if drafted or question.state != "issued":
            return ToDo(words, f"{home}answer/", "Write the answer")
    if words:
        return ToDo(words, "#what-you-can-do")
    if question.state in OPEN:
        name = question.addressee.name if question.addressee else "the organisation"
        whom = "the forum" if question.state == "clarifying" else name
        return ToDo(f"Nothing for you to do now. This waits for {whom}.")
    return ToDo("Nothing for you to do now.")
