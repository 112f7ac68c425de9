"""The smallest FreeSWITCH configuration that calls, agents and media need, as one XML document.

| where | what |
| --- | --- |
| profile `internal` | agents 1000-1019 register with their password; they call into `agents` |
| profile `external` | the trunk: no passwords; it calls into `public` |
| context `public` | every DID is parked, unanswered; prefixes choose otherwise (see `_DIALPLAN`) |
| `local_stream://moh`, `local_stream://moh_vip` | music on hold: tones of 440 and 880 Hz |
| callcenter queue `support@default` | for comparison; agents are added by API |
"""

from __future__ import annotations

import math
import wave
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from adapters.freeswitch.protocol.channel_fields import STAYS
from adapters.freeswitch.setup.dialplan import OF_THE_TELEPHONE

DOMAIN = "acd.test"
AGENTS = tuple(str(number) for number in range(1000, 1020))

MODULES = (
    "mod_console mod_logfile mod_sofia mod_loopback mod_dptools mod_commands mod_conference "
    "mod_db mod_hash mod_expr mod_spy mod_sndfile mod_native_file mod_tone_stream "
    "mod_local_stream mod_say_en mod_callcenter mod_voicemail mod_dialplan_xml mod_event_socket"
).split()

MUSIC_HZ = {"moh": 440, "moh_vip": 880}
#: FreeSWITCH is silent for a second where a stream's file ends: later than any test listens.
_MUSIC_S = 300
PROMPT_HZ = {"greeting": 600, "announcement": 700, "beep": 1000}


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of one instance; `rtp_start` to `rtp_end` are UDP, both included."""

    esl: int
    internal: int
    external: int
    rtp_start: int
    rtp_end: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """A trunk that FreeSWITCH dials out through: `sofia/gateway/NAME/number`."""

    name: str
    proxy: str
    # OPTIONS every so many seconds; FreeSWITCH takes 5 or more, 0 is never.
    ping_s: int = 0


@dataclass(frozen=True, slots=True)
class SwitchOptions:
    """What a test may want different; the defaults suit most.

    `extra_public` is XML put first into context `public`; `socket_port` is where the `socket`
    application connects for DIDs that begin with `7`; `core` adds to switch.conf (with
    `1ms-timer` the clock of events goes in steps of 1 ms, without it in steps of 20).
    """

    log_level: str = "debug"
    heartbeat_s: int = 2
    sessions_per_second: int = 10_000
    gateways: tuple[Gateway, ...] = ()
    modules: tuple[str, ...] = tuple(MODULES)
    codecs: str = "PCMU,PCMA"
    extra_public: str = ""
    socket_port: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    core: dict[str, str] = field(default_factory=dict)
    callcenter_music: bool = True
    several_phones: bool = False
    #: Of the trunks' SIP profile, besides its own.
    external: dict[str, str] = field(default_factory=dict)


def document(ports: Ports, esl_password: str, folder: Path, options: SwitchOptions) -> str:
    """The whole `freeswitch.xml`; `folder` is the instance's own, with `sounds/` inside."""
    preset = {"domain": DOMAIN, "sounds": str(folder / "sounds"), **options.variables}
    parts = [
        '<document type="freeswitch/xml">',
        *(
            f'<X-PRE-PROCESS cmd="set" data={quoteattr(f"{name}={value}")}/>'
            for name, value in preset.items()
        ),
        '<section name="configuration">',
        _modules(options.modules),
        _settings("switch", _core(ports, options)),
        _settings("event_socket", _event_socket(ports, esl_password)),
        _log(options.log_level),
        _settings("acl", {}),
        _settings("db", {}),
        _sofia(ports, options),
        _local_streams(folder / "sounds"),
        _CONFERENCE,
        _CALLCENTER if options.callcenter_music else _CALLCENTER.replace(_CALLCENTER_MUSIC, ""),
        _VOICEMAIL,
        "</section>",
        _DIALPLAN.replace("@EXTRA@", options.extra_public)
        .replace("@SOCKET@", f"127.0.0.1:{options.socket_port}")
        .replace("@PARKED@", PARKED)
        .replace("@INTERNAL@", INTERNAL)
        .replace("@OF_THE_TELEPHONE@", OF_THE_TELEPHONE),
        _directory(),
        _CHANNELS,
        "</document>",
    ]
    # One tag a line: FreeSWITCH's preprocessor reads lines of bounded length.
    return "\n".join(parts) + "\n"


def write_sounds(sounds: Path) -> None:
    """Writes music folders and prompts, each a tone of its own so that recordings tell them."""
    for name, hz in MUSIC_HZ.items():
        (sounds / name).mkdir(parents=True, exist_ok=True)
        write_tone(sounds / name / "tone.wav", hz, seconds=_MUSIC_S)
    for name, hz in PROMPT_HZ.items():
        write_tone(sounds / f"{name}.wav", hz, seconds=1 if name != "beep" else 0.2)


