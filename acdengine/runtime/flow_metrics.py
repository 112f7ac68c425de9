"""Metrics of IVR flows, each version apart: who came in, where they went on, who is in it now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acdengine.facts import AnyFact
from acdengine.flow_facts import FlowEntered, FlowLeft
from acdengine.runtime.exposition import Family
from acdengine.runtime.loop import Runtime

_VERSION = ("tenant", "flow", "version")


class FlowMetrics:
    """Counts of callers by version of a flow.

    Args:
        runtime: whose state is shown.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._entered = Family(
            "acdengine_flow_calls_entered_total", "Calls that came into a flow.", "counter",
            _VERSION,
        )  # fmt: skip
        self._left = Family(
            "acdengine_flow_calls_left_total",
            "Times that a call left a flow, by the kind of place it went to; hangup: the flow hung "
            "up, abandoned: the caller did.",
            "counter", (*_VERSION, "to"),
        )  # fmt: skip
        self._within = Family(
            "acdengine_flow_calls", "Calls in a flow at the moment.", "gauge", _VERSION
        )
        self._share = Family(
            "acdengine_flow_version_percent",
            "Share of the callers of a flow who get this version.",
            "gauge", _VERSION,
        )  # fmt: skip
        self.readers: dict[type[AnyFact], Callable[[Any], None]] = {
            FlowEntered: lambda fact: self._entered.add(_version(fact.flow_id, fact.version)),
            FlowLeft: self._count_left,
        }

    def _count_left(self, fact: FlowLeft) -> None:
        kind = fact.to.partition(" ")[0]
        self._left.add((*_version(fact.flow_id, fact.version), kind))

    def render(self) -> list[str]:
        """The families, each as text."""
        state = self._runtime.state
        kept = {
            _version(flow_id, known.version)
            for flow_id, served in state.flow_versions.served.items()
            for known in served.history
        }
        for family in (self._entered, self._left):
            # Versions come with every change of a flow, and are dropped in the end.
            family.retain(lambda labels: labels[:3] in kept)
        self._within.clear()
        self._share.clear()
        for flow_id, served in state.flow_versions.served.items():
            if flow_id not in state.plan.ivr_flows:
                continue
            self._share.set(100 - served.percent, _version(flow_id, served.live))
            if served.trial:
                self._share.set(served.percent, _version(flow_id, served.trial))
        for call in state.calls.values():
            if call.ivr is not None and call.ivr.entered_us:
                self._within.add(_version(call.ivr.flow_id, call.ivr.run.version))
        families = (self._entered, self._left, self._within, self._share)
        return [family.render() for family in families]


def _version(flow_id: str, version: str) -> tuple[str, str, str]:
    """Tenant, name and version: the labels of a series."""
    tenant_id, _, name = flow_id.partition("/")
    return tenant_id, name, version
