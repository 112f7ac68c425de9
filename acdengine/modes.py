"""How a supervisor is heard in a conversation, and who begins a call."""

from __future__ import annotations

from typing import Literal

#: Heard by no one, by the agent, by the caller, by both.
SupervisionMode = Literal["listen", "whisper_agent", "whisper_caller", "barge"]
#: A caller outside, the switch that dialled them (a campaign, click to call), or a telephone of the
#: centre.
Direction = Literal["inbound", "outbound", "internal"]
