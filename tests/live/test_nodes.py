"""Two switches under one engine: callers on one, telephones at the other; one lost or emptied."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import pytest

from acdengine.base_messages import Fact
from acdengine.centre_facts import AgentStateChanged, SwitchEmptied
from acdengine.conversation_facts import (
    CallHandedOver,
    ConsultAnswered,
    ConversationEnded,
    SupervisionChanged,
)
from acdengine.engine import Engine
from acdengine.events import AnyEvent
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallEnded,
    CallQueued,
    CallRefused,
    OfferClosed,
    OfferMade,
)
from acdengine.program.switches.live_switches import LiveSwitches
from acdengine.requests import (
    ConsultCompleteRequested,
    ConsultJoinRequested,
    ConsultRequested,
    DrainRequested,
    ReadyRequested,
    SignInRequested,
    SuperviseRequested,
)
from acdengine.runtime.loop import Runtime
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.yaml_source import parse
from tests.live.centre import clock_of_the_loop
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.sounds import channels_of, level_at

F = TypeVar("F", bound=Fact)
#: The least root mean square of a tone that counts as heard.
LOUD: Final = 300
BOSS: Final = "user/1001@acd.test"
MakeSwitch = Callable[[SwitchOptions], FreeSwitchInstance]

#: As docs/many-nodes.md has it: what comes from another node goes to the user that it names.
INTERNODE: Final = """
<extension name="from_another_node">
<condition field="${sip_h_X-ACD-Node}" expression="^[A-Za-z0-9_.-]+$"/>
<condition field="${sip_h_X-ACD-Domain}" expression="^[A-Za-z0-9.-]+$"/>
<condition field="network_addr" expression="^127\\.0\\.0\\.1$"/>
<condition field="destination_number" expression="^[A-Za-z0-9_.+-]{1,64}$">
<action application="set" data="hangup_after_bridge=true"/>
<action application="bridge" data="user/${destination_number}@${sip_h_X-ACD-Domain}"/>
</condition>
</extension>"""

SETTINGS: Final = """
switches:
  east: {{ port: {east.esl_port}, password: "${{env:EAST}}", sip_address: "127.0.0.1:{east.trunk_port}" }}
  west: {{ port: {west.esl_port}, password: "${{env:WEST}}", sip_address: "127.0.0.1:{west.trunk_port}" }}
sounds: {{ music: {{ default: moh }} }}
tenants:
  t:
    numbers: {{ "*": {{ queue: sales }} }}
    queues: {{ sales: {{ ring_timeout_s: 20 }} }}
    wrap_up: {{ default: {{ mode: none }} }}
    teams: {{ all: {{ queues: [sales] }} }}
    agents:
      anna: {{ team: all, contact: user/1000@acd.test }}
      bert: {{ team: all, contact: "{bert}" }}
      boss: {{ contact: user/1001@acd.test }}
