"""Commands whose end is awaited. Cancelling an await is safe: the pairing of replies stays right.

All take anything that can send: a `Link`, or a `Connection`, which sends over the link it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.command_lines import api as api_command
from adapters.freeswitch.protocol.errors import CommandRefused, EslError, ReplyTimeout
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.reply_matching import REFUSALS, OnReply, Reply, Waiting

F = TypeVar("F", bound=EventFields)
T = TypeVar("T")


class Sender(Protocol):
    """What commands can be sent through."""

    def send(self, command: Command, on_reply: OnReply | None = None) -> Waiting:
        """Send a command."""

    def start_job(
        self,
        name: str,
        argument: str,
        on_end: Callable[[str | EslError], None],
        limit_s: float,
    ) -> str:
        """Run an API command beside the link."""


class LegSender(Protocol[F]):
    """What applications can be started through."""

    def start_application(
        self,
        leg: str | None,
        application: str,
        argument: str,
        on_end: Callable[[Event[F] | EslError], None],
        limit_s: float,
    ) -> str:
        """Run an application on a leg."""


async def request(sender: Sender, command: Command, limit_s: float) -> Reply:
    """Send a command and await its reply, refusals included.

    Raises `ReplyTimeout`, `LinkDown`, `Overloaded`, or the `ProtocolError` that ended the link.
    """
    future: asyncio.Future[Reply | EslError] = asyncio.get_running_loop().create_future()
    waiting = sender.send(command, _into(future))
    try:
        async with asyncio.timeout(limit_s):
            outcome = await future
    except TimeoutError:
        raise ReplyTimeout(f"no reply to {command!r} within {limit_s:g} s") from None
    finally:
        waiting.abandon()
    return _outcome(outcome)


async def api(sender: Sender, name: str, argument: str, limit_s: float) -> str:
    """What an API command printed. It blocks the link: for what takes no time.

    Raises `CommandRefused` when it printed an error, and as `request` does.
    """
    return (await request(sender, api_command(name, argument), limit_s)).accepted().text


async def job(sender: Sender, name: str, argument: str, limit_s: float) -> str:
    """What an API command printed that ran beside the link.

    Raises `CommandRefused` when it printed an error, and as `request` does.
    """
    future: asyncio.Future[str | EslError] = asyncio.get_running_loop().create_future()
    sender.start_job(name, argument, _into(future), limit_s)
    printed = _outcome(await future)
    if printed.startswith(REFUSALS):
        raise CommandRefused(printed.strip())
    return printed


async def application(
    sender: LegSender[F], leg: str | None, name: str, argument: str, limit_s: float
) -> Event[F]:
    """Run an application on a leg and await its CHANNEL_EXECUTE_COMPLETE event.

    Raises `CommandRefused` when there is no such leg, and as `request` does.
    """
    future: asyncio.Future[Event[F] | EslError] = asyncio.get_running_loop().create_future()
    sender.start_application(leg, name, argument, _into(future), limit_s)
    return _outcome(await future)


def _into(future: asyncio.Future[T]) -> Callable[[T], None]:
    def arrived(outcome: T) -> None:
        if not future.done():  # no longer awaited
            future.set_result(outcome)

    return arrived


def _outcome(outcome: T | EslError) -> T:
    if isinstance(outcome, EslError):
        raise outcome
    return outcome
