"""What was written down in the room, the minutes made of it, and corrections asked for."""

from __future__ import annotations

from django.db import models

from openscrutiny.base.models import Immutable, User
from openscrutiny.forum.models.meetings import AgendaItem, Meeting


class RoomNote(models.Model):
    """Something written down during a meeting, under an item or none.

    ``key`` is made where it was written, before it reaches us: a note that is sent twice because
    the network failed is kept once. ``revision`` counts its changes; ``settled`` is the one that
    the minutes were written with, and 0 while they were not: what is newer came after the draft.
    ``set_aside_because`` says why such a note is not in their text.
    """

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="notes")
    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, null=True, related_name="notes")
    key = models.UUIDField(unique=True)
    text = models.TextField(max_length=10000)
    revision = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    settled = models.PositiveIntegerField(default=0)
    set_aside_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["written_at", "id"]

    def __str__(self) -> str:
        return str(self.key)


class MinutesVersion(Immutable):
    """One version of the minutes of a meeting; the newest is the one that counts.

    ``content`` is the whole text as data: who was there, and by item what was said and decided.
    """

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    changed_because = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["meeting", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="one_minutes_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} v{self.version}"


class Correction(models.Model):
    """A correction somebody asked for, against a page and an item of a version, and its outcome."""

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Outcome(models.TextChoices):
        OPEN = "open", "Not yet decided"
        MADE = "made", "Made"
        DECLINED = "declined", "Not made"

    version = models.ForeignKey(
        MinutesVersion, on_delete=models.PROTECT, related_name="corrections"
    )
    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, null=True, related_name="+")
    page = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(max_length=2000)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["asked_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]
