"""The engine with a real FreeSWITCH: callers and telephones are SIPp, everything else is ours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from acdengine.conversation_facts import CallRetrieved, ConversationEnded
from acdengine.facts import (
    CallConnected,
    CallEnded,
    CallQueued,
    CallRefused,
    CallStarted,
    OfferClosed,
    OfferMade,
)
from acdengine.requests import (
    HoldRequested,
    NotReadyRequested,
    RetrieveRequested,
    TransferRequested,
)
from adapters.freeswitch.protocol.errors import LinkDown
from queues.targets import ToQueue
from tests.live.centre import OTHER, QUEUE, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.live.sounds import channels_of, has_tone

#: What the music of both queues, the greeting and an agent sound like, in Hz.
MUSIC, OTHER_MUSIC, GREETING, AGENT = 440, 880, 600, 1200
TONES = (MUSIC, OTHER_MUSIC, GREETING, AGENT)


async def legs(esl: EslPeer, count: int) -> None:
    """Wait until the switch has so many legs."""
    deadline = time.monotonic() + 10
    while esl.api("show channels count").split()[0] != str(count):
        assert time.monotonic() < deadline, esl.api("show channels")
        await asyncio.sleep(0.05)


async def hears(esl: EslPeer, switch: FreeSwitchInstance, call_id: str, hz: int) -> None:
    """The caller hears this tone and no other for half a second."""
    await asyncio.sleep(0.3)  # a recording of a leg that is just being answered is empty
    path = switch.recordings / f"{call_id}-{time.monotonic_ns()}.wav"
    esl.api(f"uuid_setvar {call_id} RECORD_STEREO true")
    assert esl.api(f"uuid_record {call_id} start {path}").startswith("+OK")
    await asyncio.sleep(1)
    assert esl.api(f"uuid_record {call_id} stop {path}").startswith("+OK")
    _, heard = channels_of(path)
    half = heard[len(heard) // 2 :]
    assert [tone for tone in TONES if has_tone(half, tone)] == [hz]


async def test_a_caller_waits_with_music_and_talks_with_an_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=100, talk_ms=500))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", number="30123"))
        queued = await acd.expect(CallQueued)
        await hears(esl, freeswitch, queued.call_id, MUSIC)
        assert acd.told(CallStarted)[0].ani == "30123"
        assert acd.told(CallStarted)[0].dnis == "5001"
        assert not acd.told(OfferMade)
        acd.work("anna")
        connected = await acd.expect(CallConnected)
        assert (connected.call_id, connected.agent_id) == (queued.call_id, "t/anna")
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("answered", "agent")
        assert acd.told(ConversationEnded)[0].talked_us > 300_000
        await asyncio.to_thread(caller.wait)
        await legs(esl, 0)
    assert "INVITE sip:1000@" in phone.messages
    assert "30123" in phone.messages


async def test_a_caller_who_hangs_up_stops_the_telephone(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=60_000))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        acd.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(OfferMade)
        await acd.until(lambda: "180 Ringing" in phone.messages)
        await asyncio.to_thread(caller.hang_up)
        ended = await acd.expect(CallEnded)
        assert (ended.outcome, ended.cause) == ("abandoned", "normal")
        assert (await acd.expect(OfferClosed)).outcome == "withdrawn"
        await acd.until(lambda: "CANCEL sip:" in phone.messages)
        await acd.until(lambda: not acd.engine.state.offers)
        await legs(esl, 0)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("486 Busy Here", "busy"),
        ("603 Decline", "rejected"),
        ("480 Temporarily Unavailable", "no_answer"),
        ("404 Not Found", "unreachable"),
    ],
)
async def test_the_next_agent_rings_when_one_refuses(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, status: str, outcome: str
) -> None:
    refusing, willing = sipp.refusing_phone(status, after_ms=50), sipp.phone(Phone())
    async with centre(freeswitch, plan({"anna": at(refusing), "bert": at(willing)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(OfferClosed)).outcome == outcome
        acd.work("bert")
        assert (await acd.expect(CallConnected)).agent_id == "t/bert"


async def test_an_agent_who_does_not_answer_is_left_alone(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=60_000))
    async with centre(freeswitch, plan({"anna": at(phone)}, ring_s=1)) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        closed = await acd.expect(OfferClosed)
        assert closed.outcome == "no_answer"
        assert 900_000 < closed.rang_us < 1_500_000
        await acd.until(lambda: not acd.engine.state.offers)
        await hears(esl, freeswitch, closed.call_id, MUSIC)


async def test_a_telephone_that_is_not_registered_is_unreachable(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({"anna": "user/1000@acd.test"})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(OfferClosed)).outcome == "unreachable"


async def test_a_registered_telephone_rings_by_its_users_name(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=200))
    await asyncio.to_thread(sipp.register, freeswitch.sip_port, "1001", phone.port)
    async with centre(freeswitch, plan({"anna": "user/1001@acd.test"})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
    await asyncio.to_thread(sipp.register, freeswitch.sip_port, "1001", phone.port, 0)


async def test_two_callers_reach_one_agent_in_their_order(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, talk_ms=200))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="1"))
        first = await acd.expect(CallQueued)
        sipp.call(freeswitch.trunk_port, Caller("5001", number="2"))
        second = await acd.expect(CallQueued, 2)
        acd.work("anna")
        await acd.expect(CallEnded, 2)
        talked = [fact.call_id for fact in acd.told(CallConnected)]
        assert talked == [first.call_id, second.call_id]
        await legs(esl, 0)


async def test_callers_keep_their_places_when_the_engine_begins_anew(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, talk_ms=200))
    the_plan = plan({"anna": at(phone)})
    async with centre(freeswitch, the_plan) as before:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="1"))
        first = await before.expect(CallQueued)
        sipp.call(freeswitch.trunk_port, Caller("5001", number="2"))
        second = await before.expect(CallQueued, 2)
        await hears(esl, freeswitch, second.call_id, MUSIC)
    # Nobody is there: the callers hear music on, and a third one comes.
    sipp.call(freeswitch.trunk_port, Caller("5001", number="3"))
    await legs(esl, 3)
    async with centre(freeswitch, the_plan) as after:
        await after.expect(CallQueued, 3)
        places = {fact.call_id: fact.queued_at_us for fact in after.told(CallQueued)}
        assert places[first.call_id] == first.queued_at_us
        assert places[second.call_id] == second.queued_at_us
        await hears(esl, freeswitch, first.call_id, MUSIC)
        after.work("anna")
        await after.expect(CallEnded, 3)
        talked = [fact.call_id for fact in after.told(CallConnected)]
        assert talked[:2] == [first.call_id, second.call_id]
        assert len(talked) == 3
        await legs(esl, 0)


async def test_a_conversation_goes_on_when_the_engine_begins_anew(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20))
    the_plan = plan({"anna": at(phone)})
    async with centre(freeswitch, the_plan) as before:
        before.work("anna")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await before.expect(CallConnected)
    async with centre(freeswitch, the_plan) as after:
        adopted = await after.expect(CallConnected)
        assert (adopted.call_id, adopted.offer_id) == (talking.call_id, talking.offer_id)
        assert adopted.agent_id == "t/anna"
        await asyncio.to_thread(caller.hang_up)
        ended = await after.expect(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        await legs(esl, 0)


async def test_the_caller_hears_music_on_hold_and_the_agent_again(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        acd.post(HoldRequested(at_us=0, call_id=talking.call_id))
        await acd.until(lambda: "a=sendonly" in phone.messages)
        await hears(esl, freeswitch, talking.call_id, MUSIC)
        acd.post(RetrieveRequested(at_us=0, call_id=talking.call_id))
        await acd.expect(CallRetrieved)
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await asyncio.to_thread(phone.hang_up)
        assert (await acd.expect(CallEnded)).ended_by == "agent"


async def test_the_caller_hears_music_also_on_a_hold_at_the_very_beginning(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.post(HoldRequested(at_us=0, call_id=talking.call_id))
        await acd.until(lambda: "a=sendonly" in phone.messages)
        await hears(esl, freeswitch, talking.call_id, MUSIC)


async def test_a_greeting_is_cut_off_by_the_agents_answer(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, talk_ms=300))
    async with centre(freeswitch, plan({"anna": at(phone)}, greeting="greeting")) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
        assert (await acd.expect(CallEnded)).outcome == "answered"
        await legs(esl, 0)


async def test_after_the_greeting_the_music_goes_on(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({}, greeting="greeting")) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        queued = await acd.expect(CallQueued)
        call = acd.engine.state.calls[queued.call_id]
        assert call.playback is not None
        await acd.until(lambda: call.playback is None)
        await hears(esl, freeswitch, queued.call_id, MUSIC)


async def test_a_number_that_nobody_has_is_refused(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with centre(freeswitch, plan({}, numbers="4*")) as acd:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        assert (await acd.expect(CallRefused)).cause == "unallocated_number"
        await acd.until(lambda: "404 Not Found" in caller.messages)


async def test_a_lost_connection_costs_no_caller(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    phone = sipp.phone(Phone(answer_ms=20, talk_ms=200))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        leaving = sipp.call(freeswitch.trunk_port, Caller("5001", number="1"))
        left = await acd.expect(CallQueued)
        sipp.call(freeswitch.trunk_port, Caller("5001", number="2"))
        stayed = await acd.expect(CallQueued, 2)
        await hears(esl, freeswitch, stayed.call_id, MUSIC)
        acd.node.connection.link.abort(LinkDown("cut by the test"))
        await asyncio.to_thread(leaving.hang_up)
        await acd.until(lambda: acd.node.comparison.syncs == 2)
        ended = await acd.expect(CallEnded)
        assert ended.call_id == left.call_id
        await hears(esl, freeswitch, stayed.call_id, MUSIC)
        acd.work("anna")
        assert (await acd.expect(CallConnected)).call_id == stayed.call_id
        await acd.expect(CallEnded, 2)
        await legs(esl, 0)


async def test_a_key_leads_out_of_the_queue_and_into_another(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    async with centre(freeswitch, plan({}, greeting="greeting", exit_key="5")) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001", digits="5"))
        moved = await acd.expect(CallQueued, 2)
        assert moved.queue_id == OTHER
        await hears(esl, freeswitch, moved.call_id, OTHER_MUSIC)


async def test_a_conversation_is_passed_on_to_another_agent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    anna, bert = sipp.phone(Phone()), sipp.phone(Phone(answer_ms=20, tone_hz=AGENT))
    async with centre(freeswitch, plan({"anna": at(anna), "bert": at(bert)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        talking = await acd.expect(CallConnected)
        acd.post(NotReadyRequested(at_us=0, agent_id="t/anna", reason="break"))
        acd.work("bert")
        acd.post(TransferRequested(at_us=0, call_id=talking.call_id, target=ToQueue(QUEUE)))
        again = await acd.expect(CallConnected, 2)
        assert (again.call_id, again.agent_id) == (talking.call_id, "t/bert")
        await hears(esl, freeswitch, talking.call_id, AGENT)
        await acd.until(lambda: "BYE sip:" in anna.messages)


async def test_thirty_callers_are_all_served_by_six_agents(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    names = ("anna", "bert", "cora", "dave", "emma", "fred")
    phone = sipp.phone(Phone(answer_ms=50, talk_ms=400))
    async with centre(freeswitch, plan(dict.fromkeys(names, at(phone)))) as acd:
        sipp.call(freeswitch.trunk_port, Caller("5001"), calls=30)
        await acd.expect(CallQueued, 30)
        acd.work(*names)
        await acd.expect(CallEnded, 30, limit_s=60)
        assert {fact.outcome for fact in acd.told(CallEnded)} == {"answered"}
        assert len(acd.told(CallConnected)) == len(acd.told(OfferMade)) == 30
        # They are offered in the order in which they came.
        assert [fact.call_id for fact in acd.told(OfferMade)] == [
            fact.call_id for fact in acd.told(CallQueued)
        ]
        await legs(esl, 0)


@pytest.mark.parametrize(
    "name", ["O'Brien, {x}=1", "%24{uuid} & (b)", "a%0AX-Evil: 1", "^^:a:b|c\\\\d", "Zoë 汉"]
)
async def test_a_callers_name_reaches_the_telephone_as_a_name(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, name: str
) -> None:
    phone = sipp.phone(Phone(answer_ms=50))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        acd.work("anna")
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123", name=name))
        await acd.expect(CallConnected)
        assert "<sip:30123@" in phone.messages
        assert "\nX-Evil" not in phone.messages


async def test_a_switch_that_was_killed_has_lost_its_calls_and_takes_new_ones(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld
) -> None:
    switch = new_freeswitch(SwitchOptions())
    await asyncio.to_thread(switch.start)
    phone = sipp.phone(Phone(answer_ms=20))
    async with centre(switch, plan({"anna": at(phone)})) as acd:
        sipp.call(switch.trunk_port, Caller("5001"))
        await acd.expect(CallQueued)
        await asyncio.to_thread(switch.kill9)
        await asyncio.to_thread(switch.start)
        assert (await acd.expect(CallEnded)).outcome == "switch_lost"
        acd.work("anna")
        sipp.call(switch.trunk_port, Caller("5001"))
        await acd.expect(CallConnected)
