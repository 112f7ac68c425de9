"""What people do with an agent's telephone itself: the hold key, private calls, several of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from acdengine.centre_facts import PickUpRefused
from acdengine.conversation_facts import (
    CallHeld,
    CallRetrieved,
    CallTransferred,
    ConversationEnded,
    TransferRefused,
)
from acdengine.facts import CallConnected, CallDiverted, CallEnded, OfferClosed
from acdengine.plan import Plan
from acdengine.requests import PickUpRequested
from queues.policy import Announcements
from queues.targets import ToQueue
from routing.policy import Assignment, WrapUpPolicy
from tests.live.centre import OTHER, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import DOMAIN, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.test_adapter import AGENT, MUSIC, hears
from tests.live.test_daemon import at_work, calls, ended, outcomes, settings, until, work
from tests.live.test_registrations import state
from tests.live.test_ringing import with_queue
from tests.unit.program.daemon_process import DaemonProcess

VIP_MUSIC = 880


@pytest.mark.parametrize(("music", "heard"), [("default", MUSIC), ("moh_vip", VIP_MUSIC)])
async def test_the_telephones_own_hold_key_is_a_hold_with_the_queues_music(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, music: str, heard: int
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    the_plan = with_queue(plan({"anna": at(phone)}), announcements=Announcements(music=music))
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(phone.hold)
        await acd.expect(CallHeld)
        assert acd.engine.state.calls[talking.call_id].state == "held"
        await hears(esl, freeswitch, talking.call_id, heard)
        await asyncio.to_thread(phone.resume)
        retrieved = await acd.expect(CallRetrieved)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(phone.hang_up)
        assert (await acd.expect(ConversationEnded)).held_us == retrieved.held_us > 0


async def test_a_hold_key_pressed_while_no_engine_listened_is_found(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    the_plan = plan({"anna": at(phone)})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        engine = acd.engine
    await asyncio.to_thread(phone.hold)
    await asyncio.sleep(0.2)
    async with centre(freeswitch, the_plan, engine=engine) as after:
        await after.expect(CallHeld)
    async with centre(freeswitch, the_plan) as fresh:
        await fresh.expect(CallHeld)
        await asyncio.to_thread(phone.resume)
        await fresh.expect(CallRetrieved)


# -- private calls ---------------------------------------------------------------------------------


@pytest.fixture
def daemon(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> Iterator[DaemonProcess]:
    """One that has read the switch, where anna's telephone is registered."""
    with at_work(tmp_path, settings(tmp_path, freeswitch)) as running:
        yield running


def is_ready(daemon: DaemonProcess) -> bool:
    return state(daemon) == "ready"


def is_busy(daemon: DaemonProcess) -> bool:
    return state(daemon) == "not_ready phone-busy"


def legs_up(esl: EslPeer) -> int:
    return int(esl.api("show channels count").split()[0])


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [("4444", "4445"), ("5555", "5556")], ids=["other", "queue"])
def test_an_agent_whose_telephone_dials_is_not_rung_until_that_call_has_ended(
    daemon: DaemonProcess,
    freeswitch: FreeSwitchInstance,
    sipp: SippWorld,
    esl: EslPeer,
    numbers: tuple[str, str],
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    # A call to a number of the centre waits for another agent.
    first, second = (sipp.dial(freeswitch.sip_port, "1000", number) for number in numbers)
    until(lambda: legs_up(esl) == 2)
    until(lambda: is_busy(daemon))
    sipp.call(freeswitch.trunk_port, Caller("5001"))
    until(lambda: any(call["dnis"] == "5001" for call in calls(daemon, "waiting")))
    first.hang_up()
    time.sleep(0.5)
    assert is_busy(daemon)
    assert "INVITE" not in phone.messages
    second.hang_up()
    until(lambda: calls(daemon, "talking"))


@pytest.mark.slow
def test_a_private_call_to_the_telephone_is_one_while_it_rings_too(
    daemon: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=1_500))
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    esl.bgapi("originate null/x &bridge(user/1000@acd.test)")
    until(lambda: is_busy(daemon))
    assert "200 OK" not in phone.messages
    until(lambda: "200 OK" in phone.messages)
    assert is_busy(daemon)
    phone.hang_up()
    until(lambda: is_ready(daemon))
    # Another program rings it, and bridges nothing.
    esl.bgapi("originate user/1000@acd.test &park")
    until(lambda: is_busy(daemon))
    phone.hang_up()
    until(lambda: is_ready(daemon))


