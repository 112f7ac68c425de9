"""The control interface on the real runtime: requests, facts, reloads from files, a full inbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from acdengine.api.options import options_of
from acdengine.api.own_access import read_own_access
from acdengine.api.server import ControlServer
from acdengine.engine import Engine
from acdengine.events import CallArrived, PhoneChanged
from acdengine.program.daemon.backend import DaemonBackend
from acdengine.program.daemon.credentials import CredentialsReader
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.inbox import InboxLimits
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from acdengine.settings.compile import load_plan
from acdengine.settings.credentials import Access
from acdengine.settings.errors import SettingsError
from acdengine.settings.whole import Settings

SETTINGS = """\
daemon:
  control:
    port: 0
    tokens: %(tokens)s
tenants:
  acme:
    numbers: { "100": { queue: sales } }
    queues:
      sales: { ring_timeout_s: %(ring)s }
    agents:
      alice: { queues: [sales], contact: user/1 }
"""

TOKENS = """
      root: { role: admin, token: "${file:%(folder)s/root}" }
      wall: { role: read_only, tenant: acme, token: "${file:%(folder)s/wall}" }"""


class Centre:
    """Settings in a folder, and what runs on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "acd.yaml"
        self.token("root", "root-root-root-root")
        self.token("wall", "wall-wall-wall-wall")
        self.write(ring=20)

    def token(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def write(self, ring: object, tokens: str = TOKENS) -> None:
        written = tokens.replace("%(folder)s", str(self.folder))
        self.file.write_text(SETTINGS % {"tokens": written, "ring": ring})

    async def start(self) -> None:
        settings, plan = load_plan([self.file])
        self.runtime = Runtime(Engine(plan), UtcClock(), limits=InboxLimits(high=5, low=1))
        longest = LongestWaits(lambda: self.runtime.state)
        metrics = Metrics(self.runtime, longest)
        self.runtime.add_sink(longest)
        self.runtime.add_sink(metrics)
        self.runtime.start()
        credentials = CredentialsReader()
        in_force = credentials.read(settings)
        credentials.put_in_force(in_force)
        backend = DaemonBackend(self.runtime, longest, metrics, [self.file], credentials)
        self.server = ControlServer(backend, in_force, options_of(settings.daemon))
        backend.take_credentials = self.server.take_credentials
        host, port = await self.server.start()
        self.url = f"http://{host}:{port}"
        credentials.listening(self.url)
        self.session = aiohttp.ClientSession()
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def stop(self) -> None:
        for ws in self._sockets:
            await ws.close()
        await self.session.close()
        await self.server.stop()
        await self.runtime.stop()

    async def ask(
        self, method: str, path: str, body: Any = None, token: str = "root-root-root-root"
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.request(
            method, self.url + path, json=body, headers=headers
        ) as response:
            return response.status, await response.json(content_type=None)

    async def live(self, token: str) -> aiohttp.ClientWebSocketResponse:
        headers = {"Authorization": f"Bearer {token}"}
        ws = await self.session.ws_connect(f"{self.url}/v1/live", headers=headers)
        self._sockets.append(ws)
        while (await ws.receive_json())["type"] != "live":
            pass
        return ws


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    running = Centre(tmp_path)
    await running.start()
    yield running
    await running.stop()


async def test_what_is_asked_for_happens_and_is_told(centre: Centre) -> None:
    ws = await centre.live("wall-wall-wall-wall")
    assert (await centre.ask("POST", "/v1/agents/acme/alice/sign-in", {}))[0] == 200
    status, agent = await centre.ask("POST", "/v1/agents/acme/alice/ready")
    assert (status, agent["state"]) == (200, "ready")
    told = await ws.receive_json()
    assert [fact["state"] for fact in told["facts"]] == ["not_ready"]
    assert told["facts"][0]["by"] == "root"
    centre.runtime.post(CallArrived(0, "c1", "leg1", "+4930123456", "100", "pstn"))
    facts: list[Any] = []
    while not facts or facts[-1]["type"] != "OfferMade":
        facts += (await ws.receive_json())["facts"]
    assert next(fact["ani"] for fact in facts if fact["type"] == "CallStarted") == "***456"
    status, call = await centre.ask("GET", "/v1/calls/c1")
    assert (call["ringing"], call["position"]) == (["acme/alice"], 1)
    assert call["at_us"] >= call["queued_at_us"] > 0
    status, told = await centre.ask("GET", "/v1/calls/c1/explain")
    assert told["in_words"].startswith("Call c1 ")
    status, queue = await centre.ask("GET", "/v1/queues/acme/sales")
    assert (queue["waiting"], queue["longest_wait_us"] > 0) == (1, True)


async def test_a_reload_says_what_is_other_and_puts_it_in_force(centre: Centre) -> None:
    centre.write(ring=7)
    change = {
        "kind": "queue", "id": "acme/sales", "how": "changed", "fields": ["ring_timeout_s 20 -> 7"],
    }  # fmt: skip
    status, tried = await centre.ask("POST", "/v1/reload", {"check_only": True})
    assert (status, tried) == (200, {"applied": False, "changes": [change], "odd": []})
    assert centre.runtime.state.plan.queues["acme/sales"].ring_timeout_us == 20_000_000
    status, done = await centre.ask("POST", "/v1/reload")
    assert (status, done) == (200, {"applied": True, "changes": [change], "odd": []})
    assert centre.runtime.state.plan.queues["acme/sales"].ring_timeout_us == 7_000_000


@pytest.mark.parametrize("check_only", [True, False])
async def test_settings_with_mistakes_change_nothing(centre: Centre, check_only: bool) -> None:
    before = centre.runtime.state.plan
    centre.write(ring="long, x: 1")
    status, told = await centre.ask("POST", "/v1/reload", {"check_only": check_only})
    assert status == 422
    assert told["problem"] == "2 problems in the settings; nothing was changed"
    assert [(wrong["line"], wrong["path"]) for wrong in told["problems"]] == [
        (11, "tenants.acme.queues.sales.ring_timeout_s"),
        (11, "tenants.acme.queues.sales.x"),
    ]
    assert centre.runtime.state.plan is before
    assert (await centre.ask("GET", "/v1/state"))[0] == 200


async def test_a_token_that_cannot_be_read_changes_nothing_either(centre: Centre) -> None:
    (centre.folder / "wall").unlink()
    centre.write(ring=7)
    status, told = await centre.ask("POST", "/v1/reload")
    assert status == 422
    assert told["problems"][0]["path"] == "daemon.control.tokens.wall.token"
    assert centre.runtime.state.plan.queues["acme/sales"].ring_timeout_us == 20_000_000


async def test_another_token_takes_the_place_of_the_old_one(centre: Centre) -> None:
    ws = await centre.live("wall-wall-wall-wall")
    centre.token("wall", "other-other-other")
    assert (await centre.ask("POST", "/v1/reload"))[1] == {
        "applied": True,
        "changes": [{"kind": "token", "id": "wall", "how": "changed", "fields": []}],
        "odd": [],
    }
    await ws.receive()
    assert ws.close_code == 1008
    assert (await centre.ask("GET", "/v1/state", token="wall-wall-wall-wall"))[0] == 401
    assert (await centre.ask("GET", "/v1/state", token="other-other-other"))[0] == 200


async def test_without_tokens_in_the_settings_this_user_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "var" / "control.access"
    file.parent.mkdir()
    file.write_text("open to all")
    file.chmod(0o644)
    assert read_own_access() == ("", "")
    credentials = CredentialsReader()
    found = credentials.read(Settings())
    credentials.listening("http://127.0.0.1:1")
    url, token = read_own_access()
    assert url == "http://127.0.0.1:1"
    assert found.find(token) == Access("this-user", "admin")
    assert file.stat().st_mode & 0o777 == 0o600
    # It stays through a reload.
    assert credentials.read(Settings()).find(token) is not None
    # A second daemon here leaves it alone.
    with pytest.raises(SettingsError, match="another acdengine runs in this folder"):
        CredentialsReader().read(Settings())
    assert read_own_access() == (url, token)
    await credentials.forget()
    assert not file.exists()
    # After a restart it is another.
    again = CredentialsReader()
    assert again.read(Settings()).find(token) is None
    await again.forget()


async def test_tokens_taken_out_of_the_settings_while_it_runs(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    centre.write(ring=20, tokens="{}")
    assert (await centre.ask("POST", "/v1/reload"))[0] == 200
    assert (await centre.ask("GET", "/v1/state"))[0] == 401
    url, token = read_own_access()
    assert url == centre.url
    assert (await centre.ask("GET", "/v1/state", token=token))[0] == 200


async def test_a_full_inbox_says_try_again(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(centre.runtime, "_loop", None)  # nothing is taken out
    for _ in range(5):
        centre.runtime.post(PhoneChanged(0, "acme/alice", "free"))
    status, told = await centre.ask("POST", "/v1/agents/acme/alice/ready")
    assert (status, told["problem"]) == (503, "too many events are waiting; try again")


async def test_a_daemon_that_stops_is_not_ready(centre: Centre) -> None:
    assert (await centre.ask("GET", "/v1/ready"))[0] == 200
    await centre.runtime.stop()
    status, told = await centre.ask("GET", "/v1/ready")
    assert (status, told["problem"]) == (503, "the daemon is stopping")
    assert (await centre.ask("POST", "/v1/drain", {}))[0] == 503
    assert (await centre.ask("GET", "/v1/health"))[0] == 200
