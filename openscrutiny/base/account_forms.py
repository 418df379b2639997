"""Forms of signing in and of accounts."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter as account_adapter
from allauth.mfa.adapter import get_adapter as code_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import forms as recovery_forms
from allauth.mfa.totp import forms as app_forms
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache

from openscrutiny.base.codes import STEP
from openscrutiny.base.forms import OneOf, Styled
from openscrutiny.base.models import Organisation, RoleHeld, User

_PASSWORD_HELP = (
    "At least 12 characters. Three or four words that do not belong together are easy to remember "
    "and hard to guess. Passwords that many people use are refused."
)


def _say(form: Any, name: str, label: str, required: str, help_text: str = "") -> None:
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.error_messages["required"] = required


class SignInForm(Styled, account_forms.LoginForm):
    """The name of an account and its password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "login", "Name of the account", "Enter the name of your account.")
        _say(self, "password", "Password", "Enter your password.")

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.user is not None and not self.user.is_active:
            raise account_adapter().validation_error("account_inactive")
        return cleaned


class _CodeField(Styled):
    """A code as apps and paper show it; spaces do not matter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(
            self,
            "code",
            "Code",
            "Enter the code that your authenticator app shows now.",
            "Six digits from your authenticator app, or one of your recovery codes.",
        )
        field = self.fields["code"]
        field.max_length = 20
        field.widget.attrs.update(inputmode="numeric", maxlength="20")
        field.widget.attrs["class"] = "govuk-input govuk-input--width-10"


class CodeForm(_CodeField, code_forms.AuthenticateForm):
    """The second factor at sign-in. A code is taken once, even while its time is not over."""

    def clean_code(self) -> str:
        return _once(self, super().clean_code())


class ConfirmByCodeForm(_CodeField, code_forms.ReauthenticateForm):
    """The second factor again, before something that matters."""

    def clean_code(self) -> str:
        return _once(self, super().clean_code())


def _once(form: Any, code: str) -> str:
    """Refuse a code that was used: the library forgets it while its neighbours are still taken."""
    if form.authenticator.type == Authenticator.Type.TOTP:
        plain = "".join(c for c in code if c.isdigit())
        lasts = STEP * (2 * settings.MFA_TOTP_TOLERANCE + 1)
        if not cache.add(f"second-factor:{form.user.pk}:{plain}", 1, timeout=lasts):
            raise code_adapter().validation_error("incorrect_code")
    return code


class ConfirmByPasswordForm(Styled, account_forms.ReauthenticateForm):
    """The password again, of somebody who has no second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "password", "Password", "Enter your password.")


class SetUpAppForm(_CodeField, app_forms.ActivateTOTPForm):
    """The first code of an app, which shows that it has the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "Six digits that your app shows now."


class RemoveAppForm(Styled, app_forms.DeactivateTOTPForm):
    """Nothing to fill in: pressing the button is enough."""


class NewRecoveryCodesForm(Styled, recovery_forms.GenerateRecoveryCodesForm):
    """Nothing to fill in: pressing the button is enough."""


class ChangePasswordForm(Styled, account_forms.ChangePasswordForm):
    """The old password and twice the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, "oldpassword", "Your password now", "Enter the password you have now.")
        _say(self, "password1", "New password", "Enter a new password.", _PASSWORD_HELP)
        _say(self, "password2", "New password again", "Enter the new password a second time.")


class ChoosePasswordForm(Styled, forms.Form):
    """The first password of an account, twice."""

    password1 = forms.CharField(
        label="Password",
        help_text=_PASSWORD_HELP,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password."},
    )
    password2 = forms.CharField(
        label="Password again",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the password a second time."},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "The two passwords differ. Enter the same one twice.")
        return cleaned


class NewAccountForm(Styled, forms.Form):
    """The name of a new account."""

    name = forms.CharField(
        label="Name of the account",
        help_text=(
            "What the person types to sign in, and what others see beside what the person did. "
            "Letters, digits and @ . + - _ only."
        ),
        max_length=60,
        validators=[User._meta.get_field("username").validators[0]],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name for the account."},
    )


def _day(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    said = "This is not a day. Write it as 31/12/2026."
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "Choose a day.", "invalid": said},
    )


def _role() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Role",
        choices=[("", "Choose a role"), *RoleHeld.ROLES],
        error_messages={"required": "Choose a role.", "invalid_choice": "Choose a role."},
    )


def _organisation(label: str, **changed: Any) -> OneOf:
    return OneOf(
        label=label,
        queryset=Organisation.objects.all(),
        **{"empty_label": "Choose an organisation", **changed},
        error_messages={
            "required": "Choose an organisation.",
            "invalid_choice": "Choose an organisation.",
        },
    )


class GrantForm(Styled, forms.Form):
    """A role for an organisation, from a day until a day."""

    role = _role()
    organisation = _organisation("For which organisation")
    since = _day("First day")
    until = _day("Last day", "Leave it empty if there is none yet.", required=False)


class InviteForm(Styled, forms.Form):
    """A person who is invited: who, from where, in which role."""

    name = forms.CharField(
        label="Name of the person",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the name of the person."},
    )
    email = forms.EmailField(
        label="E-mail address",
        help_text="The address at which a password is chosen goes there, and nowhere else.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "govuk-input"}),
        error_messages={
            "required": "Enter the e-mail address of the person.",
            "invalid": "Enter an e-mail address like name@example.org.",
        },
    )
    organisation = _organisation(
        "Organisation the person belongs to",
        help_text="Leave it open for somebody who speaks for themselves.",
        empty_label="None",
        required=False,
    )
    role = _role()
    body = _organisation("For which organisation the role is held")


class EndForm(Styled, forms.Form):
    """The last day of a role."""

    held = forms.IntegerField(widget=forms.HiddenInput, max_value=2**31 - 1)
    until = _day("Last day", "On this day the role is still held.")


class ReasonForm(Styled, forms.Form):
    """Why an account is closed or opened, or a second factor reset."""

    reason = forms.CharField(
        label="Why? It stands in the record.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why. The reason is kept in the record."},
    )


class NothingForm(Styled, forms.Form):
    """Nothing to fill in: pressing the button is enough."""
