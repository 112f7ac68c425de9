"""Commands that find the daemon: options, environment and settings files in one place."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from acdengine.api.own_access import read_own_access
from acdengine.program.cli.control.daemon import Answer, Daemon, NotReached, RefusedByDaemon
from acdengine.program.cli.control.refusing import not_reached, refused
from acdengine.program.cli.control.saved_sessions import find_session

if TYPE_CHECKING:
    from rich.console import RenderableType

DEFAULT_URL: Final = "http://127.0.0.1:8088"
#: As for `acdengine run`, and those of the service; the first that can be read is looked at when
#: nothing else says which token to use.
DEFAULT_CONFIGS: Final = ("config/acdengine.yaml", "/etc/acdengine/acdengine.yaml")
_WIDE: Final = 1000

_Url = Annotated[
    str,
    typer.Option(
        "--url", envvar="ACDENGINE_URL", help="Where the daemon is.", show_default=DEFAULT_URL
    ),
]
_Token = Annotated[
    str,
    typer.Option("--token", envvar="ACDENGINE_TOKEN", help="The token to use.", show_default=False),
]
_Config = Annotated[
    list[str] | None,
    typer.Option(
        "--config", help="Settings files that say address and tokens.", show_default=False
    ),
]
_As = Annotated[
    str, typer.Option("--as", help="Name of the token in the settings.", show_default=False)
]
_Json = Annotated[bool, typer.Option("--json", help="The answer as it is, as JSON.")]

OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "url": (_Url, ""),
    "token": (_Token, ""),
    "config": (_Config, None),
    "as_name": (_As, ""),
    "as_json": (_Json, False),
}


@dataclass(frozen=True, slots=True)
class Session:
    """One call of a command: the daemon, and how its answer is shown."""

    daemon: Daemon
    as_json: bool

    def show(self, answer: Answer, picture: Callable[[Answer], RenderableType]) -> None:
        """Print an answer, as JSON or as a picture of it."""
        if self.as_json:
            typer.echo(json.dumps(answer, indent=2))
            return
        from rich.console import Console

        console = Console(highlight=False)
        if not console.is_terminal:
            # What goes into a file or another program is not cut to a screen.
            console.width = _WIDE
        console.print(picture(answer), soft_wrap=True)


def control(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes a `Session` first the options by which the daemon is found."""

    def command(**given: Any) -> None:  # noqa: ANN401 - the options of any command
        found = {name: given.pop(name) for name in OPTIONS}
        as_json = bool(found["as_json"])
        session = None
        try:
            session = open_session(**found)
            function(session, **given)
        except NotReached as error:
            not_reached(error, as_json)
        except RefusedByDaemon as error:
            refused(error, as_json, session.daemon if session is not None else None, given)
        finally:
            if session is not None:
                session.daemon.close()

    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in OPTIONS.items()
    ]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + options
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = function.__doc__
    command.__name__ = function.__name__
    return command


def open_session(
    url: str, token: str, config: list[str] | None, as_name: str, as_json: bool
) -> Session:
    """Find the daemon.

    Raises:
        typer.BadParameter: it is not clear where it is, or with which token to ask.
        RefusedByDaemon: the settings that should say so have mistakes.
    """
    if config or as_name:
        files = config or settings_found() or [DEFAULT_CONFIGS[0]]
        url, token = _from_settings(files, as_name, url, token, must=True)
        # Settings that name no token: that of the daemon that was started here.
        token = token or read_own_access()[1]
    elif not token:
        # A session of that daemon; else the daemon that was started here without tokens, or the one
        # of the settings here.
        there, own = read_own_access()
        at, token = find_session(url or there)
        url, token = (at, token) if token else (url or there, own)
        if not token and settings_found():
            url, token = _from_settings(settings_found(), "", url, token, must=False)
    if not (token.isascii() and token.isprintable()) or " " in token:
        words = "it holds what no token can: spaces, accents or the like"
        raise typer.BadParameter(words, param_hint="--token or ACDENGINE_TOKEN")
    try:
        return Session(Daemon(url or DEFAULT_URL, token), as_json)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--url") from error


def settings_found() -> list[str]:
    """The settings file of a daemon that is started here, or of the service; none without one."""
    return [file for file in DEFAULT_CONFIGS if os.access(file, os.R_OK)][:1]


def _from_settings(
    files: list[str], as_name: str, url: str, token: str, *, must: bool
) -> tuple[str, str]:
    # Settings take a fifth of a second to read: only where they are needed.
    from acdengine.program.cli.control.from_settings import address_and_token

    address, known = address_and_token(files, as_name, os.environ, must=must and not token)
    return url or address, token or known
