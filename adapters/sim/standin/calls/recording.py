"""Recordings of legs: the API command, the applications and their events.

There is no media in the stand-in. What a leg hears and says is known at every moment as
frequencies in Hz, and a recording is written from that when it ends.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.sim.standin.calls import applications, audio
from adapters.sim.standin.core import wav_recording
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.switch_core import Application, SwitchCore
from adapters.sim.standin.core.text_parsing import separated
from adapters.sim.standin.core.wav_recording import Recording, Stretch

_USAGE: Final = "-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n"

# -- the API command ---------------------------------------------------------------------------


def uuid_record(switch: SwitchCore, argument: str) -> str:
    """`uuid_record LEG start|stop|mask|unmask|pause|resume PATH [limit]`; what it prints."""
    words = separated(argument, " ")
    if len(words) < 3:
        return _USAGE
    leg, order, path = switch.living(words[0]), words[1], words[2]
    if leg is None:
        return "-ERR Cannot locate session!\n"
    if order == "start":
        limit_s = int(words[3]) if len(words) > 3 and words[3].isdigit() else 0
        is_done = _start(switch, leg, path, limit_s)
        return "+OK Success\n" if is_done else "-ERR Cannot record session!\n"
    if order == "stop":
        return _stop_by_command(switch, leg, path)
    if order not in ("mask", "unmask", "pause", "resume"):
        return _USAGE
    one = leg.recordings.get(path)
    if one is None:
        return f"-ERR Cannot {order} recording session!\n"
    if order in ("mask", "unmask"):
        one.is_masked = order == "mask"
    else:
        one.is_paused = order == "pause"
    audio.note(switch, leg, one)
    return "+OK Success\n"


def _stop_by_command(switch: SwitchCore, leg: Channel, path: str) -> str:
    if path == "all":
        for each in list(leg.recordings):
            _stop(switch, leg, each)
    elif path in leg.recordings:
        _stop(switch, leg, path)
    else:
        return "-ERR Cannot stop record session!\n"
    return "+OK Success\n"


def _start(switch: SwitchCore, leg: Channel, path: str, limit_s: int) -> bool:
    """Record a leg from now on; whether the file can be written. A second call has no effect."""
    if path in leg.recordings:
        return True
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    except (OSError, ValueError):
        return False
    one = Recording(path, leg.is_true("RECORD_STEREO"), switch.clock.now_us())
    leg.recordings[path] = one
    audio.note(switch, leg, one)
    switch.tell("RECORD_START", leg, {"Record-File-Path": path})
    if limit_s:
        switch.clock.after(limit_s, lambda: _limit(switch, leg, one))
    return True


def _end_with_silence(switch: SwitchCore, leg: Channel, one: Recording) -> None:
    """End the recording of a silent leg after RECORD_INITIAL_TIMEOUT_MS."""
    initial_ms = leg.get("RECORD_INITIAL_TIMEOUT_MS")
    if initial_ms.isdigit() and int(initial_ms) and not leg.tone_hz:
        silence_s = int(initial_ms) / 1000
        switch.clock.after(silence_s, lambda: _limit(switch, leg, one, "no-input-timeout"))


def _limit(
    switch: SwitchCore, leg: Channel, one: Recording, cause: str = "success-maxtime"
) -> None:
    if leg.recordings.get(one.path) is one:
        _stop(switch, leg, one.path, cause)


def _stop(switch: SwitchCore, leg: Channel, path: str, cause: str = "success-maxtime") -> None:
    """End a recording: the file is written, and RECORD_STOP told."""
    one = leg.recordings.pop(path)
    samples = wav_recording.write(one, switch.clock.now_us())
    _tell_stop(switch, leg, path, samples, cause)


def _tell_stop(
    switch: SwitchCore, leg: Channel, path: str, samples: int, cause: str = "success-maxtime"
) -> None:
    completion = cause if leg.is_up else "success-silence"
    leg.set("record_samples", str(samples))
    leg.set("record_seconds", str(samples // wav_recording.RATE))
    leg.set("record_ms", str(samples * 1000 // wav_recording.RATE))
    leg.set("record_completion_cause", completion)
    extra = {"Record-File-Path": path, "Record-Completion-Cause": completion}
    switch.tell("RECORD_STOP", leg, extra)


def leg_ended(switch: SwitchCore, leg: Channel) -> None:
    """The leg is hung up: its recordings end."""
    for path in list(leg.recordings):
        _stop(switch, leg, path)


# -- applications ------------------------------------------------------------------------------


def _record_leg(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`record_session PATH [+LIMIT]`, the limit in seconds."""
    path, _, limit = running.argument.partition("+")
    path = path.strip()
    if _start(switch, leg, path, int(limit) if limit.isdigit() else 0):
        _end_with_silence(switch, leg, leg.recordings[path])
    applications.finish(switch, leg, running)


def _stop_leg(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`stop_record_session PATH`."""
    path = running.argument
    for each in list(leg.recordings) if path == "all" else [path] * (path in leg.recordings):
        _stop(switch, leg, each)
    applications.finish(switch, leg, running)


def _record_message(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`record PATH [limit] [threshold] [hits]`: what the caller says, until a key or the limit."""
    words = separated(running.argument, " ")
    try:
        Path(words[0]).parent.mkdir(parents=True, exist_ok=True)
        Path(words[0]).touch()
    except (OSError, ValueError, IndexError):
        applications.finish(switch, leg, running)
        return
    running.begins = [(words[0], 0.0, switch.clock.now_us())]
    leg.set("playback_terminator_used", "")
    switch.tell("RECORD_START", leg, {"Record-File-Path": words[0]})
    limits = [int(words[1])] if len(words) > 1 and words[1].isdigit() else []
    if len(words) > 3 and words[3].isdigit() and not leg.tone_hz:
        # A silent caller is recorded for so many seconds.
        limits.append(int(words[3]))
    limits = [limit for limit in limits if limit]
    if limits:
        running.timer = switch.clock.after(min(limits), lambda: _message_over(switch, leg, running))
    switch.at_frame(leg)


def _message_over(switch: SwitchCore, leg: Channel, running: Running) -> None:
    _message_ended(switch, leg, running)
    applications.finish(switch, leg, running)


def _message_ended(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """Write the recorded message, with RECORD_STOP."""
    if not running.begins:
        return
    path, _, begun_us = running.begins.pop()
    one = Recording(path, False, begun_us)
    tone = (leg.tone_hz,) if leg.tone_hz else ()
    one.stretches.append(Stretch(begun_us, (), tone))
    _tell_stop(switch, leg, path, wav_recording.write(one, switch.clock.now_us()))


def _leave_message(switch: SwitchCore, leg: Channel, running: Running) -> str:
    _message_ended(switch, leg, running)
    return ""


def _key_ends_message(switch: SwitchCore, leg: Channel, running: Running, key: str) -> None:
    if key in leg.get("playback_terminators"):
        leg.set("playback_terminator_used", key)
        _message_over(switch, leg, running)


#: By name.
APPLICATIONS: Final = {
    "record": Application(
        _record_message, leave=_leave_message, broken=_leave_message, key=_key_ends_message
    ),
    "record_session": Application(_record_leg),
    "stop_record_session": Application(_stop_leg),
}
