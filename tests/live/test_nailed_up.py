"""Nailed-up agents on a real FreeSWITCH: one line for many calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from acdengine.centre_facts import LineChanged
from acdengine.conversation_facts import ConsultAnswered
from acdengine.facts import CallConnected, CallEnded, CallQueued
from acdengine.plan import Plan
from acdengine.requests import (
    ConsultCompleteRequested,
    ConsultRequested,
    ConsultSwapRequested,
    HangUpRequested,
    NotReadyRequested,
    SignOutRequested,
    TransferRequested,
)
from queues.targets import ToQueue
from tests.live.centre import QUEUE, Centre, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.test_adapter import AGENT, GREETING, MUSIC, hears, legs
from tests.live.test_ringing import with_agents


def nailed_up(**contacts: str) -> Plan:
    return with_agents(plan(contacts), nailed_up=True)


def state(acd: Centre, name: str = "anna") -> str:
    agent = acd.engine.state.agents[f"t/{name}"]
    return f"{agent.state} {agent.reason}".strip()


async def ready(acd: Centre, *names: str) -> None:
    """These agents are on their lines and want calls."""
    acd.work(*names)
    await acd.until(lambda: all(state(acd, name) == "ready" for name in names))


async def test_one_line_serves_call_after_call(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=100, tone_hz=AGENT))
    async with centre(freeswitch, nailed_up(anna=at(phone))) as acd:
        await ready(acd, "anna")
        await legs(esl, 1)
        for turn in (1, 2, 3):
            caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
            connected = await acd.expect(CallConnected, turn)
            assert connected.rang_us < 100_000
            if turn == 1:
                await hears(esl, freeswitch, connected.call_id, AGENT)
            await asyncio.to_thread(caller.hang_up)
            assert (await acd.expect(CallEnded, turn)).outcome == "answered"
            await acd.until(lambda: state(acd) == "ready")
            await legs(esl, 1)
        assert len(phone.call_ids()) == 1
        acd.post(SignOutRequested(at_us=0, agent_id="t/anna"))
        await acd.until(lambda: not acd.engine.state.lines)
        await acd.until(lambda: "BYE sip:" in phone.messages)
        await legs(esl, 0)


async def test_calls_that_wait_come_one_after_the_other(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    """The next call comes the moment the line is parked: twenty times, none is lost."""
    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(freeswitch, nailed_up(anna=at(phone))) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"), calls=20)
        await acd.expect(CallQueued, 20)
        acd.work("anna")
        for turn in range(1, 21):
            connected = await acd.expect(CallConnected, turn)
            if turn % 2:
                acd.post(HangUpRequested(at_us=0, call_id=connected.call_id))
            else:
                esl.api(f"uuid_kill {connected.call_id}")
        await acd.expect(CallEnded, 20)
        assert {fact.outcome for fact in acd.told(CallEnded)} == {"answered"}
        await acd.until(lambda: state(acd) == "ready")
        await legs(esl, 1)
        assert len(phone.call_ids()) == 1


async def test_a_caller_who_is_passed_on_leaves_the_line_and_hears_music(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    anna, bert = sipp.phone(Phone()), sipp.phone(Phone(tone_hz=AGENT))
    async with centre(freeswitch, nailed_up(anna=at(anna), bert=at(bert))) as acd:
        await ready(acd, "anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.post(NotReadyRequested(at_us=0, agent_id="t/anna", reason="break"))
        acd.post(TransferRequested(at_us=0, call_id=talking.call_id, target=ToQueue(QUEUE)))
        await acd.expect(CallQueued, 2)
        await hears(esl, freeswitch, talking.call_id, MUSIC)
        await acd.until(lambda: state(acd) == "not_ready break")
        acd.work("bert")
        assert (await acd.expect(CallConnected, 2)).agent_id == "t/bert"
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await legs(esl, 3)


async def test_who_hangs_up_the_line_is_not_ready_until_it_is_dialled_again(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(freeswitch, nailed_up(anna=at(phone))) as acd:
        await ready(acd, "anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        await asyncio.to_thread(phone.hang_up)
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("answered", "agent")
        assert state(acd) == "not_ready line-down"
        assert acd.told(LineChanged)[-1].cause == "hangup"
        await legs(esl, 0)
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await ready_again(acd, phone)


async def ready_again(acd: Centre, phone: Sipp) -> None:
    """Asking for calls has the telephone dialled, and the waiting call is there."""
    acd.work("anna")
    await acd.expect(CallConnected, 2)
    assert len(phone.call_ids()) == 2


async def test_agents_on_lines_consult_each_other_and_the_lines_stay(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    anna, bert = sipp.phone(Phone(tone_hz=AGENT)), sipp.phone(Phone(tone_hz=GREETING))
    async with centre(freeswitch, nailed_up(anna=at(anna), bert=at(bert))) as acd:
        await ready(acd, "anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await ready(acd, "bert")
        acd.post(ConsultRequested(at_us=0, call_id=talking.call_id, agent_id="t/bert"))
        await acd.expect(ConsultAnswered)
        await hears(esl, freeswitch, talking.call_id, MUSIC)
        acd.post(ConsultSwapRequested(at_us=0, call_id=talking.call_id))
        await hears(esl, freeswitch, talking.call_id, AGENT)
        acd.post(ConsultCompleteRequested(at_us=0, call_id=talking.call_id))
        await acd.until(lambda: state(acd) == "ready")
        await hears(esl, freeswitch, talking.call_id, GREETING)
        await legs(esl, 3)
        await asyncio.to_thread(caller.hang_up)
        await acd.until(lambda: state(acd, "bert") == "ready")
        await legs(esl, 2)
        sipp.call(freeswitch.trunk_port, Caller("5001"), calls=2)
        await acd.expect(CallConnected, 3)
        assert len(anna.call_ids()) == len(bert.call_ids()) == 1


async def test_an_engine_that_begins_anew_takes_in_lines_and_what_is_on_them(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    anna, bert = sipp.phone(Phone(answer_ms=50)), sipp.phone(Phone(answer_ms=50))
    the_plan = nailed_up(anna=at(anna), bert=at(bert))
    async with centre(freeswitch, the_plan) as before:
        await ready(before, "anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await before.expect(CallConnected)
        await ready(before, "bert")
    async with centre(freeswitch, the_plan) as after:
        adopted = await after.expect(CallConnected)
        assert (adopted.call_id, adopted.offer_id) == (talking.call_id, talking.offer_id)
        assert (state(after), state(after, "bert")) == ("talking", "not_ready signed-in")
        await asyncio.to_thread(caller.hang_up)
        assert (await after.expect(CallEnded)).ended_by == "caller"
        await ready(after, "bert")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await after.expect(CallConnected, 2)
        await legs(esl, 3)
        assert len(anna.call_ids()) == len(bert.call_ids()) == 1


async def test_a_switch_that_was_killed_has_its_lines_dialled_when_it_is_back(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld
) -> None:
    switch = new_freeswitch(SwitchOptions())
    await asyncio.to_thread(switch.start)
    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(switch, nailed_up(anna=at(phone))) as acd:
        await ready(acd, "anna")
        await asyncio.to_thread(switch.kill9)
        await asyncio.to_thread(switch.start)
        await acd.until(lambda: len(phone.call_ids()) == 2, limit_s=30)
        await acd.until(lambda: state(acd) == "ready")
        sipp.call(switch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
