"""The tags of several PDF documents brought into one tree, so that all are read aloud in one go.

Follows ISO 32000-1, 14.7 and 14.8. What a document calls its tags by names of its own is said in
the standard's words; identifiers and classes are renamed, so that none means two things.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

# More than 400 pages of text ever have. A larger tree is taken for none.
MOST_ELEMENTS = 200_000
_DEEPEST = 8


def is_tagged(pdf: pikepdf.Pdf) -> bool:
    """Whether a document has tags that can be brought into another: complete, and of PDF 1."""
    root = pdf.Root.get("/StructTreeRoot")
    if not isinstance(root, Dictionary) or "/Namespaces" in root or "/K" not in root:
        return False
    if not bool(pdf.Root.get("/MarkInfo", Dictionary()).get("/Marked", False)):
        return False
    count = 0
    for count, _ in enumerate(elements(root), 1):  # noqa: B007 (only how many there are)
        pass
    return 0 < count < MOST_ELEMENTS and "/ParentTree" in root


def elements(tree: Any) -> Iterator[Any]:
    """The elements below one, each once; no loop in a file goes round twice."""
    seen: set[tuple[int, int]] = set()
    waiting = [tree]
    for _ in range(MOST_ELEMENTS):
        if not waiting:
            return
        for kid in _kids(waiting.pop()):
            if not isinstance(kid, Dictionary) or "/S" not in kid:
                continue
            if kid.is_indirect:
                if kid.objgen in seen:
                    continue
                seen.add(kid.objgen)
            waiting.append(kid)
            yield kid


def prepare(source: pikepdf.Pdf, *, name: str, begins: int, below: int) -> None:
    """Make the tags of a document fit for another tree, in the document itself.

    ``name`` is put before its identifiers and classes, ``begins`` is the first number its pages may
    have in the tree they come to, and its headings are set ``below`` levels lower.
    """
    root = source.Root.StructTreeRoot
    roles, kept = root.get("/RoleMap", Dictionary()), _kept_annotations(source)
    for element in elements(root):
        element.S = Name(_lower(_standard(str(element.S), roles), below))
        element.K = Array([k for k in _kids(element) if _is_kept(k, kept)])
        for key in ("/AF", "/NS", "/Ref"):
            if key in element:
                del element[key]
        if "/ID" in element:
            element.ID = _renamed(element.ID, name)
        _rename_headers(element, name)
        if "/C" in element:
            element.C = _renamed_classes(element.C, name)
    seen: set[tuple[int, int]] = set()
    for page in source.pages:
        _renumber(page.obj, begins, seen)
        for annotation in page.obj.get("/Annots", Array()):
            _renumber(annotation, begins, seen)
        _renumber_drawn(page.obj.get("/Resources"), begins, seen, 0)


class Tree:
    """The tags of the document that others are bound into; ``write`` puts them back in order."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._root = pdf.Root.StructTreeRoot
        self._parents = dict(_numbers(self._root.get("/ParentTree", Dictionary())))
        self._named = dict(_names(self._root.get("/IDTree", Dictionary())))
        self.next = max([*self._parents, int(self._root.get("/ParentTreeNextKey", 0)) - 1, -1]) + 1
        top = _kids(self._root)
        self._document = top[0] if len(top) == 1 else None

    def place_after(self, page: int) -> int:
        """How many of the elements of the document begin on some page of it, or before it."""
        numbers = {p.objgen: n for n, p in enumerate(self._pdf.pages)}
        for place, kid in enumerate(_kids(self._holder)):
            first = next(_pages_of(kid), None)
            if first is not None and numbers.get(first, -1) > page:
                return place
        return len(_kids(self._holder))

    def section(self, *, title: str, language: str) -> Any:
        """A section for what is bound in; it is put into the document with ``put``."""
        made = Dictionary(Type=Name.StructElem, S=Name.Sect, P=self._holder, T=title, K=Array([]))
        if language:
            made.Lang = String(language)
        return self._pdf.make_indirect(made)

    def put(self, section: Any, place: int) -> None:
        """Put a section at its place among the elements of the document."""
        kids = list(_kids(self._holder))
        self._holder.K = Array([*kids[:place], section, *kids[place:]])

    def take_in(self, section: Any, root: Any, *, name: str) -> None:
        """Take in the tree of another document, which was prepared and copied into this one.

        It was prepared to begin with ``next`` as that is now.
        """
        kids = [k for k in _kids(root) if isinstance(k, Dictionary)]
        for kid in kids:
            kid.P = section
            if str(kid.S) == "/Document":
                kid.S = Name.Part
        section.K = Array(kids)
        numbers = _numbers(root.get("/ParentTree", Dictionary()))
        # Its pages were given numbers from ``next`` on when it was prepared.
        self._parents.update((self.next + number, led_to) for number, led_to in numbers)
        prefixed = (
            (_prefix(key, name), value) for key, value in _names(root.get("/IDTree", Dictionary()))
        )
        self._named.update(prefixed)
        classes = root.get("/ClassMap", Dictionary())
        if len(classes.keys()):
            mine = self._root.get("/ClassMap", Dictionary())
            for key in list(classes.keys()):
                mine[f"/{name}-{key[1:]}"] = classes[key]
            self._root.ClassMap = mine
        self.next = max([*self._parents, self.next - 1]) + 1

    def picture_of_page(self, section: Any, page: pikepdf.Page, *, words: str) -> int:
        """Tag a whole page as one picture with its alternative text; the page's number in here."""
        box = Dictionary(O=Name.Layout, Placement=Name.Block, BBox=page.obj.MediaBox)
        made = Dictionary(
            Type=Name.StructElem, S=Name.Figure, P=section, Pg=page.obj, K=0, A=box,
            Alt=String(words),
        )  # fmt: skip
        element = self._pdf.make_indirect(made)
        section.K.append(element)
        number, self.next = self.next, self.next + 1
        self._parents[number] = Array([element])
        return number

    def write(self) -> None:
        """Write the tables by which pages and identifiers lead to their tags."""
        flat = Array([part for key in sorted(self._parents) for part in (key, self._parents[key])])
        self._root.ParentTree = self._pdf.make_indirect(Dictionary(Nums=flat))
        self._root.ParentTreeNextKey = self.next
        if self._named:
            pairs = Array([p for k in sorted(self._named) for p in (String(k), self._named[k])])
            self._root.IDTree = self._pdf.make_indirect(Dictionary(Names=pairs))

    @property
    def _holder(self) -> Any:
        return self._root if self._document is None else self._document


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, Array) else [kids]


