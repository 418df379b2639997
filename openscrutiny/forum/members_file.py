"""Files of members: a sheet of rows as somebody keeps it, read; and the same columns written.

Reading knows nothing of seats or people: it says of each cell what cannot be read and what to do.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from openscrutiny.core.calendar import in_words

# The columns, in the order in which they are written; a file may have them in any order.
COLUMNS = (
    "Body", "Seat", "Name", "E-mail", "Organisation", "Since", "Substitute for", "Person",
)  # fmt: skip
# What each must hold, and what to do where it is empty.
REQUIRED = {
    "Body": "Write the short name of the body, as the terms of reference do.",
    "Seat": "Write the short name of the seat, as the terms of reference do.",
    "Name": "Write the name of the person.",
    "Since": "Write the first day in the seat.",
}
# What “Person” may say of somebody whose name is known here: that they are meant, or another.
KNOWN, ANOTHER = "known", "another"
LARGEST = 500_000
MOST_ROWS = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# A cell of a sheet that holds a formula, as the file format writes it.
_CELL_WITH_FORMULA = re.compile(rb'<c\b[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f\b')


@dataclass(frozen=True)
class Problem:
    """What cannot be read: ``row`` as the spreadsheet counts it, 0 for the file as a whole."""

    row: int
    column: str
    what: str
    what_to_do: str


@dataclass(frozen=True)
class Row:
    """One row: which seat, who, for whom, since when. ``number`` as the spreadsheet counts it.

    ``substitute_for`` is the name or address of the member somebody stands in for, empty for a
    member. ``person`` is KNOWN or ANOTHER where the name is known here, empty where nothing was
    said.
    """

    number: int
    body: str
    seat: str
    name: str
    email: str
    organisation: str
    since: date
    substitute_for: str = ""
    person: str = ""


@dataclass(frozen=True)
class Read:
    """What was read of a file: its rows, what cannot be read, and how dates were taken."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    dates: str = ""


class Unreadable(Exception):
    """A file of which nothing can be used."""

    def __init__(self, what: str, what_to_do: str) -> None:
        super().__init__(f"{what} {what_to_do}")
        self.problem = Problem(0, "", what, what_to_do)


def read_members(content: bytes) -> Read:
    """The rows that can be read, and what cannot. Unreadable where nothing can.

    CSV in UTF-8 or an XLSX workbook, whose first sheet counts. A date is year, month and day; day,
    month and year as British spreadsheets save it is taken too, unless the file shows that its
    dates are not all written so.
    """
    if len(content) > LARGEST:
        raise Unreadable(
            f"The file is larger than {LARGEST // 1000} kilobytes.",
            "Keep the sheet of members alone in it, without pictures.",
        )
    if content[:4] == b"PK\x03\x04":
        table, formulas = _workbook(content), _formulas(content)
    else:
        table, formulas = _text(content), set()
    if not any(any(row) for row in table):
        raise Unreadable("The file is empty.", "Download the template and fill it in.")
    places = _places(table[0])
    filled = [(n, row) for n, row in enumerate(table[1:], start=2) if any(row)]
    if not filled:
        raise Unreadable(
            "The file has a heading and no row.", "Write one row for each person in a seat."
        )
    if len(filled) > MOST_ROWS:
        raise Unreadable(
            f"The file has {len(filled)} rows; {MOST_ROWS} can be brought in at once.",
            "Split it into several files.",
        )
    return _rows(filled, places, formulas)


def as_csv_text(rows: Iterable[Sequence[str]]) -> str:
    """The columns and rows as CSV that a spreadsheet opens, with nothing in it run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def as_workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """The same as an XLSX workbook. Every cell is text."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet("Members")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(COLUMNS):
            sheet.set_column(place, place, 26)
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, safe(cell))
    return file.getvalue()


def safe(cell: str) -> str:
    """A text that no spreadsheet runs as a formula; ``read_members`` takes it back as it was."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


# ---- reading ------------------------------------------------------------------------------------


def _workbook(content: bytes) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Unreadable(
            "This looks like a spreadsheet and cannot be opened as one.",
            "Save it again as XLSX, without a password, or as CSV in UTF-8.",
        ) from error
    return [[_as_text(cell) for cell in row] for row in table]


def _as_text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _formulas(content: bytes) -> set[tuple[int, int]]:
    """Where the first sheet holds formulas, as row and column from 1."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            first = min(
                (i for i in parts.infolist() if i.filename.startswith("xl/worksheets/sheet")),
                key=lambda i: i.filename,
            )
            if first.file_size > 40 * LARGEST:
                raise Unreadable(
                    "The first sheet is far larger than a list of members.",
                    "Copy the list into a new workbook.",
                )
            found = _CELL_WITH_FORMULA.findall(parts.read(first))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return set()
    return {(int(row), _column_number(letters.decode())) for letters, row in found}


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _text(content: bytes) -> list[list[str]]:
    if b"\0" in content:
        raise Unreadable(
            "This is neither CSV in UTF-8 nor an XLSX workbook.",
            "In the spreadsheet choose “Save as”, then “CSV UTF-8” or “Excel workbook (.xlsx)”.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(
            f"The file is not in UTF-8: a letter in line {line} cannot be read.",
            "In the spreadsheet choose “Save as”, then “CSV UTF-8”.",
        ) from error
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as error:
        raise Unreadable(
            f"The file is no CSV that can be read: {error}.", "Save it from a spreadsheet again."
        ) from error
    return [[cell.strip() for cell in row] for row in rows]


