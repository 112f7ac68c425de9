"""Calls with more than two on a real FreeSWITCH: consults, conferences, supervision; by ear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from msgspec import structs

from acdengine.conversation_facts import (
    CallHandedOver,
    ConsultAnswered,
    ConsultEnded,
    ConversationEnded,
    SupervisionChanged,
    SupervisionEnded,
)
from acdengine.engine import Engine
from acdengine.facts import CallConnected, CallDiverted, CallEnded
from acdengine.modes import SupervisionMode
from acdengine.plan import DialRoute, DialWay, Plan
from acdengine.requests import (
    AnyRequest,
    ConsultCompleteRequested,
    ConsultJoinRequested,
    ConsultRequested,
    ConsultReturnRequested,
    ConsultSwapRequested,
    HoldRequested,
    SuperviseRequested,
    SupervisionChangeRequested,
    SupervisionEndRequested,
    TakeOverRequested,
    TransferRequested,
)
from queues.targets import ToAgent
from tests.live.centre import QUEUE, Centre, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.sounds import channels_of, level_at
from tests.live.test_adapter import legs

#: What everybody sounds like, in Hz.
TONES = {"caller": 500, "anna": 900, "ben": 1300, "boss": 1700, "music": 440}
#: The least root mean square of a tone that counts as heard.
LOUD = 300
NUMBER = "0301234"


@dataclass
class Talk:
    """A caller and anna have begun to talk; ben is free."""

    acd: Centre
    esl: EslPeer
    switch: FreeSwitchInstance
    sipp: SippWorld
    #: "caller", "anna", "ben", and "boss" as soon as there is one.
    people: dict[str, Sipp]
    plan: Plan
    call_id: str
    first: str

    @property
    def second(self) -> str:
        """The leg of the second party."""
        return f"{self.first.rpartition('-')[0]}-{int(self.first.rpartition('-')[2]) + 1}"

    async def hear(self, **expected: str) -> None:
        """By leg ("caller", "first", "second"): everybody who is heard there, and nobody else."""
        names = {"caller": self.call_id, "first": self.first, "second": self.second}
        wanted = {name: set(heard.split()) for name, heard in expected.items()}
        heard: dict[str, set[str]] = {}
        for _ in range(4):
            heard = await self._listen({name: names[name] for name in expected})
            if heard == wanted:
                return
        assert heard == wanted

    async def _listen(self, names: dict[str, str]) -> dict[str, set[str]]:
        await asyncio.sleep(0.2)
        paths: dict[str, Path] = {}
        for name, leg_id in names.items():
            paths[name] = self.switch.recordings / f"{leg_id}-{time.monotonic_ns()}.wav"
            self.esl.api(f"uuid_setvar {leg_id} RECORD_STEREO true")
            assert self.esl.api(f"uuid_record {leg_id} start {paths[name]}").startswith("+OK")
        await asyncio.sleep(1)
        heard = {}
        for name, leg_id in names.items():
            self.esl.api(f"uuid_record {leg_id} stop {paths[name]}")
            _, sound = channels_of(paths[name])
            half = sound[len(sound) // 2 :]
            heard[name] = {who for who, hz in TONES.items() if level_at(half, hz) > LOUD}
        return heard

    def ask(self, request: Callable[..., AnyRequest], **said: object) -> None:
        """A request about the call."""
        self.acd.post(request(at_us=0, call_id=self.call_id, **said))

    async def consult(self, **whom: str) -> None:
        """Anna consults a party, who answers."""
        self.ask(ConsultRequested, **whom)
        await self.acd.expect(ConsultAnswered)

    async def consult_ben(self, state: str) -> None:
        """Anna has asked ben: she is with him, with the caller again, or with both."""
        await self.consult(agent_id="t/ben")
        await self.hear(first="ben")
        if state == "aside":
            self.ask(ConsultSwapRequested)
            await self.hear(first="caller")
        elif state == "joined":
            self.ask(ConsultJoinRequested)
            await self.hear(first="caller ben")

    async def supervise(self) -> None:
        """The boss listens."""
        boss = self.people["boss"] = self.sipp.phone(Phone(answer_ms=50, tone_hz=TONES["boss"]))
        self.ask(SuperviseRequested, contact=at(boss, "2000"), by="boss")
        await self.acd.expect(SupervisionChanged)

    async def hangs_up(self, who: str) -> None:
        await asyncio.to_thread(self.people[who].hang_up)

    async def is_over(self, outcome: str = "answered") -> None:
        """The call is over, and no leg is left."""
        assert (await self.acd.expect(CallEnded)).outcome == outcome
        await legs(self.esl, 0)
        agents = self.acd.engine.state.agents.values()
        await self.acd.until(lambda: all(one.state != "talking" for one in agents))
        assert not self.acd.engine.state.parties
        assert not self.acd.engine.state.offers

    async def ends(self, by: str = "caller", outcome: str = "answered") -> None:
        """A party hangs up, and the conversation ends."""
        await self.hangs_up(by)
        await self.is_over(outcome)


def with_numbers(the_plan: Plan, phone: Sipp) -> Plan:
    """Numbers outside are allowed, and lead to this telephone."""
    way = DialWay(contact=f"sofia/internal/{{number}}@127.0.0.1:{phone.port}")
    tenant = structs.replace(
        the_plan.tenants["t"], dial_allow=("030",), dial=DialRoute(ways=(way,))
    )
    return structs.replace(the_plan, tenants={"t": tenant})


Talks: TypeAlias = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def talk(freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer) -> Talks:
    """Caller and anna talk; ben, whose number is also any number outside, is free."""

    @asynccontextmanager
    async def begun(phone_of_ben: Phone | None = None) -> AsyncIterator[Talk]:
        anna = sipp.phone(Phone(answer_ms=20, tone_hz=TONES["anna"]))
        ben = sipp.phone(phone_of_ben or Phone(answer_ms=200, tone_hz=TONES["ben"]))
        the_plan = with_numbers(plan({"anna": at(anna), "ben": at(ben)}), ben)
        async with centre(freeswitch, the_plan) as acd:
            acd.work("anna")
            caller = sipp.call(freeswitch.trunk_port, Caller("5001", tone_hz=TONES["caller"]))
            connected = await acd.expect(CallConnected)
            acd.work("ben")
            yield Talk(
                acd, esl, freeswitch, sipp, {"caller": caller, "anna": anna, "ben": ben}, the_plan,
                connected.call_id, connected.offer_id,
            )  # fmt: skip

    return begun


async def test_consult_swap_and_return(talk: Talks) -> None:
    async with talk() as it:
        await it.hear(caller="anna", first="caller")
        await it.consult(agent_id="t/ben")
        await it.hear(caller="music", first="ben", second="anna")
        assert it.acd.engine.state.agents["t/ben"].state == "talking"
        it.ask(ConsultSwapRequested)
        await it.hear(caller="anna", first="caller", second="")
        it.ask(ConsultSwapRequested)
        await it.hear(caller="music", first="ben", second="anna")
        it.ask(ConsultReturnRequested)
        assert (await it.acd.expect(ConsultEnded)).outcome == "returned"
        await it.hear(caller="anna", first="caller")
        await legs(it.esl, 2)
        await it.ends()


@pytest.mark.parametrize("state", ["private", "aside", "joined"])
async def test_an_attended_transfer(talk: Talks, state: str) -> None:
    async with talk() as it:
        await it.consult_ben(state)
        it.ask(ConsultCompleteRequested)
        await it.acd.expect(CallHandedOver)
        await it.hear(caller="ben", second="caller")
        await legs(it.esl, 2)
        assert "BYE sip:" in it.people["anna"].messages
        # And it is a conversation like any other.
        it.ask(HoldRequested)
        await it.hear(caller="music")
        await it.ends("ben")
        assert len(it.acd.told(ConversationEnded)) == 2


@pytest.mark.parametrize("who", ["caller", "anna", "ben"])
async def test_a_conference_and_whoever_leaves_it(talk: Talks, who: str) -> None:
    async with talk() as it:
        await it.consult(agent_id="t/ben")
        it.ask(ConsultJoinRequested)
        await it.hear(caller="anna ben", first="caller ben", second="caller anna")
        await it.hangs_up(who)
        if who == "anna":
            await it.acd.expect(CallHandedOver)
            await it.hear(caller="ben", second="caller")
            await it.hangs_up("caller")
        elif who == "ben":
            assert (await it.acd.expect(ConsultEnded)).outcome == "left"
            await it.hear(caller="anna", first="caller")
            await it.hangs_up("caller")
        await it.is_over()


@pytest.mark.parametrize("who", ["caller", "anna", "ben"])
async def test_whoever_hangs_up_while_two_talk_alone(talk: Talks, who: str) -> None:
    async with talk() as it:
        await it.consult(agent_id="t/ben")
        await it.hear(first="ben")
        await it.hangs_up(who)
        if who == "anna":
            await it.hear(caller="ben", second="caller")
            await it.hangs_up("caller")
        elif who == "ben":
            await it.hear(caller="anna", first="caller")
            await it.hangs_up("anna")
        await it.is_over()


async def test_nobody_answers_and_the_agent_is_with_the_caller_again(talk: Talks) -> None:
    async with talk(Phone(answer_ms=60_000)) as it:
        it.ask(ConsultRequested, agent_id="t/ben")
        await it.hear(caller="music")
        await it.hangs_up("ben")
        assert (await it.acd.expect(ConsultEnded)).outcome == "busy"
        await it.hear(caller="anna", first="caller")
        await it.ends()


async def test_a_caller_on_hold_waits_on_while_somebody_is_asked(talk: Talks) -> None:
    async with talk() as it:
        await it.hear(caller="anna")
        it.ask(HoldRequested)
        await it.acd.until(lambda: "a=sendonly" in it.people["anna"].messages)
        await it.hear(caller="music")
        await it.consult(agent_id="t/ben")
        await it.hear(caller="music", first="ben", second="anna")
        it.ask(ConsultReturnRequested)
        await it.hear(caller="anna", first="caller")
        await it.ends()


async def test_a_number_outside_is_asked_and_given_the_caller(talk: Talks) -> None:
    async with talk() as it:
        await it.consult(number=NUMBER)
        assert f"INVITE sip:{NUMBER}@" in it.people["ben"].messages
        await it.hear(caller="music", first="ben", second="anna")
        it.ask(ConsultCompleteRequested)
        assert (await it.acd.expect(CallDiverted)).to == f"number {NUMBER}"
        await it.hear(caller="ben", second="caller")
        await legs(it.esl, 2)
        await it.ends("ben", outcome="diverted")


async def test_a_supervisor_listens_whispers_barges_and_leaves(talk: Talks) -> None:
    async with talk() as it:
        await it.supervise()
        # Neither a number of the caller nor ten zeros.
        (shown,) = {
            line for line in it.people["boss"].messages.splitlines() if "Remote-Party-ID" in line
        }
        assert '"Supervision" <sip:supervision@' in shown
        await it.hear(caller="anna", first="caller", second="caller anna")
        heard: dict[SupervisionMode, tuple[str, str]] = {
            "whisper_agent": ("anna", "caller boss"),
            "whisper_caller": ("anna boss", "caller"),
            "barge": ("anna boss", "caller boss"),
            "listen": ("anna", "caller"),
        }
        for mode, (by_caller, by_agent) in heard.items():
            it.ask(SupervisionChangeRequested, mode=mode)
            await it.hear(caller=by_caller, first=by_agent, second="caller anna")
        it.ask(SupervisionEndRequested)
        assert (await it.acd.expect(SupervisionEnded)).reason == "ended"
        await legs(it.esl, 2)
        await it.hear(caller="anna", first="caller")
        await it.ends()


@pytest.mark.parametrize("who", ["caller", "boss"])
async def test_a_supervisor_takes_over(talk: Talks, who: str) -> None:
    async with talk() as it:
        await it.supervise()
        await it.hear(second="caller anna")
        it.ask(TakeOverRequested)
        await it.hear(caller="boss", second="caller")
        await legs(it.esl, 2)
        await it.ends(who, outcome="diverted")


async def test_a_supervisor_hears_on_through_a_consult_and_goes_with_the_conversation(
    talk: Talks,
) -> None:
    async with talk() as it:
        await it.supervise()
        await it.consult(agent_id="t/ben")
        await it.hear(first="ben", second="anna ben")
        await it.ends()
        assert it.acd.told(SupervisionEnded)[0].reason == "conversation_over"


@pytest.mark.parametrize("state", ["private", "aside", "joined"])
async def test_an_engine_that_comes_back_goes_on_where_it_was(talk: Talks, state: str) -> None:
    async with talk() as it:
        await it.consult_ben(state)
        kept = it.acd.engine.snapshot()
    async with centre(it.switch, it.plan, engine=Engine.restore(kept)) as it.acd:
        before = {
            "private": {"caller": "music", "first": "ben", "second": "anna"},
            "aside": {"caller": "anna", "first": "caller", "second": ""},
            "joined": {"caller": "anna ben", "first": "caller ben", "second": "caller anna"},
        }
        await it.hear(**before[state])
        it.ask(ConsultCompleteRequested)
        await it.acd.expect(CallHandedOver)
        await it.hear(caller="ben", second="caller")
        await it.ends()


@pytest.mark.parametrize("state", ["private", "aside", "joined"])
async def test_an_engine_without_memory_leaves_the_caller_to_the_agent_who_had_the_call(
    talk: Talks, state: str
) -> None:
    async with talk() as it:
        await it.consult_ben(state)
    async with centre(it.switch, it.plan) as it.acd:
        adopted = await it.acd.expect(CallConnected)
        assert (adopted.agent_id, adopted.offer_id) == ("t/anna", it.first)
        await legs(it.esl, 2)
        await it.hear(caller="anna", first="caller")
        await it.ends()


async def test_an_engine_that_comes_back_finds_that_the_agent_has_left(talk: Talks) -> None:
    async with talk() as it:
        await it.consult_ben("private")
        kept = it.acd.engine.snapshot()
    await it.hangs_up("anna")
    await legs(it.esl, 2)
    async with centre(it.switch, it.plan, engine=Engine.restore(kept)) as it.acd:
        await it.acd.expect(CallHandedOver)
        await it.hear(caller="ben", second="caller")
        await it.ends()


async def test_an_engine_that_comes_back_still_has_its_supervisor(talk: Talks) -> None:
    async with talk() as it:
        await it.supervise()
        await it.hear(second="caller anna")
        kept = it.acd.engine.snapshot()
    async with centre(it.switch, it.plan, engine=Engine.restore(kept)) as it.acd:
        it.ask(SupervisionChangeRequested, mode="barge")
        await it.hear(caller="anna boss", first="caller boss", second="caller anna")
        it.ask(TakeOverRequested)
        await it.hear(caller="boss", second="caller")
        await it.ends(outcome="diverted")


async def test_a_conversation_is_passed_on_to_one_agent_by_name(talk: Talks) -> None:
    async with talk() as it:
        target = ToAgent("t/ben", 20_000_000, QUEUE)
        it.ask(TransferRequested, target=target)
        again = await it.acd.expect(CallConnected, 2)
        assert (again.call_id, again.agent_id) == (it.call_id, "t/ben")
        await it.hear(caller="ben")
        await it.acd.until(lambda: "BYE sip:" in it.people["anna"].messages)
        await it.ends()
