"""A FastAGI server with aioagi-ik; prints its port, then what its calls gave."""

from __future__ import annotations

import asyncio
import logging

from aioagi.app import AGIApplication
from aioagi.runner import AGISite
from aiohttp.web_runner import AppRunner

logging.disable(logging.CRITICAL)


async def start(request) -> None:
    agi = request.agi
    results = []
    for call, arguments in [
        (agi.answer, ()),
        (agi.channel_status, ()),
        (agi.stream_file, ("hello",)),
        (agi.stream_file, ("nosuch",)),
        (agi.get_data, ("hello", 300, 4)),
        (agi.wait_for_digit, (200,)),
        (agi.say_digits, ("12",)),
        (agi.set_variable, ("a", "two words")),
        (agi.get_variable, ("a",)),
        (agi.get_variable, ("nothing",)),
        (agi.verbose, ("hello",)),
        (agi.noop, ()),
    ]:
        try:
            reply = await call(*arguments)
            results.append(f"{getattr(reply, 'code', '')} {getattr(reply, 'result', reply)}")
        except Exception as problem:  # noqa: BLE001
            results.append(type(problem).__name__)
    text = ";".join(results).replace('"', "'")
    await agi.database_put("peers", "aioagi", text)


async def serve() -> None:
    app = AGIApplication()
    app.router.add_route("*", "/calls/start", start)
    runner = AppRunner(app)
    await runner.setup()
    site = AGISite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())
