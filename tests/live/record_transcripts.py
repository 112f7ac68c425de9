"""Records what a real FreeSWITCH says over the event socket, for `tests/replay/esl/`.

    FREESWITCH_BIN=… python -m tests.live.record_transcripts tests/replay/esl

Run it where the host has a name that may be published: the name is in every event.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.live.esl_peer import EslError, EslPeer, Headers
from tests.live.freeswitch_config import Gateway, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance, free_port
from tests.live.sipp_calls import FOREVER_MS, Caller, Phone, Sipp, SippWorld, at

CALL_EVENTS = (
    "CHANNEL_CREATE CHANNEL_ORIGINATE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER "
    "CHANNEL_PARK CHANNEL_UNPARK CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HOLD CHANNEL_UNHOLD "
    "CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE "
    "CHANNEL_DESTROY PLAYBACK_START PLAYBACK_STOP RECORD_START RECORD_STOP DTMF BACKGROUND_JOB "
    "HEARTBEAT SHUTDOWN"
).split()
CUSTOM_EVENTS = (
    "sofia::register sofia::unregister sofia::expire sofia::gateway_state "
    "conference::maintenance callcenter::info"
).split()


class Stage:
    """One running FreeSWITCH with callers and telephones; `esl` is the recorded connection."""

    def __init__(self, switch: FreeSwitchInstance, sipp: SippWorld, form: str = "json") -> None:
        """Subscribes to all that a call centre needs."""
        self.switch = switch
        self.sipp = sipp
        self.esl = switch.esl()
        self.esl.subscribe(*CALL_EVENTS, *CUSTOM_EVENTS, form=form)

    def caller(self, caller: Caller) -> tuple[Sipp, str]:
        """A caller, parked; with the leg's uuid."""
        call = self.sipp.call(self.switch.trunk_port, caller)
        return call, self.esl.wait_for("CHANNEL_PARK")["Unique-ID"]

    def agent(self, leg: str, phone: Phone, variables: str = "", *, wait: bool = True) -> Sipp:
        """Rings a telephone as `leg`; waits until it is parked, if told to."""
        ringing = self.sipp.phone(phone)
        chosen = f"origination_uuid={leg},ignore_early_media=true{variables}"
        self.esl.bgapi(f"originate {{{chosen}}}{at(ringing)} &park()")
        if wait:
            self.wait("CHANNEL_PARK", leg)
        return ringing

    def wait(self, name: str, leg: str) -> Headers:
        """The next event of that name of the leg."""
        return self.esl.wait_for(name, Unique_ID=leg)

    def bridge(self, caller: str, agent: str) -> None:
        """Bridges two legs and waits until they are."""
        self.esl.api(f"uuid_bridge {caller} {agent}")
        self.esl.wait_for("CHANNEL_BRIDGE")


def queue_call(stage: Stage) -> None:
    """Parked, answered, greeting over music, agent rings and answers, bridged, recorded, held."""
    call, leg = stage.caller(Caller("5001", number="30111", name="Ann", tone_hz=300))
    stage.esl.api(f"uuid_setvar_multi {leg} acd_queue=support;park_after_bridge=true")
    stage.esl.api(f"uuid_answer {leg}")
    stage.wait("CHANNEL_ANSWER", leg)
    stage.esl.execute(leg, "playback", "local_stream://moh")
    stage.esl.execute(leg, "playback", f"{stage.switch.sounds}/greeting.wav")
    stage.esl.wait_for("PLAYBACK_STOP", Playback_Status="done")
    phone = stage.agent("agent-leg-1", Phone(answer_ms=400, tone_hz=500))
    stage.bridge(leg, "agent-leg-1")
    path = stage.switch.recordings / "call.wav"
    stage.esl.api(f"uuid_setvar {leg} RECORD_STEREO true")
    stage.esl.api(f"uuid_record {leg} start {path}")
    stage.esl.wait_for("RECORD_START")
    stage.esl.api(f"uuid_recv_dtmf {leg} 5")
    stage.esl.wait_for("DTMF")
    phone.hold()
    stage.wait("CHANNEL_HOLD", "agent-leg-1")
    phone.resume()
    stage.wait("CHANNEL_UNHOLD", "agent-leg-1")
    phone.hang_up()
    stage.wait("CHANNEL_HANGUP_COMPLETE", "agent-leg-1")
    stage.wait("CHANNEL_PARK", leg)
    call.hang_up()
    stage.wait("CHANNEL_HANGUP_COMPLETE", leg)


