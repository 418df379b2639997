"""People as the forum deals with them: how to reach them, what they need, what they were sent."""

from __future__ import annotations

from django.db import models

from openscrutiny.base.models.people import Organisation, User


class Person(models.Model):
    """Somebody who sits in the forum, is invited or is written to; with an account or without.

    ``organisation`` is who they belong to outside the forum, empty for who speaks for themselves.
    ``named_publicly`` says that they agreed to be named to the public; otherwise only the seat is.
    """

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    class Format(models.TextChoices):
        STANDARD = "standard", "Standard"
        LARGE_PRINT = "large_print", "Large print"
        EASY_READ = "easy_read", "Easy read"
        BRAILLE = "braille", "Braille"
        AUDIO = "audio", "Audio"
        PLAIN_TEXT = "plain_text", "Plain text"

    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="person")
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="people"
    )
    email = models.EmailField(blank=True)
    by_post = models.BooleanField(default=False)
    postal_address = models.TextField(blank=True, max_length=500)
    format = models.CharField(max_length=20, choices=Format, default=Format.STANDARD)
    named_publicly = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=~models.Q(email=""), name="one_person_an_email"
            ),
            models.CheckConstraint(
                condition=models.Q(by_post=False) | ~models.Q(postal_address=""),
                name="post_needs_an_address",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccessNeeds(models.Model):
    """What somebody needs to take part: in their own words, for the secretariat alone."""

    class Governance:
        privacy = "confidential"
        mutability = "mutable"

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="access_needs")
    text = models.TextField(max_length=2000)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "access needs"

    def __str__(self) -> str:
        return f"access needs {self.pk}"


class Message(models.Model):
    """One notice on its way to one person: what it said, how it went and what became of it.

    A rule tells a person of an item once for each event of its clock, however often it is asked:
    by e-mail, by post, or by one message for each where both were asked for.
    ``digest`` waits for the weekly mail. ``message_id`` is the Message-ID of the mail it went with;
    all of one digest share it. It is not tried before ``try_at``. ``claimed_at`` is when a sender
    took it, and ``interrupted`` says that one never came back from sending it. The text of one that
    is ``secret`` is taken away as soon as it was sent or given up.
    """

    class Governance:
        privacy = "personal"
        mutability = "mutable"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        POST = "post", "Post"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"
        BOUNCED = "bounced", "Came back"
        LATE = "late", "Not sent: too late to be of use"
        OVERTAKEN = "overtaken", "Overtaken, not sent"

    recipient = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="messages")
    rule = models.CharField(max_length=60)
    reference = models.CharField(max_length=160)
    clock_event = models.CharField(max_length=100)
    channel = models.CharField(max_length=10, choices=Channel)
    format = models.CharField(max_length=20, choices=Person.Format, default=Person.Format.STANDARD)
    digest = models.BooleanField(default=False)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    href = models.CharField(max_length=200, blank=True)
    secret = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    try_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    interrupted = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="message_by_state"),
            models.Index(fields=["message_id"], name="message_by_id"),
            models.Index(fields=["reference", "rule"], name="message_by_item"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "recipient", "reference", "clock_event", "channel"],
                name="one_alert_an_event",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.reference}"


class Heartbeat(models.Model):
    """When something that runs by itself last ran to its end, and what went wrong if anything."""

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name
