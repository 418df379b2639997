"""Reads the definitions: what the forum decides, as data."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.calendar import Calendar
from openscrutiny.core.enquiries import Enquiry, refuse_ambiguous
from openscrutiny.core.measures import Measure
from openscrutiny.core.taxonomy import Taxonomy
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.warehouse.holidays import UnknownHolidays, bank_holidays

# The safe loader, in its quick form where the machine has it: definitions are read at every start.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_Defined = TypeVar("_Defined")


class DefinitionError(ValueError):
    """A definition file that cannot be used, with its name and what is wrong in it."""


def folder() -> Path:
    """Where the definitions lie: ``OPENSCRUTINY_DEFINITIONS``, else beside the package."""
    given = os.environ.get("OPENSCRUTINY_DEFINITIONS")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "definitions"


def read(path: Path) -> dict[str, Any]:
    """One definition file as a mapping; DefinitionError names the file where it is not one."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DefinitionError(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise DefinitionError(f"{path.name}: holds no definition (a mapping of keys to values).")
    return data


@cache
def taxonomy() -> Taxonomy:
    """The strands, from ``strands.yaml``."""
    return _parsed(folder() / "strands.yaml", lambda _, data: Taxonomy.parse(data))


@cache
def area_sets() -> dict[str, AreaSet]:
    """Every area set, by identifier (its file's name)."""
    return {p.stem: _parsed(p, AreaSet.parse) for p in sorted(folder().glob("areas/*.yaml"))}


@cache
def measures() -> dict[str, Measure]:
    """Every measure, by identifier (its file's name)."""
    return {p.stem: _parsed(p, Measure.parse) for p in sorted(folder().glob("measures/*.yaml"))}


@cache
def enquiries() -> dict[str, Enquiry]:
    """Every line of enquiry, by identifier (its file's name); no two may be equally specific."""
    read_in = {p.stem: _parsed(p, Enquiry.parse) for p in sorted(folder().glob("enquiries/*.yaml"))}
    for enquiry in read_in.values():
        if enquiry.measure not in measures():
            raise DefinitionError(f"{enquiry.id}.yaml: “{enquiry.measure}” is not a measure.")
    try:
        refuse_ambiguous(read_in.values())
    except ValueError as error:
        raise DefinitionError(str(error)) from error
    return read_in


@cache
def terms(place_id: str) -> TermsOfReference:
    """The terms of reference of a place's forum; DefinitionError where no file has them."""
    found = [t for t in _every_terms().values() if t.areas == place_id]
    if len(found) != 1:
        number = "more than one" if found else "no"
        raise DefinitionError(
            f"“{place_id}” has {number} terms of reference. Give it one file in "
            f"definitions/forums/ that says “areas: {place_id}”."
        )
    return found[0]


def terms_document(place_id: str) -> dict[str, Any]:
    """The file of a place's terms of reference as plain data, which may be changed."""
    data = read(folder() / "forums" / f"{terms(place_id).id}.yaml")
    plain: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return plain


def check_terms(found: TermsOfReference, *, where: str) -> None:
    """DefinitionError, which begins with ``where``, for what terms name and nobody defined."""
    if unknown := set(found.strands) - set(taxonomy().codes):
        raise DefinitionError(f"{where}: unknown strands {sorted(unknown)}.")
    if found.areas not in area_sets():
        raise DefinitionError(f"{where}: “{found.areas}” is not an area set.")
    named = {a for body in found.bodies for seat in body.seats for a in seat.areas}
    if unknown := named - set(area_sets()[found.areas].codes):
        raise DefinitionError(f"{where}: seats name unknown areas {sorted(unknown)}.")
    try:
        bank_holidays(found.holidays)
    except UnknownHolidays as error:
        raise DefinitionError(f"{where}: {error}") from error


@cache
def calendar(terms: TermsOfReference) -> Calendar:
    """The working days of a forum: bank holidays, and the closed days its terms add."""
    known = bank_holidays(terms.holidays)
    return replace(known, closed={**dict(terms.closed_days), **known.closed})


@cache
def _every_terms() -> dict[str, TermsOfReference]:
    files = sorted(folder().glob("forums/*.yaml"))
    read_in = {p.stem: _parsed(p, TermsOfReference.parse) for p in files}
    for found in read_in.values():
        check_terms(found, where=f"{found.id}.yaml")
    return read_in


def _parsed(path: Path, parse: Callable[[str, dict[str, Any]], _Defined]) -> _Defined:
    try:
        return parse(path.stem, read(path))
    except KeyError as error:
        raise DefinitionError(f"{path.name}: {error} is missing.") from error
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"{path.name}: {error}") from error
