"""Matches replies to commands. FreeSWITCH's replies carry no identity, only their order.

A command that is no longer awaited keeps its place as a tombstone, so that its late reply
is not taken for the answer to the next one. Pure bookkeeping: no clock, no socket.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from adapters.freeswitch.protocol.command_lines import Command, ReplyKind
from adapters.freeswitch.protocol.errors import (
    CommandRefused,
    EslError,
    Overloaded,
    UnexpectedReply,
)
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, Frame

#: Commands under way on one link at most.
DEFAULT_MAX_PENDING: Final = 10_000

#: How a text begins that says no.
REFUSALS: Final = ("-ERR", "-USAGE")


class Reply(msgspec.Struct, frozen=True):
    """What FreeSWITCH answered. `frame` has any further headers, such as those of `userauth`."""

    text: str
    frame: Frame

    @property
    def is_refusal(self) -> bool:
        """Whether the text says so. A command that returns somebody's text may be mistaken."""
        return self.text.startswith(REFUSALS)

    @property
    def refusal(self) -> CommandRefused:
        """The refusal as an error."""
        return CommandRefused(self.text.strip())

    def accepted(self) -> Reply:
        """The reply itself. Raises `CommandRefused` when it is a refusal."""
        if self.is_refusal:
            raise self.refusal
        return self


OnReply = Callable[[Reply | EslError], None]

_API: Final = ReplyKind.API


def _text(body: bytes) -> str:
    # Most are this one.
    return "+OK\n" if body == b"+OK\n" else body.decode("utf-8", "replace")


class Waiting:
    """The place of one command in the order of replies."""

    __slots__ = ("command", "is_timed", "on_reply", "sent_at_s")

    def __init__(self, command: Command, on_reply: OnReply | None, sent_at_s: float) -> None:
        self.command = command
        self.on_reply = on_reply
        self.sent_at_s = sent_at_s
        #: The reply is to come at once, and tells how quick the switch is.
        self.is_timed = False

    def abandon(self) -> None:
        """Stop waiting: the reply, when it comes, is dropped."""
        self.on_reply = None


class ReplyOrder:
    """The commands that a link has sent and that are not answered yet, oldest first."""

    def __init__(self, max_pending: int = DEFAULT_MAX_PENDING) -> None:
        self._max_pending = max_pending
        self._waiting: deque[Waiting] = deque()
        #: Replies that came after their wait had ended.
        self.late = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def oldest(self) -> Waiting | None:
        """The command that the next reply answers."""
        return self._waiting[0] if self._waiting else None

    def expect(self, command: Command, on_reply: OnReply | None, sent_at_s: float) -> Waiting:
        """Take the next place. Raises `Overloaded` when too many commands are unanswered."""
        if len(self._waiting) >= self._max_pending:
            raise Overloaded(f"{self._max_pending} commands are unanswered")
        waiting = Waiting(command, on_reply, sent_at_s)
        self._waiting.append(waiting)
        return waiting

    def answer(self, frame: Frame) -> None:
        """Hand a reply to the command whose turn it is.

        Raises `UnexpectedReply` when no command waits, or waits for another kind of reply.
        """
        if not self._waiting:
            raise UnexpectedReply(f"a {frame.content_type.decode('ascii', 'replace')} to nothing")
        waiting = self._waiting.popleft()
        is_api = frame.content_type == API_RESPONSE
        # `api` without the right to it is refused as if it were no API command.
        if is_api and waiting.command.reply is not _API:
            raise UnexpectedReply(f"an api/response to {waiting.command!r}")
        on_reply = waiting.on_reply
        if on_reply is None:
            self.late += 1
        elif is_api:
            on_reply(Reply(_text(frame.body), frame))
        else:
            on_reply(Reply(frame.header_text("Reply-Text"), frame))

    def fail_all(self, error: EslError) -> None:
        """No reply will come any more: tell all who wait."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if waiting.on_reply is not None:
                waiting.on_reply(error)
