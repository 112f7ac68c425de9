"""The shipped flows, with the whole daemon and a real FreeSWITCH: real calls, real keys.

All keys of a caller are pressed in the first seconds, one each 200 ms, while prompts play: what
the flow asks for later has been typed ahead.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from acdengine.settings.flows.library import load_flows
from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.rtp_caller import RtpCaller
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import at_work, ended, settings, until
from tests.live.test_flows import CARD
from tests.live.test_inputs import is_reading
from tests.unit.program.daemon_process import DaemonProcess
from tests.unit.speech.sounds import tone

SHIPPED = Path(__file__).parents[2] / "ivr_scripts"
FLOWS = sorted(load_flows([SHIPPED], draft=True).definitions)
#: Each flow has a number.
NUMBERS = {flow: f"50{number:02d}" for number, flow in enumerate(FLOWS, 1)}
#: Passes the check of order numbers.
ORDER = "12345674"
VIP = "30777"
TENANT = """    dial_allow: ["+49", "30"]
    not_ready_reasons: [break, lunch]
    ivr: {{ folder: {folder}/flows, overlay: {folder}/here.overlay.yaml }}
    http: {{ private_hosts: ["127.0.0.1:{port}"] }}
    hours: {{ office: {{ zone: UTC, open: {{ mon-sun: 00:00-24:00 }} }} }}
    customers: {{ hotel: {{ name: Hotel, numbers: ["{vip}"], vip_level: 3 }} }}
"""
QUEUES = """
      support: {}
    teams: { all: { queues: [sales, support] } }
"""
OVERLAY = """
overlay: 1
flows:
  order-status: {{ steps: {{ find: {{ http: "http://127.0.0.1:{port}/orders/{{order}}" }} }} }}
  card-payment: {{ steps: {{ pay: {{ http: "http://127.0.0.1:{port}/charges" }} }} }}
  callback-offer: {{ steps: {{ first: {{ wait: 1 }}, long: {{ if: "true" }} }} }}
