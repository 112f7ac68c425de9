"""Steps that talk to systems: http, agi, webhook, log, tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias
from urllib.parse import quote

import msgspec

from acdengine.ivr.definition import AgiStep, HttpStep, LogStep, TagStep, WebhookStep
from acdengine.ivr.effects import (
    HttpRequest,
    Play,
    RunScript,
    SendWebhook,
    StopPlay,
    TagCall,
    WriteLog,
)
from acdengine.ivr.expressions.compiling import (
    Evaluate,
    Kinds,
    compile_expression,
    compile_template,
)
from acdengine.ivr.expressions.values import (
    LIST_LIMIT,
    TEXT_LIMIT,
    Kind,
    Value,
    as_number,
    as_text,
    limited,
)
from acdengine.ivr.inputs import AnyInput, HttpAnswered, ScriptEnded, TimePassed
from acdengine.ivr.nodes.audio import compile_items
from acdengine.ivr.turn import STAY, Node, Turn

#: A value of JSON, as `msgspec` reads it.
Json: TypeAlias = "str | int | float | bool | list[object] | dict[str, object] | None"
Plain: TypeAlias = "str | int | float | bool | list[str] | None"

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: Methods that may be sent a second time without doing more than once.
_REPEATABLE: Final = ("GET", "HEAD", "PUT", "DELETE")


class WrongAnswer(Exception):
    """An answer that does not have what the flow wants of it, in words."""


def plain(value: Value) -> Plain:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


class DataFields:
    """Fields of a body: expressions, and names of secret variables."""

    def __init__(self, data: dict[str, str], kinds: Kinds) -> None:
        self._values: list[tuple[str, Evaluate]] = []
        self._secrets: list[tuple[str, str]] = []
        for field, text in data.items():
            if kinds.get(text.strip()) == "secret":
                self._secrets.append((field, text.strip()))
            else:
                self._values.append((field, compile_expression(text, kinds).evaluate))

    def values(self, turn: Turn) -> dict[str, Plain]:
        """The plain fields."""
        variables, call = turn.variables, turn.run.call
        return {field: plain(evaluate(variables, call)) for field, evaluate in self._values}

    def secrets(self, turn: Turn) -> dict[str, str]:
        """Fields to the handles of what is to be put in."""
        return {field: as_text(turn.variables.get(name)) for field, name in self._secrets}


def compile_url(url: str, kinds: Kinds) -> Callable[[Turn], str]:
    """An address with values in it; a value never changes the address's own parts. Empty where one
    would: as `..` between two slashes it would lead up."""
    parts: list[str | Evaluate] = []
    at = 0
    for found in re.finditer(r"\{\{|\}\}|\{([^{}]*)\}", url):
        parts.append(url[at : found.start()])
        if found[1] is None:
            parts.append(found[0][0])
        else:
            parts.append(compile_expression(found[1], kinds).evaluate)
        at = found.end()
    parts.append(url[at:])
    dots = _dots_of(url)

    def written(turn: Turn) -> str:
        variables, call = turn.variables, turn.run.call
        address = "".join(
            part if isinstance(part, str) else quote(as_text(part(variables, call)), safe="")
            for part in parts
        )
        return address if _dots_of(address) == dots else ""

    return written


def _dots_of(url: str) -> int:
    """How many parts of an address's path are `.` or `..`."""
    return sum(part in (".", "..") for part in url.partition("?")[0].split("/"))


class HttpNode(Node):
    """Asks a system and takes values from its answer."""

    def __init__(self, step: HttpStep, kinds: Kinds) -> None:
        super().__init__()
        self._step = step
        self._url = compile_url(step.url, kinds)
        self._headers = [
            (name, compile_template(text, kinds).evaluate) for name, text in step.headers.items()
        ]
        self._data = DataFields(step.data, kinds)
        self._key = compile_template(step.idempotency_key, kinds).evaluate
        self._filler = compile_items(step.filler, kinds)
        self._save = [(name, path.split("."), kinds[name]) for name, path in step.save.items()]

    def enter(self, turn: Turn) -> str:
        step = self._step
        variables, call = turn.variables, turn.run.call
        address = self._url(turn)
        if not address:
            return self._failed(turn, "a value is no part of an address")
        headers = {
            name: _CONTROL.sub("", text(variables, call)) for name, text in self._headers
        }  # no value begins a further header
        ticket = turn.wait()
        turn.effects.append(
            HttpRequest(
                ticket,
                step.method,
                address,
                headers,
                step.body,
                self._data.values(turn),
                self._data.secrets(turn),
                step.connect_us,
                step.total_us,
                step.retries,
                step.limit_bytes,
                _CONTROL.sub("", self._key(variables, call)),
            )
        )
        if step.filler:
            turn.be_woken(ticket, turn.at_us + step.filler_after_us)
        return STAY

    def again(self, turn: Turn) -> str:
        step = self._step
        if step.method in _REPEATABLE or step.idempotency_key:
            return self.enter(turn)
        return self._failed(turn, "a restart came between")

    def answer(self, turn: Turn, given: AnyInput) -> str:
        pending = turn.run.pending
        if isinstance(given, TimePassed) and pending is not None and not pending.beside:
            pending.beside = turn.new_ticket()
            turn.effects.append(Play(pending.beside, self._filler(turn)))
        if not isinstance(given, HttpAnswered):
            return STAY
        if pending is not None and pending.beside:
            turn.effects.append(StopPlay(pending.beside))
        if given.problem:
            return self._failed(turn, given.problem)
        step = self._step
        status = str(given.status)
        named = status if status in step.on_status else f"{status[:1]}xx"
        to = step.on_status.get(named)
        if to is None and not 200 <= given.status < 300:
            return self._failed(turn, f"status {status}")
        try:
            self._take(turn, given.body)
        except WrongAnswer as wrong:
            # Of a status with a way of its own nothing need be taken.
            if to is None:
                return self._failed(turn, str(wrong))
        if to is not None:
            return turn.leave(f"status {named}", to, status)
        return turn.leave("next", step.next)

    def _failed(self, turn: Turn, problem: str) -> str:
        return turn.way_out("error", self._step.on_error, problem)

    def _take(self, turn: Turn, body: str) -> None:
        if not self._save:
            return
        try:
            answer: object = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise WrongAnswer("the answer is not JSON") from None
        taken = [(name, value_at(answer, path), kind) for name, path, kind in self._save]
        values = {
            name: _typed(value, kind, ".".join(path))
            for (name, value, kind), (_, path, _) in zip(taken, self._save, strict=True)
        }
        turn.variables.update(values)


