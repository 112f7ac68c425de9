"""API commands that report: tables, dumps, status, registrations, gateways."""

from __future__ import annotations

import time
from typing import Final
from xml.sax.saxutils import escape

from adapters.sim.standin.commands import administration
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.event_socket_protocol import header_block, to_json
from adapters.sim.standin.core.switch_core import SwitchCore

VERSION: Final = "1.11.1-release"
_SHOW_USAGE: Final = (
    "-USAGE: codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels "
    "[count|like <match string>]|calls|detailed_calls|bridged_calls|detailed_bridged_calls|aliases|"
    "complete|chat|management|modules|nat_map|say|interfaces|interface_types|tasks|limits|status\n"
)
_RULE: Final = "=" * 97

Row = dict[str, str]


def _channel_row(switch: SwitchCore, leg: Channel) -> Row:
    profile = leg.caller
    created = leg.created_us // 1_000_000
    name = profile.get("Caller-Caller-ID-Name", "")
    number = profile.get("Caller-Caller-ID-Number", "")
    codec = leg.codecs
    application, data = leg.shown_application
    return {
        "uuid": leg.uuid,
        "direction": leg.direction,
        "created": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(created)),
        "created_epoch": str(created),
        "name": leg.name,
        "state": leg.state,
        "cid_name": name,
        "cid_num": number,
        "ip_addr": profile.get("Caller-Network-Addr", ""),
        "dest": profile.get("Caller-Destination-Number", ""),
        "application": application,
        "application_data": data,
        "dialplan": profile.get("Caller-Dialplan", ""),
        "context": profile.get("Caller-Context", ""),
        "read_codec": codec.get("Channel-Read-Codec-Name", ""),
        "read_rate": codec.get("Channel-Read-Codec-Rate", ""),
        "read_bit_rate": codec.get("Channel-Read-Codec-Bit-Rate", ""),
        "write_codec": codec.get("Channel-Write-Codec-Name", ""),
        "write_rate": codec.get("Channel-Write-Codec-Rate", ""),
        "write_bit_rate": codec.get("Channel-Write-Codec-Bit-Rate", ""),
        "secure": "",
        "hostname": switch.settings.switchname,
        "presence_id": leg.get("presence_id"),
        "presence_data": "",
        "accountcode": leg.get("accountcode"),
        "callstate": leg.call_state,
        "callee_name": profile.get("Caller-Callee-ID-Name", ""),
        "callee_num": profile.get("Caller-Callee-ID-Number", ""),
        "callee_direction": "",
        "call_uuid": leg.call_uuid,
        "sent_callee_name": "",
        "sent_callee_num": "",
        "initial_cid_name": profile.get("Caller-Orig-Caller-ID-Name", ""),
        "initial_cid_num": profile.get("Caller-Orig-Caller-ID-Number", ""),
        "initial_ip_addr": profile.get("Caller-Network-Addr", ""),
        "initial_dest": profile.get("Caller-Destination-Number", ""),
        "initial_dialplan": profile.get("Caller-Dialplan", ""),
        "initial_context": profile.get("Caller-Context", ""),
    }


_CALL_FIELDS: Final = (
    "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num",
    "ip_addr", "dest", "presence_id", "presence_data", "accountcode", "callstate", "callee_name",
    "callee_num", "callee_direction", "call_uuid", "hostname", "sent_callee_name",
    "sent_callee_num",
)  # fmt: skip
_B_FIELDS: Final = tuple(name for name in _CALL_FIELDS if name not in ("call_uuid", "hostname"))


def _call_rows(switch: SwitchCore) -> list[Row]:
    rows = []
    for leg in switch.table.values():
        if leg.partner is not None and not leg.is_first:
            continue
        own = _channel_row(switch, leg)
        row = {name: own[name] for name in _CALL_FIELDS}
        other = _channel_row(switch, leg.partner) if leg.partner is not None else {}
        row |= {f"b_{name}": other.get(name, "") for name in _B_FIELDS}
        row["call_created_epoch"] = own["created_epoch"] if other else ""
        rows.append(row)
    return rows


