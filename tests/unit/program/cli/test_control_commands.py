"""Commands that ask a running daemon: what they show, and what they say when it cannot be done."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from acdengine.__main__ import app
from acdengine.api.own_access import write_own_access
from acdengine.program.cli.control import session
from acdengine.program.cli.control.daemon import call_path, path_of
from tests.unit.api.served import Served


@pytest.fixture(scope="module")
def there() -> Iterator[Served]:
    with Served() as served:
        yield served


@pytest.fixture
def served(there: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Served:
    monkeypatch.setenv("ACDENGINE_URL", there.url)
    monkeypatch.setenv("ACDENGINE_TOKEN", "root")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))  # no sessions of the user's own
    monkeypatch.chdir(tmp_path)  # no settings of the project's own
    return there


def run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


# -- what is shown ---------------------------------------------------------------------------------


def test_the_state(served: Served) -> None:
    told = run("status").stdout
    assert "7: 5 waiting (0 callbacks), 2 in conversation" in told
    assert "1 logged_out, 1 ringing, 2 talking" in told
    assert "2026-01-05 09:00:02.000 UTC" in told


def test_switches_are_a_table(served: Served) -> None:
    lines = run("switches").stdout.splitlines()
    assert lines[0].split()[:5] == ["switch", "address", "state", "for", "calls"]
    assert lines[1].split()[:9] == [
        "fs1", "127.0.0.1:8021", "up", "0:02", "7", "3", "9", "2", "ms",
    ]  # fmt: skip
    assert "fs1 up" in run("status").stdout


def test_a_switch_is_drained(served: Served) -> None:
    assert "draining" in run("drain", "--switch", "fs1").stdout
    assert "draining" in run("switches").stdout
    assert "draining" not in run("drain", "--switch", "fs1", "--off").stdout
    run("drain", "acme/support", "--switch", "fs1", code=2)


def test_the_clock_is_shown_and_set_forward(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("clock").stdout.endswith("as the system's does.\n")
    monkeypatch.setattr(served.centre, "clock_offset_us", 7_200_000_000)
    shown = run("clock").stdout
    assert "7200.0 s behind the system's" in shown
    assert "acdengine clock step --yes" in shown
    assert "telephones of agents that stop ringing: 1" in run("clock", "step").stdout
    done = run("clock", "step", "--yes").stdout
    assert "It was set forward by 7200.0 s" in done
    monkeypatch.setattr(served.centre, "clock_offset_us", -7_200_000_000)
    assert "7200.0 s ahead of the system's" in run("clock").stdout
    assert "behind" in run("clock", "step", "--yes", code=1).stderr
    run("clock", "back", code=2)


def test_queues_are_a_table(served: Served) -> None:
    lines = run("queues").stdout.splitlines()
    assert lines[0].split()[:4] == ["queue", "waiting", "longest", "estimate"]
    assert lines[2].split()[:5] == ["acme/support", "3", "0:02", "3:45", "100"]


def test_agents_are_narrowed_down(served: Served) -> None:
    lines = run("agents", "--queue", "acme/support", "--state", "talking").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["agent", "acme/alice"]


def test_a_list_that_goes_on_says_so(served: Served) -> None:
    told = run("agents", "--limit", "2").stdout
    assert told.splitlines()[-1] == "... and more: --limit 0 shows all"
    assert "globex/greta" not in told
    assert "globex/greta" in run("agents", "--limit", "0").stdout


def test_a_list_is_put_together_from_its_pages(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acdengine.program.cli.control.daemon.PAGE_LIMIT", 2)
    whole = json.loads(run("calls", "--limit", "0", "--json").stdout)
    assert [call["call_id"] for call in whole["items"]] == [
        "acme-talk", "globex-talk", "acme-ring", "acme-wait1", "acme-wait2", "globex-wait1",
        "globex-wait2",
    ]  # fmt: skip
    assert whole["next"] == ""
    assert len(json.loads(run("calls", "--limit", "3", "--json").stdout)["items"]) == 3


def test_waiting_calls_in_the_order_of_service(served: Served) -> None:
    lines = run("calls", "--queue", "acme/support").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["acme-ring", "acme-wait1", "acme-wait2"]


def test_one_call_in_full_and_its_story(served: Served) -> None:
    assert "+49301000003" in run("call", "acme-wait1").stdout
    assert "CallQueued" in run("call", "acme-wait1", "story").stdout
    told = run("call", "acme-wait1", "explain").stdout
    assert told.startswith("Call acme-wait1 waits in acme/support.\nPosition 2 of 3")


def test_the_answer_as_it_is(served: Served) -> None:
    assert json.loads(run("agent", "acme/bob", "--json").stdout)["state"] == "logged_out"


@pytest.mark.parametrize("name", ["[red]evil[/]", "\x1b[31mevil"])
def test_names_from_outside_are_no_markup(name: str) -> None:
    with Served() as served:
        served.centre.state.calls["acme-wait1"].caller.name = name
        told = run("call", "acme-wait1", "--url", served.url, "--token", "root").stdout
    assert "evil" in told
    assert "\x1b" not in told
    assert name.replace("\x1b", "\ufffd") in told


# -- what cannot be done ---------------------------------------------------------------------------


def test_the_daemon_is_not_there(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = run("status", "--url", f"http://127.0.0.1:{port}", code=3)
    assert done.stderr.startswith(f"Nothing answers at http://127.0.0.1:{port}: Connection refused")
    assert "acdengine run" in done.stderr


def test_something_else_is_there(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        import threading

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        done = run("status", "--url", f"http://127.0.0.1:{other.getsockname()[1]}", code=3)
        thread.join()
    assert "what answers there is no acdengine" in done.stderr


@pytest.mark.parametrize("words", [("status",), ("watch",)])
def test_a_token_that_is_none(served: Served, words: tuple[str, ...]) -> None:
    done = run(*words, "--token", "wrong", code=1)
    assert done.stderr.startswith("The daemon does not know this token.")
    assert "ACDENGINE_TOKEN" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("agent", "acme/nobody"), "no such agent 'acme/nobody', expected "),
        (("agent", "alice"), "no such agent 'alice' (did you mean 'acme/alice'?), expected "),
        (("drain", "acme/suport"), "no such queue 'acme/suport' (did you mean 'acme/support'?)"),
        (("drain", "--switch", "fs9"), "no such switch 'fs9' (did you mean 'fs1'?), expected fs1"),
        (("calls", "--queue", "support"), "no such queue 'support' (did you mean 'acme/support'?)"),
        (("call", "acme-talc"), "no such call 'acme-talc' (did you mean 'acme-talk'?)"),
        (("calls", "--queue", "foo", "--state", "waiting"), "queue: there is no queue 'foo'"),
        (("calls", "--state", "foo"), "state: is not known here, expected "),
        (
            ("agents", "--queue", "foo"),
            "queue: there is no queue 'foo', expected acme/support, acme/sales or",
        ),
        (("agents", "--team", "acme/fron"), "team: there is no team 'acme/fron'"),
        (("watch", "--fact", "CalQueued"), "facts: there is no kind of facts 'CalQueued' (did"),
        (("watch", "--queue", "foo"), "queues: there is no queue 'foo', expected acme/"),
        (("watch", "--agent", "foo"), "agents: there is no agent 'foo', expected acme/"),
        (
            ("agent", "acme/alice", "not-ready", "golf"),
            "reason: no such reason: golf, expected break or lunch",
        ),
        (("call", "acme-talk", "priority", "1"), "the call does not wait"),
        (("call", "acme-wait1", "move", "acme/none"), "target.queue_id: no such queue"),
        (("agents", "--state", "asleep"), "state: is not known here, expected logged_out, "),
    ],
)
def test_what_the_daemon_refuses(served: Served, words: tuple[str, ...], told: str) -> None:
    assert run(*words, code=1).stderr.startswith(told)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("agent", "alice"), 1, {"status": 404}),
        (("agents", "--queue", "foo"), 1, {"status": 422, "field": "queue"}),
        (("status", "--token", "wrong"), 1, {"status": 401}),
        (("status", "--url", "http://127.0.0.1:1"), 3, {}),
        (("agent", "acme/alice", "dance"), 2, {"field": "ACTION"}),
        (("agents", "--limit", "some"), 2, {}),
        (("agents", "--nosuch"), 2, {}),
        (("status", "--as", "nobody"), 1, {"status": 422}),
    ],
)
def test_with_json_errors_are_json_too(
    served: Served, words: tuple[str, ...], code: int, told: dict[str, Any]
) -> None:
    done = run(*words, "--json", code=code)
    assert done.stdout == ""
    answer = json.loads(done.stderr)
    assert answer["problem"]
    assert told.items() <= answer.items()


@pytest.mark.parametrize("token", ["ümlaut", "two words", "a\nb", "\N{SNOWMAN}"])
def test_a_token_that_can_be_none(served: Served, token: str) -> None:
    done = run("status", "--token", token, code=2)
    assert "what no token can" in " ".join(done.stderr.replace("│", " ").split())
    assert token not in done.stderr


def completed(served: Served, *words: str) -> list[str]:
    """What bash would offer after these."""
    environ = {
        **os.environ, "_ACDENGINE_COMPLETE": "complete_bash", "ACDENGINE_URL": served.url,
        "COMP_WORDS": " ".join(("acdengine", *words)), "COMP_CWORD": str(len(words)),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "acdengine"], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.slow
def test_the_shell_completes_what_there_is(served: Served) -> None:
    assert "queues" in completed(served, "qu")
    assert completed(served, "agent", "acme/al") == ["acme/alice"]
    assert completed(served, "agent", "acme/alice", "wr") == ["wrap-up"]
    assert "acme/support" in completed(served, "calls", "--queue", "acme/")
    assert completed(served, "drain", "--switch", "f") == ["fs1"]
    assert "acme-wait1" in completed(served, "call", "acme-")
    assert completed(served, "watch", "--fact", "CallQ") == ["CallQueued"]
    assert completed(served, "agent", "--url", "http://127.0.0.1:1", "acme/") == []
    assert "_ACDENGINE_COMPLETE=complete_bash" in run("completion", "bash").stdout


def test_a_token_of_the_settings_that_cannot_be_read(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ACDENGINE_URL")
    monkeypatch.delenv("ACDENGINE_TOKEN")
    file = settings(tmp_path, served.url)
    (tmp_path / "root").unlink()
    said = " ".join(run("status", "--config", str(file), code=2).stderr.replace("│", " ").split())
    assert "the token of 'root':" in said
    assert "--as names another: wall" in said
    # Settings without tokens: the daemon that was started here has made one.
    file.write_text(f"daemon: {{ control: {{ port: {served.url.rpartition(':')[2]} }} }}\n")
    write_own_access(served.url, "root")
    assert "acme, globex" in run("status", "--config", str(file)).stdout


def test_settings_with_mistakes() -> None:
    from acdengine.settings.errors import Problem

    with Served() as served:
        served.centre.settings_problems = [Problem("a.yaml", 3, 5, "tenants.x", "is wrong", "y")]
        done = run("reload", "--url", served.url, "--token", "root", code=1)
    assert done.stderr.splitlines() == [
        "1 problem in the settings; nothing was changed",
        "a.yaml:3:5 tenants.x: is wrong, expected y",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("agent", "acme/alice", "dance"), "'dance' is none of: show, story, ready"),
        (("agent", "acme/alice", "not-ready"), "not-ready takes REASON"),
        (("agent", "acme/alice", "ready", "now"), "ready takes nothing"),
        (("agent", "acme/alice", "extend", "long"), "'long' is no number of seconds"),
        (("agent", "acme/alice", "skills", "english"), "'english' is no NAME=NUMBER"),
        (("agent", "acme/alice", "skills", "english=x"), "'x' is no whole number"),
        (("call", "acme-wait1", "priority", "high"), "'high' is no whole number"),
        (("call", "acme-wait1", "move", "moon"), "'moon' is no way; one is TENANT/QUEUE"),
        (("call", "acme-wait1", "move"), "move takes WAY..."),
        (("call", "acme-talk", "consult", "moon", "x"), "WHOM is an agent's id, or: queue ID"),
        (("call", "acme-talk", "mode"), "mode takes MODE"),
        (("callback", "acme/sales"), "either QUEUE and NUMBER, or --cancel CALL"),
        (("agents", "--limit", "some"), "'some' is no whole number"),
        (("agents", "--limit", "-1"), "-1 is less than 0"),
        (("status", "--url", "localhost"), "'localhost' is no address"),
        (("status", "--as", "nobody"), "cannot be read"),
    ],
)
def test_what_is_typed_wrongly(served: Served, words: tuple[str, ...], told: str) -> None:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code in (1, 2)
    assert told in " ".join(done.output.replace("│", " ").split())


# -- finding the daemon ----------------------------------------------------------------------------


def settings(folder: Path, url: str) -> Path:
    port = url.rpartition(":")[2]
    file = folder / "acd.yaml"
    file.write_text(
        "daemon:\n"
        "  control:\n"
        f"    port: {port}\n"
        "    tokens:\n"
        "      wall: { role: read_only, token: '${env:WALL}' }\n"
        f"      root: {{ role: admin, token: '${{file:{folder}/root}}' }}\n"
    )
    (folder / "root").write_text("root\n")
    return file


def test_address_and_token_from_the_settings(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ACDENGINE_URL")
    monkeypatch.delenv("ACDENGINE_TOKEN")
    monkeypatch.setenv("WALL", "acme-wall")
    file = str(settings(tmp_path, served.url))
    assert "acme, globex" in run("status", "--config", file).stdout
    assert "globex" not in run("status", "--config", file, "--as", "wall").stdout
    known = "no token 'x'; there are: wall, root"
    done = CliRunner().invoke(app, ["status", "--config", file, "--as", "x"])
    assert known in " ".join(done.output.replace("│", " ").split())
    # Where `acdengine run` finds them too, they need not be named.
    (tmp_path / "config").mkdir()
    Path(file).rename(tmp_path / "config" / "acdengine.yaml")
    assert "acme, globex" in run("status").stdout


def test_the_settings_of_the_service_are_found_from_anywhere(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ACDENGINE_URL")
    monkeypatch.delenv("ACDENGINE_TOKEN")
    of_service = str(settings(tmp_path, served.url))
    monkeypatch.setattr(session, "DEFAULT_CONFIGS", ("nothing/here.yaml", of_service))
    assert "acme, globex" in run("status").stdout
    assert "acme, globex" in run("status", "--as", "root").stdout


def test_no_token_at_all(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACDENGINE_TOKEN")
    told = run("status", code=1).stderr
    assert "none was found" in told
    assert "var/control.access" in told


def test_what_goes_into_a_path_is_encoded() -> None:
    assert path_of("agents", "acme/a b?", "ready") == "/v1/agents/acme/a%20b%3F/ready"
    assert call_path("a/b#c", "story") == "/v1/calls/a%2Fb%23c/story"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["status"], ["agents", "--json"], ["call", "acme-wait1"]])
def test_a_command_starts_without_anything_heavy(served: Served, words: list[str]) -> None:
    code = (
        "import sys\n"
        "from acdengine.__main__ import app\n"
        f"try: app({words!r})\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'pydantic', 'aiohttp', 'msgspec', 'yaml', 'structlog', 'asyncio',"
        " 'acdengine.engine', 'acdengine.settings'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_every_command_of_the_daemon_can_be_told_where_it_is() -> None:
    from acdengine.program.cli.deferred import load

    for name in ("status", "queues", "agents", "calls", "agent", "call", "callback", "watch",
                 "reload", "drain", "login", "logout"):  # fmt: skip
        command: Any = load(name)
        options = {word for parameter in command.params for word in parameter.opts}
        assert {"--url", "--token", "--config", "--as", "--json"} <= options
