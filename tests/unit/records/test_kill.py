"""A daemon under load, killed again and again: every fact's rows are in the database once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path
from random import Random
from urllib.request import Request, urlopen

import msgspec
import pytest
from sqlalchemy import select

from acdengine.facts import AnyFact, CallEnded, CallRefused, CallStarted
from acdengine.records.database import engine_of
from acdengine.records.schema import calls, sources
from tests.unit.program.daemon_process import PROFILE
from tests.unit.records.history import Told, tables_of
from tests.unit.records.test_writer import held, same, write

#: How often it is killed; more by ACDENGINE_KILLS.
KILLS = int(os.environ.get("ACDENGINE_KILLS", "4"))

SETTINGS = """\
daemon:
  control: {{port: 0, tokens: {{t: {{token: "${{env:TOKEN}}", role: admin}}}}, rate_per_s: 10000, rate_burst: 100000}}
  metrics: {{enabled: false}}
  facts: {{file: facts.jsonl}}
  journal: {{folder: journal, snapshot_every_s: 1}}
  privacy: {{masked: []}}
  records: {{url: "{url}", migrate: true, spool: spool, batch_facts: {batch}, batch_s: 1}}
trunks: {{pstn: {{channels: 200}}}}
tenants:
  acme:
    dial_allow: ["+49"]
    numbers: {{"100": {{queue: sales}}, "200": {{queue: sales}}}}
    queues:
      sales: {{callback: {{}}, max_wait_s: 90, when_waited: {{hangup: {{cause: busy}}}}}}
    agents: {{{agents}}}
"""  # noqa: E501
AGENTS = 20
BEGUN = (CallStarted, CallRefused)


#: Calls of a simulated switch, a minute in a second; or none but callbacks that people ask for.
LOADS = {"calls": ("--sim", "--speed", "60", "--at", "10:30"), "people": ("--no-sim",)}


def begun(folder: Path, load: str) -> subprocess.Popen[str]:
    """A daemon that goes on where the one before was killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "acdengine", "run", *LOADS[load], "--headless",
         "--config", "c.yaml", "--profile", str(PROFILE)],
        cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "TOKEN": "t" * 20},
    )  # fmt: skip


def address_of(process: subprocess.Popen[str]) -> str:
    """Where a daemon listens, once it does."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.match(r"control: (\S+)", line):
            return found[1]
    raise AssertionError("".join(said))


def busy(address: str, until: float, random: Random) -> int:
    """Agents come, go and change their state; customers ask to be rung back."""
    asked = 0
    while time.monotonic() < until:
        agent = f"acme/a{random.randrange(AGENTS)}"
        wishes: list[tuple[str, dict[str, str]]] = [
            (f"agents/{agent}/sign-in", {}),
            (f"agents/{agent}/ready", {}),
            (f"agents/{agent}/not-ready", {"reason": "break"}),
            (f"agents/{agent}/sign-out", {}),
            ("callbacks", {"queue_id": "acme/sales", "number": f"+4930{asked:07d}"}),
        ]
        way, body = random.choice(wishes)
        request = Request(
            f"{address}/v1/{way}", json.dumps(body).encode(), method="POST",
            headers={"Authorization": "Bearer " + "t" * 20, "Content-Type": "application/json"},
        )  # fmt: skip
        try:
            urlopen(request, timeout=5).close()
        except OSError:
            # Refused, as a second sign-in is.
            pass
        asked += 1
    return asked


def told(folder: Path) -> list[Told]:
    """What the facts files hold, by event."""
    lines = [
        json.loads(line)
        for path in sorted(folder.glob("facts*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        for line in path.read_text().splitlines()
    ]
    keys = [(line.pop("seq"), line.pop("index")) for line in lines]
    assert keys == sorted(set(keys))
    facts = [msgspec.convert(line, AnyFact) for line in lines]
    return [
        (seq, [fact for _, fact in group])
        for seq, group in groupby(
            zip([seq for seq, _ in keys], facts, strict=True), lambda one: one[0]
        )
    ]


@pytest.mark.slow
@pytest.mark.parametrize("load", ["calls", "people"])
def test_killed_at_any_moment_the_records_are_what_the_facts_are(
    url: str, tmp_path: Path, load: str
) -> None:
    random = Random(f"{load} {KILLS}")
    agents = ", ".join(
        f"a{n}: {{queues: {{sales: {{}}}}, contact: user/{n}}}" for n in range(AGENTS)
    )
    asked = 0
    for kill in range(KILLS):
        text = SETTINGS.format(url=url, batch=random.choice((1, 50, 5000)), agents=agents)
        (tmp_path / "c.yaml").write_text(text)
        process = begun(tmp_path, load)
        is_last = kill == KILLS - 1
        if random.random() < 0.2 and not is_last:
            # While it reads the journal, or begins to listen.
            time.sleep(random.uniform(0.3, 2.5))
        else:
            address = address_of(process)
            asked += busy(address, time.monotonic() + random.uniform(0.05, 2.5), random)
        process.send_signal(signal.SIGTERM if is_last else signal.SIGKILL)
        process.communicate(timeout=60)
    with engine_of(url).connect() as connection:
        (source,) = connection.scalars(select(sources.c.name)).all()
    write(url, tmp_path / "spool", source)
    facts = told(tmp_path)
    assert sum(len(group) for _, group in facts) > asked / 4
    assert same(held(url, source), tables_of(facts))
    # And by a count of its own.
    begun_calls = [fact.call_id for _, group in facts for fact in group if isinstance(fact, BEGUN)]
    ended = {fact.call_id for _, group in facts for fact in group if isinstance(fact, CallEnded)}
    assert len(begun_calls) == len(set(begun_calls)) > (100 if load == "calls" else 5)
    with engine_of(url).connect() as connection:
        rows = connection.execute(select(calls.c.call_id, calls.c.ended_at_us)).all()
    assert sorted(row.call_id for row in rows if row.call_id) == sorted(begun_calls)
    assert {row.call_id for row in rows if row.ended_at_us is not None and row.call_id} >= ended
