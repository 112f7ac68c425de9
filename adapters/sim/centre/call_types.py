"""Call types with their draws bound to the streams of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from acdengine.commands import Collect
from acdengine.ivr.expressions.functions import luhn
from adapters.sim.draws.arrivals import GammaDayFactors, every_day_alike, poisson_arrivals
from adapters.sim.draws.distributions import Distribution, Sampler
from adapters.sim.draws.hostile_callers import HARMLESS, Hostile, draw_hostile
from adapters.sim.draws.random_streams import Streams
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.scenario import CallType, Scenario

#: Share of callers who type a number as it is: with the right check digit, where it has one.
_KNOWS_NUMBER = 0.9


class Answer(NamedTuple):
    """What a caller does who is asked for keys.

    Attributes:
        keys: pressed; none where something is said.
        first_us: the time to the first key, or to the first word.
        every_us: from each key to the next.
        words: said instead of keys.
        confidence: how certain of them a recogniser is, in percent.
    """

    keys: str
    first_us: int
    every_us: int = 0
    words: str = ""
    confidence: int = 0


class CallerKind:
    """A call type with its draws bound to its streams.

    Attributes:
        name: as results call it.
        number: of the type, from 0.
        trunks, skills, priority: of its calls.
        service_by_group: draws of the time in conversation, where the agent's group matters.
    """

    __slots__ = (
        "_answer_first", "_answers", "_balks", "_hostile", "_known", "_patience", "_service",
        "arrivals", "call_type", "keys",
        "leaves", "name", "number", "priority", "random", "retrial", "ring_back",
        "service_by_group", "skills", "trunks",
    )  # fmt: skip

    def __init__(self, call_type: CallType, number: int, scenario: Scenario, streams: Streams):
        own = streams.child("callers", call_type.name)
        self.call_type = call_type
        self.name = call_type.name
        self.number = number
        self.trunks = call_type.trunks
        self.skills = dict(call_type.skills)
        self.priority = call_type.priority
        self._patience = bound(call_type.patience, own.stream("patience"))
        self._service = bound(call_type.service, own.stream("service"))
        self.service_by_group = {
            group: bound(table, own.stream("service", group))
            for group, table in call_type.service_by_group.items()
        }
        self.keys = tuple(
            (key, key.after.sampler(own.stream("keys", place)))
            for place, key in enumerate(call_type.keys)
        )
        self.random = own.stream("choices").random
        self._known = own.stream("known").random
        self._balks = own.stream("balks").random
        self._hostile = own.stream("hostile").random
        self._answers = own.stream("answers")
        self._answer_first = call_type.answers.first.sampler(own.stream("answers", "first"))
        self.leaves = call_type.leaves.sampler(own.stream("leaves"))
        retrials = call_type.retrials
        self.retrial = retrials.sampler(own.stream("retrials")) if retrials is not None else None
        self.ring_back = call_type.callback.ring.sampler(own.stream("rung back"))
        day_factor: Callable[[int], float] = every_day_alike
        if call_type.day_cv:
            name = call_type.day_factor or call_type.name
            day_factor = GammaDayFactors(call_type.day_cv, streams, "days", name)
        self.arrivals: Iterator[int] = poisson_arrivals(
            call_type.arrivals,
            own.stream("arrivals"),
            origin_us=scenario.origin_us,
            until_us=scenario.origin_us + scenario.horizon_us,
            day_factor=day_factor,
        )

    def draw(self, since_us: int) -> tuple[int, int]:
        """The patience of a caller of the hour, and the time in conversation."""
        return self._patience(since_us)(), self._service(since_us)()

    def known_number(self) -> str:
        """The number of a particular caller whose call this is; "" for an arbitrary caller."""
        known = self.call_type.known
        if not known or self._known() >= self.call_type.known_share:
            return ""
        return known[int(self._known() * len(known))]

    def draw_hostile(self) -> Hostile:
        """What the caller brings along; it is harmless unless they mean harm."""
        share = self.call_type.hostile
        return draw_hostile(self._hostile) if share and self._hostile() < share else HARMLESS

    def draw_answer(self, nth: int, command: Collect) -> Answer:
        """What a caller presses or says who is asked for keys.

        Args:
            nth: which question of the call it is, from 0.
            command: the question.
        """
        manners = self.call_type.answers
        words = self._draw_words(nth, command)
        if words:
            is_understood = self._answers.random() < manners.understood
            confidence = self._answers.randint(60, 100) if is_understood else 0
            return Answer("", self._answer_first(), 0, words, confidence)
        if nth < len(manners.keys):
            keys = manners.keys[nth]
        elif self._answers.random() >= manners.random:
            keys = ""
        elif command.options:
            keys = self._answers.choice(command.options)
        else:
            least = max(command.min_digits, 1)
            length = self._answers.randint(least, max(least, min(command.max_digits, 16)))
            keys = "".join(self._answers.choice("0123456789") for _ in range(length))
            if self._answers.random() < _KNOWS_NUMBER:
                keys = next(one for digit in "0123456789" if luhn(one := keys[:-1] + digit))
            keys += command.terminators[:1]
        return Answer(keys, self._answer_first(), manners.every_us)

    def _draw_words(self, nth: int, command: Collect) -> str:
        """What is said at a question; nothing where it does not listen, or keys are pressed."""
        manners, speech = self.call_type.answers, command.speech
        if speech is None:
            return ""
        if nth < len(manners.words):
            return manners.words[nth]
        if not manners.speech or self._answers.random() >= manners.speech:
            return ""
        return self._answers.choice(speech.phrases)

    def draw_balking(self) -> bool:
        """Whether the caller of this attempt hangs up when no agent is free at once."""
        share = self.call_type.balks
        return bool(share) and self._balks() < share

    def draw_patience(self, since_us: int) -> int:
        """The patience of a caller who has to wait again."""
        return self._patience(since_us)()


def bound(table: Timetable[Distribution], stream: Random) -> Callable[[int], Sampler]:
    """A function of the time since the origin that gives the sampler of the hour."""
    samplers = table.mapped(lambda distribution: distribution.sampler(stream))
    if len(samplers.values) == 1:
        only = samplers.values[0]
        return lambda since_us: only
    return samplers.at
