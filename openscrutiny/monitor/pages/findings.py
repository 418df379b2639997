"""The list of findings: what a filter shows, grouped where it is one event seen several times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from openscrutiny.core.months import Month
from openscrutiny.core.taxonomy import Taxonomy
from openscrutiny.core.wording import header
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Finding, FindingSet
from openscrutiny.monitor.pages.sources import finding_address

ANY = "any"
PER_PAGE = 20
# What the JSON and the CSV say of each finding, in this order.
COLUMNS = (
    "id",
    "measure",
    "area",
    "strand",
    "kind",
    "period_from",
    "period_to",
    "baseline_from",
    "baseline_to",
    "value",
    "low",
    "high",
    "direction",
    "sentence",
    "data_version",
)
KINDS = {"over_time": "against its own past", "between": "against other areas"}


@dataclass(frozen=True)
class Choice:
    """What a reader has asked for; empty means everything. ``month`` is YYYY-MM, ANY or empty."""

    area: str = ""
    strand: str = ""
    measure: str = ""
    kind: str = ""
    month: str = ""
    page: int = 1

    def query(self, **changed: object) -> str:
        """The choice as it stands in an address, with some of it changed."""
        every = {**vars(self), **changed}
        kept = {k: str(v) for k, v in every.items() if v and not (k == "page" and v == 1)}
        return urlencode(kept)


@dataclass(frozen=True)
class Line:
    """One finding in a list. Each thing it is sorted by stands in words of its own."""

    id: str
    href: str
    sentence: str
    area: str
    strand: str
    measure: str
    kind: str
    month: str
    lasted: str
    by_chance: str
    size: str
    direction: str


@dataclass(frozen=True)
class Group:
    """One event: its leading finding and the others that show the same from another side."""

    lead: Line
    also: tuple[Line, ...]


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Counted:
    """The line over every list: flagged, checked, and expected by chance for the same filter."""

    flagged: int
    checked: int
    expected: float
    sentence: str


@dataclass(frozen=True)
class FindingsPage:
    """The findings page; its JSON and CSV print ``rows``, all that the filter shows."""

    choice: Choice
    month: str
    counted: Counted | None
    groups: tuple[Group, ...]
    rows: tuple[Mapping[str, Any], ...]
    filters: Mapping[str, tuple[Option, ...]]
    previous: str
    following: str
    page_words: str
    csv: str
    json: str
    what_if: str
    data_version: str
    method_version: str
    computed: str
    not_computed: bool
    chance_note: str = ""
    filter_labels: Mapping[str, str] = field(default_factory=dict)


def current_set(figures: Figures) -> FindingSet | None:
    """The findings of the figures in use, by the method in force; None before they are computed."""
    return FindingSet.objects.filter(
        place=figures.place.id,
        data_version=figures.data_version,
        method_version=reading.method_in_force().version,
    ).first()


def latest_month(found_in: FindingSet | None) -> str:
    """The last month in which anything was found, YYYY-MM; empty where nothing was."""
    if found_in is None:
        return ""
    newest = found_in.findings.order_by("-period_to").values_list("period_to", flat=True).first()
    return newest or ""


def findings_page(choice: Choice) -> FindingsPage:
    """What the findings page shows. NothingHere where no figures are in use."""
    figures = reading.current()
    found_in = current_set(figures)
    month = "" if choice.month == ANY else choice.month or latest_month(found_in)
    shown: list[Finding] = []
    months: list[str] = []
    if found_in is not None:
        every = Finding.objects.filter(found_in=found_in)
        months = list(every.order_by("-period_to").values_list("period_to", flat=True).distinct())
        matching = every.matching(
            measure=choice.measure, area=choice.area, strand=choice.strand, kind=choice.kind
        )
        shown = list((matching.in_month(month) if month else matching).ranked())
    groups = grouped(shown, figures)
    last = max(1, -(-len(groups) // PER_PAGE))
    page = min(max(choice.page, 1), last)
    start = (page - 1) * PER_PAGE
    asked = Choice(**{**vars(choice), "page": page})
    return FindingsPage(
        choice=asked,
        month=Month.parse(month).words if month else "all months",
        counted=counted(figures, found_in, len(shown), choice, month),
        groups=groups[start : start + PER_PAGE],
        rows=tuple(as_json(f, figures.data_version) for f in shown),
        filters=_filters(figures, choice, month, months),
        previous=f"/findings/?{asked.query(page=page - 1)}" if page > 1 else "",
        following=f"/findings/?{asked.query(page=page + 1)}" if page < last else "",
        page_words=f"Page {page} of {last}",
        csv=f"/findings.csv?{asked.query(page=0)}",
        json=f"/findings.json?{asked.query(page=0)}",
        what_if=_what_if(choice, month),
        data_version=figures.data_version,
        method_version=reading.method_in_force().version,
        computed=f"{found_in.computed_at:%-d %B %Y}" if found_in else "",
        not_computed=found_in is None,
        chance_note=_chance_note(found_in),
    )


def _what_if(choice: Choice, month: str) -> str:
    """Where other settings are tried on the measure and month that are shown."""
    asked = {"measure": choice.measure, "month": month or ANY}
    return f"/findings/what-if/?{urlencode({k: v for k, v in asked.items() if v})}"


def counted(
    figures: Figures, found_in: FindingSet | None, flagged: int, choice: Choice, month: str
) -> Counted | None:
    """Flagged, checked and expected by chance for a filter; None before findings are computed."""
    if found_in is None:
        return None
    looked = services.looked_at(figures, reading.method_in_force())
    if looked is None:
        return None
    asked: dict[str, Any] = {
        "area": choice.area or None,
        "strand": choice.strand or None,
        "measure": choice.measure or None,
        "month": Month.parse(month) if month else None,
    }
    checked, expected = looked.checked(**asked), looked.expected(**asked)
    return Counted(flagged, checked, expected, header(flagged, checked, expected))


def grouped(found: Sequence[Finding], figures: Figures) -> tuple[Group, ...]:
    """Findings that are one event, together: one area, month and direction, the same thing counted,
    strands inside one another. The order of ``found`` decides which leads."""
    groups: list[list[Finding]] = []
    near: dict[tuple[str, ...], list[list[Finding]]] = {}
    for finding in found:
        counted_thing = figures.measures[finding.measure].numerator
        where = (finding.area, finding.period_to, finding.direction, counted_thing)
        beside = near.setdefault(where, [])
        home = next(
            (g for g in beside if _nested(g[0].strand, finding.strand, figures.taxonomy)), None
        )
        if home is None:
            home = []
            beside.append(home)
            groups.append(home)
        home.append(finding)
    return tuple(Group(line(g[0], figures), tuple(line(f, figures) for f in g[1:])) for g in groups)


def line(finding: Finding, figures: Figures) -> Line:
    return Line(
        id=finding.id,
        href=finding_address(finding.id),
        sentence=finding.sentence,
        area=figures.areas.name(finding.area),
        strand=figures.taxonomy[finding.strand].label,
        measure=figures.measures[finding.measure].label,
        kind=KINDS[finding.kind],
        month=Month.parse(finding.period_to).words,
        lasted=lasted_words(finding),
        by_chance=chance_words(finding.p),
        size=size_words(finding),
        direction=finding.direction,
    )


def lasted_words(finding: Finding) -> str:
    """``flagged in 2 of the last 3 months``."""
    if finding.persistence <= 1:
        return "new this month"
    return f"in {finding.persistence} of the last 3 months"


def chance_words(p: float) -> str:
    """How unlikely, in round odds: ``about 1 in 400``."""
    odds = 2 / max(p, 1e-12)
    if odds >= 1000:
        return "less than 1 in 1,000"
    rounded = round(odds, -2) if odds >= 200 else round(odds, -1) if odds >= 20 else round(odds)
    return f"about 1 in {rounded:.0f}"


def size_words(finding: Finding) -> str:
    """How far from what was expected."""
    if finding.percent >= 100:
        return f"{1 + finding.percent / 100:.1f} times what was expected"
    side = "above" if finding.percent > 0 else "below"
    return f"{abs(finding.percent):.0f}% {side} what was expected"


def as_json(finding: Finding, data_version: str) -> dict[str, Any]:
    """A finding as the JSON and the CSV print it; months YYYY-MM, ``area`` the code."""
    frozen = {name: getattr(finding, name) for name in COLUMNS if name != "data_version"}
    return {**frozen, "data_version": data_version}


def _nested(a: str, b: str, taxonomy: Taxonomy) -> bool:
    return (
        a == b
        or any(s.code == b for s in taxonomy.ancestors(a))
        or any(s.code == a for s in taxonomy.ancestors(b))
    )


def _chance_note(found_in: FindingSet | None) -> str:
    if found_in is None:
        return ""
    return (
        f"Over all months together {found_in.checked:,} were checked and about "
        f"{found_in.expected_by_chance:,.0f} would be expected to be chance (95 in 100 times "
        f"between {found_in.low:,.0f} and {found_in.high:,.0f}): the mean of "
        f"{found_in.datasets} made-up data sets of the same shape, in which nothing deserves "
        "attention."
    )


def _filters(
    figures: Figures, choice: Choice, month: str, months: Iterable[str]
) -> dict[str, tuple[Option, ...]]:
    areas = sorted(figures.areas.areas, key=lambda a: a.name)
    everything = {
        "area": [
            ("", f"All {figures.areas.kinds}"),
            (figures.whole, figures.areas.whole),
            *((a.code, a.name) for a in areas),
        ],
        "strand": [("", "All strands"), *((s.code, s.label) for s in figures.strands)],
        "measure": [("", "All measures"), *((m.id, m.label) for m in figures.measures.values())],
        "month": [*((m, Month.parse(m).words) for m in months), (ANY, "All months")],
    }
    chosen = {**vars(choice), "month": month or ANY}
    return {
        name: tuple(Option(v, label, v == chosen[name]) for v, label in options)
        for name, options in everything.items()
    }
