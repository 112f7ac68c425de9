"""Where a tenant's IVR flows are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.recogniser import RecogniserSettings

_SHIPPED_FLOWS: Final = "ivr_scripts"
_PACKAGE: Final = Path(__file__).parents[1]
#: In a wheel they are beside the other examples (`setup.py`), in a clone at its top.
_SHIPPED: Final = next(
    (
        folder / _SHIPPED_FLOWS
        for folder in (_PACKAGE / "shipped", _PACKAGE.parent)
        if (folder / _SHIPPED_FLOWS).is_dir()
    ),
    Path(_SHIPPED_FLOWS),
)
#: Endings of files in a folder of flows that are none.
NO_FLOWS = (".test.yaml", ".overlay.yaml")

FolderPath = Annotated[str, Field(min_length=1, max_length=400), Expected("a folder")]


class IvrSettings(SettingsModel):
    """IVR flows of a tenant: files of named steps."""

    folder: FolderPath
    """The folder of their files, `NAME.yaml` each; as `acdengine` is started, where it does not
    begin with `/`. `ivr_scripts`, where there is no such folder, is the one that comes with the
    program."""
    overlay: FolderPath | None = None
    """A file with values of this environment."""
    recogniser: RecogniserSettings | None = None
    """What understands callers who speak; without one, flows with `speech` are refused."""


def flow_place(path: Path) -> Path:
    """Where a flow file or a folder of them is: `ivr_scripts` comes with the program, and is taken
    where there is no such folder."""
    if path.parts[:1] != (_SHIPPED_FLOWS,) or Path(_SHIPPED_FLOWS).exists():
        return path
    return _SHIPPED.joinpath(*path.parts[1:])


def flow_files(folder: Path) -> list[Path]:
    """The flow files of a folder; none where it cannot be read."""
    try:
        return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(NO_FLOWS))
    except OSError:
        return []


def ivr_names(settings: IvrSettings | None) -> Iterator[str]:
    """The names of a tenant's IVR flows."""
    if settings is not None:
        yield from (path.stem for path in flow_files(flow_place(Path(settings.folder))))
