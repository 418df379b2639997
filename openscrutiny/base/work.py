"""What waits for a person: collected from every app that ``config`` registers, sheet by sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from openscrutiny.base.lists import Asked, Listed, listed_in_groups
from openscrutiny.core.permits import Standing

GROUPS: Mapping[str, str] = {
    "all": "All",
    "overdue": "Overdue",
    "week": "Due within a week",
    "later": "Due later",
    "open": "Without a day",
}
_WEEK = timedelta(days=7)
_Row = TypeVar("_Row", bound=Any)


@dataclass(frozen=True)
class WorkItem:
    """One thing that waits for a person: what to do, on which page, and by when if there is a day.

    ``standing_words`` says how it stands against its day ("overdue by 2 working days").
    """

    reference: str
    title: str
    href: str
    to_do: str
    due_on: date | None = None
    standing_words: str = ""


class Waits(NamedTuple):
    """That something waits, and by when, without its words: what it takes to put it in order.

    ``key`` is what its pile finds it again by.
    """

    due_on: date | None
    reference: str
    key: Any


@dataclass(frozen=True)
class Pile:
    """What waits of one kind: all of it in short, and how to read some of it in full, by its keys.

    ``read`` takes a fixed number of queries. What has gone meanwhile is left out of its answer.
    """

    waits: Sequence[Waits]
    read: Callable[[Sequence[Any]], Mapping[Any, WorkItem]]


# A source gives its piles in a fixed number of queries, however much waits.
Source = Callable[[Any, Standing, datetime], Iterable[Pile]]


def few(items: Iterable[WorkItem]) -> Pile:
    """A pile of what there are never many of, in full already."""
    found = list(items)
    return Pile(
        [Waits(item.due_on, item.reference, place) for place, item in enumerate(found)],
        lambda keys: {place: found[place] for place in keys},
    )


def rows_waiting(
    rows: QuerySet[_Row],
    items: Callable[[list[_Row]], Iterable[WorkItem]],
    *,
    day: str = "",
) -> Pile:
    """A pile of rows of the record, of which only those that are shown are ever loaded.

    ``items`` says of some rows, in their order, what waits; ``day`` is the field of their day.
    """
    fields = ("pk", "number", day) if day else ("pk", "number")
    kind = rows.model.KIND  # type: ignore[attr-defined]
    short = rows.order_by().values_list(*fields)
    return Pile(
        [Waits(next(iter(on), None), f"{kind}:{number}", pk) for pk, number, *on in short],
        lambda keys: _by_key(rows, keys, items),
    )


def _by_key(
    rows: QuerySet[_Row],
    keys: Sequence[Any],
    items: Callable[[list[_Row]], Iterable[WorkItem]],
) -> Mapping[Any, WorkItem]:
    found = list(rows.filter(pk__in=keys))
    return dict(zip((row.pk for row in found), items(found), strict=True))


@cache
def sources() -> Sequence[Source]:
    """Every registered source of work."""
    found: Sequence[Source] = import_string(settings.WORK_SOURCES)
    return found


def waiting_for(
    user: Any, standing: Standing, *, now: datetime, of: Sequence[Source] | None = None
) -> tuple[WorkItem, ...]:
    """All that this person may and should do next, what is due first coming first.

    By every registered source, or by those of ``of`` alone.
    """
    piles = _piles(user, standing, now, of)
    return _in_full(piles, _in_order(piles))


def work_listed(user: Any, standing: Standing, asked: Asked, *, now: datetime) -> Listed:
    """One sheet of the same, of all of it or of what is overdue, due soon, later or on no day.

    What is not on the sheet is counted and put in order, and its words are never read.
    """
    piles = _piles(user, standing, now)
    ordered = _in_order(piles)
    today = timezone.localtime(now).date()
    groups: dict[str, list[_Placed]] = {name: [] for name in GROUPS}
    groups["all"] = ordered
    for placed in ordered:
        groups[_group(placed.waits.due_on, today)].append(placed)
    return listed_in_groups(
        groups, labels=GROUPS, asked=asked, lines=lambda shown: _in_full(piles, shown)
    )


class _Placed(NamedTuple):
    """Something that waits, and the place of its pile."""

    waits: Waits
    pile: int


def _piles(
    user: Any, standing: Standing, now: datetime, of: Sequence[Source] | None = None
) -> list[Pile]:
    asked = sources() if of is None else of
    return [pile for source in asked for pile in source(user, standing, now)]


def _in_order(piles: Sequence[Pile]) -> list[_Placed]:
    """What is due first comes first; what has no day comes last."""
    found = [_Placed(waits, place) for place, pile in enumerate(piles) for waits in pile.waits]
    return sorted(found, key=lambda p: (p.waits.due_on or date.max, p.waits.reference))


def _in_full(piles: Sequence[Pile], shown: Sequence[_Placed]) -> tuple[WorkItem, ...]:
    keys: dict[int, list[Any]] = defaultdict(list)
    for placed in shown:
        keys[placed.pile].append(placed.waits.key)
    read = {place: piles[place].read(wanted) for place, wanted in keys.items()}
    found = (read[placed.pile].get(placed.waits.key) for placed in shown)
    return tuple(item for item in found if item is not None)


def _group(due_on: date | None, today: date) -> str:
    if due_on is None:
        return "open"
    if due_on < today:
        return "overdue"
    return "week" if due_on <= today + _WEEK else "later"
