"""Where a tenant's IVR flows are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel

#: Endings of files in a folder of flows that are none.
NO_FLOWS = (".test.yaml", ".overlay.yaml")

FolderPath = Annotated[str, Field(min_length=1, max_length=400), Expected("a folder")]


class IvrSettings(SettingsModel):
    """IVR flows of a tenant: files of named steps."""

    folder: FolderPath
    """The folder of their files, `NAME.yaml` each; as `acdengine` is started, where it does not
    begin with `/`."""
    overlay: FolderPath | None = None
    """A file with values of this environment."""


def flow_files(folder: Path) -> list[Path]:
    """The flow files of a folder; none where it cannot be read."""
    try:
        return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(NO_FLOWS))
    except OSError:
        return []


def ivr_names(settings: IvrSettings | None) -> Iterator[str]:
    """The names of a tenant's IVR flows."""
    if settings is not None:
        yield from (path.stem for path in flow_files(Path(settings.folder)))
