"""Callers handed over by REFER to the trunk that they came in on, with the whole daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import at_work, ended, outcomes, until
from tests.live.test_flows import tags, with_flows

FLOW = """
flow: 1
languages: [en]
steps:
  away:
    transfer: "{number}"
    by: refer
    on: {{ busy: busy, refused: refused }}
    next: other
  busy: {{ tag: {{ came: "'busy'" }}, next: end }}
  refused: {{ tag: {{ came: "'refused'" }}, next: end }}
  other: {{ tag: {{ came: "'other'" }} }}
  end: {{ hangup: normal }}
"""
#: The harness's dialplan names the trunk group `external`.
TRUNKS = """
trunks:
  external: {{ {refer_to} }}
"""
CARRIER = 'refer_to: "sip:{number}@carrier.example"'


def written(folder: Path, switch: FreeSwitchInstance, number: str, refer_to: str) -> str:
    text = with_flows(folder, switch, "    dial_allow: ['+49']\n", main=FLOW.format(number=number))
    return text + TRUNKS.format(refer_to=refer_to)


def test_a_caller_is_handed_over_and_the_call_is_over_here(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    with at_work(tmp_path, written(tmp_path, freeswitch, "+4930777", CARRIER)) as daemon:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", refer="200 OK"))
        facts = ended(daemon)
        assert outcomes(facts) == ["diverted"]
        assert [one["type"] for one in facts if one["type"].startswith("Number")] == [
            "NumberReached"
        ]
        assert "sip:+4930777@carrier.example" in caller.messages
        until(lambda: "BYE sip:" in caller.messages)


@pytest.mark.parametrize(
    ("number", "refer_to", "answer", "came"),
    [
        ("+4930777", CARRIER, "486 Busy Here", "busy"),
        ("+4930777", CARRIER, "500 Server Internal Error", "other"),
        ("+4930777", CARRIER, "", "refused"),
        ("+4930777", "", "200 OK", "refused"),
    ],
)
def test_the_flow_goes_on_where_the_number_is_not_reached(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path,
    number: str, refer_to: str, answer: str, came: str,
) -> None:  # fmt: skip
    with at_work(tmp_path, written(tmp_path, freeswitch, number, refer_to)) as daemon:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", refer=answer))
        facts: list[dict[str, Any]] = ended(daemon)
        assert tags(facts) == {"came": came}
        assert ("REFER sip:" in caller.messages) == bool(refer_to)
