"""What the engine's facts give in a queue_log, line by line, as app_queue would have written it."""

from __future__ import annotations

from typing import Any

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.plan import Plan
from acdengine.queue_log.lines import line
from acdengine.queue_log.translation import Translation
from queues.policy import OrderPolicy, QueuePolicy
from queues.targets import ToQueue, ToVoicemail
from routing.policy import AgentProfile
from tests.unit.engine.scene import OPENING_US, S, Scene, agent, centre, queue

OPENING_S = OPENING_US // S


class LoggedScene(Scene):
    """A stage whose facts are translated, event by event."""

    def __init__(self, *plan: Plan | QueuePolicy | AgentProfile, **options: Any) -> None:
        super().__init__(*plan)
        self.translation = Translation("t", **options)
        self.log = ""

    def _step(self, event: ev.AnyEvent) -> list[cmd.AnyCommand]:
        before = len(self.facts)
        commands = super()._step(event)
        self.log += self.translation.lines(self.facts[before:])
        return commands

    def written(self, about: str = "") -> list[str]:
        """The lines about a call or agent, seconds counted from the opening."""
        lines = []
        for text in self.log.splitlines():
            epoch, _, rest = text.partition("|")
            if about in rest.split("|"):
                lines.append(f"{int(epoch) - OPENING_S} {rest}")
        return lines


def one_agent(**options: Any) -> LoggedScene:
    scene = LoggedScene(queue("a"), agent("ben", "a"), **options)
    scene.wait(10)
    return scene


def test_a_caller_who_waits_and_is_answered() -> None:
    scene = one_agent()
    scene.call("c1", "a", "0301234")
    scene.wait(20)
    scene.ready("ben")
    scene.wait(4)
    scene.answers("ben")
    scene.wait(60)
    scene.caller_hangs_up("c1")
    assert scene.written("c1") == [
        "10 c1|a|NONE|ENTERQUEUE||0301234|1",
        "35 c1|a|ben|CONNECT|25|c1-1|5",
        "95 c1|a|ben|COMPLETECALLER|25|60|1",
    ]


def test_an_agent_who_ends_a_call_that_was_on_hold() -> None:
    scene = one_agent(with_holds=True)
    scene.ready("ben")
    scene.call("c1", "a", "0301234")
    scene.answers("ben")
    scene.wait(10)
    scene.ask(rq.HoldRequested(0, call_id="c1", by="ben"))
    scene.wait(30)
    scene.ask(rq.RetrieveRequested(0, call_id="c1", by="ben"))
    scene.wait(5)
    scene.agent_hangs_up("ben")
    assert scene.written("c1") == [
        "11 c1|a|NONE|ENTERQUEUE||0301234|1",
        "11 c1|a|NONE|INFO|DID|a",
        "11 c1|a|ben|CONNECT|0|c1-1|0",
        "21 c1|NONE|ben|CALLERONHOLD|",
        "51 c1|NONE|ben|CALLEROFFHOLD|30",
        "56 c1|a|ben|COMPLETEAGENT|0|45|1",
    ]


def test_positions_and_abandons() -> None:
    scene = one_agent()
    scene.calls("c1 c2 c3", "a")
    scene.caller_hangs_up("c1")
    scene.wait(15)
    scene.caller_hangs_up("c3")
    waited = [text.split("|", 3)[3] for text in scene.written("c3")]
    at_s = [text.split(" ")[0] for text in scene.written("c3")]
    assert waited[0].startswith("ENTERQUEUE||")
    assert waited[0].endswith("|3")
    assert waited[1] == f"ABANDON|2|3|{int(at_s[1]) - int(at_s[0])}"


def test_a_strict_band_counts_for_the_original_position() -> None:
    order = OrderPolicy(mode="bands")
    scene = LoggedScene(queue("a", order=order), band_of=lambda queue_id, priority: -priority)
    scene.call("c1", "a")
    scene.call("c2", "a", priority=5)
    assert scene.written("c2")[0].endswith("|1")
    assert scene.position("c2") == 1


def test_missed_and_cancelled_offers() -> None:
    scene = one_agent()
    scene.ready("ben")
    scene.call("c1", "a", "1")
    scene.wait(7)
    scene.misses("ben", "busy")
    scene.wait(60)
    scene.ready("ben")
    scene.wait(2)
    scene.caller_hangs_up("c1")
    events = [text.split("|", 3)[2:] for text in scene.written("c1")]
    assert ["ben", "RINGNOANSWER|7000"] in events
    assert events[-2:] == [["ben", "RINGCANCELED|3000"], ["NONE", "ABANDON|1|1|70"]]


