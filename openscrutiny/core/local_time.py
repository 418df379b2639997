"""From a day and an hour on the wall to the moment it names, and refusals where it names none."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from openscrutiny.core.calendar import in_words


class NoOneMoment(ValueError):
    """An hour on the wall that comes twice on its day, or not at all; the sentence says which."""


def moment_of(day: date, hour: time, zone: str) -> datetime:
    """The moment in UTC at which clocks in a zone show ``hour`` on ``day``.

    NoOneMoment on the day of the clock change, for an hour that is left out or comes twice: it is
    never guessed which was meant.
    """
    where = ZoneInfo(zone)
    first = datetime.combine(day, hour, where)
    said = f"{hour:%H:%M} on {in_words(day)}"
    if first.astimezone(UTC).astimezone(where).replace(fold=0) != first:
        raise NoOneMoment(
            f"There is no {said}: the clocks go forward and leave it out. Choose an hour before or "
            "after it."
        )
    if first.utcoffset() != first.replace(fold=1).utcoffset():
        raise NoOneMoment(
            f"There are two of {said}: the clocks go back and it comes again. Choose an hour that "
            "comes once."
        )
    return first.astimezone(UTC)
