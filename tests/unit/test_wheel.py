"""A wheel carries all that the program needs: it runs where there is no clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of a wheel that was built from a copy of the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "var", "build", "tests")
    shutil.copytree(ROOT, folder / "tree", ignore=left_out)
    order = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    order += ["--no-index", "--wheel-dir", str(folder), str(folder / "tree")]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("acdengine-*.whl")
    with ZipFile(wheel) as zipped:
        zipped.extractall(folder / "site")
    shutil.rmtree(folder / "tree")
    return folder / "site"


def run(installed: Path, here: Path, *arguments: str) -> str:
    """Run the program of the wheel in a folder that has nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-m", "acdengine", *arguments],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(installed), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_daemon_runs_on_the_example_without_a_clone(installed: Path, tmp_path: Path) -> None:
    told = run(
        installed, tmp_path, "run", "--headless", "--seconds", "1", "--speed", "60",
        "--http", "0", "--metrics", "0",
    )  # fmt: skip
    assert "offered" in told
    assert (tmp_path / "var" / "facts.jsonl").exists()


def test_the_examples_are_written_as_they_are_in_a_clone(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "install", "examples")
    wanted = {path.relative_to(ROOT / "config") for path in (ROOT / "config").rglob("*.*")}
    there = {path.relative_to(tmp_path / "config") for path in (tmp_path / "config").rglob("*.*")}
    assert there == wanted
    assert _tree(tmp_path / "ivr_scripts") == _tree(ROOT / "ivr_scripts")
    assert run(installed, tmp_path, "check", "config/acdengine.yaml").startswith("OK")
    run(installed, tmp_path, "simulate", "config/scenarios/mmc.yaml", "--replications", "2")


def test_the_flows_are_checked_tried_and_tested_without_a_clone(
    installed: Path, tmp_path: Path
) -> None:
    assert run(installed, tmp_path, "flow", "check", "ivr_scripts").startswith("OK")
    told = run(installed, tmp_path, "flow", "test", "ivr_scripts")
    assert re.search(r"^(\d+) of \1 cases passed", told, re.MULTILINE)
    drawn = run(installed, tmp_path, "flow", "graph", "ivr_scripts/main-menu.yaml", "--tests")
    assert drawn.startswith("%% main-menu")
    assert "welcome" in run(installed, tmp_path, "prompts", "list", "ivr_scripts")


def _tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*.*")
        if path.is_file()
    }


def test_nothing_but_our_packages_is_in_it(installed: Path) -> None:
    named = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert named == {"acdengine", "adapters", "bench", "queues", "routing"}
    assert not list(installed.rglob("*.pyc"))
