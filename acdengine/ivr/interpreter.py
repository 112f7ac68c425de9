"""Takes callers through flows: an input in, effects out.

Pure: the time comes with each input, what a flow may ask of the centre through `World`, and all
that is remembered of a caller is in the `FlowRun`, which a snapshot keeps. A run goes through the
programs of one version from its beginning to its end.
"""

from __future__ import annotations

from acdengine.ivr.effects import AnyEffect, Music, StepLeft
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.inputs import (
    AgentAnswered,
    AnyInput,
    HungUp,
    PlayProgress,
    ReachEnded,
)
from acdengine.ivr.run import FlowRun, Pending
from acdengine.ivr.turn import STAY, Program, Turn, World


class Interpreter:
    """All versions of flows that callers are in."""

    def __init__(self, world: World) -> None:
        self._world = world
        #: Version to flow id to program.
        self._versions: dict[str, dict[str, Program]] = {}

    def add(self, version: str, programs: dict[str, Program]) -> None:
        """Have a version: a flow and all that it can lead to."""
        self._versions[version] = programs

    def remove(self, version: str) -> None:
        """Forget a version that no caller is in."""
        self._versions.pop(version, None)

    def start(
        self,
        call_id: str,
        version: str,
        flow_id: str,
        call: Values,
        at_us: int,
        arguments: Values | None = None,
    ) -> tuple[FlowRun, list[AnyEffect]]:
        """A caller comes into a flow.

        Args:
            call_id: the call.
            version: one that was added.
            flow_id: the flow of that version in which the caller begins.
            call: what is known of the call, as `CALL_KINDS` names it.
            at_us: the time.
            arguments: values of the flow's parameters.
        """
        programs = self._versions[version]
        language = programs[flow_id].definition.languages[0]
        known: Values = {**call, "call.language": language}
        run = FlowRun(call_id, version, [], known, at_us, language)
        turn = Turn(run, at_us, programs, self._world)
        self._go(turn, turn.push(flow_id, arguments or {}))
        return run, turn.effects

    def handle(self, run: FlowRun, given: AnyInput, at_us: int) -> list[AnyEffect]:
        """Something has happened to a caller; what is not awaited changes nothing."""
        if not run.frames:
            return []
        turn = Turn(run, at_us, self._versions[run.version], self._world)
        if type(given) is HungUp:
            self._hung_up(turn)
            return turn.effects
        ticket: int = given.ticket  # type: ignore[union-attr]
        pending = run.pending
        if (type(given) is AgentAnswered or type(given) is ReachEnded) and ticket == run.reaching:
            self._reached(turn, given)
        elif pending is not None and (ticket == pending.ticket or ticket == pending.beside):
            if type(given) is PlayProgress:
                if ticket == pending.ticket:
                    pending.heard = max(pending.heard, pending.skipped + given.heard)
            elif ticket == pending.ticket:
                self._answered(turn, given)
        return turn.effects

    def takes(self, run: FlowRun, outcome: str) -> bool:
        """Whether a flow says where a call goes on that comes back so from where it was sent; else
        the flow is over then."""
        frames = run.frames[: run.floor] if run.floor else run.frames
        if not frames or not run.reaching:
            return False
        frame = frames[-1]
        return self._versions[run.version][frame.flow_id].nodes[frame.step].takes(outcome)

    def resume(self, run: FlowRun, at_us: int) -> list[AnyEffect]:
        """After a restart: what is under way for a caller is to be done again, without what was
        heard to its end."""
        if not run.frames:
            return []
        turn = Turn(run, at_us, self._versions[run.version], self._world)
        if run.music:
            turn.effects.append(Music(run.music))
        if run.pending is None or run.pending.phase == "reach":
            return turn.effects
        frame = run.frames[-1]
        self._go(turn, turn.programs[frame.flow_id].nodes[frame.step].again(turn))
        return turn.effects

    def restart(self, run: FlowRun, at_us: int) -> list[AnyEffect]:
        """After a restart that has lost what was under way: the caller's first flow begins again,
        or goes where it says."""
        if not run.frames:
            return []
        turn = Turn(run, at_us, self._versions[run.version], self._world)
        flow_id = run.frames[0].flow_id
        turn.end()
        first = turn.push(flow_id, {})
        self._go(turn, turn.programs[flow_id].definition.after_loss or first)
        return turn.effects

    def _hung_up(self, turn: Turn) -> None:
        frame = turn.run.frames[-1]
        turn.effects.append(StepLeft(frame.flow_id, frame.step, "caller hung up"))
        turn.end()

    def _reached(self, turn: Turn, given: AgentAnswered | ReachEnded) -> None:
        run = turn.run
        if run.floor:
            turn.stop_audio()
            del run.frames[run.floor :]
            run.floor = 0
            run.pending = Pending(run.reaching, "reach")
        if type(given) is ReachEnded:
            self._answered(turn, given)

    def _answered(self, turn: Turn, given: AnyInput) -> None:
        frame = turn.run.frames[-1]
        self._go(turn, turn.programs[frame.flow_id].nodes[frame.step].answer(turn, given))

    def _go(self, turn: Turn, to: str) -> None:
        """Enter one step after the other, until one waits or the flow is over."""
        run = turn.run
        steps = 0
        while to != STAY:
            frame = run.frames[-1]
            frame.step = to
            program = turn.programs[frame.flow_id]
            node = program.nodes[to]
            steps += 1
            if not run.floor:
                run.steps += 1
            if steps > program.definition.budget.silent_steps:
                self._stop_circling(turn)
                return
            if not run.floor and self._is_spent(turn, listens=node.listens):
                to = self._spend(turn)
            else:
                to = node.enter(turn)

    def _is_spent(self, turn: Turn, *, listens: bool) -> bool:
        """Time keeps a caller from hearing and typing more, and not from going to an agent."""
        run = turn.run
        budget = turn.programs[run.frames[0].flow_id].definition.budget
        is_late = listens and turn.at_us - run.started_us > budget.time_us
        return is_late or run.steps > budget.steps

    def _spend(self, turn: Turn) -> str:
        """The budget is used up: once by the way out, with the same budget; then hung up."""
        run = turn.run
        if run.is_spent:
            turn.leave("budget", "")
            turn.hang_up("normal")
            return STAY
        run.is_spent = True
        run.started_us, run.steps = turn.at_us, 0
        return turn.way_out("budget")

    def _stop_circling(self, turn: Turn) -> None:
        """Steps that wait for nothing follow each other without end: the caller is hung up, or goes
        on waiting without the flow."""
        run = turn.run
        turn.leave("circling", "")
        if run.floor:
            del run.frames[run.floor :]
            run.floor = 0
            run.pending = Pending(run.reaching, "reach")
        else:
            turn.hang_up("normal")
