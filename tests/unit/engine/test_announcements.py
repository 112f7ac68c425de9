"""What callers hear while they wait, and that none of it holds up an answer."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from queues.policy import Announcements, EstimatePolicy, OrderPolicy, QueuePolicy
from tests.unit.engine.scene import S, Scene, agent, queue


def speaking(**announcements: object) -> QueuePolicy:
    return queue(
        "a",
        announcements=Announcements(**announcements),  # type: ignore[arg-type]
        estimate=EstimatePolicy(initial_handle_us=100 * S),
        order=OrderPolicy(mode="bands"),
    )


def hears(scene: Scene, call_id: str, seconds: float) -> list[str]:
    """What a caller hears in the next seconds; each prompt ends at once."""
    heard = len(scene.heard(call_id))
    for _ in range(round(seconds)):
        scene.wait(1)
        while scene.live(call_id).playback is not None:
            scene.prompt_ends(call_id)
    return scene.heard(call_id)[heard:]


def test_a_caller_is_greeted_and_hears_the_queues_music() -> None:
    scene = Scene(speaking(greeting="welcome", music="jazz"))
    scene.call("c1", "a")
    said = [type(command).__name__ for command in scene.commands]
    assert said == ["AnswerCall", "PlayMusic", "PlayPrompt"]
    assert scene.ordered(cmd.PlayMusic, music="jazz")
    assert scene.heard("c1") == ["welcome"]
    assert hears(scene, "c1", 100) == []


def test_the_position_is_told_when_due_and_again_only_when_it_is_better() -> None:
    scene = Scene(speaking(position=True, first_after_us=10 * S, every_us=20 * S))
    scene.call("c1", "a")
    scene.call("c2", "a")
    assert hears(scene, "c2", 9) == []
    assert hears(scene, "c2", 1) == ["position:2"]
    assert hears(scene, "c2", 60) == []
    scene.caller_hangs_up("c1")
    assert hears(scene, "c2", 20) == ["position:1"]
    scene.call("urgent", "a", priority=5)
    assert hears(scene, "c2", 60) == [], "a worse position is not told"
    told = scene.told(facts.EstimateTold, call_id="c2")
    assert [(fact.position, fact.estimate_us) for fact in told] == [(2, -1), (1, -1)]


def test_the_position_can_be_told_every_time_up_to_a_limit() -> None:
    scene = Scene(
        speaking(
            position=True,
            position_only_better=False,
            position_limit=2,
            first_after_us=10 * S,
            every_us=10 * S,
        )
    )
    scene.calls("c1 c2 c3", "a")
    assert hears(scene, "c3", 30) == []
    scene.caller_hangs_up("c1")
    assert hears(scene, "c3", 20) == ["position:2", "position:2"]


def test_the_estimate_is_rounded_up_and_above_the_limit_told_as_more() -> None:
    """One agent, 100 s a call."""
    scene = Scene(
        speaking(
            estimate=True,
            first_after_us=1 * S,
            estimate_round_us=60 * S,
            estimate_limit_us=250 * S,
        ),
        agent("anna", "a"),
    )
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id, "a")
    scene.wait(1)
    assert scene.heard("c1") == ["estimate:120"]
    assert scene.heard("c2") == ["estimate:240"]
    assert scene.heard("c3") == ["estimate_over:250"]
    told = [fact.estimate_us for fact in scene.told(facts.EstimateTold)]
    assert told == [100 * S, 200 * S, 300 * S]


def test_an_estimate_that_fits_the_rounding_is_told_as_it_is() -> None:
    scene = Scene(
        speaking(estimate=True, first_after_us=1 * S, estimate_round_us=50 * S), agent("anna", "a")
    )
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.call("c1", "a")
    scene.wait(1)
    assert scene.heard("c1") == ["estimate:100"]


def test_nothing_is_estimated_without_staff() -> None:
    scene = Scene(speaking(estimate=True, position=True, first_after_us=1 * S), agent("anna", "a"))
    scene.call("c1", "a")
    assert hears(scene, "c1", 2) == ["position:1"]
    assert scene.told(facts.EstimateTold, estimate_us=-1)


def test_comfort_prompts_come_in_turn_behind_position_and_estimate() -> None:
    scene = Scene(
        speaking(
            position=True,
            position_only_better=False,
            comfort=("thanks", "web"),
            first_after_us=5 * S,
            every_us=10 * S,
        )
    )
    scene.call("c1", "a")
    heard = hears(scene, "c1", 30)
    assert heard == ["position:1", "thanks", "position:1", "web", "position:1", "thanks"]


def test_an_announcement_waits_while_another_is_played_and_is_not_lost() -> None:
    scene = Scene(speaking(greeting="a long one", position=True, first_after_us=10 * S))
    scene.call("c1", "a")
    scene.wait(14)
    assert scene.heard("c1") == ["a long one"]
    scene.prompt_ends("c1")
    scene.wait(10)
    assert scene.heard("c1") == ["a long one", "position:1"]


def test_nothing_is_announced_while_an_agent_is_rung() -> None:
    scene = Scene(
        speaking(position=True, first_after_us=10 * S, every_us=10 * S), agent("anna", "a")
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.wait(19)
    assert scene.heard("c1") == []
    scene.wait(11)
    assert scene.heard("c1") == ["position:1"], "the agent missed it, the caller still waits"


def test_an_answer_stops_what_is_played_and_nothing_more_is_said() -> None:
    scene = Scene(
        speaking(greeting="welcome", position=True, first_after_us=5 * S), agent("anna", "a")
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.commands.clear()
    scene.answers("anna")
    assert scene.commands == [cmd.StopPrompt("c1"), cmd.Bridge("c1", "c1-1")]
    scene.feed(ev.PromptFinished(scene.now_us, "c1", "1"))
    scene.wait(60)
    assert scene.live("c1").state == "talking"
    assert scene.heard("c1") == []


def test_a_late_report_of_another_prompts_end_changes_nothing() -> None:
    scene = Scene(speaking(greeting="welcome", comfort=("hm",), first_after_us=5 * S))
    scene.call("c1", "a")
    scene.prompt_ends("c1")
    scene.wait(5)
    playback = scene.live("c1").playback
    assert playback is not None
    assert playback.prompt_id == 2
    scene.feed(ev.PromptFinished(scene.now_us, "c1", "1"))
    assert scene.live("c1").playback is playback


def test_a_prompt_whose_end_is_never_reported_does_not_silence_the_queue() -> None:
    scene = Scene(
        speaking(greeting="welcome", comfort=("hm",), first_after_us=10 * S, every_us=60 * S)
    )
    scene.call("c1", "a")
    scene.wait(200)
    assert scene.heard("c1") == ["welcome", "hm"]
