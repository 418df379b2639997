"""What is handed in with an older record: its file, then its text once it was looked at."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from openscrutiny.base.forms import Styled
from openscrutiny.forum.older_record import MOST_BYTES


class RecordForm(Styled, forms.Form):
    """A file, or in ``text`` the bytes of one that was looked at already, in base 64."""

    record = forms.SlugField(
        label="Name of the record",
        help_text="Small letters, digits and hyphens. A corrected file has the name it had before.",
        max_length=60,
        error_messages={
            "required": "Give the record a name.",
            "invalid": "Use letters, digits and hyphens only, such as older-forum.",
        },
    )
    file = forms.FileField(
        label="File",
        help_text="JSON, one entry for each meeting, up to a million bytes.",
        required=False,
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        file: UploadedFile | None = given.get("file")
        if file is not None:
            # One byte more than is read shows that it is too large.
            given["content"] = file.read(MOST_BYTES + 1)
        elif given.get("text"):
            try:
                given["content"] = b64decode(given["text"], validate=True)
            except binascii.Error:
                self.add_error("file", "The file was changed on its way. Choose it again.")
        elif "file" not in self.errors:
            self.add_error("file", "Choose the file of the record.")
        return given
