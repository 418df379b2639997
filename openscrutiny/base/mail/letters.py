"""Letters to print: a page for each person who asked for post, with all that waits for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

import typst
from django.utils import timezone

from openscrutiny.base.layout import PRODUCT, area_set
from openscrutiny.base.mail.sending import waiting
from openscrutiny.base.models import Message, Person
from openscrutiny.core.calendar import in_words

# The typesetter's own typeface, so that the same letter is the same file everywhere.
_TYPEFACE = "Libertinus Serif"
_WHY = "You get this by post because you asked for it. Nothing confidential is sent by post."


@dataclass(frozen=True)
class Letter:
    """One letter: to whom, in which format it was asked for, what it says, which messages it is."""

    number: int
    name: str
    address: tuple[str, ...]
    format: str
    special: bool
    large: bool
    said: tuple[str, ...]
    messages: tuple[int, ...]


def letters(now: datetime) -> tuple[Letter, ...]:
    """The letters that are due, by name. One query."""
    rows = waiting(now).filter(channel=Message.Channel.POST).select_related("recipient")
    ordered = rows.order_by("recipient__name", "recipient_id", "created_at", "id")
    grouped = groupby(ordered, key=lambda m: m.recipient)
    return tuple(_letter(person, list(messages)) for person, messages in grouped)


def letters_to_print(now: datetime) -> int:
    """How many letters are due: one for each person. One query, and no letter is written."""
    due = waiting(now).filter(channel=Message.Channel.POST)
    return due.order_by().values("recipient").distinct().count()


def as_pdf(found: Sequence[Letter], *, on: date) -> bytes:
    """The letters as one tagged PDF (PDF/UA-1), each on a page of its own."""
    areas = area_set()
    said = {
        "title": "Letters to print",
        "day": in_words(on),
        "signed": f"{PRODUCT}, {areas.place}" if areas else PRODUCT,
        "why": _WHY,
        "letters": [
            {"name": one.name, "address": one.address, "large": one.large, "said": one.said}
            for one in found
        ],
    }
    return typst.compile(
        Path(__file__).with_suffix(".typ").read_bytes(),
        sys_inputs={"letters": json.dumps(said), "typeface": _TYPEFACE},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )


def letters_pdf(now: datetime) -> bytes:
    """The letters that are due at a moment, ready to print."""
    return as_pdf(letters(now), on=timezone.localtime(now).date())


def _letter(person: Person, messages: list[Message]) -> Letter:
    return Letter(
        number=person.pk,
        name=person.name,
        address=tuple(line for line in person.postal_address.splitlines() if line.strip()),
        format=person.get_format_display(),
        special=person.format != Person.Format.STANDARD,
        large=person.format == Person.Format.LARGE_PRINT,
        said=tuple(m.text for m in messages),
        messages=tuple(m.pk for m in messages),
    )
