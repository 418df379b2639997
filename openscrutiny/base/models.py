"""People who sign in. Reading needs no account."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models

from openscrutiny.core.permits import Role


class Immutable(models.Model):
    """A row that is written once. Saving or deleting it again raises."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutableRow(f"{self._meta.verbose_name} {self.pk} is kept as it was written.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ImmutableRow(f"{self._meta.verbose_name} {self.pk} is part of the record.")


class ImmutableRow(TypeError):
    """An attempt to change what was written once and for all."""


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person with a role. The role decides what the person may do (``core.permits``)."""

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    ROLES = [(r.value, r.value.capitalize()) for r in Role if r is not Role.ANYONE]

    username = models.CharField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[\w.@+-]+$", "Use letters, digits and @ . + - _ only.")],
    )
    role = models.CharField(max_length=20, choices=ROLES, default=Role.MEMBER.value)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role if r is not Role.ANYONE]),
                name="user_role_is_known",
            )
        ]

    def __str__(self) -> str:
        return self.username
