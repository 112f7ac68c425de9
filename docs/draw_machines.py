"""Draws the state diagrams of the documentation from the tables: `python -m docs.draw_machines`.

The tables are those of `acdengine.machines`, `routing.agent` and the FreeSWITCH adapter.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from acdengine.machines import (
    CALL_TABLE,
    CALLBACK_TABLE,
    CONSULT_TABLE,
    LINE_TABLE,
    OFFER_TABLE,
    PARTY_TABLE,
)
from adapters.freeswitch.legs.leg_states import (
    AHEAD_TABLE,
    LINE_STATE_TABLE,
    ORDER_TABLE,
    PROGRESS_TABLE,
)
from adapters.freeswitch.multiparty.leg_places import PLACE_TABLE
from docs.state_diagrams import Arrow, Diagram, draw, plain
from routing.agent import AGENT_TABLE

IMAGES: Final = Path(__file__).parent / "images"

DIAGRAMS: Final = (
    Diagram(
        name="call",
        table=plain(CALL_TABLE),
        first="arrived",
        dot=(-70, 0),
        places={
            "arrived": (0, 0), "flow": (0.85, 0), "waiting": (1.7, 0), "talking": (3.3, 0),
            "held": (4.6, 0), "message": (5.5, 0), "outside": (6.35, 0),
            "connecting": (2.5, 1.5), "ending": (4.6, 1.5), "ended": (5.925, 1.5),
        },
        frame=(-0.6, -0.95, 6.75, 0.55),
        title="from any of these",
        framed=("arrived", "flow", "waiting", "talking", "held", "message", "outside"),
        arrows={
            ("frame", "flow"): Arrow(gate=(0.85, -0.95)),
            ("frame", "waiting"): Arrow(gate=(1.7, -0.95)),
            ("frame", "message"): Arrow(gate=(5.5, -0.95)),
            ("frame", "outside"): Arrow(gate=(6.35, -0.95)),
            ("frame", "ending"): Arrow(gate=(4.6, 0.55)),
            ("frame", "ended"): Arrow(gate=(5.925, 0.55)),
            ("waiting", "connecting"): Arrow(bend=-16, label_at=0.6),
            ("connecting", "waiting"): Arrow(bend=-16, label_at=0.4),
            ("connecting", "talking"): Arrow(label_at=0.4),
            ("talking", "held"): Arrow(bend=16),
            ("held", "talking"): Arrow(bend=16),
            ("connecting", "ended"): Arrow(bend=-56),
        },
    ),
    Diagram(
        name="offer",
        table=plain(OFFER_TABLE),
        first="ringing",
        dot=(-70, 0),
        places={
            "ringing": (0, 0), "answered": (1.35, 0), "bridged": (2.7, 0),
            "clearing": (0.9, 1.5), "closed": (2.7, 1.5),
        },
        frame=(-0.6, -0.45, 3.15, 0.5),
        framed=("ringing", "answered", "bridged"),
        arrows={
            ("frame", "clearing"): Arrow(gate=(0.9, 0.5)),
            ("frame", "closed"): Arrow(gate=(2.7, 0.5)),
        },
    ),
    Diagram(
        name="agent",
        table=plain(AGENT_TABLE),
        first="logged_out",
        dot=(0, 52),
        places={
            "logged_out": (0, 1.3), "not_ready": (0, 0),
            "ready": (2.2, 0), "ringing": (3.6, 0), "talking": (5, 0), "wrap_up": (3.6, 1.3),
        },
        frame=(1.45, -1.05, 5.5, 2.05),
        title="at work",
        framed=("ready", "ringing", "talking", "wrap_up"),
        arrows={
            ("logged_out", "not_ready"): Arrow(bend=24, shift=(-10, 0)),
            ("not_ready", "logged_out"): Arrow(bend=24, shift=(10, 0)),
            ("not_ready", "ready"): Arrow(bend=24, label_at=0.36),
            ("frame", "not_ready"): Arrow(gate=(1.45, 0.32), shift=(0, 2)),
            ("frame", "logged_out"): Arrow(gate=(1.45, 1.3)),
            ("ready", "ringing"): Arrow(bend=14),
            ("ringing", "ready"): Arrow(bend=14),
            ("talking", "ready"): Arrow(bend=-70),
            ("ready", "wrap_up"): Arrow(bend=-16, label_at=0.55),
            ("wrap_up", "ready"): Arrow(bend=-16, label_at=0.4),
        },
    ),
    Diagram(
        name="line",
        table=plain(LINE_TABLE),
        first="dialling",
        dot=(-80, 0),
        places={
            "dialling": (0, 0), "up": (2.7, 0),
            "closing": (0, 1.4), "paused": (2.7, 1.4), "closed": (1.35, 2.5),
        },
        frame=(-0.6, -0.45, 3.3, 0.5),
        framed=("dialling", "up"),
        arrows={
            ("frame", "closing"): Arrow(gate=(0, 0.5)),
            ("frame", "paused"): Arrow(gate=(2.7, 0.5)),
            ("frame", "closed"): Arrow(gate=(1.35, 0.5)),
        },
    ),
    Diagram(
        name="callback",
        table=plain(CALLBACK_TABLE),
        first="paused",
        dot=(-90, 0),
        places={
            "waiting": (0, 0), "dialling": (1.7, 0), "paused": (0.85, 1.1),
            "reached": (3.5, 0), "given_up": (3.5, 1.1),
        },
        frame=(-0.6, -0.45, 2.3, 1.5),
        framed=("waiting", "dialling", "paused"),
        arrows={
            ("frame", "reached"): Arrow(gate=(2.3, 0.0)),
            ("frame", "given_up"): Arrow(gate=(2.3, 1.1)),
        },
    ),
    Diagram(
        name="consult",
        table=plain(CONSULT_TABLE),
        first="ringing",
        dot=(-70, 0),
        places={
            "ringing": (0, 0), "private": (1.5, 0), "aside": (3.0, 0), "joined": (2.25, 1.1),
            "over": (4.5, 0.55),
        },
        frame=(-0.6, -0.55, 3.6, 1.5),
        framed=("ringing", "private", "aside", "joined"),
        arrows={
            ("frame", "over"): Arrow(gate=(3.6, 0.55)),
            ("private", "aside"): Arrow(bend=16),
            ("aside", "private"): Arrow(bend=16),
        },
    ),
    Diagram(
        name="party",
        table=plain(PARTY_TABLE),
        first="ringing",
        dot=(-70, 0),
        places={
            "ringing": (0, 0), "answered": (1.5, 0), "clearing": (0.5, 1.5), "closed": (2.7, 1.5),
        },
        frame=(-0.6, -0.45, 2.1, 0.5),
        framed=("ringing", "answered"),
        arrows={
            ("frame", "clearing"): Arrow(gate=(0.5, 0.5)),
            ("frame", "closed"): Arrow(gate=(1.8, 0.5)),
        },
    ),
    # Of the FreeSWITCH adapter.
    Diagram(
        name="agent-leg-progress",
        table=plain(PROGRESS_TABLE),
        first="dialled",
        dot=(-70, 0),
        places={
            "dialled": (0, 0.5), "ringing": (1.4, 0), "answered": (1.4, 1), "ready": (2.8, 0.5),
        },
    ),
    Diagram(
        name="agent-leg-order",
        table=plain(ORDER_TABLE),
        first="ring",
        dot=(-70, 0),
        places={"ring": (0, 0), "bridge": (2, 0), "end": (1, 1.4)},
        frame=(-0.6, -0.5, 2.5, 0.55),
        framed=("ring", "bridge"),
        arrows={
            ("frame", "end"): Arrow(gate=(1, 0.55)),
            ("ring", "bridge"): Arrow(bend=22),
            ("bridge", "ring"): Arrow(bend=22),
        },
    ),
    Diagram(
        name="agent-leg-ahead",
        table=plain(AHEAD_TABLE),
        first="off",
        dot=(-70, 0),
        places={"off": (0, 0), "set": (2, 0), "in_doubt": (1, 1.3), "done": (3.4, 1.3)},
        arrows={
            ("off", "set"): Arrow(bend=18),
            ("set", "off"): Arrow(bend=18),
            ("set", "in_doubt"): Arrow(label_at=0.4),
            ("off", "done"): Arrow(bend=170, label_at=0.5),
        },
    ),
    Diagram(
        name="line-state",
        table=plain(LINE_STATE_TABLE),
        first="dialled",
        dot=(-70, 0),
        places={
            "dialled": (0, 0.5), "ringing": (1.4, 0), "answered": (1.4, 1.3), "idle": (2.8, 0.3),
            "bridged": (4.4, 1),
        },
        arrows={
            ("idle", "bridged"): Arrow(bend=18),
            ("bridged", "idle"): Arrow(bend=18),
        },
    ),
    Diagram(
        name="leg-place",
        table=plain(PLACE_TABLE),
        first="alone",
        dot=(-70, 0),
        places={"alone": (0, 0), "bridged": (2, 0), "eavesdropping": (1, 1.3)},
        arrows={
            ("alone", "bridged"): Arrow(bend=18),
            ("bridged", "alone"): Arrow(bend=18),
            ("alone", "eavesdropping"): Arrow(bend=-18),
            ("eavesdropping", "alone"): Arrow(bend=-18),
        },
    ),
)  # fmt: skip


def main() -> None:
    """Write all diagrams, or those that differ are named and nothing is written (``--check``)."""
    check = "--check" in sys.argv[1:]
    for diagram in DIAGRAMS:
        path = IMAGES / f"{diagram.name}.svg"
        svg = draw(diagram)
        if check and (not path.exists() or path.read_text() != svg):
            raise SystemExit(f"{path} is not what the table says: run python -m docs.draw_machines")
        if not check:
            path.write_text(svg)


if __name__ == "__main__":
    main()
