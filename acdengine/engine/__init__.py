"""The engine: one pure machine of calls, offers, agents and callbacks.

`Engine.handle(event)` returns commands; facts are drained. The way of one call through the parts:
`intake` (routing) -> `destinations` (where a call goes) -> `waiting` (a place in a queue) ->
`matching` (agents and calls find each other) -> `offers` (ringing) -> `conversations` (bridge,
hold) -> `transfers` -> `teardown`; `agents`, `callbacks`, `announcer`, `switches` (loss and
re-sync) and `reload` (new settings) beside them. A part knows only those below it.
"""

from __future__ import annotations

from acdengine.engine.core import Engine

__all__ = ["Engine"]
