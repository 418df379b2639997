"""The strands, which are never added up."""

import itertools

import pytest

from openscrutiny.core.months import Month
from openscrutiny.core.taxonomy import OverlappingStrands, Strand, Taxonomy
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


def test_the_refusal_is_one_plain_sentence_and_says_what_to_use() -> None:
    with pytest.raises(OverlappingStrands) as refusal:
        STRANDS.refuse_sum(["antisemitic", "disability", "religion", "race_religion"])
    assert str(refusal.value) == (
        "Antisemitic, Disability, Religion or belief and Race or religion cannot be added up: "
        "Antisemitic is counted inside Religion or belief; Antisemitic is counted inside Race or "
        "religion; Religion or belief is counted inside Race or religion. For the number of "
        "offences use “All hate crime”, which counts each offence once."
    )
    with pytest.raises(OverlappingStrands) as refusal:
        STRANDS.refuse_sum(["disability", "transgender"])
    assert str(refusal.value).startswith(
        "Disability and Transgender cannot be added up: one offence can carry several of these "
        "strands, so it would be counted twice. For"
    )


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


def tree() -> Taxonomy:
    """Two strands, one of them given up after a year."""
    return Taxonomy.parse(
        {
            "strands": [
                {"code": "all", "label": "All", "in_words": "crime", "valid_from": "2000-01"},
                {
                    "code": "old",
                    "label": "Old one",
                    "in_words": "old crime",
                    "parent": "all",
                    "valid_from": "2001-01",
                    "valid_to": "2001-12",
                    "police_from": "2001-03",
                    "note": "Given up.",
                },
            ]
        }
    )


def test_everything_a_definition_says_of_a_strand_is_kept() -> None:
    first, last, police = (Month.parse(m) for m in ("2001-01", "2001-12", "2001-03"))
    assert tree()["old"] == Strand(
        "old", "Old one", "all", first, last, police, "old crime", "Given up."
    )
    assert tree()["all"] == Strand(
        "all", "All", None, Month.parse("2000-01"), None, None, "crime", ""
    )


@pytest.mark.parametrize(
    ("month", "codes"),
    [
        ("1999-12", []),
        ("2000-01", ["all"]),
        ("2000-12", ["all"]),
        ("2001-01", ["all", "old"]),
        ("2001-12", ["all", "old"]),
        ("2002-01", ["all"]),
    ],
)
def test_a_strand_exists_from_its_first_month_to_its_last(month: str, codes: list[str]) -> None:
    assert [s.code for s in tree().on(Month.parse(month))] == codes


def test_an_unknown_strand_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError) as refusal:
        tree()["new"]
    assert refusal.value.args == ("“new” is not a strand. The strands are all, old.",)


@pytest.mark.parametrize("label", ["old", "OLD", "Old one", " old ONE "])
def test_a_strand_is_found_by_its_code_or_its_label(label: str) -> None:
    assert tree().find(label) == tree()["old"]
    assert tree().find("other") is None


def test_a_strand_knows_its_children() -> None:
    assert [s.code for s in tree().children("all")] == ["old"]
    assert tree().children("old") == ()


@pytest.mark.parametrize(
    ("strands", "complaint"),
    [
        ([("a", None), ("a", "a")], "^A strand's code stands twice in the taxonomy.$"),
        ([("a", None), ("b", "c")], "not a strand"),
        (
            [("a", None), ("b", None)],
            "^The taxonomy needs exactly one strand without a parent: the total.$",
        ),
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