def write_tone(path: Path, hz: int, seconds: float, rate: int = 8000) -> None:
    """A mono 16-bit WAV with a sine of `hz`, a whole number, at a quarter of full scale."""
    wave_s = (round(8000 * math.sin(2 * math.pi * hz * n / rate)) for n in range(rate))
    samples = (array("h", wave_s) * math.ceil(seconds))[: int(seconds * rate)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())


def _params(values: dict[str, str]) -> str:
    return "\n".join(
        f"<param name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in values.items()
    )


def _settings(name: str, values: dict[str, str]) -> str:
    return (
        f'<configuration name="{name}.conf">\n<settings>\n{_params(values)}\n</settings>\n'
        "</configuration>"
    )


def _modules(names: tuple[str, ...]) -> str:
    loads = "\n".join(f'<load module="{name}"/>' for name in names)
    return f'<configuration name="modules.conf">\n<modules>\n{loads}\n</modules>\n</configuration>'


def _core(ports: Ports, options: SwitchOptions) -> dict[str, str]:
    return {
        "max-sessions": "50000",
        "sessions-per-second": str(options.sessions_per_second),
        "loglevel": options.log_level,
        "event-heartbeat-interval": str(options.heartbeat_s),
        "rtp-start-port": str(ports.rtp_start),
        "rtp-end-port": str(ports.rtp_end),
        "switchname": "acd-live",
        **options.core,
    }


def _event_socket(ports: Ports, password: str) -> dict[str, str]:
    return {
        "nat-map": "false",
        "listen-ip": "127.0.0.1",
        "listen-port": str(ports.esl),
        "password": password,
    }


def _log(level: str) -> str:
    levels = "debug,info,notice,warning,err,crit,alert"
    wanted = levels[levels.index(level) :]
    return f"""\
<configuration name="logfile.conf">
<settings><param name="rotate-on-hup" value="true"/></settings>
<profiles><profile name="default">
<settings><param name="rollover" value="0"/><param name="uuid" value="true"/></settings>
<mappings><map name="all" value="{wanted}"/></mappings>
</profile></profiles>
</configuration>
<configuration name="console.conf">
<mappings><map name="all" value="crit,alert"/></mappings>
<settings><param name="loglevel" value="crit"/></settings>
</configuration>"""


def _sofia(ports: Ports, options: SwitchOptions) -> str:
    shared = {
        "debug": "0",
        "sip-trace": "no",
        "sip-ip": "127.0.0.1",
        "rtp-ip": "127.0.0.1",
        "dialplan": "XML",
        "inbound-codec-prefs": options.codecs,
        "outbound-codec-prefs": options.codecs,
        "rtp-timer-name": "soft",
        "manage-presence": "false",
        "inbound-codec-negotiation": "generous",
        "dtmf-duration": "2000",
        "rfc2833-pt": "101",
        # Digits by INFO count too: without this they are RECV_INFO events and no DTMF.
        "liberal-dtmf": "true",
        "nonce-ttl": "60",
        # With the section `channels`: no REFER has a foreign address dialled.
        "channel-xml-fetch-on-nightmare-transfer": "true",
    }
    internal = shared | {
        "sip-port": str(ports.internal),
        "context": "agents",
        "auth-calls": "true",
        "accept-blind-reg": "false",
        "challenge-realm": DOMAIN,
        "force-register-domain": DOMAIN,
        "force-register-db-domain": DOMAIN,
        # Expiry is noticed in seconds here; FreeSWITCH's own defaults are 60 and 30.
        "sip-expires-late-margin": "1",
        "registration-thread-frequency": "1",
    }
    if options.several_phones:
        internal["multiple-registrations"] = "contact"
    external = shared | {
        "sip-port": str(ports.external),
        "context": "public",
        "auth-calls": "false",
        **options.external,
    }
    gateways = "\n".join(_gateway(gateway) for gateway in options.gateways)
    return f"""\
<configuration name="sofia.conf">
<global_settings><param name="log-level" value="0"/></global_settings>
<profiles>
<profile name="internal">
<settings>
{_params(internal)}
</settings>
</profile>
<profile name="external">
<gateways>
{gateways}
</gateways>
<settings>
{_params(external)}
</settings>
</profile>
</profiles>
</configuration>"""


def _gateway(gateway: Gateway) -> str:
    values = {
        "username": "acd",
        "password": "unused",
        "proxy": gateway.proxy,
        "register": "false",
        "caller-id-in-from": "true",
    }
    if gateway.ping_s:
        # One lost ping is enough to be down: tests should not wait for three.
        values |= {"ping": str(gateway.ping_s), "ping-max": "1", "ping-min": "1"}
    return f"<gateway name={quoteattr(gateway.name)}>\n{_params(values)}\n</gateway>"


def _local_streams(sounds: Path) -> str:
    values = _params(
        {"rate": "8000", "shuffle": "false", "channels": "1", "interval": "20"}
        | {"timer-name": "soft"}
    )
    folders = "\n".join(
        f'<directory name="{name}" path={quoteattr(str(sounds / name))}>\n{values}\n</directory>'
        for name in MUSIC_HZ
    )
    return f'<configuration name="local_stream.conf">\n{folders}\n</configuration>'


