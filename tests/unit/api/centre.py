"""Two tenants on one engine, with a switch that does what it is told, behind the control server.

acme: queues support and sales, teams front (alice, anna) and back (bob); globex: queue support,
agent greta. The same names in both, so that whatever forgets the tenant is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs

from acdengine.api.backend import Reloaded
from acdengine.api.views import ClockView, RecordsState, SwitchView
from acdengine.commands import (
    AnyCommand,
    Bridge,
    CancelRing,
    EndParty,
    HangUpCall,
    RejectCall,
    Reply,
)
from acdengine.engine import Engine
from acdengine.engine.explain.explanation import Explanation
from acdengine.engine.records import Call, Node
from acdengine.engine.state import EngineState
from acdengine.events import (
    AnyEvent,
    CallArrived,
    CallBridged,
    CallerHungUp,
    OfferAnswered,
    OfferEnded,
    PartyEnded,
    TimePassed,
)
from acdengine.facts import AnyFact
from acdengine.ivr.definition import AnyStep, FlowDefinition, HangupStep, PlayStep, Prompt
from acdengine.ivr.versions import version_of
from acdengine.plan import Flow, Plan, Tenant, TrunkGroup
from acdengine.ports import FactSink
from acdengine.requests import CallbackRequested, ReadyRequested, Request, SignInRequested
from acdengine.runtime.clock_step import due_by
from acdengine.settings.credentials import Access, Account, Credentials, digest_of
from acdengine.settings.difference import Change
from acdengine.settings.errors import Problem, SettingsError
from queues.policy import CallbackPolicy, OrderPolicy, QueuePolicy, RecordingPolicy
from queues.targets import ToHangup, ToQueue
from routing.policy import AgentProfile, Assignment, Hours, Window, WrapUpPolicy

S = 1_000_000
START_US = 1_767_603_600 * S  # 2026-01-05 09:00 UTC

TENANTS = ("acme", "globex")
#: Besides those of the agents.
PHONES = {
    "acme": ("user/7", "user/9", "user/1019", "user/hot-*", "user/*@acme.example"),
    "globex": ("user/*@globex.example",),
}
AGENTS = {"acme/alice": "front", "acme/anna": "front", "acme/bob": "back", "globex/greta": "front"}
QUEUES = ("acme/support", "acme/sales", "globex/support")


def menu(tenant: str, prompt: str) -> FlowDefinition:
    """A flow of one step, which plays a prompt."""
    play = PlayStep(items=(Prompt(prompt),), next="end")
    steps: dict[str, AnyStep] = {"say": play, "end": HangupStep()}
    return FlowDefinition(flow_id=f"{tenant}/menu", first="say", steps=steps)


def version_of_menu(prompt: str) -> str:
    """The version of acme's menu that plays this."""
    return version_of({"acme/menu": menu("acme", prompt)})


#: The first version of acme's menu.
OLD = version_of_menu("hello")


def plan(order: OrderPolicy | None = None, prompt: str = "hello") -> Plan:
    """Both tenants; ``prompt`` is what their menus play."""
    return Plan(
        tenants={
            name: Tenant(
                tenant_id=name,
                numbers={f"{number}": ToQueue(f"{name}/support")},
                dial_allow=("+49",),
                phones_allow=PHONES[name],
                not_ready_reasons=("break", "lunch"),
                skills=("english", "german"),
                boxes=(f"{name}/night",),
            )
            for name, number in zip(TENANTS, (100, 200), strict=True)
        },
        queues={
            queue_id: QueuePolicy(
                queue_id=queue_id,
                tenant_id=queue_id.partition("/")[0],
                name=queue_id.partition("/")[2].title(),
                order=order or OrderPolicy(),
                callback=CallbackPolicy(),
                pick_up=True,
                recording=RecordingPolicy(mode="on_request"),
            )
            for queue_id in QUEUES
        },
        agents={
            agent_id: AgentProfile(
                agent_id=agent_id,
                tenant_id=agent_id.partition("/")[0],
                name=agent_id.partition("/")[2].title(),
                team_id=f"{agent_id.partition('/')[0]}/{team}",
                skills={"english": 5},
                queues={f"{agent_id.partition('/')[0]}/support": Assignment()},
                contact=f"user/{agent_id.partition('/')[2]}",
                wrap_up=WrapUpPolicy(mode="timed", time_us=30 * S),
            )
            for agent_id, team in AGENTS.items()
        },
        flows={
            f"{name}/closed": Flow(flow_id=f"{name}/closed", prompts=("closed",), then=ToHangup())
            for name in TENANTS
        },
        hours={
            f"{name}/office": Hours(
                hours_id=f"{name}/office", windows=tuple(Window(day, 0, 1440) for day in range(7))
            )
            for name in TENANTS
        },
        ivr_flows={f"{name}/menu": menu(name, prompt) for name in TENANTS},
        trunks={"pstn": TrunkGroup(trunk_id="pstn"), "own": TrunkGroup(
            trunk_id="own", tenant_id="globex")},
    )  # fmt: skip


