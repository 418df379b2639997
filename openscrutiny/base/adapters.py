"""What the sign-in library asks of us: our sentences, who may sign up, how keys are kept."""

from __future__ import annotations

import base64
import time
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from openscrutiny.base import accounts, second_factor, sign_ins
from openscrutiny.base.codes import new_key
from openscrutiny.base.layout import PRODUCT, area_set
from openscrutiny.base.models import User
from openscrutiny.core.permits import NotPermitted

_NOT_TOGETHER = (
    "This name and password do not belong together. Check both, including capital letters, or ask "
    "the administrator for a new set-up address."
)
_WRONG_CODE = (
    "This code is wrong, was used before or is too old. Wait until your app shows the next one and "
    "enter that. Check that the clock of your phone is right."
)
_TOO_OFTEN = "There were too many attempts. Wait five minutes, then try again."
# What is said after something was done, by the name the library has for it.
_DONE = {
    "account/messages/password_changed.txt": "Your password was changed.",
    "mfa/messages/totp_deactivated.txt": "Your authenticator app was removed.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Signing in by name and password. Accounts are made by the administrator alone."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _NOT_TOGETHER,
        "account_inactive": "This account is closed. Ask the administrator to open it again.",
        "too_many_login_attempts": _TOO_OFTEN,
        "rate_limited": _TOO_OFTEN,
        "incorrect_password": "This is not your password. Check capital letters and try again.",
        "enter_current_password": "This is not your password. Check capital letters and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        raise NotPermitted(
            "Nobody can make an account for themselves here.",
            "Ask the administrator of the forum to make one for you.",
        )

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in somebody who gave every proof that is asked for, with the record of it."""
        with transaction.atomic():
            super().login(request, user)
            sign_ins.begin(request, user, now=timezone.now())
            accounts.note_own("sign_in.complete", by=user, now=timezone.now())

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a refused password of an account there is; a name nobody has is kept nowhere.

        Attempts beyond the limit do not come here, so nobody fills the record by guessing.
        """
        name = str(credentials.get("username") or "")
        user = User.objects.filter(username__iexact=name).first()
        if user is not None:
            accounts.note_refused("sign_in.refuse_password", of=user, now=timezone.now())

    def is_reauthentication_required(self, **_: Any) -> bool:
        """Whether the last proof is too old. Who has a second factor proves it by a code."""
        request = context.request
        if second_factor.is_set_up(request.user):
            last = second_factor.given_at(request) or 0.0
        else:
            known = get_authentication_records(request, request.user)
            last = max((r["at"] for r in known if r["method"] == "password"), default=0.0)
        return time.time() - last > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """One way only: by the code where there is a second factor, else by the password."""
        if not user.is_authenticated:
            return []
        name = "mfa_reauthenticate" if second_factor.is_set_up(user) else "account_reauthenticate"
        return [{"id": name, "description": "", "url": reverse(name)}]

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if message_template in _DONE:
            messages.success(request, _DONE[message_template])


class SecondFactorAdapter(DefaultMFAAdapter):
    """The codes: our sentences, the name an app shows, and keys that are kept encrypted."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _WRONG_CODE,
        "cannot_generate_recovery_codes": "Set up an authenticator app before recovery codes.",
    }

    def get_totp_issuer(self) -> str:
        areas = area_set()
        return f"{PRODUCT} {areas.place}" if areas else PRODUCT

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The key; one that nobody has where the installation's secret was lost meanwhile.

        Then no code is right, and the administrator resets the second factor.
        """
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return new_key()


def _cipher() -> MultiFernet:
    """Keys derived from the installation's secret, the present one first."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [sha256(b"second factor:" + s.encode()).digest() for s in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(d)) for d in digests])
