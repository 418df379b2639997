"""What people bring to the monitor: published files, notes, new baselines, reasons to withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from openscrutiny.base.forms import Styled
from openscrutiny.core.months import Month
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation
from openscrutiny.monitor.noting import refuse_months
from openscrutiny.monitor.what_if import RULES, Setting


class ImportForm(Styled, forms.Form):
    file = forms.FileField(
        label="Published file",
        help_text=(
            "The file as you downloaded it, unchanged. It is recognised by its columns; its name "
            "does not matter."
        ),
        error_messages={
            "required": "Choose the file you downloaded from the publisher's page.",
            "empty": "This file is empty. Download it again and check its size before choosing it.",
        },
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is not None and file.size > settings.LARGEST_UPLOAD:
            raise forms.ValidationError(
                f"This file is larger than {settings.LARGEST_UPLOAD // 2**20} megabytes. Import it "
                "with “openscrutiny import FILE” on the server instead."
            )
        return file


class WithdrawForm(Styled, forms.Form):
    reason = forms.CharField(
        label="Why is this batch withdrawn?",
        help_text="Kept for ever and shown to everyone on the data page. Do not name people.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why. The reason is kept and shown with the batch."},
    )


class MonthField(forms.CharField):
    """A month, written YYYY-MM or chosen where the browser offers that; None where it is empty."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "month", "autocomplete": "off"})
        super().__init__(max_length=10, widget=widget, **kwargs)

    def clean(self, value: Any) -> Month | None:  # type: ignore[override]
        text = super().clean(value)
        try:
            return Month.parse(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class AnnotationForm(Styled, forms.Form):
    kind = forms.ChoiceField(
        label="What was it?",
        choices=Annotation.Kind.choices,
        widget=forms.RadioSelect,
        template_name="base/radios.html",
        error_messages={"required": "Choose what it was."},
    )
    first = MonthField(
        label="First month",
        help_text="Such as 2024-03.",
        error_messages={"required": "Write the month in which it began."},
    )
    last = MonthField(
        label="Last month", help_text="Leave it empty if it was one month.", required=False
    )
    areas = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        template_name="base/checkboxes.html",
        error_messages={"invalid_choice": "Choose from the areas that are offered."},
    )
    strands = forms.MultipleChoiceField(
        label="Which strands does it concern?",
        help_text=(
            "Choose none if it concerns all of them. It also shows on strands counted inside the "
            "chosen ones, and on those they are counted in."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        template_name="base/checkboxes.html",
        error_messages={"invalid_choice": "Choose from the strands that are offered."},
    )
    text = forms.CharField(
        label="What happened",
        help_text=(
            "In plain words, in two sentences at most. Say what happened, not what it did to the "
            "figures. Do not name people who are not in public office."
        ),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what happened."},
    )
    source = forms.CharField(
        label="Where this can be read",
        help_text="A published document, with its date or its address.",
        max_length=500,
        error_messages={"required": "Write where this can be read, so that it can be checked."},
    )

    def __init__(self, *args: Any, figures: Figures, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._figures, self._now = figures, now
        areas, strands = self.fields["areas"], self.fields["strands"]
        areas.label = f"Where was it in {figures.areas.place}?"
        areas.help_text = (
            f"Choose none for {figures.areas.place} as a whole: then it shows on every chart."
        )
        named = sorted(figures.areas.areas, key=lambda a: a.name)
        areas.choices = [(a.code, a.name) for a in named]  # type: ignore[attr-defined]
        strands.choices = [(s.code, s.label) for s in figures.taxonomy.strands]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first = given.get("first")
        if first is not None and "last" in given:
            given["last"] = given["last"] or first
            try:
                refuse_months(self._figures, first, given["last"], now=self._now)
            except NotPossible as refusal:
                self.add_error("last", str(refusal))
        return given


class RebaseForm(Styled, forms.Form):
    month = forms.ChoiceField(
        label="First month of the new baseline",
        help_text="Only months with at least 12 before them, and 12 from then on, are offered.",
        error_messages={
            "required": "Choose the month from which the limits start afresh.",
            "invalid_choice": "This month is not offered any more. Choose another.",
        },
    )
    reason = forms.CharField(
        label="Why do the limits start afresh?",
        help_text=(
            "Say what changed and how that is known: not that the figures look different. Shown "
            "with the chart to every reader. Do not name people."
        ),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why. The reason is shown with the chart."},
    )

    def __init__(self, *args: Any, months: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [("", "Choose a month"), *months]  # type: ignore[attr-defined]


class TryForm(Styled, forms.Form):
    """Settings to try on one measure. What is left empty, or not offered for it, is as in force.

    ``settings`` are those of the measure that was asked for; it and the month may be bad input too.
    """

    measure = forms.ChoiceField(
        label="Measure",
        error_messages={"invalid_choice": "There is no such measure. Choose one of these."},
    )
    month = forms.ChoiceField(
        label="Month",
        error_messages={"invalid_choice": "There are no figures for this month. Choose another."},
    )

    def __init__(
        self,
        *args: Any,
        measures: Sequence[tuple[str, str]],
        months: Sequence[tuple[str, str]],
        settings: Sequence[Setting],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.settings = tuple(settings)
        self.fields["measure"].choices = measures  # type: ignore[attr-defined]
        self.fields["month"].choices = months  # type: ignore[attr-defined]
        for setting in settings:
            self.fields[setting.name] = _field_of(setting)

    @property
    def moved(self) -> dict[str, float | str]:
        """By name, the settings that are not as in force."""
        given = {s.name: self.cleaned_data.get(s.name) for s in self.settings}
        now = {s.name: s.now for s in self.settings}
        return {n: v for n, v in given.items() if v not in (None, "", now[n])}

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as they stand on the page: what to look at, what to flag, what is usual."""
        usual = ("rule", "years", "excluded", "trim")
        names = [s.name for s in self.settings]
        shown = {
            "What to look at": ["measure", "month"],
            "What is flagged": [n for n in names if n not in usual],
            "What is usual": [n for n in names if n in usual],
        }
        return [(title, [self[n] for n in some]) for title, some in shown.items() if some]


def _field_of(setting: Setting) -> forms.Field:
    hint = f"In force: {setting.words(setting.now)}. {setting.hint}"
    said = {"label": setting.label, "help_text": hint, "required": False}
    if isinstance(setting.now, str):
        as_now = f"As in force ({setting.words(setting.now).lower()})"
        wrong = {"invalid_choice": "There is no such rule. Choose one of these."}
        choices = [("", as_now), *RULES.items()]
        widget = forms.Select(attrs={"class": "govuk-select"})
        return forms.ChoiceField(choices=choices, error_messages=wrong, widget=widget, **said)
    kind = forms.IntegerField if setting.whole else forms.FloatField
    span = f"from {setting.least:g} to {setting.most:,g}"
    number = "whole number" if setting.whole else "number"
    wrong = f"“{setting.label.strip('…')}” is a {number} {span}, or empty."
    return kind(
        min_value=setting.least,
        max_value=setting.most,
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input",
                "inputmode": "numeric" if setting.whole else "decimal",
                "autocomplete": "off",
                "maxlength": 12,
            }
        ),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
        **said,
    )


class WithdrawNoteForm(Styled, forms.Form):
    reason = forms.CharField(
        label="Why is it withdrawn?",
        help_text="Kept for ever and shown to everyone in the list. Do not name people.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why. The reason is kept and shown in the list."},
    )
