"""The terms of reference as a YAML file with comments: what each part is for, and its units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from openscrutiny.core.bodies import Majority, Rung
from openscrutiny.core.calendar import Unit

_UNITS = " or ".join(f"“{u.value}”" for u in Unit)
_ABOUT: Mapping[str, str] = {
    "version": "Which version this is, and from when it applies. What is adopted from this file "
    "gets the next number, and the day that is chosen then: leave these two as they are.",
    "areas": "The place. It stays.",
    "forum": "What the forum and its parent committee are called.",
    "time_zone": "How the place tells the time, and whose bank holidays are no working days.",
    "closed_days": "Days added to the bank holidays on which nobody works, each with its name.",
    "strands": "The strands in the remit.",
    "organisations": "Everybody the forum deals with: bodies, never people. The code is a short "
    "name for addresses and stays; the name may change. kind is forum, police, partner, verifier, "
    "committee or subgroup, and stays as well. Whoever is left out is asked nothing new; what they "
    "were asked stays.",
    "respondent": "The code of the organisation that is asked where nothing else is said.",
    "deadlines": f"How long each thing may take. unit is {_UNITS}; source says where the length "
    "comes from, for everybody to read.",
    "due_soon_days": "So many working days before its end something counts as due soon.",
    "agencies": "The kinds of agency that sit in the bodies, each with a code and a name.",
    "bodies": "The bodies that meet, each with its quorum, what carries a motion (majority: "
    + " or ".join(f"“{m.value}”" for m in Majority)
    + "), and its seats. quorum: least counts voting seats in the meeting, never people, and of "
    "each kind in agencies one voting seat must be there. notice is in clear days before a "
    "meeting. A seat says whom it is for: its code (which stays), its title, its kind of agency, "
    "and the strands and areas it speaks for (none: the whole remit). What may be left out of a "
    "seat: required (must not stay empty; true), voting (true), holders (people in it at most; "
    "1), substitutes (true), term_years (0 for no end; 3), terms (in a row at most, 0 for no "
    "limit; 2).",
    "ladder": "What happens when an answer or a response does not come: days are working days "
    "after the due date, before it where they are negative. The steps there are: "
    + ", ".join(r.value for r in Rung)
    + ".",
}
_WIDTH = 96
# In this order, whatever order the document has.
ORDER = (
    "version", "valid_from", "areas", "forum", "parent_committee", "time_zone", "holidays",
    "closed_days", "strands", "organisations", "respondent", "deadlines", "due_soon_days",
    "agencies", "bodies", "ladder",
)  # fmt: skip


def as_yaml(document: Mapping[str, Any], *, names: Mapping[str, str]) -> str:
    """A version as a file: the same document once it is read, with a comment before each part.

    ``names`` gives strands and areas their names, which the comments tell.
    """
    said = [
        _comment(
            f"Terms of reference of the {document['forum']}. Change what should change, and leave "
            "the rest. Lines that begin with # are comments. Text with a colon, a number sign or a "
            "quotation mark in it stands in quotation marks."
        )
    ]
    keys = [*(k for k in ORDER if k in document), *(k for k in document if k not in ORDER)]
    for key in keys:
        about = _ABOUT.get(key, "")
        if key == "strands":
            about += f" There are: {_listed(document[key], names)}."
        if about:
            said.append(f"\n{_comment(about)}")
        said.append(_dumped(key, document[key]))
    return "".join(said)


class _WrittenOut(yaml.SafeDumper):
    """Writes a part out wherever it stands, never as a mark that repeats another."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: Any = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        # A length of time has a sentence in it, so each of its parts has a line of its own.
        if "source" in mapping:
            node.flow_style = False
        return node


def _dumped(key: str, value: Any) -> str:
    """One part; what has no further parts in it stands on one line, such as a seat."""
    text: str = yaml.dump(
        {key: value},
        Dumper=_WrittenOut,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None if isinstance(value, (dict, list)) else False,
        width=10_000,
    )
    return text


def _listed(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(f"{c} ({names[c]})" if c in names else str(c) for c in codes)


def _comment(text: str) -> str:
    lines, line = [], "#"
    for word in text.split():
        if len(line) + 1 + len(word) > _WIDTH:
            lines.append(line)
            line = "#"
        line = f"{line} {word}"
    return "".join(f"{one}\n" for one in (*lines, line))