"""  # noqa: E501


class Nodes:
    """The engine over two switches, as `acdengine run` puts them together."""

    def __init__(self, east: FreeSwitchInstance, west: FreeSwitchInstance, bert: str) -> None:
        text = SETTINGS.format(east=east, west=west, bert=bert)
        self.settings, plan = plan_of_documents([parse(text, "nodes.yaml")])
        self.runtime = Runtime(Engine(plan), clock_of_the_loop())
        self.failures: list[BaseException] = []
        self.runtime.on_failure = self.failures.append
        passwords = {"EAST": east.esl_password, "WEST": west.esl_password}
        self.switches = LiveSwitches(self.runtime, passwords)
        self.facts: list[AnyFact] = []
        self.runtime.add_sink(self)

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        self.facts.extend(facts)

    def post(self, event: AnyEvent) -> None:
        assert self.runtime.post(event)

    def work(self, name: str) -> None:
        self.post(SignInRequested(at_us=0, agent_id=f"t/{name}"))
        self.post(ReadyRequested(at_us=0, agent_id=f"t/{name}"))

    def told(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, done: Callable[[], bool], limit_s: float = 40.0) -> None:
        deadline = time.monotonic() + limit_s
        while not done():
            assert not self.failures, self.failures
            assert time.monotonic() < deadline, "\n".join(map(str, self.facts))
            await asyncio.sleep(0.02)

    async def expect(self, kind: type[F], count: int = 1) -> F:
        await self.until(lambda: len(self.told(kind)) >= count)
        return self.told(kind)[count - 1]

    def node_of(self, agent: str) -> str:
        return self.runtime.state.agents[f"t/{agent}"].node_id

    def view(self, name: str) -> dict[str, object]:
        [view] = [view for view in self.switches.views() if view.name == name]
        return {"draining": view.draining, "empty": view.empty, "through": view.through}


@asynccontextmanager
async def engine_over(
    east: FreeSwitchInstance, west: FreeSwitchInstance, bert: str = ""
) -> AsyncIterator[Nodes]:
    nodes = Nodes(east, west, bert)
    nodes.runtime.start()
    nodes.switches.start(nodes.settings)
    try:
        await nodes.until(lambda: all(view.state == "up" for view in nodes.switches.views()))
        yield nodes
        assert not nodes.failures
        assert nodes.runtime.meters.port_errors == 0
        assert nodes.runtime.meters.invalid_transitions == 0
    finally:
        await nodes.switches.stop()
        await nodes.runtime.stop()


@pytest.fixture
async def pair(new_freeswitch: MakeSwitch) -> tuple[FreeSwitchInstance, FreeSwitchInstance]:
    """Two switches, each of which passes on what the other sends."""
    options = SwitchOptions(extra_public=INTERNODE)
    east, west = new_freeswitch(options), new_freeswitch(options)
    await asyncio.gather(asyncio.to_thread(east.start, 90), asyncio.to_thread(west.start, 90))
    return east, west


Pair = tuple[FreeSwitchInstance, FreeSwitchInstance]


async def registered(sipp: SippWorld, west: FreeSwitchInstance, phone: Sipp) -> None:
    await asyncio.to_thread(sipp.register, west.sip_port, "1000", phone.port)


async def test_a_caller_of_one_switch_talks_with_an_agent_at_another(
    pair: Pair, sipp: SippWorld
) -> None:
    east, west = pair
    phone = sipp.phone(Phone(answer_ms=100, tone_hz=1200))
    await registered(sipp, west, phone)
    async with engine_over(east, west) as acd:
        acd.work("anna")
        await acd.until(lambda: acd.node_of("anna") == "west")
        caller = sipp.call(east.trunk_port, Caller("5001", number="30123"))
        talking = await acd.expect(CallConnected)
        assert talking.agent_id == "t/anna"
        assert acd.view("west")["through"] == 1
        assert f"X-ACD-Offer: {talking.offer_id}" in phone.messages
        assert "30123" in phone.messages
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(ConversationEnded)).ended_by == "caller"
        await acd.until(lambda: "BYE sip:" in phone.messages)
        await acd.until(lambda: not acd.runtime.state.offers)
        assert acd.view("west")["through"] == 0
        # The agent leaves: so does the caller, two switches away.
        again = sipp.call(east.trunk_port, Caller("5001"))
        await acd.expect(CallConnected, 2)
        await asyncio.to_thread(phone.hang_up, phone.call_ids()[-1])
        assert (await acd.expect(ConversationEnded, 2)).ended_by == "agent"
        await asyncio.to_thread(again.wait)


async def test_consult_and_supervision_reach_telephones_at_another_switch(
    pair: Pair, sipp: SippWorld
) -> None:
    """The call is at east with bert, whose telephone every switch can dial. Anna, whom he asks, is
    registered at west, and so is the telephone of the boss, who leaves with bert's conversation."""
    east, west = pair
    bert, anna = sipp.phone(Phone(tone_hz=900)), sipp.phone(Phone(answer_ms=50, tone_hz=1300))
    boss = sipp.phone(Phone(answer_ms=50, tone_hz=1700))
    await registered(sipp, west, anna)
    await asyncio.to_thread(sipp.register, west.sip_port, "1001", boss.port)
    async with engine_over(east, west, at(bert)) as acd:
        acd.work("bert")
        caller = sipp.call(east.trunk_port, Caller("5001", tone_hz=500))
        call_id = (await acd.expect(CallConnected)).call_id
        acd.work("anna")
        acd.work("boss")
        await acd.until(lambda: acd.node_of("anna") == acd.node_of("boss") == "west")
        acd.post(ConsultRequested(at_us=0, call_id=call_id, agent_id="t/anna"))
        await acd.expect(ConsultAnswered)
        acd.post(ConsultJoinRequested(at_us=0, call_id=call_id))
        await heard_by(east, call_id, {900, 1300})
        acd.post(
            SuperviseRequested(at_us=0, call_id=call_id, contact=BOSS, by="boss", mode="barge")
        )
        await acd.expect(SupervisionChanged)
        await heard_by(east, call_id, {900, 1300, 1700})
        acd.post(ConsultCompleteRequested(at_us=0, call_id=call_id))
        await acd.expect(CallHandedOver)
        await heard_by(east, call_id, {1300})
        await asyncio.to_thread(caller.hang_up)
        await acd.until(lambda: not acd.runtime.state.offers and not acd.runtime.state.parties)
        await acd.until(lambda: all("BYE sip:" in one.messages for one in (bert, anna, boss)))


