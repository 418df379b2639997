"""What is known of a person and a place is refused as a password where it is chosen."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from openscrutiny.base.guessable import GuessablePasswordValidator
from openscrutiny.base.models import User
from openscrutiny.core.permits import Role
from openscrutiny.warehouse.places import Place
from tests.apps import meeting_rooms as rooms
from tests.people import person

pytestmark = pytest.mark.django_db


def said(password: str, user: User | None) -> str:
    try:
        GuessablePasswordValidator().validate(password, user)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    return ""


def test_the_person_the_place_the_bodies_and_the_product_are_known(served: Place) -> None:
    user = person(Role.MEMBER, name="wren.castellane")
    rooms.somebody("Una Pellbridge", user=user, email="upell@tenants.example.org")
    rooms.body("practice")
    for password in ("unapellbridge1", "wrencastellane", "upell2026tenants"):
        assert "your own name" in said(password, user)
    for password in ("aldermere2026", "openscrutiny", "The Practice 2026"):
        assert "everybody here knows" in said(password, user)
        assert "everybody here knows" in said(password, None)
    assert said("unapellbridge1", None) == ""
    assert said("violet anchor stapler", user) == ""


def test_it_asks_two_questions_of_the_database(django_assert_num_queries: Any) -> None:
    user = person(Role.MEMBER)
    with django_assert_num_queries(2):
        said("violet anchor stapler", user)
    assert "guessed first" in GuessablePasswordValidator().get_help_text()
