"""The thread's own tables: links between references, and the numbers references are made of."""

from __future__ import annotations

from django.db import models

from openscrutiny.base.models.record import Immutable


class Link(Immutable):
    """One step of the thread: what ``from_ref`` led to. Never changed, never taken away."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    from_ref = models.CharField(max_length=160)
    to_ref = models.CharField(max_length=160)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["to_ref"], name="link_by_target")]
        constraints = [
            models.UniqueConstraint(fields=["from_ref", "to_ref", "kind"], name="linked_once")
        ]

    def __str__(self) -> str:
        return f"{self.from_ref} {self.kind} {self.to_ref}"


class Counter(models.Model):
    """The last number given out for a kind of thing in a year."""

    class Governance:
        privacy = "public"
        mutability = "mutable"

    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="one_counter_a_year")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"
