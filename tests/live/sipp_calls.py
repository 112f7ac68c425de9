"""Callers and agents' telephones as SIPp processes, from the scenarios in `sipp/`."""

from __future__ import annotations

import math
import re
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

from tests.live.freeswitch_config import DOMAIN, password_of
from tests.live.freeswitch_instance import free_port

SCENARIOS = Path(__file__).parent / "sipp"
FOREVER_MS = 3_600_000

_registrations = count(1)
_orders = count(1)


class SippError(Exception):
    """A SIPp process failed or did not end; holds what it printed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller on the trunk. `[call_number]` in `number` counts the calls of one process.

    `digits` are pressed after the answer, one each 200 ms; `tone_hz` is what the caller "says".
    """

    did: str
    number: str = "3012345[call_number]"
    name: str = "Test Caller"
    patience_ms: int = FOREVER_MS
    talk_ms: int = FOREVER_MS
    digits: str = ""
    tone_hz: int = 0
    call_id: str = ""
    #: How a number answers that a REFER asks for; empty: no REFER is taken.
    refer: str = ""
    #: What P-Asserted-Identity and Privacy say.
    asserted: str = ""
    privacy: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """An agent's telephone: rings, answers after `answer_ms`, hangs up after `talk_ms`.

    `digits` are pressed after the answer, one each 200 ms.
    """

    answer_ms: int = 0
    talk_ms: int = FOREVER_MS
    tone_hz: int = 0
    digits: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """One SIP message of SIPp's log: its Call-ID, first line and CSeq."""

    call_id: str
    start: str
    cseq: int
    method: str

    def is_a(self, kind: str) -> bool:
        """A request by its method, or a response by its status and method: `200 INVITE`."""
        words = self.start.split()
        if words[0] == "SIP/2.0":
            return kind == f"{words[1]} {self.method}"
        return kind == words[0]


_MESSAGE = re.compile(
    r"^(?P<start>[A-Z]+ sip:.* SIP/2\.0|SIP/2\.0 \d+.*)$.*?^Call-ID: *(?P<call_id>\S+)$.*?"
    r"^CSeq: *(?P<cseq>\d+) (?P<method>[A-Z]+)$",
    re.MULTILINE | re.DOTALL,
)


_ENDS = ("From", "To")


