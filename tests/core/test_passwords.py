"""Passwords that are guessed first, and why; and those that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.passwords import WHAT_TO_DO, Known, why_guessable

KNOWN = Known(
    own=("zofia.harcastle", "Zofia Hárcastle", "zh@tenants.example.org"),
    here=("OpenScrutiny", "Aldermere", "Aldermere Hate Crime Forum", "Brackwater Homes"),
)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("passwordpassword", "again and again"),
        ("aaaaaaaaaaaa", "again and again"),
        ("Abc!Abc!Abc!A", "again and again"),
        ("123456789012", "a run of"),
        ("qwertyuiopas", "a run of"),
        ("1q2w3e4r5t6y", "a run of"),
        ("zyxwvutsrqpo", "a run of"),
        ("iloveyou1234", "words that are tried first"),
        ("password1234", "words that are tried first"),
        ("P4ssw0rd!!!!", "words that are tried first"),
        ("Welcome-Summer", "words that are tried first"),
        ("openscrutiny", "everybody here knows"),
        ("hatecrimeforum", "everybody here knows"),
        ("aldermere2026", "everybody here knows"),
        ("2026 Brackwater Homes", "everybody here knows"),
        ("zofiaharcastle", "your own name"),
        ("Zofia.Harcastle1", "your own name"),
        ("harcastle2026!", "your own name"),
        ("zofia password", "names and words"),
        ("hedgehog2026", "one short word"),
        ("!!hedgehog!!!!", "one short word"),
    ],
)
def test_what_is_guessed_first_is_refused_with_the_reason(password: str, why: str) -> None:
    assert why in why_guessable(password, KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "violet anchor stapler",
        "quiet anchor stapler",
        "correct horse battery",
        "x7!kQ2vz#9Lw",
        "Tromsø kettle Ömer lamp",
        "the forum eats violet anchors",
        "кіт сидить під ліхтарем",
    ],
)
def test_words_that_do_not_belong_together_are_taken(password: str) -> None:
    assert why_guessable(password, KNOWN) == ""


def test_where_nothing_is_known_of_anybody_the_rules_hold_without_names() -> None:
    assert why_guessable("aldermere tenants", Known()) == ""
    assert why_guessable("passwordpassword", Known())
    assert WHAT_TO_DO.endswith(".")


@given(st.text(min_size=1, max_size=6), st.integers(2, 5))
def test_no_piece_becomes_a_password_by_being_repeated(piece: str, times: int) -> None:
    assert why_guessable(piece * times, Known())


@given(st.text(max_size=30))
def test_a_reason_is_a_whole_sentence_or_nothing(password: str) -> None:
    why = why_guessable(password, KNOWN)
    assert why == "" or (why[0].isupper() and why.endswith("."))
