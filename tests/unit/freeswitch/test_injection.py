"""For any values in its fields, a command does what it is for, or nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acdengine import commands as cmd
from acdengine.commands import RingAgent
from acdengine.screen_pop import ScreenPop
from adapters.freeswitch.protocol.quoting import display_text
from tests.unit.freeswitch import switch_parsers
from tests.unit.freeswitch.evil import anything
from tests.unit.freeswitch.injection import (
    BEFORE,
    EVIL,
    KINDS,
    Shape,
    Wiretap,
    shape,
    structs,
    variables_of,
)

#: Commands that go to the switch in no way.
NOTHING = {cmd.Reply}
SENT = [kind for kind in KINDS if kind not in NOTHING]


def carried_out(
    command: Any, ani: str = "0777", name: str = "Eve", dnis: str = "5001"
) -> list[bytes]:
    """What is sent for a command, and for what follows from it."""
    wires: list[bytes] = []
    for talking in (False, True):
        desk = Wiretap()
        desk.people(ani, name, dnis, talking=talking)
        if before := BEFORE.get(type(command)):
            desk.orders.execute(before)
            for event in ("CHANNEL_PARK", "CHANNEL_ANSWER"):
                desk.hear(event, "p", answer_state="answered")
        # Media is opened for callers who are not answered yet.
        desk.legs.callers["c"].is_answered &= not isinstance(command, cmd.OpenMedia)
        desk.orders.execute([command])
        desk.go_on()
        wires += desk.wires
    return wires


@cache
def known(kind: type[cmd.Command]) -> tuple[frozenset[Shape], frozenset[str]]:
    """The shapes of a command without any harm in it, and the variables that its legs are born
    with."""
    shapes: dict[Shape, None] = {}
    variables: dict[str, None] = {}

    @settings(max_examples=80, database=None, derandomize=True, deadline=None)
    @given(structs(kind, hostile=False))
    def draw(command: Any) -> None:
        for wire in carried_out(command):
            shapes[shape(wire)] = None
            variables.update(dict.fromkeys(variables_of(wire)))

    draw()
    return frozenset(shapes), frozenset(variables)


@pytest.mark.slow
def test_every_command_of_the_engine_is_tried() -> None:
    """A new command is drawn by its fields. It has to do something here: if this fails for one,
    give its fields values that mean something (`injection.BENIGN`), or the desk what it needs."""
    silent = [kind.__name__ for kind in SENT if not known(kind)[0]]
    assert silent == []
    assert all(kind in Wiretap().orders._do for kind in SENT), "the adapter does not know it"


@pytest.mark.slow
@pytest.mark.parametrize("kind", SENT, ids=lambda kind: kind.__name__)
def test_hostile_fields_change_nothing_but_values(kind: type[cmd.Command]) -> None:
    shapes, variables = known(kind)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(structs(kind, hostile=True), EVIL, EVIL, EVIL)
    def attack(command: Any, ani: str, name: str, dnis: str) -> None:
        for wire in carried_out(command, ani, name, dnis):
            assert shape(wire) in shapes, wire
            assert set(variables_of(wire)) <= variables, wire

    attack()


@given(anything, anything, anything, st.dictionaries(anything, anything, max_size=3))
@settings(deadline=None)
def test_what_the_agents_telephone_is_told_arrives_as_it_is_meant(
    ani: str, name: str, customer: str, extra: dict[str, str]
) -> None:
    shown = ScreenPop("t/sales", ani, name, "5001", customer, 3, 5_000_000, extra)
    command = RingAgent("new-1", "c", "t/anna", "user/1000@x", 20_000_000, "", shown)
    wires = carried_out(command, ani, name)
    [dialled] = [wire for wire in wires if wire.startswith(b"bgapi originate ")][:1] or [b""]
    assert dialled or any(not _is_header(key) for key in extra)
    if not dialled:
        return
    (packet,) = switch_parsers.packets(dialled)
    born = switch_parsers.originate(switch_parsers.api_call(packet)[1]).variables
    for header, text in (("ANI", ani), ("Name", name), ("Customer", customer)):
        assert born.get(f"sip_h_X-ACD-{header}", "") == display_text(text)


def _is_header(name: str) -> bool:
    return bool(name) and name.isascii() and all(one.isalnum() or one in "_.-" for one in name)
