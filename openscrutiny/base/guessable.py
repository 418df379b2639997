"""Refuses passwords that are guessed first, with what is known of the person and the place."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from openscrutiny.base.layout import PRODUCT, area_set
from openscrutiny.base.models import Organisation, Person
from openscrutiny.core.passwords import WHAT_TO_DO, Known, why_guessable


class GuessablePasswordValidator:
    """Refuses repeats, runs, common words and names, each with the reason and what to do."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError for a password that is among the first that are tried. Two queries."""
        why = why_guessable(password, Known(own=_own(user), here=_here()))
        if why:
            raise ValidationError(f"{why} {WHAT_TO_DO}", code="password_guessable")

    def get_help_text(self) -> str:
        return f"Passwords that are guessed first are refused. {WHAT_TO_DO}"


def _own(user: Any) -> tuple[str, ...]:
    if user is None or user.pk is None:
        return (getattr(user, "username", "") or "",)
    people = Person.objects.filter(user=user.pk).values_list("name", "email")
    return (user.username, *(said for person in people for said in person))


def _here() -> tuple[str, ...]:
    areas = area_set()
    place = (areas.place, areas.police or "") if areas else ()
    names = Organisation.objects.values_list("code", "name")
    return (PRODUCT, *place, *(said for organisation in names for said in organisation))