#: Token to what it gives. Every role in both tenants, and those that stand above tenants.
ACCESSES = {
    "root": Access("root", "admin"),
    "watch": Access("watch", "read_only"),
    "acme-admin": Access("acme-admin", "admin", "acme"),
    "acme-lead": Access("acme-lead", "supervisor", "acme"),
    "acme-front": Access("acme-front", "supervisor", "acme", ("acme/front",)),
    "acme-alice": Access("acme-alice", "agent", "acme", (), "acme/alice"),
    "acme-wall": Access("acme-wall", "read_only", "acme"),
    "globex-admin": Access("globex-admin", "admin", "globex"),
    "globex-lead": Access("globex-lead", "supervisor", "globex"),
    "globex-greta": Access("globex-greta", "agent", "globex", (), "globex/greta"),
    "globex-wall": Access("globex-wall", "read_only", "globex"),
}


PASSWORD = "a long password"
#: The hash of that, of little work: scrypt with n = 1024.
PASSWORD_HASH = (
    "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$wxiRpS4gJsgKioCaCZJ6jWp69LWQvLc0WixKdhDkegk"
)
#: People who log in.
ACCOUNTS = {
    "alice": Account(Access("alice", "agent", "acme", (), "acme/alice"), PASSWORD_HASH),
    "carol": Account(Access("carol", "supervisor", "globex"), PASSWORD_HASH),
}


def credentials(**more: Access) -> Credentials:
    """All tokens and accounts, as the settings would give them."""
    tokens = {digest_of(token): access for token, access in (ACCESSES | more).items()}
    return Credentials(tokens, ACCOUNTS)


