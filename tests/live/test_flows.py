"""Flows of settings files, with the whole daemon and a real FreeSWITCH: keys, AGI scripts, HTTP."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.live.test_daemon import at_work, calls, ended, outcomes, settings, until, work
from tests.live.test_inputs import is_reading
from tests.unit.program.daemon_process import DaemonProcess

FLOW = """
flow: 1
languages: [en]
variables: {{answer: text, order: text}}
steps:
  choose:
    menu: []
    keys: {{1: script, 2: ask}}
    first_digit_s: 6
    noinput: {{tries: 1, then: end}}
  script:
    agi: lookup.agi
    arguments: ["{{caller.number}}"]
    save: {{answer: ANSWER}}
    total_s: 20
    on_error: end
    next: say
  ask:
    http: "http://127.0.0.1:{port}/orders/{{caller.number}}"
    save: {{order: status}}
    total_s: 4
    on_error: end
    next: tagged
  say: {{tag: {{answer: answer}}}}
  end: {{hangup: normal}}
  tagged: {{tag: {{order: order}}, next: end}}
"""
SCRIPT = f"""#!{sys.executable} -u
import sys
given = {{}}
while line := sys.stdin.readline().strip():
    key, _, value = line.partition(': ')
    given[key] = value
def ask(command):
    print(command)
    return sys.stdin.readline().strip()
answers = [
    ask('ANSWER'),
    ask('CHANNEL STATUS'),
    ask('STREAM FILE greeting ""').partition(' endpos')[0],
    ask('SAY DIGITS 12 ""'),
    ask('GET DATA greeting 300 2'),
    ask('RECORD FILE message wav "#" 500').partition(' endpos')[0],
    ask('DATABASE PUT calls last ' + given['agi_callerid']),
    ask('EXEC NoOp x'),
]
ask('SET VARIABLE ANSWER "' + '|'.join(answers) + '"')
"""
ANSWERS = [
    "200 result=0",
    "200 result=6",
    "200 result=0",
    "200 result=0",
    "200 result= (timeout)",
    "200 result=0 (timeout)",
    "200 result=1",
    "200 result=0",
]


#: Stands in no other test, and is a valid number of a card.
CARD = "4929123456781236"
CARD_FLOW = """
flow: 1
languages: [en]
variables: {{card: secret, shown: text, receipt: text}}
steps:
  card:
    collect: card
    most: 16
    check: luhn
    sensitive: card
    shown: shown
    shown_digits: 4
    first_digit_s: 15
    noinput: {{then: end}}
    nomatch: {{then: end}}
  pay:
    http: "http://127.0.0.1:{port}/charges"
    method: POST
    json: {{card: card}}
    save: {{receipt: status}}
    on_error: end
    next: tagged
  tagged: {{tag: {{receipt: receipt, shown: shown}}}}
  end: {{hangup: normal}}
"""
WAITING_FLOW = """
flow: 1
languages: [en]
steps:
  sales: {queue: sales, while_waiting: hold, on: {out: left, answered: end}}
  left: {tag: {left: "'by a key'"}}
  end: {hangup: normal}
"""
HOLD_FLOW = """
flow: 1
languages: [en]
steps:
  pause: {wait: 1}
  offer: {menu: [], keys: {1: out, 2: back}, first_digit_s: 2, noinput: {tries: 0, then: again}}
  again: {return: }
  out: {return: out}
  back: {callback: sales, on: {placed: bye}, next: again}
  bye: {hangup: normal}
"""


@contextmanager
def order_system(paid: list[str] | None = None) -> Iterator[int]:
    """A system that knows every order, and is told of payments; its port."""
    payments = [] if paid is None else paid

    class Orders(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payments.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.do_GET()

        def do_GET(self) -> None:
            body = json.dumps({"status": f"shipped {self.path}"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Orders) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def written(folder: Path, switch: FreeSwitchInstance, port: int) -> str:
    flows, scripts = folder / "flows", folder / "agi-bin"
    flows.mkdir()
    scripts.mkdir()
    (flows / "main.yaml").write_text(FLOW.format(port=port))
    (scripts / "lookup.agi").write_text(SCRIPT)
    (scripts / "lookup.agi").chmod(0o755)
    more = f"""    ivr: {{ folder: {flows} }}
    agi: {{ folder: {scripts} }}
    http: {{ private_hosts: ["127.0.0.1:{port}"] }}
