"""How a promise made in a meeting stands against its day, and how that was worked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from openscrutiny.core.calendar import Calendar, in_words

# The states in which something is still to be done, so that a day that has gone makes it late.
OPEN = frozenset({"open", "in_progress", "carried_forward"})


@dataclass(frozen=True)
class Promised:
    """A promise at a moment: its day now, whether it is late, and the calculation.

    ``how`` is short ("overdue by 2 working days"), empty where nothing is awaited any more. The day
    first promised stands in ``steps`` however often it was carried forward.
    """

    due_on: date
    overdue: bool
    how: str
    steps: tuple[str, ...]


def promised(
    *,
    first: date,
    carried_to: date | None,
    times: int,
    state: str,
    today: date,
    calendar: Calendar,
) -> Promised:
    """How it stands on a day. It is due by the end of its day and late from the next one on.

    Late days are working days; where there was none among them, or bank holidays are not known that
    far, plain days.
    """
    due = carried_to or first
    steps = [f"First promised for {in_words(first)}."]
    if carried_to is not None:
        steps.append(f"Carried forward {_times(times)}, now to {in_words(carried_to)}.")
    if state not in OPEN:
        return Promised(due, False, "", tuple(steps))
    if today <= due:
        left = (due - today).days
        how = "due today" if not left else f"{_days(left)} left"
        return Promised(due, False, how, (*steps, f"Today is {in_words(today)}: {how}."))
    working = calendar.working_days(due, today) if today <= calendar.known_until else 0
    how = f"overdue by {_days(working, 'working day') if working else _days((today - due).days)}"
    return Promised(due, True, how, (*steps, f"Today is {in_words(today)}: {how}."))


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _days(n: int, unit: str = "day") -> str:
    return f"{n:,} {unit}{'' if n == 1 else 's'}"
