"""Records as snapshots keep them: written by msgspec as they are, read by their constructors.

msgspec makes a record without its constructor and reads it by its annotations. A compiled record
needs the constructor, and mypyc keeps no more of an annotation than a class (``list`` of
``list[AnyFact]``, and nothing of a ``Literal``). So the annotations of compiled modules are taken
from their sources, which a wheel has beside the libraries, and a record is read by a `Struct` with
the same fields.
"""

from __future__ import annotations

import ast
from dataclasses import MISSING, fields
from functools import cache
from importlib import import_module
from pkgutil import get_data
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from acdengine.engine.records import Call, Offer
from routing.agent import Agent

R = TypeVar("R")
_RECORDS: Final = (Call, Offer, Agent)
#: Their modules, and those of their bases.
_MODULES: Final = (
    "queues.queue", "routing.agent", "routing.call_group", "acdengine.engine.records",
)  # fmt: skip


def copied(record: R) -> R:
    """A copy of a record; `copy.copy` makes none of a compiled one."""
    return _made(type(record), record)


def restored(kept: object, kind: Any) -> Any:  # noqa: ANN401 - a type, and what is of that type
    """What a snapshot has of a type: a record, a list, dict or tuple of such, or anything else.

    Raises:
        msgspec.ValidationError: it is not of that type.
    """
    if kind in _RECORDS:
        return _made(kind, msgspec.convert(kept, _stored(kind)))
    parts = get_args(kind)
    if not any(part in _RECORDS or get_args(part) for part in parts):
        return msgspec.convert(kept, kind)
    origin = get_origin(kind)
    if origin is list:
        return [restored(one, parts[0]) for one in msgspec.convert(kept, list[Any])]
    if origin is dict:
        read = msgspec.convert(kept, dict[parts[0], Any])  # type: ignore[valid-type]
        return {key: restored(one, parts[1]) for key, one in read.items()}
    if origin is tuple and ... not in parts:
        return tuple(
            restored(one, part)
            for one, part in zip(msgspec.convert(kept, tuple[Any, ...]), parts, strict=True)
        )
    return msgspec.convert(kept, kind)


def _made(kind: type[R], values: object) -> R:
    """A record with the values of another object that has the same fields."""
    every, needed = _names(kind)  # type: ignore[arg-type]
    record = kind(*(getattr(values, name) for name in needed))
    for name in every:
        setattr(record, name, getattr(values, name))
    return record


@cache
def _names(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401 - a record
    """All fields, and those that the constructor needs, in its order."""
    needed = [one for one in fields(kind) if one.default is one.default_factory is MISSING]
    return tuple(one.name for one in fields(kind)), tuple(one.name for one in needed)


@cache
def _stored(kind: Any) -> type[Struct]:  # noqa: ANN401 - one of the records
    """The fields of a record, with its defaults."""
    types = get_type_hints(kind)
    described: list[Any] = []
    for one in fields(kind):
        default = one.default
        if one.default_factory is not MISSING:
            default = msgspec.field(default_factory=one.default_factory)
        described.append((one.name, types[one.name], *(() if default is MISSING else (default,))))
    return msgspec.defstruct(kind.__name__, described, kw_only=True)


def _keep_field_types(module: str) -> None:
    """Annotate the classes of a compiled module as their source does; nothing in plain Python."""
    compiled = import_module(module)
    if str(compiled.__file__).endswith(".py"):
        return
    package, _, name = module.rpartition(".")
    source = ast.parse(get_data(package, f"{name}.py") or b"")
    for record in source.body:
        if isinstance(record, ast.ClassDef):
            getattr(compiled, record.name).__annotations__ = {
                ast.unparse(field.target): ast.unparse(field.annotation)
                for field in record.body
                if isinstance(field, ast.AnnAssign)
            }


for _module in _MODULES:
    _keep_field_types(_module)