def value_at(answer: object, path: list[str]) -> object:
    """What stands at a path of an answer; None where nothing does."""
    for part in path:
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isascii() and part.isdigit() and len(part) < 6:
            answer = answer[int(part)] if int(part) < len(answer) else None
        else:
            return None
    return answer


def _typed(value: object, kind: Kind, path: str) -> Value:
    """A value of an answer, as the type of its variable wants it; None for null."""
    if value is None:
        return None
    if kind == "flag" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return limited(value)
    if kind == "number" and isinstance(value, str) and as_number(value) is not None:
        return as_number(value)
    if kind == "text" and isinstance(value, str):
        return value[:TEXT_LIMIT]
    if kind == "text" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return as_text(limited(value))
    if kind == "list" and isinstance(value, list):
        return tuple(_texts(value, path))
    raise WrongAnswer(f"{path} is {_what(value)}, expected a {kind}")


def _texts(values: list[object], path: str) -> Iterator[str]:
    for value in values[:LIST_LIMIT]:
        yield as_text(_typed(value, "text", path))


def _what(value: object) -> str:
    for kind, words in (
        (bool, "a flag"), (str, "a text"), (list, "a list"), (dict, "an object"),
    ):  # fmt: skip
        if isinstance(value, kind):
            return words
    return "a number"


class AgiNode(Node):
    """Runs a script on the caller's leg."""

    def __init__(self, step: AgiStep, kinds: Kinds) -> None:
        super().__init__()
        self._step = step
        self._arguments = [compile_template(text, kinds).evaluate for text in step.arguments]
        self._save = [(name, variable, kinds[name]) for name, variable in step.save.items()]

    def enter(self, turn: Turn) -> str:
        variables, call = turn.variables, turn.run.call
        arguments = tuple([text(variables, call) for text in self._arguments])
        wanted = tuple([variable for _, variable, _ in self._save])
        step = self._step
        script = RunScript(turn.wait(), step.script, arguments, wanted, step.total_us)
        turn.effects.append(script)
        return STAY

    def again(self, turn: Turn) -> str:
        return turn.way_out("error", self._step.on_error, "a restart came between")

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, ScriptEnded):
            return STAY
        if given.status != "success":
            return turn.way_out("error", self._step.on_error, given.status)
        for name, variable, kind in self._save:
            text = given.variables.get(variable)
            turn.variables[name] = None if text is None else _from_text(text, kind)
        return turn.leave("next", self._step.next)


def _from_text(text: str, kind: Kind) -> Value:
    """A channel variable, as the type of the flow's variable wants it."""
    if kind == "number":
        return as_number(text)
    if kind == "flag":
        return text.strip().lower() in ("1", "true", "yes", "on")
    return tuple(text.split(",")[:LIST_LIMIT]) if kind == "list" else text[:TEXT_LIMIT]


class WebhookNode(Node):
    """Tells a system something."""

    def __init__(self, step: WebhookStep, kinds: Kinds) -> None:
        super().__init__()
        self._url = compile_url(step.url, kinds)
        self._data = DataFields(step.data, kinds)
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        address = self._url(turn)
        if address:
            turn.effects.append(SendWebhook(address, self._data.values(turn)))
        return turn.leave("next", self._next)


class LogNode(Node):
    """Writes a line into the log."""

    def __init__(self, step: LogStep, kinds: Kinds) -> None:
        super().__init__()
        self._message = compile_template(step.message, kinds).evaluate
        self._level = step.level
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        message = self._message(turn.variables, turn.run.call)
        turn.effects.append(WriteLog(self._level, message))
        return turn.leave("next", self._next)


class TagNode(Node):
    """Tags the call."""

    def __init__(self, step: TagStep, kinds: Kinds) -> None:
        super().__init__()
        self._tags = [
            (name, compile_expression(text, kinds).evaluate) for name, text in step.tags.items()
        ]
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        variables, call = turn.variables, turn.run.call
        tags = {name: as_text(evaluate(variables, call)) for name, evaluate in self._tags}
        turn.effects.append(TagCall(tags))
        return turn.leave("next", self._next)
