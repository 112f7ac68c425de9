"""Compiled modules are found while the sources are as they were, and never after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.compiled.finder import CompiledFinder, fingerprint


class Project:
    """Sources, and what stands for a library compiled from them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "queues" / "line.py"
        self.source.parent.mkdir()
        self.source.write_text("x = 1\n")
        self.library = root / "line.so"
        self.library.touch()
        self.manifest = root / "manifest.json"
        self.compile()

    def compile(self) -> None:
        self.manifest.write_text(
            json.dumps({
                "root": str(self.root),
                "fingerprint": fingerprint(self.root),
                "modules": {"queues.line": str(self.library)},
            })
        )  # fmt: skip

    def found(self, name: str = "queues.line", root: Path | None = None) -> str | None:
        path = [str((root or self.root) / "queues")]
        spec = CompiledFinder(self.manifest).find_spec(name, path)
        return spec.origin if spec is not None else None


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("ACDENGINE_PURE", raising=False)
    return Project(tmp_path)


def test_the_library_is_found_in_place_of_the_source(project: Project) -> None:
    assert project.found() == str(project.library)


def test_an_edit_is_never_shadowed(project: Project) -> None:
    project.source.write_text("x = 2\n")
    assert project.found() is None
    project.compile()
    assert project.found() == str(project.library)


def test_neither_is_another_file_that_has_part_in_it(project: Project) -> None:
    (project.source.parent / "policy.py").write_text("LIMIT = 3\n")
    assert project.found() is None


def test_plain_python_where_it_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACDENGINE_PURE", "1")
    assert project.found() is None


def test_nothing_is_found_for_sources_of_another_place(project: Project, tmp_path: Path) -> None:
    assert project.found(root=tmp_path.parent / "elsewhere") is None


def test_nothing_is_found_without_the_libraries_or_the_manifest(project: Project) -> None:
    project.library.unlink()
    assert project.found() is None
    project.manifest.write_text("{")
    assert project.found() is None
    project.manifest.unlink()
    assert project.found() is None


def test_modules_of_others_are_not_looked_for(project: Project) -> None:
    assert project.found("queues_of_others.line") is None
    assert project.found("queues.policy") is None
