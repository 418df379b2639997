"""Reads an older record of meetings: a JSON list, one entry a meeting. Touches no table.

Each entry has every key of ``KEYS``; null, and an empty list, mean that it was not recorded.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

MOST_BYTES = 1_000_000
MOST_ENTRIES = 5_000
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
# Each text and its greatest length, and the lists of texts.
_TEXTS = {"date": 10, "body": 200, "kind": 200, "venue": 300, "note": 5000, "url": 500}
_LISTS = ("present", "apologies", "items", "decisions_or_actions")
_NEEDED = ("date", "body")
_LONGEST_LINE = 1000
KEYS = (*_TEXTS, *_LISTS)


@dataclass(frozen=True)
class Entry:
    """One meeting as the record tells of it; ``place`` is its place in the file, from 1.

    ``held`` is a day, a month or a year, as far as it is known; ``sorted_by`` its first day.
    """

    place: int
    held: str
    sorted_by: date
    body: str
    kind: str
    venue: str
    present: tuple[str, ...]
    apologies: tuple[str, ...]
    items: tuple[str, ...]
    outcomes: tuple[str, ...]
    note: str
    address: str


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: in which entry (None: the file), in which field, and what to do."""

    entry: int | None
    field: str
    message: str

    def __str__(self) -> str:
        where = f"Entry {self.entry}" if self.entry else "The file"
        return f"{where}{f', {self.field}' if self.field else ''}: {self.message}"


class BadRecord(ValueError):
    """A file that is not such a record, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        shown = "\n".join(str(p) for p in problems[:20])
        more = f"\nand {len(problems) - 20:,} more." if len(problems) > 20 else ""
        super().__init__(f"Nothing was brought in.\n{shown}{more}")
        self.problems = tuple(problems)


@dataclass(frozen=True)
class OlderRecord:
    """A whole record that could be read, and the sha-256 of its file."""

    entries: tuple[Entry, ...]
    sha256: str


def read_record(content: bytes, *, today: date) -> OlderRecord:
    """All entries of a file; BadRecord with every problem, by entry and field, for anything else.

    ``today`` is the last day on which a meeting of the past can have been held.
    """
    problems: list[Problem] = []
    entries = []
    for place, data in enumerate(_entries(content), start=1):
        wrong = list(_wrong(place, data, today))
        problems += wrong
        if not wrong:
            entries.append(_entry(place, data))
    if problems:
        raise BadRecord(problems)
    return OlderRecord(tuple(entries), hashlib.sha256(content).hexdigest())


def first_day(held: str) -> date:
    """The first day of a day, a month or a year; ValueError for anything else."""
    match = _DATE.fullmatch(held) if held.isascii() else None
    if match is None:
        raise ValueError(held)
    year, month, day = match.groups()
    return date(int(year), int(month or 1), int(day or 1))


def _entries(content: bytes) -> list[Any]:
    if len(content) > MOST_BYTES:
        raise _bad(f"It has more than {MOST_BYTES:,} bytes. Split it into several files.")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _bad("It is not text in UTF-8. Save it again as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _bad(f"It is not JSON: {error.msg} in line {error.lineno}.") from None
    except RecursionError:
        raise _bad("It is nested too deep to be a list of meetings.") from None
    if not isinstance(found, list) or not found:
        raise _bad("It is not a list of meetings. Write one entry for each meeting.")
    if len(found) > MOST_ENTRIES:
        raise _bad(f"It has more than {MOST_ENTRIES:,} entries. Split it into several files.")
    return found


def _bad(message: str) -> BadRecord:
    return BadRecord([Problem(None, "", message)])


def _wrong(place: int, data: Any, today: date) -> Iterator[Problem]:
    if not isinstance(data, dict):
        yield Problem(place, "", "It is no entry. Write the fields of a meeting in braces.")
        return
    for key in KEYS:
        if key not in data:
            yield Problem(place, key, "It is missing. Write null where it was not recorded.")
    for key in sorted(set(data) - set(KEYS)):
        yield Problem(place, key, f"No such field is known. Known are: {', '.join(KEYS)}.")
    for key, longest in _TEXTS.items():
        yield from _wrong_text(place, key, data.get(key), longest)
    for key in _LISTS:
        yield from _wrong_list(place, key, data.get(key))
    yield from _wrong_date(place, data.get("date"), today)
    address = data.get("url")
    if isinstance(address, str) and not re.match(r"https?://\S+$", address):
        yield Problem(place, "url", "It is no address. Begin it with https:// or http://.")


def _wrong_text(place: int, key: str, value: Any, longest: int) -> Iterator[Problem]:
    if value is None:
        if key in _NEEDED:
            yield Problem(place, key, "It is needed. Write it in quotation marks.")
    elif not isinstance(value, str):
        yield Problem(place, key, "It is not a text. Write it in quotation marks, or null.")
    elif len(value) > longest:
        yield Problem(place, key, f"It has more than {longest:,} characters. Shorten it.")
    elif not value.strip():
        yield Problem(place, key, "It is empty. Write null where it was not recorded.")
    elif _unkeepable(value):
        yield Problem(place, key, "It holds a character that cannot be kept. Take it out.")


def _wrong_list(place: int, key: str, value: Any) -> Iterator[Problem]:
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        yield Problem(place, key, "It is not a list of texts. Write one, or null.")
    elif any(not line.strip() or len(line) > _LONGEST_LINE or _unkeepable(line) for line in value):
        yield Problem(
            place, key, f"A text in it is empty, cannot be kept, or is over {_LONGEST_LINE:,} long."
        )


def _unkeepable(text: str) -> bool:
    """Whether a database may refuse it: a null character, or half of a pair of code units."""
    return "\0" in text or any("\ud800" <= c <= "\udfff" for c in text)


def _wrong_date(place: int, value: Any, today: date) -> Iterator[Problem]:
    if not isinstance(value, str) or not value.strip():
        return
    try:
        first = first_day(value)
    except ValueError:
        said = f"“{value}” is no day, month or year. Write 2004-09-21, 2004-09 or 2004."
        yield Problem(place, "date", said)
        return
    if first > today:
        yield Problem(place, "date", "It has not come yet, so it is no meeting of the past.")


def _entry(place: int, data: dict[str, Any]) -> Entry:
    lists = {key: tuple(data[key] or ()) for key in _LISTS}
    return Entry(
        place=place,
        held=data["date"],
        sorted_by=first_day(data["date"]),
        body=data["body"],
        kind=data["kind"] or "",
        venue=data["venue"] or "",
        present=lists["present"],
        apologies=lists["apologies"],
        items=lists["items"],
        outcomes=lists["decisions_or_actions"],
        note=data["note"] or "",
        address=data["url"] or "",
    )
