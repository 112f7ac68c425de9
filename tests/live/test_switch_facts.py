"""What the FreeSWITCH adapter relies on, asked of FreeSWITCH itself: no engine takes part.

When a new version of FreeSWITCH behaves otherwise, these fail first and say what changed.
"""

from __future__ import annotations

import json
import re
import time

import pytest

from adapters.freeswitch.protocol.channel_fields import TELLS_OF_ENDS
from tests.live.esl_peer import EslError, EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import FOREVER_MS, Caller, Phone, SippWorld, at
from tests.live.sounds import channels_of, has_tone

LEG_EVENTS = (
    "CHANNEL_PROGRESS CHANNEL_ANSWER CHANNEL_PARK CHANNEL_BRIDGE CHANNEL_UNBRIDGE "
    "CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE_COMPLETE PLAYBACK_START PLAYBACK_STOP BACKGROUND_JOB"
).split()


@pytest.fixture(autouse=True)
def _subscribed(esl: EslPeer) -> None:
    esl.subscribe(*LEG_EVENTS)


def parked(esl: EslPeer, leg: str, destination: str = "null/x", variables: str = "") -> str:
    """A leg of our own, parked."""
    answer = esl.api(f"originate {{origination_uuid={leg}{variables}}}{destination} &park()")
    assert answer.strip() == f"+OK {leg}"
    esl.wait_for("CHANNEL_PARK", Unique_ID=leg)
    return leg


def bridged(esl: EslPeer, one: str, other: str) -> None:
    assert esl.api(f"uuid_bridge {one} {other}").startswith("+OK")
    esl.wait_for("CHANNEL_BRIDGE", Bridge_A_Unique_ID=one, Bridge_B_Unique_ID=other)


def being_joined(esl: EslPeer, one: str, other: str) -> None:
    """The second has left what it did, and the first has not yet."""
    assert esl.api(f"uuid_bridge {one} {other}").startswith("+OK")
    while not re.search("Channel-State: CS_(RESET|SOFT_EXECUTE)", esl.api(f"uuid_dump {other}")):
        pass


def test_bridging_an_unanswered_caller_ends_both_legs(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    sipp.call(freeswitch.trunk_port, Caller("5001"))
    caller = esl.wait_for("CHANNEL_PARK")["Unique-ID"]
    agent = parked(esl, "agent")
    assert esl.api(f"uuid_bridge {caller} {agent}").startswith("+OK")
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID=caller)
    assert ended["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"
    esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID=agent)


def test_a_bridge_is_written_on_both_legs_before_it_has_come_about(esl: EslPeer) -> None:
    """So it can be known whether FreeSWITCH has begun one by itself."""
    caller, agent = parked(esl, "caller"), parked(esl, "agent")
    assert esl.api(f"uuid_getvar {agent} signal_bond") == "_undef_"
    assert esl.api(f"uuid_bridge {caller} {agent}").startswith("+OK")
    assert esl.api(f"uuid_getvar {agent} signal_bond") == caller
    assert esl.api(f"uuid_getvar {caller} signal_bond") == agent


def test_bridging_again_what_is_bridged_makes_the_bridge_anew(esl: EslPeer) -> None:
    caller, agent = parked(esl, "caller"), parked(esl, "agent")
    bridged(esl, caller, agent)
    bridged(esl, caller, agent)
    esl.wait_for("CHANNEL_UNBRIDGE", Unique_ID=caller)
    assert [esl.api(f"uuid_exists {leg}") for leg in (caller, agent)] == ["true", "true"]


def test_a_leg_that_is_gone_leaves_the_other_untouched(esl: EslPeer) -> None:
    caller = parked(esl, "caller")
    assert esl.api(f"uuid_bridge {caller} gone") == "-ERR Invalid uuid\n"
    assert esl.api(f"uuid_exists {caller}") == "true"


def test_a_uuid_in_use_is_replaced_without_a_word(esl: EslPeer) -> None:
    parked(esl, "twice")
    answer = esl.api("originate {origination_uuid=twice}null/x &park()")
    assert answer.startswith("+OK ")
    assert answer.strip() != "+OK twice"


