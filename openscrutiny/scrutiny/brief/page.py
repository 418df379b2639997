"""What a chair carries into a hearing about one area: what to ask, and how sure to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openscrutiny.base.layout import PRODUCT, banner
from openscrutiny.base.templatetags.words import joined
from openscrutiny.core.months import Month
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.area import AreaPage, area_page
from openscrutiny.monitor.pages.findings import Group
from openscrutiny.monitor.pages.sources import Number
from openscrutiny.monitor.pages.tables import Table
from openscrutiny.scrutiny.services import definition_for

MOST = 2  # findings in full: what two pages have room for beside the figures
HOW_TO_READ = (
    "Offences recorded each month, each strand on its own scale. A triangle marks a month flagged "
    "against its own past. A grey strip is a gap: no figures. A dotted upright is a break: the two "
    "sides are not comparable."
)
DOUBT = "Which are chance and which are not, these figures cannot tell."


@dataclass(frozen=True)
class Raised:
    """A finding to raise. ``also`` names the other findings that show the same event."""

    title: str
    sentence: str
    how_sure: str
    also: str
    could_explain: tuple[str, ...]
    cannot_tell: tuple[str, ...]
    ask: tuple[str, ...]


@dataclass(frozen=True)
class BriefPage:
    """The brief on an area, made from the area's own page.

    ``findings`` are the first of ``area.groups``, at most ``MOST``; what stands after the first
    ``n`` of them is ``closing[n]``. ``left_out`` says what was not used, where there was more.
    ``table`` is the area's strands over twelve months, or its financial years where there is no
    such year.
    """

    area: AreaPage
    as_of: Month
    title: str
    subtitle: str
    place: str
    kinds: str
    banner: str
    lead: str
    left_out: str
    findings: tuple[Raised, ...]
    closing: tuple[str, ...]
    quiet: str
    table: Table
    residents: str
    legend: tuple[str, ...]
    sources: tuple[str, ...]
    versions: str
    doubt: str = DOUBT
    how_to_read: str = HOW_TO_READ

    @property
    def more(self) -> str:
        """What to say after all of ``findings``."""
        return self.closing[-1]


def brief_page(slug: str, *, as_of: Month | None = None) -> BriefPage:
    """The brief on an area with ``as_of`` as the last month there is, or the latest there is.

    NoSuchArea for an unknown name, NoSuchMonth for a month without figures.
    """
    figures = reading.current()
    area = area_page(slug, as_of=as_of, standalone=True)
    place = figures.areas.place
    where = f"{area.group}, {place}" if area.group else f"{area.kind.capitalize()} of {place}"
    cut = as_of is not None and as_of < figures.latest
    return BriefPage(
        area=area,
        as_of=as_of or figures.latest,
        title=f"{area.name}: brief for a hearing",
        subtitle=f"{where}. Figures up to {area.month}.",
        place=place,
        kinds=figures.areas.kinds,
        banner=banner(figures.areas),
        lead=_lead(area),
        left_out=_left_out(area) if cut else "",
        findings=_raised(area.groups[:MOST], figures.areas.kinds),
        closing=tuple(_closing(area, shown) for shown in range(min(len(area.groups), MOST) + 1)),
        quiet=_quiet(area),
        table=area.strands or area.years,
        residents=_residents(area),
        legend=_legend(area),
        sources=tuple(
            f"{c.title}. {c.publisher}, edition {c.edition}. Licence: {c.licence}."
            for c in area.citations
        ),
        versions=(
            f"Data version {area.data_version}, method "
            f"{reading.method_in_force().version}, {PRODUCT}"
        ),
    )


def printed(number: Number) -> str:
    """A number with its remark, where nothing can be followed."""
    return f"{number.words} ({number.note})" if number.note else number.words


def _lead(area: AreaPage) -> str:
    said = [f"{s.before} {printed(s.number)} {s.after}" for s in area.statements]
    return " ".join([*said, area.comparable]).strip()


def _left_out(area: AreaPage) -> str:
    return (
        f"Months after {area.month} are left out. The others are as the files in use now give them."
    )


def _quiet(area: AreaPage) -> str:
    """What to say where nothing was found, and where nothing could be."""
    said = []
    if area.not_computed:
        said.append("The findings of this data version have not been computed yet.")
    elif area.quiet and len(area.too_few) < len(area.multiples):
        said.append(f"{area.quiet} Ordinary figures are no proof that all is well.")
    if area.too_few:
        said.append(
            f"Too few offences to tell anything for: {joined(area.too_few)}. That is not the same "
            "as nothing unusual."
        )
    return " ".join(said)


def _closing(area: AreaPage, shown: int) -> str:
    left = [f"{g.lead.strand}, {g.lead.measure.lower()}" for g in area.groups[shown:]]
    return f"And {len(left)} more on the page of {area.name}: {'; '.join(left)}." if left else ""


def _raised(groups: Sequence[Group], kinds: str) -> tuple[Raised, ...]:
    rows = Finding.objects.select_related("found_in").in_bulk([g.lead.id for g in groups])
    return tuple(_raise(group, rows[group.lead.id], kinds) for group in groups)


def _raise(group: Group, finding: Finding, kinds: str) -> Raised:
    lead = group.lead
    try:
        ask = definition_for(finding).ask
    except NotPossible:
        ask = ()
    return Raised(
        title=f"{lead.strand}: {lead.measure.lower()}",
        sentence=lead.sentence,
        how_sure=(
            f"By chance {lead.by_chance}, for one series looked at by itself. {lead.size}, held "
            f"{lead.kind.replace('areas', kinds)}. Flagged: {lead.lasted}."
        ),
        also="; ".join(f"{o.strand}, {o.measure.lower()}" for o in group.also),
        could_explain=tuple(finding.could_explain),
        cannot_tell=tuple(finding.cannot_tell),
        ask=tuple(ask),
    )


def _legend(area: AreaPage) -> tuple[str, ...]:
    """What letters and numbers on the monthly charts stand for, and which strands have no chart."""
    told = area.multiples[0].legend if area.multiples else ()
    told = (*told, *(f"{one.mark}: {one.words}" for one in area.happened))
    if not area.not_collected:
        return told
    missing = joined([s.label for s in area.not_collected])
    return (*told, f"Not collected, which is unknown and not zero: {missing}.")


def _residents(area: AreaPage) -> str:
    """The denominator of the rates, by its name."""
    if not area.residents or area.strands is None:
        return ""
    label, number = area.residents[0]
    return f"Rates are for {number.words} residents ({label.lower()})."
