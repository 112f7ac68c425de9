"""From the settings of a centre to what one of its switches needs."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import SecretStr

from acdengine.plan import Plan, Tenant
from acdengine.program.switches.settings import sounds_of
from acdengine.program.switches.sounds_used import sounds_used
from acdengine.settings.credentials import read_secret
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.registered import registered
from acdengine.settings.switch_setup import GatewaySettings, SwitchSetupSettings
from acdengine.settings.switches import SwitchSettings
from acdengine.settings.tree import path_text
from acdengine.settings.whole import Settings
from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.setup import directory
from adapters.freeswitch.setup.switch_spec import (
    Gateway,
    InternalNumbers,
    NumberSet,
    Outbound,
    Phone,
    SwitchSpec,
)

_LEGS_PER_S: Final = 60
#: Where FreeSWITCH's packages of sounds put each language.
_VOICES: Final = {
    "en": "en/us/callie",
    "fr": "fr/ca/june",
    "pt": "pt/BR/karina",
    "ru": "ru/RU/elena",
    "sv": "sv/se/jakob",
}
_SPARE: Final = 1.2


def phones_of(plan: Plan) -> dict[str, tuple[str, str]]:
    """Agents whose telephones register, by id."""
    found = {name: registered(agent.contact) for name, agent in plan.agents.items()}
    return {name: phone for name, phone in found.items() if phone is not None}


def streams_of(settings: Settings, plan: Plan) -> tuple[str, ...]:
    """Every local stream that the plan's music is played from."""
    sounds = sounds_of(settings.sounds)
    named = {
        sounds.of(tenant).music.get(name, name): None
        for tenant, used in sounds_used(plan).items()
        for name in used.music
    }
    return tuple(named)


def wanted_of(settings: Settings, plan: Plan, switch: SwitchSettings) -> Wanted:
    """What the doctor looks for on a switch."""
    sounds = sounds_of(settings.sounds)
    prompts: dict[str, str] = {}
    unknown: dict[str, None] = {}
    for tenant, used in sounds_used(plan).items():
        for name in used.prompts:
            parts = sounds.of(tenant).parts(name)
            for part in parts:
                prompts[name] = part.argument
            if not parts:
                unknown[name] = None
    return Wanted(
        prompts=prompts,
        unknown_prompts=tuple(unknown),
        streams=streams_of(settings, plan),
        languages=_languages(settings),
        says_numbers=any(
            queue.announcements.position or queue.announcements.estimate
            for queue in plan.queues.values()
        ),
        phones=phones_of(plan),
        gateways=tuple(dict.fromkeys([*switch.trunks.gateways, *switch.setup.gateways])),
        channels=sum(trunk.channels for trunk in plan.trunks.values()),
        recordings=switch.recordings.folder,
    )


def spec_of(
    name: str,
    settings: Settings,
    plan: Plan,
    known: Mapping[str, str],
    environ: Mapping[str, str],
) -> SwitchSpec:
    """What the switch of that name needs.

    Args:
        known: passwords that were given or made before, by the names of their variables.

    Raises:
        SettingsError: with every password that cannot be had.
    """
    switch = settings.switches[name]
    setup = switch.setup
    reader = _Secrets(name, environ)
    password = reader.read(switch.password, "password")
    gateways = tuple(
        _gateway(gateway, about, reader) for gateway, about in setup.gateways.items()
    )  # fmt: skip
    reader.done()
    phones = tuple(_phones(plan, known))
    peers = _peers(name, settings)
    channels = sum(trunk.channels for trunk in plan.trunks.values())
    legs_per_s = 2 * sum(trunk.calls_per_s or 0 for trunk in plan.trunks.values())
    return SwitchSpec(
        name=name,
        esl_password=password,
        esl_ip=setup.event_socket_address,
        esl_port=switch.port,
        esl_networks=tuple(setup.event_socket_networks),
        sip_ip=setup.sip_address,
        external_ip=setup.external_address,
        agents_port=setup.agents_port,
        trunk_port=setup.trunk_port,
        trunk_networks=_trunk_networks(switch, peers),
        peers=peers,
        recordings=switch.recordings.folder,
        rtp_from=setup.rtp_from,
        rtp_to=setup.rtp_to,
        codecs=tuple(setup.codecs),
        max_sessions=setup.max_sessions or round(_SPARE * (2 * channels + len(phones))) + 10,
        calls_per_s=setup.legs_per_s or max(_LEGS_PER_S, round(_SPARE * legs_per_s)),
        languages=_number_folders(settings, setup),
        gateways=gateways,
        numbers=tuple(_numbers(plan)),
        phones=phones,
        outbound=tuple(_outbound(plan, tuple(setup.gateways))),
        internal=tuple(_internal(plan)),
        streams=_streams(setup, streams_of(settings, plan)),
        fallback_s=setup.fallback_s,
        overflow=setup.overflow,
        overflow_target=setup.overflow_number or "",
    )


