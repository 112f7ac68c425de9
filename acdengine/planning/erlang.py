"""What queueing theory says a call centre does: Erlang B, C and A, and priorities.

Rates are calls per second, durations seconds, offered load erlangs (arrival rate × mean service).
All sums run over positive terms and probabilities only, so thousands of agents lose no digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The long-run figures of one queue, by formula.

    The service level has three definitions, which differ as soon as callers give up.

    Attributes:
        p_wait: part of the calls that does not find a free agent.
        p_abandon: part of the calls that gives up.
        mean_wait_s: mean wait of all calls, until answered or given up.
        asa_s: mean wait of the answered calls.
        service_level: answered within the target ÷ all calls.
        service_level_less_abandoned: answered within the target ÷ (all calls less those who gave
            up within the target).
        service_level_of_answered: answered within the target ÷ answered calls.
        p_wait_over_target: part of the calls that is still waiting when the target is over.
        occupancy: part of the agents' time with callers.
        mean_queue: calls waiting, averaged over time.
    """

    p_wait: float
    p_abandon: float
    mean_wait_s: float
    asa_s: float
    service_level: float
    service_level_less_abandoned: float
    service_level_of_answered: float
    p_wait_over_target: float
    occupancy: float
    mean_queue: float


def erlang_b(servers: int, erlangs: float) -> float:
    """Share of calls that are blocked where there is no queue: M/M/c/c, and M/G/c/c alike.

    B(n) = a·B(n−1) ÷ (n + a·B(n−1)), B(0) = 1 (Cooper, Introduction to Queueing Theory, 3.5).

    Args:
        servers: trunks or agents, 0 or more.
        erlangs: offered load, 0 or more.
    """
    _check(servers, erlangs, at_least=0)
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = erlangs * blocked / (number + erlangs * blocked)
    return blocked


def erlang_c(servers: int, erlangs: float) -> float:
    """Part of the calls that waits where all do until answered: M/M/c.

    C = B ÷ (1 − ρ(1 − B)) with ρ = a ÷ c (Cooper, 3.6). 1 where the load is too much for the
    servers and the queue grows for ever.

    Args:
        servers: agents, 1 or more.
        erlangs: offered load, 0 or more.
    """
    _check(servers, erlangs, at_least=1)
    if erlangs >= servers:
        return 1.0
    blocked = erlang_b(servers, erlangs)
    return blocked / (1.0 - erlangs / servers * (1.0 - blocked))


def erlang_c_figures(
    arrivals_per_s: float, mean_service_s: float, servers: int, target_s: float = 20.0
) -> QueueFigures:
    """M/M/c: all callers wait until answered, first come, first served.

    P(wait > t) = C·e^(−(cμ − λ)t) (Cooper, 3.6). Where the load is too much for the servers the
    waits are infinite and the service level 0.
    """
    _above_zero("the mean service", mean_service_s)
    _check(servers, arrivals_per_s * mean_service_s, at_least=1)
    _not_negative("the target", target_s)
    p_wait = erlang_c(servers, arrivals_per_s * mean_service_s)
    spare_per_s = servers / mean_service_s - arrivals_per_s
    if spare_per_s > 0:
        mean_wait_s = p_wait / spare_per_s
        late = p_wait * math.exp(-spare_per_s * target_s)
    else:
        mean_wait_s, late = math.inf, 1.0
    return QueueFigures(
        p_wait=p_wait,
        p_abandon=0.0,
        mean_wait_s=mean_wait_s,
        asa_s=mean_wait_s,
        service_level=1.0 - late,
        service_level_less_abandoned=1.0 - late,
        service_level_of_answered=1.0 - late,
        p_wait_over_target=late,
        occupancy=min(1.0, arrivals_per_s * mean_service_s / servers),
        mean_queue=arrivals_per_s * mean_wait_s if arrivals_per_s else 0.0,
    )


