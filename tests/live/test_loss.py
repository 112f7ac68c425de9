"""FreeSWITCH killed, shut down, frozen or cut off: calls end when they are over, and only then."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from acdengine.centre_facts import SwitchChanged
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import CallConnected, CallEnded, CallQueued
from tests.live.centre import Centre, centre, plan
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.live_legs import live_legs
from tests.live.proxy import Proxy
from tests.live.sipp_calls import Caller, Phone, SippWorld
from tests.live.test_daemon import at_work, until
from tests.live.test_kill import settings, told_once

NAMES = ("anna", "bert", "cora")
WAITING = 5


@pytest.fixture
def switch(new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance]) -> FreeSwitchInstance:
    made = new_freeswitch(SwitchOptions(log_level="warning"))
    made.start()
    return made


@asynccontextmanager
async def busy(switch: FreeSwitchInstance, sipp: SippWorld, port: int = 0) -> AsyncIterator[Centre]:
    """Three callers talk, five wait. `port` is of another way to the switch's event socket."""
    async with centre(switch, plan({name: f"null/{name}" for name in NAMES}), port=port) as acd:
        acd.work(*NAMES)
        sipp.call(switch.trunk_port, Caller("5001"), calls=len(NAMES) + WAITING)
        await acd.expect(CallConnected, len(NAMES))
        await acd.expect(CallQueued, len(NAMES) + WAITING)
        yield acd


def states(acd: Centre) -> set[str]:
    return {agent.state for agent in acd.engine.state.agents.values()}


def line(acd: Centre) -> list[str]:
    return list(acd.engine.state.queues["t/sales"].calls)


async def serves_again(acd: Centre, switch: FreeSwitchInstance, sipp: SippWorld) -> None:
    connected = len(acd.told(CallConnected))
    sipp.call(switch.trunk_port, Caller("5001"), calls=len(NAMES))
    await acd.expect(CallConnected, connected + len(NAMES), limit_s=30)


async def everything_was_lost(acd: Centre, limit_s: float = 30) -> None:
    await acd.expect(CallEnded, len(NAMES) + WAITING, limit_s)
    ends = Counter((fact.outcome, fact.ended_by, fact.cause) for fact in acd.told(CallEnded))
    assert ends == {
        ("answered", "system", "switch_lost"): len(NAMES),
        ("switch_lost", "system", "switch_lost"): WAITING,
    }
    assert [fact.ended_by for fact in acd.told(ConversationEnded)] == ["system"] * len(NAMES)
    await acd.until(lambda: states(acd) == {"ready"})
    assert not acd.engine.state.offers


