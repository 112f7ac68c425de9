"""What the daemon reports of systems that a flow has asked, and of scripts."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from acdengine.base_messages import Event

SystemProblem = Literal["", "timeout", "unreachable", "refused", "too_large", "invalid"]
ScriptStatus = Literal["success", "failure", "notfound", "hangup", "timeout"]


class SystemAnswered(Event, frozen=True, gc=False, tag=True):
    """What a system has answered over HTTP; ``problem`` says why there is no answer.

    ``refused``: it may not be asked, or has failed too often of late. ``body`` is at most as long
    as the command allowed.
    """

    call_id: str
    ask_id: str
    status: int = 0
    body: str = ""
    problem: SystemProblem = ""


class PinChecked(Event, frozen=True, gc=False, tag=True):
    """Whether an agent's PIN was right. ``is_gone``: the digits were kept no longer, as after a
    restart: it was not checked."""

    call_id: str
    check_id: str
    agent_id: str
    is_right: bool
    is_gone: bool = False


class ScriptEnded(Event, frozen=True, tag=True):
    """An AGI script is over.

    ``place``: the place of the dialplan that it has named for what follows, as the settings have
    it; empty: none, or none of theirs.
    """

    call_id: str
    script_id: str
    status: ScriptStatus
    variables: dict[str, str] = field(default_factory=dict)
    place: str = ""
    #: Keys typed ahead that the script has not taken, and the `DigitPressed.number` of the last one
    #: that it was told of; 0: of none.
    typed: str = ""
    heard: int = 0
