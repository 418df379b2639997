"""The pages of actions and undertakings: all of them, one of them, what is still open of a body."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.utils import timezone

from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, last_reason, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.calendar import Calendar, in_words
from openscrutiny.core.machines import ACTION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.core.promised import OPEN, Promised, promised
from openscrutiny.forum import terms
from openscrutiny.forum.models import ActionPoint
from openscrutiny.forum.services.actions import facts_of, promised_by
from openscrutiny.warehouse import definitions

# What the list can be narrowed to, late ones first; the same words mark the lines.
LABELS = {
    "1 overdue": "Overdue",
    "2 open": "Still to be done",
    "3 claimed": "Reported done",
    "4 confirmed": "Confirmed",
    "5 cancelled": "Cancelled",
}
_GROUPS = {"claimed_done": "3 claimed", "confirmed": "4 confirmed", "cancelled": "5 cancelled"}


@dataclass(frozen=True)
class ActionLine:
    """A promise in a list. ``person`` is empty for the public, and where nobody was named."""

    number: str
    href: str
    sort: str
    text: str
    owner: str
    person: str
    first_due: date
    carried: str
    stands: Promised
    state: str
    meeting: str
    meeting_href: str


@dataclass(frozen=True)
class ActionPage:
    """One promise. ``reason`` is why the last step was taken, or what is said to be done."""

    line: ActionLine
    revision: int
    text: str
    reason: str
    recorded_at: datetime
    offers: tuple[Offer, ...]
    claim: Offer | None
    carry: Offer | None
    thread: Thread


def actions_page(user: Any, asked: Asked, *, now: datetime) -> Listed:
    """The promises a person may read: overdue first, then what is due next. Fixed queries."""
    standing = standing_of(user)
    today = timezone.localtime(now).date()
    readable = ActionPoint.objects.visible_to(standing)
    rows = _in_groups(readable.by_day(), today).select_related("item__meeting__body", "owner")
    return listed(
        rows.select_related("person").order_by("group", "day", "pk"),
        by="group",
        labels=LABELS,
        asked=asked,
        lines=partial(_lines, standing=standing, today=today),
    )


def action_page(action: ActionPoint, *, by: Any, now: datetime) -> ActionPage:
    """One promise, for a person who may read it."""
    standing = standing_of(by)
    line = next(iter(_lines([action], standing=standing, today=timezone.localtime(now).date())))
    inside = _inside(action, standing)
    offered = {o.event: o for o in _offers(action, by=by, standing=standing)}
    return ActionPage(
        line=line,
        revision=action.revision,
        text=action.text,
        reason=last_reason(action) if inside else "",
        recorded_at=action.created_at,
        offers=tuple(o for e, o in offered.items() if e not in ("claim_done", "carry_forward")),
        claim=offered.get("claim_done"),
        carry=offered.get("carry_forward"),
        thread=thread_of(action.reference, standing=standing),
    )


def open_actions_of(body: Organisation, *, now: datetime) -> tuple[ActionLine, ...]:
    """What a body was promised and is not yet confirmed or cancelled: its matters arising.

    For the members of the body and its owners, what is due first coming first. Two queries.
    """
    rows = ActionPoint.objects.open_of(body).select_related(
        "item__meeting__body", "owner", "person"
    )
    today = timezone.localtime(now).date()
    calendar = working_days(today)
    return tuple(_line(row, today, calendar, inside=True) for row in rows)


def working_days(today: date) -> Calendar:
    """The bank holidays and closed days of the terms of reference of a day. One query."""
    return definitions.calendar(terms.in_force(today))


def standing_of_action(action: ActionPoint, today: date, calendar: Calendar) -> Promised:
    """How a promise stands on a day. No query."""
    return promised(
        first=action.due_on,
        carried_to=action.carried_to,
        times=action.times_carried,
        state=action.state,
        today=today,
        calendar=calendar,
    )


def _in_groups(rows: Any, today: date) -> QuerySet[ActionPoint]:
    late = When(state__in=OPEN, day__lt=today, then=Value("1 overdue"))
    still = When(state__in=OPEN, then=Value("2 open"))
    ended = [When(state=state, then=Value(group)) for state, group in _GROUPS.items()]
    found: QuerySet[ActionPoint] = rows.annotate(
        group=Case(late, still, *ended, default=F("state"), output_field=CharField())
    )
    return found


def _lines(rows: Iterable[ActionPoint], *, standing: Standing, today: date) -> Iterable[ActionLine]:
    calendar = working_days(today)
    for row in rows:
        yield _line(row, today, calendar, inside=_inside(row, standing))


def _line(row: ActionPoint, today: date, calendar: Calendar, *, inside: bool) -> ActionLine:
    meeting = row.item.meeting
    times = {0: "", 1: "once", 2: "twice"}.get(row.times_carried, f"{row.times_carried} times")
    return ActionLine(
        number=row.number,
        href=row.href,
        sort=row.get_sort_display(),
        text=row.title,
        owner=row.owner.name,
        person=row.person.name if inside and row.person else "",
        first_due=row.due_on,
        carried=f"carried forward {times} to {in_words(row.carried_to)}" if row.carried_to else "",
        stands=standing_of_action(row, today, calendar),
        state=row.state_in_words,
        meeting=f"{meeting.heading}, {in_words(timezone.localtime(meeting.starts_at).date())}",
        meeting_href=meeting.href if inside or meeting.agenda_published_at else "",
    )


def _inside(action: ActionPoint, standing: Standing) -> bool:
    """Whether a person belongs to the body or to the organisation that promised."""
    return may(standing, Action.REPORT_ACTION, concerning=action.concerning)


def _offers(action: ActionPoint, *, by: Any, standing: Standing) -> Iterable[Offer]:
    """What may be done now. Confirming is for the body alone, and for nobody of the owner."""
    body = action.item.meeting.concerning
    facts = facts_of(action, by=by)
    for offer in offers(action, by=by, concerning=action.concerning, facts=facts):
        needs = ACTION.action_of(offer.event)
        decides = needs is not Action.REPORT_ACTION
        if decides and not allows(by, needs, concerning=body):
            continue
        if offer.event == "confirm" and promised_by(standing, action):
            continue
        yield offer
