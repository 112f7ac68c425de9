"""The engine's sources as mypyc wants them: the same statements, other declarations.

Two things that make plain Python fast have no place in a compiled class, which has slots anyway:

* ``__slots__`` goes;
* a record (a `msgspec.Struct`, or a dataclass with ``eq=False``) becomes a plain class with the
  same fields and the same constructor, and is described to msgspec as a dataclass would be, so
  that snapshots are written and read as before. ``gc=False`` stays in force; a ``Struct`` without
  ``eq=False`` is compared by its values as before. That it is frozen, only plain Python sees to.

All else stays as it is, line by line, so that tracebacks name the right lines of other modules.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_OF_TYPING = ("Any", "Literal")
_FACTORY = re.compile(r"field\(default_factory=(\w+)\)$")


@dataclass(frozen=True, kw_only=True)
class RecordField:
    """One field of a record, as it is written in the source."""

    name: str
    type: str
    #: The default, or the name of its factory; both empty where a value must be given.
    default: str = ""
    factory: str = ""

    def parameter(self) -> str:
        """The parameter of the constructor."""
        if self.factory:
            return f"{self.name}: {self.type} | None = None"
        return f"{self.name}: {self.type}" + (f" = {self.default}" if self.default else "")

    def assignment(self) -> str:
        """The statement of the constructor."""
        value = f"{self.factory}() if {self.name} is None else {self.name}"
        return f"self.{self.name} = {value if self.factory else self.name}"

    def description(self) -> str:
        """The field for `dataclasses.make_dataclass`."""
        if self.factory:
            return f"({self.name!r}, {self.type!r}, _field(default_factory={self.factory}))"
        default = f"_given({self.default})" if self.default else "_field()"
        return f"({self.name!r}, {self.type!r}, {default})"


class Rewriter:
    """Rewrites modules one after the other, those of base classes first."""

    def __init__(self) -> None:
        #: Class to its fields, those of its bases first; and to its module.
        self._fields: dict[str, list[RecordField]] = {}
        self._module: dict[str, str] = {}

    def rewrite(self, module: str, source: str) -> str:
        """The source of one module, to be compiled."""
        tree = ast.parse(source)
        lines = source.split("\n")
        records = False
        for node in reversed(tree.body):
            if isinstance(node, ast.ClassDef):
                _without_slots(node, lines)
                if _is_record(node):
                    records = True
                    self._rewrite_record(module, node, source, lines)
        if records:
            _before_first_class(tree, lines)
        return "\n".join(lines)

    def _rewrite_record(
        self, module: str, node: ast.ClassDef, source: str, lines: list[str]
    ) -> None:
        base = next((one.id for one in node.bases if isinstance(one, ast.Name)), "Struct")
        base = "" if base == "Struct" else base
        own = [_field_of(line, source) for line in node.body if isinstance(line, ast.AnnAssign)]
        fields = [*self._fields.get(base, ()), *own]
        self._fields[node.name] = fields
        self._module[node.name] = module
        last = [line for line in node.body if isinstance(line, ast.AnnAssign)][-1]
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        text = _class_text(node, base, own, fields)
        end = node.end_lineno or node.lineno
        rest = lines[(last.end_lineno or last.lineno) : end]
        lines[first - 1 : end] = [*text, *rest, *_described(node.name, fields)]
        if base and self._module[base] != module:
            _import_names(self._module[base], self._fields[base], lines)


def _without_slots(node: ast.ClassDef, lines: list[str]) -> None:
    for line in node.body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "__slots__":
            for index in range(line.lineno - 1, line.end_lineno or line.lineno):
                lines[index] = ""


def _is_record(node: ast.ClassDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return _is_struct(node) or any(
        decorator.startswith("dataclass(") and "eq=False" in decorator for decorator in decorators
    )


def _is_struct(node: ast.ClassDef) -> bool:
    """A base class that is a record of ours is no sign: then ``eq=False`` is."""
    bases = [ast.unparse(base) for base in node.bases]
    return "Struct" in bases or "msgspec.Struct" in bases or _keyword(node, "eq") == "False"


def _keyword(node: ast.ClassDef, name: str) -> str:
    """What a class says for a keyword of its base, as it is written."""
    return next((ast.unparse(one.value) for one in node.keywords if one.arg == name), "")


def _field_of(node: ast.AnnAssign, source: str) -> RecordField:
    name, kind = ast.unparse(node.target), ast.unparse(node.annotation)
    if node.value is None:
        return RecordField(name=name, type=kind)
    value = ast.get_source_segment(source, node.value) or ""
    factory = _FACTORY.match(value)
    if factory is not None:
        return RecordField(name=name, type=kind, factory=factory.group(1))
    return RecordField(name=name, type=kind, default=value)


def _class_text(
    node: ast.ClassDef, base: str, own: list[RecordField], fields: list[RecordField]
) -> list[str]:
    said = " ".join(ast.unparse(one) for one in [*node.decorator_list, *node.keywords])
    acyclic = _keyword(node, "gc") == "False"
    by_name = any(keyword.arg == "kw_only" for keyword in node.keywords) or "kw_only=True" in said
    given_first = sorted(fields, key=lambda field: bool(field.default or field.factory))
    parameters = ", ".join(field.parameter() for field in given_first)
    copied = ", ".join(
        f"{field.name}=self.{field.name}" if by_name else f"self.{field.name}"
        for field in given_first
    )
    return [
        *(["@mypyc_attr(acyclic=True)"] if acyclic else []),
        f"class {node.name}{f'({base})' if base else ''}:",
        *(f"    {field.name}: {field.type}" for field in own),
        f"    def __init__(self, {'*, ' if by_name else ''}{parameters}) -> None:",
        *(f"        {field.assignment()}" for field in fields),
        f"    def __copy__(self) -> {node.name}:",
        f"        return {node.name}({copied})",
        *(_compared(node, fields) if _is_struct(node) and _keyword(node, "eq") != "False" else ()),
    ]


def _compared(node: ast.ClassDef, fields: list[RecordField]) -> list[str]:
    """What makes a class one of values: equality, and a hash where they do not change."""
    own = ", ".join(f"self.{field.name}" for field in fields)
    others = ", ".join(f"other.{field.name}" for field in fields)
    shown = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in fields)
    hashed = [
        "    def __hash__(self) -> int:",
        f"        return hash(({own},))",
    ]
    printed = [
        "    def __repr__(self) -> str:",
        f"        return f'{node.name}({shown})'",
    ]
    has_own = any(isinstance(one, ast.FunctionDef) and one.name == "__repr__" for one in node.body)
    return [
        "    def __eq__(self, other: object) -> bool:",
        f"        return isinstance(other, {node.name}) and ({own},) == ({others},)",
        *(hashed if _keyword(node, "frozen") == "True" else ()),
        *(() if has_own else printed),
    ]


def _described(name: str, fields: list[RecordField]) -> list[str]:
    """What msgspec and `dataclasses` read of a class, with the types as texts."""
    types = ", ".join(f"{field.name!r}: {field.type!r}" for field in fields)
    made = ", ".join(field.description() for field in fields)
    like = f'_make("{name}", [{made}], kw_only=True)'
    return [
        f'setattr({name}, "__annotations__", {{{types}}})',
        f'setattr({name}, "__dataclass_fields__", {like}.__dataclass_fields__)',
    ]


def _import_names(module: str, fields: list[RecordField], lines: list[str]) -> None:
    """Make the names that a base's fields use known beside the import of the base."""
    texts = " ".join(f"{field.type} {field.default}" for field in fields)
    names = dict.fromkeys(re.findall(r"\b[A-Z]\w+", re.sub(r"'[^']*'|\"[^\"]*\"", "", texts)))
    theirs = [name for name in names if name not in ("None", "True", "False", *_OF_TYPING)]
    index = next(i for i, line in enumerate(lines) if line.startswith(f"from {module} import "))
    lines[index] += f"; from {module} import {', '.join(theirs)}"
    lines[index] += f"; from typing import {', '.join(_OF_TYPING)}"


def _before_first_class(tree: ast.Module, lines: list[str]) -> None:
    future = next(
        line
        for line in tree.body
        if isinstance(line, ast.ImportFrom) and line.module == "__future__"
    )
    lines[future.lineno - 1] += "; import dataclasses as _dataclasses; import typing as _typing" + (
        "; from functools import partial as _partial"
        "\nif _typing.TYPE_CHECKING: from mypy_extensions import mypyc_attr"
        # Their declared types are not what they return.
        '\n_field: _typing.Any = getattr(_dataclasses, "field")'
        '\n_make: _typing.Any = getattr(_dataclasses, "make_dataclass")'
        # They refuse what could change as a default, such as an empty mapping.
        "\n_given: _typing.Any = lambda value: _field(**({'default': value} if "
        "getattr(value, '__hash__') else {'default_factory': _partial(_typing.cast, None, value)}))"
    )
