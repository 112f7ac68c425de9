"""A FastAGI server with panoramisk; prints its port, then what its calls gave."""

from __future__ import annotations

import asyncio
import json

from panoramisk import fast_agi


async def start(request: fast_agi.Request) -> None:
    commands = [
        "ANSWER",
        'STREAM FILE hello "12"',
        'STREAM FILE nosuch "12"',
        "GET DATA hello 300 4",
        'SET VARIABLE a "two words"',
        "GET VARIABLE a",
        "GET VARIABLE nothing",
        "DATABASE GET peer nothing",
        "EXEC StartMusicOnHold",
        "EXEC Wait 0.1",
        "CHANNEL STATUS",
    ]
    results = [await request.send_command(command) for command in commands]
    kept = [{key: one[key] for key in ("status_code", "result") if key in one} for one in results]
    kept.append(dict(sorted(request.headers.items()))["agi_network_script"])
    text = json.dumps(kept).replace('"', "'")
    await request.send_command(f'DATABASE PUT peers panoramisk "{text}"')


async def serve() -> None:
    app = fast_agi.Application(loop=asyncio.get_running_loop())
    app.add_route("calls/start", start)
    server = await asyncio.start_server(app.handler, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
