"""The engine with callers of an Asterisk: the facts of whole calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network
from typing import TypeVar, cast

from acdengine.conversation_facts import ConversationEnded
from acdengine.engine import Engine
from acdengine.facts import AnyFact, CallConnected, CallEnded, OfferClosed
from acdengine.requests import ReadyRequested, SignInRequested
from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.loop import Runtime
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.yaml_source import parse
from adapters.fastagi.asterisk_settings import Asterisk
from adapters.fastagi.fastagi_port import FastAgiPort
from adapters.fastagi.server import FastAgiServer, Limits
from tests.unit.fastagi.paper import PaperChannel, settle
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual

CENTRE = """\
trunks: { pbx: { tenant: acme } }
tenants:
  acme:
    wrap_up: { default: { mode: none } }
    queues: { sales: { answer: at_once, ring_timeout_s: 10 } }
    agents: { "{7..8}": { queues: [sales], contact: "user/{agent}@acd.example" } }
  globex:
    queues: { gold: {} }
"""

F = TypeVar("F", CallConnected, CallEnded, ConversationEnded, OfferClosed)


class Centre:
    """An engine with one Asterisk of paper, whose agents 7 and 8 want calls."""

    def __init__(self, loop: VirtualLoop) -> None:
        plan = plan_of_documents([parse(CENTRE, "f")])[1]
        self.runtime = Runtime(Engine(plan), ScaledClock(0, 1.0, loop.now_ns))
        self.facts: list[AnyFact] = []
        ids = iter(f"call{n}" for n in range(1, 100))
        pbx = Asterisk("pbx", [ip_network("127.0.0.0/8")], "pbx", hears_keys=False)
        self.port = FastAgiPort([pbx], self.runtime, self.runtime.clock.now_us, lambda: next(ids))
        self.server = FastAgiServer(self.port, Limits())
        self.runtime.attach(self.port, self.port.node_ids)
        self.runtime.add_sink(self)
        self.runtime.start()
        self.port.forget_before(self.port.node_ids)

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.facts.extend(facts)

    async def agents_begin(self) -> None:
        for agent in ("acme/7", "acme/8"):
            assert not await self.runtime.request(SignInRequested(0, agent_id=agent))
            assert not await self.runtime.request(ReadyRequested(0, agent_id=agent))

    async def open(self, path: str, **told: str) -> PaperChannel:
        channel = PaperChannel()
        block = "".join(f"agi_{key}: {value}\n" for key, value in told.items())
        channel.reader.feed_data(f"agi_request: agi://acd/{path}\n{block}\n".encode())
        self.server.connected(channel.reader, cast("asyncio.StreamWriter", channel))
        await settle()
        return channel

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def test_three_callers_and_two_agents() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        centre = Centre(loop)
        await centre.agents_begin()
        callers = [await centre.open("queue/sales", callerid=f"49{n}") for n in range(3)]
        assert [caller.doing[:16] for caller in callers] == ["EXEC Dial PJSIP/"] * 2 + [""]
        assert "SET MUSIC ON default" in callers[2].lines
        await asyncio.sleep(2)
        for offer in ("call1-1", "call2-1"):
            assert (await centre.open(f"answered/{offer}")).is_closed
        await asyncio.sleep(60)
        callers[0].dialled("ANSWER")
        await settle()
        assert callers[0].is_dead
        assert callers[2].doing.startswith("EXEC Dial PJSIP/7")
        assert (await centre.open("answered/call3-1")).is_closed
        callers[1].is_dead = True
        callers[1].dialled("ANSWER", result=-1)
        callers[1].hang_up()
        await settle()
        # The third is turned away by the end of the daemon, which is no end of the call.
        await centre.server.close()
        connected = centre.of(CallConnected)
        assert [(fact.call_id, fact.agent_id) for fact in connected] == [
            ("call1", "acme/7"), ("call2", "acme/8"), ("call3", "acme/7"),
        ]  # fmt: skip
        talks = centre.of(ConversationEnded)
        assert [(fact.call_id, fact.ended_by, round(fact.talked_us / 1e6)) for fact in talks] == [
            ("call1", "agent", 60), ("call2", "caller", 60),
        ]  # fmt: skip
        ends = [(fact.call_id, fact.outcome, fact.ended_by) for fact in centre.of(CallEnded)]
        assert ends == [("call1", "answered", "agent"), ("call2", "answered", "caller")]
        await centre.runtime.stop()

    run_virtual(main(), loop)


def test_an_agent_who_does_not_answer() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        centre = Centre(loop)
        await centre.agents_begin()
        caller = await centre.open("queue/sales", callerid="49")
        await centre.open("ringing/call1-1", channel="PJSIP/7-1")
        control = await centre.open("control")
        await asyncio.sleep(10)
        assert control.lines == ["HANGUP PJSIP/7-1"]
        caller.dialled("NOANSWER")
        await settle()
        assert [fact.outcome for fact in centre.of(OfferClosed)] == ["no_answer"]
        assert caller.doing.startswith("EXEC Dial PJSIP/8")
        await centre.server.close()
        await centre.runtime.stop()

    run_virtual(main(), loop)


def test_an_asterisk_cannot_reach_another_tenants_queue() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        centre = Centre(loop)
        caller = await centre.open("queue/globex/gold", callerid="49")
        assert caller.lines[-1] == "EXEC Hangup 1"
        assert caller.is_closed
        assert not centre.runtime.state.calls
        await centre.runtime.stop()

    run_virtual(main(), loop)
