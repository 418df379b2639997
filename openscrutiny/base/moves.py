"""The one way a thing changes its state: permission, table, guards, record, notices in one step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from openscrutiny.base import access, audit
from openscrutiny.base.models import AuditEvent, Notice, RoleHeld, Stateful, User
from openscrutiny.core.permits import RESPONDENTS, SEATED, Action, Held, Role, Where
from openscrutiny.core.workflow import Audience, NotPossible, Transition

_TOLD: Mapping[Audience, tuple[tuple[Role, ...], Where]] = {
    Audience.SECRETARIAT: ((Role.SECRETARIAT,), Where.ANYWHERE),
    Audience.CHAIR: ((Role.CHAIR,), Where.ANYWHERE),
    Audience.RESPONDENTS: (RESPONDENTS, Where.ADDRESSEE),
    Audience.VERIFIERS: ((Role.VERIFIER,), Where.INDEPENDENT),
    Audience.MEMBERS: (SEATED, Where.BODY),
}


class Overtaken(NotPossible):
    """Somebody else changed the thing in the meantime."""

    def __init__(self, noun: str) -> None:
        super().__init__(
            f"Somebody else changed this {noun} while you were looking at it.",
            "Read what it says now, then decide again. What you wrote is still in the form.",
        )


class ReasonMissing(NotPossible):
    """A step that must say why."""

    def __init__(self) -> None:
        super().__init__("This step needs a reason.", "Write why, so that it stands in the record.")


class AlreadyThere(NotPossible):
    """There is one already, and a second would say the same; ``href`` is where the first stands."""

    def __init__(self, reason: str, what_to_do: str, *, href: str, label: str) -> None:
        super().__init__(reason, what_to_do)
        self.href = href
        self.label = label


@transaction.atomic
def move(
    item: Stateful,
    event: str,
    *,
    by: User,
    now: datetime,
    concerning: Collection[str] = (),
    facts: Mapping[str, bool] | None = None,
    reason: str = "",
    seen: int | None = None,
    details: Mapping[str, Any] | None = None,
    **changes: Any,
) -> AuditEvent:
    """Carry out one event of the item's state table, with ``changes`` to its other fields.

    ``concerning`` are the codes of the organisations that were asked; ``facts`` says of each guard
    whether it holds; ``seen`` is the revision the person was looking at. NotPermitted, NotPossible,
    Overtaken or ReasonMissing say why nothing was changed. Returns the audit event.
    """
    machine = item.MACHINE
    acting = access.require(by, machine.action_of(event), on=_day(now), concerning=concerning)
    if seen is not None and seen != item.revision:
        raise Overtaken(machine.noun)
    row = machine.step(item.state, event, facts)
    if row.needs_reason and not reason.strip():
        raise ReasonMissing
    changed = (
        type(item)
        ._base_manager.filter(pk=item.pk, state=item.state, revision=item.revision)
        .update(state=row.target, revision=F("revision") + 1, **changes)
    )
    if not changed:
        raise Overtaken(machine.noun)
    written = audit.record(
        f"{item._meta.app_label}.{machine.name}.{event}",
        reference=item.reference,
        actor=by.pk,
        acting=acting,
        now=now,
        details={
            "from": item.state,
            "to": row.target,
            **({"reason": reason.strip()} if reason.strip() else {}),
            **(details or {}),
        },
    )
    item.refresh_from_db()
    _tell(row, item, concerning, written, by=by, now=now)
    return written


@transaction.atomic
def note(
    event: str,
    *,
    reference: str,
    action: Action,
    by: User,
    now: datetime,
    concerning: Collection[str] = (),
    places: Collection[Held] = (),
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """The permission check and the record of a write that changes no state.

    Call it first, inside the same transaction as the write. NotPermitted says why not. ``places``
    are those the person has in what it concerns, where the table asks for any.
    """
    acting = access.require(by, action, on=_day(now), concerning=concerning, places=places)
    return audit.record(
        event, reference=reference, actor=by.pk, acting=acting, now=now, details=details
    )


def _tell(
    row: Transition,
    item: Stateful,
    concerning: Collection[str],
    written: AuditEvent,
    *,
    by: User,
    now: datetime,
) -> None:
    """A notice for everybody the table names, except the person who did it."""
    if not row.notifies:
        return
    asked = Q(organisation__code__in=list(concerning))
    wanted = Q()
    for audience in row.notifies:
        roles, where = _TOLD[audience]
        held_by = Q(role__in=[r.value for r in roles])
        if where in (Where.ADDRESSEE, Where.BODY):
            held_by &= asked
        elif where is Where.INDEPENDENT:
            held_by &= ~asked
        wanted |= held_by
    held = RoleHeld.objects.on(_day(now)).filter(wanted)  # type: ignore[attr-defined]
    people = held.filter(user__is_active=True).exclude(user=by).values_list("user", flat=True)
    Notice.objects.bulk_create(
        Notice(
            recipient_id=person,
            event=written.event,
            reference=item.reference,
            sequence=written.sequence,
            text=f"{_named(item)} {row.told}."[:400],
            at=now,
        )
        for person in sorted(set(people))
    )


def _named(item: Stateful) -> str:
    """What a notice calls a thing, so that its title is not read as a sentence about it."""
    if "“" in item.title:
        return item.title
    return f"{item.MACHINE.noun.capitalize()} {item.number}, “{item.title}”,"


def _day(now: datetime) -> Any:
    return timezone.localtime(now).date()


@dataclass(frozen=True)
class Offer:
    """A step a person may take now. ``blocked`` says why it cannot be taken yet, if so."""

    event: str
    label: str
    needs_reason: bool
    blocked: str = ""


def offers(
    item: Stateful,
    *,
    by: Any,
    concerning: Collection[str] = (),
    facts: Mapping[str, bool] | None = None,
    without: Collection[str] = (),
) -> tuple[Offer, ...]:
    """The steps out of the present state that this person may take, in the order of the table.

    A step whose guard does not hold is shown with the reason, so that nobody wonders where it is.
    ``without`` leaves out events that a page offers with a form of their own.
    """
    found = []
    for row in item.MACHINE.possible(item.state):
        if row.event in without or not access.allows(by, row.action, concerning=concerning):
            continue
        failing = next((g for g in row.guards if not (facts or {})[g.name]), None)
        blocked = f"{failing.reason} {failing.what_to_do}" if failing else ""
        found.append(Offer(row.event, row.label, row.needs_reason, blocked))
    return tuple(found)


def last_reason(item: Stateful) -> str:
    """Why the last step of a thing was taken, where it had to be said; empty otherwise."""
    machine = item.MACHINE
    steps = [f"{item._meta.app_label}.{machine.name}.{event}" for event in machine.events]
    last = AuditEvent.objects.filter(reference=item.reference, event__in=steps)
    newest = last.order_by("-sequence").values_list("details", flat=True).first()
    return str((newest or {}).get("reason", ""))
