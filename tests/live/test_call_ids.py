"""Callers who choose the identity of their leg: `inbound-use-callid-as-uuid` in the SIP profile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from acdengine.facts import CallConnected, CallEnded, CallStarted
from tests.live.centre import centre, plan
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at

OPTIONS = SwitchOptions(external={"inbound-use-callid-as-uuid": "true"})
STRANGE = [
    "reload-mod_event_socket", "unload.mod_event_socket", "call-1", "a@host", "x" * 121,
    "%24{uuid}",
]  # fmt: skip


async def test_legs_of_strange_identities_are_left_alone_and_harm_nobody(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
    sipp: SippWorld,
    capsys: pytest.CaptureFixture[str],
) -> None:
    switch = new_freeswitch(OPTIONS)
    await asyncio.to_thread(switch.start)
    phone = sipp.phone(Phone(answer_ms=20))
    async with centre(switch, plan({"anna": at(phone)})) as acd:
        acd.work("anna")
        for call_id in STRANGE:
            sipp.call(switch.trunk_port, Caller("5001", call_id=call_id))
        await asyncio.sleep(1.0)
        assert acd.told(CallStarted) == []
        caller = sipp.call(switch.trunk_port, Caller("5001", call_id="quite.plain"))
        assert (await acd.expect(CallConnected)).call_id == "quite.plain"
        await asyncio.to_thread(caller.hang_up)
        await acd.expect(CallEnded)
        assert len(acd.told(CallStarted)) == 1
        assert acd.node.connection.statistics.losses == 0
    logged = capsys.readouterr().out
    assert logged.count("a leg that cannot be named is left alone") == len(STRANGE)
