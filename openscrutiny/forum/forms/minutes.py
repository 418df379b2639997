"""What people write about minutes: a correction they ask for, and what becomes of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from openscrutiny.base.forms import Styled


class CorrectionForm(Styled, forms.Form):
    """A correction of circulated minutes, against a page and an item."""

    section = forms.ChoiceField(
        label="Item", error_messages={"required": "Choose the item it is about."}
    )
    page = forms.IntegerField(
        label="Page",
        help_text="Of the printed minutes, if you have them on paper.",
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 4}),
        error_messages={"invalid": "Write the page as a number, or leave it empty."},
    )
    text = forms.CharField(
        label="What is wrong, and what should it say?",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what is wrong and what it should say."},
    )
    version = forms.IntegerField(min_value=1, max_value=30_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sections: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = sections  # type: ignore[attr-defined]


class SettleForm(Styled, forms.Form):
    """What becomes of a correction: made in the text, or declined."""

    outcome = forms.ChoiceField(
        label="What becomes of it",
        choices=[("made", "It is made"), ("declined", "It is not made")],
        error_messages={"required": "Choose whether it is made."},
    )
    text = forms.CharField(
        label="The text of this part",
        help_text="Change it where the correction is made. Attendance, decisions and actions are "
        "corrected in the record of the meeting and come from there by themselves.",
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    reason = forms.CharField(
        label="What was changed, or why it was not",
        help_text="It stands with the correction, for everybody in the body.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what was changed, or why it was not."},
    )
    base = forms.IntegerField(min_value=1, max_value=30_000, widget=forms.HiddenInput)
