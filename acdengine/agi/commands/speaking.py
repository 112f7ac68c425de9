"""Commands that let the caller hear something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from acdengine.agi.commands.words import keys_of, number_or_zero, whole_number
from acdengine.agi.replies import UNANSWERED, Reply, UsageProblem, key_code, result
from acdengine.agi.script_call import SAMPLES_PER_MS, ScriptCall
from acdengine.leg_sessions.port import LegGone
from acdengine.prompts import AnyPrompt, SayPrompt, problem_of

#: Letters of Asterisk's date formats that are of a date, and of a time of day.
_DATE_LETTERS: Final = "AaBbhdemYQq"
_TIME_LETTERS: Final = "HIklMpPRTS"
#: The last day but one that there is a date for: in any zone it is one.
LARGEST_TIME: Final = 253_402_000_000
_FORMAT_PART: Final = re.compile(r"'([^']*)'|(.)", re.DOTALL)
_DEFAULT_FORMATS: Final = {"de": "A dBY HMS", "": "ABdY 'digits/at' IMp"}


async def stream_file(call: ScriptCall, words: list[str]) -> Reply:
    """STREAM FILE: play a sound until it ends, or one of the keys is pressed.

    Sets PLAYBACKSTATUS. ``endpos`` is in samples. A sample to begin at is taken and does nothing:
    the sound is played from its beginning.
    """
    offset = whole_number(words[2]) if len(words) > 2 else 0
    prompt = call.host.prompt(words[0], call.language)
    if prompt is None:
        return result(-1, f"endpos={offset}")
    began_us = call.clock_us()
    heard = await _heard(call, [prompt], words[1])
    if heard is None:
        return UNANSWERED
    if heard < 0 and call.session.is_up:
        call.variables.write("PLAYBACKSTATUS", "FAILED")
        return result(-1, f"endpos={offset}")
    call.variables.write("PLAYBACKSTATUS", "FAILED" if heard else "SUCCESS")
    return result(heard, f"endpos={_samples_since(call, began_us)}")


async def control_stream_file(call: ScriptCall, words: list[str]) -> Reply:
    """CONTROL STREAM FILE: as STREAM FILE; the next command waits.

    Sets CPLAYBACKSTATUS, CPLAYBACKOFFSET and CPLAYBACKSTOPKEY. ``endpos`` is in milliseconds, and
    -1 where no key has stopped it.

    The keys that go forward, back or pause are taken and do nothing: no switch's port has them.
    """
    if len(words) > 2:
        whole_number(words[2])
    if len(words) > 6:
        whole_number(words[6])
    offset_ms = -1
    prompt = call.host.prompt(words[0], call.language)
    began_us = call.clock_us()
    stop_key, played = "", prompt is not None
    if prompt is not None:
        try:
            finished = await call.session.play([prompt], keys_of(words[1]))
            stop_key = finished.key
        except LegGone:
            played = False
    if stop_key:
        offset_ms = (call.clock_us() - began_us) // 1_000
        call.variables.write("CPLAYBACKSTOPKEY", stop_key)
    status = "USERSTOPPED" if stop_key else "SUCCESS" if played else "ERROR"
    call.variables.write("CPLAYBACKSTATUS", status)
    call.variables.write("CPLAYBACKOFFSET", str(offset_ms))
    return result(key_code(stop_key) if played else -1, f"endpos={offset_ms}")


async def get_option(call: ScriptCall, words: list[str]) -> Reply:
    """GET OPTION: play a sound and wait for one of the keys after it."""
    wait_ms = number_or_zero(words[2]) if len(words) > 2 else call.digit_timeout_ms
    prompt = call.host.prompt(words[0], call.language)
    if prompt is None:
        return result(-1, "endpos=0")
    began_us = call.clock_us()
    code = await _heard(call, [prompt], words[1])
    if code is None:
        return UNANSWERED
    end = _samples_since(call, began_us)
    if code == 0:
        try:
            key = await call.until_next_command(call.key(wait_ms))
        except LegGone:
            return result(-1, f"endpos={end}")
        # Stopped by the next command, Asterisk looks for the code 1 among the keys, and answers.
        code = key_code(key) if key and key in keys_of(words[1]) else 0
    return result(code, f"endpos={end}")


async def say_number(call: ScriptCall, words: list[str]) -> Reply:
    """SAY NUMBER NUMBER KEYS [GENDER]."""
    number = whole_number(words[0])
    letter = words[2][:1].lower() if len(words) > 2 else ""
    genders = {"m": "masculine", "f": "feminine", "n": "neuter", "c": "neuter"}
    prompt = SayPrompt("number", str(number), _language(call), gender=genders.get(letter, ""))  # type: ignore[arg-type]
    return await _said(call, [prompt], words[1])


async def say_digits(call: ScriptCall, words: list[str]) -> Reply:
    """SAY DIGITS DIGITS KEYS: each digit, leading zeros too."""
    whole_number(words[0])
    return await _said(call, _said_one_by_one("digits", words[0], call), words[1])


async def say_alpha(call: ScriptCall, words: list[str]) -> Reply:
    """SAY ALPHA TEXT KEYS [CASE]; whether a letter is large is not said."""
    if len(words) > 2 and words[2] and words[2][0].lower() not in "alnu":
        raise UsageProblem("case is a, l, n or u")
    return await _said(call, _said_one_by_one("spelled", words[0], call), words[1])


async def say_phonetic(call: ScriptCall, words: list[str]) -> Reply:
    """SAY PHONETIC TEXT KEYS: spelled."""
    return await _said(call, _said_one_by_one("spelled", words[0], call), words[1])


async def say_date(call: ScriptCall, words: list[str]) -> Reply:
    """SAY DATE SECONDS KEYS, in the zone of the daemon's machine, as Asterisk does."""
    moment = datetime.fromtimestamp(whole_number(words[0])).astimezone()
    prompt = SayPrompt("date", moment.date().isoformat(), _language(call))
    return await _said(call, [prompt], words[1])


