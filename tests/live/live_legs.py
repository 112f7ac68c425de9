"""The legs of a switch as it tells of them, read apart from the adapter that is judged by them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.live.esl_peer import EslPeer

_BRIDGED = ("CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_HIBERNATE")


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg; `agent_id` and `call_id` of an agent's leg only."""

    leg_id: str
    is_caller: bool
    is_bridged: bool
    agent_id: str
    call_id: str
    application: str
    argument: str
    response: str

    def hears(self, stream: str) -> bool:
        """Whether this is what was begun last, and it has not ended."""
        return (self.application, self.argument, self.response) == ("playback", stream, "")


def live_legs(esl: EslPeer) -> dict[str, Leg]:
    """All legs, each asked for by itself: the table of all of them is written late."""
    printed = json.loads(esl.api("show channels as json"), strict=False)
    legs = {}
    for row in printed.get("rows", []):
        dump = esl.api(f"uuid_dump {row['uuid']} json")
        if not dump.startswith("-ERR"):
            legs[row["uuid"]] = _leg(row["uuid"], json.loads(dump, strict=False))
    return legs


def _leg(leg_id: str, headers: dict[str, str]) -> Leg:
    def variable(name: str) -> str:
        return str(headers.get(f"variable_{name}", ""))

    return Leg(
        leg_id,
        headers.get("Call-Direction") == "inbound",
        headers.get("Channel-State") in _BRIDGED,
        variable("acd_agent_id"),
        variable("acd_call") or (leg_id.rpartition("-")[0] if variable("acd_agent_id") else ""),
        variable("current_application"),
        variable("current_application_data"),
        variable("current_application_response"),
    )