"""


class Systems(BaseHTTPRequestHandler):
    """A system in which one order is on its way, and a bank."""

    #: What the bank was told.
    charges: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.charges.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(200, {"receipt": "R7"})

    def do_GET(self) -> None:
        known = self.path == f"/orders/{ORDER}"
        answer = {"status": "shipped", "delivery": {"date": "2026-12-03"}}
        self._answer(200 if known else 404, answer)

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def systems() -> Iterator[int]:
    """The system, at work; its port."""
    with HTTPServer(("127.0.0.1", 0), Systems) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def written(folder: Path, switch: FreeSwitchInstance, port: int, prompt_s: float = 0.6) -> str:
    """Settings with all shipped flows, each at its number, and a tone for each prompt."""
    shutil.copytree(SHIPPED, folder / "flows")
    (folder / "here.overlay.yaml").write_text(OVERLAY.format(port=port))
    sound = tone(8_000, prompt_s)
    for language, names in load_flows([SHIPPED], draft=True).prompts.items():
        (folder / "sounds" / language).mkdir(parents=True)
        for name in names:
            sound.write(folder / "sounds" / language / f"{name}.wav")
    numbers = ", ".join(f'"{number}": {{ flow: {flow} }}' for flow, number in NUMBERS.items())
    text = settings(folder, switch).replace(str(switch.sounds), f"{folder}/sounds")
    text = text.replace('"*": { queue: sales }', numbers)
    text = text.replace("sales: { announcements", "sales: { callback: {}, announcements")
    recordings = f"recordings: {{ folder: {switch.recordings} }}, port:"
    text = text.replace("fs1: { port:", f"fs1: {{ {recordings}")
    tenant = TENANT.format(folder=folder, port=port, vip=VIP)
    return text.replace("    wrap_up:", f"{tenant}    wrap_up:").replace(
        "    agents:\n", f"{QUEUES}    agents:\n      alice: {{}}\n"
    )


@pytest.fixture
def at_the_centre(freeswitch: FreeSwitchInstance, tmp_path: Path) -> Iterator[DaemonProcess]:
    with systems() as port, at_work(tmp_path, written(tmp_path, freeswitch, port)) as daemon:
        yield daemon


def ways(facts: list[dict[str, Any]]) -> list[str]:
    """What steps were left by, as `STEP WAY`."""
    return [f"{one['step']} {one['way']}" for one in facts if one["type"] == "FlowStepLeft"]


def of(facts: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in facts if one["type"] == kind]


def facts_with(daemon: DaemonProcess, kind: str) -> list[dict[str, Any]]:
    """The facts so far, once one of a kind is among them."""

    def told() -> list[dict[str, Any]]:
        path = daemon.folder / "var" / "facts.jsonl"
        facts = daemon.lines("var/facts.jsonl") if path.exists() else []
        return facts if of(facts, kind) else []

    found: list[dict[str, Any]] = until(told, 40)
    return found


def press_after(daemon: DaemonProcess, esl: EslPeer, left: str, keys: str) -> None:
    """Press keys on the one call, once a step has been left so; behind sensitive steps once the
    switch reads them."""
    (call,) = until(lambda: daemon.control("GET", "/v1/calls")["items"])
    call_id = call["call_id"]
    until(lambda: left in ways(facts_with(daemon, "FlowStepLeft")), 40)
    if left != "code value" and left != "long then":
        until(lambda: is_reading(esl, call_id))
    for key in keys:
        esl.api(f"uuid_recv_dtmf {call_id} {key}")


Place = Callable[[Caller], list[dict[str, Any]]]


@pytest.fixture
def calls(at_the_centre: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld) -> Place:
    """Has a caller call; the facts when the call is over."""

    def call(caller: Caller) -> list[dict[str, Any]]:
        sipp.call(freeswitch.trunk_port, caller)
        return ended(at_the_centre)

    return call


def test_an_order_number_is_typed_confirmed_and_looked_up(calls: Place) -> None:
    facts = calls(Caller(NUMBERS["order-status"], number="30123", digits=f"{ORDER}1"))
    assert ways(facts) == [
        "ask value", "find next", "state case shipped", "shipped next", "done return",
    ]  # fmt: skip


def test_an_order_number_that_is_wrong_is_asked_for_again(calls: Place) -> None:
    facts = calls(Caller(NUMBERS["order-status"], number="30123", digits=f"12345678{ORDER}1"))
    assert ways(facts)[-1] == "done return"


def test_a_survey_is_answered_by_keys(calls: Place) -> None:
    facts = calls(Caller(NUMBERS["survey"], number="30123", digits="145"))
    scores = {one["question"]: one["score"] for one in of(facts, "SurveyAnswered")}
    assert scores == {"helpful": 4, "quick": 5}


def test_a_caller_who_is_there_goes_on_to_the_main_menu(calls: Place) -> None:
    facts = calls(Caller(NUMBERS["silent-caller"], number="30123", digits="*", talk_ms=5_000))
    assert ways(facts)[:3] == ["ask key *", "here next", "office open"]


def test_a_message_is_left(calls: Place) -> None:
    facts = calls(Caller(NUMBERS["voicemail"], number="30123", tone_hz=440, talk_ms=5_000))
    assert ways(facts)[0] == "which else"
    (message,) = of(facts, "MessageStored")
    assert message["length_us"] > 1_000_000


def test_an_important_customer_is_put_before_others(
    at_the_centre: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    sipp.call(freeswitch.trunk_port, Caller(NUMBERS["vip-fast-lane"], number=VIP))
    facts = facts_with(at_the_centre, "CallQueued")
    (queued,) = of(facts, "CallQueued")
    assert (queued["queue_id"], queued["priority"]) == ("t/sales", 9)
    tags = {one["name"]: one["value"] for one in of(facts, "CallTagged")}
    assert tags == {"customer": "Hotel", "level": "3"}


def test_keys_typed_ahead_lead_through_the_main_menu_into_a_queue(
    at_the_centre: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    sipp.call(freeswitch.trunk_port, Caller(NUMBERS["main-menu"], number="30123", digits="21"))
    facts = facts_with(at_the_centre, "CallQueued")
    assert ways(facts)[:5] == [
        "office open", "language-choice key 2", "german next", "welcome next", "choose key 1",
    ]  # fmt: skip
    (queued,) = of(facts, "CallQueued")
    assert queued["queue_id"] == "t/sales"


def test_a_card_is_paid_with(
    at_the_centre: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    Systems.charges.clear()
    sipp.call(freeswitch.trunk_port, Caller(NUMBERS["card-payment"], number="30123"))
    press_after(at_the_centre, esl, "tell next", f"{CARD}#")
    press_after(at_the_centre, esl, "card value", "1299")
    press_after(at_the_centre, esl, "expiry value", "737#")
    press_after(at_the_centre, esl, "code value", "1")
    facts = ended(at_the_centre)
    assert ways(facts) == [
        "tell next", "card value", "expiry value", "code value", "sure key 1", "pay next",
        "paid next", "thanks next", "done paid",
    ]  # fmt: skip
    (charge,) = Systems.charges
    assert (charge["card"], charge["expiry"], charge["code"]) == (CARD, "1299", "737")
    tags = {one["name"]: one["value"] for one in of(facts, "CallTagged")}
    assert tags == {"receipt": "R7", "card": "*" * 12 + CARD[-4:]}
    files = [path for path in (at_the_centre.folder / "var").rglob("*") if path.is_file()]
    assert not [path for path in files if CARD[:8].encode() in path.read_bytes()]


def test_a_waiting_caller_is_offered_a_callback_and_takes_it(
    at_the_centre: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld, esl: EslPeer
) -> None:
    sipp.call(freeswitch.trunk_port, Caller(NUMBERS["main-menu"], number="30123", digits="21"))
    press_after(at_the_centre, esl, "long then", "1")
    facts = facts_with(at_the_centre, "CallbackPlaced")
    (placed,) = of(facts, "CallbackPlaced")
    assert placed["queue_id"] == "t/sales"
    assert "offer key 1" in ways(facts)


#: Keys in the sound are looked for once a call is answered.
IN_BAND = """<extension name="in-band" continue="true"><condition>
<action application="set" data="execute_on_answer=start_dtmf"/>
</condition></extension>"""


@pytest.mark.parametrize("way", [RtpCaller.press, RtpCaller.press_by_info, RtpCaller.press_in_band])
def test_keys_of_every_kind_are_typed_ahead_and_none_is_lost(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
    tmp_path: Path,
    way: Callable[[RtpCaller, str], object],
) -> None:
    """All of them while the first prompt plays, which the first of them stops."""
    is_in_band = way is RtpCaller.press_in_band
    switch = new_freeswitch(SwitchOptions(extra_public=IN_BAND if is_in_band else ""))
    switch.start()
    caller = RtpCaller(switch.trunk_port, NUMBERS["order-status"])
    with systems() as port, at_work(tmp_path, written(tmp_path, switch, port, 3.0)) as daemon:
        caller.call()
        until(lambda: len(caller.heard) > 10)
        for key in f"{ORDER}1":
            way(caller, key)
            time.sleep(0.1)
        facts = ended(daemon)
        assert ways(facts)[:3] == ["ask value", "find next", "state case shipped"]
    caller.hang_up()
