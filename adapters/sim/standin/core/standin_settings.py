"""Settings of one stand-in: socket, timing, dialplan, sounds, directory and gateways."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

#: One frame of sound: how often a leg looks for commands, and how often events are drained.
FRAME_S: Final = 0.02

MODULES: Final = (
    "mod_console", "mod_logfile", "mod_sofia", "mod_loopback", "mod_dptools", "mod_commands",
    "mod_conference", "mod_db", "mod_hash", "mod_expr", "mod_spy", "mod_sndfile",
    "mod_native_file", "mod_tone_stream", "mod_local_stream", "mod_say_en", "mod_dialplan_xml",
    "mod_event_socket",
)  # fmt: skip

Actions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a dialled number leads: applications, in order. An empty `prefix` is any number.

    Attributes:
        conditions: variables that must match too, each with a regular expression, as in
            `<condition field="${sip_h_X}" expression="...">`; `destination_number` is the number.
    """

    prefix: str
    actions: Actions
    context: str = "public"
    conditions: tuple[tuple[str, str], ...] = ()


_STAYS: Final = (
    "park_after_bridge=true uuid_bridge_park_on_cancel=true force_transfer_dialplan=inline:park "
    "deny_refer_requests=true"
)
_PARKED: Final = f"acd_trunk=external {_STAYS}"
_INTERNAL: Final = f"acd_internal=true {_STAYS}"
_CALLED: Final = (
    ("set", "hangup_after_bridge=true"),
    ("set", "attended_transfer_no_copy=user_name,domain_name,sip_authorized,hangup_after_bridge"),
)
_COLLEAGUE: Final = "user/${destination_number}@acd.test"
_OUTSIDE: Final = "sofia/gateway/gw/${destination_number}"
#: As the live tests configure FreeSWITCH: 6 is answered and parked, 9 hears an echo, any other is
#: parked as it rings. Calls from agents' telephones are marked, those to 55 and *8 are callers, and
#: others reach telephones and numbers outside.
DEFAULT_ROUTES: Final = (
    Route("6", (("answer", ""), ("park", ""))),
    Route("9", (("answer", ""), ("echo", ""))),
    Route("", (("multiset", _PARKED), ("park", ""))),
    Route("55", (("multiset", _INTERNAL), ("park", "")), context="agents"),
    Route("*8", (("multiset", _INTERNAL), ("park", "")), context="agents"),
    Route("10", (*_CALLED, ("bridge", _COLLEAGUE), ("park", "")), context="agents"),
    Route("0", (*_CALLED, ("bridge", _OUTSIDE), ("park", "")), context="agents"),
    Route("", (("set", "acd_from_agent=true"), ("park", "")), context="agents"),
)


def default_directory() -> dict[str, str]:
    """The users that telephones may register as, each with the value of ``acd_agent``."""
    return {str(number): str(number) for number in range(1000, 1020)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInSettings:
    """One stand-in.

    Attributes:
        host, port: of the event socket; port 0 is any that is free.
        password: of `auth`.
        users: of `userauth`: `user@domain` to its password.
        is_rude: the access list refuses every client.
        poll_s: how often the event socket looks for events, as FreeSWITCH does each 20 ms; 0 sends
            them at once.
        frame_s: how often a leg looks for commands; 0 is at once.
        speed: how many seconds of the switch pass in one of ours: telephones, sounds, limits.
        table_lag_s: how late `show` tells of legs that came or went, by the switch's clock.
        heartbeat_s: between two HEARTBEAT events; 0 is never.
        timestamp_step_us: the steps in which Event-Date-Timestamp goes.
        seed: of the identities that the switch makes up.
        directory: users by their number, with what the directory sets as ``acd_agent``.
        music: streams of `local_stream://`, with the tone in Hz of each.
        prompts_hz: sound files by their stem, with the tone in Hz of each.
        sounds: the folder of the prompts, with one for each stream of music; files are looked for
            where they are said to be.
        gateways: names of those that there are, with whether they answer.
        recordings: the folder that ``recordings_dir`` names.
        modules: names of the loaded modules, for `module_exists`.
        codecs: of the SIP profiles, as `sofia xmlstatus` tells them.
        gateway_ports: the SIP port that a gateway leads to, where it is that of a telephone.
        gateway_pings_s: how often it is looked whether a gateway answers there; without, it does.
    """

    host: str = "127.0.0.1"
    port: int = 0
    password: str = "ClueCon"
    users: dict[str, str] = field(default_factory=dict)
    is_rude: bool = False
    poll_s: float = FRAME_S
    frame_s: float = FRAME_S
    speed: float = 1.0
    table_lag_s: float = 0.15
    heartbeat_s: float = 20.0
    timestamp_step_us: int = 20_000
    seed: int = 1
    hostname: str = "standin"
    switchname: str = "acd-live"
    domain: str = "acd.test"
    directory: dict[str, str] = field(default_factory=default_directory)
    music: dict[str, int] = field(default_factory=lambda: {"moh": 440, "moh_vip": 880})
    prompts_hz: dict[str, int] = field(
        default_factory=lambda: {"greeting": 600, "announcement": 700, "beep": 1000}
    )
    sounds: Path | None = None
    recordings: Path | None = None
    modules: tuple[str, ...] = MODULES
    codecs: str = "PCMU,PCMA"
    gateways: dict[str, bool] = field(default_factory=dict)
    gateway_ports: dict[str, int] = field(default_factory=dict)
    gateway_pings_s: dict[str, int] = field(default_factory=dict)
    routes: tuple[Route, ...] = DEFAULT_ROUTES
    sip_port: int = 5060
    trunk_port: int = 5080
    max_sessions: int = 50_000
    sessions_per_second: int = 10_000