def rings_that_fail(stage: Stage) -> None:
    """No answer, cancelled, busy, declined, not registered, no such gateway."""
    stage.agent("ring-1", Phone(FOREVER_MS), ",originate_timeout=1", wait=False)
    stage.wait("CHANNEL_HANGUP_COMPLETE", "ring-1")
    stage.agent("ring-2", Phone(FOREVER_MS), wait=False)
    stage.wait("CHANNEL_PROGRESS", "ring-2")
    stage.esl.api("uuid_kill ring-2 ORIGINATOR_CANCEL")
    stage.wait("CHANNEL_HANGUP_COMPLETE", "ring-2")
    for leg, status in (("ring-3", "486 Busy Here"), ("ring-4", "603 Decline")):
        phone = stage.sipp.refusing_phone(status)
        stage.esl.job(f"originate {{origination_uuid={leg}}}{at(phone)} &park()")
        stage.wait("CHANNEL_HANGUP_COMPLETE", leg)
    for dialled in ("user/1005@acd.test", "sofia/gateway/nosuch/123"):
        stage.esl.job(f"originate {{origination_uuid=ring-5}}{dialled} &park()")


def ring_first_then_bridge(stage: Stage) -> None:
    """`return_ring_ready`: parked while it rings, bridged by the switch as the agent answers."""
    call, leg = stage.caller(Caller("6001", number="30112"))
    stage.esl.execute(leg, "playback", "local_stream://moh")
    answered = f",return_ring_ready=true,api_on_answer='uuid_bridge {leg} agent-leg-2'"
    stage.agent("agent-leg-2", Phone(300), answered)
    stage.esl.wait_for("CHANNEL_BRIDGE")
    call.hang_up()
    stage.wait("CHANNEL_HANGUP_COMPLETE", leg)
    stage.wait("CHANNEL_HANGUP_COMPLETE", "agent-leg-2")


def abandoned(stage: Stage) -> None:
    """One caller gives up before the answer, one while an agent's telephone rings."""
    call, leg = stage.caller(Caller("5001", number="30113"))
    call.hang_up()
    stage.wait("CHANNEL_HANGUP_COMPLETE", leg)
    call, leg = stage.caller(Caller("6001", number="30114"))
    stage.agent("agent-leg-3", Phone(FOREVER_MS), wait=False)
    stage.wait("CHANNEL_PROGRESS", "agent-leg-3")
    call.hang_up()
    stage.wait("CHANNEL_HANGUP_COMPLETE", leg)
    stage.esl.api("uuid_kill agent-leg-3 ORIGINATOR_CANCEL")
    stage.wait("CHANNEL_HANGUP_COMPLETE", "agent-leg-3")


def consult_transfer_conference(stage: Stage) -> None:
    """Agent one asks agent two, comes back, hands over; then three in a conference."""
    call, leg = stage.caller(Caller("6001", number="30115"))
    stage.agent("one", Phone(50))
    stage.bridge(leg, "one")
    for parked in (leg, "one"):
        stage.esl.api(f"uuid_setvar {parked} park_after_bridge true")
    stage.agent("two", Phone(50))
    stage.bridge("one", "two")
    stage.esl.execute(leg, "playback", "local_stream://moh")
    stage.esl.wait_for("PLAYBACK_START")
    stage.bridge(leg, "two")
    stage.wait("CHANNEL_PARK", "one")
    stage.esl.api(f"uuid_transfer {leg} -both conference:room1@default inline")
    stage.esl.wait_for("conference::maintenance", Action="add-member", Conference_Size="2")
    stage.esl.api("uuid_transfer one conference:room1@default inline")
    stage.esl.wait_for("conference::maintenance", Action="add-member", Conference_Size="3")
    call.hang_up()
    stage.wait("CHANNEL_HANGUP_COMPLETE", leg)


def registrations(stage: Stage) -> None:
    """Registered, taken back, expired; a gateway found dead and alive again."""
    port = stage.sipp.phone(Phone()).port
    stage.sipp.register(stage.switch.sip_port, "1001", port)
    stage.esl.wait_for("sofia::register")
    stage.sipp.register(stage.switch.sip_port, "1001", port, expires_s=0)
    stage.esl.wait_for("sofia::unregister")
    stage.sipp.register(stage.switch.sip_port, "1002", port, expires_s=1)
    stage.esl.wait_for("sofia::expire")
    for said in ("sofia xmlstatus profile internal reg", "sofia xmlstatus gateway"):
        stage.esl.api(said)


def state_of_the_switch(stage: Stage) -> None:
    """What a restarted engine asks: channels, their variables, and what is not there."""
    stage.esl.api("show channels as json")
    _, leg = stage.caller(Caller("6001", number="30116"))
    stage.esl.api(f"uuid_setvar_multi {leg} acd_queue=support;acd_priority=5")
    stage.agent("agent-leg-4", Phone(50))
    stage.bridge(leg, "agent-leg-4")
    stage.caller(Caller("5002", number="30117"))
    # The table behind `show` is written behind: up to 0.3 s late.
    time.sleep(1)
    for said in (
        *("show channels as json", "show calls as json", "show calls count", "status"),
        *(f"uuid_dump {leg} json", f"uuid_dump {leg}", "uuid_dump nosuch json"),
        *(f"uuid_getvar {leg} acd_queue", f"uuid_getvar {leg} nosuch", "uuid_exists nosuch"),
        *("uuid_kill nosuch", "uuid_bridge nosuch other", "nosuchcommand"),
    ):
        stage.esl.api(said)