"""
    text = settings(folder, switch).replace("{ queue: sales }", "{ flow: main }")
    return text.replace("    wrap_up:", more + "    wrap_up:")


def with_flows(folder: Path, switch: FreeSwitchInstance, more: str, **flows: str) -> str:
    """Settings whose numbers lead to the flow `main`."""
    (folder / "flows").mkdir()
    for name, text in flows.items():
        (folder / "flows" / f"{name}.yaml").write_text(text)
    text = settings(folder, switch).replace("{ queue: sales }", "{ flow: main }", 1)
    more = f"    ivr: {{ folder: {folder / 'flows'} }}\n{more}"
    return text.replace("    wrap_up:", more + "    wrap_up:")


def tags(facts: list[dict[str, Any]]) -> dict[str, str]:
    return {fact["name"]: fact["value"] for fact in facts if fact["type"] == "CallTagged"}


def test_a_key_leads_to_a_script_that_plays_says_collects_and_records(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    with order_system() as port, at_work(tmp_path, written(tmp_path, freeswitch, port)) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123", digits="1"))
        facts = ended(daemon)
        assert tags(facts)["answer"].split("|") == ANSWERS
        steps = [fact["step"] for fact in facts if fact["type"] == "FlowStepLeft"]
        assert steps == ["choose", "script", "say", "end"]


def test_a_key_leads_to_a_system_that_is_asked(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    with order_system() as port, at_work(tmp_path, written(tmp_path, freeswitch, port)) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123", digits="2"))
        assert tags(ended(daemon))["order"] == "shipped /orders/30123"


REACHING = """
flow: 1
languages: [en]
variables: {reached: text, served: text}
steps:
  reach:
    agi: reach.agi
    save: {reached: ANSWER}
    total_s: 60
    on_error: end
    next: say
  say: {tag: {reached: reached}, next: serve}
  serve:
    agi: serve.agi
    total_s: 60
    on_error: end
    next: end
  end: {hangup: normal}
"""
HEAD = SCRIPT.partition("answers = [")[0]
REACH = f"""{HEAD}
def read(name):
    return ask('GET VARIABLE ' + name).partition(' ')[2]
ask('SET VARIABLE __flow_order 7')
answers = [
    ask('EXEC MixMonitor reach.wav'),
    ask('EXEC Dial PJSIP/+4930555@out,20'), read('DIALSTATUS'), read('HANGUPCAUSE'),
    ask('EXEC Dial PJSIP/+4940555@out,20'), read('DIALSTATUS'),
    ask('EXEC Queue sales,,,,1'), read('QUEUESTATUS'),
    ask('STREAM FILE greeting ""').partition(' endpos')[0],
    ask('EXEC Queue nosuch'), read('QUEUESTATUS'),
    ask('EXEC StopMixMonitor'),
]
ask('SET VARIABLE ANSWER "' + '|'.join(answers) + '"')
"""
REACHED = [
    "200 result=0",
    "200 result=0", "result=1 (ANSWER)", "result=1 (16)",
    "200 result=0", "result=1 (CHANUNAVAIL)",
    "200 result=0", "result=1 (TIMEOUT)",
    "200 result=0",
    "200 result=0", "result=1 (UNKNOWN)",
    "200 result=0",
]  # fmt: skip


def test_a_script_dials_and_queues(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    agent, outside = sipp.phone(Phone(talk_ms=500)), sipp.phone(Phone(talk_ms=700))
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(REACHING)
    (tmp_path / "agi-bin").mkdir()
    for name, text in (("reach.agi", REACH), ("serve.agi", f"{HEAD}ask('EXEC Queue sales')\n")):
        (tmp_path / "agi-bin" / name).write_text(text)
        (tmp_path / "agi-bin" / name).chmod(0o755)
    own = f"""    ivr: {{ folder: {tmp_path}/flows }}
    agi: {{ folder: {tmp_path}/agi-bin }}
    dial_allow: ["+4930"]
    dial: {{ via: [out] }}
    wrap_up:"""
    trunks = f"""trunks:
  external: {{}}
  out: {{ gateways: ["sofia/external/{{number}}@127.0.0.1:{outside.port}"] }}
