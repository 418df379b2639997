"""People who sign in, the organisations they act for, and the roles they hold."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models

from openscrutiny.core.permits import Role


class Organisation(models.Model):
    """A body people act for: the forum itself, the police service, a partner, a verifier."""

    class Governance:
        privacy = "public"
        mutability = "mutable"

    KINDS = [
        (kind, kind.capitalize())
        for kind in ("forum", "police", "partner", "verifier", "committee", "subgroup")
    ]

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=KINDS)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["forum", "police", "partner", "verifier", "committee", "subgroup"]
                ),
                name="organisation_kind_is_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person who signs in. What the person may do follows from the roles held on the day."""

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    username = models.CharField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[\w.@+-]+$", "Use letters, digits and @ . + - _ only.")],
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.username


class RoleHeldQuery(models.QuerySet["RoleHeld"]):
    def on(self, day: date) -> RoleHeldQuery:
        """Those held on a day; the first and the last day are both included."""
        return self.filter(models.Q(until=None) | models.Q(until__gte=day), since__lte=day)


class RoleHeld(models.Model):
    """A role that a person holds for an organisation, from a day until a day."""

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    ROLES = [(r.value, r.words.capitalize()) for r in Role if r is not Role.ANYONE]

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roles")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=20, choices=ROLES)
    since = models.DateField()
    until = models.DateField(null=True)

    objects: ClassVar[models.Manager[RoleHeld]] = RoleHeldQuery.as_manager()

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role if r is not Role.ANYONE]),
                name="role_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="role_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} for {self.organisation_id}"


class SignIn(models.Model):
    """One sign-in that may still last: since when, last used when, in what kind of browser.

    ``browser`` is a few words such as ``Firefox, Windows``. No network address is kept. It lasts
    as long as the session whose key it names.
    """

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=60)
    since = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        ordering = ["-used_at", "-id"]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"
