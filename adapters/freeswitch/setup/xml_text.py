"""XML as FreeSWITCH reads it.

Before FreeSWITCH parses its configuration it goes through it line by line: it drops lines with
`<include>` or `<?`, obeys `X-PRE-PROCESS` wherever that stands, and puts global variables in the
place of `$${...}`. So every tag stands on a line of its own, and a value is written so that neither
that pass nor the parser sees anything but a value in it.

Source: `preprocess`, `expand_vars` and `switch_xml_decode` of FreeSWITCH's switch_xml.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from adapters.freeswitch.protocol.quoting import literal_text, plain_text

_INDENT: Final = "  "
_QUOTES: Final = {'"': "&quot;", "'": "&apos;"}
_GLOBAL: Final = re.compile(r"\$(?=\$)")
_DIRECTIVE: Final = re.compile("(?<=x)-(?=pre-process)", re.IGNORECASE)


class Expression(str):
    """A value that FreeSWITCH is meant to expand: written here, never taken from outside."""

    __slots__ = ()


def attribute(name: str, value: str) -> str:
    """`name="value"`.

    Raises:
        Unrepresentable: the value holds a control character, or is to be expanded and no
            `Expression`.
    """
    if isinstance(value, Expression):
        return f'{name}="{escape(plain_text(name, value), _QUOTES)}"'
    text = escape(literal_text(name, value), _QUOTES)
    return f'{name}="{_DIRECTIVE.sub("&#45;", _GLOBAL.sub("&#36;", text))}"'


def tag(kind: str, /, **attributes: str) -> str:
    """An element without content. A final `_` of a name is left out, and `_` is written `-`."""
    return f"<{_opened(kind, attributes)}/>"


def element(kind: str, content: Iterable[str], /, **attributes: str) -> Iterator[str]:
    """The lines of an element with content, which is moved to the right."""
    yield f"<{_opened(kind, attributes)}>"
    for line in content:
        yield _INDENT + line if line else line
    yield f"</{kind}>"


def parameters(values: dict[str, str]) -> Iterator[str]:
    """A line for each parameter."""
    for name, value in values.items():
        yield tag("param", name=name, value=value)


def remark(text: str) -> Iterator[str]:
    """A comment of our own words, a line for each of its lines."""
    lines = text.strip().splitlines()
    for number, line in enumerate(lines):
        begin = "<!-- " if number == 0 else "     "
        end = " -->" if number == len(lines) - 1 else ""
        yield f"{begin}{line.strip()}{end}"


def document(lines: Iterable[str]) -> str:
    """A file that others include. `<include>` is for editors: FreeSWITCH drops these lines."""
    return "\n".join(element("include", lines)) + "\n"


def directive(command: str, data: str) -> str:
    """An order to FreeSWITCH's pass before the parser, which decodes nothing.

    Raises:
        ValueError: the data would end the order early.
    """
    if re.search(r'["\r\n]|/>', data):
        raise ValueError("the data of a directive must not hold quotes, line ends or />")
    return f'<X-PRE-PROCESS cmd="{command}" data="{data}"/>'


def _opened(kind: str, attributes: dict[str, str]) -> str:
    named = [
        attribute(name.removesuffix("_").replace("_", "-"), value)
        for name, value in attributes.items()
    ]
    return " ".join([kind, *named])
