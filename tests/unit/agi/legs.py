"""A caller's leg, a centre and a script of paper, in virtual time, for the tests of AGI."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from acdengine.agi.command_line import LINE_BYTES
from acdengine.agi.database import AgiDatabase
from acdengine.agi.dialogue import Dialogue
from acdengine.agi.environment import AgiRequest
from acdengine.agi.host import DialPlace
from acdengine.agi.script_call import UP, ScriptCall
from acdengine.agi.script_link import ScriptLines
from acdengine.commands import Collect, RecordCaller
from acdengine.events import CallerRecorded, DigitsCollected, PromptsFinished
from acdengine.leg_sessions.port import DialOutcome, LegGone, LegIdentity
from acdengine.plan import DialRoute
from acdengine.prompts import AnyPrompt, SayPrompt, SilencePrompt, SoundPrompt

SOUNDS = {"hello": 1_000, "long": 4_000, "goodbye": 300, "beep": 100}
SAID_MS = 100
NO_VARIABLES: Mapping[str, str] = {}
#: A key is heard so long after it was pressed, as on the Asterisk that the dialogues are from.
KEY_MS = 60


class PaperLeg:
    """A leg whose caller presses the keys of ``keys`` at their times of the next step."""

    def __init__(self, link: PaperLink) -> None:
        self.identity = LegIdentity("call-1", "4930123", "12345", "Ada")
        self.link = link
        self.now_us = 1_000_000_000_000_000
        #: When they are pressed, in milliseconds after ``step_us``.
        self.keys: list[tuple[int, str]] = []
        self.step_us = self.now_us
        #: After so many milliseconds of the next step the script sends its next line.
        self.next_line: tuple[int, str] | None = None
        self.heard: list[AnyPrompt] = []
        self.told: list[tuple[str, object]] = []
        self.variables: dict[str, str] = {}
        self.sounds = SOUNDS
        self.outcomes: list[DialOutcome] = []
        self.passed_on: dict[str, str] = {}
        self.route = DialRoute()
        #: Sounds that the switch does not have, though the centre does.
        self.lost_sounds: tuple[str, ...] = ()
        self.queue_outcome = "timeout"
        self._gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._stopped = asyncio.Event()

    @property
    def is_up(self) -> bool:
        return not self._gone.done()

    def caller_hangs_up(self) -> None:
        if not self._gone.done():
            self._gone.set_result("normal")

    async def wait_hang_up(self) -> str:
        return await asyncio.shield(self._gone)

    def _check(self) -> None:
        if self._gone.done():
            raise LegGone(self._gone.result())

    async def _pass(self, end_ms: int, ends_at: str) -> str | None:
        """Let a step pass until a key of ``ends_at``; the key, empty at its end, None stopped."""
        self._check()
        begin_ms = (self.now_us - self.step_us) // 1_000
        for at_ms, key in list(self.keys):
            heard_ms = at_ms + KEY_MS - begin_ms
            if self.next_line is None and heard_ms <= end_ms:
                self.keys.remove((at_ms, key))
                if key == "HANGUP":
                    self.now_us += max(heard_ms, 0) * 1_000
                    self.caller_hangs_up()
                    self._check()
                if key in ends_at:
                    self.now_us += max(heard_ms, 0) * 1_000
                    return key
        if self.next_line is not None and self.next_line[0] < end_ms:
            self.link.says(self.next_line[1])
            self.next_line = None
            self._stopped.clear()
            await self._stopped.wait()
            return None
        self.now_us += end_ms * 1_000
        return ""

    def _length(self, prompts: Sequence[AnyPrompt]) -> int:
        length = 0
        for prompt in prompts:
            self.heard.append(prompt)
            if isinstance(prompt, SoundPrompt):
                length += self.sounds[prompt.name]
            elif isinstance(prompt, SilencePrompt):
                length += prompt.us // 1_000
            elif isinstance(prompt, SayPrompt):
                length += SAID_MS * len(prompt.value)
        return length

    async def play(self, prompts: Sequence[AnyPrompt], end_keys: str = "") -> PromptsFinished:
        if any(isinstance(one, SoundPrompt) and one.name in self.lost_sounds for one in prompts):
            return PromptsFinished(0, "", "", is_missing=True)
        key = await self._pass(self._length(prompts), end_keys)
        return PromptsFinished(0, "", "", key or "", key is None)

    async def collect(self, wanted: Collect) -> DigitsCollected:
        digits = ""
        length = self._length(wanted.prompts)
        limit_ms = length + wanted.first_digit_us // 1_000
        while True:
            key = await self._pass(limit_ms, "0123456789*#")
            if key is None:
                return DigitsCollected(0, "", "", "cancelled", digits)
            if not key:
                return DigitsCollected(0, "", "", "value" if digits else "no_input", digits)
            if key in wanted.terminators:
                outcome = "value" if digits else "incomplete"
                return DigitsCollected(0, "", "", outcome, digits, key)  # type: ignore[arg-type]
            digits += key
            if len(digits) >= wanted.max_digits:
                return DigitsCollected(0, "", "", "value", digits)
            limit_ms = wanted.inter_digit_us // 1_000

    async def record(self, wanted: RecordCaller) -> CallerRecorded:
        begin_us = self.now_us
        if wanted.file.startswith("nosuch"):
            return CallerRecorded(0, "", "", wanted.file, 0, "failed")
        key = await self._pass(wanted.max_us // 1_000, wanted.end_keys)
        length = self.now_us - begin_us
        return CallerRecorded(0, "", "", wanted.file, length, "key" if key else "limit", key or "")

    async def stop(self) -> None:
        self._stopped.set()

    async def music(self, name: str) -> None:
        self._check()
        self.told.append(("music", name))

    async def start_recording(self, file: str) -> bool:
        self._check()
        self.told.append(("record", file))
        return not file.startswith("nosuch")

    async def stop_recording(self, file: str) -> None:
        self._check()
        self.told.append(("stop", file))

    async def send_keys(self, keys: str, tone_us: int) -> None:
        self._check()
        self.told.append(("keys", (keys, tone_us)))

    async def dial(
        self,
        number: str,
        *,
        allow: Sequence[str],
        route: DialRoute,
        timeout_us: int,
        variables: Mapping[str, str] = NO_VARIABLES,
    ) -> DialOutcome:
        self._check()
        self.told.append(("dial", number))
        self.passed_on, self.route = dict(variables), route
        return self.outcomes.pop(0)

    async def queue(self, queue_id: str, *, timeout_us: int = 0) -> str:
        self._check()
        self.told.append(("queue", (queue_id, timeout_us)))
        return self.queue_outcome

    async def read_variable(self, name: str) -> str | None:
        return self.variables.get(name)

    async def set_variable(self, name: str, value: str) -> bool:
        self._check()
        return False

    async def answer(self) -> None:
        self._check()
        self.told.append(("answer", ""))

    async def hang_up(self, cause: str = "normal") -> None:
        self.told.append(("hang_up", cause))
        self.caller_hangs_up()


class PaperLink:
    """A script that says what the test has it say."""

    takes_signals = False

    def __init__(self) -> None:
        self._coming: asyncio.Queue[bytes] = asyncio.Queue()
        self.sent = ""
        self.exit_status = 0

    def says(self, line: str) -> None:
        self._coming.put_nowait(f"{line}\n".encode(errors="surrogateescape"))

    def ends(self) -> None:
        self._coming.put_nowait(b"")

    async def read(self, most: int) -> bytes:
        return await self._coming.get()

    async def send(self, text: str) -> None:
        self.sent += text

    def signal_hang_up(self) -> None:
        raise AssertionError("takes no signals")

    async def close(self) -> bool:
        return self.exit_status == 0


class PaperHost:
    """A centre with a queue, a box, an agent and the sounds of `SOUNDS`."""

    def __init__(self) -> None:
        self.log: list[tuple[str, dict[str, str]]] = []
        self.places = {("ivr", "100", "1"): "flow main"}

    def prompt(self, name: str, language: str) -> AnyPrompt | None:
        return SoundPrompt(name) if name in SOUNDS else None

    def recording(self, name: str, form: str) -> str:
        return "" if ".." in name else f"{name.strip('/')}.{form}"

    def queue(self, name: str) -> str:
        return "main/sales" if name == "sales" else ""

    def destination(self, technology: str, address: str) -> DialPlace | None:
        if technology != "PJSIP":
            return None
        return DialPlace(address.partition("@")[0], ("",), DialRoute())

    def place(self, context: str, extension: str, priority: str) -> str:
        return self.places.get((context, extension, priority), "")

    def music(self, name: str) -> str:
        return name if name in ("default", "jazz") else ""

    async def voicemail(self, box: str) -> bool:
        return box == "100"

    async def queue_staff(self, action: str, queue: str, interface: str, reason: str) -> str:
        if queue and queue != "sales":
            return "NOSUCHQUEUE"
        words = {"add": "ADDED", "remove": "REMOVED", "pause": "PAUSED", "unpause": "UNPAUSED"}
        return words[action]

    async def nested(self, request: str, arguments: Sequence[str]) -> str:
        self.log.append(("nested", {"request": request, "arguments": ",".join(arguments)}))
        return "SUCCESS"

    def told(self, what: str, fields: Mapping[str, str]) -> None:
        self.log.append((what, dict(fields)))


REQUEST = AgiRequest(
    request="agi://127.0.0.1:4573/100",
    channel="PJSIP/trunk-00000001",
    unique_id="1700000000.1",
    version="23.0.0",
    number="4930123",
    name="Ada",
    context="agi",
    extension="12345",
    network_path="100",
)


class PaperScript:
    """A dialogue under way: says lines, reads the replies."""

    def __init__(self, request: AgiRequest = REQUEST, **variables: str) -> None:
        self.link = PaperLink()
        self.leg = PaperLeg(self.link)
        self.host = PaperHost()
        self.call = ScriptCall(
            self.leg,
            self.host,
            AgiDatabase(":memory:", "main"),
            request,
            ScriptLines(self.link),
            clock_us=lambda: self.leg.now_us,
            now_s=lambda: 1_000_000_000,
            state=UP,
        )
        for name, value in variables.items():
            self.call.variables.write(name, value)
        self._running = asyncio.create_task(Dialogue(self.call, self.link).run())
        self._read = 0

    async def begin(self) -> list[str]:
        """The environment."""
        await self._settle()
        return self._replies()

    async def say(self, line: str, keys: Sequence[tuple[int, str]] = ()) -> list[str]:
        """Send a command; the lines of its reply."""
        assert len(line) < LINE_BYTES
        self.leg.keys, self.leg.step_us = list(keys), self.leg.now_us
        self.link.says(line)
        await self._settle()
        return self._replies()

    async def end(self) -> str:
        """Close the script's end; AGISTATUS."""
        self.link.ends()
        return await self._running

    async def hang_up(self) -> list[str]:
        self.leg.caller_hangs_up()
        await self._settle()
        return self._replies()

    @property
    def is_over(self) -> bool:
        return self._running.done()

    def _replies(self) -> list[str]:
        text = self.link.sent[self._read :]
        self._read = len(self.link.sent)
        return text.splitlines()

    async def _settle(self) -> None:
        """Let everything run that waits for nothing from outside."""
        for _ in range(60):
            await asyncio.sleep(0)
