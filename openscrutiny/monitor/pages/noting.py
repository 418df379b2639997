"""What people said beside the figures: the lists of notes and new baselines, and saying one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.core.months import Month
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.charts.drawing import Chart
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation, BesideFigures, Rebase
from openscrutiny.monitor.noting import charted, possible_rebases
from openscrutiny.monitor.pages.graphs.nhs import DISPLAY_ONLY, Begin, begins_of, day, nhs_chart
from openscrutiny.monitor.pages.graphs.notes import annotations, as_json, as_noted, notes_of
from openscrutiny.monitor.pages.sources import measure_address

NOTE_COLUMNS = (
    "number",
    "kind",
    "from",
    "to",
    "areas",
    "strands",
    "text",
    "source",
    "said_as",
    "said_on",
    "withdrawn_on",
    "withdrawn_reason",
)


class NoSuchNote(LookupError):
    """A number that no note or new baseline has."""


class CannotRebase(ValueError):
    """A series whose chart has no limits that could be taken afresh, with the reason."""


@dataclass(frozen=True)
class SaidLine:
    """A note or a new baseline in its list. ``withdrawn`` says by whom and why, or nothing."""

    number: str
    heading: str
    text: str
    source: str
    said: str
    withdrawn: str
    charts: str
    withdrawing: str


@dataclass(frozen=True)
class RebasingPage:
    """Confirming a new baseline: the chart as it is, as it would be, and the months to choose from.

    ``months`` is empty where no month has enough others on both sides; ``proposed`` is the month of
    the preview, YYYY-MM.
    """

    series: str
    months: tuple[tuple[str, str], ...]
    now: Chart | None
    preview: Chart | None
    proposed: str
    back: str
    display_only: str
    data_version: str


def annotations_page(asked: Asked) -> Listed:
    """Every note of the place, the newest first, also those withdrawn."""
    figures = reading.current()
    return listed(
        Annotation.objects.filter(place=figures.place.id),
        by="kind",
        labels=dict(Annotation.Kind.choices),
        asked=asked,
        lines=lambda rows: [_note_line(row, figures) for row in rows],
    )


def rebases_page(asked: Asked) -> Listed:
    """Every new baseline of the place, the newest first, also those withdrawn."""
    figures = reading.current()
    return listed(
        Rebase.objects.filter(place=figures.place.id),
        by="measure",
        labels={m.id: m.label for m in figures.measures.values() if charted(m)},
        asked=asked,
        lines=lambda rows: [_rebase_line(row, figures) for row in rows],
    )


def annotation_of(number: str) -> tuple[Annotation, SaidLine]:
    """The note with a number. NoSuchNote where there is none here."""
    figures = reading.current()
    row = Annotation.objects.filter(place=figures.place.id, number=number).first()
    if row is None:
        raise NoSuchNote(f"There is no note “{number}” here. Look in the list of notes.")
    return row, _note_line(row, figures)


def rebase_of(number: str) -> tuple[Rebase, SaidLine]:
    """The new baseline with a number. NoSuchNote where there is none here."""
    figures = reading.current()
    row = Rebase.objects.filter(place=figures.place.id, number=number).first()
    if row is None:
        raise NoSuchNote(f"There is no new baseline “{number}” here. Look in the list of them.")
    return row, _rebase_line(row, figures)


def rebasing_page(
    *, measure: str, area: str, strand: str, month: Month | None = None, reason: str = ""
) -> RebasingPage:
    """What confirming a new baseline shows; with ``month`` also the chart as it would be.

    CannotRebase where the series is not here or its measure has no such chart.
    """
    figures = reading.current()
    if (
        measure not in figures.measures
        or area not in figures.offences.areas
        or strand not in {s.code for s in figures.strands}
    ):
        raise CannotRebase(
            "A new baseline begins from a chart. Open the chart and follow its link."
        )
    defined = figures.measures[measure]
    if not charted(defined):
        raise CannotRebase(
            f"{defined.label} is counted over {defined.window_months} months at a time, so this "
            "chart is not drawn of it and has no limits to take afresh."
        )
    series = {"measure": measure, "area": area, "strand": strand}
    begins = begins_of(figures, **series)
    shown = figures.offences.period
    notes = notes_of(figures, annotations(figures), area=area, strands=[strand], period=shown)
    preview = None
    if month is not None:
        words = f"From {month.words} the limits would be taken afresh. {reason}".rstrip()
        tried = [*begins, Begin(month, words)]
        preview = nhs_chart(figures, **series, notes=notes, begins=tried, id="preview")
    return RebasingPage(
        series=_series_words(figures, **series),
        months=tuple((str(m), m.words) for m in possible_rebases(figures, **series)),
        now=nhs_chart(figures, **series, notes=notes, begins=begins),
        preview=preview,
        proposed=str(month or ""),
        back=measure_address(**series),
        display_only=DISPLAY_ONLY,
        data_version=figures.data_version,
    )


def annotations_json() -> list[dict[str, object]]:
    """Every note as JSON, the oldest first, also those withdrawn, which say so."""
    figures = reading.current()
    rows = Annotation.objects.filter(place=figures.place.id).order_by("said_at", "id")
    return [{**as_json(as_noted(row, figures)), **_said(row)} for row in rows]


def annotations_rows() -> Iterable[list[Any]]:
    """The same as rows of NOTE_COLUMNS; several codes in one cell are joined by a space."""
    for told in annotations_json():
        yield [
            " ".join(cell) if isinstance(cell, list) else cell
            for cell in (told[column] for column in NOTE_COLUMNS)
        ]


def _said(row: BesideFigures) -> dict[str, object]:
    return {
        "said_as": row.said_as,
        "said_on": _date(row.said_at),
        "withdrawn_on": _date(row.withdrawn_at) if row.withdrawn_at else None,
        "withdrawn_reason": row.withdrawn_reason or None,
    }


def _date(moment: datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


def _note_line(row: Annotation, figures: Figures) -> SaidLine:
    noted = as_noted(row, figures)
    area = row.areas[0] if row.areas else figures.whole
    strand = row.strands[0] if row.strands else figures.main_strand.code
    return SaidLine(
        number=row.number,
        heading=noted.heading,
        text=row.text,
        source=row.source,
        said=f"Written by the {row.said_as} on {day(row.said_at)}",
        withdrawn=_withdrawn(row),
        charts=measure_address(measure="recorded_offences", area=area, strand=strand),
        withdrawing=f"/data/annotations/{row.number}/withdraw/",
    )


def _rebase_line(row: Rebase, figures: Figures) -> SaidLine:
    series = {"measure": row.measure, "area": row.area, "strand": row.strand}
    return SaidLine(
        number=row.number,
        heading=f"{_series_words(figures, **series)}: from {row.begins.words}",
        text=row.reason,
        source="",
        said=f"Confirmed by the {row.said_as} on {day(row.said_at)}",
        withdrawn=_withdrawn(row),
        charts=f"{measure_address(**series)}#nhs-chart",
        withdrawing=f"/data/rebases/{row.number}/withdraw/",
    )


def _withdrawn(row: BesideFigures) -> str:
    if row.withdrawn_at is None:
        return ""
    return f"Withdrawn by the {row.withdrawn_as} on {day(row.withdrawn_at)}: {row.withdrawn_reason}"


def _series_words(figures: Figures, *, measure: str, area: str, strand: str) -> str:
    label = figures.measures[measure].label if measure in figures.measures else measure
    named = figures.taxonomy[strand].label if strand in figures.taxonomy.codes else strand
    return f"{label}, {named}, {figures.areas.name(area)}"
