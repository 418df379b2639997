"""Meetings from before the forum kept its record here, as an older record tells of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable


class ArchiveQuery(models.QuerySet["ArchivedMeeting"]):
    def newest(self) -> ArchiveQuery:
        """The meetings of the newest edition of each record."""
        later = ArchivedMeeting.objects.filter(
            record=models.OuterRef("record"), edition__gt=models.OuterRef("edition")
        )
        return self.filter(~models.Exists(later))


class ArchivedMeeting(Immutable):
    """One meeting of an older record. ``held`` is the date as far as it is known: a day, or a year.

    What the record does not say is None or an empty list, and is shown as not recorded. ``record``
    is the name of the older record; a corrected file is a new ``edition`` of all of it, and the
    editions before it are kept.
    """

    class Governance:
        privacy = "public"
        mutability = "immutable"

    record = models.SlugField(max_length=60, default="record")
    edition = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=64, help_text="The sha-256 of the file it came from.")
    place = models.PositiveIntegerField(help_text="Its place in that file, from 1.")
    held = models.CharField(max_length=40)
    sorted_by = models.DateField()
    body = models.CharField(max_length=200)
    kind = models.CharField(max_length=200)
    venue = models.CharField(max_length=300, blank=True)
    present = models.JSONField(default=list)
    apologies = models.JSONField(default=list)
    items = models.JSONField(default=list)
    outcomes = models.JSONField(default=list)
    note = models.TextField(blank=True)
    address = models.URLField(max_length=500, blank=True)
    brought_in_at = models.DateTimeField()

    objects: ClassVar[ArchiveQuery] = ArchiveQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-sorted_by", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["record", "edition", "place"], name="archived_once")
        ]

    def __str__(self) -> str:
        return f"{self.held} {self.body}"

    @property
    def href(self) -> str:
        return f"/archive/{self.record}/{self.edition}/{self.place}/"
