"""What a script is told before its first command (``setup_env`` in ``res_agi.c``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class AgiRequest:
    """How a script was called, and what is known of the call then.

    ``request`` is the script as it was named; ``network_path`` the path of a FastAGI address
    without its first slash, None for a local script.
    """

    request: str
    channel: str
    unique_id: str
    version: str
    language: str = "en"
    technology: str = "PJSIP"
    number: str = ""
    name: str = ""
    presentation: int = 0
    dialled: str = ""
    redirected_from: str = ""
    context: str = "default"
    extension: str = "s"
    priority: int = 1
    account: str = ""
    thread_id: int = 0
    arguments: Sequence[str] = ()
    network_path: str | None = None


def environment(request: AgiRequest) -> str:
    """The block of ``agi_…`` lines, with the empty line that ends it.

    A value has no line end: what an Asterisk would let through as a line of its own is dropped, so
    that no caller's name can be a line of the environment.
    """
    lines: list[tuple[str, object]] = []
    if request.network_path is not None:
        lines.append(("network", "yes"))
        if request.network_path:
            lines.append(("network_script", request.network_path))
    lines += [
        ("request", request.request),
        ("channel", request.channel),
        ("language", request.language),
        ("type", request.technology),
        ("uniqueid", request.unique_id),
        ("version", request.version),
        ("callerid", request.number or "unknown"),
        ("calleridname", request.name or "unknown"),
        ("callingpres", request.presentation),
        ("callingani2", 0),
        ("callington", 0),
        ("callingtns", 0),
        ("dnid", request.dialled or "unknown"),
        ("rdnis", request.redirected_from or "unknown"),
        ("context", request.context),
        ("extension", request.extension),
        ("priority", request.priority),
        ("enhanced", "0.0"),
        ("accountcode", request.account),
        ("threadid", request.thread_id),
    ]
    lines += [(f"arg_{place}", value) for place, value in enumerate(request.arguments, 1)]
    return "".join(f"agi_{key}: {_one_line(str(value))}\n" for key, value in lines) + "\n"


def _one_line(value: str) -> str:
    return value.replace("\r", "").replace("\n", "").replace("\0", "")
