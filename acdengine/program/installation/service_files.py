"""What a system needs to run the daemon as a service: unit, user, settings, passwords, folders."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from acdengine.program.installation.shipped import text_of

USER: Final = "acdengine"
SETTINGS: Final = "/etc/acdengine/acdengine.yaml"
SYSUSERS: Final = "/etc/sysusers.d/acdengine.conf"
UNIT: Final = "/etc/systemd/system/acdengine.service"
_SECRETS: Final = "/etc/acdengine/secrets"
_STATE: Final = "/var/lib/acdengine"
#: As the shipped unit names the program.
_SHIPPED_PROGRAM: Final = "/opt/acdengine/bin/acdengine"

#: What the example says, and what a service says in its place: once each.
_IN_THE_EXAMPLE: Final = {
    "# yaml-language-server: $schema=acdengine.schema.json\n#\n": "",
    "`acdengine run --config config/freeswitch-centre.yaml` drives it; the password of the\n"
    "# event socket is taken from the environment. Everything that can be set is in"
    " docs/settings.md.": "The service acdengine drives it. Passwords and tokens are in"
    f" {_SECRETS}.\n# `acdengine check {SETTINGS}` says what is wrong in here.",
    "log: { file: var/acdengine.log }": "log: { file: /var/log/acdengine/acdengine.log }",
    "facts: { file: var/facts.jsonl }": f"facts: {{ file: {_STATE}/facts.jsonl }}",
    "journal: { folder: var/journal }": f"journal: {{ folder: {_STATE}/journal }}",
    "daemon:\n": f"daemon:\n  control:\n    accounts_file: {_STATE}/accounts.yaml\n    tokens:\n"
    f"      admin: {{ role: admin, token: '${{file:{_SECRETS}/admin-token}}' }}\n",
    "${env:ACDENGINE_FREESWITCH_PASSWORD}": f"${{file:{_SECRETS}/esl}}",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the service; `owned` by its user, else `shared` with its group or root's."""

    path: str
    mode: int
    owned: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """A file of the service; `shared` with its group, `kept` as it is once it is there."""

    path: str
    text: str
    mode: int = 0o644
    shared: bool = False
    kept: bool = False


FOLDERS: Final = (
    Folder("/etc/acdengine", 0o755),
    Folder(_SECRETS, 0o750, shared=True),
    # FreeSWITCH reads the sounds in it, and nothing else.
    Folder(_STATE, 0o711, owned=True),
    Folder(f"{_STATE}/music", 0o755),
    Folder(f"{_STATE}/music/moh", 0o755),
    Folder(f"{_STATE}/sounds", 0o755),
)


def service_files(program: Path) -> Iterator[ServiceFile]:
    """All files, for a program that is at `program`."""
    user = f'u {USER} - "acdengine, call distribution" {_STATE}\n'
    yield ServiceFile(SYSUSERS, f"# systemd-sysusers makes the user of acdengine.service.\n{user}")
    unit = text_of("systemd/acdengine.service").replace(_SHIPPED_PROGRAM, str(program))
    yield ServiceFile(UNIT, unit)
    yield ServiceFile("/etc/logrotate.d/acdengine", text_of("systemd/acdengine.logrotate"))
    yield ServiceFile(SETTINGS, settings(), 0o640, shared=True, kept=True)
    for name in ("esl", "admin-token"):
        secret = secrets.token_urlsafe(24) + "\n"
        yield ServiceFile(f"{_SECRETS}/{name}", secret, 0o640, shared=True, kept=True)


def settings() -> str:
    """The small centre on one FreeSWITCH, with the service's folders and passwords."""
    text = text_of("freeswitch-centre.yaml")
    for example, service in _IN_THE_EXAMPLE.items():
        before, found, after = text.partition(example)
        if not found or example in after:
            raise ValueError(f"freeswitch-centre.yaml has not one {example!r}")
        text = before + service + after
    return text
