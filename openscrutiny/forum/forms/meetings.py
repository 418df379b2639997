"""What is written about meetings: arrangements, items on an agenda, answers to invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from openscrutiny.base.forms import OneOf, Styled
from openscrutiny.base.models import Organisation
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting
from openscrutiny.forum.services.agenda import Draft
from openscrutiny.forum.services.meetings import Arrangements

_NONE = "Choose one"


def _seen() -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Write the day of the meeting.",
            "invalid": "Write the day as year, month and day, such as 2026-11-02.",
        },
    )


def _hour(label: str, missing: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={
            "required": missing,
            "invalid": "Write the hour as hours and minutes, such as 14:00.",
        },
    )


class ArrangementsForm(Styled, forms.Form):
    """When and where a meeting is, by the clock on the wall."""

    heading = forms.CharField(
        label="What the meeting is called",
        max_length=200,
        error_messages={"required": "Give the meeting a name, such as Quarterly meeting."},
    )
    day = _day("Day")
    starts = _hour("Begins at", "Write when it begins.")
    ends = _hour("Ends at", "Write when it ends.")
    venue = forms.CharField(
        label="Where",
        max_length=300,
        error_messages={"required": "Write where it is, or that it is online."},
    )
    access = forms.CharField(
        label="Getting in and taking part",
        help_text="Steps, lifts, hearing loop, interpreters, where to park. Everybody reads this.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    joining = forms.CharField(
        label="How to take part from elsewhere",
        help_text="The link or the number to call. Only those who are invited read this.",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = _seen()

    @classmethod
    def showing(cls, meeting: Meeting) -> dict[str, Any]:
        """The form's initial values for a meeting as it stands."""
        return {**vars(Arrangements.of(meeting)), "seen": meeting.revision}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        starts, ends = said.get("starts"), said.get("ends")
        if starts and ends and ends <= starts:
            self.add_error(
                "ends", "The meeting would end before it begins. Correct one of the hours."
            )
        return said

    @property
    def arrangements(self) -> Arrangements:
        return Arrangements(**{k: v for k, v in self.cleaned_data.items() if k in _ARRANGED})


_ARRANGED = frozenset(Arrangements.__dataclass_fields__)


class PlanForm(ArrangementsForm):
    """Planning a meeting: also of which body."""

    body = OneOf(
        label="Which body meets",
        queryset=Organisation.objects.none(),
        empty_label=_NONE,
        error_messages={"required": "Choose the body that meets."},
    )
    field_order = ["body"]

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].queryset = bodies  # type: ignore[attr-defined]


class ReasonForm(Styled, forms.Form):
    """A reason that everybody reads."""

    reason = forms.CharField(
        label="Why it cannot wait",
        help_text="Everybody reads this beside the agenda.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why it cannot wait."},
    )
    seen = _seen()


