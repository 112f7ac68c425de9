"""Sources rewritten for the compiler mean the same as before."""

from __future__ import annotations

import sys
from copy import copy
from types import ModuleType
from typing import Any

import msgspec
import pytest

from tools.compiled.rewrite import Rewriter

BASE = '''"""A module."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

FAR: Final = 9


class Place(Struct, gc=False, kw_only=True, eq=False):
    """A record."""

    #: Who it is of.
    call_id: str
    due_us: int = FAR
    group: Any = None

    def is_far(self) -> bool:
        """Whether it is."""
        return self.due_us == FAR
'''

RECORDS = '''"""Another module."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from places import Place


class Call(Place, gc=False, kw_only=True, eq=False):
    """A record that has the fields of another."""

    leg_id: str
    weight: float = 1.5
    story: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Agent:
    """A record that is a dataclass."""

    name: str
    skills: dict[str, int] = field(default_factory=dict)


_NOTHING: dict[str, int] = {}


class Frame(Struct, frozen=True):
    """A record that is compared by its values, one of them by default nothing."""

    kind: bytes
    held: object = _NOTHING


class Pair(Struct):
    """Another that shows itself in its own way."""

    left: int

    def __repr__(self) -> str:
        return f"{self.left} of two"


class Slotted:
    """No record."""

    __slots__ = ("a",)

    def __init__(self) -> None:
        self.a = self.b = 1
'''


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of both modules, rewritten and then run as plain Python."""
    rewriter = Rewriter()
    names: dict[str, Any] = {}
    for name, source in {"places": BASE, "records": RECORDS}.items():
        module = ModuleType(name)
        # What only the compiler reads.
        module.__dict__["mypyc_attr"] = lambda **_: lambda cls: cls
        monkeypatch.setitem(sys.modules, name, module)
        exec(rewriter.rewrite(name, source), module.__dict__)
        names |= module.__dict__
    return names


def test_a_record_is_made_with_its_fields_and_those_of_its_base(modules: dict[str, Any]) -> None:
    call = modules["Call"](call_id="c", leg_id="l")
    assert not isinstance(call, msgspec.Struct)
    assert (call.call_id, call.due_us, call.group, call.weight) == ("c", 9, None, 1.5)
    assert call.is_far()
    assert not modules["Call"](call_id="c", leg_id="l", due_us=1).is_far()
    with pytest.raises(TypeError):
        modules["Call"]("c", "l")


def test_records_do_not_share_what_a_factory_makes(modules: dict[str, Any]) -> None:
    one, other = (modules["Agent"](name=name) for name in "ab")
    one.skills["en"] = 3
    assert other.skills == {}


def test_a_copy_is_one_of_its_own(modules: dict[str, Any]) -> None:
    call = modules["Call"](call_id="c", leg_id="l")
    other = copy(call)
    other.due_us = 1
    assert (call.due_us, other.due_us, other.leg_id) == (9, 1, "l")


def test_msgspec_reads_and_writes_a_record_and_knows_its_types(modules: dict[str, Any]) -> None:
    kind = modules["Call"]
    written = msgspec.json.encode(kind(call_id="c", leg_id="l", story=[1, 2]))
    assert msgspec.json.decode(written)["story"] == [1, 2]
    read = msgspec.json.decode(written, type=kind)
    assert (type(read), read.story, read.due_us) == (kind, [1, 2], 9)
    with pytest.raises(msgspec.ValidationError, match=r"due_us"):
        msgspec.json.decode(b'{"call_id": "c", "leg_id": "l", "due_us": "soon"}', type=kind)


def test_a_field_that_is_missing_has_its_default(modules: dict[str, Any]) -> None:
    read = msgspec.json.decode(b'{"call_id": "c", "leg_id": "l"}', type=modules["Call"])
    assert (read.due_us, read.weight, read.story) == (9, 1.5, [])


def test_slots_go(modules: dict[str, Any]) -> None:
    assert modules["Slotted"]().b == 1


def test_lines_stay_where_there_is_no_record() -> None:
    source = RECORDS[RECORDS.index("class Slotted") :] + "\n\nx = 1\n"
    rewritten = Rewriter().rewrite("m", source)
    assert rewritten.split("\n").index("x = 1") == source.split("\n").index("x = 1")


def test_values_are_compared_as_before_and_shown_too(modules: dict[str, Any]) -> None:
    kind = modules["Frame"]
    assert kind(b"a") == kind(b"a", {}) != kind(b"b")
    assert hash(kind(b"a", 3)) == hash(kind(b"a", 3))
    assert repr(kind(b"a")) == "Frame(kind=b'a', held={})"
    assert kind(b"a") != b"a"


def test_values_that_may_change_have_no_hash_and_keep_their_own_text(
    modules: dict[str, Any],
) -> None:
    assert modules["Pair"](1) == modules["Pair"](1) != modules["Pair"](2)
    assert repr(modules["Pair"](1)) == "1 of two"
    with pytest.raises(TypeError, match="unhashable"):
        hash(modules["Pair"](1))
