"""`acdengine agent`: one agent of a running daemon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.actions import (
    Action,
    body_of,
    chosen,
    help_of,
    microseconds,
    numbered,
)
from acdengine.program.cli.control.daemon import Answer, path_of, whole_id
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def _queues(words: Sequence[str]) -> Answer:
    levels = numbered(words, default=1)
    return {"queues": {queue_id: {"level": level} for queue_id, level in levels.items()}}


ACTIONS: Final = {
    "show": Action("", "state, skills, queues", "GET"),
    "story": Action("", "what happened lately", "GET", "story"),
    "ready": Action("", "wants calls", "POST", "ready"),
    "not-ready": Action(
        "REASON", "wants none", "POST", "not-ready", lambda words: {"reason": words[0]}
    ),
    "sign-in": Action(
        "[CONTACT]", "on the usual telephone, or this", "POST", "sign-in",
        lambda words: {"contact": words[0]} if words else {},
    ),
    "sign-out": Action("", "after the present call, if any", "POST", "sign-out"),
    "pick-up": Action(
        "[CALL]", "a call that rings at a colleague", "POST", "pick-up",
        lambda words: {"call_id": words[0]} if words else {},
    ),
    "wrap-up": Action("", "after the present call", "POST", "wrap-up"),
    "extend": Action(
        "SECONDS", "more wrap-up", "POST", "wrap-up/extend",
        lambda words: {"by_us": microseconds(words[0])},
    ),
    "end-wrap-up": Action("", "before its time", "POST", "wrap-up/end"),
    "skills": Action(
        "[NAME=LEVEL]...", "these and no others", "PUT", "skills",
        lambda words: {"skills": numbered(words)},
    ),
    "queues": Action("[QUEUE[=LEVEL]]...", "these and no others", "PUT", "queues", _queues),
}  # fmt: skip


@app.command(cls=QuickCommand, epilog=help_of(ACTIONS))
@control
def agent(
    session: Session,
    agent_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="As TENANT/NAME.", autocompletion=completion.agent_ids),
    ],
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="One of those below.",
            autocompletion=completion.one_word(*ACTIONS),
        ),
    ] = "show",
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARGUMENTS", show_default=False, autocompletion=completion.queue_ids
        ),
    ] = None,
) -> None:
    """Show one agent, or change its state, skills and queues."""
    from acdengine.program.cli.control.formatters import format_one, format_story

    wanted = chosen(ACTIONS, action, arguments or [])
    path = path_of("agents", whole_id("agent", agent_id), *wanted.path.split())
    answer = session.daemon.ask(wanted.method, path, body_of(wanted, arguments or []))
    session.show(answer, format_story if action == "story" else format_one)
