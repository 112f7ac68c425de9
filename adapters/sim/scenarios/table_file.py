"""Tables in CSV files, as programs and spreadsheets write them.

Read are commas, semicolons or tabs between the cells, a byte order mark, UTF-16 with one, Windows
line ends, and a comma as decimal point where it does not separate the cells. Lines that begin with
`#` and empty ones are passed over. The heading may be in any case and order of columns; further
columns are refused, so that a misspelt one is noticed.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LARGEST: Final = 50_000_000


class TableError(ValueError):
    """A table cannot be used; names the file, the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes:
        place: file and line number, for messages.
        cells: heading to text, without blanks around it.
        decimal_comma: numbers may have a comma as decimal point.
    """

    place: str
    cells: Mapping[str, str]
    decimal_comma: bool

    def number(self, column: str, highest: float) -> float:
        """The number of a column, 0 or more and below ``highest``.

        Raises:
            TableError: the cell has no such number.
        """
        text = self.cells[column]
        point = text.replace(",", ".") if self.decimal_comma and text.count(",") == 1 else text
        try:
            value = float(point)
        except ValueError:
            value = -1.0
        if not 0 <= value < highest:
            raise self.error(f"{column} is {text!r}; expected a number from 0 to {highest:g}")
        return value

    def whole(self, column: str, highest: int) -> int:
        """The whole number of a column, 0 or more and at most ``highest``.

        Raises:
            TableError: the cell has no such number.
        """
        value = self.number(column, highest + 1)
        if value != int(value):
            raise self.error(f"{column} is {self.cells[column]!r}; expected a whole number")
        return int(value)

    def error(self, text: str) -> TableError:
        """An error that names this line."""
        return TableError(f"{self.place}: {text}")


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file with these columns.

    Raises:
        TableError: the file cannot be read, its heading is another, or a line has another number
            of cells.
    """
    lines = _lines(path)
    heading = f"expected the heading {','.join(columns)}"
    if not lines:
        raise TableError(f"{path}: it is empty; {heading}")
    separator = max(_SEPARATORS, key=lines[0][1].count)
    rows = [(number, _cells(line, separator)) for number, line in lines]
    (first, found), rows = rows[0], rows[1:]
    names = [name.lower() for name in found]
    if sorted(names) != sorted(columns):
        raise TableError(f"{path}:{first}: {heading}, found {', '.join(found)}")
    table = []
    for number, cells in rows:
        while len(cells) > len(names) and not cells[-1]:
            # Spreadsheets write the cells of columns that were once used.
            cells.pop()
        if len(cells) != len(names):
            raise TableError(
                f"{path}:{number}: expected {len(names)} cells, found {len(cells)}: "
                f"{separator.join(cells)}"
            )
        table.append(
            Row(f"{path}:{number}", dict(zip(names, cells, strict=True)), separator != ",")
        )
    return table


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines with their numbers, without comments and empty ones."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _LARGEST:
        raise TableError(f"{path}: larger than {_LARGEST // 1_000_000} MB")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: expected UTF-8: {error.reason} at byte {error.start}") from error
    return [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip(",;\t ") and not line.startswith("#")
    ]


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def minutes_of(text: str) -> int | None:
    """Minutes since midnight of `9:30`, `09:30` or `09:30:00`; None for anything else."""
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    hours, minutes, *seconds = map(int, parts)
    if hours > 23 or minutes > 59 or any(seconds):
        return None
    return hours * 60 + minutes
