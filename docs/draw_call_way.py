"""Draws the way of one call between caller, FreeSWITCH, acdengine and agent, from the table below:
`python -m docs.draw_call_way`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import escape

IMAGE: Final = Path(__file__).parent / "images" / "call-way.svg"

Lane = Literal["caller", "FreeSWITCH", "acdengine", "agent"]
Kind = Literal["sip", "event", "command", "media", "inside"]


class Step(NamedTuple):
    """One message, or something that one party does by itself."""

    source: Lane
    target: Lane
    kind: Kind
    label: str
    #: Printed small below: why, or what of it matters.
    note: str = ""


class Phase(NamedTuple):
    """Steps that belong together."""

    title: str
    steps: tuple[Step, ...]


PHASES: Final = (
    Phase("Arrival", (
        Step("caller", "FreeSWITCH", "sip", "INVITE +4930555100"),
        Step("FreeSWITCH", "FreeSWITCH", "inside", "sched_transfer +10 overflow · park",
             "if acdengine does not take the call, acd_overflow does"),
        Step("FreeSWITCH", "acdengine", "event", "CHANNEL_PARK", "number dialled, caller, trunk"),
        Step("acdengine", "acdengine", "inside", "number → tenant → queue",
             "journal first, then commands"),
        Step("acdengine", "FreeSWITCH", "command", "sched_del", "taken: no overflow"),
    )),
    Phase("Waiting", (
        Step("acdengine", "FreeSWITCH", "command", "uuid_answer"),
        Step("FreeSWITCH", "caller", "sip", "200 OK"),
        Step("acdengine", "FreeSWITCH", "command", "sendmsg playback local_stream://moh",
             "music, greeting, announcements"),
        Step("acdengine", "FreeSWITCH", "command", "uuid_setvar acd_place",
             "so that a restart finds the place in line"),
    )),
    Phase("An agent", (
        Step("acdengine", "FreeSWITCH", "command", "bgapi originate user/alice@acme.example",
             "with a uuid that acdengine chose"),
        Step("FreeSWITCH", "agent", "sip", "INVITE, 180 Ringing"),
        Step("FreeSWITCH", "acdengine", "event", "CHANNEL_PARK (ringing)"),
        Step("agent", "FreeSWITCH", "sip", "200 OK"),
        Step("FreeSWITCH", "FreeSWITCH", "inside", "uuid_bridge",
             "the moment it is answered"),
        Step("FreeSWITCH", "acdengine", "event", "CHANNEL_ANSWER, CHANNEL_BRIDGE"),
        Step("caller", "agent", "media", "conversation",
             "through FreeSWITCH; acdengine may restart meanwhile"),
    )),
    Phase("The end", (
        Step("caller", "FreeSWITCH", "sip", "BYE"),
        Step("FreeSWITCH", "agent", "sip", "BYE"),
        Step("FreeSWITCH", "acdengine", "event", "CHANNEL_HANGUP_COMPLETE",
             "of both legs, with the causes"),
        Step("acdengine", "acdengine", "inside", "wrap-up, then ready",
             "facts, metrics, the next call"),
    )),
)  # fmt: skip

LANES: Final[dict[Lane, float]] = {
    "caller": 80, "FreeSWITCH": 300, "acdengine": 590, "agent": 830,
}  # fmt: skip
COLOURS: Final[dict[Kind, str]] = {
    "sip": "#3b6aa8", "event": "#2f8f4e", "command": "#b3541e", "media": "#7a4fa3",
    "inside": "#47566a",
}  # fmt: skip
LEGEND: Final[dict[Kind, str]] = {
    "sip": "SIP", "event": "event over the event socket",
    "command": "command over the event socket", "media": "speech", "inside": "by itself",
}  # fmt: skip
WIDTH: Final = 920
TOP, STEP, NOTE, GAP = 86, 34, 15, 40

STYLE: Final = """\
text { font-family: Helvetica, Arial, sans-serif; font-size: 13px; fill: #1f2a37 }
.lane { font-weight: bold; text-anchor: middle }
.box { fill: #e8f0fb; stroke: #3b6aa8; stroke-width: 1.5 }
.life { stroke: #c3ccd8; stroke-width: 1.5; stroke-dasharray: 4 4 }
.phase { fill: #f7f9fc; stroke: #dde4ee }
.title { font-size: 12px; font-weight: bold; fill: #5b6b7d }
.label { text-anchor: middle }
.note { font-size: 11px; fill: #5b6b7d; text-anchor: middle }
.line { fill: none; stroke-width: 1.6 }"""


def height_of(step: Step) -> int:
    """Of one step on the page."""
    return STEP + (NOTE if step.note else 0)


def draw() -> str:
    """The picture as SVG."""
    body = [*_phases()]
    total = TOP + sum(GAP + sum(map(height_of, phase.steps)) for phase in PHASES) + 46
    size = f'width="{WIDTH}" height="{total}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {total}" role="img">',
        "<title>The way of one call between caller, FreeSWITCH, acdengine and agent</title>",
        f"<style>{STYLE}</style>",
        "<defs>",
        *(_tip(kind, colour) for kind, colour in COLOURS.items()),
        "</defs>",
        f'<rect {size} fill="#ffffff"/>',
        *_lanes(total),
        *body,
        *_legend(total),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _tip(kind: Kind, colour: str) -> str:
    return (
        f'<marker id="tip-{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
        f'markerHeight="8" orient="auto-start-reverse"><path d="M0 1 L10 5 L0 9 z" '
        f'fill="{colour}"/></marker>'
    )


def _lanes(total: int) -> Iterator[str]:
    for name, x in LANES.items():
        yield f'<line class="life" x1="{x}" y1="54" x2="{x}" y2="{total - 40}"/>'
        yield f'<rect class="box" x="{x - 62}" y="18" width="124" height="36" rx="9"/>'
        yield f'<text class="lane" x="{x}" y="41">{name}</text>'


def _phases() -> Iterator[str]:
    y = TOP
    for phase in PHASES:
        tall = sum(map(height_of, phase.steps)) + 26
        yield (
            f'<rect class="phase" x="8" y="{y - 14}" width="{WIDTH - 16}" height="{tall}" '
            'rx="10" fill-opacity="0.6"/>'
        )
        yield f'<text class="title" x="18" y="{y + 3}">{phase.title}</text>'
        at = y + 26
        for step in phase.steps:
            yield from _step(step, at)
            at += height_of(step)
        y += GAP + sum(map(height_of, phase.steps))


def _step(step: Step, y: int) -> Iterator[str]:
    start, end = LANES[step.source], LANES[step.target]
    colour = COLOURS[step.kind]
    middle = (start + end) / 2
    if step.source == step.target:
        yield (
            f'<rect x="{start - 5}" y="{y - 11}" width="10" height="16" fill="{colour}" rx="3"/>'
        )
        middle = start + 12
        anchor = ' style="text-anchor: start"'
        yield f'<text class="label"{anchor} x="{middle}" y="{y + 1}">{escape(step.label)}</text>'
        if step.note:
            yield f'<text class="note"{anchor} x="{middle}" y="{y + 16}">{escape(step.note)}</text>'
        return
    both = f' marker-start="url(#tip-{step.kind})"' if step.kind == "media" else ""
    yield (
        f'<path class="line" stroke="{colour}" d="M{start} {y} L{end} {y}" '
        f'marker-end="url(#tip-{step.kind})"{both}/>'
    )
    yield f'<text class="label" x="{middle}" y="{y - 6}">{escape(step.label)}</text>'
    if step.note:
        yield f'<text class="note" x="{middle}" y="{y + 14}">{escape(step.note)}</text>'


def _legend(total: int) -> Iterator[str]:
    x = 24
    for kind, words in LEGEND.items():
        colour = COLOURS[kind]
        yield f'<rect x="{x}" y="{total - 26}" width="14" height="10" fill="{colour}" rx="2"/>'
        yield f'<text x="{x + 20}" y="{total - 17}" style="font-size: 12px">{words}</text>'
        x += 46 + round(len(words) * 6.2)


def main() -> None:
    """Write the picture, or say that it differs and write nothing (``--check``)."""
    svg = draw()
    if "--check" in sys.argv[1:]:
        if not IMAGE.exists() or IMAGE.read_text() != svg:
            raise SystemExit(f"{IMAGE} is not what the table says")
        return
    IMAGE.write_text(svg)


if __name__ == "__main__":
    main()
