"""How a situation is told: a story in one centre, and whom it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from acdengine.plan import Flow, Plan
from queues.policy import (
    Announcements,
    CallbackPolicy,
    PreferredRule,
    QueuePolicy,
    RecordingPolicy,
    StaffRule,
)
from queues.targets import ToAgent, ToCallback, ToFlow, ToNumber, ToQueue, ToVoicemail
from routing.policy import AgentProfile, MissPolicy, MissRule, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue

QUEUES: Final = ("a", "all", "more", "back", "few")


class Subject(Struct):
    """Whom the events of the matrix are about."""

    call_id: str = "c1"
    offer_id: str = "c1-1"
    agent_id: str = "t/anna"
    file: str = "f.wav"
    party_id: str = "c1-2"
    line_id: str = "line-0"


def _lines() -> list[QueuePolicy]:
    keys = {"1": (ToCallback(), ToQueue("t/few"))}
    spoken = Announcements(greeting="hello", position=True, first_after_us=30 * S)
    confirmed = CallbackPolicy(confirm_prompt="we-call-you")
    rules = (PreferredRule(min_score=1, wait_us=600 * S),)
    return [
        queue(
            "a",
            recording=RecordingPolicy(mode="on_request"),
            callback=confirmed,
            exit_keys=keys,
            announcements=spoken,
            resume_us=60 * S,
        ),
        queue("all", strategy="ring_all", callback=CallbackPolicy(), exit_keys=keys),
        queue("more", strategy="ring_progressively", preferred=rules, leave_staff=StaffRule()),
        queue("back", callback=CallbackPolicy(mode="customer_first"), exit_keys=keys),
        queue("few", max_conversations=1, when_full=(ToVoicemail("t/box"),)),
    ]


def plan(*without: str) -> Plan:
    """The plan of all situations, or what is left of it."""
    flows = {"t/flow": Flow(flow_id="t/flow", prompts=("one", "two"), then=ToQueue("t/a"))}
    lines = [line for line in _lines() if line.name not in without]
    names = [line.name for line in lines]
    patient = MissPolicy(limit=2, no_answer=MissRule(delay_us=30 * S))
    agents: list[AgentProfile] = [
        agent("anna", *names, misses=patient, wrap_up=WrapUpPolicy(mode="timed")),
        agent("ben", *names, wrap_up=WrapUpPolicy(mode="forced")),
        agent("cora", *names, wrap_up=WrapUpPolicy(mode="mandatory")),
        agent("dora", *names, wrap_up=WrapUpPolicy(mode="optional")),
        agent("emma", *names, misses=patient, nailed_up=True),
    ]
    return centre(
        *lines,
        *(one for one in agents if one.name not in without),
        flows=flows,
        numbers={
            "flow": ToFlow("t/flow"),
            "box": ToVoicemail("t/box"),
            "out": ToNumber("0123"),
            "direct": ToAgent("t/anna", 300 * S, names[0]) if names else ToVoicemail("t/box"),
        },
    )


class Stories(dict[str, Callable[[], tuple[Scene, Subject]]]):
    """Situations by the names of their stories, each built from the beginning on request."""

    def add(self, story: Callable[[Scene], Subject | None]) -> Callable[[Scene], Subject | None]:
        """Keep a story under its name."""

        def tell() -> tuple[Scene, Subject]:
            scene = Scene(plan())
            subject = story(scene) or Subject()
            scene.ignored = ()
            return scene, subject

        self[story.__name__] = tell
        return story
