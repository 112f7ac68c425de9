"""A caller of one's own: SIP and RTP on two UDP sockets, to press keys in the media and to hear to
the millisecond when a prompt is silent."""

from __future__ import annotations

import math
import random
import re
import socket
import struct
import threading
import time
from collections import deque
from typing import Final

from tests.live.sipp_calls import ulaw

_FRAME_S: Final = 0.02
_ULAW_SILENCE: Final = (0xFF, 0x7F, 0xFE, 0x7E)
_EVENT_PAYLOAD: Final = 101
#: The two frequencies of each key, in Hz (ITU-T Q.23).
TONES: Final = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, key in zip((1209, 1336, 1477, 1633), row, strict=True)
}


class RtpCaller:
    """One call to 127.0.0.1. `heard` are the times of the frames with sound."""

    def __init__(self, port: int, did: str) -> None:
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.settimeout(5)
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._rtp.settimeout(0.1)
        self._to = ("127.0.0.1", port)
        self._did = did
        self._call_id = f"rtp-{random.getrandbits(48):x}"
        self._tag = f"{random.getrandbits(32):x}"
        self._media = ("127.0.0.1", 0)
        self._peer_tag = ""
        self._sequence, self._stamp = 1, 160
        self._cseq = 1
        #: Frames to be sent in place of silence.
        self._sound: deque[bytes] = deque()
        self._ssrc = random.getrandbits(32)
        self.heard: list[float] = []
        self._is_over = False
        self._lock = threading.Lock()

    def call(self) -> None:
        """Call, be answered, and send silence from then on."""
        media_port = self._rtp.getsockname()[1]
        sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {media_port} RTP/AVP 0 {_EVENT_PAYLOAD}\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:{_EVENT_PAYLOAD} telephone-event/8000\r\na=ptime:20\r\n"
        )
        self._send("INVITE", 1, "", sdp)
        while True:
            answer = self._sip.recv(65_536).decode()
            if answer.startswith("SIP/2.0 200"):
                break
            assert answer.startswith("SIP/2.0 1"), answer
        found = re.search(r"^m=audio (\d+)", answer, re.MULTILINE)
        tag = re.search(r"^To:.*;tag=(\S+)", answer, re.MULTILINE)
        assert found is not None
        assert tag is not None
        self._media = ("127.0.0.1", int(found[1]))
        self._peer_tag = f";tag={tag[1]}"
        self._send("ACK", 1, self._peer_tag, "")
        threading.Thread(target=self._speak, daemon=True).start()
        threading.Thread(target=self._listen, daemon=True).start()

    def _send(
        self, method: str, number: int, tag: str, body: str, content_type: str = "application/sdp"
    ) -> None:
        port = self._sip.getsockname()[1]
        kind = f"Content-Type: {content_type}\r\n" if body else ""
        message = (
            f"{method} sip:{self._did}@127.0.0.1:{self._to[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{random.getrandbits(40):x}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:30123@127.0.0.1:{port}>;tag={self._tag}\r\n"
            f"To: <sip:{self._did}@127.0.0.1>{tag}\r\nCall-ID: {self._call_id}\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:30123@127.0.0.1:{port}>\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._sip.sendto(message.encode(), self._to)

    def _packet(self, payload_type: int, stamp: int, payload: bytes, *, marker: bool) -> None:
        head = struct.pack(
            "!BBHII", 0x80, payload_type | (0x80 if marker else 0), self._sequence & 0xFFFF,
            stamp & 0xFFFFFFFF, self._ssrc,
        )  # fmt: skip
        self._sequence += 1
        self._rtp.sendto(head + payload, self._media)

    def _speak(self) -> None:
        due = time.monotonic()
        while not self._is_over:
            with self._lock:
                frame = self._sound.popleft() if self._sound else b"\xff" * 160
                self._packet(0, self._stamp, frame, marker=False)
                self._stamp += 160
            due += _FRAME_S
            time.sleep(max(due - time.monotonic(), 0))

    def _listen(self) -> None:
        while not self._is_over:
            try:
                packet = self._rtp.recv(2048)
            except TimeoutError:
                continue
            if packet[1] & 0x7F == 0 and any(byte not in _ULAW_SILENCE for byte in packet[12:]):
                self.heard.append(time.monotonic())

    def press(self, digit: str) -> tuple[float, float]:
        """Press a key by RFC 2833 for 100 ms; when its first packet was sent, and its first end."""
        event = "0123456789*#ABCD".index(digit)
        with self._lock:
            stamp, began = self._stamp, time.monotonic()
            for frame in range(1, 6):
                payload = struct.pack("!BBH", event, 10, frame * 160)
                self._packet(_EVENT_PAYLOAD, stamp, payload, marker=frame == 1)
                time.sleep(_FRAME_S)
            ended = time.monotonic()
            for _ in range(3):
                self._packet(
                    _EVENT_PAYLOAD, stamp, struct.pack("!BBH", event, 0x8A, 800), marker=False
                )
            self._stamp += 960
        return began, ended

    def press_by_info(self, digit: str) -> tuple[float, float]:
        """Press a key by SIP INFO; when it was sent."""
        self._cseq += 1
        body = f"Signal={digit}\r\nDuration=100\r\n"
        now_s = time.monotonic()
        self._send("INFO", self._cseq, self._peer_tag, body, "application/dtmf-relay")
        return now_s, now_s

    def press_in_band(self, digit: str) -> tuple[float, float]:
        """Press a key as two tones for 100 ms in the sound; when they began, and ended."""
        low, high = TONES[digit]
        turn = 2 * math.pi / 8000
        samples = [
            round(4000 * (math.sin(turn * low * at) + math.sin(turn * high * at)))
            for at in range(800)
        ]
        encoded = bytes(map(ulaw, samples))
        began = time.monotonic()
        self._sound.extend(encoded[at : at + 160] for at in range(0, 800, 160))
        while self._sound:
            time.sleep(_FRAME_S / 4)
        return began, time.monotonic()

    def hang_up(self) -> None:
        """End the call."""
        self._is_over = True
        self._send("BYE", self._cseq + 1, self._peer_tag, "")
        time.sleep(0.1)
        self._sip.close()
        self._rtp.close()
