"""API commands for operators and `acdengine doctor`: modules, configuration, pausing, disks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from adapters.sim.standin.core.switch_core import SwitchCore

_FSCTL_USAGE: Final = (
    "-USAGE: [api_expansion [on|off]|recover|send_sighup|hupall|pause [inbound|outbound]|resume "
    "[inbound|outbound]|shutdown [cancel|elegant|asap|now|restart]|uuid_version [4|7]|sps|"
    "sps_peak_reset|sync_clock|sync_clock_when_idle|reclaim_mem|max_sessions|min_dtmf_duration "
    "[num]|max_dtmf_duration [num]|default_dtmf_duration [num]|min_idle_cpu|loglevel [level]|"
    "debug_level [level]|mdns_resolve [enable|disable]]\n"
)
_STREAM_USAGE: Final = "-USAGE: <show|start|reload|stop|hup> <local_stream_name>\n"
_WAYS: Final = ("inbound", "outbound")


def fsctl(switch: SwitchCore, argument: str) -> str:
    """`fsctl`: pausing by direction, and shutdown."""
    match argument.split():
        case ["sps"]:
            return f"+OK sessions per second: {switch.settings.sessions_per_second}\n"
        case ["shutdown_check", *_]:
            return "false"
        case ["pause_check", *way]:
            asked = way if way and way[0] in _WAYS else _WAYS
            return _truth(all(one in switch.paused for one in asked))
        case ["pause" | "resume" as order, *way]:
            for one in way if way and way[0] in _WAYS else _WAYS:
                if order == "pause":
                    switch.paused[one] = None
                else:
                    switch.paused.pop(one, None)
        case ["shutdown", *_]:
            switch.clock.after(0.01, lambda: switch.spawn(switch.shut_down()))
        case []:
            return _FSCTL_USAGE
    return "+OK\n"


def module_exists(switch: SwitchCore, argument: str) -> str:
    """`module_exists`: whether it is loaded."""
    return _truth(argument in switch.settings.modules)


def file_exists(switch: SwitchCore, argument: str) -> str:
    """`file_exists`: of this machine."""
    return _truth(Path(argument).exists())


def acl(switch: SwitchCore, argument: str) -> str:
    """`acl ADDRESS LIST`: the only list is `loopback.auto`, 127.0.0.0/8."""
    address, _, name = argument.partition(" ")
    return _truth(name == "loopback.auto" and address.startswith("127."))


def local_stream(switch: SwitchCore, argument: str) -> str:
    """`local_stream show [NAME]`: streams of music and their state."""
    match argument.split():
        case ["show"]:
            return "".join(f"{name},{_folder(switch, name)}\n" for name in switch.settings.music)
        case ["show", name]:
            if name not in switch.settings.music:
                return f"-ERR Cannot locate local_stream {name}!\n"
            fields = {
                "location": _folder(switch, name), "channels": "1", "rate": "8000",
                "interval": "20", "samples": "160", "prebuf": "65536", "timer": "soft",
                "total": "0", "shuffle": "false", "ready": "true", "stopped": "false",
                "reloading": "false",
            }  # fmt: skip
            lines = [f"  {field + ':':<9} {value}\n" for field, value in fields.items()]
            return f"{name}\n{''.join(lines)}"
    return _STREAM_USAGE


def _folder(switch: SwitchCore, name: str) -> str:
    return f"{switch.settings.sounds or ''}/{name}"


def spawn_stream(switch: SwitchCore, argument: str) -> str:
    """`spawn_stream PROGRAM …`: the only program is `df -Pk FOLDER`."""
    match argument.split():
        case []:
            return "-USAGE: <command>\n"
        case ["df", "-Pk", folder] if Path(folder).exists():
            usage = shutil.disk_usage(folder)
            total, used, free = (size // 1024 for size in usage)
            # Such as /proc have no size.
            share = f"{-(-100 * used // (used + free))}%" if total else "-"
            return (
                "Filesystem     1024-blocks     Used Available Capacity Mounted on\n"
                f"/dev/vda       {total:>11} {used:>8} {free:>9} {share:>8} /\n"
            )
    return ""


def xml_locate(switch: SwitchCore, argument: str) -> str:
    """`xml_locate configuration configuration name FILE`: a file of the configuration. Of whole
    sections, such as `xml_locate dialplan`, it has none."""
    words = argument.split()
    if len(words) not in (1, 4):
        return "-ERR bad args\n"
    settings = switch.settings
    known = {
        "event_socket.conf": {
            "nat-map": "false",
            "listen-ip": settings.host,
            "listen-port": str(switch.port),
            "password": settings.password,
        },
        "switch.conf": {
            "max-sessions": str(settings.max_sessions),
            "sessions-per-second": str(settings.sessions_per_second),
            "event-heartbeat-interval": f"{settings.heartbeat_s:g}",
            "switchname": settings.switchname,
        },
    }
    values = known.get(words[-1])
    if words[:3] != ["configuration", "configuration", "name"] or values is None:
        return "can't find anything\n"
    lines = [f'    <param name="{n}" value={quoteattr(v)}></param>\n\n' for n, v in values.items()]
    return (
        f'<configuration name="{words[3]}">\n  <settings>\n{"".join(lines)}  </settings>\n\n'
        "</configuration>\n"
    )


def profile_info(switch: SwitchCore, name: str) -> str:
    """`sofia xmlstatus profile NAME`, without the XML declaration."""
    port = switch.profile_ports()[name]
    codecs = switch.settings.codecs
    agents = name == "internal"
    fields = {
        "name": name, "domain-name": "N/A", "auto-nat": "false", "db-name": f"sofia_reg_{name}",
        "pres-hosts": "", "dialplan": "XML", "context": "agents" if agents else "public",
        "challenge-realm": switch.settings.domain if agents else "auto_to",
        "rtp-ip": "127.0.0.1", "sip-ip": "127.0.0.1", "url": f"sip:mod_sofia@127.0.0.1:{port}",
        "bind-url": f"sip:mod_sofia@127.0.0.1:{port};transport=udp,tcp", "hold-music": "N/A",
        "outbound-proxy": "N/A", "inbound-codecs": codecs, "outbound-codecs": codecs,
        "tel-event": "101", "dtmf-mode": "rfc2833", "cng": "13", "session-to": "0",
        "max-dialog": "0", "max-recv-rps": "1000", "nomedia": "false", "late-neg": "false",
        "proxy-media": "false", "aggressive-nat": "false", "calls-in": "0", "calls-out": "0",
        "failed-calls-in": "0", "failed-calls-out": "0",
        "registrations": str(len(switch.registrations) if agents else 0),
    }  # fmt: skip
    inner = "".join(f"    <{field}>{value}</{field}>\n" for field, value in fields.items())
    return f"<profile>\n  <profile-info>\n{inner}  </profile-info>\n</profile>\n"


def _truth(value: bool) -> str:
    return "true" if value else "false"
