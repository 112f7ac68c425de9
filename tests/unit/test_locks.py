"""The lock files: of what `pyproject.toml` allows, whole, with hashes, and without an address."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bench.peer_environments import GENESIS, GREENSWITCH, MODESL, Peer

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").rglob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ("3.11.0", "3.11.9", "3.12.4", "3.13.2")
_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.*?))? ?\\?$")

Locked = dict[str, Version]


def locked(lock: Path, python: str) -> Locked:
    """What a lock file installs on Linux under one version of Python."""
    environment = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
    }
    found: Locked = {}
    for line in lock.read_text().splitlines():
        if entry := _ENTRY.match(line):
            text = line.rstrip(" \\")
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                name = canonicalize_name(entry["name"])
                assert name not in found, f"{name} is locked twice for Python {python}"
                found[name] = Version(entry["version"])
    return found


def direct(*extras: str) -> list[Requirement]:
    """What `pyproject.toml` asks for."""
    wanted = list(PROJECT["dependencies"])
    for extra in extras:
        wanted += PROJECT["optional-dependencies"][extra]
    return [Requirement(text) for text in wanted]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_pins_all_with_hashes_and_names_no_address(lock: Path) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^ *#.*\n", "", lock.read_text()))
    for entry in entries:
        first, *rest = entry.rstrip().splitlines()
        assert _ENTRY.match(first), first
        assert rest, f"{first} has no hash"
        assert all(re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in rest)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("dev.txt", ("dev",)),
        ("oldest.txt", ("dev",)),
        ("run.txt", ()),
        ("fuzz.txt", ("fuzz",)),
        ("mutants.txt", ("mutants",)),
    ],
)
def test_a_lock_file_is_within_the_allowed_ranges(
    name: str, extras: tuple[str, ...], python: str
) -> None:
    found = locked(ROOT / "requirements" / name, python)
    for wanted in direct(*extras):
        version = found.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not in {name}: make lock"
        assert wanted.specifier.contains(version), f"{name} has {version}, not {wanted}: make lock"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ["run.txt", "fuzz.txt"])
def test_what_runs_is_what_was_checked(name: str, python: str) -> None:
    checked = locked(ROOT / "requirements" / "dev.txt", python)
    there = locked(ROOT / "requirements" / name, python)
    assert {one: there[one] for one in there if one in checked} == {
        one: checked[one] for one in there if one in checked
    }
    assert {one for one in there if one not in checked} <= {"atheris"}


@pytest.mark.parametrize("extra", ["", *PROJECT["optional-dependencies"]])
def test_every_range_has_its_lower_end(extra: str) -> None:
    for wanted in direct(extra) if extra else direct():
        operators = {part.operator for part in wanted.specifier}
        assert ">=" in operators, f"{wanted} says no oldest version"


def test_the_oldest_are_the_lower_ends_of_the_ranges() -> None:
    found = locked(ROOT / "requirements" / "oldest.txt", "3.11.9")
    newest = locked(ROOT / "requirements" / "dev.txt", "3.11.9")
    for wanted in direct("dev"):
        name = canonicalize_name(wanted.name)
        (lowest,) = (one.version for one in wanted.specifier if one.operator == ">=")
        release = found[name].release
        assert release[: len(Version(lowest).release)] == Version(lowest).release, wanted
        assert found[name] <= newest[name]


@pytest.mark.parametrize("peer", [GENESIS, GREENSWITCH], ids=lambda peer: peer.name)
def test_a_peer_is_locked_in_the_version_that_was_studied(peer: Peer) -> None:
    assert peer.lock.with_suffix(".in").read_text().strip() == peer.requirement
    assert locked(peer.lock, "3.12.4")[peer.name] == Version(peer.version)


def test_the_node_peer_is_locked_with_hashes_and_names_no_address() -> None:
    text = MODESL.lock.read_text()
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert packages[f"node_modules/{MODESL.name}"]["version"] == MODESL.version
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert "://" not in text
    assert not any("resolved" in one for one in packages.values())
