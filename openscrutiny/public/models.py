"""What was told to the public, exactly as it was told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Stateful, User
from openscrutiny.core.machines import PUBLICATION


class Publication(Stateful):
    """The public account of one thing. ``content`` is frozen when it is prepared.

    A publication that is withdrawn keeps its address, which then says that and why.
    """

    MACHINE = PUBLICATION
    KIND: ClassVar[str] = "publication"

    class Governance:
        privacy = "public"
        mutability = "mutable"

    class Code(models.TextChoices):
        WRONG = "wrong", "It is wrong"
        PERSONAL = "personal", "Somebody could be recognised"
        SOURCE = "source", "The figures it rests on were withdrawn"
        LEGAL = "legal", "The law requires it"
        OTHER = "other", "Another reason"

    subject = models.CharField(max_length=160, db_index=True)
    heading = models.CharField(max_length=200)
    content = models.JSONField()
    data_version = models.CharField(max_length=40, blank=True)
    checks = models.JSONField(default=dict)
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    withdrawal_code = models.CharField(max_length=20, choices=Code, blank=True)
    withdrawal_reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-prepared_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(PUBLICATION.states)),
                name="publication_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(published_at=None, published_by=None)
                | models.Q(published_at__isnull=False, published_by__isnull=False),
                name="published_at_and_by_go_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading
