"""Methods that send over a link, for lasting connections and outbound socket calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.reply_matching import OnReply, Waiting
from adapters.freeswitch.wire.esl_link import Link

F = TypeVar("F", bound=EventFields)


class LinkFacade(ABC, Generic[F]):
    """Sends over the link that it has at the moment."""

    @property
    @abstractmethod
    def link(self) -> Link[F]:
        """The link. Raises `LinkDown` when there is none."""

    def send(self, command: Command, on_reply: OnReply | None = None) -> Waiting:
        """See `Link.send`."""
        return self.link.send(command, on_reply)

    def start_job(
        self,
        name: str,
        argument: str,
        on_end: Callable[[str | EslError], None],
        limit_s: float,
    ) -> str:
        """See `Link.start_job`."""
        return self.link.start_job(name, argument, on_end, limit_s)

    def start_application(
        self,
        leg: str | None,
        application: str,
        argument: str,
        on_end: Callable[[Event[F] | EslError], None],
        limit_s: float,
    ) -> str:
        """See `Link.start_application`."""
        return self.link.start_application(leg, application, argument, on_end, limit_s)
