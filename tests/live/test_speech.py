"""Callers who speak in flows, with the whole daemon and a real FreeSWITCH: recorded for a
recogniser over HTTP, and heard by a module of the switch (mod_test, to which every sound is the
same word)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.live.freeswitch_config import MODULES, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import at_work, ended
from tests.live.test_flows import tags, with_flows

FLOW = """
flow: 1
languages: [en]
variables: {chosen: text}
steps:
  choose:
    menu: []
    keys: {1: one, 2: two}
    speech: {my order: "1", agent: "2"}
    save: chosen
    first_digit_s: 1
    noinput: {tries: 0, then: silent}
    nomatch: {tries: 0, then: mumbled}
  one: {tag: {chosen: chosen}, next: end}
  two: {tag: {chosen: chosen}, next: end}
  silent: {tag: {chosen: "'silence'"}, next: end}
  mumbled: {tag: {chosen: "'nothing'"}, next: end}
  end: {hangup: normal}
"""
HTTP = """    http: {{ private_hosts: ["127.0.0.1:{port}"] }}
"""
OVER_HTTP = """
      recogniser:
        longest_s: 1
        http:
          url: "http://127.0.0.1:{port}/recognise?language={{language}}"
          text: text
          confidence: sure
          total_s: 4
"""
BY_SWITCH = """
      recogniser:
        switch:
          module: test
          grammar: menu
          parameters: { speech-timeout: "800", no-input-timeout: "400" }
"""
SPEAKS = Caller("5001", number="30123", tone_hz=1000)


@contextmanager
def recogniser(
    text: str, sure: float = 0.9, status: int = 200
) -> Iterator[tuple[int, list[bytes]]]:
    """A recogniser that understands every sound alike; its port, and what it was sent."""
    sent: list[bytes] = []

    class Recogniser(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"text": text, "sure": sure}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Recogniser) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, sent
        finally:
            server.shutdown()


def chosen(
    folder: Path, switch: FreeSwitchInstance, sipp: SippWorld, caller: Caller, listens: str,
    more: str = "",
) -> str:  # fmt: skip
    """What a caller chooses in the menu; nothing of what was said is in the log."""
    text = with_flows(folder, switch, more, main=FLOW)
    flows = f"    ivr: {{ folder: {folder / 'flows'} }}\n"
    assert flows in text
    text = text.replace(flows, f"    ivr:\n      folder: {folder / 'flows'}{listens}")
    recordings = f"fs1: {{ recordings: {{ folder: {switch.recordings} }}, port:"
    assert "fs1: { port:" in text
    text = text.replace("fs1: { port:", recordings)
    with at_work(folder, text) as daemon:
        sipp.call(switch.trunk_port, caller)
        told = tags(ended(daemon))
        assert "my order" not in (folder / "var" / "log.jsonl").read_text().lower()
    return told["chosen"]


def left(switch: FreeSwitchInstance) -> list[Path]:
    """Utterances that were not removed."""
    return list((Path(switch.recordings) / "utterances").glob("*"))


@pytest.mark.parametrize(
    ("text", "sure", "status", "found"),
    [
        ("My order, please.", 0.9, 200, "1"),
        ("My order, please.", 0.4, 200, "nothing"),
        ("the weather", 0.9, 200, "nothing"),
        ("", 0.9, 503, "nothing"),
    ],
)
def test_what_is_said_is_recorded_and_sent_to_a_recogniser(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path, text: str, sure: float,
    status: int, found: str,
) -> None:  # fmt: skip
    with recogniser(text, sure, status) as (port, sent):
        listens, more = OVER_HTTP.format(port=port), HTTP.format(port=port)
        assert chosen(tmp_path, freeswitch, sipp, SPEAKS, listens, more) == found
    (sound,) = sent
    assert sound[:4] == b"RIFF"
    assert any(sound[1_000:]), "a voice, and no silence"
    assert left(freeswitch) == []


def test_a_silent_caller_and_one_who_presses_a_key_are_not_sent(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    for name, caller, found in (
        ("silent", Caller("5001", number="30123"), "silence"),
        ("keys", Caller("5001", number="30123", digits="2"), "2"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        with recogniser("my order") as (port, sent):
            listens, more = OVER_HTTP.format(port=port), HTTP.format(port=port)
            assert chosen(folder, freeswitch, sipp, caller, listens, more) == found
        assert sent == []
    assert left(freeswitch) == []


@pytest.mark.parametrize(
    ("caller", "found"),
    [
        (SPEAKS, "2"),
        (Caller("5001", number="30123"), "silence"),
        (Caller("5001", number="30123", digits="1"), "1"),
    ],
    ids=["speaks", "silent", "presses"],
)
def test_a_module_of_the_switch_listens(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld, tmp_path: Path,
    caller: Caller, found: str,
) -> None:  # fmt: skip
    switch = new_freeswitch(SwitchOptions(modules=(*MODULES, "mod_test")))
    switch.start()
    if switch.fs_cli("module_exists mod_test").strip() != "true":
        pytest.skip("FreeSWITCH was built without mod_test")
    assert chosen(tmp_path, switch, sipp, caller, BY_SWITCH) == found
