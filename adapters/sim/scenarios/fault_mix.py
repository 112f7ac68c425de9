"""Which faults happen how often. `adapters.sim.seeds.faulty_run` makes them happen."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random

_S = 1_000_000


@dataclass(frozen=True, slots=True)
class FaultMix:
    """Probabilities per event or command, and mean times between faults; 0 is never.

    Attributes:
        duplicate: an event of the switch arrives twice, the second time a little later.
        delay: an event of the switch arrives late, by up to `delay_us`.
        reorder: an event of the switch lets the next one pass.
        drop: an event of the switch is lost. The next comparison with the switch brings it up.
        lose_command: a command never reaches the switch.
        delay_us: longest delay.
        link_every_us: mean time between losses of the connection to the switch. While it is lost
            nothing passes in either direction; then the switch is compared.
        link_lost_us: mean length of such a loss.
        node_every_us: mean time between losses of a whole node with everything on it.
        sync_every_us: time between comparisons with the switch.
        step_every_us: mean time between jumps of the clock, `step_us` at the most, forward or
            back; the engine's time never goes back.
        crash_every_us: mean time between crashes of the engine, in the middle of an event's
            commands. It is restored from a snapshot and the journal.
        forget_every_us: mean time between crashes after which nothing is left: an engine that
            knows only its settings finds the calls on the switch.
        request_every_us: mean time between random requests: priorities changed, calls
            moved and withdrawn, agents signed out while they ring.
    """

    duplicate: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    drop: float = 0.0
    lose_command: float = 0.0
    delay_us: int = 2 * _S
    link_every_us: int = 0
    link_lost_us: int = 3 * _S
    node_every_us: int = 0
    sync_every_us: int = 60 * _S
    step_every_us: int = 0
    step_us: int = 3_600 * _S
    crash_every_us: int = 0
    forget_every_us: int = 0
    request_every_us: int = 0

    def __post_init__(self) -> None:
        for name in ("duplicate", "delay", "reorder", "drop", "lose_command"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is {value}, expected 0 to 1")
        for field in fields(self):
            if field.name.endswith("_us") and getattr(self, field.name) < 0:
                raise ValueError(f"{field.name} is below 0")

    @property
    def loses(self) -> bool:
        """Whether anything is lost on the way, so that only a comparison can find it."""
        return bool(self.drop or self.lose_command or self.link_every_us)


def draw_mix(random: Random) -> FaultMix:
    """A mix of its own for each seed: some faults often, most of them not at all, so that runs
    differ more than runs under one average mix would (swarm testing, Groce et al., ISSTA 2012)."""

    def rate(most: float) -> float:
        return random.choice((0.0, 0.0, most * random.random()))

    def every(least_s: int, most_s: int) -> int:
        return random.choice((0, 0, random.randint(least_s, most_s) * _S))

    return FaultMix(
        duplicate=rate(0.3),
        delay=rate(0.2),
        reorder=rate(0.2),
        drop=rate(0.05),
        lose_command=rate(0.05),
        delay_us=random.choice((50_000, _S, 4 * _S)),
        link_every_us=every(60, 600),
        link_lost_us=random.randint(1, 20) * _S,
        node_every_us=every(200, 1_200),
        sync_every_us=random.randint(20, 90) * _S,
        step_every_us=every(100, 900),
        step_us=random.choice((2, 60, 3_600)) * _S,
        crash_every_us=every(60, 400),
        forget_every_us=every(300, 1_200),
        request_every_us=every(3, 30),
    )