class ItemForm(Styled, forms.Form):
    """What an item on an agenda says."""

    heading = forms.CharField(
        label="Heading",
        help_text="Everybody reads this, also where the item itself is closed.",
        max_length=200,
        error_messages={"required": "Give the item a heading."},
    )
    text = forms.CharField(
        label="What the meeting is asked to do",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    presenter = forms.CharField(
        label="Who presents it",
        help_text="An office, never a name.",
        required=False,
        max_length=120,
    )
    minutes_planned = forms.IntegerField(
        label="How many minutes it may take",
        min_value=1,
        max_value=480,
        initial=10,
        widget=forms.NumberInput(attrs={"class": "govuk-input govuk-input--width-3"}),
        error_messages={
            "required": "Write how many minutes it may take.",
            "invalid": "Write a whole number of minutes, such as 15.",
            "min_value": "Write at least 1 minute.",
            "max_value": "Write at most 480 minutes.",
        },
    )
    strands = forms.MultipleChoiceField(
        label="Which strands does it concern?",
        help_text="Choose none if it concerns none in particular.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        template_name="base/checkboxes.html",
        error_messages={"invalid_choice": "Choose from the strands that are offered."},
    )
    closed = forms.TypedChoiceField(
        label="May the public be there?",
        choices=[("", "Yes: an open item"), ("closed", "No: a closed item")],
        coerce=bool,
        empty_value=False,
        required=False,
        initial="",
        widget=forms.RadioSelect,
        template_name="base/radios.html",
    )
    exemption = forms.ChoiceField(
        label="If it is closed: on which ground",
        help_text="Schedule 12A to the Local Government Act 1972, Part 1.",
        choices=[("", _NONE), *AgendaItem.Exemption.choices],
        required=False,
    )
    public_interest = forms.CharField(
        label="If it is closed: why the public interest in closing it is the greater one",
        help_text="Everybody reads this.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    closed_heading = forms.CharField(
        label="If it is closed: what it is called inside the meeting",
        help_text="Only where the heading above must say less. The public never reads this.",
        required=False,
        max_length=200,
    )
    about = forms.CharField(max_length=160, required=False, widget=forms.HiddenInput)
    seen = _seen()

    def __init__(self, *args: Any, strands: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["strands"].choices = list(strands)  # type: ignore[attr-defined]

    @classmethod
    def showing(cls, item: AgendaItem) -> dict[str, Any]:
        """The form's initial values for an item as it stands."""
        said = {name: getattr(item, name) for name in Draft.__dataclass_fields__}
        return {**said, "closed": "closed" if item.closed else "", "seen": item.revision}

    @property
    def draft(self) -> Draft:
        said = {k: v for k, v in self.cleaned_data.items() if k in Draft.__dataclass_fields__}
        return Draft(**said)


class ProposalForm(ItemForm):
    """Proposing an item: also for which meeting."""

    meeting = forms.ChoiceField(
        label="For which meeting",
        error_messages={
            "required": "Choose a meeting.",
            "invalid_choice": "Choose from the meetings that are offered.",
        },
    )
    field_order = ["meeting"]

    def __init__(self, *args: Any, meetings: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].choices = [("", _NONE), *meetings]  # type: ignore[attr-defined]


class DeferForm(Styled, forms.Form):
    """Putting an item off to a later meeting, or to whichever is planned next."""

    to = forms.ChoiceField(
        label="To which meeting",
        required=False,
        error_messages={"invalid_choice": "Choose from the meetings that are offered."},
    )
    reason = forms.CharField(
        label="Why",
        help_text="It stands in the record, and beside a published agenda.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why it is deferred."},
    )
    seen = _seen()

    def __init__(self, *args: Any, meetings: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        next_one = ("", "The next meeting that is planned")
        self.fields["to"].choices = [next_one, *meetings]  # type: ignore[attr-defined]


class AnswerForm(Styled, forms.Form):
    """Whether somebody will attend. A choice is a reply, or a substitute by their number."""

    answer = forms.ChoiceField(
        label="Will you attend?",
        widget=forms.RadioSelect,
        template_name="base/radios.html",
        error_messages={
            "required": "Choose an answer.",
            "invalid_choice": "Choose one of the answers that are offered.",
        },
    )

    def __init__(
        self,
        *args: Any,
        substitutes: Sequence[tuple[int, str]] = (),
        label: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        replies = Attendance.Reply
        plain = (replies.COMING, replies.REMOTE, replies.APOLOGIES)
        self.fields["answer"].choices = [  # type: ignore[attr-defined]
            *((r.value, str(r.label)) for r in plain),
            *((f"substitute-{pk}", f"Sends a substitute: {name}") for pk, name in substitutes),
        ]
        self.fields["answer"].label = label or "Will you attend?"

    @property
    def said(self) -> tuple[str, int | None]:
        """The reply, and the number of the substitute's membership where one is sent."""
        choice, _, number = self.cleaned_data["answer"].partition("-")
        return choice, int(number) if number else None
