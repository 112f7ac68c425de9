"""IVR flows of random centres: menus before the queues, flows while callers wait, callbacks,
requests to systems that may fail."""

from __future__ import annotations

from random import Random
from typing import Final

from acdengine.ivr.definition import (
    AnyStep,
    CallbackStep,
    FlowDefinition,
    HangupStep,
    HttpStep,
    Listening,
    MenuStep,
    NumberStep,
    PlayStep,
    Prompt,
    QueueStep,
    Reach,
    RecordStep,
    Retry,
    ReturnStep,
    SurveyStep,
    TagStep,
    TransferStep,
    Variable,
    VoicemailStep,
    WaitStep,
)
from acdengine.speech_input import Recogniser
from queues.policy import SECOND_US

_OUTSIDE: Final = "4930555"
_PROMPT: Final = (Prompt("prompt"),)


def draw_flows(random: Random, tenant: str, queues: list[str]) -> dict[str, FlowDefinition]:
    """For each queue a flow that leads there, and one for those who wait there."""
    flows: dict[str, FlowDefinition] = {}
    for queue_id in queues:
        name = queue_id.partition("/")[2]
        hold_id = f"{tenant}/hold-{name}"
        flows[hold_id] = _hold(random, hold_id, queue_id, f"{tenant}/box")
        flow_id = flow_to(queue_id)
        waits = hold_id if random.random() < 0.7 else ""
        flows[flow_id] = _main(random, flow_id, queue_id, waits)
    return flows


def flow_to(queue_id: str) -> str:
    """The flow that leads to a queue."""
    tenant, _, name = queue_id.partition("/")
    return f"{tenant}/to-{name}"


def _main(random: Random, flow_id: str, queue_id: str, hold_id: str) -> FlowDefinition:
    reach = Reach(on={"answered": "rate", "full": "box", "waited": "back", "box": "box"})
    steps: dict[str, AnyStep] = {
        "hello": PlayStep(items=_PROMPT * random.randint(1, 3), next="ask"),
        "ask": MenuStep(
            listening=_listening(random, "queue", {"one": "1", "two": "2", "back": "9"}),
            keys={"1": "queue", "2": "system", "3": "said", "4": "number", "5": "away"},
        ),
        "system": HttpStep(
            url="https://crm.example/", save={"state": "state"}, filler=_PROMPT,
            filler_after_us=SECOND_US, on_error="queue", next="tag",
            total_us=random.randint(1, 20) * SECOND_US,
        ),
        "tag": TagStep(tags={"state": "state"}, next="ask"),
        "said": RecordStep(prompt=_PROMPT, next="queue", empty="queue"),
        "number": NumberStep(
            number=_OUTSIDE, reach=Reach(on={"busy": "ask", "refused": "queue"}), next="queue"
        ),
        "away": TransferStep(number=_OUTSIDE, next="queue"),
        "queue": QueueStep(
            queue_id=queue_id, while_waiting=hold_id, reach=reach, priority="1",
            next=random.choice(("", "box")),
        ),
        "back": CallbackStep(queue_id=queue_id, number="{caller.number}", next="end"),
        "box": VoicemailStep(box=f"{queue_id.partition('/')[0]}/box", next="end"),
        "rate": SurveyStep(
            listening=_listening(random, "end"), survey="service", question="help", next="end"
        ),
        "end": HangupStep(prompt=_PROMPT),
    }  # fmt: skip
    return FlowDefinition(
        flow_id=flow_id, first="hello", steps=steps, variables={"state": Variable("text")},
        otherwise=random.choice(("", "queue")), after_loss=random.choice(("", "queue")),
    )  # fmt: skip


def _hold(random: Random, flow_id: str, queue_id: str, box: str) -> FlowDefinition:
    steps: dict[str, AnyStep] = {
        "pause": WaitStep(time_us=random.randint(1, 20) * SECOND_US, next="comfort"),
        "comfort": PlayStep(items=_PROMPT, next="offer"),
        "offer": MenuStep(
            listening=_listening(random, "again", {"ring me": "1", "out": "2"}),
            keys={"1": "back", "2": "out", "3": "leave", "4": "system", "5": "again"},
        ),
        "system": HttpStep(url="https://crm.example/", on_error="again", next="again"),
        "back": CallbackStep(
            queue_id=queue_id, number="{caller.number}",
            reach=Reach(on={"placed": "bye", "refused": "comfort"}),
        ),
        "bye": PlayStep(items=_PROMPT, next="end"),
        "out": ReturnStep(way="box"),
        "leave": VoicemailStep(box=box, prompt=_PROMPT, next="end"),
        "again": ReturnStep(),
        "end": HangupStep(),
    }  # fmt: skip
    return FlowDefinition(flow_id=flow_id, first="pause", steps=steps)


def draw_recogniser(random: Random) -> Recogniser | None:
    """What understands callers of a tenant: mostly a module of the switch or a system over HTTP."""
    if random.random() < 0.3:
        return None
    return Recogniser(
        module=random.choice(("test", "")),
        least_confidence=random.choice((0, 50, 80)),
        longest_us=random.randint(1, 10) * SECOND_US,
    )


def _listening(random: Random, then: str, phrases: dict[str, str] | None = None) -> Listening:
    tries = random.randint(0, 2)
    return Listening(
        prompt=_PROMPT,
        barge_in=random.random() < 0.7,
        type_ahead=random.random() < 0.7,
        first_digit_us=random.randint(1, 8) * SECOND_US,
        inter_digit_us=random.randint(1, 4) * SECOND_US,
        noinput=Retry(tries=tries, then=then),
        nomatch=Retry(tries=tries, then=then),
        phrases=phrases or {},
    )
