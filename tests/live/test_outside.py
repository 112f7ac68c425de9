"""Numbers outside and callbacks with a real FreeSWITCH: what is dialled is answered by SIPp."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec import structs

from acdengine.centre_facts import SwitchChanged
from acdengine.facts import (
    CallbackDialled,
    CallbackMissed,
    CallbackReached,
    CallConnected,
    CallDiverted,
    CallEnded,
    CallQueued,
    NumberMissed,
    NumberReached,
)
from acdengine.plan import DialRoute, DialWay, Plan
from acdengine.requests import CallbackRequested, TransferRequested
from queues.policy import CallbackPolicy, Overflow
from queues.targets import Target, ToCallback, ToNumber
from tests.live.centre import QUEUE, S, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.sounds import channels_of, has_tone

NUMBER = "+4930999"


def through(*gateways: Sipp, channels: int = 30) -> DialRoute:
    """Dial by these, one after the other."""
    return DialRoute(
        ways=tuple(
            DialWay(
                contact=f"sofia/external/{{number}}@127.0.0.1:{gateway.port}",
                trunk_id="carrier",
                channels=channels,
            )
            for gateway in gateways
        ),
        caller_number="+4930555",
        ring_timeout_us=3 * S,
    )


def dialling(the_plan: Plan, route: DialRoute, **more: object) -> Plan:
    """A plan whose tenant may dial out so; `more`: of the tenant."""
    tenant = structs.replace(the_plan.tenants["t"], dial_allow=("+4930",), dial=route, **more)
    return structs.replace(the_plan, tenants={"t": tenant})


def overflowing(*gateways: Sipp, channels: int = 30) -> Plan:
    """A centre whose number leads outside."""
    return dialling(
        plan({}), through(*gateways, channels=channels), numbers={"*": ToNumber(NUMBER)}
    )


async def legs(esl: EslPeer, count: int) -> None:
    """Wait until the switch has so many legs."""
    deadline = time.monotonic() + 10
    while esl.api("show channels count").split()[0] != str(count):
        assert time.monotonic() < deadline, esl.api("show channels")
        await asyncio.sleep(0.05)


async def test_a_caller_talks_with_a_number_outside_that_hangs_up(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    gateway = sipp.phone(Phone(answer_ms=1500, talk_ms=800, tone_hz=1200))
    async with centre(freeswitch, overflowing(gateway)) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123"))
        diverted = await acd.expect(CallDiverted)
        path = freeswitch.recordings / "outside.wav"
        esl.api(f"uuid_setvar {diverted.call_id} RECORD_STEREO true")
        assert esl.api(f"uuid_record {diverted.call_id} start {path}").startswith("+OK")
        reached = await acd.expect(NumberReached)
        assert reached.rang_us > S
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.cause) == ("diverted", "normal")
        await legs(esl, 0)
    assert f"INVITE sip:{NUMBER}@" in gateway.messages
    assert "+4930555" in gateway.messages, "the number shown"
    _, heard = channels_of(path)
    tenths = [heard[at : at + 800] for at in range(0, len(heard), 800)]
    tones = [next((hz for hz in (425, 1200) if has_tone(part, hz)), 0) for part in tenths]
    assert 425 in tones[: len(tones) // 2], f"the ringing tone: {tones}"
    assert 1200 in tones[-6:], f"who answered: {tones}"


async def test_the_next_gateway_is_tried_where_the_trunk_failed(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    broken = sipp.refusing_phone("503 Service Unavailable")
    working = sipp.phone(Phone(talk_ms=300))
    async with centre(freeswitch, overflowing(broken, working)) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(CallEnded)).outcome == "diverted"
        await legs(esl, 0)
    assert "INVITE sip:" in broken.messages


@pytest.mark.parametrize(
    ("status", "cause"),
    [("486 Busy Here", "busy"), ("404 Not Found", "unallocated_number")],
)
async def test_a_number_that_refuses_is_not_tried_elsewhere(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, status: str, cause: str
) -> None:
    refusing, other = sipp.refusing_phone(status), sipp.phone(Phone())
    async with centre(freeswitch, overflowing(refusing, other)) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.cause) == ("not_diverted", cause)
    assert "INVITE" not in other.messages


async def test_a_number_that_does_not_answer_is_given_up(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    silent = sipp.phone(Phone(answer_ms=60_000))
    async with centre(freeswitch, overflowing(silent)) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.cause) == ("not_diverted", "no_answer")
        await legs(esl, 0)


@pytest.mark.parametrize("answer_ms", [60_000, 0])
async def test_a_caller_who_hangs_up_takes_the_number_down(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, answer_ms: int
) -> None:
    gateway = sipp.phone(Phone(answer_ms=answer_ms))
    async with centre(freeswitch, overflowing(gateway)) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.until(lambda: "180 Ringing" in gateway.messages)
        if not answer_ms:
            await acd.expect(NumberReached)
        await asyncio.to_thread(caller.hang_up)
        ended = await acd.expect(CallEnded)
        assert ended.outcome == ("not_diverted" if answer_ms else "diverted")
        assert ended.ended_by == "caller"
        await legs(esl, 0)
    assert ("CANCEL" if answer_ms else "BYE") in gateway.messages


async def test_no_more_legs_than_the_trunk_group_has_channels(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    gateway = sipp.phone(Phone())
    async with centre(freeswitch, overflowing(gateway, channels=1)) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(NumberReached)
        sipp.call(freeswitch.trunk_port, Caller("5002"))
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.cause) == ("not_diverted", "trunk_busy")
        assert len(acd.told(NumberReached)) == 1


async def test_an_agent_passes_a_caller_on_to_a_number(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    agent, gateway = sipp.phone(Phone()), sipp.phone(Phone(answer_ms=200))
    async with centre(freeswitch, dialling(plan({"anna": at(agent)}), through(gateway))) as acd:
        acd.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.post(TransferRequested(at_us=0, call_id=talking.call_id, target=ToNumber(NUMBER)))
        await acd.expect(NumberReached)
        await legs(esl, 2)
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "diverted"
        await legs(esl, 0)


def sent_out(the_plan: Plan, *ways: Target) -> Plan:
    """A plan whose queue sends its callers out after a second."""
    line = Overflow(after_us=S, targets=ways)
    queue = structs.replace(the_plan.queues[QUEUE], overflow=(line,))
    return structs.replace(the_plan, queues={**the_plan.queues, QUEUE: queue})


@pytest.mark.parametrize("is_silent", [False, True], ids=["refused", "not answered"])
async def test_a_caller_whose_number_is_not_reached_waits_on_and_is_served(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, is_silent: bool
) -> None:
    agent = sipp.phone(Phone(tone_hz=700))
    gateway = (
        sipp.phone(Phone(answer_ms=60_000)) if is_silent else sipp.refusing_phone("486 Busy Here")
    )
    the_plan = sent_out(dialling(plan({"anna": at(agent)}), through(gateway)), ToNumber(NUMBER))
    async with centre(freeswitch, the_plan) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        missed = await acd.expect(NumberMissed)
        assert missed.cause == ("no_answer" if is_silent else "busy")
        assert missed.to == f"queue {QUEUE}"
        path = freeswitch.recordings / "back.wav"
        esl.api(f"uuid_setvar {missed.call_id} RECORD_STEREO true")
        assert esl.api(f"uuid_record {missed.call_id} start {path}").startswith("+OK")
        await asyncio.sleep(1)
        acd.work("anna")
        connected = await acd.expect(CallConnected)
        assert connected.waited_us > 2 * S, "from the first joining"
        await asyncio.sleep(1)
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await legs(esl, 0)
    assert gateway.messages.count("INVITE sip:") == 1, "dialled once"
    _, heard = channels_of(path)
    tenths = [heard[at : at + 800] for at in range(0, len(heard), 800)]
    tones = [next((hz for hz in (425, 440, 700) if has_tone(part, hz)), 0) for part in tenths]
    assert 440 in tones[: len(tones) // 2], f"music again: {tones}"
    assert 700 in tones[-6:], f"the agent: {tones}"


async def test_one_whom_an_agent_passes_on_to_a_busy_number_is_back_in_the_queue(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    agent, busy = sipp.phone(Phone()), sipp.refusing_phone("486 Busy Here")
    async with centre(freeswitch, dialling(plan({"anna": at(agent)}), through(busy))) as acd:
        acd.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.post(TransferRequested(at_us=0, call_id=talking.call_id, target=ToNumber(NUMBER)))
        assert (await acd.expect(NumberMissed)).to == f"queue {QUEUE}"
        await acd.expect(CallConnected, 2)
        await legs(esl, 2)
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await legs(esl, 0)


async def test_a_conversation_outside_outlives_the_engine(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    gateway = sipp.phone(Phone())
    async with centre(freeswitch, overflowing(gateway)) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(NumberReached)
    async with centre(freeswitch, overflowing(gateway)) as acd:
        await acd.expect(SwitchChanged)
        assert acd.told(CallDiverted)[0].to == f"number {NUMBER}"
        await legs(esl, 2)
        assert gateway.messages.count("INVITE sip:") == 1, "dialled once"
        await asyncio.to_thread(gateway.hang_up)
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("diverted", "system")
        await legs(esl, 0)
    await asyncio.to_thread(caller.wait)


# -- callbacks ---------------------------------------------------------------------------------


def calling_back(phone: Sipp, route: DialRoute, mode: str = "agent_first") -> Plan:
    the_plan = dialling(plan({"anna": at(phone)}), route)
    policy = CallbackPolicy(mode=mode, attempts=2, retry_us=S, ring_timeout_us=2 * S)  # type: ignore[arg-type]
    queue = structs.replace(the_plan.queues[QUEUE], callback=policy)
    return structs.replace(the_plan, queues={**the_plan.queues, QUEUE: queue})


@pytest.mark.parametrize("mode", ["agent_first", "customer_first"])
async def test_a_customer_is_rung_back_and_talks_with_the_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, mode: str
) -> None:
    agent, customer = sipp.phone(Phone()), sipp.phone(Phone(answer_ms=300, talk_ms=1000))
    async with centre(freeswitch, calling_back(agent, through(customer), mode)) as acd:
        acd.work("anna")
        acd.post(CallbackRequested(at_us=0, call_id="callback-1", queue_id=QUEUE, number=NUMBER))
        await acd.expect(CallbackReached)
        connected = await acd.expect(CallConnected)
        assert connected.call_id == "callback-1"
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        await legs(esl, 0)
    assert "+4930555" in customer.messages


async def test_a_customer_who_does_not_answer_is_tried_again(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    agent, busy = sipp.phone(Phone()), sipp.refusing_phone("486 Busy Here")
    async with centre(freeswitch, calling_back(agent, through(busy))) as acd:
        acd.work("anna")
        acd.post(CallbackRequested(at_us=0, call_id="callback-2", queue_id=QUEUE, number=NUMBER))
        missed = await acd.expect(CallbackMissed, 2)
        assert (missed.attempt, missed.cause) == (2, "busy")
        assert len(acd.told(CallbackDialled)) == 2
        assert (await acd.expect(CallEnded)).outcome == "callback_failed"
        await legs(esl, 0)


async def test_a_caller_is_rung_back_on_the_leg_s_own_name(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    """The caller presses a key; the customer's leg has the id of the call, free by then."""
    agent, customer = sipp.phone(Phone()), sipp.phone(Phone(talk_ms=500))
    the_plan = calling_back(agent, through(customer), "customer_first")
    keyed = structs.replace(the_plan.queues[QUEUE], exit_keys={"1": (ToCallback(),)})
    the_plan = structs.replace(the_plan, queues={**the_plan.queues, QUEUE: keyed})
    async with centre(freeswitch, the_plan) as acd:
        caller = sipp.call(
            freeswitch.trunk_port, Caller("5001", number=NUMBER, digits="1", patience_ms=20_000)
        )
        queued = await acd.expect(CallQueued)
        await asyncio.to_thread(caller.wait, 10)
        acd.work("anna")
        assert (await acd.expect(CallbackReached)).call_id == queued.call_id
        await acd.expect(CallConnected)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await legs(esl, 0)
