"""Agents' telephones register, unregister and expire at a real FreeSWITCH; gateways go down."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.freeswitch_config import Gateway, SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance, free_port
from tests.live.sipp_calls import Caller, Phone, SippWorld
from tests.live.test_daemon import at_work, ended, outcomes, ready, settings, until, work
from tests.unit.program.daemon_process import DaemonProcess


class Pinged:
    """A carrier that answers OPTIONS while the block lasts."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._answer)

    def _answer(self) -> None:
        while True:
            request, sender = self._socket.recvfrom(65536)
            if request == b"end":
                return
            kept = ("Via", "From", "To", "Call-ID", "CSeq")
            lines = [line for line in request.decode().split("\r\n") if line.startswith(kept)]
            answer = "\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""])
            self._socket.sendto(answer.encode(), sender)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"end", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


@pytest.fixture
def daemon(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> Iterator[DaemonProcess]:
    with DaemonProcess(tmp_path, settings=settings(tmp_path, freeswitch)) as running:
        running.started()
        until(lambda: ready(running))
        yield running


def state(daemon: DaemonProcess) -> str:
    """anna's, with the reason."""
    anna = daemon.control("GET", "/v1/agents/t/anna")
    return f"{anna['state']} {anna['reason']}".strip()


def test_an_agent_is_reachable_while_any_telephone_is_registered(
    daemon: DaemonProcess, freeswitch: FreeSwitchInstance, sipp: SippWorld
) -> None:
    work(daemon)
    until(lambda: state(daemon) == "not_ready phone-unregistered")
    phone = sipp.phone(Phone(answer_ms=50, talk_ms=300))
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    until(lambda: state(daemon) == "ready")
    caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
    assert outcomes(ended(daemon)) == ["answered"]
    caller.wait()
    sipp.register(freeswitch.sip_port, "1000", phone.port, expires_s=0)
    until(lambda: state(daemon) == "not_ready phone-unregistered")
    # This one forgets to refresh.
    sipp.register(freeswitch.sip_port, "1000", phone.port, expires_s=1)
    until(lambda: state(daemon) == "ready")
    until(lambda: state(daemon) == "not_ready phone-unregistered")


def test_registrations_from_before_the_daemon_are_known(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phone = sipp.phone(Phone())
    sipp.register(freeswitch.sip_port, "1000", phone.port)
    with at_work(tmp_path, settings(tmp_path, freeswitch)) as daemon:
        work(daemon)
        until(lambda: state(daemon) == "ready")
        sipp.register(freeswitch.sip_port, "1000", phone.port, expires_s=0)
        until(lambda: state(daemon) == "not_ready phone-unregistered")


def test_who_is_reached_through_a_gateway_follows_it(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], tmp_path: Path
) -> None:
    port = free_port()
    switch = new_freeswitch(
        SwitchOptions(gateways=(Gateway("carrier", f"127.0.0.1:{port}", ping_s=5),))
    )
    switch.start()
    written = settings(tmp_path, switch, "sofia/gateway/carrier/493012345")
    with at_work(tmp_path, written) as daemon:
        work(daemon)
        until(lambda: state(daemon) == "not_ready phone-unregistered", 30)
        with Pinged(port):
            until(lambda: state(daemon) == "ready", 30)
        until(lambda: state(daemon) == "not_ready phone-unregistered", 30)
