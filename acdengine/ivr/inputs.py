"""What a flow is told: answers to its effects, by their tickets, and what happens to the call.

An answer whose ticket is no longer awaited changes nothing.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct


class Input(Struct, frozen=True, gc=False, tag=True):
    """Something that the flow is told."""


class PlayFinished(Input, frozen=True, gc=False, tag=True):
    """The audio of a `Play` is over, or a key stopped it."""

    ticket: int


class PlayProgress(Input, frozen=True, gc=False, tag=True):
    """So many parts of the audio of a `Play`, `Collect` or `Record` have been heard to their end:
    they are not played again after a restart."""

    ticket: int
    heard: int


InputOutcome = Literal["value", "noinput", "nomatch", "failed"]
"""`noinput` only where no key at all was pressed; what is too short or fits nothing is a
`nomatch`; `failed` where the switch could not listen."""


class InputEnded(Input, frozen=True, gc=False, tag=True):
    """What a caller typed, or said: the digits without the terminator.

    Of sensitive input the digits are empty; ``secret`` is the handle under which they are kept, and
    ``masked`` what may be shown of them.
    """

    ticket: int
    outcome: InputOutcome
    digits: str = ""
    terminator: str = ""
    spoken: str = ""
    secret: str = ""
    masked: str = ""


class Recorded(Input, frozen=True, gc=False, tag=True):
    """A recording of the caller is over; an empty file when nothing was said."""

    ticket: int
    file: str = ""
    seconds: float = 0.0


HttpProblem = Literal["", "timeout", "unreachable", "refused", "too_large", "invalid"]
"""Why there is no answer. `refused`: the address may not be asked, or its circuit breaker is
open."""


class HttpAnswered(Input, frozen=True, gc=False, tag=True):
    """What a system answered over HTTP."""

    ticket: int
    status: int = 0
    body: str = ""
    problem: HttpProblem = ""


class ScriptEnded(Input, frozen=True, tag=True):
    """An AGI script is over, with the channel variables that were asked for."""

    ticket: int
    status: Literal["success", "failure", "notfound", "hangup", "timeout"] = "success"
    variables: dict[str, str] = {}


PinOutcome = Literal["accepted", "refused", "locked", "failed"]


class PinChecked(Input, frozen=True, gc=False, tag=True):
    """Whether a PIN was right. `locked`: too many were wrong; `failed`: it could not be checked."""

    ticket: int
    outcome: PinOutcome
    #: The agent, where it was right.
    agent_id: str = ""


class AgentChanged(Input, frozen=True, gc=False, tag=True):
    """The agent who calls has the state that was wanted; or why not."""

    ticket: int
    problem: str = ""


class ReachEnded(Input, frozen=True, gc=False, tag=True):
    """The call has come back from where it was sent: `answered` after a conversation, else how it
    failed: `busy`, `no_answer`, `failed`, `full`, `no_staff`, `waited`, `refused`, and so on;
    `placed` for a callback, `left` for a message."""

    ticket: int
    outcome: str


class AgentAnswered(Input, frozen=True, gc=False, tag=True):
    """An agent has taken the call: what the caller hears of the flow ends at once."""

    ticket: int


class TimePassed(Input, frozen=True, gc=False, tag=True):
    """The time of a `Wake` has come."""

    ticket: int


class HungUp(Input, frozen=True, gc=False, tag=True):
    """The caller is gone."""


AnyInput: TypeAlias = (
    PlayFinished
    | PlayProgress
    | InputEnded
    | Recorded
    | HttpAnswered
    | ScriptEnded
    | PinChecked
    | AgentChanged
    | ReachEnded
    | AgentAnswered
    | TimePassed
    | HungUp
)
