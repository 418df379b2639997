"""The places an authority answers for: areas, their dated groupings and their tile positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openscrutiny.core.months import Month


@dataclass(frozen=True)
class Group:
    """A command or district that holds several areas from a date on (a Basic Command Unit)."""

    name: str
    members: tuple[str, ...]
    valid_from: Month
    valid_to: Month | None = None


@dataclass(frozen=True)
class Area:
    """One area: its official code, the name people use, other spellings, its tile (column, row)."""

    code: str
    name: str
    tile: tuple[int, int]
    aliases: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The name as it stands in an address: ``kensington-and-chelsea``."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.name.lower()).split())


@dataclass(frozen=True)
class AreaSet:
    """All areas of one authority. They do not overlap, so their counts may be added.

    ``whole`` names the sum of the areas ("London, 32 boroughs"), ``place`` the authority's place
    ("London"), ``kind`` and ``kinds`` one and several areas ("borough", "boroughs").
    """

    id: str
    place: str
    whole: str
    kind: str
    kinds: str
    police: str
    areas: tuple[Area, ...]
    groups: tuple[Group, ...] = ()
    group_kind: str = ""
    invented: bool = False
    notes: tuple[str, ...] = ()
    _by_label: Mapping[str, Area] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        labels: dict[str, Area] = {}
        for area in self.areas:
            for label in (area.code, area.name, area.slug, *area.aliases):
                if labels.setdefault(_key(label), area) is not area:
                    raise ValueError(f"{self.id}: two areas answer to the label “{label}”.")
        object.__setattr__(self, "_by_label", labels)

    @classmethod
    def parse(cls, id: str, data: Mapping[str, Any]) -> AreaSet:
        """Read an area definition; KeyError or ValueError names what is missing or wrong."""
        areas = tuple(
            Area(a["code"], a["name"], (a["tile"][0], a["tile"][1]), tuple(a.get("aliases", ())))
            for a in data["areas"]
        )
        codes = {a.code for a in areas}
        groups = []
        for g in data.get("groups", ()):
            if unknown := set(g["members"]) - codes:
                raise ValueError(f"{id}: group {g['name']} names unknown areas {sorted(unknown)}.")
            valid_to = Month.parse(g["valid_to"]) if g.get("valid_to") else None
            groups.append(
                Group(g["name"], tuple(g["members"]), Month.parse(g["valid_from"]), valid_to)
            )
        return cls(
            id=id,
            place=data["place"],
            whole=data["whole"],
            kind=data["kind"],
            kinds=data["kinds"],
            police=data["police"],
            areas=areas,
            groups=tuple(groups),
            group_kind=data.get("group_kind", ""),
            invented=bool(data.get("invented", False)),
            notes=tuple(data.get("notes", ())),
        )

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(a.code for a in self.areas)

    def find(self, label: str) -> Area | None:
        """The area a code, name, slug or alias stands for, whatever its case; None if unknown."""
        return self._by_label.get(_key(label))

    def name(self, code: str) -> str:
        """The name to print for an area's code, or for the whole when given this set's id."""
        if code == self.id:
            return self.whole
        area = self.find(code)
        return area.name if area else code

    def group_on(self, code: str, month: Month) -> Group | None:
        """The group that held an area in a month, or None when no group did."""
        for group in self.groups:
            current = group.valid_from <= month and (
                group.valid_to is None or month <= group.valid_to
            )
            if current and code in group.members:
                return group
        return None


def _key(label: str) -> str:
    return " ".join(label.casefold().replace("&", "and").split())
