"""What a command says when it cannot do what it was asked for: in words, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn

import typer

from acdengine.api.own_access import OWN_ACCESS_FILE
from acdengine.program.cli.control.daemon import (
    SWITCHES,
    Answer,
    Daemon,
    NotReached,
    RefusedByDaemon,
)

REFUSED: Final = 1
MISTYPED: Final = 2
NOT_REACHED: Final = 3


_UNKNOWN_TOKEN: Final = (
    "The daemon does not know this token. Give one with --token or ACDENGINE_TOKEN, or with"
    " --config FILE --as NAME; where a session has ended, `acdengine login ACCOUNT` begins another."
)
_NO_TOKEN: Final = (
    "The daemon at this address asks for a token, and none was found. Run the command in the"
    f" folder where the daemon was started, in which it leaves {OWN_ACCESS_FILE}, or give one with"
    " --token, ACDENGINE_TOKEN, or --config FILE --as NAME, or log in: `acdengine login ACCOUNT`."
)


class _Kind(NamedTuple):
    """Things with names: where they are listed, and which argument of a command names one."""

    path: str
    id_field: str
    argument: str


_KINDS: Final = {
    "agent": _Kind("/v1/agents", "agent_id", "agent_id"),
    "queue": _Kind("/v1/queues", "queue_id", "queue"),
    "call": _Kind("/v1/calls", "call_id", "call_id"),
    "switch": _Kind(SWITCHES, "name", "switch"),
}


def stop(as_json: bool, words: str, code: int, answer: Answer | None = None) -> NoReturn:
    """End with an error on standard error."""
    if as_json:
        words = json.dumps({"problem": words} if answer is None else answer)
    typer.echo(words, err=True)
    raise typer.Exit(code)


def stop_mistyped(error: Exception) -> NoReturn:
    """End with what was typed wrongly, as JSON."""
    words = str(getattr(error, "message", error))
    hint = getattr(error, "param_hint", None)
    stop(True, words, MISTYPED, {"problem": words, "field": str(hint or "")})


def not_reached(error: NotReached, as_json: bool) -> NoReturn:
    """Nothing answers."""
    words = (
        f"Nothing answers at {error}.\nIs the daemon running? `acdengine run` starts it;"
        " --url or ACDENGINE_URL say where it is."
    )
    stop(as_json, words, NOT_REACHED)


def refused(
    error: RefusedByDaemon, as_json: bool, daemon: Daemon | None, given: Mapping[str, Any]
) -> NoReturn:
    """The daemon does not do it."""
    answer = {"status": error.status, **error.answer}
    if error.status == 401 and error.answer.get("field") == "Authorization":
        words = _UNKNOWN_TOKEN if daemon is not None and daemon.headers else _NO_TOKEN
        stop(as_json, words, REFUSED, {**answer, "problem": words})
    if error.status == 404 and daemon is not None:
        answer = _with_names(daemon, answer, given)
    stop(as_json, str(RefusedByDaemon(error.status, answer)), REFUSED, answer)


def _with_names(daemon: Daemon, answer: Answer, given: Mapping[str, Any]) -> Answer:
    """A refusal because of a name, with the name and those that there are."""
    noun = str(answer.get("problem", "")).removeprefix("no such ")
    kind = _KINDS.get(noun)
    arguments = given.get("arguments") or [""]
    name = (given.get(kind.argument) or arguments[-1]) if kind is not None else ""
    if kind is None or not name:
        return answer
    try:
        known = daemon.names(kind.path, kind.id_field)
    except (NotReached, RefusedByDaemon):
        return answer
    # Imported only now: a correct command does not wait for it.
    from acdengine.settings.suggest import did_you_mean, one_of

    whole = next((other for other in known if other.endswith(f"/{name}")), None)
    meant = f" (did you mean '{whole}'?)" if whole else did_you_mean(name, known)
    return {**answer, "problem": f"no such {noun} '{name}'{meant}", "expected": one_of(known)}
