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
# Kind, first month, last month, boroughs, strands, text, source.
_NOTES = (
    (
        Annotation.Kind.EVENT,
        Month.of(2024, 10),
        Month.of(2024, 10),
        (),
        ("antisemitic", "islamophobic"),
        (
            "After an event far away, faith groups in the city reported more abuse in the street "
            "and online for about a month."
        ),
        "Aldermere Faith Forum, statement of 4 November 2024.",
    ),
    (
        Annotation.Kind.RECORDING,
        _BEGAN,
        Month.of(2024, 6),
        _DRIVE,
        ("disability",),
        (
            "One command trained its officers to ask every victim about disability and to flag the "
            "offence when the answer points to it."
        ),
        "Aldermere City Constabulary, bulletin 12 of 2024.",
    ),
    (
        Annotation.Kind.REPORTING,
        Month.of(2025, 2),
        Month.of(2025, 3),
        (),
        (),
        "Posters and a telephone line in nine languages asked for reports of hate crime.",
        "Aldermere City Council, report of the cabinet, 14 January 2025.",
    ),
)
_REASON = (
    "Since the training of April 2024 offences are flagged that were not flagged before (bulletin "
    "12 of 2024), and the constabulary says that this will stay."
)


def note_charts(*, now: datetime) -> bool:
    """Put the notes on the charts, once; False, and nothing written, where there are any already.

    User.DoesNotExist before the demonstration's accounts were made.
    """
    figures = reading.current()
    if Annotation.objects.filter(place=figures.place.id).exists():
        return False
    analyst = User.objects.get(username=Role.ANALYST.value)
    codes = {a.name: a.code for a in figures.areas.areas}
    said = {"figures": figures, "by": analyst, "now": now}
    with transaction.atomic():
        for kind, first, last, boroughs, strands, text, source in _NOTES:
            annotate(
                kind=kind,
                first=first,
                last=last,
                areas=[codes[name] for name in boroughs],
                strands=strands,
                text=text,
                source=source,
                **said,
            )
        series = {
            "measure": "recorded_offences",
            "area": codes[_DRIVE[0]],
            "strand": "disability",
        }
        if _BEGAN in possible_rebases(figures, **series):
            confirm_rebase(**series, month=_BEGAN, reason=_REASON, **said)
    return True
