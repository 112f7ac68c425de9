"""REFER of a call that the switch does not have: it dials no address that is named."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass

from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import CallConnected
from tests.live.centre import centre, plan
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld
from tests.live.test_setup import started

New = Callable[[SwitchOptions], FreeSwitchInstance]

#: The comma is not escaped: FreeSWITCH would take what follows it for a variable.
_ELSEWHERE = "Replaces=none%3Bto-tag%3Da%3Bfrom-tag%3Db,acd_customer=injected"
_HEADER = r"^{}: *(.*)$"


@dataclass(frozen=True, slots=True)
class Dialog:
    """One side of a call: what its requests to the switch carry."""

    target: str
    local: str
    remote: str
    call_id: str


def _header(message: str, name: str) -> str:
    found = re.search(_HEADER.format(name), message, re.MULTILINE | re.IGNORECASE)
    assert found is not None, message
    return found[1]


def _message(person: Sipp, begins: str) -> str:
    found = re.search(rf"^{begins}.*?^CSeq: *\d+ \w+$.*?\n\n", person.messages, re.M | re.S)
    assert found is not None, person.messages
    return found[0]


def dialog_of_caller(person: Sipp) -> Dialog:
    ack = _message(person, r"ACK sip:\S+ SIP/2\.0")
    target = ack.split()[1]
    return Dialog(target, _header(ack, "From"), _header(ack, "To"), _header(ack, "Call-ID"))


def dialog_of_phone(person: Sipp) -> Dialog:
    invite = _message(person, r"INVITE sip:\S+ SIP/2\.0")
    answer = _message(person, r"SIP/2\.0 200 OK")
    contact = re.search(r"<(.+?)>", _header(invite, "Contact"))
    assert contact is not None
    return Dialog(
        contact[1], _header(answer, "To"), _header(answer, "From"), _header(answer, "Call-ID")
    )


def refer(side: Dialog, sip_port: int, refer_to: str) -> str:
    """The status that the switch answers to a REFER in that call."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(5)
        port = sender.getsockname()[1]
        request = (
            f"REFER {side.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKrefer{port}\r\nMax-Forwards: 70\r\n"
            f"From: {side.local}\r\nTo: {side.remote}\r\nCall-ID: {side.call_id}\r\n"
            f"CSeq: 900 REFER\r\nContact: <sip:refer@127.0.0.1:{port}>\r\n"
            f"Refer-To: <{refer_to}>\r\nContent-Length: 0\r\n\r\n"
        )
        sender.sendto(request.encode(), ("127.0.0.1", sip_port))
        return sender.recv(65_535).decode("utf-8", "replace").split()[1]


def hears_nothing(stranger: socket.socket, seconds: float) -> bool:
    stranger.settimeout(seconds)
    try:
        stranger.recv(65_535)
    except TimeoutError:
        return True
    return False


async def test_a_transfer_has_no_address_dialled_that_it_names(
    new_freeswitch: New, sipp: SippWorld
) -> None:
    switch = started(new_freeswitch)
    phone = sipp.phone(Phone())
    sipp.register(switch.sip_port, "1000", phone.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        named = f"sip:0900666@127.0.0.1:{stranger.getsockname()[1]}?{_ELSEWHERE}"
        async with centre(switch, plan({"1000": "user/1000@acd.test"})) as acd:
            acd.work("1000")
            call = sipp.call(switch.trunk_port, Caller(did="60042"))
            await acd.expect(CallConnected)
            # A caller transfers nothing at all; an agent's telephone no call that is not here.
            assert refer(dialog_of_caller(call), switch.trunk_port, named) == "405"
            assert refer(dialog_of_caller(call), switch.trunk_port, "sip:1000@acd.test") == "405"
            assert refer(dialog_of_phone(phone), switch.sip_port, named) == "202"
            assert hears_nothing(stranger, 2.0), "the switch has dialled a foreign address"
            assert "2 total." in switch.fs_cli("show channels")
            assert not acd.told(ConversationEnded)
            # SIPp knows nothing of the REFERs, whose numbers are ahead of its own.
            switch.fs_cli("hupall")
            await acd.expect(ConversationEnded)
