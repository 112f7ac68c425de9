"""`python -m bench barge_in`: how soon a key silences a prompt of a shipped flow, heard in RTP.

A FreeSWITCH is started on loopback, and the whole daemon with the flows of `ivr_scripts`, in which
the first prompt is a long tone and all others are silence. A caller of its own (SIP and RTP on two
sockets) calls a flow, hears the tone for a while, presses one key, and notes when the last frame
with sound came. Counted from the end of the key: the first packet with the end bit (RFC 2833), the
INFO as it is sent, or the last frame of the two tones (in-band, found by `start_dtmf`, whose
detection is in the figure). `barge_in_ms_p50` and `_p99` are of the keys that are signalled.

It needs a checkout and FREESWITCH_BIN.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.machine import describe_machine
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.rtp_caller import RtpCaller
from tests.live.test_daemon import at_work
from tests.live.test_shipped_flows import IN_BAND, NUMBERS, systems, written
from tests.unit.speech.sounds import silence, tone

#: Flows whose first step listens: its prompt, and a key that fits.
FLOWS: Final = {
    "main-menu": ("language-choice", "2"),
    "order-status": ("type-order-number", "1"),
    "survey": ("survey-may-we", "2"),
    "agent-sign-in": ("type-agent-number", "1"),
}
#: How the key is pressed.
WAYS: Final[dict[str, Callable[[RtpCaller, str], tuple[float, float]]]] = {
    "rfc2833": RtpCaller.press,
    "info": RtpCaller.press_by_info,
    "in_band": RtpCaller.press_in_band,
}
GOAL_MS: Final = 60.0
_TONE_S: Final = 20.0


@contextmanager
def centre(binary: Path) -> Iterator[int]:
    """FreeSWITCH and the daemon at work; the port that callers ring."""
    folder = Path(tempfile.mkdtemp(prefix="acd-barge-in-"))
    switch = FreeSwitchInstance(
        binary, folder / "switch", SwitchOptions(log_level="warning", extra_public=IN_BAND)
    )
    try:
        switch.start()
        (folder / "centre").mkdir()
        with systems() as port:
            text = written(folder / "centre", switch, port)
            heard = [f"{prompt}.wav" for prompt, _ in FLOWS.values()]
            for file in (folder / "centre" / "sounds").rglob("*.wav"):
                sound = tone(8_000, _TONE_S) if file.name in heard else silence(8_000, 0.2)
                sound.write(file)
            with at_work(folder / "centre", text):
                yield switch.trunk_port
    finally:
        switch.kill9()
        shutil.rmtree(folder, ignore_errors=True)


def one_ms(port: int, flow: str, way: str) -> float:
    """From the end of the key to the last frame with sound, of one call, in ms."""
    caller = RtpCaller(port, NUMBERS[flow])
    caller.call()
    try:
        limit_s = time.monotonic() + 10
        while len(caller.heard) < 15:
            if time.monotonic() > limit_s:
                raise RuntimeError(f"{flow} is silent")
            time.sleep(0.005)
        _, ended_s = WAYS[way](caller, FLOWS[flow][1])
        time.sleep(0.6)
        if time.monotonic() - caller.heard[-1] < 0.3:
            raise RuntimeError(f"{flow} plays on behind a key by {way}")
        return (caller.heard[-1] - ended_s) * 1000
    finally:
        caller.hang_up()


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so many of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def measure(binary: Path, calls: int) -> dict[str, list[float]]:
    """So many calls of each way, the flows in turn."""
    told: dict[str, list[float]] = {}
    flows = list(FLOWS)
    with centre(binary) as port:
        for way in WAYS:
            told[way] = [one_ms(port, flows[at % len(flows)], way) for at in range(calls)]
            p50, p99 = percentile(told[way], 0.5), percentile(told[way], 0.99)
            print(f"{way:8} p50 {p50:5.0f} ms, p99 {p99:5.0f} ms", file=sys.stderr)
    return told


def main(argv: list[str]) -> int:
    """Measure, and write the JSON."""
    parser = argparse.ArgumentParser("python -m bench barge_in", description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="calls of each way")
    parser.add_argument("--json", type=Path, help="write the JSON there, too")
    options = parser.parse_args(argv)
    binary = os.environ.get("FREESWITCH_BIN", "")
    if not binary:
        print("FREESWITCH_BIN names no FreeSWITCH", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    told = measure(Path(binary), options.calls)
    signalled = told["rfc2833"] + told["info"]
    report = {
        "bench": "barge_in",
        "machine": describe_machine(),
        "load_before": load,
        "calls": sum(map(len, told.values())),
        "flows": list(FLOWS),
        "barge_in_ms_p50": round(percentile(signalled, 0.5), 1),
        "barge_in_ms_p99": round(percentile(signalled, 0.99), 1),
        "goal_p99_ms": GOAL_MS,
        "ways": {
            way: {
                "p50_ms": round(percentile(values, 0.5), 1),
                "p99_ms": round(percentile(values, 0.99), 1),
                "most_ms": round(max(values), 1),
            }
            for way, values in told.items()
        },
    }
    text = json.dumps(report, indent=2)
    if options.json is not None:
        options.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0
