"""Scripts written with the libraries that people use, on our side and on an Asterisk's.

Each keeps what its calls gave in the database. What they kept on an Asterisk is in
`tests/replay/agi/peers.json`. They are installed by `make peers`: Python's from their lock file,
Perl's Asterisk::AGI and PHP from Debian's packages.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec import structs

from acdengine.agi.database import AgiDatabase
from acdengine.agi.environment import AgiRequest
from acdengine.agi.runner import ScriptRules, ScriptRunner
from bench.peer_environments import (
    AGI_CLIENTS,
    AGI_SCRIPTS,
    PeerUnavailable,
    debian_folder_with,
    default_cache,
    php_in,
    python_with,
)
from tests.unit.agi.legs import REQUEST, PaperHost, PaperLeg, PaperLink

SCRIPTS = Path(__file__).parent / "peers"
ON_ASTERISK: dict[str, str] = json.loads(
    (Path(__file__).parents[2] / "replay" / "agi" / "peers.json").read_text()
)["results"]


def interpreter_of(peer: str) -> str:
    """What runs the peer's script; skips where it is not there."""
    try:
        if SOURCES[peer].endswith(".py"):
            return str(python_with(AGI_CLIENTS, default_cache()))
        folder = debian_folder_with(AGI_SCRIPTS, default_cache())
        if SOURCES[peer].endswith(".php"):
            return f"{php_in(folder)} -n"
        return f"{perl_or_skip()} -I{folder}/usr/share/perl5"
    except PeerUnavailable as reason:
        pytest.skip(str(reason))


def perl_or_skip() -> str:
    return shutil.which("perl") or pytest.skip("there is no Perl")


#: Whose dialogue, and its script.
SOURCES = {
    "perl": "perl_script.pl",
    "phpagi": "phpagi_style.php",
    "pyst2": "pyst2_script.py",
    "pystrix": "pystrix_script.py",
    "vicidial": "vicidial_style.pl",
}


@pytest.mark.slow
@pytest.mark.parametrize("peer", SOURCES)
def test_a_script_sees_what_it_sees_on_asterisk(peer: str, tmp_path: Path) -> None:
    source = SCRIPTS / SOURCES[peer]
    script = tmp_path / peer
    script.write_text(f"#!{interpreter_of(peer)}\n{source.read_text()}")
    script.chmod(0o755)
    status, kept = asyncio.run(kept_by(peer, ScriptRules(folders=[tmp_path]), peer))
    # One of its sounds is missing, which makes it a failure on an Asterisk too.
    assert status == "FAILURE"
    assert kept == ON_ASTERISK[peer]


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["aioagi", "panoramisk"])
def test_a_fastagi_server_sees_what_it_sees_on_asterisk(peer: str) -> None:
    command = [interpreter_of("pystrix"), str(SCRIPTS / f"{peer}_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = f"agi://127.0.0.1:{int(server.stdout.readline())}/calls/start"
            rules = ScriptRules(hosts=["127.0.0.1"])
            status, kept = asyncio.run(kept_by(peer, rules, address))
        finally:
            server.kill()
    assert status == "FAILURE"
    assert kept == ON_ASTERISK[peer]


async def kept_by(peer: str, rules: ScriptRules, name: str) -> tuple[str, str | None]:
    leg = PaperLeg(PaperLink())
    leg.identity = structs.replace(leg.identity, is_answered=True)
    database = AgiDatabase(":memory:", "main")
    runner = ScriptRunner(rules, lambda: leg.now_us, lambda: 0)
    request = AgiRequest(
        **{**REQUEST.__dict__, "request": name, "arguments": ("one", "two"), "network_path": None}
    )
    status, _ = await runner.run(leg, PaperHost(), database, request)
    return status, database.get("peers", peer)
