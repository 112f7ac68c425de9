"""Who calls, at a real FreeSWITCH: withheld numbers, legs that it dialled itself, telephones of the
centre; and what agents' telephones show."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.freeswitch_config import Gateway, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at
from tests.live.test_daemon import at_work, calls, ended, settings, until, work
from tests.unit.program.daemon_process import DaemonProcess

NUMBER = "+4930123456"


def begun(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [fact for fact in facts if fact["type"] == "CallStarted"]


def told(daemon: DaemonProcess) -> list[dict[str, Any]]:
    """What was told of the calls' beginnings, once there is something."""
    path = daemon.folder / "var" / "facts.jsonl"
    facts: list[dict[str, Any]] = until(
        lambda: begun(daemon.lines("var/facts.jsonl")) if path.exists() else []
    )
    return facts


def invite(phone: Sipp) -> str:
    """The INVITE that rang the telephone."""
    until(lambda: re.search(r"^(X-ACD-Call|Remote-Party-ID)", phone.messages, re.MULTILINE))
    return phone.messages.partition("INVITE sip:")[2].partition("\n\n")[0]


@pytest.mark.parametrize(
    "caller",
    [
        Caller("5001", number="anonymous", name="Anonymous", privacy="id"),
        Caller("5001", number="anonymous", name="Anonymous", asserted=NUMBER, privacy="id"),
        Caller("5001", number=NUMBER, name="Anna", privacy="user"),
        Caller("5001", number="+266696687", name="Anna"),
    ],
    ids=["anonymous", "asserted", "privacy user", "keys"],
)
def test_a_withheld_number_is_on_no_telephone_and_in_no_fact(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path, caller: Caller
) -> None:
    phone = sipp.phone(Phone(answer_ms=100))
    with at_work(tmp_path, settings(tmp_path, freeswitch, at(phone))) as daemon:
        work(daemon)
        sipp.call(freeswitch.trunk_port, caller)
        shown = invite(phone)
        (fact,) = told(daemon)
    assert "123456" not in shown
    assert "266696687" not in shown
    assert "Anna" not in shown
    assert 'From: "Anonymous" <sip:anonymous@' in shown
    assert "privacy=full" in shown
    assert "X-ACD-ANI" not in shown
    assert (fact["ani"], fact["withheld"]) == ("", True)


def test_a_second_withheld_caller_does_not_get_the_place_of_the_first(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    written = settings(tmp_path, freeswitch).replace("sales: {", "sales: { resume_s: 60,")
    with at_work(tmp_path, written) as daemon:
        hidden = Caller("5001", number="anonymous", name="Anonymous", privacy="id")
        first = sipp.call(freeswitch.trunk_port, hidden)
        until(lambda: calls(daemon, "waiting"))
        first.hang_up()
        until(lambda: not calls(daemon, "waiting"))
        sipp.call(freeswitch.trunk_port, hidden)
        until(lambda: calls(daemon, "waiting"))
        facts = ended(daemon)
    assert [one["resumed"] for one in facts if one["type"] == "CallQueued"] == [False, False]


def test_routing_may_use_a_number_that_the_network_vouches_for(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    rule = f"""
    rules:
      - {{ name: known, when: {{ ani: "{NUMBER}" }}, then: {{ priority: 7 }} }}
"""
    with at_work(tmp_path, settings(tmp_path, freeswitch) + rule) as daemon:
        hidden = Caller("5001", number="anonymous", name="Anonymous", asserted=NUMBER, privacy="id")
        sipp.call(freeswitch.trunk_port, hidden)
        (call,) = until(lambda: calls(daemon, "waiting"))
    assert (call["priority"], call["ani"], call["withheld"]) == (7, "", True)


def test_numbers_may_be_hidden_from_telephones_and_the_queue_shown(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phone = sipp.phone(Phone(answer_ms=100))
    own = 'sales: { caller_name: "{queue}: {name}", show_numbers: false,'
    written = settings(tmp_path, freeswitch, at(phone)).replace("sales: {", own)
    with at_work(tmp_path, written) as daemon:
        work(daemon)
        sipp.call(freeswitch.trunk_port, Caller("5001", number=NUMBER, name="Miller"))
        shown = invite(phone)
        (fact,) = told(daemon)
    assert 'From: "sales - Miller" <sip:anonymous@' in shown
    assert "123456" not in shown
    assert "X-ACD-Name: Miller" in shown
    assert fact["ani"] == NUMBER


def test_a_withheld_number_is_not_told_to_a_number_outside(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld, tmp_path: Path
) -> None:
    outside = sipp.phone(Phone(answer_ms=100))
    switch = new_freeswitch(
        SwitchOptions(gateways=(Gateway("carrier", f"127.0.0.1:{outside.port}"),))
    )
    switch.start()
    written = settings(tmp_path, switch)
    written = written.replace('"*": { queue: sales }', '"*": { number: "+4940999" }')
    written += '    dial_allow: ["+49"]\n    dial: { via: [carrier] }\n'
    written += 'trunks:\n  carrier:\n    gateways: ["sofia/gateway/carrier/{number}"]\n'
    with at_work(tmp_path, written):
        hidden = Caller("5001", number="anonymous", name="Anonymous", asserted=NUMBER, privacy="id")
        sipp.call(switch.trunk_port, hidden)
        shown = invite(outside)
    assert "123456" not in shown
    assert 'From: "Anonymous" <sip:anonymous@' in shown
    assert "privacy=full" in shown


def test_a_leg_that_the_switch_has_dialled_is_queued_like_any_other(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phone, campaign = sipp.phone(Phone(answer_ms=100, talk_ms=500)), sipp.phone(Phone())
    customer = at(campaign, "4930777")
    with at_work(tmp_path, settings(tmp_path, freeswitch, at(phone))) as daemon:
        assert freeswitch.fs_cli(f"originate {customer} &park()").startswith("+OK")
        assert freeswitch.fs_cli(f"originate {customer} 5001 XML public").startswith("+OK")
        (call,) = until(lambda: calls(daemon, "waiting"))
        assert (call["direction"], call["ani"], call["dnis"]) == ("outbound", "4930777", "5001")
        work(daemon)
        facts = ended(daemon)
    (fact,) = begun(facts)
    assert (fact["direction"], fact["ani"], fact["withheld"]) == ("outbound", "4930777", False)
    assert [one["outcome"] for one in facts if one["type"] == "CallEnded"] == ["answered"]


def test_a_leg_that_the_switch_has_dialled_is_known_after_a_restart(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    customer = at(sipp.phone(Phone()), "4930777")
    with at_work(tmp_path, settings(tmp_path, freeswitch)):
        pass
    assert freeswitch.fs_cli(f"originate {customer} 5001 XML public").startswith("+OK")
    with at_work(tmp_path, settings(tmp_path, freeswitch)) as daemon:
        (call,) = until(lambda: calls(daemon, "waiting"))
        assert (call["direction"], call["ani"]) == ("outbound", "4930777")


def test_a_telephone_of_the_centre_is_queued_and_known_by_its_password(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    with at_work(tmp_path, settings(tmp_path, freeswitch)) as daemon:
        # It says that it is another.
        sipp.dial(freeswitch.sip_port, "1000", "5501", says="1001")
        sipp.dial(freeswitch.sip_port, "1007", "5501")
        until(lambda: len(calls(daemon, "waiting")) == 2)
        known = {(one["ani"], one["from_agent_id"]) for one in calls(daemon, "waiting")}
        assert known == {("1000", "t/anna"), ("1007", "")}
        assert {one["direction"] for one in calls(daemon, "waiting")} == {"internal"}
