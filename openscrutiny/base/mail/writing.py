"""The words of a mail: plain text, and the same as HTML that asks for nothing from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from openscrutiny.base.layout import PRODUCT, area_set
from openscrutiny.base.models import Message, Person

_WHY = (
    "You get this because you have a part in the forum's work. Nothing confidential is sent by "
    "mail: sign in to read more."
)


@dataclass(frozen=True)
class Said:
    """One thing a mail says, and the whole address of its page (empty where none is known)."""

    text: str
    link: str


@dataclass(frozen=True)
class Mail:
    """A mail as it goes out, or as it would: ``large`` for those who asked for large print."""

    subject: str
    said: tuple[Said, ...]
    why: str
    signed: str
    large: bool
    plain_only: bool

    @property
    def text(self) -> str:
        """The plain text."""
        parts = [f"{one.text}\n{one.link}".strip() for one in self.said]
        return "\n\n".join([*parts, self.why, self.signed]) + "\n"

    @property
    def html(self) -> str:
        return render_to_string("base/mail.html", {"mail": self})


def written(messages: Sequence[Message], person: Person) -> Mail:
    """The mail that carries some messages to a person: one alone, or several as a digest."""
    said = tuple(Said(m.text, address(m.href)) for m in messages)
    number = len(messages)
    whole = f"{PRODUCT}: {number} things to look at" if number > 1 else messages[0].subject
    areas = area_set()
    return Mail(
        subject=whole,
        said=said,
        why=_WHY,
        signed=f"{PRODUCT}, {areas.place}" if areas else PRODUCT,
        large=person.format == Person.Format.LARGE_PRINT,
        plain_only=person.format == Person.Format.PLAIN_TEXT,
    )


def as_email(mail: Mail, *, to: str, message_id: str) -> EmailMultiAlternatives:
    """The mail with its headers. It says that it was made by a machine, so no machine answers."""
    made = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
            "Content-Language": "en-GB",
        },
    )
    if not mail.plain_only:
        made.attach_alternative(mail.html, "text/html")
    return made


def address(href: str) -> str:
    """The whole address of a page; empty where the installation does not know its own."""
    return f"{settings.ADDRESS}{href}" if settings.ADDRESS and href else ""
