"""Checks of the way through the steps: what is never reached, what circles without the caller, and
variables that are read where they may not be set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from acdengine.settings.flows.checks.formulas import Read
from acdengine.settings.flows.file import FlowFile
from acdengine.settings.flows.reaching import ReachSettings
from acdengine.settings.flows.references import References
from acdengine.settings.flows.speaking import WaitSettings
from acdengine.settings.flows.step import StepSettings, Way
from acdengine.settings.flows.structure import CallSettings
from acdengine.settings.model import Remark


class Graph:
    """The steps of a flow and the ways between them."""

    def __init__(self, file: FlowFile) -> None:
        self.steps: Mapping[str, StepSettings] = file.with_defaults()
        following = file.following()
        first = file.start or next(iter(file.steps))
        #: Steps that callers come to from outside of any step.
        self.roots = [
            name for name in (first, file.otherwise, file.after_loss) if name in self.steps
        ]
        self.ways: dict[str, list[tuple[Way, str]]] = {
            name: [
                (way, to)
                for way in step.ways()
                if (to := following[name] if way.to is None else way.to) in self.steps
            ]
            for name, step in self.steps.items()
        }

    def reached(self) -> set[str]:
        """The steps that some way leads to."""
        reached: set[str] = set()
        to_visit = list(self.roots)
        while to_visit:
            name = to_visit.pop()
            if name not in reached:
                reached.add(name)
                to_visit += [to for _, to in self.ways[name]]
        return reached


def reach_remarks(graph: Graph) -> Iterator[Remark]:
    """Steps that nothing leads to."""
    reached = graph.reached()
    for name in graph.steps:
        if name not in reached:
            wish = "a step that leads to it, or none of this name"
            yield Remark(("steps", name), "is never reached", wish, lacks=("steps",))


def circle_remarks(graph: Graph, known: References) -> Iterator[Remark]:
    """Circles of steps in which the caller is never listened to, and nothing else takes time that
    the flow does not choose."""
    silent = [name for name, step in graph.steps.items() if not _pauses(step, known)]
    for circle in _circles(silent, graph):
        first = min(circle, key=list(graph.steps).index)
        others = [name for name in graph.steps if name in circle and name != first]
        through = f" through {', '.join(others)}" if others else ""
        message = f"leads back to itself{through} without listening to the caller"
        yield Remark(("steps", first), message, "a step in between that listens, or wait")


def _pauses(step: StepSettings, known: References) -> bool:
    if step.hears or isinstance(step, (ReachSettings, WaitSettings)):
        return True
    if not isinstance(step, CallSettings):
        return False
    signature = known.flows.get(step.call)
    return signature is None or signature.hears


def _circles(names: Sequence[str], graph: Graph) -> Iterator[list[str]]:
    """Groups of these steps that lead to each other, by Tarjan's algorithm without recursion."""
    within = dict.fromkeys(names)
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: dict[str, bool] = {}
    for root in names:
        work = [(root, 0)] if root not in order else []
        while work:
            name, place = work.pop()
            if place == 0:
                order[name] = low[name] = len(order)
                stack.append(name)
                on_stack[name] = True
            nexts = [to for _, to in graph.ways[name] if to in within]
            while place < len(nexts):
                to = nexts[place]
                place += 1
                if to not in order:
                    work += [(name, place), (to, 0)]
                    break
                if on_stack.get(to):
                    low[name] = min(low[name], order[to])
            else:
                if low[name] == order[name]:
                    group = stack[stack.index(name) :]
                    del stack[-len(group) :]
                    for one in group:
                        on_stack[one] = False
                    if len(group) > 1 or name in nexts:
                        yield group
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[name])


def unset_remarks(
    graph: Graph, reads: Mapping[str, Sequence[Read]], given: Sequence[str]
) -> Iterator[Remark]:
    """Variables that are read and that a caller can come to without their being set.

    ``given``: those that are set from the beginning. Roots other than the first step are come to
    from anywhere, so that nothing else is set there.
    """
    everything = dict.fromkeys(
        [*given, *(write.name for step in graph.steps.values() for write in step.writes())]
    )
    set_at: dict[str, dict[str, None]] = {name: dict(everything) for name in graph.steps}
    for root in graph.roots:
        set_at[root] = dict.fromkeys(given)
    to_visit = [name for name in graph.steps if name in graph.reached()]
    while to_visit:
        name = to_visit.pop(0)
        for way, to in graph.ways[name]:
            after = {
                **set_at[name],
                **{w.name: None for w in graph.steps[name].writes() if way.name not in w.not_by},
            }
            kept = {variable: None for variable in set_at[to] if variable in after}
            if len(kept) < len(set_at[to]):
                set_at[to] = kept
                if to not in to_visit:
                    to_visit.append(to)
    for name in graph.steps:
        own = {write.name for write in graph.steps[name].writes()}
        for read in reads.get(name, ()):
            # A step that sets several in order may read those before.
            before = own if read.path[2:3] == ("set",) and read.path[3] != read.name else set()
            if read.name not in set_at[name] and read.name not in before:
                message = f"'{read.name}' may not be set here"
                wish = f"a value at the beginning, {read.name} ?? VALUE, or a step that sets it"
                yield Remark(read.path, message, wish, lacks=("steps",))
