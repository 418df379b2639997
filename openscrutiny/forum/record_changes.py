"""What changed in the record of a meeting since a version of its minutes, in words.

They name offices, positions and numbers, never people and nothing of what a closed item says, so
that they may stand beside every version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_OF_MEETING = {
    "heading": "what the meeting is called",
    "body": "what the body is called",
    "venue": "where it was",
    "day": "its day",
    "opened": "when it was opened",
    "closed": "when it was closed",
}
_OTHERWISE = {
    "quorate": "whether there was a quorum",
    "quorum": "when there was a quorum",
    "chair": "who was in the chair",
    "presided": "which deputy presided and why",
    "interests": "the interests that were declared",
}
_OF_ITEM = {
    "aside": "who stepped aside",
    "votes": "its votes",
    "closed": "whether it is closed to the public",
    "outcome": "what became of it",
}


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence for each thing that is different, empty where the record is as it was."""
    if before == now:
        return ()
    found = [
        *_meeting(before, now),
        *_people(before, now),
        *_items(before, now),
        *_otherwise(before, now),
    ]
    return tuple(found) or ("Something else in the record is different.",)


def _meeting(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _OF_MEETING.items():
        old, new = before.get(key), now[key]
        if old != new:
            yield f"{words.capitalize()}: {_or_nothing(new)}, not {_or_nothing(old)}."


def _otherwise(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _OTHERWISE.items():
        if before.get(key) != now[key]:
            yield f"Different: {words}."


def _or_nothing(value: Any) -> str:
    return str(value) if value else "nothing recorded"


def _people(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Who was there and when, by seat."""
    was, is_now = _standing(before), _standing(now)
    for who in {**was, **is_now}:
        old, new = was.get(who, "not named"), is_now.get(who, "not named")
        if old != new:
            yield f"{who[0]}: {new}, not {old}."
    if was == is_now and any(before.get(k) != now[k] for k in ("present", "apologies", "absent")):
        yield "Different: the order in which people are listed."


def _standing(facts: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {}
    for one in facts.get("present", ()):
        stay = f"in the meeting {one['times']}"
        found[one["seat"], one["name"]] = f"{stay} {one['remote']}" if one["remote"] else stay
    for one in facts.get("apologies", ()):
        found[one["seat"], one["name"]] = "apologies"
    for one in facts.get("absent", ()):
        found[one["seat"], one["name"]] = "absent"
    return found


def _items(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    was, is_now = (_by_number(f.get("items", ())) for f in (before, now))
    for number, item in is_now.items():
        old = was.get(number)
        if old is None:
            yield f"Item {item['position']} is new."
        elif old != item:
            yield from _item(old, item)
    for number in was.keys() - is_now.keys():
        yield f"Item {was[number]['position']} is gone."


def _item(was: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    at = f"Item {item['position']}"
    found = [
        *_decisions(_by_number(was["decisions"]), _by_number(item["decisions"])),
        *_promises(_by_number(was["actions"]), _by_number(item["actions"])),
        *(words for key, words in _OF_ITEM.items() if was.get(key) != item[key]),
    ]
    for words in found or ["what it is called or why it is closed"]:
        yield f"{at}: {words}."


def _decisions(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for number, decision in now.items():
        old = was.get(number)
        if old is None:
            yield f"decision {number} was recorded"
        elif decision["certified"] and not old["certified"]:
            yield f"decision {number} is certified"
        elif old != decision:
            yield f"decision {number} is worded differently"
    for number in was.keys() - now.keys():
        yield f"decision {number} was not certified, so it is none"


def _promises(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for number, promise in now.items():
        if number not in was:
            yield f"{promise['sort'].lower()} {number} was recorded"
        elif was[number] != promise:
            yield f"{promise['sort'].lower()} {number} is different"
    for number in was.keys() - now.keys():
        yield f"promise {number} is gone"


def _by_number(rows: Any) -> dict[str, Any]:
    return {row["number"]: row for row in rows}
