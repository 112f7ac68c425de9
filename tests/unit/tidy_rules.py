"""Rules of the house that no linter knows, each a function from a parsed file to its findings.

A finding is `(line, text)`. The rules are applied to the whole tree by `test_tidy.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Finding(NamedTuple):
    """One place that breaks a rule."""

    line: int
    text: str


Rule = Callable[[ast.Module], list[Finding]]

FUNCTION_LINES = 70
FILE_LINES = 500

# Peers use these words for different things; see docs/glossary.md for the ones used instead.
FORBIDDEN_WORDS = frozenset(
    "member members entry entries split penalty tier tiers util utils common helper helpers "
    "manager managers".split()
)

# A pure room neither waits, nor reads a clock, nor draws, nor opens anything.
IMPURE_MODULES = frozenset(
    "aiohttp asyncio builtins concurrent ctypes gc glob io logging multiprocessing os "
    "pathlib platform prometheus_client pydantic random redis secrets select selectors shutil "
    "signal socket sqlite3 ssl structlog subprocess sys tempfile threading time uuid uvloop "
    "warnings weakref yaml".split()
)
# Their answers depend on the clock, the address of an object or the hash seed of the process.
IMPURE_BUILTINS = frozenset("hash id input open print".split())


def impure_imports(tree: ast.Module) -> list[Finding]:
    """Imports of modules that wait, read a clock, draw, or reach outside the process."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        found += [
            Finding(node.lineno, f"imports {name}")
            for name in names
            if name.partition(".")[0] in IMPURE_MODULES
        ]
    return found


def impure_calls(tree: ast.Module) -> list[Finding]:
    """Calls of builtins whose answer differs from one process to the next, and coroutines."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS:
                found.append(Finding(node.lineno, f"calls {name}()"))
            case ast.Call(func=ast.Attribute(attr="now" | "today" | "utcnow")):
                found.append(Finding(node.lineno, f"reads the clock: {ast.unparse(node)}"))
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                found.append(Finding(node.lineno, "waits"))
    return found


def iterated_sets(tree: ast.Module) -> list[Finding]:
    """CallGroup that visit a set in its own order, which changes with the hash seed.

    Sees set displays, `set()` and `frozenset()`, and names and attributes that the same file
    annotates as a set. What does not depend on the order (`sorted`, `len`, `any`, ...) is fine.
    """
    known = _names_annotated_as_sets(tree)
    return [
        Finding(node.lineno, f"visits a set in hash order: {ast.unparse(node)}")
        for node in _visited(tree)
        if _is_set(node, known)
    ]


def _names_annotated_as_sets(tree: ast.Module) -> frozenset[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and _says_set(node.annotation):
            names.append(ast.unparse(node.target).rpartition(".")[2])
        elif isinstance(node, ast.arg) and node.annotation and _says_set(node.annotation):
            names.append(node.arg)
    return frozenset(names)


def _says_set(annotation: ast.expr) -> bool:
    return (
        re.match(r"(set|frozenset|AbstractSet|Set|MutableSet)\b", ast.unparse(annotation))
        is not None
    )


def _visited(tree: ast.Module) -> Iterator[ast.expr]:
    """Every expression whose order of iteration can reach a result."""
    harmless = [
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"any", "all", "frozenset", "len", "max", "min", "set", "sorted", "sum"}
        for argument in node.args
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            yield node.iter
        elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
            if node not in harmless:
                yield from (clause.iter for clause in node.generators)
        elif isinstance(node, ast.Call):
            orders = isinstance(node.func, ast.Name) and node.func.id in {
                "dict", "enumerate", "iter", "list", "map", "next", "reversed", "tuple", "zip",
            }  # fmt: skip
            joins = isinstance(node.func, ast.Attribute) and node.func.attr in {"join", "extend"}
            if orders or joins:
                yield from node.args
        elif isinstance(node, ast.Starred):
            yield node.value


def _is_set(node: ast.expr, known: frozenset[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in known
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return _is_set(left, known)
    return False


def forbidden_names(tree: ast.Module) -> list[Finding]:
    """Names given in this file (not merely used) that hold one of the overloaded words."""
    return [
        Finding(line, f"the name {name} says '{word}'")
        for line, name in _names_given(tree)
        for word in _words(name)
        if word in FORBIDDEN_WORDS
    ]


def _names_given(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def _words(name: str) -> list[str]:
    """`QueueEntry` and `queue_entry` both give queue, entry."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")


def long_functions(tree: ast.Module) -> list[Finding]:
    """Functions of more lines than fit on a screen."""
    return [
        Finding(node.lineno, f"{node.name} has {length} lines, {FUNCTION_LINES} at the most")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def import_circles(trees: dict[str, ast.Module]) -> list[list[str]]:
    """Groups of modules (dotted name to parsed file) that import each other, directly or through
    others. Imports for typing alone count: a part that needs another's type knows that part."""
    known = {name: _imported(tree) & (trees.keys() - {name}) for name, tree in trees.items()}
    reached = {name: _reachable(name, known) for name in known}
    circles: list[list[str]] = []
    for name in sorted(known):
        circle = sorted({other for other in reached[name] if name in reached[other]})
        if circle and circle not in circles:
            circles.append(circle)
    return circles


def _imported(tree: ast.Module) -> frozenset[str]:
    """Dotted names that a file imports, modules or what is in them."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return frozenset(names)


def _reachable(start: str, known: dict[str, frozenset[str]]) -> set[str]:
    reached: set[str] = set()
    to_visit = [start]
    while to_visit:
        for name in known[to_visit.pop()] - reached:
            reached.add(name)
            to_visit.append(name)
    return reached


def late_wiring(tree: ast.Module) -> list[Finding]:
    """Attributes of a part that are assigned after its construction: what a part needs is given to
    its constructor.

    Parts are what a constructor is given, and what a function builds that keeps some of it in
    attributes of its own object. What is built elsewhere is a record, and is written to.
    """
    return [
        Finding(target.lineno, f"assigns {ast.unparse(target)} after the construction")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for target in _assigned_to_parts(function)
    ]


def _assigned_to_parts(function: ast.FunctionDef) -> Iterator[ast.Attribute]:
    statements = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    built = {
        ast.unparse(target)
        for node in statements
        if isinstance(node.value, ast.Call) and _is_class(node.value.func)
        for target in node.targets
    }
    parts = built if any(name.startswith("self.") for name in built) else set()
    if function.name == "__init__":
        parts |= {argument.arg for argument in function.args.args[1:]}
    for node in statements:
        for target in node.targets:
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) in parts:
                yield target


def _is_class(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
    return name.lstrip("_")[:1].isupper()
