"""Minutes as text in sections: the changes of two people are brought together, or both shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OPENING = "opening"


@dataclass(frozen=True)
class Conflict:
    """A section that two people changed differently: what one wrote, and what the other saved."""

    section: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """Sections by name. Where there are conflicts, ``sections`` holds there what one wrote oneself,
    so that nothing typed is lost, and nothing may be saved yet."""

    sections: Mapping[str, str]
    conflicts: tuple[Conflict, ...]


def merged(
    *, base: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]
) -> Merged:
    """What comes of one person's text where another saved a version in the meantime.

    ``base`` is what both began from, ``theirs`` what was saved since, ``mine`` what is to be saved
    now; a section that ``mine`` does not name is unchanged. How lines end makes no difference, nor
    does white space after the last word. A section changed by one alone is taken from that one;
    changed by both alike, it is no conflict. Sections come in the order of ``theirs``.
    """
    found: dict[str, str] = {}
    conflicts = []
    for name in dict.fromkeys([*theirs, *mine]):
        before = plain(base.get(name, ""))
        saved = plain(theirs.get(name, ""))
        wanted = plain(mine[name]) if name in mine else before
        found[name] = saved if wanted == before else wanted
        if saved not in (before, wanted) and wanted != before:
            conflicts.append(Conflict(name, wanted, saved))
    return Merged(found, tuple(conflicts))


def plain(text: str) -> str:
    """Text with one kind of line end and nothing after its last word."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
