"""Lines of enquiry: how one is read, chosen and filled."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from openscrutiny.core.checks import decide
from openscrutiny.core.enquiries import (
    PLACEHOLDERS,
    Enquiry,
    NoEnquiry,
    Outcome,
    enquiry_for,
    refuse_ambiguous,
)
from openscrutiny.core.findings import Finding
from openscrutiny.core.wording import named_parts
from openscrutiny.warehouse import definitions
from tests.core.invented import MEASURES, TAXONOMY, WHOLE, town
from tests.core.test_wording import AREAS, CAMDEN, YEAR

ABOUT: dict[str, Any] = {"areas": AREAS, "taxonomy": TAXONOMY}


def possible() -> set[tuple[str, str, str, str]]:
    """Every measure, kind, direction and scope that the statistics do test, in a quiet town."""
    counts = town(1)
    tested = set()
    for measure in MEASURES.values():
        for test in decide(measure, counts, whole=WHOLE, taxonomy=TAXONOMY).tests:
            for scope, part in (("area", test.p[:-1]), ("whole", test.p[-1:])):
                if np.isfinite(part).any():
                    tested |= {(measure.id, test.kind, d, scope) for d in ("higher", "lower")}
    return tested


POSSIBLE = sorted(possible())


def definition(**changes: Any) -> dict[str, Any]:
    return {
        "for": {"measure": "m", "kind": "over_time", "direction": "any", "scope": "any"},
        "title": "More {strand} in {area}",
        "why": "The forum wants to know.",
        "could_explain": ["An event."],
        "ask": ["What explains {value}?", "What was done in {period}?"],
        "evidence": ["A list."],
        "outcome": "fight crime",
        "review_on": "2027-11-30",
        **changes,
    }


def enquiry(id: str = "e", **where: str) -> Enquiry:
    wanted = {"measure": "m", "kind": "over_time", "direction": "any", "scope": "any", **where}
    return Enquiry.parse(id, definition(**{"for": wanted}))


def finding(measure: str, kind: str, direction: str, scope: str) -> Finding:
    month = kind == "over_time" and measure == "recorded_offences"
    return replace(
        CAMDEN,
        measure=measure,
        kind=kind,
        direction=direction,
        scope=scope,
        area=AREAS.id if scope == "whole" else "A1",
        period=CAMDEN.period if month else YEAR,
    )


def test_a_line_of_enquiry_is_read() -> None:
    read = Enquiry.parse("e", definition())
    assert (read.measure, read.kind, read.direction, read.scope) == ("m", "over_time", "any", "any")
    assert read.outcome is Outcome.FIGHT_CRIME
    assert read.ask == ("What explains {value}?", "What was done in {period}?")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"ask": ["What explains {colour}?", "Why?"]},
            "“{colour}” cannot be filled; there are are",
        ),
        ({"title": "More {}"}, "“{}” cannot be filled"),
        ({"title": "More {area.name}"}, "cannot be filled"),
        ({"title": "More {value:.2f}"}, "cannot be filled"),
        ({"title": "More {area!r}"}, "cannot be filled"),
        ({"evidence": ["A list of {area"]}, "a brace that does not belong"),
        ({"ask": ["Why?"]}, "2 to 4 questions, not 1"),
        ({"ask": ["Why?"] * 5}, "2 to 4 questions, not 5"),
        ({"ask": "What explains it?"}, "ask is not a list of texts"),
        ({"evidence": [{"a": "b"}]}, "evidence is not a list of texts"),
        ({"title": 7}, "title is not a text"),
        ({"why": " "}, "why is not a text"),
        ({"could_explain": []}, "say what could explain"),
        ({"evidence": []}, "say what could explain"),
        ({"outcome": "win a prize"}, "win a prize"),
        ({"review_on": "soon"}, "“soon” is not a date"),
        ({"colour": "red"}, "unknown keys"),
        ({"for": {"measure": "m", "kind": "over_time", "scope": "any"}}, "missing.*direction"),
        (
            {"for": {"measure": "m", "kind": "odd", "direction": "any", "scope": "any"}},
            "kind is “odd”; it can be between, over_time",
        ),
        (
            {"for": {"measure": "m", "kind": "between", "direction": "up", "scope": "any"}},
            "direction is “up”",
        ),
        (
            {"for": {"measure": "m", "kind": "between", "direction": "any", "scope": "town"}},
            "scope is “town”",
        ),
    ],
)
def test_what_is_wrong_in_a_line_of_enquiry_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Enquiry.parse("e", definition(**changes))


def test_the_most_specific_line_of_enquiry_is_taken() -> None:
    general, higher, both = (
        enquiry("general"),
        enquiry("higher", direction="higher"),
        enquiry("both", direction="higher", scope="whole"),
    )
    every = (general, both, higher)
    wanted = {"measure": "m", "kind": "over_time"}
    assert enquiry_for(every, **wanted, direction="lower", scope="area") is general
    assert enquiry_for(every, **wanted, direction="higher", scope="area") is higher
    assert enquiry_for(every, **wanted, direction="higher", scope="whole") is both


def test_a_finding_without_a_line_of_enquiry_says_what_to_add() -> None:
    with pytest.raises(NoEnquiry, match=r"m, between, higher, area.*definitions/enquiries"):
        enquiry_for([enquiry()], measure="m", kind="between", direction="higher", scope="area")


def test_two_equally_specific_lines_of_enquiry_are_refused() -> None:
    one, other = enquiry("one", direction="higher"), enquiry("other", scope="whole")
    with pytest.raises(NoEnquiry, match="one and other are equally specific"):
        refuse_ambiguous([one, other])
    refuse_ambiguous([one, other, enquiry("closer", direction="higher", scope="whole")])
    refuse_ambiguous([one, enquiry("elsewhere", kind="between", direction="higher")])


def test_the_parts_of_a_finding_are_what_may_stand_in_braces() -> None:
    parts = named_parts(CAMDEN, measure=MEASURES["recorded_offences"], **ABOUT)
    assert set(parts) == PLACEHOLDERS
    assert parts == {
        "area": "Camden",
        "areas": "boroughs",
        "baseline": "the 14 months March 2024 to April 2025",
        "count": "41",
        "crimes": "antisemitic hate crimes",
        "period": "May 2025",
        "place": "London",
        "police": "the police",
        "strand": "antisemitic hate crime",
        "usual": "between 14 and 33",
        "value": "41 offences",
    }


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("recorded_offences", 1, "1 offence"),
        ("recorded_offences", 1041, "1,041 offences"),
        ("offences_per_1000", 3.2, "3.20 per 1,000 residents a year"),
        ("outcomes_per_100", 8.13, "8.1 per 100 offences"),
        ("share_of_whole", 6.3, "6.3 per cent of the whole"),
        ("year_on_year", 35.4, "35 per cent more"),
        ("year_on_year", -12.0, "12 per cent fewer"),
        ("year_on_year", 0.2, "about as many"),
    ],
)
def test_a_figure_is_named_with_its_unit(measure: str, value: float, said: str) -> None:
    found = replace(CAMDEN, measure=measure, value=value)
    parts = named_parts(found, measure=MEASURES[measure], **ABOUT)
    assert parts["value"] == said


@pytest.mark.parametrize("which", POSSIBLE, ids="-".join)
def test_every_possible_finding_has_one_line_of_enquiry_that_fills(
    which: tuple[str, str, str, str],
) -> None:
    measure, kind, direction, scope = which
    wanted = {"measure": measure, "kind": kind, "direction": direction, "scope": scope}
    chosen = enquiry_for(definitions.enquiries().values(), **wanted)
    assert chosen.fits(**wanted)
    parts = named_parts(finding(*which), measure=MEASURES[measure], **ABOUT)
    filled = chosen.filled(parts)
    assert not any(brace in text for text in filled.texts for brace in "{}")
    assert parts["value"] in filled.ask[0]
    assert parts["usual"] in filled.ask[0]
    assert parts["strand"] in filled.title


def test_every_line_of_enquiry_is_for_findings_that_can_be() -> None:
    defined = definitions.enquiries()
    names = ("measure", "kind", "direction", "scope")
    chosen = {
        enquiry_for(defined.values(), **dict(zip(names, which, strict=True))).id
        for which in POSSIBLE
    }
    assert chosen == set(defined)


def test_no_line_of_enquiry_promises_that_recorded_crime_is_crime() -> None:
    """Recorded volume is ambiguous: its questions ask what explains it, and blame nobody."""
    for one in definitions.enquiries().values():
        assert "explains" in one.ask[0], one.id
        for text in one.texts:
            assert not re.search(r"\b(failed|failure|blame|worst|best|crime wave)\b", text), one.id
