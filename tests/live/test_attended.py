"""Callers whom an agent's telephone or another program joins with a leg of its own choice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from msgspec import structs

from acdengine.conversation_facts import (
    CallHandedOver,
    CallHeld,
    CallTransferred,
    ConversationEnded,
    TransferRefused,
)
from acdengine.facts import CallConnected, CallEnded, CallQueued, NumberMissed
from acdengine.plan import Plan
from queues.targets import ToQueue
from tests.live.centre import OTHER, Centre, centre
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import DOMAIN, Gateway, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld
from tests.live.test_adapter import AGENT, MUSIC, hears
from tests.live.test_telephones import VIP_MUSIC, legs_up, two_queues

ANNA, BEN = "user/1000@acd.test", "user/1001@acd.test"


def asking_queues(contacts: dict[str, str]) -> Plan:
    """5556, which a telephone may dial, leads to the other queue as well."""
    made = two_queues(contacts)
    tenant = made.tenants["t"]
    numbers = {**tenant.numbers, "5556": ToQueue(OTHER)}
    return structs.replace(made, tenants={"t": structs.replace(tenant, numbers=numbers)})


def has_begun(call: Sipp, status: str) -> Callable[[], bool]:
    return lambda: f"SIP/2.0 {status}" in call.messages


async def consulting(
    acd: Centre, switch: FreeSwitchInstance, sipp: SippWorld, phone: Sipp, number: str, status: str
) -> tuple[CallConnected, Sipp]:
    """anna's telephone has put her caller on hold, and has called a number."""
    sipp.call(switch.trunk_port, Caller("5001"))
    talking = await acd.expect(CallConnected)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(phone.hold)
    await acd.expect(CallHeld)
    consultation = sipp.dial(switch.sip_port, "1000", number)
    await acd.until(has_begun(consultation, status))
    await asyncio.sleep(0.5)
    return talking, consultation


Register = Callable[[FreeSwitchInstance, str, Phone], Sipp]


@pytest.fixture
def registered(sipp: SippWorld) -> Iterator[Register]:
    """Registers telephones, until the end of the test."""
    made: list[tuple[FreeSwitchInstance, str, Sipp]] = []

    def register(switch: FreeSwitchInstance, user: str, phone: Phone) -> Sipp:
        telephone = sipp.phone(phone)
        sipp.register(switch.sip_port, user, telephone.port)
        made.append((switch, user, telephone))
        return telephone

    yield register
    for switch, user, telephone in made:
        sipp.register(switch.sip_port, user, telephone.port, 0)


