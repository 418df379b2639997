"""What is written when a decision of the forum is recorded."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.base.forms import OneOf, Styled
from openscrutiny.forum.models import AgendaItem, Decision


class DecisionWords(Styled, forms.Form):
    """What was decided, in words."""

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


class _ItemBefore(OneOf):
    """An item before a meeting, by what it is called and where."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.heading} ({obj.meeting.heading})"


class DecisionForm(DecisionWords):
    """A decision recorded from the page of what it is about, under an item before a meeting."""

    item = _ItemBefore(
        label="Under which item",
        queryset=AgendaItem.objects.none(),
        empty_label=None,
        error_messages={
            "required": "Choose the item under which it was decided.",
            "invalid_choice": "This item is not before a meeting now. Choose again.",
        },
    )
    about = forms.CharField(max_length=160, widget=forms.HiddenInput)
    settles = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, items: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if items is not None:
            self.fields["item"].queryset = items  # type: ignore[attr-defined]
