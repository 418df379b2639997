"""Who sits in a body: dated terms of reference, memberships of seats, and declared interests."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable, Organisation, Person, User


class TermsVersion(Immutable):
    """One version of the terms of reference, in force from a day until a later version is.

    ``document`` is what a definition file of a forum holds (``core.terms.TermsOfReference``). What
    applied on a date is what counts for that date, so no version is ever changed.
    """

    class Governance:
        privacy = "public"
        mutability = "immutable"

    version = models.PositiveIntegerField(unique=True)
    valid_from = models.DateField(unique=True)
    document = models.JSONField()
    why = models.CharField(max_length=500)
    decision = models.CharField(max_length=40, blank=True, help_text="The number of the decision.")
    adopted_at = models.DateTimeField()
    adopted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"Terms of reference, version {self.version}"


class MembershipQuery(models.QuerySet["Membership"]):
    def on(self, day: date) -> MembershipQuery:
        """Those of a day; the first and the last day are both included."""
        return self.filter(models.Q(until=None) | models.Q(until__gte=day), since__lte=day)


class Membership(models.Model):
    """A person in a seat of a body, from a day until a day.

    ``seat`` is the seat's code in the terms of reference of the day. ``substitute_for`` says whose
    substitute somebody is; a substitute has no substitute. ``ends_on`` is when the term runs out by
    the terms of reference, ``until`` the last day: the term's, or an earlier one with its reason.
    """

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    seat = models.SlugField(max_length=60)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    on_behalf_of = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="represented_by"
    )
    substitute_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="substitutes"
    )
    since = models.DateField()
    until = models.DateField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)

    objects: ClassVar[models.Manager[Membership]] = MembershipQuery.as_manager()

    class Meta:
        ordering = ["body", "seat", "since", "id"]
        indexes = [models.Index(fields=["body", "seat", "since"], name="membership_by_seat")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="membership_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.person_id}"


class Interest(models.Model):
    """An interest somebody declared: in the register, or for one agenda item alone.

    ``organisation`` is the body the interest is in, where it is in one. It is never deleted; one
    that is over has its last day.
    """

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="interests")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="interests")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="interests_in_it"
    )
    item = models.ForeignKey(
        "forum.AgendaItem", on_delete=models.PROTECT, null=True, related_name="interests"
    )
    text = models.CharField(max_length=500)
    since = models.DateField()
    until = models.DateField(null=True)
    declared_at = models.DateTimeField()

    class Meta:
        ordering = ["person", "-since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="interest_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return self.text
