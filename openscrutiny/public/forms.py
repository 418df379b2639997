"""What people bring to a publication: the answers to the checks, a reason for taking it back."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.core.workflow import NotPossible
from openscrutiny.public.checks import GROUNDS, Checks, NotChecked
from openscrutiny.public.models import Publication

_LONGEST = 5000
_YES_OR_NO = [("", "Choose"), ("no", "No"), ("yes", "Yes")]


def _yes_or_no(label: str, missing: str, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=_YES_OR_NO,
        coerce=lambda said: said == "yes",
        help_text=help_text,
        error_messages={"required": missing},
    )


class PrepareForm(Styled, forms.Form):
    """The checks before an account is published."""

    exempt = _yes_or_no(
        "Does it contain exempt information?",
        "Say whether it contains exempt information.",
        "Information that Schedule 12A to the Local Government Act 1972 allows to be withheld.",
    )
    ground = forms.ChoiceField(
        label="If yes: on which ground",
        required=False,
        choices=[("", "None"), *GROUNDS.items()],
    )
    public_interest = forms.CharField(
        label="If yes: why it may be published all the same (the public-interest test)",
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    recognisable = _yes_or_no(
        "Could anybody be recognised from it?",
        "Say whether anybody could be recognised.",
        "A victim, a suspect, an officer, a witness; alone or together with what people know.",
    )
    looked_at = forms.CharField(
        label="What was looked at to find that out",
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down what you looked at."},
    )
    small_numbers_confirmed = forms.TypedChoiceField(
        label="Do all small numbers listed above come from figures already published?",
        required=False,
        choices=_YES_OR_NO,
        coerce=lambda said: said == "yes",
        empty_value=False,
    )
    fingerprint = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, few: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not few:
            del self.fields["small_numbers_confirmed"]

    def checks(self) -> Checks:
        """The answers of a valid form."""
        return Checks(**{"small_numbers_confirmed": False, **self.cleaned_data})

    def refused(self, error: NotPossible, fingerprint: str) -> PrepareForm:
        """The same form, as typed, with every reason; for the account as it is now."""
        if isinstance(error, NotChecked):
            for unmet in error.unmet:
                self.add_error(unmet.answer or None, f"{unmet.reason} {unmet.what_to_do}")
        else:
            self.add_error(None, f"{error.reason} {error.what_to_do}")
        self.data = {**self.data.dict(), "fingerprint": fingerprint}
        return self


class WithdrawalForm(Styled, forms.Form):
    """Why an account should be taken back. Both answers will be public."""

    code = forms.ChoiceField(
        label="What kind of reason",
        choices=[("", "Choose"), *Publication.Code.choices],
        error_messages={"required": "Choose what kind of reason it is."},
    )
    reason = forms.CharField(
        label="The reason, as the public will read it",
        help_text="Do not name or describe anybody. Where somebody could be recognised, only the "
        "kind of reason is made public, and this stays with the forum.",
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write the reason."},
    )
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def refused(self, error: NotPossible) -> WithdrawalForm:
        """The same form, as typed, with the reason why it was refused."""
        self.add_error(None, f"{error.reason} {error.what_to_do}")
        return self