def test_ring_ready_parks_the_leg_while_it_rings(esl: EslPeer, sipp: SippWorld) -> None:
    caller = parked(esl, "caller")
    phone = sipp.phone(Phone(answer_ms=300))
    variables = "{origination_uuid=agent,return_ring_ready=true}"
    job = esl.bgapi(f"originate {variables}{at(phone)} &park()")
    assert esl.wait_for("CHANNEL_PARK", Unique_ID="agent")["Answer-State"] != "answered"
    assert esl.wait_for("BACKGROUND_JOB", Job_UUID=job)["_body"] == "+OK agent\n"
    esl.api(f"uuid_setvar agent api_on_answer uuid_bridge {caller} agent")
    answered = esl.wait_for("CHANNEL_ANSWER", Unique_ID="agent")
    assert answered["variable_api_on_answer"] == f"uuid_bridge {caller} agent"
    esl.wait_for("CHANNEL_BRIDGE", Bridge_A_Unique_ID=caller, Bridge_B_Unique_ID="agent")


def test_park_timeout_ends_a_leg_that_rings_too_long(esl: EslPeer, sipp: SippWorld) -> None:
    phone = sipp.phone(Phone(answer_ms=FOREVER_MS))
    variables = "{origination_uuid=agent,return_ring_ready=1,park_timeout=1:NO_ANSWER}"
    esl.bgapi(f"originate {variables}{at(phone)} &park 0 0 Ann 0301 60")
    assert esl.wait_for("CHANNEL_PARK", Unique_ID="agent")["Answer-State"] == "ringing"
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="agent")
    assert ended["Hangup-Cause"] == "NO_ANSWER"


def test_words_say_who_calls_and_how_long_a_leg_may_take(esl: EslPeer) -> None:
    variables = "{origination_uuid=agent,return_ring_ready=1,null_enable_auto_answer=false}"
    job = esl.bgapi(f"originate {variables}null/x &park 0 0 'Ann O\\'Hara' 0301 1")
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="agent")
    assert ended["Hangup-Cause"] == "NO_ANSWER"
    assert ended["variable_origination_caller_id_name"] == "Ann O'Hara"
    assert ended["variable_origination_caller_id_number"] == "0301"
    assert esl.wait_for("BACKGROUND_JOB", Job_UUID=job)["_body"] == "-ERR NO_ANSWER\n"


def test_words_reach_a_users_telephone_but_not_the_seconds(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    """`user/` has another dial string dialled, with 60 seconds of its own."""
    phones = [sipp.phone(Phone(answer_ms=FOREVER_MS)) for _ in range(2)]
    for user, phone in zip(("1000", "1001"), phones, strict=True):
        sipp.register(freeswitch.sip_port, user, phone.port)
    esl.bgapi("originate {origination_uuid=word}user/1000@acd.test &park 0 0 Ann 0301 1")
    esl.wait_for("CHANNEL_PROGRESS", Unique_ID="word")
    variables = "{origination_uuid=variable,originate_timeout=2}"
    esl.bgapi(f"originate {variables}user/1001@acd.test &park")
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="variable")
    assert ended["Hangup-Cause"] == "NO_ANSWER"
    assert 'From: "Ann" <sip:0301@' in phones[0].messages
    assert esl.api("uuid_exists word") == "true"


def test_a_word_may_be_left_out(esl: EslPeer) -> None:
    assert esl.api("originate {origination_uuid=agent}null/x &park 0 0 undef 0301").startswith(
        "+OK"
    )
    told = esl.wait_for("CHANNEL_PARK", Unique_ID="agent")
    assert "variable_origination_caller_id_name" not in told
    assert told["variable_origination_caller_id_number"] == "0301"


@pytest.mark.parametrize(
    ("how", "is_given"),
    [
        ("execute-app-arg:x=y@/z", True),
        ("Content-Type:text/plain\nContent-Length:6\n\nx=y@/z", True),
        ("Content-Length:6\n\nx=y@/z", False),
    ],
)
def test_an_application_takes_a_header_or_a_body_that_says_it_is_text(
    esl: EslPeer, how: str, is_given: bool
) -> None:
    leg = parked(esl, "caller")
    said = "call-command:execute\nexecute-app-name:set\nEvent-UUID:e-1"
    assert esl.command(f"sendmsg {leg}\n{said}\n{how}")["Reply-Text"] == "+OK"
    done = esl.wait_for("CHANNEL_EXECUTE_COMPLETE", Unique_ID=leg, Application="set")
    assert done["Application-UUID"] == "e-1"
    assert esl.api(f"uuid_getvar {leg} x") == ("y@/z" if is_given else "_undef_")


