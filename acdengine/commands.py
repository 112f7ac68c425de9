"""What goes out: everything the engine wants done, imperative, safe to repeat.

The adapter carries commands out and reports with events; no command ends silently. The ids are
chosen by the engine, so that whatever was started can be recognised and cancelled.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Command(Struct, frozen=True, gc=False, tag=True):
    """Something to be done."""


class RejectCall(Command, frozen=True, gc=False, tag=True):
    """Turn the caller away without answering; answered by `CallerHungUp`."""

    call_id: str
    cause: str


class AnswerCall(Command, frozen=True, gc=False, tag=True):
    """Answer the caller's leg."""

    call_id: str


class PlayMusic(Command, frozen=True, gc=False, tag=True):
    """Music on hold until something else is played or the call is bridged."""

    call_id: str
    music: str


class PlayPrompt(Command, frozen=True, gc=False, tag=True):
    """Play one prompt, then go on with the music; answered by `PromptFinished`.

    ``prompt`` is a name from the settings, or ``position:N``, ``estimate:SECONDS``,
    ``estimate_over:SECONDS``.
    """

    call_id: str
    prompt_id: str
    prompt: str


class StopPrompt(Command, frozen=True, gc=False, tag=True):
    """Stop whatever is played, at once."""

    call_id: str


class RingAgent(Command, frozen=True, gc=False, tag=True):
    """Ring the agent's phone; answered by `OfferAnswered` or `OfferEnded`.

    The engine itself withdraws the offer after ``timeout_us``; the adapter may use it as the
    switch's own limit.
    """

    offer_id: str
    call_id: str
    agent_id: str
    contact: str
    timeout_us: int
    auto_answer: bool = False


class CancelRing(Command, frozen=True, gc=False, tag=True):
    """Take the agent's leg down, ringing or answered; answered by `OfferEnded`."""

    offer_id: str


class Bridge(Command, frozen=True, gc=False, tag=True):
    """Join caller and agent; answered by `CallBridged` or `BridgeFailed`."""

    call_id: str
    offer_id: str


class HoldCall(Command, frozen=True, gc=False, tag=True):
    """The caller hears music, the agent's leg stays."""

    call_id: str
    music: str


class RetrieveCall(Command, frozen=True, gc=False, tag=True):
    """Caller and agent hear each other again."""

    call_id: str


class HangUpCall(Command, frozen=True, gc=False, tag=True):
    """Take the caller's leg down; answered by `CallerHungUp`."""

    call_id: str
    cause: str


class DialNumber(Command, frozen=True, gc=False, tag=True):
    """Join the caller with a number outside; answered by `NumberEnded` when that is over."""

    call_id: str
    number: str


class RecordMessage(Command, frozen=True, gc=False, tag=True):
    """Take a message into a voicemail box; answered by `MessageLeft`."""

    call_id: str
    box: str
    prompt: str


class DialCustomer(Command, frozen=True, gc=False, tag=True):
    """Ring the customer of a callback; answered by `CallbackAnswered` or `CallbackFailed`."""

    call_id: str
    number: str
    timeout_us: int


class CancelDial(Command, frozen=True, gc=False, tag=True):
    """Stop ringing the customer; answered by `CallbackFailed`."""

    call_id: str


class Reply(Command, frozen=True, gc=False, tag=True):
    """The answer to a request; ``problem`` is empty when it was done."""

    request_id: str
    problem: str = ""


AnyCommand: TypeAlias = (
    RejectCall
    | AnswerCall
    | PlayMusic
    | PlayPrompt
    | StopPrompt
    | RingAgent
    | CancelRing
    | Bridge
    | HoldCall
    | RetrieveCall
    | HangUpCall
    | DialNumber
    | RecordMessage
    | DialCustomer
    | CancelDial
    | Reply
)
