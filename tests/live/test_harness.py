"""The harness itself: FreeSWITCH starts, takes calls, rings telephones, and can be killed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.live.esl_peer import EslError, EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import FOREVER_MS, Caller, Phone, SippWorld, at
from tests.live.sounds import channels_of, has_tone


def test_a_wrong_password_is_refused(freeswitch: FreeSwitchInstance) -> None:
    with pytest.raises(EslError, match="not let in"):
        EslPeer.log_in(freeswitch.esl_port, "wrong")


def test_a_caller_is_parked_bridged_to_an_agent_and_both_legs_end(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_PARK", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_HANGUP_COMPLETE")
    esl.subscribe("BACKGROUND_JOB")
    caller = sipp.call(freeswitch.trunk_port, Caller("5001", number="30111", name="Ann"))
    parked = esl.wait_for("CHANNEL_PARK")
    assert parked["Caller-Caller-ID-Number"] == "30111"
    assert parked["Caller-Caller-ID-Name"] == "Ann"
    assert parked["Caller-Destination-Number"] == "5001"
    assert parked["variable_acd_trunk"] == "external"
    assert parked["Answer-State"] == "ringing"
    leg = parked["Unique-ID"]

    assert esl.api(f"uuid_answer {leg}").startswith("+OK")
    esl.wait_for("CHANNEL_ANSWER", Unique_ID=leg)
    assert esl.job("originate {origination_uuid=agent-1}null/1000 &park").startswith("+OK agent-1")
    assert esl.api(f"uuid_bridge {leg} agent-1").startswith("+OK")
    bridged = esl.wait_for("CHANNEL_BRIDGE")
    assert {bridged["Bridge-A-Unique-ID"], bridged["Bridge-B-Unique-ID"]} == {leg, "agent-1"}

    caller.hang_up()
    for one in (leg, "agent-1"):
        ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID=one)
        assert ended["Hangup-Cause"] == "NORMAL_CLEARING"


def test_a_registered_telephone_rings_answers_and_hangs_up(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_PROGRESS", "CHANNEL_ANSWER", "CHANNEL_HANGUP_COMPLETE", "BACKGROUND_JOB")
    esl.subscribe("sofia::register", "sofia::unregister")
    phone = sipp.phone(Phone(answer_ms=200, talk_ms=300))
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    assert esl.wait_for("sofia::register")["from-user"] == "1000"

    job = esl.bgapi("originate {origination_uuid=agent-2}user/1000@acd.test &park")
    esl.wait_for("CHANNEL_PROGRESS", Unique_ID="agent-2")
    esl.wait_for("CHANNEL_ANSWER", Unique_ID="agent-2")
    assert esl.wait_for("BACKGROUND_JOB", Job_UUID=job)["_body"].strip() == "+OK agent-2"
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="agent-2")
    assert ended["variable_sip_hangup_disposition"] == "recv_bye"

    sipp.register(freeswitch.sip_port, "1000", phone.port, expires_s=0)
    assert esl.wait_for("sofia::unregister")["from-user"] == "1000"


def test_the_hold_key_of_a_telephone(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_HOLD", "CHANNEL_UNHOLD", "CHANNEL_HANGUP_COMPLETE", "BACKGROUND_JOB")
    phone = sipp.phone(Phone())
    assert esl.job(f"originate {{origination_uuid=agent-3}}{at(phone)} &park").startswith("+OK")
    phone.hold()
    esl.wait_for("CHANNEL_HOLD", Unique_ID="agent-3")
    phone.resume()
    esl.wait_for("CHANNEL_UNHOLD", Unique_ID="agent-3")
    phone.hang_up()
    esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="agent-3")


def test_a_telephone_told_to_answer_does_so_at_once(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_ANSWER")
    phone = sipp.phone(Phone(answer_ms=FOREVER_MS))
    esl.bgapi(f"originate {{origination_uuid=agent-4,sip_auto_answer=true}}{at(phone)} &park")
    esl.wait_for("CHANNEL_ANSWER", Unique_ID="agent-4")
    assert "answer-after=0" in phone.messages


def test_a_ringing_telephone_is_put_down(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_PROGRESS", "BACKGROUND_JOB")
    phone = sipp.phone(Phone(answer_ms=FOREVER_MS))
    job = esl.bgapi(f"originate {at(phone)} &park")
    esl.wait_for("CHANNEL_PROGRESS")
    phone.hang_up()
    assert esl.wait_for("BACKGROUND_JOB", Job_UUID=job)["_body"].strip() == "-ERR USER_BUSY"


@pytest.mark.parametrize(
    ("status", "cause"),
    [("486 Busy Here", "USER_BUSY"), ("603 Decline", "CALL_REJECTED")],
)
def test_a_telephone_that_refuses(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld, status: str, cause: str
) -> None:
    esl.subscribe("BACKGROUND_JOB")
    phone = sipp.refusing_phone(status)
    answer = esl.job(f"originate {at(phone)} &park")
    assert answer.strip() == f"-ERR {cause}"


def test_a_caller_without_patience_cancels(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_PARK", "CHANNEL_HANGUP_COMPLETE")
    caller = sipp.call(freeswitch.trunk_port, Caller("5001", patience_ms=200))
    leg = esl.wait_for("CHANNEL_PARK")["Unique-ID"]
    ended = esl.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID=leg)
    assert ended["Hangup-Cause"] == "ORIGINATOR_CANCEL"
    caller.wait()


def test_digits_reach_the_switch(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("DTMF")
    sipp.call(freeswitch.trunk_port, Caller("6001", digits="15#"))
    assert [esl.wait_for("DTMF")["DTMF-Digit"] for _ in range(3)] == ["1", "5", "#"]


def test_the_sound_of_a_caller_is_recorded(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    esl.subscribe("CHANNEL_PARK", "RECORD_STOP")
    sipp.call(freeswitch.trunk_port, Caller("6001", tone_hz=400))
    leg = esl.wait_for("CHANNEL_PARK")["Unique-ID"]
    path = freeswitch.recordings / "caller.wav"
    assert esl.api(f"uuid_record {leg} start {path} 2").startswith("+OK")
    assert esl.wait_for("RECORD_STOP", Unique_ID=leg)["Record-File-Path"] == str(path)
    (heard,) = channels_of(path)
    assert has_tone(heard, 400)
    assert not has_tone(heard, 500)


def test_a_killed_switch_starts_again_on_the_same_ports(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
) -> None:
    switch = new_freeswitch(SwitchOptions(log_level="warning"))
    switch.start()
    with switch.esl() as peer:
        switch.kill9()
        with pytest.raises((EslError, OSError)):
            peer.api("status")
    switch.start()
    assert "0 session(s) since startup" in switch.fs_cli("status")
    switch.stop()
