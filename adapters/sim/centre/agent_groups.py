"""Groups of agents with their draws bound to the streams of a run."""

from __future__ import annotations

from random import Random

from adapters.sim.draws.distributions import Constant, Distribution, Sampler
from adapters.sim.draws.random_streams import Streams
from adapters.sim.scenarios.scenario import AgentGroup


class GroupDraws:
    """A group's manners bound to its streams."""

    __slots__ = (
        "answer", "back", "break_every", "break_length", "hold", "loses_phone", "manners", "name",
        "phone_lost", "prompt", "random", "wrap_up",
    )  # fmt: skip

    def __init__(self, group: AgentGroup, streams: Streams) -> None:
        own = streams.child("agents", group.name)
        manners = self.manners = group.manners
        self.name = group.name
        self.random = own.stream("choices").random
        self.answer = manners.answer.sampler(own.stream("answer"))
        self.wrap_up = _sampler(manners.wrap_up, own.stream("wrap up"))
        self.hold = manners.hold.sampler(own.stream("hold"))
        self.back = manners.back.sampler(own.stream("back"))
        breaks = manners.breaks
        self.break_every = _sampler(breaks.every if breaks else None, own.stream("break every"))
        self.break_length = _sampler(breaks.length if breaks else None, own.stream("break length"))
        self.loses_phone = manners.loses_phone.sampler(own.stream("loses phone"))
        self.phone_lost = manners.phone_lost.sampler(own.stream("phone lost"))
        #: Answers at once and always: nothing needs to be drawn.
        at_times = manners.misses or manners.rejects or manners.fails
        self.prompt = manners.answer == Constant(0) and not at_times


def _sampler(duration: Distribution | None, stream: Random) -> Sampler | None:
    return None if duration is None else duration.sampler(stream)
