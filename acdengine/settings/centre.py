"""The settings of a centre that is to run: nothing wrong with them, and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from acdengine.plan import Plan
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.files import read_files
from acdengine.settings.oddities import oddities
from acdengine.settings.validate import located_remarks
from acdengine.settings.whole import Settings


class Centre(NamedTuple):
    """Settings that can be run. `odd` is what works, and is hardly what was meant."""

    settings: Settings
    plan: Plan
    odd: tuple[Problem, ...]


def load_centre(
    files: Sequence[Path | str], environ: Mapping[str, str], *, needs_tenants: bool = True
) -> Centre:
    """Read settings files as one whole that is to run.

    Raises `SettingsError` with every problem that the files have; also where there are no tenants
    and the files do not say `tenants: {}`, as when a file was cut off or a disk was full.
    """
    documents = read_files(files)
    settings, plan = plan_of_documents(documents)
    empty = [
        Problem(document.file, 0, 0, "", "holds no settings", "some, or the file not named")
        for document in documents
        if not document.root.items
    ]
    if empty:
        raise SettingsError(empty)
    if needs_tenants and "tenants" not in settings.model_fields_set:
        wish = "tenants, or 'tenants: {}' where none are wanted"
        raise SettingsError([Problem(str(files[0]), 0, 0, "", "there are no tenants", wish)])
    odd = [
        *_cut_off(files),
        *located_remarks(oddities(settings, plan, environ), documents),
    ]
    return Centre(settings, plan, tuple(odd))


def _cut_off(files: Sequence[Path | str]) -> Iterator[Problem]:
    for file in files:
        content = Path(file).read_bytes()
        if content and not content.endswith(b"\n"):
            message = "the last line has no end: the file may be cut off"
            yield Problem(str(file), content.count(b"\n") + 1, 1, "", message)
