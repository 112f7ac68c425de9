"""Metrics of the switches: the connection, what goes over it, and how quick it is."""

from __future__ import annotations

from typing import Final

from acdengine.program.switches.live_switches import LiveSwitches
from acdengine.runtime.exposition import Family, HistogramFamily
from adapters.freeswitch.monitoring.switch_health import BRIDGING_BOUNDS_US, REPLY_BOUNDS_US

_US: Final = 1e-6
_SWITCH: Final = ("switch",)


def _counter(name: str, help_text: str) -> Family:
    return Family(f"acdengine_switch_{name}", help_text, "counter", _SWITCH)


def _gauge(name: str, help_text: str, labels: tuple[str, ...] = _SWITCH) -> Family:
    return Family(f"acdengine_switch_{name}", help_text, "gauge", labels)


class SwitchMetrics:
    """The switches' own figures, rendered at a scrape."""

    def __init__(self, switches: LiveSwitches) -> None:
        self._switches = switches
        self._connected = _gauge("connected", "1 while connected and compared with the engine.")
        self._lag = _gauge(
            "event_lag_seconds", "By how much the last event came later than the quickest."
        )
        self._sessions = _gauge("sessions", "Legs on the switch, as it says itself.")
        self._legs = _gauge("legs", "Legs that are looked after.", ("switch", "kind"))
        self._connects = _counter("connects_total", "Times connected.")
        self._losses = _counter("losses_total", "Connections that were lost.")
        self._failed = _counter("failed_tries_total", "Tries to connect that failed.")
        self._gaps = _counter("gaps_total", "Times that events were missed.")
        self._syncs = _counter("syncs_total", "Times that it was compared with the engine.")
        self._events = _counter("events_total", "Events received.")
        self._commands = _counter("commands_total", "Commands sent.")
        self._without_group = Family(
            "acdengine_calls_without_trunk_group_total",
            "Calls that came by no trunk group of the settings, or whose acd_trunk names none.",
            "counter", (),
        )  # fmt: skip
        self._commands_failed = _counter(
            "commands_failed_total", "Commands refused, lost or not answered in time."
        )
        self._replies = HistogramFamily(
            "acdengine_switch_command_seconds", "From a command to its reply, once a second.",
            REPLY_BOUNDS_US, _US, _SWITCH,
        )  # fmt: skip
        self._bridging = HistogramFamily(
            "acdengine_switch_bridging_seconds",
            "From an agent's answer to the joined conversation.",
            BRIDGING_BOUNDS_US, _US, _SWITCH,
        )  # fmt: skip

    def render(self) -> str:
        """Everything, as Prometheus reads it."""
        families = [value for value in vars(self).values() if isinstance(value, Family)]
        for family in families:
            family.clear()
        self._replies.clear()
        self._bridging.clear()
        self._without_group.set(self._switches.trunks.without_group, ())
        for switch in self._switches:
            node, health = switch.node, switch.node.health
            labels, statistics = (node.node_id,), node.connection.statistics
            self._connected.set(int(health.state == "up"), labels)
            self._lag.set(health.lag_us * _US, labels)
            self._sessions.set(health.sessions, labels)
            self._legs.set(len(node.legs.callers), (*labels, "caller"))
            self._legs.set(len(node.legs.agents), (*labels, "agent"))
            self._connects.set(statistics.connects, labels)
            self._losses.set(statistics.losses, labels)
            self._failed.set(statistics.failed_tries, labels)
            self._gaps.set(statistics.gaps, labels)
            self._syncs.set(node.comparison.syncs, labels)
            self._events.set(health.events, labels)
            self._commands.set(health.commands, labels)
            self._commands_failed.set(health.commands_failed, labels)
            self._replies.show(health.reply_us, labels)
            self._bridging.show(health.bridging_us, labels)
        text = [family.render() for family in families]
        return "".join([*text, self._replies.render(), self._bridging.render()])
