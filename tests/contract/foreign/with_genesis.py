"""genesis (PyPI), with asyncio: `with_genesis.py PORT PASSWORD SOUND`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from genesis.inbound import Inbound


async def main(port: str, password: str, sound: str) -> None:
    events: list[Any] = []
    async with Inbound("127.0.0.1", int(port), password) as client:
        for name in (
            *("CHANNEL_PARK", "CHANNEL_EXECUTE_COMPLETE"),
            *("CHANNEL_HANGUP_COMPLETE", "BACKGROUND_JOB"),
        ):
            client.on(name, events.append)

        async def wait_for(name: str, key: str) -> str:
            while True:
                for event in events:
                    if event.get("Event-Name") == name and event.get("Application") != "park":
                        # FreeSWITCH says the cause of a hang-up twice in one event.
                        value = event[key]
                        return str(value[0] if isinstance(value, list) else value)
                await asyncio.sleep(0.005)

        subscribed = await client.send(
            "event plain CHANNEL_PARK CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE "
            "BACKGROUND_JOB"
        )
        status = await client.send("api status")
        told = {"subscribed": subscribed["Reply-Text"], "status": status.body.split()[0]}
        job = await client.send("bgapi originate {origination_uuid=foreign}null/x &park()")
        told["accepted"] = job["Reply-Text"].split(":")[0]
        told["parked"] = await wait_for("CHANNEL_PARK", "Unique-ID")
        told["job"] = await wait_for("BACKGROUND_JOB", "Job-Command")
        await client.send(
            "sendmsg foreign\ncall-command: execute\nexecute-app-name: playback\n"
            f"execute-app-arg: {sound}"
        )
        told["played"] = await wait_for("CHANNEL_EXECUTE_COMPLETE", "Application-Response")
        told["killed"] = (await client.send("api uuid_kill foreign")).body.strip()
        told["ended"] = await wait_for("CHANNEL_HANGUP_COMPLETE", "Hangup-Cause")
        told["gone"] = (await client.send("api uuid_kill foreign")).body.strip()
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
