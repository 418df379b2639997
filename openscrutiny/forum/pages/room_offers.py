"""What the room offers under the item before the meeting: papers to take, who may step aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from openscrutiny.base.access import allows, standing_of
from openscrutiny.base.models import User
from openscrutiny.base.moves import Offer, offers
from openscrutiny.core.permits import Action
from openscrutiny.forum.models import AgendaItem, Attendance, Interest, Paper, Recusal
from openscrutiny.forum.quorum import Room
from openscrutiny.forum.recorded import declared_in_words
from openscrutiny.forum.services import papers
from openscrutiny.forum.services.ballots import about_whom, belongs_to

# How much the record of stepping aside holds.
_LONGEST = Recusal._meta.get_field("reason").max_length or 0


@dataclass(frozen=True)
class Proposal:
    """Somebody who may have to step aside from the open item, and why that is thought.

    ``declared`` says that it rests on an interest alone, so that the meeting decides. ``reason`` is
    what the record of stepping aside would say.
    """

    key: int
    name: str
    why: str
    reason: str
    declared: bool


@dataclass(frozen=True)
class PaperHere:
    """A paper of the open item. ``take`` is the step of taking it at the meeting, where it comes
    so and the reader could; None for one that is published, or for whoever may not."""

    key: int
    heading: str
    href: str
    state: str
    revision: int
    published: bool
    take: Offer | None


def papers_here(item: AgendaItem, room: Room, *, by: User, now: datetime) -> tuple[PaperHere, ...]:
    """The papers of an item that somebody may know of. Two queries."""
    seen = Paper.objects.visible_to(standing_of(by)).filter(item=item).exclude(state="withdrawn")
    seen = seen.distinct().order_by("pk").prefetch_related("versions")
    found = []
    for paper in seen:
        paper.item = item
        take = None
        if paper.state != "published":
            facts = papers.facts_of(paper, now=now, by=by, room=room)
            offered = offers(
                paper,
                by=by,
                concerning=item.meeting.concerning,
                facts=facts,
                without=[e for e in paper.MACHINE.events if e != "table"],
            )
            take = next(iter(offered), None)
        found.append(
            PaperHere(
                paper.pk,
                paper.heading,
                paper.href,
                paper.state_in_words,
                paper.revision,
                paper.state == "published",
                take,
            )
        )
    return tuple(found)


def proposals(
    item: AgendaItem, room: Room, present: Sequence[Attendance], aside: frozenset[int]
) -> tuple[Proposal, ...]:
    """Who may have to step aside: by whom they sit for or belong to, or an interest they declared.

    Interests are those of this body: in the item itself, or in the organisation it is about.
    """
    concerned = about_whom(item)
    people = [a.person_id for a in present]
    declared: dict[int, list[str]] = {}
    rows = Interest.objects.filter(Q(item=item) | Q(item=None, until=None), person__in=people)
    rows = rows.filter(body=item.meeting.body_id).order_by("declared_at", "pk")
    for one in rows.select_related("organisation"):
        inside = one.organisation is not None and one.organisation.code in concerned
        if one.item_id is not None or inside:
            declared.setdefault(one.person_id, []).append(one.text)
    found = []
    for attending in present:
        if attending.person_id in aside:
            continue
        words = declared.get(attending.person_id, [])
        their_own = bool(concerned and belongs_to(attending, room) & concerned)
        why = declared_in_words(words) if words else ""
        if their_own and not words:
            why = "Sits for or belongs to the organisation that this is about."
        if why:
            found.append(
                Proposal(
                    attending.pk,
                    attending.person.name,
                    why,
                    reason=why if len(why) <= _LONGEST else f"{why[: _LONGEST - 1]}…",
                    declared=not their_own,
                )
            )
    return tuple(found)


def declarers(room: Room, by: User) -> tuple[Attendance, ...]:
    """For whom somebody may declare an interest: the secretariat for all, others for themselves."""
    for_all = allows(by, Action.FILL_SEATS, concerning=room.meeting.concerning)
    return tuple(a for a in room.attendances if for_all or a.person.user_id == by.pk)
