"""The doctor's checks of a switch, on answers as FreeSWITCH gives them."""

from __future__ import annotations

import wave
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.freeswitch.doctor import core_checks, security_checks, sip_checks, sound_checks
from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, listed
from adapters.freeswitch.doctor.run_checks import examine
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.doctor.trial_call import disk
from adapters.freeswitch.protocol.errors import CommandRefused
from adapters.freeswitch.setup.autoload_configs import MODULES
from adapters.freeswitch.wire.connection import ConnectionSettings
from tests.unit.freeswitch import esl_frames
from tests.unit.freeswitch.scripted_switch import ScriptedSwitch

STATUS = """UP 0 years, 0 days
3 session(s) - peak 9, last 5min 4
1 session(s) per Sec out of max 30, peak 2, last 5min 2
1000 session(s) max
"""
SETTINGS = ConnectionSettings(host="127.0.0.1", password="a-long-enough-word")


class Answers(SwitchQueries):
    """A switch that answers from a list; what is not in it is refused."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.ahead_us = [40_000, 3_000]

    async def api(self, name: str, argument: str = "") -> str:
        asked = f"{name} {argument}".rstrip()
        for key, answer in self.answers.items():
            if asked == key or (key.endswith("*") and asked.startswith(key[:-1])):
                if answer.startswith("-ERR"):
                    raise CommandRefused(answer)
                return answer.strip()
        raise CommandRefused(f"-ERR {asked}")

    async def job(self, name: str, argument: str = "") -> str:
        return await self.api(name, argument)


async def levels(
    check: Callable[[SwitchQueries, Wanted], Awaitable[list[Finding]]],
    answers: dict[str, str],
    wanted: Wanted | None = None,
) -> list[tuple[str, str]]:
    findings = await check(Answers(answers), wanted or Wanted())
    for finding in findings:
        assert bool(finding.advice) == (finding.level != "ok"), finding
    return [(finding.level, finding.seen) for finding in findings]


@pytest.mark.parametrize(
    ("told", "level"),
    [("1.11.1-release", "ok"), ("1.10.12", "ok"), ("1.10.6", "error"), ("1.8.7", "error"),
     ("1.12.0", "warning"), ("2.0.0-dev", "warning"), ("git", "warning")],
)  # fmt: skip
async def test_versions(told: str, level: str) -> None:
    assert await levels(core_checks.version, {"version short": told}) == [
        (level, f"FreeSWITCH {told}")
    ]


async def test_modules_that_calls_need_are_errors_and_others_warnings() -> None:
    answers = {"module_exists mod_sofia": "false", "module_exists mod_say_de": "false",
               "module_exists mod_native_file": "false", "module_exists *": "true"}  # fmt: skip
    assert await levels(core_checks.modules, answers, Wanted(languages=("en", "de"))) == [
        ("error", "not loaded: mod_sofia (SIP)"),
        (
            "warning",
            f"not loaded: mod_native_file ({MODULES['mod_native_file']})",
        ),
        ("warning", "not loaded: mod_say_de (saying numbers)"),
    ]


async def test_the_clock_is_told_by_the_event_that_came_quickest() -> None:
    assert await levels(core_checks.clock, {}) == [("ok", "the switch's clock is 0.04 s ahead")]
    talk = Answers({})
    talk.ahead_us = [-9_000_000, -8_500_000]
    (finding,) = await core_checks.clock(talk, Wanted())
    assert (finding.level, finding.seen) == ("warning", "the switch's clock is 8.50 s behind")


@pytest.mark.parametrize(
    ("channels", "paused", "level"),
    [(100, "false", "ok"), (600, "false", "warning"), (1, "true", "error")],
)
async def test_limits_beside_the_trunks(channels: int, paused: str, level: str) -> None:
    answers = {"fsctl pause_check *": paused, "status": STATUS, "xml_locate *": "<c/>"}
    ((found, seen),) = await levels(core_checks.limits, answers, Wanted(channels=channels))
    assert found == level
    assert "paused" in seen or seen == "3 legs of at most 1000, 30 a second, ports for 8192"


async def test_too_few_ports_for_speech() -> None:
    few = (
        '<c><param name="rtp-start-port" value="100"/><param name="rtp-end-port" value="199"/></c>'
    )
    answers = {"fsctl pause_check *": "false", "status": STATUS, "xml_locate *": few}
    assert await levels(core_checks.limits, answers, Wanted(channels=60)) == [
        ("warning", "3 legs of at most 1000, 30 a second, ports for 50")
    ]


@pytest.mark.parametrize(("interval", "level"), [("2", "ok"), ("20", "warning"), ("", "warning")])
async def test_a_heartbeat_that_is_too_slow(interval: str, level: str) -> None:
    xml = f'<c><param name="event-heartbeat-interval" value="{interval}"/></c>'
    ((found, _),) = await levels(core_checks.heartbeat, {"xml_locate *": xml})
    assert found == level


@pytest.mark.parametrize(
    ("password", "level"), [("ClueCon", "error"), ("short", "warning"), ("a-long-one-42", "ok")]
)
def test_passwords_that_can_be_guessed(password: str, level: str) -> None:
    (finding,) = security_checks.password(replace(SETTINGS, password=password))
    assert finding.level == level
    # The default is known to everybody; no other is ever shown.
    assert (password in f"{finding.seen}{finding.advice}") == (password == "ClueCon")


@pytest.mark.parametrize(
    ("host", "level"),
    [("127.0.0.1", "ok"), ("::1", "ok"), ("localhost", "ok"), ("10.0.0.5", "warning"),
     ("fs.example.com", "warning")],
)  # fmt: skip
def test_a_way_that_leaves_the_machine_is_in_clear(host: str, level: str) -> None:
    (finding,) = security_checks.way(replace(SETTINGS, host=host))
    assert finding.level == level


@pytest.mark.parametrize(
    ("listens", "acl", "lets_in", "level"),
    [
        ("127.0.0.1", "", "true", "ok"),
        ("", "", "true", "ok"),
        ("::", "", "true", "warning"),
        ("0.0.0.0", "acd_esl", "false", "ok"),
        ("0.0.0.0", "lan", "true", "error"),
        ("0.0.0.0", "no plain word", "true", "ok"),
    ],
)
async def test_an_event_socket_that_is_open_to_the_world(
    listens: str, acl: str, lets_in: str, level: str
) -> None:
    xml = (
        f'<c><param name="listen-ip" value="{listens}"/>'
        f'<param name="password" value="hidden-word"/>'
        f'<param name="apply-inbound-acl" value="{acl}"/></c>'
    )
    (finding,) = await security_checks.access(Answers({"xml_locate *": xml, "acl *": lets_in}))
    assert finding.level == level
    assert "hidden-word" not in repr(finding)


def profile(codecs: str) -> dict[str, str]:
    return {
        "sofia xmlstatus": "<profiles><profile><name>internal</name><state>RUNNING (0)</state>"
        "</profile><profile><name>internal</name><state>RUNNING (0)</state>"
        "</profile><profile><name>down</name><state>DOWN</state></profile></profiles>",
        "sofia xmlstatus profile internal": "<profile><profile-info><url>sip:x@192.0.2.1:5060"
        f"</url><inbound-codecs>{codecs}</inbound-codecs></profile-info></profile>",
    }


@pytest.mark.parametrize(
    ("codecs", "level"), [("OPUS,PCMA", "ok"), ("pcmu@20i", "ok"), ("OPUS,G722", "warning")]
)
async def test_profiles_and_their_codecs(codecs: str, level: str) -> None:
    found = await levels(sip_checks.profiles, profile(codecs))
    assert found == [
        (level, f"internal runs at 192.0.2.1:5060 with {codecs}"),
        ("error", "down is DOWN"),
    ]
    assert (await levels(sip_checks.profiles, {"sofia xmlstatus": "none"}))[0][0] == "error"


def gateway(name: str, state: str, status: str, every_s: int = 30) -> str:
    return (
        f"<gateway><name>{name}</name><state>{state}</state><status>{status}</status>"
        f"<pingfreq>{every_s}</pingfreq></gateway>"
    )


async def test_gateways() -> None:
    xml = "".join([
        gateway("a", "NOREG", "UP"), gateway("b", "NOREG", "DOWN (ping)"),
        gateway("c", "FAIL_WAIT", "UP"), gateway("d", "REGED", "UP", 0),
    ])  # fmt: skip
    answers = {"sofia xmlstatus gateway": f'<?xml version="1.0"?><gateways>{xml}</gateways>'}
    found = await levels(sip_checks.gateways, answers, Wanted(gateways=("a", "gone")))
    assert found == [
        ("error", "there is no gateway gone"),
        ("ok", "a: NOREG, UP"),
        ("error", "b: NOREG, DOWN (ping)"),
        ("error", "c: FAIL_WAIT, UP"),
        ("warning", "d: REGED, UP"),
    ]
    none = {"sofia xmlstatus gateway": "<gateways></gateways>"}
    assert [level for level, _ in await levels(sip_checks.gateways, none)] == ["ok"]


async def test_telephones() -> None:
    phones = {"t/a": ("a", "d"), "t/b": ("b", "d"), "t/c": ("c", "d"), "t/odd": ("o d", "d")}
    answers = {
        "user_exists id c d": "false",
        "user_exists *": "true",
        "sofia_contact */a@d": "sofia/internal/sip:a@192.0.2.9",
        "sofia_contact */b@d": "error/user_not_registered",
    }
    assert await levels(sip_checks.telephones, answers, Wanted(phones=phones)) == [
        ("error", "not in the directory: t/c, t/odd"),
        ("ok", "1 of 4 registered; not: t/b"),
    ]
    nobody = {"user_exists *": "true", "sofia_contact *": "error/user_not_registered"}
    alone = Wanted(phones={"t/a": ("a", "d")})
    assert await levels(sip_checks.telephones, nobody, alone) == [("warning", "0 of 1 registered")]
    assert [level for level, _ in await levels(sip_checks.telephones, {})] == ["ok"]


async def test_prompts(tmp_path: Path) -> None:
    for name, rate in (("plain", 8000), ("wide", 16000)):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
    (tmp_path / "text.wav").write_text("no sound")
    prompts = {name: str(tmp_path / f"{name}.wav") for name in ("plain", "wide", "text")}
    answers = {"file_exists /away.wav": "false", "file_exists *": "true"}
    wanted = Wanted(prompts=prompts | {"away": "/away.wav"}, unknown_prompts=("nameless",))
    assert await levels(sound_checks.prompts, answers, wanted) == [
        ("error", "not on the switch: away (/away.wav)"),
        ("warning", "no sound is known for nameless"),
        ("ok", "3 of 4 are there"),
        ("warning", "not 8 kHz mono: wide (16000 Hz, 1 channels)"),
    ]
    assert [level for level, _ in await levels(sound_checks.prompts, {})] == ["ok"]


@pytest.mark.parametrize(
    ("rate", "ready", "stopped", "level"),
    [("8000", "true", "false", "ok"), ("16000", "true", "false", "warning"),
     ("8000", "false", "false", "error"), ("8000", "true", "true", "error")],
)  # fmt: skip
async def test_music(rate: str, ready: str, stopped: str, level: str) -> None:
    told = f"moh\n  location: /m\n  rate:     {rate}\n  ready:    {ready}\n  stopped:  {stopped}\n"
    found = await levels(sound_checks.music, {"local_stream show moh": told},
                         Wanted(streams=("moh", "gone")))  # fmt: skip
    assert [one[0] for one in found] == [level, "error"]


@pytest.mark.parametrize(("free_kb", "level"), [(80_890_600, "ok"), (1_048_576, "warning")])
async def test_room_for_recordings(free_kb: int, level: str) -> None:
    printed = f"Filesystem 1024-blocks Used Available\n/dev/vda 264212084 1 {free_kb} 24% /"
    answers = {
        "spawn_stream df -Pk /var/rec": "df: no such file",
        "spawn_stream df -Pk /var": printed,
    }
    ((found, seen),) = await levels(disk, answers, Wanted(recordings="/var/rec"))
    assert found == level
    assert "GB free for /var/rec" in seen
    assert await levels(disk, answers, Wanted(recordings="/a; rm b")) == []


async def test_a_check_that_fails_is_a_finding_and_the_others_go_on() -> None:
    async with ScriptedSwitch() as switch:
        switch.answers = {
            "api": esl_frames.api_response(b"-ERR broken\n"),
            "bgapi": esl_frames.reply("-ERR broken"),
        }
        findings = await examine(replace(SETTINGS, port=switch.port), Wanted(streams=("moh",)))
    found = {finding.check: finding for finding in findings}
    assert found["connection"].level == "ok"
    assert found["version"].seen == "could not be looked at: -ERR broken"
    assert found["disk"].level == "error"
    assert found["call: park"].level == "error"
    # The call is not gone on with.
    assert "call: ring" not in found


@pytest.mark.parametrize(
    ("greeting", "answer", "seen"),
    [
        (b"", "-ERR invalid", "the password is refused"),
        (b"Content-Type: text/rude-rejection\nContent-Length: 0\n\n", "", "is not let in"),
    ],
)
async def test_a_switch_that_lets_nobody_in(greeting: bytes, answer: str, seen: str) -> None:
    async with ScriptedSwitch() as switch:
        switch.greeting = greeting or switch.greeting
        switch.answers = {"auth": esl_frames.reply(answer)}
        findings = await examine(replace(SETTINGS, port=switch.port), Wanted())
    assert findings[0].level == "error"
    assert seen in findings[0].seen
    assert SETTINGS.password not in repr(findings)


async def test_a_port_where_nobody_is() -> None:
    async with ScriptedSwitch() as switch:
        settings = replace(SETTINGS, port=switch.port)
    findings = await examine(settings, Wanted())
    assert "nobody listens there" in findings[0].seen


def test_long_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(9)], 2) == "0, 1 and 7 more"
