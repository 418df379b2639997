"""Every write of the forum: recording a decision, certifying it or refusing to."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import AlreadyThere, move, note
from openscrutiny.base.thread import Described, Reference, kinds, link, next_number
from openscrutiny.core.machines import MACHINES
from openscrutiny.core.machines.rows import DECIDED, SECOND_PERSON
from openscrutiny.core.permits import Action, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.decisions import Decisions
from openscrutiny.forum.models import Decision


@transaction.atomic
def record_decision(
    *,
    kind: str,
    about: str,
    settles: str,
    heading: str,
    text: str,
    decided_on: date,
    by: User,
    now: datetime,
) -> Decision:
    """Record what the forum decided. It is in force once the chair certifies it.

    ``about`` is the reference of what it decides on and ``settles`` the event of that thing's state
    table it allows, or empty. NotPossible where there is no such thing or event, where the day lies
    in the future, or (AlreadyThere) where such a decision already waits for the chair; one on what
    has changed since is not in the way.
    """
    # The counter makes others who record wait, so that no two of one kind pass the check below.
    number = next_number(Decision.KIND, now=now)
    note(
        "forum.decision.record",
        reference=f"{Decision.KIND}:{number}",
        action=Action.RECORD_DECISION,
        by=by,
        now=now,
        details={"kind": Decision.Kind(kind).value, "about": about, "settles": settles},
    )
    refuse_unknown(about, settles, standing=standing_of(by))
    refuse_future(decided_on, now=now)
    already = Decisions.about([about]).waiting(about, settles)
    if already is not None:
        raise AlreadyThere(
            "A decision on this is recorded already and waits for the chair.",
            "Ask the chair to certify that one, or to refuse it.",
            href=already.href,
            label=already.title,
        )
    return Decision.objects.create(
        number=number,
        state=Decision.MACHINE.initial,
        kind=kind,
        about=about,
        settles=settles,
        heading=heading,
        text=text,
        decided_on=decided_on,
        recorded_by=by,
        recorded_at=now,
    )


@transaction.atomic
def move_decision(
    *,
    decision: Decision,
    event: str,
    by: User,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
) -> AuditEvent:
    """Certify a decision, which nobody may who recorded it, or refuse to with a reason.

    Only a certified decision stands on the thread of what it was made on.
    """
    certifying = event == "certify"
    changes = {"certified_by": by, "certified_at": now} if certifying else {}
    written = move(
        decision,
        event,
        by=by,
        now=now,
        facts=facts_of(decision, by=by),
        reason=reason,
        seen=seen,
        **changes,
    )
    if certifying:
        link(decision.reference, decision.about, kind="decided on", by=by.pk, now=now)
    return written


def facts_of(decision: Decision, *, by: User) -> dict[str, bool]:
    """What the guards of a decision's steps ask."""
    return {SECOND_PERSON.name: decision.recorded_by_id != by.pk}


def refuse_unknown(about: str, settles: str, *, standing: Standing) -> Described:
    """What a decision is about; NotPossible where there is no such thing, or nothing to settle."""
    try:
        reference = Reference.parse(about)
    except ValueError as error:
        raise NotPossible(str(error), _BEGIN) from None
    kind = kinds().get(reference.kind)
    known = kind.describe([reference.number], standing) if kind is not None else {}
    thing = known.get(reference.number)
    if thing is None or not thing.visible:
        raise NotPossible(f"There is nothing called {about} to decide on.", _BEGIN)
    if settles and settles not in settled_by_decision(reference.kind):
        raise NotPossible(f"Nothing called “{settles}” waits for a decision on {about}.", _BEGIN)
    return thing


def settled_by_decision(kind: str) -> dict[str, str]:
    """The events of a kind of thing that take a decision of the forum, with their labels."""
    return {
        row.event: row.label
        for machine in MACHINES
        if machine.name == kind
        for row in machine.transitions
        if DECIDED in row.guards
    }


def refuse_future(decided_on: date, *, now: datetime) -> None:
    """NotPossible for a day that has not come."""
    if decided_on > timezone.localtime(now).date():
        raise NotPossible(
            "This day has not come yet.", "Write the day on which the forum decided it."
        )


_BEGIN = "Begin from the page of what was decided on."
