"""A file of terms that was looked at: what is wrong or in doubt in it, and what it would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openscrutiny.core.terms_changes import changes
from openscrutiny.forum import terms
from openscrutiny.forum.pages.terms import names
from openscrutiny.forum.services.terms import read_terms
from openscrutiny.forum.terms_file.looking import doubts, misfits
from openscrutiny.forum.terms_file.reading import Problem, read_file


@dataclass(frozen=True)
class LookedAtPage:
    """What became of a file. Where there are ``problems`` it cannot be adopted, and ``document`` is
    None; ``doubts`` stand in nobody's way. ``differences`` are against the newest ``version``."""

    version: int
    problems: tuple[Problem, ...]
    doubts: tuple[Problem, ...]
    differences: tuple[str, ...]
    document: dict[str, Any] | None


def looked_at(content: bytes) -> LookedAtPage:
    """Look at a file of terms. It raises for no content. One query, and one of the versions."""
    known = terms.versions()
    newest = known.newest
    read = read_file(content)
    problems = misfits(read, place=known.place)
    if problems or read.document is None:
        return LookedAtPage(newest.version, problems, (), (), None)
    as_if = {**read.document, "version": newest.version, "valid_from": str(newest.valid_from)}
    found = read_terms(as_if, place=known.place)
    differences = changes(newest, found, names={**names(newest), **names(found)})
    if not differences:
        nothing = Problem(0, "Nothing would change.", "Change something in the file.")
        return LookedAtPage(newest.version, (nothing,), (), (), None)
    return LookedAtPage(newest.version, (), doubts(read, known=known), differences, read.document)
