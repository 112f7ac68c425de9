"""All files of a switch's configuration folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import unescape

from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.setup import autoload_configs, dialplan, directory, sip_profiles
from adapters.freeswitch.setup.switch_spec import SwitchSpec
from adapters.freeswitch.setup.xml_text import attribute, directive, document, remark

#: The only file with passwords in it.
SECRETS_FILE: Final = "acd_secrets.xml"

_PARTS: Final[dict[str, Callable[[SwitchSpec], Iterator[str]]]] = {
    "autoload_configs/switch.conf.xml": autoload_configs.switch,
    "autoload_configs/modules.conf.xml": autoload_configs.modules,
    "autoload_configs/event_socket.conf.xml": autoload_configs.event_socket,
    "autoload_configs/acl.conf.xml": autoload_configs.acl,
    "autoload_configs/logfile.conf.xml": autoload_configs.logs,
    "autoload_configs/console.conf.xml": autoload_configs.console,
    "autoload_configs/local_stream.conf.xml": autoload_configs.local_stream,
    "autoload_configs/conference.conf.xml": autoload_configs.conference,
    "autoload_configs/sofia.conf.xml": autoload_configs.sofia,
    "sip_profiles/internal.xml": sip_profiles.agents_profile,
    "sip_profiles/external.xml": sip_profiles.trunk_profile,
    "lang/acd.xml": autoload_configs.languages,
    "dialplan/acd_public.xml": dialplan.public,
    "dialplan/acd_overflow.xml": dialplan.overflow,
    "dialplan/acd_agents.xml": dialplan.agents,
    "directory/acd.xml": directory.directory,
}

_FREESWITCH: Final = """\
<?xml version="1.0"?>
<!-- The whole of FreeSWITCH's configuration: `freeswitch -conf THIS_FOLDER`. Where there is one
     already, include acd_secrets.xml in its vars.xml and copy the other files to their places. -->
<document type="freeswitch/xml">
  <X-PRE-PROCESS cmd="include" data="acd_secrets.xml"/>
  <!-- A telephone or carrier that answers "call me elsewhere" (300 to 305) has refused: FreeSWITCH
       would follow without asking who may be dialled, and without end. -->
  <X-PRE-PROCESS cmd="set" data="outbound_redirect_fatal=true"/>
  <section name="configuration">
    <X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/>
  </section>
  <section name="dialplan">
    <X-PRE-PROCESS cmd="include" data="dialplan/*.xml"/>
  </section>
  <section name="directory">
    <X-PRE-PROCESS cmd="include" data="directory/*.xml"/>
  </section>
  <section name="languages">
    <X-PRE-PROCESS cmd="include" data="lang/*.xml"/>
  </section>
  <!-- Asked when a telephone transfers to a call that is not on this switch (REFER with Replaces):
       refused. Without this section FreeSWITCH dials whatever address the telephone names. -->
  <section name="channels">
    <params>
      <param name="dial-prefix" value=""/>
      <param name="absolute-dial-string" value="error/CALL_REJECTED"/>
    </params>
  </section>
</document>
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder; one with secrets is for its owner alone."""

    path: str
    text: str
    is_secret: bool = False


def files(spec: SwitchSpec) -> list[File]:
    """Every file, in a fixed order.

    Raises:
        Unrepresentable: a name or number cannot be told to FreeSWITCH.
    """
    written = [File(path, document(part(spec))) for path, part in _PARTS.items()]
    return [File("freeswitch.xml", _FREESWITCH), *written, File(SECRETS_FILE, _secrets(spec), True)]


def _secrets(spec: SwitchSpec) -> str:
    values = {"acd_esl_password": spec.esl_password}
    for gateway in spec.gateways:
        if gateway.password:
            values[sip_profiles.secret_name(gateway.name)] = gateway.password
    for phone in spec.phones:
        values[directory.secret_name(phone.user, phone.domain)] = phone.password

    def lines() -> Iterator[str]:
        yield from remark(
            """Passwords: for the user that FreeSWITCH runs as, and for nobody else. FreeSWITCH
            copies them into log/freeswitch.xml.fsxml: keep that folder closed too. A password that
            is changed here stays as it is when the files are written again."""
        )
        for name, value in values.items():
            yield directive("set", f"{name}={_secret(name, value)}")

    return document(lines())


def _secret(name: str, value: str) -> str:
    """A password as it will stand in an attribute."""
    if not value or value != value.strip(" "):
        raise Unrepresentable(name, "it is empty, or begins or ends in a space")
    return attribute(name, value)[len(name) + len('="') : -1]


_SET: Final = re.compile(r'<X-PRE-PROCESS cmd="set" data="([^"=]+)=([^"]*)"/>')


def secrets_of(text: str) -> dict[str, str]:
    """The passwords that a secrets file holds, by the names of their variables."""
    named = {"&quot;": '"', "&apos;": "'", "&#36;": "$", "&#45;": "-"}
    return {name: unescape(value, named) for name, value in _SET.findall(text)}
