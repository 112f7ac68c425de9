"""What a real dialplan writes on a caller's leg reaches the engine, after a restart too."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import at_work, calls, settings, until

DIALPLAN = """
<extension name="hints">
<condition field="destination_number" expression="^5111$">
<action application="set" data="acd_skills=german:5,bad skill,machines"/>
<action application="set" data="acd_priority=7"/>
<action application="set" data="acd_customer=miller"/>
<action application="set" data="acd_queue=t/second"/>
<action application="park"/>
</condition>
</extension>
"""


def brought(call: dict[str, Any]) -> list[Any]:
    return [call[name] for name in ("queue_id", "customer_id", "priority", "skills")]


def test_skills_priority_customer_and_queue_from_the_dialplan(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld, tmp_path: Path
) -> None:
    switch = new_freeswitch(SwitchOptions(extra_public=DIALPLAN))
    switch.start()
    written = settings(tmp_path, switch).replace(
        "    queues:\n",
        "    skills: [german, machines]\n"
        "    customers: { miller: { numbers: [123] } }\n"
        "    queues:\n      second: {}\n",
    )
    expected = ["t/second", "miller", 7, {"german": 5, "machines": 1}]
    with at_work(tmp_path, written) as daemon:
        sipp.call(switch.trunk_port, Caller("5111"))
        (call,) = until(lambda: calls(daemon, "waiting"))
        assert brought(call) == expected
        assert daemon.wait_for_log("channel variable left out")["value"] == "bad skill"
        daemon.process.send_signal(signal.SIGTERM)
        daemon.end()
    # An engine that knows nothing finds it all on the caller's leg.
    fresh = written.replace("  journal: { folder: var/journal }\n", "")
    assert fresh != written
    with at_work(tmp_path, fresh) as daemon:
        (call,) = calls(daemon, "waiting")
        assert brought(call) == expected
