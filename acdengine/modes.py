"""How a supervisor is heard in a conversation."""

from __future__ import annotations

from typing import Literal

#: By nobody, by the agent alone, by the caller alone, by both.
SupervisionMode = Literal["listen", "whisper_agent", "whisper_caller", "barge"]
