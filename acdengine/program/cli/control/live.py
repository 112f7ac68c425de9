"""The live feed of a running daemon, line by line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

import aiohttp
import typer

from acdengine.program.cli.control.daemon import Daemon, NotReached, RefusedByDaemon


def follow(daemon: Daemon, wish: Mapping[str, Sequence[str]], count: int) -> None:
    """Print facts until so many have come (0: until Ctrl-C).

    Raises:
        NotReached: nothing answers, or it stopped.
        RefusedByDaemon: the token may not.
    """
    try:
        asyncio.run(_follow(daemon, wish, count))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _refused(daemon: Daemon, query: Mapping[str, str], status: int) -> NoReturn:
    """Say why: a refused handshake leaves no words, the answer to a plain request has them.

    Raises:
        RefusedByDaemon: always.
    """
    try:
        daemon.get("/v1/live", **query)
    except RefusedByDaemon as refusal:
        if refusal.status == status:
            raise
    raise RefusedByDaemon(status, {})


async def _follow(daemon: Daemon, wish: Mapping[str, Sequence[str]], count: int) -> None:
    query = {name: ",".join(names) for name, names in wish.items() if names}
    try:
        async with (
            aiohttp.ClientSession(headers=daemon.headers) as session,
            session.ws_connect(f"{daemon.url}/v1/live", params=query) as ws,
        ):
            left = count
            async for message in ws:
                told = json.loads(message.data)
                if told["type"] == "snapshot" and told["dropped"]:
                    typer.echo(f"{told['dropped']} facts came too fast and are left out", err=True)
                for fact in told["facts"] if told["type"] == "facts" else ():
                    typer.echo(json.dumps(fact))
                    left -= 1
                    if count and not left:
                        return
            raise NotReached(f"{daemon.url}: the daemon closed the connection ({ws.close_code})")
    except aiohttp.WSServerHandshakeError as error:
        _refused(daemon, query, error.status)
    except aiohttp.ClientError as error:
        raise NotReached(f"{daemon.url}: {error}") from error
