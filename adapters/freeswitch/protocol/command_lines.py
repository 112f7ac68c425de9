"""The commands that are sent over the event socket, as bytes.

Every command ends in an empty line, and FreeSWITCH looks for it byte by byte, so nothing that comes
from outside may hold a line end: `_command` refuses any, whatever a caller of it forgot to quote.

Source: `parse_command` and `read_packet` of FreeSWITCH's mod_event_socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import (
    application_argument,
    function_name,
    hangup_cause,
    header_value,
    is_bare_value,
    leg_uuid,
    plain_text,
)

#: FreeSWITCH takes up to 10 MiB, but reads it byte by byte, and holds up its events meanwhile.
MAX_COMMAND_BYTES: Final = 256 * 1024

#: An argument of so many characters is shorter as a header than with the headers of a body.
_MOST_IN_HEAD: Final = 26

_HEADER_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_CONTROLS: Final = bytes(range(0x20)) + b"\x7f"
_EVENT_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SUBCLASS: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


#: API commands whose reply tells nothing but whether there was such a leg.
_PATIENT: Final = frozenset(
    (
        "uuid_answer", "uuid_break", "uuid_bridge", "uuid_kill", "uuid_pre_answer", "uuid_setvar",
        "uuid_setvar_multi", "sched_del",
    )
)  # fmt: skip
#: API commands that FreeSWITCH answers at once, as all that begin with `uuid_`, whatever else it
#: does: silence after one of these is no work.
_AT_ONCE: Final = frozenset(("status", "show", "global_getvar", "sched_del"))


class ReplyKind(Enum):
    """What FreeSWITCH answers a command with."""

    COMMAND = "command/reply"
    API = "api/response"


class EventFormat(Enum):
    """In which form events are to come."""

    JSON = "json"
    PLAIN = "plain"


class Command(msgspec.Struct, frozen=True):
    """One command, ready to be sent.

    `may_block`: the switch may work on it for long, and answers nothing else meanwhile.
    `is_patient`: the reply may be heard some ms later, together with whatever comes next.
    """

    wire: bytes
    reply: ReplyKind = ReplyKind.COMMAND
    may_block: bool = False
    secret: bool = False
    is_patient: bool = False

    def __repr__(self) -> str:
        shown = b"(secret)" if self.secret else self.wire.split(b"\n", 1)[0]
        return f"<Command {shown!r}>"


def _command(
    lines: Sequence[str],
    body: bytes = b"",
    *,
    reply: ReplyKind = ReplyKind.COMMAND,
    may_block: bool = False,
    secret: bool = False,
    is_patient: bool = False,
) -> Command:
    text = "\n".join(lines)
    _refuse_the_module(text)
    head = text.encode("utf-8", "surrogatepass")
    # No control character but those between the lines; anything else is looked at line by line.
    if not text.isascii() or len(head.translate(None, _CONTROLS)) != len(head) - len(lines) + 1:
        for line in lines:
            plain_text("command", line)
    wire = b"%b\n\n%b" % (head, body)
    if len(wire) > MAX_COMMAND_BYTES:
        raise Unrepresentable("command", f"{len(wire)} bytes, over {MAX_COMMAND_BYTES}")
    return Command(wire, reply, may_block, secret, is_patient)


def _refuse_the_module(head: str) -> None:
    """Whatever a command is, these words anywhere in it make it "unload the event socket"."""
    lowered = head.lower()
    if "mod_event_socket" in lowered and ("unload" in lowered or "reload" in lowered):
        raise Unrepresentable("command", "words that would make the switch unload its event socket")


def auth(password: str) -> Command:
    """Log in with the event socket's own password."""
    return _command([f"auth {password}"], secret=True)


def userauth(user: str, domain: str, password: str) -> Command:
    """Log in as a user of the switch's directory, with what its `esl-` parameters allow."""
    if not user or not domain or re.search("[@: ]", user) or re.search("[: ]", domain):
        raise Unrepresentable("user", "a user and a domain without spaces, @ and colons are needed")
    return _command([f"userauth {user}@{domain}:{password}"], secret=True)


