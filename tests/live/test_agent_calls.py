"""Agents who call, with the whole daemon and a real FreeSWITCH: their telephones, keys and PINs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from acdengine.settings.flows.library import load_flows
from acdengine.settings.passwords import hash_of
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import SippWorld
from tests.live.test_daemon import at_work, calls, settings, until
from tests.live.test_inputs import is_reading
from tests.live.test_shipped_flows import facts_with, of
from tests.unit.program.daemon_process import DaemonProcess
from tests.unit.speech.sounds import tone

SHIPPED = Path(__file__).parents[2] / "ivr_scripts"
#: Stand in no other test.
PIN = "58213904"
WRONG = "58213905"
#: Into the question for the PIN: the switch drops the keys that it has when the question begins.
_ASKED_S = 0.3


def written(folder: Path, switch: FreeSwitchInstance) -> str:
    """Settings whose numbers lead to the shipped flow, with a tone for each prompt."""
    (folder / "flows").mkdir()
    (folder / "flows" / "prompts").mkdir()
    for name in ("agent-sign-in.yaml", "prompts/de.yaml", "prompts/en.yaml"):
        (folder / "flows" / name).write_text((SHIPPED / name).read_text())
    for language, names in load_flows([folder / "flows"], draft=True).prompts.items():
        (folder / "sounds" / language).mkdir(parents=True)
        for name in names:
            tone(8_000, 0.6).write(folder / "sounds" / language / f"{name}.wav")
    (folder / "pin").write_text(hash_of(PIN))
    text = settings(folder, switch).replace("{ queue: sales }", "{ flow: agent-sign-in }", 1)
    text = text.replace(str(switch.sounds), f"{folder}/sounds")
    more = f"    ivr: {{ folder: {folder / 'flows'} }}\n"
    more += "    not_ready_reasons: [break, lunch]\n    pins: { attempts: 2, lock_s: 600 }\n"
    text = text.replace("    wrap_up:", more + "    wrap_up:")
    pin = f'number: "1001", pin: "${{file:{folder}/pin}}", '
    return text.replace("anna: { ", f"anna: {{ {pin}", 1)


def press(esl: EslPeer, call_id: str, keys: str) -> None:
    for key in keys:
        esl.api(f"uuid_recv_dtmf {call_id} {key}")


def comes_in(esl: EslPeer, daemon: DaemonProcess, pin: str) -> str:
    """The call in the flow, once its number and PIN are typed."""
    (call,) = until(lambda: calls(daemon, "flow"))
    call_id: str = call["call_id"]
    press(esl, call_id, "1001#")
    until(lambda: is_reading(esl, call_id))
    time.sleep(_ASKED_S)
    press(esl, call_id, f"{pin}#")
    return call_id


def state_of(daemon: DaemonProcess) -> tuple[str, str, str]:
    agent = daemon.control("GET", "/v1/agents/t/anna")
    return agent["state"], agent["reason"] or "", agent["contact"]


def checks(facts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["agent_id"], one["outcome"]) for one in of(facts, "AgentPinChecked")]


def test_an_agent_signs_in_by_number_and_pin_and_the_pin_is_nowhere(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, tmp_path: Path
) -> None:
    with freeswitch.esl() as listener:
        listener.command("event plain all")
        with at_work(tmp_path, written(tmp_path, freeswitch)) as daemon:
            # From another telephone than the usual one.
            telephone = sipp.dial(freeswitch.sip_port, "1007", "5501")
            call_id = comes_in(esl, daemon, PIN)
            facts = facts_with(daemon, "AgentPinChecked")
            assert checks(facts) == [("t/anna", "accepted")]
            press(esl, call_id, "1")
            until(lambda: state_of(daemon)[0] == "not_ready")
            assert state_of(daemon)[2] == "user/1007@acd.test"
            press(esl, call_id, "32")
            until(lambda: state_of(daemon)[:2] == ("not_ready", "lunch"))
            press(esl, call_id, "2")
            until(lambda: state_of(daemon)[1] not in ("lunch", "signed-in"))
            telephone.hang_up()
            until(lambda: not calls(daemon, "flow"))
            pages = [daemon.get("metrics"), str(daemon.control("GET", f"/v1/calls/{call_id}"))]
        listener.api("status")
        told = bytes(listener.recorded).decode("utf-8", "replace")
    assert call_id in told
    told = "\n".join(line for line in told.splitlines() if not line.startswith("API-Command"))
    files = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert any("journal" in str(path) for path in files)
    everything = [told, freeswitch.log_text(), *pages, *map(str, files)]
    everything += [path.read_bytes().decode("latin-1") for path in files]
    assert not [text for text in everything if PIN in text]


def test_wrong_pins_lock_the_agent_and_the_log_says_so(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, tmp_path: Path
) -> None:
    with at_work(tmp_path, written(tmp_path, freeswitch)) as daemon:
        sipp.dial(freeswitch.sip_port, "1000", "5501")
        call_id = comes_in(esl, daemon, WRONG)
        facts_with(daemon, "AgentPinChecked")
        until(lambda: not is_reading(esl, call_id))
        comes_in(esl, daemon, WRONG)
        until(lambda: len(checks(facts_with(daemon, "AgentPinChecked"))) == 2)
        until(lambda: not is_reading(esl, call_id))
        comes_in(esl, daemon, PIN)
        until(lambda: len(checks(facts_with(daemon, "AgentPinChecked"))) == 3)
        told = of(facts_with(daemon, "AgentPinChecked"), "AgentPinChecked")
        assert [one["outcome"] for one in told] == ["refused", "refused", "locked"]
        assert told[1]["locked_until_us"] > told[1]["at_us"]
        log = (tmp_path / "var" / "log.jsonl").read_text()
        assert "too many wrong PINs (agent t/anna)" in log
