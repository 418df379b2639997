"""Lists sheet by sheet, and with one filter: how many there are of each kind, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest

PER_PAGE = 50
_LONGEST = 60
_Row = TypeVar("_Row", bound=Any)


@dataclass(frozen=True)
class Tab:
    """One choice of the filter, with how many it shows. An empty query shows everything."""

    label: str
    count: int
    query: str
    chosen: bool


@dataclass(frozen=True)
class Listed:
    """One sheet of a list. ``previous`` and ``following`` are queries, empty at the ends.

    ``count`` is how many there are on all sheets together.
    """

    lines: tuple[Any, ...]
    tabs: tuple[Tab, ...]
    count: int
    words: str
    previous: str
    following: str


@dataclass(frozen=True)
class Asked:
    """What somebody asks of a list. What cannot be read is as if it had not been said."""

    choice: str = ""
    sheet: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        choice = request.GET.get("show", "").replace("\0", "")[:_LONGEST].strip()
        sheet = request.GET.get("page", "")
        readable = sheet.isascii() and sheet.isdecimal() and len(sheet) < 6
        return cls(choice, max(1, int(sheet)) if readable else 1)


def listed(
    rows: QuerySet[_Row],
    *,
    by: str,
    labels: Mapping[str, str],
    asked: Asked,
    lines: Callable[[list[_Row]], Iterable[Any]],
) -> Listed:
    """The sheet that was asked for, filtered by the field ``by``, whose values ``labels`` names.

    ``lines`` turns the rows of one sheet into what the page shows. Queries: the counts, the rows.
    """
    counts = dict(rows.order_by().values_list(by).annotate(Count("pk")))
    choice = asked.choice if asked.choice in labels else ""
    tabs = [Tab("All", sum(counts.values()), "", not choice), *_tabs(labels, counts, choice)]
    shown = rows.filter(**{by: choice}) if choice else rows
    return _sheet(shown, tabs, {"show": choice} if choice else {}, asked, lines)


def listed_in_groups(
    groups: Mapping[str, Sequence[_Row]],
    *,
    labels: Mapping[str, str],
    asked: Asked,
    lines: Callable[[list[_Row]], Iterable[Any]],
) -> Listed:
    """The sheet that was asked for of rows already sorted into groups, which may overlap.

    ``labels`` names the groups; the first of them is shown where none is asked for.
    """
    choice = asked.choice if asked.choice in labels else next(iter(labels))
    counts = {name: len(rows) for name, rows in groups.items()}
    tabs = _tabs(labels, counts, choice)
    return _sheet(groups[choice], tabs, {"show": choice}, asked, lines)


def sheet_of(
    rows: QuerySet[_Row] | Sequence[_Row],
    *,
    asked: Asked,
    lines: Callable[[list[_Row]], Iterable[Any]],
    beside: Mapping[str, str] | None = None,
) -> Listed:
    """The sheet that was asked for of a list without a filter.

    ``beside`` is what else its address says. Queries: the count, the rows.
    """
    return _sheet(rows, [], beside or {}, asked, lines)


def _tabs(labels: Mapping[str, str], counts: Mapping[str, int], choice: str) -> list[Tab]:
    return [
        Tab(label, counts.get(value, 0), f"?{urlencode({'show': value})}", value == choice)
        for value, label in labels.items()
    ]


def _sheet(
    rows: QuerySet[_Row] | Sequence[_Row],
    tabs: Sequence[Tab],
    said: Mapping[str, str],
    asked: Asked,
    lines: Callable[[list[_Row]], Iterable[Any]],
) -> Listed:
    sheets = Paginator(rows, PER_PAGE)
    for tab in tabs:
        if tab.chosen:  # counted already: the paginator need not ask again
            sheets.count = tab.count
    sheet = sheets.get_page(asked.sheet)

    def other(number: int) -> str:
        return f"?{urlencode({**said, 'page': number})}"

    return Listed(
        lines=tuple(lines(list(sheet))),
        tabs=tuple(tabs),
        count=sheets.count,
        words=f"Page {sheet.number} of {sheets.num_pages}",
        previous=other(sheet.number - 1) if sheet.has_previous() else "",
        following=other(sheet.number + 1) if sheet.has_next() else "",
    )