def test_a_cancelled_ring_ends_with_the_cause_given(esl: EslPeer, sipp: SippWorld) -> None:
    phone = sipp.phone(Phone(answer_ms=FOREVER_MS))
    job = esl.bgapi(f"originate {{origination_uuid=agent}}{at(phone)} &park()")
    esl.wait_for("CHANNEL_PROGRESS", Unique_ID="agent")
    assert esl.api("uuid_kill agent LOSE_RACE") == "+OK\n"
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="agent")
    assert ended["Hangup-Cause"] == "LOSE_RACE"
    assert ended["variable_sip_hangup_disposition"] == "send_cancel"
    assert esl.wait_for("BACKGROUND_JOB", Job_UUID=job)["_body"] == "-ERR LOSE_RACE\n"


@pytest.mark.parametrize(
    ("destination", "cause"),
    [
        ("user/1005@acd.test", "USER_NOT_REGISTERED"),
        ("user/7777@acd.test", "SUBSCRIBER_ABSENT"),
        ("sofia/gateway/nosuch/1", "INVALID_GATEWAY"),
        ("null/cause-USER_BUSY", "USER_BUSY"),
    ],
)
def test_a_leg_that_never_was_ends_with_its_job_alone(
    esl: EslPeer, destination: str, cause: str
) -> None:
    answer = esl.job(f"originate {{origination_uuid=agent}}{destination} &park()")
    assert answer == f"-ERR {cause}\n"
    names = [event["Event-Name"] for event in esl.drain()]
    assert "CHANNEL_HANGUP_COMPLETE" not in names


def test_a_prompt_over_music_returns_to_the_music(
    freeswitch: FreeSwitchInstance, esl: EslPeer
) -> None:
    caller = parked(esl, "caller")
    esl.execute(caller, "playback", "local_stream://moh")
    esl.wait_for("PLAYBACK_START", Playback_File_Path="local_stream://moh")
    prompt = esl.execute(caller, "playback", f"{freeswitch.sounds}/beep.wav")
    done = esl.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=prompt)
    assert done["Application-Response"] == "FILE PLAYED"
    path = freeswitch.recordings / "music.wav"
    esl.api(f"uuid_setvar {caller} RECORD_STEREO true")
    esl.subscribe("RECORD_STOP")
    esl.api(f"uuid_record {caller} start {path} 2")
    esl.wait_for("RECORD_STOP")
    assert has_tone(channels_of(path)[1], 440)


def test_a_break_ends_the_prompt_and_the_music_under_it(
    freeswitch: FreeSwitchInstance, esl: EslPeer
) -> None:
    caller = parked(esl, "caller")
    music = esl.execute(caller, "playback", "local_stream://moh")
    prompt = esl.execute(caller, "playback", f"{freeswitch.sounds}/greeting.wav")
    esl.wait_for("PLAYBACK_START", Playback_File_Path=f"{freeswitch.sounds}/greeting.wav")
    esl.api(f"uuid_break {caller}")
    for application in (prompt, music):
        esl.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=application)


def test_a_break_drops_what_has_not_begun_and_leaves_what_is_sent_behind_it(
    freeswitch: FreeSwitchInstance, esl: EslPeer
) -> None:
    caller = parked(esl, "caller")
    esl.subscribe("CHANNEL_EXECUTE_COMPLETE")
    dropped = 0
    for _ in range(5):
        music = esl.execute(caller, "playback", "local_stream://moh")
        esl.wait_for("PLAYBACK_START", Playback_File_Path="local_stream://moh")
        prompt = esl.execute(caller, "playback", f"{freeswitch.sounds}/greeting.wav")
        esl.api(f"uuid_break {caller} all")
        mark = esl.execute(caller, "unset", "acd_broken")
        ended: list[str] = []
        while mark not in ended:
            over = esl.wait_for("CHANNEL_EXECUTE_COMPLETE", Unique_ID=caller)
            ended.append(over["Application-UUID"])
        assert music in ended, "the mark comes behind whatever was broken"
        dropped += prompt not in ended
    assert dropped


