"""The pages of scrutiny: deciding about a finding, what was decided, lines of enquiry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Case, IntegerField, Value, When

from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import User
from openscrutiny.base.moves import Offer, last_reason, offers
from openscrutiny.base.thread import Thread, thread_of, warned
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Action, may
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.sources import finding_address
from openscrutiny.scrutiny.models import Enquiry, Triage
from openscrutiny.scrutiny.services import definition_for
from openscrutiny.scrutiny.threads import BECAME


@dataclass(frozen=True)
class Decided:
    """What was decided about a finding at one time."""

    became: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class TriagePage:
    """Deciding what becomes of a finding. ``would_ask`` is the heading of the line of enquiry that
    asking about it would draft; ``cannot_ask`` says instead why none can be."""

    finding: Finding
    href: str
    would_ask: str
    cannot_ask: str
    enquiry: Enquiry | None
    before: tuple[Decided, ...]
    thread: Thread


@dataclass(frozen=True)
class TriagedLine:
    """A finding and what became of it, in a list."""

    became: str
    sentence: str
    href: str
    month: str
    reason: str
    at: datetime
    enquiry: Enquiry | None


@dataclass(frozen=True)
class EnquiryLine:
    """A line of enquiry in a list."""

    number: str
    href: str
    heading: str
    state: str
    sentence: str
    at: datetime
    warned: bool


@dataclass(frozen=True)
class EnquiryPage:
    """A line of enquiry. ``reason`` is why its last step was taken, where that had to be said."""

    number: str
    href: str
    moving: str
    heading: str
    why: str
    sentence: str
    finding_href: str
    how_likely: str
    period: str
    against: str
    could_explain: tuple[str, ...]
    ask: tuple[str, ...]
    evidence: tuple[str, ...]
    state: str
    reason: str
    drafted_at: datetime
    revision: int
    may_edit: bool
    offers: tuple[Offer, ...]
    thread: Thread


def triage_page(finding: Finding, *, by: User) -> TriagePage:
    """What a person sees before deciding about a finding."""
    would_ask, cannot_ask = "", ""
    try:
        would_ask = definition_for(finding).title
    except NotPossible as refusal:
        cannot_ask = str(refusal)
    return TriagePage(
        finding=finding,
        href=finding_address(finding.pk),
        would_ask=would_ask,
        cannot_ask=cannot_ask,
        enquiry=Enquiry.objects.open().filter(finding=finding).first(),
        before=tuple(
            Decided(BECAME[Triage.Choice(t.choice)], t.reason, t.at) for t in finding.triages.all()
        ),
        thread=thread_of(f"finding:{finding.pk}", standing=standing_of(by)),
    )


def triaged_page(asked: Asked) -> Listed:
    """Findings by what became of them, watched ones first."""
    order = Case(
        *(When(choice=choice, then=Value(place)) for place, choice in enumerate(BECAME)),
        output_field=IntegerField(),
    )
    latest = Triage.objects.that_count().select_related("finding").order_by(order, "-at", "-id")
    labels = {str(choice): words.capitalize() for choice, words in BECAME.items()}
    return listed(latest, by="choice", labels=labels, asked=asked, lines=_triaged_lines)


def _triaged_lines(rows: list[Triage]) -> Iterable[TriagedLine]:
    open_ones = Enquiry.objects.open().filter(finding__in=[t.finding_id for t in rows])
    by_finding = {found.finding_id: found for found in open_ones}
    for row in rows:
        yield TriagedLine(
            became=BECAME[Triage.Choice(row.choice)],
            sentence=row.finding.sentence,
            href=finding_address(row.finding_id),
            month=Month.parse(row.finding.period_to).words,
            reason=row.reason,
            at=row.at,
            enquiry=by_finding.get(row.finding_id),
        )


def enquiries_page(user: User, asked: Asked) -> Listed:
    """The lines of enquiry that a person may read, by their state."""
    readable = Enquiry.objects.visible_to(standing_of(user)).select_related("finding")
    labels = {state: words.capitalize() for state, words in Enquiry.MACHINE.states.items()}
    lines = partial(_enquiry_lines, user=user)
    return listed(readable, by="state", labels=labels, asked=asked, lines=lines)


def _enquiry_lines(rows: list[Enquiry], *, user: User) -> Iterable[EnquiryLine]:
    doubtful = warned((row.reference for row in rows), standing=standing_of(user))
    for row in rows:
        yield EnquiryLine(
            number=row.number,
            href=row.href,
            heading=row.heading,
            state=row.state_in_words,
            sentence=row.finding.sentence,
            at=row.created_at,
            warned=row.reference in doubtful,
        )


def enquiry_page(enquiry: Enquiry, *, by: User) -> EnquiryPage:
    """The page of a line of enquiry, for a person who may read it."""
    finding = enquiry.finding
    standing = standing_of(by)
    drafted = enquiry.state == Enquiry.MACHINE.initial
    return EnquiryPage(
        number=enquiry.number,
        href=enquiry.href,
        moving=f"{enquiry.href}move/",
        heading=enquiry.heading,
        why=enquiry.why,
        sentence=finding.sentence,
        finding_href=finding_address(finding.pk),
        how_likely=finding.how_likely,
        period=finding.period.words,
        against=_against(finding),
        could_explain=tuple(enquiry.could_explain),
        ask=tuple(enquiry.ask),
        evidence=tuple(enquiry.evidence),
        state=enquiry.state_in_words,
        reason=last_reason(enquiry),
        drafted_at=enquiry.created_at,
        revision=enquiry.revision,
        may_edit=drafted and may(standing, Action.EDIT_ENQUIRY),
        offers=offers(enquiry, by=by, without={"ask"}),
        thread=thread_of(enquiry.reference, standing=standing),
    )


def _against(finding: Finding) -> str:
    """The months it is held against; between areas these are its own."""
    if finding.kind == "between":
        return f"the other areas in the same months ({finding.baseline.words})"
    return f"its own past, {finding.baseline.words}"
