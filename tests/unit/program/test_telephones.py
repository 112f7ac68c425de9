"""Agents' telephones, as the registrations at the switches tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from acdengine.engine import Engine
from acdengine.plan import Plan, Tenant
from acdengine.program.switches import telephones as module
from acdengine.program.switches.telephones import Phones, reachable, where
from acdengine.requests import ReadyRequested, SignInRequested
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from adapters.freeswitch.call_parts import CallMedia
from adapters.freeswitch.node import FreeSwitchNode, NodeClocks
from adapters.freeswitch.telephones.registrations import User
from adapters.freeswitch.wire.connection import ConnectionSettings
from routing.policy import AgentProfile, Assignment

ANNA, HOME = "user/1000@acd.test", "sofia/gateway/carrier/+49301"


class Centre:
    """Two agents and two switches whose registrations are set by hand."""

    def __init__(self) -> None:
        agents = {
            f"t/{name}": AgentProfile(
                agent_id=f"t/{name}", tenant_id="t", name=name, contact=contact,
                queues={"t/q": Assignment()},
            )
            for name, contact in (("anna", ANNA), ("home", HOME), ("odd", "loopback/1"))
        }  # fmt: skip
        plan = Plan(tenants={"t": Tenant(tenant_id="t")}, agents=agents)
        self.runtime = Runtime(Engine(plan), UtcClock())
        self.nodes = [self.node("n1"), self.node("n2")]
        self.phones = Phones(self.runtime, lambda: self.nodes)
        for name in ("anna", "home", "odd"):
            self.runtime.post(SignInRequested(0, agent_id=f"t/{name}"))
            self.runtime.post(ReadyRequested(0, agent_id=f"t/{name}"))
        self.runtime.turn()

    def node(self, name: str) -> FreeSwitchNode:
        made = FreeSwitchNode(
            name, ConnectionSettings(host="127.0.0.1", port=9, password="x"),
            self.runtime, CallMedia(), NodeClocks(lambda low, high: high),
        )  # fmt: skip
        made.health.state = "up"
        made.registrations.is_known = True
        return made

    def register(self, node: int = 0, name: str = "1000") -> None:
        self.nodes[node].registrations.users[User(name, "acd.test")] = None

    def look(self) -> None:
        self.phones._look()
        self.runtime.turn()

    def states(self) -> dict[str, str]:
        agents = self.runtime.state.agents.values()
        return {agent.profile.name: f"{agent.state} {agent.reason}".strip() for agent in agents}


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    made = Centre()
    yield made
    made.phones.stop()


async def test_who_is_not_registered_gets_no_calls_until_registered(centre: Centre) -> None:
    centre.nodes[0].registrations.gateways["carrier"] = False
    centre.look()
    gone = "not_ready phone-unregistered"
    assert centre.states() == {"anna": gone, "home": gone, "odd": "ready"}
    centre.register(1)
    centre.nodes[0].registrations.gateways["carrier"] = True
    centre.look()
    assert centre.states() == {"anna": "ready", "home": "ready", "odd": "ready"}
    before = dict(centre.runtime.meters.events)
    centre.look()
    assert centre.runtime.meters.events == before


@pytest.mark.parametrize("state", ["connecting", "reading"])
async def test_nobody_is_unreachable_while_a_switch_is_still_to_be_read(
    centre: Centre, state: str
) -> None:
    centre.nodes[1].health.state = state  # type: ignore[assignment]
    centre.look()
    assert centre.states()["anna"] == "ready"
    centre.nodes[1].health.state = "down"
    centre.look()
    assert centre.states()["anna"] == "not_ready phone-unregistered"


async def test_without_any_knowledge_nobody_is_touched(centre: Centre) -> None:
    for node in centre.nodes:
        node.registrations.is_known = False
    centre.look()
    assert centre.states()["anna"] == "ready"
    assert reachable(ANNA, centre.nodes) is None


async def test_an_agent_who_changes_to_another_telephone_is_looked_at(centre: Centre) -> None:
    centre.register()
    centre.look()
    assert centre.states()["anna"] == "ready"
    other = "user/1001@acd.test"
    centre.runtime.post(SignInRequested(0, agent_id="t/anna", contact=other))
    centre.runtime.turn()
    centre.look()
    assert centre.states()["anna"] == "not_ready phone-unregistered"


async def test_many_changes_are_one_look(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SOON_S", 0.0)
    looks: list[int] = []

    def nodes() -> list[FreeSwitchNode]:
        looks.append(1)
        return centre.nodes

    phones = Phones(centre.runtime, nodes)
    phones.changed()  # not begun: nothing is looked at
    phones.start()
    for _ in range(100):
        phones.changed()
    async with asyncio.timeout(10):
        while not looks:  # noqa: ASYNC110 - a timer tells nobody
            await asyncio.sleep(0)
    assert looks == [1]
    phones.changed()
    phones.stop()
    await asyncio.sleep(0.01)
    assert looks == [1]


async def test_a_telephone_is_rung_where_it_is_registered(centre: Centre) -> None:
    centre.register(1)
    centre.look()
    agent = centre.runtime.state.agents["t/anna"]
    assert agent.node_id == "n2"
    centre.register(0)
    centre.look()
    assert agent.node_id == "n2", "registered twice it stays where it was"
    del centre.nodes[1].registrations.users[User("1000", "acd.test")]
    centre.look()
    assert agent.node_id == "n1"


async def test_a_gateway_is_at_no_one_switch(centre: Centre) -> None:
    centre.nodes[0].registrations.gateways["carrier"] = True
    assert where(HOME, "", centre.nodes) == ""
    assert where(ANNA, "", centre.nodes) == ""
