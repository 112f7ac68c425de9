"""What is sent for each command, when it may be sent, and what is reported of it."""

from __future__ import annotations

import pytest

from acdengine.commands import (
    AnswerCall,
    AnyCommand,
    Bridge,
    CancelRing,
    HangUpCall,
    HoldCall,
    PlayMusic,
    PlayPrompt,
    RejectCall,
    RetrieveCall,
    RingAgent,
    StopPrompt,
)
from acdengine.events import (
    BridgeFailed,
    CallBridged,
    CallerHungUp,
    OfferAnswered,
    OfferEnded,
    PromptFinished,
)
from adapters.freeswitch.legs.channel_variables import ChannelVariables
from adapters.freeswitch.protocol.channel_fields import PARKS, STAYS_TEXT
from adapters.freeswitch.protocol.errors import LinkDown
from tests.unit.freeswitch.desk import BROKEN, Desk

MUSIC = "playback local_stream://moh"
RING = RingAgent("a", "c", "t/anna", "user/1000", 20_000_000)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.caller()
    return made


def answered(desk: Desk) -> None:
    """The agent `a` has answered; the leg was parked while it rang."""
    desk.agent()
    desk.hear("CHANNEL_PARK", "a", answer_state="ringing")
    desk.hear("CHANNEL_ANSWER", "a")
    assert desk.drain() == ([], [OfferAnswered(0, "a", "n1")])


def bridged(desk: Desk) -> None:
    answered(desk)
    desk.orders.execute([Bridge("c", "a")])
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    assert desk.drain() == (["uuid_bridge c a"], [CallBridged(0, "c", "a")])


def test_a_bridge_waits_until_the_agents_leg_is_parked(desk: Desk) -> None:
    desk.agent()
    desk.hear("CHANNEL_ANSWER", "a")
    desk.orders.execute([Bridge("c", "a")])
    assert desk.sent == []
    desk.hear("CHANNEL_PARK", "a", answer_state="answered")
    assert desk.sent == ["uuid_bridge c a"]


def test_a_bridge_is_not_repeated_while_it_is_under_way(desk: Desk) -> None:
    answered(desk)
    desk.orders.execute([Bridge("c", "a"), Bridge("c", "a")])
    assert desk.sent == ["uuid_bridge c a"]
    desk.now_s = 5.0
    desk.orders.execute([Bridge("c", "a")])
    assert desk.sent == ["uuid_bridge c a"] * 2


def test_a_bridge_that_is_there_is_told_again(desk: Desk) -> None:
    bridged(desk)
    desk.orders.execute([Bridge("c", "a")])
    assert desk.drain() == ([], [CallBridged(0, "c", "a")])


def test_a_caller_who_was_not_answered_is_not_bridged() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="ringing")
    answered_before = desk.drain()
    assert answered_before[0] == []
    answered(desk)
    desk.orders.execute([Bridge("c", "a")])
    assert desk.drain() == ([], [BridgeFailed(0, "c", "a", "caller_not_answered")])


def test_a_bridge_that_the_switch_refuses_has_failed_and_music_can_begin(desk: Desk) -> None:
    answered(desk)
    desk.orders.execute([Bridge("c", "a")])
    desk.answer("-ERR Invalid uuid\n")
    assert desk.drain()[1] == [BridgeFailed(0, "c", "a", "no_such_leg")]
    desk.orders.execute([PlayMusic("c", "default")])
    assert desk.sent == [MUSIC]


def test_the_next_agent_is_bridged_when_the_caller_is_alone_again(desk: Desk) -> None:
    bridged(desk)
    desk.agent("b")
    desk.hear("CHANNEL_PARK", "b")
    desk.hear("CHANNEL_ANSWER", "b")
    desk.orders.execute([Bridge("c", "b")])
    assert desk.sent == []
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="NORMAL_CLEARING")
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.sent == ["uuid_bridge c b"]


