"""Small pieces of text every template uses: numbers, months, joined words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

register = template.Library()


@register.filter
def number(value: float | None, places: int = 0) -> str:
    """With thousands' commas; a dash that is read aloud as nothing for None."""
    if value is None:
        return "–"
    rounded = round(float(value), places)
    return f"{rounded if rounded else 0.0:,.{places}f}"


@register.filter
def joined(words: Sequence[str]) -> str:
    """``a, b and c``."""
    listed = [str(w) for w in words]
    return (
        " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)
    )