def api(name: str, argument: str = "") -> Command:
    """Run an API command; the link answers nothing else, and sends no events, until it is done.

    `argument` is sent as it is: build it with `quoting` and `dial_strings`.
    """
    line = f"api {function_name(name)} {argument}".rstrip(" ")
    may_block = not name.startswith("uuid_") and name not in _AT_ONCE
    is_patient = name in _PATIENT
    return _command([line], reply=ReplyKind.API, may_block=may_block, is_patient=is_patient)


def bgapi(name: str, argument: str, job_uuid: str) -> Command:
    """Run an API command beside the link; its result comes as a BACKGROUND_JOB event."""
    line = f"bgapi {function_name(name)} {argument}".rstrip(" ")
    return _command([line, f"Job-UUID: {leg_uuid(job_uuid)}"])


def bgapi_unwaited(name: str, argument: str, job_uuid: str) -> Command:
    """`bgapi` by the command of mod_commands: it is answered before its thread runs.

    The event socket's own `bgapi` waits for the thread, and holds up all else on the link: 1.5 ms
    when there is nothing to do, 100 ms on a switch that is overloaded, as measured.

    Source: `bgapi_function` of FreeSWITCH's mod_commands; `parse_command` of mod_event_socket.
    """
    line = f"api bgapi uuid:{leg_uuid(job_uuid)} {function_name(name)} {argument}".rstrip(" ")
    return _command([line], reply=ReplyKind.API, is_patient=True)


def execute(
    leg: str | None, application: str, argument: str, event_uuid: str, *, event_lock: bool = False
) -> Command:
    """Run an application on a leg, or on the leg of an outbound link when `leg` is None.

    `argument` is meant as it is and is protected from expansion here. `event_uuid` comes back as
    `Application-UUID` in CHANNEL_EXECUTE and CHANNEL_EXECUTE_COMPLETE. With `event_lock` later
    applications wait for this one.
    """
    quoted = application_argument(f"argument of {application}", argument)
    return execute_quoted(leg, application, quoted, event_uuid, event_lock=event_lock)


def execute_quoted(
    leg: str | None, application: str, argument: str, event_uuid: str, *, event_lock: bool = False
) -> Command:
    """As `execute`, with an argument that is expanded on the leg: quote it yourself."""
    # FreeSWITCH wants no space behind a colon, and reads headers byte by byte.
    lines = [
        _sendmsg(leg),
        "call-command:execute",
        f"execute-app-name:{function_name(application)}",
        f"Event-UUID:{leg_uuid(event_uuid)}",
    ]
    if event_lock:
        lines.append("event-lock:true")
    body = b""
    if argument and len(argument) <= _MOST_IN_HEAD and is_bare_value(argument):
        lines.append(f"execute-app-arg:{argument}")
    elif argument:
        # Not in a header: there, leading spaces and lists would be changed. FreeSWITCH reads a
        # body in one go, but takes none for an argument that does not say what it is.
        body = plain_text(f"argument of {application}", argument).encode()
        lines += ["Content-Type:text/plain", f"Content-Length:{len(body)}"]
    # An outbound link without `async` answers only when the application has ended.
    return _command(lines, body, may_block=leg is None, is_patient=leg is not None)


def hangup(leg: str | None, cause: str) -> Command:
    """Hang a leg up with a cause, or the leg of an outbound link when `leg` is None."""
    return _command([_sendmsg(leg), "call-command: hangup", f"hangup-cause: {hangup_cause(cause)}"])


def _sendmsg(leg: str | None) -> str:
    return "sendmsg" if leg is None else f"sendmsg {leg_uuid(leg)}"


def send_event(subclass: str, headers: Mapping[str, str], body: str = "") -> Command:
    """Fire a CUSTOM event inside the switch, so that its other clients see it."""
    lines = ["sendevent CUSTOM", f"Event-Subclass: {_subclass(subclass)}"]
    for header, value in headers.items():
        if not _HEADER_NAME.fullmatch(header) or header.lower() in ("_body", "content-length"):
            raise Unrepresentable("header name", f"{header[:40]!r} is none")
        lines.append(f"{header}: {header_value(header, value)}")
    encoded = body.encode()
    if encoded:
        lines.append(f"Content-Length: {len(encoded)}")
    return _command(lines, encoded)


