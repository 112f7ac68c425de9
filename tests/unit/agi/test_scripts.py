"""Programs and FastAGI servers as they are, over pipes and sockets."""

from __future__ import annotations

import asyncio
import os
import pwd
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from acdengine.agi.database import AgiDatabase
from acdengine.agi.environment import AgiRequest
from acdengine.agi.local_scripts import LocalScript, ScriptLimits, find_script
from acdengine.agi.network_scripts import ScriptNotFound
from acdengine.agi.runner import ScriptCount, ScriptRules, ScriptRunner
from acdengine.agi.script_call import ScriptCall
from tests.unit.agi.legs import REQUEST, PaperHost, PaperLeg, PaperLink

HEADER = f"#!{sys.executable} -u\nimport sys\nwhile sys.stdin.readline().strip(): pass\n"


def script_in(folder: Path, text: str, name: str = "script.agi") -> Path:
    path = folder / name
    path.write_text(HEADER + text)
    path.chmod(0o755)
    return path


def request_for(name: str, *arguments: str) -> AgiRequest:
    return AgiRequest(**{**REQUEST.__dict__, "request": name, "arguments": arguments})


async def ran(
    rules: ScriptRules, name: str, *arguments: str, during: Callable[[PaperLeg], None] | None = None
) -> tuple[str, ScriptCall | None, PaperHost]:
    leg, host = PaperLeg(PaperLink()), PaperHost()
    runner = ScriptRunner(rules, lambda: leg.now_us, lambda: 0)
    running = asyncio.create_task(
        runner.run(leg, host, AgiDatabase(":memory:", "main"), request_for(name, *arguments))
    )
    if during is not None:
        await asyncio.sleep(0.3)
        during(leg)
    status, call = await running
    assert runner.running == 0
    return status, call, host


@pytest.mark.slow
def test_a_program_reads_its_arguments_and_sets_variables(tmp_path: Path) -> None:
    script_in(
        tmp_path,
        "print('SET VARIABLE said', sys.argv[1]); sys.stdin.readline()\n"
        "print('STREAM FILE hello \"\"'); reply = sys.stdin.readline().strip()\n"
        "print(f'SET VARIABLE reply \"{reply}\"'); sys.stdin.readline()\n",
    )
    status, call, _ = asyncio.run(ran(ScriptRules(folders=[tmp_path]), "script.agi", "yes"))
    assert status == "SUCCESS"
    assert call is not None
    assert call.variables.read("said") == "yes"
    assert call.variables.read("reply") == "200 result=0 endpos=8000"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("sys.exit(3)", "FAILURE"),
        ("raise ValueError", "FAILURE"),
        ("pass", "SUCCESS"),
        ("sys.stdout.buffer.write(bytes(range(256)) * 400); sys.stdout.flush()", "SUCCESS"),
    ],
)
def test_how_a_program_can_end(tmp_path: Path, text: str, status: str) -> None:
    script_in(tmp_path, text + "\n")
    assert asyncio.run(ran(ScriptRules(folders=[tmp_path]), "script.agi"))[0] == status


@pytest.mark.slow
def test_a_program_is_told_of_the_hang_up_by_a_signal(tmp_path: Path) -> None:
    script_in(
        tmp_path,
        "import signal, time\n"
        "def gone(*_):\n    print('SET VARIABLE told yes'); sys.stdin.readline(); sys.exit(0)\n"
        "signal.signal(signal.SIGHUP, gone)\n"
        "while True: time.sleep(0.05)\n",
    )

    def hang_up(leg: PaperLeg) -> None:
        leg.caller_hangs_up()

    status, call, _ = asyncio.run(
        ran(ScriptRules(folders=[tmp_path]), "script.agi", during=hang_up)
    )
    assert status == "HANGUP"
    assert call is not None
    assert call.variables.read("told") == "yes"


