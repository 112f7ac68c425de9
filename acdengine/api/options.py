"""How the control interface behaves: limits, addresses, and what they are when nobody says."""

from __future__ import annotations

from msgspec import Struct

from acdengine.settings.daemon import DaemonSettings, Role


class ControlOptions(Struct, frozen=True, kw_only=True):
    """Limits and addresses of the control interface."""

    host: str = "127.0.0.1"
    #: 0: any that is free.
    port: int = 8088
    #: Requests of one token: a second, and at once after a pause.
    rate_per_s: float = 50.0
    rate_burst: int = 100
    #: Who sees callers' numbers and names; for others numbers are masked.
    numbers_shown_to: tuple[Role, ...] = ("admin", "supervisor", "agent")
    #: Last digits of a masked number that are shown.
    digits_shown: int = 3
    #: The audit log says numbers in clear.
    numbers_in_log: bool = False
    #: Live connections at once.
    live_limit: int = 200
    #: Facts kept for one live connection that reads slowly; beyond it, a fresh snapshot.
    outbox_limit: int = 2000
    #: Larger bodies are refused.
    body_limit_bytes: int = 256 * 1024
    #: A request is answered by then, or told that it was not.
    request_timeout_s: float = 10.0
    #: Between pings; a connection that answers none is closed after half as long again.
    ping_every_s: float = 20.0
    #: A frame that is not taken by then ends a live connection.
    send_timeout_s: float = 30.0


def options_of(daemon: DaemonSettings) -> ControlOptions:
    """What the settings say."""
    control = daemon.control
    return ControlOptions(
        host=control.host,
        port=control.port,
        rate_per_s=control.rate_per_s,
        rate_burst=control.rate_burst,
        numbers_shown_to=tuple(control.numbers_shown_to),
        digits_shown=daemon.privacy.digits_shown,
        numbers_in_log="log" not in daemon.privacy.masked,
        live_limit=control.live_limit,
        outbox_limit=control.outbox_limit,
    )