def test_what_a_caller_hears_waits_for_the_end_of_the_bridge(desk: Desk) -> None:
    bridged(desk)
    desk.orders.execute([PlayMusic("c", "default")])
    assert desk.sent == []
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.drain() == ([MUSIC], [])


def test_music_is_begun_once_and_changed_when_the_old_one_has_ended(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default"), PlayMusic("c", "default")])
    assert desk.drain()[0] == [MUSIC]
    desk.orders.execute([PlayMusic("c", "moh_vip"), PlayPrompt("c", "1", "greeting")])
    assert desk.drain()[0] == BROKEN
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    assert desk.drain() == (["playback local_stream://moh_vip", "playback /s/greeting.wav"], [])


def test_what_a_break_has_dropped_before_it_began_is_over_with_the_mark_behind_the_break(
    desk: Desk,
) -> None:
    desk.orders.execute([PlayMusic("c", "default"), PlayPrompt("c", "1", "greeting")])
    desk.orders.execute([PlayMusic("c", "moh_vip")])
    assert desk.drain()[0] == [MUSIC, "playback /s/greeting.wav", *BROKEN]
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    assert desk.drain() == ([], [])
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-3")
    assert desk.drain() == (["playback local_stream://moh_vip"], [PromptFinished(0, "c", "1")])


def test_a_mark_behind_a_break_that_is_through_says_nothing(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default"), StopPrompt("c")])
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    desk.orders.execute([PlayMusic("c", "moh_vip")])
    desk.drain()
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-2")
    desk.orders.execute([PlayMusic("c", "moh_vip")])
    assert desk.drain() == ([], [])


def test_a_prompt_is_told_as_finished_and_music_is_left_alone(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default"), PlayPrompt("c", "7", "greeting")])
    assert desk.sent == [MUSIC, "playback /s/greeting.wav"]
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-1")
    assert desk.reported == [PromptFinished(0, "c", "7")]
    assert len(desk.sent) == 2


def test_a_position_is_said_after_its_sound(desk: Desk) -> None:
    desk.orders.execute([PlayPrompt("c", "1", "position:12")])
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    assert desk.sent == ["playback /s/position.wav", "say en number pronounced 12"]
    assert desk.reported == []
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-1")
    assert desk.reported == [PromptFinished(0, "c", "1")]


@pytest.mark.parametrize("prompt", ["unknown", "position:x", "position:"])
def test_a_prompt_without_a_sound_is_over_at_once(desk: Desk, prompt: str) -> None:
    desk.orders.execute([PlayPrompt("c", "1", prompt)])
    assert desk.drain() == ([], [PromptFinished(0, "c", "1")])


def test_estimates_are_said_in_minutes(desk: Desk) -> None:
    desk.orders.execute([PlayPrompt("c", "1", "estimate:61")])
    assert desk.sent == ["say en number pronounced 2"]


def test_a_prompt_that_a_bridge_cuts_off_is_over_though_no_event_tells_of_it(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default"), PlayPrompt("c", "1", "position:12")])
    desk.drain()
    answered(desk)
    desk.orders.execute([Bridge("c", "a")])
    assert desk.drain()[1] == []
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")
    assert desk.drain() == ([], [PromptFinished(0, "c", "1"), CallBridged(0, "c", "a")])
    # Alone again, the caller hears what is ordered from then on.
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    desk.orders.execute([PlayMusic("c", "default")])
    assert desk.drain() == ([MUSIC], [])


def test_a_prompt_on_a_leg_that_is_parked_instead_is_over_too(desk: Desk) -> None:
    desk.orders.execute([PlayPrompt("c", "1", "greeting")])
    desk.drain()
    answered(desk)
    desk.orders.execute([Bridge("c", "a")])
    desk.drain()
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a")
    assert desk.drain() == ([], [PromptFinished(0, "c", "1"), OfferEnded(0, "a", "hangup")])


def test_a_break_does_not_go_before_a_bridge(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default")])
    desk.drain()
    answered(desk)
    desk.orders.execute([StopPrompt("c"), Bridge("c", "a")])
    assert desk.sent == ["uuid_bridge c a"]


def test_a_leg_that_is_parked_afresh_is_not_bridged_meanwhile(desk: Desk) -> None:
    desk.legs.callers["c"].player.renew()
    assert desk.drain()[0] == ["uuid_transfer c park inline"]
    answered(desk)
    desk.orders.execute([PlayMusic("c", "default"), Bridge("c", "a")])
    assert desk.sent == []
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.sent == [MUSIC, "uuid_bridge c a"]


def test_music_goes_on_when_its_leg_is_parked_afresh(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default"), PlayPrompt("c", "1", "greeting")])
    player = desk.legs.callers["c"].player
    assert not player.agrees("local_stream://moh", is_idle=False)
    player.renew()
    assert desk.reported == [PromptFinished(0, "c", "1")]
    desk.drain()
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    desk.hear("CHANNEL_PARK", "c", direction="inbound")
    assert desk.drain() == ([MUSIC], [])


def test_music_that_is_not_there_is_not_begun_again(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default")])
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    assert desk.sent == [MUSIC]


def test_silence_when_nobody_is_bridged(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default"), StopPrompt("c")])
    assert desk.sent == [MUSIC, *BROKEN]
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="run-0")
    assert desk.sent == [MUSIC, *BROKEN]


def test_a_telephone_is_rung_once_and_parked_while_it_rings(desk: Desk) -> None:
    desk.orders.execute([RING, RING])
    (sent,) = desk.sent
    assert "origination_uuid=a," in sent
    assert "return_ring_ready=1" in sent
    assert "originate_timeout=23" in sent
    assert sent.endswith("}user/1000 &park 0 0 Anonymous anonymous")
    desk.on_end[0]("-ERR USER_NOT_REGISTERED\n")
    assert desk.reported == [OfferEnded(0, "a", "unreachable")]


def test_an_end_is_told_once(desk: Desk) -> None:
    desk.orders.execute([RING])
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="USER_BUSY")
    desk.on_end[0]("-ERR USER_BUSY\n")
    assert desk.reported == [OfferEnded(0, "a", "busy")]


def test_a_stranger_that_was_rung_in_place_of_ours_is_ended(desk: Desk) -> None:
    desk.orders.execute([RING])
    desk.on_end[0]("+OK other\n")
    assert desk.sent[1:] == ["uuid_kill other"]
    assert desk.reported == [OfferEnded(0, "a", "not_rung")]


def test_a_contact_that_cannot_be_dialled_is_unreachable(desk: Desk) -> None:
    desk.orders.execute([RingAgent("a", "c", "t/anna", "user/1000 &system(x)", 1_000_000)])
    assert desk.drain() == ([], [OfferEnded(0, "a", "unreachable")])


def test_a_ring_that_is_cancelled_before_its_leg_is_there(desk: Desk) -> None:
    desk.orders.execute([RING, CancelRing("a")])
    desk.answer("-ERR No such channel!\n")
    assert desk.reported == []
    desk.on_end[0]("+OK a\n")
    assert desk.sent[1:] == ["uuid_kill a", "uuid_kill a"]
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="NORMAL_CLEARING")
    assert desk.reported == [OfferEnded(0, "a", "hangup")]


@pytest.mark.parametrize(
    ("is_cancelled", "hangup_cause", "cause"),
    [
        (True, "ORIGINATOR_CANCEL", "hangup"),
        (True, "LOSE_RACE", "hangup"),
        (True, "NO_ANSWER", "hangup"),
        (False, "ORIGINATOR_CANCEL", "rejected"),
        (False, "NO_ANSWER", "no_answer"),
    ],
)
def test_a_ring_that_the_engine_has_cancelled_is_no_miss_of_the_agents(
    desk: Desk, is_cancelled: bool, hangup_cause: str, cause: str
) -> None:
    desk.orders.execute([RING, CancelRing("a")] if is_cancelled else [RING])
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause=hangup_cause)
    assert desk.reported == [OfferEnded(0, "a", cause)]  # type: ignore[arg-type]


def test_an_offer_that_nobody_knows_is_over(desk: Desk) -> None:
    desk.orders.execute([CancelRing("old")])
    assert desk.drain() == (["uuid_kill old"], [])
    desk.answer("-ERR No such channel!\n")
    assert desk.reported == [OfferEnded(0, "old", "hangup")]


def test_a_link_that_is_down_is_no_proof_that_an_offer_is_over(desk: Desk) -> None:
    desk.orders.execute([CancelRing("old")])
    replied = desk.on_reply[-1]
    assert replied is not None
    replied(LinkDown("not connected"))
    assert desk.reported == []


#: Written at the answer, so that a new daemon knows the leg in the middle of a flow.
MARK = "uuid_setvar c acd_caller true"


def test_answering_keeps_the_caller_when_an_agent_leaves() -> None:
    desk = Desk()
    desk.hear("CHANNEL_PARK", "c", direction="inbound", answer_state="ringing")
    desk.orders.execute([AnswerCall("c"), AnswerCall("c")])
    setting = f"uuid_setvar_multi c {STAYS_TEXT}"
    assert desk.sent == [setting, MARK, "uuid_answer c"]


@pytest.mark.parametrize(
    ("parks", "parks_early", "transfers", "denies", "is_set"),
    [
        ("true", "true", PARKS, "true", False),
        ("true", "", PARKS, "true", True),
        ("", "true", PARKS, "true", True),
        ("true", "false", PARKS, "true", True),
        ("true", "true", "", "true", True),
        ("true", "true", "XML", "true", True),
        ("true", "true", PARKS, "", True),
    ],
)
def test_what_the_dialplan_has_set_is_not_set_again(
    parks: str, parks_early: str, transfers: str, denies: str, is_set: bool
) -> None:
    desk = Desk()
    desk.hear(
        "CHANNEL_PARK", "c", direction="inbound", answer_state="ringing",
        parks=parks, parks_early=parks_early, transfers=transfers, denies_transfers=denies,
    )  # fmt: skip
    desk.orders.execute([AnswerCall("c")])
    setting = f"uuid_setvar_multi c {STAYS_TEXT}"
    assert desk.sent == [setting, MARK, "uuid_answer c"][0 if is_set else 1 :]


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        (RejectCall("c", "congestion"), "uuid_kill c SWITCH_CONGESTION"),
        (RejectCall("c", "unallocated_number"), "uuid_kill c UNALLOCATED_NUMBER"),
        (HangUpCall("c", "normal"), "uuid_kill c"),
        (HangUpCall("c", "what nobody foresaw\n"), "uuid_kill c"),
    ],
)
def test_callers_are_sent_away(desk: Desk, command: AnyCommand, sent: str) -> None:
    desk.orders.execute([command])
    assert desk.drain() == ([sent], [])
    desk.answer("-ERR No such channel!\n")
    assert desk.reported == [CallerHungUp(0, "c", "no_such_leg")]


def test_hold_is_with_music_on_the_agents_leg(desk: Desk) -> None:
    bridged(desk)
    desk.now_s += 1
    desk.orders.execute([HoldCall("c", "default"), RetrieveCall("c")])
    assert desk.sent == [
        "uuid_setvar a hold_music local_stream://moh",
        "uuid_hold a",
        "uuid_hold off a",
    ]


@pytest.mark.parametrize("is_retrieved", [False, True])
def test_a_hold_on_the_heels_of_the_bridge_waits_until_its_music_would_be_heard(
    desk: Desk, is_retrieved: bool
) -> None:
    desk.now_s += 1
    bridged(desk)
    desk.orders.execute([HoldCall("c", "default")])
    assert desk.drain()[0] == []
    if is_retrieved:
        desk.orders.execute([RetrieveCall("c")])
        desk.drain()
    desk.now_s += 1
    (hold,) = desk.later
    hold()
    held = ["uuid_setvar a hold_music local_stream://moh", "uuid_hold a"]
    assert desk.drain()[0] == ([] if is_retrieved else held)


def test_commands_for_a_caller_who_is_gone_say_so() -> None:
    for command in (AnswerCall("x"), PlayMusic("x", "default"), HangUpCall("x", "normal")):
        desk = Desk()
        desk.orders.execute([command])
        assert desk.drain() == ([], [CallerHungUp(0, "x", "no_such_leg")])


# -- whispers --------------------------------------------------------------------------------------

WHISPER = "playback /s/greeting.wav"


def whispered(desk: Desk) -> str:
    """The agent hears a whisper; its execution."""
    answered(desk)
    desk.orders.execute([Bridge("c", "a", "greeting")])
    assert desk.drain() == ([WHISPER], [])
    return desk.legs.agents["a"].hearing


def test_the_agent_hears_a_whisper_before_the_bridge(desk: Desk) -> None:
    desk.orders.execute([PlayMusic("c", "default")])
    desk.drain()
    event_uuid = whispered(desk)
    desk.orders.execute([Bridge("c", "a", "greeting")])
    assert desk.sent == []
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid="another")
    assert desk.sent == []
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid=event_uuid)
    assert desk.sent == ["uuid_bridge c a"]


