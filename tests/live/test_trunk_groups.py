"""Trunk groups at a real FreeSWITCH: the call too many hears busy, and the count is right again."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import at_work, calls, settings, until

GROUPS = """
trunks:
  external: {{ channels: 2 }}
  pstn: {{ channels: 9, calls_per_s: 1000 }}
  slow: {{ channels: 100, calls_per_s: {rate} }}
"""


def limited(folder: Path, switch: FreeSwitchInstance, mapping: str, rate: str = "1") -> str:
    written = settings(folder, switch) + GROUPS.format(rate=rate)
    return written.replace('/password}" }', f'/password}}", trunks: {mapping} }}')


def test_the_call_too_many_hears_busy_after_a_restart_too(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    written = limited(tmp_path, freeswitch, "{}")
    with at_work(tmp_path, written) as daemon:
        first, _ = (sipp.call(freeswitch.trunk_port, Caller("5001")) for _ in range(2))
        until(lambda: len(calls(daemon, "waiting")) == 2)
        third = sipp.call(freeswitch.trunk_port, Caller("5001", number="33"))
        until(lambda: "SIP/2.0 486 Busy Here" in third.messages)
        metrics = daemon.get("metrics")
        assert 'acdengine_calls_busy_total{trunk="external",cause="channels"} 1' in metrics
        assert 'acdengine_trunk_channels_used{trunk="external"} 2' in metrics
        daemon.process.send_signal(signal.SIGKILL)
        daemon.end()
    with at_work(tmp_path, written) as daemon:
        assert 'acdengine_trunk_channels_used{trunk="external"} 2' in daemon.get("metrics")
        again = sipp.call(freeswitch.trunk_port, Caller("5001", number="34"))
        until(lambda: "SIP/2.0 486 Busy Here" in again.messages)
        first.hang_up()
        until(lambda: len(calls(daemon, "waiting")) == 1)
        until(lambda: 'channels_used{trunk="external"} 1' in daemon.get("metrics"))
        sipp.call(freeswitch.trunk_port, Caller("5001", number="35"))
        until(lambda: len(calls(daemon, "waiting")) == 2)


def test_the_tenth_call_of_a_profile_with_nine_channels_is_the_one(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    written = limited(tmp_path, freeswitch, "{ profiles: { external: pstn } }")
    with at_work(tmp_path, written) as daemon:
        # These numbers are parked by the dialplan without the name of a trunk group.
        crowd = sipp.call(freeswitch.trunk_port, Caller("6001"), calls=10)
        until(lambda: len(calls(daemon, "waiting")) == 9)
        until(lambda: crowd.messages.count("BYE sip:") >= 1)
        assert {call["trunk_id"] for call in calls(daemon, "waiting")} == {"pstn"}
        told = 'acdengine_calls_busy_total{trunk="pstn",cause="channels"} 1'
        assert told in daemon.get("metrics")


def test_a_misnamed_group_is_told_of_and_the_profiles_limits_hold(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    # The dialplan says acd_trunk=external, which is no group here.
    written = limited(tmp_path, freeswitch, "{ profiles: { external: pstn } }")
    written = written.replace("  external: { channels: 2 }\n", "").replace(
        "channels: 9", "channels: 1"
    )
    with at_work(tmp_path, written) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001"))
        (call,) = until(lambda: calls(daemon, "waiting"))
        assert call["trunk_id"] == "pstn"
        second = sipp.call(freeswitch.trunk_port, Caller("5001", number="33"))
        until(lambda: "SIP/2.0 486 Busy Here" in second.messages)
        assert "acdengine_calls_without_trunk_group_total 2" in daemon.get("metrics")


def test_too_many_calls_a_second_from_a_network_are_told_of_congestion(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    written = limited(tmp_path, freeswitch, "{ networks: { 127.0.0.0/8: slow } }", rate="0.01")
    with at_work(tmp_path, written) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("6001"), calls=2, per_s=5)
        until(lambda: len(calls(daemon, "waiting")) == 1)
        told = 'acdengine_calls_busy_total{trunk="slow",cause="rate"} 1'
        until(lambda: told in daemon.get("metrics"))
