"""`acdengine call`: one call of a running daemon."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.actions import (
    Action,
    body_of,
    chosen,
    help_of,
    way,
    whole_number,
    whom,
)
from acdengine.program.cli.control.daemon import call_path
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ACTIONS: Final = {
    "show": Action("", "state, queue, place", "GET"),
    "story": Action("", "what happened", "GET", "story"),
    "explain": Action("", "why it waits, or went where it went", "GET", "explain"),
    "priority": Action(
        "NUMBER", "of a waiting call", "POST", "priority",
        lambda words: {"priority": whole_number(words[0])},
    ),
    "move": Action(
        "WAY...", "a waiting call, to a queue or elsewhere", "POST", "move",
        lambda words: {"target": way(words)},
    ),
    "withdraw": Action("", "end a call that no agent has", "POST", "withdraw", lambda words: {}),
    "hold": Action("", "the caller hears music", "POST", "hold"),
    "retrieve": Action("", "off hold", "POST", "retrieve"),
    "transfer": Action(
        "WAY...", "pass a conversation on", "POST", "transfer",
        lambda words: {"target": way(words)},
    ),
    "hangup": Action("", "end a conversation", "POST", "hangup"),
    "record": Action("", "a conversation, from now on", "POST", "recording start"),
    "pause": Action("", "nothing on record meanwhile", "POST", "recording pause"),
    "resume": Action("", "on record again", "POST", "recording resume"),
    "record-stop": Action("", "a recording that was asked for", "POST", "recording stop"),
    "consult": Action("WHOM...", "consult an agent or a number", "POST", "consult", whom),
    "swap": Action("", "turn from the one to the other", "POST", "consult swap"),
    "join": Action("", "have all three talk", "POST", "consult join"),
    "return": Action("", "drop whom you asked", "POST", "consult return"),
    "complete": Action("", "leave the caller to whom you asked", "POST", "consult complete"),
    "supervise": Action(
        "[MODE] [CONTACT]", "hear a conversation", "POST", "supervise",
        lambda words: dict(zip(("mode", "contact"), words, strict=False)),
    ),
    "mode": Action(
        "MODE", "be heard otherwise", "POST", "supervise mode", lambda words: {"mode": words[0]}
    ),
    "leave": Action("", "end the supervision", "POST", "supervise end"),
    "take-over": Action("", "talk with the caller yourself", "POST", "supervise take-over"),
}  # fmt: skip

_WAYS: Final = (
    "A WAY is the id of a queue, or: agent ID BACKUP-QUEUE, number NUMBER, voicemail BOX, flow ID,"
    " callback, hangup. WHOM is the id of an agent, or: queue ID, number NUMBER. A MODE is listen,"
    " whisper_agent, whisper_caller or barge."
)


#: A priority may be negative, which is no option.
@app.command(
    cls=QuickCommand,
    context_settings={"ignore_unknown_options": True},
    epilog=f"{help_of(ACTIONS)}\n\n{_WAYS}",
)
@control
def call(
    session: Session,
    call_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=completion.call_ids)],
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
        typer.Argument(metavar="ARGUMENTS", show_default=False, autocompletion=completion.targets),
    ] = None,
) -> None:
    """Show or explain one call, move it, or act in its conversation."""
    from acdengine.program.cli.control.formatters import (
        format_explanation,
        format_one,
        format_story,
    )

    wanted = chosen(ACTIONS, action, arguments or [])
    path = call_path(call_id, *wanted.path.split())
    answer = session.daemon.ask(wanted.method, path, body_of(wanted, arguments or []))
    formatters = {"story": format_story, "explain": format_explanation}
    session.show(answer, formatters.get(action, format_one))
