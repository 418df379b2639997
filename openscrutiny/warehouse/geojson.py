"""A file of boundaries as it arrives: GeoJSON taken apart, or why it is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from openscrutiny.warehouse.refusals import NotRecognised, Problem

# All of it is read at once, and takes ten times as much room then.
_MEGABYTES = 32
_AGAIN = "Download the file again from the publisher's page."
_EXPORT = "Download or export the boundaries as GeoJSON in longitude and latitude."


@dataclass(frozen=True)
class Feature:
    """One feature: its properties as text (nothing is an empty text), and its geometry unread."""

    properties: Mapping[str, str]
    geometry: Any


@dataclass(frozen=True)
class Collection:
    """The features of a file in its order, and the coordinate system it names, or ''."""

    features: tuple[Feature, ...]
    system: str

    @property
    def header(self) -> tuple[str, ...]:
        """Every property that a feature has, in the order they are met."""
        return tuple(dict.fromkeys(name for f in self.features for name in f.properties))


def load(path: Path) -> Collection:
    """Read a GeoJSON feature collection; NotRecognised says why a file is none."""
    size = path.stat().st_size
    if size > _MEGABYTES * 2**20:
        _no(
            path,
            f"It is {size / 2**20:,.0f} MB of JSON; files of boundaries are below {_MEGABYTES} MB.",
            "Download the generalised edition of the boundaries, not the full resolution.",
        )
    try:
        data = json.loads(
            path.read_bytes().decode("utf-8-sig"),
            parse_int=float,
            parse_constant=lambda word: _no(path, f"“{word}” is no number in JSON.", _AGAIN),
        )
    except UnicodeDecodeError:
        _no(path, "Its text is not UTF-8.", "Save or download it as GeoJSON in UTF-8.")
    except json.JSONDecodeError as error:
        _no(
            path,
            f"It begins like JSON, but breaks off or is damaged at line {error.lineno}, "
            f"character {error.colno}.",
            _AGAIN,
        )
    except RecursionError:
        _no(path, "It is JSON nested deeper than any file of boundaries.", _AGAIN)
    return _collection(path, data)


def _collection(path: Path, data: Any) -> Collection:
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "Topology":
        _no(path, "It is TopoJSON, not GeoJSON.", _EXPORT)
    features = data.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        _no(path, "It is JSON, but no GeoJSON collection of areas.", _EXPORT)
    if not features:
        _no(path, "It is a GeoJSON collection without any area in it.", _AGAIN)
    read = []
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            _no(path, f"What stands in place {number} of its collection is no feature.", _AGAIN)
        properties = feature.get("properties")
        given = properties if isinstance(properties, dict) else {}
        read.append(Feature({str(k): _text(v) for k, v in given.items()}, feature.get("geometry")))
    named = data.get("crs")
    inner = named.get("properties") if isinstance(named, dict) else None
    system = inner.get("name") if isinstance(inner, dict) else None
    return Collection(tuple(read), _text(system) or ("unnamed" if named else ""))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _no(path: Path, message: str, what_to_do: str) -> NoReturn:
    raise NotRecognised([Problem(path.name, message, what_to_do)]) from None
