"""What people write about papers: the paper itself, a version of it, why it may be late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.base.models import Organisation
from openscrutiny.forum.documents.reading import LARGEST
from openscrutiny.forum.models import AgendaItem


class PaperForm(Styled, forms.Form):
    """A new paper under an item."""

    heading = forms.CharField(
        label="Heading", max_length=200, error_messages={"required": "Give the paper a heading."}
    )
    owner = forms.ChoiceField(
        label="Whose paper it is", error_messages={"required": "Choose whose paper it is."}
    )
    exemption = forms.ChoiceField(
        label="Ground for closing it to the public",
        help_text="Leave this as it is for a paper that everybody may read.",
        required=False,
        choices=[("", "It is open"), *AgendaItem.Exemption.choices],
    )
    public_interest = forms.CharField(
        label="Public interest test",
        help_text="Only for a closed paper: why the public interest in closing it is the greater "
        "one. This is public.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, owners: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {o.code: o for o in owners}
        self.fields["owner"].choices = [(o.code, o.name) for o in owners]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = dict(super().clean() or {})
        if bool(said.get("exemption")) != bool((said.get("public_interest") or "").strip()):
            missing = "public_interest" if said.get("exemption") else "exemption"
            words = {
                "public_interest": "Write why the public interest in closing it is the greater.",
                "exemption": "Choose the ground, or leave the public interest test empty.",
            }
            self.add_error(missing, words[missing])
        return said


class VersionForm(Styled, forms.Form):
    """A version of a paper: its text, a file, or both."""

    text = forms.CharField(
        label="The text of the paper",
        help_text="A line that begins with ## is a heading, one with - is part of a list. An empty "
        "line begins a new paragraph.",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    file = forms.FileField(
        label="A file",
        help_text="A Word document (.docx), which becomes a page that everybody can read, or a "
        f"tagged PDF. Up to {LARGEST // 1024 // 1024} MB.",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".docx,.pdf", "class": "govuk-file-upload"}),
        error_messages={"empty": "This file is empty. Choose it again."},
    )
    changed_because = forms.CharField(
        label="What changed, and why",
        help_text="It is shown with this version. It must be said once the paper is published.",
        required=False,
        max_length=300,
    )
    seen = forms.IntegerField(min_value=0, max_value=10_000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = dict(super().clean() or {})
        if not self.errors and not (said.get("text") or "").strip() and not said.get("file"):
            self.add_error("text", "Write the text of the paper, or choose a file.")
        return said


class LateForm(Styled, forms.Form):
    """Why a paper may come late."""

    reason = forms.CharField(
        label="Why this paper may come late",
        help_text="It is shown to the public with the paper.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why it may come late."},
    )
