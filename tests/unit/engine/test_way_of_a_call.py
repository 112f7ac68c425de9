"""The numbered way of one call in ARCHITECTURE.md is the way that a call takes."""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any, Final

import pytest

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.engine import Engine
from bench.core import is_compiled
from tests.reference_data import ROOT
from tests.unit.engine.scene import OPENING_US, S, agent, centre, queue

STEP: Final = re.compile(r"^\d+\. \[`([\w.]+)`\]\(([\w/]+\.py)#L\d+\): ", re.MULTILINE)


def steps_told() -> list[tuple[str, str]]:
    """File and function of each step, as the page has them."""
    page = (ROOT / "ARCHITECTURE.md").read_text()
    return [(file, function) for function, file in STEP.findall(page)]


def steps_taken() -> list[tuple[str, str]]:
    """File and function of each call of a function, for one call that finds a free agent."""
    engine = Engine(centre(queue("sales"), agent("anna", "sales")))
    now = OPENING_US
    engine.handle(rq.SignInRequested(now, agent_id="t/anna"))
    engine.handle(rq.ReadyRequested(now, agent_id="t/anna"))
    taken: list[tuple[str, str]] = []

    def note(frame: FrameType, what: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if what == "call" and file.startswith(f"{ROOT}/"):
            taken.append((file.removeprefix(f"{ROOT}/"), frame.f_code.co_qualname))

    sys.setprofile(note)
    try:
        engine.handle(ev.CallArrived(now, "c1", "leg-1", "0171", "sales", ""))
        engine.handle(ev.OfferAnswered(now + S, "c1-1"))
        engine.handle(ev.CallBridged(now + S, "c1", "c1-1"))
        engine.handle(ev.CallerHungUp(now + 9 * S, "c1", "normal"))
        engine.handle(ev.OfferEnded(now + 9 * S, "c1-1", "hangup"))
    finally:
        sys.setprofile(None)
    assert engine.state.agents["t/anna"].state == "ready"
    return taken


@pytest.mark.skipif(is_compiled(), reason="a compiled function is not seen by the profiler")
def test_a_call_takes_the_steps_that_are_told_in_their_order() -> None:
    told, taken = steps_told(), steps_taken()
    assert len(told) >= 20
    at = 0
    for step in told:
        assert step in taken[at:], f"{step} does not come after the step before it"
        at = taken.index(step, at) + 1
