"""Writes tables and views of the records into `docs/records.md` (`make pages`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent / "records.md"
_PLACE: Final = re.compile(
    r"(?P<begin><!-- (?P<what>tables|views) of the records -->\n).*?(?P<end><!-- end -->)",
    re.DOTALL,
)


def tables() -> str:
    """Every table with its columns, the key apart."""
    from acdengine.records.schema import metadata, queue_intervals

    lines = []
    for table in metadata.tables.values():
        lines += ["", f"### `{table.name}`", "", f"{table.comment}", "",
                  "| column | type | meaning |", "| --- | --- | --- |"]  # fmt: skip
        for column in table.columns:
            comment = column.comment or _COUNTS.get(column.name, "")
            if table is queue_intervals and "_in_" in column.name:
                what, _, seconds = column.name.partition("_in_")
                comment = f"Of these {what}, after {seconds.removesuffix('_s')} s at the most"
            lines.append(f"| `{column.name}` | {column.type} | {comment} |")
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            names = ", ".join(f"`{column.name}`" for column in index.columns)
            of_open = " of open rows" if str(index.name).endswith("_open") else ""
            lines.append(f"| | index | {names}{of_open} |")
    return "\n".join(lines).strip()


_COUNTS: Final = {
    "queued": "Waits begun in this quarter",
    "resumed": "Waits that went on where they were left, for a callback or a number outside",
    "answered": "Of these waits, answered by an agent",
    "abandoned": "Of these waits, given up by the caller",
    "short_abandoned": "Of these, within the queue's short-abandon time",
    "left_otherwise": "Of these waits, left for another reason",
    "refused": "Calls that the queue did not take",
    "offers": "Times that an agent was rung",
    "offers_missed": "Offers in this quarter that the agent or telephone did not take",
    "waited_answered_us": "Waits that were answered, together",
    "waited_abandoned_us": "Waits that were given up, together",
    "waited_otherwise_us": "Waits that ended for another reason, together",
    "conversations": "Conversations begun in this quarter that are over",
    "talked_us": "Their length without holds, together",
    "held_us": "Their holds, together",
    "wrap_ups": "Wrap-ups begun in this quarter that are over",
    "wrapped_us": "Their length, together",
}


def views() -> str:
    """Every view and its columns."""
    from acdengine.records.views import VIEWS

    lines = ["| view | shows | columns |", "| --- | --- | --- |"]
    for name, (what, query) in VIEWS.items():
        columns = query.partition("SELECT ")[2].rpartition(" FROM ")[0]
        names = [column.split()[-1] for column in re.split(r",(?![^(]*\))", columns)]
        lines.append(f"| `{name}` | {what} | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join(lines)


def filled_in(page: str) -> str:
    """The page with what the code says now."""
    contents = {"tables": tables, "views": views}
    return _PLACE.sub(
        lambda place: f"{place['begin']}\n{contents[place['what']]()}\n\n{place['end']}", page
    )


if __name__ == "__main__":
    PAGE.write_text(filled_in(PAGE.read_text()))
