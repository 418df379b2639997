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
                Row(int(n), *_texts(cells, 5), date.fromisoformat(since), *_texts(rest, 2))
                for n, cells, since, rest in said
            )
        except (ValueError, TypeError):
            raise forms.ValidationError("The rows cannot be read. Upload the file again.") from None
        if not 0 < len(rows) <= MOST_ROWS:
            raise forms.ValidationError("There is no row to bring in. Upload the file again.")
        return rows


def _texts(cells: Any, number: int) -> list[str]:
    if not isinstance(cells, list) or len(cells) != number:
        raise ValueError("a row of another shape")
    return [str(cell)[:120] for cell in cells]


def kept(rows: tuple[Row, ...]) -> str:
    """Rows as the form keeps them between looking and bringing in."""
    return json.dumps(
        [
            [
                r.number,
                [r.body, r.seat, r.name, r.email, r.organisation],
                str(r.since),
                [r.substitute_for, r.person],
            ]
            for r in rows
        ]
    )