class _Secrets:
    """Reads secrets of one switch, and remembers all that cannot be had."""

    def __init__(self, switch: str, environ: Mapping[str, str]) -> None:
        self._switch = switch
        self._environ = environ
        self._problems: list[Problem] = []

    def read(self, source: SecretStr, *keys: str) -> str:
        secret, wrong = read_secret(source, self._environ)
        if wrong:
            path = path_text(("switches", self._switch, *keys))
            self._problems.append(Problem("settings", 0, 0, path, wrong))
        return secret

    def done(self) -> None:
        if self._problems:
            raise SettingsError(self._problems)


def _gateway(name: str, about: GatewaySettings, reader: _Secrets) -> Gateway:
    password = ""
    if about.password is not None:
        password = reader.read(about.password, "setup", "gateways", name, "password")
    return Gateway(
        name=name,
        proxy=about.proxy,
        username=about.username,
        password=password,
        does_register=about.registers,
        ping_s=about.ping_s,
        transport=about.transport,
    )


def _phones(plan: Plan, known: Mapping[str, str]) -> Iterator[Phone]:
    seen: set[tuple[str, str]] = set()
    for agent_id, (user, domain) in phones_of(plan).items():
        if (user, domain) in seen:
            continue  # two agents who share a telephone
        seen.add((user, domain))
        phone = Phone(
            user=user,
            domain=domain,
            display=plan.agents[agent_id].name,
            agent_id=agent_id,
            password=known.get(directory.secret_name(user, domain)) or secrets.token_urlsafe(18),
        )
        yield phone


def _dialled(tenant: Tenant) -> dict[str, None]:
    """The numbers that a tenant has a word for."""
    patterns = dict.fromkeys(tenant.numbers)
    for rule in tenant.rules:
        patterns.update(dict.fromkeys(rule.when.dnis))
    return patterns


def _internal(plan: Plan) -> Iterator[InternalNumbers]:
    """What the telephones of each tenant's domains may dial of its own."""
    domains: dict[str, dict[str, None]] = {}
    for agent_id, (_, domain) in phones_of(plan).items():
        domains.setdefault(plan.agents[agent_id].tenant_id, {})[domain] = None
    for tenant_id, tenant in plan.tenants.items():
        patterns = tuple(_dialled(tenant))
        if tenant.pickup_code:
            # With an extension behind it, or without.
            patterns = (f"{tenant.pickup_code}*", *patterns)
        if patterns and tenant_id in domains:
            own = tuple(domains[tenant_id])
            yield InternalNumbers(tenant_id=tenant_id, domains=own, patterns=patterns)


def _numbers(plan: Plan) -> Iterator[NumberSet]:
    for tenant_id, tenant in plan.tenants.items():
        patterns = _dialled(tenant)
        if any(trunk.tenant_id == tenant_id for trunk in plan.trunks.values()):
            # All calls of a trunk group are this tenant's, for every dialled number.
            patterns["*"] = None
        if patterns:
            yield NumberSet(tenant_id=tenant_id, patterns=tuple(patterns))


def _outbound(plan: Plan, gateways: tuple[str, ...]) -> Iterator[Outbound]:
    allowed: dict[str, dict[str, None]] = {}
    for agent_id, (_, domain) in phones_of(plan).items():
        tenant = plan.tenants[plan.agents[agent_id].tenant_id]
        allowed.setdefault(domain, {}).update(dict.fromkeys(tenant.dial_allow))
    for domain, prefixes in allowed.items():
        if prefixes and gateways:
            yield Outbound(domain=domain, prefixes=tuple(prefixes), gateways=gateways)


def _peers(name: str, settings: Settings) -> tuple[str, ...]:
    """Addresses of the other switches; FreeSWITCH cannot tell one that has a host name here."""
    found = [
        _address(other.sip_address)
        for other_name, other in settings.switches.items()
        if other_name != name
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _trunk_networks(switch: SwitchSettings, peers: tuple[str, ...]) -> tuple[str, ...]:
    networks = dict.fromkeys(switch.trunks.networks)
    for gateway in switch.setup.gateways.values():
        address = _address(gateway.proxy)
        if address:
            networks[address] = None
    if not networks:
        return ()  # who may send calls is not said: everybody
    return tuple(_cidr(network) for network in (*networks, *peers))


def _address(proxy: str) -> str:
    """The IP address that a proxy is; empty when it is a name."""
    host = proxy
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def _cidr(network: str) -> str:
    return str(ipaddress.ip_network(network, strict=False))


def _languages(settings: Settings) -> tuple[str, ...]:
    sounds = settings.sounds
    own = [tenant.language for tenant in sounds.tenants.values() if tenant.language]
    return tuple(dict.fromkeys([sounds.language, *own]))


def _number_folders(settings: Settings, setup: SwitchSetupSettings) -> dict[str, str]:
    return {
        language: setup.number_folders.get(language)
        or f"$${{sounds_dir}}/{_VOICES.get(language, language)}"
        for language in _languages(settings)
    }


def _streams(setup: SwitchSetupSettings, names: tuple[str, ...]) -> dict[str, str]:
    folder = setup.music_folder or "$${sounds_dir}/music"
    return {name: f"{folder}/{name}" for name in names}
