"""What happened to a question so far: dated, in plain words, by role and organisation, no names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openscrutiny.accountability.models import Question
from openscrutiny.base.models import AuditEvent, Organisation

# What each event is called once it has happened. Saving a draft answer is nobody else's business.
HAPPENED: Mapping[str, str] = {
    "draft": "Drafted",
    "edit": "Redrafted",
    "submit": "Submitted",
    "accept": "Accepted as in the forum's remit",
    "send_back": "Sent back for redrafting",
    "redirect": "Redirected elsewhere",
    "refuse": "Refused",
    "issue": "Put to the organisation that must answer; the clock started",
    "acknowledge": "Acknowledged; the clock runs on",
    "ask_clarification": "The forum was asked what it meant; the clock stopped",
    "clarify": "Clarified by the forum; the clock runs again",
    "answer": "Answered",
    "answer_partly": "Answered in part",
    "answer_not_held": "Answered: the information is not held",
    "decline": "Declined under an exemption",
    "assess_satisfied": "Found satisfactory by the forum",
    "follow_up": "The forum asked for more; the clock started anew",
    "close": "Closed",
    "withdraw": "Withdrawn",
}


@dataclass(frozen=True)
class Happening:
    """One thing that happened. ``said`` is what was written with it, such as a reason."""

    at: datetime
    what: str
    who: str
    said: str


def history_of(question: Question, *, with_drafting: bool) -> tuple[Happening, ...]:
    """Everything that happened, oldest first; from its issue on for those outside the forum."""
    prefix = "accountability.question."
    rows: Sequence[AuditEvent] = AuditEvent.objects.filter(
        reference=question.reference, event__startswith=prefix
    ).order_by("sequence")
    names = dict(Organisation.objects.values_list("code", "name"))
    told, issued = [], with_drafting
    for row in rows:
        event = row.event.removeprefix(prefix)
        issued = issued or event == "issue"
        if not issued:
            continue
        words = HAPPENED[event]
        if late := row.details.get("late"):
            words = f"{words}, {late}"
        told.append(Happening(row.at, words, _who(row, names), row.details.get("reason", "")))
    return tuple(told)


def _who(row: AuditEvent, names: Mapping[str, str]) -> str:
    role, _, code = row.acting_as.partition(" for ")
    return f"{role}, {names.get(code, code)}" if code else role
