"""What people write about questions: the question itself, its answer, and the last check of it."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.accountability.models import ResponseDraft
from openscrutiny.accountability.pages.questions import OUTCOME_IN_WORDS
from openscrutiny.base.forms import OneOf, Styled
from openscrutiny.base.models import Organisation
from openscrutiny.core.terms import ANSWERING

_LONGEST = 20_000


class QuestionForm(Styled, forms.Form):
    heading = forms.CharField(
        label="Heading",
        help_text="What it is about, in a few words.",
        max_length=200,
        error_messages={"required": "Give the question a heading."},
    )
    text = forms.CharField(
        label="What exactly is asked",
        help_text="The organisation answers what stands here. Number the questions. "
        "Do not name people.",
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "Write what is asked."},
    )
    why = forms.CharField(
        label="Why it is asked",
        help_text="Those who answer read this. They cannot read the line of enquiry.",
        max_length=_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    addressee = OneOf(
        label="Who must answer",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="Not chosen yet",
        error_messages={"invalid_choice": "Choose an organisation from the list."},
    )
    seen = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answering: Any = self.fields["addressee"]
        answering.queryset = Organisation.objects.filter(kind__in=[str(k) for k in ANSWERING])


class AnswerForm(Styled, forms.Form):
    outcome = forms.ChoiceField(
        label="Kind of answer",
        choices=list(OUTCOME_IN_WORDS.items()),
        error_messages={"required": "Choose a kind of answer."},
    )
    text = forms.CharField(
        label="The answer",
        help_text="The forum reads this once it is signed and sent, and not before. "
        "Do not name people.",
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 16}),
        error_messages={"required": "Write the answer, then save it."},
    )
    exemption = forms.CharField(
        label="Exemption",
        help_text="Only where you decline to answer: the exemption you rely on, and why.",
        max_length=_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    @staticmethod
    def starting_from(draft: ResponseDraft | None) -> dict[str, Any]:
        """What the form shows first: what was saved, or nothing."""
        if draft is None:
            return {"seen": 0}
        return {
            "outcome": draft.outcome,
            "text": draft.text,
            "exemption": draft.exemption,
            "seen": draft.revision,
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("outcome") == "declined" and not given.get("exemption", "").strip():
            self.add_error("exemption", "Name the exemption you rely on, and say why.")
        return given


class SignForm(forms.Form):
    """The revisions of the question and of the draft that the signatory read."""

    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    draft_seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
