"""A stage for stories about the engine: a short plan, an obliging switch, what came of it.

Names are short on the stage ("anna", "sales") and in full in the engine ("t/anna"). After every
event the engine's own check runs, the state survives a snapshot, and a twin restored from the
snapshot before must have given the same commands, facts and state.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final, TypeVar, cast

from msgspec import Struct, structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.base_messages import Fact
from acdengine.engine import Engine
from acdengine.engine.records import Call, ending_of
from acdengine.facts import AnyFact
from acdengine.plan import Plan, Tenant
from acdengine.prompts import SoundPrompt
from queues.policy import QueuePolicy
from queues.queue import queue_of
from queues.targets import Target, ToQueue
from routing.agent import Agent
from routing.policy import AgentProfile, Assignment, WrapUpPolicy

S: Final = 1_000_000
#: The stage opens on Monday 2026-01-05 at 08:00 UTC.
OPENING_US: Final = 1_767_600_000 * S
TENANT: Final = "t"

C = TypeVar("C", bound=Struct)
F = TypeVar("F", bound=Fact)


def full(name: str) -> str:
    """The engine's id of an agent, call or queue of the scene."""
    return name if "/" in name or not name else f"{TENANT}/{name}"


def short(name: str) -> str:
    """The name on the stage."""
    return name.removeprefix(f"{TENANT}/")


def number_of(call_id: str) -> str:
    """The number that the caller of a call rings from, where the story says nothing of it."""
    return f"0555{int.from_bytes(call_id.encode()[-5:])}"


def queue(name: str, **policy: Any) -> QueuePolicy:
    """A queue with a policy; callers reach it by dialling its name."""
    return QueuePolicy(queue_id=full(name), tenant_id=TENANT, name=name, **policy)


def agent(name: str, *queues: str | tuple[str, Assignment], **profile: Any) -> AgentProfile:
    """An agent of some queues, without wrap-up unless the story is about it."""
    profile.setdefault("wrap_up", WrapUpPolicy(mode="none"))
    lines = [(line, Assignment()) if isinstance(line, str) else line for line in queues]
    return AgentProfile(
        agent_id=full(name),
        tenant_id=TENANT,
        name=name,
        contact=f"sip:{name}",
        queues={full(line): how for line, how in lines},
        **profile,
    )


def centre(
    *parts: QueuePolicy | AgentProfile, numbers: dict[str, Target] | None = None, **more: Any
) -> Plan:
    """A plan of one tenant. ``more``: fields of the plan, and of the tenant."""
    queues = [part for part in parts if isinstance(part, QueuePolicy)]
    agents = [part for part in parts if isinstance(part, AgentProfile)]
    dialled: dict[str, Target] = {part.name: ToQueue(part.queue_id) for part in queues}
    of_plan = {field.name for field in structs.fields(Plan)}
    tenant = {name: value for name, value in more.items() if name not in of_plan}
    tenant.setdefault("dial_allow", ("0", "+"))
    return Plan(
        tenants={
            TENANT: Tenant(tenant_id=TENANT, numbers={**dialled, **(numbers or {})}, **tenant)
        },
        queues={part.queue_id: part for part in queues},
        agents={part.agent_id: part for part in agents},
        **{name: value for name, value in more.items() if name in of_plan},
    )


