"""The strategies, by name. An unknown name is an error of the settings, never a silent default."""

from __future__ import annotations

from typing import Final

from routing.strategies.base import Strategy
from routing.strategies.fewest_calls import FewestCalls
from routing.strategies.least_occupied import LeastOccupied
from routing.strategies.least_skilled import LeastSkilled
from routing.strategies.least_talk_time import LeastTalkTime
from routing.strategies.longest_idle import LongestIdle
from routing.strategies.most_proficient import MostProficient
from routing.strategies.random import Random
from routing.strategies.ring_all import RingAll
from routing.strategies.ring_progressively import RingProgressively
from routing.strategies.round_robin import RoundRobin
from routing.strategies.sequential import Sequential
from routing.strategies.top_down import TopDown
from routing.strategies.weighted_random import WeightedRandom

STRATEGIES: Final[dict[str, Strategy]] = {
    strategy.name: strategy
    for strategy in (
        LongestIdle(),
        RoundRobin(),
        RingAll(),
        RingProgressively(),
        FewestCalls(),
        LeastTalkTime(),
        LeastOccupied(),
        MostProficient(),
        LeastSkilled(),
        TopDown(),
        Sequential(),
        Random(),
        WeightedRandom(),
    )
}
