"""Applications that play, say and record."""

from __future__ import annotations

from acdengine.agi.applications.arguments import argument, arguments_of, seconds_of
from acdengine.agi.commands.listening import collected
from acdengine.agi.commands.speaking import LARGEST_TIME, date_prompts
from acdengine.agi.commands.words import whole_or
from acdengine.agi.replies import key_code
from acdengine.agi.script_call import FOR_EVER_US, UP, ScriptCall
from acdengine.commands import Collect, RecordCaller
from acdengine.prompts import AnyPrompt, SayPrompt, SilencePrompt, problem_of

_HOUR_US = 3_600_000_000


def _sounds(call: ScriptCall, names: str) -> tuple[list[AnyPrompt], bool]:
    """The prompts of ``a&b&c``, and whether all of them are there."""
    found = [call.host.prompt(name, call.language) for name in names.split("&") if name]
    return [prompt for prompt in found if prompt is not None], None not in found


async def playback(call: ScriptCall, text: str) -> int:
    """Playback(FILE&FILE…[,OPTIONS]): answers, unless ``noanswer``; sets PLAYBACKSTATUS."""
    arguments = arguments_of(text)
    options = argument(arguments, 1).lower()
    if call.state != UP and "noanswer" not in options:
        if "skip" in options:
            call.variables.write("PLAYBACKSTATUS", "SUCCESS")
            return 0
        await call.answer()
    prompts, all_there = _sounds(call, argument(arguments, 0))
    if prompts:
        all_there &= not (await call.session.play(prompts)).is_missing
    call.variables.write("PLAYBACKSTATUS", "SUCCESS" if all_there else "FAILED")
    return 0


async def background(call: ScriptCall, text: str) -> int:
    """Background(FILE&FILE…): a key stops it; returns the key's code; sets BACKGROUNDSTATUS."""
    if call.state != UP:
        await call.answer()
    prompts, all_there = _sounds(call, argument(arguments_of(text), 0))
    call.variables.write("BACKGROUNDSTATUS", "SUCCESS" if all_there else "FAILED")
    if not prompts:
        return 0
    finished = await call.session.play(prompts, "0123456789*#")
    return key_code(finished.key)


async def say_number(call: ScriptCall, text: str) -> int:
    """SayNumber(NUMBER[,GENDER])."""
    arguments = arguments_of(text)
    genders = {"m": "masculine", "f": "feminine", "n": "neuter", "c": "neuter"}
    gender = genders.get(argument(arguments, 1)[:1].lower(), "")
    prompt = SayPrompt("number", argument(arguments, 0), call.language, gender=gender)  # type: ignore[arg-type]
    return await _say(call, [prompt])


async def say_digits(call: ScriptCall, text: str) -> int:
    """SayDigits(DIGITS)."""
    kept = "".join(char for char in text if char in "0123456789*#")
    pieces = [kept[start : start + 64] for start in range(0, len(kept), 64)]
    return await _say(call, [SayPrompt("digits", piece, call.language) for piece in pieces])


async def say_alpha(call: ScriptCall, text: str) -> int:
    """SayAlpha(TEXT), SayPhonetic(TEXT): spelled."""
    kept = "".join(char for char in text if char.isascii() and char.isalnum())
    pieces = [kept[start : start + 64] for start in range(0, len(kept), 64)]
    return await _say(call, [SayPrompt("spelled", piece, call.language) for piece in pieces])


async def say_unix_time(call: ScriptCall, text: str) -> int:
    """SayUnixTime([SECONDS][,ZONE][,FORMAT])."""
    arguments = arguments_of(text)
    seconds = argument(arguments, 0)
    moment = whole_or(seconds, call.now_s(), LARGEST_TIME)
    form = argument(arguments, 2) or "ABdY 'digits/at' IMp"
    return await _say(call, date_prompts(call, moment, form, argument(arguments, 1)))


async def _say(call: ScriptCall, prompts: list[AnyPrompt]) -> int:
    fit = [prompt for prompt in prompts if not problem_of(prompt)]
    if len(fit) < len(prompts):
        call.host.told("agi value cannot be said", {})
    if fit:
        await call.session.play(fit)
    return 0


async def wait(call: ScriptCall, text: str) -> int:
    """Wait(SECONDS)."""
    seconds = seconds_of(text.strip())
    if seconds:
        await call.session.play([SilencePrompt(int(seconds * 1_000_000))])
    return 0


