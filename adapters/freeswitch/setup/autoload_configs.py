"""The files of `autoload_configs/`: the core, its modules, the event socket, music."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.freeswitch.setup.switch_spec import SwitchSpec
from adapters.freeswitch.setup.xml_text import (
    Expression,
    element,
    parameters,
    remark,
    tag,
)

#: Module to what it is needed for. `mod_say_` of the language comes on top.
MODULES: Final = {
    "mod_logfile": "the log",
    "mod_console": "the log on a terminal",
    "mod_event_socket": "what acdengine speaks with",
    "mod_sofia": "SIP",
    "mod_loopback": "loopback/ and null/: what acdengine doctor calls",
    "mod_commands": "originate, uuid_bridge and the rest of the commands",
    "mod_dptools": "park, playback, record",
    "mod_dialplan_xml": "the dialplan",
    "mod_conference": "conferences of agents and callers",
    "mod_local_stream": "music",
    "mod_sndfile": "WAV files, read and written",
    "mod_native_file": "files in the codec of the call, which cost nothing to play",
    "mod_tone_stream": "tones",
}

_ESL_ACL: Final = "acd_esl"
TRUNK_ACL: Final = "acd_trunks"


def configuration(name: str, content: Iterator[str]) -> Iterator[str]:
    """`<configuration name="NAME.conf">`."""
    return element("configuration", content, name=f"{name}.conf")


def _settings(name: str, values: dict[str, str]) -> Iterator[str]:
    return configuration(name, element("settings", parameters(values)))


def switch(spec: SwitchSpec) -> Iterator[str]:
    """switch.conf: how much the core takes on."""
    yield from remark(
        """max-sessions counts legs, and a conversation has two: below twice the channels of the
        trunks and as many as there are agents, callers are turned away while lines are free.
        sessions-per-second is for legs too. acdengine notices a switch that is gone by the
        heartbeat: with the 20 s of FreeSWITCH itself that would take a minute."""
    )
    yield from _settings(
        "switch",
        {
            "switchname": spec.name,
            "max-sessions": str(spec.max_sessions),
            "sessions-per-second": str(spec.calls_per_s),
            "event-heartbeat-interval": "2",
            "rtp-start-port": str(spec.rtp_from),
            "rtp-end-port": str(spec.rtp_to),
            "loglevel": "info",
        },
    )


def modules(spec: SwitchSpec) -> Iterator[str]:
    """modules.conf: what is loaded, and why."""
    said = {f"mod_say_{one}": "numbers: positions and estimates" for one in spec.languages}
    needed = MODULES | said

    def loads() -> Iterator[str]:
        for name, why in needed.items():
            yield f"{tag('load', module=name)} <!-- {why} -->"

    return configuration("modules", element("modules", loads()))


def event_socket(spec: SwitchSpec) -> Iterator[str]:
    """event_socket.conf: where acdengine connects."""
    yield from remark(
        """Whoever is let in here commands the switch and everything that its user may do. Listen
        on the loopback unless acdengine runs elsewhere; then name its address in the list acd_esl
        (acl.conf.xml), and lead the connection through a tunnel: it is not encrypted."""
    )
    yield from _settings(
        "event_socket",
        {
            "nat-map": "false",
            "listen-ip": spec.esl_ip,
            "listen-port": str(spec.esl_port),
            "password": Expression("$${acd_esl_password}"),
            "apply-inbound-acl": _ESL_ACL,
            # Else a second FreeSWITCH would run without a socket, and the first be commanded.
            "stop-on-bind-error": "true",
        },
    )


def acl(spec: SwitchSpec) -> Iterator[str]:
    """acl.conf: who may connect to the event socket, and who may send calls as a trunk."""

    def network(name: str, cidrs: tuple[str, ...]) -> Iterator[str]:
        nodes = (tag("node", type="allow", cidr=cidr) for cidr in cidrs)
        return element("list", nodes, name=name, default="deny")

    def lists() -> Iterator[str]:
        yield from network(_ESL_ACL, spec.esl_networks)
        if spec.trunk_networks:
            yield from network(TRUNK_ACL, spec.trunk_networks)

    return configuration("acl", element("network-lists", lists()))


def logs(spec: SwitchSpec) -> Iterator[str]:
    """logfile.conf: a line names its leg, so that a call can be followed through the log."""

    def content() -> Iterator[str]:
        yield from element("settings", parameters({"rotate-on-hup": "true"}))
        yield from element("profiles", element("profile", profile(), name="default"))

    def profile() -> Iterator[str]:
        yield from element("settings", parameters({"rollover": "10485760", "uuid": "true"}))
        levels = "console,info,notice,warning,err,crit,alert"
        yield from element("mappings", iter([tag("map", name="all", value=levels)]))

    return configuration("logfile", content())


def console(spec: SwitchSpec) -> Iterator[str]:
    """console.conf: only what is bad goes to a terminal, or to journald."""

    def content() -> Iterator[str]:
        levels = "console,warning,err,crit,alert"
        yield from element("mappings", iter([tag("map", name="all", value=levels)]))
        yield from element("settings", parameters({"colorize": "false", "loglevel": "warning"}))

    return configuration("console", content())


def local_stream(spec: SwitchSpec) -> Iterator[str]:
    """local_stream.conf: music that plays on, for any number of callers at the cost of one."""
    yield from remark(
        """Files of 8 kHz mono: any other rate is converted for each caller anew. An empty folder
        means silence, and acdengine doctor says so."""
    )
    values = {
        "rate": "8000", "shuffle": "true", "channels": "1", "interval": "20", "timer-name": "soft",
    }  # fmt: skip

    def streams() -> Iterator[str]:
        for name, folder in spec.streams.items():
            yield from element("directory", parameters(values), name=name, path=_place(folder))

    yield from configuration("local_stream", streams())


def languages(spec: SwitchSpec) -> Iterator[str]:
    """Languages: without an entry here `say` says nothing, whatever modules are loaded."""
    yield from remark(
        """Numbers (positions, estimated waits) are said from the files digits/*.wav and time/*.wav
        of these folders, as FreeSWITCH's packages of sounds have them."""
    )
    for name, folder in spec.languages.items():
        phrases = element("phrases", ["<macros></macros>"])
        attributes = {"say_module": name, "sound_prefix": _place(folder)}
        yield from element("language", phrases, name=name, **attributes)


def _place(folder: str) -> str:
    """A folder, which may begin with the switch's own folder of sounds."""
    return Expression(folder) if folder.startswith("$${sounds_dir}/") else folder


def conference(spec: SwitchSpec) -> Iterator[str]:
    """conference.conf: rooms for three and more, without music and without announcements."""
    values = {"rate": "8000", "interval": "20", "energy-level": "100", "comfort-noise": "false"}

    def content() -> Iterator[str]:
        yield "<caller-controls/>"
        yield from element("profiles", element("profile", parameters(values), name="default"))

    return configuration("conference", content())


def sofia(spec: SwitchSpec) -> Iterator[str]:
    """sofia.conf: takes in the SIP profiles."""

    def content() -> Iterator[str]:
        yield from element("global_settings", parameters({"log-level": "0"}))
        included = '<X-PRE-PROCESS cmd="include" data="../sip_profiles/*.xml"/>'
        yield from element("profiles", iter([included]))

    return configuration("sofia", content())
