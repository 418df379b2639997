"""What is written and pressed in the room."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from openscrutiny.base.forms import MoveForm, OneOf, Styled
from openscrutiny.base.models import Organisation, Person
from openscrutiny.forum.forms.decisions import DecisionWords
from openscrutiny.forum.models import (
    ActionPoint,
    AgendaItem,
    Attendance,
    Ballot,
    Meeting,
    Membership,
    Paper,
    Presence,
    Vote,
)
from openscrutiny.forum.quorum import day_of
from openscrutiny.forum.services.ballots import CASTING

_GUESTS = [c for c in Attendance.Capacity.choices if c[0] not in ("seat", "substitute")]
_CLOCK = forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "govuk-input os-clock"})
_WRONG_TIME = {"invalid": "Write the time as hours and minutes, such as 14:05."}


class RoomForm(Styled, forms.Form):
    """A form of one meeting's room: it offers and takes what belongs to that meeting alone."""

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        for name, rows in {
            "item": AgendaItem.objects.filter(meeting=meeting),
            "attendance": Attendance.objects.filter(meeting=meeting).select_related("person"),
            "presence": Presence.objects.filter(attendance__meeting=meeting),
            "paper": Paper.objects.filter(item__meeting=meeting).select_related("item", "owner"),
            "ballot": Ballot.objects.filter(item__meeting=meeting),
            "membership": Membership.objects.filter(body=meeting.body_id),
        }.items():
            if name in self.fields:
                self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def on_the_day(self, clock: time | None) -> datetime | None:
        """A time of the clock on the day of the meeting, as the place tells the time."""
        if clock is None:
            return None
        moment = datetime.combine(day_of(self.meeting), clock)
        return timezone.make_aware(moment, timezone.get_current_timezone())


def _one(model: Any, *, required: bool = True, **kwargs: Any) -> OneOf:
    return OneOf(queryset=model.objects.none(), required=required, **kwargs)


