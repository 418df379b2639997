"""What other settings would flag, beside what is in force; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from openscrutiny.core.checks import Method
from openscrutiny.core.measures import Measure
from openscrutiny.core.months import Month
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding, FindingSet
from openscrutiny.monitor.pages.findings import ANY, Line, current_set, line
from openscrutiny.monitor.pages.sources import finding_address
from openscrutiny.monitor.what_if import Outcome, Setting, has_season, plain, settings_of, tried

ADDRESS = "/findings/what-if"
SHOWN = 50  # of each group; the CSV and the JSON hold all
BOTH, ONLY_THESE, ONLY_IN_FORCE = "both", "only_these_settings", "only_in_force"
GROUPS = {
    BOTH: "Flagged by both",
    ONLY_THESE: "Only by these settings",
    ONLY_IN_FORCE: "Only by those in force",
}
COLUMNS = (
    "flagged_by", "in_force_id", "measure", "area", "strand", "kind", "period_from", "period_to",
    "baseline_from", "baseline_to", "value", "low", "high", "direction", "p", "sentence",
    "data_version",
)  # fmt: skip
_CALIBRATED_YEARS = 5


@dataclass(frozen=True)
class Group:
    """Findings that the same settings flag: the first ``SHOWN`` of them, and how many more."""

    name: str
    title: str
    lines: tuple[Line, ...]
    count: int
    more: int


@dataclass(frozen=True)
class Moved:
    """A setting that is not as in force, in words."""

    label: str
    to: str
    now: str


@dataclass(frozen=True)
class Answer:
    """What the settings flag. ``rows`` is all of it, as the JSON and the CSV print it."""

    when: str
    sentence: str
    too_few: str
    moved: tuple[Moved, ...]
    chance: str
    uncalibrated: str
    groups: tuple[Group, ...]
    rows: tuple[Mapping[str, Any], ...]
    counts: Mapping[str, int | float | None]
    csv: str
    json: str
    quote: str


@dataclass(frozen=True)
class Asked:
    """What is asked for, before anything is worked out, and what there is to choose from."""

    figures: Figures
    measure: Measure
    month: str
    measures: tuple[tuple[str, str], ...]
    months: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]
    found_in: FindingSet | None
    method: Method

    @property
    def data_version(self) -> str:
        return self.figures.data_version

    @property
    def method_version(self) -> str:
        return self.method.version

    @property
    def not_computed(self) -> bool:
        return self.found_in is None

    @property
    def query(self) -> dict[str, str]:
        """The measure and the month as they stand in an address."""
        return {"measure": self.measure.id, "month": self.month}

    @property
    def in_force(self) -> str:
        """The same measure and month with nothing moved."""
        return f"{ADDRESS}/?{urlencode(self.query)}"


def asked(measure: str, month: str) -> Asked:
    """What may be tried, for a measure and a month; what is not there is as if not said.

    NothingHere where no figures are in use.
    """
    figures, method = reading.current(), reading.method_in_force()
    there = {m.id: m for m in figures.measures.values() if figures.available(m)}
    chosen = there.get(measure) or next(
        (m for m in there.values() if has_season(m)), next(iter(there.values()))
    )
    months = [m for r in figures.offences.regimes for m in r.first.through(r.last)]
    return Asked(
        figures=figures,
        measure=chosen,
        month=month if month in (ANY, *map(str, months)) else str(figures.latest),
        measures=tuple((m.id, m.label) for m in there.values()),
        months=((ANY, "All months"), *((str(m), m.words) for m in reversed(months))),
        settings=settings_of(chosen, method),
        found_in=current_set(figures),
        method=method,
    )


def answer(wanted: Asked, moved: Mapping[str, float | str]) -> Answer | None:
    """What the settings flag against what is in force; None before findings were computed."""
    looked = services.looked_at(wanted.figures, wanted.method)
    if wanted.found_in is None or looked is None:
        return None
    month = None if wanted.month == ANY else Month.parse(wanted.month)
    got = tried(wanted.figures, wanted.measure, month=month, method=wanted.method, moved=moved)
    stored = wanted.found_in.findings.matching(measure=wanted.measure.id)  # type: ignore[attr-defined]
    known = list((stored.in_month(wanted.month) if month else stored).ranked())
    where = {"measure": wanted.measure.id, "month": month}
    checked, too_few = looked.checked(**where), looked.could_not_tell(**where)
    expected = looked.expected(**where)
    kept = {k: v for k, v in moved.items() if k in {s.name for s in wanted.settings}}
    query = wanted.query | {name: plain(value) for name, value in kept.items()}
    parts = _parted(got.found, known)
    return Answer(
        when=month.words if month else "all months",
        sentence=_sentence(got, len(known), checked),
        too_few=_too_few(got.too_few, too_few),
        moved=tuple(
            Moved(s.label.strip("…"), s.words(kept[s.name]), s.words(s.now))
            for s in wanted.settings
            if s.name in kept
        ),
        chance=_chance(expected, len(known), wanted.found_in.datasets),
        uncalibrated=_uncalibrated(kept),
        groups=tuple(_group(name, parts[name], wanted.figures) for name in GROUPS),
        rows=tuple(_row(n, *p, wanted.data_version) for n in GROUPS for p in parts[n]),
        counts={
            "flagged": len(got.found),
            "flagged_in_force": len(known),
            "checked": got.checked,
            "checked_in_force": checked,
            "too_few": got.too_few,
            "too_few_in_force": too_few,
            "expected_by_chance": None,
            "expected_by_chance_in_force": expected,
        },
        csv=f"{ADDRESS}.csv?{urlencode(query)}",
        json=f"{ADDRESS}.json?{urlencode(query)}",
        quote=f"{ADDRESS}/?{urlencode(query)}",
    )


# A finding, and the identifier of the one in force for the same test, empty where there is none.
_Pair = tuple[Finding, str]


def _parted(these: Sequence[Finding], known: Sequence[Finding]) -> dict[str, list[_Pair]]:
    """Findings by who flags them. What both flag is told as these settings tell it."""
    ids = {_test(f): f.id for f in known}
    mine = {_test(f) for f in these}
    return {
        BOTH: [(f, ids[_test(f)]) for f in these if _test(f) in ids],
        ONLY_THESE: [(f, "") for f in these if _test(f) not in ids],
        ONLY_IN_FORCE: [(f, f.id) for f in known if _test(f) not in mine],
    }


def _test(finding: Finding) -> tuple[str, ...]:
    """Which test a finding is of, whatever the settings."""
    return finding.area, finding.strand, finding.kind, finding.period_to


def _group(name: str, pairs: Sequence[_Pair], figures: Figures) -> Group:
    lines = []
    for finding, known in pairs[:SHOWN]:
        shown = line(finding, figures)
        lines.append(replace(shown, id=known, href=finding_address(known) if known else ""))
    return Group(name, GROUPS[name], tuple(lines), len(pairs), max(0, len(pairs) - SHOWN))


def _row(flagged_by: str, finding: Finding, known: str, data_version: str) -> dict[str, Any]:
    said = {"flagged_by": flagged_by, "in_force_id": known, "data_version": data_version}
    return {c: said[c] if c in said else getattr(finding, c) for c in COLUMNS}


def _sentence(got: Outcome, in_force: int, checked: int) -> str:
    return (
        f"These settings flag {len(got.found):,} of {got.checked:,} checked; those in force flag "
        f"{in_force:,} of {checked:,}."
    )


def _too_few(these: int, in_force: int) -> str:
    return f"Too few to tell: {these:,} figures by these settings, {in_force:,} by those in force."


def _chance(expected: float, flagged: int, datasets: int) -> str:
    number = f"about {expected:,.0f}" if expected >= 1 else "fewer than 1"
    return (
        f"Of the {flagged:,} in force, {number} would be expected to be chance. That number comes "
        f"from {datasets} made-up data sets and takes minutes to work out, so it is known for the "
        "settings in force alone. For these settings nobody has worked it out: it is larger where "
        "more is flagged more easily."
    )


def _uncalibrated(moved: Mapping[str, float | str]) -> str:
    if float(moved.get("years", 0)) <= _CALIBRATED_YEARS and "excluded" not in moved:
        return ""
    return (
        "How often the rule of season and trend gives a false alarm was worked out for at most "
        f"{_CALIBRATED_YEARS} years, and for the recent months left out that are in force. With "
        "others, “by chance” is less sure."
    )
