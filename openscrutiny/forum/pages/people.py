"""One person as the secretariat of their body sees them, one's own contact page, the register."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openscrutiny.base import access
from openscrutiny.base.models import AccessNeeds, Person
from openscrutiny.core.permits import Action, Held
from openscrutiny.forum import terms
from openscrutiny.forum.models import Interest, Membership
from openscrutiny.forum.pages.seats import BodyTab, body_of_day, body_tabs
from openscrutiny.forum.places import in_bodies


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
    """An interest in the register. ``end`` is where it is ended, empty for whoever may not."""

    number: int
    who: str
    text: str
    organisation: str
    item: str
    since: date
    until: date | None
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
    """The register of interests of a body: those that are in force, and those that are over.

    ``own`` says that it holds the reader's own alone: who sits in a seat and has no role there.
    """

    code: str
    body: str
    tabs: tuple[BodyTab, ...]
    current: tuple[InterestLine, ...]
    over: tuple[InterestLine, ...]
    may_declare: bool
    own: bool


def person_page(person: Person, *, by: Any, today: date) -> PersonPage:
    """Everything that is kept of somebody, for whoever was let in. Four queries."""
    needs = AccessNeeds.objects.filter(person=person).first()
    rows = person.memberships.select_related("body").order_by("-since")
    interests = person.interests.select_related("person", "organisation", "item", "body")
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
        interests=tuple(interest_line(i, by=by) for i in interests),
        account=person.user.username if person.user else "",
    )


def register_page(code: str, user: Any, *, today: date) -> RegisterPage:
    """The register of a body for those who may read it, and for who sits there their own of it.

    NotPermitted for anybody else. Three queries.
    """
    seats = in_bodies(user, on=today)
    found, body = body_of_day(code or _first_readable(user, today, seats), today)
    may_declare = access.allows(user, Action.DECLARE_INTEREST, concerning=[body.code], places=seats)
    own = may_declare and not access.allows(user, Action.READ_INTERESTS, concerning=[body.code])
    if not own:
        access.require(user, Action.READ_INTERESTS, concerning=[body.code])
    rows = Interest.objects.filter(body__code=body.code).select_related(
        "person", "organisation", "item", "body"
    )
    if own:
        rows = rows.filter(person__user=user)
    listed = [(r.until is not None and r.until < today, interest_line(r, by=user)) for r in rows]
    return RegisterPage(
        code=body.code,
        body=found.organisation(body.code).name,
        tabs=body_tabs(found, body.code),
        current=tuple(line for over, line in listed if not over),
        over=tuple(line for over, line in listed if over),
        may_declare=may_declare,
        own=own,
    )


def interest_line(row: Interest, *, by: Any) -> InterestLine:
    """An interest as the register shows it to somebody."""
    own = row.person.user_id is not None and row.person.user_id == getattr(by, "pk", None)
    may = own or access.allows(by, Action.FILL_SEATS, concerning=[row.body.code])
    return InterestLine(
        number=row.pk,
        who=row.person.name,
        text=row.text,
        organisation=row.organisation.name if row.organisation else "",
        item=row.item.number if row.item else "",
        since=row.since,
        until=row.until,
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
