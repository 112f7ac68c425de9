"""The lines that a script sends, and their words."""

from __future__ import annotations

from collections import deque
from typing import Final

#: Longest command in bytes, and the most words of one (AGI_BUF_LEN - 1, MAX_ARGS - 1 in
#: ``res_agi.c``). A longer line is cut; what is left of it is the next command.
LINE_BYTES: Final = 8_191
WORDS: Final = 127


class LineBuffer:
    """Cuts what a script sends into lines."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take bytes as they arrive; bytes that are not UTF-8 are kept as they are."""
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._keep(line)
        while len(rest) > LINE_BYTES:
            self._keep(rest[:LINE_BYTES])
            rest = rest[LINE_BYTES:]
        self._rest = rest

    def _keep(self, line: bytes) -> None:
        for start in range(0, max(len(line), 1), LINE_BYTES):
            self._lines.append(line[start : start + LINE_BYTES].decode(errors="surrogateescape"))

    def end(self) -> None:
        """The script has closed its end: what has no end of line is a line all the same."""
        if self._rest:
            self._keep(self._rest)
            self._rest = b""

    @property
    def holds_bytes(self) -> bool:
        """Whether anything has arrived that was not taken, be it part of a line."""
        return bool(self._lines or self._rest)

    def __len__(self) -> int:
        return len(self._lines)

    def take(self) -> str | None:
        """The next line without its end; None if there is none."""
        return self._lines.popleft() if self._lines else None


def words_of(line: str) -> list[str]:
    """The words of a command, as ``parse_args`` of ``res_agi.c`` finds them.

    Spaces and tabs part words. A ``"`` begins and ends quoting and is dropped; one that begins
    quoting after white space begins a word, so that ``""`` is an empty one. A backslash takes the
    next character as it is, in quotes too. Words after the 127th are dropped.
    """
    words: list[list[str]] = []
    is_quoted = is_escaped = False
    is_between = True
    for char in line:
        if char == '"' and not is_escaped:
            is_quoted = not is_quoted
            if is_quoted and is_between:
                if len(words) >= WORDS:
                    break
                words.append([])
                is_between = False
        elif char in " \t" and not is_quoted and not is_escaped:
            is_between = True
        elif char == "\\" and not is_escaped:
            is_escaped = True
        else:
            if is_between:
                if len(words) >= WORDS:
                    break
                words.append([])
                is_between = False
            words[-1].append(char)
            is_escaped = False
    return ["".join(word) for word in words]
