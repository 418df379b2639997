"""Every write about what people say beside the figures: annotations and confirmed rebases.

Neither changes a figure or a finding. Both are shown to every reader, with the role of whoever said
it, and both can be withdrawn with a reason that stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from openscrutiny.base import access
from openscrutiny.base.models import User
from openscrutiny.base.moves import AlreadyThere, ReasonMissing, note
from openscrutiny.base.thread import next_number
from openscrutiny.core import spc
from openscrutiny.core.measures import Kind, Measure
from openscrutiny.core.months import Month, Period
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation, BesideFigures, Rebase


@transaction.atomic
def annotate(
    *,
    figures: Figures,
    kind: str,
    first: Month,
    last: Month,
    areas: Sequence[str],
    strands: Sequence[str],
    text: str,
    source: str,
    by: User,
    now: datetime,
) -> Annotation:
    """Put a note on the charts of some months. No areas means the whole place, no strands all.

    NotPermitted, or NotPossible where the months are not in order, have not come yet or lie before
    every figure, where an area or a strand is unknown, or where the text or its source is missing.
    """
    said = _open(
        Annotation,
        event="monitor.annotation.write",
        action=Action.ANNOTATE,
        by=by,
        now=now,
        details={"kind": Annotation.Kind(kind).value, "from": str(first), "to": str(last)},
    )
    refuse_months(figures, first, last, now=now)
    refuse_unknown(figures, areas=areas, strands=strands)
    if not text.strip() or not source.strip():
        raise NotPossible(
            "A note says what happened and where that can be read.", "Write both, then send it."
        )
    return Annotation.objects.create(
        place=figures.place.id,
        kind=kind,
        month_from=str(first),
        month_to=str(last),
        areas=_in_order(areas, figures.areas.codes),
        strands=_in_order(strands, figures.taxonomy.codes),
        text=text.strip(),
        source=source.strip(),
        **said,
    )


@transaction.atomic
def withdraw_annotation(
    *, annotation: Annotation, reason: str, by: User, now: datetime
) -> Annotation:
    """Take a note off the charts, for a reason that is shown in the list of notes.

    NotPermitted, ReasonMissing, or NotPossible where it was withdrawn already.
    """
    return _withdraw(annotation, reason, Action.ANNOTATE, by=by, now=now)


@transaction.atomic
def confirm_rebase(
    *,
    figures: Figures,
    measure: str,
    area: str,
    strand: str,
    month: Month,
    reason: str,
    by: User,
    now: datetime,
) -> Rebase:
    """Let the NHS chart of a series take its limits afresh from a month on. Findings stay as found.

    NotPermitted; ReasonMissing; AlreadyThere where this month is one already; NotPossible where the
    series has no such chart, or where either side would have too few months for limits.
    """
    series = {"measure": measure, "area": area, "strand": strand}
    said = _open(
        Rebase,
        event="monitor.rebase.confirm",
        action=Action.CONFIRM_REBASE,
        by=by,
        now=now,
        details={**series, "month": str(month)},
    )
    refuse_rebase(figures, **series, month=month)
    if not reason.strip():
        raise ReasonMissing
    return Rebase.objects.create(
        place=figures.place.id, month=str(month), reason=reason.strip(), **series, **said
    )


@transaction.atomic
def withdraw_rebase(*, rebase: Rebase, reason: str, by: User, now: datetime) -> Rebase:
    """Let the chart take its limits from all its months again, for a reason that is kept.

    NotPermitted, ReasonMissing, or NotPossible where it was withdrawn already.
    """
    return _withdraw(rebase, reason, Action.CONFIRM_REBASE, by=by, now=now)


# ---- what may be said ---------------------------------------------------------------------------


def refuse_months(figures: Figures, first: Month, last: Month, *, now: datetime) -> None:
    """NotPossible for months that no chart could show."""
    if last < first:
        raise NotPossible(
            f"It cannot end ({last.words}) before it begins ({first.words}).",
            "Write the first month first.",
        )
    today = timezone.localtime(now)
    if last > Month.of(today.year, today.month):
        raise NotPossible(
            f"{last.words} has not come yet.", "Write down what has happened, not what is planned."
        )
    if last < figures.offences.months[0]:
        raise NotPossible(
            f"There are no figures before {figures.offences.months[0].words}, so no chart would "
            "show it.",
            "Write down what happened in the months of the charts.",
        )


def refuse_unknown(figures: Figures, *, areas: Iterable[str], strands: Iterable[str]) -> None:
    """NotPossible for an area or a strand that is not here."""
    unknown = [a for a in areas if a not in figures.areas.codes]
    unknown += [s for s in strands if s not in figures.taxonomy.codes]
    if unknown:
        raise NotPossible(
            f"{figures.areas.place} has no area or strand “{unknown[0]}”.",
            "Choose from those that are offered.",
        )


def charted(measure: Measure) -> bool:
    """Whether the NHS chart is drawn of a measure: counts of one month each.

    Figures over several months share months with their neighbours, so that every rule about points
    in a row would see runs that are not there.
    """
    return measure.kind is Kind.COUNT and measure.window_months == 1


def stretches(regime: Period, begins: Iterable[Month]) -> tuple[Period, ...]:
    """A regime cut before each month in which a new baseline begins, in time order."""
    inside = sorted({m for m in begins if regime.first < m <= regime.last})
    firsts, lasts = [regime.first, *inside], [*(m + -1 for m in inside), regime.last]
    return tuple(Period(a, b) for a, b in zip(firsts, lasts, strict=True))


def possible_rebases(
    figures: Figures, *, measure: str, area: str, strand: str
) -> tuple[Month, ...]:
    """The months in which a new baseline of a series may begin, so that both sides have limits."""
    known = (
        measure in figures.measures
        and charted(figures.measures[measure])
        and area in figures.offences.areas
        and strand in {s.code for s in figures.strands}
    )
    regime = figures.offences.regime_of(figures.latest)
    if not known or regime is None:
        return ()
    there = Rebase.objects.in_force(figures.place.id).filter(
        measure=measure, area=area, strand=strand
    )
    least = spc.LEAST_POINTS
    return tuple(
        month
        for part in stretches(regime, [r.begins for r in there])
        for month in part.first.through(part.last)
        if month - part.first >= least and part.last - month + 1 >= least
    )


def refuse_rebase(figures: Figures, *, measure: str, area: str, strand: str, month: Month) -> None:
    """NotPossible, or AlreadyThere, for a month in which no new baseline may begin."""
    series = {"measure": measure, "area": area, "strand": strand}
    in_force = Rebase.objects.in_force(figures.place.id)
    if there := in_force.filter(**series, month=str(month)).first():
        raise AlreadyThere(
            f"The limits of this chart start afresh in {month.words} already.",
            "Read why, or choose another month.",
            href=f"/data/rebases/#{there.number}",
            label=f"New baseline {there.number}",
        )
    if month not in possible_rebases(figures, **series):
        raise NotPossible(
            f"The limits of this chart cannot start afresh in {month.words}.",
            f"Both sides need at least {spc.LEAST_POINTS} months recorded in the same way, of a "
            "measure that counts single months. Choose another month, or wait until there are "
            "more.",
        )


# ---- saying and withdrawing ---------------------------------------------------------------------


def _open(
    model: type[BesideFigures],
    *,
    event: str,
    action: Action,
    by: User,
    now: datetime,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    """The permission and the record of something new, and what its row says of them.

    The counter makes others who say something wait, so that no two pass the checks that follow.
    """
    said_as = _role(by, action, now)
    number = next_number(model.KIND, now=now)
    reference = f"{model.KIND}:{number}"
    note(event, reference=reference, action=action, by=by, now=now, details=details)
    return {"number": number, "said_at": now, "said_as": said_as}


def _withdraw(item: Any, reason: str, action: Action, *, by: User, now: datetime) -> Any:
    acting = _role(by, action, now)
    if not reason.strip():
        raise ReasonMissing
    note(
        f"monitor.{item.KIND}.withdraw",
        reference=item.reference,
        action=action,
        by=by,
        now=now,
        details={"reason": reason.strip()},
    )
    if not item.withdraw(reason=reason.strip(), said_as=acting, now=now):
        refuse_withdrawn(item)
    return item


def refuse_withdrawn(item: BesideFigures) -> None:
    """NotPossible for what was withdrawn already."""
    if item.withdrawn_at is not None:
        raise NotPossible(
            f"{item.number} was withdrawn already.", "Its reason stands in the list; read it there."
        )


def _role(by: User, action: Action, now: datetime) -> str:
    """The role in which a person may do this on the day; NotPermitted where there is none."""
    return access.require(by, action, on=timezone.localtime(now).date()).role.value


def _in_order(chosen: Iterable[str], known: Sequence[str]) -> list[str]:
    return [code for code in known if code in set(chosen)]
