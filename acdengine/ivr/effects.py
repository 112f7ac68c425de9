"""What a flow wants done for its caller. An effect with a ticket is answered by the input that its
docstring names, with the same ticket; nothing else of the flow happens before."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from acdengine.ivr.definition import AgentChange, Gender, SayAs, Sensitive
from queues.targets import Target


class PromptAudio(Struct, frozen=True, gc=False, tag="prompt"):
    """A prompt by its name, in one language."""

    name: str
    language: str


class SpokenText(Struct, frozen=True, gc=False, tag="text"):
    """A text to be spoken in one language."""

    text: str
    language: str


class SpokenValue(Struct, frozen=True, gc=False, tag="say"):
    """A value to be spoken as what it is. Dates and times are ISO 8601 in the flow's zone,
    durations whole seconds, money an amount of `currency` (ISO 4217)."""

    value: str
    as_: SayAs
    language: str
    gender: Gender = ""
    currency: str = ""


Audio: TypeAlias = PromptAudio | SpokenText | SpokenValue


class Effect(Struct, frozen=True, gc=False, tag=True):
    """Something to be done."""


class Play(Effect, frozen=True, tag=True):
    """Play some audio; answered by `PlayFinished`, and by `PlayProgress` on the way."""

    ticket: int
    audio: tuple[Audio, ...]
    #: Whether a key stops it.
    barge_in: bool = True
    #: Whether the key that stops it, and further ones, are kept for the next `Collect`.
    keep_keys: bool = True
    #: What is typed belongs to sensitive input that follows: no key stops it, is kept or known.
    hides_keys: bool = False


class StopPlay(Effect, frozen=True, gc=False, tag=True):
    """Stop the audio of a `Play` or `Collect` at once; no answer to that ticket is awaited."""

    ticket: int


class DigitRules(Struct, frozen=True, kw_only=True):
    """Which keys make an input complete (as `acdengine.digit_collection` applies them)."""

    #: The inputs of a menu, of which one must be typed; empty: any digits, `least` to `most`.
    options: tuple[str, ...] = ()
    least: int = 1
    most: int = 32
    terminators: str = ""
    first_digit_us: int = 5_000_000
    inter_digit_us: int = 3_000_000
    #: In place of `inter_digit_us` while what was typed is an option and a longer one could come.
    ambiguity_us: int = 3_000_000


class Collect(Effect, frozen=True, tag=True):
    """Play some audio and take keys; answered by `InputEnded`, and by `PlayProgress` on the way.

    Where `sensitive` is given the digits stay where they are read, and the answer names them by a
    handle; recordings are paused meanwhile. `check` is then applied there, too.
    """

    ticket: int
    audio: tuple[Audio, ...]
    rules: DigitRules
    barge_in: bool = True
    #: Whether keys that were pressed before count; without, they are dropped.
    type_ahead: bool = True
    sensitive: Sensitive = ""
    check: str = ""
    #: So many of the last sensitive digits may be shown.
    shown_digits: int = 0
    #: Phrases that a recogniser listens for beside the keys.
    phrases: tuple[str, ...] = ()


class Music(Effect, frozen=True, gc=False, tag=True):
    """Music whenever nothing else plays; empty: silence."""

    music: str


class Wake(Effect, frozen=True, gc=False, tag=True):
    """Time to be told by `TimePassed`."""

    ticket: int
    at_us: int


class Record(Effect, frozen=True, tag=True):
    """Play some audio and record the caller; answered by `Recorded`."""

    ticket: int
    audio: tuple[Audio, ...]
    max_us: int
    silence_us: int
    end_keys: str
    beep: bool


class HttpRequest(Effect, frozen=True, tag=True):
    """Ask over HTTP; answered by `HttpAnswered`.

    ``secrets`` are fields of the data whose values are kept under these handles: they are put in
    where the request is sent, and nowhere else. The address is checked there against the hosts
    that the tenant may ask.
    """

    ticket: int
    method: str
    url: str
    headers: dict[str, str]
    #: `json`, `form` or nothing; `data` holds plain values.
    body: str
    data: dict[str, str | int | float | bool | list[str] | None]
    secrets: dict[str, str]
    connect_us: int
    total_us: int
    retries: int
    limit_bytes: int
    idempotency_key: str


class RunScript(Effect, frozen=True, tag=True):
    """Run an AGI script on the caller's leg; answered by `ScriptEnded`."""

    ticket: int
    script: str
    arguments: tuple[str, ...]
    #: Channel variables that the answer is to tell.
    variables: tuple[str, ...]
    total_us: int


