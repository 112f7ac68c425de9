"""Clients that others wrote, told the same by FreeSWITCH and by the stand-in.

Each has an environment of its own, made on first use in the cache that the benchmarks use too
(`bench.peer_environments`). Where one cannot be had, the test is skipped and says why.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.peer_environments import (
    GENESIS,
    GREENSWITCH,
    MODESL,
    Peer,
    PeerUnavailable,
    default_cache,
    node_folder_with,
    python_with,
)
from tests.live.freeswitch_instance import FreeSwitchInstance

FOREIGN = Path(__file__).parents[1] / "contract" / "foreign"

TOLD = {
    "subscribed": "+OK event listener enabled plain",
    "status": "UP",
    "accepted": "+OK Job-UUID",
    "parked": "foreign",
    "job": "originate",
    "played": "FILE PLAYED",
    "killed": "+OK",
    "ended": "NORMAL_CLEARING",
    "gone": "-ERR No such channel!",
}


def told(switch: FreeSwitchInstance, *command: str) -> dict[str, str]:
    """What a client printed of its story."""
    sound = str(switch.sounds / "beep.wav")
    done = subprocess.run(
        [*command, str(switch.esl_port), switch.esl_password, sound],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("peer", [GREENSWITCH, GENESIS], ids=lambda peer: peer.name)
def test_a_python_client(freeswitch: FreeSwitchInstance, peer: Peer) -> None:
    try:
        python = python_with(peer, default_cache())
    except PeerUnavailable as error:
        pytest.skip(str(error))
    assert told(freeswitch, str(python), str(FOREIGN / f"with_{peer.name}.py")) == TOLD


def test_a_node_client(freeswitch: FreeSwitchInstance) -> None:
    node = shutil.which("node")
    try:
        folder = node_folder_with(MODESL, default_cache())
    except PeerUnavailable as error:
        pytest.skip(str(error))
    assert node is not None
    found = told(freeswitch, node, str(FOREIGN / "with_modesl.js"), str(folder))
    assert found == TOLD | {"subscribed": "+OK event listener enabled json"}


def test_the_story_is_that_of_a_real_switch(freeswitch: FreeSwitchInstance) -> None:
    """The same story told to our own peer, so that a skipped client hides nothing."""
    with freeswitch.esl() as peer:
        peer.subscribe("CHANNEL_PARK", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HANGUP_COMPLETE")
        peer.subscribe("BACKGROUND_JOB", form="plain")
        assert peer.api("status").split()[0] == TOLD["status"]
        job = peer.job("originate {origination_uuid=foreign}null/x &park()")
        assert job == "+OK foreign\n"
        peer.wait_for("CHANNEL_PARK", Unique_ID="foreign")
        played = peer.execute("foreign", "playback", str(freeswitch.sounds / "beep.wav"))
        done = peer.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID=played)
        assert done["Application-Response"] == TOLD["played"]
        assert peer.api("uuid_kill foreign").strip() == TOLD["killed"]
        ended = peer.wait_for("CHANNEL_HANGUP_COMPLETE", Unique_ID="foreign")
        assert ended["Hangup-Cause"] == TOLD["ended"]
        assert peer.api("uuid_kill foreign").strip() == TOLD["gone"]
