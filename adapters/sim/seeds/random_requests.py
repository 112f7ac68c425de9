"""Random requests: what supervisors and agents may ask for at any moment."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, get_args

from acdengine.events import AnyEvent, CallArrived, SpaceChanged
from acdengine.modes import SupervisionMode
from acdengine.plan import Plan
from acdengine.requests import (
    CallbackCancelRequested,
    ConsultCompleteRequested,
    ConsultJoinRequested,
    ConsultRequested,
    ConsultReturnRequested,
    ConsultSwapRequested,
    DrainRequested,
    HangUpRequested,
    HoldRequested,
    MoveRequested,
    NotReadyRequested,
    PickUpRequested,
    PriorityChangeRequested,
    QueuesChangeRequested,
    ReadyRequested,
    RecordingPauseRequested,
    RecordingResumeRequested,
    RecordingStartRequested,
    RecordingStopRequested,
    RetrieveRequested,
    SignInRequested,
    SignOutRequested,
    SkillsChangeRequested,
    SuperviseRequested,
    SupervisionChangeRequested,
    SupervisionEndRequested,
    TakeOverRequested,
    TransferRequested,
    WithdrawRequested,
    WrapUpEndRequested,
    WrapUpExtendRequested,
    WrapUpRequested,
)
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.simulated_world import World
from adapters.sim.seeds.random_plans import NODES, PICKUP_CODE, SKILLS
from queues.targets import Target, ToCallback, ToHangup, ToNumber, ToQueue, ToVoicemail
from routing.policy import Assignment

_BACK_AFTER_US: Final = 20_000_000
#: Within so long of a consult's beginning something is done about it.
_CONSULTED_US: Final = 60_000_000
_ABOUT_RECORDINGS: Final = (
    RecordingStartRequested,
    RecordingStopRequested,
    RecordingPauseRequested,
    RecordingResumeRequested,
)
_ABOUT_CONSULTS: Final = (
    ConsultSwapRequested, ConsultReturnRequested, ConsultCompleteRequested, ConsultJoinRequested,
)  # fmt: skip
_MODES: Final[tuple[SupervisionMode, ...]] = get_args(SupervisionMode)


class RandomRequests:
    """Draws requests about the calls and agents that there are, and some that there are not."""

    def __init__(self, plan: Plan, world: World, random: Random) -> None:
        self._plan = plan
        self._world = world
        self._random = random
        self._made = 0
        self._kinds: tuple[Callable[[int, str, str], AnyEvent], ...] = (
            lambda at, ask, by: SignOutRequested(at, request_id=ask, by=by, agent_id=self._agent()),
            lambda at, ask, by: SignInRequested(at, request_id=ask, by=by, agent_id=self._agent()),
            lambda at, ask, by: ReadyRequested(at, request_id=ask, by=by, agent_id=self._agent()),
            lambda at, ask, by: PickUpRequested(
                at, request_id=ask, by=by, agent_id=self._agent(),
                call_id=random.choice(("", self._call())),
            ),
            lambda at, ask, by: self._dials_the_pickup_code(at),
            lambda at, ask, by: NotReadyRequested(
                at, request_id=ask, by=by, agent_id=self._agent(),
                reason=random.choice(("break", "training", "no such reason")),
            ),
            lambda at, ask, by: WrapUpRequested(at, request_id=ask, by=by, agent_id=self._agent()),
            lambda at, ask, by: WrapUpEndRequested(
                at, request_id=ask, by=by, agent_id=self._agent()
            ),
            lambda at, ask, by: WrapUpExtendRequested(
                at, request_id=ask, by=by, agent_id=self._agent(), by_us=10_000_000
            ),
            lambda at, ask, by: SkillsChangeRequested(
                at, request_id=ask, by=by, agent_id=self._agent(),
                skills={skill: random.randint(1, 10) for skill in SKILLS if random.random() < 0.5},
            ),
            lambda at, ask, by: QueuesChangeRequested(
                at, request_id=ask, by=by, agent_id=self._agent(),
                queues={queue: Assignment(level=random.randint(1, 2)) for queue in self._plan.queues
                        if random.random() < 0.6},
            ),
            lambda at, ask, by: PriorityChangeRequested(
                at, request_id=ask, by=by, call_id=self._call(), priority=random.randint(0, 3)
            ),
            lambda at, ask, by: MoveRequested(
                at, request_id=ask, by=by, call_id=self._call(), target=self._target()
            ),
            lambda at, ask, by: WithdrawRequested(at, request_id=ask, by=by, call_id=self._call()),
            lambda at, ask, by: HoldRequested(at, request_id=ask, by=by, call_id=self._call()),
            lambda at, ask, by: RetrieveRequested(at, request_id=ask, by=by, call_id=self._call()),
            lambda at, ask, by: TransferRequested(
                at, request_id=ask, by=by, call_id=self._call(), target=self._target()
            ),
            lambda at, ask, by: HangUpRequested(at, request_id=ask, by=by, call_id=self._call()),
            lambda at, ask, by: CallbackCancelRequested(
                at, request_id=ask, by=by, call_id=self._call()
            ),
            self._recording,
            self._recording,
            lambda at, ask, by: SpaceChanged(
                at, random.choice(("", "east", "west")), random.random() < 0.8, 1_000_000
            ),
            *self._with_parties(),
        )  # fmt: skip

    def _dials_the_pickup_code(self, at: int) -> AnyEvent:
        """A telephone dials it: one of the agents', or one of another centre."""
        self._made += 1
        leg_id = f"dialled{self._made}"
        contact = self._plan.agents[self._random.choice(list(self._plan.agents))].contact
        telephone = self._random.choice((contact.removeprefix("user/"), "nobody@elsewhere"))
        dialled = self._random.choice((PICKUP_CODE, f"{PICKUP_CODE}{self._agent()}"))
        return CallArrived(
            at, leg_id, leg_id, "", dialled, "", direction="internal", telephone=telephone,
            node_id=self._random.choice(NODES),
        )  # fmt: skip

    def _recording(self, at: int, ask: str, by: str) -> AnyEvent:
        """Something about a recording."""
        kind = self._random.choice(_ABOUT_RECORDINGS)
        if kind is RecordingStopRequested:
            return RecordingStopRequested(
                at, request_id=ask, by=by, call_id=self._conversation(),
                as_supervisor=self._random.choice((False, True)),
            )  # fmt: skip
        return kind(at, request_id=ask, by=by, call_id=self._conversation())

    def _with_parties(self) -> tuple[Callable[[int, str, str], AnyEvent], ...]:
        """What concerns more than caller and agent; mostly about conversations, else it would
        hardly ever come to anything."""
        random, talk, asking = self._random, self._conversation, self._consult

        def begin(at: int, ask: str, by: str) -> AnyEvent:
            whom = random.choice(("agent_id", "queue_id", "queue_id", "number"))
            names = {
                "agent_id": self._agent(),
                "queue_id": random.choice((*self._plan.queues, "centre/nowhere")),
                "number": random.choice(("4930555", "4930555", "999")),
            }
            return ConsultRequested(
                at, request_id=ask, by=by, call_id=talk(), **{whom: names[whom]}
            )

        def go_on(at: int, ask: str, by: str) -> AnyEvent:
            return random.choice(_ABOUT_CONSULTS)(at, request_id=ask, by=by, call_id=asking())

        def supervise(at: int, ask: str, by: str) -> AnyEvent:
            return SuperviseRequested(
                at, request_id=ask, by=by, call_id=talk(), mode=random.choice(_MODES),
                contact="sip:desk", agent_id=random.choice(("", self._agent())),
            )  # fmt: skip

        def change(at: int, ask: str, by: str) -> AnyEvent:
            return SupervisionChangeRequested(
                at, request_id=ask, by=by, call_id=talk(), mode=random.choice(_MODES)
            )

        def leave(at: int, ask: str, by: str) -> AnyEvent:
            return SupervisionEndRequested(at, request_id=ask, by=by, call_id=talk())

        def take_over(at: int, ask: str, by: str) -> AnyEvent:
            return TakeOverRequested(at, request_id=ask, by=by, call_id=talk())

        # Every second request is one of the twenty others.
        return (*[begin] * 6, *[go_on] * 6, *[supervise] * 3, change, leave, *[take_over] * 2)

    def _consult(self) -> str:
        """A call with a consult, if there is one; else any."""
        legs = self._world.switch.caller_legs.values()
        calls = [leg.call_id for leg in legs if leg.asker is not None]
        return self._random.choice(calls) if calls else self._call()

    def _conversation(self) -> str:
        """A call with more than one telephone on it, if there is one; else any."""
        switch = self._world.switch
        calls = [leg.call_id for leg in switch.parties.party_legs.values()] * 3
        calls += [leg.call_id for leg in switch.agent_legs.values()]
        if calls and self._random.random() < 0.8:
            return self._random.choice(calls)
        return self._call()

    def make(self, agenda: EventSchedule) -> None:
        """Make a random request now. An agent signed out by it signs in again after a while."""
        self._made += 1
        at_us, ask = agenda.now_us, f"r{self._made}"
        if self._random.random() < 0.03:
            self._drain(agenda, ask)
            return
        request = self._random.choice(self._kinds)(at_us, ask, "supervisor")
        self._world.events.append(request)
        if isinstance(request, SignOutRequested):
            agenda.after(_BACK_AFTER_US, self._come_back, request.agent_id)
        elif isinstance(request, ConsultRequested):
            for _ in range(self._random.randint(0, 3)):
                later_us = int(self._random.random() * _CONSULTED_US)
                agenda.after(later_us, self._go_on, (agenda, request.call_id))

    def _go_on(self, what: tuple[EventSchedule, str]) -> None:
        """A request about a consult."""
        agenda, call_id = what
        self._made += 1
        request = self._random.choice(_ABOUT_CONSULTS)(
            agenda.now_us, request_id=f"r{self._made}", by="agent", call_id=call_id
        )
        self._world.events.append(request)

    def _come_back(self, agent_id: str) -> None:
        agent = self._world.agents.find(agent_id)
        if agent is not None and agent.at_work:
            now = self._world.agenda.now_us
            self._world.events.append(SignInRequested(now, agent_id=agent_id, by=agent_id))
            self._world.events.append(ReadyRequested(now, agent_id=agent_id, by=agent_id))

    def _drain(self, agenda: EventSchedule, ask: str) -> None:
        what = self._random.choice(("", *NODES, *self._plan.queues))
        drained = (what, "") if what not in NODES else ("", what)
        self._world.events.append(
            DrainRequested(
                agenda.now_us, request_id=ask, by="supervisor",
                queue_id=drained[0], node_id=drained[1],
            )
        )  # fmt: skip
        agenda.after(_BACK_AFTER_US, self.undrain, drained)

    def undrain(self, drained: tuple[str, str]) -> None:
        """Take calls again: in one queue, on one node, or (both empty) everywhere."""
        now = self._world.agenda.now_us
        queue_id, node_id = drained
        self._world.events.append(
            DrainRequested(now, by="supervisor", on=False, queue_id=queue_id, node_id=node_id)
        )

    def _agent(self) -> str:
        if self._random.random() < 0.02:
            return "centre/nobody"
        # Those with a call on the phone are the ones that matter.
        busy = [leg.agent.agent_id for leg in self._world.switch.agent_legs.values()]
        if busy and self._random.random() < 0.6:
            return self._random.choice(busy)
        return self._random.choice(list(self._plan.agents))

    def _call(self) -> str:
        calls = list(self._world.callers.by_call)
        return self._random.choice(calls) if calls else "c0"

    def _target(self) -> Target:
        return self._random.choice(
            (
                ToQueue(self._random.choice(list(self._plan.queues))),
                ToQueue("centre/nowhere"),
                ToNumber("4930555"),
                ToVoicemail("centre/box"),
                ToCallback(),
                ToHangup("goodbye"),
            )
        )
