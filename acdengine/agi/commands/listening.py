"""Commands that wait for the caller: keys, and what is said."""

from __future__ import annotations

from typing import Final

from acdengine.agi.commands.words import keys_of, number_or_zero, whole_number
from acdengine.agi.replies import UNANSWERED, Reply, key_code, result
from acdengine.agi.script_call import FOR_EVER_US, SAMPLES_PER_MS, ScriptCall
from acdengine.commands import Collect, RecordCaller
from acdengine.leg_sessions.port import LegGone
from acdengine.prompts import AnyPrompt, SilencePrompt

#: Of GET DATA: for the first key, for each further one, and the most keys.
FIRST_KEY_MS: Final = 6_000
NEXT_KEY_MS: Final = 2_000
MOST_KEYS: Final = 1_024
#: A recording without a limit ends all the same.
_LONGEST_RECORDING_MS: Final = 3_600_000


async def get_data(call: ScriptCall, words: list[str]) -> Reply:
    """GET DATA FILE [TIMEOUT_MS] [MAX]: keys up to ``#``, which is no part of them."""
    timeout_ms = number_or_zero(words[1]) if len(words) > 1 else 0
    most = number_or_zero(words[2]) if len(words) > 2 else MOST_KEYS
    prompts: tuple[AnyPrompt, ...] = ()
    if words[0]:
        prompt = call.host.prompt(words[0], call.language)
        if prompt is None:
            return result(-1, is_failure=False)
        prompts = (prompt,)
    if most <= 0:
        return result(-1, is_failure=False)
    digits = await collected(call, prompts, timeout_ms, min(most, MOST_KEYS))
    if digits is None:
        return UNANSWERED
    text, is_whole = digits
    return result(text, "" if is_whole else "(timeout)")


async def collected(
    call: ScriptCall, prompts: tuple[AnyPrompt, ...], timeout_ms: int, most: int
) -> tuple[str, bool] | None:
    """Keys up to ``#`` or ``most`` of them, and whether there were so many or a ``#``.

    Keys typed ahead count. Returns None where the script's next command came first. A leg that is
    down gives ``-1``, whole.
    """
    first_ms = next_ms = timeout_ms
    if timeout_ms == 0:
        first_ms, next_ms = FIRST_KEY_MS, NEXT_KEY_MS
    wanted = Collect(
        "",
        "",
        prompts=prompts,
        max_digits=most,
        terminators="#",
        first_digit_us=first_ms * 1_000 if first_ms > 0 else FOR_EVER_US,
        inter_digit_us=next_ms * 1_000 if next_ms > 0 else FOR_EVER_US,
    )
    try:
        answer = await call.until_next_command(call.session.collect(wanted))
    except LegGone:
        return "-1", True
    if answer is None:
        return None
    return answer.digits, bool(answer.terminator) or len(answer.digits) >= most


async def wait_for_digit(call: ScriptCall, words: list[str]) -> Reply:
    """WAIT FOR DIGIT MS: one key; -1 waits for ever."""
    wait_ms = whole_number(words[0])
    try:
        key = await call.until_next_command(call.key(wait_ms))
    except LegGone:
        return result(-1)
    # Stopped by the next command, Asterisk answers with the code 1.
    return result(1 if key is None else key_code(key))


async def record_file(call: ScriptCall, words: list[str]) -> Reply:
    """RECORD FILE FILE FORMAT KEYS TIMEOUT_MS [OFFSET] [BEEP] [s=SILENCE_S].

    The fifth word is an offset in samples if it is a number, silence if it begins with ``s=``, and
    asks for a beep otherwise. A file is always begun at its beginning.
    """
    longest_ms = whole_number(words[3])
    offset, has_beep, silence_s = _recording_options(words[4:])
    file = call.host.recording(words[0], words[1])
    if not file:
        return result(-1, "(writefile)")
    wanted = RecordCaller(
        "",
        "",
        file,
        has_beep=has_beep,
        max_us=(longest_ms if longest_ms >= 0 else _LONGEST_RECORDING_MS) * 1_000,
        silence_us=silence_s * 1_000_000,
        end_keys=keys_of(words[2]),
    )
    try:
        recorded = await call.session.record(wanted)
    except LegGone:
        return result(-1, f"(hangup) endpos={offset}")
    end = f"endpos={recorded.length_us // 1_000 * SAMPLES_PER_MS}"
    if recorded.ended_by == "hangup":
        return result(-1, f"(hangup) {end}")
    if recorded.ended_by == "failed":
        return result(-1, "(writefile)")
    if recorded.ended_by == "key":
        return result(key_code(recorded.key), f"(dtmf) {end}")
    return result(0, f"(timeout) {end}")


def _recording_options(words: list[str]) -> tuple[int, bool, int]:
    """Offset in samples, whether a beep is wanted, and the silence that ends it, in seconds."""
    silence = next((word for word in words[:3] if word.startswith("s=")), "")
    silence_s = max(number_or_zero(silence[2:]), 0)
    first = words[0] if words else ""
    offset = number_or_zero(first) if first[:1].isdigit() else 0
    asks = bool(words) and not first.startswith("s=") and not first.lstrip("+-")[:1].isdigit()
    asks_later = len(words) > 1 and not words[1].startswith("s=")
    return offset, asks or asks_later, silence_s


async def receive_char(call: ScriptCall, words: list[str]) -> Reply:
    """RECEIVE CHAR MS: a leg of sound has no characters, which Asterisk answers after the time as
    if it were down."""
    await _wait_in_vain(call, number_or_zero(words[0]))
    return result(-1, "(hangup)")


async def receive_text(call: ScriptCall, words: list[str]) -> Reply:
    """RECEIVE TEXT MS: as RECEIVE CHAR."""
    await _wait_in_vain(call, number_or_zero(words[0]))
    return result(-1, is_failure=False)


async def _wait_in_vain(call: ScriptCall, wait_ms: int) -> None:
    try:
        await call.session.play([SilencePrompt(max(wait_ms * 1_000, 1))])
    except LegGone:
        pass