async def send_keys(call: ScriptCall, text: str) -> int:
    """SendDTMF(DIGITS[,BETWEEN_MS][,TONE_MS]): keys to the caller's side, ``w`` half a second and
    ``W`` a second of pause. The time between them is the switch's; a flash, and the channel of
    another, are not sent, which is told in the log."""
    arguments = arguments_of(text)
    given = argument(arguments, 0)
    keys = "".join(key if key in "wW" else key.upper() for key in given)
    fit = "".join(key for key in keys if key in "0123456789*#ABCDwW")[:80]
    if len(fit) < len(given) or argument(arguments, 3):
        call.host.told("agi keys are not sent as asked for", {"count": str(len(given))})
    tone_ms = argument(arguments, 2)
    tone_us = int(tone_ms) * 1_000 if tone_ms.isdigit() and 0 < int(tone_ms) <= 8_000 else 100_000
    if fit and not argument(arguments, 3):
        await call.session.send_keys(fit, tone_us)
    return 0


async def music_on_hold(call: ScriptCall, text: str) -> int:
    """MusicOnHold([CLASS][,SECONDS]): for ever, if no time is given."""
    arguments = arguments_of(text)
    seconds = seconds_of(argument(arguments, 1))
    await call.session.music(call.host.music(argument(arguments, 0) or call.music))
    silence_us = FOR_EVER_US if seconds is None else max(int(seconds * 1_000_000), 1)
    # Keys are only counted; music goes on under the wait.
    await call.session.collect(Collect("", "", first_digit_us=silence_us, options=("A",)))
    await call.session.music("")
    return 0


async def start_music(call: ScriptCall, text: str) -> int:
    """StartMusicOnHold([CLASS]): music under what follows."""
    await call.session.music(call.host.music(argument(arguments_of(text), 0) or call.music))
    return 0


async def stop_music(call: ScriptCall, text: str) -> int:
    """StopMusicOnHold()."""
    await call.session.music("")
    return 0


async def read(call: ScriptCall, text: str) -> int:
    """Read(VARIABLE[,FILE&FILE][,MAX][,OPTIONS][,ATTEMPTS][,SECONDS]); sets READSTATUS."""
    arguments = arguments_of(text)
    prompts, _ = _sounds(call, argument(arguments, 1))
    most = argument(arguments, 2)
    attempts = argument(arguments, 4)
    seconds = seconds_of(argument(arguments, 5))
    if call.state != UP and "n" not in argument(arguments, 3):
        await call.answer()
    status, digits = "TIMEOUT", ""
    for _ in range(max(whole_or(attempts, 1), 1)):
        answer = await collected(
            call,
            tuple(prompts),
            int(seconds * 1_000) if seconds else 10_000,
            whole_or(most, 255, 255) or 255,
        )
        if answer is None or answer[0] == "-1":
            status = "INTERRUPTED" if answer is None else "HANGUP"
            break
        digits = answer[0]
        if digits:
            status = "OK"
            break
    call.variables.write(argument(arguments, 0), digits)
    call.variables.write("READSTATUS", status)
    return -1 if status == "HANGUP" else 0


async def record(call: ScriptCall, text: str) -> int:
    """Record(FILE.FORMAT[,SILENCE][,MAX][,OPTIONS]); sets RECORDED_FILE and RECORD_STATUS."""
    arguments = arguments_of(text)
    name, _, form = argument(arguments, 0).rpartition(".")
    file = call.host.recording(name, form) if name else ""
    if not file:
        call.variables.write("RECORD_STATUS", "ERROR")
        return -1 if not name else 0
    silence = seconds_of(argument(arguments, 1)) or 0
    longest = seconds_of(argument(arguments, 2)) or 0
    options = argument(arguments, 3)
    recorded = await call.session.record(
        RecordCaller(
            "",
            "",
            file,
            has_beep="q" not in options,
            max_us=int(longest * 1_000_000) or _HOUR_US,
            silence_us=int(silence * 1_000_000),
            end_keys="*" if "t" in options else "0123456789*#" if "y" in options else "#",
        )
    )
    words = {"key": "DTMF", "silence": "SILENCE", "limit": "TIMEOUT", "hangup": "HANGUP"}
    call.variables.write("RECORDED_FILE", name)
    call.variables.write("RECORD_STATUS", words.get(recorded.ended_by, "ERROR"))
    return -1 if recorded.ended_by == "hangup" else 0
