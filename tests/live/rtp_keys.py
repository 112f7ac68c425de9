"""A telephone's keys in the stream of its sound (RFC 2833), sent to FreeSWITCH as packets."""

from __future__ import annotations

import asyncio
import socket
import struct
from itertools import count
from typing import Final

from tests.live.esl_peer import EslPeer

#: The payload type of `telephone-event` in the offers of the tests' telephones.
_PAYLOAD: Final = 101
_STEP: Final = 160
_VOLUME: Final = 10
_END: Final = 0x80
_PACKET_S: Final = 0.02
#: Of the first packet of a key.
_numbers = count(1_000, 100)


async def press_by_rtp(esl: EslPeer, leg_id: str, digit: str) -> None:
    """Press a key for 160 ms, at the far end of a leg.

    Packets as of RFC 2833 §3.5: eight updates with a rising duration, the last one three times.
    """
    port = int(await asyncio.to_thread(esl.api, f"uuid_getvar {leg_id} local_media_port"))
    first = next(_numbers)  # a packet with a number that was there before is a repetition
    event = "0123456789*#".index(digit)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for number in range(1, 11):
            is_last = number >= 8
            duration = min(number, 8) * _STEP
            marker = 0x80 if number == 1 else 0
            header = struct.pack(
                "!BBHII", 0x80, marker | _PAYLOAD, first + number, first * _STEP, 0x2833
            )
            body = struct.pack("!BBH", event, (_END if is_last else 0) | _VOLUME, duration)
            out.sendto(header + body, ("127.0.0.1", port))
            await asyncio.sleep(_PACKET_S)
