"""Address and token of the daemon from its settings files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

from acdengine.program.cli.control.daemon import Answer, RefusedByDaemon
from acdengine.settings.compile import load_plan
from acdengine.settings.credentials import read_secret
from acdengine.settings.daemon import ControlSettings
from acdengine.settings.errors import SettingsError


def address_and_token(
    files: Sequence[str], as_name: str, environ: Mapping[str, str], *, must: bool
) -> tuple[str, str]:
    """Where the daemon of these settings listens, and the token of a name.

    Without a name it is the first token that may do everything, else the first there is.

    Args:
        files: settings.
        as_name: of the token.
        environ: where secrets may be.
        must: a token that cannot be read is an error; otherwise the daemon will say that it needs
            one.

    Raises:
        RefusedByDaemon: the settings have mistakes.
        typer.BadParameter: there is no such token, or it cannot be read.
    """
    try:
        control = load_plan(files)[0].daemon.control
    except SettingsError as error:
        raise RefusedByDaemon(422, _answer(error)) from None
    host = f"[{control.host}]" if ":" in control.host else control.host
    name = _chosen(control, as_name)
    token, wrong = "", ""
    if name:
        token, wrong = read_secret(control.tokens[name].token, environ)
    if wrong and must:
        others = [other for other in control.tokens if other != name]
        more = f"; --as names another: {', '.join(others)}" if others else ""
        hint = "--as" if as_name else "--config"
        raise typer.BadParameter(f"the token of {name!r}: {wrong}{more}", param_hint=hint)
    return f"http://{host}:{control.port}", token


def _answer(error: SettingsError) -> Answer:
    problems = [
        {
            "file": one.file, "line": one.line, "column": one.column, "path": one.path,
            "problem": one.message, "expected": one.expected,
        }
        for one in error.problems
    ]  # fmt: skip
    return {"problem": "the settings have mistakes", "problems": problems}


def _chosen(control: ControlSettings, as_name: str) -> str:
    """The name of the token to use; empty where there is none."""
    tokens = control.tokens
    if as_name and as_name not in tokens:
        known = ", ".join(tokens) or "none"
        raise typer.BadParameter(f"no token {as_name!r}; there are: {known}", param_hint="--as")
    masters = [name for name, t in tokens.items() if t.role == "admin" and t.tenant is None]
    return as_name or next(iter([*masters, *tokens]), "")
