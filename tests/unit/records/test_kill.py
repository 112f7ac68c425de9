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

from acdengine.facts import AnyFact
from acdengine.records.database import engine_of
from acdengine.records.schema import sources
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
trunks: {{pstn: {{}}}}
tenants:
  acme:
    dial_allow: ["+49"]
    queues:
      sales: {{callback: {{}}}}
    agents: {{{agents}}}
"""  # noqa: E501
AGENTS = 20


def begun(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A daemon that goes on where the one before was killed, and where it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "acdengine", "run", "--no-sim", "--headless", "--config", "c.yaml"],
        cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "TOKEN": "t" * 20},
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.match(r"control: (\S+)", line):
            return process, found[1]
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
def test_killed_at_any_moment_the_records_are_what_the_facts_are(url: str, tmp_path: Path) -> None:
    random = Random(12)
    agents = ", ".join(
        f"a{n}: {{queues: {{sales: {{}}}}, contact: user/{n}}}" for n in range(AGENTS)
    )
    asked = 0
    for kill in range(KILLS):
        text = SETTINGS.format(url=url, batch=random.choice((1, 50, 5000)), agents=agents)
        (tmp_path / "c.yaml").write_text(text)
        process, address = begun(tmp_path)
        asked += busy(address, time.monotonic() + random.uniform(0.05, 2.5), random)
        process.send_signal(signal.SIGTERM if kill == KILLS - 1 else signal.SIGKILL)
        process.communicate(timeout=30)
    with engine_of(url).connect() as connection:
        (source,) = connection.scalars(select(sources.c.name)).all()
    write(url, tmp_path / "spool", source)
    facts = told(tmp_path)
    assert sum(len(group) for _, group in facts) > asked / 4
    assert same(held(url, source), tables_of(facts))
