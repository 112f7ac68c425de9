"""What flows ask of systems beyond the switch: commands that the daemon itself carries out."""

from __future__ import annotations

from typing import Final, TypeAlias, get_args

from msgspec import Struct

#: A plain value of a request's data.
Plain: TypeAlias = str | int | float | bool | list[str] | None


class ServiceCommand(Struct, frozen=True, tag=True):
    """Something to be done for a caller in a flow, not on the switch."""


class AskSystem(ServiceCommand, frozen=True, tag=True):
    """Ask a system over HTTP; answered by `SystemAnswered`.

    The address is one of those that the tenant's settings allow, or it is not asked. ``secrets``
    are fields of the data whose values are kept under these handles: they are put in where the
    request is sent, and nowhere else. ``total_us`` is for all tries together.
    """

    call_id: str
    ask_id: str
    tenant_id: str
    method: str
    url: str
    headers: dict[str, str]
    #: ``json``, ``form`` or nothing.
    body: str
    data: dict[str, Plain]
    secrets: dict[str, str]
    connect_us: int
    total_us: int
    retries: int
    limit_bytes: int
    idempotency_key: str


class TellSystem(ServiceCommand, frozen=True, tag=True):
    """Tell a system something (JSON, POST). What becomes of it is in the log and the metrics."""

    call_id: str
    tenant_id: str
    url: str
    data: dict[str, Plain]


class RunScript(ServiceCommand, frozen=True, tag=True):
    """Run an AGI script on the caller's leg; answered by `ScriptEnded`.

    Until then the script orders the leg; the caller's hang-up ends it. ``variables`` are those that
    the answer is to tell. After ``total_us`` it is ended.
    """

    call_id: str
    script_id: str
    tenant_id: str
    script: str
    arguments: tuple[str, ...]
    variables: tuple[str, ...]
    total_us: int
    language: str = ""


class StopScript(ServiceCommand, frozen=True, tag=True):
    """End a script as if its caller had hung up: the call has been sent elsewhere."""

    call_id: str
    script_id: str


class CheckPin(ServiceCommand, frozen=True, tag=True):
    """Check an agent's PIN, which is kept under the handle ``secret``; answered by `PinChecked`.
    Without an agent, because none has the number that was typed, it is wrong."""

    call_id: str
    check_id: str
    agent_id: str
    secret: str


class WriteLogLine(ServiceCommand, frozen=True, tag=True):
    """Write a line into the daemon's log."""

    call_id: str
    level: str
    message: str


AnyServiceCommand: TypeAlias = (
    AskSystem | TellSystem | RunScript | StopScript | CheckPin | WriteLogLine
)

SERVICE_COMMANDS: Final = frozenset(get_args(AnyServiceCommand))
