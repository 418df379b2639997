"""What is written on the work programme: proposals, suggestions, scores, meetings chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from openscrutiny.base.forms import MoveForm, OneOf, Styled
from openscrutiny.core import programme as rules
from openscrutiny.forum.models import Meeting, WorkItem

Choices = Sequence[tuple[str, str]]
NO_NAMES = "Do not name people, and leave out what could tell who somebody is."


def _ticked(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        template_name="base/checkboxes.html",
        error_messages={"invalid_choice": "Choose from those that are offered."},
    )


class _Subject(Styled, forms.Form):
    """What a subject is, for whoever writes it. The strands and areas are those of the place."""

    heading = forms.CharField(
        label="What should the forum look at?",
        help_text="One short line.",
        max_length=200,
        error_messages={"required": "Say what the forum should look at."},
    )
    why = forms.CharField(
        label="Why does it matter?",
        help_text=NO_NAMES,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Say why it matters."},
    )
    strands = _ticked(
        "Which strands does it concern?", "As many as it concerns; none if it concerns all alike."
    )
    areas = _ticked("Which places does it concern?", "None if it concerns the whole place.")

    def __init__(self, *args: Any, strands: Choices, areas: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["strands"].choices = strands  # type: ignore[attr-defined]
        self.fields["areas"].choices = areas  # type: ignore[attr-defined]


class WorkForm(_Subject):
    """A proposal of somebody with an account. ``origin_reference`` is what it came from."""

    origin = forms.ChoiceField(
        label="Where does it come from?",
        choices=[
            (WorkItem.Origin.MEMBER, "I propose it"),
            (WorkItem.Origin.TERMS, WorkItem.Origin.TERMS.label),
        ],
        widget=forms.RadioSelect,
        template_name="base/radios.html",
        error_messages={"required": "Choose where it comes from."},
    )
    body = forms.ChoiceField(
        label="Whose programme?", error_messages={"required": "Choose whose programme it is for."}
    )
    origin_reference = forms.CharField(max_length=160, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bodies: Choices, origin: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = bodies  # type: ignore[attr-defined]
        if len(bodies) == 1:
            self.fields["body"].widget = forms.HiddenInput()
            self.initial.setdefault("body", bodies[0][0])
        if origin:
            # What it came from says it: there is nothing to choose.
            self.fields["origin"].choices = [(origin, origin)]  # type: ignore[attr-defined]
            self.fields["origin"].widget = forms.HiddenInput()
            self.initial["origin"] = origin


class SuggestForm(_Subject):
    """A suggestion of anybody. ``website`` is for programs that fill in whatever they find."""

    website = forms.CharField(
        label="Leave this field empty",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(
                "Take out what stands here, then send again: only programs fill it in."
            )
        return ""


class RewordForm(Styled, forms.Form):
    heading = forms.CharField(label="What the programme shows as its title", max_length=200)
    why = forms.CharField(
        label="What it shows as the reason",
        max_length=3000,
        help_text=NO_NAMES,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class ScoreForm(Styled, forms.Form):
    """The questions of the scoring, each with its four answers."""

    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in rules.CRITERIA:
            self.fields[criterion.code] = forms.TypedChoiceField(
                label=criterion.asks,
                help_text="The more others do, the lower the score." if criterion.lowers else "",
                choices=[(n, words) for n, words in enumerate(criterion.answers, start=1)],
                coerce=int,
                widget=forms.RadioSelect,
                template_name="base/radios.html",
                error_messages={"required": f"Answer: {criterion.asks}"},
            )

    @property
    def answers(self) -> dict[str, int]:
        return {c.code: self.cleaned_data[c.code] for c in rules.CRITERIA}


class PlaceForm(MoveForm):
    """The meeting that a subject is scheduled for or moved to, and why where it is moved."""

    meeting = OneOf(
        label="Meeting",
        queryset=Meeting.objects.none(),
        to_field_name=None,
        empty_label="Choose a meeting",
        error_messages={
            "required": "Choose a meeting that is still to come.",
            "invalid_choice": "Choose a meeting that is still to come.",
        },
    )

    def __init__(self, *args: Any, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
