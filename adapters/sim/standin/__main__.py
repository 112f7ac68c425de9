"""`python -m adapters.sim.standin`: a stand-in for FreeSWITCH, with a scenario of calls."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from adapters.sim.standin.scenario import Playing, Script, ScriptError, read_script, settings_of
from adapters.sim.standin.stand_in import StandIn


async def play(script: Script, host: str, port: int, seconds: float) -> str:
    """Run the switch for so many seconds, 0: without end; returns a summary."""
    async with StandIn(settings_of(script, host, port)) as switch:
        print(f"event socket: {host}:{switch.port}", flush=True)
        playing = Playing(switch, script)
        playing.begin()
        await asyncio.sleep(seconds or float("inf"))
        return playing.report()


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; 0 after a clean end, 1 where it could not begin."""
    parser = argparse.ArgumentParser(prog="python -m adapters.sim.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8021, help="of the event socket; 0: any")
    parser.add_argument("--config", type=Path, help="a scenario of telephones and callers (YAML)")
    parser.add_argument("--seconds", type=float, default=0.0, help="end after so long")
    options = parser.parse_args(argv)
    try:
        script = read_script(options.config) if options.config else Script()
        print(asyncio.run(play(script, options.host, options.port, options.seconds)))
    except (ScriptError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # the usual end
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
