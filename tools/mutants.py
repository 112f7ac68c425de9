"""`python -m tools.mutants [PATH...]`: changes to the pure rooms that no test notices.

mutmut changes one expression at a time in the named files or folders and runs the unit tests that
reach it. A mutant that they let through is printed, unless `tests/surviving_mutants.toml` says why
it may live. The work is done in a copy of the tree under `build/mutants`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
COPY: Final = ROOT / "build" / "mutants"
EXPLAINED: Final = ROOT / "tests" / "surviving_mutants.toml"
ROOMS: Final = ("routing", "queues", "acdengine/engine")
TESTS: Final = ("tests/unit/routing", "tests/unit/queues", "tests/unit/engine")
#: It traces functions by their names, which mutmut changes.
NOT_RUN: Final = "tests/unit/engine/test_way_of_a_call.py"
_MUTMUT: Final = (sys.executable, "-m", "mutmut")
_CONFIG: Final = """
[tool.mutmut]
source_paths = ["routing", "queues", "acdengine"]
only_mutate = [{only}]
also_copy = [{others}]
pytest_add_cli_args = [
    "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "faulthandler_timeout=0",
    "--ignore={not_run}",
]
pytest_add_cli_args_test_selection = [{tests}]
"""


class Survivor(NamedTuple):
    """A mutant that all tests let through.

    Attributes:
        where: the function, with its module and class.
        change: the lines of the difference that begin with `-` or `+`.
    """

    where: str
    change: tuple[str, ...]


def copy_tree(paths: Sequence[str], tests: Sequence[str]) -> None:
    """Copy the files that git knows or would add to `COPY`, with mutmut's settings for `paths`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    shutil.rmtree(COPY, ignore_errors=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            target = COPY / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    # mutmut copies the tests by itself.
    others = sorted({p.name for p in COPY.iterdir()} - {"routing", "queues", "acdengine", "tests"})
    only = [path if path.endswith(".py") else f"{path}/*" for path in paths]
    config = _CONFIG.format(
        only=_quoted(only), others=_quoted(others), tests=_quoted(tests), not_run=NOT_RUN
    )
    with (COPY / "pyproject.toml").open("a") as settings:
        settings.write(config)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def mutate(minutes: float, children: int) -> None:
    """Run the mutants, for so many minutes at most; what was not run is left out."""
    order = [*_MUTMUT, "run", "--max-children", str(children)]
    # A group of its own: each mutant runs in a child of mutmut.
    running = subprocess.Popen(order, cwd=COPY, start_new_session=True)
    try:
        running.wait(minutes * 60 or None)
    except subprocess.TimeoutExpired:
        print(f"\nended after {minutes:g} minutes; the mutants that were not run are left out")
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def results() -> dict[str, str]:
    """Each mutant with its status in mutmut's words."""
    done = subprocess.run(
        [*_MUTMUT, "results", "--all", "true"], cwd=COPY, check=True, capture_output=True, text=True
    )
    found = (line.strip().rpartition(": ") for line in done.stdout.splitlines())
    return {name: status for name, _, status in found if name}


def survivor(mutant: str) -> Survivor:
    """A mutant by what it changes: mutmut's own numbers move with every edit."""
    shown = subprocess.run(
        [*_MUTMUT, "show", mutant], cwd=COPY, check=True, capture_output=True, text=True
    )
    lines = shown.stdout.splitlines()
    change = [
        f"{line[0]} {line[1:].strip()}"
        for line in lines
        if line[:1] in "-+" and line[:3] not in ("---", "+++") and line[1:].strip()
    ]
    name = mutant.rpartition("__mutmut_")[0]
    where = re.sub(r"\.x_", ".", re.sub(r"xǁ(\w+)ǁ", r"\1.", name))
    return Survivor(where, tuple(change))


def explained() -> dict[Survivor, str]:
    """The survivors of `EXPLAINED`, with the reason why each may live."""
    listed = tomllib.loads(EXPLAINED.read_text()).get("mutant", [])
    return {Survivor(one["where"], tuple(one["change"])): one["reason"] for one in listed}


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; 1 where a mutant lives without a reason."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", default=ROOMS, help=f"default: {' '.join(ROOMS)}")
    parser.add_argument("--tests", nargs="+", default=TESTS, help=f"default: {' '.join(TESTS)}")
    parser.add_argument("--minutes", type=float, default=0, help="end after so long; 0: never")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(argv)
    for path in options.paths:
        if not (ROOT / path).exists() or not path.startswith(ROOMS):
            parser.error(f"{path}: expected a file or folder of {', '.join(ROOMS)}")
    copy_tree([path.rstrip("/") for path in options.paths], options.tests)
    mutate(options.minutes, options.children)
    found = results()
    known = explained()
    alive = [survivor(name) for name, status in found.items() if status == "survived"]
    for one in alive:
        if one not in known:
            print(f"\n{one.where}", *one.change, sep="\n    ")
    unexplained = sum(one not in known for one in alive)
    counts = {
        status: list(found.values()).count(status) for status in dict.fromkeys(found.values())
    }
    print("\n" + ", ".join(f"{count} {status}" for status, count in counts.items()))
    print(f"{len(alive)} survived, {unexplained} of them without a reason in {EXPLAINED.name}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    raise SystemExit(main())
