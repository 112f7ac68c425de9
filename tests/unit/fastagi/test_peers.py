"""A library of others in the place of Asterisk, against the server over TCP."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.prompts import SoundPrompt
from adapters.fastagi.server import FastAgiServer, Limits
from bench.peer_environments import AGI_CLIENTS, PeerUnavailable, default_cache, python_with
from tests.unit.fastagi.paper import Desk

CLIENT = Path(__file__).parents[1] / "agi" / "peers" / "aioagi_client.py"
pytestmark = pytest.mark.slow


async def handed_over(path: str) -> tuple[list[list[str]], ev.CallArrived]:
    """What aioagi-ik was told for a call that hears something and is hung up; how it arrived."""
    try:
        python = python_with(AGI_CLIENTS, default_cache())
    except PeerUnavailable as reason:
        pytest.skip(str(reason))
    desk = Desk()
    server = FastAgiServer(desk.port, Limits(20, 5.0))
    _, port = await server.open("127.0.0.1", 0)
    peer = await asyncio.create_subprocess_exec(
        python, CLIENT, str(port), path, stdout=asyncio.subprocess.PIPE
    )
    for _ in range(2_000):
        if desk.events:
            break
        await asyncio.sleep(0.01)
    arrived = desk.events[0]
    assert isinstance(arrived, ev.CallArrived)
    call_id = arrived.call_id
    desk.port.execute([cmd.AnswerCall(call_id)])
    desk.port.execute([cmd.PlayPrompts(call_id, "p1", (SoundPrompt("hello"),))])
    for _ in range(500):
        if any(isinstance(event, ev.PromptsFinished) for event in desk.events):
            break
        await asyncio.sleep(0.01)
    await server.close()
    output, _ = await asyncio.wait_for(peer.communicate(), 20)
    return json.loads(output), arrived


@pytest.mark.parametrize(
    ("path", "wanted"), [("queue/acme/sales", ("acme/sales", "")), ("flow/menu", ("", "menu"))]
)
async def test_a_channel_of_aioagi_is_served(path: str, wanted: tuple[str, str]) -> None:
    told, arrived = await handed_over(path)
    assert (arrived.ani, arrived.name, arrived.dnis) == ("4930123", "Ada", "500")
    assert (arrived.wanted_queue, arrived.wanted_flow) == wanted
    # Between them keys are waited for, and the wait is stopped.
    ordered = [one for one in told if one[0] != "WAIT FOR DIGIT" and "mark" not in one[-1]]
    assert ordered == [
        ["SET VARIABLE", "ACD_CALL", "call1"], ["ANSWER"], ["STREAM FILE", "custom/hello"],
    ]  # fmt: skip
