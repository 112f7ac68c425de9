"""`acdengine hours`: opening hours of a running daemon, held open or closed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.actions import Action, body_of, chosen, help_of
from acdengine.program.cli.control.daemon import Answer, path_of, whole_id
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.control.times import until_us
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def _held(words: Sequence[str], *, is_open: bool) -> Answer:
    return {"open": is_open, "until_us": until_us(words[0]) if words else 0}


ACTIONS: Final = {
    "show": Action("", "whether they are open, and who holds them so", "GET"),
    "close": Action(
        "[UNTIL]", "until 14:30, 2026-12-24T12:00, or until taken back", "POST", "hold",
        lambda words: _held(words, is_open=False),
    ),
    "open": Action(
        "[UNTIL]", "likewise", "POST", "hold", lambda words: _held(words, is_open=True)
    ),
    "release": Action("", "the timetable counts again", "POST", "release"),
}  # fmt: skip


@app.command(cls=QuickCommand, epilog=help_of(ACTIONS))
@control
def hours(
    session: Session,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[HOURS]", help="As TENANT/NAME.", autocompletion=completion.hours_ids
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
    """Show the opening hours, or hold them open or closed by hand."""
    from acdengine.program.cli.control.formatters import format_hours

    if not name:
        session.show(session.daemon.rows("/v1/hours", limit), format_hours)
        return
    wanted = chosen(ACTIONS, action, arguments or [])
    path = path_of("hours", whole_id("opening hours", name), *wanted.path.split())
    answer = session.daemon.ask(wanted.method, path, body_of(wanted, arguments or []))
    session.show(answer, lambda one: format_hours({"items": [one], "next": ""}))
