"""All checks of one switch, in the order in which they build on each other."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from adapters.freeswitch.doctor import (
    core_checks,
    security_checks,
    sip_checks,
    sound_checks,
    transfer_checks,
)
from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.findings import Finding, error, ok
from adapters.freeswitch.doctor.switch_queries import NotReached, SwitchQueries, talking
from adapters.freeswitch.doctor.trial_call import TrialCall, disk
from adapters.freeswitch.protocol.errors import AuthRefused, EslError, HalfOpen, RudeRejection
from adapters.freeswitch.wire.connection import ConnectionSettings

Check = Callable[[SwitchQueries, Wanted], Awaitable[list[Finding]]]

_CHECKS: Final[dict[str, Check]] = {
    "version": core_checks.version,
    "modules": core_checks.modules,
    "events": core_checks.events,
    "clock": core_checks.clock,
    "limits": core_checks.limits,
    "heartbeat": core_checks.heartbeat,
    "event socket": lambda talk, _: security_checks.access(talk),
    "SIP profiles": sip_checks.profiles,
    "gateways": sip_checks.gateways,
    "telephones": sip_checks.telephones,
    "transfers": transfer_checks.transfers,
    "prompts": sound_checks.prompts,
    "music": sound_checks.music,
    "disk": disk,
}


async def examine(
    settings: ConnectionSettings,
    wanted: Wanted,
    *,
    with_call: bool = True,
    utc_ns: Callable[[], int] = time.time_ns,
) -> list[Finding]:
    """Look at one switch. Whatever goes wrong on the way is a finding.

    Args:
        utc_ns: the time of day on this machine.
    """
    findings = [*security_checks.password(settings), *security_checks.way(settings)]
    begun = time.perf_counter()
    try:
        async with talking(settings, utc_ns) as talk:
            where = f"{settings.host}:{settings.port}"
            took_ms = (time.perf_counter() - begun) * 1000
            findings.insert(0, ok("connection", f"{where}, logged in", took_ms))
            for name, check in _CHECKS.items():
                findings += await _made(name, check, talk, wanted)
            if with_call:
                findings += await TrialCall(talk, wanted).run()
    except NotReached as failure:
        return [_not_reached(settings, failure.reason), *findings]
    return findings


async def _made(name: str, check: Check, talk: SwitchQueries, wanted: Wanted) -> list[Finding]:
    try:
        return await check(talk, wanted)
    except EslError as failure:
        return [error(name, f"could not be looked at: {failure}", "see log/freeswitch.log")]


def _not_reached(settings: ConnectionSettings, reason: Exception) -> Finding:
    where = f"{settings.host}:{settings.port}"
    match reason:
        case AuthRefused():
            seen, advice = "the password is refused", "is it that of event_socket.conf.xml?"
        case RudeRejection():
            seen = "this address is not let in"
            advice = "name it in the list of apply-inbound-acl, acl.conf.xml; then: reloadacl"
        case HalfOpen() | TimeoutError():
            seen, advice = "nobody answers", "firewall? is it another service's port?"
        case ConnectionRefusedError():
            seen = "nobody listens there"
            advice = "is FreeSWITCH running, mod_event_socket loaded, listen-ip and port right?"
        case _:
            seen, advice = str(reason), "is the host right?"
    return error("connection", f"{where}: {seen}", advice)
