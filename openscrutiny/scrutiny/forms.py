"""What people decide about a finding, and the words of a line of enquiry."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.scrutiny.models import Triage

_MOST_LINES = 12
_LONGEST_LINE = 1000


class TriageForm(Styled, forms.Form):
    choice = forms.ChoiceField(
        label="What becomes of it?",
        choices=[
            (Triage.Choice.QUESTION, "Ask about it: draft a line of enquiry"),
            (Triage.Choice.WATCH, "Watch it: look again when new figures come"),
            (Triage.Choice.DISMISS, "Dismiss it: nothing follows"),
        ],
        widget=forms.RadioSelect,
        template_name="base/radios.html",
        error_messages={"required": "Choose what becomes of this finding."},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Needed to watch or dismiss it. It stands in the record. Do not name people.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        choice = given.get("choice")
        said = given.get("reason")
        if choice in (Triage.Choice.WATCH, Triage.Choice.DISMISS) and said == "":
            self.add_error("reason", "Say why, so that it stands in the record.")
        return given


class Lines(forms.CharField):
    """A list of texts, one on each line; empty lines are left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=_MOST_LINES * _LONGEST_LINE,
            widget=forms.Textarea(attrs={"rows": 8}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > _MOST_LINES:
            raise forms.ValidationError(f"Use {_MOST_LINES} lines at most, not {len(lines)}.")
        if any(len(line) > _LONGEST_LINE for line in lines):
            raise forms.ValidationError(f"A line can have up to {_LONGEST_LINE:,} characters.")
        return lines


class EnquiryForm(Styled, forms.Form):
    heading = forms.CharField(
        label="Heading", max_length=200, error_messages={"required": "Give it a heading."}
    )
    why = forms.CharField(
        label="Why the forum cares",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Say why the forum cares."},
    )
    ask = Lines(
        label="What to ask",
        help_text="One question on each line.",
        error_messages={"required": "Write at least one question."},
    )
    could_explain = Lines(
        label="What could explain it",
        help_text="One explanation on each line.",
        error_messages={"required": "Write at least one thing that could explain it."},
    )
    evidence = Lines(
        label="Evidence that would show it",
        help_text="One kind of evidence on each line.",
        error_messages={"required": "Write at least one kind of evidence."},
    )
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
