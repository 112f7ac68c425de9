"""Writes the definitions of the metrics into `docs/reports.md` (`make pages`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent / "reports.md"
_PLACE: Final = re.compile(
    r"(?P<begin><!-- (?P<what>metrics|parts) of reports -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
_UNITS: Final = {
    "count": "calls", "share": "%", "s": "s", "h": "h", "per_h": "an hour", "score": "score",
    "rings": "rings", "money": "money",
}  # fmt: skip
_A_PART: Final = "a part of other metrics"


def metrics() -> str:
    """Every metric that is no part of another."""
    from acdengine.reports.metrics import METRICS

    lines = ["| metric | no. | unit | formula | what it tells |", "| --- | --- | --- | --- | --- |"]
    for metric in METRICS.values():
        if metric.meaning == _A_PART:
            continue
        parameters = "".join(
            f"; `{one.name}` ({one.default:g}): {one.what}"
            if isinstance(one.default, float)
            else f"; `{one.name}` ({one.default}): {one.what}"
            for one in metric.parameters
        )
        lines.append(
            f"| `{metric.name}` {metric.title} | {metric.number or ''} | {_UNITS[metric.unit]} |"
            f" {metric.formula}{parameters} | {metric.meaning} |"
        )
    return "\n".join(lines)


def parts() -> str:
    """Every part by itself."""
    from acdengine.reports.metrics import METRICS

    found = [one for one in METRICS.values() if one.meaning == _A_PART]
    return ", ".join(f"`{one.name}` ({one.formula})" for one in found)


def filled_in(page: str) -> str:
    """The page with what the code says now."""
    contents = {"metrics": metrics, "parts": parts}
    return _PLACE.sub(
        lambda place: f"{place['begin']}\n{contents[place['what']]()}\n\n{place['end']}", page
    )


if __name__ == "__main__":
    PAGE.write_text(filled_in(PAGE.read_text()))
