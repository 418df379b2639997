"""People for tests: somebody in a role, and signing them in with both factors."""

from __future__ import annotations

import time
from datetime import date

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.test import Client

from openscrutiny.base.models import Organisation, RoleHeld, User
from openscrutiny.base.services import KIND_OF_ROLE
from openscrutiny.core.permits import Role
from tests.city import NOW

PASSWORD = "correct horse battery"
# The key of every test person's authenticator app, in base 32.
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SINCE = date(2020, 1, 1)


def organisation_for(role: Role) -> Organisation:
    """An organisation of the kind this role is held for, made where there is none."""
    kind = KIND_OF_ROLE[role]
    found = Organisation.objects.filter(kind=kind).order_by("pk").first()
    return found or Organisation.objects.create(code=kind, name=f"The {kind}", kind=kind)


def person(role: Role, *, organisation: Organisation | None = None, name: str = "") -> User:
    """Somebody who holds a role since 2020, with a password and an authenticator app."""
    user = User.objects.create(
        username=name or f"{role.value}-{User.objects.count() + 1}",
        password=make_password(PASSWORD),
        created_at=NOW,
    )
    RoleHeld.objects.create(
        user=user,
        organisation=organisation or organisation_for(role),
        role=role.value,
        since=SINCE,
    )
    TOTP.activate(user, KEY)
    return user


def sign_in(client: Client, user: User) -> Client:
    """Sign somebody in as if they had given both the password and the code."""
    client.force_login(user)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        session = client.session
        session["second_factor"] = [user.pk, time.time()]
        session.save()
    return client
