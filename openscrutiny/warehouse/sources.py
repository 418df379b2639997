"""Published datasets as data: what a file looks like and what its labels mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from openscrutiny.core.areas import AreaSet
from openscrutiny.core.months import Month, Period
from openscrutiny.core.panel import Break
from openscrutiny.warehouse.definitions import (
    DefinitionError,
    area_sets,
    folder,
    read,
    taxonomy,
)

# The strand of figures that belong to no strand, such as residents.
EVERY_STRAND = "*"
_ROLES = {
    "area_code",
    "area_name",
    "level",
    "month",
    "strand",
    "counted",
    "value",
    "edition",
    "part",
}
_KEYS = {
    "publisher",
    "title",
    "url",
    "licence",
    "licence_status",
    "areas",
    "shape",
    "columns",
    "fixed",
    "periods",
    "keep",
    "set_aside",
    "levels",
    "counted",
    "strands",
    "outside",
    "parts",
    "suppressed",
    "sparse",
    "precedence",
    "starts_with",
    "gaps",
    "breaks",
    "checks",
}


@dataclass(frozen=True)
class Gap:
    """Months that no edition of a series holds."""

    period: Period
    reason: str


@dataclass(frozen=True)
class Checks:
    """What a file may get wrong before nothing of it is accepted.

    ``rejected_share`` is the share of rows that may be rejected; ``wards_share`` the share by which
    the wards' sum may differ from the areas'; ``totals_share`` and ``totals_count``, whichever is
    larger, how far a total may lie outside its parts. ``line_end`` is false for a publisher whose
    files end without one, which elsewhere is how a download that broke off looks. ``box`` (west,
    south, east, north, in degrees) is where the boundaries of the place must lie.
    """

    rejected_share: float = 0.01
    megabytes: int = 200
    wards_share: float | None = None
    totals_share: float | None = None
    totals_count: int = 0
    line_end: bool = True
    box: tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class Source:
    """One published dataset. All labels are matched whatever their case and spacing.

    ``columns`` maps a role (``area_code``, ``value``, ...) to the publisher's column; ``fixed``
    gives the roles that the file leaves unsaid. ``keep`` names the rows that matter by column and
    label; ``set_aside`` the labels that do not, with the reason. ``periods`` (wide files only) maps
    a heading to its month. Of boundaries (shape ``polygons``) ``fixed`` says the month as of which
    they are.
    """

    id: str
    publisher: str
    title: str
    url: str
    licence: str
    licence_status: str
    areas: AreaSet
    shape: str
    columns: Mapping[str, str]
    fixed: Mapping[str, str]
    periods: Periods | None
    keep: Mapping[str, str]
    set_aside: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, str]
    counted: Mapping[str, str]
    strands: Mapping[str, str]
    outside: Mapping[str, str]
    parts: tuple[str, ...]
    suppressed: tuple[str, ...]
    sparse: bool
    precedence: int
    starts_with: tuple[str, str] | None
    gaps: tuple[Gap, ...]
    breaks: tuple[Break, ...]
    checks: Checks
    map_version: str = field(default="", compare=False)

    @classmethod
    def parse(cls, id: str, data: Mapping[str, Any], *, map_version: str = "") -> Source:
        """Read a source definition; KeyError or ValueError names what is missing or wrong."""
        if unknown := set(data) - _KEYS:
            raise ValueError(f"unknown keys {sorted(unknown)}; the keys are {sorted(_KEYS)}.")
        columns, fixed = dict(data["columns"]), dict(data.get("fixed", {}))
        if unknown := (set(columns) | set(fixed)) - _ROLES:
            raise ValueError(f"unknown roles {sorted(unknown)}; the roles are {sorted(_ROLES)}.")
        if data["shape"] not in ("long", "wide", "polygons"):
            raise ValueError(f"shape is {data['shape']}; it is long, wide or polygons.")
        if data["shape"] == "polygons":
            Month.parse(fixed["month"])
            if missing := {"area_code", "area_name"} - set(columns):
                raise ValueError(f"boundaries need the columns {sorted(missing)}.")
            if data.get("keep") or data.get("set_aside"):
                raise ValueError("boundaries are chosen by code; keep and set_aside are of tables.")
        if data["licence_status"] not in ("stated", "presumed"):
            raise ValueError("licence_status is stated or presumed.")
        if data["areas"] not in area_sets():
            raise ValueError(f"its area set “{data['areas']}” is not defined.")
        strands = {_key(k): v for k, v in data.get("strands", {}).items()}
        for code in strands.values():
            taxonomy()[code]
        start = data.get("starts_with")
        return cls(
            id=id,
            publisher=data["publisher"],
            title=data["title"],
            url=data["url"],
            licence=data["licence"],
            licence_status=data["licence_status"],
            areas=area_sets()[data["areas"]],
            shape=data["shape"],
            columns=columns,
            fixed=fixed,
            periods=Periods.parse(data["periods"]) if "periods" in data else None,
            keep={column: _key(label) for column, label in data.get("keep", {}).items()},
            set_aside={
                column: {_key(label): reason for label, reason in labels.items()}
                for column, labels in data.get("set_aside", {}).items()
            },
            levels={_key(k): v for k, v in data.get("levels", {}).items()},
            counted={_key(k): v for k, v in data.get("counted", {}).items()},
            strands=strands,
            outside={_key(o["label"]): o["reason"] for o in data.get("outside", ())},
            parts=tuple(_key(p) for p in data.get("parts", ())),
            suppressed=tuple(_key(s) for s in data.get("suppressed", ())),
            sparse=bool(data["sparse"]),
            precedence=int(data["precedence"]),
            starts_with=(start["title"], start["reason"].strip()) if start else None,
            gaps=tuple(_gap(g) for g in data.get("gaps", ())),
            breaks=tuple(
                Break(Month.parse(b["month"]), b["title"], b["reason"].strip())
                for b in data.get("breaks", ())
            ),
            checks=_checks(data.get("checks", {})),
            map_version=map_version,
        )

    @property
    def label_columns(self) -> tuple[str, ...]:
        """Every column a file of this source must have, apart from the periods of a wide one."""
        named = (*self.columns.values(), *self.keep, *self.set_aside)
        return tuple(dict.fromkeys(named))

    def missing_columns(self, header: Iterable[str]) -> tuple[str, ...]:
        """What a heading row lacks to be of this source; empty where it fits."""
        present = set(header)
        lacking = [c for c in self.label_columns if c not in present]
        if self.periods is not None:
            others = [h for h in header if h not in self.label_columns]
            if not any(self.periods.month(h) for h in others):
                lacking.append("months as columns")
            lacking += [f"a meaning for “{h}”" for h in others if not self.periods.knows(h)]
        return tuple(lacking)

    def area(self, code: str, name: str) -> tuple[str, str] | None:
        """Level (``area`` or ``outside``) and key of a row's area; None where it is unknown.

        The code decides; without one the name does.
        """
        by_code = self.areas.find(code) if code else None
        by_name = self.areas.find(name) if name else None
        if by_code and by_name and by_code is not by_name:
            return None
        if found := by_code or by_name:
            return "area", found.code
        for label in (name, code):
            if _key(label) in self.outside and (label or not (name or code)):
                return "outside", label or "(none)"
        return None

    def outside_because(self, label: str) -> str | None:
        """Why what a label names is none of the areas; None where nothing was said of it."""
        return self.outside.get(_key(label)) if label else None

    def means(self, role: str, label: str) -> str | None:
        """What a label of ``strand``, ``counted`` or ``level`` stands for; None where unknown."""
        meanings = {"strand": self.strands, "counted": self.counted, "level": self.levels}[role]
        return meanings.get(_key(label))

    def is_part(self, label: str) -> bool:
        """Whether a label is one of the parts that add up to the figure."""
        return _key(label) in self.parts

    def kept(self, labels: Mapping[str, str]) -> str | None:
        """None for a row to read, else why it is set aside, given its filtering columns' labels."""
        for column, aside in self.set_aside.items():
            if reason := aside.get(_key(labels[column])):
                return f"{column} “{labels[column].strip()}”: {reason}"
        for column, wanted in self.keep.items():
            if _key(labels[column]) != wanted:
                return f"{column} “{labels[column].strip()}”: not named by the source's definition"
        return None


