"""The pages of the forum: its decisions, and recording one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import User
from openscrutiny.base.moves import Offer, last_reason, offers
from openscrutiny.base.thread import Reference, Thread, described, kinds, thread_of, warned
from openscrutiny.forum.decisions import Decisions
from openscrutiny.forum.models import Decision
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
    """A decision. ``allows`` is the label of the step it allows; ``used_at`` is when it was used.

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
    state: str
    reason: str
    decided_on: date
    recorded_at: datetime
    certified_at: datetime | None
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread


@dataclass(frozen=True)
class RecordingPage:
    """Recording a decision: what it is about, and the step it would allow."""

    about: str
    about_title: str
    about_href: str
    allows: str
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
        used_at=Decisions.about([decision.about]).used_at(decision),
        state=decision.state_in_words,
        reason=last_reason(decision),
        decided_on=decision.decided_on,
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
    return RecordingPage(
        about=about,
        about_title=thing.title,
        about_href=thing.href,
        allows=_allows(about, settles),
        thread=thread_of(about, standing=standing),
    )


def _allows(about: str, settles: str) -> str:
    return settled_by_decision(Reference.parse(about).kind).get(settles, "")