def _registration_rows(switch: SwitchCore) -> list[Row]:
    return [
        {
            "reg_user": user,
            "realm": switch.settings.domain,
            "token": f"{user}-{one.port}",
            "url": f"sofia/internal/sip:{user}@127.0.0.1:{one.port}",
            "expires": str(one.until_us // 1_000_000),
            "network_ip": "127.0.0.1",
            "network_port": str(one.port),
            "network_proto": "udp",
            "hostname": switch.settings.switchname,
            "metadata": "",
        }
        for user, one in switch.registrations.items()
    ]


def show(switch: SwitchCore, argument: str) -> str:
    """The API command `show`."""
    words = argument.split()
    what = words[0] if words else ""
    if what == "channels":
        rows = [_channel_row(switch, leg) for leg in switch.table.values()]
        if len(words) > 2 and words[1] == "like":
            rows = [row for row in rows if any(words[2] in value for value in row.values())]
    elif what in ("calls", "bridged_calls", "detailed_calls"):
        rows = _call_rows(switch)
        if what == "bridged_calls":
            rows = [row for row in rows if row["b_uuid"]]
    elif what == "registrations":
        rows = _registration_rows(switch)
    elif what in ("codec", "modules", "api", "application", "tasks", "limits", "aliases"):
        rows = []
    else:
        return _SHOW_USAGE
    is_json = words[-2:] == ["as", "json"]
    if "count" in words:
        return f'{{"row_count":{len(rows)},"rows":[]}}' if is_json else f"\n{len(rows)} total.\n"
    if is_json:
        return _json_table(rows)
    if not rows:
        return "\n0 total.\n"
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\n".join(lines) + f"\n\n{len(rows)} total.\n"


def _json_table(rows: list[Row]) -> str:
    if not rows:
        return '{"row_count": 0}\n'
    listed = ",".join(to_json(row).decode("utf-8", "surrogateescape") for row in rows)
    return f'{{"row_count":{len(rows)},"rows":[{listed}]}}'


def uuid_dump(switch: SwitchCore, argument: str) -> str:
    """The API command `uuid_dump LEG [json|plain]`."""
    words = argument.split()
    leg = switch.living(words[0]) if words else None
    if leg is None:
        return "-ERR No such channel!\n" if words else "-USAGE: <uuid> [format]\n"
    headers = switch.channel_data(leg)
    if words[-1] == "json":
        return to_json(headers).decode("utf-8", "surrogateescape")
    return header_block(headers)


def status(switch: SwitchCore) -> str:
    """The API command `status`."""
    up_us = switch.clock.now_us() - switch.started_us
    seconds, micros = divmod(up_us, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    settings = switch.settings
    return (
        f"UP 0 years, {days} day{'s' * (days != 1)}, {hour} hour{'s' * (hour != 1)}, "
        f"{minute} minute{'s' * (minute != 1)}, {second} second{'s' * (second != 1)}, "
        f"{micros // 1000} milliseconds, {micros % 1000} microseconds\n"
        f"FreeSWITCH (Version {VERSION}  64bit) is ready\n"
        f"{switch.sessions_begun} session(s) since startup\n"
        f"{len(switch.channels)} session(s) - peak {switch.peak}, last 5min {switch.peak} \n"
        f"0 session(s) per Sec out of max {settings.sessions_per_second}, "
        "peak 0, last 5min 0 \n"
        f"{settings.max_sessions} session(s) max\n"
        "min idle cpu 0.00/90.00\nCurrent Stack Size/Max 240K/8192K\n"
    )


def heartbeat(switch: SwitchCore) -> dict[str, str]:
    """The headers of HEARTBEAT."""
    up_ms = (switch.clock.now_us() - switch.started_us) // 1000
    settings = switch.settings
    return {
        "Event-Info": "System Ready",
        "Up-Time": status(switch).split("\n", 1)[0].removeprefix("UP "),
        "FreeSWITCH-Version": f"{VERSION}~64bit",
        "Uptime-msec": str(up_ms),
        "Session-Count": str(len(switch.channels)),
        "Max-Sessions": str(settings.max_sessions),
        "Session-Per-Sec": str(settings.sessions_per_second),
        "Session-Per-Sec-Last": "0",
        "Session-Per-Sec-Max": "0",
        "Session-Per-Sec-FiveMin": "0",
        "Session-Since-Startup": str(switch.sessions_begun),
        "Session-Peak-Max": str(switch.peak),
        "Session-Peak-FiveMin": str(switch.peak),
        "Idle-CPU": "90.000000",
    }


# -- sofia -------------------------------------------------------------------------------------


def sofia(switch: SwitchCore, argument: str) -> str:
    """The API command `sofia`, its status and xmlstatus forms."""
    match argument.split():
        case ["xmlstatus", "profile", name, "reg", *_]:
            return _xml_registrations(switch, name)
        case ["xmlstatus", "gateway", *names]:
            return _xml_gateways(switch, names)
        case ["xmlstatus", "profile", name]:
            return _xml_profile(switch, name)
        case ["xmlstatus", *_]:
            return _xml_profiles(switch)
        case ["status", "gateway", name]:
            return _gateway_text(switch, name)
        case ["status", "profile", _, "reg", *_]:
            count = len(switch.registrations)
            return f"\nRegistrations:\n{_RULE}\nTotal items returned: {count}\n{_RULE}\n"
        case ["status", *_]:
            return _profiles_text(switch)
        case ["profile", _, *rest]:
            return "+OK\n" if rest else "Invalid Args!\n"
    return "USAGE:\n"


_XML: Final = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'


def _xml_profiles(switch: SwitchCore) -> str:
    lines = ["<profiles>"]
    for name, port in switch.profile_ports().items():
        lines += ["<profile>", f"<name>{name}</name>", "<type>profile</type>"]
        lines += [f"<data>sip:mod_sofia@127.0.0.1:{port}</data>", "<state>RUNNING (0)</state>"]
        lines.append("</profile>")
        if name == "external":
            for gateway in switch.gateways:
                lines += ["<gateway>", f"<name>{escape(gateway)}</name>", "<type>gateway</type>"]
                lines += [f"<data>sip:acd@{escape(gateway)}</data>", "<state>NOREG</state>"]
                lines += ["</gateway>", ""]
    return _XML + "\n".join([*lines, "</profiles>", ""])


def _xml_registrations(switch: SwitchCore, profile: str) -> str:
    lines = ["<profile>", "  <registrations>"]
    # Telephones register at one profile.
    there = switch.registrations if profile == "internal" else {}
    for user, one in there.items():
        left_s = (one.until_us - switch.clock.now_us()) // 1_000_000
        until = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.until_us // 1_000_000))
        fields = {
            "call-id": f"{user}-{one.port}",
            "user": f"{user}@{switch.settings.domain}",
            "contact": one.contact(user),
            "agent": "unknown",
            "status": f"Registered(UDP)(unknown) exp({until}) expsecs({left_s})",
            "ping-status": "Reachable",
            "ping-time": "0.00",
            "host": switch.settings.switchname,
            "network-ip": "127.0.0.1",
            "network-port": str(one.port),
            "sip-auth-user": user,
            "sip-auth-realm": switch.settings.domain,
            "mwi-account": f"{user}@{switch.settings.domain}",
        }
        lines.append("    <registration>")
        quoted = {'"': "&quot;"}
        lines += [f"        <{n}>{escape(v, quoted)}</{n}>" for n, v in fields.items()]
        lines.append("    </registration>")
    lines += ["  </registrations>", "</profile>", ""]
    return _XML + "\n".join(lines)


def _xml_gateways(switch: SwitchCore, names: list[str]) -> str:
    found = [name for name in switch.gateways if not names or name in names]
    if names and not found:
        return "Invalid Gateway!\n"
    body = "".join(_xml_gateway(switch, name) for name in found)
    return _XML + (body if names else f"<gateways>\n{body}</gateways>\n")


def _xml_gateway(switch: SwitchCore, name: str) -> str:
    calls = [leg for leg in switch.channels.values() if leg.get("sip_gateway_name") == name]
    pinged_s = switch.settings.gateway_pings_s.get(name, 0)
    fields = {
        "name": name, "profile": "external", "scheme": "Digest", "realm": name,
        "username": "acd", "password": "yes", "from": f"<sip:acd@{name}>",
        "contact": f"<sip:gw+{name}@127.0.0.1:{switch.settings.trunk_port};transport=udp>",
        "exten": "acd", "to": f"sip:acd@{name}", "proxy": f"sip:{name}", "context": "public",
        "expires": "3600", "freq": "3600", "ping": "0", "pingfreq": str(pinged_s), "pingmin": "0",
        "pingcount": "0", "pingmax": "0", "pingtime": "0.00", "pinging": "0", "state": "NOREG",
        "status": "UP" if switch.gateways[name] else "DOWN", "uptime-usec": "1000000",
        "calls-in": "0", "calls-out": str(len(calls)), "failed-calls-in": "0",
        "failed-calls-out": "0",
    }  # fmt: skip
    inner = "".join(f"    <{n}>{escape(v)}</{n}>\n" for n, v in fields.items())
    return f"  <gateway>\n{inner}  </gateway>\n"


def _xml_profile(switch: SwitchCore, name: str) -> str:
    if name not in switch.profile_ports():
        return "Invalid Profile!\n"
    return _XML + administration.profile_info(switch, name)


def _gateway_text(switch: SwitchCore, name: str) -> str:
    if name not in switch.gateways:
        return "Invalid Gateway!\n"
    status = "UP" if switch.gateways[name] else "DOWN"
    return (
        f"{_RULE}\nName    \t{name}\nProfile \texternal\nState   \tNOREG\n"
        f"Status  \t{status}\n{_RULE}\n"
    )


def _profiles_text(switch: SwitchCore) -> str:
    lines = [
        "                     Name\t   Type\t                                      Data\tState"
    ]
    lines.append(_RULE)
    for name, port in switch.profile_ports().items():
        url = f"sip:mod_sofia@127.0.0.1:{port}"
        lines.append(f"{name:>25}\tprofile\t{url:>42}\tRUNNING (0)")
    lines += [_RULE, "2 profiles 0 aliases", ""]
    return "\n".join(lines)
