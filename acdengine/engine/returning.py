"""Returning: where a call goes whose number outside was not reached.

A number that is not reached counts as a way that was not open. The ways named behind it are taken;
where none of them is open, a caller who could have stayed in the queue waits on there at the old
place, and one whom an agent had passed on waits for another agent. Only who has nowhere to go to
is hung up.
"""

from __future__ import annotations

from acdengine.engine.endings import Endings
from acdengine.engine.floor import Floor
from acdengine.engine.offers import Offers
from acdengine.engine.records import Call, WayBack
from acdengine.engine.waiting import Waiting
from acdengine.engine.ways import Ways, describe
from acdengine.facts import NumberMissed
from queues.targets import Target, ToCallback, ToNumber, ToQueue


class Returning:
    """The part of the engine that takes calls back from outside."""

    def __init__(
        self, floor: Floor, offers: Offers, waiting: Waiting, endings: Endings, ways: Ways
    ) -> None:
        self._floor = floor
        self._offers = offers
        self._waiting = waiting
        self._endings = endings
        self._ways = ways

    def number_missed(self, call: Call, cause: str) -> None:
        """The number outside was not reached: the next way, the old place, or the end."""
        floor = self._floor
        back, call.back = call.back or WayBack(), None
        if call.number not in call.missed_numbers:
            call.missed_numbers += (call.number,)
        place, way = self._next_way(call, back)
        if way is None and back.queue_id in floor.queues:
            way = ToQueue(back.queue_id)
        rang_us = floor.now_us - call.since_us
        to = "hangup" if way is None else describe(way)
        floor.tell_call(call, NumberMissed(floor.now_us, call.call_id, cause, rang_us, to))
        if way is None:
            self._endings.hang_up(call, "not_diverted", cause)
        elif isinstance(way, ToCallback):
            self._waiting.rejoin(call, floor.queues[call.last_queue_id])
            self._offers.callbacks.place(call, call.ani)
        elif place == len(back.ways) and call.wait_since_us:
            self._waiting.rejoin(call, floor.queues[back.queue_id])
        else:
            if isinstance(way, ToNumber):
                call.back = WayBack(back.ways[place + 1 :], back.queue_id)
            self._ways.send(call, way)

    def _next_way(self, call: Call, back: WayBack) -> tuple[int, Target | None]:
        """The first open way and its place; the number of ways and None where there is none."""
        for place, way in enumerate(back.ways):
            if isinstance(way, ToCallback):
                if self._may_be_rung_back(call):
                    return place, way
            elif self._ways.is_way(call, way):
                return place, way
        return len(back.ways), None

    def _may_be_rung_back(self, call: Call) -> bool:
        """Whether the queue that the call has left would make it a callback now."""
        queue = self._floor.queues.get(call.last_queue_id)
        if queue is None or self._waiting.refusal(queue) is not None:
            return False
        return not self._offers.callbacks.problem(call, call.ani, queue)
