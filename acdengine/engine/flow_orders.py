"""What a flow wants done, as commands for the caller's leg.

The id of a row of prompts, a collection or a recording is `flow-TICKET`, so that its answer finds
the step that waits for it.
"""

from __future__ import annotations

from typing import Final

from acdengine.commands import Collect as CollectKeys
from acdengine.commands import PlayPrompts, RecordCaller
from acdengine.engine.records import TypedKeys
from acdengine.events import CallerRecorded, DigitsCollected
from acdengine.ivr.effects import (
    Audio,
    Collect,
    HttpRequest,
    Play,
    PromptAudio,
    Record,
    RunScript,
    SpokenText,
)
from acdengine.ivr.inputs import InputEnded, Recorded
from acdengine.prompts import AnyPrompt, SayPrompt, SoundPrompt, SpeechPrompt
from acdengine.service_commands import AskSystem
from acdengine.service_commands import RunScript as RunScriptOrder
from acdengine.speech_input import SpeechInput
from queues.policy import SECOND_US

_PREFIX: Final = "flow-"
_ANY_KEY: Final = "0123456789*#"


def id_of(ticket: int) -> str:
    """The id of what a flow has ordered."""
    return f"{_PREFIX}{ticket}"


def ticket_of(order_id: str) -> int:
    """The ticket in an id; 0 where no flow has ordered it."""
    digits = order_id.removeprefix(_PREFIX)
    return int(digits) if digits != order_id and digits.isascii() and digits.isdigit() else 0


def prompt_of(audio: Audio) -> AnyPrompt:
    """Some audio as the commands have it; a prompt is named `LANGUAGE/NAME`."""
    if isinstance(audio, PromptAudio):
        return SoundPrompt(f"{audio.language}/{audio.name}")
    if isinstance(audio, SpokenText):
        return SpeechPrompt(audio.text, audio.language)
    return SayPrompt(audio.as_, audio.value, audio.language, audio.gender, audio.currency)


def play_order(call_id: str, effect: Play) -> PlayPrompts:
    """The command to play a row of prompts."""
    row = tuple([prompt_of(audio) for audio in effect.audio])
    end_keys = _ANY_KEY if effect.barge_in else ""
    return PlayPrompts(call_id, id_of(effect.ticket), row, end_keys, effect.hides_keys)


def collect_order(
    call_id: str, effect: Collect, typed: TypedKeys | None, speech: SpeechInput | None
) -> CollectKeys:
    """The command to collect keys; keys typed ahead count."""
    rules = effect.rules
    return CollectKeys(
        call_id,
        id_of(effect.ticket),
        tuple([prompt_of(audio) for audio in effect.audio]),
        effect.barge_in,
        rules.least,
        rules.most,
        rules.terminators,
        rules.first_digit_us,
        rules.inter_digit_us,
        rules.options,
        rules.ambiguity_us,
        effect.type_ahead,
        typed.keys if typed is not None and effect.type_ahead else "",
        typed.heard if typed is not None else 0,
        is_sensitive=bool(effect.sensitive),
        shown_digits=effect.shown_digits,
        check="luhn" if effect.check == "luhn" else "",
        speech=speech,
    )


def record_order(call_id: str, effect: Record, file: str) -> RecordCaller:
    """The command to record the caller."""
    prompts = tuple([prompt_of(audio) for audio in effect.audio])
    return RecordCaller(
        call_id, id_of(effect.ticket), file, prompts, effect.beep, effect.max_us,
        effect.silence_us, effect.end_keys,
    )  # fmt: skip


def ask_order(call_id: str, tenant_id: str, effect: HttpRequest) -> AskSystem:
    """The command to ask a system."""
    return AskSystem(
        call_id, id_of(effect.ticket), tenant_id, effect.method, effect.url, effect.headers,
        effect.body, effect.data, effect.secrets, effect.connect_us, effect.total_us,
        effect.retries, effect.limit_bytes, effect.idempotency_key,
    )  # fmt: skip


def script_order(call_id: str, tenant_id: str, language: str, effect: RunScript) -> RunScriptOrder:
    """The command to run a script."""
    return RunScriptOrder(
        call_id, id_of(effect.ticket), tenant_id, effect.script, effect.arguments,
        effect.variables, effect.total_us, language,
    )  # fmt: skip


def input_of(event: DigitsCollected) -> InputEnded | None:
    """What a collection means to a flow; None where it was cancelled, by what a flow or the engine
    has ordered since."""
    ticket = ticket_of(event.collect_id)
    if event.token:
        return InputEnded(ticket, "value", secret=event.token, masked=event.digits)
    if event.outcome == "value":
        return InputEnded(ticket, "value", event.digits, event.terminator, event.spoken)
    if event.outcome == "no_input":
        return InputEnded(ticket, "noinput")
    if event.outcome == "cancelled":
        return None
    return InputEnded(ticket, "failed" if event.outcome == "failed" else "nomatch", event.digits)


def recorded_of(event: CallerRecorded) -> Recorded | None:
    """What a recording means to a flow; None where it was cancelled."""
    if event.ended_by == "cancelled":
        return None
    file = event.file if event.length_us > 0 else ""
    return Recorded(ticket_of(event.record_id), file, event.length_us / SECOND_US)
