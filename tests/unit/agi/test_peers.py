"""Scripts written with the libraries that people use, on our side and on an Asterisk's.

Each keeps what its calls gave in the database. What they kept on an Asterisk is in
`tests/replay/agi/peers.json`. The Python libraries are installed by `make peers`; Perl's is
Debian's libasterisk-agi-perl.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from acdengine.agi.database import AgiDatabase
from acdengine.agi.environment import AgiRequest
from acdengine.agi.runner import ScriptRules, ScriptRunner
from bench.peer_environments import AGI_CLIENTS, PeerUnavailable, default_cache, python_with
from tests.unit.agi.legs import REQUEST, PaperHost, PaperLeg, PaperLink

SCRIPTS = Path(__file__).parent / "peers"
ON_ASTERISK: dict[str, str] = json.loads(
    (Path(__file__).parents[2] / "replay" / "agi" / "peers.json").read_text()
)["results"]


def interpreter_of(peer: str) -> str:
    """What runs the peer's script; skips where it is not there."""
    if peer == "perl":
        perl = shutil.which("perl")
        if (
            perl is None
            or subprocess.run(
                [perl, "-MAsterisk::AGI", "-e1"], check=False, capture_output=True
            ).returncode
        ):
            pytest.skip("libasterisk-agi-perl is not installed")
        return perl
    try:
        return str(python_with(AGI_CLIENTS, default_cache()))
    except PeerUnavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["perl", "pyst2", "pystrix"])
def test_a_script_sees_what_it_sees_on_asterisk(peer: str, tmp_path: Path) -> None:
    source = SCRIPTS / ("perl_script.pl" if peer == "perl" else f"{peer}_script.py")
    script = tmp_path / peer
    script.write_text(f"#!{interpreter_of(peer)}\n{source.read_text()}")
    script.chmod(0o755)
    status, kept = asyncio.run(kept_by(peer, ScriptRules(folders=[tmp_path]), peer))
    # One of its sounds is missing, which makes it a failure on an Asterisk too.
    assert status == "FAILURE"
    assert kept == ON_ASTERISK[peer]


@pytest.mark.slow
def test_a_fastagi_server_sees_what_it_sees_on_asterisk() -> None:
    command = [interpreter_of("panoramisk"), str(SCRIPTS / "panoramisk_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = f"agi://127.0.0.1:{int(server.stdout.readline())}/calls/start"
            rules = ScriptRules(hosts=["127.0.0.1"])
            status, kept = asyncio.run(kept_by("panoramisk", rules, address))
        finally:
            server.kill()
    assert status == "FAILURE"
    assert kept == ON_ASTERISK["panoramisk"]


async def kept_by(peer: str, rules: ScriptRules, name: str) -> tuple[str, str | None]:
    leg = PaperLeg(PaperLink())
    database = AgiDatabase(":memory:", "main")
    runner = ScriptRunner(rules, lambda: leg.now_us, lambda: 0)
    request = AgiRequest(
        **{**REQUEST.__dict__, "request": name, "arguments": ("one", "two"), "network_path": None}
    )
    status, _ = await runner.run(leg, PaperHost(), database, request)
    return status, database.get("peers", peer)