@dataclass(frozen=True)
class Periods:
    """Which headings of a wide file are months: by a pattern of year and month, or by name."""

    pattern: re.Pattern[str] | None
    months: Mapping[str, Month]
    ignored: re.Pattern[str] | None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Periods:
        return cls(
            pattern=re.compile(data["pattern"]) if data.get("pattern") else None,
            months={k: Month.parse(v) for k, v in data.get("months", {}).items()},
            ignored=re.compile(data["ignored"]) if data.get("ignored") else None,
        )

    def month(self, heading: str) -> Month | None:
        """The month a heading stands for, or None where it is no month."""
        if heading in self.months:
            return self.months[heading]
        match = self.pattern.fullmatch(heading) if self.pattern else None
        if match is None or not 1 <= int(match[2]) <= 12:
            return None
        return Month.of(int(match[1]), int(match[2]))

    def knows(self, heading: str) -> bool:
        """Whether a heading is a month or one to be left out."""
        left_out = self.ignored is not None and self.ignored.fullmatch(heading) is not None
        return left_out or self.month(heading) is not None


@cache
def sources() -> dict[str, Source]:
    """Every source, by identifier (its file's name); DefinitionError names a file and its fault.

    Sources of real places come before those of invented ones, so that a file that fits none is
    held against a real one first.
    """
    found: dict[str, Source] = {}
    for path in sorted(folder().glob("sources/*.yaml")):
        try:
            data = read(path)
            found[path.stem] = Source.parse(
                path.stem, data, map_version=_map_version(path.stem, data.get("areas"))
            )
        except KeyError as error:
            raise DefinitionError(f"{path.name}: {error} is missing.") from error
        except (TypeError, ValueError) as error:
            raise DefinitionError(f"{path.name}: {error}") from error
    return dict(sorted(found.items(), key=lambda item: item[1].areas.invented))


def _map_version(source: str, areas: object) -> str:
    """Ten hexadecimal digits that change whenever labels could be read differently."""
    names = (f"sources/{source}.yaml", "strands.yaml", f"areas/{areas}.yaml")
    digest = hashlib.sha256()
    for name in names:
        path = folder() / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:10]


def _gap(data: Mapping[str, str]) -> Gap:
    return Gap(Period(Month.parse(data["first"]), Month.parse(data["last"])), data["reason"])


def _checks(data: Mapping[str, Any]) -> Checks:
    totals = data.get("totals", {})
    return Checks(
        rejected_share=float(data.get("rejected_share", Checks.rejected_share)),
        megabytes=int(data.get("megabytes", Checks.megabytes)),
        wards_share=data.get("wards_share"),
        totals_share=totals.get("share"),
        totals_count=int(totals.get("count", 0)),
        line_end=bool(data.get("line_end", True)),
        box=_box(data["box"]) if "box" in data else Checks.box,
    )


def _box(given: Any) -> tuple[float, float, float, float]:
    west, south, east, north = (float(v) for v in given)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"box is {given}; it is west, south, east, north in degrees.")
    return west, south, east, north


@lru_cache(maxsize=10_000)  # the same few labels stand in thousands of rows
def _key(label: str) -> str:
    return " ".join(label.casefold().split())
