"""Commands about variables and the database."""

from __future__ import annotations

from acdengine.agi.dialplan.expansion import expanded, read_variable, write_variable
from acdengine.agi.replies import Reply, result, with_value
from acdengine.agi.script_call import ScriptCall

#: GET VARIABLE cuts a value here.
_VALUE_BYTES = 1_023


async def get_variable(call: ScriptCall, words: list[str]) -> Reply:
    """GET VARIABLE NAME, or FUNCTION(ARGUMENTS)."""
    value = await read_variable(call, words[0])
    if value is None:
        return result(0)
    raw = value.encode(errors="surrogateescape")[:_VALUE_BYTES]
    return with_value(raw.decode(errors="surrogateescape"))


async def get_full_variable(call: ScriptCall, words: list[str]) -> Reply:
    """GET FULL VARIABLE TEXT [CHANNEL]: the text with its ``${…}`` replaced."""
    if len(words) > 1 and words[1] != call.request.channel:
        return result(0)
    return with_value(await expanded(call, words[0]))


async def set_variable(call: ScriptCall, words: list[str]) -> Reply:
    """SET VARIABLE NAME VALUE; a function too, such as ``CALLERID(num)``."""
    await write_variable(call, words[0], words[1])
    return result(1)


async def database_get(call: ScriptCall, words: list[str]) -> Reply:
    """DATABASE GET FAMILY KEY."""
    value = call.database.get(words[0], words[1])
    return result(0) if value is None else with_value(value)


async def database_put(call: ScriptCall, words: list[str]) -> Reply:
    """DATABASE PUT FAMILY KEY VALUE."""
    return result(1 if call.database.put(words[0], words[1], words[2]) else 0)


async def database_delete(call: ScriptCall, words: list[str]) -> Reply:
    """DATABASE DEL FAMILY KEY: 1, whether or not there was one."""
    call.database.delete(words[0], words[1])
    return result(1)


async def database_delete_tree(call: ScriptCall, words: list[str]) -> Reply:
    """DATABASE DELTREE FAMILY [KEY]: 0 where something was dropped, 1 where nothing was.

    Asterisk's documentation says the opposite; scripts live with what ``res_agi.c`` does.
    """
    dropped = call.database.delete_tree(words[0], words[1] if len(words) > 1 else "")
    return result(0 if dropped > 0 else 1)
