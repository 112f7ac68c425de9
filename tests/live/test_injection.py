"""Callers whose names are commands: they arrive as names, and nothing is executed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from acdengine.conversation_facts import RecordingStarted
from acdengine.facts import CallConnected, CallEnded, OfferClosed
from adapters.freeswitch.protocol.dial_strings import shown_name
from adapters.freeswitch.translation.callcenter_events import CallcenterEvents
from tests.live.centre import centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.live.test_recording import recorded

#: `@` stands for a command that would leave a file.
NAMES = [
    "${system(@)}", "$${system(@)}", "${bg_system @}", "%24{system(@)}", "%{system(@)}", "`@`",
    "$(@)", "'; @; '", "x' &system(@)", "x &system(@) y", ")} &system(@)", "&park()", "|@",
    "}{api_on_answer=system @}", "^^:api_on_answer=system @:x", "a,api_on_answer=system @",
    "a|b:_:c", "%0A%0Aapi system @%0A%0A", "ARRAY::a|:b", "x%00y", "Zoë 汉 🙂", "%41%42",
    "a%0D%0AX-Evil: 1", "*?<>#!~;=+-_.,:", "unload mod_event_socket",
]  # fmt: skip


async def test_names_that_are_commands_are_names(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, tmp_path: Path
) -> None:
    phone = sipp.phone(Phone(answer_ms=20))
    async with centre(freeswitch, plan({"anna": at(phone)})) as acd:
        acd.runtime.add_sink(CallcenterEvents(acd.node.channel.tell, lambda: acd.runtime.state))
        acd.work("anna")
        for count, name in enumerate(NAMES, start=1):
            left = tmp_path / f"executed-{count}"
            said = name.replace("@", f"touch {left}")
            number = f"30{count:03}"
            caller = sipp.call(freeswitch.trunk_port, Caller("5001", number=number, name=said))
            talking = await acd.expect(CallConnected, count)
            call = acd.runtime.state.calls[talking.call_id]
            assert call.caller.ani == number
            assert acd.node.legs.callers[talking.call_id].name == call.caller.name
            shown = esl.api(f"uuid_getvar {talking.offer_id} origination_caller_id_name")
            assert shown == shown_name(call.caller.name or call.caller.ani)
            await asyncio.to_thread(caller.hang_up)
            await acd.expect(CallEnded, count)
            assert not left.exists(), said
        assert acd.node.connection.is_up
        assert acd.node.connection.statistics.losses == 0
    assert "\nX-Evil" not in phone.messages
    assert f"<sip:30{len(NAMES):03}@" in phone.messages


#: What a SIP user may be called, and FreeSWITCH or a shell would take for more.
NUMBERS = [
    "reload-mod_event_socket", "unload.mod_event_socket", "RELOAD-Mod_Event_Socket",
    "mod_event_socket", "$'&park()", "undef", "..", "-x", "%24%7Buuid%7D", "!system(x)", "+49*21#",
]  # fmt: skip


async def test_numbers_that_are_commands_ring_and_are_recorded_as_others(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone(answer_ms=20))
    async with centre(freeswitch, recorded(phone)) as acd:
        acd.work("anna")
        for count, number in enumerate(NUMBERS, start=1):
            caller = sipp.call(freeswitch.trunk_port, Caller("5001", number=number, name=number))
            talking = await acd.expect(CallConnected, count)
            assert talking.agent_id == "t/anna"
            started = await acd.expect(RecordingStarted, count)
            assert "mod_event_socket" not in started.file.lower()
            await asyncio.to_thread(caller.hang_up)
            await acd.expect(CallEnded, count)
        assert {closed.outcome for closed in acd.told(OfferClosed)} <= {"connected"}
        assert acd.node.connection.is_up
        assert acd.node.connection.statistics.losses == 0
    assert "mod_event_socket" not in phone.messages.lower()
    assert "mod event socket" in phone.messages.lower()
