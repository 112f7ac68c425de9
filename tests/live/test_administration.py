"""What FreeSWITCH answers to operators' questions, and what becomes of calls while it is paused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import until

IN_THESE_WORDS = {
    "fsctl pause_check": "false",
    "fsctl shutdown_check": "false",
    "module_exists mod_dptools": "true",
    "module_exists mod_nosuch": "false",
    "local_stream": "-USAGE: <show|start|reload|stop|hup> <local_stream_name>\n",
    "local_stream show none": "-ERR Cannot locate local_stream none!\n",
    "xml_locate": "-ERR bad args\n",
    "xml_locate configuration configuration name nosuch.conf": "can't find anything\n",
    "sofia xmlstatus profile nosuch": "Invalid Profile!\n",
    "spawn_stream": "-USAGE: <command>\n",
    "spawn_stream df -Pk /nowhere": "-ERR no reply\n",
    "user_exists id 1000 acd.test": "true",
    "user_exists id 1000 other.test": "false",
    "user_exists id nobody acd.test": "false",
    "acl 127.0.0.1 loopback.auto": "true",
    "acl 203.0.113.77 loopback.auto": "false",
    "acl 127.0.0.1 nosuch": "false",
    "file_exists /nowhere": "false",
    "version short": "1.11.1-release\n",
}  # fmt: skip


@pytest.mark.parametrize("command", IN_THESE_WORDS)
def test_a_question_is_answered_in_these_words(esl: EslPeer, command: str) -> None:
    assert esl.api(command) == IN_THESE_WORDS[command]


def test_a_stream_of_music_is_described_by_these_fields(esl: EslPeer) -> None:
    told = esl.api("local_stream show moh")
    assert told.startswith("moh\n  location: /")
    assert re.findall(r"^  (\w+): +(\S+)$", told, re.MULTILINE)[1:] == [
        ("channels", "1"), ("rate", "8000"), ("interval", "20"), ("samples", "160"),
        ("prebuf", "65536"), ("timer", "soft"), ("total", "0"), ("shuffle", "false"),
        ("ready", "true"), ("stopped", "false"), ("reloading", "false"),
    ]  # fmt: skip
    (listed,) = [line for line in esl.api("local_stream show").splitlines() if "moh," in line]
    assert listed == f"moh,{re.findall('location: (.*)', told)[0]}"


def test_configuration_and_profiles_are_xml_with_these_names(esl: EslPeer) -> None:
    file = ElementTree.fromstring(
        esl.api("xml_locate configuration configuration name event_socket.conf")
    )
    names = [one.attrib["name"] for one in file.iterfind("settings/param")]
    assert names == ["nat-map", "listen-ip", "listen-port", "password"]
    profile = ElementTree.fromstring(esl.api("sofia xmlstatus profile internal"))
    (info,) = profile.findall("profile-info")
    assert [one.tag for one in info] == (
        "name domain-name auto-nat db-name pres-hosts dialplan context challenge-realm rtp-ip "
        "sip-ip url bind-url hold-music outbound-proxy inbound-codecs outbound-codecs tel-event "
        "dtmf-mode cng session-to max-dialog max-recv-rps nomedia late-neg proxy-media "
        "aggressive-nat calls-in calls-out failed-calls-in failed-calls-out registrations"
    ).split()
    assert info.findtext("inbound-codecs") == "PCMU,PCMA"


def test_a_disk_is_described_by_df(esl: EslPeer) -> None:
    head, line = esl.api("spawn_stream df -Pk /").splitlines()
    assert head.split()[:2] == ["Filesystem", "1024-blocks"]
    assert re.fullmatch(r"\S+ +\d+ +\d+ +\d+ +\d+% /", line)


@pytest.fixture
def paused(esl: EslPeer) -> Iterator[None]:
    assert esl.api("fsctl pause") == "+OK\n"
    yield
    esl.api("fsctl resume")


@pytest.mark.usefixtures("paused")
def test_a_paused_switch_turns_callers_away_and_dials_nobody(
    freeswitch: FreeSwitchInstance, esl: EslPeer, sipp: SippWorld
) -> None:
    caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
    until(lambda: "SIP/2.0 503 Maximum Calls In Progress" in caller.messages)
    assert esl.api("originate null/x &park()") == "-ERR DESTINATION_OUT_OF_ORDER\n"
    assert esl.api("originate user/1019@acd.test &park()") == "-ERR USER_NOT_REGISTERED\n"
    assert esl.api("fsctl resume outbound") == "+OK\n"
    assert [esl.api(f"fsctl pause_check{way}") for way in ("", " inbound", " outbound")] == [
        "false", "true", "false",
    ]  # fmt: skip
    assert esl.api("originate null/x &park()").startswith("+OK ")
