"""Bank holidays, from the list that an installed package carries. Never asks the network."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from functools import cache
from importlib import resources

from openscrutiny.core.calendar import Calendar

# In England and Wales every year has at least these; a year with fewer is not announced in full.
_A_FULL_YEAR = 8


class UnknownHolidays(ValueError):
    """A list of bank holidays that does not exist, with those that do."""


@cache
def bank_holidays(division: str) -> Calendar:
    """The calendar of ``england-and-wales`` or another part of the country; else UnknownHolidays.

    Known from the first to the last year that is announced in full. The package's own code would
    ask the network unless told not to, so only its list is read.
    """
    listed = json.loads(
        resources.files("govuk_bank_holidays").joinpath("bank-holidays.json").read_text("utf-8")
    )
    if division not in listed:
        raise UnknownHolidays(
            f"“{division}” is not a list of bank holidays. There are: {', '.join(listed)}."
        )
    closed = {date.fromisoformat(e["date"]): _name(e) for e in listed[division]["events"]}
    full = [y for y, n in Counter(d.year for d in closed).items() if n >= _A_FULL_YEAR]
    return Calendar(closed, known_until=date(max(full), 12, 31), known_from=date(min(full), 1, 1))


def _name(event: dict[str, str]) -> str:
    substitute = "substitute" in event["notes"].casefold()
    return f"substitute day for {event['title']}" if substitute else event["title"]
