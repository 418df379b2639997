"""Looking at a file of terms before it is adopted: what does not fit, and what is in doubt."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from openscrutiny.base.layout import area_set
from openscrutiny.core.terms_changes import BODY_LENGTHS, DEADLINES
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.services.terms import read_terms
from openscrutiny.forum.terms_file.reading import Path, Problem, ReadFile
from openscrutiny.warehouse import definitions

_LISTS = (("organisations", "organisation"), ("agencies", "kind of agency"), ("bodies", "body"))

# Words of what can be wrong with the whole, and the part it is about.
_ABOUT = (
    ("respondent", "respondent"),
    ("time zone", "time_zone"),
    ("bank holidays", "holidays"),
    ("area set", "areas"),
    ("are those of", "areas"),
    ("ladder", "ladder"),
    ("strand", "strands"),
    ("bodies that meets", "bodies"),
    ("body", "organisations"),
    ("bodies", "organisations"),
)


def misfits(read: ReadFile, *, place: str) -> tuple[Problem, ...]:
    """What does not fit together in a document that was read: by line, and the whole last."""
    document = read.document
    if document is None:
        return read.problems
    found = [*_twice(read, document), *_unknown(read, document)]
    found.sort(key=lambda p: p.line)
    if found:
        return tuple(found)
    try:
        read_terms({**document, "version": 1, "valid_from": "2000-01-01"}, place=place)
    except NotPossible as refusal:
        reason = refusal.reason.removeprefix("The terms of reference: ")
        said = f"{reason[:1].upper()}{reason[1:]}"
        return (Problem(_line_of(read, document, reason), said, "Correct it in the file."),)
    return ()


def doubts(read: ReadFile, *, known: terms.Versions) -> tuple[Problem, ...]:
    """What may be meant and may be a slip: it is adopted all the same."""
    document = read.document
    assert document is not None
    return tuple(sorted(_doubts(read, document, known), key=lambda p: p.line))


def _line_of(read: ReadFile, document: Mapping[str, Any], reason: str) -> int:
    """Where something stands that only the whole shows to be wrong; 0 where that is not known."""
    for place, body in enumerate(document["bodies"]):
        if f", {body['code']}" in reason:
            about = "quorum" if "quorum" in reason else "seats" if "seat" in reason else "code"
            return read.line("bodies", place, about)
    return next((read.line(key) for words, key in _ABOUT if words in reason), 0)


def _doubts(
    read: ReadFile, document: Mapping[str, Any], known: terms.Versions
) -> Iterator[Problem]:
    before, newest = known.newest_document, known.newest.version
    taken_from = document.get("version", newest)
    if taken_from != newest:
        yield Problem(
            read.line("version"),
            f"This file was taken from version {taken_from}, and the newest is version {newest}.",
            "What changed in between is changed back. Look at the differences.",
        )
    codes = {o["code"] for o in document["organisations"]}
    for gone in [o for o in before["organisations"] if o["code"] not in codes]:
        yield Problem(
            read.line("organisations"),
            f"{gone['name']} is no organisation of the forum any more.",
            "It is asked nothing new; what it was asked stays and is still to be answered.",
        )
    for path, label, old, new in _lengths(before, document):
        moved = (old["length"], old["unit"]) != (new["length"], new["unit"])
        if moved and " ".join(str(old["source"]).split()) == new["source"]:
            yield Problem(
                read.line(*path),
                f"{label} changes, and where it comes from does not.",
                "Say in its source where the new length comes from.",
            )


def _lengths(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[Path, str, Mapping[str, Any], Mapping[str, Any]]]:
    for key, label in DEADLINES.items():
        old, new = before["deadlines"][key], after["deadlines"][key]
        yield ("deadlines", key), label, old, new
    older = {b["code"]: b for b in before.get("bodies") or ()}
    for place, body in enumerate(after["bodies"]):
        for key, label in BODY_LENGTHS.items() if body["code"] in older else ():
            yield ("bodies", place, key), label, older[body["code"]][key], body[key]


def _twice(read: ReadFile, document: Mapping[str, Any]) -> Iterator[Problem]:
    listed: list[tuple[Path, str]] = [((key,), noun) for key, noun in _LISTS]
    listed += [(("bodies", n, "seats"), "seat") for n in range(len(document["bodies"]))]
    for path, noun in listed:
        seen: set[str] = set()
        for place, one in enumerate(_at(document, path)):
            if one["code"] in seen:
                yield Problem(
                    read.line(*path, place, "code"),
                    f"The code “{one['code']}” of this {noun} stands twice.",
                    "Give each a code of its own.",
                )
            seen.add(one["code"])
    names = [o["name"] for o in document["organisations"]]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Problem(
                read.line("organisations", place, "name"),
                f"Two organisations are called {name}.",
                "Give each a name of its own.",
            )


def _unknown(read: ReadFile, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Codes that name nothing, each with those there are."""
    organisations = [o["code"] for o in document["organisations"]]
    agencies = [a["code"] for a in document.get("agencies") or ()]
    places = area_set()
    areas = [a.code for a in places.areas] if places else []

    def one(path: Path, code: str, of: Collection[str], noun: str) -> Iterator[Problem]:
        if code not in of:
            yield Problem(
                read.line(*path), f"“{code}” is no {noun}.", f"There are: {', '.join(of)}."
            )

    strands = document["strands"]
    for n, code in enumerate(strands):
        yield from one(("strands", n), code, definitions.taxonomy().codes, "strand")
    yield from one(("respondent",), document["respondent"], organisations, "organisation")
    for n, body in enumerate(document["bodies"]):
        at: Path = ("bodies", n)
        yield from one((*at, "code"), body["code"], organisations, "organisation")
        if body.get("parent"):
            yield from one((*at, "parent"), body["parent"], organisations, "organisation")
        for m, code in enumerate(body["quorum"].get("agencies") or ()):
            yield from one((*at, "quorum", "agencies", m), code, agencies, "kind of agency")
        for m, seat in enumerate(body["seats"]):
            here: Path = (*at, "seats", m)
            yield from one((*here, "agency"), seat["agency"], agencies, "kind of agency")
            for k, code in enumerate(seat.get("strands") or ()):
                yield from one((*here, "strands", k), code, strands, "strand in the remit")
            for k, code in enumerate(seat.get("areas") or ()):
                yield from one((*here, "areas", k), code, areas, "area")


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document.get(step) or () if isinstance(step, str) else document[step]
    return document
