"""The audit log: a line for each change, with who asked for it and what came of it."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from aiohttp import web

from acdengine.api.problems import Problem
from acdengine.api.routes import Route
from acdengine.runtime.personal import NUMBER_FIELDS, Masks
from acdengine.settings.access import Access

_log = structlog.get_logger("acdengine.audit")


def audit(
    route: Route,
    request: web.Request,
    access: Access,
    given: msgspec.Struct | None,
    status: int,
    problem: Problem | None,
    masks: Masks,
) -> None:
    """Write the line of one request. Numbers are masked, as in every log."""
    _log.info(
        "control",
        action=route.name,
        by=access.name,
        role=access.role if access.name else "",
        tenant=access.tenant_id if access.name else "",
        remote=request.remote,
        target=dict(request.match_info),
        given=_masked(msgspec.to_builtins(given), masks) if given is not None else {},
        status=status,
        problem=problem.problem if problem is not None else "",
    )


def _masked(given: Any, masks: Masks) -> Any:  # noqa: ANN401 - whatever a body holds
    if isinstance(given, dict):
        return {
            name: masks.number(value)
            if name in NUMBER_FIELDS and isinstance(value, str)
            else _masked(value, masks)
            for name, value in given.items()
        }
    return given
