"""What can be done about an agent or a call: `acdengine agent ID ACTION ARGUMENT...`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import typer

from acdengine.program.cli.control.daemon import Answer

#: Makes a body of the arguments; raises `ValueError` with what is wrong.
Body: TypeAlias = Callable[[Sequence[str]], Answer | None]


class Action(NamedTuple):
    """One word after the id: its arguments, what it does, and how it is asked for."""

    arguments: str
    help: str
    method: str
    #: What follows the path of the agent or call.
    path: str = ""
    body: Body | None = None


def help_of(actions: Mapping[str, Action]) -> str:
    """The actions, for a command's help."""
    lines = [
        f"  {f'{name} {action.arguments}'.strip():<28}{action.help}"
        for name, action in actions.items()
    ]
    return "\n".join(["\b", *lines])


def chosen(actions: Mapping[str, Action], name: str, arguments: Sequence[str]) -> Action:
    """The action of a name, if it takes so many arguments.

    Raises:
        typer.BadParameter: there is none, or it does not.
    """
    if name not in actions:
        raise typer.BadParameter(f"{name!r} is none of: {', '.join(actions)}", param_hint="ACTION")
    action = actions[name]
    wanted = action.arguments.split()
    least = sum(not word.startswith("[") for word in wanted)
    most = None if action.arguments.endswith("...") else len(wanted)
    if len(arguments) < least or (most is not None and len(arguments) > most):
        takes = action.arguments or "nothing"
        raise typer.BadParameter(f"{name} takes {takes}", param_hint="ARGUMENTS")
    return action


def body_of(action: Action, arguments: Sequence[str]) -> Answer | None:
    """The body that an action sends.

    Raises:
        typer.BadParameter: the arguments make none.
    """
    if action.body is None:
        return None
    try:
        return action.body(arguments)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ARGUMENTS") from error


def whole_number(text: str) -> int:
    """A whole number.

    Raises:
        ValueError: it is none.
    """
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no whole number") from None


def microseconds(text: str) -> int:
    """A number of seconds, in microseconds.

    Raises:
        ValueError: it is none.
    """
    try:
        return round(float(text) * 1_000_000)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no number of seconds") from None


def numbered(words: Sequence[str], default: int | None = None) -> dict[str, int]:
    """Words such as ``german=5``.

    Raises:
        ValueError: one is not such a word.
    """
    found = {}
    for word in words:
        name, equals, number = word.partition("=")
        if not equals and default is None:
            raise ValueError(f"{word!r} is no NAME=NUMBER")
        found[name] = whole_number(number) if equals else int(default or 0)
    return found


def way(words: Sequence[str]) -> Answer:
    """Where to send a call: ``queue acme/sales``, ``agent acme/alice acme/sales``, ``number
    +49...``, ``voicemail BOX``, ``flow acme/closed``, ``callback``, ``hangup``; a queue alone may
    be given by its id.

    Raises:
        ValueError: it is none of these.
    """
    if len(words) == 1 and "/" in words[0]:
        words = ("queue", words[0])
    fields = {
        "queue": ("queue_id",), "agent": ("agent_id", "backup_queue_id"), "number": ("number",),
        "voicemail": ("box",), "flow": ("flow_id",), "callback": (), "hangup": (),
    }  # fmt: skip
    kind, *rest = words
    if kind not in fields or len(rest) != len(fields[kind]):
        raise ValueError(
            f"{' '.join(words)!r} is no way; one is TENANT/QUEUE, or: queue TENANT/QUEUE"
            " | agent TENANT/AGENT TENANT/BACKUP-QUEUE | number NUMBER | voicemail TENANT/BOX"
            " | flow TENANT/FLOW | callback | hangup"
        )
    return {"type": kind, **dict(zip(fields[kind], rest, strict=True))}


def whom(words: Sequence[str]) -> Answer:
    """Whom to ask: ``acme/alice``, ``queue acme/sales``, ``number +49...``.

    Raises:
        ValueError: it is none of these.
    """
    if len(words) == 1:
        return {"agent_id": words[0]}
    fields = {"agent": "agent_id", "queue": "queue_id", "number": "number"}
    if len(words) != 2 or words[0] not in fields:
        raise ValueError("WHOM is an agent's id, or: queue ID | number NUMBER")
    return {fields[words[0]]: words[1]}
