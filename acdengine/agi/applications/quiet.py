"""Applications that the caller does not hear: variables, other scripts, the log."""

from __future__ import annotations

from acdengine.agi.applications.arguments import argument, arguments_of
from acdengine.agi.dialplan.expansion import write_variable
from acdengine.agi.script_call import ScriptCall


async def set_variable(call: ScriptCall, text: str) -> int:
    """Set(NAME=VALUE)."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        call.host.told("agi Set has no NAME=VALUE", {})
        return 0
    await write_variable(call, name.strip(), value)
    return 0


async def set_variables(call: ScriptCall, text: str) -> int:
    """MSet(NAME=VALUE,NAME=VALUE…)."""
    for pair in arguments_of(text, 24):
        await set_variable(call, pair)
    return 0


async def verbose(call: ScriptCall, text: str) -> int:
    """Verbose([LEVEL,]TEXT), Log(LEVEL,TEXT), NoOp(TEXT): a line of the log."""
    call.host.told("agi verbose", {"text": text[:1_000]})
    return 0


async def user_event(call: ScriptCall, text: str) -> int:
    """UserEvent(NAME[,KEY: VALUE…]), CELGenUserEvent(NAME): a line of the log."""
    arguments = arguments_of(text, 24)
    fields = [part.partition(":") for part in arguments[1:]]
    told = {key.strip()[:64]: value.strip()[:200] for key, _, value in fields}
    call.host.told("agi user event", {"event": argument(arguments, 0)[:64], **told})
    return 0


async def set_music(call: ScriptCall, text: str) -> int:
    """SetMusicOnHold(CLASS)."""
    call.music = text.strip()[:64]
    return 0


async def set_language(call: ScriptCall, text: str) -> int:
    """SetLanguage(LANGUAGE)."""
    call.language = text.strip()[:16]
    return 0


async def run_script(call: ScriptCall, text: str) -> int:
    """AGI(SCRIPT[,ARGUMENT…]): another script on the same leg; sets AGISTATUS."""
    arguments = arguments_of(text, 32)
    status = await call.host.nested(argument(arguments, 0), arguments[1:])
    call.variables.write("AGISTATUS", status)
    return -1 if status == "HANGUP" else 0


async def no_microphone(call: ScriptCall, text: str) -> int:
    """EAGI: refused, the caller's sound is not given to scripts."""
    call.host.told("agi with sound (EAGI) is refused: no switch's port gives it", {})
    call.variables.write("AGISTATUS", "FAILURE")
    return -1
