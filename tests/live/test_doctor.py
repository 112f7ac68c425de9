"""The doctor at a real FreeSWITCH: what it finds there, and that its test call leaves nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.facts import CallStarted
from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding
from adapters.freeswitch.doctor.run_checks import examine
from adapters.freeswitch.wire.connection import ConnectionSettings
from tests.live.centre import centre, plan
from tests.live.freeswitch_config import Gateway, SwitchOptions, write_tone
from tests.live.freeswitch_instance import FreeSwitchInstance, free_port
from tests.live.sipp_calls import Phone, SippWorld

STEPS = ["park", "prompts", "numbers", "music", "ring", "bridge", "record", "hang up"]


def way_to(switch: FreeSwitchInstance) -> ConnectionSettings:
    return ConnectionSettings(
        host="127.0.0.1", port=switch.esl_port, password=switch.esl_password
    )  # fmt: skip


def wanted(switch: FreeSwitchInstance) -> Wanted:
    return Wanted(
        prompts={"greeting": str(switch.sounds / "greeting.wav")},
        streams=("moh",),
        phones={"t/1000": ("1000", "acd.test"), "t/1001": ("1001", "acd.test")},
        channels=60,
        recordings=str(switch.recordings / "doctor"),
    )


def about(findings: list[Finding], check: str) -> list[Finding]:
    return [one for one in findings if one.check == check]


async def silent(switch: FreeSwitchInstance) -> None:
    """The switch has no leg any more; the last of one takes some milliseconds."""
    deadline = time.monotonic() + 10
    while "\n0 session(s) - peak" not in switch.fs_cli("status"):
        assert time.monotonic() < deadline, switch.fs_cli("show channels")
        await asyncio.sleep(0.02)


async def test_a_healthy_switch_has_no_error_and_the_call_goes_through(
    freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    phone = sipp.phone(Phone())
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    async with centre(freeswitch, plan({})) as acd:
        findings = await examine(way_to(freeswitch), wanted(freeswitch))
        # How long things took says more of the machine that tests than of the switch.
        assert [one for one in findings if one.level != "ok" and not one.took_ms] == []
        assert not acd.told(CallStarted)
    steps = [one.check for one in findings if one.check.startswith("call: ")]
    assert steps == [f"call: {step}" for step in STEPS]
    (telephones,) = about(findings, "telephones")
    assert telephones.seen == "1 of 2 registered; not: t/1001"
    await silent(freeswitch)


async def test_what_is_missing_is_found(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
) -> None:
    modules = tuple(
        name for name in SwitchOptions().modules if name not in ("mod_conference", "mod_say_en")
    )
    unpinged = Gateway("pbx", f"127.0.0.1:{free_port()}")
    switch = new_freeswitch(
        SwitchOptions(modules=modules, heartbeat_s=20, codecs="G722", gateways=(unpinged,))
    )
    write_tone(switch.sounds / "wide.wav", 600, 1, rate=16_000)
    (switch.sounds / "sealed.wav").write_bytes(b"no sound at all")
    switch.start(90)
    sick = replace(
        wanted(switch),
        prompts={
            "gone": "/nowhere/gone.wav",
            "wide": str(switch.sounds / "wide.wav"),
            "sealed": str(switch.sounds / "sealed.wav"),
        },
        unknown_prompts=("nameless",),
        streams=("none",),
        phones={"t/ghost": ("ghost", "acd.test")},
        gateways=("carrier",),
        channels=1_000_000,
        says_numbers=True,
        recordings="/proc/recordings",
    )
    findings = await examine(way_to(switch), sick)
    found = {(one.check, one.level): one.seen for one in findings if one.level != "ok"}
    assert "mod_conference" in found["modules", "error"]
    assert "mod_say_en" in found["modules", "warning"]
    assert "every 20 s" in found["heartbeat", "warning"]
    assert "gone" in found["prompts", "error"]
    assert "wide (16000 Hz" in found["prompts", "warning"]
    assert "there is no stream none" in found["music", "error"]
    assert "t/ghost" in found["telephones", "error"]
    assert "there is no gateway carrier" in found["gateways", "error"]
    assert "pbx: NOREG" in found["gateways", "warning"]
    assert "with G722" in found["SIP profiles", "warning"]
    assert ("limits", "warning") in found
    assert ("call: record", "error") in found
    assert found["call: prompts", "error"] == "not played: gone, sealed"
    assert found["call: numbers", "error"] == "not said in en"
    # What is heard and kept does not end the call.
    assert about(findings, "call: hang up")[0].level == "ok"
    await silent(switch)
    for way, told in (("inbound", "takes no calls"), ("outbound", "makes no calls")):
        assert "+OK" in switch.fs_cli(f"fsctl pause {way}")
        paused = await examine(way_to(switch), sick, with_call=False)
        assert told in about(paused, "limits")[0].seen
        assert "+OK" in switch.fs_cli("fsctl resume")


async def test_a_trunk_whose_callers_can_have_any_address_dialled_is_an_error(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
) -> None:
    """Of files that FreeSWITCH has read; the dialplan is that of the tests."""
    refused = {"channel-xml-fetch-on-nightmare-transfer": "false"}
    switch = new_freeswitch(SwitchOptions(external=refused))
    switch.start(90)
    findings = await examine(way_to(switch), wanted(switch), with_call=False)
    trunk, dialplan = about(findings, "transfers")
    assert trunk.level == "error"
    assert trunk.seen.startswith("external: a caller in a call can have any address dialled")
    assert (dialplan.level, dialplan.advice) == ("ok", "")
    assert dialplan.seen.endswith("acdengine sets it for each call: public/answered")


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [({"password": "other-password"}, "password is refused"), ({"port": 0}, "nobody listens")],
)
async def test_a_switch_that_is_not_reached_is_one_error(
    freeswitch: FreeSwitchInstance, wrong: dict[str, object], seen: str
) -> None:
    if "port" in wrong:
        wrong = {"port": free_port()}
    findings = await examine(replace(way_to(freeswitch), **wrong), Wanted())  # type: ignore[arg-type]
    assert findings[0].check == "connection"
    assert findings[0].level == "error"
    assert seen in findings[0].seen
    assert [one.check for one in findings[1:]] == ["password", "way"]


SETTINGS = """
switches:
  fs1:
    port: {port}
    password: "${{env:ACD_TEST_PASSWORD}}"
    recordings: {{ folder: {recordings} }}
