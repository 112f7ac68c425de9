"""A FreeSWITCH that runs on exactly what the generator wrote, and calls that reach the queue."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.facts import CallConnected, CallQueued, CallStarted
from acdengine.program.switches.doctor import diagnose
from acdengine.settings.compile import load_plan
from adapters.freeswitch.protocol.quoting import display_text
from adapters.freeswitch.setup.autoload_configs import MODULES
from adapters.freeswitch.setup.config_files import files
from adapters.freeswitch.setup.switch_spec import (
    Gateway,
    InternalNumbers,
    NumberSet,
    Outbound,
    Phone,
    SwitchSpec,
)
from tests.live.centre import centre, plan
from tests.live.freeswitch_config import SwitchOptions, write_tone
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.sipp_calls import Phone as SippPhone

New = Callable[[SwitchOptions], FreeSwitchInstance]
ODD = "Zoë <&\"'> $${acd_esl_password} {a} X-PRE-PROCESS <include> -->"

PASSWORD = "a&b'<\"$$x X-pre-process/>"


def spec_for(switch: FreeSwitchInstance) -> SwitchSpec:
    ports = switch.ports
    return SwitchSpec(
        name="acd-generated",
        esl_password=switch.esl_password,
        esl_port=ports.esl,
        sip_ip="127.0.0.1",
        agents_port=ports.internal,
        trunk_port=ports.external,
        trunk_networks=("127.0.0.0/8",),
        rtp_from=ports.rtp_start,
        rtp_to=ports.rtp_end,
        codecs=("PCMU", "PCMA"),
        calls_per_s=1000,
        gateways=(Gateway(name="carrier", proxy="127.0.0.1:9"),),
        numbers=(NumberSet(tenant_id="t", patterns=("+4930555100", "600*")),),
        phones=(
            Phone(user="1000", domain="acd.test", display=ODD, agent_id="t/1000",
                  password="secret-1000"),
            Phone(user="odd", domain="acd.test", display="Odd", agent_id="t/odd",
                  password=PASSWORD),
        ),
        streams={"moh": str(switch.sounds / "moh"), "moh_vip": "$${sounds_dir}/moh_vip"},
        fallback_s=2,
    )  # fmt: skip


def started(new_freeswitch: New, **change: Any) -> FreeSwitchInstance:
    switch = new_freeswitch(SwitchOptions())
    conf = switch.folder / "conf"
    shutil.rmtree(conf)
    for file in files(replace(spec_for(switch), **change)):
        path = conf / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, "utf-8")
    switch.start(90)
    return switch


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 15
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


async def test_a_call_reaches_the_queue_and_an_agent_who_registered(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    switch = started(new_freeswitch)
    phone = sipp.phone(SippPhone(answer_ms=100))
    sipp.register(switch.sip_port, "1000", phone.port)
    async with centre(switch, plan({"1000": "user/1000@acd.test"})) as acd:
        call = sipp.call(switch.trunk_port, Caller(did="+4930555100"))
        queued = await acd.expect(CallQueued)
        assert switch.fs_cli(f"uuid_getvar {queued.call_id} acd_fallback") == "2"
        # The transfer that the dialplan had planned has been cancelled: there is none to delete.
        assert switch.fs_cli(f"sched_del {queued.call_id}").strip() == "+OK Deleted: 0"
        assert acd.told(CallStarted)[0].dnis == "+4930555100"
        acd.work("1000")
        await acd.expect(CallConnected)
        call.hang_up()
        call.wait()


async def test_a_telephone_reaches_its_own_tenants_queue_and_no_other(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    mine = InternalNumbers(tenant_id="t", domains=("acd.test",), patterns=("600*",))
    other = InternalNumbers(tenant_id="u", domains=("other.test",), patterns=("700*",))
    switch = started(new_freeswitch, internal=(mine, other))
    async with centre(switch, plan({"1000": "user/1000@acd.test"})) as acd:
        sipp.dial(switch.sip_port, "1000", "60042", says="1007")
        await acd.expect(CallQueued)
        (began,) = acd.told(CallStarted)
        assert (began.direction, began.ani, began.dnis) == ("internal", "1000", "60042")
        assert began.from_agent_id.endswith("/1000")
        refused = sipp.dial(switch.sip_port, "1000", "70042")
        until(lambda: "SIP/2.0 603" in refused.messages, "another tenant's number was dialled")
        # Without a password the number is not there.
        own = "{domain_name=acd.test}loopback/60042/acd_agents"
        assert "CALL_REJECTED" in switch.fs_cli(f"originate {own} &park()")
        assert len(acd.told(CallStarted)) == 1


async def test_an_engine_that_comes_late_but_in_time_keeps_the_caller(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    switch = started(new_freeswitch, fallback_s=60)
    call = sipp.call(switch.trunk_port, Caller(did="60042"))
    until(lambda: "1 session" in switch.fs_cli("status"), "no call")
    async with centre(switch, plan({})) as acd:
        queued = await acd.expect(CallQueued)
        assert switch.fs_cli(f"sched_del {queued.call_id}").strip() == "+OK Deleted: 0"
        call.hang_up()
        call.wait()


def test_without_an_engine_the_caller_leaves_a_message(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    switch = started(new_freeswitch)
    call = sipp.call(switch.trunk_port, Caller(did="60042", number="30123", tone_hz=500))
    until(lambda: bool(list(switch.recordings.glob("overflow-*.wav"))), "no message was taken")
    assert "30123 for 60042 was not taken by acdengine" in switch.log_text()
    call.hang_up()
    call.wait()


def test_without_an_engine_all_telephones_ring_or_a_number_outside(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    switch = started(new_freeswitch, overflow="ring")
    phone = sipp.phone(SippPhone(answer_ms=100))
    sipp.register(switch.sip_port, "1000", phone.port)
    call = sipp.call(switch.trunk_port, Caller(did="60042"))
    until(lambda: "200 OK" in call.messages, "nobody was rung")
    assert "INVITE sip:" in phone.messages
    # Whoever is not the engine's caller any more is not parked when the conversation ends.
    phone.hang_up()
    call.wait()
    until(lambda: "\n0 session(s) - peak" in switch.fs_cli("status"), "the caller stays")
    assert not list(switch.recordings.glob("overflow-*.wav"))
    switch.stop()
    far = sipp.phone(SippPhone(answer_ms=100))
    gateway = Gateway(name="carrier", proxy=f"127.0.0.1:{far.port}", ping_s=0)
    dialled = started(
        new_freeswitch, overflow="number", overflow_target="+4930777", gateways=(gateway,)
    )
    again = sipp.call(dialled.trunk_port, Caller(did="60042"))
    until(lambda: "200 OK" in again.messages, "nothing was dialled")
    assert "INVITE sip:+4930777@" in far.messages


def test_what_another_switch_sends_rings_the_telephone_that_it_names(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    switch = started(new_freeswitch, peers=("127.0.0.1",))
    phone = sipp.phone(SippPhone(answer_ms=100))
    sipp.register(switch.sip_port, "1000", phone.port)
    for headers, answers_itself in (
        ("sip_h_X-ACD-Node=east,sip_h_X-ACD-Domain=acd.test", False),
        ("sip_h_X-ACD-Node=east,sip_h_X-ACD-Domain=acd.test,sip_h_X-ACD-Auto-Answer=true", True),
    ):
        dialled = f"{{{headers}}}sofia/external/sip:1000@127.0.0.1:{switch.trunk_port}"
        assert "+OK" in switch.fs_cli(f"originate {dialled} &park()")
        assert ("answer-after=0" in phone.messages) == answers_itself
    stranger = f"{{sip_h_X-ACD-Node=east}}sofia/external/sip:1000@127.0.0.1:{switch.trunk_port}"
    assert "UNALLOCATED_NUMBER" in switch.fs_cli(f"originate {stranger} &park()")


def test_telephones_dial_what_is_allowed_and_nothing_else(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    far = sipp.phone(SippPhone())
    switch = started(
        new_freeswitch,
        gateways=(Gateway(name="carrier", proxy=f"127.0.0.1:{far.port}", ping_s=0),),
        outbound=(Outbound(domain="acd.test", prefixes=("+49",), gateways=("carrier",)),),
    )
    own = "{domain_name=acd.test}"
    switch.fs_cli(f"originate {own}loopback/+4930777/acd_agents &park()")
    until(lambda: "INVITE sip:+4930777@" in far.messages, "nothing was dialled")
    for refused in ("+33123456", "+49", "1001"):
        told = switch.fs_cli(f"originate {own}loopback/{refused}/acd_agents &park()")
        assert "CALL_REJECTED" in told, refused
    assert "+OK" in switch.fs_cli(f"originate {own}loopback/9196/acd_agents &park()")


def test_a_number_of_nobody_is_refused_by_the_switch(new_freeswitch: New, sipp: SippWorld) -> None:
    switch = started(new_freeswitch, overflow="busy")
    unknown = sipp.call(switch.trunk_port, Caller(did="77777"))
    until(lambda: "SIP/2.0 404" in unknown.messages, "not refused")
    for followed in ("+4930555100%0A", "60042%0A", "60042%0D%0A"):
        refused = sipp.call(switch.trunk_port, Caller(did=followed))
        until(lambda refused=refused: "SIP/2.0 404" in refused.messages, followed)  # type: ignore[misc]
    late = sipp.call(switch.trunk_port, Caller(did="600"))
    until(lambda: "SIP/2.0 486" in late.messages, "not busy")


def test_odd_names_and_passwords_arrive_as_they_are(new_freeswitch: New) -> None:
    switch = started(new_freeswitch)
    assert switch.fs_cli("user_data odd@acd.test param password") == PASSWORD
    assert switch.fs_cli("user_data 1000@acd.test var effective_caller_id_name") == display_text(
        ODD
    )
    loaded = [name for name in MODULES if switch.fs_cli(f"module_exists {name}") == "true"]
    assert loaded == list(MODULES)
    assert "ERR" not in "".join(
        line for line in switch.log_text().splitlines() if "[ERR]" in line
    ), switch.log_text()


SETTINGS = """
daemon: {{ journal: {{ folder: {folder}/journal }} }}
switches:
  fs1:
    port: {esl}
    password: ${{env:ACD_TEST_PASSWORD}}
    trunks: {{ networks: {{ 127.0.0.0/8: pstn }} }}
    recordings: {{ folder: {folder}/recordings }}
    setup:
      sip_address: 127.0.0.1
      agents_port: {agents}
      trunk_port: {trunk}
      rtp_from: {rtp_from}
      rtp_to: {rtp_to}
      music_folder: {sounds}
