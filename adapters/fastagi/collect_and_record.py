"""What a caller types and says: collections of keys and recordings, on the caller's connection."""

from __future__ import annotations

from typing import Final

from acdengine.commands import Collect, PlayPrompts, RecordCaller, RecordMessage
from acdengine.digit_collection import KEYS, DigitCollection, PressedKeys
from acdengine.events import (
    CallerRecorded,
    DigitsCollected,
    MessageLeft,
    PromptHeard,
    PromptsFinished,
    RecordEnd,
)
from acdengine.prompts import AnyPrompt
from adapters.fastagi.asterisk_context import AsteriskContext
from adapters.fastagi.connection import AgiConnection
from adapters.fastagi.prompt_playback import Played, play
from adapters.fastagi.quoting import Unrepresentable, command
from adapters.fastagi.replies import AgiReply

_MS_US: Final = 1_000
_SECOND_US: Final = 1_000_000
#: Samples a second of ``endpos``.
_RATE: Final = 8_000
_FORMAT: Final = "wav"


async def play_row(connection: AgiConnection, desk: AsteriskContext, row: PlayPrompts) -> None:
    """Play prompts in a row, and report their end."""
    played = await _row(connection, desk, row.call_id, row.prompt_id, row.prompts, row.end_keys)
    desk.report(PromptsFinished(0, row.call_id, row.prompt_id, played.key, played.is_cancelled))


async def _row(
    connection: AgiConnection,
    desk: AsteriskContext,
    call_id: str,
    step_id: str,
    prompts: tuple[AnyPrompt, ...],
    keys: str,
) -> Played:
    for number, prompt in enumerate(prompts, 1):
        played = await play(connection, prompt, desk.asterisk.sounds, keys)
        if played.key or played.is_cancelled:
            return played
        if number < len(prompts):
            desk.report(PromptHeard(0, call_id, step_id, number))
    return Played()


async def collect(
    connection: AgiConnection, desk: AsteriskContext, keys: PressedKeys, wanted: Collect
) -> None:
    """Collect keys, and report them. Keys during prompts that none of them may stop are lost."""
    collection = DigitCollection(wanted)
    collection.start(desk.now_us(), keys.after(wanted.heard))
    if collection.plays:
        await _ask(connection, desk, collection)
    while not collection.outcome:
        left_ms = max((collection.due_us - desk.now_us()) // _MS_US, 1)
        reply = await connection.play(command("WAIT FOR DIGIT", left_ms))
        if reply is None or reply.result == -1:
            collection.cancel()
        elif reply.key:
            collection.press(reply.key, desk.now_us())
        else:
            # The switch's clock may be early by a moment.
            collection.pass_time(max(desk.now_us(), collection.due_us))
    desk.report(collection.result(keys.count))


async def _ask(
    connection: AgiConnection, desk: AsteriskContext, collection: DigitCollection
) -> None:
    wanted = collection.command
    stops = KEYS if wanted.barge_in else ""
    played = await _row(connection, desk, wanted.call_id, wanted.collect_id, wanted.prompts, stops)
    if played.is_cancelled:
        collection.cancel()
    elif played.key:
        collection.press(played.key, desk.now_us())
    else:
        collection.prompts_over(desk.now_us())


def refuse_sensitive(desk: AsteriskContext, wanted: Collect) -> None:
    """Keys cannot be read unseen by AGI."""
    desk.report(DigitsCollected(0, wanted.call_id, wanted.collect_id, "failed"))


# -- recordings --------------------------------------------------------------------------------


async def record(connection: AgiConnection, desk: AsteriskContext, wanted: RecordCaller) -> None:
    """Record what the caller says, and report the file."""
    call_id, record_id = wanted.call_id, wanted.record_id
    for prompt in wanted.prompts:
        played = await play(connection, prompt, desk.asterisk.sounds, wanted.end_keys)
        if played.is_cancelled:
            desk.report(CallerRecorded(0, call_id, record_id, "", 0, "cancelled"))
            return
        if played.key:
            break
    file = _flat(wanted.file)
    reply = await _record(
        connection, desk, file, wanted.end_keys, wanted.max_us, wanted.silence_us,
        has_beep=wanted.has_beep,
    )  # fmt: skip
    length_us = _length_us(reply)
    if reply is None or not length_us:
        desk.report(CallerRecorded(0, call_id, record_id, "", 0, "failed"))
        return
    ended_by: RecordEnd = "key" if reply.text == "dtmf" else "silence"
    if reply.text == "hangup" or connection.is_hung_up:
        ended_by = "hangup"
    elif ended_by == "silence" and length_us >= wanted.max_us - _SECOND_US:
        ended_by = "limit"
    key = reply.key if ended_by == "key" else ""
    desk.report(CallerRecorded(0, call_id, record_id, file, length_us, ended_by, key))


async def take_message(
    connection: AgiConnection, desk: AsteriskContext, wanted: RecordMessage
) -> None:
    """Take a message into a file, and report it; a shorter one than the policy's is none."""
    policy = wanted.policy
    if wanted.prompt:
        played = await play(connection, wanted.prompt, desk.asterisk.sounds)
        if played.is_cancelled:
            desk.report(MessageLeft(0, wanted.call_id, "", 0))
            return
    file = _flat(wanted.file)
    reply = await _record(
        connection, desk, file, policy.end_keys, policy.max_us, policy.silence_us,
        has_beep=policy.beep,
    )  # fmt: skip
    length_us = _length_us(reply)
    is_message = length_us >= max(policy.min_us, 1)
    if is_message:
        desk.report(MessageLeft(0, wanted.call_id, file, length_us))
    else:
        desk.report(MessageLeft(0, wanted.call_id, "", 0))


def _flat(file: str) -> str:
    """The name of a file in the one folder that there is: Asterisk makes none (``ast_writefile`` of
    ``main/file.c``)."""
    return file.replace("/", "_")


async def _record(
    connection: AgiConnection,
    desk: AsteriskContext,
    file: str,
    end_keys: str,
    max_us: int,
    silence_us: int,
    *,
    has_beep: bool,
) -> AgiReply | None:
    """None where nothing can be recorded. ``RECORD FILE`` ends by a key, silence, its greatest
    length or the hang-up, by nothing else."""
    folder = desk.asterisk.recordings
    if not folder or not file or file.startswith("."):
        return None
    path = f"{folder}/{file.removesuffix('.wav')}"
    options = ["BEEP"] if has_beep else []
    if silence_us:
        options.append(f"s={max(silence_us // _SECOND_US, 1)}")
    try:
        line = command("RECORD FILE", path, _FORMAT, end_keys, max_us // _MS_US, *options)
    except Unrepresentable:
        return None
    return await connection.run(line)


def _length_us(reply: AgiReply | None) -> int:
    return 0 if reply is None else reply.endpos * _SECOND_US // _RATE
