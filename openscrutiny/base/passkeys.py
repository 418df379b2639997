"""Passkeys as a second factor beside an authenticator app: what a browser says of one, checked."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as key_forms
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from openscrutiny.base.forms import Styled
from openscrutiny.base.models import User

_REFUSED = "This passkey was not taken. Use one that you added here, or enter a code."
_NOT_ADDED = (
    "What the browser said of the passkey cannot be used. Try again, or use another device."
)
# What the library lets through where what a browser is said to have answered is made up.
_MADE_UP = (TypeError, ValueError, KeyError, AttributeError, LookupError, InvalidSignature)


def passkeys_of(user: Any) -> QuerySet[Authenticator]:
    """The passkeys of a person, oldest first."""
    found = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
    return found.order_by("pk")


class PasskeyForm(key_forms.AuthenticateWebAuthnForm):
    """A passkey in place of a code at sign-in."""

    user: User

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()
        except ValidationError as error:
            # Too many attempts are said as they are.
            if error.code != "incorrect_code":
                raise
            raise ValidationError(_REFUSED, code="incorrect_code") from None
        except _MADE_UP:
            raise ValidationError(_REFUSED, code="incorrect_code") from None
        return found


class AddPasskeyForm(Styled, key_forms.AddWebAuthnForm):
    """A new passkey, and what its owner calls it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["name"]
        field.label = "What you call it"
        field.help_text = "So that you know it again, such as: my phone."
        field.max_length = 60
        field.widget.attrs.update(maxlength="60", autocomplete="off")
        self.fields["credential"].error_messages["required"] = _NOT_ADDED

    def clean_name(self) -> str:
        return str(super().clean_name())[:60]

    def clean(self) -> Any:
        try:
            return super().clean()
        except (ValidationError, *_MADE_UP):
            self.add_error("credential", ValidationError(_NOT_ADDED, code="incorrect_code"))
            return self.cleaned_data


def has_app(user: Any) -> bool:
    """Whether a person has an authenticator app, beside which a passkey may stand."""
    return bool(get_adapter().is_mfa_enabled(user, [Authenticator.Type.TOTP]))
