"""How a supervisor is heard in a conversation, and who begins a call."""

from __future__ import annotations

from typing import Literal

#: By nobody, by the agent alone, by the caller alone, by both.
SupervisionMode = Literal["listen", "whisper_agent", "whisper_caller", "barge"]
#: Somebody outside, the switch that dialled them (a campaign, click to call), or a telephone of the
#: centre.
Direction = Literal["inbound", "outbound", "internal"]
