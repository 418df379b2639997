"""What people bring to the monitor: a published file, a reason for withdrawing a batch."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from openscrutiny.base.forms import Styled


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