class Scene:
    """One engine, the switch that obeys it, and all that was said and done."""

    def __init__(self, *plan: Plan | QueuePolicy | AgentProfile) -> None:
        first = plan[0]
        parts = [part for part in plan if not isinstance(part, Plan)]
        self.engine = Engine(first if isinstance(first, Plan) else centre(*parts))
        self.now_us = OPENING_US
        self.commands: list[cmd.AnyCommand] = []
        self.facts: list[AnyFact] = []
        #: Orders that the switch ignores, for stories in which it does not oblige.
        self.ignored: tuple[type[cmd.Command], ...] = ()
        #: What the switch reports next.
        self._reports: deque[ev.AnyEvent] = deque()
        self._requests = 0

    # -- events and time -----------------------------------------------------------------------

    def feed(self, event: ev.AnyEvent) -> list[cmd.AnyCommand]:
        """One event, and what the switch reports in consequence; the first event's commands."""
        commands = self._step(event)
        while self._reports:
            self._step(self._reports.popleft())
        return commands

    def _step(self, event: ev.AnyEvent) -> list[cmd.AnyCommand]:
        before = self.engine.snapshot()
        twin = Engine.restore(before)
        assert twin.snapshot() == before, "restoring changes the state"
        commands = self.engine.handle(event)
        facts = self.engine.drain_facts()
        self.engine.check()
        assert twin.handle(event) == commands, f"a restored engine orders something else at {event}"
        assert twin.drain_facts() == facts, f"a restored engine tells something else at {event}"
        assert twin.snapshot() == self.engine.snapshot(), f"a restored engine differs after {event}"
        self.commands += commands
        self.facts += facts
        for command in commands:
            if not isinstance(command, self.ignored):
                self._oblige(command)
        return commands

    def _oblige(self, command: cmd.AnyCommand) -> None:
        """What a switch reports of itself; people answer, press keys and hang up in the story."""
        now = self.now_us
        if isinstance(command, cmd.RejectCall | cmd.HangUpCall):
            self._reports.append(ev.CallerHungUp(now, command.call_id))
        elif isinstance(command, cmd.CancelRing):
            self._reports.append(ev.OfferEnded(now, command.offer_id, "hangup"))
        elif isinstance(command, cmd.Bridge):
            self._reports.append(ev.CallBridged(now, command.call_id, command.offer_id))
        elif isinstance(command, cmd.EndParty):
            self._reports.append(ev.PartyEnded(now, command.party_id))
        elif isinstance(command, cmd.JoinConsult):
            self._reports.append(ev.ConsultJoined(now, command.call_id, command.consult_id))
        elif isinstance(command, cmd.JoinAll):
            self._reports.append(ev.AllJoined(now, command.call_id, command.consult_id))
        elif isinstance(command, cmd.Supervise):
            self._reports.append(ev.SupervisionSet(now, command.party_id, command.mode))
        elif isinstance(command, cmd.CloseLine):
            self._reports.append(ev.LineClosed(now, command.line_id, "hangup"))
        elif isinstance(command, cmd.RingAgent) and command.line_id:
            self._reports.append(ev.OfferAnswered(now, command.offer_id))
        elif isinstance(command, cmd.CancelDial):
            self._reports.append(ev.CallbackFailed(now, command.call_id, "cancelled"))

    def wait(self, seconds: float) -> None:
        """Let time pass, each deadline at its time."""
        until = self.now_us + round(seconds * S)
        stuck = 0
        while (due := self.engine.next_due_us()) <= until:
            stuck = stuck + 1 if due <= self.now_us else 0
            assert stuck < 50, "a deadline fires for ever at one moment"
            self.now_us = max(self.now_us, due)
            self.feed(ev.TimePassed(self.now_us))
        self.now_us = until
        self.feed(ev.TimePassed(until))

    # -- callers -------------------------------------------------------------------------------

    def call(self, call_id: str, dnis: str, ani: str = "", **more: Any) -> str:
        """A caller dials a queue's name or a number."""
        ani = ani or number_of(call_id)
        arrival = ev.CallArrived(self.now_us, call_id, f"leg-{call_id}", ani, dnis, "trunk", **more)
        self.feed(arrival)
        return call_id

    def calls(self, call_ids: str, dnis: str, **more: Any) -> None:
        """Callers one second after the other."""
        for call_id in call_ids.split():
            self.call(call_id, dnis, **more)
            self.wait(1)

    def caller_hangs_up(self, call_id: str) -> None:
        self.feed(ev.CallerHungUp(self.now_us, call_id))

    def presses(self, call_id: str, digit: str) -> None:
        self.feed(ev.DigitPressed(self.now_us, call_id, digit))

    def prompt_ends(self, call_id: str) -> None:
        """What is played to a caller comes to its end."""
        call = self.live(call_id)
        playback = call.playback
        assert playback is not None, f"nothing is played to {call_id}"
        prompt_id = str(playback.prompt_id)
        if call.state != "flow":
            self.feed(ev.PromptFinished(self.now_us, call_id, prompt_id))
        elif playback.left:
            self.feed(ev.PromptHeard(self.now_us, call_id, prompt_id, playback.heard + 1))
        else:
            self.feed(ev.PromptsFinished(self.now_us, call_id, prompt_id))

    def customer_answers(self, call_id: str) -> None:
        self.feed(ev.CallbackAnswered(self.now_us, call_id, f"leg-{call_id}-back"))

    def customer_misses(self, call_id: str, cause: str = "no_answer") -> None:
        self.feed(ev.CallbackFailed(self.now_us, call_id, cause))

    # -- agents --------------------------------------------------------------------------------

    def sign_in(self, *names: str, contact: str = "") -> None:
        for name in names:
            self.ask(rq.SignInRequested(self.now_us, agent_id=full(name), contact=contact))

    def ready(self, *names: str) -> None:
        """Sign in and be ready, one second apart, so that the first is idle longest."""
        for name in names:
            if self.agent(name).state == "logged_out":
                self.sign_in(name)
            assert self.ask(rq.ReadyRequested(self.now_us, agent_id=full(name))) == ""
            self.wait(1)

    def answers(self, name: str) -> None:
        """The agent takes the call that rings."""
        self.feed(ev.OfferAnswered(self.now_us, self.offer_of(name)))

    def misses(self, name: str, cause: ev.OfferCause = "no_answer") -> None:
        """The agent's leg ends without a conversation, or with one by hanging up."""
        self.feed(ev.OfferEnded(self.now_us, self.offer_of(name), cause))

    def agent_hangs_up(self, name: str) -> None:
        self.misses(name, "hangup")

    def talk(self, name: str, seconds: float) -> None:
        """Answer what rings, talk so long, and let the caller hang up."""
        self.answers(name)
        call_id = self.call_of(name)
        self.wait(seconds)
        self.caller_hangs_up(call_id)

    def takes_up_line(self, name: str) -> None:
        """The agent's phone has been dialled for the line, and is taken up."""
        self.feed(ev.LineOpened(self.now_us, self.agent(name).line_id))

    def line_ends(self, name: str, cause: ev.LineCause = "hangup") -> None:
        """The agent's line goes down, or does not come up."""
        self.feed(ev.LineClosed(self.now_us, self.agent(name).line_id, cause))

    # -- requests ------------------------------------------------------------------------------

    def ask(self, request: ev.AnyEvent) -> str:
        """A request; the problem in its reply, or ""."""
        self._requests += 1
        name = f"request {self._requests}"
        assert isinstance(request, rq.Request)
        commands = self.feed(structs.replace(request, request_id=name))
        replies = [command for command in commands if isinstance(command, cmd.Reply)]
        assert [reply.request_id for reply in replies] == [name], "one answer to one request"
        return replies[0].problem

    def not_ready(self, name: str, reason: str = "break") -> str:
        return self.ask(rq.NotReadyRequested(self.now_us, agent_id=full(name), reason=reason))

    def sign_out(self, name: str) -> str:
        return self.ask(rq.SignOutRequested(self.now_us, agent_id=full(name)))

    def reload(self, *parts: Plan | QueuePolicy | AgentProfile) -> None:
        """New settings."""
        first = parts[0]
        rest = [part for part in parts if not isinstance(part, Plan)]
        plan = first if isinstance(first, Plan) else centre(*rest)
        assert self.ask(rq.SettingsChanged(self.now_us, plan=plan)) == ""

    # -- what is to be seen --------------------------------------------------------------------

    def live(self, call_id: str) -> Call:
        """A call that is not over."""
        return self.engine.state.calls[call_id]

    def is_over(self, call_id: str) -> bool:
        return call_id not in self.engine.state.calls and call_id in self.engine.state.ended

    def outcome(self, call_id: str) -> str:
        """What became of a call that is over."""
        call = self.engine.state.ended.get(call_id)
        assert call is not None, f"{call_id} is not over"
        assert call_id not in self.engine.state.calls
        return ending_of(call).outcome

    def agent(self, name: str) -> Agent:
        return self.engine.state.agents[full(name)]

    def state(self, name: str) -> str:
        """An agent's state, with the reason when not ready: "not_ready break"."""
        who = self.agent(name)
        return f"{who.state} {who.reason}".strip()

    def offer_of(self, name: str) -> str:
        offer_id = self.agent(name).offer_id
        assert offer_id, f"{name} has no offer"
        return offer_id

    def call_of(self, name: str) -> str:
        return self.engine.state.offers[self.offer_of(name)].call_id

    def ringing(self, call_id: str) -> list[str]:
        """The agents who are rung for a call, in the order in which that began."""
        offers = self.engine.state.offers
        return [short(offers[offer_id].agent_id) for offer_id in self.live(call_id).ringing]

    def rings_after(self, call_id: str, seconds: int, *names: str) -> None:
        """No agent is rung for a call before so many seconds have passed, and then these are."""
        self.wait(seconds - 1)
        assert self.ringing(call_id) == [], f"rung before {seconds} s"
        self.wait(1)
        assert self.ringing(call_id) == list(names), f"after {seconds} s"

    def position(self, call_id: str) -> int:
        """The place in line, 1 is next."""
        call = self.live(call_id)
        return queue_of(call).position(call, self.now_us)

    def told(self, kind: type[F], **fields: object) -> list[F]:
        """The facts of a kind so far whose fields are as given."""
        return [cast("F", fact) for fact in self.facts if _is(fact, kind, fields)]

    def ordered(self, kind: type[C], **fields: object) -> list[C]:
        """The commands of a kind so far whose fields are as given."""
        return [cast("C", command) for command in self.commands if _is(command, kind, fields)]

    def heard(self, call_id: str) -> list[str]:
        """All prompts played to a caller."""
        names: list[str] = []
        for command in self.commands:
            if isinstance(command, cmd.PlayPrompt) and command.call_id == call_id:
                names.append(command.prompt)
            elif isinstance(command, cmd.PlayPrompts) and command.call_id == call_id:
                names += [one.name for one in command.prompts if isinstance(one, SoundPrompt)]
        return names

    def served_order(self, name: str, count: int) -> list[str]:
        """Let one agent take so many calls, one after the other; which they were."""
        served = []
        for _ in range(count):
            served.append(self.call_of(name))
            self.talk(name, 10)
        return served


def _is(thing: object, kind: Any, fields: dict[str, object]) -> bool:
    return isinstance(thing, kind) and all(
        getattr(thing, name) == value for name, value in fields.items()
    )
