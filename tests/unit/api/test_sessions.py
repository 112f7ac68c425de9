"""Accounts: log-in, sessions and their end, limits on wrong passwords, and what the log says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from acdengine.api import sessions
from acdengine.api.login_limits import AttemptWindow
from acdengine.settings.credentials import Account, Credentials, digest_of
from tests.unit.api import centre as centres
from tests.unit.api.centre import ACCESSES, ACCOUNTS, PASSWORD, Centre
from tests.unit.api.conftest import EASY, Browser, Serve

ALICE = {"account": "alice", "password": PASSWORD}


async def log_in(ask: Browser, account: str = "alice", password: str = PASSWORD) -> Any:
    return await ask("POST", "/v1/login", "", {"account": account, "password": password})


async def token_of(ask: Browser, account: str = "alice") -> str:
    answer = await log_in(ask, account)
    assert answer.status == 200, answer.content
    return str(answer.json["token"])


def only(**accounts: Account) -> Credentials:
    """The tokens of the tests with these accounts."""
    return Credentials({digest_of(token): access for token, access in ACCESSES.items()}, accounts)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


# -- sessions --------------------------------------------------------------------------------------


async def test_a_session_is_used_like_a_token(ask: Browser, centre: Centre) -> None:
    answer = await log_in(ask)
    given = answer.json
    assert (given["name"], given["role"], given["tenant_id"], given["agent_id"]) == (
        "alice", "agent", "acme", "acme/alice",
    )  # fmt: skip
    token = given["token"]
    assert (await ask("GET", "/v1/session", token)).json["expires_us"] == given["expires_us"] > 0
    hold = await ask("POST", "/v1/calls/acme-talk/hold", token)
    assert hold.status == 200
    carol = await token_of(ask, "carol")
    path = "/v1/calls/globex-wait1"
    assert (await ask("POST", f"{path}/priority", carol, {"priority": 3})).status == 200
    facts = (await ask("GET", f"{path}/story", carol)).json["facts"]
    assert (facts[-1]["type"], facts[-1]["by"]) == ("PriorityChanged", "carol")
    ws = await ask.live(token)
    assert (await ws.receive_json())["type"] == "snapshot"


async def test_a_session_sees_and_touches_what_its_account_may(ask: Browser) -> None:
    """Each answer is that of a token of the same role and scope."""
    for account, token in (("alice", "acme-alice"), ("carol", "globex-lead")):
        session = await token_of(ask, account)
        for path in ("/v1/agents", "/v1/calls", "/v1/queues", "/v1/agents/acme/bob", "/v1/clock"):
            as_session, as_token = await ask("GET", path, session), await ask("GET", path, token)
            assert (as_session.status, as_session.content) == (as_token.status, as_token.content)
        answer = await ask("POST", "/v1/agents/acme/bob/sign-in", session, {})
        assert answer.status == 404


async def test_a_session_ends_with_log_out_and_so_do_its_live_connections(ask: Browser) -> None:
    token, other = await token_of(ask), await token_of(ask)
    ws = await ask.live(token)
    assert (await ask("POST", "/v1/logout", token)).status == 200
    assert (await ask("GET", "/v1/session", token)).status == 401
    assert (await ask("GET", "/v1/session", other)).status == 200
    while not ws.closed:
        await ws.receive()
    assert ws.close_code == 1008


async def test_a_session_ends_with_its_time(serve: Serve, centre: Centre) -> None:
    clock = Clock()
    ask = await serve(centre, structs_replace(session_s=60), clock=clock)
    token = await token_of(ask)
    clock.s += 59.9
    assert (await ask("GET", "/v1/session", token)).status == 200
    clock.s += 0.2
    assert (await ask("GET", "/v1/session", token)).status == 401
    assert len(ask.server.sessions) == 0


async def test_a_live_connection_ends_with_the_time_of_its_session(
    serve: Serve, centre: Centre
) -> None:
    ask = await serve(centre, structs_replace(session_s=0.2))
    ws = await ask.live(await token_of(ask))
    async with asyncio.timeout(10):
        while not ws.closed:
            await ws.receive()
    assert ws.close_code == 1008


async def test_a_reload_ends_only_sessions_without_their_account(ask: Browser) -> None:
    alice, carol = await token_of(ask), await token_of(ask, "carol")
    ws = await ask.live(carol)
    ask.server.take_credentials(centres.credentials())
    assert (await ask("GET", "/v1/session", alice)).status == 200
    await ws.send_json({"type": "subscribe"})
    while (await ws.receive_json())["type"] != "live":
        pass
    ask.server.take_credentials(only(alice=ACCOUNTS["alice"]))
    assert (await ask("GET", "/v1/session", alice)).status == 200
    assert (await ask("GET", "/v1/session", carol)).status == 401
    while not ws.closed:
        await ws.receive()
    assert ws.close_code == 1008
    ask.server.take_credentials(centres.credentials())
    assert (await ask("GET", "/v1/session", carol)).status == 401  # it does not come back


async def test_another_password_ends_sessions_and_another_scope_counts_at_once(
    ask: Browser,
) -> None:
    token = await token_of(ask)
    fewer = replace(ACCOUNTS["alice"], access=replace(ACCOUNTS["alice"].access, role="read_only"))
    ask.server.take_credentials(only(alice=fewer))
    assert (await ask("GET", "/v1/session", token)).json["role"] == "read_only"
    assert (await ask("POST", "/v1/agents/acme/alice/ready", token)).status == 403
    changed = replace(fewer, password_hash=fewer.password_hash[:-4] + "AAAA")
    ask.server.take_credentials(only(alice=changed))
    assert (await ask("GET", "/v1/session", token)).status == 401


async def test_an_account_has_so_many_sessions_and_the_oldest_makes_room(
    ask: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_PER_ACCOUNT", 2)
    first, second, third = [await token_of(ask) for _ in range(3)]
    statuses = [(await ask("GET", "/v1/session", one)).status for one in (first, second, third)]
    assert statuses == [401, 200, 200]


# -- wrong passwords -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "password"),
    [("alice", "another password"), ("nobody", PASSWORD), ("alice", ""), ("Alice", PASSWORD)],
)
async def test_a_wrong_name_and_a_wrong_password_look_alike(
    ask: Browser, account: str, password: str
) -> None:
    answer = await log_in(ask, account, password)
    assert answer.status == 401
    assert answer.json == {
        "problem": "the account or the password is wrong", "field": "", "expected": "",
    }  # fmt: skip
    assert len(ask.server.sessions) == 0


async def test_where_there_is_no_account_a_password_is_checked_all_the_same(
    ask: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []

    def matches(password: str, password_hash: str) -> bool:
        checked.append(password_hash.split("$")[2])
        return False

    monkeypatch.setattr(sessions, "matches", matches)
    await log_in(ask, "nobody")
    assert checked == ["ln=15,r=8,p=3"]


async def test_an_account_takes_so_many_wrong_passwords(serve: Serve, centre: Centre) -> None:
    clock = Clock()
    ask = await serve(centre, structs_replace(login_attempts=3, login_window_s=60), clock=clock)
    for _ in range(3):
        assert (await log_in(ask, password="wrong")).status == 401
        clock.s += 10
    refused = await log_in(ask)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "31")
    assert (await log_in(ask, "carol")).status == 200
    clock.s += 31
    assert (await log_in(ask)).status == 200
    for _ in range(2):  # the right one has made the others forgotten
        assert (await log_in(ask, password="wrong")).status == 401
    assert (await log_in(ask)).status == 200


async def test_an_address_takes_so_many_wrong_passwords_of_whatever_accounts(
    serve: Serve, centre: Centre
) -> None:
    ask = await serve(centre, structs_replace(login_attempts_per_address=3))
    for name in ("a", "b"):
        assert (await log_in(ask, name)).status == 401
    for _ in range(4):
        assert (await log_in(ask)).status == 200
    assert (await log_in(ask, "c")).status == 401
    assert (await log_in(ask)).status == 429


async def test_attempts_at_the_same_moment_are_no_way_around(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, structs_replace(login_attempts=3))
    answers = await asyncio.gather(*(log_in(ask, password=f"wrong {n}") for n in range(12)))
    assert sorted(answer.status for answer in answers) == [401] * 3 + [429] * 9


async def test_so_many_wait_for_their_password_and_others_come_again(
    ask: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_WAITING", 0)
    answer = await log_in(ask)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    monkeypatch.setattr(sessions, "_WAITING", 1)
    assert (await log_in(ask)).status == 200


def test_attempts_of_many_names_are_bounded() -> None:
    clock = Clock()
    window = AttemptWindow(1, 60, clock)
    for number in range(10_050):
        window.count(f"name {number}")
    assert window.wait_s("name 0") == 0
    assert window.wait_s("name 10049") == 60


# -- what is told ----------------------------------------------------------------------------------


async def test_the_audit_log_tells_log_ins_and_no_passwords(ask: Browser) -> None:
    with capture_logs() as told:
        token = await token_of(ask)
        await log_in(ask, password="not this one")
        await log_in(ask, "my password by mistake")
        await ask("POST", "/v1/logout", token)
    lines = [
        (line["action"], line["by"], line["status"], line["log_level"]) for line in told
    ]  # fmt: skip
    assert lines == [
        ("log_in", "alice", 200, "info"),
        ("log_in", "alice", 401, "warning"),
        ("log_in", "", 401, "warning"),
        ("log_out", "alice", 200, "info"),
    ]
    text = str(told)
    for secret in (PASSWORD, "not this one", "by mistake", token):
        assert secret not in text
    assert {line["remote"] for line in told} == {"127.0.0.1"}


async def test_an_error_while_logging_in_tells_no_password(
    ask: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def matches(password: str, password_hash: str) -> bool:
        raise OSError("no memory")

    monkeypatch.setattr(sessions, "matches", matches)
    with capture_logs() as told:
        assert (await log_in(ask)).status == 500
    assert PASSWORD not in str(told)


async def test_attempts_beyond_the_limit_are_told_once(serve: Serve, centre: Centre) -> None:
    ask = await serve(centre, structs_replace(login_attempts=1))
    with capture_logs() as told:
        for _ in range(20):
            await log_in(ask, password="wrong")
    assert [line["status"] for line in told] == [401, 429]
    assert ask.server.sessions.audit.counts == {"succeeded": 0, "failed": 1, "refused": 19}


def structs_replace(**options: Any) -> Any:
    return structs.replace(EASY, **options)
