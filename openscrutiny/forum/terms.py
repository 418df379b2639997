"""The terms of reference in force on a day: the newest version adopted by then, or the file."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache

from django.conf import settings

from openscrutiny.core.bodies import BodyTerms
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import TermsVersion
from openscrutiny.warehouse import definitions


def in_force(on: date) -> TermsOfReference:
    """What applied on a day. NotPossible where the place has no forum. One query.

    Until a version was adopted here, the definition file of the place is version 1.
    """
    if settings.PLACE is None:
        raise NotPossible(
            "There are no terms of reference, because no place is in use yet.",
            "Import a published file first.",
        )
    adopted = TermsVersion.objects.filter(valid_from__lte=on).order_by("-valid_from").first()
    if adopted is None:
        return definitions.terms(settings.PLACE)
    return _parsed(settings.PLACE, json.dumps(adopted.document, sort_keys=True))


def of_body(code: str, *, on: date) -> BodyTerms:
    """The terms of one body on a day; NotPossible where they say nothing of it."""
    found = in_force(on).body(code)
    if found is None:
        raise NotPossible(
            "The terms of reference of that day say nothing of this body.",
            "Add it to the terms of reference, or choose another body.",
        )
    return found


@lru_cache(maxsize=32)
def _parsed(place: str, document: str) -> TermsOfReference:
    return TermsOfReference.parse(place, json.loads(document))