def _places(heading: Sequence[str]) -> dict[str, int]:
    """Where each column stands; Unreadable names those that are missing, unknown or twice."""
    known = {_key(name): name for name in COLUMNS}
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = known.get(_key(cell))
        if name is None and cell:
            raise Unreadable(
                f"The column “{cell}” is not known.",
                f"Take it out. The columns are: {', '.join(COLUMNS)}.",
            )
        if name in found:
            raise Unreadable(f"The column “{name}” stands twice.", "Keep one of them.")
        if name is not None:
            found[name] = place
    missing = [name for name in COLUMNS if name in REQUIRED and name not in found]
    if missing:
        raise Unreadable(
            f"The first row must name the columns; missing: {', '.join(missing)}.",
            "Download the template and copy its first row.",
        )
    return found


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _rows(
    filled: Sequence[tuple[int, Sequence[str]]],
    places: dict[str, int],
    formulas: set[tuple[int, int]],
) -> Read:
    rows: list[Row] = []
    problems: list[Problem] = []
    since = places["Since"]
    dates = Dates.of(cells[since] for _, cells in filled if since < len(cells))
    for number, cells in filled:
        said, wrong = {}, []
        for name in COLUMNS:
            place = places.get(name)
            cell = cells[place] if place is not None and place < len(cells) else ""
            if place is not None and ((number, place + 1) in formulas or cell.startswith(_FORMULA)):
                wrong.append(
                    Problem(
                        number,
                        name,
                        "The cell holds a formula.",
                        "Write the value itself, not what works it out.",
                    )
                )
            said[name] = _unquoted(cell)
        wrong = wrong or list(_wrong(number, said, dates))
        problems += wrong
        if not wrong:
            rows.append(
                Row(
                    number,
                    said["Body"],
                    said["Seat"],
                    said["Name"],
                    said["E-mail"].lower(),
                    said["Organisation"],
                    dates.read(said["Since"]),
                    said["Substitute for"],
                    said["Person"].lower(),
                )
            )
    return Read(tuple(rows), tuple(problems), dates.words if rows else "")


def _unquoted(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _wrong(number: int, said: dict[str, str], dates: Dates) -> Iterable[Problem]:
    for name in COLUMNS:
        if name in REQUIRED and not said[name]:
            yield Problem(number, name, "The cell is empty.", REQUIRED[name])
        if len(said[name]) > 120:
            yield Problem(number, name, "The cell is too long.", "Use 120 characters at most.")
    if said["E-mail"] and not _EMAIL.fullmatch(said["E-mail"]):
        yield Problem(
            number,
            "E-mail",
            f"“{said['E-mail']}” is not an e-mail address.",
            "Correct it, or leave the cell empty.",
        )
    if said["Person"].lower() not in ("", KNOWN, ANOTHER):
        yield Problem(
            number,
            "Person",
            f"“{said['Person']}” is no answer.",
            f"Write “{KNOWN}” or “{ANOTHER}”, or leave the cell empty.",
        )
    if said["Since"]:
        try:
            dates.read(said["Since"])
        except ValueError as error:
            yield Problem(
                number, "Since", str(error), "Write year, month and day, such as 2026-11-02."
            )


@dataclass(frozen=True)
class Dates:
    """How the dates of a column are written: ``slashed`` those that are not year, month and day.

    ``mixed`` where one of these can only be month, day and year, so that 5/11 may mean either.
    """

    slashed: tuple[str, ...]
    mixed: bool

    @classmethod
    def of(cls, cells: Iterable[str]) -> Dates:
        found = [(cell, m) for cell in cells if (m := _SLASHED.fullmatch(cell))]
        mixed = any(int(m[1]) <= 12 < int(m[2]) <= 31 for _, m in found)
        return cls(tuple(cell for cell, _ in found), mixed)

    def read(self, cell: str) -> date:
        """ValueError, with a sentence, for what is no date or may be two."""
        slashed = _SLASHED.fullmatch(cell)
        try:
            if slashed is None:
                return date.fromisoformat(cell)
            read = date(int(slashed[3]), int(slashed[2]), int(slashed[1]))
        except ValueError:
            raise ValueError(f"“{cell}” is not a date.") from None
        if self.mixed and read.day <= 12:
            raise ValueError(
                f"“{cell}” may be two days, because other dates of the column are written month "
                "first."
            )
        return read

    @property
    def words(self) -> str:
        """How they were taken, with the first as an example; empty where there is no question."""
        for cell in self.slashed:
            try:
                read = self.read(cell)
            except ValueError:
                continue
            return (
                f"Dates such as {cell} were read as day, month and year: {in_words(read)}. If that "
                "is not what they mean, write them as 2026-11-02 and upload the file again."
            )
        return ""
