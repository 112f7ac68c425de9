"""Rows of a plan as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import typer


def print_rows(
    form: str, heading: Sequence[str], rows: Sequence[tuple[Any, ...]],
    digits: Sequence[int | None],
) -> None:  # fmt: skip
    """Print rows.

    Args:
        form: table, csv or json.
        heading: names of the columns.
        rows: their cells.
        digits: of a table, by column: decimal places; None for words.
    """
    if form == "json":
        typer.echo(json.dumps([dict(zip(heading, row, strict=True)) for row in rows], indent=2))
        return
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
        typer.echo(text.getvalue(), nl=False)
        return
    cells = [
        [
            "-" if cell is None else cell if places is None else f"{cell:,.{places}f}"
            for cell, places in zip(row, digits, strict=True)
        ]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(heading, *cells, strict=True)]
    for line in [list(heading), *cells]:
        typer.echo(
            "  ".join(
                f"{cell:<{width}}" if places is None else f"{cell:>{width}}"
                for cell, width, places in zip(line, widths, digits, strict=True)
            ).rstrip()
        )