def erlang_a_figures(
    arrivals_per_s: float,
    mean_service_s: float,
    servers: int,
    mean_patience_s: float,
    target_s: float = 20.0,
) -> QueueFigures:
    """M/M/c+M: callers give up after an exponential patience. Stable under any load.

    The Palm/Erlang-A queue (Mandelbaum and Zeltyn, 2007; Zeltyn and Mandelbaum, Queueing Systems
    51, 2005). With x = cμ/θ and y = λ/θ, state c+j has the weight t_j = y^j ÷ ((x+1)…(x+j)) times
    that of state c. From the t_j come P(wait), the queue and with it P(abandon) = θ·L_q/λ; with
    A(y) = Σ t_j, P(V > t | V > 0) = e(t)·A(y·e^(−θt)) ÷ A(y) is the offered wait V, where
    e(t) = exp(λ(1 − e^(−θt))/θ − cμt). Time grows with the number of servers and, under overload,
    with the calls that wait.
    """
    _above_zero("the mean service", mean_service_s)
    _check(servers, arrivals_per_s * mean_service_s, at_least=1)
    _not_negative("the target", target_s)
    _above_zero("the mean patience", mean_patience_s)
    load = arrivals_per_s * mean_service_s / servers
    if not load:
        return QueueFigures(0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    x = servers * mean_patience_s / mean_service_s
    y = arrivals_per_s * mean_patience_s
    queue = _QueueSum(x, y)
    p_wait = _p_wait(load, queue.log_total, erlang_b(servers - 1, load * servers))
    mean_queue = p_wait * queue.mean_ahead
    mean_wait_s = mean_queue / arrivals_per_s
    p_abandon = mean_wait_s / mean_patience_s
    # The offered wait: what a caller of endless patience would wait.
    fades = math.exp(-target_s / mean_patience_s)
    log_e = y * -math.expm1(-target_s / mean_patience_s) - servers * target_s / mean_service_s
    late_if_wait = math.exp(log_e + _QueueSum(x, y * fades).log_total - queue.log_total)
    at_once = math.exp(-queue.log_total) - math.exp(log_e - queue.log_total)
    in_time = max(0.0, 1.0 - p_wait + p_wait / load * (1.0 - late_if_wait - at_once))
    still_waiting = p_wait * late_if_wait * fades
    answered = 1.0 - p_abandon
    return QueueFigures(
        p_wait=p_wait,
        p_abandon=p_abandon,
        mean_wait_s=mean_wait_s,
        asa_s=p_wait * queue.mean_answered_stages / arrivals_per_s / answered,
        service_level=in_time,
        service_level_less_abandoned=in_time / (in_time + still_waiting),
        service_level_of_answered=in_time / answered,
        p_wait_over_target=still_waiting,
        occupancy=load * answered,
        mean_queue=mean_queue,
    )


def _p_wait(load: float, log_total: float, blocked_with_one_less: float) -> float:
    """P(V > 0) = λJ ÷ (ε + λJ), with λJ = ρ·A and 1/ε the Erlang B of one server less."""
    if not blocked_with_one_less:
        return 0.0
    log_odds = math.log(load) + log_total + math.log(blocked_with_one_less)
    # Either branch has an exponent of 0 or less, which cannot overflow.
    if log_odds < 0:
        odds = math.exp(log_odds)
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + math.exp(-log_odds))


