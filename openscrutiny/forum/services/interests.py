"""Every write of the register of interests: declaring one, and saying that it is over."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import access
from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.base.moves import note
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action, NotPermitted
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Interest
from openscrutiny.forum.places import in_bodies


@transaction.atomic
def declare_interest(
    *,
    body: Organisation,
    person: Person,
    text: str,
    since: date,
    by: User,
    now: datetime,
    organisation: Organisation | None = None,
    item: AgendaItem | None = None,
) -> Interest:
    """Declare an interest, one's own; the secretariat may for somebody, and the record says so.

    ``item`` where it is declared for one agenda item alone. NotPermitted for anybody else's;
    NotPossible without words, where the item is another body's or was withdrawn, and for the same
    words under the same item a second time. Whether somebody who declared steps aside is not
    decided here.
    """
    of = {"item": item.number} if item is not None else {}
    _note("declare", body, person, by=by, now=now, **of)
    if not text.strip():
        raise NotPossible("An interest needs words.", "Write what the interest is.")
    if item is not None and item.meeting.body_id != body.pk:
        raise NotPossible(
            "This item is on the agenda of another body.", "Declare it for that body."
        )
    if item is not None:
        _refuse_item(item, person, text.strip())
    return Interest.objects.create(
        body=body,
        person=person,
        organisation=organisation,
        item=item,
        text=text.strip(),
        since=since,
        declared_at=now,
    )


@transaction.atomic
def end_interest(*, interest: Interest, until: date, by: User, now: datetime) -> Interest:
    """Say that an interest is over since a day. It stays in the register.

    NotPossible where it is over already or would end before it began.
    """
    _note("end", interest.body, interest.person, by=by, now=now)
    if interest.until is not None:
        raise NotPossible(
            f"It is over since {in_words(interest.until)} already.", "Nothing needs to be done."
        )
    if until < interest.since:
        raise NotPossible(
            f"It began on {in_words(interest.since)} and would end before that.",
            "Choose that day or a later one.",
        )
    interest.until = until
    interest.save(update_fields=["until"])
    return interest


def _refuse_item(item: AgendaItem, person: Person, text: str) -> None:
    if item.state == "withdrawn":
        raise NotPossible(
            "This item was withdrawn, so nobody has an interest in it.",
            "Declare it in the register, where it bears on more than this item.",
        )
    if Interest.objects.filter(item=item, person=person, text=text).exists():
        raise NotPossible(
            "This interest is declared under this item already.", "Nothing more is needed."
        )


def _note(
    verb: str, body: Organisation, person: Person, *, by: User, now: datetime, **of: str
) -> None:
    own = person.user_id is not None and person.user_id == by.pk
    places = in_bodies(by, on=timezone.localtime(now).date())
    if not own and not access.allows(by, Action.FILL_SEATS, concerning=[body.code]):
        access.require(by, Action.DECLARE_INTEREST, concerning=[body.code], places=places)
        raise NotPermitted(
            "Only the secretariat of the body speaks for somebody else.",
            "Do it for yourself, or ask the secretariat.",
        )
    note(
        f"forum.interest.{verb}",
        reference=f"person:{person.pk}",
        action=Action.DECLARE_INTEREST,
        by=by,
        now=now,
        concerning=[body.code],
        places=places,
        details={"body": body.code, "on_behalf": not own, **of},
    )
