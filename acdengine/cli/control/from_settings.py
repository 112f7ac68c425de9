"""Address and token of the daemon from its settings files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

from acdengine.settings.access import read_secret
from acdengine.settings.compile import load_plan
from acdengine.settings.daemon import ControlSettings, TokenSettings
from acdengine.settings.errors import SettingsError


def address_and_token(
    files: Sequence[str], as_name: str, environ: Mapping[str, str]
) -> tuple[str, str]:
    """Where the daemon of these settings listens, and the token of a name.

    Without a name it is the first token that may do everything, else the first there is; none where
    it cannot be read, which the daemon will say.
    """
    try:
        control = load_plan(files)[0].daemon.control
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    host = f"[{control.host}]" if ":" in control.host else control.host
    chosen = _chosen(control, as_name)
    token, wrong = read_secret(chosen.token, environ) if chosen is not None else ("", "")
    if wrong and as_name:
        raise typer.BadParameter(f"the token of {as_name!r}: {wrong}", param_hint="--as")
    return f"http://{host}:{control.port}", token


def _chosen(control: ControlSettings, as_name: str) -> TokenSettings | None:
    tokens = control.tokens
    if as_name:
        if as_name not in tokens:
            known = ", ".join(tokens) or "none"
            raise typer.BadParameter(f"no token {as_name!r}; there are: {known}", param_hint="--as")
        return tokens[as_name]
    masters = [t for t in tokens.values() if t.role == "admin" and t.tenant is None]
    return next(iter([*masters, *tokens.values()]), None)
