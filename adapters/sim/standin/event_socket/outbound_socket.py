"""The `socket` application: the switch connects to a server, which then controls the leg."""

from __future__ import annotations

import asyncio

from adapters.sim.standin.calls import applications, leg_states
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.text_parsing import separated
from adapters.sim.standin.event_socket.listener import Listener


def connect(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`socket HOST:PORT [async] [full]`."""
    words = separated(running.argument, " ")
    host, _, port = words[0].rpartition(":") if words else ("", "", "")
    if not port.isdigit():
        applications.finish(switch, leg, running)
        return
    leg.set("socket_host", host)
    switch.spawn(_connect(switch, leg, running, host, int(port), words[1:]))


async def _connect(
    switch: SwitchCore, leg: Channel, running: Running, host: str, port: int, words: list[str]
) -> None:
    is_async = "async" in words
    listener = Listener(switch, leg, is_full="full" in words)
    listener.on_gone = lambda: _left(switch, leg, running)
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: listener, host, port)
    except OSError:
        applications.finish(switch, leg, running)
        return
    switch.of_legs[leg.uuid] = listener
    leg.set("socket_mode", "async" if is_async else "static")
    if is_async and leg.is_up:
        switch.tell("CHANNEL_PARK", leg)
        leg_states.begin_parking(switch, leg)
    else:
        switch.at_frame(leg)


def _left(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """The server has closed the connection: the leg continues with the actions after `socket`."""
    if leg.is_up and running in leg.stack:
        applications.unwind(switch, leg)
        applications.next_action(switch, leg)
