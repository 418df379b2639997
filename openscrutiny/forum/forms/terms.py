"""What is written when the terms of reference are changed: the ordinary things, or one seat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from openscrutiny.base.forms import Styled
from openscrutiny.base.layout import area_set
from openscrutiny.core.bodies import BodyTerms, Majority, Rung, Seat
from openscrutiny.core.calendar import Unit
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.terms_changes import BODY_LENGTHS, DEADLINES
from openscrutiny.forum.forms.seats import DayField, ReasonField, YesNoField
from openscrutiny.warehouse import definitions

_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
_UNITS = [(u.value, u.value) for u in Unit]
WHOLE = "whole"


def _whole_number(label: str, *, least: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=1000,
        widget=forms.TextInput(attrs=_NUMBER),
        error_messages={
            "required": "Write a number.",
            "invalid": "Write a whole number.",
            "min_value": f"Write {least} or more.",
            "max_value": "Write 1,000 or less.",
        },
    )


def _several(label: str, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        template_name="base/checkboxes.html",
        error_messages={"invalid_choice": "Choose from what is offered."},
    )


class AdoptionForm(Styled, forms.Form):
    """What every new version needs: from when, why, and the decision it rests on."""

    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    valid_from = DayField(label="Valid from", missing="Write the day from which it applies.")
    why = ReasonField(label="Why they change")
    decision = forms.CharField(
        label="Number of the decision",
        help_text="Of a certified decision, such as 2026-004. Leave it empty if there is none.",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def _last(self) -> None:
        """Put what every version needs after what changes."""
        for name in ("valid_from", "why", "decision"):
            self.fields[name] = self.fields.pop(name)


class BodyForm(AdoptionForm):
    """The ordinary things of a body; with those of the forum as a whole where it is the forum."""

    def __init__(self, *args: Any, terms: TermsOfReference, body: BodyTerms, **kwargs: Any) -> None:
        self._terms, self._body = terms, body
        kwargs["initial"] = {**self._as_it_is(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._add_body()
        if self._of_the_forum:
            self._add_whole()
        self._last()
        self._style()

    @property
    def _of_the_forum(self) -> bool:
        return self._terms.organisation(self._body.code).kind == "forum"

    def _style(self) -> None:
        for field in self.fields.values():
            if isinstance(field.widget, forms.TextInput):
                field.widget.attrs.setdefault("class", "govuk-input")
            elif isinstance(field.widget, forms.Select) and not isinstance(
                field.widget, forms.RadioSelect
            ):
                field.widget.attrs.setdefault("class", "govuk-select")

    def _add_body(self) -> None:
        self.fields["quorum"] = _whole_number("Quorum: voting seats in the meeting", least=1)
        agencies = _several(
            "Kinds of agency in the quorum", "Of each, one voting seat must be in the meeting."
        )
        agencies.choices = [(a.code, a.name) for a in self._terms.agencies]
        self.fields["agencies"] = agencies
        self.fields["meetings_a_year"] = _whole_number("Meetings a year", least=1)
        self.fields["majority"] = forms.ChoiceField(
            label="What carries a motion", choices=[(m.value, m.capitalize()) for m in Majority]
        )
        self.fields["casting_vote"] = YesNoField(
            label="Casting vote", help_text="Whether who presides decides where votes are equal."
        )
        for key, label in BODY_LENGTHS.items():
            self._add_length(key, label)

    def _add_whole(self) -> None:
        for key, label in DEADLINES.items():
            self._add_length(key, label)
        strands = _several("Strands in the remit")
        strands.choices = [
            (s.code, s.label) for s in definitions.taxonomy().strands if s.parent is not None
        ]
        self.fields["strands"] = strands

    def _add_length(self, key: str, label: str) -> None:
        self.fields[key] = _whole_number(label, least=1)
        self.fields[f"{key}_unit"] = forms.ChoiceField(label=f"{label}: counted in", choices=_UNITS)

    def _as_it_is(self) -> dict[str, Any]:
        b = self._body
        said: dict[str, Any] = {
            "seen": self._terms.version,
            "quorum": b.quorum.least,
            "agencies": list(b.quorum.agencies),
            "meetings_a_year": b.meetings_a_year,
            "majority": b.voting.majority.value,
            "casting_vote": "yes" if b.voting.casting_vote else "no",
            "strands": list(self._terms.strands),
        }
        for key in BODY_LENGTHS:
            said[key] = getattr(b, key).term.length
            said[f"{key}_unit"] = getattr(b, key).term.unit.value
        for key in DEADLINES:
            said[key] = getattr(self._terms.deadlines, key).term.length
            said[f"{key}_unit"] = getattr(self._terms.deadlines, key).term.unit.value
        return said

    def changed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The newest document with what was written in it."""
        said = self.cleaned_data
        body = next(b for b in document["bodies"] if b["code"] == self._body.code)
        body["quorum"] = {
            "least": said["quorum"],
            "agencies": _in_order(said["agencies"], body["quorum"].get("agencies")),
        }
        body["meetings_a_year"] = said["meetings_a_year"]
        body["voting"] = {"majority": said["majority"], "casting_vote": said["casting_vote"]}
        self._lengths(body, BODY_LENGTHS)
        if self._of_the_forum:
            self._lengths(document["deadlines"], DEADLINES)
            document["strands"] = _in_order(said["strands"], document["strands"])
        return document

    def _lengths(self, into: dict[str, Any], lengths: Mapping[str, str]) -> None:
        """A length that changed has a source of its own: the old one does not speak for it."""
        for key in lengths:
            length, unit = self.cleaned_data[key], self.cleaned_data[f"{key}_unit"]
            if (into[key]["length"], into[key]["unit"]) != (length, unit):
                number = self._terms.version + 1
                into[key] = {
                    "length": length,
                    "unit": unit,
                    "source": f"The forum's own rule, since version {number} of these terms.",
                }