class _QueueSum:
    """Sums over the number waiting j, weighed with t_j = y^j ÷ ((x+1)…(x+j)).

    Attributes:
        log_total: ln Σ t_j.
        mean_ahead: Σ j·t_j ÷ Σ t_j.
        mean_answered_stages: Σ g_j·t_j ÷ Σ t_j with g_j = Σ_{k=1..j} x ÷ (x+k): with j waiting,
            the wait of the next caller in units of 1/(cμ), over the waits that end in an answer.
    """

    __slots__ = ("log_total", "mean_ahead", "mean_answered_stages")

    _HUGE = 1e200

    def __init__(self, x: float, y: float) -> None:
        term, total, ahead, stages, answered = 1.0, 1.0, 0.0, 0.0, 0.0
        log_scale = 0.0
        waiting = 0
        while True:
            waiting += 1
            ratio = y / (x + waiting)
            term *= ratio
            stages += x / (x + waiting)
            total += term
            ahead += waiting * term
            answered += stages * term
            # What is still to come is less than a geometric sum of the next ratio.
            if ratio < 1.0 and term * waiting <= 1e-17 * (1.0 - ratio) * (1.0 - ratio) * ahead:
                break
            if term > self._HUGE:
                term /= self._HUGE
                total /= self._HUGE
                ahead /= self._HUGE
                answered /= self._HUGE
                log_scale += math.log(self._HUGE)
        self.log_total = math.log(total) + log_scale
        self.mean_ahead = ahead / total
        self.mean_answered_stages = answered / total


def priority_mean_waits_s(
    arrivals_per_s: Sequence[float], mean_service_s: float, servers: int
) -> list[float]:
    """Mean wait of each class where a free agent takes the highest class first: M/M/c.

    No call is interrupted; all classes have the same exponential service. With σ_k the load of
    classes 1…k on the servers, W_k = C ÷ (cμ·(1 − σ_{k−1})(1 − σ_k)) (Cobham, Operations Research
    2, 1954; Kella and Yechiali, Naval Research Logistics 32, 1985).

    Args:
        arrivals_per_s: by class, highest first.
        mean_service_s: the same for all.
        servers: agents.

    Returns:
        Seconds by class; infinite for a class that the higher ones leave too little for.
    """
    _above_zero("the mean service", mean_service_s)
    p_wait = erlang_c(servers, math.fsum(arrivals_per_s) * mean_service_s)
    per_server_s = mean_service_s / servers
    waits_s = []
    higher = 0.0
    for rate in arrivals_per_s:
        if rate < 0:
            raise ValueError(f"an arrival rate of {rate}: expected 0 or more")
        load = higher + rate * per_server_s
        waits_s.append(
            p_wait * per_server_s / ((1 - higher) * (1 - load)) if load < 1.0 else math.inf
        )
        higher = load
    return waits_s


def servers_for_service_level(
    arrivals_per_s: float,
    mean_service_s: float,
    service_level: float = 0.8,
    target_s: float = 20.0,
    mean_patience_s: float | None = None,
) -> int:
    """The fewest agents with this service level (answered within the target ÷ all calls).

    Erlang A where a mean patience is given, Erlang C otherwise.

    Raises:
        ValueError: a service level that is not below 1, which no number of agents reaches.
    """
    if not 0.0 <= service_level < 1.0:
        raise ValueError(f"a service level of {service_level}: expected 0 or more, below 1")

    def enough(servers: int) -> bool:
        if mean_patience_s is None:
            figures = erlang_c_figures(arrivals_per_s, mean_service_s, servers, target_s)
        else:
            figures = erlang_a_figures(
                arrivals_per_s, mean_service_s, servers, mean_patience_s, target_s
            )
        return figures.service_level >= service_level

    too_few, servers = 0, 1
    while not enough(servers):
        too_few, servers = servers, servers * 2
    while servers - too_few > 1:
        middle = (too_few + servers) // 2
        too_few, servers = (too_few, middle) if enough(middle) else (middle, servers)
    return servers


def _check(servers: int, erlangs: float, at_least: int) -> None:
    if servers < at_least:
        raise ValueError(f"{servers} servers: expected {at_least} or more")
    if not (erlangs >= 0 and math.isfinite(erlangs)):
        raise ValueError(f"an offered load of {erlangs} erlangs: expected 0 or more")


def _not_negative(what: str, value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{what} is {value} s, expected 0 or more")


def _above_zero(what: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{what} is {value} s, expected more than 0")
