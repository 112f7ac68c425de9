"""Each request gets one reply, at once; time never goes back."""

from __future__ import annotations

from acdengine.commands import Reply
from acdengine.requests import Request
from adapters.sim.seeds.checkers.checker import HandledEvent, need


class Answers:
    """One reply for each request that names itself, no reply for anything else."""

    def look(self, moment: HandledEvent) -> None:
        """Count the replies."""
        replies = [command for command in moment.commands if isinstance(command, Reply)]
        event = moment.event
        asked = event.request_id if isinstance(event, Request) else ""
        if asked:
            need(
                [reply.request_id for reply in replies] == [asked],
                f"request {asked} was answered {len(replies)} times",
            )
        else:
            need(not replies, "a reply without a request")

    def forget(self) -> None:
        """Requests are answered at once: nothing is open."""

    def finish(self) -> None:
        """Nothing is open."""


class Time:
    """Facts carry the time of their event, and it never goes back."""

    def __init__(self) -> None:
        self._at_us = 0

    def look(self, moment: HandledEvent) -> None:
        """Compare the times."""
        at_us = moment.event.at_us
        need(at_us >= self._at_us, f"the time went back from {self._at_us} to {at_us}")
        self._at_us = at_us
        for fact in moment.facts:
            need(fact.at_us == at_us, f"a fact of {fact.at_us} in an event of {at_us}")

    def forget(self) -> None:
        """The clock goes on."""

    def finish(self) -> None:
        """Nothing is left to compare."""
