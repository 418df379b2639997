"""The strands, which are never added up."""

import itertools

import pytest

from openscrutiny.core.months import Month
from openscrutiny.core.taxonomy import OverlappingStrands, Taxonomy
from openscrutiny.warehouse import definitions

STRANDS = definitions.taxonomy()


def test_one_strand_is_no_sum() -> None:
    for code in STRANDS.codes:
        STRANDS.refuse_sum([code])
        STRANDS.refuse_sum([code, code])


@pytest.mark.parametrize("pair", list(itertools.combinations(STRANDS.codes, 2)))
def test_no_two_strands_can_be_added(pair: tuple[str, str]) -> None:
    with pytest.raises(OverlappingStrands) as refusal:
        STRANDS.refuse_sum(pair)
    sentence = str(refusal.value)
    assert all(STRANDS[code].label in sentence for code in pair)
    assert "cannot be added up" in sentence
    assert STRANDS.total.label in sentence


def test_the_refusal_says_which_strand_lies_inside_which() -> None:
    with pytest.raises(OverlappingStrands, match="Antisemitic is counted inside Religion"):
        STRANDS.refuse_sum(["antisemitic", "religion"])
    with pytest.raises(OverlappingStrands, match="one offence can carry several"):
        STRANDS.refuse_sum(["disability", "transgender"])


def test_the_forums_seven_strands_are_there_and_two_of_them_are_not_monitored() -> None:
    remit = {"age", "gender", "race", "disability", "religion", "sexual_orientation", "transgender"}
    assert remit <= set(STRANDS.codes)
    assert {s.code for s in STRANDS.strands if s.police_from is None} == {"age", "gender"}


def test_every_strand_leads_up_to_the_total() -> None:
    for strand in STRANDS.strands:
        line = [s.code for s in STRANDS.ancestors(strand.code)]
        assert strand is STRANDS.total or line[-1] == STRANDS.total.code


def test_a_strand_exists_only_within_its_dates() -> None:
    data = {
        "strands": [
            {"code": "all", "label": "All", "in_words": "x", "valid_from": "2000-01"},
            {
                "code": "old",
                "label": "Old",
                "in_words": "x",
                "parent": "all",
                "valid_from": "2001-01",
                "valid_to": "2001-12",
            },
        ]
    }
    tree = Taxonomy.parse(data)
    found = [len(tree.on(Month.parse(m))) for m in ("1999-12", "2000-12", "2001-06", "2002-01")]
    assert found == [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("strands", "complaint"),
    [
        ([("a", None), ("a", "a")], "twice"),
        ([("a", None), ("b", "c")], "not a strand"),
        ([("a", None), ("b", None)], "exactly one"),
    ],
)
def test_a_tree_that_is_none_is_refused(
    strands: list[tuple[str, str | None]], complaint: str
) -> None:
    data = {
        "strands": [
            {"code": c, "label": c, "in_words": c, "parent": p, "valid_from": "2000-01"}
            for c, p in strands
        ]
    }
    with pytest.raises(ValueError, match=complaint):
        Taxonomy.parse(data)
