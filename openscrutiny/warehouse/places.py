"""Where each authority's state lives: one folder per place, so that no two ever meet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from openscrutiny.core.areas import AreaSet
from openscrutiny.warehouse.definitions import area_sets


class UnknownPlace(ValueError):
    """A place that no area definition describes, with the ones that exist."""


@dataclass(frozen=True)
class Place:
    """One authority: its identifier, its areas, and the folder that holds everything it owns."""

    id: str
    areas: AreaSet
    folder: Path


def home() -> Path:
    """The folder of all state: ``OPENSCRUTINY_HOME``, else ``var/`` in the checkout."""
    given = os.environ.get("OPENSCRUTINY_HOME")
    return Path(given).expanduser() if given else Path(__file__).resolve().parents[2] / "var"


def open_place(id: str) -> Place:
    """The place with this identifier, its folder made; UnknownPlace where no areas are defined."""
    known = area_sets()
    if id not in known:
        raise UnknownPlace(
            f"“{id}” is not a place. The places defined are {', '.join(known)}; "
            "a new one needs a file in definitions/areas/."
        )
    folder = home() / id
    folder.mkdir(parents=True, exist_ok=True)
    return Place(id, known[id], folder)


def current() -> Place | None:
    """The place in use, or None before anything was imported."""
    try:
        id = (home() / "current").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return open_place(id) if id else None


def make_current(place: Place) -> None:
    """Use this place from now on; readers see the old name or the new one, never half of one."""
    written = home() / f"current.{os.getpid()}"
    written.write_text(place.id + "\n", encoding="utf-8")
    os.replace(written, home() / "current")
