"""Names for the shell's completion, asked of the running daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import typer

from acdengine.program.cli.control.daemon import SWITCHES, NotReached, RefusedByDaemon

Complete = Callable[[typer.Context, str], list[str]]


def _of(path: str, field: str) -> Complete:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return [name for name in _names(ctx, path, field) if name.startswith(incomplete)]

    return complete


agent_ids: Final = _of("/v1/agents", "agent_id")
queue_ids: Final = _of("/v1/queues", "queue_id")
call_ids: Final = _of("/v1/calls", "call_id")
flow_ids: Final = _of("/v1/flows", "flow_id")
hours_ids: Final = _of("/v1/hours", "hours_id")
switch_names: Final = _of(SWITCHES, "name")
team_ids: Final = _of("/v1/agents", "team_id")


def one_word(*words: str) -> Complete:
    """Completes one of these."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def fact_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Kinds of facts."""
    from acdengine.api.live_messages import KINDS

    return [name for name in sorted(KINDS) if name.startswith(incomplete)]


def targets(ctx: typer.Context, incomplete: str) -> list[str]:
    """What the arguments of an action name: queues and agents."""
    return [*queue_ids(ctx, incomplete), *agent_ids(ctx, incomplete)]


def _names(ctx: typer.Context, path: str, field: str) -> list[str]:
    """Nothing at all where the daemon cannot be asked: completion says no errors."""
    from acdengine.program.cli.control.session import OPTIONS, open_session

    given: dict[str, Any] = {
        name: ctx.params.get(name) or value for name, (_, value) in OPTIONS.items()
    }
    try:
        session = open_session(**given)
    except (typer.BadParameter, typer.Exit, RefusedByDaemon):
        return []
    try:
        return session.daemon.names(path, field)
    except (NotReached, RefusedByDaemon):
        return []
    finally:
        session.daemon.close()
