"""Times as people write them on the command line."""

from __future__ import annotations

from datetime import datetime

import typer


def until_us(text: str) -> int:
    """A time by this machine's clock, of today or of a date, in microseconds.

    Raises:
        typer.BadParameter: it is no time.
    """
    try:
        if "-" not in text:
            text = f"{datetime.now().astimezone():%Y-%m-%d}T{text}"
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time such as 14:30 or 2026-12-24T12:00") from None
    return round(found.astimezone().timestamp() * 1_000_000)
