"""Forms in the design system's markup."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.forms.renderers import TemplatesSetting

_CLASSES = {
    forms.Textarea: "govuk-textarea",
    forms.Select: "govuk-select",
    forms.ClearableFileInput: "govuk-file-upload",
    forms.DateInput: "govuk-input govuk-input--width-10",
    forms.TimeInput: "govuk-input govuk-input--width-5",
    forms.TextInput: "govuk-input",
    forms.PasswordInput: "govuk-input",
}


class Renderer(TemplatesSetting):
    """Django's renderer with our own form and field templates."""

    form_template_name = "base/form.html"
    field_template_name = "base/field.html"


class Styled:
    """Gives a form's widgets their classes, and errors their description."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)  # a label that goes away when one types
            for kind, name in _CLASSES.items():
                if isinstance(field.widget, kind):
                    field.widget.attrs["class"] = name
                    break


class MoveForm(Styled, forms.Form):
    """One step of a state table: which, on which revision of the thing, and why."""

    event = forms.CharField(max_length=40, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class _KnownKey:
    """Refuses what can be no key as a choice there is not; a database may not even take it."""

    def _refuse(self, key: Any) -> None:
        text = str(key)
        if not (text.isascii() and text.isdecimal() and len(text) < 18):
            raise forms.ValidationError("This is not one of the choices. Choose again.")


class OneOf(_KnownKey, forms.ModelChoiceField):
    """A choice of one row of a table."""

    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values and not isinstance(value, models.Model):
            self._refuse(value)
        return super().to_python(value)


class SomeOf(_KnownKey, forms.ModelMultipleChoiceField):
    """A choice of several rows of a table."""

    def clean(self, value: Any) -> Any:
        for key in value if isinstance(value, (list, tuple)) else ():
            self._refuse(key)
        return super().clean(value)