async def say_time(call: ScriptCall, words: list[str]) -> Reply:
    """SAY TIME SECONDS KEYS."""
    moment = datetime.fromtimestamp(whole_number(words[0])).astimezone()
    prompt = SayPrompt("time", f"{moment:%H:%M:%S}", _language(call))
    return await _said(call, [prompt], words[1])


async def say_date_time(call: ScriptCall, words: list[str]) -> Reply:
    """SAY DATETIME SECONDS KEYS [FORMAT] [ZONE]."""
    default = _DEFAULT_FORMATS.get(call.language[:2], _DEFAULT_FORMATS[""])
    form = words[2] if len(words) > 2 else default
    zone = words[3] if len(words) > 3 else ""
    prompts = date_prompts(call, whole_number(words[0]), form, zone)
    return await _said(call, prompts, words[1])


def moment_in(seconds: int, zone: str) -> tuple[datetime, bool]:
    """A time since 1970 in a zone, that of the machine where it is empty or none; whether it is
    known."""
    moment = datetime.fromtimestamp(min(seconds, LARGEST_TIME), UTC)
    try:
        return (moment.astimezone(ZoneInfo(zone)) if zone else moment.astimezone()), True
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: "Europe" is a folder of the time-zone files.
        return moment.astimezone(), False


def date_prompts(call: ScriptCall, seconds: int, form: str, zone: str) -> list[AnyPrompt]:
    """What Asterisk's date format says: a date for its letters of dates, a time for those of
    times, in the order of the first of each, and the sounds that stand in quotes."""
    moment, is_known = moment_in(seconds, zone)
    if not is_known:
        call.host.told("agi zone is not known", {"zone": zone[:64]})
    prompts: list[AnyPrompt] = []
    said: set[str] = set()
    for sound, letter in _FORMAT_PART.findall(form):
        if sound:
            prompt = call.host.prompt(sound, call.language)
            prompts += [prompt] if prompt is not None else []
        elif letter and letter in _DATE_LETTERS and "date" not in said:
            said.add("date")
            prompts.append(SayPrompt("date", moment.date().isoformat(), _language(call)))
        elif letter and letter in _TIME_LETTERS and "time" not in said:
            said.add("time")
            prompts.append(SayPrompt("time", f"{moment:%H:%M:%S}", _language(call)))
    return prompts


def _language(call: ScriptCall) -> str:
    return call.language.replace("_", "-")


def _said_one_by_one(kind: str, text: str, call: ScriptCall) -> list[AnyPrompt]:
    """A text character by character, in pieces that a prompt takes; what cannot be said is left
    out."""
    kept = "".join(
        char
        for char in text
        if (char in "0123456789*#" if kind == "digits" else char.isascii() and char.isalnum())
    )
    pieces = [kept[start : start + 64] for start in range(0, len(kept), 64)]
    return [SayPrompt(kind, piece, _language(call)) for piece in pieces]  # type: ignore[arg-type]


async def _said(call: ScriptCall, prompts: Sequence[AnyPrompt], keys: str) -> Reply:
    fit = [prompt for prompt in prompts if not problem_of(prompt)]
    code = await _heard(call, fit, keys) if fit else 0
    return UNANSWERED if code is None else result(code)


async def _heard(call: ScriptCall, prompts: Sequence[AnyPrompt], keys: str) -> int | None:
    """Play prompts; the code of the key that stopped them, 0 for none, -1 where the leg is down or
    the switch has no such sound; None where the next command stopped them."""
    try:
        finished = await call.until_next_command(call.session.play(prompts, keys_of(keys)))
    except LegGone:
        return -1
    if finished is None:
        return None
    if finished.is_missing and not finished.key:
        call.host.told("agi sound is not on the switch", {})
        return -1
    return key_code(finished.key)


def _samples_since(call: ScriptCall, began_us: int) -> int:
    return (call.clock_us() - began_us) // 1_000 * SAMPLES_PER_MS