class CheckPin(Effect, frozen=True, gc=False, tag=True):
    """Check the PIN of the agent of a number, kept under a handle; answered by `PinChecked`."""

    ticket: int
    number: str
    secret: str


class ChangeAgent(Effect, frozen=True, gc=False, tag=True):
    """Change the state of the agent who calls; answered by `AgentChanged`. ``is_here``: signed in
    at the telephone that calls, else at the usual one."""

    ticket: int
    agent_id: str
    change: AgentChange
    reason: str
    is_here: bool


class SendWebhook(Effect, frozen=True, tag=True):
    """Tell a system something (JSON, POST), without an answer."""

    url: str
    data: dict[str, str | int | float | bool | list[str] | None]


class WriteLog(Effect, frozen=True, gc=False, tag=True):
    """Write a line into the log."""

    level: str
    message: str


class TagCall(Effect, frozen=True, tag=True):
    """Names to values, for the facts and the agent's screen."""

    tags: dict[str, str]


class ScoreGiven(Effect, frozen=True, gc=False, tag=True):
    """A caller's answer to a question of a survey."""

    survey: str
    question: str
    score: int
    scale: int


class GoTo(Effect, frozen=True, tag=True):
    """Send the call to a target; answered by `ReachEnded` where the call comes back.

    For a queue or an agent also by `AgentAnswered`, at once when an agent has. While ``waits`` the
    flow goes on for the caller, who hears what it says and no announcements of the queue's own.
    ``handover``: the call does not come back once the number has answered.
    """

    ticket: int
    target: Target
    skills: dict[str, int] = {}
    priority: int = 0
    credit_us: int = 0
    preferred: dict[str, int] = {}
    waits: bool = False
    handover: bool = False


class PlaceCallback(Effect, frozen=True, gc=False, tag=True):
    """Keep a place in a queue for a number, which is rung back; answered by `ReachEnded` with
    `placed`, or with why not. ``waits`` is the ticket of the `GoTo` by which the caller is in line
    now: in the same queue the place is kept, any other is left; 0 where there is none. A caller
    whose callback is not placed goes on waiting."""

    ticket: int
    queue_id: str
    number: str
    waits: int = 0


class LeaveQueue(Effect, frozen=True, gc=False, tag=True):
    """Take the call out of the queue that `GoTo` put it into."""

    ticket: int


class HangUp(Effect, frozen=True, gc=False, tag=True):
    """Hang up; the flow is over."""

    cause: str


class StepLeft(Effect, frozen=True, gc=False, tag=True):
    """A step is done, by one of its ways: for the story, the counts of the picture, and tests."""

    flow_id: str
    step: str
    way: str
    #: Why, where that is not plain: what was wrong with an answer.
    detail: str = ""


class FlowEnded(Effect, frozen=True, gc=False, tag=True):
    """The flow is over and the call goes on without it. ``reason``: `returned`, or how the target
    that the call was sent to ended and the flow says nothing of that."""

    reason: str


AnyEffect: TypeAlias = (
    Play
    | StopPlay
    | Collect
    | Music
    | Wake
    | Record
    | HttpRequest
    | RunScript
    | CheckPin
    | ChangeAgent
    | SendWebhook
    | WriteLog
    | TagCall
    | ScoreGiven
    | GoTo
    | PlaceCallback
    | LeaveQueue
    | HangUp
    | StepLeft
    | FlowEnded
)
