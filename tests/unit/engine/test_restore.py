"""Restored before every event, an engine gives the same commands, facts and state as one that never
was. The stage compares the two at every step (`Scene`); here chance writes the story.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, get_args

import msgspec
import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.base_messages import Fact
from acdengine.engine import Engine
from acdengine.errors import ACDError
from acdengine.live_legs import LiveCall
from acdengine.plan import Plan
from queues.targets import (
    Target,
    ToAgent,
    ToCallback,
    ToFlow,
    ToHangup,
    ToNumber,
    ToQueue,
    ToVoicemail,
)
from routing.policy import Assignment
from tests.unit.engine.scene import S, Scene
from tests.unit.engine.situations.telling import QUEUES, plan
from tests.unit.engine.test_matrix import live_on

AGENTS: Final = ("t/anna", "t/ben", "t/cora", "t/dora", "t/nobody")
STEPS: Final = 350


class Story(Scene):
    """Random events from a seed. The reports of the switch come late, twice or never."""

    def __init__(self, seed: int) -> None:
        super().__init__(plan())
        self.random = Random(seed)
        self.late: list[ev.AnyEvent] = []
        self.begun = 0
        self.dialled: list[str] = []

    def _oblige(self, command: cmd.AnyCommand) -> None:
        """Keep the switch's answers for later, some twice, some never."""
        super()._oblige(command)
        if isinstance(command, cmd.DialCustomer):
            self.dialled.append(command.call_id)
        while self._reports:
            report = self._reports.popleft()
            for _ in range(self.random.choices((0, 1, 2), (1, 12, 1))[0]):
                self.late.append(report)

    def run(self) -> None:
        acts: list[tuple[int, Callable[[], None]]] = [
            (10, self.call_arrives),
            (10, self.time_passes),
            (22, self.the_switch_reports),
            (16, self.an_agent_asks),
            (10, self.a_phone_is_answered_or_not),
            (8, self.a_caller_acts),
            (6, self.request_about_a_call),
            (3, self.a_customer_is_reached_or_not),
            (3, self.a_party_acts),
            (2, self.an_agent_is_equipped),
            (1, self.the_settings_change),
            (1, self.a_node_is_lost_or_synced),
        ]
        self.ready("anna", "ben", "cora")
        weights = [weight for weight, _ in acts]
        for _ in range(STEPS):
            self.random.choices([act for _, act in acts], weights)[0]()

    # -- acts ----------------------------------------------------------------------------------

    def _some_call(self) -> str:
        return self.random.choice([*self.engine.state.calls, "c1", "none"])

    def _some_offer(self) -> str:
        return self.random.choice([*self.engine.state.offers, "c1-1", "none-1"])

    def _some_target(self) -> Target:
        queue_id = f"t/{self.random.choice(QUEUES)}"
        targets: list[Target] = [
            ToQueue(queue_id),
            ToQueue(queue_id, estimate_below_us=300 * S),
            ToAgent(self.random.choice(AGENTS), 30 * S, queue_id),
            ToNumber("0123"),
            ToVoicemail("t/box"),
            ToCallback(),
            ToFlow("t/flow"),
            ToHangup(self.random.choice(("", "bye"))),
        ]
        return self.random.choice(targets)

    def call_arrives(self) -> None:
        self.begun += 1
        if self.engine.state.draining and self.random.random() < 0.2:
            self.ask(rq.DrainRequested(self.now_us, on=False))
        skills = self.random.choice(({}, {}, {"english": self.random.randint(1, 3)}))
        self.call(
            f"c{self.begun}",
            self.random.choice((*QUEUES, "flow", "box", "out", "direct")),
            ani=f"07{self.random.randint(0, 9)}",
            skills=skills,
            priority=self.random.choice((0, 0, 1, 2)),
            node_id=self.random.choice(("east", "west")),
        )

    def time_passes(self) -> None:
        self.wait(self.random.choice((0, 0.5, 3, 11, 40)))

    def the_switch_reports(self) -> None:
        if self.late:
            self.feed(self.late.pop(self.random.randrange(len(self.late))))

    def an_agent_asks(self) -> None:
        who, now = self.random.choice(AGENTS), self.now_us
        contact = self.random.choice(("", "", "sip:other"))
        requests: list[ev.AnyEvent] = [
            rq.SignInRequested(now, agent_id=who, contact=contact),
            rq.ReadyRequested(now, agent_id=who),
            rq.ReadyRequested(now, agent_id=who),
            rq.ReadyRequested(now, agent_id=who),
            rq.SignOutRequested(now, agent_id=who),
            rq.NotReadyRequested(now, agent_id=who, reason="break"),
            rq.WrapUpRequested(now, agent_id=who),
            rq.WrapUpEndRequested(now, agent_id=who),
            rq.WrapUpExtendRequested(now, agent_id=who, by_us=20 * S),
        ]
        self.ask(self.random.choice(requests))
        if self.random.random() < 0.1:
            self.feed(ev.PhoneChanged(now, who, self.random.choice(get_args(ev.PhoneState))))

    def a_phone_is_answered_or_not(self) -> None:
        offer_id, now = self._some_offer(), self.now_us
        if self.random.random() < 0.7:
            self.feed(ev.OfferAnswered(now, offer_id))
        else:
            self.feed(ev.OfferEnded(now, offer_id, self.random.choice(get_args(ev.OfferCause))))

    def a_caller_acts(self) -> None:
        call_id, now = self._some_call(), self.now_us
        call = self.engine.state.calls.get(call_id)
        playback = call.playback if call else None
        playing = str(playback.prompt_id if playback else 0) if call else "1"
        events: list[ev.AnyEvent] = [
            ev.CallerHungUp(now, call_id),
            ev.DigitPressed(now, call_id, "1"),
            ev.PromptFinished(now, call_id, playing),
            ev.MessageLeft(now, call_id, "f.wav", 5 * S),
            ev.NumberEnded(now, call_id, self.random.random() < 0.5, "normal"),
        ]
        self.feed(self.random.choice(events))

    def request_about_a_call(self) -> None:
        call_id, now = self._some_call(), self.now_us
        requests: list[ev.AnyEvent] = [
            rq.HoldRequested(now, call_id=call_id),
            rq.RetrieveRequested(now, call_id=call_id),
            rq.TransferRequested(now, call_id=call_id, target=self._some_target()),
            rq.HangUpRequested(now, call_id=call_id),
            *self._consult_requests(call_id),
            rq.PriorityChangeRequested(now, call_id=call_id, priority=self.random.randint(0, 3)),
            rq.MoveRequested(now, call_id=call_id, target=self._some_target()),
            rq.WithdrawRequested(now, call_id=call_id),
            rq.CallbackCancelRequested(now, call_id=call_id),
            rq.CallbackRequested(
                now,
                call_id=f"w{self.random.randint(0, 50)}",
                queue_id=f"t/{self.random.choice(QUEUES)}",
                number=self.random.choice(("0777", "0778", "0779")),
                not_before_us=self.random.choice((0, now + 30 * S)),
            ),
        ]
        self.ask(self.random.choice(requests))

    def _consult_requests(self, call_id: str) -> list[ev.AnyEvent]:
        now = self.now_us
        return [
            rq.ConsultRequested(now, call_id=call_id, agent_id=self.random.choice(AGENTS)),
            rq.ConsultRequested(now, call_id=call_id, queue_id="t/a"),
            rq.ConsultRequested(now, call_id=call_id, number="0777"),
            rq.ConsultSwapRequested(now, call_id=call_id),
            rq.ConsultJoinRequested(now, call_id=call_id),
            rq.ConsultReturnRequested(now, call_id=call_id),
            rq.ConsultCompleteRequested(now, call_id=call_id),
            rq.SuperviseRequested(now, call_id=call_id, contact="sip:boss"),
            rq.SupervisionChangeRequested(now, call_id=call_id, mode="barge"),
            rq.TakeOverRequested(now, call_id=call_id),
        ]

    def a_party_acts(self) -> None:
        parties = [*self.engine.state.parties, "none-1"]
        party_id = self.random.choice(parties)
        if self.random.random() < 0.7:
            self.feed(ev.PartyAnswered(self.now_us, party_id, "west"))
        else:
            self.feed(ev.PartyEnded(self.now_us, party_id, "busy"))

    def a_customer_is_reached_or_not(self) -> None:
        if self.dialled:
            call_id = self.random.choice(self.dialled)
            if self.random.random() < 0.6:
                self.feed(ev.CallbackAnswered(self.now_us, call_id, "leg-back", "west"))
            else:
                self.feed(ev.CallbackFailed(self.now_us, call_id, "busy"))

    def an_agent_is_equipped(self) -> None:
        who, now = self.random.choice(AGENTS), self.now_us
        if self.random.random() < 0.5:
            skills = {"english": self.random.randint(1, 3)}
            self.ask(rq.SkillsChangeRequested(now, agent_id=who, skills=skills))
            return
        queues = {
            f"t/{name}": Assignment(
                level=self.random.randint(1, 3), delay_us=self.random.choice((0, 15 * S))
            )
            for name in self.random.sample(QUEUES, 3)
        }
        self.ask(rq.QueuesChangeRequested(now, agent_id=who, queues=queues))

    def the_settings_change(self) -> None:
        without = self.random.sample((*QUEUES[1:], "ben", "cora"), self.random.randint(0, 2))
        self.reload(plan(*without))
        if self.random.random() < 0.2:
            self.ask(rq.DrainRequested(self.now_us, on=True))

    def a_node_is_lost_or_synced(self) -> None:
        node, now, state = self.random.choice(("east", "west")), self.now_us, self.engine.state
        if self.random.random() < 0.3:
            self.feed(ev.SwitchLost(now, node))
            return
        calls = [
            LiveCall(call.call_id, call.leg_id, call.caller.ani, call.dnis, "trunk", call.queue_id)
            for call in state.calls.values()
            if call.node_id == node and call.leg_id and self.random.random() < 0.8
        ]
        if self.random.random() < 0.5:
            calls.append(
                LiveCall(
                    f"found{self.begun}", "leg", "071", "a", "trunk", "t/a", now - 60 * S,
                    offer_id=f"found{self.begun}-1", agent_id=self.random.choice(AGENTS),
                )
            )  # fmt: skip
        offers = [offer_id for offer_id in state.offers if self.random.random() < 0.8]
        parties = [party_id for party_id in state.parties if self.random.random() < 0.8]
        self.feed(ev.SwitchSynced(now, node, tuple(calls), tuple(offers), tuple(parties)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_chance_never_tells_a_restored_engine_from_another(seed: int) -> None:
    story = Story(seed)
    story.run()
    assert story.begun > 10
    assert len(story.facts) > 150
    live_on(story.engine.snapshot(), story.now_us)


@pytest.mark.slow
def test_stories_are_facts_again_after_a_restore() -> None:
    story = Story(3)
    story.run()
    engine = Engine.restore(story.engine.snapshot())
    told = [
        *(fact for call in engine.state.calls.values() for fact in call.story),
        *(fact for _, call in engine.state.ended.items() for fact in call.story),
        *(fact for agent in engine.state.agents.values() for fact in agent.story),
    ]
    assert len(told) > 100
    assert all(isinstance(fact, Fact) for fact in told)


def test_a_snapshot_of_another_version_or_of_nothing_is_refused() -> None:
    snapshot = msgspec.msgpack.decode(Engine(Plan()).snapshot())
    snapshot["version"] += 1
    with pytest.raises(ACDError, match="version"):
        Engine.restore(msgspec.msgpack.encode(snapshot))
    with pytest.raises(msgspec.DecodeError):
        Engine.restore(b"nothing")
