"""The record: what is written once, what has a state, what happened, and who was told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from openscrutiny.base.models.people import User
from openscrutiny.core.workflow import Machine


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


class Stateful(models.Model):
    """A thing with a state table. Only ``base.moves.move`` changes its state.

    ``number`` is its permanent public number (2026-014) and with KIND its reference on the thread.
    ``revision`` counts every change, so that two people acting at once cannot overwrite each other.
    """

    MACHINE: ClassVar[Machine]
    KIND: ClassVar[str]

    number = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=40)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    @property
    def reference(self) -> str:
        return f"{self.KIND}:{self.number}"

    @property
    def state_in_words(self) -> str:
        return self.MACHINE.states[self.state]

    @property
    def title(self) -> str:
        """What lists and notices call it. Concrete models say it."""
        raise NotImplementedError


class AuditEvent(Immutable):
    """One thing that was done. Each row carries a hash of itself and of the row before it.

    People are named by number alone, so that the trail outlives them without their names.
    """

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=100)
    reference = models.CharField(max_length=160, blank=True)
    actor = models.PositiveBigIntegerField(null=True)
    acting_as = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]
        indexes = [
            models.Index(fields=["reference", "sequence"], name="audit_by_reference"),
            models.Index(fields=["actor", "sequence"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.event}"


class AuditHead(models.Model):
    """The last link of the chain: what shows that no row was taken off its end."""

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


class Notice(models.Model):
    """Something that a person was told, once for each event."""

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    event = models.CharField(max_length=100)
    reference = models.CharField(max_length=160)
    sequence = models.PositiveBigIntegerField(help_text="The audit event it tells of.")
    text = models.CharField(max_length=400)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "event", "reference", "sequence"], name="told_once"
            )
        ]

    def __str__(self) -> str:
        return self.text
