"""The engine: one pure machine of calls, offers, agents and callbacks.

`Engine.handle(event)` returns commands; facts are drained. The way of one call through the parts:
`arrivals` (routing) -> `waiting` (a place in a queue) -> `offers` (matching, ringing) ->
`conversations` (bridge, hold, transfer) -> `endings`; `agents` beside it, `callbacks`, `ways`
(targets and ways out), `announcer`, `switches` (loss and re-sync), `reload` (new settings).
"""

from __future__ import annotations

from acdengine.engine.core import Engine

__all__ = ["Engine"]
