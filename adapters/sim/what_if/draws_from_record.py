"""What was not recorded, drawn from what was: patience beyond the wait, conversations that did not
take place."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from adapters.sim.centre.caller_scripts import ScriptedTalk
from adapters.sim.draws.distributions import NEVER_US
from adapters.sim.draws.kaplan_meier import KaplanMeier, estimate_survival
from adapters.sim.what_if.recorded_day import RecordedCall, RecordedDay

_NO_TALK: Final = ScriptedTalk(0, 0)


class RecordedPatience:
    """The patience of recorded callers, by the queue that they joined first.

    A caller who gave up had the patience that was recorded. Of any other it is known only that it
    was longer than the wait: it is drawn from the product-limit estimate of the queue (Kaplan and
    Meier, JASA 53, 1958), given that it is longer (`KaplanMeier.sampler_beyond`). A queue in which
    no caller gave up has the estimate of all queues; where no caller did anywhere, all wait for
    ever.

    Args:
        day: the recorded one.
    """

    def __init__(self, day: RecordedDay) -> None:
        observed: dict[str, list[tuple[int, bool]]] = {}
        for call in day.calls:
            if call.queue_id:
                observed.setdefault(call.queue_id, []).append((call.waited_us, call.gave_up))
        pairs = [pair for found in observed.values() for pair in found]
        self._pooled = _fitted(pairs)
        self._by_queue = {
            queue_id: _fitted(found) or self._pooled for queue_id, found in observed.items()
        }

    def sampler(self, stream: Random) -> Callable[[RecordedCall], int]:
        """A function that draws a caller's patience from joining the first queue on."""
        beyond = {
            queue_id: fitted.sampler_beyond(stream)
            for queue_id, fitted in self._by_queue.items()
            if fitted is not None
        }
        pooled = self._pooled.sampler_beyond(stream) if self._pooled is not None else None

        def draw(call: RecordedCall) -> int:
            if call.gave_up:
                return call.waited_us
            own = beyond.get(call.queue_id, pooled)
            return own(call.waited_us) if own is not None else NEVER_US

        return draw


def _fitted(pairs: list[tuple[int, bool]]) -> KaplanMeier | None:
    """None where no caller gave up: how long patience lasts is not known then."""
    if not any(gave_up for _, gave_up in pairs):
        return None
    return KaplanMeier(estimate_survival(pairs))


class RecordedTalks:
    """Conversations of the record, by the queue of the call.

    Args:
        day: the recorded one.
    """

    def __init__(self, day: RecordedDay) -> None:
        self._by_queue: dict[str, list[ScriptedTalk]] = {}
        for call in day.calls:
            for talk in call.talks:
                # A further conversation of a caller is not passed on once more.
                self._by_queue.setdefault(call.queue_id, []).append(talk._replace(passes_to=None))
        self._pooled = [talk for talks in self._by_queue.values() for talk in talks] or [_NO_TALK]

    def sampler(self, stream: Random) -> Callable[[str], ScriptedTalk]:
        """A function of a queue that draws one of its conversations."""
        random = stream.random

        def draw(queue_id: str) -> ScriptedTalk:
            talks = self._by_queue.get(queue_id) or self._pooled
            return talks[int(len(talks) * random())]

        return draw


class RecordedRinging:
    """Customers who are rung back: they answer as often, and after as long, as in the record.

    Args:
        day: the recorded one.
    """

    def __init__(self, day: RecordedDay) -> None:
        self._attempts = [ringing_us for call in day.calls for ringing_us in call.rung] or [None]

    def sampler(self, stream: Random) -> Callable[[], int | None]:
        """A function that draws the ringing until an answer; None: there is none."""
        random, attempts = stream.random, self._attempts
        return lambda: attempts[int(len(attempts) * random())]