@pytest.mark.slow
def test_a_program_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    script_in(
        tmp_path,
        "import os, signal, time\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        f"child = os.fork()\nopen({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}} ')\n"
        "while True: time.sleep(1)\n",
    )
    rules = ScriptRules(folders=[tmp_path], longest_s=1.0)
    status, _, host = asyncio.run(ran(rules, "script.agi"))
    assert status == "FAILURE"
    assert any("too long" in what for what, _ in host.log)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert not [pid for pid in pids if is_alive(pid)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_a_program_that_floods_is_stopped(tmp_path: Path) -> None:
    script_in(tmp_path, "while True: print('NOOP')\n")
    rules = ScriptRules(folders=[tmp_path], longest_s=1.0)
    assert asyncio.run(ran(rules, "script.agi"))[0] == "FAILURE"


@pytest.mark.slow
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_what_a_program_has_written_and_was_not_read_holds_up_no_end(
    tmp_path: Path, run: Callable[..., Any]
) -> None:
    path = script_in(tmp_path, "import time; print('x' * 2**20); time.sleep(60)\n")

    async def story() -> None:
        script = await LocalScript.start(path, [], {}, ScriptLimits())
        await script.send("\n")
        assert await script.read(1)
        # Nothing is read any more: the loop takes no more than its limit, and sees no end.
        await asyncio.sleep(0.5)
        await asyncio.wait_for(script.close(), 20)

    run(story())


@pytest.mark.slow
def test_a_program_has_no_more_memory_than_it_may(tmp_path: Path) -> None:
    script_in(tmp_path, "import time; time.sleep(0.3); x = bytearray(2**29)\n")
    limits = ScriptLimits(memory_bytes=256 * 1024 * 1024)
    rules = ScriptRules(folders=[tmp_path], limits=limits)
    assert asyncio.run(ran(rules, "script.agi"))[0] == "FAILURE"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may choose another user")
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_program_is_its_own_user_on_every_loop(run: Callable[..., Any]) -> None:
    shell = 'while read -r line && [ -n "$line" ]; do :; done'
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "script.agi"
        path.write_text(
            f"#!/bin/sh\n{shell}\necho SET VARIABLE who $(id -u)/$(id -G)\nread -r line\n"
        )
        path.chmod(0o755)
        rules = ScriptRules(folders=[folder], limits=ScriptLimits(user="nobody"))
        _, call, _ = run(ran(rules, "script.agi"))
    known = pwd.getpwnam("nobody")
    assert call is not None
    assert call.variables.read("who") == f"{known.pw_uid}/{known.pw_gid}"


@pytest.mark.parametrize("name", ["nosuch", "../outside", "/bin/sh", "plain.txt", "", "."])
def test_only_programs_of_the_folders_are_found(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "agi-bin"
    folder.mkdir()
    script_in(tmp_path, "", "outside")
    (folder / "plain.txt").write_text("x")
    with pytest.raises(ScriptNotFound):
        find_script(name, [folder])


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "agi-bin"
    folder.mkdir()
    script_in(tmp_path, "", "outside")
    (folder / "inside").symlink_to(tmp_path / "outside")
    with pytest.raises(ScriptNotFound):
        find_script("inside", [folder])


Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def with_server(server: Server, hosts: list[str], path: str) -> tuple[str, PaperHost]:
    served: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.create_task(serve_to_its_end(reader, writer)))

    async def serve_to_its_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server(reader, writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        rules = ScriptRules(hosts=[host.replace("PORT", str(port)) for host in hosts])
        status, _, host = await ran(rules, f"agi://127.0.0.1:{port}{path}")
        await asyncio.gather(*served)
        return status, host
    finally:
        listening.close()


def test_a_server_is_told_its_path_and_of_the_end() -> None:
    seen: list[str] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (line := (await reader.readline()).decode().strip()) or not seen:
            seen.append(line)
        writer.write(b"NOOP\n")
        seen.append((await reader.readline()).decode().strip())
        writer.write_eof()
        seen.append((await reader.read()).decode())
        writer.close()

    status, _ = asyncio.run(with_server(server, ["127.0.0.1"], "/orders/status?x=1"))
    assert status == "SUCCESS"
    assert seen[:2] == ["agi_network: yes", "agi_network_script: orders/status?x=1"]
    assert seen[2].startswith("agi_request: agi://127.0.0.1:")
    assert seen[-2:] == ["200 result=0", "HANGUP\n"]


def test_a_server_that_the_settings_do_not_name_is_not_called() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("called")

    status, host = asyncio.run(with_server(server, ["elsewhere", "127.0.0.1:1"], "/x"))
    assert status == "NOTFOUND"
    assert any("hosts" in fields["problem"] for _, fields in host.log)


def test_a_server_that_breaks_off_ends_the_script_alone() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.transport.abort()

    status, _ = asyncio.run(with_server(server, ["127.0.0.1:PORT"], "/x"))
    assert status == "SUCCESS"


def test_a_server_that_is_not_there_is_not_found() -> None:
    rules = ScriptRules(hosts=["127.0.0.1"])
    assert asyncio.run(ran(rules, "agi://127.0.0.1:1/x"))[0] == "NOTFOUND"


def test_runners_that_share_a_count_share_the_limit(tmp_path: Path) -> None:
    count = ScriptCount()

    async def status(running: int) -> str:
        count.running = running
        leg, host = PaperLeg(PaperLink()), PaperHost()
        rules = ScriptRules(folders=[tmp_path], at_once=2)
        runner = ScriptRunner(rules, lambda: 0, lambda: 0, count)
        database = AgiDatabase(":memory:", "main")
        return (await runner.run(leg, host, database, request_for("script.agi")))[0]

    assert asyncio.run(status(2)) == "FAILURE"
    assert asyncio.run(status(1)) == "NOTFOUND"
    assert count.running == 1
