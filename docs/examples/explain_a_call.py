"""The engine as a library: a small centre, a few events, and why calls went where they went.

No switch, no clock, no configuration file: a plan, events with the time they happened, commands.
"""

from __future__ import annotations

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.commands import RingAgent
from acdengine.engine import Engine
from acdengine.plan import Plan, Tenant
from queues.policy import SECOND_US, LevelRules, QueuePolicy, Step
from queues.targets import ToQueue
from routing.policy import AgentProfile, Assignment, WrapUpPolicy


def agent(name: str, level: int = 1, **skills: int) -> AgentProfile:
    """An agent of the one queue, with 30 s of wrap-up."""
    return AgentProfile(
        agent_id=f"acme/{name}",
        tenant_id="acme",
        name=name,
        skills=skills,
        queues={"acme/support": Assignment(level=level)},
        wrap_up=WrapUpPolicy(mode="timed", time_us=30 * SECOND_US),
    )


SUPPORT = QueuePolicy(
    queue_id="acme/support",
    tenant_id="acme",
    name="Support",
    steps=(
        Step(requirement="machines >= 5", expires_us=40 * SECOND_US),
        Step(requirement="machines >= 3"),
    ),
    levels=LevelRules(wait_us=60 * SECOND_US),
    ring_timeout_us=15 * SECOND_US,
)
AGENTS = (
    agent("anna", machines=8),
    agent("bert", machines=6),
    agent("carl", machines=3),
    agent("dora", machines=9, level=2),
    agent("emil", machines=7),
)
PLAN = Plan(
    tenants={"acme": Tenant(tenant_id="acme", numbers={"100": ToQueue("acme/support")})},
    queues={"acme/support": SUPPORT},
    agents={profile.agent_id: profile for profile in AGENTS},
)

engine = Engine(PLAN)
now_us = 0


def after(seconds: int) -> int:
    """So much later; deadlines that are due until then are fed one by one, as a runtime does."""
    global now_us
    until_us = now_us + seconds * SECOND_US
    while (due_us := engine.next_due_us()) <= until_us:
        engine.handle(ev.TimePassed(due_us))
    now_us = until_us
    return now_us


def call(call_id: str) -> None:
    """A caller dials 100."""
    arrival = ev.CallArrived(now_us, call_id, f"leg-{call_id}", "+4930123456", "100", "trunk-1")
    for command in engine.handle(arrival):
        if isinstance(command, RingAgent):
            print(f"{call_id}: ring {command.agent_id}")


for profile in AGENTS[:4]:
    engine.handle(rq.SignInRequested(after(1), agent_id=profile.agent_id))
    engine.handle(rq.ReadyRequested(after(1), agent_id=profile.agent_id))

after(10)
call("c1")
engine.handle(ev.OfferAnswered(after(4), "c1-1"))
engine.handle(ev.CallBridged(now_us, "c1", "c1-1"))

after(6)
call("c2")
after(15)  # nobody answers: the engine takes the offer back, the switch confirms
engine.handle(ev.OfferEnded(after(1), "c2-1", "no_answer"))
engine.handle(rq.SignInRequested(after(9), agent_id="acme/emil"))

print("\nWhy did anna get c1?\n")
print(engine.explain("c1", now_us).moments[2].what)

print("\nWhy does c2 wait?\n")
print(engine.explain("c2", now_us).text())

after(15)  # the second step opens: carl may take the call too
engine.handle(ev.OfferAnswered(after(2), "c2-2"))
engine.handle(ev.CallBridged(now_us, "c2", "c2-2"))
print("\nAnd why did it go to carl?\n")
print(engine.explain("c2", now_us).text())
