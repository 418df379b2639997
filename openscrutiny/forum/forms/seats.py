"""What is written about people in seats: who, from when, until when, how to reach them."""

from __future__ import annotations

from typing import Any

from django import forms

from openscrutiny.base.forms import OneOf, Styled
from openscrutiny.base.models import Organisation, Person
from openscrutiny.forum.services.people import people_called

YES_NO = (("yes", "Yes"), ("no", "No"))


class DayField(forms.DateField):
    """A day, written YYYY-MM-DD or chosen where the browser offers that."""

    def __init__(self, *, label: str, missing: str, **kwargs: Any) -> None:
        super().__init__(
            label=label,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={
                "required": missing,
                "invalid": "Write the day as year, month and day, such as 2026-11-02.",
            },
            **kwargs,
        )


class YesNoField(forms.TypedChoiceField):
    """A question that is answered with yes or no."""

    def __init__(self, *, label: str, help_text: str = "") -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            choices=YES_NO,
            coerce=lambda said: said == "yes",
            widget=forms.RadioSelect,
            template_name="base/radios.html",
            error_messages={"required": "Choose yes or no."},
        )


class ReasonField(forms.CharField):
    """Why something is done, which stands in the record."""

    def __init__(self, *, label: str = "Why", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            help_text="It stands in the record. Do not name people.",
            max_length=300,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"required": "Say why."},
            **kwargs,
        )


# The answer that somebody else of the same name is meant.
_ANOTHER = "another"


def _told_apart(person: Person) -> str:
    """A person with what tells them from a namesake: address, organisation, seats."""
    seats = sorted({m.seat for m in person.memberships.all()})
    known = [person.email, str(person.organisation or ""), *(f"seat “{s}”" for s in seats)]
    said = ", ".join(k for k in known if k)
    return f"{person.name} ({said})" if said else person.name


class PersonForm(Styled, forms.Form):
    """Somebody who is known here, or somebody new."""

    person = OneOf(
        queryset=Person.objects.none(),
        required=False,
        label="Somebody who is known here",
        empty_label="Somebody new",
    )
    name = forms.CharField(
        label="Name, of somebody new",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="E-mail, of somebody new",
        help_text="Leave it empty for somebody who has none.",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    account = forms.CharField(
        label="Name of the account, of somebody new",
        help_text="Only if the administrator made one for this person.",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = Person.objects.all()  # type: ignore[attr-defined]
        written = str(self.data.get("name", "")) if self.is_bound else ""
        self._namesakes = {str(p.pk): p for p in people_called(written)} if written else {}
        if self._namesakes:
            choices = [(key, _told_apart(p)) for key, p in self._namesakes.items()]
            self.fields["which"] = forms.ChoiceField(
                label="Is it this person?",
                required=False,
                choices=[*choices, (_ANOTHER, "Somebody else of the same name")],
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": "Choose one of these."},
            )

    @property
    def who(self) -> Person | None:
        """Who of those known here is meant; None for somebody new."""
        chosen: Person | None = self.cleaned_data.get("person")
        return chosen or self._namesakes.get(self.cleaned_data.get("which", ""))

    @property
    def another(self) -> bool:
        """Whether somebody else of a name that is known here is meant."""
        return bool(self.cleaned_data.get("which") == _ANOTHER)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        nobody = not given.get("person") and not (given.get("name") or "").strip()
        if nobody and not {"person", "name"} & set(self.errors):
            self.add_error("person", "Choose somebody, or write the name of somebody new.")
        if given.get("person") and any(given.get(k) for k in ("name", "email", "account")):
            self.add_error("name", "Either choose somebody or write somebody new, not both.")
        elif "which" in self.fields and not given.get("which") and "which" not in self.errors:
            self.add_error(
                "which",
                "Somebody of this name is known here already. Say whether it is this person.",
            )
        return given


class FillForm(PersonForm):
    on_behalf_of = OneOf(
        queryset=Organisation.objects.none(),
        required=False,
        label="On behalf of which organisation",
        empty_label="None: the person speaks for themselves",
    )
    since = DayField(label="First day", missing="Write the first day in the seat.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on_behalf_of"].queryset = Organisation.objects.all()  # type: ignore[attr-defined]


class SubstituteForm(PersonForm):
    since = DayField(label="First day", missing="Write the first day as a substitute.")


class EndForm(Styled, forms.Form):
    until = DayField(label="Last day", missing="Write the last day in the seat.")
    reason = ReasonField()


class RenewForm(Styled, forms.Form):
    """Nothing to write: the term follows from the terms of reference."""


class ContactForm(Styled, forms.Form):
    email = forms.EmailField(
        label="E-mail",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    by_post = YesNoField(label="Send letters as well")
    postal_address = forms.CharField(
        label="Postal address",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    format = forms.ChoiceField(label="Format of papers and letters", choices=Person.Format.choices)
    named_publicly = YesNoField(
        label="May the public be told the name",
        help_text="Otherwise the public reads the seat and the organisation alone.",
    )
    needs = forms.CharField(
        label="What is needed to take part",
        help_text=(
            "For example a hearing loop, a British Sign Language interpreter, step-free access, "
            "papers read aloud, breaks. Only the person and the secretariat read it."
        ),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class InterestForm(Styled, forms.Form):
    person = OneOf(
        queryset=Person.objects.none(),
        label="Whose interest it is",
        empty_label=None,
        error_messages={"required": "Choose whose interest it is."},
    )
    text = forms.CharField(
        label="What the interest is",
        help_text="Such as an employer, an office held, or a contract. Do not name other people.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what the interest is."},
    )
    organisation = OneOf(
        queryset=Organisation.objects.none(),
        required=False,
        label="Organisation it is in",
        empty_label="None of those known here",
    )
    since = DayField(label="Since", missing="Write since when.")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.all()  # type: ignore[attr-defined]


class ItemInterestForm(InterestForm):
    """An interest in one agenda item: it counts from the day it is declared."""

    since = None  # type: ignore[assignment]


class EndInterestForm(Styled, forms.Form):
    until = DayField(label="Last day", missing="Write the last day of the interest.")
