"""greenswitch (PyPI), with gevent: `with_greenswitch.py PORT PASSWORD SOUND`."""

from __future__ import annotations

import json
import sys

import gevent
from greenswitch import InboundESL


def main(port: str, password: str, sound: str) -> None:
    client = InboundESL("127.0.0.1", int(port), password)
    client.connect()
    events: list[dict[str, str]] = []
    client.register_handle("*", lambda event: events.append(event.headers))
    subscribed = client.send(
        "event plain CHANNEL_PARK CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE BACKGROUND_JOB"
    )

    def wait_for(name: str, key: str) -> str:
        while True:
            for event in events:
                if event.get("Event-Name") == name and event.get("Application") != "park":
                    return event[key]
            gevent.sleep(0.005)

    told = {"subscribed": subscribed.data, "status": client.send("api status").data.split()[0]}
    job = client.send("bgapi originate {origination_uuid=foreign}null/x &park()")
    told["accepted"] = job.data.split(":")[0]
    told["parked"] = wait_for("CHANNEL_PARK", "Unique-ID")
    told["job"] = wait_for("BACKGROUND_JOB", "Job-Command")
    client.send(
        "sendmsg foreign\ncall-command: execute\nexecute-app-name: playback\n"
        f"execute-app-arg: {sound}"
    )
    told["played"] = wait_for("CHANNEL_EXECUTE_COMPLETE", "Application-Response")
    told["killed"] = client.send("api uuid_kill foreign").data.strip()
    told["ended"] = wait_for("CHANNEL_HANGUP_COMPLETE", "Hangup-Cause")
    told["gone"] = client.send("api uuid_kill foreign").data.strip()
    client.stop()
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
