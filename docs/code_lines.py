"""Links from pages to lines of the code: ``[`Class.method`](file.py#L12)``.

The line is found in the source, so that a link leads there as long as the name exists.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_LINK: Final = re.compile(
    r"\[`(?P<name>\w+\.\w+)`\]"
    r"\((?P<file>(?:acdengine|queues|routing)/[\w/]+\.py)(?:#L\d+)?\)"
)


def with_lines(page: str) -> str:
    """A page whose links to methods lead to their lines.

    Raises:
        KeyError: a file has no such class or method.
    """
    return _LINK.sub(
        lambda link: f"[`{link['name']}`]({link['file']}#L{_lines(link['file'])[link['name']]})",
        page,
    )


@cache
def _lines(file: str) -> dict[str, int]:
    """``Class.method`` to the line of its ``def``."""
    return {
        f"{kind.name}.{method.name}": method.lineno
        for kind in ast.parse((ROOT / file).read_text()).body
        if isinstance(kind, ast.ClassDef)
        for method in kind.body
        if isinstance(method, ast.FunctionDef)
    }
