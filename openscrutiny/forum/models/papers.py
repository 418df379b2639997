"""Papers for a meeting: what they are about, and every version of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable, Organisation, Stateful, User
from openscrutiny.core.machines import PAPER
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models.meetings import AgendaItem


class PaperQuery(models.QuerySet["Paper"]):
    def visible_to(self, standing: Standing) -> PaperQuery:
        """Published ones for anybody, those of the own organisation, and what was handed in to the
        own body. A draft is the affair of those whose paper it is, of the secretariat, and of who
        may allow it late."""
        codes = standing.organisations
        own = [c for c in codes if may(standing, Action.SUBMIT_PAPER, concerning=[c])]
        bodies = [c for c in codes if may(standing, Action.READ_MEETING, concerning=[c])]
        chaired = [c for c in codes if may(standing, Action.ALLOW_LATE, concerning=[c])]
        handed_in = models.Q(item__meeting__body__code__in=bodies) & ~models.Q(state="draft")
        # One that was withdrawn after it was published stays where it was, with the reason.
        published = models.Q(state="published") | models.Q(
            state="withdrawn", published_at__isnull=False
        )
        return self.filter(
            published
            | handed_in
            | models.Q(owner__code__in=own)
            | models.Q(item__meeting__body__code__in=[*own, *chaired])
        )


class Paper(Stateful):
    """A paper under an agenda item. It is closed to the public where its item is, or by itself.

    ``owner`` is the organisation whose paper it is. ``late_reason`` is the chair's, where it came
    after the time for papers was over; ``published_at`` is empty until it is published. One that
    was taken at the meeting itself has the moment, and why it could not wait.
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
    tabled_at = models.DateTimeField(null=True)
    tabled_because = models.TextField(max_length=5000, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    objects: ClassVar[PaperQuery] = PaperQuery.as_manager()  # type: ignore[assignment]

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
            models.CheckConstraint(
                condition=models.Q(tabled_at=None) | ~models.Q(tabled_because=""),
                name="tabled_paper_says_why",
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

    @property
    def closed_to_the_public(self) -> bool:
        """Whether it is closed, by itself or with its item."""
        return self.closed or self.item.closed

    def open_to(self, standing: Standing) -> bool:
        """Whether somebody who may see that it is there may read what it says."""
        return (
            not self.closed_to_the_public
            or may(standing, Action.READ_CLOSED, concerning=self.item.meeting.concerning)
            or may(standing, Action.SUBMIT_PAPER, concerning=[self.owner.code])
        )


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
