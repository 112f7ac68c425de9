"""The arguments of an application."""

from __future__ import annotations


def arguments_of(text: str, most: int = 16) -> list[str]:
    """What commas part, outside of quotes and brackets; quotes and backslashes are taken off
    (``AST_STANDARD_APP_ARGS``). Scripts older than Asterisk 1.6 part by ``|``, which counts where
    there is no comma.
    """
    mark = "," if "," in text else "|"
    parts: list[list[str]] = [[]]
    depth = 0
    is_quoted = is_escaped = False
    for char in text:
        if is_escaped:
            parts[-1].append(char)
            is_escaped = False
        elif char == "\\":
            is_escaped = True
        elif char == '"':
            is_quoted = not is_quoted
        elif char == mark and not depth and not is_quoted and len(parts) < most:
            parts.append([])
        else:
            depth += (char in "([{") - (char in ")]}" and depth > 0)
            parts[-1].append(char)
    return ["".join(part) for part in parts]


def argument(arguments: list[str], place: int) -> str:
    """One of them, empty where it was left out."""
    return arguments[place].strip() if place < len(arguments) else ""


def seconds_of(text: str) -> float | None:
    """A time in seconds; None where the text is none."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e7 else None
