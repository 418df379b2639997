"""Scrutiny's part of the thread: lines of enquiry, what became of findings, and who must act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from openscrutiny.base.thread import Described, Kind, Next, Passage
from openscrutiny.base.work import Pile, WorkItem, rows_waiting
from openscrutiny.core.permits import Action, Role, Standing, may
from openscrutiny.monitor import threads as monitor
from openscrutiny.scrutiny.models import Enquiry, Triage

# What became of a finding, in words; what is watched stands first.
BECAME = {
    Triage.Choice.WATCH: "watched",
    Triage.Choice.QUESTION: "to be asked about",
    Triage.Choice.DISMISS: "dismissed",
}


def describe_enquiries(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """Lines of enquiry, for those who may read them. One query."""
    visible = may(standing, Action.READ_ENQUIRY)
    return {
        found.number: Described(found.title, found.href, found.state_in_words, visible)
        for found in Enquiry.objects.filter(number__in=numbers)
    }


def describe_findings(numbers: Sequence[str], standing: Standing) -> Mapping[str, Described]:
    """The monitor's findings and, for those who may read it, what became of each. Two queries."""
    found = dict(monitor.describe_findings(numbers, standing))
    latest = Triage.objects.visible_to(standing).that_count().filter(finding__in=numbers)
    for finding, choice, reason in latest.values_list("finding", "choice", "reason"):
        became = BECAME[Triage.Choice(choice)]
        state = f"{became}: {reason}" if reason else became
        found[finding] = replace(found[finding], state=state)
    return found


def texts_of_enquiries(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """What each line of enquiry would know and why, after the finding it is about. One query."""
    rows = Enquiry.objects.filter(number__in=numbers).select_related("finding")
    return {
        e.number: (
            Passage("Finding", e.finding.sentence),
            Passage("Why", e.why),
            Passage("What could explain it", "\n\n".join(map(str, e.could_explain))),
            Passage("What to ask", "\n\n".join(map(str, e.ask))),
            Passage("What to ask for", "\n\n".join(map(str, e.evidence))),
        )
        for e in rows
    }


def next_from_finding(number: str, standing: Standing) -> Sequence[Next]:
    """Deciding what becomes of a finding, for those who may."""
    if not may(standing, Action.TRIAGE_FINDING):
        return ()
    return (Next("Decide what becomes of it", f"/findings/{number}/triage/"),)


def work(user: Any, standing: Standing, now: datetime) -> Iterable[Pile]:
    """Drafted lines of enquiry wait for the chair, approved ones for the secretariat. One query."""
    to_do = {}
    if may(standing, Action.APPROVE_ENQUIRY):
        to_do["drafted"] = "Approve this line of enquiry, or withdraw it"
    if standing.has(Role.SECRETARIAT):
        to_do["approved"] = "Draft a question from this line of enquiry"
    if to_do:
        yield rows_waiting(
            Enquiry.objects.filter(state__in=to_do),
            lambda rows: [WorkItem(e.reference, e.title, e.href, to_do[e.state]) for e in rows],
        )


FINDING = replace(monitor.FINDING, describe=describe_findings)
ENQUIRY = Kind(Enquiry.KIND, "Line of enquiry", describe_enquiries, text=texts_of_enquiries)