@pytest.mark.slow
def test_a_private_call_from_before_the_daemon_is_found(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phone = sipp.phone(Phone())
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    dialled = sipp.dial(freeswitch.sip_port, "1000", "4444")
    time.sleep(0.5)
    with at_work(tmp_path, settings(tmp_path, freeswitch)) as daemon:
        work(daemon)
        until(lambda: is_busy(daemon))
        dialled.hang_up()
        until(lambda: is_ready(daemon))


@pytest.mark.slow
def test_a_caller_who_says_to_be_an_agents_telephone_makes_nobody_busy(
    daemon: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    sipp.call(freeswitch.trunk_port, Caller("6001", number="1000"))
    until(lambda: calls(daemon, "talking"))
    daemon_agent = daemon.control("GET", "/v1/agents/t/anna")
    assert not daemon_agent["phone_busy"]


def closed(daemon: DaemonProcess) -> list[str]:
    """What came of the offers that are over."""
    facts = daemon.lines("var/facts.jsonl")
    return [fact["outcome"] for fact in facts if fact["type"] == "OfferClosed"]


@pytest.mark.slow
def test_a_private_call_that_begins_while_an_offer_rings_is_no_miss(
    daemon: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=60_000))
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    sipp.call(freeswitch.trunk_port, Caller("5001"))
    until(lambda: state(daemon) == "ringing")
    dialled = sipp.dial(freeswitch.sip_port, "1000", "4444")
    until(lambda: is_busy(daemon))
    until(lambda: closed(daemon) == ["withdrawn"])
    dialled.hang_up()
    until(lambda: state(daemon) == "ringing")


# -- several telephones of one user ----------------------------------------------------------------


@pytest.fixture
def several(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
    sipp: SippWorld,
    tmp_path: Path,
) -> Iterator[tuple[FreeSwitchInstance, DaemonProcess]]:
    """A switch whose users may have several telephones, and the daemon at it."""
    switch = new_freeswitch(SwitchOptions(several_phones=True))
    switch.start()
    with at_work(tmp_path, settings(tmp_path, switch)) as daemon:
        yield switch, daemon


def rung(phone: Sipp) -> int:
    return phone.messages.count("\nINVITE sip:1000@")


def test_all_telephones_of_a_user_ring_and_the_first_answer_wins(
    several: tuple[FreeSwitchInstance, DaemonProcess], sipp: SippWorld
) -> None:
    switch, daemon = several
    slow, quick = sipp.phone(Phone(answer_ms=60_000)), sipp.phone(Phone(answer_ms=500))
    for phone in (slow, quick):
        sipp.register(switch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    for turn in range(1, 3):
        caller = sipp.call(switch.trunk_port, Caller("5001"))
        until(lambda: calls(daemon, "talking"))
        assert (rung(slow), rung(quick)) == (turn, turn)
        until(lambda: "Call completed elsewhere" in slow.messages)
        assert not daemon.control("GET", "/v1/agents/t/anna")["phone_busy"]
        # Once the agent hangs up, once the caller.
        (quick if turn == 1 else caller).hang_up()
        assert outcomes(ended(daemon, turn)) == ["answered"] * turn
        until(lambda: is_ready(daemon))
    facts = ended(daemon, 2)
    assert len([one for one in facts if one["type"] == "OfferMade"]) == 2
    with switch.esl() as esl:
        until(lambda: legs_up(esl) == 0)


def test_several_telephones_that_nobody_answers_are_one_offer_that_is_taken_back(
    several: tuple[FreeSwitchInstance, DaemonProcess], sipp: SippWorld
) -> None:
    switch, daemon = several
    phones = [sipp.phone(Phone(answer_ms=60_000)) for _ in range(2)]
    for phone in phones:
        sipp.register(switch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    caller = sipp.call(switch.trunk_port, Caller("6001"))
    until(lambda: all(rung(phone) for phone in phones))
    caller.hang_up()
    until(lambda: all("CANCEL sip:" in phone.messages for phone in phones))
    until(lambda: is_ready(daemon))
    assert outcomes(ended(daemon)) == ["abandoned"]
    until(lambda: closed(daemon) == ["withdrawn"])


def test_a_conversation_of_one_of_several_telephones_is_found_by_a_new_daemon(
    several: tuple[FreeSwitchInstance, DaemonProcess], sipp: SippWorld, tmp_path: Path
) -> None:
    switch, daemon = several
    quick = sipp.phone(Phone(answer_ms=300))
    for phone in (quick, sipp.phone(Phone(answer_ms=60_000))):
        sipp.register(switch.sip_port, "1000", phone.port)
    work(daemon)
    until(lambda: is_ready(daemon))
    sipp.call(switch.trunk_port, Caller("5001"))
    until(lambda: calls(daemon, "talking"))
    daemon.process.kill()
    daemon.end()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    with at_work(fresh, settings(fresh, switch)) as other:
        until(lambda: calls(other, "talking"))
        quick.hang_up()
        assert outcomes(ended(other)) == ["answered"]


# -- picking up ------------------------------------------------------------------------------------


async def test_a_colleague_picks_up_a_call_that_rings_at_another_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    slow, near = sipp.phone(Phone(answer_ms=60_000)), sipp.phone(Phone(answer_ms=50, tone_hz=AGENT))
    the_plan = with_queue(plan({"anna": at(slow), "ben": at(near)}), pick_up=True)
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.until(lambda: "180 Ringing" in slow.messages)
        acd.work("ben")
        acd.post(PickUpRequested(at_us=0, agent_id="t/ben"))
        connected = await acd.expect(CallConnected)
        assert connected.agent_id == "t/ben"
        await hears(esl, freeswitch, connected.call_id, AGENT)
        await acd.until(lambda: acd.engine.state.agents["t/anna"].state == "ready")
        assert "CANCEL sip:" in slow.messages
        assert [fact.outcome for fact in acd.told(OfferClosed)] == ["withdrawn"]


@pytest.mark.parametrize("code", ["*8", "*81000"])
async def test_a_telephone_that_dials_the_pickup_code_has_the_call(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, code: str
) -> None:
    slow, near = sipp.phone(Phone(answer_ms=60_000)), sipp.phone(Phone(answer_ms=60_000))
    sipp.register(freeswitch.sip_port, "1001", near.port)
    the_plan = with_pickup_code({"anna": at(slow), "ben": f"user/1001@{DOMAIN}"})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.until(lambda: "180 Ringing" in slow.messages)
        acd.work("ben")
        dialled = sipp.dial(freeswitch.sip_port, "1001", code, tone_hz=AGENT)
        connected = await acd.expect(CallConnected)
        assert connected.agent_id == "t/ben"
        await hears(esl, freeswitch, connected.call_id, AGENT)
        assert "CANCEL sip:" in slow.messages
        assert [fact.outcome for fact in acd.told(OfferClosed)] == ["withdrawn"]
        assert "INVITE" not in near.messages
        agents = acd.engine.state.agents
        await acd.until(lambda: agents["t/anna"].state == "ready")
        assert not agents["t/ben"].phone_busy
        engine = acd.engine
    # It is the agent's leg for a daemon that begins with it, too.
    async with centre(freeswitch, the_plan, engine=engine) as after:
        assert engine.state.calls[connected.call_id].state == "talking"
        await asyncio.to_thread(dialled.hang_up)
        assert (await after.expect(CallEnded)).outcome == "answered"
        await after.until(lambda: engine.state.agents["t/ben"].state == "ready")


async def test_a_pickup_code_in_vain_is_refused_and_the_call_rings_on(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    slow = sipp.phone(Phone(answer_ms=60_000))
    the_plan = with_pickup_code({"anna": at(slow), "ben": f"user/1001@{DOMAIN}"})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.until(lambda: "180 Ringing" in slow.messages)
        sipp.dial(freeswitch.sip_port, "1001", "*8")
        refused = await acd.expect(PickUpRefused)
        assert (refused.agent_id, refused.reason) == ("t/ben", "the agent is not ready")
        assert "CANCEL sip:" not in slow.messages
        assert len(acd.engine.state.calls) == 1


def with_pickup_code(contacts: dict[str, str]) -> Plan:
    made = with_queue(plan(contacts), pick_up=True)
    return structs.replace(
        made, tenants={"t": structs.replace(made.tenants["t"], pickup_code="*8")}
    )


# -- the telephone's own transfer key --------------------------------------------------------------


def two_queues(contacts: dict[str, str], **tenant: Any) -> Plan:
    """All numbers lead to sales, 5002 to the other queue, which ben serves."""
    made = plan(contacts)
    numbers = {**made.tenants["t"].numbers, "5002": ToQueue(OTHER)}
    agents = dict(made.agents)
    if "t/ben" in agents:
        agents["t/ben"] = structs.replace(agents["t/ben"], queues={OTHER: Assignment()})
    for name, agent in agents.items():
        wrap_up = WrapUpPolicy(mode="mandatory")
        agents[name] = structs.replace(agent, wrap_up=wrap_up)
    one = structs.replace(made.tenants["t"], numbers=numbers, **tenant)
    return structs.replace(made, tenants={"t": one}, agents=agents)


@pytest.mark.parametrize(("number", "to"), [("1001", "agent t/ben"), ("5002", f"queue {OTHER}")])
async def test_a_caller_whom_the_telephone_sends_on_talks_with_the_next_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, number: str, to: str
) -> None:
    phone, next_phone = sipp.phone(Phone(answer_ms=20)), sipp.phone(Phone(20, tone_hz=AGENT))
    contacts = {"anna": at(phone), "ben": at(next_phone, "1001")}
    async with centre(freeswitch, two_queues(contacts)) as acd:
        acd.work("anna", "ben")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await asyncio.to_thread(phone.transfer, f"<sip:{number}@{DOMAIN}>")
        again = await acd.expect(CallConnected, 2)
        assert (again.call_id, again.agent_id) == (talking.call_id, "t/ben")
        [passed] = acd.told(CallTransferred)
        assert (passed.agent_id, passed.to, passed.kind) == ("t/anna", to, "blind")
        assert passed.by_telephone
        assert acd.engine.state.agents["t/anna"].state == "wrap_up"
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(next_phone.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"


async def test_a_caller_whom_the_telephone_sends_where_none_may_go_waits_for_another_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=20))
    async with centre(freeswitch, two_queues({"anna": at(phone)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await asyncio.to_thread(phone.transfer, f"<sip:hangup%3Aa%2Cpark@{DOMAIN}>")
        refused = await acd.expect(TransferRefused)
        assert refused.reason == "this number may not be dialled"
        await acd.until(lambda: acd.engine.state.calls[talking.call_id].state == "waiting")
        assert acd.engine.state.agents["t/anna"].state == "wrap_up"


async def test_a_caller_sends_nobody_anywhere(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    async with centre(freeswitch, two_queues({"anna": at(phone)}, dial_allow=("0",))) as acd:
        acd.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await asyncio.to_thread(caller.transfer, f"<sip:0123@{DOMAIN}>")
        await asyncio.sleep(0.5)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(phone.hang_up)
        await acd.expect(CallEnded)
        assert not acd.told(CallTransferred)
        assert not acd.told(CallDiverted)
