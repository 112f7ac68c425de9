"""``EXEC``: which applications there are, and running one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from acdengine.agi.applications import quiet, reaching, recording, sounds
from acdengine.agi.dialplan.expansion import expanded
from acdengine.agi.replies import Reply
from acdengine.agi.script_call import ScriptCall
from acdengine.leg_sessions.port import LegGone

Application = Callable[[ScriptCall, str], Awaitable[int]]
#: What EXEC answers for an application that is not there.
_UNKNOWN: Final = -2
#: What a handler's value means to Asterisk, which takes the application's for it.
_SHOWS_USAGE: Final = 1
_FAILURE: Final = 2
#: Exec(Exec(…)) within each other.
_NESTED: Final = 8

APPLICATIONS: Final[dict[str, Application]] = {
    "addqueuemember": reaching.add_to_queue,
    "agi": quiet.run_script,
    "answer": reaching.answer,
    "background": sounds.background,
    "busy": reaching.busy,
    "celgenuserevent": quiet.user_event,
    "congestion": reaching.congestion,
    "deadagi": quiet.run_script,
    "dial": reaching.dial,
    "eagi": quiet.no_microphone,
    "goto": reaching.go_to,
    "hangup": reaching.hang_up,
    "log": quiet.verbose,
    "mixmonitor": recording.mix_monitor,
    "monitor": recording.monitor,
    "mset": quiet.set_variables,
    "musiconhold": sounds.music_on_hold,
    "noop": quiet.verbose,
    "pausequeuemember": reaching.pause_in_queue,
    "playback": sounds.playback,
    "queue": reaching.queue,
    "read": sounds.read,
    "record": sounds.record,
    "removequeuemember": reaching.remove_from_queue,
    "sayalpha": sounds.say_alpha,
    "saydigits": sounds.say_digits,
    "saynumber": sounds.say_number,
    "sayphonetic": sounds.say_alpha,
    "sayunixtime": sounds.say_unix_time,
    "senddtmf": sounds.send_keys,
    "set": quiet.set_variable,
    "setlanguage": quiet.set_language,
    "setmusiconhold": quiet.set_music,
    "startmusiconhold": sounds.start_music,
    "stopmixmonitor": recording.stop_mix_monitor,
    "stopmonitor": recording.stop_mix_monitor,
    "stopmusiconhold": sounds.stop_music,
    "unpausequeuemember": reaching.unpause_in_queue,
    "userevent": quiet.user_event,
    "verbose": quiet.verbose,
    "voicemail": reaching.voicemail,
    "wait": sounds.wait,
}


async def execute(call: ScriptCall, words: list[str]) -> Reply:
    """EXEC APPLICATION [OPTIONS]: the options are the second word alone.

    ``${…}`` in them is replaced where the script has set AGIEXECFULL. An application that returns 1
    makes Asterisk add the usage of EXEC, one that returns 2 a failure.
    """
    text = words[1] if len(words) > 1 else ""
    if (call.variables.read("AGIEXECFULL") or "").lower() in ("yes", "true", "y", "t", "1", "on"):
        text = await expanded(call, text)
    value = await run(call, words[0], text)
    return Reply(
        f"200 result={value}",
        is_failure=value == _FAILURE,
        shows_usage=value == _SHOWS_USAGE,
    )


async def run(call: ScriptCall, name: str, text: str, depth: int = 0) -> int:
    """Run an application; -2 where there is none of that name, -1 where the leg is down."""
    lower = name.strip().lower()
    if lower in ("exec", "tryexec", "execif"):
        return await _run_inner(call, lower, text, depth)
    application = APPLICATIONS.get(lower)
    if application is None:
        call.host.told("agi application is not known", {"application": name[:64]})
        return _UNKNOWN
    try:
        return await application(call, text)
    except LegGone:
        return -1


async def _run_inner(call: ScriptCall, outer: str, text: str, depth: int) -> int:
    """Exec(APPLICATION(ARGUMENTS)), TryExec likewise, ExecIf(CONDITION?APPLICATION(ARGUMENTS))."""
    if outer == "execif":
        condition, _, text = text.partition("?")
        if (await expanded(call, condition)).strip() in ("", "0"):
            return 0
    inner, bracket, rest = (await expanded(call, text)).partition("(")
    if depth >= _NESTED or not inner.strip():
        return -1
    arguments = rest.rpartition(")")[0] if bracket else ""
    value = await run(call, inner, arguments, depth + 1)
    if outer == "tryexec":
        call.variables.write("TRYSTATUS", "SUCCESS" if value >= 0 else "FAILED")
        return 0
    return value