def test_a_whisper_of_several_sounds_is_heard_to_its_end(desk: Desk) -> None:
    answered(desk)
    desk.orders.execute([Bridge("c", "a", "position:7")])
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid=desk.legs.agents["a"].hearing)
    assert desk.sent == ["playback /s/position.wav", "say en number pronounced 7"]
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid=desk.legs.agents["a"].hearing)
    assert desk.sent[2:] == ["uuid_bridge c a"]


def test_a_whisper_that_there_is_no_sound_for_keeps_nobody_waiting(desk: Desk) -> None:
    answered(desk)
    desk.orders.execute([Bridge("c", "a", "unknown")])
    assert desk.sent == ["uuid_bridge c a"]


def test_nothing_follows_a_whisper_when_the_caller_has_gone(desk: Desk) -> None:
    event_uuid = whispered(desk)
    desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")
    desk.drain()
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid=event_uuid)
    assert desk.sent == []
    desk.orders.execute([CancelRing("a")])
    assert desk.sent == ["uuid_kill a"]


def test_an_agent_who_hangs_up_during_a_whisper_has_left_the_offer(desk: Desk) -> None:
    event_uuid = whispered(desk)
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "a", application_uuid=event_uuid, answer_state="hangup")
    desk.hear("CHANNEL_HANGUP_COMPLETE", "a", hangup_cause="NORMAL_CLEARING")
    assert desk.drain() == ([], [OfferEnded(0, "a", "hangup")])


def test_variables_go_together_unless_a_value_would_be_taken_apart(desk: Desk) -> None:
    variables = ChannelVariables(desk)
    variables.write("c", {"acd_place": "7:0:0:t/sales", "acd_caller": "true"})
    assert desk.drain()[0] == ["uuid_setvar_multi c acd_place=7:0:0:t/sales;acd_caller=true"]
    variables.write("c", {"acd_place": "7:0:0:t/sales"})
    assert desk.drain()[0] == ["uuid_setvar c acd_place 7:0:0:t/sales"]
    variables.write("c", {"acd_place": "7:0:0:t/a;b=c", "acd_caller": "'"})
    assert desk.drain()[0] == [
        "uuid_setvar c acd_place '7:0:0:t/a;b=c'",
        r"uuid_setvar c acd_caller '\''",
    ]
