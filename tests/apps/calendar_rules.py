"""What RFC 5545 asks of a calendar file, read from its bytes without the library that made it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

# The sections of RFC 5545 that ask for each of these.
_OF_CALENDAR = {"PRODID": "3.7.3", "VERSION": "3.7.4"}
_OF_EVENT = {"UID": "3.8.4.7", "DTSTAMP": "3.8.7.2", "DTSTART": "3.6.1"}
_ONCE = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "SEQUENCE", "URL", "LOCATION")
_LINE = re.compile(r'([A-Z0-9-]+)((?:;[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.DOTALL)


class AgainstTheRules(AssertionError):
    """A file that breaks a rule, with the rule."""


@dataclass
class Component:
    """A component: its lines by name, each with its parameters, and what stands inside it."""

    name: str
    lines: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)
    inside: list[Component] = field(default_factory=list)

    def value(self, name: str) -> str:
        """The only value of a line, its escapes undone."""
        ((_, value),) = self.lines[name]
        return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)

    def events(self) -> list[Component]:
        return [c for c in self.inside if c.name == "VEVENT"]


def read(file: bytes) -> Component:
    """The calendar in a file; AgainstTheRules where the file breaks RFC 5545."""
    calendar = _components(_lines(file))
    for name, section in _OF_CALENDAR.items():
        _rule(len(calendar.lines.get(name, [])) == 1, f"a calendar has one {name} ({section})")
    _rule(calendar.value("VERSION") == "2.0", "the version is 2.0 (3.7.4)")
    _rule("METHOD" not in calendar.lines, "a published feed has no METHOD of a message")
    zones = {z.value("TZID"): z for z in calendar.inside if z.name == "VTIMEZONE"}
    uids = [_event(event, zones) for event in calendar.events()]
    _rule(len(set(uids)) == len(uids), "every event has a UID of its own (3.8.4.7)")
    return calendar


def moment(event: Component, name: str, calendar: Component) -> datetime:
    """The moment a time in an event names, by the VTIMEZONE of the file and by nothing else."""
    ((said, value),) = event.lines[name]
    if value.endswith("Z"):
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    zone = next(z for z in calendar.inside if z.lines.get("TZID", [({}, "")])[0][1] == said["TZID"])
    local = datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 (the zone is in the file)
    return local.replace(tzinfo=timezone(_offset(zone, local))).astimezone(UTC)


def _event(event: Component, zones: dict[str, Component]) -> str:
    for name, section in _OF_EVENT.items():
        _rule(name in event.lines, f"an event has a {name} ({section})")
    for name in _ONCE:
        _rule(len(event.lines.get(name, [])) <= 1, f"{name} stands once at most (3.6.1)")
    _rule("DURATION" not in event.lines or "DTEND" not in event.lines, "not both ends (3.6.1)")
    ((_, stamp),) = event.lines["DTSTAMP"]
    _rule(re.fullmatch(r"\d{8}T\d{6}Z", stamp) is not None, "DTSTAMP is in UTC (3.8.7.2)")
    for name in ("DTSTART", "DTEND"):
        ((said, value),) = event.lines[name]
        _rule(re.fullmatch(r"\d{8}T\d{6}", value) is not None, f"{name} is a local time (3.3.5)")
        _rule(said.get("TZID") in zones, f"the zone of {name} stands in the file (3.2.19)")
    _rule(
        event.value("STATUS") in ("TENTATIVE", "CONFIRMED", "CANCELLED"),
        "the status of an event is one of three (3.8.1.11)",
    )
    _rule(event.value("SEQUENCE").isdecimal(), "SEQUENCE is a whole number (3.8.7.4)")
    return event.value("UID")


def _lines(file: bytes) -> list[str]:
    _rule(file.endswith(b"\r\n"), "every line ends with CRLF (3.1)")
    _rule(b"\n" not in file.replace(b"\r\n", b""), "no line ends with LF alone (3.1)")
    _rule(b"\r" not in file.replace(b"\r\n", b""), "no CR stands alone (3.1)")
    rows = file.removesuffix(b"\r\n").split(b"\r\n")
    _rule(all(len(row) <= 75 for row in rows), "no line is longer than 75 octets (3.1)")
    for row in rows:
        row.decode("utf-8")  # a character is never split between two lines
    return re.sub(rb"\r\n[ \t]", b"", file.removesuffix(b"\r\n")).decode().split("\r\n")


def _components(lines: list[str]) -> Component:
    open_ones: list[Component] = []
    whole: list[Component] = []
    for line in lines:
        matched = _LINE.fullmatch(line)
        _rule(matched is not None, f"a line is name, parameters and value (3.1): {line}")
        assert matched is not None
        name, said, value = matched.groups()
        if name == "BEGIN":
            open_ones.append(Component(value))
        elif name == "END":
            done = open_ones.pop()
            _rule(done.name == value, f"{value} ends where it began (3.6)")
            (open_ones[-1].inside if open_ones else whole).append(done)
        else:
            parameters = dict(p.split("=", 1) for p in said.split(";")[1:])
            open_ones[-1].lines.setdefault(name, []).append((parameters, value))
    _rule([c.name for c in whole] == ["VCALENDAR"], "a file is one calendar (3.4)")
    return whole[0]


def _offset(zone: Component, local: datetime) -> timedelta:
    """The offset that holds at a local time: that of the last change before it (3.6.5)."""
    changes = []
    for part in zone.inside:
        _rule(
            {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"} <= set(part.lines),
            "a part of a zone says from when, and from which offset to which (3.6.5)",
        )
        when = [part.value("DTSTART")]
        when += [w for _, row in part.lines.get("RDATE", []) for w in row.split(",")]
        changes += [
            (
                datetime.strptime(w, "%Y%m%dT%H%M%S"),  # noqa: DTZ007 (local to the zone)
                part.value("TZOFFSETTO"),
            )
            for w in when
        ]
    _, offset = max(change for change in changes if change[0] <= local)
    sign = -1 if offset[0] == "-" else 1
    return sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))


def _rule(holds: bool, rule: str) -> None:
    if not holds:
        raise AgainstTheRules(rule)