def subscribe(
    event_format: EventFormat, names: Iterable[str], subclasses: Iterable[str] = ()
) -> Command:
    """Ask for events by name (`ALL` for all), and for CUSTOM events by subclass.

    The format holds for the whole link from then on.
    """
    return _command([f"event {event_format.value} {_event_list(names, subclasses)}"])


def unsubscribe(names: Iterable[str], subclasses: Iterable[str] = ()) -> Command:
    """Unsubscribe from events."""
    return _command([f"nixevent {_event_list(names, subclasses)}"])


def _event_list(names: Iterable[str], subclasses: Iterable[str]) -> str:
    words = [_event_name(name) for name in names]  # CUSTOM is none: it is asked for by subclass
    kinds = [_subclass(kind) for kind in subclasses]
    if kinds:
        # Everything after CUSTOM is read as a subclass.
        words += ["CUSTOM", *kinds]
    if not words:
        raise Unrepresentable("subscription", "no events named")
    return " ".join(words)


def _event_name(name: str) -> str:
    if not _EVENT_NAME.fullmatch(name) or name == "CUSTOM":
        raise Unrepresentable("event name", f"{name[:40]!r} is none")
    return name


def _subclass(name: str) -> str:
    if not _SUBCLASS.fullmatch(name):
        raise Unrepresentable("event subclass", f"{name[:40]!r} is none")
    return name


def add_filter(header: str, value: str) -> Command:
    """Send only events with that value in that header; several filters are alternatives."""
    return _command([f"filter {_filter(header, value)}"])


def leave_out(header: str, value: str) -> Command:
    """Send no events with that value in that header; also for those that another filter wants.

    Source: `event_handler` of FreeSWITCH's mod_event_socket: a `-` before the value.
    """
    name, _, wanted = _filter(header, value).partition(" ")
    return _command([f"filter {name} -{wanted}"])


def delete_filter(header: str, value: str = "") -> Command:
    """Take a filter back, or all filters on a header, or with the header `all` every filter."""
    return _command([f"filter delete {_filter(header, value)}".rstrip(" ")])


def _filter(header: str, value: str) -> str:
    if not _HEADER_NAME.fullmatch(header) or header.lower() in ("add", "delete"):
        raise Unrepresentable("filter", f"{header[:40]!r} is no header")
    if value[:1] in ("+", "-", "/", " "):
        raise Unrepresentable("filter", f"{value[0]!r} first makes it more than a value")
    return f"{header} {header_value(header, value)}"


def connect() -> Command:
    """The first command of an outbound link; the answer is the leg's data as an event."""
    return _command(["connect"])


def myevents(event_format: EventFormat) -> Command:
    """Ask for all events of an outbound link's own leg."""
    return _command([f"myevents {event_format.value}"])


def linger(seconds: int | None = None) -> Command:
    """Keep an outbound link open after its leg is gone, for so long or until we close it."""
    if seconds is not None and seconds <= 0:
        raise Unrepresentable("linger", f"{seconds} seconds")
    return _command(["linger" if seconds is None else f"linger {seconds}"])


def no_linger() -> Command:
    """Close an outbound link as soon as its leg is gone."""
    return _command(["nolinger"])


def resume() -> Command:
    """When an outbound link ends, let the leg go on in its dialplan."""
    return _command(["resume"])


def log(level: str) -> Command:
    """Have the switch's log sent, from a level such as `WARNING` on."""
    if not re.fullmatch("[A-Za-z0-9]{1,16}", level):
        raise Unrepresentable("log level", f"{level[:40]!r} is none")
    return _command([f"log {level}"])


def leave() -> Command:
    """Say goodbye; the switch closes the link."""
    return _command(["exit"])
