"""An agent's telephone between the offer and the conversation, on a real FreeSWITCH."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import structs

from acdengine.facts import (
    CallConnected,
    CallEnded,
    CallQueued,
    CallSteppedBack,
    OfferClosed,
    OfferMade,
    OfferRedirection,
)
from acdengine.plan import Plan
from acdengine.requests import SignOutRequested
from routing.policy import AutoAnswer
from tests.live.centre import QUEUE, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import Gateway, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.sounds import channels_of, has_tone
from tests.live.test_adapter import AGENT, GREETING, MUSIC, hears, legs
from tests.live.test_outside import dialling, through


def with_queue(the_plan: Plan, **policy: Any) -> Plan:
    """The plan with something about its queue changed."""
    queue = structs.replace(the_plan.queues[QUEUE], **policy)
    return structs.replace(the_plan, queues={**the_plan.queues, QUEUE: queue})


def with_agents(the_plan: Plan, **profile: Any) -> Plan:
    """The plan with something about every agent changed."""
    agents = {name: structs.replace(one, **profile) for name, one in the_plan.agents.items()}
    return structs.replace(the_plan, agents=agents)


def tones(heard: array[int]) -> list[int]:
    """What is heard in a recording, quarter of a second by quarter."""
    pieces = [heard[start : start + 2000] for start in range(0, len(heard), 2000)]
    return [tone for piece in pieces for tone in (MUSIC, GREETING) if has_tone(piece, tone)]


@dataclass(frozen=True)
class Header:
    """A header of the INVITE that the telephone got."""

    name: str
    value: str

    def is_in(self, messages: str) -> bool:
        return f"\n{self.name}: {self.value}\n" in messages


async def test_the_screen_is_told_who_calls_for_what(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    the_plan = with_queue(plan({"anna": at(phone)}), screen_pop={"Campaign": '50% {off}, "now"'})
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123", name="O'Hara, ${uuid}"))
        connected = await acd.expect(CallConnected)
        for header in (
            Header("X-ACD-Call", connected.call_id),
            Header("X-ACD-Queue", QUEUE),
            Header("X-ACD-DNIS", "5001"),
            Header("X-ACD-ANI", "30123"),
            Header("X-ACD-Priority", "0"),
            Header("X-ACD-Waited", "0"),
            Header("X-ACD-Campaign", '50% (off), "now"'),
        ):
            assert header.is_in(phone.messages), header
        assert "X-ACD-Name: O'Hara, " in phone.messages
        assert "${uuid}" not in phone.messages
        assert connected.call_id not in phone.messages.split("X-ACD-Name:")[1].split("\n")[0]


@pytest.mark.parametrize(
    ("way", "header"),
    [
        ("call_info", Header("Call-Info", "<sip:localhost>;answer-after=0")),
        ("alert_info", Header("Alert-Info", "<http://localhost>;info=alert-autoanswer;delay=0")),
    ],
)
async def test_a_telephone_is_told_by_a_header_to_answer_by_itself(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, way: AutoAnswer, header: Header
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    the_plan = with_agents(plan({"anna": at(phone)}), auto_answer=way)
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        assert header.is_in(phone.messages)


async def test_a_telephone_answers_by_itself_at_once_when_it_is_told_to(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=60_000))
    the_plan = with_agents(plan({"anna": at(phone)}), auto_answer="standard")
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        assert ";intercom=true" in phone.messages
        assert "answer-after=0" in phone.messages
        assert "Event: talk" in phone.messages


async def test_a_telephone_behind_a_gateway_rings(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    gateway = Gateway("pbx", f"127.0.0.1:{phone.port}", 0)
    switch = new_freeswitch(SwitchOptions(gateways=(gateway,)))
    await asyncio.to_thread(switch.start)
    async with centre(switch, plan({"anna": "sofia/gateway/pbx/2001"})) as acd:
        acd.work("anna")
        sipp.call(switch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        assert "INVITE sip:2001@" in phone.messages


async def test_a_number_of_the_switch_itself_is_an_agents_telephone(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({"anna": "loopback/9001/public"})) as acd:
        acd.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", tone_hz=AGENT))
        connected = await acd.expect(CallConnected)
        # It is an echo that answers there.
        await hears(esl, freeswitch, connected.call_id, AGENT)
        await asyncio.to_thread(caller.hang_up)
        await acd.expect(CallEnded)
        await legs(esl, 0)


async def test_a_telephone_that_redirects_is_called_once_and_the_next_one_rings(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    # The contact in its answer is its own address: whoever followed it would call it for ever.
    phone = sipp.refusing_phone("302 Moved Temporarily", after_ms=50)
    willing = sipp.phone(Phone())
    async with centre(freeswitch, plan({"anna": at(phone), "bert": at(willing)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(OfferClosed)).outcome == "failed"
        acd.work("bert")
        assert (await acd.expect(CallConnected)).agent_id == "t/bert"
        await asyncio.sleep(2.0)
        assert invites(phone) == 1


async def test_a_telephone_that_fails_for_one_call_after_another_is_missed(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    broken = sipp.refusing_phone("302 Moved Temporarily", after_ms=50)
    willing = sipp.phone(Phone())
    async with centre(freeswitch, plan({"anna": at(broken), "bert": at(willing)})) as acd:
        acd.work("anna")
        first = sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(OfferClosed)).outcome == "failed"
        acd.work("bert")
        assert (await acd.expect(CallConnected)).agent_id == "t/bert"
        await asyncio.to_thread(first.hang_up)
        await acd.expect(CallEnded)
        anna = acd.engine.state.agents["t/anna"]
        await acd.until(lambda: anna.state == "ready")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(CallConnected, 2)).agent_id == "t/bert"
        assert (anna.state, anna.reason) == ("not_ready", "missed")
        assert not acd.told(CallSteppedBack)
        assert invites(broken) == 2


def invites(phone: Sipp) -> int:
    return len(re.findall(r"^INVITE sip:", phone.messages, re.MULTILINE))


async def test_a_redirection_to_an_allowed_number_rings_there(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.refusing_phone("302 Moved Temporarily", after_ms=50, moved_to="+4930999")
    mobile = sipp.phone(Phone(answer_ms=300, tone_hz=AGENT))
    the_plan = dialling(plan({"anna": at(phone)}), through(mobile), follow_redirects=1)
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001", number="+4930123"))
        connected = await acd.expect(CallConnected)
        assert "INVITE sip:+4930999@" in mobile.messages
        assert "X-ACD-" not in mobile.messages
        await hears(esl, freeswitch, connected.call_id, AGENT)
        assert [one.refused for one in acd.told(OfferRedirection)] == [""]
        assert not acd.told(OfferClosed)
        await asyncio.to_thread(mobile.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await acd.until(lambda: acd.engine.state.agents["t/anna"].state == "ready")
        assert invites(phone) == 1


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        ("+4930999", "it would go in circles"),
        ("+49900123", "this number may not be dialled"),
        ("agent", None),
    ],
)
async def test_a_redirection_in_circles_or_to_a_forbidden_number_has_failed(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, number: str, refused: str | None
) -> None:
    phone = sipp.refusing_phone("302 Moved Temporarily", after_ms=50, moved_to=number)
    # The number redirects to itself, again and again.
    outside = sipp.refusing_phone("302 Moved Temporarily", moved_to="+4930999")
    the_plan = dialling(plan({"anna": at(phone)}), through(outside), follow_redirects=5)
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(OfferClosed)).outcome == "failed"
        told = [one.refused for one in acd.told(OfferRedirection) if one.refused]
        assert told == ([refused] if refused else [])
        await asyncio.sleep(1.0)
        followed = 1 if number == "+4930999" else 0
        assert invites(outside) == followed
        assert invites(phone) == 1


# -- whispers --------------------------------------------------------------------------------------


async def test_the_agent_hears_a_whisper_while_the_caller_hears_the_music(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=200, tone_hz=AGENT))
    the_plan = with_queue(plan({"anna": at(phone)}), whisper="greeting")
    async with centre(freeswitch, the_plan) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await hears(esl, freeswitch, (await acd.expect(CallQueued)).call_id, MUSIC)
        acd.work("anna")
        made = await acd.expect(OfferMade)
        offer = acd.engine.state.offers[made.offer_id]
        await acd.until(lambda: offer.state == "answered")
        caller, agent = f"{made.call_id}.wav", f"{made.offer_id}.wav"
        for leg_id, name in ((made.call_id, caller), (made.offer_id, agent)):
            esl.api(f"uuid_setvar {leg_id} RECORD_STEREO true")
            esl.api(f"uuid_record {leg_id} start {freeswitch.recordings / name}")
        connected = await acd.expect(CallConnected)
        assert connected.at_us - made.at_us - connected.rang_us > 500_000
        await hears(esl, freeswitch, made.call_id, AGENT)
        for leg_id, name in ((made.call_id, caller), (made.offer_id, agent)):
            esl.api(f"uuid_record {leg_id} stop {freeswitch.recordings / name}")
        _, caller_heard = channels_of(freeswitch.recordings / caller)
        _, agent_heard = channels_of(freeswitch.recordings / agent)
        assert MUSIC in tones(caller_heard)
        assert GREETING not in tones(caller_heard)
        assert GREETING in tones(agent_heard)
        assert MUSIC not in tones(agent_heard)


async def test_a_caller_who_hangs_up_during_a_whisper_frees_the_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    the_plan = with_queue(plan({"anna": at(phone)}), whisper="greeting")
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        made = await acd.expect(OfferMade)
        offer = acd.engine.state.offers[made.offer_id]
        await acd.until(lambda: offer.state == "answered")
        await asyncio.to_thread(caller.hang_up)
        assert (await acd.expect(CallEnded)).outcome == "abandoned"
        assert not acd.told(CallConnected)
        await acd.until(lambda: not acd.engine.state.offers)
        await legs(esl, 0)


# -- several telephones ----------------------------------------------------------------------------


async def test_those_who_did_not_answer_are_told_that_somebody_else_has(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    slow, quick = sipp.phone(Phone(answer_ms=60_000)), sipp.phone(Phone(answer_ms=300))
    the_plan = with_queue(plan({"anna": at(slow), "bert": at(quick)}), strategy="ring_all")
    async with centre(freeswitch, the_plan) as acd:
        acd.work("anna", "bert")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        connected = await acd.expect(CallConnected)
        assert connected.agent_id == "t/bert"
        await acd.until(lambda: "CANCEL sip:" in slow.messages)
        cancel = slow.messages.split("\nCANCEL sip:")[1].split("\n\n")[0]
        assert 'text="Call completed elsewhere"' in cancel
        await legs(esl, 2)


async def test_two_who_answer_at_once_share_neither_the_caller_nor_a_silence(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    """Ten times: whoever was second is taken down, the caller hears the first."""
    phones = [sipp.phone(Phone(answer_ms=200, tone_hz=AGENT)) for _ in range(2)]
    contacts = {f"agent{n}": at(phone) for n, phone in enumerate(phones)}
    the_plan = with_queue(plan(contacts), strategy="ring_all")
    async with centre(freeswitch, the_plan) as acd:
        acd.work(*contacts)
        for turn in range(1, 11):
            caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
            connected = await acd.expect(CallConnected, turn)
            await acd.until(lambda: len(acd.engine.state.offers) == 1)
            if turn == 10:
                await hears(esl, freeswitch, connected.call_id, AGENT)
            await legs(esl, 2)
            await asyncio.to_thread(caller.hang_up)
            assert (await acd.expect(CallEnded, turn)).outcome == "answered"
            await acd.until(lambda: not acd.engine.state.offers)
        assert len(acd.told(OfferMade)) == 20


async def test_an_answer_that_comes_as_the_offer_is_taken_back_costs_no_caller(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    """The engine's second of ringing ends about when the telephone is taken up, on one side of it
    or the other: whoever loses, the caller is with an agent or hears the music."""
    phones = [sipp.phone(Phone(answer_ms=960 + 6 * n)) for n in range(12)]
    contacts = {f"agent{n}": at(phone) for n, phone in enumerate(phones)}
    async with centre(freeswitch, plan(contacts, ring_s=1)) as acd:
        acd.work(*contacts)
        sipp.call(freeswitch.trunk_port, Caller("5001"), calls=12)
        await acd.until(lambda: len(acd.told(OfferClosed)) + len(acd.told(CallConnected)) >= 12)
        for name in contacts:
            acd.post(SignOutRequested(at_us=0, agent_id=f"t/{name}"))
        await asyncio.sleep(0.5)
        state = acd.engine.state
        talking = [call for call in state.calls.values() if call.state == "talking"]
        waiting = [call for call in state.calls.values() if call.state == "waiting"]
        await acd.until(lambda: len(state.offers) == len(talking))
        assert len(talking) + len(waiting) == 12
        assert not acd.told(CallEnded)
        await legs(esl, 12 + len(talking))
        for call in waiting[:2]:
            await hears(esl, freeswitch, call.call_id, MUSIC)
