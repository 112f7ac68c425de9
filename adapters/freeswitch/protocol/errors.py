"""Exceptions of the event socket, all derived from `EslError`.

- `EslError`
    - `ProtocolError`: the peer sent what is not the event socket protocol; the link is dropped
        - `LimitExceeded`: more than this side is willing to hold
        - `MalformedHeader`, `IncompleteFrame`, `UnexpectedReply`
    - `MalformedEvent`: one event that cannot be read; the link goes on
    - `Unrepresentable`: a value that FreeSWITCH could not be given unchanged in that place
    - `CommandRefused`: FreeSWITCH answered with an error
    - `ReplyTimeout`: no answer within the time limit; whether it was carried out is unknown
    - `Overloaded`: too much is under way already; nothing was sent
    - `LinkDown`: there is no link, or it was lost before the answer came
        - `AuthRefused`, `RudeRejection`: the switch does not want us
        - `HalfOpen`: the socket looked open, but the switch did not answer
        - `SwitchClosed`: the switch closed the link

Messages never contain the values themselves: they may be callers' names or a password.
"""

from __future__ import annotations


class EslError(Exception):
    """The root of all errors of the event socket."""


class ProtocolError(EslError):
    """The peer sent what is not the event socket protocol. The stream cannot be read on."""


class LimitExceeded(ProtocolError):
    """The peer sent more than this side is willing to hold.

    `what` names the limit, `limit` and `seen` are in its unit (bytes, unless `what` says else);
    `seen` is the least that is known to have been announced or received.
    """

    def __init__(self, what: str, limit: int, seen: int) -> None:
        super().__init__(f"{what}: {seen} is over the limit of {limit}")
        self.what = what
        self.limit = limit
        self.seen = seen


class MalformedHeader(ProtocolError):
    """A frame's header block has no content type, or a content length that is no number."""


class IncompleteFrame(ProtocolError):
    """The stream ended inside a frame."""


class UnexpectedReply(ProtocolError):
    """A reply that no command waits for, or of the wrong kind: the pairing is lost."""


class MalformedEvent(EslError):
    """An event that cannot be read. Its frame was whole, so the stream goes on."""


class Unrepresentable(EslError, ValueError):
    """A value that FreeSWITCH could not be given unchanged in the place it was meant for."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class CommandRefused(EslError):
    """FreeSWITCH answered a command with an error; `answer` is its text."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class ReplyTimeout(EslError):
    """No answer came within the time limit. Whether the command was carried out is unknown."""


class Overloaded(EslError):
    """Too many commands, or too many unsent bytes, are under way. Nothing was sent."""


class LinkDown(EslError):
    """There is no link to the switch, or it was lost before the answer came."""


class AuthRefused(LinkDown):
    """The switch does not accept the password, or the user."""


class RudeRejection(LinkDown):
    """The switch's access list does not let this address in."""


class HalfOpen(LinkDown):
    """The socket looked open, but nothing came through it any more."""


class SwitchClosed(LinkDown):
    """The switch closed the link: it stops, reloads, or drops this client."""
