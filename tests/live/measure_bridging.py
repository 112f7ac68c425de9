"""How long a caller waits from the agent's answer to the conversation, on a real FreeSWITCH.

    FREESWITCH_BIN=... python -m tests.live.measure_bridging [--calls 300] [--agents 8] [--json F]

Callers and telephones are SIPp, everything between is the engine with its adapter. Telephones ring
(180) and answer after times of their own, from 170 to 700 ms. Two clocks are told:

- `answer_to_bridge_ms`: from FreeSWITCH's CHANNEL_ANSWER of the agent's leg to its CHANNEL_BRIDGE,
  by its own clock in steps of a millisecond;
- `ok_to_bridge_ms`: from the 200 OK in the telephone's log to the arrival of the CHANNEL_BRIDGE on
  an event connection of our own, which is knocked at every 2 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from acdengine.facts import CallConnected, CallEnded, OfferClosed
from tests.live.centre import Centre, centre, plan
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld, at

_KNOCK_S: Final = 0.002
_SENT = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\s+UDP message sent [^\n]*\n\n"
    r"SIP/2\.0 200 OK\n(.*?)\n\n",
    re.DOTALL,
)


@dataclass(slots=True)
class Seen:
    """The events of one agent's leg: FreeSWITCH's clock and ours, microseconds and seconds."""

    sip_call_id: str = ""
    answered_us: int = 0
    by_switch: bool = False
    bridged_us: int = 0
    bridge_came_s: float = 0.0


@dataclass(slots=True)
class Watch:
    """Watches the switch beside the engine, in a thread of its own."""

    peer: EslPeer
    legs: dict[str, Seen] = field(default_factory=dict)
    is_over: bool = False

    def run(self) -> None:
        """Until `is_over`."""
        self.peer.subscribe("CHANNEL_ANSWER", "CHANNEL_BRIDGE")
        knocked: socket.socket = self.peer._socket
        while not self.is_over:
            try:
                event = self.peer.wait_until(lambda _: True, _KNOCK_S)
            except TimeoutError:
                knocked.sendall(b"\n")
                continue
            now_s = time.time()
            stamp_us = int(event["Event-Date-Timestamp"])
            if event["Event-Name"] == "CHANNEL_BRIDGE":
                for name in ("Bridge-A-Unique-ID", "Bridge-B-Unique-ID"):
                    seen = self.legs.get(event[name])
                    if seen is not None and not seen.bridged_us:
                        seen.bridged_us, seen.bridge_came_s = stamp_us, now_s
            elif event.get("variable_acd_agent_id"):
                self.legs[event["Unique-ID"]] = Seen(
                    event.get("variable_sip_call_id", ""),
                    stamp_us,
                    "variable_api_on_answer" in event,
                )


def answers(phones: list[Sipp]) -> dict[str, float]:
    """When each telephone sent the 200 OK for its INVITE, by Call-ID, seconds since 1970."""
    sent: dict[str, float] = {}
    for phone in phones:
        for stamp, head in _SENT.findall(phone.messages):
            call_id = re.search(r"^Call-ID: *(\S+)$", head, re.MULTILINE)
            if call_id is None or not re.search(r"^CSeq: *\d+ INVITE$", head, re.MULTILINE):
                continue
            when = datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
            sent.setdefault(call_id[1], when)
    return sent


def share(values: list[float], part: float) -> float:
    """The value below which this part of all lies (nearest rank)."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, max(0, -int(-part * len(ordered)) - 1))], 1)


async def served(acd: Centre, calls: int, names: tuple[str, ...]) -> None:
    """All callers have been served."""
    acd.work(*names)
    await acd.expect(CallEnded, calls, limit_s=60 + calls)


def measure(calls: int, agents: int) -> dict[str, object]:
    """Run so many calls and say how long they took."""
    os.environ["TZ"] = "UTC"  # SIPp's log is in local time
    time.tzset()
    with tempfile.TemporaryDirectory() as folder:
        options = SwitchOptions(log_level="warning", core={"1ms-timer": "true"})
        binary = Path(os.environ["FREESWITCH_BIN"])
        switch = FreeSwitchInstance(binary, Path(folder) / "node", options)
        sipp = SippWorld(Path(folder))
        switch.start()
        try:
            return asyncio.run(_measured(switch, sipp, calls, agents))
        finally:
            sipp.close()
            switch.stop()


async def _measured(
    switch: FreeSwitchInstance, sipp: SippWorld, calls: int, agents: int
) -> dict[str, object]:
    phones = [sipp.phone(Phone(170 + 531 * n // agents, 300)) for n in range(agents)]
    names = tuple(f"agent{n}" for n in range(agents))
    contacts = {name: at(phone) for name, phone in zip(names, phones, strict=True)}
    watch = Watch(switch.esl())
    watching = threading.Thread(target=watch.run)
    watching.start()
    try:
        async with centre(switch, plan(contacts)) as acd:
            sipp.call(switch.trunk_port, Caller("5001"), calls=calls, per_s=10)
            await served(acd, calls, names)
            connected = acd.told(CallConnected)
            closed = Counter(fact.outcome for fact in acd.told(OfferClosed))
            outcomes = [fact.outcome for fact in acd.told(CallEnded)]
    finally:
        watch.is_over = True
        watching.join()
        watch.peer.close()
    sent = answers(phones)
    bridged = [seen for seen in watch.legs.values() if seen.bridged_us]
    own = [(seen.bridged_us - seen.answered_us) / 1000 for seen in bridged]
    whole = [
        (seen.bridge_came_s - sent[seen.sip_call_id]) * 1000
        for seen in bridged
        if seen.sip_call_id in sent
    ]
    return {
        "calls": calls,
        "answered": outcomes.count("answered"),
        "connected": len(connected),
        "offers_that_failed": dict(closed),
        "bridged_by_the_switch": sum(seen.by_switch for seen in bridged),
        "answer_to_bridge_ms": _figures(own),
        "answer_to_bridge_by_order_ms": [
            (seen.bridged_us - seen.answered_us) / 1000 for seen in bridged if not seen.by_switch
        ],
        "ok_to_bridge_ms": _figures(whole),
    }


def _figures(values: list[float]) -> dict[str, float]:
    return {
        "count": len(values),
        "p50": share(values, 0.50),
        "p95": share(values, 0.95),
        "p99": share(values, 0.99),
        "max": round(max(values), 1),
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, prog="measure_bridging")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.calls, options.agents)
    text = json.dumps(found, indent=2)
    sys.stdout.write(text + "\n")
    if options.json is not None:
        options.json.write_text(text + "\n")
    return 0 if found["answered"] == found["calls"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
