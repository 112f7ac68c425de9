"""How the control interface behaves: limits, addresses, and their defaults."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from acdengine.api.connections import Limits
from acdengine.settings.daemon import ControlSettings, DaemonSettings, Role

#: Connections beside those that are live, and the fewest that one address may have.
_BESIDE_LIVE: Final = 300
_FEWEST: Final = 20


class ControlOptions(Struct, frozen=True, kw_only=True):
    """Limits and addresses of the control interface."""

    host: str = "127.0.0.1"
    #: 0: any that is free.
    port: int = 8088
    #: Requests of one token: a second, and at once after a pause.
    rate_per_s: float = 50.0
    rate_burst: int = 100
    #: Length of a session.
    session_s: float = 43_200.0
    #: Wrong passwords within the window, of one account and from one address.
    login_attempts: int = 10
    login_attempts_per_address: int = 50
    login_window_s: float = 300.0
    #: Who sees callers' numbers and names; for others numbers are masked.
    numbers_shown_to: tuple[Role, ...] = ("admin", "supervisor", "agent")
    #: Last digits of a masked number that are shown.
    digits_shown: int = 3
    #: The audit log says numbers in clear.
    numbers_in_log: bool = False
    #: Live connections at once, in all and from one address.
    live_limit: int = 200
    live_per_address: int = 100
    #: Of connections of any kind.
    limits: Limits = Limits()
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


def limits_of(control: ControlSettings) -> Limits:
    """What the settings say of connections, and what follows from them where they do not."""
    connections = control.connections_limit or control.live_limit + _BESIDE_LIVE
    return Limits(
        connections=connections,
        per_address=control.connections_per_address or max(_FEWEST, connections // 2),
        head_s=control.head_timeout_s,
    )


def options_of(daemon: DaemonSettings) -> ControlOptions:
    """What the settings say."""
    control = daemon.control
    return ControlOptions(
        host=control.host,
        port=control.port,
        rate_per_s=control.rate_per_s,
        rate_burst=control.rate_burst,
        session_s=control.session_s,
        login_attempts=control.login_attempts,
        login_attempts_per_address=control.login_attempts_per_address,
        login_window_s=control.login_window_s,
        numbers_shown_to=tuple(control.numbers_shown_to),
        digits_shown=daemon.privacy.digits_shown,
        numbers_in_log="log" not in daemon.privacy.masked,
        live_limit=control.live_limit,
        live_per_address=control.live_per_address or max(_FEWEST, control.live_limit // 2),
        limits=limits_of(control),
        outbox_limit=control.outbox_limit,
    )
