"""`acdengine versions`: versions of IVR flows in a running daemon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.actions import Action, body_of, chosen, help_of, whole_number
from acdengine.program.cli.control.daemon import Answer, path_of, whole_id
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def _trial(words: Sequence[str]) -> Answer:
    return {"version": words[0], "percent": whole_number(words[1].removesuffix("%"))}


ACTIONS: Final = {
    "show": Action("", "the versions and what was done to them", "GET"),
    "live": Action(
        "VERSION", "for all callers: back to it, or on to it", "POST", "live",
        lambda words: {"version": words[0]},
    ),
    "try": Action("VERSION PERCENT", "for a share of the callers", "POST", "trial", _trial),
    "end": Action("", "what is tried", "POST", "trial/end"),
}  # fmt: skip


@app.command(cls=QuickCommand, epilog=help_of(ACTIONS))
@control
def versions(
    session: Session,
    flow: Annotated[
        str,
        typer.Argument(
            metavar="[FLOW]", help="As TENANT/NAME.", autocompletion=completion.flow_ids
        ),
    ] = "",
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="One of those below.",
            autocompletion=completion.one_word(*ACTIONS),
        ),
    ] = "show",
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGUMENTS", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Rows at most; 0: all.")] = 100,
) -> None:
    """Show which callers of IVR flows get which version, or go back, or try one."""
    from acdengine.program.cli.control.formatters import format_flows, format_versions

    if not flow:
        session.show(session.daemon.rows("/v1/flows", limit), format_flows)
        return
    wanted = chosen(ACTIONS, action, arguments or [])
    path = path_of("flows", whole_id("flow", flow), *wanted.path.split())
    answer = session.daemon.ask(wanted.method, path, body_of(wanted, arguments or []))
    session.show(answer, format_versions)
