"""Checks of steps that talk to systems: whether the tenant's settings let them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from acdengine.settings.flows.references import References
from acdengine.settings.flows.step import StepSettings
from acdengine.settings.flows.systems import AgiSettings, HttpSettings, WebhookSettings
from acdengine.settings.model import Remark
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.systems import covers
from acdengine.settings.tree import Keys

_FAST_AGI = "agi://"


def system_remarks(name: str, step: StepSettings, known: References) -> Iterator[Remark]:
    """A host that may not be asked, or a script that is not there."""
    at: Keys = ("steps", name, step.kind)
    if isinstance(step, HttpSettings):
        yield from _host(step.http, at, known)
    elif isinstance(step, WebhookSettings):
        yield from _host(step.webhook, at, known)
    elif isinstance(step, AgiSettings):
        yield from _script(step.agi, at, known)


def _host(url: str, at: Keys, known: References) -> Iterator[Remark]:
    if known.http_hosts is None:
        return
    parts = urlsplit(url.partition("{")[0])
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        yield Remark(at, "has no such port", "a port from 1 to 65535")
        return
    port = port or (443 if parts.scheme == "https" else 80)
    if not any(covers(allowed, host, port) for allowed in known.http_hosts):
        shown = parts.netloc
        wish = one_of(known.http_hosts) or "it among hosts of the tenant's http"
        yield Remark(at, f"'{shown}' is no host that flows may ask", wish)


def _script(script: str, at: Keys, known: References) -> Iterator[Remark]:
    agi = known.agi
    if agi is None:
        return
    if script.startswith(_FAST_AGI):
        parts = urlsplit(script)
        if not {parts.hostname, parts.netloc} & set(agi.hosts):
            wish = one_of(agi.hosts) or "it among hosts of the tenant's agi"
            yield Remark(at, f"'{parts.netloc}' is no FastAGI server of the settings", wish)
        return
    if not agi.folder:
        yield Remark(at, "there is no folder of scripts", "folder of the tenant's agi")
        return
    folder = Path(agi.folder)
    # Settings may be checked on another machine than the one that has the scripts.
    if folder.is_dir() and not (folder / script).is_file():
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
        message = f"there is no script '{script}' in {folder}{did_you_mean(script, names)}"
        yield Remark(at, message, one_of(names) or "scripts in the folder")
