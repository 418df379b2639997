"""Every state that the product's code names is a state of the table of what it is asked of.

A query for a state that there is not answers with nothing, or with everything, and no error.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import apps

from openscrutiny.core.machines import MACHINES

PACKAGE = Path(__file__).resolve().parents[2] / "openscrutiny"
_QUERIES = {"filter", "exclude", "get", "update", "create", "Q", "get_or_create"}
_WORDS = {"state", "state__in", "state__exact"}
Named = tuple[int, str, str]


def test_every_state_in_a_query_or_a_comparison_is_one_of_the_table_it_is_asked_of() -> None:
    wrong = []
    found = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for line, owner, state in states_named(ast.parse(path.read_text())):
            found += 1
            if state not in states_of(owner):
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} says “{state}” of {owner}")
    assert wrong == [], "\n".join(wrong)
    assert found > 200, "the sweep sees fewer states than there are"


def test_the_sweep_knows_of_what_a_state_is_asked() -> None:
    source = """
_OVER = ("held", "hold")
Decision.objects.exclude(state="refused").order_by("id")
rows.filter(item__meeting__state__in=[*_OVER, "certified"])
meeting.items.filter(pk=1, state=old).update(state="approved")
Q(state__in={"x"} | {"y"})
decision.state in ("planned",)
"""
    named = {(owner, state) for _, owner, state in states_named(ast.parse(source))}
    assert {s for o, s in named if s not in states_of(o)} == {
        "hold", "refused", "certified", "approved", "x", "y", "planned"
    }  # fmt: skip
    assert ("meeting", "held") in named


@cache
def states_of(owner: str) -> frozenset[str]:
    """The states of what has a name: a model, or what a relation of that name leads to.

    Those of every table where the name says nothing.
    """
    tables = _tables().get(owner) or {name for one in _tables().values() for name in one}
    return frozenset(s for m in MACHINES if m.name in tables for s in m.states)


@cache
def _tables() -> dict[str, set[str]]:
    """The names of state tables by the names of their models and of relations to those."""
    found: dict[str, set[str]] = defaultdict(set)
    for model in apps.get_models():
        machine = getattr(model, "MACHINE", None)
        if machine is not None:
            for name in (model.__name__, model.__name__.lower()):
                found[name].add(machine.name)
        for field in model._meta.get_fields():
            table = getattr(field.related_model, "MACHINE", None)
            names = [field.name, getattr(field, "get_accessor_name", str)() or ""]
            for name in filter(None, names if table is not None else ()):
                found[name].add(table.name)
    return found


def states_named(tree: ast.Module) -> Iterator[Named]:
    """Each state that is written out in a query or a comparison: its line, of what, and itself."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _QUERIES:
            for given in node.keywords:
                *way, last = (given.arg or "").rpartition("state")
                if f"state{last}" in _WORDS and way[1]:
                    owner = way[0].rstrip("_").rpartition("__")[2] or _asked(node.func)
                    yield from _texts(given.value, owner, constants)
        elif isinstance(node, ast.Compare) and _name(node.left) == "state":
            owner = _name(node.left.value) if isinstance(node.left, ast.Attribute) else ""
            for value in node.comparators:
                yield from _texts(value, owner, constants)


def _asked(function: ast.expr) -> str:
    """What a query is asked of: ``Meeting`` in ``Meeting.objects.filter``, ``items`` in
    ``meeting.items.filter``; what a query before it was asked of, in a chain of them."""
    if not isinstance(function, ast.Attribute):
        return ""
    before = function.value
    while isinstance(before, ast.Call):
        before = before.func
        if not isinstance(before, ast.Attribute):
            return ""
        before = before.value
    name = _name(before)
    managers = ("objects", "_base_manager")
    return _name(before.value) if name in managers and isinstance(before, ast.Attribute) else name


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.expr, owner: str, constants: dict[str, ast.expr]) -> Iterator[Named]:
    """The texts an expression is made of; a name is looked up among those of its module."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, owner, node.value
    elif isinstance(node, ast.Name) and node.id in constants:
        parts = [constants[node.id]]
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = node.elts
    elif isinstance(node, ast.Starred):
        parts = [node.value]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Call) and _name(node.func) in ("frozenset", "set", "list", "tuple"):
        parts = node.args
    for part in parts:
        yield from _texts(part, owner, constants)
