"""The core: its version, modules, clock, events and limits."""

from __future__ import annotations

import re
import statistics
import time
from typing import Final

from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, error, ok, warning
from adapters.freeswitch.doctor.switch_queries import SwitchQueries
from adapters.freeswitch.protocol.quoting import bare_word
from adapters.freeswitch.setup.autoload_configs import MODULES

#: What the adapter has been measured with is 1.11.1; before 1.10.7 JSON events lose fields.
_OLDEST: Final = (1, 10, 7)
_KNOWN_GOOD: Final = (1, 11)
_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_JOBS: Final = 10
#: FreeSWITCH looks for events to send every 20 ms.
_SLOW_EVENT_MS: Final = 250.0
_SKEW_WARNING_S: Final = 1.0
_HEARTBEAT_S: Final = 5


async def version(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Old versions miss what the adapter relies on."""
    told = await talk.api("version", "short")
    found = _VERSION.search(told)
    if found is None:
        return [warning("version", f"FreeSWITCH {told}", "its version cannot be read")]
    number = (int(found[1]), int(found[2]), int(found[3]))
    if number < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        return [error("version", f"FreeSWITCH {told}", f"upgrade to {oldest} or later")]
    if number[:2] > _KNOWN_GOOD:
        advice = "newer than what acdengine was tried with: run its live tests against it"
        return [warning("version", f"FreeSWITCH {told}", advice)]
    return [ok("version", f"FreeSWITCH {told}")]


async def modules(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Modules that calls need."""
    said = {f"mod_say_{bare_word('language', one)}": "saying numbers" for one in wanted.languages}
    needed = MODULES | said
    missing = [name for name in needed if await talk.api("module_exists", name) != "true"]
    # A log somewhere else is as good, few centres say numbers, and mod_sndfile plays WAV files.
    dear = [name for name in missing if not name.startswith(_NICE_TO_HAVE)]
    findings = [ok("modules", f"{len(needed) - len(missing)} of {len(needed)} loaded")]
    if dear:
        findings = [
            error("modules", f"not loaded: {name} ({needed[name]})",
                  f"load {name} in fs_cli, and name it in modules.conf.xml")
            for name in dear
        ]  # fmt: skip
    findings += [
        warning("modules", f"not loaded: {name} ({needed[name]})",
                f"without it: no {needed[name]}")
        for name in missing if name not in dear
    ]  # fmt: skip
    return findings


_NICE_TO_HAVE: Final = ("mod_say_", "mod_logfile", "mod_console", "mod_native_file")


async def events(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Events come, and how much later than what they tell of."""
    took_ms = []
    for _ in range(_JOBS):
        begun = time.perf_counter()
        await talk.job("strepoch")
        took_ms.append((time.perf_counter() - begun) * 1000)
    middle, longest = statistics.median(took_ms), max(took_ms)
    seen = f"{_JOBS} events came, after {middle:.0f} ms, the latest after {longest:.0f} ms"
    if middle > _SLOW_EVENT_MS:
        advice = "the switch or this machine is overloaded, or the way between them is slow"
        return [warning("events", seen, advice, middle)]
    return [ok("events", seen, middle)]


async def clock(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Two clocks that differ make times in records and logs differ."""
    if not talk.ahead_us:
        return [warning("clock", "no event told the time", "look at the finding on events")]
    # Of the ways that events went, the shortest tells the clocks best.
    ahead_s = max(talk.ahead_us) / 1e6
    seen = f"the switch's clock is {abs(ahead_s):.2f} s {'ahead' if ahead_s > 0 else 'behind'}"
    if abs(ahead_s) > _SKEW_WARNING_S:
        return [warning("clock", seen, "have both machines keep time by NTP (chrony)")]
    return [ok("clock", seen)]


async def limits(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """Legs at once and a second, beside what the trunks can bring."""
    for way, what in (("inbound", "takes no calls"), ("outbound", "makes no calls")):
        if "true" in await talk.api("fsctl", f"pause_check {way}"):
            return [error("limits", f"the switch {what}: it is paused", "fsctl resume")]
    status = await talk.api("status")
    most = _number(r"^(\d+) session\(s\) max", status)
    a_second = _number(r"out of max (\d+)", status)
    now = _number(r"^(\d+) session\(s\) - peak", status)
    # A conversation has two legs; of agents who are rung, one more each.
    needed = 2 * wanted.channels + len(wanted.phones)
    ports = await _speech_ports(talk)
    seen = f"{now} legs of at most {most}, {a_second} a second, ports for {ports // 2}"
    if ports // 2 < min(needed, most):
        advice = "each leg takes two UDP ports: widen rtp-start-port to rtp-end-port"
        return [warning("limits", seen, advice)]
    if most < needed:
        advice = (
            f"{wanted.channels} trunk channels and {len(wanted.phones)} telephones need {needed}: "
            "raise max-sessions in switch.conf.xml"
        )
        return [warning("limits", seen, advice)]
    return [ok("limits", seen)]


async def heartbeat(talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    """A switch that hangs is noticed by its heartbeat."""
    settings = await talk.settings_of("switch")
    text = settings.get("event-heartbeat-interval", "20")
    interval_s = int(text) if text.isascii() and text.isdigit() else 20
    seen = f"a heartbeat every {interval_s} s"
    if interval_s > _HEARTBEAT_S:
        advice = "event-heartbeat-interval 2 in switch.conf.xml: figures on screens are fresher"
        return [warning("heartbeat", seen, advice)]
    return [ok("heartbeat", seen)]


async def _speech_ports(talk: SwitchQueries) -> int:
    settings = await talk.settings_of("switch")
    first = _number(r"^(\d+)$", settings.get("rtp-start-port", "16384"))
    last = _number(r"^(\d+)$", settings.get("rtp-end-port", "32768"))
    return max(0, last - first + 1)


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1]) if found else 0
