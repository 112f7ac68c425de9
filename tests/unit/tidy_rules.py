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
    """Places that visit a set in its own order, which changes with the hash seed.

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
