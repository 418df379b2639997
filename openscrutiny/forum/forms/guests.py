"""What is written about guests, and what they answer themselves."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.base.forms import OneOf
from openscrutiny.forum.forms.meetings import AnswerForm
from openscrutiny.forum.forms.seats import PersonForm
from openscrutiny.forum.models import AgendaItem, Attendance

_CAPACITIES = (
    Attendance.Capacity.PRESENTER,
    Attendance.Capacity.OBSERVER,
    Attendance.Capacity.SECRETARIAT,
)


class GuestForm(PersonForm):
    """Inviting somebody who has no seat: known here, or new."""

    capacity = forms.ChoiceField(
        label="As what",
        choices=[(c.value, str(c.label)) for c in _CAPACITIES],
        error_messages={"required": "Choose as what they are invited."},
    )
    presents = OneOf(
        label="Which item they come for",
        queryset=AgendaItem.objects.none(),
        required=False,
        empty_label="No item in particular",
    )

    def __init__(self, *args: Any, people: Any, items: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["presents"].queryset = items  # type: ignore[attr-defined]
        self.fields["presents"].label_from_instance = (  # type: ignore[attr-defined]
            lambda item: item.heading
        )


class GuestAnswerForm(AnswerForm):
    """Whether a guest comes, and what they need to take part."""

    needs = forms.CharField(
        label="What do you need to take part?",
        help_text=(
            "For example a hearing loop, a British Sign Language interpreter, step-free access, "
            "papers read aloud, breaks. Only the secretariat reads it. It takes the place of what "
            "you wrote before; left empty, that stays."
        ),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
