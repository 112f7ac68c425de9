"""Applications that record the call beside the script: MixMonitor and its kin."""

from __future__ import annotations

from acdengine.agi.applications.arguments import argument, arguments_of
from acdengine.agi.script_call import ScriptCall

#: Options of MixMonitor that change nothing here, or say what is done anyway.
_PLAIN_OPTIONS = "abdB"


async def mix_monitor(call: ScriptCall, text: str) -> int:
    """MixMonitor(FILE.FORMAT[,OPTIONS][,COMMAND]): record both sides, mixed, until StopMixMonitor
    or the end of the call; sets MIXMONITOR_FILENAME. Written as WAV into the folder of scripts. The
    option ``i(NAME)`` gives the variable NAME the id; volumes, separate files and COMMAND do
    nothing, which is told in the log."""
    arguments = arguments_of(text, 3)
    name, _, form = argument(arguments, 0).rpartition(".")
    return await _record(call, name, form, argument(arguments, 1), argument(arguments, 2))


async def monitor(call: ScriptCall, text: str) -> int:
    """Monitor([FORMAT][,FILE][,OPTIONS]): as MixMonitor; one file with both sides, whatever the
    options. Asterisk has no Monitor since its version 21."""
    arguments = arguments_of(text, 3)
    form = argument(arguments, 0).partition(":")[0] or "wav"
    name = argument(arguments, 1) or call.request.unique_id.replace("/", "-")
    return await _record(call, name, form, "", "")


async def stop_mix_monitor(call: ScriptCall, text: str) -> int:
    """StopMixMonitor([ID]), StopMonitor(): end the recording of this id, or all of the script's."""
    wanted = argument(arguments_of(text), 0)
    for recording_id, file in list(call.recordings.items()):
        if wanted in ("", recording_id):
            del call.recordings[recording_id]
            await call.session.stop_recording(file)
    return 0


async def _record(call: ScriptCall, name: str, form: str, options: str, command: str) -> int:
    file = call.host.recording(name, form) if name else ""
    if not file:
        call.host.told("agi recording has no name or format that can be written", {})
        return -1
    variable, others = _id_variable(options)
    if command or others.strip(_PLAIN_OPTIONS):
        call.host.told("agi options of MixMonitor do nothing", {"options": options[:64]})
    if not await call.session.start_recording(file):
        call.host.told("agi recording is not begun", {"file": file})
        return -1
    recording_id = f"0x{len(call.recordings) + 1:x}"
    call.recordings[recording_id] = file
    call.variables.write("MIXMONITOR_FILENAME", file)
    if variable:
        call.variables.write(variable, recording_id)
    return 0


def _id_variable(options: str) -> tuple[str, str]:
    """The variable of ``i(NAME)``, and the options without it."""
    before, mark, rest = options.partition("i(")
    if not mark:
        return "", options
    name, _, after = rest.partition(")")
    return name, before + after
