"""A frame drawn for a terminal: fits 80 by 24, and larger terminals show more."""

from __future__ import annotations

from typing import Final, get_args

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from acdengine.console import wording
from acdengine.console.choice import KEYS, Choice
from acdengine.console.columns import GAP, QUIET, fitting, level_style, wait_style
from acdengine.console.frame import Decision, Frame, QueueDetail, QueueRow, StepRow
from routing.agent import AgentState

_COLOURS: Final[dict[str, str]] = {
    "talking": "green",
    "ringing": "cyan",
    "ready": "bright_blue",
    "wrap_up": "yellow",
    "not_ready": "magenta",
    "logged_out": "bright_black",
}
#: States in the order of an agent's day, each with its colour; states without one come last.
STATES: Final = {**_COLOURS, **dict.fromkeys(get_args(AgentState), "white"), **_COLOURS}
_BAR: Final = 16
_BORDER: Final = "grey37"
#: Lines and columns of a panel that are its border and the blanks inside.
_BORDER_LINES: Final = 2
_BORDER_COLUMNS: Final = 4
#: Lines that are not rows of queues or decisions: the header, the keys, borders and headings.
_OUTER_LINES: Final = 2
_QUEUES_FRAME: Final = 3
_AGENTS_LINES: Final = 8
#: Decisions yield to queues down to so many lines, border included.
_LEAST_DECISIONS: Final = 4
_LEAST_QUEUES: Final = 3
#: Width of the panel of flows, and from which width of the screen on there is one.
_STEPS_COLUMNS: Final = 34
_WIDE: Final = 130


def screen(frame: Frame, width: int, height: int, choice: Choice = Choice()) -> Layout:  # noqa: B008 - immutable
    """The whole screen.

    Args:
        frame: what to show.
        width: columns there are.
        height: lines there are.
        choice: what the viewer has chosen.
    """
    flows = _flows(frame, width)
    room = height - _OUTER_LINES - _AGENTS_LINES - _LEAST_DECISIONS - _QUEUES_FRAME - len(flows)
    rows = max(_LEAST_QUEUES, min(len(frame.queues), room))
    layout = Layout()
    header = Layout(_header(frame), name="header", size=1)
    footer = Layout(_footer(choice), name="footer", size=1)
    if choice.help:
        layout.split_column(header, Layout(_help(), name="help"), footer)
    elif choice.opened and frame.detail is not None:
        layout.split_column(header, Layout(_detail(frame.detail, height), name="queue"), footer)
    else:
        layout.split_column(
            header,
            Layout(_queues(frame, width, rows, choice), name="queues", size=rows + _QUEUES_FRAME),
            *flows,
            Layout(name="middle", size=_AGENTS_LINES),
            _last(frame, width),
            footer,
        )
        layout["middle"].split_row(
            Layout(_agents(frame), name="agents", ratio=5),
            Layout(_centre(frame), name="centre", ratio=4),
        )
    return layout


def _footer(choice: Choice) -> Text:
    if choice.asks_to_stop:
        return Text(" Stop the engine? y stops it, any other key goes on.", style="bold red")
    if choice.help:
        return Text(" any key goes back, q stops", style=QUIET)
    keys = Text(no_wrap=True, overflow="ellipsis")
    for key, does in (
        ("q", "stop"), ("?", "keys"), ("s", f"sort: {choice.order}"), ("↑↓", "select"),
        ("enter", "back" if choice.opened else "one queue"),
    ):  # fmt: skip
        keys.append(f" {key} ", "bold")
        keys.append(f"{does}  ", QUIET)
    return keys


def _help() -> Panel:
    table = Table.grid(padding=(0, 2))
    for key, does in KEYS:
        table.add_row(Text(key, style="bold"), does)
    colours = (
        ("longest", "green within the target time, yellow above it, red from three times that"),
        ("in time", "green at the target or above, yellow up to 20 points below, red below that"),
    )  # fmt: skip
    table.add_row("", "")
    for column, means in colours:
        table.add_row(Text(column, style="bold"), means)
    return _panel(table, "keys and colours")


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


def _queues(frame: Frame, width: int, rows: int, choice: Choice) -> Panel:
    shown = choice.sorted(frame.queues)
    if len(shown) > rows:
        shown = _with_selected(shown, rows - 1, choice)
    columns, name_width = fitting(shown, width - _BORDER_COLUMNS)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style=QUIET)
    table.add_column("queue", no_wrap=True, width=name_width)
    for column in columns:
        table.add_column(column.heading, justify="right", no_wrap=True)
    for row in shown:
        table.add_row(
            _queue_name(row), *(column.cell(row) for column in columns),
            style="reverse" if row.queue_id == choice.queue_id else "",
        )  # fmt: skip
    if len(shown) < len(frame.queues):
        others = len(frame.queues) - len(shown)
        waiting = sum(row.waiting for row in frame.queues) - sum(row.waiting for row in shown)
        table.add_row(Text(f"{others} more", style=QUIET), Text(str(waiting), style=QUIET))
    return _panel(table, "queues")


def _with_selected(rows: tuple[QueueRow, ...], room: int, choice: Choice) -> tuple[QueueRow, ...]:
    """The rows that are shown of too many: the selected one is always among them. In the order of
    the settings the ones in trouble are preferred."""
    if choice.order == "settings":
        first = set(Choice("trouble").sorted(rows)[:room])
        if not choice.queue_id:
            return tuple(row for row in rows if row in first)
    names = [row.queue_id for row in rows]
    at = names.index(choice.queue_id) if choice.queue_id in names else 0
    begin = min(max(0, at - room + 1), len(rows) - room)
    return rows[begin : begin + room]


