"""Draw the console of a simulated morning: docs/images/console.svg, the picture of the README.

python -m docs.draw_console
"""

from __future__ import annotations

import asyncio
import html
import io
import re
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from acdengine.console.frame import Frame
from acdengine.console.screen import screen
from acdengine.console.view import Setting, View
from acdengine.engine import Engine
from acdengine.program.daemon.options import DEFAULT_CONFIG, DEFAULT_PROFILE, Options
from acdengine.program.daemon.simulation import simulation_of
from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.settings.compile import load_plan

ROOT: Final = Path(__file__).parents[1]
PICTURE: Final = ROOT / "docs" / "images" / "console.svg"
WIDTH: Final = 100
HEIGHT: Final = 30
#: Time of the simulated day: in the middle of the busiest hour, when the queues are long.
_AT_US: Final = (10 * 60 + 30) * 60_000_000
#: Fonts from elsewhere: a picture should not ask other machines for anything.
_REMOTE_FONT: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_PIECE: Final = re.compile(
    r'(<text [^>]*?)x="([\d.]+)"([^>]*?)textLength="([\d.]+)"([^>]*>)((?:&#160;)+)([^<]+)</text>'
)
_BLANK: Final = "&#160;"


async def frame_of_a_morning() -> Frame:
    """What the console shows after half an hour of traffic and more."""
    _, plan = load_plan([ROOT / DEFAULT_CONFIG])
    options = Options(from_midnight_us=_AT_US, profile=DEFAULT_PROFILE)
    simulation = simulation_of(options, plan)
    # The clock stands still, so the picture is the same each time but for the machine's own speed.
    runtime = Runtime(Engine(plan), ScaledClock(simulation.start_us, 1.0, lambda: 0))
    longest = LongestWaits(lambda: runtime.state)
    view = View(runtime, longest, Setting(simulation.title, simulation.east_us))
    runtime.add_sink(longest)
    runtime.add_sink(view)
    world = simulation.world(runtime)
    runtime.start()
    world.start()
    world.stop()
    return view.frame()


def svg_of(frame: Frame) -> str:
    """The frame as a terminal of 100 by 30 shows it."""
    console = Console(
        record=True, width=WIDTH, height=HEIGHT, file=io.StringIO(), color_system="truecolor"
    )
    console.print(screen(frame, WIDTH, HEIGHT))
    svg = console.export_svg(title="acdengine run", unique_id="console")
    svg = _REMOTE_FONT.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, Consolas")
    return _PIECE.sub(_without_blanks, svg)


def _without_blanks(piece: re.Match[str]) -> str:
    """Text that begins where its first letter is: some viewers drop the blanks before it."""
    begin, x, middle, length, end, blanks, text = piece.groups()
    number = len(blanks) // len(_BLANK)
    width = float(length) / (number + len(html.unescape(text)))
    return (
        f'{begin}x="{float(x) + number * width:.1f}"{middle}'
        f'textLength="{float(length) - number * width:.1f}"{end}{text}</text>'
    )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.write_text(svg_of(asyncio.run(frame_of_a_morning())), encoding="utf-8")
