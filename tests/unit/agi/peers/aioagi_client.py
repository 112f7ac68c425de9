"""aioagi-ik as an Asterisk: hands a call over to the port that is given, answers what it is told
like a channel without sound, and prints it."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from aioagi.client import AGIClientSession
from aioagi.parser import AGICode, AGIMessage

logging.disable(logging.CRITICAL)
CHANNEL = {
    "agi_channel": "SIP/100-00000001",
    "agi_uniqueid": "1532375920.8",
    "agi_version": "20.0.0",
    "agi_callerid": "4930123",
    "agi_calleridname": "Ada",
    "agi_callingpres": "0",
    "agi_dnid": "500",
    "agi_context": "local",
    "agi_extension": "500",
}


async def main() -> None:
    told = []
    address = f"agi://127.0.0.1:{sys.argv[1]}/{sys.argv[2]}"
    async with AGIClientSession(headers=CHANNEL) as session, session.sip(address) as response:
        async for message in response:
            told.append([message.command.value, *message.args])
            is_asked = message.command.value == "GET FULL VARIABLE"
            answer = ("1", {"data": message.args[0]}) if is_asked else ("0", {})
            await response.send(AGIMessage(AGICode.OK, *answer))
    print(json.dumps(told))


asyncio.run(main())
