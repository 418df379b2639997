"""Terms of reference: how they are read, and what cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from openscrutiny.core.calendar import Term, Unit
from openscrutiny.core.terms import Organisation, OrganisationKind, TermsOfReference

BODIES = [
    {"code": "forum", "name": "Town Forum", "kind": "forum"},
    {"code": "police", "name": "Town Police", "kind": "police"},
    {"code": "housing", "name": "Town Housing", "kind": "partner"},
    {"code": "panel", "name": "Town Panel", "kind": "verifier"},
    {"code": "committee", "name": "Town Committee", "kind": "committee"},
]


def allowed(length: int = 20, unit: str = "working days") -> dict[str, Any]:
    return {"length": length, "unit": unit, "source": "Own rule."}


def definition(**changes: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "valid_from": "2024-04-01",
        "areas": "town",
        "forum": "Town Forum",
        "parent_committee": "Town Committee",
        "time_zone": "Europe/London",
        "holidays": "england-and-wales",
        "closed_days": [{"date": "2025-12-24", "name": "Closing day"}],
        "strands": ["race", "age"],
        "organisations": BODIES,
        "respondent": "police",
        "deadlines": {
            "question_acknowledgement": allowed(3),
            "question_answer": allowed(20),
            "recommendation_response": allowed(56, "calendar days"),
            "progress_update": allowed(90, "calendar days"),
        },
        "due_soon_days": 5,
        **changes,
    }


def without(*codes: str) -> list[dict[str, str]]:
    return [b for b in BODIES if b["code"] not in codes]


def test_terms_of_reference_are_read() -> None:
    terms = TermsOfReference.parse("town", definition())
    assert terms.valid_from == date(2024, 4, 1)
    assert terms.closed_days == ((date(2025, 12, 24), "Closing day"),)
    assert terms.deadlines.question_answer.term == Term(20, Unit.WORKING)
    assert terms.deadlines.recommendation_response.term == Term(56, Unit.CALENDAR)
    assert terms.deadlines.progress_update.source == "Own rule."
    assert terms.organisation("housing") == Organisation(
        "housing", "Town Housing", OrganisationKind.PARTNER
    )
    assert [o.code for o in terms.of_kind(OrganisationKind.VERIFIER)] == ["panel"]


def test_a_date_may_stand_without_quotation_marks() -> None:
    terms = TermsOfReference.parse("town", definition(valid_from=date(2025, 4, 1)))
    assert terms.valid_from == date(2025, 4, 1)


def test_no_closed_days_may_be_left_out() -> None:
    data = definition()
    del data["closed_days"]
    assert TermsOfReference.parse("town", data).closed_days == ()


def test_an_organisation_that_does_not_exist_is_answered_with_those_that_do() -> None:
    terms = TermsOfReference.parse("town", definition())
    with pytest.raises(KeyError, match="forum, police, housing, panel, committee"):
        terms.organisation("nobody")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"colour": "red"}, "unknown keys"),
        ({"valid_from": "April"}, "“April” is not a date"),
        ({"organisations": [*BODIES, BODIES[2]]}, "code stands twice"),
        ({"organisations": without("forum")}, "exactly one forum"),
        ({"organisations": without("committee")}, "exactly one committee"),
        ({"organisations": without("panel")}, "a body that verifies is missing"),
        ({"organisations": [{**BODIES[0], "kind": "person"}, *BODIES[1:]]}, "person"),
        ({"respondent": "nobody"}, "“nobody” is no organisation"),
        ({"respondent": "panel"}, "Only the police or a partner answers"),
        ({"respondent": "forum"}, "Only the police or a partner answers"),
        ({"strands": []}, "each strand in the remit once"),
        ({"strands": ["race", "race"]}, "each strand in the remit once"),
        ({"due_soon_days": -1}, "less than 0"),
        ({"time_zone": "Europe/Camelot"}, "“Europe/Camelot” is not a time zone"),
        ({"time_zone": "../London"}, "is not a time zone"),
        ({"deadlines": {"question_answer": allowed()}}, "missing.*progress_update"),
        ({"deadlines": {**definition()["deadlines"], "tea": allowed()}}, "unknown keys.*tea"),
        ({"deadlines": {**definition()["deadlines"], "progress_update": allowed(0)}}, "at least 1"),
    ],
)
def test_what_is_wrong_in_terms_of_reference_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        TermsOfReference.parse("town", definition(**changes))


def test_a_missing_key_is_named() -> None:
    data = definition()
    del data["respondent"]
    with pytest.raises(ValueError, match=r"missing: \['respondent'\]"):
        TermsOfReference.parse("town", data)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"organisations": [*BODIES, BODIES[2]]}, "an organisation's code stands twice."),
        (
            {"organisations": without("committee")},
            "there must be exactly one committee among the bodies.",
        ),
        ({"respondent": "nobody"}, "the respondent “nobody” is no organisation."),
        (
            {"respondent": "panel"},
            (
                "“panel” cannot be the respondent. Only the police or a partner answers; a forum "
                "or a verifier would be judging its own work."
            ),
        ),
        ({"organisations": without("panel")}, "a body that verifies is missing."),
        ({"strands": []}, "name each strand in the remit once."),
        ({"due_soon_days": -1}, "due_soon_days cannot be less than 0."),
        ({"time_zone": "Europe/Camelot"}, "“Europe/Camelot” is not a time zone."),
        (
            {"valid_from": "April"},
            "“April” is not a date. Write it as YYYY-MM-DD, such as 2025-04-01.",
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_whole_sentence(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match="town") as refused:
        TermsOfReference.parse("town", definition(**changes))
    assert str(refused.value) == f"town: {sentence}"


def test_keys_that_do_not_belong_are_told_with_those_that_do() -> None:
    deadlines = dict(definition()["deadlines"])
    with pytest.raises(ValueError, match="unknown") as unknown:
        TermsOfReference.parse("town", definition(deadlines={**deadlines, "tea": allowed()}))
    assert str(unknown.value) == (
        "town, deadlines: unknown keys ['tea']; the keys are ['progress_update', "
        "'question_acknowledgement', 'question_answer', 'recommendation_response']."
    )
    del deadlines["question_answer"]
    with pytest.raises(ValueError, match="missing") as missing:
        TermsOfReference.parse("town", definition(deadlines=deadlines))
    assert str(missing.value) == "town, deadlines: these keys are missing: ['question_answer']."


def test_everything_that_was_written_is_kept() -> None:
    terms = TermsOfReference.parse("town", definition(version="2", due_soon_days="0"))
    assert (terms.id, terms.version, terms.due_soon_days) == ("town", 2, 0)
    assert (terms.areas, terms.forum, terms.parent_committee) == (
        "town",
        "Town Forum",
        "Town Committee",
    )
    assert (terms.time_zone, terms.holidays) == ("Europe/London", "england-and-wales")
    assert terms.strands == ("race", "age")
    assert terms.respondent == "police"
    assert [(o.code, o.name) for o in terms.organisations] == [
        (b["code"], b["name"]) for b in BODIES
    ]
    assert terms.deadlines.question_acknowledgement.term == Term(3, Unit.WORKING)
    assert TermsOfReference.parse("town", definition(closed_days=None)).closed_days == ()


def test_a_partner_may_be_the_respondent_and_an_unknown_body_is_answered_in_full() -> None:
    terms = TermsOfReference.parse("town", definition(respondent="housing"))
    assert terms.respondent == "housing"
    with pytest.raises(KeyError) as unknown:
        terms.organisation("nobody")
    assert unknown.value.args[0] == (
        "“nobody” is not an organisation of Town Forum. There are: forum, police, housing, panel, "
        "committee."
    )