def _queue_name(row: QueueRow) -> Text:
    tenant, _, name = row.queue_id.rpartition("/")
    return Text.assemble((f"{tenant}/", QUIET), name, no_wrap=True, overflow="ellipsis")


def _detail(detail: QueueDetail, height: int) -> Panel:
    """One queue: its figures, its agents by state, the calls in line."""
    row = detail.row
    figures = Text.assemble(
        (f"{row.waiting}", "bold"), " waiting, longest ",
        (wording.duration(row.longest_us), wait_style(row)),
        f", estimate {wording.duration(row.estimate_us)}   in time ",
        (wording.share(row.service_level), level_style(row)),
        f" of {wording.share(row.target)} in {wording.duration(row.threshold_us)}   "
        f"answered {row.answered}  abandoned {row.abandoned}",
    )  # fmt: skip
    agents = Text()
    for state, colour in STATES.items():
        names = [wording.name_of(name) for other, name in detail.agents if other == state]
        if names:
            agents.append(f"{state.replace('_', ' ')} {len(names)}: ", colour)
            agents.append(f"{', '.join(names)}\n", QUIET)
    if not detail.agents:
        agents.append("no agent is signed in\n", "red")
    # The agents' names may take several lines; what is left is for the calls.
    calls = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style=QUIET)
    for heading in ("place", "waited", "priority"):
        calls.add_column(heading, justify="right", no_wrap=True)
    calls.add_column("call", no_wrap=True)
    calls.add_column("ringing", no_wrap=True)
    for call in detail.calls[: max(1, height - _AGENTS_LINES - _OUTER_LINES)]:
        calls.add_row(
            str(call.place), wording.duration(call.waited_us), str(call.priority),
            wording.short_id(call.call_id), ", ".join(map(wording.name_of, call.ringing)),
        )  # fmt: skip
    return _panel(Group(figures, agents, calls), row.queue_id)


# -- agents, trunks, the daemon -------------------------------------------------------------------


def _agents(frame: Frame) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style=QUIET)
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
            Text(str(number), style="bold" if number else QUIET),
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
                ("▯" * (10 - filled), QUIET),
                f" {trunk.used}/{trunk.channels}",
            )
        )
    totals = frame.totals
    told = (
        ("offered", totals.offered), ("answered", totals.answered),
        ("abandoned", totals.abandoned), ("refused", totals.refused), ("busy", totals.busy),
    )  # fmt: skip
    lines.append(Text("  ".join(f"{what} {n}" for what, n in told[:2])))
    lines.append(Text("  ".join(f"{what} {n}" for what, n in told[2:]), style=QUIET))
    lines.append(
        Text(
            f"{frame.events} events, 99 % within {wording.micros(frame.decision_p99_us)}",
            style=QUIET,
        )
    )
    if frame.trouble:
        lines.append(Text(frame.trouble, style="red"))
    if frame.inbox or frame.behind_us > frame.speed * 1_000_000:
        lines.append(
            Text(
                f"{frame.inbox} events waiting, {wording.duration(frame.behind_us)} behind",
                style="red",
            )
        )
    elif frame.title:
        lines.append(Text(frame.title, style=QUIET))
    for line in lines:
        if isinstance(line, Text):
            line.no_wrap = True
    return _panel(Group(*lines), "the centre since the start")


# -- decisions, and where callers are in flows ----------------------------------------------------


def _flows(frame: Frame, width: int) -> list[Layout]:
    """Where callers are in flows, in one line, where there is no room for a panel."""
    if frame.steps is None or width >= _WIDE:
        return []
    of_flow = {row.flow_id: 0 for row in frame.steps}
    for row in frame.steps:
        of_flow[row.flow_id] += row.callers
    told = ", ".join(
        f"{wording.name_of(flow_id)} {callers} ("
        + ", ".join(f"{row.step} {row.callers}" for row in frame.steps if row.flow_id == flow_id)
        + ")"
        for flow_id, callers in of_flow.items()
    )
    line = Text.assemble(
        ("  callers in flows, ", QUIET), f"{sum(row.callers for row in frame.steps)}",
        (f": {told}" if told else "", QUIET), no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    return [Layout(line, name="flows", size=1)]


def _last(frame: Frame, width: int) -> Layout:
    """The decisions, beside them the flows of a centre that has some, where there is room."""
    decisions = Layout(_decisions(frame), name="decisions")
    if frame.steps is None or width < _WIDE:
        return decisions
    last = Layout(name="last")
    last.split_row(decisions, Layout(_steps(frame.steps), name="steps", size=_STEPS_COLUMNS))
    return last


def _steps(rows: tuple[StepRow, ...]) -> Panel:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    of_flow: dict[str, list[StepRow]] = {}
    for row in rows:
        of_flow.setdefault(row.flow_id, []).append(row)
    for flow_id, steps in of_flow.items():
        total = Text(str(sum(row.callers for row in steps)), style="bold")
        table.add_row(Text(wording.name_of(flow_id), style="bold"), total)
        for row in steps:
            table.add_row(Text(f"  {row.step}"), Text(str(row.callers), style=QUIET))
    return _panel(table, f"callers in flows, {sum(row.callers for row in rows)}")


def _decisions(frame: Frame) -> Panel:
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in range(4):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    for decision in frame.decisions:
        local_us = decision.at_us + frame.local_us - frame.now_us
        table.add_row(
            Text(wording.time_of_day(local_us), style=QUIET),
            Text.assemble(
                wording.short_id(decision.call_id), (" → ", QUIET),
                (wording.name_of(decision.agent_id), "bold"),
            ),
            Text(wording.name_of(decision.queue_id), style="cyan"),
            Text(decision.rule.replace("_", " ")),
            Text(why(decision), style=QUIET),
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
