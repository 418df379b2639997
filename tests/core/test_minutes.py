"""Minutes that two people write at once: brought together, or both shown, and nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openscrutiny.core.minutes import Conflict, merged, plain

BASE = {"opening": "Began.", "1": "One.", "2": "Two."}
SECTIONS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["x", "y", "z", ""]))


def test_changes_to_different_items_are_brought_together() -> None:
    found = merged(base=BASE, theirs={**BASE, "1": "One, theirs."}, mine={**BASE, "2": "Mine."})
    assert found.sections == {"opening": "Began.", "1": "One, theirs.", "2": "Mine."}
    assert found.conflicts == ()


def test_changes_to_the_same_item_are_a_conflict_with_both_texts() -> None:
    found = merged(base=BASE, theirs={**BASE, "1": "Theirs."}, mine={**BASE, "1": "Mine."})
    assert found.conflicts == (Conflict("1", "Mine.", "Theirs."),)
    assert found.sections["1"] == "Mine."


def test_the_same_change_by_both_is_no_conflict() -> None:
    found = merged(base=BASE, theirs={**BASE, "1": "Same."}, mine={**BASE, "1": "Same.\r\n"})
    assert found.conflicts == ()
    assert found.sections["1"] == "Same."


def test_a_part_that_is_not_sent_is_unchanged() -> None:
    found = merged(base=BASE, theirs={**BASE, "1": "Theirs."}, mine={"2": "Mine."})
    assert found.sections == {"opening": "Began.", "1": "Theirs.", "2": "Mine."}


def test_text_that_one_emptied_and_the_other_changed_is_a_conflict() -> None:
    found = merged(base=BASE, theirs={**BASE, "1": ""}, mine={**BASE, "1": "Mine."})
    assert found.conflicts == (Conflict("1", "Mine.", ""),)


def test_a_part_that_came_since_stays() -> None:
    found = merged(base=BASE, theirs={**BASE, "3": "New."}, mine=BASE)
    assert found.sections["3"] == "New."


def test_line_ends_of_a_browser_change_nothing() -> None:
    assert plain("a\r\nb\rc  \n\n") == "a\nb\nc"
    found = merged(base={"1": "a\nb"}, theirs={"1": "z"}, mine={"1": "a\r\nb\r\n"})
    assert found.conflicts == ()
    assert found.sections == {"1": "z"}


@given(SECTIONS, SECTIONS, SECTIONS)
def test_nothing_either_wrote_is_lost(
    base: dict[str, str], theirs: dict[str, str], mine: dict[str, str]
) -> None:
    found = merged(base=base, theirs=theirs, mine=mine)
    shown = {c.section: {c.mine, c.theirs} for c in found.conflicts}
    for name in {*theirs, *mine}:
        before = base.get(name, "")
        for side in (theirs, mine):
            wrote = side.get(name, before if side is mine else "")
            if wrote != before:
                assert wrote in {found.sections[name], *shown.get(name, ())}


@given(SECTIONS, SECTIONS)
def test_alone_one_has_exactly_what_one_wrote(base: dict[str, str], mine: dict[str, str]) -> None:
    found = merged(base=base, theirs=base, mine=mine)
    assert found.conflicts == ()
    assert found.sections == {**base, **mine}