@pytest.mark.parametrize(
    ("policy", "seconds", "key", "expected"),
    [
        ({"max_wait_us": 20 * S}, 20, "", "EXITWITHTIMEOUT|1|1|20"),
        ({"exit_keys": {"5": (ToVoicemail("t/box"),)}}, 8, "5", "EXITWITHKEY|5|1|1|8"),
    ],
)
def test_ways_out(policy: dict[str, Any], seconds: int, key: str, expected: str) -> None:
    scene = LoggedScene(queue("a", **policy))
    scene.call("c1", "a", "1")
    scene.wait(seconds)
    if key:
        scene.presses("c1", key)
    assert scene.written("c1")[-1].split("|", 3)[3] == expected


def test_a_call_that_is_moved_is_withdrawn_and_enters_the_other_queue() -> None:
    scene = LoggedScene(queue("a"), queue("b"))
    scene.call("c1", "a", "1")
    scene.wait(5)
    scene.ask(rq.MoveRequested(0, call_id="c1", target=ToQueue("t/b"), by="lea"))
    assert scene.written("c1") == [
        "0 c1|a|NONE|ENTERQUEUE||1|1",
        "5 c1|a|NONE|WITHDRAW|1|1|5|moved",
        "5 c1|b|NONE|ENTERQUEUE||1|1",
    ]


def test_a_blind_transfer_ends_the_agents_part() -> None:
    scene = LoggedScene(queue("a"), queue("b"), agent("ben", "a"))
    scene.ready("ben")
    scene.call("c1", "a", "1")
    scene.answers("ben")
    scene.wait(30)
    scene.ask(rq.TransferRequested(0, call_id="c1", target=ToQueue("t/b"), by="ben"))
    assert scene.written("c1")[-2:] == [
        "31 c1|a|ben|BLINDTRANSFER|queue t/b|t|0|30|1",
        "31 c1|b|NONE|ENTERQUEUE||1|1",
    ]


def test_a_day_of_an_agent() -> None:
    parts = (queue("a"), agent("ben", "a"))
    scene = LoggedScene(centre(*parts, not_ready_reasons=("break", "meeting")))
    scene.sign_in("ben")
    scene.wait(5)
    scene.ready("ben")
    scene.wait(60)
    scene.not_ready("ben", "break")
    scene.wait(60)
    scene.not_ready("ben", "meeting")
    scene.wait(60)
    scene.ready("ben")
    scene.wait(15)
    scene.sign_out("ben")
    assert scene.written("ben") == [
        "0 NONE|NONE|ben|AGENTLOGIN|ben",
        "0 NONE|NONE|ben|PAUSEALL|signed-in",
        "5 NONE|NONE|ben|UNPAUSEALL|signed-in",
        "66 NONE|NONE|ben|PAUSEALL|break",
        "126 NONE|NONE|ben|UNPAUSEALL|Auto-Unpause",
        "126 NONE|NONE|ben|PAUSEALL|meeting",
        "186 NONE|NONE|ben|UNPAUSEALL|meeting",
        "202 NONE|NONE|ben|AGENTLOGOFF|ben|202",
    ]


def test_new_settings() -> None:
    scene = one_agent()
    scene.reload(queue("a"), queue("b"), agent("ben", "a"))
    assert scene.log.endswith("|NONE|NONE|NONE|CONFIGRELOAD|\n")


def test_another_tenants_calls_are_left_out() -> None:
    scene = one_agent()
    scene.translation = Translation("other")
    scene.log = ""
    scene.ready("ben")
    scene.call("c1", "a", "1")
    scene.answers("ben")
    scene.agent_hangs_up("ben")
    assert scene.log == ""


@pytest.mark.parametrize("hostile", ["1|2|3", "1\n1767600000|x|q|a|CONNECT|1", "1\r", "\x85", "\0"])
def test_nothing_from_a_caller_ends_a_field_or_a_line(hostile: str) -> None:
    text = line(OPENING_US, "ENTERQUEUE", "", hostile, 1, call_id=hostile, queue="a")
    assert text.count("\n") == 1
    assert text.count("|") == 7
    assert len(text.splitlines()) == 1
