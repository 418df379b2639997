"""The secret addresses at which people have their own meetings in their calendar."""

from __future__ import annotations

from django.db import models

from openscrutiny.base.models import User


class CalendarAddress(models.Model):
    """That somebody has an address for their calendar. Only a hash of its secret is kept."""

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_address")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "calendar addresses"

    def __str__(self) -> str:
        return f"calendar address {self.pk}"
