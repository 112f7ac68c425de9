"""Which of the live tests are asked of the stand-in too: the table of `standin.md`."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from tests.contract.asked import LEFT_OUT, NOT_ASKED, OTHERWISE

LIVE: Final = Path(__file__).parents[1] / "tests" / "live"


def contract() -> str:
    """Every file of live tests, what it is about, and what of it the stand-in is not asked."""
    rows = [
        f"| `{file.stem}` | {_about(file)} | {_asked(file.stem)} |"
        for file in sorted(LIVE.glob("test_*.py"))
    ]
    head = "| live tests | about | asked of the stand-in |"
    return "\n".join([head, "| --- | --- | --- |", *rows])


def _about(file: Path) -> str:
    told = ast.get_docstring(ast.parse(file.read_text())) or ""
    return " ".join(told.partition("\n\n")[0].split()).rstrip(".")


def _asked(module: str) -> str:
    if module in NOT_ASKED:
        return f"no: {NOT_ASKED[module]}"
    told = ["yes", *[f"but not `{name}`: {why}" for name, why in LEFT_OUT.get(module, {}).items()]]
    if module in OTHERWISE:
        told.append(OTHERWISE[module])
    return "; ".join(told)