def odd_names(stage: Stage) -> None:
    """Callers whose names try to be more than names; the last is no UTF-8."""
    for name in (
        *("evil%0AUnique-ID: forged", "a'b ${uuid} $1 ^^:x", "{x=1}<z>, (w); q=1|2"),
        *("Jürgen Groß 日本", "J\udcfcrgen"),
    ):
        call, leg = stage.caller(Caller("5001", number="30118", name=name))
        call.hang_up()
        stage.wait("CHANNEL_HANGUP_COMPLETE", leg)


def callcenter(stage: Stage) -> None:
    """One call through the callcenter module, for what its events look like."""
    for said in (
        "agent add 1000@default callback",
        "agent set contact 1000@default {null_auto_answer_delay=300}null/1000",
        "agent set status 1000@default Available",
        "agent set state 1000@default Waiting",
        "tier add support@default 1000@default 1 1",
    ):
        stage.esl.api(f"callcenter_config {said}")
    call = stage.sipp.call(stage.switch.trunk_port, Caller("8001", number="30119"))
    stage.esl.wait_for("callcenter::info", CC_Action="bridge-agent-start")
    call.hang_up()
    stage.esl.wait_for("callcenter::info", CC_Action="member-queue-end")


def shutdown(stage: Stage) -> None:
    """The switch ends in good order with one caller in it."""
    stage.caller(Caller("6001", number="30120"))
    stage.switch.stop()
    try:
        stage.esl.wait_for("NONE")
    except (EslError, OSError):
        return
    raise EslError("the switch stopped and its connection did not end")


def outbound(switch: FreeSwitchInstance, sipp: SippWorld, listener: socket.socket) -> EslPeer:
    """The switch connects to us: `connect`, `linger`, `myevents`, answer, the caller leaves."""
    call = sipp.call(switch.trunk_port, Caller("7001", number="30121"))
    peer = EslPeer(listener.accept()[0])
    peer.command("connect")
    peer.command("linger 1")
    peer.command("myevents json")
    peer.command(
        "sendmsg",
        {"call-command": "execute", "execute-app-name": "answer", "Event-UUID": "answer-1"},
    )
    peer.wait_for("CHANNEL_EXECUTE_COMPLETE", Application_UUID="answer-1")
    call.hang_up()
    try:
        peer.wait_for("NONE")
    except EslError:
        return peer
    raise EslError("the connection did not end")


SCENES: tuple[tuple[str, Callable[[Stage], None], str], ...] = (
    ("queue-call", queue_call, "json"),
    ("queue-call-plain", queue_call, "plain"),
    ("rings-that-fail", rings_that_fail, "json"),
    ("ring-first-then-bridge", ring_first_then_bridge, "json"),
    ("abandoned", abandoned, "json"),
    ("consult-transfer-conference", consult_transfer_conference, "json"),
    ("registrations", registrations, "json"),
    ("state-of-the-switch", state_of_the_switch, "json"),
    ("odd-names", odd_names, "json"),
    ("odd-names-plain", odd_names, "plain"),
    ("callcenter", callcenter, "json"),
    ("shutdown", shutdown, "json"),
)


def main() -> None:
    """Records every scene into the folder that the command line names."""
    into = Path(sys.argv[1])
    with (
        tempfile.TemporaryDirectory(prefix="acd-") as name,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        options = SwitchOptions(
            log_level="warning",
            gateways=(Gateway("trunk1", f"127.0.0.1:{free_port()}"),),
            socket_port=listener.getsockname()[1],
        )
        binary = Path(os.environ["FREESWITCH_BIN"])
        switch = FreeSwitchInstance(binary, Path(name) / "fs", options)
        switch.start()
        try:
            _keep(into, "outbound", lambda sipp: outbound(switch, sipp, listener), Path(name))
            for title, scene, form in SCENES:
                _keep(into, title, _played(switch, scene, form), Path(name))
        finally:
            switch.kill9()


def _played(
    switch: FreeSwitchInstance, scene: Callable[[Stage], None], form: str
) -> Callable[[SippWorld], EslPeer]:
    def play(sipp: SippWorld) -> EslPeer:
        stage = Stage(switch, sipp, form)
        scene(stage)
        if scene is not shutdown:
            stage.esl.drain()
            stage.esl.command("exit")
            switch.clear()
        return stage.esl

    return play


def _keep(into: Path, title: str, play: Callable[[SippWorld], EslPeer], folder: Path) -> None:
    sipp = SippWorld(folder)
    try:
        peer = play(sipp)
    finally:
        sipp.close()
    (into / f"{title}.bin").write_bytes(bytes(peer.recorded))
    said = [line for line in peer.sent if not line.startswith("auth ")]
    (into / f"{title}.sent.txt").write_text("\n\n".join(said) + "\n", "utf-8")
    print(f"{title}: {len(peer.recorded)} bytes")


if __name__ == "__main__":
    main()
