"""What is written when a decision of the forum is recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Decision
from openscrutiny.forum.services.decisions import refuse_future


class DecisionForm(Styled, forms.Form):
    kind = forms.ChoiceField(
        label="What the forum did",
        choices=Decision.Kind.choices,
        error_messages={"required": "Choose what the forum did."},
    )
    heading = forms.CharField(
        label="Heading", max_length=200, error_messages={"required": "Give it a heading."}
    )
    text = forms.CharField(
        label="What was decided",
        help_text="In the words of the record. Do not name people.",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write what was decided."},
    )
    decided_on = forms.DateField(
        label="Decided on",
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Write the day on which the forum decided it.",
            "invalid": "Write the day as year, month and day, such as 2026-11-02.",
        },
    )
    about = forms.CharField(max_length=160, widget=forms.HiddenInput)
    settles = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def clean_decided_on(self) -> date:
        day: date = self.cleaned_data["decided_on"]
        try:
            refuse_future(day, now=self._now)
        except NotPossible as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return day