class Centre:
    """The engine with its own clock; what the control server takes for the daemon."""

    def __init__(self, order: OrderPolicy | None = None) -> None:
        self.engine = Engine(plan(order))
        self.engine.state.nodes["fs1"] = Node("fs1")
        self.at_us = START_US
        self.sinks: list[FactSink] = []
        self.seq = 0
        self.serial = 0
        #: Requests are answered with this, where it is set.
        self.in_the_way = ""
        self.why_not_ready = ""
        self.clock_offset_us = 0
        self.settings_problems: list[Problem] = []
        self.next_plan: Plan | None = None

    # -- as the control server sees it ---------------------------------------------------------

    @property
    def state(self) -> EngineState:
        return self.engine.state

    def now_us(self) -> int:
        return self.at_us

    async def request(self, event: Request) -> str:
        if self.in_the_way:
            return self.in_the_way
        self.serial += 1
        stamped: Any = structs.replace(event, request_id=f"r{self.serial}", at_us=self.at_us)
        replies = [reply for reply in self.feed(stamped) if isinstance(reply, Reply)]
        assert [reply.request_id for reply in replies] == [f"r{self.serial}"]
        return replies[0].problem

    def story(self, call_or_agent_id: str) -> Sequence[AnyFact]:
        return self.engine.story(call_or_agent_id)

    def explain(self, call_id: str) -> Explanation:
        return self.engine.explain(call_id)

    def longest_wait_us(self, queue_id: str, now_us: int) -> int:
        calls = self.state.queues[queue_id].calls.values()
        return max((now_us - call.queued_at_us for call in calls), default=0)

    def add_sink(self, sink: FactSink) -> None:
        self.sinks.append(sink)

    def remove_sink(self, sink: FactSink) -> None:
        self.sinks.remove(sink)

    async def reload(
        self, by: str, *, check_only: bool, force: bool = False, flow_percent: int = 100
    ) -> Reloaded:
        if self.settings_problems:
            raise SettingsError(self.settings_problems)
        return Reloaded([Change("queue", "acme/sales", "changed", ("max_length none -> 5",))])

    def clock(self) -> ClockView:
        due = due_by(self.state, self.at_us + self.clock_offset_us)
        return ClockView(
            at_us=self.at_us, offset_us=self.clock_offset_us, stepped_us=0, due=due
        )  # fmt: skip

    def step_clock(self, by: str, check_only: bool) -> tuple[ClockView, str]:
        view = self.clock()
        if view.offset_us < 0:
            return view, "the system's clock is behind"
        return (view if check_only else structs.replace(view, stepped_us=view.offset_us)), ""

    def records_state(self) -> RecordsState:
        return "off"

    def not_ready(self) -> str:
        return self.why_not_ready

    def switches(self) -> Sequence[SwitchView]:
        return [
            SwitchView(
                at_us=self.at_us, name="fs1", kind="freeswitch", address="127.0.0.1:8021",
                state="up", since_us=START_US, version="1.11.1", sessions=9,
                draining=self.state.nodes["fs1"].draining, empty=False, through=1,
                calls=7, callers=7, agents=3, lag_us=2_000, connects=2, losses=1, gaps=0,
                last_error="the switch has closed the connection",
            )
        ]  # fmt: skip

    def metrics(self) -> bytes:
        return b"# HELP acdengine_up Whether it runs.\n# TYPE acdengine_up gauge\nacdengine_up 1\n"

    def call(self, call_id: str) -> Call:
        """A call, over or not."""
        call = self.state.calls.get(call_id) or self.state.ended.get(call_id)
        assert call is not None
        return call

    # -- what happens --------------------------------------------------------------------------

    def feed(self, event: AnyEvent) -> list[AnyCommand]:
        """One event into the engine; the switch does at once what comes out."""
        commands = self.engine.handle(event)
        facts = self.engine.drain_facts()
        self.seq += 1
        for sink in self.sinks:
            sink.take(self.seq, facts)
        for command in commands:
            self._do(command)
        return commands

    def _do(self, command: AnyCommand) -> None:
        if isinstance(command, Bridge):
            self.feed(CallBridged(self.at_us, command.call_id, command.offer_id))
        elif isinstance(command, HangUpCall | RejectCall):
            self.feed(CallerHungUp(self.at_us, command.call_id))
        elif isinstance(command, CancelRing):
            self.feed(OfferEnded(self.at_us, command.offer_id, "hangup"))
        elif isinstance(command, EndParty):
            self.feed(PartyEnded(self.at_us, command.party_id))

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self.at_us += int(seconds * S)
        self.feed(TimePassed(self.at_us))

    def ready(self, *agents: str) -> None:
        """Agents sign in and want calls."""
        for agent_id in agents:
            self.feed(SignInRequested(self.at_us, agent_id=agent_id))
            self.feed(ReadyRequested(self.at_us, agent_id=agent_id))

    def arrive(self, call_id: str, tenant: str = "acme", priority: int = 0) -> None:
        """A caller is there."""
        dnis = "100" if tenant == "acme" else "200"
        ani = f"+4930{len(self.state.calls) + 1_000_000}"
        self.feed(
            CallArrived(
                self.at_us, call_id, f"leg-{call_id}", ani, dnis, "pstn", "Jo Caller",
                priority=priority,
            )
        )  # fmt: skip

    def callback(self, call_id: str, queue_id: str) -> None:
        """A request for a callback."""
        self.feed(
            CallbackRequested(self.at_us, call_id=call_id, queue_id=queue_id, number="+4930999000")
        )

    def answer(self, agent_id: str) -> str:
        """An agent takes the call that rings; returns its id."""
        offer_id = self.state.agents[agent_id].offer_id
        self.feed(OfferAnswered(self.at_us, offer_id))
        return self.state.offers[offer_id].call_id

    def hang_up(self, call_id: str) -> None:
        """The caller hangs up."""
        self.feed(CallerHungUp(self.at_us, call_id))


def busy(order: OrderPolicy | None = None) -> Centre:
    """A centre at work. For each tenant ``T``: ``T-talk`` with alice or greta, ``T-ring`` ringing
    at anna (acme only), ``T-wait1`` and ``T-wait2`` waiting, ``T-done`` ended."""
    centre = Centre(order)
    centre.ready("acme/alice", "globex/greta")
    for tenant, agent_id in zip(TENANTS, ("acme/alice", "globex/greta"), strict=True):
        centre.arrive(f"{tenant}-done", tenant)
        centre.hang_up(f"{tenant}-done")
        centre.arrive(f"{tenant}-talk", tenant)
        centre.answer(agent_id)
    centre.ready("acme/anna")
    centre.arrive("acme-ring")
    for tenant in TENANTS:
        centre.passes(1)
        centre.arrive(f"{tenant}-wait1", tenant)
        centre.arrive(f"{tenant}-wait2", tenant)
    centre.engine.check()
    return centre


def decoded(content: bytes) -> Any:
    return msgspec.json.decode(content)
