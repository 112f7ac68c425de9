"""Metrics of flows: each version is counted apart, and gone when it is dropped."""

from __future__ import annotations

from acdengine.engine import Engine
from acdengine.events import CallArrived, CallerHungUp
from acdengine.ivr.definition import AnyStep, FlowDefinition, PlayStep, Prompt, QueueStep
from acdengine.ivr.versions import KEPT
from acdengine.plan import Plan
from acdengine.requests import SettingsChanged
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from queues.targets import ToFlow
from tests.unit.runtime.centre import HandClock, Nobody, plan
from tests.unit.runtime.test_metrics import samples, value


def with_flow(prompt: str) -> Plan:
    """The centre with a flow that plays a prompt, at the number 900."""
    steps: dict[str, AnyStep] = {
        "say": PlayStep(items=(Prompt(prompt),), next="sales"),
        "sales": QueueStep(queue_id="acme/sales"),
    }
    centre = plan()
    flow = FlowDefinition(flow_id="acme/menu", first="say", steps=steps)
    centre.ivr_flows["acme/menu"] = flow
    centre.tenants["acme"].numbers["900"] = ToFlow("acme/menu")
    return centre


def test_versions_are_counted_apart() -> None:
    runtime = Runtime(Engine(with_flow("one")), HandClock())
    runtime.woken_by(Nobody())
    longest = LongestWaits(lambda: runtime.state)
    metrics = Metrics(runtime, longest)
    runtime.add_sink(longest)
    runtime.add_sink(metrics)
    runtime.post(SettingsChanged(0, plan=with_flow("two"), flow_percent=50))
    runtime.turn()
    served = runtime.state.flow_versions.served["acme/menu"]
    for number in range(40):
        ani = f"+4930555{number:04d}"
        runtime.post(CallArrived(0, f"c{number}", f"l{number}", ani, "900", "pstn"))
    runtime.post(CallerHungUp(0, "c0"))
    runtime.turn()
    found = samples(metrics.render().decode())
    labels = {
        version: {"tenant": "acme", "flow": "menu", "version": version}
        for version in (served.live, served.trial)
    }
    entered = {
        version: value(found, "acdengine_flow_calls_entered_total", **of)
        for version, of in labels.items()
    }
    assert sum(entered.values()) == 40
    assert min(entered.values()) >= 5
    within = [value(found, "acdengine_flow_calls", **of) for of in labels.values()]
    assert sum(within) == 39
    shares = [value(found, "acdengine_flow_version_percent", **of) for of in labels.values()]
    assert shares == [50, 50]
    left = [
        count
        for (name, of), count in found.items()
        if name == "acdengine_flow_calls_left_total" and ("to", "abandoned") in of
    ]
    assert left == [1]
    gone = served.trial
    for number in range(40):
        runtime.post(CallerHungUp(0, f"c{number}"))
    for number in range(KEPT + 2):
        runtime.post(SettingsChanged(0, plan=with_flow(f"p{number}")))
    runtime.turn()
    assert gone not in metrics.render().decode()