sounds: {{ folder: {sounds}, music: {{ default: moh }} }}
tenants:
  t:
    numbers: {{ "*": {{ queue: sales }} }}
    queues: {{ sales: {{ announcements: {{ greeting: greeting }} }} }}
"""


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({}, {}),
        ({"password": "not the one"}, {"connection": "the password is refused"}),
        (
            {"sounds": "/nowhere", "recordings": "/proc/recordings"},
            {
                "prompts": "not on the switch: greeting (/nowhere/greeting.wav)",
                "call: prompts": "not played: greeting",
                "call: record": "Cannot record session",
            },
        ),
    ],
)
def test_the_command_fails_where_calls_would(
    freeswitch: FreeSwitchInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    errors: dict[str, str],
) -> None:
    monkeypatch.setenv("ACD_TEST_PASSWORD", wrong.get("password", freeswitch.esl_password))
    right = {
        "sounds": str(freeswitch.sounds),
        "recordings": str(freeswitch.recordings),
    }
    file = tmp_path / "acd.yaml"
    file.write_text(SETTINGS.format(port=freeswitch.esl_port, **(right | wrong)))
    done = CliRunner().invoke(app, ["doctor", "--config", str(file), "--switch", "fs1", "--json"])
    assert done.stdout, done.output
    findings = json.loads(done.stdout)["fs1"]
    found = {one["check"]: one for one in findings if one["level"] == "error"}
    assert list(found) == list(errors)
    for check, told in errors.items():
        assert told in found[check]["seen"]
        assert found[check]["advice"]
    assert done.exit_code == (1 if errors else 0)
