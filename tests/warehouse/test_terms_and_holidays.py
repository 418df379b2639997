"""Terms of reference, lines of enquiry and bank holidays as the product reads them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays

from openscrutiny.core.calendar import NotKnownYet, deadline
from openscrutiny.core.terms import OrganisationKind
from openscrutiny.warehouse import definitions
from openscrutiny.warehouse.definitions import DefinitionError
from openscrutiny.warehouse.holidays import UnknownHolidays, bank_holidays


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the definitions that a test may change."""
    loaders = (
        definitions.taxonomy,
        definitions.area_sets,
        definitions.measures,
        definitions.enquiries,
        definitions.terms,
        definitions._every_terms,
    )
    folder = tmp_path / "definitions"
    copytree(definitions.folder(), folder)
    monkeypatch.setenv("OPENSCRUTINY_DEFINITIONS", str(folder))
    for loader in loaders:
        loader.cache_clear()
    yield folder
    for loader in loaders:
        loader.cache_clear()


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_bank_holidays_are_those_the_package_reads_itself() -> None:
    library = BankHolidays(use_cached_holidays=True)
    listed = library.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    assert set(bank_holidays("england-and-wales").closed) == {h["date"] for h in listed}


def test_bank_holidays_are_read_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("asked the network for bank holidays")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    bank_holidays.cache_clear()
    assert bank_holidays("england-and-wales").closed[date(2025, 4, 18)] == "Good Friday"


def test_a_substitute_day_says_what_it_stands_for() -> None:
    calendar = bank_holidays("england-and-wales")
    assert calendar.closed[date(2026, 12, 28)] == "substitute day for Boxing Day"
    assert not calendar.is_working(date(2026, 12, 28))
    assert calendar.closed[date(2027, 12, 27)] == "substitute day for Christmas Day"


def test_bank_holidays_are_known_in_whole_years() -> None:
    calendar = bank_holidays("england-and-wales")
    assert calendar.known_from == date(2012, 1, 1)
    assert calendar.known_until >= date(2028, 12, 31)
    assert (calendar.known_until.month, calendar.known_until.day) == (12, 31)
    assert max(calendar.closed).year == calendar.known_until.year
    with pytest.raises(NotKnownYet):
        calendar.is_working(date(calendar.known_until.year + 1, 1, 4))


def test_an_unknown_list_of_bank_holidays_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownHolidays, match=r"“narnia”.*england-and-wales"):
        bank_holidays("narnia")


@pytest.mark.parametrize("place", ["london", "aldermere"])
def test_each_place_has_terms_with_the_published_lengths(place: str) -> None:
    terms = definitions.terms(place)
    allowed = terms.deadlines
    assert str(allowed.question_acknowledgement.term) == "3 working days"
    assert str(allowed.question_answer.term) == "20 working days"
    assert str(allowed.recommendation_response.term) == "56 calendar days"
    assert str(allowed.progress_update.term) == "90 calendar days"
    assert terms.organisation(terms.respondent).kind is OrganisationKind.POLICE
    assert set(terms.strands) == {
        "race",
        "religion",
        "sexual_orientation",
        "disability",
        "transgender",
        "age",
        "gender",
    }


def test_twenty_working_days_over_easter_with_the_published_bank_holidays() -> None:
    """By hand: 2-4 April (3), 7-11 (8), 14-17 (12; 18 Good Friday), 22-25 (16; 21 Easter Monday),
    28-30 April (19), Thursday 1 May 2025 (20)."""
    terms = definitions.terms("london")
    found = deadline(
        started=datetime(2025, 4, 1, 9, tzinfo=UTC),
        term=terms.deadlines.question_answer.term,
        calendar=definitions.calendar(terms),
        zone=terms.time_zone,
        as_of=datetime(2025, 4, 1, 9, tzinfo=UTC),
    )
    assert found.due_on == date(2025, 5, 1)


def test_days_a_forum_adds_are_closed_there_and_nowhere_else() -> None:
    closing_day = date(2025, 12, 24)
    assert definitions.calendar(definitions.terms("london")).is_working(closing_day)
    added = definitions.calendar(definitions.terms("aldermere"))
    assert not added.is_working(closing_day)
    assert added.closed[closing_day] == "Aldermere closing day"


def test_no_invented_body_stands_in_london_and_no_real_one_in_the_invented_city() -> None:
    london = {o.name for o in definitions.terms("london").organisations}
    invented = {o.name for o in definitions.terms("aldermere").organisations}
    assert all(name.startswith("Aldermere") for name in invented)
    assert not any("Aldermere" in name for name in london)


def test_a_place_without_terms_of_reference_says_what_to_do() -> None:
    with pytest.raises(DefinitionError, match=r"definitions/forums/ that says “areas: narnia”"):
        definitions.terms("narnia")


def test_a_place_with_two_terms_of_reference_is_refused(own: Path) -> None:
    terms = own / "forums" / "aldermere.yaml"
    terms.with_name("another.yaml").write_text(terms.read_text())
    with pytest.raises(DefinitionError, match="more than one"):
        definitions.terms("aldermere")


def test_terms_that_name_an_unknown_strand_or_area_set_are_refused(own: Path) -> None:
    path = own / "forums" / "london.yaml"
    changed(path, "[race, religion", "[race, shoe_size, religion")
    with pytest.raises(DefinitionError, match=r"london.yaml: unknown strands \['shoe_size'\]"):
        definitions.terms("london")
    changed(path, "shoe_size, ", "")
    changed(path, "areas: london", "areas: narnia")
    with pytest.raises(DefinitionError, match="“narnia” is not an area set"):
        definitions.terms("narnia")


def test_terms_that_name_an_unknown_list_of_bank_holidays_are_refused(own: Path) -> None:
    changed(own / "forums" / "london.yaml", "holidays: england-and-wales", "holidays: narnia")
    with pytest.raises(DefinitionError, match="london.yaml: “narnia” is not a list"):
        definitions.terms("london")


def test_a_line_of_enquiry_about_no_measure_is_refused(own: Path) -> None:
    changed(own / "enquiries" / "year_on_year-lower.yaml", "measure: year_on_year", "measure: luck")
    with pytest.raises(DefinitionError, match=r"year_on_year-lower.yaml: “luck” is not a measure"):
        definitions.enquiries()


def test_two_lines_of_enquiry_for_the_same_findings_are_refused(own: Path) -> None:
    folder = own / "enquiries"
    (folder / "again.yaml").write_text((folder / "year_on_year-lower.yaml").read_text())
    with pytest.raises(DefinitionError, match="again and year_on_year-lower are equally specific"):
        definitions.enquiries()


def test_a_placeholder_that_cannot_be_filled_is_refused_with_its_file(own: Path) -> None:
    changed(own / "enquiries" / "year_on_year-lower.yaml", "{value}", "{colour}")
    with pytest.raises(DefinitionError, match=r"year_on_year-lower.yaml: .*“{colour}” cannot be"):
        definitions.enquiries()
