"""Reads the definitions: what the forum decides, as data."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.measures import Measure
from openscrutiny.core.taxonomy import Taxonomy

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


def _parsed(path: Path, parse: Callable[[str, dict[str, Any]], _Defined]) -> _Defined:
    try:
        return parse(path.stem, read(path))
    except KeyError as error:
        raise DefinitionError(f"{path.name}: {error} is missing.") from error
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"{path.name}: {error}") from error
