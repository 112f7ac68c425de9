"""The audit log: a line for each change, with who asked for it and what came of it."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from aiohttp import web

from acdengine.api.problems import Problem
from acdengine.api.routes import Route
from acdengine.runtime.masking import CONTACT_FIELDS, NUMBER_FIELDS, Masks
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.settings.credentials import Access

_log = structlog.get_logger("acdengine.audit")


def audit(
    route: Route,
    request: web.Request,
    access: Access,
    given: msgspec.Struct | None,
    status: int,
    problem: Problem | None,
    masks: Masks | None,
) -> None:
    """Write the line of one request, numbers masked also where they stand in a telephone's contact.
    ``masks``: None where the settings want the log to say them in clear."""
    _log.info(
        "control",
        action=route.name,
        by=access.name,
        role=access.role if access.name else "",
        tenant=access.tenant_id if access.name else "",
        remote=request.remote,
        target=dict(request.match_info),
        given=_masked("", msgspec.to_builtins(given), masks) if given is not None else {},
        status=status,
        problem=problem.problem if problem is not None else "",
    )


def audit_stranger(lines: RateLimitedLog, server: str, request: web.Request) -> None:
    """Write a line about a request without a valid token: one in a while for each address."""
    given = bool(request.headers.get("Authorization"))
    lines.say(
        _log.warning, (server, request.remote), "stranger", server=server, remote=request.remote,
        method=request.method, problem="a wrong token" if given else "no token",
    )  # fmt: skip


def _masked(field: str, given: Any, masks: Masks | None) -> Any:  # noqa: ANN401 - as a body holds
    if masks is None:
        return given
    if isinstance(given, dict):
        return {name: _masked(name, value, masks) for name, value in given.items()}
    if isinstance(given, str) and field in NUMBER_FIELDS:
        return masks.number(given)
    if isinstance(given, str) and field in CONTACT_FIELDS:
        return masks.contact(given)
    return given
