"""The story of a part of a recommendation: everything that happened to it, oldest first.

It is told from what was written (responses, plans, evidence, verifications) and, for steps that
leave nothing else behind, from the record of what happened. People are never named in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from openscrutiny.accountability.models import Part, Verification
from openscrutiny.accountability.services.guards import PartCase
from openscrutiny.accountability.services.parts import ANSWERED_BY
from openscrutiny.base.models import AuditEvent
from openscrutiny.core.calendar import in_words
from openscrutiny.forum.decisions import Decisions


@dataclass(frozen=True)
class Entry:
    """One thing in the story of a part. Who did it is said by organisation, never by name."""

    at: datetime
    heading: str
    verb: str
    who: str = ""
    text: str = ""
    details: tuple[tuple[str, str], ...] = ()
    warning: str = ""
    href: str = ""
    link: str = ""
    anchor: str = ""


ANSWERS = {
    "accepted": "accepted",
    "part_accepted": "accepted in part",
    "not_accepted": "not accepted",
}
_TOLD = {
    "start": "Work began",
    "report_complete": "Reported complete, and not yet verified",
    "take_up": "Verification began",
    "ask_again": "Asked again",
    "close_implemented": "Closed: carried out",
    "close_alternative": "Closed: met in another way",
    "close_not_implemented": "Closed: not carried out",
    "reopen": "Reopened",
    "withdraw": "Withdrawn",
}


def story_of(
    case: PartCase, *, names: Mapping[str, str], forum: bool, decisions: Decisions
) -> tuple[Entry, ...]:
    """Everything that happened to a part, oldest first.

    ``names`` gives organisations by code. ``forum`` says whether the reader may follow a decision
    to its page. ``decisions`` are those about the part and its recommendation.
    """
    part = case.part
    issued = part.limb.recommendation.issued_at or part.clock_started_at
    told = [Entry(issued, f"Issued to {part.organisation}", verb="")]
    told += _responses(part)
    told += _plans(case)
    told += [
        Entry(u.at, "News", "report_progress", f"Reported by {part.organisation}", u.text)
        for u in part.updates.all()
    ]
    told += _evidence(case, names)
    told += _verifications(case, names)
    for event in case.history:
        verb = event.event.rpartition(".")[2]
        if verb in _TOLD:
            told.append(_moved(event, verb, names, forum, decisions))
    # What happened at the same moment stands in the order in which it was recorded.
    places = [(e.event.rpartition(".")[2], e.at) for e in case.history]
    order = {place: n for n, place in reversed(list(enumerate(places)))}
    return tuple(sorted(told, key=lambda e: (e.at, order.get((e.verb, e.at), -1))))


def _responses(part: Part) -> list[Entry]:
    return [
        Entry(
            r.signed_at,
            f"Response: {ANSWERS[r.answer]}",
            ANSWERED_BY[r.answer],
            f"Signed for {part.organisation}",
            r.text,
            warning="This response came after it was due." if r.is_late else "",
        )
        for r in part.responses.all()
    ]


def _plans(case: PartCase) -> list[Entry]:
    reasons = {
        e.at: str(e.details.get("reason", ""))
        for e in case.history
        if e.event.endswith(".change_plan")
    }
    told = []
    for place, plan in enumerate(case.part.plans.all()):
        details = [("To be complete by", in_words(plan.complete_by))]
        if place:
            details.append(("Why it changed", reasons.get(plan.at, "")))
        told.append(
            Entry(
                plan.at,
                "Changed plan" if place else "Plan",
                "change_plan" if place else "plan",
                f"Sent by {case.part.organisation}",
                plan.steps,
                tuple(details),
            )
        )
    return told


def _evidence(case: PartCase, names: Mapping[str, str]) -> list[Entry]:
    acting = [e for e in case.history if e.event.endswith(".add_evidence")]
    by = {e.at: _for(e, names) for e in acting}
    return [
        Entry(
            item.at,
            f"Evidence: {item.heading}",
            "add_evidence",
            f"Added for {by.get(item.at) or case.part.organisation}",
            item.shows,
            (("Kind", item.get_method_display()), ("Where", item.where)),
            href=item.where if item.where.startswith(("https://", "http://")) else "",
            link="Open it",
        )
        for item in case.part.evidence.all()
    ]


def _verifications(case: PartCase, names: Mapping[str, str]) -> list[Entry]:
    by = {e.details["verification"]: e for e in case.history if "verification" in e.details}
    return [
        Entry(
            v.at,
            f"Verification {v.number}: {v.get_found_display().lower()}",
            "return" if v.found == Verification.Found.NOT_IMPLEMENTED else "verify",
            f"Verified for {_for(by[v.number], names)}" if v.number in by else "",
            v.statement,
            (
                ("Method", v.get_method_display()),
                ("Evidence considered", "; ".join(i.heading for i in v.evidence.all())),
            ),
            anchor=f"verification-{v.number}",
        )
        for v in case.part.verifications.all()
    ]


def _moved(
    event: AuditEvent, verb: str, names: Mapping[str, str], forum: bool, decisions: Decisions
) -> Entry:
    number = str(event.details.get("decision", ""))
    decision = decisions.by_number(number) if number else None
    details: list[tuple[str, str]] = []
    if number:
        words = (
            f"{number} of {in_words(decision.decided_on)}: {decision.heading}"
            if decision
            else number
        )
        details.append(("By decision", words))
    return Entry(
        event.at,
        _TOLD[verb],
        verb,
        f"Done for {_for(event, names)}",
        str(event.details.get("reason", "")),
        tuple(details),
        href=f"/decisions/{number}/" if number and forum else "",
        link="Read the decision" if number and forum else "",
    )


def _for(event: AuditEvent, names: Mapping[str, str]) -> str:
    """The organisation somebody acted for."""
    code = event.acting_as.rpartition(" for ")[2]
    return names.get(code, code)
