"""What people write about recommendations: drafts, limbs, responses, plans, evidence, findings."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.accountability.models import EvidenceItem, Part, Recommendation, Verification
from openscrutiny.base.forms import SomeOf, Styled
from openscrutiny.base.models import Organisation
from openscrutiny.core.terms import ANSWERING

_CHOICES = "accountability/recommendation_choices.html"
_LONG = 5000


class Linked:
    """Choices whose first option is where an error leads to."""

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}_{0 if index is None else index}" if id_ else ""


# The template tells the two apart by the names of these classes.
class Radios(Linked, forms.RadioSelect):
    pass


class Checkboxes(Linked, forms.CheckboxSelectMultiple):
    pass


def _radios() -> Radios:
    return Radios(attrs={"class": "govuk-radios__input"})


def _checkboxes() -> Checkboxes:
    return Checkboxes(attrs={"class": "govuk-checkboxes__input"})


def _long(
    label: str, hint: str = "", missing: str = "", *, rows: int = 5, required: bool = True
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=_LONG,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing},
    )


def _seen() -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class RecommendationForm(Styled, forms.Form):
    heading = forms.CharField(
        label="Heading",
        help_text="What should change, in a few words.",
        max_length=200,
        error_messages={"required": "Write a heading."},
    )
    why = _long(
        "Why the forum recommends it",
        "What was found, what was asked, and what the answer showed. Do not name people.",
        "Say why, so that anybody can follow it.",
        rows=8,
    )
    outcome = forms.ChoiceField(
        label="What it is for",
        choices=Recommendation.Outcome.choices,
        widget=_radios(),
        template_name=_CHOICES,
        error_messages={"required": "Choose what it is for."},
    )
    seen = _seen()


class LimbForm(Styled, forms.Form):
    text = forms.CharField(
        label="What is to be done",
        help_text="One thing, in one sentence. Each such limb is answered and followed by itself.",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what is to be done."},
    )
    success = _long(
        "How the forum will know that it was done",
        "What a verifier could look at and see.",
        "Say how the forum will know, or nobody can verify it.",
        rows=3,
    )
    addressees = SomeOf(
        label="Who must answer",
        queryset=Organisation.objects.none(),
        widget=_checkboxes(),
        template_name=_CHOICES,
        error_messages={"required": "Choose at least one organisation."},
    )
    seen = _seen()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answering = Organisation.objects.filter(kind__in=[k.value for k in ANSWERING])
        self.fields["addressees"].queryset = answering  # type: ignore[attr-defined]


class PartResponseForm(Styled, forms.Form):
    answer = forms.ChoiceField(
        label="Your answer",
        choices=[
            ("accepted", "Accepted: all of it will be done"),
            ("part_accepted", "Accepted in part"),
            ("not_accepted", "Not accepted"),
        ],
        widget=_radios(),
        template_name=_CHOICES,
        error_messages={"required": "Choose one of the three answers."},
    )
    text = _long(
        "What you answer",
        "If accepted: what will be done. If accepted in part: which part. If not accepted: why. "
        "“Accepted in principle” is not an answer.",
        "Write your answer.",
        rows=8,
    )
    rest = _long("If accepted in part: what is not accepted, and why", rows=4, required=False)
    seen = _seen()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("answer") == "part_accepted" and not given.get("rest", "").strip():
            self.add_error("rest", "Say what is not accepted, and why.")
        if given.get("answer") != "part_accepted" and given.get("rest", "").strip():
            self.add_error(
                "rest", "Only an acceptance in part has this. Choose that answer, or leave it out."
            )
        return given


class SignForm(forms.Form):
    seen = _seen()


class PlanForm(Styled, forms.Form):
    steps = _long("What will be done", "The steps, in order.", "Say what will be done.", rows=6)
    complete_by = forms.DateField(
        label="All of it will be complete by",
        help_text="For example 2027-03-31.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Give the day by which it will be complete.",
            "invalid": "Write the day as year-month-day, such as 2027-03-31.",
        },
    )
    seen = _seen()


class ChangedPlanForm(PlanForm):
    reason = _long(
        "Why the plan changed",
        "The first day stays in view beside the new one, and lateness is counted from it.",
        "Say why the plan changed.",
        rows=3,
    )
    field_order = ("steps", "complete_by", "reason", "seen")


class ProgressForm(Styled, forms.Form):
    text = _long("What has happened since the last news", "", "Say what has happened.")
    seen = _seen()


def _method(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=EvidenceItem.Method.choices,
        widget=_radios(),
        template_name=_CHOICES,
        error_messages={"required": "Choose one."},
    )


class EvidenceForm(Styled, forms.Form):
    heading = forms.CharField(
        label="What it is", max_length=200, error_messages={"required": "Say what it is."}
    )
    method = _method("What kind of evidence")
    shows = _long("What it shows", "", "Say what it shows.", rows=4)
    where = forms.CharField(
        label="Where it may be seen",
        help_text="A web address, or the reference of a file and who keeps it. Do not name people.",
        max_length=400,
        error_messages={"required": "Say where it may be seen, or nobody can verify it."},
    )


class EvidenceChoice(SomeOf):
    """Each item of evidence with what it is and where it may be seen."""

    def label_from_instance(self, obj: EvidenceItem) -> str:
        return f"{obj.heading} ({obj.get_method_display().lower()}; {obj.where})"


class VerificationForm(Styled, forms.Form):
    found = forms.ChoiceField(
        label="What you found",
        choices=Verification.Found.choices,
        widget=_radios(),
        template_name=_CHOICES,
        error_messages={"required": "Choose what you found."},
    )
    method = _method("How you looked")
    evidence = EvidenceChoice(
        label="Evidence you considered",
        queryset=EvidenceItem.objects.none(),
        widget=_checkboxes(),
        template_name=_CHOICES,
        error_messages={"required": "Choose at least one item. If there is none, ask for some."},
    )
    statement = _long(
        "What you saw, and what follows from it",
        "It stands in the record and goes to the forum. If it was not carried out, it tells the "
        "organisation what is missing.",
        "Say what you saw.",
        rows=6,
    )
    seen = _seen()

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].queryset = part.evidence.all()  # type: ignore[attr-defined]
