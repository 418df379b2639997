"""Every write about people a body deals with: who they are, how to reach them, what they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openscrutiny.base import access
from openscrutiny.base.models import AccessNeeds, Organisation, Person, User
from openscrutiny.base.moves import note
from openscrutiny.core.names import alike
from openscrutiny.core.permits import Action, Standing
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Membership


@dataclass(frozen=True)
class Newcomer:
    """Somebody who is not known here yet. ``account`` is the name of an account, or empty.

    ``namesake`` says that somebody else of the same name is known here, and is not meant.
    """

    name: str
    email: str = ""
    organisation: Organisation | None = None
    account: str = ""
    namesake: bool = False


class SameName(NotPossible):
    """Somebody of this name is known here already: ``people`` of whom one may be meant."""

    def __init__(self, people: Sequence[Person]) -> None:
        super().__init__(
            f"Somebody called “{people[0].name}” is known here already.",
            "Say whether it is this person, or somebody else of the same name.",
        )
        self.people = tuple(people)


@dataclass(frozen=True)
class Contact:
    """How to reach somebody, and whether the public may be told their name."""

    email: str
    by_post: bool
    postal_address: str
    format: str
    named_publicly: bool


@transaction.atomic
def add_person(*, newcomer: Newcomer, body: Organisation, by: User, now: datetime) -> Person:
    """Add somebody a body deals with. Their name and address stay out of the record.

    NotPossible where the address or the account is somebody else's already, or there is no account
    of that name; SameName where somebody of that name is known and it was not said that another
    is meant.
    """
    access.require(by, Action.FILL_SEATS, concerning=[body.code])
    _refuse_email(newcomer.email, None)
    if not newcomer.namesake and (known := people_called(newcomer.name)):
        raise SameName(known)
    made = Person.objects.create(
        name=newcomer.name.strip(),
        email=newcomer.email,
        organisation=newcomer.organisation,
        user=_account(newcomer.account) if newcomer.account else None,
        created_at=now,
    )
    # Last, because the record names people by their number alone.
    note(
        "forum.person.add",
        reference=f"person:{made.pk}",
        action=Action.FILL_SEATS,
        by=by,
        now=now,
        concerning=[body.code],
        details={"body": body.code},
    )
    return made


@transaction.atomic
def change_contact(*, person: Person, contact: Contact, by: User, now: datetime) -> Person:
    """Change how somebody is reached: by themselves, or by the secretariat of a body of theirs."""
    _note_own("contact", person, by=by, now=now)
    if contact.by_post and not contact.postal_address.strip():
        raise NotPossible(
            "Letters need an address.", "Write the postal address, or choose e-mail alone."
        )
    _refuse_email(contact.email, person)
    person.email, person.by_post = contact.email, contact.by_post
    person.postal_address, person.format = contact.postal_address.strip(), contact.format
    person.named_publicly = contact.named_publicly
    person.save(update_fields=["email", "by_post", "postal_address", "format", "named_publicly"])
    return person


@transaction.atomic
def change_access_needs(*, person: Person, text: str, by: User, now: datetime) -> None:
    """Change what somebody needs to take part; empty takes it away. The record says only that."""
    _note_own("access_needs", person, by=by, now=now)
    keep_needs(person, text, now=now)


def keep_needs(person: Person, text: str, *, now: datetime) -> None:
    """Keep what somebody needs, as part of a write that is recorded already."""
    if not text.strip():
        AccessNeeds.objects.filter(person=person).delete()
        return
    AccessNeeds.objects.update_or_create(
        person=person, defaults={"text": text.strip(), "changed_at": now}
    )


def bodies_of(person: Person, standing: Standing) -> frozenset[str]:
    """The bodies whose secretariats keep what is private of somebody. One query.

    Those in which the person ever sat; for somebody who sits in none yet, the reader's own.
    """
    codes = Membership.objects.filter(person=person).values_list("body__code", flat=True)
    return frozenset(codes) or standing.organisations


def require_private(person: Person, by: User) -> None:
    """NotPermitted for whoever is neither the person nor of the secretariat of their body."""
    if person.user_id is None or person.user_id != by.pk:
        bodies = bodies_of(person, access.standing_of(by))
        access.require(by, Action.READ_ACCESS_NEEDS, concerning=bodies)


def people_called(name: str) -> list[Person]:
    """Those whose name is this one but for case, accents and spaces. Two queries at most."""
    wanted = alike(name)
    every = Person.objects.values_list("pk", "name")
    found = [pk for pk, known in every if wanted and alike(known) == wanted]
    if not found:
        return []
    rows = Person.objects.filter(pk__in=found).select_related("organisation")
    return list(rows.prefetch_related("memberships"))


def _note_own(verb: str, person: Person, *, by: User, now: datetime) -> None:
    own = person.user_id is not None and person.user_id == by.pk
    note(
        f"forum.person.{verb}",
        reference=f"person:{person.pk}",
        action=Action.SEE_OWN_WORK if own else Action.READ_ACCESS_NEEDS,
        by=by,
        now=now,
        concerning=() if own else bodies_of(person, access.standing_of(by)),
        details={"own": own},
    )


def _refuse_email(email: str, person: Person | None) -> None:
    if (
        email
        and Person.objects.filter(email__iexact=email).exclude(pk=person and person.pk).exists()
    ):
        raise NotPossible(
            "Somebody else has this e-mail address already.",
            "Choose that person from the list, or write another address.",
        )


def _account(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise NotPossible(
            f"There is no account called “{name}”.",
            "Ask the administrator for the name, or leave it empty.",
        )
    if Person.objects.filter(user=found).exists():
        raise NotPossible(
            "This account belongs to somebody who is known here already.",
            "Choose that person from the list.",
        )
    return found
