"""The pages of the forum: its decisions, and recording one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from django.db.models import Case, QuerySet, Value, When

from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import Offer, last_reason, offers
from openscrutiny.base.thread import Reference, Thread, described, kinds, thread_of, warned
from openscrutiny.core.permits import Role
from openscrutiny.forum.decisions import Decisions
from openscrutiny.forum.models import AgendaItem, Decision
from openscrutiny.forum.services.decisions import (
    facts_of,
    refuse_unknown,
    settled_by_decision,
)


@dataclass(frozen=True)
class DecisionLine:
    """A decision in a list. What it is about has no title where the person may not see it."""

    number: str
    href: str
    heading: str
    kind: str
    about_label: str
    about_title: str
    about_href: str
    state: str
    decided_on: date
    warned: bool


@dataclass(frozen=True)
class DecisionPage:
    """A decision. ``allows`` is the label of the step it allows; ``used_at`` is when it was used,
    ``overtaken_at`` when what it was made on changed, so that it allows the step no more.

    ``reason`` is why it was not certified. The thread is that of the thing decided on.
    """

    number: str
    href: str
    moving: str
    heading: str
    text: str
    kind: str
    about: str
    about_title: str
    about_href: str
    allows: str
    used_at: datetime | None
    overtaken_at: datetime | None
    state: str
    reason: str
    decided_on: date
    item: str
    item_href: str
    quorum: str
    vote: str
    presided: str
    certified_by: str
    recorded_at: datetime
    certified_at: datetime | None
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread


@dataclass(frozen=True)
class Planned:
    """An item on an agenda that is about something, and the meeting it is for."""

    heading: str
    href: str
    meeting: str
    meeting_href: str
    on: datetime


@dataclass(frozen=True)
class RecordingPage:
    """Recording a decision: what it is about, and the step it would allow.

    A decision is recorded under an item before a meeting (``can_record``). Where none is,
    ``planned`` says on which agendas the thing stands.
    """

    about: str
    about_title: str
    about_href: str
    allows: str
    can_record: bool
    planned: tuple[Planned, ...]
    thread: Thread


def decisions_page(user: User, asked: Asked) -> Listed:
    """The decisions a person may read, by their state."""
    readable = Decision.objects.visible_to(standing_of(user))
    labels = {state: words.capitalize() for state, words in Decision.MACHINE.states.items()}
    return listed(
        readable, by="state", labels=labels, asked=asked, lines=partial(_lines, user=user)
    )


def _lines(rows: list[Decision], *, user: User) -> Iterable[DecisionLine]:
    standing = standing_of(user)
    doubtful = warned((row.about for row in rows), standing=standing)
    things = described((row.about for row in rows), standing=standing)
    for row in rows:
        thing = things.get(row.about)
        yield DecisionLine(
            number=row.number,
            href=row.href,
            heading=row.heading,
            kind=row.get_kind_display(),
            about_label=kinds()[Reference.parse(row.about).kind].label,
            about_title=thing.title if thing else "",
            about_href=thing.href if thing else "",
            state=row.state_in_words,
            decided_on=row.decided_on,
            warned=row.about in doubtful,
        )


def decision_page(decision: Decision, *, by: User) -> DecisionPage:
    """The page of a decision, for a person who may read it."""
    whole = thread_of(decision.about, standing=standing_of(by))
    about = next(step for step in whole.steps if step.reference == decision.about)
    steps = tuple(replace(s, here=s.reference == decision.reference) for s in whole.steps)
    about_it = Decisions.about([decision.about])
    return DecisionPage(
        number=decision.number,
        href=decision.href,
        moving=f"{decision.href}move/",
        heading=decision.heading,
        text=decision.text,
        kind=decision.get_kind_display(),
        about=decision.about,
        about_title=about.title,
        about_href=about.href,
        allows=_allows(decision.about, decision.settles),
        used_at=about_it.used_at(decision),
        overtaken_at=about_it.overtaken_at(decision),
        state=decision.state_in_words,
        reason=last_reason(decision),
        decided_on=decision.decided_on,
        item=decision.item.title if decision.item else "",
        item_href=decision.item.href if decision.item else "",
        quorum=str(decision.quorum.get("sentence", "")),
        vote=str(decision.quorum.get("ballot", {}).get("sentence", "")),
        presided=_presided(decision),
        certified_by=_certified_by(decision),
        recorded_at=decision.recorded_at,
        certified_at=decision.certified_at,
        revision=decision.revision,
        offers=offers(decision, by=by, facts=facts_of(decision, by=by)),
        # What may be done from the thing is offered on its own page.
        thread=replace(whole, steps=steps, next=()),
    )


def recording_page(about: str, settles: str, *, by: User) -> RecordingPage:
    """What a decision would be about; NotPossible where there is nothing to decide on."""
    standing = standing_of(by)
    thing = refuse_unknown(about, settles, standing=standing)
    can_record = before_meetings().exists()
    return RecordingPage(
        about=about,
        about_title=thing.title,
        about_href=thing.href,
        allows=_allows(about, settles),
        can_record=can_record,
        planned=() if can_record else _planned(about),
        thread=thread_of(about, standing=standing),
    )


def before_meetings(about: str = "") -> QuerySet[AgendaItem]:
    """The items that are before a meeting of the forum in session: those about a thing first."""
    found = AgendaItem.objects.filter(
        state="opened", meeting__state="in_session", meeting__body__kind="forum"
    )
    first = Case(When(about=about, then=Value(0)), default=Value(1))
    return found.select_related("meeting").order_by(first, "meeting", "position")


def _planned(about: str) -> tuple[Planned, ...]:
    """The agendas a thing stands on, the next meeting first."""
    waiting = AgendaItem.objects.filter(
        about=about,
        state__in=["proposed", "scheduled", "published"],
        meeting__state__in=["planned", "agenda_published", "in_session", "adjourned"],
    )
    return tuple(
        Planned(i.title, i.href, i.meeting.title, i.meeting.href, i.meeting.starts_at)
        for i in waiting.select_related("meeting").order_by("meeting__starts_at")
    )


def _presided(decision: Decision) -> str:
    """Which office presided, and why a deputy did; empty for decisions from before meetings."""
    office = str(decision.quorum.get("presided_as", ""))
    because = str(decision.quorum.get("presided_because", ""))
    words = Role(office).words if office else ""
    return f"{words}: {because}" if because else words


def _certified_by(decision: Decision) -> str:
    """The office that certified it, as the record says it."""
    written = AuditEvent.objects.filter(
        reference=decision.reference, event="forum.decision.certify"
    ).first()
    office = written.acting_as.partition(" ")[0] if written else ""
    return Role.DEPUTY.words if office == Role.DEPUTY else Role.CHAIR.words


def _allows(about: str, settles: str) -> str:
    return settled_by_decision(Reference.parse(about).kind).get(settles, "")
