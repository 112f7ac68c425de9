"""Makes `config/traces/sample-bank1999.txt`: invented calls in the format of the bank's records.

Two mornings of a small centre, and one row of each kind that real records surprise an importer
with. Nothing in it comes from real records. Run as a module to write it again:

    python -m tests.unit.sim.sample_bank1999 > config/traces/sample-bank1999.txt
"""

from __future__ import annotations

import math
import sys
from random import Random

HEADING = (
    "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time "
    "q_start q_exit q_time outcome ser_start ser_exit ser_time server"
)
# Type, how often it comes, mean service in seconds.
TYPES = (("PS", 0.70, 180), ("NW", 0.16, 100), ("NE", 0.08, 300), ("IN", 0.06, 240))
SERVERS = ("ALMA", "BORIS", "CARLA")
MEAN_PATIENCE_S = 240
CALLS_PER_HOUR = 34

# One row for each thing an importer must be ready for, in the order of `LeftOut` and `Remark`.
DIRTY = (
    "AA0101|9001|0|0|PS|990603|9:00:01|9:00:09|8",
    "AA0101|9002|0|zero|PS|990603|9:01:00|9:01:08|8|9:01:08|9:01:30|22|AGENT|9:01:30|9:03:00|90|ALMA",
    "AA0101|9003|0|0|PS|990631|9:02:00|9:02:08|8|9:02:08|9:02:30|22|AGENT|9:02:30|9:04:00|90|ALMA",
    "AA0101|9004|0|0|PS|990603|9:03:00|9:63:08|8|9:03:08|9:03:30|22|AGENT|9:03:30|9:05:00|90|ALMA",
    "AA0101|9005|0|0|PS|990603|9:04:00|9:04:08|8|9:04:08|9:04:30|22|VANISHED|0:00:00|0:00:00|0|NO_SERVER",
    "AA0101|9006|0|0|PS|990603|9:05:00|9:05:08|8|9:05:38|9:05:08|-30|AGENT|9:05:30|9:07:00|90|ALMA",
    "AA0101|9007|0|0|PS|990603|9:06:00|9:06:08|8|9:06:08|9:06:30|22|PHANTOM|9:06:30|9:06:34|4|NO_SERVER",
    "AA0101|9008|0|0|PS|990603|9:07:00|9:07:12|12|0:00:00|0:00:00|0|HANG|0:00:00|0:00:00|0|NO_SERVER",
    "AA0102|9009|5550009|1|PS|990603|23:59:20|23:59:26|6|23:59:26|0:00:14|48|AGENT|0:00:13|0:02:00|107|BORIS",
    "AA0102|9010|0|0|NW|990603|23:57:30|23:57:40|10|0:00:00|0:00:00|0|AGENT|23:57:39|0:00:09|150|CARLA",
    "AA0102|9011|5550011|2|PS|990603|10:00:50|10:00:10|-40|10:00:10|10:01:00|50|AGENT|10:00:59|10:03:00|121|ALMA",
    "AA0102|9012|0|0|PS|990603|23:59:30|23:59:40|10|23:59:40|0:00:20|-86360|HANG|0:00:00|0:00:00|0|NO_SERVER",
    "AA0102|9013|0|0|PS|990603|10:10:00|10:10:08|8|10:10:08|10:12:00|112|AGENT|10:11:00|10:14:00|180|BORIS",
    "AA0102|9014|0|0|PS|990603|10:20:00|10:20:08|8|10:20:08|10:20:40|32|AGENT|0:00:00|0:00:00|0|CARLA",
    "AA0102|9015|0|0|PS|990603|10:30:00|10:30:08|8|0:00:00|0:00:00|0|AGENT|10:30:07|10:30:11|4|NO_SERVER",
    "AA0102|9016|0|0|PS|990603|10:40:00|10:40:08|8|10:40:08|10:41:00|52|HANG|10:40:59|10:41:30|31|NO_SERVER",
    "",
)


def sample() -> str:
    """The whole file."""
    random = Random("sample-bank1999")
    rows = [row for day in (1, 2) for row in _morning(random, day)]
    lines = ["\t".join(row) for row in rows] + [row.replace("|", "\t") for row in DIRTY]
    return "\n".join(["\t".join(HEADING.split()), *lines]) + "\n"


def _morning(random: Random, day: int) -> list[list[str]]:
    """Calls from 8:00 to 11:00 in order of arrival, each to the agent free for longest."""

    def exponential(mean: float) -> int:
        return round(-mean * math.log(1.0 - random.random()))

    free = dict.fromkeys(SERVERS, 8 * 3600)
    rows: list[list[str]] = []
    at = 8 * 3600
    while (at := at + exponential(3600 / CALLS_PER_HOUR)) < 11 * 3600:
        known = random.random() < 0.5
        priority = (2 if random.random() < 0.65 else 1) if known else 0
        kind, mean_service = _kind(random.random())
        in_menu = 5 + int(6 * random.random())
        patience, service = exponential(MEAN_PATIENCE_S), exponential(mean_service)
        server = min(free, key=lambda name: (free[name], name))
        joined = at + in_menu
        begun = max(joined, free[server])
        if begun - joined > patience:
            wait, outcome, served = patience, "HANG", (0, 0)
            name = "NO_SERVER"
        else:
            wait, outcome, served = begun - joined, "AGENT", (begun, begun + service)
            name, free[server] = server, begun + service
        waited = (joined, joined + wait) if wait or outcome == "HANG" else (0, 0)
        customer = str(5_500_000 + int(1000 * random.random())) if known else "0"
        row = [f"AA010{1 + len(rows) % 4}", str(day * 1000 + len(rows)), customer, str(priority)]
        row += [kind, f"99060{day}", _time(at), _time(joined), str(in_menu)]
        row += [_time(waited[0]), _time(waited[1]), str(wait), outcome]
        row += [_time(served[0]), _time(served[1]), str(served[1] - served[0]), name]
        rows.append(row)
    return rows


def _kind(level: float) -> tuple[str, float]:
    for kind, part, mean_service in TYPES:
        level -= part
        if level < 0:
            return kind, mean_service
    return TYPES[0][0], TYPES[0][2]


def _time(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


if __name__ == "__main__":
    sys.stdout.write(sample())
