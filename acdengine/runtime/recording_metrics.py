"""Metrics of recordings and messages: how many were made, and what was left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from acdengine import facts as ft
from acdengine.centre_facts import RecordingSpaceChanged
from acdengine.conversation_facts import RecordingLeftOut, RecordingStopped
from acdengine.facts import AnyFact
from acdengine.runtime.exposition import Family
from acdengine.runtime.loop import Runtime

#: The cause of a recording whose end was not reported.
_LOST: Final = "lost"


class RecordingMetrics:
    """Counts of files, and nodes that have no space for them.

    Args:
        runtime: whose state is shown.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._recordings = Family(
            "acdengine_recordings_total",
            "Conversations recorded (made), begun with an end that is not known (lost), and not "
            "recorded though they were to be (left_out).",
            "counter", ("result",),
        )  # fmt: skip
        self._messages = Family(
            "acdengine_messages_total", "Messages left in voicemail boxes.", "counter"
        )
        self._space = Family(
            "acdengine_recording_space_low",
            "1 for a node with too little space for recordings: none is begun there.",
            "gauge", ("node",),
        )  # fmt: skip
        self._nodes: dict[str, None] = {}
        self.readers: dict[type[AnyFact], Callable[[Any], None]] = {
            RecordingStopped: self._stopped,
            RecordingLeftOut: lambda _: self._recordings.add(("left_out",)),
            ft.MessageStored: lambda _: self._messages.add(()),
            RecordingSpaceChanged: self._space_changed,
        }

    def _stopped(self, fact: RecordingStopped) -> None:
        self._recordings.add(("lost" if fact.cause == _LOST else "made",))

    def _space_changed(self, fact: RecordingSpaceChanged) -> None:
        self._nodes[fact.node_id] = None

    def render(self) -> list[str]:
        """The families, each as text."""
        full = self._runtime.state.full_nodes
        for node_id in dict.fromkeys([*self._nodes, *full]):
            self._space.set(int(node_id in full), (node_id,))
        return [family.render() for family in (self._recordings, self._messages, self._space)]
