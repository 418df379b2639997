"""Everything that was published: the list, the newest for the home page, the public log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from openscrutiny.base.thread import warned
from openscrutiny.core.permits import NOBODY, Action
from openscrutiny.public.compose import day_of
from openscrutiny.public.models import LIVE, Publication
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
    """The list of public accounts, newest first, and how many were taken back."""

    lines: tuple[Line, ...]
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
    """Everything published and withdrawn, newest first, and how many of each kind."""

    entries: tuple[Entry, ...]
    published: int
    standing: int
    withdrawn: tuple[tuple[str, int], ...]
    data_version: str = ""


def publications_page() -> PublicationsPage:
    """A fixed number of queries. What rests on a file that was withdrawn since is marked."""
    ever = list(Publication.objects.ever_public().without_content())
    live = [p for p in ever if p.state in LIVE]
    doubtful = warned((p.reference for p in live), standing=NOBODY)
    lines = tuple(_line(p, warned=p.reference in doubtful) for p in live)
    return PublicationsPage(lines, len(ever) - len(live))


def latest(how_many: int) -> tuple[Line, ...]:
    """The newest accounts that everybody may read. One query."""
    return tuple(_line(p) for p in Publication.objects.live().without_content()[:how_many])


def log_page() -> LogPage:
    """One query."""
    ever = list(Publication.objects.ever_public().without_content())
    entries = [_published(p) for p in ever]
    gone = [p for p in ever if p.state == "withdrawn"]
    entries += [_withdrawn(p) for p in gone]
    counts = [(c.label, sum(p.withdrawal_code == c.value for p in gone)) for c in Publication.Code]
    return LogPage(
        entries=tuple(sorted(entries, key=lambda e: e.at, reverse=True)),
        published=len(ever),
        standing=len(ever) - len(gone),
        withdrawn=tuple((label, n) for label, n in counts if n),
    )


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
