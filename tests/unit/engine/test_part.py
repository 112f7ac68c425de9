"""What parts of the engine offer is all that the engine knows of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from acdengine.engine import Engine
from acdengine.engine.part import Handlers, Part, Share, Shares, table, union
from acdengine.engine.records import Node
from acdengine.engine.snapshot import dump, load
from acdengine.engine.state import EngineState
from acdengine.errors import InvariantViolated
from acdengine.events import CallArrived, TimePassed
from tests.unit.engine.scene import centre, queue


class Lamps(Part):
    """A made-up part with records of its own."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.count = 0
        self.lit: dict[str, bool] = {}

    def shares(self) -> Shares:
        return {
            "lamps": table(list[Node], self.nodes, lambda node: node.node_id),
            "lit": Share(dict[str, bool], lambda: self.lit, self.lit.update, dict),
        }

    def restored(self) -> None:
        self.count = len(self.nodes)

    def check(self) -> Iterator[str]:
        if self.count != len(self.nodes):
            yield f"lamps count {self.count}, are {len(self.nodes)}"


def loaded(data: bytes) -> Lamps:
    lamps = Lamps()

    def build(state: EngineState) -> list[Part]:
        return [lamps]

    load(data, build)
    return lamps


def test_a_new_part_has_its_share_of_the_snapshot_and_works_out_the_rest() -> None:
    lamps = Lamps()
    lamps.nodes["a"], lamps.lit["a"] = Node("a", lost=True), True
    again = loaded(dump(EngineState(centre(queue("a"))), [lamps]))
    assert [msgspec.to_builtins(node) for node in again.nodes.values()] == [
        msgspec.to_builtins(Node("a", lost=True))
    ]
    assert again.lit == {"a": True}
    assert again.count == 1


def test_a_snapshot_that_was_written_before_there_was_a_part_is_read() -> None:
    again = loaded(Engine(centre(queue("a"))).snapshot())
    assert (again.nodes, again.lit, again.count) == ({}, {}, 0)


def test_what_a_part_finds_wrong_is_told_with_all_the_rest() -> None:
    engine = Engine(centre(queue("a")))
    lamps = Lamps()
    engine._parts.append(lamps)
    engine.check()
    lamps.count = 2
    engine.state.queues["t/a"].conversations = 3
    with pytest.raises(InvariantViolated) as found:
        engine.check()
    assert "queue t/a counts 3 conversations, has 0; lamps count 2, are 0" in str(found.value)


def test_no_event_is_handled_by_two_parts() -> None:
    first: Handlers = {CallArrived: print}
    second: Handlers = {CallArrived: print, TimePassed: print}
    with pytest.raises(ValueError, match="CallArrived"):
        union([first, second])
    assert list(union([second])) == [CallArrived, TimePassed]
