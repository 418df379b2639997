"""What comes onto an agenda by itself, the order of an agenda, and its publication."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from openscrutiny.base.models import User
from openscrutiny.base.moves import move, note
from openscrutiny.base.thread import link
from openscrutiny.core.machines.meetings import REASONED_CLOSED
from openscrutiny.core.permits import Action
from openscrutiny.forum.models import AgendaItem, Meeting
from openscrutiny.forum.models.meetings import CALLED_OFF, TO_COME

_SECTIONS = [section.value for section in AgendaItem.Section]
# Behind everything; the order is counted anew at once.
_LAST = 30_000
_INTERESTS = (
    "Whoever has an interest in an item of this agenda says so now, and steps aside from that item."
)
_STANDING = (
    ("opening", "Welcome, apologies and substitutes", "", 5),
    ("opening", "Declarations of interest", _INTERESTS, 5),
    ("arising", "Actions and undertakings still open", "", 10),
    ("closing", "Date of the next meeting", "", 5),
)
# An item in one of these states still has its turn.
_WAITS = ("proposed", "scheduled", "published", "opened")


def begin_agenda(*, meeting: Meeting, by: User, now: datetime) -> None:
    """Put on a new agenda what stands on every agenda, and what is due for this one."""
    for section, heading, text, minutes in _STANDING:
        _put(
            meeting,
            section=section,
            heading=heading,
            text=text,
            minutes_planned=minutes,
            action=Action.PLAN_MEETING,
            by=by,
            now=now,
        )
    bring_in_what_is_due(meeting=meeting, action=Action.PLAN_MEETING, by=by, now=now)


@transaction.atomic
def bring_in_what_is_due(
    *, meeting: Meeting, action: Action, by: User, now: datetime
) -> list[AgendaItem]:
    """Table minutes that wait for approval, and what earlier meetings deferred or did not reach.

    ``action`` is the permission in which it is done. What is on an agenda already is left alone.
    """
    earlier = Meeting.objects.filter(body=meeting.body, starts_at__lt=meeting.starts_at)
    made = [
        _put(
            meeting,
            section="minutes",
            heading=f"Minutes: {held.heading}",
            about=held.reference,
            minutes_planned=5,
            action=action,
            by=by,
            now=now,
        )
        for held in _unapproved(earlier)
    ]
    made += [
        carry_over(item, to=meeting, action=action, by=by, now=now) for item in _left_over(earlier)
    ]
    return made


def carry_over(
    item: AgendaItem, *, to: Meeting, action: Action, by: User, now: datetime
) -> AgendaItem:
    """The same item on the agenda of a later meeting, under what arises from earlier ones."""
    copied = ("heading", "closed_heading", "text", "presenter", "minutes_planned", "strands")
    ground = ("about", "closed", "exemption", "public_interest", "proposed_by")
    made = _put(
        to,
        section="minutes" if item.section == "minutes" else "arising",
        deferred_from=item,
        **{name: getattr(item, name) for name in (*copied, *ground)},
        action=action,
        by=by,
        now=now,
    )
    link(item.reference, made.reference, kind="deferred to", by=by.pk, now=now)
    return made


def publish_items(*, meeting: Meeting, by: User, now: datetime) -> None:
    """Publish every item that is on the agenda, in the transaction that publishes the agenda."""
    for item in meeting.items.filter(state="scheduled"):
        publish_item(item, by=by, now=now)


def publish_item(item: AgendaItem, *, by: User, now: datetime) -> None:
    """Publish one item. NotPossible for a closed one that does not say why."""
    concerning = item.meeting.concerning
    move(item, "publish", by=by, now=now, concerning=concerning, facts=facts_of(item))


def facts_of(item: AgendaItem) -> dict[str, bool]:
    """What the guard of putting an item on the agenda and of publishing it asks."""
    says_why = bool(item.exemption.strip() and item.public_interest.strip())
    return {REASONED_CLOSED.name: not item.closed or says_why}


def new_number(meeting: Meeting) -> str:
    """The number of the next item of a meeting. Call it inside the transaction that uses it."""
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    return f"{meeting.number}-{meeting.items.count() + 1}"


def place_last(item: AgendaItem) -> None:
    """Give an item the last place of its section."""
    AgendaItem.objects.filter(pk=item.pk).update(position=_LAST)
    count_anew(item.meeting)
    item.refresh_from_db()


def take_off(item: AgendaItem) -> None:
    """Take an item's place away, and close the gap."""
    AgendaItem.objects.filter(pk=item.pk).update(position=0)
    count_anew(item.meeting)
    item.refresh_from_db()


def count_anew(meeting: Meeting) -> None:
    """Number what is on an agenda from 1 without gaps, section by section."""
    on_it = sorted(
        meeting.items.on_the_agenda(), key=lambda i: (_SECTIONS.index(i.section), i.position, i.pk)
    )
    for position, item in enumerate(on_it, 1):
        item.position = position
    AgendaItem.objects.bulk_update(on_it, ["position"])


def _put(
    meeting: Meeting, *, action: Action, by: User, now: datetime, **fields: object
) -> AgendaItem:
    """Put an item on the agenda at once: nobody proposed it, and nobody has to decide on it."""
    number = new_number(meeting)
    note(
        "forum.item.table",
        reference=f"{AgendaItem.KIND}:{number}",
        action=action,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"meeting": meeting.number, "about": str(fields.get("about", ""))},
    )
    made = AgendaItem.objects.create(
        number=number, meeting=meeting, state="scheduled", position=_LAST, **fields
    )
    if made.about:
        link(made.about, made.reference, kind="put on an agenda", by=by.pk, now=now)
    place_last(made)
    return made


def _unapproved(earlier: Iterable[Meeting]) -> list[Meeting]:
    """Meetings whose minutes are circulated, and on no agenda that is still to come."""
    waiting = [m for m in earlier if m.state == "circulated"]
    tabled = AgendaItem.objects.filter(
        about__in=[m.reference for m in waiting], section="minutes", state__in=_WAITS
    ).exclude(meeting__state__in=CALLED_OFF)
    taken = set(tabled.values_list("about", flat=True))
    return sorted((m for m in waiting if m.reference not in taken), key=lambda m: m.starts_at)


def _left_over(earlier: Iterable[Meeting]) -> list[AgendaItem]:
    """Items of earlier meetings that were deferred, or not reached by one that is over."""
    over = [m.pk for m in earlier if m.state not in (*TO_COME, "in_session", "adjourned")]
    left = Q(state="deferred") | Q(state="not_reached", meeting__in=over)
    found = AgendaItem.objects.filter(left, meeting__in=list(earlier), deferred_to=None)
    # Minutes come back by themselves while they are not approved, and what stands on every agenda
    # stands on this one already.
    found = found.exclude(section__in=["opening", "minutes", "closing"]).exclude(
        section="arising", about="", deferred_from=None
    )
    return list(found.order_by("meeting__starts_at", "position"))
