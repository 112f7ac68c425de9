"""Sends commands to the ports that carry them out, and replies to pending requests.

Routing and sending are two steps: commands are routed when they are decided, and sent when the
event log has committed the events that caused them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import structlog

from acdengine.commands import (
    AnyCommand,
    Bridge,
    CancelRing,
    CloseLine,
    DialCustomer,
    EndParty,
    OpenLine,
    Reply,
    RingAgent,
)
from acdengine.engine.state import EngineState
from acdengine.ports import Port
from acdengine.runtime.meters import Meters
from acdengine.runtime.pending_requests import PendingRequests
from acdengine.service_commands import SERVICE_COMMANDS

_log = structlog.get_logger("acdengine.dispatcher")

#: The number of an event, and the commands that it caused.
Decided: TypeAlias = tuple[int, Sequence[AnyCommand]]


class Routed:
    """The commands of one turn, ready to be sent.

    Attributes:
        replies: answers to requests.
        for_ports: the other commands, by the port that carries them out.
    """

    def __init__(
        self,
        decided: Sequence[Decided],
        replies: Sequence[Reply],
        for_ports: Sequence[tuple[Port, Sequence[AnyCommand]]],
    ) -> None:
        self._decided = decided
        self.replies = replies
        self.for_ports = for_ports

    def caused_by(self, commands: Sequence[AnyCommand]) -> list[int]:
        """The numbers of the events that caused these commands."""
        # By identity: one event may repeat the command of another.
        wanted = {id(command) for command in commands}
        return [seq for seq, caused in self._decided if not wanted.isdisjoint(map(id, caused))]


class Dispatcher:
    """Routes commands to ports and replies to requests.

    A single port gets all commands. With several, each has switch nodes: a command goes to the port
    of its call's node. A command that belongs to no known call (a telephone left ringing by an
    engine before this one) goes to all of them: commands for legs that are not there do nothing.
    """

    def __init__(self, requests: PendingRequests, meters: Meters) -> None:
        self._requests = requests
        self._meters = meters
        self._ports: list[Port] = []
        self._of_node: dict[str, Port] = {}
        self._services: Port | None = None

    def attach(self, port: Port, nodes: Sequence[str] = ()) -> None:
        """Give a port the commands of these nodes' calls."""
        if port not in self._ports:
            self._ports.append(port)
        for node_id in nodes:
            self._of_node[node_id] = port

    def detach(self, port: Port) -> None:
        """Stop sending commands to a port and its nodes."""
        self._ports = [known for known in self._ports if known is not port]
        self._of_node = {node: known for node, known in self._of_node.items() if known is not port}

    def attach_services(self, port: Port) -> None:
        """Give a port the commands of flows that are for no switch."""
        self._services = port

    def port_of_node(self, node_id: str) -> Port | None:
        """The port of a node; the only one, where there is one; None where that is not known."""
        if len(self._ports) == 1:
            return self._ports[0]
        return self._of_node.get(node_id)

    def route(self, decided: Sequence[Decided], state: EngineState) -> Routed:
        """Choose the port of each command, by the state of the engine that decided it.

        Args:
            decided: the commands of each event, with the number of the event.
            state: the engine's state right after these events.
        """
        replies: list[Reply] = []
        orders: list[AnyCommand] = []
        services: list[AnyCommand] = []
        for _, commands in decided:
            self._meters.commands += len(commands)
            for command in commands:
                # Not isinstance, which is slow on these classes.
                if type(command) is Reply:
                    replies.append(command)
                elif type(command) in SERVICE_COMMANDS:
                    services.append(command)
                else:
                    orders.append(command)
        for_ports: list[tuple[Port, Sequence[AnyCommand]]] = []
        if len(self._ports) == 1 and orders:
            for_ports.append((self._ports[0], orders))
        elif orders:
            for port in self._ports:
                own = [order for order in orders if self._is_for(port, order, state)]
                if own:
                    for_ports.append((port, own))
        if services and self._services is not None:
            for_ports.append((self._services, services))
        return Routed(decided, replies, for_ports)

    def send(self, routed: Routed) -> None:
        """Answer the requests and give each port its commands, in order."""
        for reply in routed.replies:
            self._requests.answer(reply.request_id, reply.problem)
        for port, orders in routed.for_ports:
            # A port may have been detached while the event log kept the commands waiting.
            if port in self._ports or port is self._services:
                self._execute(port, orders, routed)

    def _is_for(self, port: Port, command: AnyCommand, state: EngineState) -> bool:
        chosen = self._port_of(command, state)
        if chosen is None and isinstance(command, RingAgent | DialCustomer):
            # A telephone is rung once, by one port.
            chosen = self._ports[0]
        return chosen is None or chosen is port

    def _port_of(self, command: AnyCommand, state: EngineState) -> Port | None:
        """The port of a command's node; None where that is not known."""
        if isinstance(command, CancelRing):
            offer = state.offers.get(command.offer_id)
            return None if offer is None else self._of_node.get(offer.node_id)
        if isinstance(command, EndParty):
            party = state.parties.get(command.party_id)
            return None if party is None else self._of_node.get(party.node_id)
        if isinstance(command, OpenLine):
            return self._of_node.get(command.node_id, self._ports[0])
        if isinstance(command, CloseLine):
            line = state.lines.get(command.line_id)
            return None if line is None else self._of_node.get(line.node_id)
        if isinstance(command, Reply):
            return None
        call = state.calls.get(command.call_id) or state.ended.get(command.call_id)
        if call is None:
            return None
        if isinstance(command, RingAgent | Bridge):
            offer = state.offers.get(command.offer_id)
            if offer is not None and offer.node_id:
                return self._of_node.get(offer.node_id)
        port = self._of_node.get(call.node_id)
        if port is None and isinstance(command, DialCustomer):
            # The customer is on no node yet, and is dialled once, by one port.
            return self._ports[0]
        return port

    def _execute(self, port: Port, commands: Sequence[AnyCommand], routed: Routed) -> None:
        try:
            port.execute(commands)
        except Exception:  # noqa: BLE001 - it is logged, and the loop goes on
            # A port's defect must not stop the calls of the others. The engine repeats commands
            # that are not confirmed.
            self._meters.port_errors += 1
            _log.exception(
                "port failed",
                port=type(port).__name__,
                commands=len(commands),
                caused_by=routed.caused_by(commands),
            )
