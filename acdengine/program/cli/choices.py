"""Arguments of which only a few values mean something."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def want_choice(value: str, choices: Sequence[str], name: str) -> None:
    """See that a value is one of the choices.

    Raises:
        typer.BadParameter: it is not; the message names all of them.
    """
    if value in choices:
        return
    # Imported only now: a correct command does not wait for it.
    from acdengine.settings.suggest import did_you_mean, one_of

    words = f"{value!r} is not known here{did_you_mean(value, choices)}, expected {one_of(choices)}"
    raise typer.BadParameter(words, param_hint=name)