sounds: {{ folder: {sounds}, music: {{ default: moh }} }}
trunks: {{ pstn: {{ channels: 30 }} }}
tenants:
  acme:
    numbers: {{ +4930555100: {{ queue: support }} }}
    queues: {{ support: {{ announcements: {{ greeting: greeting, position: true }} }} }}
    agents: {{ "1000": {{ queues: [support], contact: user/1000@acd.test }} }}
"""


async def test_what_the_command_writes_runs_is_healthy_and_takes_a_call(
    new_freeswitch: New, sipp: SippWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = new_freeswitch(SwitchOptions())
    ports, conf, file = switch.ports, switch.folder / "conf", switch.folder / "acd.yaml"
    monkeypatch.setenv("ACD_TEST_PASSWORD", switch.esl_password)
    file.write_text(
        SETTINGS.format(
            folder=switch.folder, esl=ports.esl, agents=ports.internal, trunk=ports.external,
            rtp_from=ports.rtp_start, rtp_to=ports.rtp_end, sounds=switch.sounds,
        )
    )  # fmt: skip
    digits = switch.sounds / "en" / "us" / "callie" / "digits"
    digits.mkdir(parents=True)
    write_tone(digits / "1.wav", 900, 0.3)
    shutil.rmtree(conf)
    order = ["freeswitch", "config", "--config", str(file), "--output", str(conf)]
    done = CliRunner().invoke(app, order)
    assert done.exit_code == 0, done.output
    switch.start(90)
    settings, the_plan = load_plan([file])
    found = await diagnose(settings, the_plan, os.environ)
    # How long things took says more of the machine that tests than of the switch.
    worse = [
        one for part in found.values() for one in part if one.level != "ok" and not one.took_ms
    ]
    assert [(one.check, one.seen) for one in worse] == [("telephones", "0 of 1 registered")]
    async with centre(switch, the_plan) as acd:
        call = sipp.call(switch.trunk_port, Caller(did="+4930555100"))
        queued = await acd.expect(CallQueued)
        assert queued.queue_id == "acme/support"
        call.hang_up()
        call.wait()