def password_of(agent: str) -> str:
    """The SIP password of an agent of the directory."""
    return f"secret-{agent}"


def _directory() -> str:
    users = "\n".join(
        f'<user id="{agent}">'
        f'<params><param name="password" value="{escape(password_of(agent))}"/>'
        '<param name="vm-password" value="0000"/></params>'
        f'<variables><variable name="acd_agent" value="{agent}"/></variables></user>'
        for agent in AGENTS
    )
    contact = "${sofia_contact(internal/${dialed_user}@${dialed_domain})}"
    return f"""\
<section name="directory">
<domain name="{DOMAIN}">
<params><param name="dial-string" value="{contact}"/></params>
<groups><group name="agents"><users>
{users}
</users></group></groups>
</domain>
</section>"""


_CHANNELS = """\
<section name="channels">
<params>
<param name="dial-prefix" value=""/>
<param name="absolute-dial-string" value="error/CALL_REJECTED"/>
</params>
</section>"""

_CONFERENCE = """\
<configuration name="conference.conf">
<caller-controls/>
<profiles><profile name="default">
<param name="domain" value="acd.test"/>
<param name="rate" value="8000"/>
<param name="interval" value="20"/>
<param name="energy-level" value="100"/>
<param name="comfort-noise" value="false"/>
</profile></profiles>
</configuration>"""

_CALLCENTER_MUSIC = '<param name="moh-sound" value="local_stream://moh"/>\n'
_CALLCENTER = """\
<configuration name="callcenter.conf">
<settings/>
<queues>
<queue name="support@default">
<param name="strategy" value="longest-idle-agent"/>
<param name="moh-sound" value="local_stream://moh"/>
<param name="time-base-score" value="queue"/>
<param name="max-wait-time" value="0"/>
<param name="max-wait-time-with-no-agent" value="0"/>
<param name="discard-abandoned-after" value="60"/>
</queue>
</queues>
<agents/>
<tiers/>
</configuration>"""

_VOICEMAIL = """\
<configuration name="voicemail.conf">
<settings/>
<profiles><profile name="default">
<param name="file-extension" value="wav"/>
<param name="terminator-key" value="#"/>
</profile></profiles>
</configuration>"""

#: What a caller's leg is parked with, as the generator's dialplan does it; a DID that begins with 6
#: brings nothing of it, as a dialplan written by hand may.
PARKED = " ".join(f"{name}={value}" for name, value in {"acd_trunk": "external", **STAYS}.items())

#: The same of what a telephone dials of the centre's own numbers.
INTERNAL = " ".join(f"{name}={value}" for name, value in {"acd_internal": "true", **STAYS}.items())

# The first digit of a DID chooses: 6 answered and parked, 7 outbound event socket, 8 the
# callcenter module's queue, 9 echo; any other is parked as it rings.
_DIALPLAN = """\
<section name="dialplan">
<context name="public">
@EXTRA@
<extension name="answered">
<condition field="destination_number" expression="^6\\d*$">
<action application="answer"/>
<action application="park"/>
</condition>
</extension>
<extension name="outbound">
<condition field="destination_number" expression="^7\\d*$">
<action application="socket" data="@SOCKET@ async full"/>
</condition>
</extension>
<extension name="callcenter">
<condition field="destination_number" expression="^8\\d*$">
<action application="answer"/>
<action application="callcenter" data="support@default"/>
</condition>
</extension>
<extension name="echo">
<condition field="destination_number" expression="^9\\d*$">
<action application="answer"/>
<action application="echo"/>
</condition>
</extension>
<extension name="did">
<condition field="destination_number" expression="^.+$">
<action application="multiset" data="@PARKED@"/>
<action application="park"/>
</condition>
</extension>
</context>
<context name="agents">
<extension name="internal">
<condition field="destination_number" expression="^(55|\\*8)\\d*$">
<action application="multiset" data="@INTERNAL@"/>
<action application="park"/>
</condition>
</extension>
<extension name="colleague">
<condition field="destination_number" expression="^(10[01]\\d)$">
<action application="set" data="hangup_after_bridge=true"/>
<action application="set" data="attended_transfer_no_copy=@OF_THE_TELEPHONE@"/>
<action application="bridge" data="user/$1@acd.test"/>
<action application="park"/>
</condition>
</extension>
<extension name="outside">
<condition field="destination_number" expression="^(0\\d+)$">
<action application="set" data="hangup_after_bridge=true"/>
<action application="set" data="attended_transfer_no_copy=@OF_THE_TELEPHONE@"/>
<action application="bridge" data="sofia/gateway/gw/$1"/>
<action application="park"/>
</condition>
</extension>
<extension name="from_agent">
<condition field="destination_number" expression="^.+$">
<action application="set" data="acd_from_agent=true"/>
<action application="park"/>
</condition>
</extension>
</context>
</section>"""
