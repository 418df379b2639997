"""A file of members, and the rows of it that were looked at."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.forum.members_file import MOST_ROWS, Row


class MembersForm(Styled, forms.Form):
    file = forms.FileField(
        label="File of members",
        help_text="CSV in UTF-8, or an Excel workbook (.xlsx) whose first sheet counts.",
        error_messages={"required": "Choose the file.", "empty": "This file is empty."},
    )


class LookedAtForm(forms.Form):
    """The rows of a file that were looked at, to be brought in."""

    rows = forms.CharField(max_length=1_000_000, widget=forms.HiddenInput)

    def clean_rows(self) -> tuple[Row, ...]:
        try:
            said: Any = json.loads(self.cleaned_data["rows"])
            rows = tuple(
                Row(int(n), *(str(x)[:120] for x in cells), date.fromisoformat(since))
                for n, *cells, since in said
            )
        except (ValueError, TypeError):
            raise forms.ValidationError("The rows cannot be read. Upload the file again.") from None
        if not 0 < len(rows) <= MOST_ROWS:
            raise forms.ValidationError("There is no row to bring in. Upload the file again.")
        return rows


def kept(rows: tuple[Row, ...]) -> str:
    """Rows as the form keeps them between looking and bringing in."""
    return json.dumps(
        [[r.number, r.body, r.seat, r.name, r.email, r.organisation, str(r.since)] for r in rows]
    )
