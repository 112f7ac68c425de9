"""Commands about the leg itself, and about where the call goes on."""

from __future__ import annotations

import re
from typing import Final

from acdengine.agi.commands.words import decimal_number, whole_number
from acdengine.agi.replies import Reply, result
from acdengine.agi.script_call import UP, ScriptCall
from acdengine.leg_sessions.port import LegGone

_NAME_AND_NUMBER: Final = re.compile(r'\s*"?([^"<]*?)"?\s*<([^>]*)>?')
_NOT_DIALLED: Final = re.compile(r"[^0-9A-Da-d*#+]")


async def answer(call: ScriptCall, words: list[str]) -> Reply:
    """ANSWER."""
    try:
        if call.state != UP:
            await call.answer()
    except LegGone:
        return result(-1)
    return result(0)


async def hang_up(call: ScriptCall, words: list[str]) -> Reply:
    """HANGUP [CHANNEL]: of its own leg; a script reaches no other."""
    if words and words[0] != call.request.channel:
        return result(-1, is_failure=False)
    try:
        await call.session.hang_up()
    except LegGone:
        pass
    return result(1)


async def channel_status(call: ScriptCall, words: list[str]) -> Reply:
    """CHANNEL STATUS [CHANNEL]: 4 rings, 6 is answered, -1 is no channel of the script's."""
    if words and words[0] != call.request.channel:
        return result(-1, is_failure=False)
    return result(call.state)


async def set_auto_hang_up(call: ScriptCall, words: list[str]) -> Reply:
    """SET AUTOHANGUP SECONDS; 0 takes it back."""
    call.hang_up_after(max(decimal_number(words[0]), 0.0))
    return result(0)


async def set_caller_id(call: ScriptCall, words: list[str]) -> Reply:
    """SET CALLERID "NAME"<NUMBER>: for the legs that are dialled, and the script's variables."""
    if words:
        name, number = caller_id_of(words[0])
        call.caller.name, call.caller.number = name, number
    return result(1)


def caller_id_of(text: str) -> tuple[str, str]:
    """The name and the number of ``"NAME" <NUMBER>``, or of either alone
    (``ast_callerid_parse`` in ``main/callerid.c``)."""
    found = _NAME_AND_NUMBER.match(text)
    if found is not None:
        return found.group(1).strip(), _NOT_DIALLED.sub("", found.group(2))
    plain = text.strip().strip('"')
    shrunk = re.sub(r"[-.()\s]", "", plain)
    if shrunk and not _NOT_DIALLED.search(shrunk):
        return "", shrunk
    return plain, ""


async def set_context(call: ScriptCall, words: list[str]) -> Reply:
    """SET CONTEXT: where the call goes on after the script."""
    call.place.context = words[0]
    call.place.is_set = True
    return result(0)


async def set_extension(call: ScriptCall, words: list[str]) -> Reply:
    """SET EXTENSION: as SET CONTEXT."""
    call.place.extension = words[0]
    call.place.is_set = True
    return result(0)


async def set_priority(call: ScriptCall, words: list[str]) -> Reply:
    """SET PRIORITY: a number, or a label that the settings' map of places has."""
    if not words[0].lstrip(" +-")[:1].isdigit():
        place = call.place
        if not call.host.place(place.context, place.extension, words[0]):
            whole_number(words[0])
    call.place.priority = words[0]
    call.place.is_set = True
    return result(0)


async def set_music(call: ScriptCall, words: list[str]) -> Reply:
    """SET MUSIC ON|OFF [CLASS]."""
    if words[0].lower().startswith("on"):
        music = words[1] if len(words) > 1 else call.music
        known = call.host.music(music)
        if not known:
            call.host.told("agi music class is not known", {"class": music[:64]})
        await _play_music(call, known)
    elif words[0].lower().startswith("off"):
        await _play_music(call, "")
    return result(0)


async def _play_music(call: ScriptCall, music: str) -> None:
    try:
        await call.session.music(music)
    except LegGone:
        pass


async def verbose(call: ScriptCall, words: list[str]) -> Reply:
    """VERBOSE TEXT [LEVEL]: a line of the log."""
    call.host.told("agi verbose", {"text": words[0][:1_000], "level": "".join(words[1:2])})
    return result(1)


async def no_operation(call: ScriptCall, words: list[str]) -> Reply:
    """NOOP."""
    return result(0)


async def break_async(call: ScriptCall, words: list[str]) -> Reply:
    """ASYNCAGI BREAK: nothing to leave; AGI over the manager interface is not served."""
    return result(0)


async def send_text(call: ScriptCall, words: list[str]) -> Reply:
    """SEND TEXT: a leg of sound takes none, which Asterisk answers with 0."""
    call.host.told("agi text is not sent: the leg takes none", {})
    return result(0)


async def send_image(call: ScriptCall, words: list[str]) -> Reply:
    """SEND IMAGE: as SEND TEXT."""
    call.host.told("agi image is not sent: the leg takes none", {})
    return result(0)


async def text_telephone(call: ScriptCall, words: list[str]) -> Reply:
    """TDD MODE: 0, the leg has no text telephone."""
    return result(0)


async def go_sub(call: ScriptCall, words: list[str]) -> Reply:
    """GOSUB CONTEXT EXTENSION PRIORITY [ARGUMENTS]: there is no dialplan to run in between.

    ``app_stack.c`` answers so where the place is not there.
    """
    place = " ".join(words[:3])
    call.host.told("agi gosub has no dialplan to go to", {"place": place[:200]})
    return Reply("200 result=-1 Gosub label not found", is_failure=True)
