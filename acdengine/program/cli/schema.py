"""`acdengine schema`: the settings as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from acdengine.settings.json_schema import settings_schema

app = typer.Typer(add_completion=False)


@app.command()
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write here, not to the screen.")
    ] = None,
) -> None:
    """Write the JSON Schema of the settings, for editors.

    An editor uses it for a file whose first line is `# yaml-language-server: $schema=FILE`.
    """
    text = json.dumps(settings_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"{output}: cannot be written: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None
