"""One test case: the caller does what it says, and what came of it is compared with it."""

from __future__ import annotations

import heapq
import json
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from acdengine.ivr.definition import FlowDefinition
from acdengine.ivr.effects import (
    ChangeAgent,
    CheckPin,
    GoTo,
    HttpRequest,
    PlaceCallback,
    ScoreGiven,
    StepLeft,
    TagCall,
)
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.inputs import HttpAnswered, ScriptEnded
from acdengine.ivr.interpreter import Interpreter
from acdengine.ivr.nodes.deciding import customer_values
from acdengine.ivr.turn import AgentSeen, Program, QueueState
from acdengine.program.flows.case_agents import CaseAgents
from acdengine.program.flows.phone import Phone
from acdengine.settings.flows.cases import (
    ActionSettings,
    CaseSettings,
    ExpectSettings,
    HttpCase,
    ScriptCase,
)
from queues.policy import SECOND_US
from queues.targets import Target, ToAgent, ToNumber, ToQueue, ToVoicemail
from routing.policy import Customer, Hold, Hours

VERSION: Final = "tested"
#: Things that happen in one case; more mean a flow that never ends.
_LIMIT: Final = 2_000
_KEY_GAP_US: Final = SECOND_US // 5
_NO_ANSWER: Final = HttpCase(problem="unreachable")


class CaseWorld:
    """The centre of one case."""

    def __init__(self, case: CaseSettings, hours: dict[str, Hours]) -> None:
        self._case = case
        self._hours = hours
        self.agents = CaseAgents(case.agents)

    def hours(self, hours_id: str) -> Hours | None:
        """Those of the settings, where there are any."""
        return self._hours.get(hours_id)

    def held(self, hours_id: str) -> Hold | None:
        """As the case says; the next opening is the timetable's."""
        state = self._case.hours.get(_short(hours_id))
        return None if state is None else Hold(hours_id, state == "open", 0, 1, "case")

    def customer(self, tenant_id: str, number: str) -> Customer | None:
        """The case's customer, who has the caller's number alone."""
        about = self._case.customer
        if about is None or number != self._case.caller:
            return None
        return Customer(
            customer_id=about.id,
            tenant_id=tenant_id,
            name=about.name,
            vip_level=about.vip,
            blacklisted=about.blacklisted,
        )

    def agent(self, agent_id: str) -> AgentSeen | None:
        """An agent of the case, whose id is the number."""
        return self.agents.seen(agent_id)

    def queue_state(self, queue_id: str) -> QueueState:
        """As the case says."""
        about = self._case.queues.get(_short(queue_id))
        if about is None:
            return QueueState()
        estimate_us = None if about.estimate_s is None else int(about.estimate_s * SECOND_US)
        return QueueState(about.waiting, estimate_us, about.staff, about.service_level)


@cache
def _pressed(keys: str) -> ActionSettings:
    return ActionSettings(press=keys)


def _short(full_id: str) -> str:
    return full_id.rpartition("/")[2]


class Result(NamedTuple):
    """What came of a case: what is not as expected, and the ways that were taken, each as flow id,
    step and way."""

    problems: tuple[str, ...]
    taken: tuple[tuple[str, str, str], ...]
    #: The step in which the caller was at the end; empty where the flow had ended.
    stands: tuple[tuple[str, str], ...]


