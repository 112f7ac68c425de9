"""A frame drawn for a terminal: calm, fits 100 by 30, and larger terminals show more."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from acdengine.console import wording
from acdengine.console.frame import Decision, Frame, QueueRow

#: States in the order of an agent's day, each with its colour.
STATES: Final = {
    "talking": "green",
    "ringing": "cyan",
    "ready": "bright_blue",
    "wrap_up": "yellow",
    "not_ready": "magenta",
    "logged_out": "bright_black",
}
_BAR: Final = 16
_QUIET: Final = "bright_black"
_BORDER: Final = "grey37"
#: Lines of the screen that are not rows of queues or decisions: the header, borders and headings.
_QUEUES_FRAME: Final = 3
_AGENTS_LINES: Final = 8
_LEAST_DECISIONS: Final = 7


def screen(frame: Frame, height: int) -> Layout:
    """The whole screen.

    Args:
        frame: what to show.
        height: lines there are.
    """
    room = height - 1 - _AGENTS_LINES - _LEAST_DECISIONS - _QUEUES_FRAME
    rows = max(3, min(len(frame.queues), room))
    layout = Layout()
    layout.split_column(
        Layout(_header(frame), name="header", size=1),
        Layout(_queues(frame, rows), name="queues", size=rows + _QUEUES_FRAME),
        Layout(name="middle", size=_AGENTS_LINES),
        Layout(_decisions(frame), name="decisions"),
    )
    layout["middle"].split_row(
        Layout(_agents(frame), name="agents", ratio=5),
        Layout(_centre(frame), name="centre", ratio=4),
    )
    return layout


def _panel(content: RenderableType, title: str) -> Panel:
    return Panel(content, title=title, title_align="left", border_style=_BORDER, padding=(0, 1))


def _header(frame: Frame) -> Table:
    header = Table.grid(expand=True)
    header.add_column(no_wrap=True)
    header.add_column(justify="right", no_wrap=True)
    left = Text.assemble(
        (" acdengine ", "bold reverse"),
        f"  {wording.clock(frame.local_us)} ",
        (wording.speed(frame.speed), "bold yellow"),
    )
    right = Text.assemble(
        (f"{frame.calls}", "bold"), " calls live   ",
        (f"{frame.calls_per_s:.2f}", "bold"), " calls/s ",
    )  # fmt: skip
    header.add_row(left, right)
    return header


# -- queues ---------------------------------------------------------------------------------------


def _queues(frame: Frame, rows: int) -> Panel:
    table = Table(box=None, expand=True, padding=(0, 1), header_style=_QUIET)
    table.add_column("queue", no_wrap=True, ratio=1)
    for heading in ("waiting", "longest", "estimate", "in time", "answered", "abandoned"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("talking", justify="right", no_wrap=True)
    table.add_column("staff", justify="right", no_wrap=True)
    shown = frame.queues
    if len(shown) > rows:
        shown = tuple(sorted(shown, key=_trouble)[: rows - 1])
    for row in shown:
        table.add_row(*_queue_cells(row))
    if len(shown) < len(frame.queues):
        others = len(frame.queues) - len(shown)
        waiting = sum(row.waiting for row in frame.queues) - sum(row.waiting for row in shown)
        table.add_row(Text(f"… {others} more", style=_QUIET), Text(str(waiting), style=_QUIET))
    return _panel(table, "queues")


def _trouble(row: QueueRow) -> tuple[int, int, str]:
    return (-row.longest_us, -row.waiting, row.queue_id)


def _queue_cells(row: QueueRow) -> list[Text]:
    tenant, _, name = row.queue_id.rpartition("/")
    estimate = wording.duration(row.estimate_us) if row.working else "no staff"
    return [
        Text.assemble((f"{tenant}/", _QUIET), name),
        Text(str(row.waiting), style="bold" if row.waiting else _QUIET),
        Text(wording.duration(row.longest_us) if row.waiting else "–"),
        Text(estimate, style="" if row.working else "red"),
        Text(wording.share(row.service_level), style=_level_style(row)),
        Text(str(row.answered)),
        Text(str(row.abandoned), style="" if row.abandoned else _QUIET),
        Text(str(row.talking)),
        Text(str(row.working)),
    ]


def _level_style(row: QueueRow) -> str:
    if row.service_level is None:
        return _QUIET
    if row.service_level >= row.target:
        return "green"
    return "yellow" if row.service_level >= row.target - 0.2 else "red"


# -- agents, trunks, the daemon -------------------------------------------------------------------


def _agents(frame: Frame) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style=_QUIET)
    most = max(1, sum(frame.agents.values()))
    for state, colour in STATES.items():
        reasons = {reason: n for (other, reason), n in frame.agents.items() if other == state}
        number = sum(reasons.values())
        width = -(-number * _BAR // most) if number else 0
        told = ", ".join(
            f"{reason} {n}" for reason, n in sorted(reasons.items(), key=_often) if reason
        )
        table.add_row(
            Text(state.replace("_", " "), style=colour),
            Text(str(number), style="bold" if number else _QUIET),
            Text("█" * width, style=colour),
            told,
        )
    at_work = sum(n for (state, _), n in frame.agents.items() if state != "logged_out")
    return _panel(table, f"agents, {at_work} signed in")


def _often(item: tuple[str, int]) -> tuple[int, str]:
    return (-item[1], item[0])


def _centre(frame: Frame) -> Panel:
    lines: list[RenderableType] = []
    for trunk in frame.trunks[:3]:
        filled = -(-trunk.used * 10 // trunk.channels) if trunk.channels else 0
        lines.append(
            Text.assemble(
                f"{trunk.trunk_id[:12]:12} ",
                ("▮" * filled, "green" if trunk.used < trunk.channels else "red"),
                ("▯" * (10 - filled), _QUIET),
                f" {trunk.used}/{trunk.channels}",
            )
        )
    totals = frame.totals
    told = (
        ("offered", totals.offered), ("answered", totals.answered),
        ("abandoned", totals.abandoned), ("refused", totals.refused), ("busy", totals.busy),
    )  # fmt: skip
    lines.append(Text("  ".join(f"{what} {n}" for what, n in told[:3])))
    lines.append(Text("  ".join(f"{what} {n}" for what, n in told[3:]), style=_QUIET))
    lines.append(
        Text(
            f"{frame.events} events, 99 % decided within {wording.micros(frame.decision_p99_us)}",
            style=_QUIET,
        )
    )
    if frame.inbox or frame.behind_us > frame.speed * 1_000_000:
        lines.append(
            Text(
                f"{frame.inbox} events waiting, {wording.duration(frame.behind_us)} behind",
                style="red",
            )
        )
    elif frame.title:
        lines.append(Text(frame.title, style=_QUIET))
    for line in lines:
        if isinstance(line, Text):
            line.no_wrap = True
    return _panel(Group(*lines), "the centre since the start")


# -- decisions ------------------------------------------------------------------------------------


def _decisions(frame: Frame) -> Panel:
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in range(4):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    for decision in frame.decisions:
        local_us = decision.at_us + frame.local_us - frame.now_us
        table.add_row(
            Text(wording.time_of_day(local_us), style=_QUIET),
            Text.assemble(
                wording.short_id(decision.call_id), (" → ", _QUIET),
                (wording.name_of(decision.agent_id), "bold"),
            ),
            Text(wording.name_of(decision.queue_id), style="cyan"),
            Text(decision.rule.replace("_", " ")),
            Text(why(decision), style=_QUIET),
        )  # fmt: skip
    return _panel(table, "last decisions")


def why(decision: Decision) -> str:
    """What told the one taken from the next, and how many were compared."""
    one = "call" if decision.surplus == "agent" else "agent"
    if not decision.runner_up:
        return f"the only {one}" if decision.candidates <= 1 else decision.reason
    behind = decision.runner_up
    behind = wording.short_id(behind) if one == "call" else wording.name_of(behind)
    of = f" of {decision.candidates} {one}s" if decision.candidates > 1 else ""
    return f"{decision.reason}, next {behind}{of}"
