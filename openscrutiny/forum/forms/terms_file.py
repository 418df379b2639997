"""A file of terms of reference, and adopting one that was looked at."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.forum.forms.terms import AdoptionForm
from openscrutiny.forum.terms_file.reading import LARGEST


class TermsFileForm(Styled, forms.Form):
    file = forms.FileField(
        label="File of terms",
        help_text="The file you took from the page of the terms, with your changes in it.",
        error_messages={"required": "Choose the file.", "empty": "This file is empty."},
    )


class AdoptFileForm(AdoptionForm):
    """Adopting a file that was looked at. Its text goes along, so that nothing is read but that."""

    text = forms.CharField(max_length=LARGEST, strip=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last()
