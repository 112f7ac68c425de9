"""Commands to the ports that carry them out, replies to those who wait for them."""

from __future__ import annotations

from collections.abc import Sequence

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
from acdengine.engine.floor import Floor
from acdengine.ports import Port
from acdengine.runtime.meters import Meters
from acdengine.runtime.pending_requests import PendingRequests

_log = structlog.get_logger("acdengine.dispatcher")


class Dispatcher:
    """Which port gets which command.

    With one port it gets all. With several, each has switch nodes: a command goes to the port of
    its call's node. What belongs to no call that is known (a phone left ringing by an engine
    before this one) goes to all of them: commands for legs that are not there do nothing.
    """

    def __init__(self, requests: PendingRequests, meters: Meters) -> None:
        self._requests = requests
        self._meters = meters
        self._ports: list[Port] = []
        self._of_node: dict[str, Port] = {}

    def attach(self, port: Port, nodes: Sequence[str] = ()) -> None:
        """Give a port the commands of these nodes' calls."""
        if port not in self._ports:
            self._ports.append(port)
        for node_id in nodes:
            self._of_node[node_id] = port

    def detach(self, port: Port) -> None:
        """A port is gone with its nodes."""
        self._ports = [known for known in self._ports if known is not port]
        self._of_node = {node: known for node, known in self._of_node.items() if known is not port}

    def dispatch(self, commands: Sequence[AnyCommand], floor: Floor) -> None:
        """Pass commands on, in order for each port."""
        self._meters.commands += len(commands)
        orders = commands
        replies = 0
        for command in commands:
            # Not isinstance, which is slow on these classes.
            if type(command) is Reply:
                replies += 1
                self._requests.answer(command.request_id, command.problem)
        if replies:
            orders = [command for command in commands if type(command) is not Reply]
        if not orders:
            return
        if len(self._ports) == 1:
            self._execute(self._ports[0], orders)
            return
        for port in self._ports:
            own = [order for order in orders if self._is_for(port, order, floor)]
            if own:
                self._execute(port, own)

    def _is_for(self, port: Port, command: AnyCommand, floor: Floor) -> bool:
        chosen = self._port_of(command, floor)
        if chosen is None and isinstance(command, RingAgent | DialCustomer):
            # Somebody is to be rung, once.
            chosen = self._ports[0]
        return chosen is None or chosen is port

    def _port_of(self, command: AnyCommand, floor: Floor) -> Port | None:
        """The port of a command's node; None where that is not known."""
        if isinstance(command, CancelRing):
            offer = floor.offers.get(command.offer_id)
            return None if offer is None else self._of_node.get(offer.node_id)
        if isinstance(command, EndParty):
            party = floor.parties.get(command.party_id)
            return None if party is None else self._of_node.get(party.node_id)
        if isinstance(command, OpenLine):
            return self._of_node.get(command.node_id, self._ports[0])
        if isinstance(command, CloseLine):
            line = floor.lines.get(command.line_id)
            return None if line is None else self._of_node.get(line.node_id)
        if isinstance(command, Reply):
            return None
        call = floor.calls.get(command.call_id) or floor.ended.get(command.call_id)
        if call is None:
            return None
        if isinstance(command, RingAgent | Bridge):
            offer = floor.offers.get(command.offer_id)
            if offer is not None and offer.node_id:
                return self._of_node.get(offer.node_id)
        port = self._of_node.get(call.node_id)
        if port is None and isinstance(command, DialCustomer):
            # The customer is on no node yet, and is to be rung once.
            return self._ports[0]
        return port

    def _execute(self, port: Port, commands: Sequence[AnyCommand]) -> None:
        try:
            port.execute(commands)
        except Exception:  # noqa: BLE001 - it is logged, and the loop goes on
            # A port's defect must not stop the calls of the others. The engine repeats what
            # nobody confirms.
            self._meters.port_errors += 1
            _log.exception("port failed", port=type(port).__name__, commands=len(commands))
