"""Every write of scrutiny: what becomes of a finding, and the words and steps of an enquiry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing, move, note
from openscrutiny.base.thread import link, next_number
from openscrutiny.core.enquiries import Enquiry as Definition
from openscrutiny.core.enquiries import NoEnquiry, enquiry_for
from openscrutiny.core.permits import Action
from openscrutiny.core.wording import named_parts
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import NothingHere
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.threads import batches_behind
from openscrutiny.scrutiny.models import Enquiry, Triage
from openscrutiny.warehouse import definitions


@transaction.atomic
def triage_finding(
    *, finding: Finding, choice: str, by: User, now: datetime, reason: str = ""
) -> Enquiry | None:
    """Decide what becomes of a finding; the latest decision counts.

    Asking about it drafts a line of enquiry, which is returned. That takes a finding of the figures
    in use without an open line of enquiry; NotPossible or AlreadyThere otherwise. Watching and
    dismissing need a reason (ReasonMissing). ValueError for a choice there is not.
    """
    chosen = Triage.Choice(choice)
    asking = chosen is Triage.Choice.QUESTION
    number = next_number(Enquiry.KIND, now=now) if asking else ""
    said = {"choice": chosen.value, "reason": reason.strip(), "enquiry": number}
    note(
        "scrutiny.finding.triage",
        reference=f"finding:{finding.pk}",
        action=Action.TRIAGE_FINDING,
        by=by,
        now=now,
        details={name: text for name, text in said.items() if text},
    )
    if not (asking or reason.strip()):
        raise ReasonMissing
    Triage.objects.create(finding=finding, choice=chosen, reason=reason.strip(), by=by, at=now)
    enquiry = _draft(finding, number, by=by, now=now) if asking else None
    for batch in batches_behind(finding):
        link(f"batch:{batch}", f"finding:{finding.pk}", kind="found in", by=by.pk, now=now)
    if enquiry is not None:
        link(f"finding:{finding.pk}", enquiry.reference, kind="led to", by=by.pk, now=now)
    return enquiry


@transaction.atomic
def edit_enquiry(
    *,
    enquiry: Enquiry,
    heading: str,
    why: str,
    ask: Sequence[str],
    could_explain: Sequence[str],
    evidence: Sequence[str],
    by: User,
    now: datetime,
    seen: int,
) -> None:
    """Change the words of a line of enquiry that is still drafted.

    ``seen`` is the revision the person was looking at. NotPossible or Overtaken say why not.
    """
    words = {
        "heading": heading,
        "why": why,
        "ask": list(ask),
        "could_explain": list(could_explain),
        "evidence": list(evidence),
    }
    note(
        "scrutiny.enquiry.edit",
        reference=enquiry.reference,
        action=Action.EDIT_ENQUIRY,
        by=by,
        now=now,
        details={"changed": [n for n, text in words.items() if text != getattr(enquiry, n)]},
    )
    if seen != enquiry.revision:
        raise Overtaken(Enquiry.MACHINE.noun)
    refuse_unless_drafted(enquiry)
    same = Enquiry.objects.filter(pk=enquiry.pk, state=enquiry.state, revision=seen)
    if not same.update(revision=F("revision") + 1, **words):
        raise Overtaken(Enquiry.MACHINE.noun)
    enquiry.refresh_from_db()


def refuse_unless_drafted(enquiry: Enquiry) -> None:
    """NotPossible where the words of a line of enquiry may not be changed any more."""
    if enquiry.state != Enquiry.MACHINE.initial:
        raise NotPossible(
            f"This line of enquiry is {enquiry.state_in_words}, so its words stay as they are.",
            "Ask the chair to send it back for redrafting, or draft the question in other words.",
        )


def move_enquiry(
    *,
    enquiry: Enquiry,
    event: str,
    by: User,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
) -> AuditEvent:
    """Approve a line of enquiry, send it back or withdraw it. See ``base.moves.move``."""
    return move(enquiry, event, by=by, now=now, reason=reason, seen=seen)


def mark_asked(*, enquiry: Enquiry, by: User, now: datetime) -> AuditEvent:
    """Say that a question was drafted from an approved line of enquiry. It may be asked again."""
    return move(enquiry, "ask", by=by, now=now)


def definition_for(finding: Finding) -> Definition:
    """The line of enquiry for a finding of the figures in use, in its words, or NotPossible."""
    try:
        figures = reading.current()
    except NothingHere as nothing:
        raise NotPossible(str(nothing.args[0]), "Then look at its findings.") from None
    found_in = (finding.found_in.place, finding.found_in.data_version)
    if found_in != (figures.place.id, figures.data_version):
        raise NotPossible(
            "The figures have changed since this was found, so it may no longer hold.",
            "Look in the list of findings for what the present figures show, and ask about that.",
        )
    try:
        fitting = enquiry_for(
            definitions.enquiries().values(),
            measure=finding.measure,
            kind=finding.kind,
            direction=finding.direction,
            scope=finding.scope,
        )
    except NoEnquiry as error:
        raise NotPossible(str(error), "Until then, watch the finding.") from None
    measure = figures.measures[finding.measure]
    parts = named_parts(
        finding.as_found(), measure=measure, areas=figures.areas, taxonomy=figures.taxonomy
    )
    return fitting.filled(parts)


def _draft(finding: Finding, number: str, *, by: User, now: datetime) -> Enquiry:
    """The drafted line of enquiry; a finding has one open line of enquiry at most."""
    known = Enquiry.objects.open().filter(finding=finding).first()
    if known is not None:
        raise AlreadyThere(
            f"This finding already has a line of enquiry, which is {known.state_in_words}.",
            "Go on with that one, or withdraw it first.",
            href=known.href,
            label=known.title,
        )
    defined = definition_for(finding)
    return Enquiry.objects.create(
        number=number,
        state=Enquiry.MACHINE.initial,
        finding=finding,
        definition=defined.id,
        heading=defined.title,
        why=defined.why,
        could_explain=list(defined.could_explain),
        ask=list(defined.ask),
        evidence=list(defined.evidence),
        created_by=by,
        created_at=now,
    )
