"""Variables, functions and texts with ``${…}`` in them (``main/pbx_variables.c``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from acdengine.agi.dialplan.functions import call_function, write_function
from acdengine.agi.script_call import ScriptCall

#: Depth of ``${…}`` within each other, and characters of a text that they make.
_DEPTH: Final = 10
_CHARS: Final = 65_536
_CUT: Final = re.compile(r"(.*?):(-?[0-9]{1,9})(?::(-?[0-9]{1,9}))?", re.DOTALL)
_FUNCTION: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\((.*)\)", re.DOTALL)


async def read_variable(call: ScriptCall, name: str) -> str | None:
    """The value of a variable or function; None where there is none."""
    found = _FUNCTION.fullmatch(name)
    if found is not None:
        return await call_function(call, found.group(1).upper(), found.group(2))
    built_in = _built_in(call, name)
    if built_in is not None:
        return built_in
    own = call.variables.read(name)
    return own if own is not None else await call.session.read_variable(name)


async def write_variable(call: ScriptCall, name: str, value: str) -> None:
    """Set a variable or a function.

    A variable is the script's own; one of the names that the switch's leg may have is set there
    too.
    """
    found = _FUNCTION.fullmatch(name)
    if found is not None:
        await write_function(call, found.group(1).upper(), found.group(2), value)
        return
    call.variables.write(name, value)
    if not call.is_dead:
        await call.session.set_variable(name.lstrip("_"), value)


#: The names that Asterisk itself answers (``pbx_retrieve_variable``), and what with.
BUILT_IN: Final[dict[str, tuple[str, Callable[[ScriptCall], str]]]] = {
    "CHANNEL": ("the leg's name, as `agi_channel`", lambda call: call.request.channel),
    "UNIQUEID": ("the call's id", lambda call: call.request.unique_id),
    "CONTEXT": ("the place where the call goes on", lambda call: call.place.context),
    "EXTEN": ("the same", lambda call: call.place.extension),
    "PRIORITY": ("the same", lambda call: call.place.priority),
    "HANGUPCAUSE": ("of the last `Dial`, by Q.850", lambda call: call.hang_up_cause or "0"),
    "EPOCH": ("seconds since 1970", lambda call: str(call.now_s())),
}


def _built_in(call: ScriptCall, name: str) -> str | None:
    known = BUILT_IN.get(name)
    return known[1](call) if known is not None else None


async def expanded(call: ScriptCall, text: str, depth: int = 0) -> str:
    """A text with each ``${…}`` replaced, from the inside out; one that has no value is empty."""
    done: list[str] = []
    length = place = 0
    while (begin := text.find("${", place)) >= 0:
        end = _closing(text, begin + 2)
        inside = text[begin + 2 : end]
        if "${" in inside and depth < _DEPTH:
            inside = await expanded(call, inside, depth + 1)
        piece = await _piece(call, inside)
        done += [text[place:begin], piece]
        length += begin - place + len(piece)
        place = end + 1
        if length > _CHARS:
            break
    return ("".join(done) + text[place:])[:_CHARS]


def _closing(text: str, start: int) -> int:
    """Where the brace that was opened before ``start`` is closed; the end where it is not."""
    open_braces = 1
    for place in range(start, len(text)):
        if text[place] == "{":
            open_braces += 1
        elif text[place] == "}":
            open_braces -= 1
            if open_braces == 0:
                return place
    return len(text)


async def _piece(call: ScriptCall, inside: str) -> str:
    """``NAME``, ``NAME:OFFSET`` or ``NAME:OFFSET:LENGTH``; negative ones count from the end."""
    cut = None if inside.endswith(")") else _CUT.fullmatch(inside)
    value = await read_variable(call, cut.group(1) if cut else inside) or ""
    if cut is None:
        return value
    offset = int(cut.group(2))
    value = value[offset:] if offset >= 0 else value[-min(-offset, len(value)) :]
    if cut.group(3) is None:
        return value
    return value[: int(cut.group(3))]
