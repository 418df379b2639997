"""What was told to the public, exactly as it was told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Stateful, User
from openscrutiny.core.machines import PUBLICATION
from openscrutiny.core.permits import Action, Standing, may

# The states in which a publication stands for its subject, so that no second one may.
STANDING = ("prepared", "published", "withdrawal_proposed")
# The states in which everybody may read the account.
LIVE = ("published", "withdrawal_proposed")


class PublicationQuery(models.QuerySet["Publication"]):
    def live(self) -> PublicationQuery:
        """Those that everybody may read, newest first."""
        return self.filter(state__in=LIVE).order_by("-published_at", "-id")

    def ever_public(self) -> PublicationQuery:
        """Those that were ever published, the withdrawn ones too, newest first."""
        return self.exclude(published_at=None).order_by("-published_at", "-id")

    def visible_to(self, standing: Standing) -> PublicationQuery:
        """Those a person may know of: what was ever public, and what is not for its keepers."""
        return self if keeps_publications(standing) else self.ever_public()

    def without_content(self) -> PublicationQuery:
        """For lists, which show no account."""
        return self.defer("content", "checks")


def keeps_publications(standing: Standing) -> bool:
    """Whether a person prepares or publishes, and so may see what is not public yet."""
    return may(standing, Action.PREPARE_PUBLICATION) or may(standing, Action.PUBLISH)


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
    covers = models.JSONField(default=dict, help_text="Each reference in it, with its title.")
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

    objects: ClassVar[PublicationQuery] = PublicationQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-prepared_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=models.Q(state__in=STANDING),
                name="one_standing_publication_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=list(PUBLICATION.states)),
                name="publication_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(published_at=None, published_by=None)
                | models.Q(published_at__isnull=False, published_by__isnull=False),
                name="published_at_and_by_go_together",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="withdrawn_at_and_by_go_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """Its heading; of one withdrawn because of what it gave away, the number alone."""
        return f"Public account {self.number}" if self._gave_away else self.heading

    @property
    def public_reason(self) -> str:
        """Why it was withdrawn, in words that cannot give away again what it gave away."""
        return "" if self._gave_away else self.withdrawal_reason

    @property
    def _gave_away(self) -> bool:
        return self.state == "withdrawn" and self.withdrawal_code == self.Code.PERSONAL

    @property
    def href(self) -> str:
        return f"/publications/{self.number}/"

    @property
    def is_public(self) -> bool:
        """Whether everybody may know of it: it is published, or was and is withdrawn."""
        return self.published_at is not None
