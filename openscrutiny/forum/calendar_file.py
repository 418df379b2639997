"""A calendar as the file that calendars read: iCalendar, RFC 5545."""

from __future__ import annotations

from datetime import UTC, date
from functools import lru_cache
from unicodedata import category
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vDatetime

from openscrutiny.forum.pages.calendars import CalendarEvent, CalendarFeed

CONTENT_TYPE = "text/calendar; charset=utf-8"
_NO_YEAR = 2025
_PRODID = "-//OpenScrutiny//Meetings//EN"


def calendar_file(feed: CalendarFeed, *, site: str, zone: str) -> bytes:
    """A calendar as a file. ``site`` is the address before every path; times are of ``zone``.

    The same events always make the same file: nothing in it depends on when it is asked for.
    """
    made = Calendar()
    made.add("prodid", _PRODID)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("x-wr-calname", feed.name)
    # A calendar must have a component (RFC 5545, 3.6): one without meetings has its zone alone.
    years = [event.starts_at.year for event in feed.events] or [_NO_YEAR]
    made.add_component(_zone(zone, min(years), max(years)))
    for event in feed.events:
        made.add_component(_event(event, site=site, zone=zone))
    return bytes(made.to_ical())


def _event(event: CalendarEvent, *, site: str, zone: str) -> Event:
    where = ZoneInfo(zone)
    made = Event()
    made.add("uid", event.uid)
    made["dtstamp"] = vDatetime(event.changed_at.astimezone(UTC).replace(microsecond=0))
    made.add("last-modified", event.changed_at.astimezone(UTC).replace(microsecond=0))
    made.add("sequence", event.sequence)
    made.add("dtstart", event.starts_at.astimezone(where))
    made.add("dtend", event.ends_at.astimezone(where))
    made.add("summary", _text(event.heading))
    made.add("location", _text(event.venue))
    made.add("description", _text(f"{event.description}\n{site}{event.href}"))
    made.add("url", f"{site}{event.href}")
    made.add("status", event.status.value)
    made.add("transp", "OPAQUE" if event.busy else "TRANSPARENT")
    return made


def _text(words: str) -> str:
    """Words as a calendar may hold them: no control characters but the ends of lines."""
    rows = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = ("".join(c for c in row if category(c) != "Cc") for row in rows)
    return "\n".join(kept)


@lru_cache(maxsize=16)
def _zone(zone: str, first: int, last: int) -> Timezone:
    """The clock changes of the years there are meetings in, and of the years around them."""
    return Timezone.from_tzid(
        zone, first_date=date(first - 1, 1, 1), last_date=date(last + 2, 1, 1)
    )
