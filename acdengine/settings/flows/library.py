"""Flow files read together: each flow checked against the others, the settings and the prompts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from acdengine.ivr.definition import FlowDefinition
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.files import read_files
from acdengine.settings.flows.checks.whole import as_draft, check_flow
from acdengine.settings.flows.defining import definition_of
from acdengine.settings.flows.file import FlowFile
from acdengine.settings.flows.references import References, Signature, signature_of
from acdengine.settings.ivr import flow_files, flow_place
from acdengine.settings.model import Remark, SettingsModel
from acdengine.settings.tree import Item, Node, Scalar
from acdengine.settings.tree import Mapping as Tree
from acdengine.settings.validate import partial, validate
from acdengine.settings.yaml_source import Document

PROMPTS_FOLDER: Final = "prompts"
TEST_ENDING: Final = ".test.yaml"
_FLOW_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")


class OverlaySettings(SettingsModel):
    """An overlay: other values for the flows of another environment. Each stands where it stands in
    the flow file; mappings are united, everything else is replaced."""

    overlay: Literal[1]
    """The version of the language that the file is written in."""
    flows: Annotated[dict[str, dict[str, object]], Field(min_length=1)]
    """Flow to what is different in it."""


@dataclass(frozen=True, slots=True)
class FlowLibrary:
    """Flows in which nothing is wrong."""

    files: Mapping[str, FlowFile]
    definitions: Mapping[str, FlowDefinition]
    #: Language to the texts of prompts, by name.
    prompts: Mapping[str, Mapping[str, str]]
    #: Flow to where its file is.
    paths: Mapping[str, Path]


def flow_paths(paths: Iterable[Path]) -> list[Path]:
    """Flow files: those named, and those of the folders that are named. Test cases among them, as
    `*.yaml` names them too, are left out."""
    found: list[Path] = []
    named = [flow_place(path) for path in paths]
    for path in [one for one in named if not one.name.endswith(TEST_ENDING)] or named:
        found += flow_files(path) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def load_flows(
    paths: Iterable[Path],
    *,
    tenant: str = "",
    known: References | None = None,
    overlay: Path | None = None,
    draft: bool = False,
) -> FlowLibrary:
    """Read flow files, and check them as one whole.

    ``known`` is what the settings have. ``draft``: what is named need not be there yet.

    Raises `SettingsError` with every problem of all files.
    """
    documents = read_files(flow_paths(paths))
    problems: list[Problem] = []
    if overlay is not None:
        documents = _overlaid(documents, overlay, problems)
    names = [_name_of(document, problems) for document in documents]
    signatures: dict[str, Signature | None] = {}
    for name, document in zip(names, documents, strict=True):
        file = partial(FlowFile, document)
        signatures[name] = signature_of(file) if file is not None else None
    prompts = prompts_beside(documents, problems)
    texts = {language: frozenset(by_name) for language, by_name in prompts.items()}
    references = replace(known or References(), flows=signatures, prompts=texts)
    if draft:
        references = as_draft(references)
    files: dict[str, FlowFile] = {}
    for name, document in zip(names, documents, strict=True):
        try:
            files[name] = validate(FlowFile, [document], _Check(name, references, draft=draft))
        except SettingsError as error:
            problems += error.problems
    if not documents:
        problems.append(Problem("flows", 0, 0, "", "there are no flow files", "one or more"))
    if problems:
        raise SettingsError(problems)
    return FlowLibrary(
        files,
        {name: definition_of(tenant, name, file) for name, file in files.items()},
        prompts,
        {name: Path(doc.file) for name, doc in zip(names, documents, strict=True)},
    )


class _Check:
    """The check of one flow."""

    def __init__(self, name: str, known: References, *, draft: bool) -> None:
        self._name = name
        self._known = known
        self._draft = draft

    def __call__(self, file: FlowFile) -> Iterable[Remark]:
        for remark in check_flow(self._name, file, self._known):
            is_there_later = remark.message.startswith("there is no flow")
            if not (self._draft and is_there_later):
                yield remark


def _name_of(document: Document, problems: list[Problem]) -> str:
    name = Path(document.file).stem
    if not _FLOW_NAME.fullmatch(name):
        message = f"'{name}' cannot be the name of a flow"
        problems.append(Problem(document.file, 0, 0, "", message, "letters, digits and _ . - @"))
    return name


def prompts_beside(
    documents: Iterable[Document], problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """The prompts of the folders in which flow files are: language to name to text. A prompt that
    is there as a sound alone has no text."""
    folders = dict.fromkeys(Path(document.file).parent / PROMPTS_FOLDER for document in documents)
    prompts: dict[str, dict[str, str]] = {}
    for folder in folders:
        if not folder.is_dir():
            continue
        for sounds in sorted(path for path in folder.iterdir() if path.is_dir()):
            names = {path.stem: "" for path in sorted(sounds.iterdir()) if path.is_file()}
            prompts.setdefault(sounds.name, {}).update(names)
        for document in read_files(sorted(folder.glob("*.yaml"))):
            problems += document.problems
            language = Path(document.file).stem
            prompts.setdefault(language, {}).update(_texts(document, problems))
    return prompts


def _texts(document: Document, problems: list[Problem]) -> dict[str, str]:
    texts = {}
    for name, item in document.root.items.items():
        if isinstance(item.value, Scalar) and item.value.text.strip():
            texts[name] = item.value.text
        else:
            position = item.value.position
            problems.append(Problem.at(position, (name,), "is no text", "the words of the prompt"))
    return texts


def _overlaid(documents: list[Document], overlay: Path, problems: list[Problem]) -> list[Document]:
    over = read_files([overlay])
    try:
        validate(OverlaySettings, over)
    except SettingsError as error:
        problems += error.problems
        return documents
    flows = over[0].root.items["flows"].value
    by_name = flows.items if isinstance(flows, Tree) else {}
    names = [Path(document.file).stem for document in documents]
    for name, item in by_name.items():
        if name not in names:
            message = f"there is no flow '{name}' to put it over"
            problems.append(Problem.at(item.key.position, ("flows", name), message, "a flow"))
    overlaid = []
    for name, document in zip(names, documents, strict=True):
        found = by_name.get(name)
        if found is not None and isinstance(found.value, Tree):
            root = _united(document.root, found.value, (), problems)
            document = replace(document, root=root)
        overlaid.append(document)
    return overlaid


def _united(below: Tree, above: Tree, path: tuple[str, ...], problems: list[Problem]) -> Tree:
    united: dict[str, Item] = dict(below.items)
    for key, item in above.items.items():
        there = united.get(key)
        # Steps are not added: the flow would not be the one that was tested.
        if there is None and path == ("steps",):
            message = f"there is no step '{key}' to put it over"
            problems.append(Problem.at(item.key.position, (*path, key), message, "a step"))
            continue
        value: Node = item.value
        if there is not None and isinstance(there.value, Tree) and isinstance(value, Tree):
            value = _united(there.value, value, (*path, key), problems)
        united[key] = Item(item.key, value)
    return Tree(below.position, united)
