"""Papers for a meeting: what they are about, and every version of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable, Organisation, Stateful, User
from openscrutiny.core.machines import PAPER
from openscrutiny.forum.models.meetings import AgendaItem


class Paper(Stateful):
    """A paper under an agenda item. It is closed to the public where its item is, or by itself.

    ``owner`` is the organisation whose paper it is. ``late_reason`` is the chair's, where it came
    after the time for papers was over.
    """

    MACHINE = PAPER
    KIND: ClassVar[str] = "paper"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="papers")
    heading = models.CharField(max_length=200)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="papers")
    closed = models.BooleanField(default=False)
    exemption = models.CharField(max_length=2, choices=AgendaItem.Exemption, blank=True)
    public_interest = models.TextField(max_length=1000, blank=True)
    late_reason = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["item", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(PAPER.states)), name="paper_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(closed=False)
                | (~models.Q(exemption="") & ~models.Q(public_interest="")),
                name="closed_paper_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def href(self) -> str:
        return f"/papers/{self.number}/"


class PaperVersion(Immutable):
    """One version of a paper: its text as everybody reads it, and the file it came in, if any.

    ``html`` is clean and complete by itself. ``file_hash`` is the sha-256 of the kept file.
    ``checks`` lists what stands in the way of people who cannot see it, each with what to do.
    """

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    html = models.TextField(blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_type = models.CharField(max_length=100, blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveSmallIntegerField(null=True)
    checks = models.JSONField(default=list)
    changed_because = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["paper", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "version"], name="one_paper_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} v{self.version}"