class SeatForm(AdoptionForm):
    """One seat, added or changed."""

    code = forms.SlugField(
        label="Short name for addresses",
        help_text="Small letters, digits and hyphens, such as “faith-2”. It is never changed.",
        max_length=60,
        error_messages={
            "required": "Give it a short name.",
            "invalid": "Use small letters, digits and hyphens.",
        },
    )
    title = forms.CharField(
        label="Title", max_length=120, error_messages={"required": "Say whom the seat is for."}
    )
    agency = forms.ChoiceField(label="Kind of agency")
    strands = _several("Strands it speaks for", "Choose none if it speaks for the whole remit.")
    areas = _several("Areas it speaks for", "Choose none if it speaks for all of them.")
    required = YesNoField(label="Must it not stay empty?")
    voting = YesNoField(label="Does it vote?")
    holders = _whole_number("How many people it may have at once", least=1)
    substitutes = YesNoField(label="May it have substitutes?")
    term_years = _whole_number("Years of a term", least=0, help_text="0 for no end.")
    terms = _whole_number("Terms in a row at most", least=0, help_text="0 for no limit.")

    def __init__(
        self,
        *args: Any,
        known: TermsOfReference,
        body: BodyTerms,
        seat: Seat | None = None,
        **kwargs: Any,
    ) -> None:
        self._body, self._seat = body, seat
        kwargs["initial"] = {**_seat_as_it_is(seat), "seen": known.version}
        super().__init__(*args, **kwargs)
        if seat is not None:
            del self.fields["code"]
        labels = {s.code: s.label for s in definitions.taxonomy().strands}
        areas = area_set()
        offered = {
            "agency": [(a.code, a.name) for a in known.agencies],
            "strands": [(s, labels.get(s, s)) for s in known.strands],
            "areas": [(a.code, a.name) for a in (areas.areas if areas else ())],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self._last()

    def changed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The newest document with this seat in it, at its place or last."""
        names = (
            "title", "agency", "strands", "areas", "required", "voting", "holders", "substitutes",
            "term_years", "terms",
        )  # fmt: skip
        code = self._seat.code if self._seat else self.cleaned_data["code"]
        made = {"code": code, **{name: self.cleaned_data[name] for name in names}}
        body = next(b for b in document["bodies"] if b["code"] == self._body.code)
        if self._seat:
            body["seats"] = [made if s["code"] == code else s for s in body["seats"]]
        else:
            body["seats"] = [*body["seats"], made]
        return document


class LadderForm(AdoptionForm):
    """The steps of the ladder: each on its day, or left out."""

    def __init__(self, *args: Any, known: TermsOfReference, **kwargs: Any) -> None:
        there = {step.rung: step.days for step in known.ladder}
        days = {rung.name.lower(): there.get(rung) for rung in Rung}
        kwargs["initial"] = {"seen": known.version, **days}
        super().__init__(*args, **kwargs)
        for rung in Rung:
            field = _whole_number(rung.capitalize(), least=-1000)
            field.required = False
            field.widget.attrs["class"] = "govuk-input govuk-input--width-5"
            self.fields[rung.name.lower()] = field
        self._last()

    def changed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The newest document with these steps, in the order of their days."""
        said = {rung: self.cleaned_data[rung.name.lower()] for rung in Rung}
        steps = sorted((days, rung.value) for rung, days in said.items() if days is not None)
        document["ladder"] = [{"days": days, "rung": rung} for days, rung in steps]
        return document

    @staticmethod
    def fits(known: TermsOfReference) -> bool:
        """Whether each step stands on the ladder once at most, so that a form can show it."""
        rungs = [step.rung for step in known.ladder]
        return len(set(rungs)) == len(rungs)


class RemoveSeatForm(AdoptionForm):
    """Taking a seat away."""


def _seat_as_it_is(seat: Seat | None) -> dict[str, Any]:
    found = seat or Seat(code="", title="", agency="")
    said: dict[str, Any] = {
        name: getattr(found, name) for name in ("title", "agency", "holders", "term_years", "terms")
    }
    for name in ("required", "voting", "substitutes"):
        said[name] = "yes" if getattr(found, name) else "no"
    return {**said, "strands": list(found.strands), "areas": list(found.areas)}


def _in_order(chosen: list[str], before: list[str] | None) -> list[str]:
    """What was chosen, what stood there before in its old order first."""
    old = [c for c in before or [] if c in chosen]
    return [*old, *(c for c in chosen if c not in old)]
