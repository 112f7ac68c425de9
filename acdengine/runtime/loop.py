"""The loop between the switch and the engine: events in, event log, engine, facts and commands out.

One turn takes what is in the inbox, up to a limit. Each event is stamped with the time and a
number, appended to the event log and handled by the engine. At the end of the turn the log commits.
When it has, the facts of the turn are passed to the sinks, and then its commands to the ports; the
file journal commits at once, another log may commit later, while further turns are taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Final, cast

import structlog
from msgspec import structs

from acdengine.commands import AnyCommand, RejectCall
from acdengine.engine import Engine
from acdengine.engine.state import EngineState
from acdengine.errors import InconsistentState, InvalidTransition
from acdengine.events import AnyEvent, CallArrived, TimePassed
from acdengine.facts import AnyFact
from acdengine.ports import FactSink, Port, Source
from acdengine.requests import REQUESTS, Request
from acdengine.runtime.clock import Clock
from acdengine.runtime.dispatcher import Decided, Dispatcher
from acdengine.runtime.event_application import apply_event
from acdengine.runtime.event_log import EventLog
from acdengine.runtime.fact_fanout import FactFanout
from acdengine.runtime.inbox import EventInbox, InboxLimits
from acdengine.runtime.journal import Journal
from acdengine.runtime.journal_records import Skipped, SkipReason
from acdengine.runtime.masking import Masks, masked
from acdengine.runtime.meters import Meters
from acdengine.runtime.outbox import Outbox
from acdengine.runtime.pending_requests import BUSY, DEFECT, STOPPED, PendingRequests
from acdengine.runtime.timer import Timer, Waker
from acdengine.runtime.turn import CommitQueue, Turn, refusal
from queues.deadlines import NEVER_US

_log = structlog.get_logger("acdengine.runtime")

#: Events of one turn at most: sockets and screens wait no longer than that, some milliseconds.
TURN_LIMIT: Final = 64
#: Seconds that a stopping runtime waits for the event log.
_COMMIT_WAIT_S: Final = 5.0
#: Facts of a story that the log shows.
_STORY_LOGGED: Final = 20


class Runtime:
    """Feeds the engine. All of it runs in the thread of the event loop.

    Args:
        engine: fresh or recovered.
        clock: the only one.
        seq: the number of the last event that is in the engine.
        journal: begun with the engine's state by `start`; None: nothing is kept.
        limits: of the inbox.
        masks: for callers' numbers in the log; None: it shows them.
        skipped: events and deadlines that the recovery has found to bring the engine down.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        seq: int = 0,
        journal: EventLog | None = None,
        limits: InboxLimits | None = None,
        masks: Masks | None = None,
        skipped: Sequence[Skipped] = (),
    ) -> None:
        self._engine = engine
        self.clock = clock
        self.seq = seq
        self.journal = journal
        self.meters = Meters()
        self._masks = masks
        self._inbox = EventInbox(limits or InboxLimits(), self.meters)
        self._requests = PendingRequests()
        self._dispatcher = Dispatcher(self._requests, self.meters)
        self._fanout = FactFanout(self.meters)
        self._waker: Waker = Timer(clock, self._due)
        #: Has a simulated world come to the present, and says which moment that is.
        self._to_present: Callable[[], int] | None = None
        self._last_us = engine.state.now_us
        #: Events not in the journal that a line of the log has told of.
        self._lost_told = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_scheduled = False
        self._skipped = skipped
        self._uncommitted = CommitQueue(self._send)
        #: The engine has not taken the call that the present event brings.
        self._is_call_refused = False
        self._is_held = False
        self._in_turn = False
        self._is_stopped = False
        #: Called before a snapshot: facts that it makes impossible to tell again are written.
        #: It says whether they were.
        self.before_snapshot: Callable[[], bool] | None = None
        #: Told when something happened that the daemon should end for.
        self.on_failure: Callable[[BaseException], None] | None = None

    # -- wiring -----------------------------------------------------------------------------------

    def attach(self, port: Port, nodes: Sequence[str] = ()) -> None:
        """Have a port carry out the commands for the calls of these switch nodes.

        One port alone gets all commands and need not name its nodes.
        """
        self._dispatcher.attach(port, nodes)

    def attach_services(self, port: Port) -> None:
        """Have a port carry out what flows ask beyond the switch."""
        self._dispatcher.attach_services(port)

    def port_of(self, call_id: str) -> Port | None:
        """The port that has a call's leg; None where there is none, or no such call."""
        call = self.state.calls.get(call_id)
        return None if call is None else self._dispatcher.port_of_node(call.node_id)

    def detach(self, port: Port) -> None:
        """Stop sending commands to a port, and pausing it where it is a source of events."""
        self._dispatcher.detach(port)
        self._inbox.forget(port)

    def add_sink(self, sink: FactSink, *, later: bool = False) -> None:
        """Have facts told from now on. Sinks are told in the order in which they were added.

        Args:
            sink: to be told.
            later: it only keeps count or accounts: it may be told many facts together, and when it
                is asked it asks for `catch_up` first.
        """
        self._fanout.add(sink, later=later)

    def remove_sink(self, sink: FactSink) -> None:
        """Stop passing facts to a sink."""
        self._fanout.remove(sink)

    def open_outbox(self, limit: int) -> Outbox:
        """Open a bounded outbox for a reader that empties it in its own time."""
        return self._fanout.open_outbox(limit)

    def close_outbox(self, outbox: Outbox) -> None:
        """Stop keeping facts for that reader."""
        self._fanout.close_outbox(outbox)

    def catch_up(self) -> None:
        """Deliver all facts that sinks have still to take."""
        self._fanout.catch_up()

    def woken_by(self, waker: Waker) -> None:
        """Let another waker watch the deadlines: it posts `TimePassed` when one is due."""
        self._waker = waker

    def preceded_by(self, to_present: Callable[[], int]) -> None:
        """Have a simulated world come to the present before anything from elsewhere is handled:
        then a journal says in which order it all was. The moment is returned; 0: it posts itself.
        """
        self._to_present = to_present

    @property
    def state(self) -> EngineState:
        """Everything the engine knows, to be read and never written, nor kept: ask again."""
        return self._engine.state

    @property
    def engine(self) -> Engine:
        """The engine, to be read. After a defect it may be another one: ask again."""
        return self._engine

    @property
    def is_stopped(self) -> bool:
        """Whether events are refused: after `stop`, or when the engine has failed for good."""
        return self._is_stopped

    def inbox_depth(self) -> int:
        """Events waiting."""
        return len(self._inbox)

    # -- in ---------------------------------------------------------------------------------------

    def post(self, event: AnyEvent) -> bool:
        """Hand an event over (`acdengine.ports.Inbox.post`)."""
        if self._is_stopped:
            return False
        present_us = 0 if self._to_present is None or self._in_turn else self._to_present()
        if present_us and not event.at_us:
            event = structs.replace(event, at_us=present_us)
        taken = self._inbox.put(event)
        if taken == "turned_away":
            if isinstance(event, CallArrived):
                self._refuse(event)
            elif isinstance(event, Request):
                self._requests.answer(event.request_id, BUSY)
        if present_us:
            self.turn()
        else:
            self._schedule()
        return taken != "dropped"

    def hold(self) -> None:
        """Keep events that are posted for `release` (`acdengine.ports.Inbox`)."""
        self._is_held = True

    def release(self) -> None:
        """Handle the events posted since `hold`, now and not in the next turn of the event loop."""
        self._is_held = False
        if len(self._inbox) and not self._is_scheduled and self._loop is not None:
            self._run()

    def slow_down(self, source: Source) -> None:
        """Have a source paused while the inbox is long."""
        self._inbox.slow_down(source)

    async def request(self, event: Request) -> str:
        """Post a request and wait for its answer.

        Args:
            event: one without an id is given one.

        Returns:
            Why it was refused (`pending_requests.BUSY` when the inbox is full); empty when done.
        """
        if self._is_stopped:
            return STOPPED
        if not event.request_id:
            event = structs.replace(event, request_id=self._requests.new_id())
        reply = self._requests.expect(event.request_id)
        self.post(cast("AnyEvent", event))
        return await reply

    def _refuse(self, event: CallArrived) -> None:
        """Reject a call that comes to a full inbox; the engine does not get it.

        Its fact is numbered as one more of the last event.
        """
        turn = Turn(self.seq)
        turn.facts = [(self.seq, [refusal(event, self._stamp(event.at_us))])]
        decided: list[Decided] = [(self.seq, [RejectCall(event.call_id, "congestion")])]
        turn.routed = self._dispatcher.route(decided, self.state)
        if len(self._uncommitted):
            # The facts of earlier events come first.
            self._uncommitted.append(turn)
        else:
            self._send(turn)

    # -- turning ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Give the event log the present state, and handle events from now on.

        Raises:
            OSError: the journal cannot be written.
        """
        self._loop = asyncio.get_running_loop()
        if self.journal is not None:
            self.snapshot()
            for skipped in self._skipped:
                self.journal.skip(skipped)
        self._waker.arm(self._engine.next_due_us())
        if len(self._inbox):
            self._schedule()

    def _run(self) -> None:
        self._is_scheduled = False
        self.turn(TURN_LIMIT)
        if len(self._inbox):
            self._schedule()

    def _schedule(self) -> None:
        if self._is_scheduled or self._is_held or self._is_stopped:
            return
        if self._loop is not None:
            self._is_scheduled = True
            self._loop.call_soon(self._run)

    def turn(self, limit: int | None = None) -> None:
        """Handle what is in the inbox: all of it, or so many events."""
        if self._in_turn or self._is_stopped:
            return
        self._in_turn = True
        try:
            self._turn(limit)
        except Exception as error:
            self._is_stopped = True
            if self.on_failure is None:
                raise
            self.on_failure(error)
        finally:
            self._in_turn = False

    def _turn(self, limit: int | None) -> None:
        inbox, meters, journal = self._inbox, self.meters, self.journal
        waiting = len(inbox)
        if waiting > meters.inbox_peak:
            meters.inbox_peak = waiting
        decided: list[Decided] = []
        turn = Turn(0)
        taken = 0
        while len(inbox) and (limit is None or taken < limit):
            taken += 1
            event = inbox.take()
            event = structs.replace(event, at_us=self._stamp(event.at_us))
            self.seq += 1
            if journal is not None:
                journal.append(self.seq, event)
            if type(event) in REQUESTS:
                turn.requests.append(cast("Request", event).request_id)
            kind = type(event).__name__
            meters.events[kind] = meters.events.get(kind, 0) + 1
            commands = self._handle(event)
            facts = self._engine.drain_facts()
            if self._is_call_refused and isinstance(event, CallArrived):
                self._is_call_refused = False
                commands = [*commands, RejectCall(event.call_id, "congestion")]
                facts = [*facts, refusal(event, event.at_us)]
            if commands:
                decided.append((self.seq, commands))
            if facts:
                turn.facts.append((self.seq, facts))
        if not taken:
            return
        turn.seq = self.seq
        if decided:
            turn.routed = self._dispatcher.route(decided, self.state)
        self._uncommitted.append(turn)
        if journal is None:
            self._uncommitted.committed(turn.seq)
        else:
            journal.commit(turn.seq, self._uncommitted.committed)
        self._waker.arm(self._engine.next_due_us())

    def _send(self, turn: Turn) -> None:
        """Pass the facts of a turn to the sinks, then its commands to the ports."""
        for seq, facts in turn.facts:
            self._fanout.tell(seq, facts)
        if turn.routed is not None:
            self._dispatcher.send(turn.routed)
        for request_id in turn.requests:
            # Those that have been answered by now are not answered again.
            self._requests.answer(request_id, DEFECT)

    def _stamp(self, at_us: int) -> int:
        """The time of an event: now, or its own where that is neither past nor future."""
        now_us = self.clock.now_us()
        if at_us <= 0 or at_us > now_us:
            at_us = now_us
        if at_us > self._last_us:
            self._last_us = at_us
        return self._last_us

    def _handle(self, event: AnyEvent) -> list[AnyCommand]:
        meters = self.meters
        begun_ns = perf_counter_ns()
        try:
            commands = apply_event(self._engine, event, self._refused)
        except Exception as error:  # noqa: BLE001 - after any error the engine may be half changed
            return self._rebuild(event, error)
        meters.decision_ns.add(perf_counter_ns() - begun_ns)
        return commands

    def _refused(self, defect: InvalidTransition | InconsistentState, event: AnyEvent) -> None:
        """Count and log an event that the tables do not allow."""
        self._count_refused(defect, event)
        if self.journal is not None:
            self.journal.skip(Skipped(self.seq, "refused", str(defect)))

    def _count_refused(
        self, defect: InvalidTransition | InconsistentState, event: AnyEvent
    ) -> None:
        self.meters.invalid_transitions += 1
        story = cast("Sequence[AnyFact]", defect.story[-_STORY_LOGGED:])
        _log.error(
            "invalid transition",
            event_type=type(event).__name__,
            who=defect.who,
            state=defect.state,
            trigger=defect.trigger,
            seq=self.seq,
            story=masked(story, self._masks),
        )
        if isinstance(event, CallArrived):
            self._is_call_refused = True

    def _rebuild(self, event: AnyEvent, error: Exception) -> list[AnyCommand]:
        """Rebuild the engine from the event log: a defect has left it half changed.

        The event that caused the defect is left out. Where a deadline before the event caused it,
        the deadline is void and the event is handled again.

        Raises:
            Exception: the same, where there is no event log to rebuild from.
        """
        deadline = self._engine.failed_deadline
        cause: AnyEvent = TimePassed(event.at_us) if deadline else event
        if isinstance(error, InconsistentState):
            self._count_refused(error, cause)
        _log.error(
            "the engine failed", event_type=type(cause).__name__, seq=self.seq, exc_info=error
        )
        journal = self.journal
        if journal is None or journal.broken:
            raise error
        # The log holds it, so that no recovery meets it again.
        problem = f"{type(error).__name__}: {error}"
        reason: SkipReason = "deadline" if deadline else "poisoned"
        journal.skip(Skipped(self.seq, reason, problem, deadline))
        try:
            recovered = journal.recover(leave_out=[self.seq])
        except OSError:
            recovered = None
        if recovered is None:
            raise error
        self._engine = recovered.engine
        self._engine.drain_facts()
        self.meters.rebuilds += 1
        if not deadline:
            self._begin_generation(journal)
            self._is_call_refused = isinstance(event, CallArrived)
            _log.warning(
                "engine rebuilt without the event", seq=self.seq, events=recovered.replayed
            )
            return []
        self.seq -= 1
        self._begin_generation(journal)
        self.seq += 1
        journal.append(self.seq, event)
        _log.warning("engine rebuilt without the deadline", seq=self.seq, deadline=deadline)
        return self._handle(event)

    def _due(self, due_us: int) -> None:
        self.post(TimePassed(0))

    # -- snapshots --------------------------------------------------------------------------------

    def snapshot(self, *, in_slices: bool = False) -> None:
        """Give the event log the present state, from which a recovery begins.

        Holds up the loop while the state is encoded and written; in slices (`Journal.finish` ends
        it), while that of live calls and agents is.

        Raises:
            OSError: it cannot be written, and the log is broken until the next time; or it has not
                committed the last events; or their facts cannot be written, which only a replay of
                these events can tell again.
        """
        journal = self.journal
        if journal is None:
            return
        if len(self._uncommitted):
            raise OSError("the last events are not committed yet")
        self.catch_up()
        facts_are_written = self.before_snapshot is None or self.before_snapshot()
        if not (facts_are_written or journal.broken):
            raise OSError("the facts before it cannot be written")
        if in_slices and isinstance(journal, Journal) and not journal.broken:
            journal.begin(self.seq, self._engine.snapshot_in_slices())
        else:
            self._begin_generation(journal)

    def _begin_generation(self, journal: EventLog) -> None:
        was, lost = journal.trouble, journal.events_lost
        begun_ns = perf_counter_ns()
        state = self._engine.snapshot()
        journal.rotate(self.seq, state)
        if was:
            gone = lost - self._lost_told
            _log.info("journal whole again", folder=journal.name, reason=was, only_in_snapshot=gone)
            self._lost_told = lost
        self.meters.snapshots += 1
        self.meters.snapshot_bytes = len(state)
        self.meters.snapshot_ns = perf_counter_ns() - begun_ns

    async def stop(self) -> None:
        """Handle the events in the inbox, stop taking events, and write the state.

        Commands that wait for the event log are sent when it has committed, within some seconds.

        Raises:
            OSError: the state cannot be written.
        """
        self.turn()
        self._is_stopped = True
        self._waker.arm(NEVER_US)
        if not await self._uncommitted.wait(_COMMIT_WAIT_S):
            _log.error("events not committed at the end", turns=len(self._uncommitted))
        self._requests.answer_all(STOPPED)
        self.catch_up()
        if self.journal is not None:
            try:
                self.snapshot()
            finally:
                self.journal.close()