class PressedForm(RoomForm):
    """A button that may be sent later than it was pressed: ``waited`` is by how much.

    What is sent is how long it waited and not when it was pressed: the clock of the device may be
    wrong. ``key`` was made when it was pressed.
    """

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    waited = forms.IntegerField(
        min_value=0, max_value=10**12, required=False, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        waited = said.pop("waited", None)
        return {**said, "waited": None if waited is None else timedelta(milliseconds=waited)}


class ArriveForm(PressedForm):
    """Somebody came: expected already, or by their seat, or as a guest."""

    attendance = _one(Attendance, required=False)
    membership = _one(Membership, required=False)
    who = forms.RegexField(r"^(attendance|membership)-\d{1,17}$", required=False)
    person = OneOf(label="Who", queryset=Person.objects.all(), required=False)
    capacity = forms.ChoiceField(label="As what", choices=_GUESTS, required=False)
    remote = forms.BooleanField(required=False)
    at = forms.TimeField(
        label="At what time, where it was not now",
        required=False,
        widget=_CLOCK,
        error_messages=_WRONG_TIME,
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        # A list of everybody names the field and the key in one.
        field, _, key = said.get("who", "").partition("-")
        if field:
            said[field] = self.fields[field].clean(key)
        attending, membership = said.get("attendance"), said.get("membership")
        person = said.get("person")
        if attending is not None:
            person = attending.person
        elif membership is not None:
            person = membership.person
        if person is None:
            raise forms.ValidationError("Choose who came.")
        return {
            "person": person,
            "membership": membership if attending is None else None,
            "capacity": said.get("capacity", ""),
            "remote": said.get("remote", False),
            "at": self.on_the_day(said.get("at")),
            "key": said.get("key"),
            "waited": said.get("waited"),
        }


class LeaveForm(PressedForm):
    """Somebody left. Whose arrival was pressed while the network was away is named by the seat."""

    attendance = _one(Attendance, required=False)
    membership = _one(Membership, required=False)
    at = forms.TimeField(required=False, widget=_CLOCK, error_messages=_WRONG_TIME)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        membership = said.pop("membership", None)
        if said.get("attendance") is None and membership is not None:
            coming = Attendance.objects.filter(meeting=self.meeting, person=membership.person_id)
            said["attendance"] = coming.first()
        if said.get("attendance") is None:
            raise forms.ValidationError("This person is not recorded as being in the meeting.")
        return {**said, "at": self.on_the_day(said.get("at"))}


class CorrectForm(RoomForm):
    """A wrong time is put right."""

    presence = _one(Presence)
    arrived_at = forms.TimeField(label="Came at", widget=_CLOCK, error_messages=_WRONG_TIME)
    left_at = forms.TimeField(
        label="Left at", required=False, widget=_CLOCK, error_messages=_WRONG_TIME
    )
    reason = forms.CharField(label="Why", required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("arrived_at", "left_at"):
            said[name] = self.on_the_day(said.get(name))
        return said


class PresideForm(RoomForm):
    """A deputy presides."""

    attendance = _one(Attendance, label="Who presides", empty_label=None)
    because = forms.CharField(label="Why the chair does not", required=False, max_length=300)


class AsideForm(RoomForm):
    """Somebody steps aside from an item."""

    item = _one(AgendaItem)
    attendance = _one(
        Attendance,
        label="Who steps aside",
        error_messages={"required": "Choose who steps aside."},
    )
    reason = forms.CharField(
        label="Why they step aside",
        help_text="Members and the secretariat read it; the public reads only that they stepped "
        "aside.",
        required=False,
        max_length=500,
    )


class InterestForm(RoomForm):
    """Somebody declares an interest in an item."""

    item = _one(AgendaItem)
    attendance = _one(
        Attendance,
        label="Whose interest it is",
        error_messages={"required": "Choose whose interest it is."},
    )
    text = forms.CharField(
        label="What the interest is",
        help_text="It stands in the register, under the item and in the minutes.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write what the interest is."},
    )
    organisation = OneOf(
        label="Organisation it is in",
        queryset=Organisation.objects.all(),
        required=False,
        empty_label="None of those known here",
    )


class TableForm(RoomForm):
    """A paper is taken at the meeting itself."""

    paper = _one(Paper, error_messages={"required": "Choose the paper."})
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why could it not wait?",
        help_text="It is shown to the public with the paper, and stands in the minutes.",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write why it could not wait."},
    )


class StepForm(RoomForm, MoveForm):
    """A step of the meeting, or of one of its items."""

    item = _one(AgendaItem, required=False)


class NoteForm(RoomForm):
    """A note, new or changed; its key was made where it was written."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    item = _one(AgendaItem, required=False)
    text = forms.CharField(
        label="Note",
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what was said."},
    )
    written_at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"])

    def clean_seen(self) -> int:
        return self.cleaned_data.get("seen") or 0


class ActionForm(RoomForm):
    """Something that was promised in the room."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    item = _one(AgendaItem)
    sort = forms.ChoiceField(label="What it is", choices=ActionPoint.Sort.choices)
    text = forms.CharField(
        label="What is to be done",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write what was promised."},
    )
    owner = OneOf(
        label="Which organisation does it",
        queryset=Organisation.objects.all(),
        error_messages={"required": "Choose which organisation does it."},
    )
    due_on = forms.DateField(
        label="Until when",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Write until when it is promised.",
            "invalid": "Write the day as year, month and day, such as 2026-11-02.",
        },
    )


class OpenBallotForm(RoomForm):
    """A motion that is put to the vote."""

    item = _one(AgendaItem)
    motion = forms.CharField(
        label="The motion",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write the motion in full."},
    )
    named = forms.BooleanField(label="A named vote was asked for", required=False)


class CloseBallotForm(RoomForm):
    """A vote is closed."""

    ballot = _one(Ballot)
    casting = forms.ChoiceField(choices=[("", ""), *((c, c) for c in CASTING)], required=False)


class VoteForm(RoomForm):
    """How somebody votes, in the room or on their own device."""

    ballot = _one(Ballot)
    attendance = _one(Attendance)
    stance = forms.ChoiceField(
        choices=Vote.Stance.choices, error_messages={"required": "Choose how you vote."}
    )


class DecideForm(RoomForm, DecisionWords):
    """A decision under the item before the meeting; ``settles`` is a step it would allow."""

    item = _one(AgendaItem)
    settles = forms.ChoiceField(label="What it allows", required=False)

    def __init__(self, *args: Any, allows: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nothing = ("", "Nothing further: it stands in the record")
        self.fields["settles"].choices = [nothing, *allows]  # type: ignore[attr-defined]
        self.fields["text"].widget.attrs["rows"] = 3
        # What a vote carried is kept with a decision, but not with one that only notes something.
        self.fields["kind"].initial = "resolve"
