"""How long the simulated switch takes, and how long what it plays is."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.sim.draws.distributions import Constant, Distribution, Uniform

_MS = 1_000
_S = 1_000_000

AT_ONCE = Constant(0)
_PROMPT = Constant(4 * _S)
_WHISPER = Constant(2 * _S)
_MESSAGE = Constant(25 * _S)
_OUTSIDE = Constant(120 * _S)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Durations of the switch.

    Attributes:
        command: from a command's sending to its effect. Commands take effect in the order in
            which they were sent, like those on one connection.
        set_up: from the order to ring a phone to its first ring.
        prompt: length of an announcement.
        whisper: length of what an agent hears before the caller.
        message: length of a message left in a voicemail box.
        outside: length of a conversation with a number outside.
        outside_answers: probability that a number outside is answered.
        agent_leg_follows: probability that an agent's leg goes down by itself with the caller's;
            otherwise it is parked until the engine takes it down.
    """

    command: Distribution = AT_ONCE
    set_up: Distribution = AT_ONCE
    prompt: Distribution = _PROMPT
    whisper: Distribution = _WHISPER
    message: Distribution = _MESSAGE
    outside: Distribution = _OUTSIDE
    outside_answers: float = 0.9
    agent_leg_follows: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (
            ("outside_answers", self.outside_answers),
            ("agent_leg_follows", self.agent_leg_follows),
        ):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is {value}, expected 0 to 1")


#: The formulas know no switch: everything it does takes no time.
NO_LATENCY = Latencies()
#: A switch in the same building: some milliseconds a command, a telephone rings after a third of
#: a second.
USUAL = Latencies(
    command=Uniform(2 * _MS, 12 * _MS),
    set_up=Uniform(150 * _MS, 450 * _MS),
    prompt=Uniform(3 * _S, 6 * _S),
    whisper=Uniform(1 * _S, 3 * _S),
    message=Uniform(8 * _S, 40 * _S),
    outside=Uniform(20 * _S, 300 * _S),
    agent_leg_follows=0.5,
)
