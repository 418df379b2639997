"""Everything that was published: the list, the newest for the home page, the public log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from openscrutiny.base.lists import Asked, Listed, sheet_of
from openscrutiny.base.thread import warned
from openscrutiny.core.permits import NOBODY, Action
from openscrutiny.public.compose import day_of
from openscrutiny.public.models import Publication
from openscrutiny.public.pages.publication import role_in_words


@dataclass(frozen=True)
class Line:
    """A publication in a list."""

    number: str
    heading: str
    href: str
    published_on: date
    warned: bool = False


@dataclass(frozen=True)
class PublicationsPage:
    """One sheet of the public accounts, newest first, and how many were taken back."""

    listed: Listed
    withdrawn: int
    data_version: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing that happened in public: an account was published, or withdrawn."""

    at: datetime
    what: str
    by: str
    number: str
    heading: str
    href: str
    kind: str
    reason: str


@dataclass(frozen=True)
class LogPage:
    """One sheet of what was published and withdrawn, newest first, and how many of each kind."""

    listed: Listed
    published: int
    standing: int
    withdrawn: tuple[tuple[str, int], ...]
    data_version: str = ""


def publications_page(asked: Asked) -> PublicationsPage:
    """A fixed number of queries. What rests on a file that was withdrawn since is marked."""
    live = Publication.objects.live().without_content()
    ever = Publication.objects.ever_public().count()
    sheet = sheet_of(live, asked=asked, lines=_lines)
    return PublicationsPage(sheet, ever - sheet.count)


def _lines(rows: list[Publication]) -> Iterable[Line]:
    doubtful = warned((p.reference for p in rows), standing=NOBODY)
    return [_line(p, warned=p.reference in doubtful) for p in rows]


def latest(how_many: int) -> tuple[Line, ...]:
    """The newest accounts that everybody may read. One query."""
    return tuple(_line(p) for p in Publication.objects.live().without_content()[:how_many])


def log_page(asked: Asked) -> LogPage:
    """Four queries: what happened when, how often, and what is on the sheet."""
    ever = Publication.objects.ever_public().order_by()
    gone = ever.filter(state="withdrawn")
    happened = [(at, pk, _published) for pk, at in ever.values_list("pk", "published_at")]
    published = len(happened)
    happened += [(at, pk, _withdrawn) for pk, at in gone.values_list("pk", "withdrawn_at")]
    happened.sort(key=lambda one: one[:2], reverse=True)
    counts = dict(gone.values_list("withdrawal_code").annotate(Count("pk")))
    return LogPage(
        listed=sheet_of(happened, asked=asked, lines=_entries),
        published=published,
        standing=2 * published - len(happened),
        withdrawn=tuple((c.label, counts[c.value]) for c in Publication.Code if c.value in counts),
    )


def _entries(shown: list[tuple[datetime, int, Callable[[Publication], Entry]]]) -> Iterable[Entry]:
    rows = Publication.objects.without_content().in_bulk([pk for _, pk, _ in shown])
    return [told(rows[pk]) for _, pk, told in shown]


def _line(p: Publication, *, warned: bool = False) -> Line:
    assert p.published_at is not None
    return Line(p.number, p.title, p.href, day_of(p.published_at), warned)


def _published(p: Publication) -> Entry:
    assert p.published_at is not None
    by = role_in_words(Action.PUBLISH)
    return Entry(p.published_at, "Published", by, p.number, p.title, p.href, "", "")


def _withdrawn(p: Publication) -> Entry:
    assert p.withdrawn_at is not None
    return Entry(
        p.withdrawn_at,
        "Withdrawn",
        role_in_words(Action.PUBLISH),
        p.number,
        p.title,
        p.href,
        p.get_withdrawal_code_display(),
        p.public_reason,
    )