def test_a_bridge_cuts_what_is_played(freeswitch: FreeSwitchInstance, esl: EslPeer) -> None:
    caller, agent = parked(esl, "caller"), parked(esl, "agent")
    music = esl.execute(caller, "playback", "local_stream://moh")
    esl.wait_for("PLAYBACK_START")
    bridged(esl, caller, agent)
    cut = esl.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=music)
    assert cut["Application-Response"] == "PLAYBACK ERROR"
    assert ("Channel-State-Number", cut["Channel-State-Number"]) not in TELLS_OF_ENDS


def test_the_end_of_what_was_played_is_told_but_for_legs_that_are_joined_or_end(
    freeswitch: FreeSwitchInstance, esl: EslPeer
) -> None:
    caller, agent = parked(esl, "caller"), parked(esl, "agent")
    esl.api(f"uuid_setvar_multi {caller} park_after_bridge=true")
    with freeswitch.esl() as picky:
        for header, value in TELLS_OF_ENDS:
            picky.command(f"filter {header} {value}")
        picky.subscribe("CHANNEL_EXECUTE_COMPLETE")
        music = esl.execute(caller, "playback", "local_stream://moh")
        esl.wait_for("PLAYBACK_START")
        bridged(esl, caller, agent)
        esl.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=music)
        esl.api(f"uuid_kill {agent}")
        esl.wait_for("CHANNEL_PARK", Unique_ID=caller)
        # Now parked without an application that does it.
        sound = esl.execute(caller, "playback", str(freeswitch.sounds / "beep.wav"))
        esl.wait_for("PLAYBACK_START")
        picky.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=sound)
        absent = esl.execute(caller, "playback", "/no/such.wav")
        picky.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=absent)
        # What is played when a leg is parked afresh is told of as well.
        music = esl.execute(caller, "playback", "local_stream://moh")
        esl.wait_for("PLAYBACK_START")
        esl.api(f"uuid_transfer {caller} park inline")
        picky.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=music)
        esl.wait_for("CHANNEL_PARK", Unique_ID=caller)
        music = esl.execute(caller, "playback", "local_stream://moh")
        esl.wait_for("PLAYBACK_START")
        esl.api(f"uuid_kill {caller}")
        esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID=caller)
        assert not [one for one in picky.drain(0.1) if one["Application"] == "playback"]


@pytest.mark.parametrize("leaves", ["caller", "agent", "nobody"])
def test_the_first_of_two_who_talk_is_named_when_it_hangs_up(
    freeswitch: FreeSwitchInstance, esl: EslPeer, leaves: str
) -> None:
    """So that of all the legs that end only those of callers in conversation are told at once."""
    parked(esl, "caller")
    parked(esl, "agent")
    if leaves != "nobody":
        bridged(esl, "caller", "agent")
    with freeswitch.esl() as picky:
        picky.command("filter variable_last_bridge_role originator")
        picky.subscribe("CHANNEL_HANGUP")
        esl.api(f"uuid_kill {'agent' if leaves == 'agent' else 'caller'}")
        esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="caller")
        told = [event["Unique-ID"] for event in picky.drain(0.1)]
    # A leg that FreeSWITCH itself ends after the other one is in no bridge any more.
    assert told == (["caller"] if leaves == "caller" else [])


@pytest.mark.parametrize("first", ["caller", "agent"])
@pytest.mark.parametrize("stays", ["caller", "agent"])
def test_park_after_bridge_keeps_the_leg_that_has_it(esl: EslPeer, first: str, stays: str) -> None:
    parked(esl, "caller")
    parked(esl, "agent")
    other = "agent" if stays == "caller" else "caller"
    esl.api(f"uuid_setvar {stays} park_after_bridge true")
    bridged(esl, first, "agent" if first == "caller" else "caller")
    esl.api(f"uuid_kill {other}")
    esl.wait_for("CHANNEL_PARK", Unique_ID=stays)
    assert esl.api(f"uuid_exists {stays}") == "true"


