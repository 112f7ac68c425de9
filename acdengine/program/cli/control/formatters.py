"""Answers of the daemon as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from acdengine.program.cli.control.daemon import Answer
from acdengine.wording import counted

#: Changes of a flow's versions that are shown, the latest.
_CHANGES_SHOWN: Final = 10
_STATE_COLOURS: Final = {
    "ready": "green", "ringing": "yellow", "talking": "cyan", "held": "cyan",
    "wrap_up": "magenta", "not_ready": "red", "waiting": "yellow", "ended": "dim",
    "logged_out": "dim", "up": "green", "down": "red", "reading": "yellow", "connecting": "yellow",
}  # fmt: skip


def plain(text: str) -> str:
    """Text from outside: no markup, and nothing that a terminal would obey."""
    return escape(
        "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    )


def length(us: int | float | None) -> str:
    """``1:05`` or ``2:03:00``; nothing where it cannot be said."""
    if us is None:
        return "-"
    minutes, seconds = divmod(int(us) // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def share(value: float | None) -> str:
    """``83 %``."""
    return "-" if value is None else f"{100 * value:.0f} %"


def moment(at_us: int) -> str:
    """``2026-01-05 09:00:00.000`` of UTC; nothing for never."""
    if not at_us:
        return ""
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at_us // 1000 % 1000:03}"


def state(name: str, reason: str = "") -> str:
    """A state in its colour, with its reason."""
    colour = _STATE_COLOURS.get(name, "")
    text = plain(f"{name} ({reason})" if reason else name)
    return f"[{colour}]{text}[/]" if colour else text


def _table(*columns: str, right: Iterable[str] = ()) -> Table:
    numbers = set(right)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    return table


def _add(table: Table, *cells: object) -> None:
    table.add_row(*(cell if isinstance(cell, str) else str(cell) for cell in cells))


def _with_more(table: Table, answer: Answer) -> RenderableType:
    return Group(table, "... and more: --limit 0 shows all") if answer["next"] else table


def format_state(answer: Answer) -> RenderableType:
    """`acdengine status`."""
    agents = answer["agents"]
    table = Table.grid(padding=(0, 2))
    lines = {
        "time": f"{moment(answer['at_us'])} UTC",
        "version": answer["version"],
        "tenants": ", ".join(answer["tenants"]),
        "calls": f"{answer['calls']}: {answer['waiting']} waiting"
        f" ({answer['callbacks']} callbacks), {answer['conversations']} in conversation",
        "longest wait": length(answer["longest_wait_us"]),
        "agents": ", ".join(f"{count} {name}" for name, count in agents.items() if count) or "none",
        "queues": str(answer["queues"]),
    }
    if answer["switches"]:
        told = (f"{name} {how}" for name, how in answer["switches"].items())
        lines["switches"] = ", ".join(told)
    if answer["draining"]:
        lines["draining"] = "[red]new calls are refused[/]"
    for name, text in lines.items():
        table.add_row(f"[bold]{name}[/]", text if name == "draining" else plain(text))
    return table


def _drained(switch: Answer) -> str:
    if switch["empty"]:
        return "drained, empty"
    return "draining" if switch["draining"] else ""


def format_switches(answer: Answer) -> RenderableType:
    """`acdengine switches`."""
    numbers = ("for", "calls", "agents", "legs", "lag", "gaps")
    table = _table("switch", "address", "state", *numbers, "version", "last error", right=numbers)
    for switch in answer["items"]:
        _add(
            table, plain(switch["name"]), plain(switch["address"]),
            state(switch["state"], _drained(switch)),
            length(switch["at_us"] - switch["since_us"]), switch["calls"], switch["agents"],
            switch["sessions"], f"{switch['lag_us'] / 1000:.0f} ms", switch["gaps"],
            plain(switch["version"]), plain(switch["last_error"]),
        )  # fmt: skip
    return table


def format_queues(answer: Answer) -> RenderableType:
    """`acdengine queues`."""
    numbers = (
        "waiting", "longest", "estimate", "in time", "answered", "abandoned", "talking",
        "staff", "not ready",
    )  # fmt: skip
    table = _table("queue", *numbers, "", right=numbers)
    for queue in answer["items"]:
        _add(
            table, plain(queue["queue_id"]), queue["waiting"], length(queue["longest_wait_us"]),
            length(queue["estimate_us"]), share(queue["service_level"]), queue["answered"],
            queue["abandoned"], queue["conversations"], queue["agents_working"],
            queue["agents_resting"], "[red]draining[/]" if queue["draining"] else "",
        )  # fmt: skip
    return _with_more(table, answer)


def format_hours(answer: Answer) -> RenderableType:
    """`acdengine hours`."""
    table = _table("opening hours", "now", "by hand", "until", "by", "opens next")
    for hours in answer["items"]:
        held = hours["held"]
        until = moment(hours["until_us"])[:16] if hours["until_us"] else "taken back"
        _add(
            table, plain(hours["hours_id"]), "open" if hours["open"] else "closed",
            f"since {moment(hours['since_us'])[:16]}" if held else "", until if held else "",
            plain(hours["by"]), moment(hours["next_open_us"])[:16] if hours["next_open_us"] else "",
        )  # fmt: skip
    return _with_more(table, answer)


def format_flows(answer: Answer) -> RenderableType:
    """`acdengine versions`."""
    table = _table("flow", "live", "since", "by", "tried", "callers", right=("callers",))
    for flow in answer["items"]:
        last = next((change for change in flow["changes"] if change["what"] != "trial_ended"), None)
        tried = f"{flow['trial']} ({flow['percent']} %)" if flow["trial"] else ""
        _add(
            table, plain(flow["flow_id"]), flow["live"],
            _brought_in(last["at_us"]) if last is not None else "",
            plain(last["by"]) if last is not None else "", tried,
            sum(version["callers"] for version in flow["versions"]),
        )  # fmt: skip
    return _with_more(table, answer)


def _brought_in(at_us: int) -> str:
    return moment(at_us)[:16] if at_us else "at the start"


def format_versions(answer: Answer) -> RenderableType:
    """`acdengine versions FLOW`."""
    numbers = ("share", "callers")
    table = _table("version", "brought in", "by", *numbers, right=numbers)
    for version in answer["versions"]:
        share_of = f"{version['percent']} %" if version["percent"] else ""
        _add(
            table, version["version"], _brought_in(version["at_us"]), plain(version["by"]),
            share_of, version["callers"],
        )  # fmt: skip
    changes = _table("when", "what", "version", "by")
    for change in answer["changes"][:_CHANGES_SHOWN]:
        what = change["what"].replace("_", " ")
        what += f" ({change['percent']} %)" if change["percent"] else ""
        _add(changes, _brought_in(change["at_us"]), what, change["version"], plain(change["by"]))
    return Group(table, "", changes)


def format_agents(answer: Answer) -> RenderableType:
    """`acdengine agents`."""
    table = _table(
        "agent", "name", "state", "for", "call", "calls", "talked", "queues",
        right=("for", "calls", "talked"),
    )  # fmt: skip
    for agent in answer["items"]:
        _add(
            table, plain(agent["agent_id"]), plain(agent["name"]),
            state(agent["state"], agent["reason"]), length(agent["at_us"] - agent["since_us"])
            if agent["since_us"] else "", plain(agent["call_id"]), agent["calls"],
            length(agent["talk_us"]), plain(", ".join(_names(agent["queues"]))),
        )  # fmt: skip
    return _with_more(table, answer)


def _names(ids: Iterable[str]) -> list[str]:
    return [name.rpartition("/")[2] for name in ids]


def format_calls(answer: Answer) -> RenderableType:
    """`acdengine calls`."""
    table = _table(
        "call", "from", "to", "state", "queue", "place", "waited", "estimate", "priority", "agent",
        right=("place", "waited", "estimate", "priority"),
    )  # fmt: skip
    for call in answer["items"]:
        _add(
            table, plain(call["call_id"]), plain(call["ani"]), plain(call["dnis"]),
            state(call["state"]), plain(call["queue_id"]), call["position"] or "",
            length(call["waited_us"]), length(call["estimate_us"]), call["priority"],
            plain(call["agent_id"] or ", ".join(call["ringing"])),
        )  # fmt: skip
    return _with_more(table, answer)


def format_one(answer: Answer) -> RenderableType:
    """Something in full: what is empty is left out."""
    table = Table.grid(padding=(0, 2))
    for name, value in answer.items():
        if value not in ("", None, 0, [], {}, False):
            table.add_row(f"[bold]{_label(name)}[/]", plain(_value(name, value)))
    return table


def _label(name: str) -> str:
    return name.removesuffix("_us").replace("_", " ")


def _value(name: str, value: Any) -> str:  # noqa: ANN401 - of any answer
    if name.endswith("_us") and isinstance(value, int | float):
        # What is after the year 2001 is a moment, all else a length.
        return moment(int(value)) if value > 1_000_000_000_000_000 else length(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={_inner(inner)}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _inner(value: Any) -> str:  # noqa: ANN401 - of any answer
    if isinstance(value, dict):
        return "/".join(f"{key}:{inner}" for key, inner in value.items() if inner)
    return str(value)


def format_story(answer: Answer) -> RenderableType:
    """What happened, a line each."""
    table = Table.grid(padding=(0, 2))
    left_out = {"type", "at_us", "call_id" if "/" not in answer["id"] else "agent_id"}
    for fact in answer["facts"]:
        rest = {
            name: value
            for name, value in fact.items()
            if name not in left_out and value not in ("", 0, None)
        }
        told = "  ".join(f"{_label(name)} {_value(name, value)}" for name, value in rest.items())
        table.add_row(moment(fact["at_us"])[11:], f"[bold]{fact['type']}[/]", plain(told))
    return table


def format_changes(answer: Answer) -> RenderableType:
    """`acdengine reload`."""
    changes = answer["changes"]
    head = "Reloaded" if answer["applied"] else "Checked only"
    lines = [f"{head}: {counted(len(changes), 'change') if changes else 'nothing has changed'}."]
    for change in changes:
        fields = f": {', '.join(change['fields'])}" if change["fields"] else ""
        lines.append(plain(f"  {change['kind']} {change['id']} {change['how']}{fields}"))
    lines += [plain(f"warning: {oddity}") for oddity in answer["odd"]]
    return "\n".join(lines)


def format_explanation(answer: Answer) -> RenderableType:
    """`acdengine call ID explain`."""
    return "\n".join(plain(line) for line in answer["in_words"].splitlines())


def format_drain(answer: Answer) -> RenderableType:
    """`acdengine drain`."""
    if "queue_id" in answer:
        takes = "takes no new calls" if answer["draining"] else "takes calls"
        return f"{plain(answer['queue_id'])} {takes}; {answer['waiting']} wait."
    whole = "No new calls are taken." if answer["draining"] else "Calls are taken."
    queues = answer["queues"]
    return f"{whole} Draining queues: {plain(', '.join(queues))}." if queues else whole


_DUE: Final = {
    "sent_away": "callers who have waited as long as their queue allows",
    "overflowing": "callers for whom a way out of their queue is looked for",
    "callbacks": "callbacks that are tried again or given up",
    "rings_over": "telephones of agents that stop ringing",
    "wrap_ups_over": "agents whose wrap-up ends",
    "delays_over": "agents who are ready again after a delay",
}


#: Clocks that are closer than this agree.
_CLOCK_SHOWN_S: Final = 0.05


def format_clock(answer: Answer) -> RenderableType:
    """`acdengine clock`."""
    offset_s = answer["offset_us"] / 1e6
    where = "behind" if offset_s >= 0 else "ahead of"
    at = datetime.fromtimestamp(answer["at_us"] / 1e6, UTC).isoformat(timespec="seconds")
    apart = abs(offset_s) >= _CLOCK_SHOWN_S
    told = f"{abs(offset_s):.1f} s {where} the system's" if apart else "as the system's does"
    lines = [f"The centre's clock says {at}, {told}."]
    due = [f"  {what}: {answer['due'][name]}" for name, what in _DUE.items() if answer["due"][name]]
    if answer["stepped_us"]:
        lines.append(f"It was set forward by {answer['stepped_us'] / 1e6:.1f} s.")
        lines += ["By that has fallen due:", *due] if due else []
    elif apart and offset_s > 0:
        lines.append("`acdengine clock step --yes` sets it forward. By that falls due at once:")
        lines += due or ["  nothing"]
    return "\n".join(lines)


def format_session(answer: Answer) -> RenderableType:
    """Who has logged in, with which rights, and until when."""
    scope = answer["agent_id"] or ", ".join(answer["team_ids"]) or answer["tenant_id"]
    ends = answer["expires_us"]
    until = f", until {moment(ends)[:16]} UTC" if ends else " (a token of the settings)"
    return plain(f"{answer['name']}: {answer['role']} of {scope or 'all tenants'}{until}")


def format_log_out(answer: Answer) -> RenderableType:
    """Who has logged out."""
    return plain(f"{answer['name']} is logged out")