async def heard_by(switch: FreeSwitchInstance, leg_id: str, tones: set[int]) -> None:
    """Those who are heard on a leg, by their tones in Hz."""
    heard: set[int] = set()
    for _ in range(4):
        path = switch.recordings / f"{leg_id}-{time.monotonic_ns()}.wav"
        with switch.esl() as esl:
            esl.api(f"uuid_setvar {leg_id} RECORD_STEREO true")
            assert esl.api(f"uuid_record {leg_id} start {path}").startswith("+OK")
            await asyncio.sleep(1)
            esl.api(f"uuid_record {leg_id} stop {path}")
        _, sound = channels_of(path)
        heard = {hz for hz in (900, 1300, 1700) if level_at(sound[len(sound) // 2 :], hz) > LOUD}
        if heard == tones:
            return
    assert heard == tones


async def test_a_telephone_that_refuses_at_another_switch_has_refused(
    pair: Pair, sipp: SippWorld
) -> None:
    east, west = pair
    phone = sipp.refusing_phone("486 Busy Here", after_ms=50)
    await registered(sipp, west, phone)
    async with engine_over(east, west) as acd:
        acd.work("anna")
        await acd.until(lambda: acd.node_of("anna") == "west")
        sipp.call(east.trunk_port, Caller("5001"))
        assert (await acd.expect(OfferClosed)).outcome == "busy"


async def test_a_killed_switch_takes_only_what_went_through_it(pair: Pair, sipp: SippWorld) -> None:
    east, west = pair
    far, near = sipp.phone(Phone(answer_ms=50)), sipp.phone(Phone(answer_ms=50))
    await registered(sipp, west, far)
    bert = f"sofia/internal/sip:bert@127.0.0.1:{near.port}"
    async with engine_over(east, west, bert) as acd:
        acd.work("anna")
        await acd.until(lambda: acd.node_of("anna") == "west")
        caller = sipp.call(east.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        queued = acd.told(CallQueued)[0]
        await asyncio.to_thread(west.kill9)
        ended = await acd.expect(ConversationEnded)
        assert (ended.call_id, ended.ended_by) == (talking.call_id, "system")
        # The caller has lost the agent, but not the place: the next one is for them.
        again = await acd.expect(CallQueued, 2)
        assert (again.call_id, again.queued_at_us) == (queued.call_id, queued.queued_at_us)
        await acd.until(lambda: not acd.runtime.state.offers)
        agent = acd.runtime.state.agents["t/anna"]
        assert (agent.state, agent.reason) == ("not_ready", "switch-gone")
        acd.work("bert")
        assert (await acd.expect(CallConnected, 2)).agent_id == "t/bert"
        await asyncio.to_thread(west.start, 90)
        await registered(sipp, west, far)
        await acd.until(lambda: agent.state == "ready")
        assert not acd.told(CallEnded)
        await asyncio.to_thread(caller.hang_up)


async def test_a_killed_switch_takes_its_callers_and_their_legs_elsewhere(
    pair: Pair, sipp: SippWorld
) -> None:
    east, west = pair
    phone = sipp.phone(Phone(answer_ms=50))
    await registered(sipp, west, phone)
    async with engine_over(east, west) as acd:
        acd.work("anna")
        await acd.until(lambda: acd.node_of("anna") == "west")
        sipp.call(east.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        other = sipp.call(west.trunk_port, Caller("5002"))
        waits = await acd.expect(CallQueued, 2)
        await asyncio.to_thread(east.kill9)
        assert (await acd.expect(CallEnded)).ended_by == "system"
        # The telephone does not hang on to a dead conversation, and the agent is for the others.
        await acd.until(lambda: "BYE sip:" in phone.messages)
        talking = await acd.expect(CallConnected, 2)
        assert (talking.call_id, talking.agent_id) == (waits.call_id, "t/anna")
        await asyncio.to_thread(other.hang_up)


async def test_a_switch_is_emptied_and_restarted(pair: Pair, sipp: SippWorld) -> None:
    east, west = pair
    phone = sipp.phone(Phone(answer_ms=50))
    await registered(sipp, west, phone)
    async with engine_over(east, west) as acd:
        acd.work("anna")
        await acd.until(lambda: acd.node_of("anna") == "west")
        present = sipp.call(west.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        acd.post(DrainRequested(at_us=0, node_id="west"))
        refused = sipp.call(west.trunk_port, Caller("5002"))
        assert (await acd.expect(CallRefused)).cause == "draining"
        await acd.until(lambda: "SIP/2.0 503" in refused.messages)
        assert acd.view("west") == {"draining": True, "empty": False, "through": 0}
        assert not acd.told(ConversationEnded)
        await asyncio.to_thread(present.hang_up)
        assert (await acd.expect(SwitchEmptied)).node_id == "west"
        assert acd.view("west")["empty"]
        sipp.call(east.trunk_port, Caller("5003"))
        waits = await acd.expect(CallQueued, 2)
        await asyncio.to_thread(west.restart)
        await registered(sipp, west, phone)
        await acd.until(lambda: {view.state for view in acd.switches.views()} == {"up"})
        assert len(acd.told(OfferMade)) == 1
        acd.post(DrainRequested(at_us=0, node_id="west", on=False))
        assert (await acd.expect(CallConnected, 2)).call_id == waits.call_id
        assert {fact.reason for fact in acd.told(AgentStateChanged)} >= {"switch-gone"}
