"""`python -m bench ivr`: callers inside menus, taken from step to step, on one core.

A caller goes round a flow in which every other step is a menu and the others decide, set, tag and
play. A fixed number of callers is inside at once, and each input goes to the next of them, so that
what is measured has the memory of all of them. The steps of the flow are counted, not the inputs.
The cost is also given in units of one `heapq` push and pop on a heap of 10,000, timed in the same
run, because machines differ and drift.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any, Final

from acdengine.ivr import interpreter as measured
from acdengine.ivr.definition import (
    Budget,
    Case,
    FlowDefinition,
    IfStep,
    Listening,
    MenuStep,
    PlayStep,
    Prompt,
    SetStep,
    SwitchStep,
    TagStep,
    Variable,
)
from acdengine.ivr.expressions.values import Value
from acdengine.ivr.inputs import InputEnded, PlayFinished
from acdengine.ivr.interpreter import Interpreter
from acdengine.ivr.program import programs_of
from acdengine.ivr.run import FlowRun
from acdengine.ivr.turn import AgentSeen, QueueState
from bench.core import HeapPair, resident_bytes
from bench.machine import describe_machine
from routing.policy import Customer, Hold, Hours

FLOW_ID: Final = "bench/main"
VERSION: Final = "v1"
START_US: Final = 1_800_000_000_000_000
ROUNDS: Final = 20
GC_THRESHOLDS: Final = (50_000, 20, 50)


class NoWorld:
    """A centre of which the flow asks nothing."""

    def hours(self, hours_id: str) -> Hours | None:
        """None are known."""
        return None

    def held(self, hours_id: str) -> Hold | None:
        """Nothing is held open."""
        return None

    def customer(self, tenant_id: str, number: str) -> Customer | None:
        """No customer is known."""
        return None

    def agent(self, agent_id: str) -> AgentSeen | None:
        """No agent calls."""
        return None

    def queue_state(self, queue_id: str) -> QueueState:
        """No call waits."""
        return QueueState()


def make_flow() -> FlowDefinition:
    """A menu, and what follows from its keys: six steps for every two inputs."""
    listening = Listening(prompt=(Prompt("main"),))
    return FlowDefinition(
        flow_id=FLOW_ID,
        first="menu",
        variables={"count": Variable("number", 0), "kind": Variable("text", "")},
        budget=Budget(time_us=10**15, steps=10**12),
        steps={
            "menu": MenuStep(
                listening=listening, keys={"1": "count", "2": "count", "12": "count"}, save="kind"
            ),
            "count": SetStep(next="many", values={"count": "count + 1"}),
            "many": IfStep(condition="count % 2 == 0 and kind != ''", then="odd", otherwise="odd"),
            "odd": SwitchStep(next="tag", value="kind", cases=(Case("1", "tag"), Case("2", "tag"))),
            "tag": TagStep(next="play", tags={"kind": "kind"}),
            "play": PlayStep(next="menu", items=(Prompt("done"),)),
        },
    )


class Crowd:
    """Callers inside the flow."""

    def __init__(self, callers: int) -> None:
        self.interpreter = Interpreter(NoWorld())
        self.interpreter.add(VERSION, programs_of([make_flow()]))
        gc.collect()
        before = resident_bytes()
        self.runs: deque[FlowRun] = deque()
        for number in range(callers):
            call: dict[str, Value] = {
                "caller.number": f"+4930{number:08}",
                "caller.name": "",
                "call.dialled": "+49800123",
                "call.id": f"c{number:08}",
                "customer.known": False,
                "customer.id": "",
                "customer.name": "",
                "customer.vip": 0,
                "customer.blacklisted": False,
            }
            run, _ = self.interpreter.start(f"c{number:08}", VERSION, FLOW_ID, call, START_US)
            self.runs.append(run)
            # So that each has been through the steps once, and has what they set.
            self.round(1)
        self.bytes_per_caller = (resident_bytes() - before) / callers
        self.us_per_step: list[float] = []
        self.pairs: list[float] = []

    def round(self, inputs: int) -> int:
        """So many inputs, each to the next caller; returns the steps that they led through."""
        handle, runs = self.interpreter.handle, self.runs
        steps = 0
        for number in range(inputs):
            run = runs[0]
            runs.rotate(-1)
            pending = run.pending
            assert pending is not None
            given = (
                InputEnded(pending.ticket, "value", "1")
                if pending.phase
                else PlayFinished(pending.ticket)
            )
            before = run.steps
            handle(run, given, START_US + number)
            steps += run.steps - before
        return steps

    def measure(self, inputs: int, pair: HeapPair) -> None:
        """One round, with the unit of cost timed before and after."""
        before = pair.time_us()
        begun = time.process_time_ns()
        steps = self.round(inputs)
        spent = (time.process_time_ns() - begun) / steps / 1000
        self.us_per_step.append(spent)
        self.pairs.append(spent / ((before + pair.time_us()) / 2))


def main(argv: list[str]) -> int:
    """Command line of `python -m bench ivr`."""
    parser = argparse.ArgumentParser(prog="python -m bench ivr", description=__doc__)
    parser.add_argument("--callers", default="1000,100000", metavar="N,N,…")
    parser.add_argument("--inputs", type=int, default=400_000, help="inputs measured for each N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    crowds = {int(number): Crowd(int(number)) for number in options.callers.split(",")}
    pair = HeapPair()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    for _ in range(ROUNDS):
        for crowd in crowds.values():
            crowd.measure(max(1, options.inputs // ROUNDS), pair)
    rows = [
        {
            "callers": callers,
            "steps_per_s": round(1e6 / statistics.median(crowd.us_per_step)),
            "heap_pairs_per_step": round(statistics.median(crowd.pairs), 2),
            "bytes_per_caller": round(crowd.bytes_per_caller),
        }
        for callers, crowd in crowds.items()
    ]
    in_order = list(crowds.values())
    first, last = in_order[0], in_order[-1]
    # Round by round, so that the machine's drift falls out.
    flatness = statistics.median(
        most / least for least, most in zip(first.us_per_step, last.us_per_step, strict=True)
    )
    is_compiled = not str(sys.modules[measured.__name__].__file__).endswith(".py")
    result: dict[str, Any] = {
        "bench": "ivr",
        "machine": describe_machine(),
        "compiled": is_compiled,
        "inputs": options.inputs,
        "rows": rows,
        **rows[-1],
        "flatness": round(flatness, 3),
    }
    print(f"compiled: {'true' if is_compiled else 'false'}")
    for row in rows:
        print(
            f"{row['callers']:>9,} callers: {row['steps_per_s']:>9,} steps/s, "
            f"{row['heap_pairs_per_step']:>5} heap pairs a step, "
            f"{row['bytes_per_caller']:,} bytes a caller"
        )
    print(f"flatness {flatness:.3f} (cost of a step with the most callers over the fewest)")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0
