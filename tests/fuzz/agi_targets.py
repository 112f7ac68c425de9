"""What the two sides of AGI are fuzzed with, and what must hold whatever comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from acdengine.agi.command_line import LINE_BYTES, WORDS, LineBuffer, words_of
from acdengine.agi.environment import AgiRequest, environment
from acdengine.leg_sessions.port import DialOutcome
from acdengine.plan import DialRoute
from adapters.fastagi import agi_environment as asterisk
from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.quoting import Unrepresentable, command
from adapters.fastagi.replies import read_reply
from tests.unit.agi.legs import NO_VARIABLES, REQUEST, PaperLeg, PaperScript

#: No script is served longer; the leg's time is virtual.
_SECONDS = 10
#: First characters of what a script may be told.
_REPLIES = ("200 ", "100 ", "510 ", "511 ", "520", "HANGUP")


class EasyLeg(PaperLeg):
    """A leg on which every number is busy."""

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
        return DialOutcome(False, "busy", 0, 0)


def agi_script(data: bytes) -> None:
    """Any bytes as what a script sends: each line is answered in the forms of Asterisk, or stops
    a prompt, and the dialogue ends."""
    buffer = LineBuffer()
    for start in range(0, len(data), 7):
        buffer.feed(data[start : start + 7])
    buffer.end()
    while (line := buffer.take()) is not None:
        assert len(line.encode(errors="surrogateescape")) <= LINE_BYTES
        words = words_of(line)
        assert len(words) <= WORDS
        assert sum(map(len, words)) <= len(line)
    sent = asyncio.run(_dialogue(data))
    assert sent.startswith("agi_network: yes\n")


async def _dialogue(data: bytes) -> str:
    script = PaperScript()
    leg = EasyLeg(script.link)
    leg.keys = [(10, "1"), (20, "#"), (30, "5"), (400, "9")]
    script.leg = script.call.session = leg
    async with asyncio.timeout(_SECONDS):
        await script.begin()
        for start in range(0, len(data), 1_000):
            script.link._coming.put_nowait(data[start : start + 1_000])
        await script.end()
    return script.link.sent


def agi_environment(data: bytes) -> None:
    """Any bytes as what is known of a caller: the block that a script is told has its own lines and
    no others, and Asterisk's reader finds them again."""
    text = data.decode(errors="surrogateescape")
    parts = (text.split("|") + [""] * 8)[:8]
    request = AgiRequest(
        **{
            **REQUEST.__dict__,
            "number": parts[0],
            "name": parts[1],
            "dialled": parts[2],
            "context": parts[3],
            "extension": parts[4],
            "account": parts[5],
            "arguments": tuple(parts[6:]),
        }
    )
    block = environment(request)
    assert block.count("\n") == environment(REQUEST).count("\n") + 2
    assert block.endswith("\n\n")
    read = asyncio.run(_read_request(block.encode(errors="surrogateescape")))
    if read is not None:
        _ = (read.number, read.caller_name, read.is_withheld, read.dialled, read.channel)
    for line in block.split("\n"):
        try:
            told = command("SET VARIABLE", "X", line)
        except Unrepresentable:
            continue
        assert words_of(told)[2:] == ["X", line]


async def _read_request(data: bytes) -> asterisk.AgiRequest | None:
    reader = asyncio.StreamReader(limit=asterisk.LINE_BYTES)
    reader.feed_data(data)
    reader.feed_eof()
    try:
        return await asterisk.read_request(reader)
    except (OSError, ValueError):
        return None


class _Writer:
    """Takes what is written, to nowhere."""

    def write(self, data: bytes) -> None:
        assert data.count(b"\n") == 1, data

    def close(self) -> None:
        pass


def agi_replies(data: bytes) -> None:
    """Any bytes as what Asterisk sends: an environment or none, replies or none, and whoever waits
    for one is told of the end."""
    read = asyncio.run(_read_request(data))
    if read is not None:
        _ = (read.number, read.caller_name, read.is_withheld, read.dialled, read.channel)
    for line in data.decode(errors="surrogateescape").split("\n"):
        reply = read_reply(line)
        assert reply.key == "" or len(reply.key) == 1
    asyncio.run(_replies(data))


async def _replies(data: bytes) -> None:
    reader = asyncio.StreamReader(limit=asterisk.LINE_BYTES)
    connection = AgiConnection(reader, _Writer())  # type: ignore[arg-type]
    reader.feed_data(data)
    reader.feed_eof()
    async with asyncio.timeout(_SECONDS):
        try:
            while True:
                await connection.run(command("GET VARIABLE", "X"))
        except ChannelGone:
            await connection.close()


#: Beginnings that a mutation starts from.
SCRIPTS: tuple[bytes, ...] = (
    b'ANSWER\nSTREAM FILE hello "12#"\nGET DATA hello 2000 4\nVERBOSE "a b" 1\n',
    b'SET VARIABLE CALLERID(name) "x\\"y"\nGET FULL VARIABLE ${CALLERID(all)}\nSAY NUMBER 12 ""\n',
    b"EXEC Dial PJSIP/030@trunk,20\nEXEC Queue sales\nEXEC Read X,hello,4\nEXEC Wait 5\n",
    b"EXEC Background hello&long\nEXEC Playback hello\nSAY DATETIME 1700000000 # ABdY UTC\n",
    b'RECORD FILE a wav "#" 5000 0 BEEP s=2\nWAIT FOR DIGIT -1\nGET OPTION long "1" 3000\n',
    b"DATABASE PUT a b c\nDATABASE GET a b\nDATABASE DELTREE a\nSET AUTOHANGUP 5\nCHANNEL STATUS\n",
    b'CONTROL STREAM FILE long "1" 3000 # * 0\nSAY DIGITS 12 #\nSAY TIME 17 ""\nSET MUSIC ON x\n',
    b"SET CONTEXT ivr\nSET EXTENSION 100\nSET PRIORITY 1\nHANGUP\nNOOP\nGOSUB a b 1\n",
    b"EXEC MixMonitor a.wav\nEXEC Set A=1,g\nEXEC Goto ivr,100,1\nEXEC UserEvent a,b: c\n",
    b"x" * 9_000 + b"\n\xff\xfe\n\0\n",
)
CALLERS: tuple[bytes, ...] = (
    b"+4930|Ada|100|default|s|acct|a|b",
    b"x\nagi_arg_1: y\r\n\n200 result=0|\0|'\"\\|${X}||\x0b\x85|`id`|\xff",
)
REPLIES: tuple[bytes, ...] = (
    b"agi_request: agi://h/queue/sales\nagi_callerid: 030\nagi_callingpres: 32\n\n200 result=0\n",
    b"200 result=1 (a)b)\n200 result=-1 endpos=77\n511 Command Not Permitted\nHANGUP\n",
    b"520-Invalid command syntax.  Proper usage follows:\nx\n520 End of proper usage.\n",
    b"200 result=1 (acdengine-mark-1)\n100 result=0 Trying...\n200 result=49 (timeout)\n",
    b"200 result=" + b"9" * 5_000 + b"\n",
    b"agi_request: agi://h/queue/a\nagi_callingpres: " + b"1" * 5_000 + b"\n\n",
)
