"""One person as the secretariat of their body sees them, one's own contact page, the register."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Value, When

from openscrutiny.base import access
from openscrutiny.base.lists import Asked, Listed, sheet_of
from openscrutiny.base.models import AccessNeeds, Person
from openscrutiny.core.permits import Action, Held
from openscrutiny.forum import terms
from openscrutiny.forum.models import Interest, Membership
from openscrutiny.forum.pages.agendas import open_to_readers
from openscrutiny.forum.pages.seats import BodyTab, body_of_day, body_tabs
from openscrutiny.forum.places import in_bodies

# What is fetched with an interest that is shown.
_OF_INTERESTS = ("person", "organisation", "item__meeting", "body")


@dataclass(frozen=True)
class PlaceLine:
    """A seat somebody sits in, sat in, or will."""

    seat: str
    body: str
    href: str
    since: date
    until: date | None
    substitute: bool
    over: bool


@dataclass(frozen=True)
class InterestLine:
    """An interest in the register. ``end`` is where it is ended, empty for whoever may not.

    ``item`` and ``heading`` are of the one agenda item it was declared for. Of an item that is
    closed or not out yet only its own body reads them, and the words.
    """

    number: int
    who: str
    text: str
    organisation: str
    item: str
    heading: str
    since: date
    until: date | None
    over: bool
    end: str


@dataclass(frozen=True)
class PersonPage:
    """What is kept of somebody: private to themselves and the secretariat of their body."""

    number: int
    name: str
    organisation: str
    email: str
    by_post: bool
    postal_address: str
    format: str
    named_publicly: bool
    needs: str
    places: tuple[PlaceLine, ...]
    interests: tuple[InterestLine, ...]
    account: str


@dataclass(frozen=True)
class RegisterPage:
    """One sheet of the register of interests of a body: those in force before those over.

    ``own`` says that it holds the reader's own alone: who sits in a seat and has no role there.
    """

    code: str
    body: str
    tabs: tuple[BodyTab, ...]
    sheet: Listed
    may_declare: bool
    own: bool

    @property
    def current(self) -> tuple[InterestLine, ...]:
        """Those of this sheet that are in force."""
        return tuple(line for line in self.sheet.lines if not line.over)

    @property
    def over(self) -> tuple[InterestLine, ...]:
        """Those of this sheet that are over."""
        return tuple(line for line in self.sheet.lines if line.over)


def person_page(person: Person, *, by: Any, today: date) -> PersonPage:
    """Everything that is kept of somebody, for whoever was let in. Four queries."""
    needs = AccessNeeds.objects.filter(person=person).first()
    rows = person.memberships.select_related("body").order_by("-since")
    interests = person.interests.select_related(*_OF_INTERESTS)
    return PersonPage(
        number=person.pk,
        name=person.name,
        organisation=person.organisation.name if person.organisation else "",
        email=person.email,
        by_post=person.by_post,
        postal_address=person.postal_address,
        format=person.get_format_display(),
        named_publicly=person.named_publicly,
        needs=needs.text if needs else "",
        places=tuple(_place(r, today) for r in rows),
        interests=tuple(interest_line(i, by=by, today=today) for i in interests),
        account=person.user.username if person.user else "",
    )


def register_page(code: str, user: Any, asked: Asked, *, today: date) -> RegisterPage:
    """The register of a body for those who may read it, and for who sits there their own of it.

    NotPermitted for anybody else. Four queries.
    """
    seats = in_bodies(user, on=today)
    found, body = body_of_day(code or _first_readable(user, today, seats), today)
    may_declare = access.allows(user, Action.DECLARE_INTEREST, concerning=[body.code], places=seats)
    own = may_declare and not access.allows(user, Action.READ_INTERESTS, concerning=[body.code])
    if not own:
        access.require(user, Action.READ_INTERESTS, concerning=[body.code])
    rows = Interest.objects.filter(body__code=body.code).select_related(*_OF_INTERESTS)
    if own:
        rows = rows.filter(person__user=user)
    is_over = Case(When(until__lt=today, then=Value(1)), default=Value(0))
    return RegisterPage(
        code=body.code,
        body=found.organisation(body.code).name,
        tabs=body_tabs(found, body.code),
        sheet=sheet_of(
            rows.order_by(is_over, "person", "-since", "id"),
            asked=asked,
            lines=lambda shown: [interest_line(r, by=user, today=today) for r in shown],
            beside={"body": body.code},
        ),
        may_declare=may_declare,
        own=own,
    )


def interest_line(row: Interest, *, by: Any, today: date) -> InterestLine:
    """An interest as the register shows it to somebody."""
    own = row.person.user_id is not None and row.person.user_id == getattr(by, "pk", None)
    may = own or access.allows(by, Action.FILL_SEATS, concerning=[row.body.code])
    inside = own or access.allows(by, Action.READ_MEETING, concerning=[row.body.code])
    shown = row.item is None or inside or open_to_readers(row.item)
    return InterestLine(
        number=row.pk,
        who=row.person.name,
        text=row.text if shown else "In an item that is not open to you",
        organisation=row.organisation.name if row.organisation and shown else "",
        item=row.item.number if row.item and shown else "",
        heading=row.item.heading if row.item and shown else "",
        since=row.since,
        until=row.until,
        over=row.until is not None and row.until < today,
        end=f"/interests/{row.pk}/end/" if may and row.until is None else "",
    )


def _first_readable(user: Any, today: date, seats: Sequence[Held]) -> str:
    """The first body whose register somebody may read, then one they sit in, then the first."""
    bodies: Collection[str] = [b.code for b in terms.in_force(today).bodies]
    may = (b for b in bodies if access.allows(user, Action.READ_INTERESTS, concerning=[b]))
    return next(may, "") or next((s.organisation for s in seats), "")


def _place(row: Membership, today: date) -> PlaceLine:
    found = terms.in_force(row.since).body(row.body.code)
    seat = found.seat(row.seat) if found else None
    return PlaceLine(
        seat=seat.title if seat else row.seat,
        body=row.body.name,
        href=f"/seats/{row.body.code}/{row.seat}/",
        since=row.since,
        until=row.until,
        substitute=row.substitute_for_id is not None,
        over=row.until is not None and row.until < today,
    )
