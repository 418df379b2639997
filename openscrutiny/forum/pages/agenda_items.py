"""One item on an agenda at one address, and proposing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, described, thread_of
from openscrutiny.core.machines import ACTION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models import ActionPoint, AgendaItem, Meeting
from openscrutiny.forum.pages.agendas import (
    Declared,
    PaperLine,
    interests_in,
    papers_of,
    strand_names,
    when_words,
)
from openscrutiny.forum.pages.reasons import reasons_of
from openscrutiny.forum.services.agenda import UNSEEN, comes_late
from openscrutiny.forum.services.standing_items import facts_of

# Steps that are taken here with nothing but a reason; the others are taken in the room.
STEPS = ("schedule", "withdraw")


@dataclass(frozen=True)
class OpenAction:
    """An action or undertaking of an earlier meeting that is still open."""

    text: str
    href: str
    owner: str
    due_on: date
    state: str


@dataclass(frozen=True)
class ItemPage:
    """An item as a person may see it. Of a closed one the public sees its heading, its ground and
    the public interest test, and nothing else.

    ``came_from`` and ``went_to`` are the items it was deferred from and to, each with its address.
    ``actions`` are the open ones of the body, where the item is about them. ``interests`` are what
    was declared in it, for who may read that.
    """

    number: str
    href: str
    moving: str
    heading: str
    inside: str
    section: str
    meeting: str
    meeting_href: str
    when: str
    state: str
    reason: str
    text: str
    presenter: str
    minutes: int
    strands: tuple[str, ...]
    about: str
    about_href: str
    closed: bool
    ground: str
    public_interest: str
    late_reason: str
    came_from: tuple[str, str] | None
    went_to: tuple[str, str] | None
    papers: tuple[PaperLine, ...]
    interests: tuple[Declared, ...]
    actions: tuple[OpenAction, ...]
    links: tuple[tuple[str, str], ...]
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread


def item_for(number: str, user: Any) -> AgendaItem:
    """An item a person may know of: published ones for anybody, others for the body and for who
    proposed them. Who may not is told the same whether or not there is one."""
    standing = standing_of(user)
    rows = AgendaItem.objects.select_related("meeting__body", "deferred_from__meeting")
    found = rows.filter(number=number).first()
    seen = found if found is not None and _visible(found, user, standing) else None
    bodies = standing.organisations
    if seen is None and any(may(standing, Action.READ_MEETING, concerning=[c]) for c in bodies):
        raise Http404("There is no item with this number. Check it, or look in the agenda.")
    return access.fetch_or_deny(
        seen, by=user, hidden=Action.READ_MEETING, needs=lambda _: (Action.READ, ())
    )


def item_page(item: AgendaItem, user: Any) -> ItemPage:
    """The page of an item, for a person who may know of it."""
    standing = standing_of(user)
    meeting = item.meeting
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    seen = own or not item.closed or item.proposed_by_id == user.pk
    about = described([item.about], standing=standing).get(item.about) if item.about else None
    later = item.deferred_to.order_by("pk").first()
    shows_actions = own and item.section == "arising" and not item.deferred_from
    return ItemPage(
        number=item.number,
        href=item.href,
        moving=f"{item.href}move/",
        heading=item.heading,
        inside=item.closed_heading if seen else "",
        section=item.get_section_display(),
        meeting=meeting.heading,
        meeting_href=meeting.href,
        when=when_words(meeting),
        state=item.state_in_words,
        reason=reasons_of([item]).get(item.reference, ""),
        text=item.text if seen else "",
        presenter=item.presenter if seen else "",
        minutes=item.minutes_planned,
        strands=strand_names(item.strands) if seen else (),
        about=about.title if about and seen else "",
        about_href=about.href if about and seen else "",
        closed=item.closed,
        ground=item.get_exemption_display() if item.closed else "",
        public_interest=item.public_interest if item.closed else "",
        late_reason=item.late_reason,
        came_from=_place(item.deferred_from, user, standing),
        went_to=_place(later, user, standing),
        papers=papers_of(item, own=own),
        interests=interests_in([item], standing=standing).get(item.pk, ()),
        actions=_open_actions(meeting) if shows_actions else (),
        links=_links(item, user),
        revision=item.revision,
        offers=offers(
            item,
            by=user,
            concerning=meeting.concerning,
            facts=facts_of(item),
            without=[e for e in item.MACHINE.events if e not in STEPS],
        ),
        thread=thread_of(item.reference, standing=standing),
    )


def meetings_to_propose_for(user: Any, *, now: datetime) -> Sequence[Meeting]:
    """Meetings that have not begun, of the bodies for which a person may propose an item."""
    standing = standing_of(user)
    bodies = [
        code
        for code in Organisation.objects.values_list("code", flat=True)
        if may(standing, Action.PROPOSE_ITEM, concerning=[code])
    ]
    open_ones = Meeting.objects.open_for_items(now=now).filter(body__code__in=bodies)
    return list(open_ones.select_related("body").order_by("starts_at"))


def meetings_to_defer_to(item: AgendaItem) -> Sequence[Meeting]:
    """Later meetings of the body whose agenda is not published."""
    later = Meeting.objects.filter(
        body=item.meeting.body, state="planned", starts_at__gt=item.meeting.starts_at
    )
    return list(later.order_by("starts_at"))


def _visible(item: AgendaItem, user: Any, standing: Standing) -> bool:
    own = may(standing, Action.READ_MEETING, concerning=item.meeting.concerning)
    mine = user.is_authenticated and item.proposed_by_id == user.pk
    # What never was on the published agenda has no place on it.
    public = item.state not in UNSEEN and item.position > 0
    return own or mine or (public and item.meeting.agenda_published_at is not None)


def _place(item: AgendaItem | None, user: Any, standing: Standing) -> tuple[str, str] | None:
    if item is None or not _visible(item, user, standing):
        return None
    return f"{item.meeting.heading}, item {item.number}", item.href


def open_actions(meeting: Meeting) -> QuerySet[ActionPoint]:
    """What was promised in earlier meetings of the body and is not settled."""
    rows = ActionPoint.objects.filter(
        item__meeting__body=meeting.body, item__meeting__starts_at__lt=meeting.starts_at
    ).exclude(state__in=ACTION.final)
    return rows.select_related("owner")


def _open_actions(meeting: Meeting) -> tuple[OpenAction, ...]:
    return tuple(
        OpenAction(a.title, a.href, a.owner.name, a.carried_to or a.due_on, a.state_in_words)
        for a in open_actions(meeting)
    )


def _links(item: AgendaItem, user: Any) -> tuple[tuple[str, str], ...]:
    def may_do(action: Action) -> bool:
        return access.allows(user, action, concerning=item.meeting.concerning)

    own = item.state == "proposed" and item.proposed_by_id == user.pk
    possible = [row.event for row in item.MACHINE.possible(item.state)]
    offered = (
        (
            "Declare an interest in this item",
            "interest/",
            item.state != "withdrawn" and may_do(Action.DECLARE_INTEREST),
        ),
        (
            "Change this item",
            "edit/",
            item.state in UNSEEN and (own or may_do(Action.PLAN_MEETING)),
        ),
        ("Defer it", "defer/", "defer" in possible and may_do(Action.RUN_MEETING)),
        (
            "Record why it cannot wait",
            "late/",
            comes_late(item) and not item.late_reason and may_do(Action.ALLOW_LATE),
        ),
    )
    return tuple((label, f"{item.href}{place}") for label, place, there in offered if there)
