"""`sip_profiles/`: where the telephones are, and where the telephone network is."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.freeswitch.setup.autoload_configs import TRUNK_ACL
from adapters.freeswitch.setup.dialplan import AGENTS_CONTEXT, PUBLIC_CONTEXT
from adapters.freeswitch.setup.switch_spec import Gateway, SwitchSpec
from adapters.freeswitch.setup.xml_text import Expression, element, parameters, remark, tag


def secret_name(gateway: str) -> str:
    """The global variable that holds a gateway's password."""
    return f"acd_gateway_password:{gateway}"


def agents_profile(spec: SwitchSpec) -> Iterator[str]:
    """Telephones register here, and are rung from here."""
    yield from remark(
        """auth-calls: a telephone calls as nobody but itself.
        The next two: a telephone that is gone (no power, no network) is noticed within 15 s of the
        end of its registration, where FreeSWITCH by itself takes up to 90 s. Until then acdengine
        would ring it in vain. Have telephones register for 60 to 120 s.
        liberal-dtmf: keys sent by SIP INFO count as keys.
        channel-xml-fetch-on-nightmare-transfer: a telephone may transfer to a call that this switch
        has (REFER with Replaces); for any other call FreeSWITCH asks the section "channels", which
        refuses. Where that section is missing, FreeSWITCH dials the address that REFER names, with
        no list of allowed numbers asked. Keep both."""
    )
    domains = tuple(dict.fromkeys(phone.domain for phone in spec.phones))
    one_domain: dict[str, str] = {"challenge-realm": "auto_from"}
    if len(domains) == 1:
        # A telephone set up with the address in place of the domain is found all the same.
        one_domain = {
            "challenge-realm": domains[0],
            "force-register-domain": domains[0],
            "force-subscription-domain": domains[0],
            "force-register-db-domain": domains[0],
        }
    settings = _shared(spec) | {
        "sip-port": str(spec.agents_port),
        "context": AGENTS_CONTEXT,
        "auth-calls": "true",
        "accept-blind-reg": "false",
        # All telephones of a user ring, and not only the one that has registered last.
        "multiple-registrations": "contact",
        "inbound-reg-force-matching-username": "true",
        "sip-expires-late-margin": "5",
        "registration-thread-frequency": "10",
        "apply-nat-acl": "nat.auto",
        "channel-xml-fetch-on-nightmare-transfer": "true",
        **one_domain,
    }
    yield from _profile("internal", (), settings)


def trunk_profile(spec: SwitchSpec) -> Iterator[str]:
    """Calls from the telephone network come in here, and go out from here."""
    yield from remark(
        """auth-calls is off, for carriers do not log in: without the list acd_trunks
        (acl.conf.xml, from the setting trunk_networks) anybody on the network may call the numbers
        that the dialplan knows.
        disable-transfer: a caller's REFER is refused (405). FreeSWITCH would dial the address that
        it names, and take text of it for variables of the new leg."""
    )
    settings = _shared(spec) | {
        "sip-port": str(spec.trunk_port),
        "context": PUBLIC_CONTEXT,
        "auth-calls": "false",
        "disable-transfer": "true",
    }
    if spec.trunk_networks:
        settings["apply-inbound-acl"] = TRUNK_ACL
    yield from _profile("external", spec.gateways, settings)


def _shared(spec: SwitchSpec) -> dict[str, str]:
    address = spec.sip_ip or Expression("$${local_ip_v4}")
    codecs = ",".join(spec.codecs)
    settings = {
        "sip-ip": address,
        "rtp-ip": address,
        "dialplan": "XML",
        "inbound-codec-prefs": codecs,
        "outbound-codec-prefs": codecs,
        "inbound-codec-negotiation": "generous",
        "rtp-timer-name": "soft",
        "manage-presence": "false",
        "rfc2833-pt": "101",
        "dtmf-duration": "2000",
        "liberal-dtmf": "true",
        "nonce-ttl": "60",
        "user-agent-string": "acd",
    }
    if spec.external_ip:
        settings |= {"ext-sip-ip": spec.external_ip, "ext-rtp-ip": spec.external_ip}
    return settings


def _profile(name: str, gateways: tuple[Gateway, ...], settings: dict[str, str]) -> Iterator[str]:
    def content() -> Iterator[str]:
        if gateways:
            yield from element("gateways", (line for one in gateways for line in _gateway(one)))
        everything = tag("domain", name="all", alias="false", parse="false")
        yield from element("domains", iter([everything]))
        yield from element("settings", parameters(settings))

    return element("profile", content(), name=name)


def _gateway(gateway: Gateway) -> Iterator[str]:
    values: dict[str, str] = {
        "proxy": gateway.proxy,
        "username": gateway.username or "acd",
        "password": Expression("$${" + secret_name(gateway.name) + "}")
        if gateway.password
        else "none",
        "register": str(gateway.does_register).lower(),
        "register-transport": gateway.transport,
        # Else the other side would see the gateway's user name as the caller.
        "caller-id-in-from": "true",
        # Calls of a gateway that registers come to its user name: the number is in the To header.
        "extension": "auto_to_user",
        "context": PUBLIC_CONTEXT,
    }
    if gateway.ping_s:
        # Down after two lost pings, up after one that is answered: acdengine stops using it.
        values |= {"ping": str(gateway.ping_s), "ping-max": "2", "ping-min": "1"}
    return element("gateway", parameters(values), name=gateway.name)