def test_without_it_the_other_leg_ends_too(esl: EslPeer) -> None:
    parked(esl, "caller")
    parked(esl, "agent")
    bridged(esl, "caller", "agent")
    esl.api("uuid_kill agent")
    esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="caller")


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.02, 0.03, 0.04, 0.06])
def test_a_leg_that_stays_is_parked_whenever_the_other_one_goes(
    esl: EslPeer, after_s: float
) -> None:
    """Before, while and after the two are joined; without the second variable the caller is lost
    in about the middle."""
    for leg in (parked(esl, "caller"), parked(esl, "agent")):
        esl.api(f"uuid_setvar_multi {leg} park_after_bridge=true;uuid_bridge_park_on_cancel=true")
    assert esl.api("uuid_bridge caller agent").startswith("+OK")
    time.sleep(after_s)
    esl.api("uuid_kill agent")
    esl.wait_for("CHANNEL_PARK", Unique_ID="caller")
    assert esl.api("uuid_exists caller") == "true"


def test_without_it_a_leg_goes_whose_other_one_goes_while_they_are_joined(esl: EslPeer) -> None:
    parked(esl, "caller")
    parked(esl, "agent")
    esl.api("uuid_setvar caller park_after_bridge true")
    being_joined(esl, "caller", "agent")
    esl.api("uuid_kill agent")
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="caller")
    assert ended["Hangup-Cause"] == "ORIGINATOR_CANCEL"


def test_a_second_leg_whose_first_goes_while_they_are_joined_is_deaf_until_it_is_moved(
    esl: EslPeer,
) -> None:
    for leg in (parked(esl, "caller"), parked(esl, "line")):
        esl.api(f"uuid_setvar_multi {leg} park_after_bridge=true;uuid_bridge_park_on_cancel=true")
    being_joined(esl, "caller", "line")
    esl.api("uuid_kill caller")
    esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="caller")
    assert "CS_SOFT_EXECUTE" in esl.api("uuid_dump line")
    assert esl.api("uuid_transfer line park inline").startswith("+OK")
    esl.wait_for("CHANNEL_PARK", Unique_ID="line")


def test_a_filter_is_the_whole_of_a_field_in_either_case(
    freeswitch: FreeSwitchInstance, esl: EslPeer
) -> None:
    leg = parked(esl, "caller")
    with freeswitch.esl() as other:
        other.command("filter Event-Name channel_execute_complete")
        other.command("filter Application -set")
        other.subscribe("CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE")
        for application, argument in (("set", "a=1"), ("multiset", "b=2"), ("unset", "a")):
            other.execute(leg, application, argument)
        for application in ("multiset", "unset"):
            other.wait_for("CHANNEL_EXECUTE_COMPLETE", Application=application)
        assert not other.drain(0.1)


def test_no_channels_is_a_count_without_rows(freeswitch: FreeSwitchInstance) -> None:
    # The table is written behind: the legs of the test before may still be on it.
    for _ in range(100):
        shown = json.loads(freeswitch.fs_cli("show channels as json"))
        if shown["row_count"] == 0:
            break
        time.sleep(0.05)
    assert shown == {"row_count": 0}


def test_what_is_not_there_is_said_in_these_words(esl: EslPeer) -> None:
    leg = parked(esl, "caller")
    assert esl.api(f"uuid_getvar {leg} nosuch") == "_undef_"
    assert esl.api("uuid_getvar gone x") == "-ERR No such channel!\n"
    assert esl.api("uuid_exists gone") == "false"
    assert esl.api("uuid_kill gone") == "-ERR No such channel!\n"
    with pytest.raises(EslError, match="invalid session id"):
        esl.execute("gone", "playback", "local_stream://moh")


def test_a_variable_set_by_command_is_not_expanded(esl: EslPeer) -> None:
    leg = parked(esl, "caller")
    for value in ("${uuid}", "a\\,b;c=d", '"quoted"', "ü [x] {y}"):
        assert esl.api(f"uuid_setvar {leg} v {value}") == "+OK\n"
        assert esl.api(f"uuid_getvar {leg} v") == value
