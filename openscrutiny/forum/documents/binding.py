"""Papers that came as PDF bound into a pack: their pages, their tags, and the pack's page numbers.

The typesetter leaves empty pages for them, with a head and a foot. Each page of a paper is laid on
one of these, a little smaller, so that the whole pack is counted through and every page says what
it belongs to. Tags of a paper become part of the tags of the pack. A page without tags becomes one
picture whose alternative text says that it cannot be read aloud.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Matrix, Name

from openscrutiny.forum.documents.tags import Tree, is_tagged, prepare

# Headings of a paper stand below that of the paper itself, which is of the second level.
_BELOW = 2
_MM = 72 / 25.4
# What head and foot of a page leave to a paper, from the edges of an A4 page.
_ABOVE, _UNDER = 19 * _MM, 15 * _MM
_BOXES = ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox", "/Rotate", "/UserUnit", "/Thumb", "/Tabs")
_UNREAD = (
    "Page {page} of {pages} of this paper as it was handed in. It has no tags, so what it says "
    "cannot be read aloud."
)


@dataclass(frozen=True)
class Original:
    """A paper as it was handed in: its file, how many pages it has, and whether it is tagged."""

    data: bytes = field(repr=False)
    pages: int
    tagged: bool


def original(data: bytes) -> Original | None:
    """What has to be known of a PDF to bind it in; None for a file that cannot be."""
    try:
        with pikepdf.open(io.BytesIO(data)) as opened:
            pages = len(opened.pages)
            return Original(data, pages, is_tagged(opened)) if pages else None
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def bind(pack: bytes, originals: Sequence[tuple[str, str, Original]]) -> bytes:
    """The pack with papers laid on the pages that were left for them.

    Each is given with the name of the place after whose page it begins, and its title. With any of
    them the pack says of itself no more that it keeps to PDF/UA: nobody has checked their tags. The
    same papers give the same bytes.
    """
    if not originals:
        return pack
    with ExitStack() as open_files:
        made = open_files.enter_context(pikepdf.open(io.BytesIO(pack)))
        tree, places = Tree(made), _places(made)
        for name, title, one in originals:
            source = open_files.enter_context(pikepdf.open(io.BytesIO(one.data)))
            _bind_one(made, tree, source, one, sheet=places[name], name=name, title=title)
        tree.write()
        with made.open_metadata(set_pikepdf_as_editor=False) as said:
            if "pdfuaid:part" in said:
                del said["pdfuaid:part"]
        written = io.BytesIO()
        made.save(written, deterministic_id=True)
        return written.getvalue()


def _places(made: pikepdf.Pdf) -> dict[str, int]:
    """The pages on which named places of the pack are."""
    numbers = {page.objgen: number for number, page in enumerate(made.pages)}
    pairs = made.Root.get("/Names", Dictionary()).get("/Dests", Dictionary())
    found = pikepdf.NameTree(pairs)
    return {str(name): numbers[target[0].objgen] for name, target in found.items()}


def _bind_one(
    made: pikepdf.Pdf,
    tree: Tree,
    source: pikepdf.Pdf,
    one: Original,
    *,
    sheet: int,
    name: str,
    title: str,
) -> None:
    place = tree.place_after(sheet)
    section = tree.section(title=title, language=str(source.Root.get("/Lang", "")))
    _leave_out_links_inside(source)
    if one.tagged:
        prepare(source, name=name, begins=tree.next, below=_BELOW)
    for number in range(one.pages):
        at = sheet + 1 + number
        frame = _form(made, made.pages[at])
        made.pages[at] = source.pages[number]
        laid = made.pages[at]
        if one.tagged:
            _lay(laid, frame)
        else:
            words = _UNREAD.format(page=number + 1, pages=one.pages)
            _lay_as_picture(made, laid, frame, tree, section, words)
    if one.tagged:
        copied = made.copy_foreign(source.make_indirect(source.Root.StructTreeRoot))
        tree.take_in(section, copied, name=name)
    tree.put(section, place)


def _leave_out_links_inside(source: pikepdf.Pdf) -> None:
    """Links to other pages of a paper are left out: they know nothing of the pack around it."""
    for page in source.pages:
        links = [
            a
            for a in page.obj.get("/Annots", Array())
            if isinstance(a, Dictionary) and a.get("/A", Dictionary()).get("/S") == Name.URI
        ]
        page.obj.Annots = Array(links)


def _form(made: pikepdf.Pdf, page: pikepdf.Page) -> Any:
    """What a page shows now, to be drawn elsewhere; what becomes of the page changes nothing."""
    drawn = page.as_form_xobject(handle_transformations=False)
    # Its content would be read from the page when the file is written.
    return made.make_stream(
        drawn.read_bytes(),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=drawn.BBox,
        Resources=drawn.get("/Resources", Dictionary()),
        **({"Group": drawn.Group} if "/Group" in drawn else {}),
    )


def _lay(page: pikepdf.Page, frame: Any) -> None:
    """A page with its own content, laid into the frame. Its tags stay as they are."""
    matrix, box = _fit(page)
    page.obj.Resources = _own(page.obj.get("/Resources", Dictionary()))
    drawn = _own(page.obj.Resources.get("/XObject", Dictionary()))
    drawn.PackFrame = frame
    page.obj.Resources.XObject = drawn
    # The frame comes first, so that nothing a page leaves open can reach it.
    page.contents_add(b"q /PackFrame Do Q\n" + _begin(matrix, box), prepend=True)
    page.contents_add(b"\nQ\n")
    _settle(page, matrix)


def _lay_as_picture(
    made: pikepdf.Pdf, page: pikepdf.Page, frame: Any, tree: Tree, section: Any, words: str
) -> None:
    """A page drawn as a whole, with an alternative text: whatever tags it half has are dropped."""
    matrix, box = _fit(page)
    drawn = _form(made, page)
    page.obj.Resources = Dictionary(XObject=Dictionary(PackFrame=frame, PackPage=drawn))
    content = b"q /PackFrame Do Q\n/Figure <</MCID 0>> BDC\n" + _begin(matrix, box)
    page.obj.Contents = made.make_stream(content + b"/PackPage Do\nQ\nEMC\n")
    _settle(page, matrix)
    page.obj.StructParents = tree.picture_of_page(section, page, words=words)


def _own(resources: Any) -> Any:
    """A copy that no other page shares."""
    return Dictionary({key: resources[key] for key in resources.keys()})  # noqa: SIM118


def _fit(page: pikepdf.Page) -> tuple[Matrix, tuple[float, ...]]:
    """How a page is turned, made smaller and moved so that it fits its frame; and its own box."""
    x, y, right, top = box = tuple(float(n) for n in page.cropbox)
    width, height = right - x, top - y
    turned = int(page.obj.get("/Rotate", 0)) % 360
    upright = Matrix().translated(-x, -y)
    if turned == 90:
        upright = upright @ Matrix(0, -1, 1, 0, 0, width)
    elif turned == 180:
        upright = upright @ Matrix(-1, 0, 0, -1, width, height)
    elif turned == 270:
        upright = upright @ Matrix(0, 1, -1, 0, height, 0)
    if turned in (90, 270):
        width, height = height, width
    wide, high = _A4[2] - _A4[0], _A4[3] - _ABOVE - _UNDER
    scale = min(wide / width, high / height, 1.0)
    # A page that is less high than the frame begins at the head, as every other page does.
    left, low = (wide - scale * width) / 2, _UNDER + high - scale * height
    return upright @ Matrix(scale, 0, 0, scale, left, low), box


_A4 = (0.0, 0.0, 595.276, 841.89)


def _begin(matrix: Matrix, box: tuple[float, ...]) -> bytes:
    x, y, right, top = box
    clip = f"{x:.4f} {y:.4f} {right - x:.4f} {top - y:.4f} re W n\n"
    return b"q " + matrix.encode() + b" cm " + clip.encode()


def _settle(page: pikepdf.Page, matrix: Matrix) -> None:
    """A page of the pack: A4, upright, its links where its words now are."""
    page.obj.MediaBox = Array([*_A4])
    for key in _BOXES:
        if key in page.obj:
            del page.obj[key]
    for link in page.obj.get("/Annots", Array()):
        link.Rect = _moved(link.Rect, matrix)
        if "/QuadPoints" in link:
            del link["/QuadPoints"]
    page.obj.Tabs = Name.S


def _moved(rectangle: Any, matrix: Matrix) -> Array:
    x, y, right, top = (float(n) for n in rectangle)
    corners = [matrix.transform(corner) for corner in ((x, y), (right, y), (x, top), (right, top))]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return Array([min(xs), min(ys), max(xs), max(ys)])
