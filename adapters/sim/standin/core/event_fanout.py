"""Events of the switch: each built once, for the clients that subscribed to it."""

from __future__ import annotations

from typing import Final, Protocol

from adapters.sim.standin.core import event_socket_protocol
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_clock import SwitchClock

Headers = dict[str, str]

_NONE: Final[Headers] = {}


class EventClient(Protocol):
    """A connection that events go to."""

    def wants(self, name: str, subclass: str, leg: Channel | None) -> bool:
        """Whether an event of that name, and of that leg if of any, is to be sent."""

    def may_want(self, name: str, subclass: str) -> bool:
        """Whether events of that name might be wanted, of any leg."""

    def take(self, event: event_socket_protocol.Event) -> None:
        """An event that is wanted."""

    def leg_ended(self, leg: Channel) -> None:
        """The leg that this connection was made for is gone."""

    def thawed(self) -> None:
        """What was held back while the switch was frozen happens now."""

    def abort(self) -> None:
        """The connection breaks at once; nothing is sent."""

    def end_with(self, text: str) -> None:
        """Events that wait are sent, then a disconnect notice; the connection ends."""


class Teller:
    """The part of a switch that tells events.

    Attributes:
        listeners: open connections.
        sequence: number of the last event, sent or not.
    """

    clock: SwitchClock

    def __init__(self) -> None:
        self.listeners: list[EventClient] = []
        self.sequence = 0
        self._core: Headers = {}
        self._wanted: dict[tuple[str, str], bool] = {}

    def names_itself(self, core_uuid: str, hostname: str, switchname: str) -> None:
        """Set the headers of every event that name the switch."""
        self._core = {
            "Core-UUID": core_uuid,
            "FreeSWITCH-Hostname": hostname,
            "FreeSWITCH-Switchname": switchname,
            "FreeSWITCH-IPv4": "127.0.0.1",
            "FreeSWITCH-IPv6": "::1",
        }

    def forgets_listeners(self) -> None:
        """Forget all connections and restart the sequence."""
        self.listeners = []
        self.sequence = 0
        self._wanted.clear()

    def wishes_changed(self) -> None:
        """A subscription has changed."""
        self._wanted.clear()

    def listener_gone(self, listener: EventClient) -> None:
        """A connection is over."""
        if listener in self.listeners:
            self.listeners.remove(listener)
        self.wishes_changed()

    def is_wanted(self, name: str, subclass: str = "") -> bool:
        """Whether any client might want events of that name."""
        key = (name, subclass)
        wanted = self._wanted.get(key)
        if wanted is None:
            wanted = self._wanted[key] = any(
                listener.may_want(name, subclass) for listener in self.listeners
            )
        return wanted

    def own_headers(self, name: str) -> Headers:
        """The first headers of an event: its name, the switch, the time and its number."""
        at_us = self.clock.told_us()
        local, gmt = self.clock.dates(at_us)
        return {
            "Event-Name": name,
            **self._core,
            "Event-Date-Local": local,
            "Event-Date-GMT": gmt,
            "Event-Date-Timestamp": str(at_us),
            "Event-Calling-File": "standin",
            "Event-Calling-Function": "tell",
            "Event-Calling-Line-Number": "1",
            "Event-Sequence": str(self.sequence),
        }

    def channel_data(self, leg: Channel) -> Headers:
        """A leg as the headers of CHANNEL_DATA."""
        return {**self.own_headers("CHANNEL_DATA"), **leg.headers()}

    def tell(
        self,
        name: str,
        leg: Channel | None = None,
        extra: Headers = _NONE,
        *,
        first: Headers = _NONE,
        variables: bool = True,
        subclass: str = "",
        body: str = "",
        is_sent: bool = False,
    ) -> None:
        """Send an event to the clients that want it.

        Args:
            extra: fields of the event's own, behind those of the leg; `first`: before them.
            variables: whether the leg's variables are told.
            is_sent: a client sent it; its fields come first of all.
        """
        self.sequence += 1
        if not self.is_wanted(name, subclass):
            return
        wanting = [one for one in self.listeners if one.wants(name, subclass, leg)]
        if not wanting:
            return
        own = self.own_headers(name)
        if subclass:
            own = {"Event-Subclass": subclass, **own}
        before = {**first, **own} if is_sent else {**own, **first}
        behind: Headers = {}
        if leg is not None:
            behind = leg.headers() if variables else leg.headers_without_variables()
        behind.update(extra)
        event = event_socket_protocol.Event(name, subclass, before, behind, body)
        for listener in wanting:
            listener.take(event)

    def connect_reply(self, leg: Channel, is_full: bool) -> bytes:
        """The answer to `connect`: the leg as a header block."""
        block = event_socket_protocol.header_block(self.channel_data(leg))
        mode, control = leg.get("socket_mode") or "async", "full" if is_full else "single-channel"
        return event_socket_protocol.as_bytes(
            f"{block}Content-Type: command/reply\nReply-Text: %2BOK%0A\n"
            f"Socket-Mode: {mode}\nControl: {control}\n\n"
        )