async def test_a_switch_that_was_killed_and_is_back_at_once_has_lost_its_calls(
    switch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with busy(switch, sipp) as acd:
        await asyncio.to_thread(switch.kill9)
        await asyncio.to_thread(switch.start)
        await everything_was_lost(acd)
        await acd.until(lambda: acd.node.comparison.syncs >= 2)
        await serves_again(acd, switch, sipp)


async def test_a_switch_that_was_killed_and_stays_away_is_lost_soon(
    switch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with busy(switch, sipp) as acd:
        await asyncio.to_thread(switch.kill9)
        await everything_was_lost(acd)
        assert [fact.state for fact in acd.told(SwitchChanged)] == ["synced", "lost"]
        await asyncio.to_thread(switch.start)
        await serves_again(acd, switch, sipp)


async def test_a_switch_that_is_shut_down_loses_its_calls_and_nobody_has_abandoned(
    switch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with busy(switch, sipp) as acd:
        stopping = asyncio.create_task(asyncio.to_thread(switch.stop))
        await everything_was_lost(acd)
        await stopping
        await asyncio.to_thread(switch.start)
        await acd.until(lambda: acd.node.comparison.syncs >= 2, 30)
        await serves_again(acd, switch, sipp)


async def test_a_frozen_switch_is_noticed_and_loses_nothing(
    switch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with busy(switch, sipp) as acd:
        before = line(acd)
        begun = time.monotonic()
        switch.freeze()
        await acd.until(lambda: acd.node.health.state == "down")
        noticed_s = time.monotonic() - begun
        settings = acd.node.connection.settings.link
        assert noticed_s < settings.quiet_s + settings.answer_s + 3
        await asyncio.sleep(3)
        assert not acd.told(CallEnded)
        switch.thaw()
        await acd.until(lambda: acd.node.comparison.syncs >= 2, 30)
        assert line(acd) == before
        assert states(acd) == {"talking"}
        assert not acd.told(CallEnded)
        # And it goes on: an agent hangs up, the next caller is served.
        offer = next(iter(acd.engine.state.offers))
        with switch.esl() as esl:
            esl.api(f"uuid_kill {offer}")
        connected = await acd.expect(CallConnected, len(NAMES) + 1)
        assert connected.call_id == before[0]


async def test_a_connection_that_swallows_everything_is_noticed_and_made_anew(
    switch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    async with Proxy(switch.esl_port) as proxy, busy(switch, sipp, proxy.port) as acd:
        before = line(acd)
        proxy.swallow()
        # What happens meanwhile is heard of later: the first in line leaves, an agent too.
        offer_id, offer = next(iter(acd.engine.state.offers.items()))
        with switch.esl() as esl:
            esl.api(f"uuid_kill {before[0]}")
            esl.api(f"uuid_kill {offer_id}")
        await acd.until(lambda: acd.node.connection.statistics.losses == 1)
        assert not acd.told(CallEnded)
        proxy.let_through()
        await acd.until(lambda: acd.node.comparison.syncs >= 2, 30)
        await acd.expect(CallEnded, 2)
        ends = {fact.call_id: fact for fact in acd.told(CallEnded)}
        assert set(ends) == {before[0], offer.call_id}
        assert (ends[before[0]].outcome, ends[before[0]].cause) == ("abandoned", "unseen")
        assert (ends[offer.call_id].outcome, ends[offer.call_id].ended_by) == (
            "answered",
            "agent",
        )
        connected = await acd.expect(CallConnected, len(NAMES) + 1)
        assert connected.call_id == before[1]
        assert line(acd) == before[2:]


def test_a_daemon_that_stood_still_takes_in_thousands_of_events(
    switch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phones = [sipp.phone(Phone(answer_ms=20))]
    with at_work(tmp_path, settings(tmp_path, switch, phones, journal=True)) as daemon:
        for number in range(50):
            agent = f"/v1/agents/t/a{number:02}"
            daemon.control("POST", f"{agent}/sign-in", {})
            daemon.control("POST", f"{agent}/ready", {})
        # They leave two seconds after the switch has answered them, served or not.
        sipp.call(switch.trunk_port, Caller("5001", talk_ms=2000), calls=300, per_s=60)
        time.sleep(2)
        os.kill(daemon.process.pid, signal.SIGSTOP)
        with switch.esl() as esl:
            for _ in range(10):
                time.sleep(1)
                for leg in list(live_legs(esl).values())[::5]:
                    esl.api(f"uuid_recv_dtmf {leg.leg_id} 123")
        os.kill(daemon.process.pid, signal.SIGCONT)

        def ends() -> int:
            return sum(fact["type"] == "CallEnded" for fact in daemon.lines("var/facts.jsonl"))

        until(lambda: ends() >= 300, 60)
        with switch.esl() as esl:
            until(lambda: not live_legs(esl))
        facts = daemon.lines("var/facts.jsonl")
        (state,) = daemon.control("GET", "/v1/switches")["items"]
    told_once(facts)
    outcomes = Counter(fact["outcome"] for fact in facts if fact["type"] == "CallEnded")
    assert set(outcomes) == {"answered", "abandoned"}
    # It was busy with itself, not cut off: the connection is the same one.
    assert (state["connects"], state["losses"]) == (1, 0)
