"""Every write about an item on an agenda before the meeting takes it: proposed, put on, put off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction
from django.db.models import F

from openscrutiny.base.access import standing_of
from openscrutiny.base.models import AuditEvent, User
from openscrutiny.base.moves import AlreadyThere, Overtaken, ReasonMissing, move, note
from openscrutiny.base.thread import Reference, described, link
from openscrutiny.core.machines.meetings import REASONED_CLOSED
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Meeting
from openscrutiny.forum.models.meetings import TO_COME
from openscrutiny.forum.services.standing_items import (
    bring_in_what_is_due,
    carry_over,
    facts_of,
    new_number,
    place_last,
    publish_item,
    take_off,
)

# States in which nobody outside the body knows of an item.
UNSEEN = ("proposed", "scheduled")


@dataclass(frozen=True)
class Draft:
    """What an item says. ``presenter`` is an office, never a name; ``about`` a reference or empty.

    A ``closed`` item needs its ground (``exemption``) and the public interest test. Everybody reads
    its ``heading``; where that must say less, ``closed_heading`` is for those who may read it.
    """

    heading: str
    text: str = ""
    presenter: str = ""
    minutes_planned: int = 10
    strands: Sequence[str] = ()
    about: str = ""
    closed: bool = False
    exemption: str = ""
    public_interest: str = ""
    closed_heading: str = ""

    @property
    def kept(self) -> dict[str, object]:
        """The fields as they are kept: an open item has no ground for being closed."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        said = {name: v.strip() if isinstance(v, str) else v for name, v in said.items()}
        if not self.closed:
            said |= {"exemption": "", "public_interest": "", "closed_heading": ""}
        return {**said, "strands": list(self.strands)}


@transaction.atomic
def propose_item(*, meeting: Meeting, draft: Draft, by: User, now: datetime) -> AgendaItem:
    """Propose an item for a meeting that has not begun. The secretariat puts it on the agenda.

    NotPossible for a meeting that has begun or is called off, for a closed item that does not say
    why, for what the person may not see, and (AlreadyThere) where the meeting has such an item.
    """
    number = new_number(meeting)
    note(
        "forum.item.propose",
        reference=f"{AgendaItem.KIND}:{number}",
        action=Action.PROPOSE_ITEM,
        by=by,
        now=now,
        concerning=meeting.concerning,
        details={"meeting": meeting.number, "about": draft.about},
    )
    if meeting.state not in TO_COME or meeting.starts_at <= now:
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, or its time has come, so nothing more is "
            "proposed for it.",
            "Propose it for a later meeting.",
        )
    _refuse_closed_without_ground(draft)
    _refuse_about(draft.about, meeting, by=by)
    item = AgendaItem.objects.create(
        number=number,
        state=AgendaItem.MACHINE.initial,
        meeting=meeting,
        position=0,
        proposed_by=by,
        **draft.kept,
    )
    if item.about:
        link(item.about, item.reference, kind="proposed for an agenda", by=by.pk, now=now)
    return item


@transaction.atomic
def change_item(
    *, item: AgendaItem, draft: Draft, by: User, now: datetime, seen: int
) -> AgendaItem:
    """Change what an item says until it is published; what it is about stays.

    The secretariat may, and while it is only proposed also who proposed it. NotPossible for others
    and later; Overtaken where somebody was quicker.
    """
    own = item.state == "proposed" and item.proposed_by_id == by.pk
    note(
        "forum.item.change",
        reference=item.reference,
        action=Action.PROPOSE_ITEM if own else Action.PLAN_MEETING,
        by=by,
        now=now,
        concerning=item.meeting.concerning,
    )
    if item.state not in UNSEEN:
        raise NotPossible(
            f"This item is {item.state_in_words}, so its words can no longer be changed.",
            "If they must change before the meeting, withdraw it and propose it anew.",
        )
    _refuse_closed_without_ground(draft)
    said = {name: value for name, value in draft.kept.items() if name != "about"}
    done = AgendaItem.objects.filter(pk=item.pk, revision=seen, state=item.state).update(
        **said, revision=F("revision") + 1
    )
    if not done:
        raise Overtaken(AgendaItem.MACHINE.noun)
    item.refresh_from_db()
    return item


@transaction.atomic
def allow_late_item(
    *, item: AgendaItem, reason: str, by: User, now: datetime, seen: int
) -> AgendaItem:
    """Record the chair's reason why an item is taken after the agenda went out; everybody reads it.

    NotPossible for an item that does not come late; ReasonMissing without one.
    """
    note(
        "forum.item.allow_late",
        reference=item.reference,
        action=Action.ALLOW_LATE,
        by=by,
        now=now,
        concerning=item.meeting.concerning,
        details={"reason": reason.strip()},
    )
    if not comes_late(item):
        raise NotPossible(
            "This item does not come late.",
            "A reason is needed only for an item proposed after the agenda was published.",
        )
    if not reason.strip():
        raise ReasonMissing
    done = AgendaItem.objects.filter(pk=item.pk, revision=seen, state=item.state).update(
        late_reason=reason.strip(), revision=F("revision") + 1
    )
    if not done:
        raise Overtaken(AgendaItem.MACHINE.noun)
    item.refresh_from_db()
    return item


