"""Programs that misbehave: each costs its own call at most."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from acdengine.agi.database import AgiDatabase
from acdengine.agi.runner import ScriptRules, ScriptRunner
from tests.unit.agi.legs import PaperHost, PaperLeg, PaperLink
from tests.unit.agi.test_scripts import is_alive, request_for, script_in

GOOD = (
    "print('STREAM FILE hello \"\"'); sys.stdin.readline()\n"
    "print('SET VARIABLE heard yes'); sys.stdin.readline()\n"
)
BAD = {
    "garbage without an end of line": (
        "import os\nwhile True: os.write(1, os.urandom(4096).replace(b'\\n', b''))\n",
        "FAILURE",
    ),
    "lines of garbage": (
        "import os\nwhile True:\n    os.write(1, os.urandom(64) + b'\\n'); sys.stdin.readline()\n",
        "FAILURE",
    ),
    "blocks for ever": ("import time\ntime.sleep(600)\n", "FAILURE"),
    "ignores every signal that can be ignored": (
        (
            "import signal, time\n"
            "for one in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):\n"
            "    signal.signal(one, signal.SIG_IGN)\n"
            "time.sleep(600)\n"
        ),
        "FAILURE",
    ),
    "floods its output": ("while True: print('NOOP ' + 'x' * 1000)\n", "FAILURE"),
    "floods its errors": ("while True: sys.stderr.write('x' * 65536)\n", "FAILURE"),
    "dies at once by a signal": ("import os\nos.kill(os.getpid(), 11)\n", "FAILURE"),
    "dies in the middle of a command": (
        "import os\nos.write(1, b'STREAM FI'); os.kill(os.getpid(), 9)\n",
        "FAILURE",
    ),
    "dies while its prompt plays": (
        "import os\nos.write(1, b'STREAM FILE hello \"\"\\n'); os._exit(1)\n",
        "FAILURE",
    ),
    "closes its input and goes on": (
        "import os, time\nos.close(0)\nwhile True: os.write(1, b'NOOP\\n'); time.sleep(0.01)\n",
        "FAILURE",
    ),
    "closes its input and ends": ("import os\nos.close(0)\nos._exit(0)\n", "SUCCESS"),
}


async def beside_a_good_one(folder: Path) -> tuple[str, str, str | None]:
    """Statuses of the bad and of the good one, and what the good one has set."""
    runner = ScriptRunner(ScriptRules(folders=[folder], longest_s=1.5), lambda: 0, lambda: 0)
    database = AgiDatabase(":memory:", "main")
    (bad, _), (good, call) = await asyncio.gather(
        *(
            runner.run(PaperLeg(PaperLink()), PaperHost(), database, request_for(name))
            for name in ("bad.agi", "good.agi")
        )
    )
    assert runner.running == 0
    assert call is not None
    return bad, good, call.variables.read("heard")


@pytest.mark.slow
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_program_costs_its_own_call_alone(tmp_path: Path, kind: str) -> None:
    text, status = BAD[kind]
    script_in(tmp_path, text, "bad.agi")
    script_in(tmp_path, GOOD, "good.agi")
    assert asyncio.run(beside_a_good_one(tmp_path)) == (status, "SUCCESS", "yes")


@pytest.mark.slow
@pytest.mark.parametrize("ends", ["sys.exit(0)", "time.sleep(600)"])
def test_children_in_a_session_of_their_own_end_with_the_program(tmp_path: Path, ends: str) -> None:
    pids = tmp_path / "pids"
    child = (
        "import os, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    if os.fork(): os._exit(0)\n"
        f"    open({str(pids)!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(600)\n"
        f"while not os.path.exists({str(pids)!r}): time.sleep(0.01)\n"
    )
    script_in(tmp_path, child + ends + "\n", "bad.agi")
    script_in(tmp_path, GOOD, "good.agi")
    assert asyncio.run(beside_a_good_one(tmp_path))[1] == "SUCCESS"
    assert not is_alive(int(pids.read_text()))
