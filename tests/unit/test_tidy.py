"""The whole tree keeps the rules of the house, and each rule catches what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.unit import tidy_rules

ROOT = Path(__file__).parents[2]
PACKAGES = ["acdengine", "adapters", "bench", "queues", "routing"]
CODE = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

# Rooms of `acdengine` that may wait and reach outside. Whatever is not named here is pure, so a
# new module of the engine is held to the rules without being listed.
IMPURE_ROOMS = [
    "__main__", "agi", "api", "console", "flow_services", "ha", "leg_sessions", "planning",
    "program", "queue_log", "records", "replay", "reports", "runtime", "settings", "speech",
]  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_pure(path: Path) -> bool:
    room, *rest = path.relative_to(ROOT).parts
    if room == "acdengine":
        return rest[0].removesuffix(".py") not in IMPURE_ROOMS
    return room in {"queues", "routing"}


# Folders whose parts are complete once built; their files, and those of some others, import each
# other downwards only.
COMPLETE_PARTS = [
    *(f"acdengine/{room}" for room in (
        "api", "console", "engine", "ivr", "program", "runtime", "settings",
    )),
    "adapters",
    "bench",
    "queues",
    "routing",
]  # fmt: skip
WITHOUT_CIRCLES = [
    *(folder for folder in COMPLETE_PARTS if folder != "adapters"),
    *(f"adapters/{name}" for name in ("fastagi", "freeswitch", "sim")),
]
# A leg of the stand-in has its switch, so that its far end can act on both.
KNOWN_CIRCLES = {
    "adapters/sim": [
        [f"adapters.sim.standin.core.{part}" for part in ("channel", "event_fanout", "switch_core")]
    ]
}

PURE = [path for path in CODE if is_pure(path)]


def breaches(paths: list[Path], rule: tidy_rules.Rule) -> list[str]:
    return [
        f"{name_of(path)}:{finding.line} {finding.text}"
        for path in paths
        for finding in rule(ast.parse(path.read_bytes()))
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule", [tidy_rules.impure_imports, tidy_rules.impure_calls, tidy_rules.iterated_sets]
)
def test_the_pure_rooms_are_pure(rule: tidy_rules.Rule) -> None:
    assert PURE
    assert breaches(PURE, rule) == []


@pytest.mark.slow
@pytest.mark.parametrize("rule", [tidy_rules.forbidden_names, tidy_rules.long_functions])
def test_all_code_keeps_to_the_names_and_sizes(rule: tidy_rules.Rule) -> None:
    assert breaches(CODE, rule) == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", WITHOUT_CIRCLES)
def test_the_parts_of_a_room_know_only_those_below(folder: str) -> None:
    trees = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_bytes())
        for path in CODE
        if path.is_relative_to(ROOT / folder) and path.name != "__init__.py"
    }
    assert trees
    assert tidy_rules.import_circles(trees) == KNOWN_CIRCLES.get(folder, [])


@pytest.mark.parametrize("folder", COMPLETE_PARTS)
def test_a_part_is_given_all_it_needs_by_its_constructor(folder: str) -> None:
    paths = [path for path in CODE if path.is_relative_to(ROOT / folder)]
    assert breaches(paths, tidy_rules.late_wiring) == []


@pytest.mark.parametrize(
    ("imports", "circles"),
    [
        ({"a": "import b", "b": "import c", "c": ""}, []),
        ({"a": "from b import x", "b": "from c import y", "c": "import a"}, [["a", "b", "c"]]),
        ({"a": "if TYPE_CHECKING:\n    from r.b import B", "r.b": "import a"}, [["a", "r.b"]]),
        ({"a": "from r import b", "r.b": "import a", "c": "import a"}, [["a", "r.b"]]),
    ],
)
def test_circles_are_found_through_typing_imports_too(
    imports: dict[str, str], circles: list[list[str]]
) -> None:
    trees = {name: ast.parse(source) for name, source in imports.items()}
    assert tidy_rules.import_circles(trees) == circles


def test_no_file_or_folder_has_an_overloaded_name() -> None:
    words = [(name_of(path), word) for path in CODE for word in path.stem.lower().split("_")]
    assert [pair for pair in words if pair[1] in tidy_rules.FORBIDDEN_WORDS] == []


def test_files_are_short() -> None:
    others = [path for name in ("docs", "tests", "tools") for path in (ROOT / name).rglob("*.py")]
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in [*CODE, *others]}
    long = [name for name, length in lengths.items() if length > tidy_rules.FILE_LINES]
    assert long == [], "divide it by what it is about"


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (tidy_rules.impure_imports, "import time"),
        (tidy_rules.impure_imports, "def f():\n    from os.path import join"),
        (tidy_rules.impure_calls, "x = hash('a')"),
        (tidy_rules.impure_calls, "x = datetime.now(UTC)"),
        (tidy_rules.impure_calls, "async def f(): pass"),
        (tidy_rules.iterated_sets, "for x in {1, 2}: pass"),
        (tidy_rules.iterated_sets, "y = [x for x in set(z)]"),
        (tidy_rules.iterated_sets, "y = tuple(frozenset(z) - {1})"),
        (tidy_rules.iterated_sets, "def f(s: frozenset[str]): return ','.join(s)"),
        (tidy_rules.iterated_sets, "class A:\n    s: set[int]\n    def f(self): return [*self.s]"),
        (tidy_rules.forbidden_names, "queue_entry = 1"),
        (tidy_rules.forbidden_names, "class QueueMember: pass"),
        (tidy_rules.forbidden_names, "def f(penalty): pass"),
        (tidy_rules.forbidden_names, "import queues as helpers"),
        (tidy_rules.long_functions, "def f():\n" + "    pass\n" * 70),
        (tidy_rules.late_wiring, "def f(self):\n    self.a = A()\n    self.a.b = 1"),
        (tidy_rules.late_wiring, "def f(self):\n    a = self._a = m.A()\n    a.b = 1"),
        (tidy_rules.late_wiring, "def __init__(self, a):\n    a.b = self"),
    ],
)
def test_a_rule_finds_its_breach(rule: tidy_rules.Rule, source: str) -> None:
    assert len(rule(ast.parse(source))) == 1


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (tidy_rules.impure_imports, "from queues import order"),
        (tidy_rules.iterated_sets, "for x in sorted({1, 2}): pass"),
        (tidy_rules.iterated_sets, "y = any(x > 1 for x in {1, 2})"),
        (tidy_rules.iterated_sets, "def f(s: list[str]): return ','.join(s)"),
        (tidy_rules.forbidden_names, "words = 'a b'.split()"),
        (tidy_rules.forbidden_names, "frontier = 1"),
        (tidy_rules.long_functions, "def f():\n" + "    pass\n" * 69),
        (tidy_rules.late_wiring, "def f(self):\n    a = self._a = A()\n    self._b = B(a)"),
        (tidy_rules.late_wiring, "def f(self):\n    record = Record()\n    record.b = 1"),
    ],
)
def test_a_rule_leaves_the_rest_alone(rule: tidy_rules.Rule, source: str) -> None:
    assert rule(ast.parse(source)) == []