def _pages_of(element: Any) -> Iterator[tuple[int, int]]:
    """The pages on which an element stands, the first of its parts first."""
    if isinstance(element, Dictionary):
        if "/Pg" in element:
            yield element.Pg.objgen
        for kid in _kids(element):
            yield from _pages_of(kid)


def _standard(tag: str, roles: Any) -> str:
    """A tag in the standard's words, through as many names as a document has for it."""
    for _ in range(_DEEPEST):
        if tag not in roles or str(roles[tag]) == tag:
            return tag
        tag = str(roles[tag])
    return tag


def _lower(tag: str, below: int) -> str:
    if len(tag) == 3 and tag[:2] == "/H" and tag[2] in "123456":
        return f"/H{min(6, int(tag[2]) + below)}"
    return tag


def _kept_annotations(pdf: pikepdf.Pdf) -> frozenset[tuple[int, int]]:
    return frozenset(
        a.objgen for page in pdf.pages for a in page.obj.get("/Annots", Array()) if a.is_indirect
    )


def _is_kept(kid: Any, annotations: frozenset[tuple[int, int]]) -> bool:
    """Whether a part of an element is still there: a link that was left out is not."""
    if not isinstance(kid, Dictionary) or kid.get("/Type") != Name.OBJR:
        return True
    target = kid.get("/Obj")
    return target is not None and target.is_indirect and target.objgen in annotations


def _prefix(identifier: bytes, name: str) -> bytes:
    return name.encode() + b"-" + identifier


def _renamed(identifier: Any, name: str) -> String:
    return String(_prefix(bytes(identifier), name))


def _rename_headers(element: Any, name: str) -> None:
    """Cells of a table name their header cells by identifiers."""
    attributes = element.get("/A")
    for one in attributes if isinstance(attributes, Array) else [attributes]:
        if isinstance(one, Dictionary) and "/Headers" in one:
            one.Headers = Array([_renamed(h, name) for h in one.Headers])


def _renamed_classes(classes: Any, name: str) -> Any:
    many = classes if isinstance(classes, Array) else [classes]
    return Array([Name(f"/{name}-{str(c)[1:]}") if isinstance(c, Name) else c for c in many])


def _renumber(thing: Any, begins: int, seen: set[tuple[int, int]]) -> None:
    if not isinstance(thing, Dictionary | pikepdf.Stream):
        return
    if thing.is_indirect:
        if thing.objgen in seen:
            return
        seen.add(thing.objgen)
    for key in ("/StructParents", "/StructParent"):
        if key in thing:
            thing[key] = int(thing[key]) + begins


def _renumber_drawn(resources: Any, begins: int, seen: set[tuple[int, int]], depth: int) -> None:
    """What is drawn on a page from elsewhere has numbers of its own."""
    if not isinstance(resources, Dictionary) or depth > _DEEPEST:
        return
    drawn = resources.get("/XObject", Dictionary())
    for key in list(drawn.keys()):
        one = drawn[key]
        known = one.objgen in seen
        _renumber(one, begins, seen)
        if not known:
            _renumber_drawn(one.get("/Resources"), begins, seen, depth + 1)


def _numbers(tree: Any, depth: int = 0) -> Iterator[tuple[int, Any]]:
    """The pairs of a number tree."""
    pairs = tree.get("/Nums", Array())
    for place in range(0, len(pairs) - 1, 2):
        yield int(pairs[place]), pairs[place + 1]
    for kid in tree.get("/Kids", Array()) if depth < _DEEPEST else ():
        yield from _numbers(kid, depth + 1)


def _names(tree: Any, depth: int = 0) -> Iterator[tuple[bytes, Any]]:
    """The pairs of a name tree."""
    pairs = tree.get("/Names", Array())
    for place in range(0, len(pairs) - 1, 2):
        yield bytes(pairs[place]), pairs[place + 1]
    for kid in tree.get("/Kids", Array()) if depth < _DEEPEST else ():
        yield from _names(kid, depth + 1)
