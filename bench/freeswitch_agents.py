"""The agents' hands in `python -m bench freeswitch`: each hangs up as soon as it is bridged."""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.freeswitch.protocol.command_lines import Command, EventFormat, api, auth, subscribe
from adapters.freeswitch.protocol.errors import LinkDown
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.protocol.frame_codec import Frame
from adapters.freeswitch.protocol.identifiers import short_ids
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.wire.esl_link import Link, Trouble
from adapters.freeswitch.wire.link_settings import LinkSettings
from tests.live.freeswitch_instance import FreeSwitchInstance

_BRIDGES: Final = subscribe(EventFormat.JSON, ["CHANNEL_BRIDGE"])


class Agents:
    """Hears of every bridge on a switch, counts it, and ends the agent's leg.

    The same for both distributors, on an event socket of its own that carries nothing else.
    """

    def __init__(self, switch: FreeSwitchInstance) -> None:
        self.bridged = 0
        self._switch = switch
        self._link: Link[EventFields] | None = None

    async def start(self) -> None:
        """Connect.

        Raises:
            EslError, OSError: the switch does not let it in.
        """
        link = Link(
            self,
            EventReader(EventFields),
            LinkSettings(),
            probe=_BRIDGES,
            new_id=short_ids(),
        )
        await asyncio.get_running_loop().create_connection(
            lambda: link, "127.0.0.1", self._switch.esl_port
        )
        if (refusal := await link.greeted) is not None:
            raise refusal
        self._link = link
        for command in (auth(self._switch.esl_password), _BRIDGES):
            self._send(command)

    def close(self) -> None:
        """End the connection."""
        if self._link is not None:
            self._link.abort(LinkDown("closed"))

    def _send(self, command: Command) -> None:
        if self._link is not None:
            self._link.send(command)

    def on_open(self, link: Link[EventFields]) -> None:
        """The socket is open."""

    def on_event(self, event: Event[EventFields]) -> None:
        """Bridged: the agent, who was the second, hangs up."""
        if event.fields.event_name == "CHANNEL_BRIDGE":
            self.bridged += 1
            self._send(api("uuid_kill", leg_uuid(event.fields.bridge_b_id)))

    def on_linger(self) -> None:
        """Does not happen here."""

    def on_log(self, frame: Frame) -> None:
        """The log is not asked for."""

    def on_trouble(self, trouble: Trouble) -> None:
        """Nothing that matters here."""
