"""From the settings of switches and sounds to what the adapter takes."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import replace

from acdengine.settings.credentials import read_secret
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.recording import StorageSettings
from acdengine.settings.sounds import SoundsSettings
from acdengine.settings.switches import SwitchSettings, SwitchTrunksSettings
from acdengine.settings.tree import path_text
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.trunks.trunk_groups import TrunkMap
from adapters.freeswitch.wire.connection import ConnectionSettings
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.read_coalescing import GATHER_S

_MB = 1_000_000


def connections_of(
    switches: Mapping[str, SwitchSettings], environ: Mapping[str, str]
) -> dict[str, ConnectionSettings]:
    """How each switch is reached, passwords read from where the settings say that they are.

    Raises:
        SettingsError: with every password and certificate file that cannot be had.
    """
    problems: list[Problem] = []
    connections: dict[str, ConnectionSettings] = {}
    for name, switch in switches.items():
        password, wrong = read_secret(switch.password, environ)
        if wrong:
            path = path_text(("switches", name, "password"))
            problems.append(Problem("settings", 0, 0, path, wrong))
        try:
            context = _tls(switch)
        except (OSError, ssl.SSLError) as error:
            path = path_text(("switches", name, "tls", "ca_file"))
            problems.append(Problem("settings", 0, 0, path, f"cannot be used: {error}"))
            continue
        connections[name] = _connection(switch, password, context)
    if problems:
        raise SettingsError(problems)
    return connections


def _tls(switch: SwitchSettings) -> ssl.SSLContext | None:
    if switch.tls is None:
        return None
    return ssl.create_default_context(cafile=switch.tls.ca_file or None)


def _connection(
    switch: SwitchSettings, password: str, context: ssl.SSLContext | None
) -> ConnectionSettings:
    return ConnectionSettings(
        host=switch.host,
        port=switch.port,
        password=password,
        user=switch.user,
        domain=switch.domain,
        tls=context,
        tls_name=(switch.tls.name or None) if switch.tls is not None else None,
        open_limit_s=switch.open_timeout_s,
        first_wait_s=switch.retry_first_s,
        longest_wait_s=switch.retry_longest_s,
        link=LinkSettings(
            quiet_s=switch.quiet_s,
            answer_s=switch.answer_timeout_s,
            unwaited_jobs=True,
            gather_s=GATHER_S,
        ),
    )


def storage_of(settings: StorageSettings) -> Storage:
    """Where a switch writes recordings and messages."""
    return Storage(settings.folder, settings.min_free_mb * _MB)


def sounds_of(settings: SoundsSettings) -> Sounds:
    """What is played for which name, for every tenant."""
    general = _sounds(settings.folder, settings.music, settings.prompts, settings.language)
    tenants = {}
    for tenant, own in settings.tenants.items():
        folder = settings.folder if own.folder is None else own.folder
        # A folder of its own holds other recordings of the same names.
        shared = general.prompts if own.folder is None else {}
        prompts = {**shared, **own.prompts}
        music = {**settings.music, **own.music}
        tenants[tenant] = _sounds(folder, music, prompts, own.language or settings.language)
    engine, voice = settings.speech_engine, settings.speech_voice
    read_out = {
        name: replace(own, speech_engine=engine, speech_voice=voice)
        for name, own in tenants.items()
    }
    return replace(general, tenants=read_out, speech_engine=engine, speech_voice=voice)


def _sounds(
    folder: str, music: Mapping[str, str], prompts: Mapping[str, str], language: str
) -> Sounds:
    files = {
        name: file if file.startswith("/") else f"{folder}/{file}"
        for name, file in prompts.items()
    }  # fmt: skip
    return Sounds(dict(music), files, language, folder)


def trunks_of(settings: SwitchTrunksSettings) -> TrunkMap:
    """What of a switch belongs to which trunk group."""
    return TrunkMap(settings.gateways, settings.spans, settings.networks, settings.profiles)
