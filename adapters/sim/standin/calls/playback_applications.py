"""Applications that play on a leg: files, music, tones, numbers, prompts that collect digits."""

from __future__ import annotations

import math
import re
import wave
from pathlib import Path
from typing import Final

from adapters.sim.standin.calls import applications, audio, leg_states
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.switch_core import Application, OnKey, Step, SwitchCore, ignored_key
from adapters.sim.standin.core.text_parsing import separated

_SAMPLES_PER_S: Final = 8000
_SAY_S: Final = 1.0
_TONE: Final = re.compile(r"%\((\d+), ?(\d+), ?(\d+)")


def _play(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`playback`: one file, or music without end."""
    length = _found(switch, running.argument)
    if length is None:
        applications.finish(switch, leg, running, "FILE NOT FOUND")
        return
    seconds, hz = length
    running.path = running.argument
    if running.name == "endless_playback":
        seconds = math.inf
    _start(switch, leg, running, seconds, hz)


def _play_tones(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`gentones`: a tone by its description."""
    running.path = f"tone_stream://{running.argument}"
    seconds, hz = _tone(running.argument)
    _start(switch, leg, running, seconds, hz)


def _say(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`say`: a number in words; its sound files are played without events of their own."""
    if f"mod_say_{running.argument.partition(' ')[0]}" not in switch.settings.modules:
        applications.finish(switch, leg, running, "_none_")
        return
    running.timer = switch.clock.after(
        _SAY_S, lambda: applications.finish(switch, leg, running, "_none_")
    )
    switch.at_frame(leg)


def _play_and_get_digits(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """A prompt, during which and after which digits are collected into a variable.

    `play_and_get_digits`: min max tries timeout terminators file invalid variable regexp
    digit_timeout; tries without a prompt alone. `read`: min max file variable timeout terminators.
    """
    words = separated(running.argument, " ")
    if running.name == "read":
        words = [*words[:2], "1", *words[4:5], *words[5:6], words[2], "", words[3]]
    if len(words) < 8:
        applications.finish(switch, leg, running)
        return
    running.tries = int(words[2])
    _begin_try(leg, running, words)
    delimiter = leg.get("playback_delimiter")
    files = words[5].split(delimiter) if delimiter else [words[5]]
    there = [length for file in files if (length := _found(switch, file)) is not None]
    if words[5] == "silence" or not there:
        _wait_for_digits(switch, leg, running)
        _take_queued(switch, leg, running)
        return
    running.path = files[0]
    _start(switch, leg, running, sum(length[0] for length in there), there[0][1])


def _begin_try(leg: Channel, running: Running, words: list[str]) -> None:
    running.begins = [(words[7], int(words[3]) / 1000, int(words[1]))]
    running.terminators, running.digits = words[4], ""
    leg.set("read_result", "")
    leg.set(words[7], "")


def _take_queued(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """The keys that wait on the leg: nothing took them in the pause that this runs in."""
    while leg.queued_keys and running.begins:
        key, leg.queued_keys = leg.queued_keys[0], leg.queued_keys[1:]
        _collected(switch, leg, running, key)


def _collected(switch: SwitchCore, leg: Channel, running: Running, key: str) -> None:
    """A key for a prompt that collects."""
    words = separated(running.argument, " ")
    if not running.begins:  # the digits are complete
        if len(words) > 6 and words[6].startswith("say:"):
            # A file that there is not would flush it.
            leg.queued_keys += key
        return
    is_prompt = bool(running.path)
    if is_prompt:
        _stopped(switch, leg, running, "break")
        running.path = ""
    # The key that ends a prompt is not looked at where it is all that is wanted.
    at = running.terminators.find(key) if not is_prompt or running.begins[0][2] > 1 else -1
    if at > 0 and running.terminators[at - 1] == "x":
        leg.set("read_terminator_used", key)
        leg.set(running.begins[0][0], running.digits + key)
        leg.set("read_result", "failure")
        applications.finish(switch, leg, running)
        return
    if at >= 0:
        leg.set("read_terminator_used", key)
        _collected_all(switch, leg, running, "success")
        return
    running.digits += key
    if len(running.digits) >= running.begins[0][2]:
        _collected_all(switch, leg, running, "success")
    else:
        _wait_for_digits(switch, leg, running)


def _wait_for_digits(switch: SwitchCore, leg: Channel, running: Running) -> None:
    if running.timer is not None:
        running.timer.cancel()
    words = separated(running.argument, " ")
    is_between = bool(running.digits) and len(words) > 9 and words[9].isdigit()
    limit_s = int(words[9]) / 1000 if is_between else running.begins[0][1]
    running.timer = switch.clock.after(
        limit_s, lambda: _collected_all(switch, leg, running, "timeout")
    )


def _collected_all(switch: SwitchCore, leg: Channel, running: Running, result: str) -> None:
    """The digits are in the variable, or in `_invalid` where they do not fit the expression: then
    the sounds of a wrong input are played, of which the pause between two of them lasts.

    Source: `switch_play_and_get_digits` and `switch_ivr_play_file` of switch_ivr_play_say.c.
    """
    words = separated(running.argument, " ")
    variable, digits = running.begins[0][0], running.digits
    fits = len(words) < 9 or re.search(words[8], digits) is not None
    is_long_enough = len(digits) >= int(words[0])
    leg.set(variable, digits if fits or not is_long_enough else "")
    if digits and is_long_enough and not fits:
        leg.set(f"{variable}_invalid", digits)
    leg.set("read_result", result if is_long_enough else "failure")
    delimiter, pause = leg.get("playback_delimiter"), leg.get("playback_sleep_val")
    if (is_long_enough and fits) or not delimiter or len(words) < 7 or delimiter not in words[6]:
        applications.finish(switch, leg, running)
        return
    running.begins = []
    if running.timer is not None:
        running.timer.cancel()
    running.timer = switch.clock.after(
        int(pause or "250") / 1000, lambda: _next_try(switch, leg, running)
    )


def _next_try(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """The sounds of a wrong input are over."""
    running.tries -= 1
    if running.timer is not None:
        running.timer.cancel()
    if running.tries <= 0:
        applications.finish(switch, leg, running)
        return
    _begin_try(leg, running, separated(running.argument, " "))
    _wait_for_digits(switch, leg, running)
    _take_queued(switch, leg, running)


def breaks_pause(switch: SwitchCore, leg: Channel) -> bool:
    """End the pause of a wrong input, for `uuid_break` without `all`; whether there is one, and
    tries are left."""
    running = leg.top
    if running is None or running.name != "play_and_get_digits":
        return False
    if running.begins or running.tries < 2:
        return False
    switch.next_frame(leg, lambda: _next_try(switch, leg, running))
    return True


def _start(switch: SwitchCore, leg: Channel, running: Running, seconds: float, hz: int) -> None:
    if leg.answer_state == "ringing" and leg.direction == "inbound":
        leg_states.pre_answer(switch, leg)
    running.left_s = seconds
    running.hz = hz
    kind = "local_stream" if running.path.startswith("local_stream://") else "file"
    if "://" in running.path:
        kind = running.path.partition("://")[0]
    switch.tell(
        "PLAYBACK_START", leg, {"Playback-File-Type": kind, "Playback-File-Path": running.path}
    )
    _go_on(switch, leg, running)
    audio.sound_changed(switch, leg)
    switch.at_frame(leg)


def _suspend(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """Stop the timer while another application runs on top."""
    if running.timer is None or not running.is_sound:
        return
    running.timer.cancel()
    running.timer = None
    gone_us = switch.clock.now_us() - running.since_us
    running.played_us += gone_us
    running.left_s = max(running.left_s - gone_us / 1e6, 0.0)


def _go_on(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """Start the timer for the rest of the sound."""
    if not running.is_sound:
        return
    running.since_us = switch.clock.now_us()
    # Music has a timer too, that nothing waits for: it tells that the sound is on.
    left_s = min(running.left_s, 1e6)
    running.timer = switch.clock.after(left_s, lambda: _played(switch, leg, running))


def _played(switch: SwitchCore, leg: Channel, running: Running) -> None:
    _stopped(switch, leg, running, "done")
    if running.name in ("play_and_get_digits", "read"):
        running.path = ""
        _wait_for_digits(switch, leg, running)
        return
    applications.finish(switch, leg, running, "FILE PLAYED")


def _stopped(switch: SwitchCore, leg: Channel, running: Running, status: str) -> None:
    """Tell PLAYBACK_STOP; status ``break`` when the sound was broken off."""
    _suspend(switch, leg, running)
    kind = "file" if "://" not in running.path else running.path.partition("://")[0]
    milliseconds = running.played_us // 1000
    samples = running.played_us * _SAMPLES_PER_S // 1_000_000
    leg.set("playback_last_offset_pos", str(samples))
    leg.set("playback_seconds", str(milliseconds // 1000))
    leg.set("playback_ms", str(milliseconds))
    leg.set("playback_samples", str(samples))
    switch.tell(
        "PLAYBACK_STOP",
        leg,
        {
            "Playback-File-Type": kind,
            "Playback-File-Path": running.path,
            "Playback-Status": status,
        },
    )


def _found(switch: SwitchCore, path: str) -> tuple[float, int] | None:
    """How long a sound is, in seconds, and its tone; None when there is none."""
    settings = switch.settings
    if path.startswith("local_stream://"):
        name = path.removeprefix("local_stream://")
        return (math.inf, settings.music[name]) if name in settings.music else None
    if path.startswith("tone_stream://"):
        return _tone(path.removeprefix("tone_stream://"))
    if path.startswith("silence_stream://"):
        wanted = path.removeprefix("silence_stream://").partition(",")[0]
        return (math.inf if wanted in ("", "-1") else int(wanted) / 1000, 0)
    if path.startswith("file_string://"):
        parts = [_found(switch, one) for one in path.removeprefix("file_string://").split("!")]
        there = [part for part in parts if part is not None]
        return (sum(part[0] for part in there), there[0][1]) if there else None
    if path == "silence":
        return (math.inf, 0)
    return _file(switch, path.partition("@@")[0])


def _file(switch: SwitchCore, path: str) -> tuple[float, int] | None:
    file = Path(path)
    if not file.is_absolute() and switch.settings.sounds is not None:
        file = switch.settings.sounds / path
    known = switch.sound_lengths.get(str(file))
    if known is None:
        try:
            with wave.open(str(file), "rb") as sound:
                known = sound.getnframes() / sound.getframerate()
        except (OSError, EOFError, wave.Error):
            return None
        switch.sound_lengths[str(file)] = known
    return known, switch.settings.prompts_hz.get(file.stem, 0)


def _tone(description: str) -> tuple[float, int]:
    found = _TONE.search(description)
    if found is None:
        return 1.0, 0
    loops = re.search(r"loops=(-?\d+)", description)
    once = (int(found[1]) + int(found[2])) / 1000
    count = int(loops[1]) if loops else 1
    return (math.inf if count < 0 else once * count), int(found[3])


# -- how they end early ------------------------------------------------------------------------


def _leave(switch: SwitchCore, leg: Channel, running: Running) -> str:
    if not running.is_sound:
        return ""
    _stopped(switch, leg, running, "done")
    return "PLAYBACK ERROR"


def _broken(switch: SwitchCore, leg: Channel, running: Running) -> str:
    if not running.is_sound:
        return ""
    _stopped(switch, leg, running, "break")
    return "FILE PLAYED"


def _key_ends_playback(switch: SwitchCore, leg: Channel, running: Running, key: str) -> None:
    terminators = leg.get("playback_terminators") or "*"
    if terminators == "none" or key not in terminators:
        return
    leg.set("playback_terminator_used", key)
    _stopped(switch, leg, running, "break")
    applications.finish(switch, leg, running, "FILE PLAYED")


def _sound(begin: Step, key: OnKey = ignored_key) -> Application:
    return Application(
        begin, leave=_leave, broken=_broken, suspend=_suspend, resume=_go_on, key=key
    )


#: By name.
APPLICATIONS: Final = {
    "playback": _sound(_play, _key_ends_playback),
    "endless_playback": _sound(_play),
    "gentones": _sound(_play_tones),
    "say": _sound(_say),
    "play_and_get_digits": _sound(_play_and_get_digits, _collected),
    "read": _sound(_play_and_get_digits, _collected),
}
