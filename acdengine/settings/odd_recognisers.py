"""What is odd about recognisers of speech: they work, and would understand no caller."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from acdengine.settings.model import Remark
from acdengine.settings.systems import HttpSystems
from acdengine.settings.tree import Keys
from acdengine.settings.whole import Settings


def odd_recognisers(settings: Settings) -> Iterator[Remark]:
    """Recognisers whose host is not allowed, or whose files cannot be read here."""
    is_asked = False
    for name, tenant in settings.tenants.items():
        recogniser = tenant.ivr.recogniser if tenant.ivr is not None else None
        if recogniser is None or recogniser.http is None:
            continue
        is_asked = True
        host = urlsplit(recogniser.http.url).hostname or ""
        if not _is_allowed(host, tenant.http):
            path: Keys = ("tenants", name, "ivr", "recogniser", "http", "url")
            yield Remark(path, f"{host} is none of the tenant's http.hosts", f"{host} among them")
    for name, switch in settings.switches.items():
        folder = switch.recordings.folder
        if is_asked and not os.path.isdir(folder):
            message = f"{folder} is no folder here: what callers say cannot be read"
            yield Remark(("switches", name, "recordings"), message, "a folder that both see")


def _is_allowed(host: str, allowed: HttpSystems) -> bool:
    """Whether a host is one of a tenant's, on whatever port."""
    for pattern in (*allowed.hosts, *allowed.private_hosts):
        name, colon, port = pattern.lower().rpartition(":")
        if not colon or not port.isdigit():
            name = pattern.lower()
        name = name.strip("[]")
        if name == host or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False
