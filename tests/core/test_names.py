"""Which names are alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.names import alike


@pytest.mark.parametrize(
    "name", ["zofia harcastle", "ZOFIA  HARCASTLE", "Zofia Hárcastle", " Zofia-Harcastle. "]
)
def test_case_accents_spaces_and_marks_make_no_other_name(name: str) -> None:
    assert alike(name) == alike("Zofia Harcastle")


def test_other_letters_make_another_name_in_any_writing() -> None:
    assert alike("Zofia Harcastle") != alike("Zofia Hardcastle")
    assert alike("Оля Бєлова") == alike("оля бєлова") != ""
    assert alike("…") == ""


@given(st.text(max_size=40))
def test_what_is_alike_stays_so(name: str) -> None:
    assert alike(alike(name)) == alike(name)
    assert alike(f" {name.upper()} ") == alike(name.upper())
