"""The terms of reference in force on a day: the newest version adopted by then, or the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from openscrutiny.core.bodies import BodyTerms
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import TermsVersion
from openscrutiny.warehouse import definitions


@dataclass(frozen=True)
class Versions:
    """Every version of the terms of reference of a place: ``adopted`` ones, newest first.

    Until the first of them applies, the definition file of the place is version 1.
    """

    place: str
    adopted: tuple[TermsVersion, ...]
    _read: dict[int, TermsOfReference] = field(default_factory=dict, repr=False, compare=False)

    @property
    def newest(self) -> TermsOfReference:
        """The last one, which may not apply yet: what a further version changes."""
        return self.terms_of(self.adopted[0]) if self.adopted else definitions.terms(self.place)

    @property
    def newest_document(self) -> dict[str, Any]:
        """The newest one as data, a copy that may be changed."""
        return self.document_of(self.newest.version)

    def document_of(self, version: int) -> dict[str, Any]:
        """A version as data, a copy that may be changed."""
        row = next((v for v in self.adopted if v.version == version), None)
        if row is None:
            return definitions.terms_document(self.place)
        found: dict[str, Any] = json.loads(json.dumps(row.document))
        return found

    @property
    def first_day(self) -> date:
        """From when on any terms are known."""
        first = definitions.terms(self.place).valid_from
        return min([first, *(v.valid_from for v in self.adopted)])

    def on(self, day: date) -> TermsOfReference:
        """What applied on a day; the first terms before ``first_day``, for older records."""
        row = next((v for v in self.adopted if v.valid_from <= day), None)
        return definitions.terms(self.place) if row is None else self.terms_of(row)

    def terms_of(self, row: TermsVersion) -> TermsOfReference:
        if row.version not in self._read:
            self._read[row.version] = _parsed(self.place, json.dumps(row.document, sort_keys=True))
        return self._read[row.version]


# What was read for the request that is being answered, so that a page that asks for every one of
# its rows costs one query. None outside of ``read_once``, where it is read each time.
_kept: ContextVar[list[Versions] | None] = ContextVar("terms_of_this_request", default=None)


def versions() -> Versions:
    """Every version. NotPossible where the place has no forum. One query, and one for a request."""
    if settings.PLACE is None:
        raise NotPossible(
            "No authority's figures have been brought in, so there is no forum here yet.",
            "Bring in a published file first.",
        )
    kept = _kept.get()
    if kept:
        return kept[0]
    found = Versions(settings.PLACE, tuple(TermsVersion.objects.order_by("-valid_from")))
    if kept is not None:
        kept.append(found)
    return found


def in_force(on: date) -> TermsOfReference:
    """What applied on a day. NotPossible where the place has no forum. One query at most.

    Until a version was adopted here, the definition file of the place is version 1.
    """
    return versions().on(on)


def of_body(code: str, *, on: date) -> BodyTerms:
    """The terms of one body on a day; NotPossible where they say nothing of it."""
    found = in_force(on).body(code)
    if found is None:
        raise NotPossible(
            "The terms of reference of that day say nothing of this body.",
            "Add it to the terms of reference, or choose another body.",
        )
    return found


def read_again() -> None:
    """Forget what was read for this request, because it changed."""
    kept = _kept.get()
    if kept is not None:
        kept.clear()


@contextmanager
def read_once() -> Iterator[None]:
    """Have the terms of reference read once in here, however often they are asked for."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set([])
    try:
        yield
    finally:
        _kept.reset(token)


class ReadOnceMiddleware:
    """Has the terms of reference read once for each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with read_once():
            return self.get_response(request)


@lru_cache(maxsize=32)
def _parsed(place: str, document: str) -> TermsOfReference:
    return TermsOfReference.parse(place, json.loads(document))
