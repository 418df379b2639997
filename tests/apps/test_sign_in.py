"""Signing in: both factors, who must have them, and what is refused."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from openscrutiny.base.demonstration_accounts import code_at
from openscrutiny.base.models import User
from openscrutiny.core.permits import Role
from tests.people import KEY, PASSWORD, person

pytestmark = pytest.mark.django_db


def give_password(client: Client, user: User, **more: Any) -> Any:
    return client.post("/sign-in/", {"login": user.username, "password": PASSWORD, **more})


def give_code(client: Client, steps: int = 0) -> Any:
    return client.post("/sign-in/code/", {"code": code_at(KEY, time.time(), steps=steps)})


def signed_in(client: Client) -> bool:
    return "Signed in as" in client.get("/accessibility/").content.decode()


def without_app(user: User) -> User:
    Authenticator.objects.filter(user=user).delete()
    return user


def test_a_person_signs_in_with_password_and_code_and_reaches_what_was_asked_for(
    client: Client,
) -> None:
    secretary = person(Role.SECRETARIAT)
    first = give_password(client, secretary, next="/data/import/")
    assert urlsplit(first["Location"]).path == "/sign-in/code/"
    assert not signed_in(client)
    second = give_code(client)
    assert second["Location"] == "/data/import/"
    assert signed_in(client)
    assert client.get("/data/import/").status_code == 200
    client.post("/sign-out/")
    assert not signed_in(client)
