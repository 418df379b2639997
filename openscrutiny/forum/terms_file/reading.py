"""Reading a file of terms of reference: everything that is wrong in it, by line, in plain words.

No value is ever built by the YAML library: each is read from what was written, by what may stand
in its place. So neither a wrong sign nor an unknown kind of value can do harm, and ``no`` stays a
code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml

from openscrutiny.forum.terms_file.shape import TERMS, Group, Many, Shape, Wrong

LARGEST = 100_000
_DEEPEST = 12
_MOST_PROBLEMS = 100
_MOST_VALUES = 50_000
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file: its line (0 for the whole file), what it is and what to do."""

    line: int
    what: str
    what_to_do: str


@dataclass(frozen=True)
class ReadFile:
    """What was read. ``document`` is None where there are problems; ``lines`` tells of each part,
    by its path, on which line it stands."""

    document: dict[str, Any] | None
    problems: tuple[Problem, ...]
    lines: Mapping[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of a part, or of the nearest part around it; 0 where there is none."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_file(content: bytes) -> ReadFile:
    """Read a file. It never raises: whatever is wrong is among the problems."""
    text, unread = _decoded(content)
    if unread is None:
        node, unread = _composed(text)
    if unread is not None:
        return ReadFile(None, (unread,), {})
    walk = _Walk({}, [])
    document = walk.read(node, TERMS, ())
    problems = tuple(sorted(walk.problems, key=lambda p: p.line)[:_MOST_PROBLEMS])
    return ReadFile(None if problems else document, problems, walk.lines)


def _decoded(content: bytes) -> tuple[str, Problem | None]:
    if len(content) > LARGEST:
        return "", Problem(0, "This file is too large for terms of reference.", _WRITE_ANEW)
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return "", Problem(
            line,
            "A sign on this line cannot be read, because the file is not kept as UTF-8 text.",
            "Save it as plain text in UTF-8: not as a document of a word processor.",
        )


def _composed(text: str) -> tuple[yaml.Node | None, Problem | None]:
    """The parts of a file as they stand in it; or why they cannot be told apart."""
    try:
        for unread in _refused_events(text):
            return None, unread
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return None, Problem(line, "A sign on this line cannot be read.", "Write the line anew.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, Problem(
            mark.line + 1 if mark else 0,
            "From this line on the parts of the file cannot be told apart.",
            "Look at this line and the one before it: at how far they are indented, and for a "
            "colon, a bracket or a quotation mark that is missing or too many.",
        )
    except (yaml.YAMLError, RecursionError, ValueError):
        return None, Problem(0, "This is no file of terms of reference.", _WRITE_ANEW)
    if node is None:
        return None, Problem(0, "This file is empty.", _WRITE_ANEW)
    return node, None


def _refused_events(text: str) -> Iterator[Problem]:
    """What may not stand in such a file, before anything is made of it."""
    deep = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        line = event.start_mark.line + 1
        deep += isinstance(event, yaml.CollectionStartEvent)
        deep -= isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield Problem(
                line,
                "A mark with & or * stands on this line, which repeats another part.",
                "Write the part out, or put the text in quotation marks.",
            )
        if deep > _DEEPEST or count > _MOST_VALUES:
            yield Problem(line, "There are too many parts inside each other.", _WRITE_ANEW)
        if documents > 1:
            yield Problem(line, "A second file begins on this line.", "Take it out.")


@dataclass(frozen=True)
class _Walk:
    """Goes through a file part by part, and keeps what is wrong and where everything stands."""

    lines: dict[Path, int]
    problems: list[Problem]

    def read(self, node: yaml.Node, shape: Shape, path: Path) -> Any:
        """A part as plain data; None where it is wrong."""
        self.lines[path] = node.start_mark.line + 1
        if isinstance(shape, Group):
            return self._group(node, shape, path)
        if isinstance(shape, Many):
            return self._many(node, shape, path)
        if not isinstance(node, yaml.ScalarNode) or _is_left_out(node):
            self._wrong(node, "A single value belongs here.", "Write one.")
            return None
        try:
            return shape.read(node.value)
        except Wrong as wrong:
            self._wrong(node, wrong.what, wrong.what_to_do)
            return None

    def _group(self, node: yaml.Node, shape: Group, path: Path) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            parts = ", ".join(shape.required)
            self._wrong(node, f"Here belongs {shape.what}.", f"Write its parts: {parts}.")
            return {}
        found: dict[str, Any] = {}
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if key in found:
                self._wrong(key_node, f"“{key}” stands twice in {shape.what}.", "Keep one of them.")
            elif key not in shape.parts:
                self._unknown(key_node, str(key), shape)
            elif _is_left_out(value) and key in shape.optional:
                continue
            else:
                found[key] = self.read(value, shape.parts[key], (*path, key))
                self.lines[(*path, key)] = key_node.start_mark.line + 1
        for key in shape.required:
            if key not in found:
                self._wrong(node, f"“{key}” is missing in {shape.what}.", "Write it.")
        return found

    def _many(self, node: yaml.Node, shape: Many, path: Path) -> list[Any]:
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(
                node,
                f"Here belongs a list of {shape.what}.",
                "Write each on a line of its own after a hyphen, or all of them in [square "
                "brackets] with commas between.",
            )
            return []
        return [self.read(one, shape.of, (*path, place)) for place, one in enumerate(node.value)]

    def _unknown(self, node: yaml.Node, key: str, shape: Group) -> None:
        near = get_close_matches(key, list(shape.parts), n=1)
        instead = f"“{near[0]}”?" if near else f"There are: {', '.join(shape.parts)}."
        shown = "".join(c for c in key if c.isprintable())[:60]
        self._wrong(
            node,
            f"“{shown}” is no part of {shape.what}.",
            f"Did you mean {instead}" if near else f"Take it out. {instead}",
        )

    def _wrong(self, node: yaml.Node, what: str, what_to_do: str) -> None:
        self.problems.append(Problem(node.start_mark.line + 1, what, what_to_do))


def _is_left_out(node: yaml.Node) -> bool:
    """Whether nothing is written after a key."""
    if not isinstance(node, yaml.ScalarNode):
        return False
    plain = node.style is None and node.value.strip() in ("~", "null")
    return plain or not node.value.strip()


_WRITE_ANEW = "Take the terms as a file from the page of the terms, and change that one."