async def test_a_colleague_who_was_asked_takes_the_caller_over(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    ben = registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    async with centre(freeswitch, two_queues({"anna": ANNA, "ben": BEN})) as acd:
        acd.work("anna", "ben")
        talking, asked = await consulting(acd, freeswitch, sipp, phone, "1001", "200 OK")
        await asyncio.to_thread(phone.transfer, asked.consulted("1001"), phone.call_ids()[0])
        over = await acd.expect(CallHandedOver)
        assert (over.call_id, over.agent_id, over.from_agent_id) == (
            talking.call_id, "t/ben", "t/anna",
        )  # fmt: skip
        [passed] = acd.told(CallTransferred)
        assert (passed.to, passed.kind, passed.by_telephone) == ("agent t/ben", "attended", True)
        agents = acd.engine.state.agents
        await acd.until(lambda: agents["t/anna"].state == "wrap_up")
        await hears(esl, freeswitch, talking.call_id, AGENT)
        assert agents["t/ben"].state == "talking"
        await asyncio.to_thread(ben.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await acd.until(lambda: agents["t/ben"].state == "wrap_up")


async def test_an_agent_of_a_queue_who_was_asked_takes_the_caller_over(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    async with centre(freeswitch, asking_queues({"anna": ANNA, "ben": BEN})) as acd:
        acd.work("anna")
        talking, asked = await consulting(acd, freeswitch, sipp, phone, "5556", "200 OK")
        acd.work("ben")
        connected = await acd.expect(CallConnected, 2)
        assert connected.agent_id == "t/ben"
        await asyncio.sleep(0.5)
        await asyncio.to_thread(phone.transfer, asked.consulted("5556"), phone.call_ids()[0])
        over = await acd.expect(CallHandedOver)
        assert (over.call_id, over.agent_id) == (talking.call_id, "t/ben")
        assert (await acd.expect(CallEnded)).call_id == connected.call_id
        await hears(esl, freeswitch, talking.call_id, AGENT)
        agents = acd.engine.state.agents
        await acd.until(lambda: agents["t/anna"].state == "wrap_up")
        assert agents["t/ben"].state == "talking"
        assert acd.engine.state.calls[talking.call_id].state == "talking"
        [passed] = acd.told(CallTransferred)
        assert (passed.to, passed.kind) == ("agent t/ben", "attended")


async def test_a_caller_left_to_a_queue_whose_number_was_dialled_waits_there(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    async with centre(freeswitch, asking_queues({"anna": ANNA})) as acd:
        acd.work("anna")
        talking, asked = await consulting(acd, freeswitch, sipp, phone, "5556", "200 OK")
        await asyncio.to_thread(phone.transfer, asked.consulted("5556"), phone.call_ids()[0])
        passed = await acd.expect(CallTransferred)
        assert (passed.to, passed.by_telephone) == (f"queue {OTHER}", True)
        calls = acd.engine.state.calls
        await acd.until(lambda: list(calls) == [talking.call_id])
        assert calls[talking.call_id].queue_id == OTHER


@pytest.fixture
def gateway(sipp: SippWorld) -> Sipp:
    """What lies behind the gateway `gw`."""
    return sipp.phone(Phone(20, tone_hz=AGENT))


@pytest.fixture
def trunked(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], gateway: Sipp
) -> FreeSwitchInstance:
    switch = new_freeswitch(SwitchOptions(gateways=(Gateway("gw", f"127.0.0.1:{gateway.port}"),)))
    switch.start()
    return switch


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_a_number_outside_that_was_asked_has_the_caller_if_it_may_be_dialled(
    trunked: FreeSwitchInstance,
    gateway: Sipp,
    sipp: SippWorld,
    registered: Register,
    is_allowed: bool,
) -> None:
    phone = registered(trunked, "1000", Phone(20))
    allow = ("030",) if is_allowed else ("09",)
    async with centre(trunked, two_queues({"anna": ANNA}, dial_allow=allow)) as acd:
        acd.work("anna")
        talking, asked = await consulting(acd, trunked, sipp, phone, "0301234", "200 OK")
        await asyncio.to_thread(phone.transfer, asked.consulted("0301234"), phone.call_ids()[0])
        agents, calls = acd.engine.state.agents, acd.engine.state.calls
        if is_allowed:
            passed = await acd.expect(CallTransferred)
            assert (passed.to, passed.kind) == ("number 0301234", "attended")
            with trunked.esl() as esl:
                await hears(esl, trunked, talking.call_id, AGENT)
            await acd.until(lambda: agents["t/anna"].state == "wrap_up")
            await asyncio.to_thread(gateway.hang_up)
            assert (await acd.expect(CallEnded)).outcome == "diverted"
        else:
            refused = await acd.expect(TransferRefused)
            assert refused.reason == "this number may not be dialled"
            await acd.until(lambda: "BYE sip" in gateway.messages)
            await acd.until(lambda: agents["t/anna"].state == "wrap_up")
            assert calls[talking.call_id].state == "waiting"


@pytest.mark.parametrize("ending", ["answers", "refuses", "caller hangs up"])
async def test_a_caller_left_to_a_telephone_that_rings(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer, ending: str
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    ringing = Phone(2_500 if ending == "answers" else 60_000, tone_hz=AGENT)
    ben = registered(freeswitch, "1001", ringing)
    async with centre(freeswitch, two_queues({"anna": ANNA, "ben": BEN})) as acd:
        acd.work("anna", "ben")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await asyncio.to_thread(phone.hold)
        await acd.expect(CallHeld)
        asked = sipp.dial(freeswitch.sip_port, "1000", "1001")
        await acd.until(has_begun(asked, "180"))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(phone.transfer, asked.consulted("1001"), phone.call_ids()[0])
        passed = await acd.expect(CallTransferred)
        assert (passed.to, passed.kind) == ("agent t/ben", "attended")
        agents, calls = acd.engine.state.agents, acd.engine.state.calls
        await acd.until(lambda: agents["t/anna"].state == "wrap_up")
        if ending == "answers":
            over = await acd.expect(CallHandedOver)
            assert (over.call_id, over.agent_id) == (talking.call_id, "t/ben")
            await hears(esl, freeswitch, talking.call_id, AGENT)
            await asyncio.to_thread(ben.hang_up)
            assert (await acd.expect(CallEnded)).outcome == "answered"
            assert agents["t/ben"].state == "wrap_up"
        elif ending == "refuses":
            await asyncio.to_thread(ben.hang_up)
            await acd.expect(NumberMissed)
            assert calls[talking.call_id].state == "waiting"
            await acd.until(lambda: agents["t/ben"].state == "ready")
            assert calls[talking.call_id].queue_id == "t/sales"
            # The call that asked has gone as well, and nothing more happens.
            await acd.until(lambda: legs_up(esl) == 1)
            await asyncio.sleep(0.5)
            await hears(esl, freeswitch, talking.call_id, MUSIC)
            assert calls[talking.call_id].state == "waiting"
        else:
            await asyncio.to_thread(caller.hang_up)
            assert (await acd.expect(CallEnded)).outcome == "not_diverted"
            await acd.until(lambda: "CANCEL sip" in ben.messages)
            await acd.until(lambda: agents["t/ben"].state == "ready")


async def test_a_telephone_joins_its_caller_with_no_other_call(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    phone = registered(freeswitch, "1000", Phone(20, tone_hz=AGENT))
    ben = registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    async with centre(freeswitch, asking_queues({"anna": ANNA, "ben": BEN})) as acd:
        acd.work("anna", "ben")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        mine = await acd.expect(CallConnected)
        other = sipp.call(freeswitch.trunk_port, Caller("5002"))
        theirs = await acd.expect(CallConnected, 2)
        assert theirs.agent_id == "t/ben"
        await asyncio.sleep(0.5)
        for call in (other,):
            await asyncio.to_thread(phone.transfer, call.consulted("5002"), phone.call_ids()[0])
        await asyncio.sleep(1.0)
        for call_id in (mine.call_id, theirs.call_id):
            assert acd.engine.state.calls[call_id].state == "talking"
            await hears(esl, freeswitch, call_id, AGENT)
        assert not acd.told(ConversationEnded)
        await asyncio.to_thread(ben.hang_up)
        await acd.expect(CallEnded)


# -- the switch itself, or another program ---------------------------------------------------------


async def in_conversation(acd: Centre, switch: FreeSwitchInstance, sipp: SippWorld) -> str:
    """A caller talks with anna; the call."""
    acd.work("anna", "ben")
    sipp.call(switch.trunk_port, Caller("5001"))
    talking = await acd.expect(CallConnected)
    assert talking.agent_id == "t/anna"
    await asyncio.sleep(0.5)
    return talking.call_id


@pytest.mark.parametrize("way", ["uuid_bridge", "intercept"])
async def test_a_colleague_whom_another_program_joins_with_a_caller_takes_the_call_over(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer, way: str
) -> None:
    registered(freeswitch, "1000", Phone(20))
    ben = registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    async with centre(freeswitch, two_queues({"anna": ANNA, "ben": BEN})) as acd:
        call_id = await in_conversation(acd, freeswitch, sipp)
        if way == "uuid_bridge":
            printed = await asyncio.to_thread(esl.api, f"originate {BEN} &park")
            await asyncio.sleep(0.3)
            await asyncio.to_thread(esl.api, f"uuid_bridge {call_id} {printed.split()[1]}")
        else:
            await asyncio.to_thread(esl.bgapi, f"originate {BEN} &intercept({call_id})")
        over = await acd.expect(CallHandedOver)
        assert (over.call_id, over.agent_id) == (call_id, "t/ben")
        [passed] = acd.told(CallTransferred)
        assert (passed.to, passed.by_telephone, passed.by_switch) == ("agent t/ben", False, True)
        agents = acd.engine.state.agents
        await acd.until(lambda: agents["t/anna"].state == "wrap_up")
        await hears(esl, freeswitch, call_id, AGENT)
        await asyncio.to_thread(ben.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await acd.until(lambda: agents["t/ben"].state == "wrap_up")


@pytest.mark.parametrize(
    ("order", "to", "state"),
    [
        ("1001", "agent t/ben", "talking"),
        ("5002 XML public", f"queue {OTHER}", "talking"),
        ("1001 XML agents", "agent t/ben", "talking"),
        ("9001 XML public", "number 9001", "outside"),
    ],
)
async def test_a_caller_whom_another_program_transfers_is_found(
    freeswitch: FreeSwitchInstance,
    sipp: SippWorld,
    registered: Register,
    esl: EslPeer,
    order: str,
    to: str,
    state: str,
) -> None:
    registered(freeswitch, "1000", Phone(20))
    ben = registered(freeswitch, "1001", Phone(1_500, tone_hz=AGENT))
    async with centre(freeswitch, two_queues({"anna": ANNA, "ben": BEN})) as acd:
        call_id = await in_conversation(acd, freeswitch, sipp)
        await asyncio.to_thread(esl.api, f"uuid_transfer {call_id} {order}")
        passed = await acd.expect(CallTransferred)
        assert (passed.to, passed.by_switch) == (to, True)
        agents, calls = acd.engine.state.agents, acd.engine.state.calls
        await acd.until(lambda: agents["t/anna"].state == "wrap_up")
        await acd.until(lambda: calls[call_id].state == state)
        if state == "talking":
            await hears(esl, freeswitch, call_id, AGENT)
            assert agents["t/ben"].state == "talking"
            await asyncio.to_thread(ben.hang_up)
            assert (await acd.expect(CallEnded)).outcome == "answered"
        else:
            await asyncio.to_thread(esl.api, f"uuid_transfer {call_id} park inline")
            assert (await acd.expect(CallEnded)).outcome == "diverted"


async def test_an_agents_leg_that_another_program_ends_ends_the_conversation(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    registered(freeswitch, "1000", Phone(20))
    async with centre(freeswitch, two_queues({"anna": ANNA})) as acd:
        call_id = await in_conversation(acd, freeswitch, sipp)
        leg_id = acd.engine.state.calls[call_id].offer_id
        await asyncio.to_thread(esl.api, f"uuid_kill {leg_id}")
        assert (await acd.expect(CallEnded)).outcome == "answered"
        assert not acd.told(CallTransferred)


async def test_a_waiting_caller_whom_a_telephone_picks_up_by_the_dialplan_is_its_agents(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    slow = registered(freeswitch, "1000", Phone(60_000))
    registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    async with centre(freeswitch, two_queues({"anna": ANNA, "ben": BEN})) as acd:
        acd.work("anna", "ben")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        waits = await acd.expect(CallQueued)
        await acd.until(lambda: "180 Ringing" in slow.messages)
        await asyncio.to_thread(esl.bgapi, f"originate {BEN} &intercept({waits.call_id})")
        over = await acd.expect(CallHandedOver)
        assert (over.call_id, over.agent_id) == (waits.call_id, "t/ben")
        await hears(esl, freeswitch, waits.call_id, AGENT)
        await acd.until(lambda: "CANCEL sip" in slow.messages)
        await acd.until(lambda: acd.engine.state.agents["t/anna"].state == "ready")


async def test_a_waiting_caller_whom_another_program_transfers_goes_there(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, two_queues({})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        waits = await acd.expect(CallQueued)
        await hears(esl, freeswitch, waits.call_id, MUSIC)
        await asyncio.to_thread(esl.api, f"uuid_transfer {waits.call_id} 5002 XML public")
        moved = await acd.expect(CallQueued, 2)
        assert (moved.call_id, moved.queue_id) == (waits.call_id, OTHER)
        await hears(esl, freeswitch, waits.call_id, VIP_MUSIC)


async def test_a_transfer_made_while_no_engine_listened_is_found(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    the_plan = two_queues({"anna": ANNA, "ben": BEN})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna", "ben")
        talking, asked = await consulting(acd, freeswitch, sipp, phone, "1001", "200 OK")
        engine = acd.engine
    await asyncio.to_thread(phone.transfer, asked.consulted("1001"), phone.call_ids()[0])
    await asyncio.sleep(0.5)
    async with centre(freeswitch, the_plan, engine=engine) as after:
        over = await after.expect(CallHandedOver)
        assert (over.call_id, over.agent_id) == (talking.call_id, "t/ben")
        await hears(esl, freeswitch, talking.call_id, AGENT)


async def test_a_transfer_of_a_consultation_that_began_before_a_restart(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    registered(freeswitch, "1001", Phone(20, tone_hz=AGENT))
    the_plan = two_queues({"anna": ANNA, "ben": BEN})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna", "ben")
        talking, asked = await consulting(acd, freeswitch, sipp, phone, "1001", "200 OK")
        engine = acd.engine
    async with centre(freeswitch, the_plan, engine=engine) as after:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(phone.transfer, asked.consulted("1001"), phone.call_ids()[0])
        over = await after.expect(CallHandedOver)
        assert (over.call_id, over.agent_id) == (talking.call_id, "t/ben")
        await hears(esl, freeswitch, talking.call_id, AGENT)


async def test_a_caller_sent_on_blind_while_no_engine_listened_goes_there(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, registered: Register, esl: EslPeer
) -> None:
    phone = registered(freeswitch, "1000", Phone(20))
    the_plan = asking_queues({"anna": ANNA, "ben": BEN})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await asyncio.sleep(0.5)
        engine = acd.engine
    await asyncio.to_thread(phone.transfer, f"<sip:5556@{DOMAIN}>")
    await asyncio.sleep(0.5)
    async with centre(freeswitch, the_plan, engine=engine) as after:
        passed = await after.expect(CallTransferred)
        assert (passed.agent_id, passed.to, passed.kind) == ("t/anna", f"queue {OTHER}", "blind")
        assert engine.state.calls[talking.call_id].queue_id == OTHER
        await hears(esl, freeswitch, talking.call_id, VIP_MUSIC)