class Sipp:
    """One running SIPp process; `port` is its SIP port."""

    def __init__(
        self, folder: Path, scenario: str, remote_port: int, *options: str, port: int = 0
    ) -> None:
        """Starts `scenario` (the text of one) against 127.0.0.1:`remote_port`."""
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="sipp-", dir=folder))
        # Surrogates stand for bytes that are no UTF-8, which real trunks send too.
        (self.folder / "scenario.xml").write_text(scenario, "utf-8", "surrogateescape")
        with (self.folder / "screen.txt").open("wb") as screen:
            self._process = subprocess.Popen(
                [
                    *("sipp", f"127.0.0.1:{remote_port}", "-sf", "scenario.xml"),
                    *("-i", "127.0.0.1", "-p", str(self.port), "-mp", str(free_port())),
                    *("-nostdin", "-trace_err", "-error_file", "errors.txt"),
                    *("-trace_msg", "-message_file", "messages.txt"),
                    *("-base_cseq", "100"),
                    *options,
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
            )

    @property
    def messages(self) -> str:
        """Every SIP message so far, as SIPp writes them down."""
        path = self.folder / "messages.txt"
        return path.read_text("utf-8", "replace").replace("\r", "") if path.exists() else ""

    def wait(self, timeout_s: float = 10.0) -> None:
        """Waits until all its calls ended as the scenario says.

        Raises:
            SippError: a call went otherwise, or the time ran out.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise SippError(f"still running after {timeout_s} s\n{self.messages[-3000:]}") from None
        if code != 0:
            raise SippError(f"exit {code}\n{self.errors()}\n{self.messages[-3000:]}")

    def errors(self) -> str:
        """What SIPp complained of."""
        path = self.folder / "errors.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def call_ids(self) -> list[str]:
        """The Call-ID of each call so far, in the order they began."""
        return list(dict.fromkeys(said.call_id for said in self._said() if said.is_a("INVITE")))

    def hang_up(self, call_id: str = "") -> None:
        """The person puts down that call, or every call.

        That is BYE after the answer; before it, a caller cancels and a telephone says it is busy.
        """
        self._tell("HANGUP", call_id)

    def hold(self, call_id: str = "") -> None:
        """The person presses the telephone's hold key: a re-INVITE with `sendonly`."""
        self._tell("HOLD", call_id)

    def resume(self, call_id: str = "") -> None:
        """The person takes the call back from hold."""
        self._tell("RESUME", call_id)

    def transfer(self, to: str, call_id: str = "") -> None:
        """The person presses the telephone's transfer key: a REFER to this address."""
        self._tell("TRANSFER", call_id, headers=f"Refer-To: {to}\r\n")

    def consulted(self, number: str) -> str:
        """The address that a REFER names to have the far end of this call, which has dialled
        `number`, joined with that of another one (RFC 3891)."""
        tags = [re.findall(rf"^{name}:.*;tag=(\S+)$", self.messages, re.M) for name in _ENDS]
        ours, theirs = (found[-1] for found in tags)
        replaced = f"{self.call_ids()[-1]};to-tag={theirs};from-tag={ours}"
        return f"<sip:{number}@{DOMAIN}?Replaces={quote(replaced, safe='')}>"

    def _tell(self, order: str, call_id: str, timeout_s: float = 5.0, headers: str = "") -> None:
        deadline = time.monotonic() + timeout_s
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for one in [call_id] if call_id else self.call_ids():
                while not self._listens(one):
                    if time.monotonic() > deadline:
                        raise SippError(f"{order}: the call is in between\n{self.messages[-3000:]}")
                    time.sleep(0.01)
                message = (
                    f"{order} sip:person@127.0.0.1 SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{next(_orders)}\r\n"
                    "From: <sip:test@127.0.0.1>;tag=test\r\nTo: <sip:person@127.0.0.1>\r\n"
                    f"Call-ID: {one}\r\nCSeq: 1 {order}\r\n{headers}Content-Length: 0\r\n\r\n"
                )
                sender.sendto(message.encode(), ("127.0.0.1", self.port))

    def _listens(self, call_id: str) -> bool:
        """Whether the scenario waits for orders: each answered INVITE of the call has its ACK."""
        said = [one for one in self._said() if one.call_id == call_id]
        answered = [one.cseq for one in said if one.is_a("200 INVITE")]
        challenged = [one.cseq for one in said if one.is_a("407 INVITE")]
        first, *later = dict.fromkeys(
            one.cseq for one in said if one.is_a("INVITE") and one.cseq not in challenged
        ) or [0]
        wanted = [*later, first] if first in answered else later
        acknowledged = [one.cseq for one in said if one.is_a("ACK")]
        return bool(said) and all(cseq in acknowledged for cseq in wanted)

    def _said(self) -> list[_Said]:
        return [
            _Said(match["call_id"], match["start"], int(match["cseq"]), match["method"])
            for block in self.messages.split("\n-------")
            if (match := _MESSAGE.search(block)) is not None
        ]

    def kill(self) -> None:
        """The telephone loses power: no SIP message is sent."""
        self._process.kill()
        self._process.wait()

    def ready(self, timeout_s: float = 5.0) -> None:
        """Waits until its SIP port is bound, so that a call to it finds it.

        Raises:
            SippError: it ended before.
        """
        wanted = f"0100007F:{self.port:04X}"
        deadline = time.monotonic() + timeout_s
        while wanted not in Path("/proc/net/udp").read_text("ascii"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SippError(f"not listening\n{self.errors()}")
            time.sleep(0.01)


def at(phone: Sipp, user: str = "1000") -> str:
    """The contact of an agent whose telephone is this one."""
    return f"sofia/internal/{user}@127.0.0.1:{phone.port}"


class SippWorld:
    """All SIPp processes of one test; `close` ends them."""

    def __init__(self, folder: Path) -> None:
        """Keeps scenarios and logs under `folder`."""
        self._folder = folder
        self._running: list[Sipp] = []

    @staticmethod
    def missing() -> str:
        """Why SIPp cannot be used here, or nothing."""
        return "" if shutil.which("sipp") else "SIPp is not installed (Debian: sip-tester)"

    def call(self, trunk_port: int, caller: Caller, calls: int = 1, per_s: int = 50) -> Sipp:
        """`calls` calls like `caller`, at most `per_s` begun a second, all from one process."""
        words = {
            "DID": caller.did,
            "NUMBER": caller.number,
            "CONTACT": caller.number,
            "FROM": f' "{caller.name}" <sip:{caller.number}@[local_ip]:[local_port]>'
            ";tag=[pid]c[call_number]",
            "TO": f" <sip:{caller.did}@[remote_ip]:[remote_port]>[peer_tag_param]",
            "PATIENCE_MS": str(caller.patience_ms),
            "HEADERS": _headers(caller),
            **self._talk(caller.talk_ms, caller.tone_hz),
        }
        words |= _referred(caller.refer, words)
        words["DIGITS"] = _digits(caller.digits, words)
        options = ["-m", str(calls), "-r", str(per_s), "-l", "10000"]
        if caller.call_id:
            options += ["-cid_str", caller.call_id]
        return self._start("caller.xml", words, trunk_port, *options)

    def dial(
        self, sip_port: int, agent: str, number: str, says: str = "", tone_hz: int = 0
    ) -> Sipp:
        """The agent's telephone dials a number, and says its password when it is asked for it;
        `says` is in From, where that is another."""
        words = {
            "DID": number,
            "NUMBER": agent,
            "CONTACT": agent,
            "PASSWORD": password_of(agent),
            "DOMAIN": DOMAIN,
            "FROM": f" <sip:{says or agent}@{DOMAIN}>;tag=[pid]c[call_number]",
            "TO": f" <sip:{number}@{DOMAIN}>[peer_tag_param]",
            "PATIENCE_MS": str(FOREVER_MS),
            **self._talk(FOREVER_MS, tone_hz),
            "DIGITS": "",
            "HEADERS": "",
        }
        return self._start("caller.xml", words, sip_port, "-m", "1", challenged=True)

    def phone(self, phone: Phone, port: int = 0) -> Sipp:
        """An agent's telephone on `port`, ready to be called, for any number of calls."""
        words = {
            # SIPp takes a timeout of 0 for none.
            "ANSWER_MS": str(max(phone.answer_ms, 1)),
            "CONTACT": "agent",
            # Taken from the INVITE that called it.
            "FROM": "[$us];tag=[pid]a[call_number]",
            "TO": "[$them]",
        }
        words |= self._talk(phone.talk_ms, phone.tone_hz)
        words["DIGITS"] = _digits(phone.digits, words)
        # A telephone has nobody to call; the remote port only fills the command line.
        started = self._start("agent.xml", words, 9, port=port)
        started.ready()
        return started

    def refusing_phone(
        self, status: str = "486 Busy Here", after_ms: int = 0, moved_to: str = "agent"
    ) -> Sipp:
        """A telephone that rings and then refuses with the SIP `status`; `moved_to` is the user of
        its contact."""
        words = {"STATUS": status, "ANSWER_MS": str(after_ms), "MOVED_TO": moved_to}
        started = self._start("agent_refuses.xml", words, 9)
        started.ready()
        return started

    def register(self, sip_port: int, agent: str, contact_port: int, expires_s: int = 3600) -> None:
        """Registers the agent's telephone at `contact_port`; `expires_s` 0 takes it back.

        Raises:
            SippError: the switch refused.
        """
        words = {
            "AGENT": agent,
            "PASSWORD": password_of(agent),
            "DOMAIN": DOMAIN,
            "CONTACT_PORT": str(contact_port),
            "EXPIRES_S": str(expires_s),
            "CSEQ": str(next(_registrations)),
        }
        # A refresh belongs to the same Call-ID, as a telephone does it.
        same = ("-cid_str", f"{agent}-{contact_port}")
        self._start("register.xml", words, sip_port, "-m", "1", *same).wait()

    def close(self) -> None:
        """Ends every process that still runs."""
        for sipp in self._running:
            sipp.kill()

    def _talk(self, talk_ms: int, tone_hz: int) -> dict[str, str]:
        words = {"TALK_MS": str(talk_ms), "AUDIO": "", "MEDIA_PORT": "[media_port]"}
        words |= {"REFER_STATUS": "405 Method Not Allowed", "NOTIFY": ""}
        if tone_hz:
            path = self._folder / f"{tone_hz}.ulaw"
            path.write_bytes(ulaw_tone(tone_hz))
            words["MEDIA_PORT"] = "[rtpstream_audio_port]"
            words["AUDIO"] = f'  <nop><action><exec rtp_stream="{path},-1,0" /></action></nop>'
        return words

    def _start(
        self,
        name: str,
        words: dict[str, str],
        remote_port: int,
        *options: str,
        port: int = 0,
        challenged: bool = False,
    ) -> Sipp:
        scenario = (SCENARIOS / name).read_text("utf-8")
        if challenged:
            challenge = (SCENARIOS / "challenge.xml").read_text("utf-8")
            head, invite, rest = _first_send(scenario)
            again = invite.replace("x1\n", "x9\n").replace("CSeq: 1 ", "CSeq: 2 ")
            again = again.replace(
                "      Content-Type", "      @AUTHENTICATION@\n      Content-Type"
            )
            rest = rest.replace("[call_number]x1\n", "[call_number]x9\n").replace(
                "CSeq: 1 ", "CSeq: 2 "
            )
            scenario = f"{head}{invite}{challenge}{again}{rest}"
            words = words | {
                "AUTHENTICATION": f"[authentication username={words['NUMBER']} "
                f"password={words['PASSWORD']}]"
            }
        for part in ("talking.xml", "sdp.txt"):
            marker = f"@{part.partition('.')[0].upper()}@"
            scenario = scenario.replace(marker, (SCENARIOS / part).read_text("utf-8").rstrip())
        started = Sipp(self._folder, _filled(scenario, words), remote_port, *options, port=port)
        self._running.append(started)
        return started


def ulaw_tone(hz: int, seconds: int = 1) -> bytes:
    """A sine of `hz` as G.711 mu-law, 8,000 bytes a second; whole seconds loop without a click."""
    return bytes(
        ulaw(round(8000 * math.sin(2 * math.pi * hz * n / 8000))) for n in range(8000 * seconds)
    )


def ulaw(sample: int) -> int:
    """One 16-bit sample by ITU-T G.711, in the usual segment form with a bias of 132."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _first_send(scenario: str) -> tuple[str, str, str]:
    """A scenario cut around its first message."""
    begins = scenario.index("  <send")
    ends = scenario.index("</send>") + len("</send>\n")
    return scenario[:begins], scenario[begins:ends], scenario[ends:]


def _referred(result: str, words: dict[str, str]) -> dict[str, str]:
    """What becomes of a REFER: it is taken, and the number answers so."""
    if not result:
        return {}
    snippet = (SCENARIOS / "notify.xml").read_text("utf-8")
    return {"REFER_STATUS": "202 Accepted", "NOTIFY": _filled(snippet, {**words, "RESULT": result})}


def _headers(caller: Caller) -> str:
    lines = []
    if caller.asserted:
        lines.append(f"P-Asserted-Identity: <sip:{caller.asserted}@carrier.example>")
    if caller.privacy:
        lines.append(f"Privacy: {caller.privacy}")
    return "".join(f"{line}\n      " for line in lines)


def _digits(digits: str, words: dict[str, str]) -> str:
    snippet = (SCENARIOS / "caller_digit.xml").read_text("utf-8")
    return "".join(
        _filled(snippet, {**words, "DIGIT": digit, "ORDER": str(order), "GAP_MS": "200"})
        for order, digit in enumerate(digits, start=2)
    )


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda match: words[match[1]], text)