tenants:"""
    text = settings(tmp_path, freeswitch, at(agent)).replace("{ queue: sales }", "{ flow: main }")
    text = text.replace("    wrap_up:", own).replace("tenants:", trunks)
    with at_work(tmp_path, text) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123"))
        until(lambda: tags(calls_told(daemon)), 40)
        assert tags(calls_told(daemon))["reached"].split("|") == REACHED
        work(daemon)
        facts = ended(daemon)
        assert [fact["outcome"] for fact in facts if fact["type"] == "CallEnded"] == ["answered"]
        assert [fact["agent_id"] for fact in facts if fact["type"] == "CallConnected"] == ["t/anna"]
    assert "INVITE sip:+4930555@" in outside.messages
    assert "+4940555" not in outside.messages


def calls_told(daemon: DaemonProcess) -> list[dict[str, Any]]:
    """The facts so far."""
    path = daemon.folder / "var" / "facts.jsonl"
    return daemon.lines("var/facts.jsonl") if path.exists() else []


def test_a_card_is_read_and_paid_with_and_is_nowhere_else(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer, tmp_path: Path
) -> None:
    paid: list[str] = []
    with order_system(paid) as port, freeswitch.esl() as listener:
        listener.command("event plain all")
        more = f"""    http: {{ private_hosts: ["127.0.0.1:{port}"] }}\n"""
        written = with_flows(tmp_path, freeswitch, more, main=CARD_FLOW.format(port=port))
        with at_work(tmp_path, written) as daemon:
            sipp.call(freeswitch.trunk_port, Caller("5001", number="30123"))
            (call,) = until(lambda: calls(daemon, "flow"))
            call_id = call["call_id"]
            until(lambda: is_reading(esl, call_id))
            for key in CARD:
                esl.api(f"uuid_recv_dtmf {call_id} {key}")
            facts = ended(daemon)
            pages = [daemon.get("metrics"), str(daemon.control("GET", f"/v1/calls/{call_id}"))]
        assert tags(facts)["shown"] == "*" * 12 + CARD[-4:]
        assert tags(facts)["receipt"] == "shipped /charges"
        assert [json.loads(body)["card"] for body in paid] == [CARD]
        listener.api("status")
        told = bytes(listener.recorded).decode("utf-8", "replace")
    assert call_id in told
    # The commands that press the keys, as the listener is told of them, are not the switch's.
    told = "\n".join(line for line in told.splitlines() if not line.startswith("API-Command"))
    files = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert any("journal" in str(path) for path in files)
    recorded = [str(path) for path in Path(freeswitch.recordings).rglob("*")]
    everything = [told, freeswitch.log_text(), *pages, *recorded, *map(str, files)]
    everything += [path.read_bytes().decode("latin-1") for path in files]
    assert not [text for text in everything if CARD in text or CARD[:8] in text]


def test_a_key_leads_a_waiting_caller_out_of_the_queue(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    more = "    dial_allow: ['3']\n"
    written = with_flows(tmp_path, freeswitch, more, main=WAITING_FLOW, hold=HOLD_FLOW)
    written = written.replace("sales: { announ", "sales: { callback: {}, announ")
    with at_work(tmp_path, written) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123", digits="1"))
        facts = ended(daemon)
        assert tags(facts) == {"left": "by a key"}
        (left,) = [fact for fact in facts if fact["type"] == "CallLeftQueue"]
        assert (left["reason"], left["to"]) == ("key", "flow")


def test_a_waiting_caller_is_answered_in_the_middle_of_a_flow_or_rung_back(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phone = sipp.phone(Phone(answer_ms=100, talk_ms=500))
    written = with_flows(tmp_path, freeswitch, "    dial_allow: ['3']\n", main=WAITING_FLOW,
                         hold=HOLD_FLOW)  # fmt: skip
    written = written.replace("user/1000@acd.test", at(phone))
    written = written.replace("sales: { announ", "sales: { callback: {}, announ")
    with at_work(tmp_path, written) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001", number="30123"))
        until(lambda: calls(daemon, "waiting"))
        work(daemon)
        assert outcomes(ended(daemon)) == ["answered"]
        daemon.control("POST", "/v1/agents/t/anna/not-ready", {"reason": "break"})
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", number="30124", digits="2"))
        caller.wait(20)
        (call,) = until(lambda: calls(daemon, "waiting"))
        assert call["callback"]
