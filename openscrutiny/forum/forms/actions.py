"""What is written when a promise is carried forward."""

from __future__ import annotations

from django import forms

from openscrutiny.base.forms import MoveForm


class CarryForm(MoveForm):
    """The day a promise is carried forward to, and why. The day first promised stays."""

    to = forms.DateField(
        label="Carried forward to",
        help_text="For example 2027-03-31. The day first promised stays in view.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Give the day it is carried forward to.",
            "invalid": "Write the day as year-month-day, such as 2027-03-31.",
        },
    )
    field_order = ("event", "seen", "to", "reason")
