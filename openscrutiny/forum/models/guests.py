"""The secret addresses at which guests without an account answer their invitation."""

from __future__ import annotations

from django.db import models

from openscrutiny.forum.models.meetings import Attendance


class GuestAddress(models.Model):
    """That a guest has an address to answer at: one person, one meeting.

    Only a hash of its secret is kept. It leads nowhere once the meeting is over or called off.
    """

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    attendance = models.OneToOneField(
        Attendance, on_delete=models.CASCADE, related_name="guest_address"
    )
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "guest addresses"

    def __str__(self) -> str:
        return f"guest address {self.pk}"
