"""A flow in the terminal: its prompts are read, its caller's keys typed, and whoever tries it says
what agents and systems do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from acdengine.ivr.definition import FlowDefinition
from acdengine.ivr.effects import (
    GoTo,
    PlaceCallback,
    PromptAudio,
    ScoreGiven,
    SendWebhook,
    StepLeft,
    TagCall,
    WriteLog,
)
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.inputs import HttpAnswered, ScriptEnded
from acdengine.ivr.interpreter import Interpreter
from acdengine.ivr.nodes.deciding import customer_values
from acdengine.ivr.turn import Program
from acdengine.program.flows.case_run import VERSION, CaseWorld, place_of
from acdengine.program.flows.phone import Phone, said
from acdengine.settings.flows.cases import CaseSettings
from queues.policy import SECOND_US
from routing.policy import Hours

HELP: Final = """\
KEYS             press keys, such as 1 or 12345#
(nothing)        let time pass until the flow goes on
say PHRASE       say something
speak SECONDS    speak into a recording
wait SECONDS     let so much time pass
agent            an agent answers; once more: hangs up
back OUTCOME     the call comes back from where it was sent: busy, no_staff, left, placed ...
http STATUS JSON the system answers, such as: http 200 {"status": "open"}
http PROBLEM     it does not: timeout, unreachable, refused, too_large, invalid
agi STATUS A=B   the script ends: success, failure, notfound, hangup, timeout
open HOURS       opening hours are open from now on; closed HOURS
vars             the flow's variables
hangup           the caller hangs up
quit             the end"""
_KEYS: Final = frozenset("0123456789*#")
_PROBLEMS: Final = ("timeout", "unreachable", "refused", "too_large", "invalid")


class Trial:
    """A caller in a flow, told line by line what happens."""

    def __init__(
        self,
        flow: FlowDefinition,
        programs: dict[str, Program],
        prompts: Mapping[str, Mapping[str, str]],
        hours: dict[str, Hours],
        case: CaseSettings,
        at_us: int,
    ) -> None:
        self._case = case
        self._prompts = prompts
        world = self._world = CaseWorld(case, hours)
        interpreter = Interpreter(world)
        interpreter.add(VERSION, programs)
        self._phone = Phone(interpreter, VERSION, flow.flow_id, at_us)
        self._begun_us = at_us
        self._customer = world.customer(flow.flow_id.partition("/")[0], case.caller)
        #: Effects and audio that have been shown.
        self._shown = 0
        self._heard = 0
        self._talks = False

    def begin(self) -> Iterator[str]:
        """The call comes in."""
        call: Values = {
            "caller.number": self._case.caller,
            "caller.name": "",
            "call.dialled": self._case.dialled,
            "call.id": "call-1",
            **customer_values(self._customer),
        }
        self._phone.start(call, {})
        yield from self._news()

    @property
    def is_over(self) -> bool:
        """Whether the flow has ended."""
        return bool(self._phone.ended)

    def order(self, line: str) -> Iterator[str]:
        """Do what a line says, and tell what comes of it."""
        word, _, rest = line.strip().partition(" ")
        orders: dict[str, Callable[[str], str | None]] = {
            "": self._go_on,
            "say": self._say,
            "speak": self._speak,
            "wait": self._wait,
            "agent": self._agent,
            "back": self._back,
            "http": self._http,
            "agi": self._agi,
            "open": lambda name: self._hours(name, "open"),
            "closed": lambda name: self._hours(name, "closed"),
            "vars": self._variables,
            "hangup": self._hang_up,
        }
        if word and set(word) <= _KEYS and not rest:
            answer = self._press(word)
        elif word in orders:
            answer = orders[word](rest.strip())
        else:
            answer = HELP
        self._answer_agent()
        yield from self._news()
        if answer:
            yield answer

    def _answer_agent(self) -> None:
        """Check a PIN, or change the agent who calls: the agents are known."""
        phone = self._phone
        while phone.agent is not None:
            asked, phone.agent = phone.agent, None
            phone.give(self._world.agents.answer(asked, phone.secrets))

    # -- orders --------------------------------------------------------------------------------

    def _press(self, keys: str) -> str | None:
        for key in keys:
            self._phone.press(key)
            self._phone.at_us += SECOND_US // 5
        return None

    def _go_on(self, rest: str) -> str | None:
        phone = self._phone
        if not phone.due_us:
            return self._awaited()
        phone.advance(phone.due_us)
        return "the flow listens" if phone.collect is not None and phone.due_us else None

    def _wait(self, rest: str) -> str | None:
        seconds = _seconds(rest)
        if seconds is None:
            return "wait SECONDS"
        phone = self._phone
        until_us = phone.at_us + int(seconds * SECOND_US)
        while phone.due_us and phone.due_us <= until_us and not phone.ended:
            phone.advance(phone.due_us)
        phone.at_us = max(phone.at_us, until_us)
        return None

    def _say(self, phrase: str) -> str | None:
        if self._phone.collect is None:
            return "nothing listens now"
        self._phone.say(phrase)
        return None

    def _speak(self, rest: str) -> str | None:
        seconds = _seconds(rest)
        if seconds is None or self._phone.recording is None:
            return "speak SECONDS" if seconds is None else "nothing is recorded now"
        self._phone.speak(seconds)
        return None

    def _agent(self, rest: str) -> str | None:
        if self._phone.away is None:
            return "the caller waits for no agent"
        if self._talks:
            self._talks = False
            self._phone.come_back("answered")
            return None
        self._talks = True
        self._phone.agent_answers()
        return "they talk"

    def _back(self, outcome: str) -> str | None:
        if self._phone.away is None or not outcome:
            return "back OUTCOME" if not outcome else "the call has been sent nowhere"
        self._talks = False
        self._phone.come_back(outcome)
        return None

    def _http(self, rest: str) -> str | None:
        request = self._phone.request
        if request is None:
            return "no system has been asked"
        status, _, body = rest.partition(" ")
        if status in _PROBLEMS:
            answer = HttpAnswered(request.ticket, problem=status)  # type: ignore[arg-type]
        elif status.isascii() and status.isdigit() and len(status) == 3:
            answer = HttpAnswered(request.ticket, int(status), body)
        else:
            return "http STATUS JSON, or http with one of " + ", ".join(_PROBLEMS)
        self._phone.request = None
        self._phone.give(answer)
        return None

    def _agi(self, rest: str) -> str | None:
        script = self._phone.script
        if script is None:
            return "no script runs"
        status, *pairs = rest.split()
        if status not in ("success", "failure", "notfound", "hangup", "timeout"):
            return "agi success, failure, notfound, hangup or timeout"
        variables = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        self._phone.script = None
        self._phone.give(ScriptEnded(script.ticket, status, variables))  # type: ignore[arg-type]
        return None

    def _hours(self, name: str, state: str) -> str:
        if not name:
            return f"{state} HOURS"
        self._case.hours[name] = state  # type: ignore[assignment]
        return f"{name} is {state}"

    def _variables(self, rest: str) -> str:
        shown = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._phone.variables.items()
        }
        return "\n".join(f"  {name}: {json.dumps(value)}" for name, value in shown.items())

    def _hang_up(self, rest: str) -> None:
        self._phone.hang_up()

    # -- what is told --------------------------------------------------------------------------

    def _awaited(self) -> str:
        phone = self._phone
        if phone.request is not None:
            return "a system has been asked: http STATUS JSON"
        if phone.script is not None:
            return "a script runs: agi success"
        if phone.recording is not None:
            return "the caller is recorded: speak SECONDS"
        if phone.away is not None:
            return "the caller is away: agent, or back OUTCOME"
        return "nothing is awaited"

    def _news(self) -> Iterator[str]:
        phone = self._phone
        clock = _clock(phone.at_us - self._begun_us)
        for effect in phone.effects[self._shown :]:
            yield from (f"{clock}  {text}" for text in _told(effect))
        self._shown = len(phone.effects)
        for audio in phone.heard[self._heard :]:
            text = said(audio)
            if isinstance(audio, PromptAudio):
                words = self._prompts.get(audio.language, {}).get(audio.name, "")
                text = f"{audio.name}: {words}" if words else audio.name
            yield f"{clock}  [{audio.language}] {text}"
        self._heard = len(phone.heard)
        if phone.ended:
            yield f"{clock}  the flow is over: {phone.ended}"
        elif not phone.due_us:
            yield f"{clock}  {self._awaited()}"


def _told(effect: object) -> Iterable[str]:
    if isinstance(effect, StepLeft):
        why = f" ({effect.detail})" if effect.detail and effect.detail != effect.way else ""
        return [f"-- {effect.step}: {effect.way}{why}"]
    if isinstance(effect, GoTo):
        more = f", priority {effect.priority}" if effect.priority else ""
        return [f">> {place_of(effect.target)}{more}"]
    if isinstance(effect, PlaceCallback):
        return [f">> callback {effect.queue_id.rpartition('/')[2]} to {effect.number}"]
    if isinstance(effect, SendWebhook):
        return [f">> webhook {effect.url} {json.dumps(effect.data)}"]
    if isinstance(effect, TagCall):
        return [f">> tags {json.dumps(effect.tags)}"]
    if isinstance(effect, ScoreGiven):
        return [f">> {effect.survey}: {effect.question} {effect.score} of {effect.scale}"]
    return [f">> log {effect.level}: {effect.message}"] if isinstance(effect, WriteLog) else []


def _clock(since_us: int) -> str:
    minutes, seconds = divmod(since_us // SECOND_US, 60)
    return f"{minutes:02}:{seconds:02}"


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds <= 86_400 else None
