"""The demonstration's own notes on its charts, and one new baseline, by its own accounts.

They tell of the stories that are planted in the invented city. What is said is invented as well.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from openscrutiny.base.models import User
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Role
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.models import Annotation
from openscrutiny.monitor.noting import annotate, confirm_rebase, possible_rebases

_DRIVE = ("Elmsgarth", "Hartlebeck", "Kestrel Green")
_BEGAN = Month.of(2024, 4)


def note_charts(*, now: datetime) -> bool:
    """Put the notes on the charts, once; False, and nothing written, where there are any already.

    User.DoesNotExist before the demonstration's accounts were made.
    """
    figures = reading.current()
    if Annotation.objects.filter(place=figures.place.id).exists():
        return False
    analyst = User.objects.get(username=Role.ANALYST.value)
    drive = [found.code for name in _DRIVE if (found := figures.areas.find(name))]
    with transaction.atomic():
        annotate(
            figures=figures,
            kind=Annotation.Kind.EVENT,
            first=Month.of(2024, 10),
            last=Month.of(2024, 10),
            areas=(),
            strands=("antisemitic", "islamophobic"),
            text=(
                "After an event far away, faith groups in the city reported more abuse in the "
                "street and online for about a month."
            ),
            source="Aldermere Faith Forum, statement of 4 November 2024.",
            by=analyst,
            now=now,
        )
        annotate(
            figures=figures,
            kind=Annotation.Kind.RECORDING,
            first=_BEGAN,
            last=Month.of(2024, 6),
            areas=drive,
            strands=("disability",),
            text=(
                "One command trained its officers to ask every victim about disability and to flag "
                "the offence when the answer points to it."
            ),
            source="Aldermere City Constabulary, bulletin 12 of 2024.",
            by=analyst,
            now=now,
        )
        annotate(
            figures=figures,
            kind=Annotation.Kind.REPORTING,
            first=Month.of(2025, 2),
            last=Month.of(2025, 3),
            areas=(),
            strands=(),
            text="Posters and a telephone line in nine languages asked for reports of hate crime.",
            source="Aldermere City Council, report of the cabinet, 14 January 2025.",
            by=analyst,
            now=now,
        )
        series = {"measure": "recorded_offences", "area": drive[0], "strand": "disability"}
        if _BEGAN in possible_rebases(figures, **series):
            confirm_rebase(
                figures=figures,
                **series,
                month=_BEGAN,
                reason=(
                    "Since the training of April 2024 offences are flagged that were not flagged "
                    "before (bulletin 12 of 2024), and the constabulary says that this will stay."
                ),
                by=analyst,
                now=now,
            )
    return True
