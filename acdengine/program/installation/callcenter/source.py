"""A configuration of FreeSWITCH as one XML text: includes followed, variables filled in.

FreeSWITCH preprocesses its configuration as text, before it is XML (`preprocess` in switch_xml.c
of 1.11.1): `<X-PRE-PROCESS cmd="include" data="callcenter/*.xml"/>` stands for the files, relative
to the folder of the file that names them, `cmd="set" data="name=value"` gives `$${name}` its value.
The older forms `<!--#include "..."-->` and `<!--#set "..."-->` mean the same. Commands that run a
program or ask the network are not carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Final

#: Characters of all files together; more is no configuration of a call centre.
LARGEST: Final = 10_000_000
_DEEPEST: Final = 20
_COMMAND: Final = re.compile(
    r"""<X-PRE-PROCESS\s+cmd\s*=\s*["'](?P<cmd>[^"']*)["']\s+data\s*=\s*(?P<quote>["'])"""
    r"""(?P<data>.*?)(?P=quote)\s*(?:/>|>\s*</X-PRE-PROCESS>)"""
    r"""|<!--\#(?P<old_cmd>include|set)\s+"?(?P<old_data>.*?)"?\s*-->""",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT: Final = re.compile(r"<!--(?!#(?:include|set)\b).*?-->", re.DOTALL | re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\$\{([A-Za-z0-9_.-]+)\}")
_DECLARATION: Final = re.compile(r"<\?xml.*?\?>")


class Unreadable(ValueError):
    """A file of the configuration cannot be read; says which and why."""


@dataclass(slots=True)
class Source:
    """The XML of a configuration.

    Attributes:
        xml: the text after preprocessing.
        remarks: commands that were not carried out, and includes that found no file.
        variables: names to values, as the configuration or the caller set them.
    """

    xml: str = ""
    remarks: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def read(path: Path, variables: Mapping[str, str]) -> Source:
    """Read a file with all that it includes.

    Args:
        path: for example ``callcenter.conf.xml``.
        variables: values for `$${name}` that other files of the switch set.

    Raises:
        Unreadable: a file cannot be read, is no UTF-8, includes itself, or all are too large.
    """
    source = Source(variables=dict(variables))
    source.xml = _Preprocessor(source).text_of(path, ())
    return source


class _Preprocessor:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._size = 0

    def text_of(self, path: Path, within: tuple[Path, ...]) -> str:
        """The text of a file with its commands carried out, in their order."""
        if path.resolve() in within or len(within) > _DEEPEST:
            raise Unreadable(f"{path}: it includes itself")
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            raise Unreadable(f"{path}: {reason}") from None
        self._size += len(text)
        if self._size > LARGEST:
            raise Unreadable(f"{path}: the configuration is larger than one can be")
        text = _COMMENT.sub("", text)
        if within:
            text = _DECLARATION.sub("", text)
        parts, at = [], 0
        for command in _COMMAND.finditer(text):
            parts.append(self._filled(text[at : command.start()]))
            parts.append(self._carry_out(command, path, (*within, path.resolve())))
            at = command.end()
        parts.append(self._filled(text[at:]))
        return "".join(parts)

    def _filled(self, text: str) -> str:
        """The text with the variables that are known by now; others stay as they are."""
        variables = self._source.variables
        return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)

    def _carry_out(self, command: re.Match[str], path: Path, within: tuple[Path, ...]) -> str:
        name = (command["cmd"] or command["old_cmd"]).lower()
        data = self._filled(command["data"] if command["cmd"] is not None else command["old_data"])
        if name == "set":
            key, equals, value = data.partition("=")
            if equals:
                self._source.variables[key.strip()] = value
            return ""
        if name == "include":
            files = [Path(file) for file in sorted(glob(str(path.parent / data)))]
            if not files:
                self._remark(path, f"includes {data!r}, and there is no such file")
            return "".join(self.text_of(file, within) for file in files)
        self._remark(path, f"the command {name!r} is not carried out: {data!r}")
        return ""

    def _remark(self, path: Path, text: str) -> None:
        self._source.remarks.append(f"{path.name}: {text}")