@transaction.atomic
def schedule_item(
    *, item: AgendaItem, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Put a proposed item on the agenda, at the end of its section.

    Where the agenda is published already it is published at once, which takes the chair's reason.
    """
    late = comes_late(item)
    written = move(
        item,
        "schedule",
        by=by,
        now=now,
        concerning=item.meeting.concerning,
        facts=facts_of(item),
        seen=seen,
    )
    if item.meeting.state not in TO_COME:
        raise NotPossible(
            f"The meeting is {item.meeting.state_in_words}, so nothing is put on its agenda.",
            "Withdraw this item, and propose it for a later meeting.",
        )
    if late and not item.late_reason:
        raise NotPossible(
            "The agenda is published, so this item comes late.",
            "Ask the chair to record why it cannot wait, or propose it for a later meeting.",
        )
    if item.about:
        link(item.about, item.reference, kind="put on an agenda", by=by.pk, now=now)
    place_last(item)
    if late:
        publish_item(item, by=by, now=now)
    return written


@transaction.atomic
def move_item(*, item: AgendaItem, up: bool, by: User, now: datetime) -> AgendaItem:
    """Move an item one place up or down in its section of an agenda that is not yet published.

    NotPossible at the end of its section, and once the agenda is published.
    """
    note(
        "forum.item.reorder",
        reference=item.reference,
        action=Action.PLAN_MEETING,
        by=by,
        now=now,
        concerning=item.meeting.concerning,
        details={"direction": "up" if up else "down"},
    )
    if item.meeting.state != "planned" or item.state not in ("scheduled", "published"):
        raise NotPossible(
            "The order of an agenda is kept once it is published, and what is not on it has none.",
            "In the meeting the chair may take its items in another order.",
        )
    in_section = list(
        item.meeting.items.select_for_update().on_the_agenda().filter(section=item.section)
    )
    at = next(i for i, other in enumerate(in_section) if other.pk == item.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(in_section):
        raise NotPossible(
            f"This item is the {'first' if up else 'last'} of its section already.",
            "Its section is fixed; only the order in it is free.",
        )
    one, other = in_section[at], in_section[to]
    one.position, other.position = other.position, one.position
    AgendaItem.objects.bulk_update([one, other], ["position"])
    item.refresh_from_db()
    return item


@transaction.atomic
def defer_item(
    *,
    item: AgendaItem,
    to: Meeting | None,
    reason: str,
    by: User,
    now: datetime,
    seen: int | None = None,
) -> AgendaItem | None:
    """Put an item off to a later meeting, where it stands on the agenda at once.

    Without ``to`` it comes by itself onto the agenda of the next meeting that is planned; then None
    is returned. NotPossible for a meeting of another body, an earlier one, and one whose agenda is
    published.
    """
    move(
        item,
        "defer",
        by=by,
        now=now,
        concerning=item.meeting.concerning,
        reason=reason,
        seen=seen,
        details={"later_meeting": to.number} if to else None,
    )
    if item.meeting.agenda_published_at is None:
        take_off(item)
    if to is None:
        return None
    fits = to.body_id == item.meeting.body_id and to.starts_at > item.meeting.starts_at
    if not fits or to.state != "planned":
        raise NotPossible(
            "An item is deferred to a later meeting of the same body whose agenda is not out yet.",
            "Choose another meeting, or none: it then comes onto the next agenda by itself.",
        )
    if item.deferred_to.exists():
        raise NotPossible(
            "This item stands on a later agenda already.", "Change it there, or withdraw it there."
        )
    return carry_over(item, to=to, action=Action.RUN_MEETING, by=by, now=now)


@transaction.atomic
def withdraw_item(
    *, item: AgendaItem, reason: str, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Withdraw an item. On a published agenda it keeps its place, and the reason is read there."""
    was_public = item.state == "published"
    written = move(
        item,
        "withdraw",
        by=by,
        now=now,
        concerning=item.meeting.concerning,
        reason=reason,
        seen=seen,
    )
    if not was_public:
        take_off(item)
    return written


def bring_in(*, meeting: Meeting, by: User, now: datetime) -> list[AgendaItem]:
    """Bring in what became due for an agenda since it was begun; NotPossible where nothing did."""
    if meeting.state != "planned":
        raise NotPossible(
            f"This meeting is {meeting.state_in_words}, so its agenda is not built any more.",
            "What is due comes onto the agenda of the next meeting.",
        )
    made = bring_in_what_is_due(meeting=meeting, action=Action.PLAN_MEETING, by=by, now=now)
    if not made:
        raise NotPossible(
            "Nothing is due that is not on this agenda.",
            "Minutes to approve and deferred items come in by themselves when it is published.",
        )
    return made


def comes_late(item: AgendaItem) -> bool:
    """Whether an item is proposed for an agenda that is published already."""
    return item.state == "proposed" and item.meeting.state == "agenda_published"


def _refuse_closed_without_ground(draft: Draft) -> None:
    if draft.closed and not (draft.exemption.strip() and draft.public_interest.strip()):
        raise NotPossible(REASONED_CLOSED.reason, REASONED_CLOSED.what_to_do)


def _refuse_about(about: str, meeting: Meeting, *, by: User) -> None:
    if not about:
        return
    try:
        Reference.parse(about)
    except ValueError as error:
        raise NotPossible(str(error), "Begin from the page of what it is about.") from None
    if about not in described([about], standing=standing_of(by)):
        raise NotPossible(
            f"There is nothing called {about} that you may read.",
            "Begin from the page of what it is about, or leave it out.",
        )
    over = ("withdrawn", "deferred", "not_reached")
    other = meeting.items.filter(about=about).exclude(state__in=over).first()
    if other is not None:
        raise AlreadyThere(
            "This meeting has an item about it already.",
            "Change that one, or choose another meeting.",
            href=other.href,
            label=other.title,
        )