class CaseRun:
    """One case under way."""

    def __init__(
        self,
        case: CaseSettings,
        flow: FlowDefinition,
        programs: dict[str, Program],
        hours: dict[str, Hours],
        at_us: int,
    ) -> None:
        self._case = case
        world = self._world = CaseWorld(case, hours)
        interpreter = Interpreter(world)
        interpreter.add(VERSION, programs)
        self.phone = Phone(interpreter, VERSION, flow.flow_id, at_us)
        self._customer = world.customer(flow.flow_id.partition("/")[0], case.caller)
        self._actions = deque(
            _pressed(action) if isinstance(action, str) else action for action in case.does
        )
        self._http = deque(case.http)
        self._scripts = deque(case.scripts)
        self._scheduled: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        #: Tickets that something has been scheduled for.
        self._seen = 0
        self._reach_is_scheduled = False
        self.requests: list[HttpRequest] = []
        self.went: GoTo | PlaceCallback | None = None

    def run(self) -> Result:
        """Play the case to its end."""
        phone, begun_us = self.phone, self.phone.at_us
        for action in [action for action in self._actions if action.at_s is not None]:
            self._actions.remove(action)
            self._at(begun_us + int((action.at_s or 0) * SECOND_US), self._timed(action))
        phone.start(self._call(), self._arguments())
        for _ in range(_LIMIT):
            self._react()
            if phone.ended or self._only_waits() or not self._next():
                break
        else:
            return Result(("the flow goes on without end",), (), ())
        return self._result()

    def _call(self) -> Values:
        case = self._case
        return {
            "caller.number": case.caller,
            "caller.name": "",
            "call.dialled": case.dialled,
            "call.id": "call-1",
            **customer_values(self._customer),
        }

    def _arguments(self) -> Values:
        given = self._case.arguments
        return {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}

    # -- what happens --------------------------------------------------------------------------

    def _at(self, at_us: int, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._scheduled, (at_us, self._count, act))

    def _after(self, after_s: float, act: Callable[[], None]) -> None:
        self._at(self.phone.at_us + int(after_s * SECOND_US), act)

    def _next(self) -> bool:
        """Let the next thing happen; false where nothing will."""
        due_us = self.phone.due_us
        if self._scheduled and (not due_us or self._scheduled[0][0] <= due_us):
            at_us, _, act = heapq.heappop(self._scheduled)
            self.phone.at_us = max(self.phone.at_us, at_us)
            act()
            return True
        if due_us:
            self.phone.advance(due_us)
        return bool(due_us)

    def _only_waits(self) -> bool:
        """Whether the caller is somewhere from where the case brings nobody back."""
        return self.phone.away is not None and not (
            self._reach_is_scheduled or self._actions or self._scheduled
        )

    def _react(self) -> None:
        """What the flow has come to wait for since, and what the case has happen then."""
        phone = self.phone
        request, script, away = phone.request, phone.script, phone.away
        if request is not None:
            phone.request = None
            self.requests.append(request)
            self._answer(request.ticket, self._http.popleft() if self._http else _NO_ANSWER)
        if phone.agent is not None:
            self._answer_agent(phone.agent)
        if script is not None:
            phone.script = None
            self._end_script(
                script.ticket, self._scripts.popleft() if self._scripts else ScriptCase()
            )
        if away is not None:
            if away is not self.went:
                self.went = away
                self._reach_is_scheduled = False
            if not self._reach_is_scheduled:
                self._plan_return(away.ticket)
        if phone.recording is not None:
            action = self._take("speak_s")
            seconds = action.speak_s if action is not None and action.speak_s else 0
            phone.speak(seconds)
        if phone.collect is not None and phone.collect.ticket > self._seen:
            self._seen = phone.collect.ticket
            self._plan_input()

    def _answer(self, ticket: int, answer: HttpCase) -> None:
        body = answer.body if answer.body is not None else json.dumps(answer.json_)
        given = HttpAnswered(
            ticket, 0 if answer.problem else answer.status, body, answer.problem or ""
        )
        self._after(answer.after_s, lambda: self.phone.give(given))

    def _answer_agent(self, asked: CheckPin | ChangeAgent) -> None:
        self.phone.agent = None
        given = self._world.agents.answer(asked, self.phone.secrets)
        self._after(0.1, lambda: self.phone.give(given))

    def _end_script(self, ticket: int, script: ScriptCase) -> None:
        given = ScriptEnded(ticket, script.status, script.variables)
        self._after(script.after_s, lambda: self.phone.give(given))

    def _take(self, *kinds: str) -> ActionSettings | None:
        """The next action, where it is of one of these kinds."""
        if self._actions and any(getattr(self._actions[0], kind) is not None for kind in kinds):
            return self._actions.popleft()
        return None

    def _plan_return(self, ticket: int) -> None:
        """How the call comes back from where it was sent, where that is what happens next."""
        action = self._take("outcome", "agent_answers")
        if action is None:
            return
        self._reach_is_scheduled = True
        outcome, talk_s = action.outcome, action.talk_s

        def happen() -> None:
            away = self.phone.away
            if away is None or away.ticket != ticket:
                return
            if outcome is not None:
                self.phone.come_back(outcome)
            else:
                self.phone.agent_answers()
                self._after(talk_s, lambda: self.phone.come_back("answered"))

        self._after(action.after_s, happen)

    def _plan_input(self) -> None:
        phone = self.phone
        action = self._take("press", "say", "silence", "hang_up")
        if action is None or action.silence:
            return
        if action.press is not None:
            at_us = phone.at_us + int(action.after_s * SECOND_US)
            for number, key in enumerate(action.press):
                self._at(at_us + number * _KEY_GAP_US, self._press(key))
        elif action.say is not None:
            phrase = action.say
            self._after(action.after_s, lambda: phone.say(phrase))
        else:
            self._after(action.after_s, phone.hang_up)

    def _press(self, key: str) -> Callable[[], None]:
        return lambda: self.phone.press(key)

    def _timed(self, action: ActionSettings) -> Callable[[], None]:
        def act() -> None:
            if action.hang_up:
                self.phone.hang_up()
            for key in action.press or "":
                self.phone.press(key)

        return act

    # -- what is expected ----------------------------------------------------------------------

    def _result(self) -> Result:
        left = [effect for effect in self.phone.effects if isinstance(effect, StepLeft)]
        problems = tuple(self._problems(left))
        return Result(
            problems,
            tuple((effect.flow_id, effect.step, effect.way) for effect in left),
            tuple((frame.flow_id, frame.step) for frame in self.phone.run.frames),
        )

    def _problems(self, left: list[StepLeft]) -> Iterator[str]:
        expect, phone = self._case.expect, self.phone
        heard = list(phone.spoken())
        if expect.hears is not None:
            yield from _in_order("hears", expect.hears, heard)
        if expect.hears_exactly is not None and expect.hears_exactly != heard:
            yield f"hears {_listed(heard)}, expected exactly {_listed(expect.hears_exactly)}"
        for never in expect.never_hears or ():
            if never in heard:
                yield f"hears '{never}', which was not expected"
        if expect.ways is not None:
            ways = [f"{effect.step} {effect.way}" for effect in left]
            yield from _in_order("goes", expect.ways, ways)
        yield from self._values(expect)
        yield from self._places(expect)

    def _values(self, expect: ExpectSettings) -> Iterator[str]:
        phone = self.phone
        if expect.language is not None:
            yield from _differs("language", phone.run.language, expect.language)
        for name, wanted in (expect.variables or {}).items():
            value = phone.variables.get(name)
            found = list(value) if isinstance(value, tuple) else value
            yield from _differs(f"variable {name}", found, wanted)
        if expect.agents is not None:
            states = self._world.agents.states()
            for number, state in expect.agents.items():
                yield from _differs(f"agent {number}", states.get(number), state)
        if expect.tags is not None:
            tags: dict[str, str] = {}
            for effect in phone.effects:
                if isinstance(effect, TagCall):
                    tags |= effect.tags
            yield from _differs("tags", tags, expect.tags)
        if expect.scores is not None:
            scores = {e.question: e.score for e in phone.effects if isinstance(e, ScoreGiven)}
            yield from _differs("scores", scores, expect.scores)

    def _places(self, expect: ExpectSettings) -> Iterator[str]:
        went = self.went
        place = place_of(went.target) if isinstance(went, GoTo) else ""
        if isinstance(went, PlaceCallback):
            place = f"callback {_short(went.queue_id)}"
        if expect.queue is not None:
            yield from _differs("goes to", place or "nowhere", f"queue {expect.queue}")
        if expect.goes_to is not None:
            yield from _differs("goes to", place or "nowhere", expect.goes_to)
        if expect.priority is not None:
            priority = went.priority if isinstance(went, GoTo) else None
            yield from _differs("priority", priority, expect.priority)
        if expect.skills is not None:
            skills = dict(went.skills) if isinstance(went, GoTo) else {}
            yield from _differs("skills", skills, expect.skills)
        if expect.ends is not None:
            yield from _differs("ends", self.phone.ended or "waits", expect.ends)
        if expect.requests is not None:
            yield from self._asked(expect)

    def _asked(self, expect: ExpectSettings) -> Iterator[str]:
        wanted = expect.requests or []
        if len(wanted) != len(self.requests):
            yield f"makes {len(self.requests)} requests, expected {len(wanted)}"
        for number, (request, about) in enumerate(zip(self.requests, wanted, strict=False), 1):
            found: dict[str, Any] = {
                "url": request.url,
                "method": request.method,
                "data": request.data,
                "secret": list(request.secrets),
            }
            for key, value in found.items():
                if getattr(about, key) is not None:
                    yield from _differs(f"request {number} {key}", value, getattr(about, key))


def place_of(target: Target) -> str:
    """A target in words: `queue sales`."""
    if isinstance(target, ToQueue):
        return f"queue {_short(target.queue_id)}"
    if isinstance(target, ToAgent):
        return f"agent {_short(target.agent_id)}"
    if isinstance(target, ToNumber):
        return f"number {target.number}"
    return f"voicemail {_short(target.box)}" if isinstance(target, ToVoicemail) else "nowhere"


def _differs(what: str, found: object, wanted: object) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {_shown(found)}, expected {_shown(wanted)}"


def _in_order(what: str, wanted: list[str], found: list[str]) -> Iterator[str]:
    rest = iter(found)
    for text in wanted:
        if text not in rest:
            yield f"{what} {_listed(found)}, expected '{text}' in it at its place"
            return


def _listed(texts: list[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts) or "nothing"


def _shown(value: object) -> str:
    return "nothing" if value is None else value if isinstance(value, str) else json.dumps(value)
